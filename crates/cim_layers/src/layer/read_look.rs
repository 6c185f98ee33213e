//! Reads how a layer is drawn: its `look` table, and the paints of its rules.

use super::{
    ClassesPlan, Gathering, HeatOf, LayerKind, LayerLook, Paint, Size, Stand,
    keys::{Keys, Origin, colour_of, unknown},
};
use crate::field::{Classing, MOST_CLASSES, MOST_LEVELS, RampId};
use std::cell::{Cell, RefCell};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// How many texts a palette may colour. With a paint for the rest they fit the eight bits of a point's tint.
pub const MOST_COLOURS: usize = 200;

/// Classes of a layer that does not say how many it wants.
const USUAL_CLASSES: f32 = 5.0;

const PIXELS: [f64; 2] = [0.5, 400.0];
const METRES: [f64; 2] = [0.01, 100_000.0];

/// The paint that `text` is after `paint =` in a definition, as [`super::write_paint`] writes it. Nothing when something
/// in it is wrong.
pub fn read_paint(text: &str) -> Option<Paint> {
    alone("paint", text, paint)
}

/// The size that `text` is after `size =` in a definition, as [`super::write_size`] writes it. Nothing when something in
/// it is wrong.
pub fn read_size(text: &str) -> Option<Size> {
    alone("size", text, size)
}

