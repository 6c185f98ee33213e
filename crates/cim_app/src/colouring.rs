//! Colouring features by an attribute: which attributes there are, how their values fall into classes, and what the legend says.

use crate::{
    card::is_drawing_tag,
    city::{City, Feature},
    condition::{Key, Value},
    error::AppError,
    ramps::{REST, colour},
    texts::attribute_label,
    wire::{AttributeDto, ClassingDto, ColourByDto, LegendDto, LegendEntryDto, RampDto},
};
use std::collections::{BTreeMap, BTreeSet};

/// Different values of an attribute are counted up to here.
const MOST_DISTINCT: usize = 1_000;
/// An attribute counts as a number when so large a part of its values are numbers.
const NUMBER_PART: f64 = 0.9;
/// Fewest and most classes.
const CLASSES: [u8; 2] = [2, 9];
/// Natural breaks are looked for among so many values, taken evenly from all.
const MOST_FOR_BREAKS: usize = 800;
/// Attributes that every feature may have.
const OWN: [&str; 5] = ["height", "levels", "min_height", "ground", "kind"];

/// The ids of features and their colours, with what the colours mean.
pub(crate) struct Colouring {
    pub(crate) colours: BTreeMap<String, [u8; 3]>,
    pub(crate) legend: LegendDto,
}

/// The attributes by which features of `class` can be coloured, the most frequent first.
pub(crate) fn attributes(city: &City, language: &str, class: &str) -> Vec<AttributeDto> {
    let own = OWN.map(|name| (name, key_of(name)));
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for feature in features_of(city, class) {
        for (name, key) in &own {
            if let Some(value) = key.value(feature) {
                tallies.entry(name).or_default().count(value);
            }
        }
        for (name, value) in &feature.tags {
            if !value.is_empty() && !OWN.contains(&name.as_str()) && !is_drawing_tag(name) {
                let tally = tallies.entry(name).or_default();
                tally.count(Value::Text(value));
            }
        }
    }
    let mut list: Vec<AttributeDto> = tallies
        .into_iter()
        .filter_map(|(name, tally)| tally.attribute(name, language))
        .collect();
    list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
    list
}

/// What is known of an attribute's values.
#[derive(Default)]
struct Tally {
    values: u32,
    numbers: u32,
    distinct: BTreeSet<String>,
}

impl Tally {
    fn count(&mut self, value: Value<'_>) {
        self.values += 1;
        self.numbers += u32::from(value.number().is_some());
        if self.distinct.len() < MOST_DISTINCT {
            self.distinct.insert(value.text());
        }
    }

    /// `None` for an attribute that tells nothing apart.
    fn attribute(&self, name: &str, language: &str) -> Option<AttributeDto> {
        let is_number = f64::from(self.numbers) >= f64::from(self.values) * NUMBER_PART;
        let tells = self.distinct.len() > 1;
        // Words that are all different are names or codes.
        let is_code = !is_number && self.distinct.len() as f64 > f64::from(self.values) * 0.5;
        (tells && !(is_code && self.values > 20)).then(|| AttributeDto {
            key: name.to_owned(),
            label: attribute_label(language, name),
            unit: unit_of(name).to_owned(),
            is_number,
            count: self.values,
            distinct: self.distinct.len() as u32,
        })
    }
}

/// Colours the features as asked.
pub(crate) fn colour_by(
    city: &City,
    language: &str,
    ask: &ColourByDto,
) -> Result<Colouring, AppError> {
    let key = key_of(&ask.attribute);
    let features: Vec<&Feature> = features_of(city, &ask.class).collect();
    let classes = usize::from(ask.classes.clamp(CLASSES[0], CLASSES[1]));
    let (entries, colours) = match ask.classing {
        ClassingDto::Values => by_words(&features, &key, ask.ramp, classes),
        ClassingDto::Equal | ClassingDto::Quantile | ClassingDto::Natural => {
            by_numbers(&features, &key, ask, classes)
        }
    };
    if entries.is_empty() {
        return Err(AppError::BadRequest {
            what: "the attribute",
            found: ask.attribute.clone(),
            reason: "an attribute that features of this class have, with numbers for classes of numbers",
        });
    }
    let with: u32 = entries.iter().map(|entry| entry.count).sum();
    Ok(Colouring {
        legend: LegendDto {
            title: attribute_label(language, &ask.attribute),
            unit: unit_of(&ask.attribute).to_owned(),
            without: (features.len() as u32).saturating_sub(with),
            entries,
        },
        colours,
    })
}

type Classes = (Vec<LegendEntryDto>, BTreeMap<String, [u8; 3]>);

