//! What people and rules do to a case, as it stands in a fact's body, and what of it is too much or too little.

use super::parts::{Attachment, Link, Party, Report};
use crate::flow::Move;
use cim_model::{EventId, EventLevel, UtcMillis};
use serde::{Deserialize, Serialize};

/// The longest line: titles, names, identities, words. Characters.
const MOST_LINE: usize = 400;
/// The longest text, characters.
const MOST_TEXT: usize = 20_000;
/// The largest attachment, bytes.
const MOST_BYTES: u64 = 4 << 30;
/// How many links one report may have.
const MOST_LINKS: usize = 200;
/// The longest extension: a year, in minutes.
const MOST_MINUTES: u32 = 366 * 24 * 60;

/// What is done to a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "move", rename_all = "snake_case")]
pub enum Act {
    /// It is told of for the first time.
    Report(Report),
    /// One more report of the same cause.
    Join(Report),
    /// 立案.
    Register {
        /// Its category, as the officer sees it; empty to leave what the report says.
        #[serde(default)]
        category: String,
    },
    /// 交办.
    Assign {
        /// To whom.
        party: Party,
        /// What is asked for.
        #[serde(default)]
        note: String,
    },
    /// 签收.
    Receive {},
    /// 回退.
    Return {
        /// Why.
        reason: String,
    },
    /// 到场.
    Arrive {
        /// What was found.
        #[serde(default)]
        text: String,
    },
    /// 延期: more time for what is due next.
    Extend {
        /// How much more, minutes.
        minutes: u32,
        /// Why.
        reason: String,
    },
    /// 挂账.
    Suspend {
        /// What is waited for.
        reason: String,
    },
    /// The wait is over.
    Resume {},
    /// 处置.
    Handle {
        /// What was done.
        text: String,
    },
    /// 核查.
    Verify {
        /// What was seen.
        #[serde(default)]
        text: String,
    },
    /// 核查不通过.
    SendBack {
        /// What is missing.
        reason: String,
    },
    /// 回访, 评价.
    Rate {
        /// 1 bad … 5 good.
        score: u8,
        /// What whoever reported it says.
        #[serde(default)]
        text: String,
    },
    /// 结案.
    Close {
        /// In a sentence.
        #[serde(default)]
        text: String,
    },
    /// It was closed or cancelled too early.
    Reopen {
        /// Why.
        reason: String,
    },
    /// 不予立案, 作废.
    Cancel {
        /// Why.
        reason: String,
    },
    /// 归档.
    Archive {
        /// What it teaches.
        #[serde(default)]
        text: String,
    },
    /// 督办.
    Urge {
        /// What is asked for.
        #[serde(default)]
        text: String,
        /// How far up: 1 by the desk, 2 by the leader on duty.
        rung: u8,
    },
    /// 并案.
    Merge {
        /// The case in which it is handled from then on.
        #[serde(with = "crate::wire")]
        into: EventId,
    },
    /// Merged by mistake.
    Unmerge {
        /// Why.
        reason: String,
    },
    /// 拆分: a report becomes a case of its own.
    SplitOff {
        /// The report's identity.
        report: String,
        /// The case that it becomes.
        #[serde(with = "crate::wire")]
        into: EventId,
    },
    /// It is part of a greater one.
    SetParent {
        /// Which; none to stand alone again.
        #[serde(with = "crate::wire", default)]
        parent: Option<EventId>,
    },
    /// A picture or a document.
    Attach(Attachment),
    /// A remark.
    Comment {
        /// The remark.
        text: String,
    },
    /// Tied to something.
    Link(Link),
    /// No longer tied.
    Unlink(Link),
    /// Graver or less grave.
    SetLevel {
        /// The level from then on.
        #[serde(with = "crate::wire")]
        level: EventLevel,
        /// Why.
        reason: String,
    },
    /// Of another category.
    SetCategory {
        /// The category from then on.
        category: String,
    },
}

