//! The layer panel: what it shows, and what a person changes there.

use super::{
    Layers,
    columns::RowColumns,
    faults::{error_text, fault_text, refusal_text, shape_text, style_text},
    ground::{Reading, unit_of},
    kept::{MOST_NAME_CHARS, MOST_SETS, gather_like, gather_word, stand_from},
    offers::{can_style, ramps, words_of},
    plans::NameDensity,
    rows::Shown,
    sheet::Sheet,
};
use crate::{
    error::AppError,
    texts::text,
    wire::{
        FilterCheckDto, FilterFieldDto, LayerChangeDto, LayerLegendDto, LayerLegendStepDto,
        LayerRowDto, LayerSetDto, LayersDto, RampLegendDto, TreeRowDto,
    },
};
use cim_layers::{
    field::{Classing, Legend, LegendScale, RampId, classes},
    layer::{
        Filter, HowShown, LayerId, LayerKind, LayerPlan, LayerTree, Paint, Schema, StyleOf,
        Styling, TreeBy, TreeRow,
        filter::{FieldKind, MOST_BYTES},
    },
    room::Refusal,
};
use std::collections::BTreeMap;

/// Colours of a ramp that the panel draws.
const RAMP_STOPS: u8 = 16;
/// Words of a field that are offered.
const MOST_CHOICES: usize = 64;

/// How much of a layer the picture holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerInView {
    /// The layer's number.
    pub layer: u16,
    /// Symbols drawn, clusters included.
    pub drawn: u32,
    /// Things that the picture holds.
    pub in_view: u32,
    /// Why the graphics device does not take the layer; nothing of it is drawn then.
    pub refusal: Option<Refusal>,
}

impl Layers {
    /// Does what a person asked for.
    pub(crate) fn change(&mut self, change: &LayerChangeDto) -> Result<(), AppError> {
        let is_known = match change {
            LayerChangeDto::Show { id, on } => self.tree.set_shown(&LayerId::new(id), *on),
            LayerChangeDto::ShowBranch { by, path, on } => {
                self.tree.set_branch_shown(tree_by(by), path, *on) > 0
            }
            LayerChangeDto::Opacity { id, opacity } => {
                self.tree.set_opacity(&LayerId::new(id), *opacity)
            }
            LayerChangeDto::Filter { id, text } => {
                let filter = self.filter_of(text.as_deref())?;
                self.tree.set_filter(&LayerId::new(id), filter)
            }
            LayerChangeDto::Move { id, before } => {
                let before = before.as_ref().map(LayerId::new);
                self.tree.move_before(&LayerId::new(id), before.as_ref())
            }
            LayerChangeDto::Stand { id, stand } => {
                let stand = stand_from(stand).ok_or_else(|| unknown_word("stand", stand))?;
                self.edit(id, |plan| plan.look.stand = stand)
            }
            LayerChangeDto::Gather { id, gather } => {
                let mut defined = self.defined.iter();
                let own = defined.find(|plan| plan.id.as_str() == id.as_str());
                let gather = gather_like(gather, own.map(|plan| plan.look.gather))
                    .ok_or_else(|| unknown_word("gather", gather))?;
                self.edit(id, |plan| plan.look.gather = gather)
            }
            LayerChangeDto::Paint { id, paint } => self.set_paint(id, paint)?,
            LayerChangeDto::Size { id, size } => self.set_size(id, size)?,
            LayerChangeDto::OwnStyle { id } => self.set_own_style(id)?,
            LayerChangeDto::SaveSet { name } => {
                self.save_set(name)?;
                true
            }
            LayerChangeDto::UseSet { name } => self.use_set(name),
            LayerChangeDto::DropSet { name } => {
                let before = self.sets.len();
                self.sets.retain(|set| set.name != *name);
                self.sets.len() < before
            }
            LayerChangeDto::Density { density } => {
                self.density = NameDensity::from_word(density)
                    .ok_or_else(|| unknown_word("density", density))?;
                true
            }
            LayerChangeDto::Reset => {
                self.reset();
                true
            }
        };
        if !is_known {
            return Err(AppError::NotFound {
                what: "layer",
                id: subject_of(change),
            });
        }
        self.is_touched |= *change != LayerChangeDto::Reset;
        self.revision += 1;
        Ok(())
    }

