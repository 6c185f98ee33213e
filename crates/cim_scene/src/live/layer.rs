//! One live layer: its points in columns, what was seen of them, and what else it holds.

use super::clock::LiveClock;
use super::plan::{LayerPoints, LayerShape, MoveReport};
use super::shape::ShapeState;
use super::ways::{SAME_S, WaysBefore};
use crate::City;
use bevy_math::DVec3;
use cim_geo::Geodetic;
use cim_layers::{
    Aging, MAX_POINTS, PointChange, PointRows, PointSet, PointState, SHAPE_DOT, SHAPE_NONE,
    SHAPE_PERSON, SHAPE_VEHICLE, Why,
    layer::LayerKind,
    look::Seen,
    motion::{
        FURTHEST_M,
        report::{MoveRules, Movers, Report},
        trails::Trails,
    },
    points::heading_of,
    room::Refusal,
    told::TwinLayer,
};
use cim_model::{Freshness, UtcMillis};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Trails of a layer take at most so much memory; longer ones have fewer points.
const MOST_TRAIL_BYTES: u64 = 32 << 20;
/// A trail has so many points, if there is memory for them.
const TRAIL_POINTS: [u32; 2] = [8, 128];
/// Freshness is derived anew after so many seconds of the clock.
const AGE_EVERY_S: f32 = 1.0;
/// The desk takes values up to 300 s ahead of its clock; what it took is not refused here.
const MOST_AHEAD_S: f32 = 310.0;
/// The period of a thing that promises nothing, for its trail; seconds.
const USUAL_PERIOD_S: f32 = 10.0;

/// A layer that lives over the city.
pub struct LiveLayer {
    /// What the desk calls it.
    pub number: u16,
    /// How it is to be drawn.
    pub plan: TwinLayer,
    /// Its points.
    pub set: PointSet,
    /// What was seen of them in the last look; empty while it is not drawn, and for kinds that draw no symbols.
    pub seen: Seen,
    /// What it holds besides points, in the frame of the open city.
    pub shape: ShapeState,
    /// The ways of its points.
    pub trails: Option<Trails>,
    /// The newest reports of its points.
    pub movers: Option<Movers>,
    pub(super) points: Option<Arc<LayerPoints>>,
    pub(super) told: LayerShape,
    pub(super) shape_revision: u64,
    pub(super) paints_revision: u64,
    pub(super) bars: BarWork,
    pub(super) fault: Option<String>,
    pub(super) refusal: Option<Refusal>,
    pub(super) is_drawn: bool,
    pub(super) looks: u64,
    pub(super) look_state: super::look::LookState,
    filter: Option<Arc<[u64]>>,
    /// Rows whose source is late.
    late: BTreeSet<u32>,
    aged_at: Option<f32>,
    plan_revision: u64,
}

/// What is to be done before columns and rings say what the points say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BarWork {
    /// Nothing.
    #[default]
    Done,
    /// Many states changed.
    States,
    /// The rows are others.
    Rows,
}

impl LiveLayer {
    /// An empty layer.
    pub(super) fn new(plan: &TwinLayer) -> Self {
        Self {
            number: plan.number,
            set: empty_set(plan.is_moving, UtcMillis(0)),
            plan: plan.clone(),
            seen: Seen::default(),
            shape: ShapeState::Nothing,
            trails: None,
            movers: None,
            points: None,
            told: LayerShape::Nothing,
            shape_revision: 0,
            paints_revision: 0,
            bars: BarWork::Done,
            fault: None,
            refusal: None,
            is_drawn: false,
            looks: 0,
            look_state: super::look::LookState::default(),
            filter: None,
            late: BTreeSet::new(),
            aged_at: None,
            plan_revision: 0,
        }
    }

    /// True when it is drawn: switched on, not wholly transparent, and the camera is neither too near nor too far.
    pub fn is_drawn(&self) -> bool {
        self.is_drawn
    }

