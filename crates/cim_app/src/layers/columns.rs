//! The rows of a layer as columns that filters and paints ask.

use super::{
    fences::FenceBook,
    rows::{Family, NONE, Rows, Shown, prefix_of},
};
use cim_layers::layer::{
    Schema,
    filter::{Columns, FieldIndex, Truth, live},
};
use cim_model::{Freshness, SensorKind, Severity, ThingClass};

/// Numbers of kinds after those of sensors, as `cim_layers` lists them.
const KIND_CAMERA: usize = 9;
const KIND_EVENT: usize = 10;
const KIND_VEHICLE: usize = 11;
const KIND_PERSON: usize = 12;

/// The rows of a layer at the moment shown.
#[derive(Clone, Copy)]
pub(super) struct RowColumns<'a> {
    /// What is shown.
    pub(super) shown: &'a Shown<'a>,
    /// What the rows are.
    pub(super) family: Family,
    /// The rows.
    pub(super) rows: &'a Rows,
    /// Names of the fields.
    pub(super) schema: &'a Schema,
    /// The fences that filters may name.
    pub(super) fences: &'a FenceBook,
}

impl RowColumns<'_> {
    fn number(&self, field: FieldIndex, row: u32) -> f32 {
        let now = || self.rows.now(self.family, self.shown, row);
        let flag = |is: bool| if is { 1.0 } else { 0.0 };
        match field {
            live::KIND => self.kind(row),
            live::VALUE => now().state.value,
            live::SEVERITY => self.severity(row),
            live::AGE => now().seen.map_or(f32::NAN, |seen| {
                ((self.shown.moment.0 - seen) as f64 / 1_000.0) as f32
            }),
            live::LATE => flag(now().state.freshness() != Freshness::Fresh),
            live::MISSING => flag(now().state.freshness() == Freshness::Missing),
            live::REAL => flag(now().state.class() != cim_layers::CLASS_UNREAL),
            _ => f32::NAN,
        }
    }

    fn kind(&self, row: u32) -> f32 {
        let place = match self.family {
            Family::Cameras => Some(KIND_CAMERA),
            Family::Events => Some(KIND_EVENT),
            Family::Movers(ThingClass::Person) => Some(KIND_PERSON),
            Family::Movers(_) => Some(KIND_VEHICLE),
            Family::Shape => None,
            Family::Things => self
                .thing(row)
                .and_then(|thing| SensorKind::ALL.iter().position(|kind| *kind == thing.kind)),
        };
        place.map_or(f32::NAN, |place| place as f32)
    }

    /// An event that is not real has its level all the same: `real` says that it is not.
    fn severity(&self, row: u32) -> f32 {
        let severity = if self.family == Family::Events {
            self.event(row)
                .map_or(Severity::Normal, |event| event.level.shown_as())
        } else {
            let now = self.rows.now(self.family, self.shown, row);
            return f32::from(now.state.class().min(4));
        };
        f32::from(cim_layers::points::class_of(severity))
    }

    fn thing(&self, row: u32) -> Option<&cim_model::Thing> {
        if !matches!(self.family, Family::Things | Family::Movers(_)) {
            return None;
        }
        let of = self.rows.of.get(row as usize)?;
        Some(&self.shown.state.thing(*of)?.thing)
    }

    fn camera(&self, row: u32) -> Option<&cim_model::Camera> {
        if self.family != Family::Cameras {
            return None;
        }
        let of = self.rows.of.get(row as usize)?;
        self.shown.state.cameras().get(*of as usize)
    }

    fn event(&self, row: u32) -> Option<&cim_model::Event> {
        if self.family != Family::Events {
            return None;
        }
        self.shown.events.find(self.rows.events.get(row as usize)?)
    }

    fn own_text(&self, field: FieldIndex, row: u32) -> Option<&str> {
        if let Some(event) = self.event(row) {
            return match field {
                live::ID => Some(event.id.as_str()),
                live::NAME => Some(&event.title),
                live::PROPERTY => Some(&event.category),
                live::SOURCE => Some(&event.source),
                _ => None,
            };
        }
        if let Some(channel) = self.rows.channel(row) {
            return match field {
                live::ID => self.rows.channels.id(channel),
                live::NAME => self.rows.channels.name(channel),
                _ => None,
            };
        }
        if let Some(camera) = self.camera(row) {
            return match field {
                live::ID => Some(camera.id.as_str()),
                live::NAME => Some(&camera.name),
                _ => None,
            };
        }
        let thing = self.thing(row)?;
        match field {
            live::ID => Some(thing.id.as_str()),
            live::NAME => Some(&thing.name),
            live::PROPERTY => {
                let series = *self.rows.value.get(row as usize)?;
                let known = self
                    .shown
                    .state
                    .series_at(series)
                    .filter(|_| series != NONE)?;
                Some(&known.datastream.observed_property)
            }
            live::SOURCE => prefix_of(thing.id.as_str()),
            _ => {
                let name = &self.schema.fields().get(usize::from(field.0))?.name;
                let said = thing.properties.iter().find(|(key, _)| key == name)?;
                Some(&said.1)
            }
        }
    }
}

impl Columns for RowColumns<'_> {
    fn numbers(&self, field: FieldIndex, first: u32, into: &mut [f32]) {
        for (row, place) in (first..).zip(into) {
            *place = self.number(field, row);
        }
    }

    fn text(&self, field: FieldIndex, row: u32) -> Option<&str> {
        self.own_text(field, row).filter(|text| !text.is_empty())
    }

    fn inside(&self, place: &str, first: u32, count: u32) -> Truth {
        let mut truth = Truth::default();
        for bit in 0..count.min(64) {
            let row = first.saturating_add(bit);
            let at = self.rows.place(self.family, self.shown, row);
            match at.and_then(|at| self.fences.is_inside(place, at)) {
                Some(true) => truth.yes |= 1 << bit,
                Some(false) => truth.no |= 1 << bit,
                None => {}
            }
        }
        truth
    }
}
