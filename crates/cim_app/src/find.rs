//! Finding by everything at once: words, conditions on attributes, sorts, and place.
//!
//! The features lie in one table that is read through from front to back; what is compared was put into lower case when the city
//! was opened, and the cheapest test comes first (sort, place, conditions, words). A hundred thousand features take some ten
//! milliseconds, without an index that would have to know beforehand which attributes people ask for.

use crate::{
    city::{City, Feature},
    condition::{Condition, Value, parse},
    live::Live,
    place::{Lies, Place},
    search::fold,
    wire::{ConditionDto, FindDto, FindPageDto, FoundRowDto, SortCountDto, Target},
};
use cim_geo::Geodetic;
use std::collections::BTreeMap;

/// Most answers of one page.
const MAX_PAGE: usize = 200;
/// Most of what is typed that is looked at, characters.
const MAX_TYPED_CHARS: usize = 200;
/// Most conditions at once.
const MAX_CONDITIONS: usize = 16;
/// Decimetres of a distance by which answers are put in order.
const DECIMETRES: f64 = 10.0;

/// A question, ready to be asked.
pub(crate) struct Question {
    language: String,
    words: Vec<String>,
    whole: String,
    sorts: Vec<String>,
    conditions: Vec<Condition>,
    understood: Vec<ConditionDto>,
    place: Place,
    /// Answers of live things: sensors, cameras, events.
    hits: Vec<Hit>,
    counts: BTreeMap<String, u32>,
}

/// An answer, with what puts it in order.
struct Hit {
    rank: u8,
    /// Decimetres from the middle of the place asked for; 0 where nobody asked.
    distance: u64,
    order: u8,
    length: u32,
    what: What,
    distance_m: Option<f64>,
}

enum What {
    /// A row of the city's features.
    Feature(u32),
    Live(Box<FoundRowDto>),
}

impl Question {
    /// Prepares `ask`, and asks it of everything but the city: that takes the desk's lock, and the city should not.
    pub(crate) fn new(live: &Live, ask: &FindDto) -> Self {
        let typed: String = ask.text.chars().take(MAX_TYPED_CHARS).collect();
        let (words, understood) = parse(&typed);
        let words: Vec<String> = words.iter().map(|word| fold(word)).collect();
        let conditions = understood.iter().chain(&ask.conditions);
        let mut question = Self {
            language: live.language.clone(),
            whole: words.join(" "),
            words,
            sorts: ask.sorts.clone(),
            conditions: conditions
                .take(MAX_CONDITIONS)
                .map(Condition::new)
                .collect(),
            understood: understood.clone(),
            place: Place::of(live, ask.place.as_ref()),
            hits: Vec::new(),
            counts: BTreeMap::new(),
        };
        question.ask_live(live);
        question
    }

    /// Asks the city, and gives a page of all answers.
    pub(crate) fn page(mut self, city: Option<&City>, ask: &FindDto) -> FindPageDto {
        if let Some(city) = city {
            for (row, feature) in city.features().iter().enumerate() {
                self.ask_feature(row as u32, feature);
            }
        }
        self.hits
            .sort_by_key(|hit| (hit.rank, hit.distance, hit.order, hit.length));
        let limit = (ask.limit as usize).min(MAX_PAGE);
        let rows = self
            .hits
            .iter()
            .skip(ask.offset as usize)
            .take(limit)
            .filter_map(|hit| self.row(hit, city))
            .collect();
        let sorts = self.counts.iter().map(|(sort, count)| SortCountDto {
            sort: sort.clone(),
            count: *count,
        });
        FindPageDto {
            total: self.hits.len() as u32,
            rows,
            sorts: sorts.collect(),
            understood: self.understood,
        }
    }

    /// The ids of all features that answer, for colouring and isolating them.
    pub(crate) fn features(mut self, city: &City) -> Vec<String> {
        for (row, feature) in city.features().iter().enumerate() {
            self.ask_feature(row as u32, feature);
        }
        let features = self.hits.iter().filter_map(|hit| match hit.what {
            What::Feature(row) => city.features().get(row as usize),
            What::Live(_) => None,
        });
        features.map(|feature| feature.id.clone()).collect()
    }

    fn row(&self, hit: &Hit, city: Option<&City>) -> Option<FoundRowDto> {
        match &hit.what {
            What::Live(row) => Some(FoundRowDto::clone(row)),
            What::Feature(row) => {
                let feature = city?.features().get(*row as usize)?;
                let values = self.conditions.iter().map(|condition| {
                    let value = condition.key().value(feature);
                    value.map(Value::text).unwrap_or_default()
                });
                Some(FoundRowDto {
                    target: Target::Feature {
                        id: feature.id.clone(),
                    },
                    name: feature.name_in(&self.language).to_owned(),
                    kind: feature.kind.clone(),
                    distance_m: hit.distance_m,
                    values: values.collect(),
                })
            }
        }
    }

