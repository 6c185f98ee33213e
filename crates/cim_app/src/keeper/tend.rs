//! Tending the history: sealing what is due, rolling up what is over, letting go what is too old. One task, so that no two
//! of these are ever under way at once.

use super::{Keeper, told_to_stop};
use crate::wire::DamageDto;
use cim_model::UtcMillis;
use cim_store::{DAY_MS, Damage, GROUP};
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::MissedTickBehavior};

/// How often rows are sealed.
const EVERY: Duration = Duration::from_secs(1);

/// After so many rounds what is kept of the past is told again.
const ROUNDS_TO_TELL: u32 = 10;

/// After so many rounds the past is rolled up and let go.
const ROUNDS_TO_ROLL: u32 = 60;

/// How many damaged stretches are told at most.
const MAX_DAMAGES: usize = 200;

/// Tends the history until the desk closes. Closing seals nothing by force: what is not sealed is in the log.
pub(super) async fn tend(keeper: Arc<Keeper>, mut stop: watch::Receiver<bool>, lets_go: bool) {
    let mut round = 0_u32;
    keeper.tell_old_damage().await;
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            _ = every.tick() => {}
        }
        keeper.seal().await;
        if round.is_multiple_of(ROUNDS_TO_TELL) {
            keeper.tell_history().await;
        }
        round = round.wrapping_add(1);
        if round.is_multiple_of(ROUNDS_TO_ROLL) {
            keeper.roll(lets_go).await;
        }
    }
}

impl Keeper {
    async fn seal(&self) {
        if let Err(error) = self.store.history().seal(self.time.now(), false).await {
            self.tell(&error);
        }
    }

    async fn roll(&self, lets_go: bool) {
        let now = self.time.now();
        if let Err(error) = self.store.history().roll(now).await {
            self.tell(&error);
        }
        if !lets_go {
            return;
        }
        match self.store.retain(now, self.keep()).await {
            Ok(removed) if removed.is_empty() => {}
            Ok(_) => self.tell_history().await,
            Err(error) => self.tell(&error),
        }
    }

    /// Says on the screen what is kept of the past.
    pub(crate) async fn tell_history(&self) {
        let history = self.store.history();
        let oldest = match history.oldest().await {
            Ok(oldest) => oldest,
            Err(error) => {
                self.tell(&error);
                return;
            }
        };
        let met = history.damage_met();
        let bytes = history.bytes();
        let mut live = self.live();
        // What waits for the disk is part of what can be told of the past only once it is there.
        live.history_from = oldest.or(live.history_from);
        let newest = live.state.newest();
        let from = live.history_from.map(|from| from.0);
        let days = days_between(live.history_from, newest);
        let told = &mut live.history;
        let before = (told.from, told.days, told.bytes);
        told.from = from;
        told.days = days;
        told.bytes = bytes;
        let new = add_damage(&mut told.damaged, &met);
        let is_more = !new.is_empty();
        live.refetch.extend(new);
        if is_more || before != (from, days, bytes) {
            live.changed = true;
        }
        drop(live);
        if is_more {
            self.refetch.notify_one();
        }
    }

    /// Says on the screen what was set aside before this desk was opened. Once: it looks into every day.
    async fn tell_old_damage(&self) {
        match self.store.history().damaged().await {
            Ok(damaged) => {
                let mut live = self.live();
                add_damage(&mut live.history.damaged, &damaged);
                live.changed = true;
            }
            Err(error) => self.tell(&error),
        }
    }
}

/// How many days, begun ones included, the past spans.
fn days_between(from: Option<UtcMillis>, to: Option<UtcMillis>) -> u32 {
    let (Some(from), Some(to)) = (from, to) else {
        return 0;
    };
    let days = to.0.div_euclid(DAY_MS) - from.0.div_euclid(DAY_MS) + 1;
    u32::try_from(days).unwrap_or(0)
}

/// Adds what is not among `told` yet. Returns the stretches of what was new: the hub may still have their values.
fn add_damage(told: &mut Vec<DamageDto>, met: &[Damage]) -> Vec<(UtcMillis, UtcMillis)> {
    let mut new = Vec::new();
    for damage in met.iter().map(damage_dto) {
        if told.len() < MAX_DAMAGES && !told.contains(&damage) {
            new.push((UtcMillis(damage.from), UtcMillis(damage.to)));
            told.push(damage);
        }
    }
    new
}

fn damage_dto(damage: &Damage) -> DamageDto {
    DamageDto {
        from: damage.t0,
        to: damage.t1,
        // A chunk that cannot be read does not tell how many of its series had values.
        series: GROUP,
        reason: damage.why.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_told_once() {
        let damage = |t0: i64| Damage {
            day: 0,
            group: 0,
            t0,
            t1: t0 + 60_000,
            why: "the checksum differs".to_owned(),
        };
        let mut told = Vec::new();
        assert_eq!(add_damage(&mut told, &[damage(0)]).len(), 1);
        assert!(add_damage(&mut told, &[damage(0)]).is_empty());
        assert_eq!(
            add_damage(&mut told, &[damage(0), damage(60_000)]),
            [(UtcMillis(60_000), UtcMillis(120_000))]
        );
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn days_are_counted_with_those_that_have_only_begun() {
        let at = |hours: i64| Some(UtcMillis(hours * 3_600_000));
        assert_eq!(days_between(at(1), at(2)), 1);
        assert_eq!(days_between(at(23), at(25)), 2);
        assert_eq!(days_between(None, at(25)), 0);
        assert_eq!(days_between(at(48), at(1)), 0);
    }
}
