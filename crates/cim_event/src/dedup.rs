//! Whether two reports tell of the same thing: by place, time, category and text. Says how sure it is, and why.
//!
//! Texts are compared by pairs of neighbouring characters (Sørensen–Dice), which needs no words and so works for Chinese.

use crate::case::Place;
use cim_model::{EventId, UtcMillis};
use std::collections::BTreeMap;

/// How many characters of a text are compared; what follows is detail.
const MOST_CHARS: usize = 400;

/// How many likenesses are told of one report.
const MOST_FOUND: usize = 10;

/// Metres to a degree of latitude.
const DEGREE_M: f64 = 111_320.0;

/// A degree of longitude is at least this share of one of latitude, up to 75° north.
const NARROWEST: f64 = 0.25;

/// A degree of latitude is at least this share of [`DEGREE_M`], anywhere.
const FEWEST: f64 = 0.99;

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    /// Where, when that is known.
    pub place: Option<Place>,
    /// When it happened.
    pub happened_at: UtcMillis,
    /// Category word; may be empty.
    pub category: String,
    /// The pairs of its text, sorted.
    pairs: Vec<(char, char)>,
}

impl Fingerprint {
    /// The fingerprint of a report with this text: title and description.
    pub fn new(
        place: Option<Place>,
        happened_at: UtcMillis,
        category: impl Into<String>,
        text: &str,
    ) -> Self {
        Self {
            place,
            happened_at,
            category: category.into(),
            pairs: pairs_of(text),
        }
    }
}

/// How far apart two reports of the same thing may lie, and how sure one has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SieveSettings {
    /// Metres; beyond it they are never the same.
    pub most_distance_m: f64,
    /// Seconds; beyond it they are never the same.
    pub most_apart_s: f64,
    /// At or above this score, 0 to 1, they are taken for the same.
    pub threshold: f64,
}

impl Default for SieveSettings {
    fn default() -> Self {
        Self {
            most_distance_m: 150.0,
            most_apart_s: 6.0 * 3600.0,
            threshold: 0.6,
        }
    }
}

/// How alike two reports are, with what speaks for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// 0 nothing in common … 1 the same.
    pub score: f64,
    /// How far they lie apart, metres; `None` when a place is missing.
    pub distance_m: Option<f64>,
    /// How long they lie apart, seconds.
    pub apart_s: f64,
    /// How alike their texts are, 0 to 1; `None` when a text is missing.
    pub text: Option<f64>,
    /// True when they are of one category.
    pub is_same_category: bool,
}

/// How alike two texts are, 0 to 1; `None` when one has less than two letters. Case, spaces and punctuation do not count.
pub fn similarity(a: &str, b: &str) -> Option<f64> {
    dice(&pairs_of(a), &pairs_of(b))
}

/// How alike two reports are; `None` when they lie too far apart to be the same.
pub fn likeness(a: &Fingerprint, b: &Fingerprint, settings: &SieveSettings) -> Option<Likeness> {
    let apart_s = a.happened_at.seconds_since(b.happened_at).abs();
    if apart_s > settings.most_apart_s {
        return None;
    }
    let distance_m = a.place.zip(b.place).map(|(a, b)| a.distance_m(b));
    if distance_m.is_some_and(|distance_m| distance_m > settings.most_distance_m) {
        return None;
    }
    let text = dice(&a.pairs, &b.pairs);
    let is_same_category = !a.category.is_empty() && a.category == b.category;
    let is_category_known = !a.category.is_empty() && !b.category.is_empty();
    let near = |value: f64, most: f64| 1.0 - (value / most.max(1e-9)).min(1.0);
    // What is not known on one side says nothing: its weight goes to the rest.
    let parts = [
        (0.35, distance_m.map(|d| near(d, settings.most_distance_m))),
        (0.15, Some(near(apart_s, settings.most_apart_s))),
        (
            0.2,
            is_category_known.then_some(if is_same_category { 1.0 } else { 0.0 }),
        ),
        (0.3, text),
    ];
    let known = parts
        .into_iter()
        .filter_map(|(weight, part)| part.map(|part| (weight, part)));
    let (sum, weights) = known.fold((0.0, 0.0), |(sum, weights), (weight, part)| {
        (sum + weight * part, weights + weight)
    });
    // Time alone proves nothing: without a place, texts have to agree.
    let is_proof = distance_m.is_some() || text.is_some_and(|text| text >= 0.5);
    Some(Likeness {
        score: if is_proof { sum / weights } else { 0.0 },
        distance_m,
        apart_s,
        text,
        is_same_category,
    })
}