    /// True when its points are drawn as symbols, clusters or dots; those of other kinds are columns, rings or nothing.
    pub fn draws_symbols(&self) -> bool {
        self.plan.look.kind == LayerKind::Points
    }

    /// True when a person can point at its points.
    pub(crate) fn can_be_picked(&self) -> bool {
        let kind = self.plan.look.kind;
        let has_things = matches!(
            kind,
            LayerKind::Points | LayerKind::Columns | LayerKind::Rings
        );
        self.is_drawn && has_things && self.refusal.is_none()
    }

    /// True when it says something of places rather than of things. Fences have names on the map, and no values.
    pub(crate) fn says_of_ground(&self) -> bool {
        let is_field = matches!(
            self.shape,
            ShapeState::Heat(_)
                | ShapeState::Contours(_)
                | ShapeState::Areas(_)
                | ShapeState::Flow(_)
                | ShapeState::Water(_)
        );
        is_field && self.plan.look.kind != LayerKind::Fences
    }

    /// Counts looks and changes of marks: [`LiveLayer::seen`] is another then.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// Counts changes of the plan.
    pub fn plan_revision(&self) -> u64 {
        self.plan_revision
    }

    /// Counts changes of the shape; single states of flows, columns and rings are counted by those themselves.
    pub fn shape_revision(&self) -> u64 {
        self.shape_revision
    }

    /// Counts changes of how areas are painted.
    pub fn paints_revision(&self) -> u64 {
        self.paints_revision
    }

    /// What is wrong with what the desk gave it, in English, for logs.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Why the graphics device does not take the layer; nothing of it is in the picture then.
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// The slot of a row whose point is to be seen.
    pub fn visible_slot(&self, row: u32) -> Option<u32> {
        self.set
            .slot_of(row)
            .filter(|slot| self.set.is_visible(*slot))
    }

    /// Takes another plan; true when it is another.
    pub(super) fn adopt(&mut self, plan: &TwinLayer, city: &City, clock: LiveClock) -> bool {
        if self.plan == *plan {
            return false;
        }
        let is_other_set = self.plan.is_moving != plan.is_moving;
        let had_trails = self.wants_trails();
        self.plan = plan.clone();
        self.plan_revision += 1;
        if is_other_set {
            self.fill(city, clock);
        } else if had_trails != self.wants_trails() {
            self.start_motion(clock, None);
        }
        true
    }

    /// Replaces every point. Things that were there before go on on their ways.
    pub(super) fn set_points(&mut self, points: &Arc<LayerPoints>, city: &City, clock: LiveClock) {
        let before = self.take_ways();
        self.points = Some(Arc::clone(points));
        self.filter = None;
        self.late.clear();
        self.suit_set(points.epoch);
        let rows = rows_told(points, city);
        self.take_rows(&rows, clock, before.as_ref());
    }

    /// Brings the points into the frame of the city that is open now; states stay what they are.
    pub(super) fn fill(&mut self, city: &City, clock: LiveClock) {
        let Some(points) = self.points.clone() else {
            self.set = empty_set(self.plan.is_moving, self.set.epoch());
            self.forget_look();
            self.start_motion(clock, None);
            return;
        };
        let mut rows = rows_told(&points, city);
        for row in 0..self.set.rows().min(rows.places.len() as u32) {
            let Some(slot) = self.set.slot_of(row) else {
                continue;
            };
            let index = row as usize;
            put(&mut rows.states, index, self.set.state(slot));
            put(&mut rows.seen, index, self.set.seen(slot));
            put(&mut rows.period, index, self.set.period(slot));
        }
        self.suit_set(points.epoch);
        self.take_rows(&rows, clock, None);
    }

    /// Takes in reports.
    pub(super) fn change(&mut self, changes: &[PointChange]) {
        self.set.apply(changes);
        let ShapeState::Bars(bars) = &mut self.shape else {
            return;
        };
        if self.bars != BarWork::Done {
            return;
        }
        for change in changes {
            if let Some(slot) = self.set.slot_of(change.row) {
                bars.change(change.row, bar_state(&self.set, slot));
            }
        }
    }

