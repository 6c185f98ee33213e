//! What is due when, how it was kept, and what is to be said when time runs out: reminders, 督办, the leader on duty.

use super::{Allowance, Deadlines, Phase, PhaseClock};
use crate::{
    calendar::Calendar,
    case::{Act, Body, Case, CaseState, Step},
    words::words,
};
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};

/// The author of what follows from deadlines alone.
const RULE: &str = "rule:deadlines";

/// The role in which a rule acts.
const SYSTEM: &str = "system";

words! {
    /// How a deadline stands.
    Light {
        /// Its clock stands still.
        Stopped = "stopped",
        /// There is time.
        Green = "green",
        /// Four fifths of the time are gone.
        Yellow = "yellow",
        /// Overdue.
        Red = "red",
        /// Twice overdue.
        Escalated = "escalated",
    }
}

/// A deadline that is still ahead, or missed and still owed.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// What has to be over by then.
    pub phase: Phase,
    /// When its clock began.
    pub started_at: UtcMillis,
    /// How it stands.
    pub light: Light,
    /// The share of the time that is used: 1.0 is the deadline.
    pub used: f64,
    /// When it turns yellow; `None` while the clock stands still before that, as for the next two.
    pub warn_at: Option<UtcMillis>,
    /// The deadline.
    pub due_at: Option<UtcMillis>,
    /// When the leader on duty hears of it.
    pub escalate_at: Option<UtcMillis>,
}

/// How a phase that is over kept its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub phase: Phase,
    /// How long it took, milliseconds of its measure, without the time that its clock stood still.
    pub took_ms: i64,
    /// How long it could have taken.
    pub allowed_ms: i64,
    /// True when it took longer.
    pub is_late: bool,
}

/// Something to say because time runs out.
#[derive(Clone, Debug, PartialEq)]
pub struct Reminder {
    /// When it is to be said.
    pub at: UtcMillis,
    /// What is due.
    pub phase: Phase,
    /// How it stands from then on.
    pub light: Light,
    /// Who hears of it: roles, or `party` for whoever it is given to.
    pub to: Vec<String>,
    /// 督办, written down in the desk's name: the same step on every desk. `None` for a mere reminder.
    pub step: Option<Step>,
}

/// What is due of a case, the most urgent first.
pub fn due(
    state: &CaseState,
    deadlines: &Deadlines,
    calendar: &Calendar,
    now: UtcMillis,
) -> Vec<Due> {
    let mut dues: Vec<Due> = open(state, deadlines, calendar)
        .map(|(phase, clock, allowance)| due_of(phase, clock, allowance, deadlines, calendar, now))
        .collect();
    dues.sort_by(|a, b| {
        b.light
            .cmp(&a.light)
            .then(b.used.total_cmp(&a.used))
            .then(a.phase.cmp(&b.phase))
    });
    dues
}

/// How the phases that are over, of this round and of earlier ones, kept their deadlines.
pub fn kept(state: &CaseState, deadlines: &Deadlines, calendar: &Calendar) -> Vec<Kept> {
    let past = state
        .past_clocks
        .iter()
        .map(|(phase, clock)| (*phase, clock));
    let current = state.clocks.iter().map(|(phase, clock)| (*phase, clock));
    past.chain(current)
        .filter_map(|(phase, clock)| {
            let ended_at = clock.ended_at?;
            let allowance = deadlines.allowance(&state.category, state.level, phase, calendar)?;
            let took_ms = clock.used_ms(allowance, calendar, ended_at);
            let allowed_ms = clock.allowed_ms(allowance);
            Some(Kept {
                phase,
                took_ms,
                allowed_ms,
                is_late: took_ms > allowed_ms,
            })
        })
        .collect()
}

/// What is to be said of a case between `since` (not included) and `now`, in order.
pub fn reminders(
    case: &Case,
    deadlines: &Deadlines,
    calendar: &Calendar,
    since: UtcMillis,
    now: UtcMillis,
) -> Vec<Reminder> {
    let state = case.state();
    let rungs = [
        (Light::Yellow, &deadlines.yellow),
        (Light::Red, &deadlines.red),
        (Light::Escalated, &deadlines.escalated),
    ];
    let mut reminders = Vec::new();
    for (phase, clock, allowance) in open(state, deadlines, calendar) {
        for (light, rung) in rungs {
            let Some(at) = clock.reaches(allowance, calendar, rung.share) else {
                continue;
            };
            if at <= since || at > now {
                continue;
            }
            reminders.push(Reminder {
                at,
                phase,
                light,
                to: rung.to.clone(),
                step: urging(case, phase, clock, light, at),
            });
        }
    }
    reminders.sort_by_key(|reminder| (reminder.at, reminder.phase, reminder.light));
    reminders
}

