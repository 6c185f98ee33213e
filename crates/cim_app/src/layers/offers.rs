//! How a person may colour and size a layer of symbols: what is offered, and what a choice makes of its definition.
//!
//! A choice is a paint or a size as packs write them. It is held to what a pack is held to, and kept as a pack would say it.

use super::{
    Layers,
    feed::properties_of,
    panel::hex,
    rows::{Family, Rows, Shown, prefix_of, value_series},
};
use crate::{
    error::AppError,
    state::State,
    texts::attribute_label,
    wire::{
        FilterFieldDto, LayerChangeDto, LayerPaintDto, LayerRampDto, LayerSizeDto, LayerStyleDto,
    },
};
use cim_layers::{
    field::{RampId, nice_range},
    layer::{
        LayerId, LayerKind, LayerPlan, LayerSource, Paint, Size, Styling,
        filter::{Field, FieldKind},
    },
};
use cim_model::Thing;
use std::collections::{BTreeMap, BTreeSet};

/// Colours of a ramp's preview.
const RAMP_STOPS: usize = 10;
/// An automatic range ends at round numbers, of which about so many lie in it.
const RANGE_STEPS: usize = 6;
/// What a person may choose, CSS pixels.
const PIXELS: [f32; 2] = [6.0, 40.0];
/// What a person may choose, metres.
const METRES: [f32; 2] = [1.0, 200.0];
/// On the screen, symbols in metres stay within this where their pack says nothing else, CSS pixels.
const METRES_PX: [f32; 2] = [6.0, 40.0];
/// Fields beyond this number are not offered.
const MOST_FIELDS: usize = 64;
/// Fields that every live thing has; a property of the same name cannot be asked for.
const OF_ALL: [&str; 11] = [
    "id", "name", "kind", "property", "value", "severity", "age", "late", "missing", "real",
    "source",
];
/// A colour for each text: those of Paul Tol's bright and light schemes (SRON/EPS/TN/09-002) that no alarm could be taken
/// for.
const COLOURS: [[u8; 3]; 12] = [
    [0x66, 0xcc, 0xee],
    [0xcc, 0xbb, 0x44],
    [0x44, 0xbb, 0x99],
    [0xff, 0xaa, 0xbb],
    [0x44, 0x77, 0xaa],
    [0xbb, 0xcc, 0x33],
    [0x22, 0x88, 0x33],
    [0xaa, 0x33, 0x77],
    [0xee, 0xdd, 0x88],
    [0x77, 0xaa, 0xdd],
    [0xaa, 0xaa, 0x00],
    [0xdd, 0xdd, 0xdd],
];
/// The colour of texts that are no category, and of none.
const OTHER: [u8; 3] = [0x74, 0x85, 0x96];

/// What the rows of a source can be coloured by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// By name.
    attributes: Vec<Attribute>,
    /// The unit of their values; empty where they have none, or several.
    unit: String,
}

/// A field with few different texts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Attribute {
    name: String,
    /// Every one, sorted.
    texts: Vec<String>,
}

/// What is found out about one field.
#[derive(Default)]
struct Texts<'a> {
    /// At most one more than there are colours.
    different: BTreeSet<&'a str>,
    /// Rows that have a text.
    rows: usize,
}

#[derive(Default)]
struct Survey<'a>(BTreeMap<&'a str, Texts<'a>>);

impl<'a> Survey<'a> {
    fn note(&mut self, name: &'a str, text: &'a str) {
        let is_new = !self.0.contains_key(name);
        if text.is_empty() || (is_new && self.0.len() >= MOST_FIELDS) {
            return;
        }
        let texts = self.0.entry(name).or_default();
        texts.rows += 1;
        if texts.different.len() <= COLOURS.len() {
            texts.different.insert(text);
        }
    }

    fn note_properties(&mut self, thing: &'a Thing) {
        let source = prefix_of(thing.id.as_str());
        self.note("source", source.unwrap_or_default());
        for (name, text) in &thing.properties {
            if !OF_ALL.contains(&name.as_str()) {
                self.note(name, text);
            }
        }
    }

