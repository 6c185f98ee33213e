//! The search over everything that has a name or a code: features of the city, events, cameras, devices.

use crate::{
    city::City,
    events::Events,
    state::{State, ThingRow},
    wire::{Found, SeriesChoiceDto, Target},
};
use std::collections::BTreeSet;

/// How many answers are given.
pub(crate) const MAX_FOUND: usize = 20;

/// How much of what is typed is looked for, characters.
const MAX_QUERY_CHARS: usize = 100;

/// The best answers to `text`: every word must occur in a name or a code, whatever its case.
///
/// Whole names come first, then names that begin with what was typed, then codes that do, then the rest; among equals
/// places of the city, then events, cameras and devices; then the shorter name.
pub(crate) fn search(
    text: &str,
    language: &str,
    state: &State,
    events: &Events,
    city: Option<&City>,
) -> Vec<Found> {
    let Some(query) = Query::new(text) else {
        return Vec::new();
    };
    let mut hits: Vec<Hit> = Vec::new();
    for (row, feature) in city
        .into_iter()
        .flat_map(|city| city.features().iter().enumerate())
    {
        hits.extend(query.hit(
            &feature.folded_names,
            &feature.folded_id,
            Source::Feature(row),
        ));
    }
    for (row, event) in events.rows().iter().enumerate() {
        hits.extend(query.hit(
            &fold(&event.title),
            &fold(event.id.as_str()),
            Source::Event(row),
        ));
    }
    for (row, camera) in state.cameras().iter().enumerate() {
        hits.extend(query.hit(
            &fold(&camera.name),
            &fold(camera.id.as_str()),
            Source::Camera(row),
        ));
    }
    for (row, thing) in state.things().iter().enumerate() {
        hits.extend(query.hit(
            &fold(&thing.thing.name),
            &codes_of(thing),
            Source::Thing(row),
        ));
    }
    hits.sort_unstable();

    let mut found = Vec::new();
    let mut roads = BTreeSet::new();
    for hit in hits {
        let Some(answer) = hit.source.found(language, state, events, city) else {
            continue;
        };
        // A road is many pieces with one name: the first stands for all.
        if hit.source.is_road(city) && !answer.name.is_empty() && !roads.insert(answer.name.clone())
        {
            continue;
        }
        found.push(answer);
        if found.len() == MAX_FOUND {
            break;
        }
    }
    found
}

/// The series whose device or own name answers `text`, the best first; at most [`MAX_FOUND`].
pub(crate) fn series_choices(text: &str, state: &State) -> Vec<SeriesChoiceDto> {
    let Some(query) = Query::new(text) else {
        return Vec::new();
    };
    let mut hits: Vec<(Hit, usize)> = Vec::new();
    for (row, series) in state.series().iter().enumerate() {
        let thing = series.thing.and_then(|thing| state.thing(thing));
        let names = fold(&state.series_name(row as u32));
        let codes = format!(
            "{}\n{}",
            thing.map(codes_of).unwrap_or_default(),
            fold(series.datastream.id.as_str())
        );
        hits.extend(
            query
                .hit(&names, &codes, Source::Thing(row))
                .map(|hit| (hit, row)),
        );
    }
    hits.sort_unstable();
    hits.iter()
        .take(MAX_FOUND)
        .filter_map(|(_, row)| {
            let series = &state.series().get(*row)?.datastream;
            Some(SeriesChoiceDto {
                id: series.id.to_string(),
                name: state.series_name(*row as u32),
                unit: series.unit.clone(),
                thing: series.thing.to_string(),
            })
        })
        .collect()
}

/// The folded codes of a device, one a line.
fn codes_of(thing: &ThingRow) -> String {
    let code = thing
        .thing
        .properties
        .iter()
        .find(|(key, _)| key == "code")
        .map_or("", |(_, code)| code.as_str());
    format!("{}\n{}", fold(thing.thing.id.as_str()), fold(code))
}

/// `text` as it is compared: names of a thing in lower case, one a line.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// What somebody typed.
struct Query {
    whole: String,
    words: Vec<String>,
}

impl Query {
    /// `None` when there is nothing to look for.
    fn new(text: &str) -> Option<Self> {
        let folded = fold(&text.chars().take(MAX_QUERY_CHARS).collect::<String>());
        let words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            return None;
        }
        Some(Self {
            whole: words.join(" "),
            words,
        })
    }

    /// How well the folded `names` and `codes` (one a line) answer; `None` when a word is nowhere.
    fn hit(&self, names: &str, codes: &str, source: Source) -> Option<Hit> {
        let in_names = self.words.iter().all(|word| names.contains(word.as_str()));
        if !in_names
            && !self
                .words
                .iter()
                .all(|word| names.contains(word.as_str()) || codes.contains(word.as_str()))
        {
            return None;
        }
        let whole = self.whole.as_str();
        let rank = if names.lines().chain(codes.lines()).any(|line| line == whole) {
            0
        } else if names.lines().any(|line| line.starts_with(whole)) {
            1
        } else if codes.lines().any(|line| line.starts_with(whole)) {
            2
        } else if in_names {
            3
        } else {
            4
        };
        Some(Hit {
            rank,
            order: source.order(),
            length: names.chars().count(),
            source,
        })
    }
}

