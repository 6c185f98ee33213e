//! Sheets: what the twin draws as one layer.
//!
//! Mostly a sheet is one layer of the tree. Layers of devices that look alike and are coloured by their states share a
//! sheet, so that devices of different kinds at one place become one cluster with one count; each is still switched and
//! filtered for itself.

use super::rows::{Family, Rows, ThingTable};
use cim_layers::{
    PointState,
    layer::{
        FilterError, Gathering, LayerId, LayerKind, LayerPlan, LayerSource, Paint, Stand,
        StyleError, StyleRule, Styling,
        filter::{Compiled, Expr},
    },
    told::TwinLayer,
};
use cim_model::{PointKey, ThingClass, UtcMillis};
use std::{collections::BTreeMap, sync::Arc};

/// The identity of the sheet that layers of devices share.
const SHARED: &str = "sensors";
/// A sheet holds at most so many layers.
const MOST_MEMBERS: usize = 200;
/// Fields whose values change by themselves.
const AGING: [&str; 3] = ["age", "late", "missing"];

/// A layer of a sheet.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: LayerId,
    pub(super) source: LayerSource,
    pub(super) shown: bool,
    pub(super) filter: Option<Compiled>,
    /// Why the filter cannot be run; everything is shown then.
    pub(super) filter_error: Option<FilterError>,
    pub(super) styling: Option<Styling>,
    /// Why the colours cannot be worked out.
    pub(super) style_error: Option<StyleError>,
    /// True when the filter takes other rows as time goes by.
    pub(super) filter_ages: bool,
    /// True when rows change their colour as time goes by.
    pub(super) style_ages: bool,
}

/// What the rows of a sheet depend on: when this is the same, they stay.
type SheetKey = Vec<(LayerId, LayerSource, LayerKind, Paint, Vec<StyleRule>)>;

/// What the twin draws as one layer.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) plan: TwinLayer,
    pub(super) family: Family,
    pub(super) members: Vec<Member>,
    key: SheetKey,
    /// The rows as they were handed out; `None` while nothing was.
    pub(super) sent: Option<Sent>,
    /// True once a shape was asked for since the sheet is shown.
    pub(super) is_shaped: bool,
}

/// The rows of a sheet as the twin has them.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) rows: Rows,
    pub(super) epoch: UtcMillis,
    /// Wall time at which they were handed out.
    pub(super) made_at: UtcMillis,
    /// Generation of devices, cameras or events that they were made from.
    pub(super) made_from: u64,
    pub(super) states: Vec<PointState>,
    /// Seconds since the epoch.
    pub(super) seen: Vec<f32>,
    /// The newest place told of each moving row, UTC milliseconds.
    pub(super) fixes: Vec<i64>,
    /// Which rows are shown; `None` for all.
    pub(super) mask: Option<Vec<u64>>,
}

impl Sheet {
    /// True while the twin draws it.
    pub(super) fn is_shown(&self) -> bool {
        self.plan.shown
    }

    /// True when one of its layers takes other rows as time goes by.
    pub(super) fn filter_ages(&self) -> bool {
        self.members.iter().any(|member| member.filter_ages)
    }

    /// True when rows change their colour as time goes by.
    pub(super) fn style_ages(&self) -> bool {
        self.members.iter().any(|member| member.style_ages)
    }
}

/// Gives every sheet a number and keeps it.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    known: BTreeMap<LayerId, u16>,
    next: u16,
}

impl Numbers {
    fn of(&mut self, id: &LayerId) -> u16 {
        if let Some(known) = self.known.get(id) {
            return *known;
        }
        let number = match id.as_str() {
            SHARED => PointKey::SENSORS,
            "cameras" => PointKey::CAMERAS,
            "events" => PointKey::EVENTS,
            "vehicles" => PointKey::VEHICLES,
            "people" => PointKey::PEOPLE,
            "assets" => PointKey::ASSETS,
            _ => {
                let number = self.next.max(PointKey::FIRST_OWN);
                self.next = number.saturating_add(1);
                number
            }
        };
        self.known.insert(id.clone(), number);
        number
    }
}

/// The sheets of `plans` (uppermost first), the lowest first; `defined` are the layers as their packs say them. Those of
/// `before` whose rows stay the same keep what they have.
pub(super) fn arrange<'a>(
    plans: impl Iterator<Item = &'a LayerPlan>,
    defined: &[LayerPlan],
    table: &ThingTable,
    numbers: &mut Numbers,
    mut before: Vec<Sheet>,
) -> Vec<Sheet> {
    let mut sheets: Vec<Sheet> = Vec::new();
    for plan in plans.filter(|plan| is_drawn(plan)) {
        let member = member_of(plan, table);
        // Packs may say other sizes within a sheet; who chose one sees it.
        let is_resized = defined
            .iter()
            .any(|own| own.id == plan.id && own.look.size != plan.look.size);
        let may_share = !is_resized && shares(plan, &member);
        if may_share && let Some(shared) = sheets.iter_mut().find(|sheet| takes_in(sheet, plan)) {
            shared.plan.shown |= plan.shown;
            shared.key.push(key_of(plan));
            shared.members.push(member);
            continue;
        }
        let id = if may_share && !sheets.iter().any(is_shared) {
            LayerId::new(SHARED)
        } else {
            plan.id.clone()
        };
        sheets.push(sheet_of(plan, member, id, numbers));
    }
    for sheet in &mut sheets {
        let known = before
            .iter_mut()
            .find(|old| old.plan.number == sheet.plan.number && old.key == sheet.key);
        if let Some(old) = known {
            sheet.sent = old.sent.take();
            sheet.is_shaped = old.is_shaped;
        }
    }
    sheets.reverse();
    sheets
}