/// The reports of open cases, by place, so that a new one is held against its neighbours only.
#[derive(Clone, Debug, Default)]
pub struct Sieve {
    settings: SieveSettings,
    cells: BTreeMap<(i64, i64), Vec<(EventId, Fingerprint)>>,
    placeless: Vec<(EventId, Fingerprint)>,
}

impl Sieve {
    /// An empty sieve.
    pub fn new(settings: SieveSettings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Its settings.
    pub fn settings(&self) -> &SieveSettings {
        &self.settings
    }

    /// Puts in a report of the case `id`. One case may have many.
    pub fn insert(&mut self, id: EventId, fingerprint: Fingerprint) {
        match fingerprint.place {
            Some(place) => {
                let cell = self.cell_of(place);
                self.cells.entry(cell).or_default().push((id, fingerprint));
            }
            None => self.placeless.push((id, fingerprint)),
        }
    }

    /// Takes out all reports of the case `id`: it is closed, or part of another.
    pub fn remove(&mut self, id: &EventId) {
        self.retain(|known, _| known != id);
    }

    /// Forgets what happened too long before `now` to be told of again.
    pub fn forget_before(&mut self, now: UtcMillis) {
        let most_apart_s = self.settings.most_apart_s;
        self.retain(|_, print| now.seconds_since(print.happened_at) <= most_apart_s);
    }

    /// The cases that may be the same as `fingerprint`, the likeliest first, each once, at most ten; those at or above the
    /// threshold are taken for the same.
    pub fn matches(&self, fingerprint: &Fingerprint) -> Vec<(EventId, Likeness)> {
        let mut best: BTreeMap<&EventId, Likeness> = BTreeMap::new();
        for (id, known) in self.neighbours(fingerprint.place) {
            let Some(found) = likeness(fingerprint, known, &self.settings) else {
                continue;
            };
            let kept = best.entry(id).or_insert(found);
            if found.score > kept.score {
                *kept = found;
            }
        }
        let mut found: Vec<(EventId, Likeness)> = best
            .into_iter()
            .filter(|(_, likeness)| likeness.score > 0.0)
            .map(|(id, likeness)| (id.clone(), likeness))
            .collect();
        found.sort_by(|a, b| b.1.score.total_cmp(&a.1.score).then_with(|| a.0.cmp(&b.0)));
        found.truncate(MOST_FOUND);
        found
    }

    /// The likeliest of [`Sieve::matches`], when it is sure enough.
    pub fn same(&self, fingerprint: &Fingerprint) -> Option<(EventId, Likeness)> {
        let first = self.matches(fingerprint).into_iter().next()?;
        (first.1.score >= self.settings.threshold).then_some(first)
    }

    /// What lies in the cells around `place`, and what lies nowhere; everything when `place` is not known.
    fn neighbours(&self, place: Option<Place>) -> impl Iterator<Item = &(EventId, Fingerprint)> {
        let cells: Vec<(i64, i64)> = match place.map(|place| self.cell_of(place)) {
            Some((x, y)) => (-1..=1)
                .flat_map(|dy| (-1..=1).map(move |dx| (x + dx, y + dy)))
                .collect(),
            None => self.cells.keys().copied().collect(),
        };
        cells
            .into_iter()
            .filter_map(move |cell| self.cells.get(&cell))
            .flatten()
            .chain(&self.placeless)
    }

    /// Cells are at least as wide as two reports of the same thing may lie apart, so that only neighbours count.
    fn cell_of(&self, place: Place) -> (i64, i64) {
        let width_m = self.settings.most_distance_m.max(1.0);
        let x = place.lon_deg * DEGREE_M * NARROWEST / width_m;
        let y = place.lat_deg * DEGREE_M * FEWEST / width_m;
        (x.floor() as i64, y.floor() as i64)
    }

    fn retain(&mut self, keep: impl Fn(&EventId, &Fingerprint) -> bool) {
        for prints in self.cells.values_mut() {
            prints.retain(|(id, print)| keep(id, print));
        }
        self.cells.retain(|_, prints| !prints.is_empty());
        self.placeless.retain(|(id, print)| keep(id, print));
    }
}

/// The pairs of neighbouring letters of `text`, sorted.
fn pairs_of(text: &str) -> Vec<(char, char)> {
    let letters: Vec<char> = text
        .chars()
        .map(half_width)
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(MOST_CHARS)
        .collect();
    let mut pairs: Vec<(char, char)> = letters
        .iter()
        .copied()
        .zip(letters.iter().copied().skip(1))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// `Ａ` and `A` are the same letter.
fn half_width(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        other => other,
    }
}

/// Twice the common pairs by all pairs.
fn dice(a: &[(char, char)], b: &[(char, char)]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    let mut common = 0_usize;
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        match one.cmp(other) {
            std::cmp::Ordering::Less => {
                left.next();
            }
            std::cmp::Ordering::Greater => {
                right.next();
            }
            std::cmp::Ordering::Equal => {
                common += 1;
                left.next();
                right.next();
            }
        }
    }
    Some(2.0 * common as f64 / (a.len() + b.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place {
        lon_deg: 121.5,
        lat_deg: 31.2,
    };

    fn print(north_m: f64, minute: i64, category: &str, text: &str) -> Fingerprint {
        let place = Place {
            lat_deg: HERE.lat_deg + north_m / DEGREE_M,
            ..HERE
        };
        Fingerprint::new(Some(place), UtcMillis(minute * 60_000), category, text)
    }

    fn first() -> Fingerprint {
        print(0.0, 0, "missing_cover", "云湖路井盖缺失，有行人绕行")
    }

    #[track_caller]
    fn check(other: &Fingerprint, is_same: bool) {
        let mut sieve = Sieve::new(SieveSettings::default());
        sieve.insert(EventId::new("e1"), first());
        let found = sieve.same(other);
        assert_eq!(found.is_some(), is_same, "{:?}", sieve.matches(other));
    }

    #[test]
    fn two_people_who_tell_of_one_thing_are_one_cause() {
        check(
            &print(20.0, 10, "missing_cover", "云湖路上井盖不见了，行人绕行"),
            true,
        );
        check(&print(10.0, 5, "missing_cover", ""), true);
        check(&print(10.0, 5, "", "云湖路井盖缺失"), true);
        check(&print(140.0, 300, "street_vending", "烧烤摊占道"), false);
        check(&print(20.0, 10, "street_vending", "夜市占道经营"), false);
        check(&print(200.0, 10, "missing_cover", "云湖路井盖缺失"), false);
        check(&print(20.0, 400, "missing_cover", "云湖路井盖缺失"), false);
    }

    #[test]
    fn without_a_place_the_texts_have_to_agree() {
        let nowhere = |text: &str| Fingerprint {
            place: None,
            ..print(0.0, 5, "missing_cover", text)
        };
        check(&nowhere("云湖路井盖缺失，行人绕行"), true);
        check(&nowhere("有人跌倒"), false);
        check(&nowhere(""), false);
    }

    #[test]
    fn a_likeness_says_why() {
        let other = print(30.0, 6, "missing_cover", "云湖路井盖缺失，有行人绕行");
        let why = likeness(&first(), &other, &SieveSettings::default()).unwrap();
        assert!(why.distance_m.is_some_and(|m| (m - 30.0).abs() < 0.5));
        assert!((why.apart_s - 360.0).abs() < 1e-9);
        assert_eq!(why.text, Some(1.0));
        assert!(why.is_same_category && why.score > 0.9);
    }

    #[test]
    fn texts_are_compared_without_case_width_and_signs() {
        let alike = |a: &str, b: &str| similarity(a, b);
        assert_eq!(alike("Ｇ２井盖，缺失！", "g2 井盖缺失"), Some(1.0));
        assert_eq!(alike("井盖", "道路"), Some(0.0));
        assert_eq!(alike("井", "井盖"), None);
        let some = alike("道路积水严重", "道路有积水").unwrap();
        assert!((some - 4.0 / 9.0).abs() < 1e-9, "{some}");
    }

    #[test]
    fn neighbours_are_found_across_the_edges_of_cells() {
        let mut sieve = Sieve::new(SieveSettings::default());
        for n in 0..400 {
            let print = print(f64::from(n) * 37.0, 0, "missing_cover", "云湖路井盖缺失");
            sieve.insert(EventId::new(format!("e{n:03}")), print);
        }
        let asked = print(37.0 * 200.0 + 1.0, 1, "missing_cover", "云湖路井盖缺失");
        let found: Vec<String> = sieve
            .matches(&asked)
            .into_iter()
            .map(|(id, _)| id.to_string())
            .collect();
        assert_eq!(
            found.len(),
            9,
            "four to the north, four to the south: {found:?}"
        );
        assert_eq!(found[..2], ["e200", "e201"]);
    }

    #[test]
    fn what_is_closed_or_long_ago_is_no_longer_compared() {
        let mut sieve = Sieve::new(SieveSettings::default());
        sieve.insert(EventId::new("e1"), first());
        sieve.insert(EventId::new("e2"), first());
        sieve.remove(&EventId::new("e1"));
        let ids = |sieve: &Sieve| -> Vec<String> {
            let found = sieve.matches(&first());
            found.into_iter().map(|(id, _)| id.to_string()).collect()
        };
        assert_eq!(ids(&sieve), ["e2"]);
        sieve.forget_before(UtcMillis(7 * 3_600_000));
        assert_eq!(ids(&sieve), Vec::<String>::new());
        assert!(sieve.settings().threshold > 0.0);
    }
}
