//! The state machine of a condition as one table: which state a trigger leads to, and the clause that says so.
//!
//! The regions are independent, as in OPC UA Part 9 (OPC 10000-9, release 1.05), figure 15. The code moves by this table only, and the
//! diagrams in the README are drawn from it.

use super::Policy;
use Guard::{Always, Confirms, Latches, LatchesOnly, NoLatch, Plain};
use Node::{
    ActiveAcked, ActiveConfirmed, ActiveUnacked, ClearedAcked, ClearedUnacked, Disabled, Enabled,
    InService, Latched, Normal, OneShotShelved, OutOfService, Silenced, Sounding, Suppressed,
    TimedShelved, Unshelved, Unsuppressed,
};
use Region::{Enabling, Life, Service, Shelving, Silence, Suppression};
use std::fmt::Write;

/// A group of states of which exactly one holds at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// ActiveState, AckedState, ConfirmedState and LatchedState together.
    Life,
    /// ShelvingState.
    Shelving,
    /// SuppressedState.
    Suppression,
    /// OutOfServiceState.
    Service,
    /// EnabledState.
    Enabling,
    /// SilenceState.
    Silence,
}

impl Region {
    /// Every region, in the order of the README.
    pub const ALL: [Self; 6] = [Life, Shelving, Suppression, Service, Enabling, Silence];
}

/// A state of one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// Nothing to report: never active, or everything about it is done.
    Normal,
    /// Active, nobody took note.
    ActiveUnacked,
    /// Active, acknowledged.
    ActiveAcked,
    /// Active, acknowledged and confirmed.
    ActiveConfirmed,
    /// Back, nobody took note.
    ClearedUnacked,
    /// Back and acknowledged, waits for its confirmation.
    ClearedAcked,
    /// Back, acknowledged and, where needed, confirmed; waits for its reset.
    Latched,
    /// Not shelved.
    Unshelved,
    /// Shelved until a moment.
    TimedShelved,
    /// Shelved until it is back, and at most until a moment.
    OneShotShelved,
    /// No cause suppresses it.
    Unsuppressed,
    /// At least one cause suppresses it.
    Suppressed,
    /// In service.
    InService,
    /// Out of service, for instance for maintenance.
    OutOfService,
    /// Enabled.
    Enabled,
    /// Disabled.
    Disabled,
    /// May sound.
    Sounding,
    /// Silenced.
    Silenced,
}

impl Node {
    /// The region that it is a state of.
    pub fn region(self) -> Region {
        match self {
            Normal | ActiveUnacked | ActiveAcked | ActiveConfirmed | ClearedUnacked
            | ClearedAcked | Latched => Life,
            Unshelved | TimedShelved | OneShotShelved => Shelving,
            Unsuppressed | Suppressed => Suppression,
            InService | OutOfService => Service,
            Enabled | Disabled => Enabling,
            Sounding | Silenced => Silence,
        }
    }

    /// True when the condition holds now.
    pub fn is_active(self) -> bool {
        matches!(self, ActiveUnacked | ActiveAcked | ActiveConfirmed)
    }

    /// True when somebody must still take note of it.
    pub fn is_unacked(self) -> bool {
        matches!(self, ActiveUnacked | ClearedUnacked)
    }
}

/// What can happen to a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// It became active.
    Raise,
    /// It became more severe while active.
    Worsen,
    /// It is no longer active.
    Clear,
    /// It has been active for the re-alarm time.
    ReAlarm,
    /// An operator acknowledges.
    Acknowledge,
    /// An operator confirms.
    Confirm,
    /// An operator resets a latched one.
    Reset,
    /// An operator shelves it for a time.
    TimedShelve,
    /// An operator shelves it until it is back.
    OneShotShelve,
    /// An operator ends the shelving.
    Unshelve,
    /// The shelving's time is over.
    TimeUp,
    /// The first cause suppresses it.
    Suppress,
    /// The last cause is gone.
    Unsuppress,
    /// Taken out of service.
    TakeOutOfService,
    /// Placed in service.
    PlaceInService,
    /// Disabled.
    Disable,
    /// Enabled.
    Enable,
    /// An operator silences it.
    Silence,
}

