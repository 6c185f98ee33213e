//! Writes a layer as the TOML that [`super::read_layers`] reads, so that a person can keep what they changed.

use super::{
    ClassesPlan, Gathering, HeatOf, LayerLook, LayerPlan, LayerSource, Paint, Size, Words,
};
use crate::field::Classing;

/// `plan` as a `[[layer]]` of a file. Reading it gives the same plan; files with several layers are joined from such
/// texts.
pub fn write_layer(plan: &LayerPlan) -> String {
    let mut lines = vec![
        "[[layer]]".to_owned(),
        format!("id = {}", quoted(plan.id.as_str())),
        format!("name = {}", words(&plan.name)),
    ];
    let mut say = |line: String| lines.push(line);
    if !plan.about.is_empty() {
        say(format!("about = {}", words(&plan.about)));
    }
    if !plan.group.is_empty() {
        say(format!("group = {}", texts(&plan.group)));
    }
    if !plan.system.is_empty() {
        say(format!("system = {}", quoted(&plan.system)));
    }
    say(format!("source = {}", source(&plan.source)));
    if let Some(filter) = &plan.filter {
        say(format!("filter = {}", quoted(filter.text())));
    }
    say(format!("shown = {}", plan.shown));
    if plan.nearest_m > 0.0 {
        say(format!("nearest_m = {:?}", plan.nearest_m));
    }
    if plan.farthest_m.is_finite() {
        say(format!("farthest_m = {:?}", plan.farthest_m));
    }
    if let Some(legend) = &plan.legend {
        let title = words(&legend.title);
        let unit = quoted(&legend.unit);
        say(format!("legend = {{ title = {title}, unit = {unit} }}"));
    }
    say(String::new());
    say("[layer.look]".to_owned());
    look(&plan.look, &mut say);
    for rule in &plan.rules {
        say(String::new());
        say("[[layer.rule]]".to_owned());
        say(format!("when = {}", quoted(rule.when.text())));
        if !rule.label.is_empty() {
            say(format!("label = {}", words(&rule.label)));
        }
        say(format!("paint = {}", write_paint(&rule.paint)));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// `paint` as it stands after `paint =` in a definition; [`super::read_paint`] reads it.
pub fn write_paint(paint: &Paint) -> String {
    match paint {
        Paint::ByState => "\"state\"".to_owned(),
        Paint::Plain(rgb) => format!("{{ by = \"plain\", colour = {} }}", colour(*rgb)),
        Paint::ByValue {
            ramp,
            from,
            to,
            unit,
        } => {
            let ramp = quoted(ramp.name());
            let unit = quoted(unit);
            format!(
                "{{ by = \"value\", ramp = {ramp}, from = {from:?}, to = {to:?}, unit = {unit} }}"
            )
        }
        Paint::ByAttribute {
            name,
            palette,
            other,
        } => {
            let pairs: Vec<String> = palette
                .iter()
                .map(|(text, rgb)| format!("[{}, {}]", quoted(text), colour(*rgb)))
                .collect();
            format!(
                "{{ by = \"attribute\", name = {}, palette = [{}], other = {} }}",
                quoted(name),
                pairs.join(", "),
                colour(*other)
            )
        }
    }
}

/// `size` as it stands after `size =` in a definition; [`super::read_size`] reads it.
pub fn write_size(size: Size) -> String {
    match size {
        Size::Pixels(px) => format!("{{ px = {px:?} }}"),
        Size::Metres {
            m,
            least_px,
            most_px,
        } => {
            format!("{{ m = {m:?}, least_px = {least_px:?}, most_px = {most_px:?} }}")
        }
    }
}

fn look(look: &LayerLook, say: &mut impl FnMut(String)) {
    say(format!("kind = {}", quoted(look.kind.as_str())));
    say(format!("opacity = {:?}", look.opacity));
    say(format!("order = {}", look.order));
    say(format!("stand = {}", quoted(look.stand.as_str())));
    say(match look.gather {
        Gathering::Symbols { cell_px } => {
            format!("gather = {{ as = \"symbols\", cell_px = {cell_px:?} }}")
        }
        Gathering::Dots { dot_px } => {
            format!("gather = {{ as = \"dots\", dot_px = {dot_px:?} }}")
        }
        Gathering::Each => "gather = \"each\"".to_owned(),
    });
    say(format!("size = {}", write_size(look.size)));
    say(format!("paint = {}", write_paint(&look.paint)));
    say(format!("trail_s = {:?}", look.trail_s));
    say(format!("radius_m = {:?}", look.radius_m));
    say(format!("height_m = {:?}", look.height_m));
    if !look.levels.is_empty() {
        say(format!("levels = {:?}", look.levels));
    }
    say(match look.heat {
        HeatOf::Density => "heat = \"density\"".to_owned(),
        HeatOf::Value { power } => format!("heat = {{ of = \"value\", power = {power:?} }}"),
    });
    if let Some(plan) = &look.classes {
        say(format!("classes = {}", classes(plan)));
    }
}

fn classes(plan: &ClassesPlan) -> String {
    let (method, more) = match &plan.classing {
        Classing::Equal => ("equal", String::new()),
        Classing::Nice => ("nice", String::new()),
        Classing::Quantile => ("quantile", String::new()),
        Classing::Jenks => ("fisher", String::new()),
        Classing::Given(ends) => ("given", format!(", ends = {ends:?}")),
    };
    format!("{{ method = \"{method}\"{more}, count = {} }}", plan.count)
}

fn source(source: &LayerSource) -> String {
    let of = quoted(source.as_str());
    let more = match source {
        LayerSource::Things { kinds, properties } => {
            let kinds: Vec<String> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
            format!(
                ", kinds = {}, properties = {}",
                texts(&kinds),
                texts(properties)
            )
        }
        LayerSource::Cameras | LayerSource::Vehicles | LayerSource::People => String::new(),
        LayerSource::Events { types } => format!(", types = {}", texts(types)),
        LayerSource::Assets { medium } => format!(", medium = {}", quoted(medium)),
        LayerSource::Grids { level, figure } => {
            let level = quoted(level.as_str());
            format!(", level = {level}, figure = {}", quoted(figure))
        }
        LayerSource::Raster { file } => format!(", file = {}", quoted(file)),
        LayerSource::Feed { source } => format!(", source = {}", quoted(source)),
        LayerSource::City { classes } => format!(", classes = {}", texts(classes)),
    };
    format!("{{ of = {of}{more} }}")
}

fn colour([red, green, blue]: [u8; 3]) -> String {
    format!("\"#{red:02x}{green:02x}{blue:02x}\"")
}

fn words(words: &Words) -> String {
    format!(
        "{{ zh = {}, en = {} }}",
        quoted(&words.zh),
        quoted(&words.en)
    )
}

fn texts(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}

/// A TOML basic string (TOML 1.0, "String").
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for sign in text.chars() {
        match sign {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            sign if sign.is_control() => {
                quoted.extend(format!("\\u{:04X}", u32::from(sign)).chars());
            }
            sign => quoted.push(sign),
        }
    }
    quoted.push('"');
    quoted
}