    fn ask_feature(&mut self, row: u32, feature: &Feature) {
        let Lies::Inside(distance_m) = self.place.lies(feature.lon_deg, feature.lat_deg) else {
            return;
        };
        if !self
            .conditions
            .iter()
            .all(|condition| condition.holds(feature))
        {
            return;
        }
        let Some(rank) = self.rank(
            &feature.folded_names,
            &feature.folded_id,
            &feature.folded_tags,
        ) else {
            return;
        };
        if !self.counts(&feature.class) {
            return;
        }
        let length = feature.folded_names.len() as u32;
        // What has a name comes before what has none.
        let order = u8::from(feature.name.is_empty());
        self.hits.push(Hit {
            rank,
            distance: (distance_m.unwrap_or(0.0) * DECIMETRES) as u64,
            order,
            length,
            what: What::Feature(row),
            distance_m,
        });
    }

    /// Counts an answer of this sort; false when it is not among the sorts asked for.
    fn counts(&mut self, sort: &str) -> bool {
        if let Some(count) = self.counts.get_mut(sort) {
            *count += 1;
        } else {
            self.counts.insert(sort.to_owned(), 1);
        }
        self.sorts.is_empty() || self.sorts.iter().any(|wanted| wanted == sort)
    }

    /// How well the texts answer; `None` when a word is nowhere. Without words everything answers equally well.
    fn rank(&self, names: &str, id: &str, tags: &str) -> Option<u8> {
        if self.words.is_empty() {
            return Some(0);
        }
        let in_names = |word: &String| names.contains(word.as_str());
        let in_id = |word: &String| id.contains(word.as_str());
        let in_tags = |word: &String| tags.contains(word.as_str());
        let whole = self.whole.as_str();
        if self.words.iter().all(in_names) {
            let is_it = names.lines().any(|line| line == whole);
            let begins = names.lines().any(|line| line.starts_with(whole));
            return Some(if is_it {
                0
            } else if begins {
                1
            } else {
                2
            });
        }
        if id == whole {
            return Some(0);
        }
        let mut words = self.words.iter();
        if words.clone().all(|word| in_names(word) || in_id(word)) {
            return Some(3);
        }
        words
            .all(|word| in_names(word) || in_id(word) || in_tags(word))
            .then_some(4)
    }

    fn ask_live(&mut self, live: &Live) {
        for known in live.state.things() {
            let thing = &known.thing;
            let value = |key: &str| {
                let mut properties = thing.properties.iter();
                properties
                    .find(|(name, _)| name == key)
                    .map(|(_, value)| value.clone())
            };
            let texts: Vec<String> = thing
                .properties
                .iter()
                .map(|(_, value)| fold(value))
                .collect();
            self.ask_one(
                "thing",
                thing.kind.as_str(),
                &thing.name,
                Target::Thing {
                    id: thing.id.to_string(),
                },
                thing.position,
                &texts.join("\n"),
                &value,
            );
        }
        for (_, camera) in live.state.shown_cameras() {
            let target = Target::Camera {
                id: camera.id.to_string(),
            };
            let value = |_: &str| None;
            self.ask_one(
                "camera",
                "camera",
                &camera.name,
                target,
                camera.position,
                "",
                &value,
            );
        }
        for event in live.events.rows() {
            let target = Target::Event {
                id: event.id.to_string(),
            };
            let value = |_: &str| None;
            let text = fold(&event.description);
            self.ask_one(
                "event",
                "event",
                &event.title,
                target,
                event.position,
                &text,
                &value,
            );
        }
    }

    fn ask_one(
        &mut self,
        sort: &str,
        kind: &str,
        name: &str,
        target: Target,
        position: Geodetic,
        texts: &str,
        value: &dyn Fn(&str) -> Option<String>,
    ) {
        let Lies::Inside(distance_m) = self.place.lies(position.lon_deg, position.lat_deg) else {
            return;
        };
        let value_of = |condition: &Condition| live_value(condition, name, &target, kind, value);
        let mut values = Vec::new();
        for condition in &self.conditions {
            match value_of(condition) {
                Some(known) if condition.accepts(Value::Text(&known)) => values.push(known),
                Some(_) | None => return,
            }
        }
        let id = fold(id_of(&target));
        let Some(rank) = self.rank(&fold(name), &id, texts) else {
            return;
        };
        if !self.counts(sort) {
            return;
        }
        self.hits.push(Hit {
            rank,
            distance: (distance_m.unwrap_or(0.0) * DECIMETRES) as u64,
            order: 2,
            length: name.len() as u32,
            distance_m,
            what: What::Live(Box::new(FoundRowDto {
                target,
                name: name.to_owned(),
                kind: kind.to_owned(),
                distance_m,
                values,
            })),
        });
    }
}

