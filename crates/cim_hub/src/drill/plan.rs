//! What happens in one run, all of it decided by the seed beforehand: who does what, and what breaks when.

use super::HEAL_MS;
use cim_sync::backoff::Dice;
use serde_json::{Value, json};

/// Events that officers edit.
pub(super) const EVENTS: [&str; 5] = ["e1", "e2", "e3", "e4", "e5"];
/// Alarms that they acknowledge.
const ALARMS: [&str; 3] = ["alarm-1", "alarm-2", "alarm-3"];
/// Nothing breaks before this, in milliseconds: everybody has met the hub.
const FIRST_FAULT_MS: i64 = 2_000;
/// How far a clock is wrong when it is wrong: ten years, in milliseconds.
const TEN_YEARS_MS: i64 = 10 * 365 * 24 * 3_600_000;
/// The body of a fact that is larger than the hub takes, in bytes.
const TOO_LARGE: usize = 70_000;

/// Something that an officer does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Act {
    /// When, in milliseconds after the start.
    pub(super) at_ms: i64,
    pub(super) id: String,
    pub(super) object: String,
    pub(super) verb: &'static str,
    pub(super) body: Value,
}

/// Something that breaks, or is mended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// Nothing gets through between the hub and this desk.
    Partition(usize),
    /// The hub hears this desk and is not heard.
    Deaf(usize),
    /// Everything between the hub and this desk waits on the way.
    Hold(usize),
    /// What was held goes on, what was cut is whole again.
    Mend(usize),
    /// Messages are lost with this chance, in thousandths.
    Loss(u32),
    /// Messages to and from this desk take so long, in milliseconds.
    Slow(usize, u64),
    /// The hub's process ends at once.
    CrashHub,
    /// It starts again with what is on its disk.
    StartHub,
    /// Somebody makes a backup of the hub.
    BackUp,
    /// The hub's process ends, and its disk becomes what the last backup holds.
    RestoreHub,
    /// The desk's program ends at once.
    CrashDesk(usize),
    /// It starts again with what is on its disk.
    StartDesk(usize),
    /// The desk's clock jumps, by so many milliseconds.
    Jump(usize, i64),
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// How far into a minute the run begins, in milliseconds.
    pub(super) offset_ms: i64,
    /// Per desk how far its clock is ahead at first.
    pub(super) ahead_ms: Vec<i64>,
    /// Per desk what its officer does, in order.
    pub(super) acts: Vec<Vec<Act>>,
    /// What breaks, in order of time.
    pub(super) faults: Vec<(i64, Fault)>,
    /// The fact that no hub may take.
    pub(super) poison: String,
    /// How long a desk waits for an answer, in milliseconds.
    pub(super) patience_ms: u64,
    /// Of a hundred questions so many are sent twice.
    pub(super) doubled: u64,
    /// Of a hundred connections so many are spoilt.
    pub(super) spoilt: u64,
    /// Whether a desk starts its exchange anew at each connection, as the program does, or goes on with the old one.
    pub(super) starts_anew: bool,
}

impl Plan {
    /// The run that belongs to `seed`.
    pub(super) fn new(seed: u64, desks: usize) -> Self {
        let mut dice = Dice::new(seed ^ 0x6472_696c_6c00_0001);
        let desks = desks.max(1);
        let mut acts: Vec<Vec<Act>> = (0..desks).map(|desk| acts(&mut dice, desk)).collect();
        let poison = poison(&mut dice, &mut acts);
        let mut ahead_ms = vec![0; desks];
        if below(&mut dice, 3) == 0 {
            let wrong = below(&mut dice, desks as u64) as usize;
            if let Some(ahead) = ahead_ms.get_mut(wrong) {
                *ahead = ten_years(&mut dice);
            }
        }
        Self {
            offset_ms: below(&mut dice, 60_000) as i64,
            ahead_ms,
            acts,
            faults: faults(&mut dice, desks),
            poison,
            patience_ms: 800 + below(&mut dice, 2_000),
            doubled: below(&mut dice, 20),
            spoilt: below(&mut dice, 15),
            starts_anew: below(&mut dice, 2) == 0,
        }
    }
}

/// A number below `end`.
pub(super) fn below(dice: &mut Dice, end: u64) -> u64 {
    dice.next_number() % end.max(1)
}

fn ten_years(dice: &mut Dice) -> i64 {
    if below(dice, 2) == 0 {
        TEN_YEARS_MS
    } else {
        -TEN_YEARS_MS
    }
}

fn one_of<'t>(dice: &mut Dice, words: &[&'t str]) -> &'t str {
    let place = below(dice, words.len() as u64) as usize;
    words.get(place).copied().unwrap_or_default()
}

