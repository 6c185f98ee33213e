//! Decisions about rights over a million channels.

use super::{SEED, VideoBench, ms_since, told};
use crate::{
    Failure,
    bench::figure::Figure,
    dice::Dice,
    host::{MachineClock, end_progress, instant, progress},
    video::POLICY,
};
use cim_model::TimeSource;
use cim_video::{
    channels::Synthetic,
    rights::{Action, Asking, Grants, Marks, Person, Policy, Presence, Target},
};
use serde_json::json;

const CHANNELS: u32 = 1_000_000;
/// Divisions that the channels stand in; the first is the person's own.
const DIVISIONS: [&str; 4] = ["320302", "320303", "320311", "320312"];

/// What is asked about.
struct Channel {
    id: String,
    marks: Marks,
    division: &'static str,
    place: [f64; 2],
}

impl Channel {
    fn new(policy: &Policy, number: u32) -> Self {
        let mut dice = Dice::at(SEED, u64::from(number));
        let category = 1 + dice.below(policy.categories().len() as u64) as u8;
        let grade = dice.below(1 + policy.grades().len() as u64) as u8;
        let division = DIVISIONS.get(dice.below(4) as usize).copied();
        Self {
            id: Synthetic::channel_id(number),
            marks: policy.marks(category, grade, dice.once_in(200)),
            division: division.unwrap_or_default(),
            place: [
                116.8 + dice.below(1_000_000) as f64 / 1e6,
                33.8 + dice.below(800_000) as f64 / 1e6,
            ],
        }
    }

    fn target(&self) -> Target<'_> {
        Target {
            id: &self.id,
            marks: self.marks,
            division: self.division,
            owner: "",
            place: Some(self.place),
        }
    }
}

pub(super) fn of_rights(bench: &VideoBench) -> Result<Vec<Figure>, Failure> {
    let (policy, faults) = Policy::read(POLICY.0, POLICY.1);
    if let Some(fault) = faults.first() {
        return Err(fault.to_string().into());
    }
    progress("channels are made up");
    let count = bench.many(CHANNELS);
    let channels: Vec<Channel> = (0..count)
        .map(|number| Channel::new(&policy, number))
        .collect();
    let person = Person {
        name: "bench".to_owned(),
        role: "duty_officer".to_owned(),
        party: None,
        divisions: vec!["320302".to_owned()],
    };
    let (now, grants) = (MachineClock.now(), Grants::default());
    progress("decisions");
    let begun = instant();
    let reach = policy.reach(&person, Some("event"), now, &grants);
    let open = channels
        .iter()
        .filter(|channel| reach.presence(&channel.target()) == Presence::Open)
        .count();
    let listing_ms = ms_since(begun);
    let begun = instant();
    let live = channels
        .iter()
        .filter(|channel| {
            let asking = Asking {
                person: &person,
                target: channel.target(),
                action: Action::Live,
                purpose: Some("event"),
                at: now,
            };
            policy.decide(&asking, &grants).is_allowed
        })
        .count();
    let deciding_ms = ms_since(begun);
    end_progress();
    // The two ways must agree on what may be looked at.
    let reached = channels
        .iter()
        .filter(|channel| reach.actions(&channel.target()).has(Action::Live))
        .count();
    if reached != live {
        return Err(format!("{reached} channels are reached, {live} are allowed").into());
    }
    let rate = |name: &str, ms: f64, allowed: usize| {
        let per_s = f64::from(count) * 1e3 / ms.max(1e-6);
        let mut figure = told(format!("{name} over {count} channels"), per_s, "per s");
        figure.is_rate = true;
        figure.notes = vec![("all_ms", json!(ms)), ("allowed", json!(allowed))];
        figure
    };
    Ok(vec![
        rate("rights of a list", listing_ms, open),
        rate("decisions with their reasons", deciding_ms, live),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_of_every_category_and_grade() {
        let (policy, _) = Policy::read(POLICY.0, POLICY.1);
        let channels: Vec<Channel> = (0..500)
            .map(|number| Channel::new(&policy, number))
            .collect();
        let has = |category: &str, grade: &str| {
            channels.iter().any(|channel| {
                policy
                    .category_of(channel.marks)
                    .is_some_and(|one| one.id == category)
                    && policy
                        .grade_of(channel.marks)
                        .is_some_and(|one| one.id == grade)
            })
        };
        for category in ["1", "2", "3"] {
            for grade in ["public", "internal", "sensitive", "core"] {
                assert!(has(category, grade), "{category} {grade}");
            }
        }
    }
}