/// An answer before it is spelt out. Orders from best to worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    rank: u8,
    order: u8,
    length: usize,
    source: Source,
}

/// Where an answer comes from, by row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Feature(usize),
    Event(usize),
    Camera(usize),
    Thing(usize),
}

impl Source {
    fn order(self) -> u8 {
        match self {
            Self::Feature(_) => 0,
            Self::Event(_) => 1,
            Self::Camera(_) => 2,
            Self::Thing(_) => 3,
        }
    }

    fn is_road(self, city: Option<&City>) -> bool {
        let Self::Feature(row) = self else {
            return false;
        };
        city.and_then(|city| city.features().get(row))
            .is_some_and(|feature| feature.class == "road")
    }

    fn found(
        self,
        language: &str,
        state: &State,
        events: &Events,
        city: Option<&City>,
    ) -> Option<Found> {
        Some(match self {
            Self::Feature(row) => {
                let feature = city?.features().get(row)?;
                Found {
                    target: Target::Feature {
                        id: feature.id.clone(),
                    },
                    name: feature.name_in(language).to_owned(),
                    kind: feature.kind.clone(),
                }
            }
            Self::Event(row) => {
                let event = events.rows().get(row)?;
                Found {
                    target: Target::Event {
                        id: event.id.to_string(),
                    },
                    name: event.title.clone(),
                    kind: "event".to_owned(),
                }
            }
            Self::Camera(row) => {
                let camera = state.cameras().get(row)?;
                Found {
                    target: Target::Camera {
                        id: camera.id.to_string(),
                    },
                    name: camera.name.clone(),
                    kind: "camera".to_owned(),
                }
            }
            Self::Thing(row) => {
                let thing = &state.things().get(row)?.thing;
                Found {
                    target: Target::Thing {
                        id: thing.id.to_string(),
                    },
                    name: thing.name.clone(),
                    kind: thing.kind.as_str().to_owned(),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        city::tests::{city_of, feature},
        events::tests::event,
        state::tests::state_of,
    };

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let city = city_of(vec![
            feature("w1", "building", "上海中心大厦", "Shanghai Tower"),
            feature("w2", "road", "世纪大道", "Century Avenue"),
            feature("w3", "road", "世纪大道", "Century Avenue"),
            feature("w4", "building", "", ""),
            feature("w5", "building", "Chamber", ""),
        ]);
        let mut events = Events::default();
        events.apply(vec![event(7, 0)]);
        let state = state_of(2);
        let found = search(text, "en", &state, &events, Some(&city));
        let names: Vec<String> = found
            .into_iter()
            .map(|found| match found.target {
                Target::Thing { id }
                | Target::Camera { id }
                | Target::Event { id }
                | Target::Feature { id } => id,
            })
            .collect();
        assert_eq!(names, expected, "{text}");
    }

    #[test]
    fn names_are_found_in_both_languages_whatever_the_case() {
        check("shanghai TOWER", &["w1"]);
        check("中心", &["w1"]);
    }

    #[test]
    fn every_word_must_occur() {
        check("tower shanghai", &["w1"]);
        check("tower harbour", &[]);
        check("  ", &[]);
    }

    #[test]
    fn a_road_of_many_pieces_is_found_once() {
        check("century", &["w2"]);
    }

    #[test]
    fn a_place_of_the_city_comes_before_the_devices_in_it() {
        check("chamber", &["w5", "t0", "t1"]);
        check("chamber 1", &["t1"]);
    }

    #[test]
    fn what_has_no_name_is_found_by_its_code() {
        check("w4", &["w4"]);
        check("e7", &["e7"]);
    }

    #[test]
    fn only_so_many_answers_are_given() {
        let found = search("chamber", "en", &state_of(100), &Events::default(), None);
        assert_eq!(found.len(), MAX_FOUND);
    }

    #[test]
    fn series_are_found_by_their_device_and_by_their_own_name() {
        let state = state_of(3);
        let ids = |text: &str| -> Vec<String> {
            series_choices(text, &state)
                .into_iter()
                .map(|choice| choice.id)
                .collect()
        };
        assert_eq!(ids("chamber 1"), ["d1"]);
        assert_eq!(ids("methane").len(), 3);
        assert_eq!(ids("d2"), ["d2"]);
        assert!(ids(" ").is_empty());
        let first = series_choices("chamber 0", &state);
        let first = first.first().expect("a series");
        assert_eq!(
            (
                first.name.as_str(),
                first.unit.as_str(),
                first.thing.as_str()
            ),
            ("Chamber 0 · Methane", "%LEL", "t0")
        );
    }
}
