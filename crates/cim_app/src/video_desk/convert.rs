//! The words of the video desk on the wire.

use super::Look;
use crate::wire::{VideoActedDto, VideoRefusalDto, VideoRowDto, VideoStatusDto, VideoWordDto};
use cim_event::Divisions;
use cim_sync::gb28181::Field;
use cim_video::{
    channels::{ChannelIndex, Condition, Entry, HealthRules, Name, Status, Tree},
    rights::{Action, Presence},
    sheet::Words,
};
use std::sync::LazyLock;

/// The names of divisions that ship (GB/T 2260).
static DIVISIONS: LazyLock<Divisions> = LazyLock::new(|| {
    let text = include_str!("../../../../assets/codes/divisions.toml");
    Divisions::read(text, "divisions.toml").0
});

/// A refusal, with what it is about.
pub(crate) fn refusal(code: &str, what: &str, message: &str) -> VideoRefusalDto {
    VideoRefusalDto {
        code: code.to_owned(),
        what: what.to_owned(),
        rule: String::new(),
        message: message.to_owned(),
    }
}

/// Nothing was done, and why.
pub(crate) fn nothing_done(refused: VideoRefusalDto) -> VideoActedDto {
    VideoActedDto {
        refused: Some(refused),
        ..VideoActedDto::default()
    }
}

/// How a channel answers, on the wire.
pub(super) fn status_dto(status: Status) -> VideoStatusDto {
    match status {
        Status::On => VideoStatusDto::On,
        Status::Off => VideoStatusDto::Off,
        Status::VideoLost => VideoStatusDto::VideoLost,
        Status::Defect => VideoStatusDto::Defect,
        Status::Unknown => VideoStatusDto::Unknown,
    }
}

/// A status as the wire has it.
pub(super) fn status_of(dto: VideoStatusDto) -> Status {
    match dto {
        VideoStatusDto::On => Status::On,
        VideoStatusDto::Off => Status::Off,
        VideoStatusDto::VideoLost => Status::VideoLost,
        VideoStatusDto::Defect => Status::Defect,
        VideoStatusDto::Unknown => Status::Unknown,
    }
}

/// What is the matter with a channel beside its status.
pub(super) fn fault_words(condition: Option<&Condition>) -> Vec<String> {
    let Some(condition) = condition else {
        return Vec::new();
    };
    let is = [
        ("late", condition.is_late),
        ("moved", condition.moved_m.is_some()),
        ("image_fault", condition.fault.is_some()),
    ];
    is.iter()
        .filter(|(_, holds)| *holds)
        .map(|(word, _)| (*word).to_owned())
        .collect()
}

/// A name in the language of whoever looks.
pub(super) fn name_in(name: &Name, is_chinese: bool) -> String {
    pick(&name.zh, &name.en, is_chinese)
}

/// Words of a table in the language of whoever looks.
pub(super) fn words_in(words: &Words, is_chinese: bool) -> String {
    pick(&words.zh, &words.en, is_chinese)
}

fn pick(zh: &str, en: &str, is_chinese: bool) -> String {
    let (first, other) = if is_chinese { (zh, en) } else { (en, zh) };
    if first.is_empty() { other } else { first }.to_owned()
}

/// A word of a table.
pub(super) fn word_dto(code: &str, name: String) -> VideoWordDto {
    VideoWordDto {
        code: code.to_owned(),
        name,
    }
}

/// A channel in a list, as whoever looks may see it.
pub(super) fn row_dto(
    channels: &ChannelIndex,
    entry: Entry<'_>,
    look: &Look<'_>,
    (rules, text): (&HealthRules, &str),
) -> VideoRowDto {
    let actions = look.actions(entry);
    let denied = Action::ALL
        .iter()
        .filter(|action| !actions.has(**action))
        .map(|action| action.as_str().to_owned())
        .collect();
    let name = shown_name(entry);
    if look.presence(entry) != Presence::Open {
        return VideoRowDto {
            id: entry.id(),
            matched: matched_in(&name, text),
            name,
            denied,
            ..VideoRowDto::default()
        };
    }
    let condition = channels.condition(entry.row(), look.sitting.now, rules);
    VideoRowDto {
        id: entry.id(),
        status: status_dto(entry.status()),
        faults: fault_words(condition.as_ref()),
        ptz_type: entry.ptz(),
        category: entry.category(),
        grade: entry.grade(),
        is_secret: entry.is_secret(),
        place: entry.place().filter(|_| actions.has(Action::SeePlace)),
        division: division_name(channels, entry, look.sitting.is_chinese()),
        address: if actions.has(Action::SeePlace) {
            entry.value(Field::Address).into_owned()
        } else {
            String::new()
        },
        tags: entry.tags().into_iter().map(str::to_owned).collect(),
        matched: matched_in(&name, text),
        name,
        denied,
    }
}