/// What a layer's rows are.
pub(super) fn family_of(source: &LayerSource, kind: LayerKind) -> Family {
    let has_rows = matches!(
        kind,
        LayerKind::Points | LayerKind::Trails | LayerKind::Columns | LayerKind::Rings
    );
    match source {
        _ if !has_rows => Family::Shape,
        LayerSource::Things { .. } | LayerSource::Feed { .. } => Family::Things,
        LayerSource::Cameras => Family::Cameras,
        LayerSource::Events { .. } => Family::Events,
        LayerSource::Vehicles => Family::Movers(ThingClass::Vehicle),
        LayerSource::People => Family::Movers(ThingClass::Person),
        _ => Family::Shape,
    }
}

/// True for layers that the twin draws from what the desk tells; the city's own are in its tiles.
fn is_drawn(plan: &LayerPlan) -> bool {
    !matches!(plan.look.kind, LayerKind::City | LayerKind::Labels)
}

fn is_shared(sheet: &Sheet) -> bool {
    sheet.plan.id.as_str() == SHARED
}

/// True when the layer may share a sheet: a person who made it weaker, or wants it above the buildings, sees it so.
fn shares(plan: &LayerPlan, member: &Member) -> bool {
    let look = &plan.look;
    family_of(&plan.source, look.kind) == Family::Things
        && look.kind == LayerKind::Points
        && look.stand == Stand::On
        && matches!(look.gather, Gathering::Symbols { .. })
        && look.opacity >= 1.0
        && plan.nearest_m <= 0.0
        && plan.farthest_m.is_infinite()
        && member.styling.as_ref().is_some_and(Styling::is_by_state)
}

/// A row belongs to one layer of its sheet: layers that may hold the same device do not share one.
fn takes_in(sheet: &Sheet, plan: &LayerPlan) -> bool {
    let mut members = sheet.members.iter();
    is_shared(sheet)
        && sheet.members.len() < MOST_MEMBERS
        && sheet.plan.look.gather == plan.look.gather
        && members.all(|one| !may_overlap(&one.source, &plan.source))
}

fn may_overlap(a: &LayerSource, b: &LayerSource) -> bool {
    match (a, b) {
        (LayerSource::Things { kinds: a, .. }, LayerSource::Things { kinds: b, .. }) => {
            a.is_empty() || b.is_empty() || a.iter().any(|kind| b.contains(kind))
        }
        (LayerSource::Feed { source: a }, LayerSource::Feed { source: b }) => a == b,
        _ => true,
    }
}

fn key_of(plan: &LayerPlan) -> (LayerId, LayerSource, LayerKind, Paint, Vec<StyleRule>) {
    (
        plan.id.clone(),
        plan.source.clone(),
        plan.look.kind,
        plan.look.paint.clone(),
        plan.rules.clone(),
    )
}

fn sheet_of(plan: &LayerPlan, member: Member, id: LayerId, numbers: &mut Numbers) -> Sheet {
    let family = family_of(&plan.source, plan.look.kind);
    let palette: Arc<[[u8; 3]]> = match &member.styling {
        Some(styling) => Arc::from(styling.palette()),
        None => Arc::from([]),
    };
    Sheet {
        plan: TwinLayer {
            number: numbers.of(&id),
            id,
            look: plan.look.clone(),
            palette,
            shown: plan.shown,
            is_moving: matches!(family, Family::Movers(_)),
            nearest_m: plan.nearest_m,
            farthest_m: plan.farthest_m,
        },
        family,
        key: vec![key_of(plan)],
        members: vec![member],
        sent: None,
        is_shaped: false,
    }
}

fn member_of(plan: &LayerPlan, table: &ThingTable) -> Member {
    let compiled = plan.filter.as_ref().map(|one| one.compile(&table.schema));
    let (filter, filter_error) = match compiled {
        Some(Ok(filter)) => (Some(filter), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let (styling, style_error) = match Styling::compile(plan, &table.schema) {
        Ok(styling) => (Some(styling), None),
        Err(error) => (None, Some(error)),
    };
    Member {
        id: plan.id.clone(),
        source: plan.source.clone(),
        shown: plan.shown,
        filter,
        filter_error,
        styling,
        style_error,
        filter_ages: plan.filter.as_ref().is_some_and(|one| ages(one.root())),
        style_ages: plan.rules.iter().any(|rule| ages(rule.when.root())),
    }
}

/// True when the answer may change while nothing is reported.
fn ages(expr: &Expr) -> bool {
    let is_aging = |name: &str| AGING.contains(&name);
    match expr {
        Expr::Always(_) | Expr::Inside { .. } => false,
        Expr::All(parts) | Expr::Any(parts) => parts.iter().any(ages),
        Expr::Not(inner) => ages(inner),
        Expr::Compare { field, .. }
        | Expr::OneOf { field, .. }
        | Expr::Is(field)
        | Expr::Known(field) => is_aging(&field.text),
    }
}
