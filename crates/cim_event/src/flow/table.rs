//! The table of moves: stage × move → stage, with whether a reason must be given. Code, README and tests read the same.
//!
//! The flow is that of GB/T 30428.8 (上报, 立案, 派遣, 处置, 核查, 结案), second-hand, with the moves that practice adds.

use super::{Move, Stage};
use std::fmt::Write as _;

/// Where a move leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Nowhere: the stage stays.
    Same,
    /// To this stage.
    Stage(Stage),
    /// Back to the stage before it was set aside.
    Former,
}

/// One row of the table of moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveRow {
    /// The stages in which the move is possible.
    pub from: &'static [Stage],
    /// The move.
    pub movement: Move,
    /// Where it leads.
    pub to: To,
    /// True when it says nothing without a reason.
    pub needs_reason: bool,
}

/// Everything that is open.
const OPEN: &[Stage] = &[
    Stage::Collected,
    Stage::Registered,
    Stage::Assigned,
    Stage::Handling,
    Stage::Handled,
    Stage::Verified,
    Stage::Rated,
    Stage::Suspended,
];

/// Everything that was ever reported.
const TOLD: &[Stage] = &[
    Stage::Collected,
    Stage::Registered,
    Stage::Assigned,
    Stage::Handling,
    Stage::Handled,
    Stage::Verified,
    Stage::Rated,
    Stage::Closed,
    Stage::Archived,
    Stage::Suspended,
    Stage::Cancelled,
    Stage::Merged,
];

const fn leads(from: &'static [Stage], movement: Move, to: Stage) -> MoveRow {
    MoveRow {
        from,
        movement,
        to: To::Stage(to),
        needs_reason: false,
    }
}

const fn stays(from: &'static [Stage], movement: Move) -> MoveRow {
    MoveRow {
        from,
        movement,
        to: To::Same,
        needs_reason: false,
    }
}

const fn returns(from: &'static [Stage], movement: Move) -> MoveRow {
    MoveRow {
        from,
        movement,
        to: To::Former,
        needs_reason: false,
    }
}

const fn with_reason(row: MoveRow) -> MoveRow {
    MoveRow {
        needs_reason: true,
        ..row
    }
}

/// Every move that there is. A move from a stage that its row does not name is not possible.
pub static MOVES: &[MoveRow] = &[
    leads(&[Stage::Unreported], Move::Report, Stage::Collected),
    leads(&[Stage::Collected], Move::Register, Stage::Registered),
    with_reason(leads(
        &[Stage::Collected, Stage::Registered],
        Move::Cancel,
        Stage::Cancelled,
    )),
    leads(
        &[Stage::Registered, Stage::Assigned],
        Move::Assign,
        Stage::Assigned,
    ),
    leads(&[Stage::Assigned], Move::Receive, Stage::Handling),
    with_reason(leads(
        &[Stage::Assigned, Stage::Handling],
        Move::Return,
        Stage::Registered,
    )),
    stays(&[Stage::Handling], Move::Arrive),
    with_reason(stays(&[Stage::Assigned, Stage::Handling], Move::Extend)),
    with_reason(leads(
        &[Stage::Registered, Stage::Assigned, Stage::Handling],
        Move::Suspend,
        Stage::Suspended,
    )),
    returns(&[Stage::Suspended], Move::Resume),
    leads(&[Stage::Handling], Move::Handle, Stage::Handled),
    leads(&[Stage::Handled], Move::Verify, Stage::Verified),
    with_reason(leads(&[Stage::Handled], Move::SendBack, Stage::Handling)),
    leads(&[Stage::Verified], Move::Rate, Stage::Rated),
    leads(&[Stage::Verified, Stage::Rated], Move::Close, Stage::Closed),
    with_reason(leads(
        &[Stage::Closed, Stage::Archived, Stage::Cancelled],
        Move::Reopen,
        Stage::Registered,
    )),
    leads(&[Stage::Closed], Move::Archive, Stage::Archived),
    stays(
        &[
            Stage::Collected,
            Stage::Registered,
            Stage::Assigned,
            Stage::Handling,
            Stage::Handled,
        ],
        Move::Urge,
    ),
    leads(
        &[
            Stage::Collected,
            Stage::Registered,
            Stage::Assigned,
            Stage::Handling,
            Stage::Handled,
        ],
        Move::Merge,
        Stage::Merged,
    ),
    with_reason(returns(&[Stage::Merged], Move::Unmerge)),
    stays(OPEN, Move::SplitOff),
    stays(OPEN, Move::SetParent),
    with_reason(stays(OPEN, Move::SetLevel)),
    stays(OPEN, Move::SetCategory),
    stays(TOLD, Move::Join),
    stays(TOLD, Move::Attach),
    stays(TOLD, Move::Comment),
    stays(TOLD, Move::Link),
    stays(TOLD, Move::Unlink),
];

/// The row of `movement`. There is one for each move; a test says so.
pub(crate) fn row(movement: Move) -> Option<&'static MoveRow> {
    MOVES.iter().find(|row| row.movement == movement)
}

