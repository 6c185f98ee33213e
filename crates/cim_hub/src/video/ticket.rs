//! Tickets: whoever may read at a hub with tokens gets addresses of streams that open without one, for a while.
//!
//! A player of pictures knows no token of the hub; an address that holds one would give away everything that it opens.

use cim_model::UtcMillis;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};

/// How long a ticket is good, milliseconds: a shift.
const GOOD_FOR_MS: i64 = 12 * 3_600_000;

/// Makes and checks tickets. They end with the hub.
#[derive(Clone)]
pub(crate) struct Tickets {
    secret: [u8; 32],
}

impl fmt::Debug for Tickets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tickets").finish_non_exhaustive()
    }
}

impl Tickets {
    /// Tickets that only this hub can make.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// A ticket for the pictures of a camera.
    pub(crate) fn give(&self, camera: &str, now: UtcMillis) -> String {
        let until = now.0.saturating_add(GOOD_FOR_MS);
        format!("{until}-{}", self.seal(camera, until))
    }

    /// Whether a ticket opens the pictures of a camera.
    pub(crate) fn opens(&self, ticket: &str, camera: &str, now: UtcMillis) -> bool {
        let Some((until, seal)) = ticket.split_once('-') else {
            return false;
        };
        let Ok(until) = until.parse::<i64>() else {
            return false;
        };
        let ours = self.seal(camera, until);
        let pairs = ours.bytes().zip(seal.bytes());
        // Compared to the end, so that the time taken tells nothing.
        let differing = pairs.fold(0, |sum, (a, b)| sum | (a ^ b));
        ours.len() == seal.len() && std::hint::black_box(differing) == 0 && now.0 <= until
    }

    fn seal(&self, camera: &str, until: i64) -> String {
        let inner = Sha256::new()
            .chain_update(self.secret)
            .chain_update(until.to_be_bytes())
            .chain_update(camera.as_bytes())
            .finalize();
        let outer = Sha256::new()
            .chain_update(self.secret)
            .chain_update(inner)
            .finalize();
        hex(&outer)
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMillis = UtcMillis(1_760_000_000_000);

    #[test]
    fn a_ticket_opens_its_camera_for_a_while_and_nothing_else() {
        let tickets = Tickets::new([7; 32]);
        let ticket = tickets.give("c1", NOW);
        assert!(tickets.opens(&ticket, "c1", NOW));
        assert!(tickets.opens(&ticket, "c1", UtcMillis(NOW.0 + GOOD_FOR_MS)));
        assert!(!tickets.opens(&ticket, "c1", UtcMillis(NOW.0 + GOOD_FOR_MS + 1)));
        assert!(!tickets.opens(&ticket, "c2", NOW));
        assert!(!Tickets::new([8; 32]).opens(&ticket, "c1", NOW));
        for forged in ["", "-", "5", "x-y", &ticket.replacen("17", "18", 1)] {
            assert!(!tickets.opens(forged, "c1", NOW), "{forged}");
        }
        assert!(!format!("{tickets:?}").contains('7'));
    }
}