    /// Takes in which rows come through a source that is late.
    pub(super) fn set_source_late(&mut self, rows: &[(u32, bool)]) {
        for (row, is_late) in rows {
            if *row >= self.set.rows() {
                continue;
            }
            self.set.set_source_late(*row, *is_late);
            if *is_late {
                self.late.insert(*row);
            } else {
                self.late.remove(row);
            }
        }
        // Age says it: derived anew in this frame.
        self.aged_at = None;
    }

    /// Takes in where moving things are.
    pub(super) fn take_moves(&mut self, moves: &[MoveReport], city: &City, now: f32) {
        let Some(movers) = &mut self.movers else {
            return;
        };
        for said in moves {
            let report = Report {
                row: said.row,
                at: place_in(city, said.place),
                t: said.t,
                speed: said.speed_mps,
                heading: said.heading_deg.map(f32::to_radians),
            };
            let taken = match &mut self.trails {
                Some(trails) => movers.record(&report, now, trails),
                None => movers.take(&report, now),
            };
            // In another city's frame it begins where it was told to be last; without a city that is all that is known.
            if (taken.motion().is_some() || city.frame().is_none())
                && let Some(points) = &mut self.points
                && let Some(place) = Arc::make_mut(points).places.get_mut(said.row as usize)
            {
                *place = said.place;
            }
            if let Some(leg) = taken.motion() {
                self.set.set_leg(said.row, leg);
                hear(
                    &mut self.set,
                    said.row,
                    said.t,
                    now,
                    movers.heading(said.row),
                );
            }
        }
    }

    /// Shows only the rows whose bit is set.
    pub(super) fn filter(&mut self, taken: Option<&Arc<[u64]>>) {
        if self.filter.as_ref() != taken {
            self.filter = taken.cloned();
            self.apply_filter();
        }
    }