/// The stage that `movement` leads to from `from`; `None` when it is not possible there. `former` is the stage before the
/// case was set aside.
pub fn next(from: Stage, movement: Move, former: Stage) -> Option<Stage> {
    let row = row(movement).filter(|row| row.from.contains(&from))?;
    Some(match row.to {
        To::Same => from,
        To::Stage(stage) => stage,
        To::Former => former,
    })
}

/// The table as a Mermaid state diagram: moves that change the stage as arrows, the others in notes. The stage that a
/// suspended or merged case goes back to is drawn as `former`.
pub fn diagram() -> String {
    let mut text = String::from("stateDiagram-v2\n");
    for row in MOVES {
        let label = format!(
            "{}{}",
            row.movement.as_str(),
            if row.needs_reason { " (reason)" } else { "" }
        );
        let to = match row.to {
            To::Same => continue,
            To::Stage(stage) => stage.as_str(),
            To::Former => "former",
        };
        for from in row.from {
            let from = match from {
                Stage::Unreported => "[*]",
                other => other.as_str(),
            };
            // Writing into a text cannot fail.
            let _ = writeln!(text, "    {from} --> {to}: {label}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every stage that `movement` is possible in, with where it leads.
    #[track_caller]
    fn check(movement: Move, expected: &str) {
        let leads: Vec<String> = Stage::ALL
            .iter()
            .filter_map(|from| {
                let to = next(*from, movement, Stage::Handling)?;
                Some(if to == *from {
                    from.as_str().to_owned()
                } else {
                    format!("{}>{}", from.as_str(), to.as_str())
                })
            })
            .collect();
        assert_eq!(leads.join(" "), expected, "{}", movement.as_str());
    }

    #[test]
    fn each_move_is_possible_exactly_where_it_makes_sense() {
        check(Move::Report, "unreported>collected");
        check(Move::Register, "collected>registered");
        check(Move::Assign, "registered>assigned assigned");
        check(Move::Receive, "assigned>handling");
        check(Move::Return, "assigned>registered handling>registered");
        check(Move::Arrive, "handling");
        check(Move::Extend, "assigned handling");
        check(
            Move::Suspend,
            "registered>suspended assigned>suspended handling>suspended",
        );
        check(Move::Resume, "suspended>handling");
        check(Move::Handle, "handling>handled");
        check(Move::Verify, "handled>verified");
        check(Move::SendBack, "handled>handling");
        check(Move::Rate, "verified>rated");
        check(Move::Close, "verified>closed rated>closed");
        check(
            Move::Reopen,
            "closed>registered archived>registered cancelled>registered",
        );
        check(Move::Cancel, "collected>cancelled registered>cancelled");
        check(Move::Archive, "closed>archived");
        check(Move::Urge, "collected registered assigned handling handled");
        check(
            Move::Merge,
            "collected>merged registered>merged assigned>merged handling>merged handled>merged",
        );
        check(Move::Unmerge, "merged>handling");
        let open = "collected registered assigned handling handled verified rated suspended";
        for one in [
            Move::SplitOff,
            Move::SetParent,
            Move::SetLevel,
            Move::SetCategory,
        ] {
            check(one, open);
        }
        let told = "collected registered assigned handling handled verified rated closed archived \
                    suspended cancelled merged";
        for one in [
            Move::Join,
            Move::Attach,
            Move::Comment,
            Move::Link,
            Move::Unlink,
        ] {
            check(one, told);
        }
    }

    #[test]
    fn every_move_has_one_row() {
        for one in Move::ALL {
            let rows = MOVES.iter().filter(|row| row.movement == *one).count();
            assert_eq!(rows, 1, "{}", one.as_str());
        }
    }

    #[test]
    fn what_takes_something_from_somebody_needs_a_reason() {
        let needing: Vec<&str> = MOVES
            .iter()
            .filter(|row| row.needs_reason)
            .map(|row| row.movement.as_str())
            .collect();
        assert_eq!(
            needing,
            [
                "cancel",
                "return",
                "extend",
                "suspend",
                "send_back",
                "reopen",
                "unmerge",
                "set_level"
            ]
        );
    }

    #[test]
    fn the_diagram_in_the_readme_equals_the_table() {
        let readme = include_str!("../../README.md");
        assert!(
            readme.contains(&diagram()),
            "the README should hold\n```mermaid\n{}```",
            diagram()
        );
    }

    #[test]
    fn every_open_stage_can_still_come_to_an_end() {
        for from in Stage::ALL.iter().filter(|stage| stage.is_open()) {
            let mut reached = vec![*from];
            let mut at = 0;
            while let Some(stage) = reached.get(at).copied() {
                let nexts = Move::ALL
                    .iter()
                    .filter_map(|one| next(stage, *one, Stage::Handling));
                let fresh: Vec<Stage> = nexts.filter(|stage| !reached.contains(stage)).collect();
                reached.extend(fresh);
                at += 1;
            }
            assert!(reached.contains(&Stage::Closed), "{from:?}");
        }
    }
}