    /// The fields that tell `rows` rows apart by few texts.
    fn attributes(self, rows: usize) -> Vec<Attribute> {
        let fields = self.0.into_iter().filter(|(_, texts)| {
            let different = texts.different.len();
            let groups = different + usize::from(texts.rows < rows);
            different <= COLOURS.len() && groups > 1
        });
        fields
            .map(|(name, texts)| Attribute {
                name: name.to_owned(),
                texts: texts.different.into_iter().map(str::to_owned).collect(),
            })
            .collect()
    }
}

/// What the rows `list` of `rows` can be coloured by.
pub(super) fn offer_of(
    source: &LayerSource,
    family: Family,
    rows: &Rows,
    list: &[u32],
    shown: &Shown<'_>,
) -> Offer {
    let mut survey = Survey::default();
    let mut units: BTreeSet<&str> = BTreeSet::new();
    match family {
        Family::Events => {
            let ids = list.iter().filter_map(|row| rows.events.get(*row as usize));
            for event in ids.filter_map(|id| shown.events.find(id)) {
                survey.note("property", &event.category);
                survey.note("source", &event.source);
            }
        }
        Family::Things | Family::Movers(_) => {
            let things = list.iter().filter_map(|row| rows.of.get(*row as usize));
            for known in things.filter_map(|thing| shown.state.thing(*thing)) {
                if family == Family::Things {
                    survey.note("kind", known.thing.kind.as_str());
                }
                let properties = properties_of(Some(source));
                let series = value_series(shown.state, &known.series, properties);
                if let Some(series) = shown.state.series_at(series) {
                    survey.note("property", &series.datastream.observed_property);
                    units.insert(&series.datastream.unit);
                }
                survey.note_properties(&known.thing);
            }
        }
        // A camera has nothing but its name.
        Family::Cameras | Family::Shape => {}
    }
    let unit = match (units.len(), units.first()) {
        (1, Some(unit)) => (*unit).to_owned(),
        _ => String::new(),
    };
    Offer {
        attributes: survey.attributes(list.len()),
        unit,
    }
}

/// The least range with round ends that holds the values of the rows `list` of `rows`; `None` where none has a value.
pub(super) fn range_of(
    source: &LayerSource,
    rows: &Rows,
    list: &[u32],
    state: &State,
) -> Option<[f64; 2]> {
    let readings = state.readings();
    let values = list.iter().filter_map(|row| {
        let known = state.thing(*rows.of.get(*row as usize)?)?;
        let series = value_series(state, &known.series, properties_of(Some(source)));
        let value = readings.get(series)?.value;
        value.is_finite().then_some(value)
    });
    let [least, most] = values.fold(
        [f64::INFINITY, f64::NEG_INFINITY],
        |[least, most], value| [least.min(value), most.max(value)],
    );
    if least > most {
        return None;
    }
    // One value alone lies in the middle.
    let pad = if most > least {
        0.0
    } else {
        (least.abs() / 2.0).max(0.5)
    };
    Some(nice_range(least - pad, most + pad, RANGE_STEPS))
}

/// True for layers whose style a person may choose.
pub(super) fn can_style(plan: &LayerPlan) -> bool {
    plan.look.kind == LayerKind::Points
}

/// The ramps that can be chosen.
pub(super) fn ramps() -> Vec<LayerRampDto> {
    let ramps = RampId::ALL.into_iter().map(|ramp| LayerRampDto {
        name: ramp.name().to_owned(),
        stops: (0..RAMP_STOPS)
            .map(|stop| hex(ramp.class_srgb8(stop, RAMP_STOPS)))
            .collect(),
    });
    ramps.collect()
}

/// What people call `field`; the desk's own word where the source has none.
pub(super) fn words_of(field: &Field, language: &str) -> String {
    let label = field.label.in_language(language);
    if label == field.name {
        attribute_label(language, label)
    } else {
        label.to_owned()
    }
}

/// The style of a layer, and what a person makes of it.
impl Layers {
    /// `change` with the range of the present values where it leaves that to the desk.
    pub(crate) fn settled(&self, change: &LayerChangeDto, state: &State) -> LayerChangeDto {
        let mut change = change.clone();
        if let LayerChangeDto::Paint {
            id,
            paint: LayerPaintDto::Value { range, .. },
        } = &mut change
            && range.is_none()
            && let Some(plan) = self.tree.plan(&LayerId::new(id.as_str()))
        {
            *range = self.counter.range(&plan.source, state);
        }
        change
    }