/// Which policies a transition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// All.
    Always,
    /// Those that need a confirmation.
    Confirms,
    /// Those that latch and need no confirmation.
    LatchesOnly,
    /// Those that neither latch nor need a confirmation.
    Plain,
    /// Those that latch.
    Latches,
    /// Those that do not latch.
    NoLatch,
}

impl Guard {
    fn holds(self, policy: &Policy) -> bool {
        match self {
            Always => true,
            Confirms => policy.needs_confirm,
            LatchesOnly => policy.latches && !policy.needs_confirm,
            Plain => !policy.latches && !policy.needs_confirm,
            Latches => policy.latches,
            NoLatch => !policy.latches,
        }
    }
}

/// One arrow of the diagram.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// The state left.
    pub from: Node,
    /// What happens.
    pub trigger: Trigger,
    /// Which policies it is for.
    pub guard: Guard,
    /// The state entered.
    pub to: Node,
    /// Where OPC 10000-9 (release 1.05) says so.
    pub clause: &'static str,
}

const fn row(
    from: Node,
    trigger: Trigger,
    guard: Guard,
    to: Node,
    clause: &'static str,
) -> Transition {
    Transition {
        from,
        trigger,
        guard,
        to,
        clause,
    }
}

/// Every transition. A state and a trigger that are not here change nothing.
///
/// A raise over an earlier activation that is back but not done with leaves that one as a branch (5.5.3).
pub const TRANSITIONS: &[Transition] = &[
    row(Normal, Trigger::Raise, Always, ActiveUnacked, "5.8.2"),
    row(
        ClearedUnacked,
        Trigger::Raise,
        Always,
        ActiveUnacked,
        "5.5.3",
    ),
    row(ClearedAcked, Trigger::Raise, Always, ActiveUnacked, "5.5.3"),
    row(Latched, Trigger::Raise, Always, ActiveUnacked, "5.8.2"),
    row(ActiveAcked, Trigger::Worsen, Always, ActiveUnacked, "5.7.2"),
    row(
        ActiveConfirmed,
        Trigger::Worsen,
        Always,
        ActiveUnacked,
        "5.7.2",
    ),
    row(
        ActiveAcked,
        Trigger::ReAlarm,
        Always,
        ActiveUnacked,
        "5.8.2",
    ),
    row(
        ActiveConfirmed,
        Trigger::ReAlarm,
        Always,
        ActiveUnacked,
        "5.8.2",
    ),
    row(
        ActiveUnacked,
        Trigger::Acknowledge,
        Always,
        ActiveAcked,
        "5.7.3",
    ),
    row(
        ClearedUnacked,
        Trigger::Acknowledge,
        Confirms,
        ClearedAcked,
        "5.7.3",
    ),
    row(
        ClearedUnacked,
        Trigger::Acknowledge,
        LatchesOnly,
        Latched,
        "5.8.2",
    ),
    row(ClearedUnacked, Trigger::Acknowledge, Plain, Normal, "5.7.3"),
    row(
        ActiveAcked,
        Trigger::Confirm,
        Confirms,
        ActiveConfirmed,
        "5.7.4",
    ),
    row(ClearedAcked, Trigger::Confirm, Latches, Latched, "5.8.2"),
    row(ClearedAcked, Trigger::Confirm, NoLatch, Normal, "5.7.4"),
    row(
        ActiveUnacked,
        Trigger::Clear,
        Always,
        ClearedUnacked,
        "5.8.2",
    ),
    row(ActiveAcked, Trigger::Clear, Confirms, ClearedAcked, "5.8.2"),
    row(ActiveAcked, Trigger::Clear, LatchesOnly, Latched, "5.8.2"),
    row(ActiveAcked, Trigger::Clear, Plain, Normal, "5.8.2"),
    row(ActiveConfirmed, Trigger::Clear, Latches, Latched, "5.8.2"),
    row(ActiveConfirmed, Trigger::Clear, NoLatch, Normal, "5.8.2"),
    row(Latched, Trigger::Reset, Always, Normal, "5.8.5"),
    row(
        Unshelved,
        Trigger::TimedShelve,
        Always,
        TimedShelved,
        "5.8.17",
    ),
    row(
        Unshelved,
        Trigger::OneShotShelve,
        Always,
        OneShotShelved,
        "5.8.17",
    ),
    row(
        TimedShelved,
        Trigger::OneShotShelve,
        Always,
        OneShotShelved,
        "5.8.17",
    ),
    row(
        OneShotShelved,
        Trigger::TimedShelve,
        Always,
        TimedShelved,
        "5.8.17",
    ),
    row(
        TimedShelved,
        Trigger::TimedShelve,
        Always,
        TimedShelved,
        "5.8.17.4",
    ),
    row(
        TimedShelved,
        Trigger::Unshelve,
        Always,
        Unshelved,
        "5.8.17.2",
    ),
    row(
        OneShotShelved,
        Trigger::Unshelve,
        Always,
        Unshelved,
        "5.8.17.2",
    ),
    row(TimedShelved, Trigger::TimeUp, Always, Unshelved, "5.8.17.1"),
    row(OneShotShelved, Trigger::TimeUp, Always, Unshelved, "5.8.2"),
    row(
        OneShotShelved,
        Trigger::Clear,
        Always,
        Unshelved,
        "5.8.17.1",
    ),
    row(Unsuppressed, Trigger::Suppress, Always, Suppressed, "5.8.2"),
    row(
        Suppressed,
        Trigger::Unsuppress,
        Always,
        Unsuppressed,
        "5.8.2",
    ),
    row(
        InService,
        Trigger::TakeOutOfService,
        Always,
        OutOfService,
        "5.8.12",
    ),
    row(
        OutOfService,
        Trigger::PlaceInService,
        Always,
        InService,
        "5.8.2",
    ),
    row(Enabled, Trigger::Disable, Always, Disabled, "5.5.4"),
    row(Disabled, Trigger::Enable, Always, Enabled, "5.5.5"),
    row(Sounding, Trigger::Silence, Always, Silenced, "5.8.2"),
    row(Silenced, Trigger::Raise, Always, Sounding, "5.8.2"),
    row(Silenced, Trigger::Worsen, Always, Sounding, "5.8.2"),
    row(Silenced, Trigger::ReAlarm, Always, Sounding, "5.8.2"),
];

