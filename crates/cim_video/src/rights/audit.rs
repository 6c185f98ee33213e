//! Who looked at what, when and why: the facts of the video index, asked by camera, person, time and purpose.

use super::facts::{Looked, Record, Subject, VideoAct};
use cim_model::UtcMillis;
use std::collections::BTreeMap;
use std::ops::Bound;

/// How many rows one page may have.
const MOST_PAGE: usize = 1_000;
/// So many records are remembered; of more, the oldest go. The desk's store keeps them all.
const MOST_KEPT: usize = 500_000;

/// What is asked of the log. Empty fields ask nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// A camera's identity.
    pub camera: String,
    /// Who did it, by name.
    pub person: String,
    /// In which role.
    pub role: String,
    /// Verbs, for instance `video_looked`.
    pub verbs: Vec<String>,
    /// What for.
    pub purpose: String,
    /// A part of the name, the subject or what was said; small and capital letters are the same.
    pub text: String,
    /// Not before.
    pub from: Option<UtcMillis>,
    /// Not after.
    pub to: Option<UtcMillis>,
    /// So many are passed over.
    pub offset: usize,
    /// So many are given; at most 1 000.
    pub limit: usize,
}

/// A page of the log, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditPage<'a> {
    /// The records.
    pub rows: Vec<&'a Record>,
    /// How many there are in all.
    pub total: usize,
}

/// One look at a camera, from its opening to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Look<'a> {
    /// The camera's identity.
    pub camera: &'a str,
    /// Who looked.
    pub person: &'a str,
    /// In which role.
    pub role: &'a str,
    /// For which department or team.
    pub party: Option<&'a str>,
    /// How it began.
    pub opened: &'a Looked,
    /// When it began.
    pub from: UtcMillis,
    /// When it ended; `None` when nobody has told.
    pub to: Option<UtcMillis>,
    /// How long the picture was open, seconds, as it was told when it ended.
    pub seconds: Option<f64>,
}

/// A page of looks, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LookPage<'a> {
    /// The looks.
    pub rows: Vec<Look<'a>>,
    /// How many there are in all.
    pub total: usize,
}

/// The facts of the video index in the order of time.
#[derive(Clone, Debug, Default)]
pub struct AuditLog {
    rows: BTreeMap<(UtcMillis, String), Record>,
}

impl AuditLog {
    /// Takes in a record. False when it is there already.
    pub fn push(&mut self, record: Record) -> bool {
        let key = (record.at, record.id.clone());
        if self.rows.contains_key(&key) {
            return false;
        }
        self.rows.insert(key, record);
        if self.rows.len() > MOST_KEPT {
            self.rows.pop_first();
        }
        true
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The records that answer `query`, newest first.
    pub fn query(&self, query: &AuditQuery) -> AuditPage<'_> {
        let mut page = AuditPage::default();
        for record in self.found(query) {
            if is_on_page(query, page.total) {
                page.rows.push(record);
            }
            page.total += 1;
        }
        page
    }

    /// The looks that began within what `query` asks, newest first. Its verbs are not asked.
    pub fn looks(&self, query: &AuditQuery) -> LookPage<'_> {
        let mut ends: BTreeMap<(&str, &str), &Record> = BTreeMap::new();
        for record in self.rows.values() {
            if let Some((camera, looked)) = look_of(record)
                && looked.is_closed
            {
                ends.entry((camera, looked.view.as_str())).or_insert(record);
            }
        }
        let of_looks = AuditQuery {
            verbs: Vec::new(),
            ..query.clone()
        };
        let mut page = LookPage::default();
        for record in self.found(&of_looks) {
            let Some((camera, opened)) = look_of(record).filter(|(_, looked)| !looked.is_closed)
            else {
                continue;
            };
            if is_on_page(query, page.total) {
                let end = ends.get(&(camera, opened.view.as_str()));
                page.rows.push(Look {
                    camera,
                    person: &record.author,
                    role: &record.role,
                    party: record.party.as_deref(),
                    opened,
                    from: record.at,
                    to: end.map(|end| end.at),
                    seconds: end.and_then(|end| look_of(end)?.1.seconds),
                });
            }
            page.total += 1;
        }
        page
    }

    /// Every record that answers `query`, newest first; its offset and limit are not asked.
    pub fn found(&self, query: &AuditQuery) -> impl Iterator<Item = &Record> {
        let first = query.from.unwrap_or(UtcMillis(i64::MIN));
        let last = query.to.unwrap_or(UtcMillis(i64::MAX));
        // A range that ends before it begins would panic.
        let last = last.max(first);
        let is_turned = query.to.is_some_and(|to| to < first);
        let from = Bound::Included((first, String::new()));
        let to = last.0.checked_add(1).map_or(Bound::Unbounded, |after| {
            Bound::Excluded((UtcMillis(after), String::new()))
        });
        let text = query.text.to_lowercase();
        self.rows
            .range((from, to))
            .rev()
            .map(|(_, record)| record)
            .filter(move |record| !is_turned && is_asked(query, &text, record))
    }
}

