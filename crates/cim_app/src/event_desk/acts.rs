//! What the UI asks to be done to a case, in the words of the case engine, and which moves a case allows.

use crate::{
    error::AppError,
    wire::{CaseActDto, CaseMoveDto},
};
use cim_event::{Act, Attachment, Link, LinkKind, MOVES, Move, Party, PartyKind, Refusal, Stage};
use cim_model::{EventId, EventLevel};

/// A reason and a text that stand for any, where it is only asked whether a move is allowed.
const ANY: &str = "?";
/// A digest of the right length.
const ANY_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The moves that are a person's to make; reports, their joining and splitting have ways of their own.
const SHOWN: [Move; 26] = [
    Move::Register,
    Move::Assign,
    Move::Receive,
    Move::Return,
    Move::Arrive,
    Move::Extend,
    Move::Suspend,
    Move::Resume,
    Move::Handle,
    Move::Verify,
    Move::SendBack,
    Move::Rate,
    Move::Close,
    Move::Reopen,
    Move::Cancel,
    Move::Archive,
    Move::Urge,
    Move::Merge,
    Move::Unmerge,
    Move::SetParent,
    Move::Attach,
    Move::Comment,
    Move::Link,
    Move::Unlink,
    Move::SetLevel,
    Move::SetCategory,
];

/// The act that the UI asks for; `party` finds whom a case is given to. `SplitOff` needs the case that comes of it.
pub(crate) fn act_of(
    asked: &CaseActDto,
    party: impl FnOnce(&str) -> Option<Party>,
    split_into: &EventId,
) -> Result<Act, AppError> {
    let own = |text: &String| text.trim().to_owned();
    Ok(match asked {
        CaseActDto::Register { category } => Act::Register {
            category: own(category),
        },
        CaseActDto::Assign { party: id, note } => Act::Assign {
            party: party(id).ok_or_else(|| AppError::NotFound {
                what: "department, team or person",
                id: id.clone(),
            })?,
            note: own(note),
        },
        CaseActDto::Receive => Act::Receive {},
        CaseActDto::Resume => Act::Resume {},
        CaseActDto::Merge { into } => Act::Merge {
            into: EventId::new(into),
        },
        CaseActDto::SplitOff { report } => Act::SplitOff {
            report: report.clone(),
            into: split_into.clone(),
        },
        CaseActDto::SetParent { parent } => Act::SetParent {
            parent: parent.as_ref().map(EventId::new),
        },
        CaseActDto::Rate { score, text } => Act::Rate {
            score: *score,
            text: own(text),
        },
        CaseActDto::Urge { text, rung } => Act::Urge {
            text: own(text),
            rung: *rung,
        },
        CaseActDto::Link { kind, target } => Act::Link(link_of(kind, target)?),
        CaseActDto::Unlink { kind, target } => Act::Unlink(link_of(kind, target)?),
        CaseActDto::SetLevel { level, reason } => Act::SetLevel {
            level: level_of(level)?,
            reason: own(reason),
        },
        CaseActDto::SetCategory { category } => Act::SetCategory {
            category: own(category),
        },
        said => said_of(said),
    })
}

/// The acts that say something and name nothing.
fn said_of(asked: &CaseActDto) -> Act {
    let own = |text: &String| text.trim().to_owned();
    match asked {
        CaseActDto::Return { reason } => Act::Return {
            reason: own(reason),
        },
        CaseActDto::Arrive { text } => Act::Arrive { text: own(text) },
        CaseActDto::Extend { minutes, reason } => Act::Extend {
            minutes: *minutes,
            reason: own(reason),
        },
        CaseActDto::Suspend { reason } => Act::Suspend {
            reason: own(reason),
        },
        CaseActDto::Handle { text } => Act::Handle { text: own(text) },
        CaseActDto::Verify { text } => Act::Verify { text: own(text) },
        CaseActDto::SendBack { reason } => Act::SendBack {
            reason: own(reason),
        },
        CaseActDto::Close { text } => Act::Close { text: own(text) },
        CaseActDto::Reopen { reason } => Act::Reopen {
            reason: own(reason),
        },
        CaseActDto::Cancel { reason } => Act::Cancel {
            reason: own(reason),
        },
        CaseActDto::Archive { text } => Act::Archive { text: own(text) },
        CaseActDto::Unmerge { reason } => Act::Unmerge {
            reason: own(reason),
        },
        CaseActDto::Comment { text } => Act::Comment { text: own(text) },
        // The caller has these; an empty remark is refused.
        CaseActDto::Register { .. }
        | CaseActDto::Assign { .. }
        | CaseActDto::Receive
        | CaseActDto::Resume
        | CaseActDto::Merge { .. }
        | CaseActDto::SplitOff { .. }
        | CaseActDto::SetParent { .. }
        | CaseActDto::Rate { .. }
        | CaseActDto::Urge { .. }
        | CaseActDto::Link { .. }
        | CaseActDto::Unlink { .. }
        | CaseActDto::SetLevel { .. }
        | CaseActDto::SetCategory { .. } => Act::Comment {
            text: String::new(),
        },
    }
}

