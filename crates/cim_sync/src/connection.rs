//! The life of a connection: its states and the only steps between them.
//!
//! ```text
//!  Connecting ──the hub answers──► CatchingUp ──all fetched──► Live
//!       │                          ▲   │ (progress)             │
//!       │ no answer                │   │ it stops answering     │ it stops answering
//!       └────────────► Offline ◄───┼───┴────────────────────────┘
//!                       │    ▲     │
//!                       └────┘     └── the hub answers again
//!                     no answer
//! ```

use cim_model::UtcMillis;

/// What catching up is fetching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// What changed at the hub.
    #[default]
    Changes,
    /// Devices.
    Things,
    /// Cameras.
    Cameras,
    /// Events.
    Events,
    /// Observations of the past.
    History,
    /// The newest value of each series.
    Newest,
}

/// How the desk stands with its hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The first attempt; later ones are made from `Offline` without leaving it, so that the word on the screen stands still.
    Connecting,
    /// Fetching what was missed. `total` is 0 while unknown.
    CatchingUp {
        /// Steps done.
        done: u32,
        /// Steps in all.
        total: u32,
        /// What is being fetched.
        phase: Phase,
    },
    /// Following live.
    Live,
    /// The hub does not answer.
    Offline {
        /// Since when.
        since: UtcMillis,
        /// Why, for a log line.
        reason: String,
        /// When the next attempt is made.
        next_try: UtcMillis,
    },
}

/// A step that the life of a connection does not have.
#[derive(Debug, thiserror::Error)]
#[error("a connection does not step from {from:?} to {to:?}")]
pub struct BadStep {
    /// Where it was.
    pub from: Box<Connection>,
    /// Where it was to go.
    pub to: Box<Connection>,
}

impl Connection {
    /// The state after the step to `to`.
    pub fn step(&self, to: Self) -> Result<Self, BadStep> {
        use Connection::{CatchingUp, Connecting, Live, Offline};
        match (self, &to) {
            (
                Connecting | CatchingUp { .. } | Offline { .. },
                CatchingUp { .. } | Offline { .. },
            )
            | (CatchingUp { .. }, Live)
            | (Live, Offline { .. }) => Ok(to),
            (from, _) => Err(BadStep {
                from: Box::new(from.clone()),
                to: Box::new(to),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states() -> [Connection; 4] {
        let offline = Connection::Offline {
            since: UtcMillis(1),
            reason: "no answer".to_owned(),
            next_try: UtcMillis(2),
        };
        [
            Connection::Connecting,
            Connection::CatchingUp {
                done: 1,
                total: 2,
                phase: Phase::Things,
            },
            Connection::Live,
            offline,
        ]
    }

    #[test]
    fn only_the_drawn_arrows_can_be_walked() {
        let allowed: Vec<(usize, usize)> = vec![
            (0, 1),
            (0, 3),
            (1, 1),
            (1, 2),
            (1, 3),
            (2, 3),
            (3, 1),
            (3, 3),
        ];
        for (i, from) in states().iter().enumerate() {
            for (j, to) in states().into_iter().enumerate() {
                assert_eq!(
                    from.step(to.clone()).is_ok(),
                    allowed.contains(&(i, j)),
                    "{from:?} to {to:?}"
                );
            }
        }
    }
}