fn is_asked(query: &AuditQuery, text: &str, record: &Record) -> bool {
    let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
    let camera = match Subject::parse(&record.subject) {
        Some(Subject::Camera(id)) => id,
        _ => "",
    };
    let has_text = || {
        let fields = [
            record.author.as_str(),
            record.subject.as_str(),
            record.act.said(),
        ];
        fields
            .iter()
            .any(|field| field.to_lowercase().contains(text))
    };
    is(&query.camera, camera)
        && is(&query.person, &record.author)
        && is(&query.role, &record.role)
        && is(&query.purpose, record.act.purpose())
        && (query.verbs.is_empty() || query.verbs.iter().any(|verb| verb == record.act.verb()))
        && (text.is_empty() || has_text())
}

fn is_on_page(query: &AuditQuery, row: usize) -> bool {
    let end = query.offset.saturating_add(query.limit.min(MOST_PAGE));
    (query.offset..end).contains(&row)
}

/// The camera and the look, when a record is one.
fn look_of(record: &Record) -> Option<(&str, &Looked)> {
    let Some(Subject::Camera(camera)) = Subject::parse(&record.subject) else {
        return None;
    };
    match &record.act {
        VideoAct::Looked(looked) => Some((camera, looked)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::facts::{Revealed, subject_of_camera};

    fn record(id: &str, at: i64, author: &str, camera: &str, act: VideoAct) -> Record {
        Record {
            id: id.to_owned(),
            at: UtcMillis(at),
            author: author.to_owned(),
            subject: subject_of_camera(camera),
            role: "duty_officer".to_owned(),
            party: None,
            act,
        }
    }

    fn looked(view: &str, is_closed: bool) -> VideoAct {
        VideoAct::Looked(Looked {
            view: view.to_owned(),
            is_closed,
            seconds: is_closed.then_some(9.0),
            purpose: "event".to_owned(),
            ..Looked::default()
        })
    }

    fn log() -> AuditLog {
        let mut log = AuditLog::default();
        let revealed = VideoAct::Revealed(Revealed {
            digest: "d".to_owned(),
            reason: "A missing Child".to_owned(),
        });
        for record in [
            record("f3", 30, "Li", "c1", revealed),
            record("f1", 10, "Wang", "c1", looked("v1", false)),
            record("f2", 19, "Wang", "c1", looked("v1", true)),
            record("f4", 40, "Li", "c2", looked("v2", false)),
        ] {
            assert!(log.push(record.clone()));
            assert!(!log.push(record), "a fact told twice is kept once");
        }
        log
    }

    #[track_caller]
    fn check(query: AuditQuery, expected: &[&str], total: usize) {
        let log = log();
        let query = AuditQuery {
            limit: query.limit.max(1),
            ..query
        };
        let page = log.query(&query);
        let ids: Vec<&str> = page.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!((ids.as_slice(), page.total), (expected, total), "{query:?}");
    }

    #[test]
    fn everything_that_answers_is_found_however_much_it_is() {
        let mut log = log();
        for n in 0..2_000 {
            let act = looked(&format!("w{n}"), false);
            assert!(log.push(record(&format!("g{n}"), 100 + n, "Zhao", "c3", act)));
        }
        let query = AuditQuery {
            camera: "c3".to_owned(),
            limit: usize::MAX,
            ..AuditQuery::default()
        };
        assert_eq!(log.query(&query).rows.len(), MOST_PAGE);
        assert_eq!(log.found(&query).count(), 2_000);
    }

    #[test]
    fn the_log_is_asked_by_camera_person_verb_time_purpose_and_text() {
        let all = AuditQuery {
            limit: 9,
            ..AuditQuery::default()
        };
        check(all.clone(), &["f4", "f3", "f2", "f1"], 4);
        let with = |change: fn(&mut AuditQuery)| {
            let mut query = all.clone();
            change(&mut query);
            query
        };
        check(with(|q| q.camera = "c1".to_owned()), &["f3", "f2", "f1"], 3);
        check(with(|q| q.person = "Wang".to_owned()), &["f2", "f1"], 2);
        check(with(|q| q.role = "team".to_owned()), &[], 0);
        check(
            with(|q| q.verbs = vec!["video_revealed".to_owned()]),
            &["f3"],
            1,
        );
        check(
            with(|q| q.purpose = "event".to_owned()),
            &["f4", "f2", "f1"],
            3,
        );
        check(with(|q| q.text = "child".to_owned()), &["f3"], 1);
        check(with(|q| q.from = Some(UtcMillis(30))), &["f4", "f3"], 2);
        check(with(|q| q.to = Some(UtcMillis(19))), &["f2", "f1"], 2);
        check(
            with(|q| {
                q.from = Some(UtcMillis(20));
                q.to = Some(UtcMillis(10));
            }),
            &[],
            0,
        );
        check(
            with(|q| {
                q.offset = 1;
                q.limit = 2;
            }),
            &["f3", "f2"],
            4,
        );
    }

    #[test]
    fn a_look_lasts_from_its_opening_to_its_end() {
        let log = log();
        assert!(log.len() == 4 && !log.is_empty());
        let query = AuditQuery {
            limit: 9,
            to: Some(UtcMillis(40)),
            ..AuditQuery::default()
        };
        let page = log.looks(&query);
        let told: Vec<String> = page
            .rows
            .iter()
            .map(|look| {
                let to = look.to.map(|to| to.0);
                format!(
                    "{} {} {} {to:?} {:?} {}",
                    look.camera, look.person, look.from.0, look.seconds, look.opened.view
                )
            })
            .collect();
        assert_eq!(
            told,
            ["c2 Li 40 None None v2", "c1 Wang 10 Some(19) Some(9.0) v1"]
        );
        assert_eq!(page.total, 2);
    }
}