    /// Derives freshness anew when it is time, or `is_due`.
    #[expect(
        clippy::fn_params_excessive_bools,
        reason = "two answers to two questions; a type for each would say less"
    )]
    pub(super) fn age(&mut self, clock: LiveClock, hub_gone: bool, is_due: bool) {
        if !clock.is_set() || self.set.rows() == 0 {
            return;
        }
        let now = clock.seconds_since(self.set.epoch());
        let is_time = |at: f32| (now - at).abs() >= AGE_EVERY_S;
        if !is_due && !self.aged_at.is_none_or(is_time) {
            return;
        }
        self.aged_at = Some(now);
        if self.set.age(now, Aging { hub_gone }) > 0 {
            self.bars = self.bars.max(BarWork::States);
        }
    }

    /// Brings up to date what looking and drawing need.
    pub(super) fn settle(&mut self, clock: LiveClock) {
        let now = clock.seconds_since(self.set.epoch());
        self.set.settle(now);
        self.settle_bars(now);
    }

    /// The points' states for columns and rings, by rows.
    pub(super) fn bar_states(&self) -> impl Iterator<Item = (u32, u32, PointState)> {
        (0..self.set.rows()).filter_map(|row| {
            let slot = self.set.slot_of(row)?;
            Some((row, slot, bar_state(&self.set, slot)))
        })
    }

    /// Another set where moving or epoch differ; the one that is there keeps its memory.
    fn suit_set(&mut self, epoch: UtcMillis) {
        if self.set.is_moving() != self.plan.is_moving || self.set.epoch() != epoch {
            self.set = empty_set(self.plan.is_moving, epoch);
            self.forget_look();
        }
    }

    /// Makes the next look begin anew.
    fn forget_look(&mut self) {
        self.seen = Seen::default();
        self.look_state = super::look::LookState::default();
        self.looks += 1;
    }

    fn take_rows(&mut self, rows: &PointRows, clock: LiveClock, before: Option<&WaysBefore>) {
        self.set.replace(rows);
        for row in &self.late {
            self.set.set_source_late(*row, true);
        }
        self.apply_filter();
        self.aged_at = None;
        self.bars = BarWork::Rows;
        self.start_motion(clock, before);
    }

    fn apply_filter(&mut self) {
        match &self.filter {
            Some(taken) => {
                let is_taken = |row: u32| {
                    let word = taken.get(row as usize / 64).copied().unwrap_or_default();
                    word & (1 << (row % 64)) != 0
                };
                self.set.set_filter(Some(&is_taken));
            }
            None => self.set.clear_filter(),
        }
        self.bars = self.bars.max(BarWork::States);
    }

    fn wants_trails(&self) -> bool {
        let look = &self.plan.look;
        self.plan.is_moving && (look.kind == LayerKind::Trails || look.trail_s > 0.0)
    }

    /// Takes out what is known of the ways of the points.
    fn take_ways(&mut self) -> Option<WaysBefore> {
        let things = &self.points.as_ref()?.things;
        WaysBefore::new(
            things,
            self.set.epoch(),
            self.movers.take(),
            self.trails.take(),
        )
    }

    /// Begins legs and trails anew, from where the points stand; those of `before` go on.
    fn start_motion(&mut self, clock: LiveClock, before: Option<&WaysBefore>) {
        self.trails = None;
        self.movers = None;
        let rows = self.set.rows();
        if !self.plan.is_moving || rows == 0 {
            return;
        }
        if self.wants_trails() {
            let each = trail_points(rows, self.plan.look.trail_s, self.usual_period_s());
            match Trails::new(rows, each) {
                Ok(trails) => self.trails = Some(trails),
                Err(error) => self.fault = Some(error.to_string()),
            }
        }
        let rules = MoveRules {
            ahead_s: MOST_AHEAD_S,
            ..MoveRules::default()
        };
        match Movers::new(rows, USUAL_PERIOD_S, rules) {
            Ok(movers) => self.movers = Some(movers),
            Err(error) => self.fault = Some(error.to_string()),
        }
        let now = clock.seconds_since(self.set.epoch());
        let Some(movers) = &mut self.movers else {
            return;
        };
        if let (Some(before), Some(points)) = (before, &self.points) {
            before.hand_on(&points.things, &self.set, movers, self.trails.as_mut());
        }
        begin_ways(&self.set, movers, self.trails.as_mut(), now);
        if before.is_some() {
            go_on(&mut self.set, movers, now);
        }
    }

    /// The mean of the periods that are promised, seconds.
    fn usual_period_s(&self) -> f32 {
        let mut sum_s = 0.0_f64;
        let mut count = 0_u32;
        for slot in 0..self.set.slots() {
            let period = self.set.period(slot);
            if period.is_finite() && period > 0.0 {
                sum_s += f64::from(period);
                count += 1;
            }
        }
        if count == 0 {
            USUAL_PERIOD_S
        } else {
            (sum_s / f64::from(count)) as f32
        }
    }
}

/// Where a place is in the frame of the open city, metres; NaN without a city, for what is no place, and for what is so far
/// away that it is in no city.
pub(super) fn place_in(city: &City, place: Geodetic) -> [f32; 3] {
    city.enu_from_geodetic(place)
        .filter(|enu| enu.abs().max_element() <= f64::from(FURTHEST_M))
        .map_or([f32::NAN; 3], |enu: DVec3| enu.as_vec3().to_array())
}

/// The state of a point for its column or ring. One that is not to be seen keeps a shape, so that it can come back.
fn bar_state(set: &PointSet, slot: u32) -> PointState {
    let state = set.state(slot);
    if set.is_visible(slot) {
        return state;
    }
    let state = state.with_shown(false);
    if state.shape() == SHAPE_NONE {
        state.with_shape(SHAPE_DOT)
    } else {
        state
    }
}