    /// The panel in `language`.
    pub(crate) fn dto(&self, language: &str) -> LayersDto {
        let by_kind = self.tree.rows(TreeBy::Kind);
        let mut branches: BTreeMap<&[String], &str> = BTreeMap::new();
        for row in by_kind.iter().filter(|row| row.layer.is_none()) {
            branches.insert(&row.path, row.name.in_language(language));
        }
        let rows = self.tree.plans().map(|plan| {
            let path = (1..=plan.group.len()).filter_map(|depth| {
                let name = branches.get(plan.group.get(..depth)?)?;
                Some((*name).to_owned())
            });
            self.row(plan, path.collect(), language)
        });
        LayersDto {
            revision: self.revision() as f64,
            rows: rows.collect(),
            by_kind: by_kind.iter().map(|row| tree_row(row, language)).collect(),
            by_system: self
                .tree
                .rows(TreeBy::System)
                .iter()
                .map(|row| tree_row(row, language))
                .collect(),
            sets: self
                .sets
                .iter()
                .map(|set| LayerSetDto {
                    name: set.name.clone(),
                    shown: set.layers.iter().filter(|layer| layer.shown).count() as f64,
                })
                .collect(),
            density: self.density.as_str().to_owned(),
            ramps: ramps(),
        }
    }

    /// Notes how much of each layer the picture holds.
    pub(crate) fn note_in_view(&mut self, counts: &[LayerInView]) {
        let counts: BTreeMap<u16, LayerInView> =
            counts.iter().map(|count| (count.layer, *count)).collect();
        if self.in_view != counts {
            self.in_view = counts;
            self.revision += 1;
        }
    }

    /// Whether `text` could be the filter of `layer`, and how many of its rows it would take; what is wrong is said in
    /// `language`.
    pub(crate) fn check_filter(
        &self,
        layer: &str,
        text: &str,
        shown: &Shown<'_>,
        language: &str,
    ) -> FilterCheckDto {
        let wrong = |error: &cim_layers::layer::FilterError| FilterCheckDto {
            ok: false,
            column: (error.column > 0).then_some(error.column),
            message: fault_text(&error.fault, language),
            hits: None,
        };
        let compiled = match Filter::parse(text) {
            Ok(filter) => filter.compile(&self.table.schema),
            Err(error) => Err(error),
        };
        let compiled = match compiled {
            Ok(compiled) => compiled,
            Err(error) => return wrong(&error),
        };
        let found = self
            .member(&LayerId::new(layer))
            .and_then(|(sheet, place)| {
                let rows = &sheet.sent.as_ref()?.rows;
                let columns = RowColumns {
                    shown,
                    family: sheet.family,
                    rows,
                    schema: &self.table.schema,
                    fences: &self.fences,
                };
                let own = (0..rows.len()).filter(|row| {
                    let member = rows.member.get(*row as usize);
                    member.is_some_and(|member| usize::from(*member) == place)
                });
                Some(own.filter(|row| compiled.takes(&columns, *row)).count())
            });
        FilterCheckDto {
            ok: true,
            column: None,
            message: String::new(),
            hits: found.map(|hits| hits as f64),
        }
    }

    /// The fields that filters may ask for.
    pub(crate) fn fields(&self, language: &str) -> Vec<FilterFieldDto> {
        let fields = self.table.schema.fields().iter().map(|field| {
            let (kind, unit, choices) = match &field.kind {
                FieldKind::Number { unit } => ("number", Some(unit.clone()), &[][..]),
                FieldKind::Seconds => ("seconds", Some("s".to_owned()), &[][..]),
                FieldKind::Text => ("text", None, &[][..]),
                FieldKind::Word(choices) => ("word", None, choices.as_slice()),
                FieldKind::Level(choices) => ("level", None, choices.as_slice()),
                FieldKind::Flag => ("flag", None, &[][..]),
            };
            FilterFieldDto {
                name: field.name.clone(),
                words: field.label.in_language(language).to_owned(),
                kind: kind.to_owned(),
                unit: unit.filter(|unit| !unit.is_empty()),
                choices: choices
                    .iter()
                    .take(MOST_CHOICES)
                    .map(|choice| choice.word.clone())
                    .collect(),
            }
        });
        fields.collect()
    }