impl Act {
    /// The move that it makes.
    pub fn movement(&self) -> Move {
        match self {
            Self::Report(_) => Move::Report,
            Self::Join(_) => Move::Join,
            Self::Register { .. } => Move::Register,
            Self::Assign { .. } => Move::Assign,
            Self::Receive {} => Move::Receive,
            Self::Return { .. } => Move::Return,
            Self::Arrive { .. } => Move::Arrive,
            Self::Extend { .. } => Move::Extend,
            Self::Suspend { .. } => Move::Suspend,
            Self::Resume {} => Move::Resume,
            Self::Handle { .. } => Move::Handle,
            Self::Verify { .. } => Move::Verify,
            Self::SendBack { .. } => Move::SendBack,
            Self::Rate { .. } => Move::Rate,
            Self::Close { .. } => Move::Close,
            Self::Reopen { .. } => Move::Reopen,
            Self::Cancel { .. } => Move::Cancel,
            Self::Archive { .. } => Move::Archive,
            Self::Urge { .. } => Move::Urge,
            Self::Merge { .. } => Move::Merge,
            Self::Unmerge { .. } => Move::Unmerge,
            Self::SplitOff { .. } => Move::SplitOff,
            Self::SetParent { .. } => Move::SetParent,
            Self::Attach(_) => Move::Attach,
            Self::Comment { .. } => Move::Comment,
            Self::Link(_) => Move::Link,
            Self::Unlink(_) => Move::Unlink,
            Self::SetLevel { .. } => Move::SetLevel,
            Self::SetCategory { .. } => Move::SetCategory,
        }
    }

    /// The reason that it gives; `None` for one that gives none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Return { reason }
            | Self::Extend { reason, .. }
            | Self::Suspend { reason }
            | Self::SendBack { reason }
            | Self::Reopen { reason }
            | Self::Cancel { reason }
            | Self::Unmerge { reason }
            | Self::SetLevel { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// What in it is too long, out of bounds or missing: the field's name and what is wrong with it. Whatever comes over
    /// the wire passes here before it is kept.
    pub(crate) fn fault(&self) -> Option<(&'static str, &'static str)> {
        if let Some(reason) = self.reason() {
            return text_fault("reason", reason).or_else(|| self.figures_fault());
        }
        match self {
            Self::Report(report) | Self::Join(report) => report_fault(report),
            Self::Assign { party, note } => line_fault("party.id", &party.id)
                .or_else(|| line_fault("party.name", &party.name))
                .or_else(|| text_fault("note", note)),
            Self::Arrive { text }
            | Self::Handle { text }
            | Self::Verify { text }
            | Self::Close { text }
            | Self::Archive { text } => text_fault("text", text),
            Self::Comment { text } => said_fault("text", text),
            Self::Rate { text, .. } | Self::Urge { text, .. } => {
                text_fault("text", text).or_else(|| self.figures_fault())
            }
            Self::Register { category } => long_fault("category", category, MOST_LINE),
            Self::SetCategory { category } => line_fault("category", category),
            Self::SplitOff { report, .. } => line_fault("report", report),
            Self::Attach(file) => attachment_fault(file),
            Self::Link(link) | Self::Unlink(link) => line_fault("target", &link.target),
            _ => None,
        }
    }

    fn figures_fault(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Rate { score, .. } if !(1..=5).contains(score) => {
                Some(("score", "from 1 to 5 is possible"))
            }
            Self::Urge { rung, .. } if !(1..=2).contains(rung) => {
                Some(("rung", "1 or 2 is possible"))
            }
            Self::Extend { minutes, .. } if !(1..=MOST_MINUTES).contains(minutes) => {
                Some(("minutes", "from 1 minute to 366 days is possible"))
            }
            _ => None,
        }
    }
}

fn long_fault(
    field: &'static str,
    text: &str,
    most: usize,
) -> Option<(&'static str, &'static str)> {
    // Bytes first: counting the characters of a hostile megabyte is work.
    let is_long = text.len() > 4 * most || text.chars().count() > most;
    is_long.then_some((field, "is too long"))
}

fn text_fault(field: &'static str, text: &str) -> Option<(&'static str, &'static str)> {
    long_fault(field, text, MOST_TEXT)
}

/// A remark must say something.
fn said_fault(field: &'static str, text: &str) -> Option<(&'static str, &'static str)> {
    if text.trim().is_empty() {
        return Some((field, "is empty"));
    }
    text_fault(field, text)
}

/// A line must say something.
fn line_fault(field: &'static str, text: &str) -> Option<(&'static str, &'static str)> {
    if text.trim().is_empty() {
        return Some((field, "is empty"));
    }
    long_fault(field, text, MOST_LINE)
}