/// A thing has reported its place: it is as fresh as that, and heads where it says.
fn hear(set: &mut PointSet, row: u32, t: f32, now: f32, heading_rad: Option<f32>) {
    let Some(slot) = set.slot_of(row) else { return };
    let period = set.period(slot);
    // `max` takes the other one for a NaN.
    let seen = set.seen(slot).max(t);
    let mut state = set.state(slot);
    let age_s = f64::from(now) - f64::from(seen);
    if Freshness::of_age(age_s, f64::from(period)) == Freshness::Fresh {
        state = state
            .with_freshness(Freshness::Fresh)
            .with_why(Why::NotAged);
    }
    if let Some(heading_rad) = heading_rad
        && matches!(state.shape(), SHAPE_VEHICLE | SHAPE_PERSON)
    {
        // 0 would leave the heading as it was: a step beside north is 1.4°.
        state = state.with_heading(heading_of(heading_rad).max(1));
    }
    set.change(row, state, seen, period);
}

/// Tells movers and trails where the points were seen last, so that the next report of each makes a leg from there.
fn begin_ways(set: &PointSet, movers: &mut Movers, mut trails: Option<&mut Trails>, now: f32) {
    for row in 0..set.rows() {
        let Some(slot) = set.slot_of(row) else {
            continue;
        };
        let period = set.period(slot);
        if period.is_finite() {
            movers.set_period(row, period);
        }
        let t = set.seen(slot);
        let known = movers.newest(row);
        if known.is_some_and(|known| known.t >= t - SAME_S) {
            // Handed on, and nothing was reported since.
            continue;
        }
        let report = Report {
            row,
            at: set.place_at(slot, f32::INFINITY),
            t,
            speed: None,
            heading: None,
        };
        match trails.as_deref_mut() {
            Some(trails) => movers.record(&report, now, trails),
            None => movers.take(&report, now),
        };
    }
}

/// Puts the points on the legs that the movers know, with their headings.
fn go_on(set: &mut PointSet, movers: &Movers, now: f32) {
    for row in 0..set.rows() {
        if let (Some(leg), Some(newest)) = (movers.leg(row), movers.newest(row)) {
            set.set_leg(row, leg);
            hear(set, row, newest.t, now, movers.heading(row));
        }
    }
}

fn trail_points(rows: u32, trail_s: f32, period_s: f32) -> u32 {
    let [least, most] = TRAIL_POINTS;
    // The cast saturates, and takes NaN as 0.
    let wanted = (trail_s / period_s).ceil() as u32;
    let affordable = MOST_TRAIL_BYTES / (16 * u64::from(rows.max(1)));
    let affordable = u32::try_from(affordable).unwrap_or(most);
    wanted.saturating_add(2).clamp(least, most).min(affordable)
}

fn empty_set(is_moving: bool, epoch: UtcMillis) -> PointSet {
    if is_moving {
        PointSet::moving(epoch)
    } else {
        PointSet::standing(epoch)
    }
}

fn rows_told(points: &LayerPoints, city: &City) -> PointRows {
    let count = points.places.len().min(MAX_POINTS);
    let places: Vec<[f32; 3]> = points
        .places
        .iter()
        .take(count)
        .map(|place| place_in(city, *place))
        .collect();
    PointRows {
        states: filled(&points.states, count, PointState::default()),
        seen: filled(&points.seen, count, f32::NAN),
        period: filled(&points.period, count, f32::INFINITY),
        places,
    }
}

/// A column of exactly `count` rows.
fn filled<T: Copy>(column: &[T], count: usize, missing: T) -> Vec<T> {
    let mut column: Vec<T> = column.iter().take(count).copied().collect();
    column.resize(count, missing);
    column
}

fn put<T>(column: &mut [T], index: usize, value: T) {
    if let Some(held) = column.get_mut(index) {
        *held = value;
    }
}