    fn row(&self, plan: &LayerPlan, path: Vec<String>, language: &str) -> LayerRowDto {
        let count = self.tree.count(&plan.id).unwrap_or_default();
        let member = self.member(&plan.id);
        let number = member.map_or(u16::MAX, |(sheet, _)| sheet.plan.number);
        let in_view = self.in_view.get(&number).filter(|_| plan.shown);
        let own = member.and_then(|(sheet, place)| sheet.members.get(place));
        let fault = self.shapes.problems.get(&number);
        let style_fault = own.and_then(|member| member.style_error.as_ref());
        let refused = in_view.and_then(|seen| seen.refusal);
        let systems = self.packs_in_use();
        let mut systems = systems.flat_map(|pack| &pack.plan.systems);
        let system = systems.find(|(id, _)| *id == plan.system);
        LayerRowDto {
            id: plan.id.as_str().to_owned(),
            number,
            name: plan.name.in_language(language).to_owned(),
            path,
            system: system.map_or_else(
                || plan.system.clone(),
                |(_, words)| words.in_language(language).to_owned(),
            ),
            kind: plan.look.kind.as_str().to_owned(),
            shown: plan.shown,
            opacity: plan.look.opacity,
            count: f64::from(count.shown),
            in_view: in_view.map(|seen| f64::from(seen.in_view)),
            drawn: in_view.map(|seen| f64::from(seen.drawn)),
            by_class: count.by_class.map(f64::from),
            late: f64::from(count.late),
            missing: f64::from(count.missing),
            newest_at: self.newest.get(&plan.id).copied(),
            filter: plan.filter.as_ref().map(|filter| filter.text().to_owned()),
            filter_error: own
                .and_then(|member| member.filter_error.as_ref())
                .map(|error| error_text(error, language)),
            legend: self.legend(plan, number, own.is_some(), language),
            can_style: can_style(plan),
            style: self.style(plan, language),
            stand: plan.look.stand.as_str().to_owned(),
            gather: gather_word(plan.look.gather).to_owned(),
            about: plan.about.in_language(language).to_owned(),
            problem: refused
                .map(|refusal| refusal_text(refusal, language))
                .or_else(|| fault.map(|fault| shape_text(fault, language)))
                .or_else(|| style_fault.map(|error| style_text(error, language))),
        }
    }

    /// What the colours of a layer mean, as they are in the picture.
    fn legend(
        &self,
        plan: &LayerPlan,
        number: u16,
        is_drawn: bool,
        language: &str,
    ) -> LayerLegendDto {
        let mut told = legend(plan, is_drawn, &self.table.schema, language);
        let (Paint::ByValue { ramp, .. }, Some(wanted)) = (&plan.look.paint, &plan.look.classes)
        else {
            return told;
        };
        if plan.look.kind != LayerKind::Areas {
            return told;
        }
        // Given ends need no values; of others nobody knows where they lie before there is a picture.
        let given = matches!(wanted.classing, Classing::Given(_))
            .then(|| classes(&[], &wanted.classing, 1).ok())
            .flatten();
        let made = self.shapes.reading(number).and_then(Reading::classes);
        told.ramp = None;
        if let Some(classes) = made.or(given.as_ref()) {
            let of_classes = Legend::of_classes("", &told.unit, classes, *ramp);
            told.steps.extend(class_steps(of_classes));
        }
        told
    }

    /// The sheet that draws a layer, and the layer's place in it.
    fn member(&self, id: &LayerId) -> Option<(&Sheet, usize)> {
        self.sheets.iter().find_map(|sheet| {
            let place = sheet.members.iter().position(|member| member.id == *id)?;
            Some((sheet, place))
        })
    }

