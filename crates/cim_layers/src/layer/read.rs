//! Reads layer definitions and packs from TOML (`scenes/README.md` says what may stand there).
//!
//! One broken layer never takes the others, not even when it is no TOML: the file is then cut at its `[[layer]]` lines.
//! A layer is left out when something in it cannot be understood, since half of a filter would show what was not asked
//! for; a key that nobody knows is told and passed over.

use super::{
    Filter, GridLevel, LayerId, LayerLook, LayerPlan, LayerProblem, LayerSource, LegendPlan,
    MOST_GROUPS, PackPlan, Schema, StyleRule, Words,
    keys::{Keys, Origin, line_of, unknown},
    read_look,
};
use cim_model::SensorKind;
use std::cell::{Cell, RefCell};
use toml::de::DeTable;

/// The longest file that is read, bytes.
pub const MOST_FILE_BYTES: usize = 1 << 20;
/// How many layers a file may hold.
pub const MOST_LAYERS: usize = 1_000;
/// How many rules a layer may have.
pub const MOST_RULES: usize = 64;

/// The layers in `text`, which is the file `file`, and everything in it that is wrong. Filters are read, and not held
/// against fields: see [`read_layers_for`].
pub fn read_layers(text: &str, file: &str) -> (Vec<LayerPlan>, Vec<LayerProblem>) {
    read(text, file, None)
}

/// [`read_layers`] for rows with the fields of `schema`: a layer whose filters ask for others is left out and told.
pub fn read_layers_for(
    text: &str,
    file: &str,
    schema: &Schema,
) -> (Vec<LayerPlan>, Vec<LayerProblem>) {
    read(text, file, Some(schema))
}

/// The pack that `text` (the file `file`) describes, and everything in it that is wrong. No pack when it cannot be
/// used.
pub fn read_pack(text: &str, file: &str) -> (Option<PackPlan>, Vec<LayerProblem>) {
    let problems = RefCell::new(Vec::new());
    let is_broken = Cell::new(false);
    let origin = Origin {
        file,
        text,
        base: 0,
        problems: &problems,
        is_broken: &is_broken,
    };
    let mut pack = None;
    if is_short_enough(&origin) {
        match DeTable::parse(text) {
            Ok(table) => pack = Some(pack_of(Keys::new(origin, "", table.get_ref(), 0))),
            Err(error) => tell_syntax(&origin, "", &error),
        }
    }
    let pack = pack.filter(|_| !is_broken.get());
    (pack, problems.into_inner())
}

fn read(text: &str, file: &str, schema: Option<&Schema>) -> (Vec<LayerPlan>, Vec<LayerProblem>) {
    let problems = RefCell::new(Vec::new());
    let is_broken = Cell::new(false);
    let origin = Origin {
        file,
        text,
        base: 0,
        problems: &problems,
        is_broken: &is_broken,
    };
    let mut layers = Vec::new();
    if is_short_enough(&origin) {
        if let Ok(table) = DeTable::parse(text) {
            read_part(origin, table.get_ref(), schema, &mut layers);
        } else {
            read_parts(origin, schema, &mut layers);
        }
    }
    (layers, problems.into_inner())
}

/// Reads the layers of a file that is not TOML as a whole: its parts may be.
fn read_parts(origin: Origin<'_>, schema: Option<&Schema>, layers: &mut Vec<LayerPlan>) {
    for (base, part) in parts_of(origin.text) {
        let origin = Origin { base, ..origin };
        match DeTable::parse(part) {
            Ok(table) => read_part(origin, table.get_ref(), schema, layers),
            Err(error) => tell_syntax(&origin, identity_in(part), &error),
        }
    }
}

fn is_short_enough(origin: &Origin<'_>) -> bool {
    let is_short = origin.text.len() <= MOST_FILE_BYTES;
    if !is_short {
        let reason = format!(
            "the file has {} bytes; at most {MOST_FILE_BYTES} are read",
            origin.text.len()
        );
        origin.tell("", 0, "", reason, false);
    }
    is_short
}

fn tell_syntax(origin: &Origin<'_>, layer: &str, error: &toml::de::Error) {
    let at = error.span().map_or(0, |span| span.start);
    let reason = format!("this is not TOML: {}", error.message());
    origin.tell(layer, at, "", reason, false);
}

/// The text cut before each line that begins a layer, with the byte at which each part begins.
fn parts_of(text: &str) -> Vec<(usize, &str)> {
    let mut begins = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && is_header(line) {
            begins.push(at);
        }
        at += line.len();
    }
    let ends = begins.iter().copied().skip(1).chain([text.len()]);
    begins
        .iter()
        .zip(ends)
        .filter_map(|(begin, end)| Some((*begin, text.get(*begin..end)?)))
        .collect()
}

fn is_header(line: &str) -> bool {
    let signs = line.chars().filter(|sign| !sign.is_whitespace());
    signs.take(9).eq("[[layer]]".chars())
}

