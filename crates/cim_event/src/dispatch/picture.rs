//! The picture 标绘 that goes with an event: points, lines, areas and texts on the twin, drawn by several people.
//!
//! Folded from acts: whoever has the same acts sees the same picture. Undoing is an act too, so that it reaches every desk and
//! can be undone itself.

use super::area::Area;
use crate::{
    Place,
    plan::{Journal, Stamp},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many marks a picture shows; further ones are left out until others go.
pub const MOST_MARKS: usize = 2_000;
/// How many points a line has.
pub const MOST_MARK_POINTS: usize = 1_024;
/// The longest label or text, bytes.
pub const MOST_LABEL_BYTES: usize = 512;
/// How many acts a picture keeps.
pub const MOST_PICTURE_ACTS: usize = 20_000;

/// What is drawn, WGS 84.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Shape {
    /// A place with a symbol.
    Point {
        /// Where.
        at: Place,
        /// The symbol's word.
        symbol: String,
    },
    /// A line: a cordon, a way in, a hose.
    Line {
        /// Its points.
        points: Vec<Place>,
        /// True when it ends in an arrow.
        #[serde(default)]
        is_arrow: bool,
    },
    /// An area: a zone that is closed, a sector.
    Area {
        /// Its ring.
        ring: Area,
    },
    /// Words on the ground.
    Text {
        /// Where.
        at: Place,
    },
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Identity within the picture; a later mark of the same one takes its place.
    pub id: String,
    /// What.
    pub shape: Shape,
    /// Its words; those of a text mark are the text.
    #[serde(default)]
    pub label: String,
    /// The colour's word in the theme: `red`, `orange`, `blue`.
    #[serde(default)]
    pub colour: String,
}

/// Why a mark cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkFault {
    /// It has no identity, or a very long one.
    #[error("a mark needs an identity of 1 to 64 bytes")]
    NoIdentity,
    /// A line of fewer than two points, or of too many.
    #[error("a line has 2 to {MOST_MARK_POINTS} points, not {0}")]
    Points(usize),
    /// A point that lies nowhere on the earth.
    #[error("point {0} of the mark lies nowhere on the earth")]
    NoPlace(usize),
    /// Words too long.
    #[error("words of a mark have at most {MOST_LABEL_BYTES} bytes")]
    TooLong,
    /// A text without words.
    #[error("a text needs words")]
    NoWords,
}

impl Mark {
    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<MarkFault> {
        if !(1..=64).contains(&self.id.len()) {
            return Some(MarkFault::NoIdentity);
        }
        if self.label.len() > MOST_LABEL_BYTES || self.colour.len() > 64 {
            return Some(MarkFault::TooLong);
        }
        let no_place = |points: &[Place]| {
            let lost = points.iter().position(|place| !place.is_usable());
            lost.map(MarkFault::NoPlace)
        };
        match &self.shape {
            Shape::Point { symbol, .. } if symbol.len() > 64 => Some(MarkFault::TooLong),
            Shape::Text { .. } if self.label.trim().is_empty() => Some(MarkFault::NoWords),
            Shape::Point { at, .. } | Shape::Text { at } => no_place(&[*at]),
            Shape::Line { points, .. } if !(2..=MOST_MARK_POINTS).contains(&points.len()) => {
                Some(MarkFault::Points(points.len()))
            }
            Shape::Line { points, .. } => no_place(points),
            Shape::Area { .. } => None,
        }
    }
}

/// What somebody does with a picture; the body of a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum PictureAct {
    /// A mark is drawn, or takes the place of the one with its identity.
    Put {
        /// The mark.
        mark: Mark,
    },
    /// A mark is taken away.
    Remove {
        /// Its identity.
        mark: String,
    },
    /// An act is undone. Undoing the undoing does it again.
    Undo {
        /// The stamp's identity of what is undone.
        what: String,
    },
}

impl PictureAct {
    /// The verb of the fact that tells it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Put { .. } => "picture_mark_put",
            Self::Remove { .. } => "picture_mark_removed",
            Self::Undo { .. } => "picture_undone",
        }
    }
}

/// A picture with its history.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    journal: Journal<PictureAct>,
    marks: BTreeMap<String, Mark>,
    beyond: usize,
    version: u64,
}

impl Default for Picture {
    fn default() -> Self {
        Self {
            journal: Journal::new(MOST_PICTURE_ACTS),
            marks: BTreeMap::new(),
            beyond: 0,
            version: 0,
        }
    }
}