    fn filter_of(&self, text: Option<&str>) -> Result<Option<Filter>, AppError> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let bad = |error: String| AppError::BadRequest {
            what: "the filter",
            found: text.chars().take(80).collect(),
            reason: if error.is_empty() || text.len() > MOST_BYTES {
                "it is too long"
            } else {
                "it cannot be understood; check_filter says where"
            },
        };
        let filter = Filter::parse(text).map_err(|error| bad(error.to_string()))?;
        match filter.check(&self.table.schema).first() {
            Some(error) => Err(bad(error.to_string())),
            None => Ok(Some(filter)),
        }
    }

    fn edit(&mut self, id: &str, how: impl FnOnce(&mut LayerPlan)) -> bool {
        let Some(plan) = self.tree.plan(&LayerId::new(id)) else {
            return false;
        };
        let mut plan = plan.clone();
        how(&mut plan);
        self.tree.put(plan);
        true
    }

    fn save_set(&mut self, name: &str) -> Result<(), AppError> {
        let name = name.trim();
        let bad = |reason: &'static str| AppError::BadRequest {
            what: "the name of a set",
            found: name.chars().take(80).collect(),
            reason,
        };
        if name.is_empty() || name.chars().count() > MOST_NAME_CHARS {
            return Err(bad("it has 1 to 40 characters"));
        }
        let set = self.tree.save(name);
        if let Some(known) = self.sets.iter_mut().find(|known| known.name == name) {
            *known = set;
        } else if self.sets.len() >= MOST_SETS {
            return Err(bad("at most 50 sets are kept"));
        } else {
            self.sets.push(set);
        }
        Ok(())
    }

    fn use_set(&mut self, name: &str) -> bool {
        let Some(set) = self.sets.iter().find(|set| set.name == name) else {
            return false;
        };
        self.tree.apply(set);
        true
    }

    fn reset(&mut self) {
        let before = self.tree.revision();
        let plans = self.packs_in_use().map(|pack| pack.plan.clone());
        let plans: Vec<_> = plans.collect();
        self.tree = LayerTree::new(self.defined.clone(), &plans);
        self.is_touched = false;
        self.remembered = super::KeptLayers::default();
        self.off.clear();
        self.density = NameDensity::default();
        self.seen.arranged = None;
        self.seen.counted_second = None;
        self.seen.has_news = true;
        self.revision = self.revision.wrapping_add(before);
    }
}

fn tree_by(word: &str) -> TreeBy {
    if word == "system" {
        TreeBy::System
    } else {
        TreeBy::Kind
    }
}

fn unknown_word(what: &'static str, found: &str) -> AppError {
    AppError::BadRequest {
        what,
        found: found.chars().take(40).collect(),
        reason: "it is one of the words that the layer panel offers",
    }
}

fn subject_of(change: &LayerChangeDto) -> String {
    match change {
        LayerChangeDto::Show { id, .. }
        | LayerChangeDto::Opacity { id, .. }
        | LayerChangeDto::Filter { id, .. }
        | LayerChangeDto::Move { id, .. }
        | LayerChangeDto::Stand { id, .. }
        | LayerChangeDto::Gather { id, .. }
        | LayerChangeDto::Paint { id, .. }
        | LayerChangeDto::Size { id, .. }
        | LayerChangeDto::OwnStyle { id } => id.clone(),
        LayerChangeDto::ShowBranch { path, .. } => path.join("/"),
        LayerChangeDto::SaveSet { name }
        | LayerChangeDto::UseSet { name }
        | LayerChangeDto::DropSet { name } => name.clone(),
        LayerChangeDto::Density { density } => density.clone(),
        LayerChangeDto::Reset => String::new(),
    }
}

fn tree_row(row: &TreeRow, language: &str) -> TreeRowDto {
    let shown = match row.shown {
        HowShown::All => "all",
        HowShown::Some => "some",
        HowShown::None => "none",
    };
    TreeRowDto {
        depth: u32::from(row.depth),
        path: row.path.clone(),
        name: row.name.in_language(language).to_owned(),
        layer: row.layer.as_ref().map(|id| id.as_str().to_owned()),
        shown: shown.to_owned(),
        count: f64::from(row.count.shown),
    }
}