fn acts(dice: &mut Dice, desk: usize) -> Vec<Act> {
    let count = 4 + below(dice, 7);
    let mut moments: Vec<i64> = (0..count)
        .map(|_| below(dice, HEAL_MS as u64 - 1_000) as i64)
        .collect();
    moments.sort_unstable();
    let acts = moments.into_iter().enumerate();
    acts.map(|(index, at_ms)| {
        let id = format!("desk-{desk}-{index}");
        if below(dice, 10) < 3 {
            return Act {
                at_ms,
                id,
                object: one_of(dice, &ALARMS).to_owned(),
                verb: "alarm_acknowledged",
                body: json!({}),
            };
        }
        Act {
            at_ms,
            object: format!("event:{}", one_of(dice, &EVENTS)),
            verb: "event_changed",
            body: json!({ "changes": changes(dice, &id) }),
            id,
        }
    })
    .collect()
}

/// New values of one to three fields.
fn changes(dice: &mut Dice, id: &str) -> Value {
    let mut changes = json!({});
    for field in ["status", "note", "level"] {
        if below(dice, 2) == 0 {
            continue;
        }
        changes[field] = match field {
            "status" => one_of(dice, &["reported", "handling", "closed"]).into(),
            "level" => one_of(dice, &["I", "II", "III", "IV"]).into(),
            _ => format!("{id} 在现场").into(),
        };
    }
    if changes.as_object().is_none_or(serde_json::Map::is_empty) {
        changes["note"] = format!("{id} 已查看").into();
    }
    changes
}

/// Makes one of the acts an edit that no hub may take, and says which.
fn poison(dice: &mut Dice, acts: &mut [Vec<Act>]) -> String {
    let desk = below(dice, acts.len() as u64) as usize;
    let own = acts.get_mut(desk);
    let place = own.as_ref().map_or(0, |own| below(dice, own.len() as u64));
    let Some(act) = own.and_then(|own| own.get_mut(place as usize)) else {
        return String::new();
    };
    EVENTS[0].clone_into(&mut act.object);
    act.object.insert_str(0, "event:");
    act.verb = "event_changed";
    act.body = match below(dice, 4) {
        0 => json!({ "changes": { "note": "长".repeat(TOO_LARGE / 3) } }),
        1 => json!({ "changes": { "colour": "red" } }),
        _ => json!({ "changes": { "status": "lost" } }),
    };
    act.id.clone()
}

fn faults(dice: &mut Dice, desks: usize) -> Vec<(i64, Fault)> {
    let mut faults = vec![(FIRST_FAULT_MS + below(dice, 20_000) as i64, Fault::BackUp)];
    let count = 4 + below(dice, 10);
    let span = HEAL_MS - FIRST_FAULT_MS;
    for _ in 0..count {
        let at = FIRST_FAULT_MS + below(dice, span as u64) as i64;
        let until = at + 500 + below(dice, 15_000) as i64;
        let desk = below(dice, desks as u64) as usize;
        let (begin, end) = match below(dice, 12) {
            0 | 1 => (Fault::Partition(desk), Fault::Mend(desk)),
            2 => (Fault::Deaf(desk), Fault::Mend(desk)),
            3 | 4 => (Fault::Hold(desk), Fault::Mend(desk)),
            5 => (Fault::Loss(5 + below(dice, 60) as u32), Fault::Loss(0)),
            6 => (
                Fault::Slow(desk, 300 + below(dice, 2_500)),
                Fault::Slow(desk, 5),
            ),
            7 | 8 => (Fault::CrashHub, Fault::StartHub),
            9 => (Fault::CrashDesk(desk), Fault::StartDesk(desk)),
            10 => (Fault::RestoreHub, Fault::StartHub),
            _ if below(dice, 2) == 0 => (Fault::BackUp, Fault::BackUp),
            _ => {
                let by = ten_years(dice);
                (Fault::Jump(desk, by), Fault::Jump(desk, -by))
            }
        };
        faults.push((at, begin));
        faults.push((until, end));
    }
    faults.retain(|(at, _)| *at < HEAL_MS);
    faults.sort_by_key(|(at, _)| *at);
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_everything_and_another_seed_something_else() {
        assert_eq!(Plan::new(7, 3), Plan::new(7, 3));
        assert_ne!(Plan::new(7, 3), Plan::new(8, 3));
    }

    #[test]
    fn each_run_has_one_edit_that_no_hub_may_take_and_every_sort_of_fault_comes_up() {
        let mut seen = [false; 5];
        for seed in 0..200 {
            let plan = Plan::new(seed, 3);
            let poisoned = plan.acts.iter().flatten();
            assert_eq!(poisoned.filter(|act| act.id == plan.poison).count(), 1);
            assert!(plan.faults.is_sorted_by_key(|(at, _)| *at), "seed {seed}");
            for (_, fault) in &plan.faults {
                let sort = match fault {
                    Fault::Partition(_) | Fault::Deaf(_) | Fault::Hold(_) | Fault::Mend(_) => 0,
                    Fault::Loss(_) | Fault::Slow(..) => 1,
                    Fault::CrashHub | Fault::StartHub | Fault::RestoreHub | Fault::BackUp => 2,
                    Fault::CrashDesk(_) | Fault::StartDesk(_) => 3,
                    Fault::Jump(..) => 4,
                };
                seen[sort] = true;
            }
        }
        assert_eq!(seen, [true; 5]);
    }
}