/// The identity that a part states which is no TOML, as far as it can be seen.
fn identity_in(part: &str) -> &str {
    let stated = part.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix("id")?.trim_start();
        rest.strip_prefix('=')?.trim().strip_prefix('"')
    });
    stated
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default()
}

/// Reads the layers of one table: those of its list, or itself when it has none.
fn read_part<'d>(
    origin: Origin<'d>,
    table: &'d DeTable<'d>,
    schema: Option<&Schema>,
    layers: &mut Vec<LayerPlan>,
) {
    if table.is_empty() {
        return;
    }
    let mut whole = Keys::new(origin, "", table, 0);
    let is_single = whole.value("layer").is_none();
    let entries = if is_single {
        vec![whole]
    } else {
        let entries = whole.tables("layer");
        whole.finish();
        entries.into_iter().map(Keys::rooted).collect()
    };
    for mut keys in entries {
        origin.is_broken.set(false);
        let Some(layer) = layer_of(&mut keys, schema) else {
            continue;
        };
        if layers.len() >= MOST_LAYERS {
            keys.wrong("id", format!("a file holds at most {MOST_LAYERS} layers"));
        } else if layers.iter().any(|other| other.id == layer.id) {
            keys.wrong("id", "another layer of this file has the same id");
        }
        keys.finish();
        if !origin.is_broken.get() {
            layers.push(layer);
        }
    }
}

fn layer_of(keys: &mut Keys<'_>, schema: Option<&Schema>) -> Option<LayerPlan> {
    let id = keys.required_text("id")?;
    if !is_identity(id) {
        keys.wrong(
            "id",
            "only a to z, 0 to 9, - and _ are possible, 64 at most",
        );
    }
    id.clone_into(&mut keys.layer);
    if keys.value("name").is_none() {
        keys.wrong("name", "is missing");
    }
    let source = source_of(keys);
    let look = look_of(keys);
    let (Some(source), Some(look)) = (source, look) else {
        // What else is wrong is told all the same.
        plan_of(keys, id, LayerSource::Cameras, None, schema);
        return None;
    };
    plan_of(keys, id, source, Some(look), schema)
}

/// Everything besides source and look.
fn plan_of(
    keys: &mut Keys<'_>,
    id: &str,
    source: LayerSource,
    look: Option<LayerLook>,
    schema: Option<&Schema>,
) -> Option<LayerPlan> {
    let mut plan = LayerPlan {
        name: keys.words("name"),
        about: keys.words("about"),
        group: keys.texts("group"),
        system: keys.text("system").unwrap_or_default().to_owned(),
        filter: filter_of(keys, "filter", schema),
        rules: rules_of(keys, schema),
        shown: keys.flag("shown", true),
        nearest_m: keys.number_or("nearest_m", [0.0, 1e7], 0.0),
        farthest_m: keys.number_or("farthest_m", [0.0, 1e7], f32::INFINITY),
        ..LayerPlan::new(id, source, look?)
    };
    if plan.group.len() > MOST_GROUPS {
        keys.wrong("group", format!("groups lie at most {MOST_GROUPS} deep"));
    }
    if plan.nearest_m >= plan.farthest_m {
        keys.wrong("farthest_m", "has to be more than nearest_m");
    }
    plan.legend = keys.table("legend").map(|mut table| {
        let legend = LegendPlan {
            title: table.words("title"),
            unit: table.text("unit").unwrap_or_default().to_owned(),
        };
        table.finish();
        legend
    });
    Some(plan)
}

/// True for what may be the identity of a layer, a group or a pack.
fn is_identity(text: &str) -> bool {
    let is_usual = |sign: u8| {
        sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-' || sign == b'_'
    };
    (1..=64).contains(&text.len()) && text.bytes().all(is_usual)
}

fn source_of(keys: &mut Keys<'_>) -> Option<LayerSource> {
    if keys.value("source").is_none() {
        keys.wrong("source", "is missing");
    }
    let (word, mut table) = keys.tagged("source", "of")?;
    let source = match word {
        "things" => LayerSource::Things {
            kinds: sensor_kinds(&mut table),
            properties: table.texts("properties"),
        },
        "cameras" => LayerSource::Cameras,
        "events" => LayerSource::Events {
            types: table.texts("types"),
        },
        "vehicles" => LayerSource::Vehicles,
        "people" => LayerSource::People,
        "assets" => LayerSource::Assets {
            medium: table.text("medium").unwrap_or_default().to_owned(),
        },
        "grids" => {
            let level = table.choice("level", &GridLevel::ALL, GridLevel::as_str);
            LayerSource::Grids {
                level: level.unwrap_or(GridLevel::Cell),
                figure: table.required_text("figure").unwrap_or_default().to_owned(),
            }
        }
        "raster" => LayerSource::Raster {
            file: file_of(&mut table),
        },
        "feed" => LayerSource::Feed {
            source: table.required_text("source").unwrap_or_default().to_owned(),
        },
        "city" => LayerSource::City {
            classes: table.texts("classes"),
        },
        other => {
            keys.wrong("source", unknown(other, &LayerSource::WORDS));
            return None;
        }
    };
    table.finish();
    Some(source)
}