/// What the colours of a layer mean; `is_drawn` from rows that have the fields of `schema`.
fn legend(plan: &LayerPlan, is_drawn: bool, schema: &Schema, language: &str) -> LayerLegendDto {
    let own = plan.legend.as_ref();
    let title = own.map(|legend| legend.title.in_language(language));
    let title = title.filter(|title| !title.is_empty());
    let mut legend = LayerLegendDto {
        title: title.map_or_else(|| usual_title(plan, schema, language), str::to_owned),
        unit: unit_words(unit_of(plan), language),
        is_by_state: plan.look.paint == Paint::ByState,
        steps: Vec::new(),
        ramp: None,
    };
    if let Paint::ByValue { ramp, from, to, .. } = &plan.look.paint {
        legend.ramp = ramp_legend(*ramp, [f64::from(*from), f64::from(*to)], &legend.unit);
    }
    // From the definition, and not from what is drawn of it: a choice is explained at once.
    let styling = is_drawn.then(|| Styling::compile(plan, schema).ok());
    let styling = styling.flatten();
    for key in styling.as_ref().map(Styling::keys).unwrap_or_default() {
        let label = key.label.in_language(language);
        let is_of_rule = !label.is_empty();
        let (label, range) = match &key.of {
            StyleOf::All => (label.to_owned(), None),
            StyleOf::Text(said) if is_of_rule => (said.clone(), None),
            StyleOf::Text(said) => (text_label(plan, said, schema, language), None),
            StyleOf::OtherText => {
                let other = text(language, "layers.legend_other");
                (other.unwrap_or_else(|| "…".to_owned()), None)
            }
            StyleOf::Values(range) if is_of_rule => (label.to_owned(), Some(*range)),
            // The ramp says these, and the panel knows the states.
            StyleOf::Values(_) | StyleOf::NoValue | StyleOf::State => continue,
        };
        legend.steps.push(LayerLegendStepDto {
            colour: hex(key.colour),
            label: if label.is_empty() {
                legend.title.clone()
            } else {
                label
            },
            from: range.map(|[from, _]| f64::from(from)),
            to: range.map(|[_, to]| f64::from(to)),
        });
    }
    legend
}

/// A unit for people: some are words, `unit.<word>` of the texts.
pub(super) fn unit_words(unit: &str, language: &str) -> String {
    let words = text(language, &format!("unit.{unit}"));
    words.unwrap_or_else(|| unit.to_owned())
}

/// The layer's name, and the attribute that colours it.
fn usual_title(plan: &LayerPlan, schema: &Schema, language: &str) -> String {
    let layer = plan.name.in_language(language);
    match &plan.look.paint {
        Paint::ByAttribute { name, .. } => {
            let field = schema.find(name);
            let words = field.map_or_else(|| name.clone(), |(_, field)| words_of(field, language));
            format!("{layer} · {words}")
        }
        Paint::ByState | Paint::ByValue { .. } | Paint::Plain(_) => layer.to_owned(),
    }
}

/// What people call `said`, a text of the attribute that colours the layer.
fn text_label(plan: &LayerPlan, said: &str, schema: &Schema, language: &str) -> String {
    let field = match &plan.look.paint {
        Paint::ByAttribute { name, .. } => schema.find(name).map(|(_, field)| &field.kind),
        Paint::ByState | Paint::ByValue { .. } | Paint::Plain(_) => None,
    };
    let choice = match field {
        Some(FieldKind::Word(choices) | FieldKind::Level(choices)) => {
            choices.iter().find(|choice| choice.word == said)
        }
        _ => None,
    };
    let label = choice.map(|choice| choice.label.in_language(language));
    label.unwrap_or(said).to_owned()
}

/// The classes of a legend, each with its bounds and unit.
fn class_steps(legend: Legend) -> Vec<LayerLegendStepDto> {
    let LegendScale::Steps(steps) = legend.scale else {
        return Vec::new();
    };
    let finite = |end: f64| Some(end).filter(|end| end.is_finite());
    let steps = steps.into_iter().map(|step| LayerLegendStepDto {
        colour: hex(step.colour),
        label: step.label,
        from: finite(step.from),
        to: finite(step.to),
    });
    steps.collect()
}

fn ramp_legend(ramp: RampId, range: [f64; 2], unit: &str) -> Option<RampLegendDto> {
    let made = Legend::of_ramp("", unit, ramp, range).ok()?;
    let LegendScale::Continuous { ticks, .. } = made.scale else {
        return None;
    };
    let last = f32::from(RAMP_STOPS - 1);
    let [from, to] = range;
    Some(RampLegendDto {
        stops: (0..RAMP_STOPS)
            .map(|stop| hex(ramp.srgb8(f32::from(stop) / last)))
            .collect(),
        from,
        to,
        ticks: ticks
            .into_iter()
            .map(|tick| (tick.value, tick.label))
            .collect(),
    })
}

pub(super) fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
