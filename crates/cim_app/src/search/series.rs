//! Series by their own name or that of their device, for the chart.

use super::{code_of, fold};
use crate::{
    state::{State, ThingRow},
    wire::SeriesChoiceDto,
};

/// How many series are given.
const MAX_CHOICES: usize = 20;
/// How much of what is typed is looked for, characters.
const MAX_QUERY_CHARS: usize = 100;

/// The series whose device or own name answers `text`, the best first; at most 20.
///
/// Whole names come first, then names that begin with what was typed, then codes that do, then the rest; among equals the
/// shorter name.
pub(crate) fn series_choices(text: &str, state: &State) -> Vec<SeriesChoiceDto> {
    let Some(query) = Words::new(text) else {
        return Vec::new();
    };
    let mut hits: Vec<(u8, usize, usize)> = Vec::new();
    for (row, series) in state.series().iter().enumerate() {
        let thing = series.thing.and_then(|thing| state.thing(thing));
        let names = fold(&state.series_name(row as u32));
        let codes = format!(
            "{}\n{}",
            thing.map(codes_of).unwrap_or_default(),
            fold(series.datastream.id.as_str())
        );
        let rank = query.rank(&names, &codes);
        hits.extend(rank.map(|rank| (rank, names.chars().count(), row)));
    }
    hits.sort_unstable();
    hits.iter()
        .take(MAX_CHOICES)
        .filter_map(|(_, _, row)| {
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
fn codes_of(row: &ThingRow) -> String {
    let (id, code) = (fold(row.thing.id.as_str()), fold(code_of(&row.thing)));
    format!("{id}\n{code}")
}

/// What somebody typed.
struct Words {
    whole: String,
    words: Vec<String>,
}

impl Words {
    /// `None` when there is nothing to look for.
    fn new(text: &str) -> Option<Self> {
        let folded = fold(&text.chars().take(MAX_QUERY_CHARS).collect::<String>());
        let words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        (!words.is_empty()).then(|| Self {
            whole: words.join(" "),
            words,
        })
    }

    /// How well the folded `names` and `codes` (one a line) answer; `None` when a word is nowhere.
    fn rank(&self, names: &str, codes: &str) -> Option<u8> {
        let in_names = |word: &String| names.contains(word.as_str());
        let in_codes = |word: &String| codes.contains(word.as_str());
        if !self
            .words
            .iter()
            .all(|word| in_names(word) || in_codes(word))
        {
            return None;
        }
        let whole = self.whole.as_str();
        let begins = |text: &str| text.lines().any(|line| line.starts_with(whole));
        Some(
            if names.lines().chain(codes.lines()).any(|line| line == whole) {
                0
            } else if begins(names) {
                1
            } else if begins(codes) {
                2
            } else if self.words.iter().all(in_names) {
                3
            } else {
                4
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::state_of;

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