    /// How `plan` is coloured and sized, and what can be chosen; `None` where nothing can.
    pub(super) fn style(&self, plan: &LayerPlan, language: &str) -> Option<LayerStyleDto> {
        if !can_style(plan) {
            return None;
        }
        let own = self.defined_plan(&plan.id);
        let offer = self.counter.offer(&plan.source);
        let attributes = offer.map(|offer| offer.attributes.as_slice());
        let attributes = attributes.unwrap_or_default().iter();
        Some(LayerStyleDto {
            paint: paint_dto(&plan.look.paint),
            size: size_dto(plan.look.size),
            is_own: own.is_none_or(|own| {
                own.look.paint == plan.look.paint && own.look.size == plan.look.size
            }),
            has_values: self.counter.has_values(&plan.source),
            attributes: attributes
                .filter_map(|attribute| self.attribute_dto(attribute, language))
                .collect(),
        })
    }

    /// Colours a layer otherwise; false when there is none.
    pub(super) fn set_paint(&mut self, id: &str, paint: &LayerPaintDto) -> Result<bool, AppError> {
        let Some(before) = self.styled_plan(id)? else {
            return Ok(false);
        };
        let mut plan = before.clone();
        plan.look.paint = self.paint_of(&plan, paint)?;
        let schema = &self.table.schema;
        if let Err(error) = Styling::compile(&plan, schema) {
            // What a pack's rule does wrong was wrong before.
            if Styling::compile(&before, schema).is_ok() {
                let found = error.to_string();
                return Err(bad("the colours", &found, "the layer cannot have them"));
            }
        }
        self.tree.put(plan);
        Ok(true)
    }

    /// Makes the symbols of a layer larger or smaller; false when there is none.
    pub(super) fn set_size(&mut self, id: &str, size: &LayerSizeDto) -> Result<bool, AppError> {
        let Some(mut plan) = self.styled_plan(id)? else {
            return Ok(false);
        };
        let LayerSizeDto { value, unit } = size;
        let is_within = |[least, most]: [f32; 2]| (least..=most).contains(value);
        plan.look.size = match unit.as_str() {
            "px" if is_within(PIXELS) => Size::Pixels(*value),
            "m" if is_within(METRES) => {
                let own = self.defined_plan(&plan.id).map(|own| own.look.size);
                let [least_px, most_px] = match own {
                    Some(Size::Metres {
                        least_px, most_px, ..
                    }) => [least_px, most_px],
                    _ => METRES_PX,
                };
                Size::Metres {
                    m: *value,
                    least_px,
                    most_px,
                }
            }
            _ => {
                let found = format!("{value} {unit}");
                return Err(bad("the size", &found, "it is 6 to 40 px, or 1 to 200 m"));
            }
        };
        self.tree.put(plan);
        Ok(true)
    }

    /// Gives a layer the colours and the size that its pack gave it; false when there is none.
    pub(super) fn set_own_style(&mut self, id: &str) -> Result<bool, AppError> {
        let Some(mut plan) = self.styled_plan(id)? else {
            return Ok(false);
        };
        if let Some(own) = self.defined_plan(&plan.id) {
            plan.look.paint.clone_from(&own.look.paint);
            plan.look.size = own.look.size;
        }
        self.tree.put(plan);
        Ok(true)
    }

    /// The layer as its pack says it.
    fn defined_plan(&self, id: &LayerId) -> Option<&LayerPlan> {
        self.defined.iter().find(|own| own.id == *id)
    }

    /// A copy of the layer `id`, whose style a person may choose; `None` when there is none.
    fn styled_plan(&self, id: &str) -> Result<Option<LayerPlan>, AppError> {
        match self.tree.plan(&LayerId::new(id)) {
            Some(plan) if can_style(plan) => Ok(Some(plan.clone())),
            Some(_) => Err(bad(
                "the layer that is styled",
                id,
                "only layers of symbols can be coloured and sized here",
            )),
            None => Ok(None),
        }
    }