/// What people call a channel; its identity where it has no name.
pub(super) fn shown_name(entry: Entry<'_>) -> String {
    if entry.name().is_empty() {
        entry.id()
    } else {
        entry.name().to_owned()
    }
}

/// The division of a channel, by name.
pub(super) fn division_name(channels: &ChannelIndex, entry: Entry<'_>, is_chinese: bool) -> String {
    node_name(channels, (Tree::Civil, &entry.division()), is_chinese)
}

/// What people call a node.
pub(super) fn node_name(
    channels: &ChannelIndex,
    (tree, key): (Tree, &str),
    is_chinese: bool,
) -> String {
    let group = channels.group(tree, key);
    let name = group.map(|group| group.name).unwrap_or_default();
    named(&name, (tree, key), is_chinese)
}

/// The name that the catalogue gives a node; without one that of the table of divisions; without that its key.
pub(super) fn named(name: &str, (tree, key): (Tree, &str), is_chinese: bool) -> String {
    if !name.is_empty() {
        return name.to_owned();
    }
    let code = (tree == Tree::Civil).then(|| key.parse().ok()).flatten();
    let known = code.and_then(|code| DIVISIONS.name(&code));
    known.map_or_else(
        || key.to_owned(),
        |words| pick(&words.zh, &words.en, is_chinese),
    )
}

/// Where the words that were typed stand in a name: begin and end in UTF-16 units.
fn matched_in(name: &str, text: &str) -> Vec<[u32; 2]> {
    let lower = name.to_lowercase();
    if lower.len() != name.len() {
        // Places in the one are not places in the other.
        return Vec::new();
    }
    let mut found: Vec<[u32; 2]> = text
        .to_lowercase()
        .split_whitespace()
        .filter_map(|word| {
            let begin = lower.find(word)?;
            let units = |end: usize| {
                name.get(..end)
                    .map(|part| part.encode_utf16().count() as u32)
            };
            Some([units(begin)?, units(begin + word.len())?])
        })
        .collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_were_typed_are_marked_in_utf_16_units() {
        assert_eq!(matched_in("外滩 North gate", "north"), [[3, 8]]);
        assert_eq!(
            matched_in("外滩 North gate", "gate 外滩"),
            [[0, 2], [9, 13]]
        );
        assert!(matched_in("外滩", "wt").is_empty());
        assert!(matched_in("外滩", "").is_empty());
    }

    #[test]
    fn a_division_without_a_name_is_called_as_in_the_table_and_then_by_its_code() {
        let check = |name: &str, key: &str, expected: [&str; 2]| {
            let told = [true, false].map(|is_chinese| named(name, (Tree::Civil, key), is_chinese));
            assert_eq!(told, expected, "{key}");
        };
        check("", "32", ["江苏省", "Jiangsu"]);
        check("", "3203", ["徐州市", "Xuzhou"]);
        check("徐州", "3203", ["徐州", "徐州"]);
        check("", "329999", ["329999", "329999"]);
        check("", "nowhere", ["nowhere", "nowhere"]);
        assert_eq!(named("", (Tree::Organisation, "32"), true), "32");
    }

    #[test]
    fn a_name_without_one_language_is_shown_in_the_other() {
        let name = Name {
            zh: "球机".to_owned(),
            en: String::new(),
        };
        assert_eq!(name_in(&name, false), "球机");
        assert_eq!(name_in(&name, true), "球机");
    }
}