/// What a live thing says under a condition's key.
fn live_value(
    condition: &Condition,
    name: &str,
    target: &Target,
    kind: &str,
    value: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    use crate::condition::Key;
    match condition.key() {
        Key::Name => Some(name.to_owned()),
        Key::Id => Some(id_of(target).to_owned()),
        Key::Kind | Key::Class => Some(kind.to_owned()),
        Key::Tag(key) => value(key),
        Key::Height | Key::MinHeight | Key::Levels | Key::Ground => None,
    }
}

fn id_of(target: &Target) -> &str {
    match target {
        Target::Thing { id }
        | Target::Camera { id }
        | Target::Event { id }
        | Target::Feature { id } => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        city::tests::{city_of, feature},
        state::tests::gas_sensor,
        wire::{ConnectionDto, PlaceFilterDto},
    };
    use std::sync::Arc;

    fn live() -> Live {
        let mut live = Live::new("zh-CN".to_owned(), ConnectionDto::NoHub, None);
        let tower = |id: &str, name: &str, height_m: f64, lon_deg: f64| Feature {
            height_m: Some(height_m),
            lon_deg,
            folded_tags: "office\n".to_owned(),
            tags: [("use".to_owned(), "office".to_owned())].into(),
            ..feature(id, "building", name, "")
        };
        live.city = Some(Arc::new(city_of(vec![
            tower("w1", "上海中心大厦", 632.0, 121.500),
            tower("w2", "金茂大厦", 420.0, 121.502),
            tower("w3", "", 18.0, 121.600),
            feature("w4", "road", "世纪大道", "Century Avenue"),
        ])));
        let (thing, datastream) = gas_sensor(0);
        live.apply_catalogue(vec![thing], vec![datastream], Vec::new());
        live
    }

    fn ask(text: &str) -> FindDto {
        FindDto {
            text: text.to_owned(),
            limit: 50,
            ..FindDto::default()
        }
    }

    #[track_caller]
    fn check(ask: &FindDto, expected: &[&str]) -> FindPageDto {
        let live = live();
        let page = Question::new(&live, ask).page(live.city.as_deref(), ask);
        let ids: Vec<&str> = page.rows.iter().map(|row| id_of(&row.target)).collect();
        assert_eq!(ids, expected, "{ask:?}");
        page
    }

    #[test]
    fn words_and_conditions_must_all_hold() {
        check(&ask("大厦 高度>500"), &["w1"]);
        let page = check(&ask("高度>100 use=office"), &["w2", "w1"]);
        assert_eq!(page.understood.len(), 2);
        assert_eq!(page.rows[0].values, ["420", "office"]);
    }

    #[test]
    fn an_id_and_a_keyword_of_an_attribute_are_found() {
        check(&ask("w3"), &["w3"]);
        check(&ask("office 金茂"), &["w2"]);
    }

    #[test]
    fn place_and_sort_limit_the_answers_and_sorts_are_counted_before_that() {
        let mut near = ask("");
        near.place = Some(PlaceFilterDto::Radius {
            centre: [121.5, 31.24],
            metres: 500.0,
        });
        near.sorts = vec!["building".to_owned()];
        let page = check(&near, &["w1", "w2"]);
        assert!(
            page.rows[1]
                .distance_m
                .is_some_and(|m| (150.0..250.0).contains(&m))
        );
        assert!(
            page.sorts
                .iter()
                .any(|sort| sort.sort == "road" && sort.count == 1)
        );
    }

    #[test]
    fn a_ring_takes_what_lies_within() {
        let mut within = ask("高度>0");
        within.place = Some(PlaceFilterDto::Ring {
            ring: vec![[121.59, 31.2], [121.61, 31.2], [121.6, 31.3]],
        });
        check(&within, &["w3"]);
    }

    #[test]
    fn answers_come_in_pages() {
        let mut second = ask("大厦");
        second.offset = 1;
        second.limit = 1;
        let page = check(&second, &["w1"]);
        assert_eq!(page.total, 2);
    }

    #[test]
    fn a_hundred_thousand_features_are_read_through() {
        let many = (0..100_000).map(|n| feature(&format!("w{n}"), "building", "楼", ""));
        let city = city_of(many.collect());
        let live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let page = Question::new(&live, &ask("w99999")).page(Some(&city), &ask("w99999"));
        assert_eq!(page.total, 1);
    }
}
