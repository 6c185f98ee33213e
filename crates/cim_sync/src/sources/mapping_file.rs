//! Reads mapping files, and mappings that stand inside `sources.toml`.

use super::{
    EventMapping, Frame, Mapping, Pick, SeriesMapping, SourceProblem, TextEncoding, ThingMapping,
    TimeFormat,
    keys::{Keys, Origin, number_of},
};
use cim_model::{EventLevel, EventStatus, Limits, Standing};
use std::cell::RefCell;
use toml::de::DeTable;

/// Reads the mapping file whose text is `text`; `file` is its name, for messages. Everything that is wrong is told at once.
pub fn read_mapping(text: &str, file: &str) -> Result<Mapping, Vec<SourceProblem>> {
    let problems = RefCell::default();
    let origin = Origin {
        file,
        text,
        problems: &problems,
    };
    let mapping = match DeTable::parse(text) {
        Ok(table) => mapping_of(Keys::new(origin, "", "", table.get_ref(), 0)),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            origin.tell("", at, "", format!("not TOML: {}", error.message()));
            Mapping::default()
        }
    };
    let problems = problems.into_inner();
    if problems.is_empty() {
        Ok(mapping)
    } else {
        Err(problems)
    }
}

/// The mapping in `keys`; what is wrong is noted at its origin.
pub(crate) fn mapping_of(mut keys: Keys<'_>) -> Mapping {
    let encoding = match keys.text("encoding") {
        None | Some("auto") => TextEncoding::ByContent,
        Some("utf-8") => TextEncoding::Utf8,
        Some("gb18030" | "gbk" | "gb2312") => TextEncoding::Gb18030,
        Some(_) => {
            keys.wrong("encoding", "auto, utf-8 or gb18030 is expected");
            TextEncoding::ByContent
        }
    };
    let frame = match keys.text("crs") {
        None | Some("wgs84" | "cgcs2000") => Frame::Wgs84,
        Some("gcj02") => Frame::Gcj02,
        Some(_) => {
            keys.wrong("crs", "wgs84, cgcs2000 or gcj02 is expected");
            Frame::Wgs84
        }
    };
    let delimiter = keys.text("delimiter").and_then(|text| {
        let [byte] = text.as_bytes() else {
            keys.wrong("delimiter", "a single character is expected");
            return None;
        };
        Some(*byte)
    });
    let mapping = Mapping {
        encoding,
        frame,
        delimiter,
        columns: keys.texts("columns"),
        items: pointer(&mut keys, "items"),
        next: pointer(&mut keys, "next"),
        thing: keys.table("thing").map(thing_of),
        series: keys
            .tables("series")
            .into_iter()
            .filter_map(series_of)
            .collect(),
        event: keys.table("event").and_then(event_of),
    };
    keys.finish();
    mapping
}

fn pointer(keys: &mut Keys<'_>, key: &'static str) -> String {
    let text = keys.text(key).unwrap_or_default();
    if !text.is_empty() && !text.starts_with('/') {
        keys.wrong(key, "a JSON Pointer such as /data/list is expected");
    }
    text.to_owned()
}

/// The pick under `key`: a text, or a number that always counts.
fn pick(keys: &mut Keys<'_>, key: &'static str) -> Option<Pick> {
    let value = keys.value(key)?.get_ref();
    if let Some(number) = number_of(value) {
        return Some(Pick::Number(number));
    }
    let text = keys.text(key)?;
    match Pick::parse(text) {
        Ok(pick) => Some(pick),
        Err(reason) => {
            keys.wrong(key, reason);
            None
        }
    }
}

fn required_pick(keys: &mut Keys<'_>, key: &'static str) -> Option<Pick> {
    if keys.value(key).is_none() {
        keys.wrong(key, "is missing");
    }
    pick(keys, key)
}

fn time_format(keys: &mut Keys<'_>) -> TimeFormat {
    let name = keys.text("time_format").unwrap_or_default();
    let zone = keys.text("zone").unwrap_or_default();
    TimeFormat::new(name, zone).unwrap_or_else(|reason| {
        let key = if TimeFormat::new(name, "").is_ok() {
            "zone"
        } else {
            "time_format"
        };
        keys.wrong(key, reason);
        TimeFormat::default()
    })
}

fn thing_of(mut keys: Keys<'_>) -> ThingMapping {
    let mut properties = Vec::new();
    if let Some(lines) = keys.table("properties") {
        for (name, text) in lines.all_texts() {
            match Pick::parse(&text) {
                Ok(pick) => properties.push((name, pick)),
                Err(reason) => lines.wrong(&name, reason),
            }
        }
    }
    let thing = ThingMapping {
        id: pick(&mut keys, "id"),
        name: pick(&mut keys, "name"),
        description: pick(&mut keys, "description"),
        kind: pick(&mut keys, "kind"),
        lon: pick(&mut keys, "lon"),
        lat: pick(&mut keys, "lat"),
        height: pick(&mut keys, "height"),
        properties,
    };
    if thing.lon.is_some() != thing.lat.is_some() {
        keys.wrong("lon", "lon and lat go together");
    }
    keys.finish();
    thing
}