fn by_numbers(features: &[&Feature], key: &Key, ask: &ColourByDto, classes: usize) -> Classes {
    let known: Vec<(&Feature, f64)> = features
        .iter()
        .filter_map(|feature| Some((*feature, key.value(feature)?.number()?)))
        .collect();
    let mut sorted: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
    sorted.sort_by(f64::total_cmp);
    let uppers = upper_ends(&sorted, ask.classing, classes);
    let count = uppers.len();
    let mut entries: Vec<LegendEntryDto> = (0..count)
        .map(|index| LegendEntryDto {
            colour: colour(ask.ramp, index, count),
            from: None,
            to: None,
            word: String::new(),
            count: 0,
        })
        .collect();
    let mut colours = BTreeMap::new();
    for (feature, value) in known {
        let index = uppers
            .partition_point(|upper| *upper < value)
            .min(count.saturating_sub(1));
        let Some(entry) = entries.get_mut(index) else {
            continue;
        };
        entry.count += 1;
        entry.from = Some(entry.from.map_or(value, |from| from.min(value)));
        entry.to = Some(entry.to.map_or(value, |to| to.max(value)));
        colours.insert(feature.id.clone(), entry.colour);
    }
    // The ends say where a class lies, not only what is in it; an empty class says nothing.
    entries.retain(|entry| entry.count > 0);
    (entries, colours)
}

/// The greatest value of each class, rising; fewer than asked for where values repeat.
fn upper_ends(sorted: &[f64], classing: ClassingDto, classes: usize) -> Vec<f64> {
    let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else {
        return Vec::new();
    };
    let mut ends: Vec<f64> = match classing {
        ClassingDto::Equal => (1..=classes)
            .map(|class| least + (most - least) * class as f64 / classes as f64)
            .collect(),
        ClassingDto::Quantile | ClassingDto::Values => (1..=classes)
            .filter_map(|class| {
                let row = (sorted.len() * class).div_ceil(classes);
                sorted.get(row.saturating_sub(1)).copied()
            })
            .collect(),
        ClassingDto::Natural => natural_ends(sorted, classes),
    };
    // Rounding must not leave the greatest value out.
    if let Some(last) = ends.last_mut() {
        *last = *most;
    }
    ends.dedup_by(|after, before| *after <= *before);
    ends
}

/// Jenks' natural breaks: the classes within which values differ least, by the exact method of Fisher over a sample.
fn natural_ends(sorted: &[f64], classes: usize) -> Vec<f64> {
    let every = sorted.len().div_ceil(MOST_FOR_BREAKS).max(1);
    let sample: Vec<f64> = sorted.iter().copied().step_by(every).collect();
    let count = sample.len();
    let classes = classes.min(count);
    // Sums up to each value, so that the spread of any stretch is at hand.
    let mut sums = vec![(0.0, 0.0)];
    for value in &sample {
        let (sum, squares) = sums.last().copied().unwrap_or_default();
        sums.push((sum + value, squares + value * value));
    }
    let spread = |from: usize, to: usize| {
        let at = |row: usize| sums.get(row).copied().unwrap_or_default();
        let ((sum_a, squares_a), (sum_b, squares_b)) = (at(from), at(to));
        let sum = sum_b - sum_a;
        squares_b - squares_a - sum * sum / (to - from).max(1) as f64
    };
    // Row of the least total spread of the first `to` values in one class more at each step, and where its last class begins.
    let mut best: Vec<f64> = (0..=count).map(|to| spread(0, to)).collect();
    let mut begins: Vec<Vec<usize>> = vec![vec![0; count + 1]];
    for class in 1..classes {
        let mut next = vec![f64::INFINITY; count + 1];
        let mut begin = vec![0; count + 1];
        for to in class + 1..=count {
            let options = (class..to).map(|from| {
                let before = best.get(from).copied().unwrap_or(f64::INFINITY);
                (before + spread(from, to), from)
            });
            let least = options.min_by(|a, b| a.0.total_cmp(&b.0));
            if let (Some((cost, from)), Some(slot), Some(at)) =
                (least, next.get_mut(to), begin.get_mut(to))
            {
                *slot = cost;
                *at = from;
            }
        }
        best = next;
        begins.push(begin);
    }
    let mut ends = Vec::new();
    let mut to = count;
    for begin in begins.iter().rev() {
        ends.extend(to.checked_sub(1).and_then(|row| sample.get(row)).copied());
        to = begin.get(to).copied().unwrap_or(0);
    }
    ends.reverse();
    ends
}

fn by_words(features: &[&Feature], key: &Key, ramp: RampDto, classes: usize) -> Classes {
    let known: Vec<(&Feature, String)> = features
        .iter()
        .filter_map(|feature| Some((*feature, key.value(feature)?.text())))
        .collect();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, word) in &known {
        *counts.entry(word).or_insert(0) += 1;
    }
    let mut words: Vec<(&str, u32)> = counts.into_iter().collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let own = words.len().min(classes);
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    let mut entries: Vec<LegendEntryDto> = Vec::new();
    for (row, (word, count)) in words.iter().take(own).enumerate() {
        rows.insert(word, row);
        entries.push(LegendEntryDto {
            colour: colour(ramp, row, own),
            from: None,
            to: None,
            word: (*word).to_owned(),
            count: *count,
        });
    }
    let rest: u32 = words.iter().skip(own).map(|(_, count)| *count).sum();
    let colours = known
        .iter()
        .map(|(feature, word)| {
            let row = rows.get(word.as_str());
            let entry = row.and_then(|row| entries.get(*row));
            (feature.id.clone(), entry.map_or(REST, |entry| entry.colour))
        })
        .collect();
    if rest > 0 {
        entries.push(LegendEntryDto {
            colour: REST,
            from: None,
            to: None,
            word: String::new(),
            count: rest,
        });
    }
    (entries, colours)
}