    /// The paint that a person chose for `plan`, as a pack would say it.
    fn paint_of(&self, plan: &LayerPlan, paint: &LayerPaintDto) -> Result<Paint, AppError> {
        let offer = self.counter.offer(&plan.source);
        match paint {
            LayerPaintDto::State => Ok(Paint::ByState),
            LayerPaintDto::Plain => Err(bad(
                "the colours",
                "plain",
                "one colour for all is the pack's to choose",
            )),
            LayerPaintDto::Value { ramp, range } => {
                let known = RampId::named(ramp).ok_or_else(|| {
                    let reason = "it is one of those that the layer panel offers";
                    bad("the ramp", ramp, reason)
                })?;
                let Some(range) = *range else {
                    let reason = "nothing has a value yet; say from where to where";
                    return Err(bad("the range of the ramp", "automatic", reason));
                };
                let [from, to] = range.map(|end| end as f32);
                // Ends that are no numbers are not in order either.
                if !(from.is_finite() && to.is_finite() && from < to) {
                    let found = format!("{from} to {to}");
                    let reason = "the first number has to be less than the second";
                    return Err(bad("the range of the ramp", &found, reason));
                }
                Ok(Paint::ByValue {
                    ramp: known,
                    from,
                    to,
                    unit: offer.map_or_else(String::new, |offer| offer.unit.clone()),
                })
            }
            LayerPaintDto::Attribute { name } => {
                let mut attributes = offer.into_iter().flat_map(|offer| &offer.attributes);
                let Some(attribute) = attributes.find(|one| one.name == *name) else {
                    let reason = "nothing of that name has 2 to 12 different texts here";
                    return Err(bad("the attribute", name, reason));
                };
                let texts = attribute.texts.iter().cloned();
                Ok(Paint::ByAttribute {
                    name: name.clone(),
                    palette: texts.zip(COLOURS).collect(),
                    other: OTHER,
                })
            }
        }
    }

    fn attribute_dto(&self, attribute: &Attribute, language: &str) -> Option<FilterFieldDto> {
        let (_, field) = self.table.schema.find(&attribute.name)?;
        let kind = match field.kind {
            FieldKind::Word(_) => "word",
            FieldKind::Level(_) => "level",
            FieldKind::Text => "text",
            FieldKind::Number { .. } | FieldKind::Seconds | FieldKind::Flag => return None,
        };
        Some(FilterFieldDto {
            name: attribute.name.clone(),
            words: words_of(field, language),
            kind: kind.to_owned(),
            unit: None,
            choices: attribute.texts.clone(),
        })
    }
}

fn paint_dto(paint: &Paint) -> LayerPaintDto {
    match paint {
        Paint::ByState => LayerPaintDto::State,
        Paint::Plain(_) => LayerPaintDto::Plain,
        Paint::ByValue { ramp, from, to, .. } => LayerPaintDto::Value {
            ramp: ramp.name().to_owned(),
            range: Some([plain_f64(*from), plain_f64(*to)]),
        },
        Paint::ByAttribute { name, .. } => LayerPaintDto::Attribute { name: name.clone() },
    }
}

fn size_dto(size: Size) -> LayerSizeDto {
    let (value, unit) = match size {
        Size::Pixels(px) => (px, "px"),
        Size::Metres { m, .. } => (m, "m"),
    };
    LayerSizeDto {
        value,
        unit: unit.to_owned(),
    }
}