/// The level that the UI calls `numeral`.
pub(super) fn level_of(numeral: &str) -> Result<EventLevel, AppError> {
    EventLevel::from_numeral(numeral).ok_or_else(|| AppError::BadRequest {
        what: "the level",
        found: numeral.chars().take(20).collect(),
        reason: "it is I, II, III or IV",
    })
}

/// The link to the `kind` called `target`.
pub(super) fn link_of(kind: &str, target: &str) -> Result<Link, AppError> {
    let kind = LinkKind::from_word(kind).ok_or_else(|| AppError::BadRequest {
        what: "what a case is tied to",
        found: kind.chars().take(40).collect(),
        reason: "an alarm, place, thing, camera, clip, recording, plan or picture",
    })?;
    Ok(Link::new(kind, target.trim()))
}

/// The word of a refusal, for the UI's texts.
pub(crate) fn reason_word(refusal: &Refusal) -> String {
    refusal.as_str().to_owned()
}

/// Every move with why it is not allowed, those that usually come next first. `try_act` says whether an act is.
pub(super) fn moves(
    stage: Stage,
    try_act: impl Fn(Act) -> Result<(), Refusal>,
) -> Vec<CaseMoveDto> {
    let usual = usual(stage);
    let mut shown: Vec<Move> = SHOWN.to_vec();
    let place = |one: &Move| {
        let place = usual.iter().position(|known| known == one);
        place.unwrap_or(usual.len())
    };
    shown.sort_by_key(place);
    shown
        .into_iter()
        .map(|one| CaseMoveDto {
            word: one.as_str().to_owned(),
            refusal: refusal_of(one, &try_act),
            needs_reason: needs_reason(one),
            is_usual: usual.contains(&one),
        })
        .collect()
}

/// True when a move says nothing without a reason.
pub(crate) fn needs_reason(movement: Move) -> bool {
    let mut rows = MOVES.iter();
    rows.any(|row| row.movement == movement && row.needs_reason)
}

/// Why a move is not allowed now. What depends on what it will name is not a reason yet.
fn refusal_of(one: Move, try_act: &impl Fn(Act) -> Result<(), Refusal>) -> Option<String> {
    match try_act(sample(one)?) {
        Ok(())
        | Err(
            Refusal::NothingChanges { .. }
            | Refusal::NoSuchCase { .. }
            | Refusal::Circle { .. }
            | Refusal::Field { .. },
        ) => None,
        Err(refusal) => Some(reason_word(&refusal)),
    }
}

/// What usually comes next.
fn usual(stage: Stage) -> &'static [Move] {
    match stage {
        Stage::Collected => &[Move::Register, Move::Cancel],
        Stage::Registered => &[Move::Assign],
        Stage::Assigned => &[Move::Receive, Move::Urge],
        Stage::Handling => &[Move::Arrive, Move::Handle],
        Stage::Handled => &[Move::Verify, Move::SendBack],
        Stage::Verified => &[Move::Rate, Move::Close],
        Stage::Rated => &[Move::Close],
        Stage::Closed => &[Move::Archive],
        Stage::Archived | Stage::Cancelled => &[Move::Reopen],
        Stage::Suspended => &[Move::Resume],
        Stage::Merged => &[Move::Unmerge],
        Stage::Unreported => &[],
    }
}