fn series_of(mut keys: Keys<'_>) -> Option<SeriesMapping> {
    let value = required_pick(&mut keys, "value");
    let property = keys
        .required_text("property")
        .unwrap_or_default()
        .to_owned();
    let period_s = keys.number("period_s");
    if period_s.is_some_and(|period| period <= 0.0) {
        keys.wrong("period_s", "more than 0 seconds are expected");
    }
    let series = value.map(|value| SeriesMapping {
        id_suffix: keys.text("id_suffix").unwrap_or(&property).to_owned(),
        name: keys.text("name").unwrap_or(&property).to_owned(),
        property,
        value,
        time: pick(&mut keys, "time"),
        time_format: time_format(&mut keys),
        unit: keys.text("unit").unwrap_or_default().to_owned(),
        period_s,
        scale: keys.number("scale").unwrap_or(1.0),
        missing: keys.texts("missing"),
        limits: keys.table("limits").map(limits_of).unwrap_or_default(),
    });
    // Without a value nothing else was asked for, and would be called unknown.
    if series.is_some() {
        keys.finish();
    }
    series
}

fn limits_of(mut keys: Keys<'_>) -> Limits {
    let limits = Limits {
        above_medium: keys.number("above_medium"),
        above_high: keys.number("above_high"),
        above_critical: keys.number("above_critical"),
        below_medium: keys.number("below_medium"),
        below_high: keys.number("below_high"),
    };
    keys.finish();
    limits
}

fn event_of(mut keys: Keys<'_>) -> Option<EventMapping> {
    let title = required_pick(&mut keys, "title");
    let expected = "I, II, III or IV is expected";
    let levels = words(&mut keys, "levels", expected, EventLevel::from_numeral);
    let expected = "reported, handling or closed is expected";
    let statuses = words(&mut keys, "statuses", expected, EventStatus::from_word);
    let standing = keys.text("standing").map(|word| {
        Standing::from_word(word).unwrap_or_else(|| {
            keys.wrong(
                "standing",
                "actual, exercise, system, test or draft is expected",
            );
            Standing::default()
        })
    });
    let event = title.map(|title| EventMapping {
        id: pick(&mut keys, "id"),
        title,
        description: pick(&mut keys, "description"),
        category: pick(&mut keys, "category"),
        level: pick(&mut keys, "level"),
        levels,
        status: pick(&mut keys, "status"),
        statuses,
        lon: pick(&mut keys, "lon"),
        lat: pick(&mut keys, "lat"),
        time: pick(&mut keys, "time"),
        time_format: time_format(&mut keys),
        standing: standing.unwrap_or_default(),
    });
    if event.is_some() {
        keys.finish();
    }
    event
}

/// The source's words under `key`, each with what it means here.
fn words<T>(
    keys: &mut Keys<'_>,
    key: &'static str,
    expected: &str,
    meaning: impl Fn(&str) -> Option<T>,
) -> Vec<(String, T)> {
    let Some(table) = keys.table(key) else {
        return Vec::new();
    };
    let mut words = Vec::new();
    for (word, text) in table.all_texts() {
        match meaning(&text) {
            Some(found) => words.push((word, found)),
            None => table.wrong(&word, expected),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_read_whole() {
        let text = r#"
            crs = "gcj02"
            [thing]
            id = "/properties/code"
            lon = 116.417
            lat = 39.929
            kind = "air"
            properties = { district = "/properties/d" }
            [[series]]
            property = "PM2.5"
            value = "/properties/pm"
            time = "/properties/ts"
            time_format = "unix_ms"
            unit = "µg/m³"
            limits = { above_medium = 75, above_high = 150.5 }
            [event]
            title = "/properties/what"
            level = "/properties/colour"
            levels = { red = "I" }
            standing = "exercise"
        "#;
        let mapping = read_mapping(text, "m.toml").expect("a mapping");
        assert_eq!(mapping.frame, Frame::Gcj02);
        let series = &mapping.series[0];
        assert_eq!(series.id_suffix, "PM2.5");
        assert_eq!(series.limits.above_high, Some(150.5));
        let event = mapping.event.expect("an event");
        assert_eq!(event.levels, [("red".to_owned(), EventLevel::I)]);
        assert_eq!(event.standing, Standing::Exercise);
        assert_eq!(
            mapping.thing.expect("a thing").lon,
            Some(Pick::Number(116.417))
        );
    }

    #[track_caller]
    fn check_problem(text: &str, line: u32, key: &str) {
        let problems = read_mapping(text, "m.toml").expect_err("a problem");
        let found: Vec<(u32, &str)> = problems.iter().map(|p| (p.line, p.key.as_str())).collect();
        assert_eq!(found, [(line, key)], "{problems:?}");
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_key() {
        check_problem("[thing]\nid = \"a\"\nnmae = \"b\"", 3, "thing.nmae");
        check_problem("[thing]\nid = 5\nlon = 1.0", 3, "thing.lon");
        check_problem("crs = \"mars\"", 1, "crs");
        check_problem("items = \"data\"", 1, "items");
        check_problem("[[series]]\nproperty = \"a\"", 1, "series[0].value");
        check_problem(
            "[[series]]\nproperty = \"a\"\nvalue = \"b\"\nzone = \"Mars/X\"",
            4,
            "series[0].zone",
        );
        check_problem(
            "[event]\ntitle = \"a\"\nlevels = { red = \"V\" }",
            3,
            "event.levels.red",
        );
        check_problem("\n[thing\n", 2, "");
    }
}