/// The state that `trigger` leads to from `from`; `None` when it changes nothing there.
pub fn next(from: Node, trigger: Trigger, policy: &Policy) -> Option<Node> {
    TRANSITIONS
        .iter()
        .find(|arrow| arrow.from == from && arrow.trigger == trigger && arrow.guard.holds(policy))
        .map(|arrow| arrow.to)
}

/// The mermaid state diagram of one region, as the README shows it.
pub fn diagram(region: Region) -> String {
    let mut text = "stateDiagram-v2\n".to_owned();
    let arrows = TRANSITIONS
        .iter()
        .filter(|arrow| arrow.from.region() == region);
    for arrow in arrows {
        let Transition {
            from, trigger, to, ..
        } = arrow;
        // Writing into a text cannot fail.
        let _ = match arrow.guard {
            Always => writeln!(text, "    {from:?} --> {to:?}: {trigger:?}"),
            guard => writeln!(text, "    {from:?} --> {to:?}: {trigger:?} [{guard:?}]"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICIES: [(bool, bool); 4] =
        [(false, false), (true, false), (false, true), (true, true)];

    fn policy((needs_confirm, latches): (bool, bool)) -> Policy {
        Policy {
            needs_confirm,
            latches,
            ..Policy::default()
        }
    }

    #[test]
    fn the_diagram_in_the_readme_equals_the_transitions() {
        let readme = include_str!("../../README.md");
        for region in Region::ALL {
            let block = format!("```mermaid\n{}```", diagram(region));
            assert!(
                readme.contains(&block),
                "the README must show this for {region:?}:\n{block}"
            );
        }
        assert_eq!(readme.matches("```mermaid").count(), Region::ALL.len());
    }

    #[test]
    fn a_transition_stays_in_its_region_and_names_a_clause() {
        for arrow in TRANSITIONS {
            assert_eq!(arrow.from.region(), arrow.to.region(), "{arrow:?}");
            assert!(arrow.clause.starts_with("5."), "{arrow:?}");
        }
    }

    #[test]
    fn for_every_policy_a_state_and_a_trigger_lead_to_one_state() {
        for policy in POLICIES.map(policy) {
            for (place, arrow) in TRANSITIONS.iter().enumerate() {
                let doubles = TRANSITIONS.iter().skip(place + 1).filter(|other| {
                    other.from == arrow.from
                        && other.trigger == arrow.trigger
                        && other.guard.holds(&policy)
                        && arrow.guard.holds(&policy)
                });
                assert_eq!(doubles.count(), 0, "{arrow:?} with {policy:?}");
            }
        }
    }

    #[test]
    fn every_transition_is_what_next_answers() {
        for policy in POLICIES.map(policy) {
            for arrow in TRANSITIONS
                .iter()
                .filter(|arrow| arrow.guard.holds(&policy))
            {
                assert_eq!(
                    next(arrow.from, arrow.trigger, &policy),
                    Some(arrow.to),
                    "{arrow:?}"
                );
            }
        }
    }

    /// Walks the triggers from `Normal` and compares the states on the way.
    #[track_caller]
    fn check(needs: (bool, bool), walk: &[(Trigger, Option<Node>)]) {
        let policy = policy(needs);
        let mut node = Normal;
        for (trigger, expected) in walk {
            let then = next(node, *trigger, &policy);
            assert_eq!(then, *expected, "{trigger:?} from {node:?}");
            node = then.unwrap_or(node);
        }
    }

    #[test]
    fn a_plain_alarm_is_done_when_it_is_back_and_acknowledged_in_either_order() {
        check(
            (false, false),
            &[
                (Trigger::Acknowledge, None),
                (Trigger::Raise, Some(ActiveUnacked)),
                (Trigger::Raise, None),
                (Trigger::Acknowledge, Some(ActiveAcked)),
                (Trigger::Confirm, None),
                (Trigger::Clear, Some(Normal)),
                (Trigger::Raise, Some(ActiveUnacked)),
                (Trigger::Clear, Some(ClearedUnacked)),
                (Trigger::Acknowledge, Some(Normal)),
            ],
        );
    }

    #[test]
    fn one_that_needs_both_is_confirmed_before_it_is_reset() {
        check(
            (true, true),
            &[
                (Trigger::Raise, Some(ActiveUnacked)),
                (Trigger::Clear, Some(ClearedUnacked)),
                (Trigger::Reset, None),
                (Trigger::Acknowledge, Some(ClearedAcked)),
                (Trigger::Reset, None),
                (Trigger::Confirm, Some(Latched)),
                (Trigger::Reset, Some(Normal)),
            ],
        );
    }

    #[test]
    fn one_that_gets_worse_or_rings_again_wants_a_second_acknowledgement() {
        check(
            (true, false),
            &[
                (Trigger::Raise, Some(ActiveUnacked)),
                (Trigger::Acknowledge, Some(ActiveAcked)),
                (Trigger::Worsen, Some(ActiveUnacked)),
                (Trigger::Acknowledge, Some(ActiveAcked)),
                (Trigger::Confirm, Some(ActiveConfirmed)),
                (Trigger::ReAlarm, Some(ActiveUnacked)),
            ],
        );
    }
}