fn sensor_kinds(table: &mut Keys<'_>) -> Vec<SensorKind> {
    let mut kinds = Vec::new();
    for word in table.texts("kinds") {
        let kind = SensorKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word);
        match kind {
            Some(kind) => kinds.push(kind),
            None => table.wrong(
                "kinds",
                unknown(&word, &SensorKind::ALL.map(SensorKind::as_str)),
            ),
        }
    }
    kinds
}

/// A path within the pack: nobody's pack reads outside of its folder.
fn file_of(table: &mut Keys<'_>) -> String {
    let file = table.required_text("file").unwrap_or_default();
    let is_outside = file.starts_with('/')
        || file.contains(['\\', ':'])
        || file.split('/').any(|step| step == "..");
    if is_outside {
        table.wrong("file", "has to lie within the pack's folder");
    }
    file.to_owned()
}

fn look_of(keys: &mut Keys<'_>) -> Option<LayerLook> {
    if keys.value("look").is_none() {
        keys.wrong("look", "is missing");
    }
    read_look::look(keys.table("look")?)
}

fn filter_of(keys: &mut Keys<'_>, key: &'static str, schema: Option<&Schema>) -> Option<Filter> {
    let text = keys.text(key)?;
    match Filter::parse(text) {
        Ok(filter) => {
            for error in schema.map_or_else(Vec::new, |schema| filter.check(schema)) {
                keys.wrong(key, error.to_string());
            }
            Some(filter)
        }
        Err(error) => {
            keys.wrong(key, error.to_string());
            None
        }
    }
}

fn rules_of(keys: &mut Keys<'_>, schema: Option<&Schema>) -> Vec<StyleRule> {
    let tables = keys.tables("rule");
    if tables.len() > MOST_RULES {
        keys.wrong("rule", format!("a layer has at most {MOST_RULES} rules"));
        return Vec::new();
    }
    let mut rules = Vec::new();
    for mut table in tables {
        if table.value("paint").is_none() {
            table.mention("paint", "is missing, so that the rule changes nothing");
        }
        let paint = read_look::paint(&mut table);
        let label = table.words("label");
        if table.required_text("when").is_some()
            && let Some(when) = filter_of(&mut table, "when", schema)
            && let Some(paint) = paint
        {
            rules.push(StyleRule { when, paint, label });
        }
        table.finish();
    }
    rules
}

fn pack_of(mut keys: Keys<'_>) -> PackPlan {
    let pack = PackPlan {
        id: keys.required_text("id").unwrap_or_default().to_owned(),
        name: keys.words("name"),
        about: keys.words("about"),
        version: keys.required_text("version").unwrap_or_default().to_owned(),
        systems: named(&mut keys, "systems"),
        area_deg: area_of(&mut keys),
        crs: keys.text("crs").unwrap_or_default().to_owned(),
        layers: keys.texts("layers").into_iter().map(LayerId::new).collect(),
        groups: named(&mut keys, "groups"),
    };
    if !is_identity(&pack.id) {
        keys.wrong(
            "id",
            "only a to z, 0 to 9, - and _ are possible, 64 at most",
        );
    }
    let is_code = pack.crs.strip_prefix("EPSG:").is_some_and(|code| {
        !code.is_empty() && code.len() <= 6 && code.bytes().all(|digit| digit.is_ascii_digit())
    });
    if !pack.crs.is_empty() && !is_code {
        keys.wrong("crs", "a code like EPSG:4490 is expected");
    }
    keys.finish();
    pack
}

/// A table of identities with their words: `water = { zh = "水", en = "Water" }`, in the order of their names.
fn named(keys: &mut Keys<'_>, key: &'static str) -> Vec<(String, Words)> {
    let Some(table) = keys.table(key) else {
        return Vec::new();
    };
    let mut named = Vec::new();
    for (id, value) in table.entries() {
        let text = |language: &str| {
            let words = value.get_ref().as_table()?;
            words.get(language)?.get_ref().as_str()
        };
        match (text("zh"), text("en")) {
            (Some(zh), Some(en)) => named.push((id.to_owned(), Words::new(zh, en))),
            _ => table.wrong(id, "words are expected: { zh = \"…\", en = \"…\" }"),
        }
    }
    named
}

fn area_of(keys: &mut Keys<'_>) -> Option<[f64; 4]> {
    let numbers = keys.numbers("area_deg")?;
    let area = <[f64; 4]>::try_from(numbers).ok().filter(|area| {
        let [west, south, east, north] = *area;
        west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0 && south < north
    });
    if area.is_none() {
        keys.wrong(
            "area_deg",
            "west, south, east and north in degrees are expected",
        );
    }
    area
}

/// The line, from 1, at which a layer of `text` begins; for whoever opens the file at it.
pub fn line_of_layer(text: &str, id: &LayerId) -> Option<u32> {
    let parts = parts_of(text);
    let (base, _) = parts
        .iter()
        .find(|(_, part)| identity_in(part) == id.as_str())?;
    Some(line_of(text, *base))
}