impl Picture {
    /// Takes an act that happened. True when it is kept; a mark that cannot be drawn is not.
    pub fn apply(&mut self, stamp: &Stamp, act: PictureAct) -> bool {
        if let PictureAct::Put { mark } = &act
            && mark.fault().is_some()
        {
            return false;
        }
        let is_simple = self.journal.is_newest(stamp) && !matches!(act, PictureAct::Undo { .. });
        let step = is_simple.then(|| act.clone());
        if !self.journal.insert(stamp, act) {
            return false;
        }
        self.version += 1;
        match step {
            Some(act) => self.draw(&act),
            None => self.fold(),
        }
        true
    }

    /// The marks, by identity.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.marks.values()
    }

    /// Marks beyond [`MOST_MARKS`] that were drawn and are not shown, and acts that had no room.
    pub fn left_out(&self) -> u64 {
        self.journal.left_out() + self.beyond as u64
    }

    /// Changes with every act that is taken.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What undoing would undo for `by`: the newest of their own acts that holds, undoing left aside.
    pub fn undoable(&self, by: &str) -> Option<&str> {
        let undone = self.undone();
        self.own(by)
            .find(|(id, undoes)| undoes.is_none() && !undone.contains(id))
            .map(|(id, _)| id)
    }

    /// What doing again would undo for `by`: the newest of their undoings that holds. What did something again is no undoing.
    pub fn redoable(&self, by: &str) -> Option<&str> {
        let undone = self.undone();
        let undoings: BTreeSet<&str> = self
            .journal
            .iter()
            .filter(|noted| matches!(noted.act, PictureAct::Undo { .. }))
            .map(|noted| noted.stamp.id.as_str())
            .collect();
        // Something drawn after the undoing ends the chance to do it again.
        let newest = self.undoable(by);
        self.own(by)
            .take_while(|(id, _)| Some(*id) != newest)
            .find(|(id, undoes)| {
                undoes.is_some_and(|what| !undoings.contains(what)) && !undone.contains(id)
            })
            .map(|(id, _)| id)
    }

    /// Somebody's acts from the newest, with what each undoes, if it does.
    fn own<'a>(&'a self, by: &str) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        let own = self.journal.iter().rev();
        own.filter(move |noted| noted.stamp.by == by).map(|noted| {
            let undoes = match &noted.act {
                PictureAct::Undo { what } => Some(what.as_str()),
                PictureAct::Put { .. } | PictureAct::Remove { .. } => None,
            };
            (noted.stamp.id.as_str(), undoes)
        })
    }

    /// The acts that are undone. From the newest back, so that an undoing that is undone itself undoes nothing.
    fn undone(&self) -> BTreeSet<&str> {
        let mut undone = BTreeSet::new();
        for noted in self.journal.iter().rev() {
            if let PictureAct::Undo { what } = &noted.act
                && !undone.contains(noted.stamp.id.as_str())
            {
                undone.insert(what.as_str());
            }
        }
        undone
    }

    fn fold(&mut self) {
        let undone = self.undone();
        let acts: Vec<PictureAct> = self
            .journal
            .iter()
            .filter(|noted| !undone.contains(noted.stamp.id.as_str()))
            .map(|noted| noted.act.clone())
            .collect();
        self.marks.clear();
        self.beyond = 0;
        for act in &acts {
            self.draw(act);
        }
    }

    fn draw(&mut self, act: &PictureAct) {
        match act {
            PictureAct::Put { mark } => {
                if self.marks.len() >= MOST_MARKS && !self.marks.contains_key(&mark.id) {
                    self.beyond += 1;
                } else {
                    self.marks.insert(mark.id.clone(), mark.clone());
                }
            }
            PictureAct::Remove { mark } => {
                self.marks.remove(mark);
            }
            PictureAct::Undo { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::UtcMillis;

    const HERE: Place = Place {
        lon_deg: 117.2,
        lat_deg: 34.26,
    };

    fn put(id: &str, label: &str) -> PictureAct {
        let mark = Mark {
            id: id.to_owned(),
            shape: Shape::Text { at: HERE },
            label: label.to_owned(),
            colour: String::new(),
        };
        PictureAct::Put { mark }
    }

    fn undo(what: &str) -> PictureAct {
        PictureAct::Undo {
            what: what.to_owned(),
        }
    }

    fn remove(mark: &str) -> PictureAct {
        PictureAct::Remove {
            mark: mark.to_owned(),
        }
    }

    /// The labels after `acts`, whose identities are 0, 1, 2 …, applied forwards and backwards.
    #[track_caller]
    fn check(acts: &[PictureAct], expected: &[&str]) -> Picture {
        let stamp = |index: usize| Stamp::new(index.to_string(), UtcMillis(index as i64), "li");
        let mut forward = Picture::default();
        let mut backward = Picture::default();
        for (index, act) in acts.iter().enumerate() {
            assert!(forward.apply(&stamp(index), act.clone()));
            assert!(!forward.apply(&stamp(index), act.clone()));
        }
        for (index, act) in acts.iter().enumerate().rev() {
            backward.apply(&stamp(index), act.clone());
        }
        let labels: Vec<&str> = forward.marks().map(|mark| mark.label.as_str()).collect();
        assert_eq!(labels, expected);
        assert!(forward.marks().eq(backward.marks()));
        assert_eq!(forward.version(), acts.len() as u64);
        forward
    }

    #[test]
    fn marks_are_drawn_replaced_and_taken_away() {
        check(&[put("a", "封路"), put("b", "集结点")], &["封路", "集结点"]);
        check(&[put("a", "封路"), put("a", "开放")], &["开放"]);
        check(&[put("a", "封路"), remove("a")], &[]);
    }

    #[test]
    fn undoing_and_doing_again_are_acts_that_every_desk_sees() {
        let acts = [put("a", "x"), put("a", "y"), undo("1")];
        let picture = check(&acts, &["x"]);
        assert_eq!(picture.undoable("li"), Some("0"));
        assert_eq!(picture.redoable("li"), Some("2"));
        assert_eq!(picture.undoable("wang"), None);
        let again = [acts.to_vec(), vec![undo("2")]].concat();
        let picture = check(&again, &["y"]);
        assert_eq!(picture.undoable("li"), Some("1"));
        assert_eq!(picture.redoable("li"), None, "it is done again already");
        let both = [
            put("a", "x"),
            put("b", "y"),
            undo("1"),
            undo("0"),
            undo("3"),
        ];
        assert_eq!(check(&both, &["x"]).redoable("li"), Some("2"));
        let drawn = [acts.to_vec(), vec![put("b", "z")]].concat();
        assert_eq!(check(&drawn, &["x", "z"]).redoable("li"), None);
        check(&[put("a", "x"), remove("a"), undo("1")], &["x"]);
    }

    #[test]
    fn a_picture_has_an_end() {
        let mut picture = Picture::default();
        for index in 0..=MOST_MARKS {
            let stamp = Stamp::new(index.to_string(), UtcMillis(index as i64), "li");
            picture.apply(&stamp, put(&index.to_string(), "x"));
        }
        assert_eq!(
            (picture.marks().count(), picture.left_out()),
            (MOST_MARKS, 1)
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_and_what_can_travels() {
        let mark = |shape| Mark {
            id: "m".to_owned(),
            shape,
            label: String::new(),
            colour: "red".to_owned(),
        };
        let line = |points| Shape::Line {
            points,
            is_arrow: true,
        };
        let lost = Place {
            lon_deg: 999.0,
            lat_deg: 0.0,
        };
        assert_eq!(mark(line(vec![HERE])).fault(), Some(MarkFault::Points(1)));
        assert_eq!(
            mark(line(vec![HERE, lost])).fault(),
            Some(MarkFault::NoPlace(1))
        );
        assert_eq!(
            mark(Shape::Text { at: HERE }).fault(),
            Some(MarkFault::NoWords)
        );
        let stamp = Stamp::new("1", UtcMillis(0), "li");
        assert!(!Picture::default().apply(&stamp, put("", "x")));
        assert!(!Picture::default().apply(&stamp, put("a", &"长".repeat(MOST_LABEL_BYTES))));
        let ring = Area::new(vec![
            HERE,
            Place {
                lon_deg: 117.3,
                ..HERE
            },
            Place {
                lat_deg: 34.3,
                ..HERE
            },
        ]);
        let shapes = [
            line(vec![HERE, HERE]),
            Shape::Area {
                ring: ring.expect("is an area"),
            },
            Shape::Point {
                at: HERE,
                symbol: "post".to_owned(),
            },
        ];
        for shape in shapes {
            let act = PictureAct::Put { mark: mark(shape) };
            let text = serde_json::to_string(&act).expect("can be written");
            assert_eq!(
                serde_json::from_str::<PictureAct>(&text).expect("is the same"),
                act
            );
            assert!(Picture::default().apply(&stamp, act.clone()));
            assert!(act.verb().starts_with("picture_"));
        }
    }
}