/// An act that makes the move, naming something that is surely not there where it has to name anything.
fn sample(one: Move) -> Option<Act> {
    let any = || ANY.to_owned();
    Some(match one {
        Move::Register => Act::Register {
            category: String::new(),
        },
        Move::Assign => Act::Assign {
            party: Party {
                kind: PartyKind::Team,
                id: any(),
                name: any(),
            },
            note: String::new(),
        },
        Move::Receive => Act::Receive {},
        Move::Return => Act::Return { reason: any() },
        Move::Arrive => Act::Arrive { text: any() },
        Move::Extend => Act::Extend {
            minutes: 1,
            reason: any(),
        },
        Move::Suspend => Act::Suspend { reason: any() },
        Move::Resume => Act::Resume {},
        Move::Handle => Act::Handle { text: any() },
        Move::Verify => Act::Verify { text: any() },
        Move::SendBack => Act::SendBack { reason: any() },
        Move::Rate => Act::Rate {
            score: 5,
            text: any(),
        },
        Move::Close => Act::Close { text: any() },
        Move::Reopen => Act::Reopen { reason: any() },
        Move::Cancel => Act::Cancel { reason: any() },
        Move::Archive => Act::Archive { text: any() },
        Move::Urge => Act::Urge {
            text: any(),
            rung: 1,
        },
        Move::Unmerge => Act::Unmerge { reason: any() },
        Move::Comment => Act::Comment { text: any() },
        Move::Report | Move::Join | Move::SplitOff => return None,
        naming => sample_naming(naming)?,
    })
}

fn sample_naming(one: Move) -> Option<Act> {
    let any = || ANY.to_owned();
    Some(match one {
        Move::Merge => Act::Merge {
            into: EventId::new(ANY),
        },
        Move::SetParent => Act::SetParent { parent: None },
        Move::Attach => Act::Attach(Attachment {
            id: any(),
            name: any(),
            media_type: any(),
            digest: ANY_DIGEST.to_owned(),
            bytes: 1,
            is_evidence: false,
        }),
        Move::Link => Act::Link(Link::new(LinkKind::Place, ANY)),
        Move::Unlink => Act::Unlink(Link::new(LinkKind::Place, ANY)),
        Move::SetLevel => Act::SetLevel {
            level: EventLevel::I,
            reason: any(),
        },
        Move::SetCategory => Act::SetCategory { category: any() },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_sample_of_every_move_that_is_shown() {
        for one in SHOWN {
            assert_eq!(
                sample(one).as_ref().map(Act::movement),
                Some(one),
                "{}",
                one.as_str()
            );
        }
        let left: Vec<&str> = Move::ALL
            .iter()
            .filter(|one| !SHOWN.contains(one))
            .map(|one| one.as_str())
            .collect();
        assert_eq!(left, ["report", "join", "split_off"]);
    }

    #[test]
    fn what_usually_comes_next_is_possible_and_stands_first() {
        for stage in Stage::ALL {
            for one in usual(*stage) {
                let is_possible = cim_event::next(*stage, *one, Stage::Handling).is_some();
                assert!(is_possible, "{} {}", stage.as_str(), one.as_str());
            }
        }
        let shown = moves(Stage::Verified, |_| Ok(()));
        let first: Vec<&str> = shown.iter().take(2).map(|one| one.word.as_str()).collect();
        assert_eq!(first, ["rate", "close"]);
        assert!(shown.iter().all(|one| one.refusal.is_none()));
    }

    #[test]
    fn a_refusal_is_told_by_its_word_and_what_is_not_named_yet_is_none() {
        let refused = moves(Stage::Verified, |act| match act {
            Act::Close { .. } => Err(Refusal::NoEvidence),
            Act::Merge { .. } => Err(Refusal::NoSuchCase {
                case: ANY.to_owned(),
            }),
            _ => Ok(()),
        });
        let of = |word: &str| {
            let found = refused.iter().find(|one| one.word == word);
            found.and_then(|one| one.refusal.clone())
        };
        assert_eq!(of("close").as_deref(), Some("no_evidence"));
        assert_eq!(of("merge"), None);
    }

    #[test]
    fn an_act_of_the_ui_is_read_and_one_that_names_nobody_is_refused() {
        let into = EventId::new("e2");
        let none = |_: &str| None;
        let assign = CaseActDto::Assign {
            party: "water".to_owned(),
            note: String::new(),
        };
        assert!(act_of(&assign, none, &into).is_err());
        let level = CaseActDto::SetLevel {
            level: "V".to_owned(),
            reason: "x".to_owned(),
        };
        assert!(act_of(&level, none, &into).is_err());
        let handle = CaseActDto::Handle {
            text: " done ".to_owned(),
        };
        assert_eq!(
            act_of(&handle, none, &into).expect("an act"),
            Act::Handle {
                text: "done".to_owned()
            }
        );
        assert!(link_of("castle", "x").is_err());
    }
}