/// What `read` makes of `text` under `key`, held to what a definition is held to.
fn alone<T>(key: &str, text: &str, read: impl FnOnce(&mut Keys<'_>) -> Option<T>) -> Option<T> {
    let text = format!("{key} = {text}");
    let problems = RefCell::new(Vec::new());
    let is_broken = Cell::new(false);
    let table = DeTable::parse(&text).ok()?;
    let origin = Origin {
        file: "",
        text: &text,
        base: 0,
        problems: &problems,
        is_broken: &is_broken,
    };
    let found = read(&mut Keys::new(origin, "", table.get_ref(), 0));
    found.filter(|_| !is_broken.get())
}

/// The look in the table `keys`. Nothing when it does not say as what the layer is drawn.
pub(super) fn look(mut keys: Keys<'_>) -> Option<LayerLook> {
    if keys.value("kind").is_none() {
        keys.wrong("kind", "is missing");
    }
    let kind = keys.choice("kind", &LayerKind::ALL, LayerKind::as_str)?;
    let usual = LayerLook::of(kind);
    let order = keys.number("order", f64::from(i16::MIN), f64::from(i16::MAX));
    let look = LayerLook {
        kind,
        opacity: keys.number_or("opacity", [0.0, 1.0], usual.opacity),
        order: order.map_or(usual.order, |order| order as i16),
        stand: keys
            .choice("stand", &Stand::ALL, Stand::as_str)
            .unwrap_or(usual.stand),
        gather: gather(&mut keys).unwrap_or(usual.gather),
        size: size(&mut keys).unwrap_or(usual.size),
        paint: paint(&mut keys).unwrap_or(usual.paint),
        trail_s: keys.number_or("trail_s", [0.0, 604_800.0], usual.trail_s),
        radius_m: keys.number_or("radius_m", [0.0, 100_000.0], usual.radius_m),
        height_m: keys.number_or("height_m", [0.0, 100_000.0], usual.height_m),
        levels: levels(&mut keys),
        heat: heat(&mut keys).unwrap_or(usual.heat),
        classes: classes(&mut keys),
    };
    let is_classed = kind == LayerKind::Areas && matches!(look.paint, Paint::ByValue { .. });
    if look.classes.is_some() && !is_classed {
        keys.mention(
            "classes",
            "say something of areas that are painted by value only",
        );
    }
    keys.finish();
    Some(look)
}

fn gather(keys: &mut Keys<'_>) -> Option<Gathering> {
    let (word, mut table) = keys.tagged("gather", "as")?;
    let gathering = match word {
        "symbols" => Gathering::Symbols {
            cell_px: table.number_or("cell_px", PIXELS, 80.0),
        },
        "dots" => Gathering::Dots {
            dot_px: table.number_or("dot_px", PIXELS, 3.0),
        },
        "each" => Gathering::Each,
        other => {
            keys.wrong("gather", unknown(other, &["symbols", "dots", "each"]));
            return None;
        }
    };
    table.finish();
    Some(gathering)
}

/// The size under `size`: `{ px = 22 }` or `{ m = 3, least_px = 4, most_px = 40 }`.
fn size(keys: &mut Keys<'_>) -> Option<Size> {
    let mut table = keys.table("size")?;
    let px = table.number("px", PIXELS[0], PIXELS[1]);
    let m = table.number("m", METRES[0], METRES[1]);
    let size = match (px, m) {
        (Some(px), None) => Some(Size::Pixels(px as f32)),
        (None, Some(m)) => {
            let least_px = table.number_or("least_px", PIXELS, 2.0);
            let most_px = table.number_or("most_px", PIXELS, 400.0);
            if least_px > most_px {
                table.wrong("least_px", "is more than most_px");
            }
            Some(Size::Metres {
                m: m as f32,
                least_px,
                most_px,
            })
        }
        _ => {
            keys.wrong("size", "either `px` or `m` is expected");
            None
        }
    };
    table.finish();
    size
}

/// The paint under `paint`: a word, or a table whose `by` says which.
pub(super) fn paint(keys: &mut Keys<'_>) -> Option<Paint> {
    let (word, mut table) = keys.tagged("paint", "by")?;
    let paint = match word {
        "state" => Some(Paint::ByState),
        "plain" => {
            must_have(&mut table, "colour");
            table.colour("colour").map(Paint::Plain)
        }
        "value" => by_value(&mut table),
        "attribute" => Some(Paint::ByAttribute {
            name: table.required_text("name").unwrap_or_default().to_owned(),
            palette: palette(&mut table),
            other: table.colour("other").unwrap_or([0x8a, 0x9a, 0xa9]),
        }),
        other => {
            let known = ["state", "value", "attribute", "plain"];
            keys.wrong("paint", unknown(other, &known));
            return None;
        }
    };
    table.finish();
    paint
}

/// Tells when there is nothing under `key`.
fn must_have(table: &mut Keys<'_>, key: &'static str) {
    if table.value(key).is_none() {
        table.wrong(key, "is missing");
    }
}

fn by_value(table: &mut Keys<'_>) -> Option<Paint> {
    let word = table.text("ramp").unwrap_or("batlow");
    let ramp = RampId::named(word);
    if ramp.is_none() {
        table.wrong("ramp", unknown(word, &RampId::ALL.map(RampId::name)));
    }
    let far = f64::from(f32::MAX);
    let [from, to] = ["from", "to"].map(|key| {
        must_have(table, key);
        table.number(key, -far, far)
    });
    let unit = table.text("unit").unwrap_or_default().to_owned();
    let (from, to) = (from? as f32, to? as f32);
    if from >= to {
        table.wrong("from", "has to be less than `to`");
    }
    Some(Paint::ByValue {
        ramp: ramp?,
        from,
        to,
        unit,
    })
}

/// `[["PE", "#20b8a6"], ["铸铁", "#c04dff"]]`.
fn palette(table: &mut Keys<'_>) -> Vec<(String, [u8; 3])> {
    must_have(table, "palette");
    let Some(list) = table.value("palette").map(Spanned::get_ref) else {
        return Vec::new();
    };
    let pairs: Option<Vec<(String, [u8; 3])>> = list.as_array().and_then(|list| {
        list.iter()
            .map(|pair| colour_pair(pair.get_ref()))
            .collect()
    });
    match pairs {
        Some(pairs) if pairs.len() <= MOST_COLOURS => pairs,
        Some(_) => {
            table.wrong(
                "palette",
                format!("at most {MOST_COLOURS} texts are coloured"),
            );
            Vec::new()
        }
        None => {
            table.wrong("palette", "pairs like [\"PE\", \"#20b8a6\"] are expected");
            Vec::new()
        }
    }
}

fn colour_pair(pair: &DeValue<'_>) -> Option<(String, [u8; 3])> {
    let pair = pair.as_array()?;
    let text = |index: usize| pair.get(index)?.get_ref().as_str();
    if pair.len() != 2 {
        return None;
    }
    Some((text(0)?.to_owned(), colour_of(text(1)?)?))
}

fn levels(keys: &mut Keys<'_>) -> Vec<f32> {
    let levels = keys.numbers("levels").unwrap_or_default();
    let is_rising = levels
        .iter()
        .zip(levels.iter().skip(1))
        .all(|(lower, upper)| lower < upper);
    if !is_rising {
        keys.wrong("levels", "have to rise");
    }
    if levels.len() > MOST_LEVELS {
        keys.wrong("levels", format!("there may be at most {MOST_LEVELS}"));
    }
    levels.into_iter().map(|level| level as f32).collect()
}

fn heat(keys: &mut Keys<'_>) -> Option<HeatOf> {
    let (word, mut table) = keys.tagged("heat", "of")?;
    let heat = match word {
        "density" => HeatOf::Density,
        "value" => HeatOf::Value {
            power: table.number_or("power", [0.5, 10.0], 2.0),
        },
        other => {
            keys.wrong("heat", unknown(other, &["density", "value"]));
            return None;
        }
    };
    table.finish();
    Some(heat)
}

/// `{ method = "fisher", count = 5 }`, or `{ method = "given", ends = [35, 75] }`.
fn classes(keys: &mut Keys<'_>) -> Option<ClassesPlan> {
    let (word, mut table) = keys.tagged("classes", "method")?;
    let classing = match word {
        "equal" => Classing::Equal,
        "nice" => Classing::Nice,
        "quantile" => Classing::Quantile,
        "fisher" => Classing::Jenks,
        "given" => Classing::Given(class_ends(&mut table)),
        other => {
            let known = ["equal", "nice", "quantile", "fisher", "given"];
            keys.wrong("classes", unknown(other, &known));
            return None;
        }
    };
    let count = table.number_or("count", [1.0, MOST_CLASSES as f64], USUAL_CLASSES);
    table.finish();
    Some(ClassesPlan {
        classing,
        count: count as u8,
    })
}

/// The ends of given classes; there is one class more than ends.
fn class_ends(table: &mut Keys<'_>) -> Vec<f64> {
    must_have(table, "ends");
    let ends = table.numbers("ends").unwrap_or_default();
    let is_rising = ends.iter().zip(ends.iter().skip(1)).all(|(a, b)| a < b);
    if !is_rising {
        table.wrong("ends", "have to rise");
    }
    if ends.len() >= MOST_CLASSES {
        let most = MOST_CLASSES - 1;
        table.wrong("ends", format!("there may be at most {most}"));
    }
    ends
}