fn report_fault(report: &Report) -> Option<(&'static str, &'static str)> {
    let lines = [
        ("id", &report.id),
        ("source", &report.source),
        ("title", &report.title),
    ];
    let short = [
        ("external_id", &report.external_id),
        ("reporter", &report.reporter),
        ("category", &report.category),
    ];
    let is_nowhere = report.place.is_some_and(|place| !place.is_usable());
    lines
        .into_iter()
        .find_map(|(field, text)| line_fault(field, text))
        .or_else(|| {
            let mut short = short.into_iter();
            short.find_map(|(field, text)| long_fault(field, text, MOST_LINE))
        })
        .or_else(|| text_fault("text", &report.text))
        .or_else(|| is_nowhere.then_some(("place", "does not lie on the earth")))
        .or_else(|| (report.links.len() > MOST_LINKS).then_some(("links", "are too many")))
        .or_else(|| {
            let mut links = report.links.iter();
            links.find_map(|link| line_fault("links", &link.target))
        })
}

fn attachment_fault(file: &Attachment) -> Option<(&'static str, &'static str)> {
    let lines = [
        ("id", &file.id),
        ("name", &file.name),
        ("media_type", &file.media_type),
    ];
    let is_digest =
        file.digest.len() == 64 && file.digest.bytes().all(|digit| digit.is_ascii_hexdigit());
    lines
        .into_iter()
        .find_map(|(field, text)| line_fault(field, text))
        .or_else(|| (!is_digest).then_some(("digest", "64 hexadecimal digits are expected")))
        .or_else(|| (file.bytes > MOST_BYTES).then_some(("bytes", "are too many")))
}

/// What a fact's body says of a step: what was done, and as whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The role in which its author did it.
    pub role: String,
    /// The party for which its author did it.
    #[serde(default)]
    pub party: Option<String>,
    /// What was done.
    pub act: Act,
}

/// One thing done to a case: a fact, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The fact's identity.
    pub id: String,
    /// When it was done.
    pub at: UtcMillis,
    /// When this desk came to know of it.
    pub known_at: UtcMillis,
    /// Who did it.
    pub author: String,
    /// What was done.
    pub body: Body,
}

impl Step {
    /// The move that it makes.
    pub fn movement(&self) -> Move {
        self.body.act.movement()
    }

    /// The fact's verb.
    pub fn verb(&self) -> &'static str {
        self.movement().verb()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::tests::{one_of_each_act, report};

    #[test]
    fn an_act_reads_back_as_it_was_written() {
        for act in one_of_each_act() {
            let body = Body {
                role: "duty_officer".to_owned(),
                party: None,
                act,
            };
            let text = serde_json::to_string(&body).unwrap();
            assert!(
                text.contains(&format!(r#""move":"{}""#, body.act.movement().as_str())),
                "{text}"
            );
            assert_eq!(serde_json::from_str::<Body>(&text).unwrap(), body);
        }
    }

    #[test]
    fn there_is_an_act_for_every_move_and_a_reason_where_the_table_asks_for_one() {
        let acts = one_of_each_act();
        assert_eq!(acts.len(), Move::ALL.len());
        for (act, movement) in acts.iter().zip(Move::ALL) {
            assert_eq!(act.movement(), *movement);
            let needs = crate::flow::row(*movement).is_some_and(|row| row.needs_reason);
            assert_eq!(act.reason().is_some(), needs, "{}", movement.as_str());
            assert_eq!(act.fault(), None, "{}", movement.as_str());
        }
    }

    #[track_caller]
    fn check(act: Act, field: &str) {
        assert_eq!(act.fault().map(|(field, _)| field), Some(field));
    }

    #[test]
    fn what_is_too_much_or_too_little_is_named() {
        let long = "长".repeat(MOST_TEXT + 1);
        check(Act::Comment { text: long.clone() }, "text");
        check(Act::Return { reason: long }, "reason");
        check(
            Act::Rate {
                score: 0,
                text: String::new(),
            },
            "score",
        );
        check(
            Act::Urge {
                text: String::new(),
                rung: 3,
            },
            "rung",
        );
        check(
            Act::Extend {
                minutes: 0,
                reason: "雨".to_owned(),
            },
            "minutes",
        );
        check(
            Act::Report(Report {
                title: "  ".to_owned(),
                ..report("r1")
            }),
            "title",
        );
        let mut nowhere = report("r1");
        if let Some(place) = &mut nowhere.place {
            place.lat_deg = 91.0;
        }
        check(Act::Join(nowhere), "place");
        check(
            Act::Attach(Attachment {
                id: "a".to_owned(),
                name: "a.jpg".to_owned(),
                media_type: "image/jpeg".to_owned(),
                digest: "12".to_owned(),
                bytes: 1,
                is_evidence: true,
            }),
            "digest",
        );
    }
}