/// A building's parts are drawn as buildings are.
fn features_of<'a>(city: &'a City, class: &'a str) -> impl Iterator<Item = &'a Feature> {
    city.features().iter().filter(move |feature| {
        feature.class == class || (class == "building" && feature.class == "building_part")
    })
}

fn key_of(name: &str) -> Key {
    if OWN.contains(&name) {
        Key::of(name)
    } else {
        Key::Tag(name.to_owned())
    }
}

/// The unit that an attribute's name states; empty for none.
pub(crate) fn unit_of(name: &str) -> &'static str {
    const ENDINGS: [(&str, &str); 10] = [
        ("_mm", "mm"),
        ("_cm", "cm"),
        ("_km", "km"),
        ("_m2", "m²"),
        ("_m3", "m³"),
        ("_m", "m"),
        ("_deg", "°"),
        ("_kpa", "kPa"),
        ("_mpa", "MPa"),
        ("_kw", "kW"),
    ];
    match name {
        "height" | "min_height" | "ground" | "mounting_height" => return "m",
        _ => {}
    }
    let ending = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
    ending.map_or("", |(_, unit)| unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::tests::{city_of, feature};

    fn city() -> City {
        let building = |n: u32, height_m: f64, use_: &str| Feature {
            height_m: Some(height_m),
            tags: [("use".to_owned(), use_.to_owned())].into(),
            ..feature(&format!("w{n}"), "building", "", "")
        };
        let mut features: Vec<Feature> =
            (0..9).map(|n| building(n, f64::from(n), "home")).collect();
        features.push(building(9, 100.0, "office"));
        features.push(feature("w10", "building", "", ""));
        features.push(feature("r1", "road", "", ""));
        city_of(features)
    }

    fn ask(attribute: &str, classing: ClassingDto, classes: u8) -> ColourByDto {
        ColourByDto {
            class: "building".to_owned(),
            attribute: attribute.to_owned(),
            ramp: RampDto::Batlow,
            classing,
            classes,
        }
    }

    #[track_caller]
    fn check(classing: ClassingDto, classes: u8, expected: &[(f64, f64, u32)]) {
        let made = colour_by(&city(), "en", &ask("height", classing, classes)).expect("a legend");
        let got: Vec<(f64, f64, u32)> = made
            .legend
            .entries
            .iter()
            .map(|entry| {
                (
                    entry.from.unwrap_or(f64::NAN),
                    entry.to.unwrap_or(f64::NAN),
                    entry.count,
                )
            })
            .collect();
        assert_eq!(got, expected);
        assert_eq!(made.legend.without, 1);
        assert_eq!(made.colours.len(), 10);
        assert_eq!(made.legend.unit, "m");
    }

    #[test]
    fn classes_are_equally_wide_equally_full_or_break_where_values_are_sparse() {
        check(ClassingDto::Equal, 4, &[(0.0, 8.0, 9), (100.0, 100.0, 1)]);
        check(ClassingDto::Quantile, 2, &[(0.0, 4.0, 5), (5.0, 100.0, 5)]);
        check(
            ClassingDto::Natural,
            3,
            &[(0.0, 3.0, 4), (4.0, 8.0, 5), (100.0, 100.0, 1)],
        );
    }

    #[test]
    fn words_have_a_class_each_the_most_frequent_first() {
        let made = colour_by(&city(), "en", &ask("use", ClassingDto::Values, 5)).expect("a legend");
        let words: Vec<(&str, u32)> = made
            .legend
            .entries
            .iter()
            .map(|entry| (entry.word.as_str(), entry.count))
            .collect();
        assert_eq!(words, [("home", 9), ("office", 1)]);
    }

    #[test]
    fn words_cannot_be_parted_like_numbers() {
        let refused = colour_by(&city(), "en", &ask("use", ClassingDto::Equal, 5));
        assert!(matches!(refused, Err(AppError::BadRequest { .. })));
        let refused = colour_by(&city(), "en", &ask("no_such", ClassingDto::Values, 5));
        assert!(refused.is_err());
    }

    #[test]
    fn attributes_that_tell_things_apart_are_listed() {
        let list = attributes(&city(), "en", "building");
        let keys: Vec<&str> = list.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["height", "use"]);
        assert!(list[0].is_number && !list[1].is_number);
    }
}