/// The open clocks of a case, with what they allow. One that stands still because the case waits to be verified owes
/// nothing.
fn open<'s>(
    state: &'s CaseState,
    deadlines: &'s Deadlines,
    calendar: &'s Calendar,
) -> impl Iterator<Item = (Phase, &'s PhaseClock, Allowance)> {
    let is_open = state.stage.is_open();
    let is_handled = state.handled_at.is_some();
    state
        .clocks
        .iter()
        .filter(move |(phase, clock)| {
            let is_owed = **phase != Phase::Handle || !is_handled;
            is_open && is_owed && clock.ended_at.is_none()
        })
        .filter_map(move |(phase, clock)| {
            let allowance = deadlines.allowance(&state.category, state.level, *phase, calendar)?;
            Some((*phase, clock, allowance))
        })
}

fn due_of(
    phase: Phase,
    clock: &PhaseClock,
    allowance: Allowance,
    deadlines: &Deadlines,
    calendar: &Calendar,
    now: UtcMillis,
) -> Due {
    let allowed = clock.allowed_ms(allowance).max(1);
    let used = clock.used_ms(allowance, calendar, now) as f64 / allowed as f64;
    let at = |share: f64| clock.reaches(allowance, calendar, share);
    // Used working time stands still at night; what was reached by then is reached.
    let is_reached = |share: f64| at(share).is_some_and(|at| at <= now);
    let light = if is_reached(deadlines.escalated.share) {
        Light::Escalated
    } else if is_reached(deadlines.red.share) {
        Light::Red
    } else if !clock.is_running() {
        Light::Stopped
    } else if is_reached(deadlines.yellow.share) {
        Light::Yellow
    } else {
        Light::Green
    };
    Due {
        phase,
        started_at: clock.started_at,
        light,
        used,
        warn_at: at(deadlines.yellow.share),
        due_at: at(deadlines.red.share),
        escalate_at: at(deadlines.escalated.share),
    }
}