/// `number` as it is written: 0.1 stays 0.1, and does not become the number nearest to it that 32 bits can hold.
fn plain_f64(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

fn bad(what: &'static str, found: &str, reason: &'static str) -> AppError {
    AppError::BadRequest {
        what,
        found: found.chars().take(120).collect(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        events::Events,
        layers::{LayerChanges, Look},
        state::tests::{gas_sensor, number, observed},
        wire::LayerRowDto,
    };
    use cim_model::{PointKey, UtcMillis};

    const NOW: UtcMillis = UtcMillis(100_000);
    const GAS: &str = "sensors-gas";

    /// Twenty chambers that measure 1 to 20 %LEL, of two owners in turn, the last one of nobody.
    struct Bench {
        layers: Layers,
        state: State,
        events: Events,
    }

    impl Bench {
        fn new() -> Self {
            let (things, series) = (0..20_u32)
                .map(|n| {
                    let owner = ["水务", "燃气"].get(n as usize % 2).filter(|_| n < 19);
                    let (thing, series) = gas_sensor(n);
                    let mut properties = vec![
                        ("medium".to_owned(), "gas".to_owned()),
                        ("serial".to_owned(), format!("sn-{n}")),
                    ];
                    properties.extend(owner.map(|owner| ("owner".to_owned(), (*owner).to_owned())));
                    (
                        Thing {
                            properties,
                            ..thing
                        },
                        series,
                    )
                })
                .unzip();
            let mut state = State::default();
            state.apply_catalogue(things, series, Vec::new());
            number(&mut state);
            for n in 0..20 {
                let observation = observed(n, NOW.0, f64::from(n) + 1.0);
                state.take_known(&observation, NOW, NOW);
            }
            let mut bench = Self {
                layers: Layers::default(),
                state,
                events: Events::default(),
            };
            bench.look(NOW);
            bench
        }

        fn look(&mut self, moment: UtcMillis) -> LayerChanges {
            let sources = BTreeMap::new();
            let look = Look {
                state: &mut self.state,
                events: &self.events,
                alarms: Vec::new(),
                sources: &sources,
                moment,
                rate: 1.0,
                hub_gone: false,
                now: moment,
            };
            self.layers.changes(look).0
        }

        fn change(&mut self, change: &LayerChangeDto) -> Result<(), AppError> {
            let settled = self.layers.settled(change, &self.state);
            self.layers.change(&settled)
        }

        fn paint(&mut self, id: &str, paint: LayerPaintDto) -> Result<(), AppError> {
            let id = id.to_owned();
            self.change(&LayerChangeDto::Paint { id, paint })
        }

        fn size(&mut self, value: f32, unit: &str) -> Result<(), AppError> {
            self.change(&LayerChangeDto::Size {
                id: GAS.to_owned(),
                size: LayerSizeDto {
                    value,
                    unit: unit.to_owned(),
                },
            })
        }

        fn row(&self) -> LayerRowDto {
            let rows = self.layers.dto("en").rows;
            let row = rows.into_iter().find(|row| row.id == GAS);
            row.expect("the layer of gas")
        }
    }

    fn by_owner() -> LayerPaintDto {
        LayerPaintDto::Attribute {
            name: "owner".to_owned(),
        }
    }

    fn by_value(ramp: &str, range: Option<[f64; 2]>) -> LayerPaintDto {
        LayerPaintDto::Value {
            ramp: ramp.to_owned(),
            range,
        }
    }

    fn look_of(layers: &Layers) -> (Paint, Size) {
        let plan = layers.tree.plan(&LayerId::new(GAS)).expect("the layer");
        (plan.look.paint.clone(), plan.look.size)
    }

    #[test]
    fn by_an_attribute_each_text_has_a_colour_of_its_own_and_the_legend_says_which() {
        let mut bench = Bench::new();
        let style = bench.row().style.expect("a layer of symbols");
        assert!(style.is_own && style.has_values);
        let offered: Vec<&str> = style.attributes.iter().map(|one| &*one.name).collect();
        assert_eq!(
            offered,
            ["owner"],
            "one text tells nothing apart, and 20 are too many"
        );
        assert_eq!(style.attributes[0].choices, ["水务", "燃气"]);
        bench.paint(GAS, by_owner()).expect("it is offered");
        let row = bench.row();
        assert_eq!(row.legend.title, "Gas · Owner");
        assert!(!row.legend.is_by_state);
        let labels: Vec<&str> = row.legend.steps.iter().map(|step| &*step.label).collect();
        assert_eq!(labels, ["水务", "燃气", "Other or none"]);
        let changes = bench.look(NOW.plus_seconds(1.0));
        let mut plans = changes.layers.iter().flatten();
        let sheet = plans.find(|plan| plan.id.as_str() == GAS).expect("a sheet");
        let colours: Vec<String> = sheet.palette.iter().skip(1).map(|one| hex(*one)).collect();
        let told: Vec<&str> = row.legend.steps.iter().map(|step| &*step.colour).collect();
        assert_eq!(colours, told);
        let mut points = changes.points.iter();
        let (_, points) = points
            .find(|(number, _)| *number == sheet.number)
            .expect("its rows");
        let tints: Vec<u8> = points.states.iter().map(|state| state.tint()).collect();
        assert_eq!((tints[0], tints[1], tints[2], tints[19]), (1, 2, 1, 3));
    }

    #[test]
    fn by_value_the_range_is_that_of_the_values_where_nobody_says_another() {
        let mut bench = Bench::new();
        bench.paint(GAS, by_value("cividis", None)).expect("values");
        let row = bench.row();
        let ramp = row.legend.ramp.expect("a ramp");
        assert_eq!((ramp.from, ramp.to), (0.0, 20.0));
        assert_eq!(row.legend.unit, "%LEL");
        let own = Some([0.1, 7.5]);
        bench.paint(GAS, by_value("vik", own)).expect("a range");
        let style = bench.row().style.expect("a style");
        assert_eq!(style.paint, by_value("vik", own));
        assert!(!style.is_own);
    }

    #[test]
    fn who_chose_a_size_sees_it_beside_layers_that_share_a_sheet() {
        let mut bench = Bench::new();
        assert_eq!(bench.row().number, PointKey::SENSORS);
        bench.size(36.0, "px").expect("a size");
        let changes = bench.look(NOW.plus_seconds(1.0));
        let mut plans = changes.layers.iter().flatten();
        let sheet = plans.find(|plan| plan.id.as_str() == GAS).expect("a sheet");
        assert_eq!(sheet.look.size, Size::Pixels(36.0));
        bench.size(12.0, "m").expect("a size");
        let style = bench.row().style.expect("a style");
        assert_eq!((style.size.value, style.size.unit.as_str()), (12.0, "m"));
        assert!(!style.is_own);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_reason_and_changes_nothing() {
        let mut bench = Bench::new();
        let before = look_of(&bench.layers);
        let check = |refused: Result<(), AppError>, reason: &str| {
            let said = refused.expect_err(reason).to_string();
            assert!(said.contains(reason), "{said}");
        };
        let serial = LayerPaintDto::Attribute {
            name: "serial".to_owned(),
        };
        check(bench.paint(GAS, serial), "2 to 12 different texts");
        check(bench.paint(GAS, by_value("rainbow", None)), "rainbow");
        for range in [[5.0, 3.0], [f64::NAN, 3.0], [0.0, 1e300]] {
            let paint = by_value("vik", Some(range));
            check(bench.paint(GAS, paint), "less than the second");
        }
        check(bench.paint(GAS, LayerPaintDto::Plain), "the pack's");
        check(
            bench.paint("cameras", by_value("vik", None)),
            "nothing has a value",
        );
        check(bench.paint("alarm-heat", LayerPaintDto::State), "symbols");
        check(bench.paint("no-such", LayerPaintDto::State), "no-such");
        for (value, unit) in [(5.0, "px"), (41.0, "px"), (f32::NAN, "m"), (9.0, "em")] {
            check(bench.size(value, unit), "6 to 40 px");
        }
        assert_eq!(look_of(&bench.layers), before);
    }

    #[test]
    fn a_style_is_remembered_is_part_of_sets_and_goes_back_to_the_packs() {
        let mut bench = Bench::new();
        let own = look_of(&bench.layers);
        bench.paint(GAS, by_owner()).expect("it is offered");
        bench.size(30.0, "px").expect("a size");
        let chosen = look_of(&bench.layers);
        assert!(chosen.0 != own.0 && chosen.1 != own.1);
        let name = || "夜班".to_owned();
        bench
            .change(&LayerChangeDto::SaveSet { name: name() })
            .expect("a set");
        let text = serde_json::to_string(&bench.layers.kept()).expect("text");
        let mut after = Layers::default();
        after.remember(&serde_json::from_str(&text).expect("kept"));
        assert_eq!(look_of(&after), chosen);
        let mut change = |change: LayerChangeDto| {
            after.change(&change).expect("a change");
            look_of(&after)
        };
        let id = GAS.to_owned();
        assert_eq!(change(LayerChangeDto::OwnStyle { id }), own);
        assert_eq!(change(LayerChangeDto::UseSet { name: name() }), chosen);
        assert_eq!(change(LayerChangeDto::Reset), own);
    }
}