fn urging(
    case: &Case,
    phase: Phase,
    clock: &PhaseClock,
    light: Light,
    at: UtcMillis,
) -> Option<Step> {
    let rung = match light {
        Light::Red => 1,
        Light::Escalated => 2,
        _ => return None,
    };
    let act = Act::Urge {
        text: phase.as_str().to_owned(),
        rung,
    };
    Some(Step {
        // The same deadline of the same case is the same urging, on every desk.
        id: format!(
            "{}#{}#{}#{}#{rung}",
            case.id(),
            act.movement().verb(),
            phase.as_str(),
            clock.started_at.0
        ),
        at,
        known_at: at,
        author: RULE.to_owned(),
        body: Body {
            role: SYSTEM.to_owned(),
            party: None,
            act,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        calendar::tests::{china, shanghai},
        case::{
            Applied,
            tests::{act, case, step},
        },
        deadline::table::tests::shipped,
        flow::Move,
    };

    fn minute(minute: i64) -> UtcMillis {
        UtcMillis(minute * 60_000)
    }

    /// What is due at `at` minutes of a missing cover, with its light.
    #[track_caller]
    fn check(moves: &[Move], at: i64, expected: &[(Phase, Light)]) {
        let case = case(moves);
        let dues = due(case.state(), &shipped(), &china(), minute(at));
        let told: Vec<(Phase, Light)> = dues.iter().map(|due| (due.phase, due.light)).collect();
        assert_eq!(told, expected, "at {at} min");
    }

    #[test]
    fn a_deadline_goes_green_yellow_red_and_up() {
        let told = [Move::Report];
        check(&told, 1, &[(Phase::Assign, Light::Green)]);
        check(&told, 12, &[(Phase::Assign, Light::Yellow)]);
        check(&told, 15, &[(Phase::Assign, Light::Red)]);
        check(&told, 30, &[(Phase::Assign, Light::Escalated)]);
    }

    #[test]
    fn what_is_due_follows_the_case() {
        let taken = [Move::Report, Move::Register, Move::Assign, Move::Receive];
        let green = |phase: Phase| (phase, Light::Green);
        check(
            &taken[..3],
            21,
            &[
                green(Phase::Receive),
                green(Phase::Arrive),
                green(Phase::Handle),
            ],
        );
        check(&taken, 31, &[green(Phase::Arrive), green(Phase::Handle)]);
        let done = [
            Move::Report,
            Move::Register,
            Move::Assign,
            Move::Receive,
            Move::Handle,
        ];
        check(&done, 41, &[green(Phase::Verify)]);
        let all = [&done[..], &[Move::Verify, Move::Rate, Move::Close]].concat();
        check(&all, 80, &[]);
    }

    #[test]
    fn a_suspended_case_owes_nothing_while_it_waits() {
        let waiting = [
            Move::Report,
            Move::Register,
            Move::Assign,
            Move::Receive,
            Move::Suspend,
        ];
        let stopped = |phase: Phase| (phase, Light::Stopped);
        check(
            &waiting,
            9_000,
            &[stopped(Phase::Arrive), stopped(Phase::Handle)],
        );
        let mut case = case(&waiting);
        assert_eq!(
            case.apply(step(9_000, act(Move::Resume))),
            Ok(Applied::Changed)
        );
        let dues = due(case.state(), &shipped(), &china(), minute(9_001));
        let arrive = dues.iter().find(|due| due.phase == Phase::Arrive).unwrap();
        // 20 minutes had gone by when it was suspended.
        assert_eq!(arrive.due_at, Some(minute(9_100)));
    }

    #[test]
    fn an_extension_moves_the_deadline_for_handling() {
        let more = [
            Move::Report,
            Move::Register,
            Move::Assign,
            Move::Receive,
            Move::Extend,
        ];
        let state = case(&more);
        let dues = due(state.state(), &shipped(), &china(), minute(41));
        let handle = dues.iter().find(|due| due.phase == Phase::Handle).unwrap();
        assert_eq!(handle.due_at, Some(minute(20 + 1_440 + 60)));
    }

    #[test]
    fn work_that_was_sent_back_gains_only_the_wait() {
        let back = [
            Move::Report,
            Move::Register,
            Move::Assign,
            Move::Receive,
            Move::Handle,
            Move::SendBack,
        ];
        let state = case(&back);
        let dues = due(state.state(), &shipped(), &china(), minute(51));
        let handle = dues.iter().find(|due| due.phase == Phase::Handle).unwrap();
        assert_eq!(handle.due_at, Some(minute(20 + 1_440 + 10)));
    }

    #[test]
    fn working_days_end_when_people_are_there() {
        let mut road = Case::new(cim_model::EventId::new("e1"));
        let friday = shanghai("2026-03-06T17:00").0 / 60_000;
        for (after, movement) in [
            Move::Report,
            Move::SetCategory,
            Move::Register,
            Move::Assign,
        ]
        .into_iter()
        .enumerate()
        {
            let applied = road.apply(step(friday + after as i64 - 3, act(movement)));
            assert_eq!(applied, Ok(Applied::Changed));
        }
        let dues = due(road.state(), &shipped(), &china(), minute(friday));
        let handle = dues.iter().find(|due| due.phase == Phase::Handle).unwrap();
        assert_eq!(handle.due_at, Some(shanghai("2026-03-11T17:00")));
    }

    #[test]
    fn overdue_is_urged_by_the_desk_once_and_twice_overdue_by_the_leader() {
        let mut late = case(&[Move::Report]);
        let said = |case: &Case, since: i64, now: i64| {
            reminders(case, &shipped(), &china(), minute(since), minute(now))
        };
        let all = said(&late, 0, 60);
        let told: Vec<(i64, Light, Vec<String>)> = all
            .iter()
            .map(|one| (one.at.0 / 60_000, one.light, one.to.clone()))
            .collect();
        let row = |at: i64, light: Light, to: &[&str]| -> (i64, Light, Vec<String>) {
            (at, light, to.iter().map(|to| (*to).to_owned()).collect())
        };
        assert_eq!(
            told,
            [
                row(12, Light::Yellow, &["party", "duty_officer"]),
                row(15, Light::Red, &["party", "shift_leader"]),
                row(30, Light::Escalated, &["leader_on_duty"]),
            ]
        );
        assert_eq!(said(&late, 15, 29), []);
        let urging = all[1].step.clone().unwrap();
        assert_eq!(said(&late, 14, 16)[0].step, Some(urging.clone()));
        assert_eq!(late.apply(urging.clone()), Ok(Applied::Changed));
        assert_eq!(late.apply(urging), Ok(Applied::Known));
        assert!(late.state().is_urged());
    }

    #[test]
    fn phases_that_are_over_say_how_they_kept_their_time() {
        let done = case(&crate::case::tests::STRAIGHT);
        let told: Vec<(Phase, i64, bool)> = kept(done.state(), &shipped(), &china())
            .iter()
            .map(|kept| (kept.phase, kept.took_ms / 60_000, kept.is_late))
            .collect();
        assert_eq!(
            told,
            [
                (Phase::Assign, 20, true),
                (Phase::Receive, 10, false),
                (Phase::Arrive, 20, false),
                (Phase::Handle, 30, false),
                (Phase::Verify, 10, false),
                (Phase::Rate, 10, false),
            ]
        );
    }
}
