//! What the twin must change of a sheet's rows: straight from the columns, the changed rows only.

use super::{
    columns::RowColumns,
    fences::FenceBook,
    plans::{LayerChanges, LayerPointsPlan, MovePlan, ShapePlan},
    rows::{Family, Rows, Shown, ThingTable, prefix_of, takes, takes_event},
    sheet::{Member, Sent, Sheet},
};
use crate::changed::Changed;
use cim_layers::{
    PointChange,
    layer::{LayerKind, LayerSource, Size},
    motion::bars::{BarLimit, BarScale, ColumnScale, MAX_BAR_LIMITS, RingScale},
    points::class_of,
    told::CameraWedge,
};
use cim_model::{Limits, PointKey, Severity, UtcMillis};
use std::{collections::BTreeSet, sync::Arc};

/// Beyond so many seconds from its epoch a set is handed out anew: a second has to stay a second in an `f32`.
const MOST_EPOCH_S: f64 = 200_000.0;
/// A set of more rows is handed out anew at most once a second: a hub tells its catalogue in pages.
const MANY_ROWS: usize = 20_000;
/// What moved farther in time than this between two looks does not glide there, seconds.
const JUMP_S: f64 = 600.0;

/// One look at what changed.
pub(super) struct Tick<'a> {
    pub(super) shown: &'a Shown<'a>,
    pub(super) table: &'a ThingTable,
    pub(super) changed: &'a Changed,
    /// Devices that are told at another place.
    pub(super) moved: &'a [u32],
    /// Wall time.
    pub(super) now: UtcMillis,
    /// Another second has begun since the last look.
    pub(super) is_new_second: bool,
    /// Something about an event changed.
    pub(super) events_changed: bool,
    /// The moment shown is not what follows the last one.
    pub(super) jumped: bool,
    /// Sources that are late as a whole.
    pub(super) late: &'a BTreeSet<String>,
    /// They are others than at the last look.
    pub(super) late_changed: bool,
    pub(super) fences: &'a FenceBook,
    /// They are others than at the last look.
    pub(super) fences_changed: bool,
}

impl Tick<'_> {
    /// True when `moment` does not follow `last`.
    pub(super) fn is_jump(last: UtcMillis, moment: UtcMillis) -> bool {
        let passed_s = moment.seconds_since(last);
        !(0.0..=JUMP_S).contains(&passed_s)
    }

    fn generation(&self, family: Family) -> u64 {
        match family {
            Family::Things | Family::Movers(_) => self.shown.state.things_generation(),
            Family::Cameras => self.shown.state.drawn_cameras_generation(),
            Family::Events => self.shown.events.set_generation(),
            Family::Shape => 0,
        }
    }
}

impl Sheet {
    /// Tells what changed of the rows since the last look.
    pub(super) fn feed(&mut self, tick: &Tick<'_>, out: &mut LayerChanges) {
        if self.family == Family::Shape {
            return;
        }
        if !self.is_shown() {
            self.sent = None;
            return;
        }
        match self.sent.take() {
            Some(sent) if !self.is_stale(&sent, tick) => {
                let sent = self.follow(sent, tick, out);
                self.sent = Some(sent);
            }
            Some(mut sent) if Self::has_to_wait(&sent, tick) => {
                // What it waits for is told once: all rows are due when it has waited.
                sent.made_from = u64::MAX;
                self.sent = Some(sent);
            }
            _ => self.sent = Some(self.hand_out(tick, out)),
        }
    }

    /// True when all rows have to be handed out anew.
    fn is_stale(&self, sent: &Sent, tick: &Tick<'_>) -> bool {
        let is_moving = matches!(self.family, Family::Movers(_));
        let moved = || {
            self.family == Family::Things
                && tick
                    .moved
                    .iter()
                    .any(|thing| sent.rows.of_thing(*thing).is_some())
        };
        // Other knowledge, or a branch, may know less of a moment that does not go back.
        let knows_less = || {
            is_moving
                && tick.shown.state.shows_past()
                && *tick.changed == Changed::All
                && (0_u32..).zip(&sent.fixes).any(|(row, known)| {
                    let fix = sent.rows.fix(tick.shown, row);
                    !has_no_axes(&sent.rows, row) && fix.map_or(i64::MIN, |(_, at)| at.0) < *known
                })
        };
        sent.made_from != tick.generation(self.family)
            || knows_less()
            || (is_moving && tick.jumped)
            || tick.shown.moment.seconds_since(sent.epoch).abs() > MOST_EPOCH_S
            || moved()
    }

    fn has_to_wait(sent: &Sent, tick: &Tick<'_>) -> bool {
        sent.states.len() > MANY_ROWS
            && (0.0..1.0).contains(&tick.now.seconds_since(sent.made_at))
            && !tick.jumped
    }

    fn hand_out(&self, tick: &Tick<'_>, out: &mut LayerChanges) -> Sent {
        let shown = tick.shown;
        let mut rows = Rows::collect(self.family, shown, tick.table, |thing| {
            let mut members = self.members.iter();
            let place = members.position(|one| match self.family {
                Family::Events => takes_event(&one.source, shown.events, thing),
                _ => takes(&one.source, shown.state, thing),
            })?;
            let source = self.members.get(place).map(|member| &member.source);
            Some((u8::try_from(place).ok()?, properties_of(source)))
        });
        mark_late(&mut rows, self.family, tick);
        let epoch = shown.moment;
        let count = rows.len();
        let mut points = LayerPointsPlan {
            epoch,
            ..LayerPointsPlan::default()
        };
        let mut fixes = Vec::new();
        let tints = self.tints(&rows, tick);
        for row in 0..count {
            let now = rows.now(self.family, shown, row);
            let tint = tints.get(row as usize).copied().unwrap_or_default();
            points.states.push(now.state.with_tint(tint));
            points.seen.push(now.seen_s(epoch));
            points.period.push(now.period_s);
            let place = rows.place(self.family, shown, row);
            points.places.push(place.unwrap_or_default());
            if matches!(self.family, Family::Movers(_)) {
                let fix = rows.fix(shown, row);
                fixes.push(fix.map_or(i64::MIN, |(_, at)| at.0));
            }
        }
        if matches!(self.family, Family::Movers(_)) {
            points.things.clone_from(&rows.of);
        }
        points.source_late = (0..count)
            .filter(|row| rows.late.get(*row as usize).copied().unwrap_or_default())
            .collect();
        let mut sent = Sent {
            epoch,
            made_at: tick.now,
            made_from: tick.generation(self.family),
            states: points.states.clone(),
            seen: points.seen.clone(),
            fixes,
            mask: None,
            rows,
        };
        let number = self.plan.number;
        out.points.push((number, Arc::new(points)));
        if number == PointKey::CAMERAS {
            out.wedges = Some(wedges(shown));
        }
        let shape = self.shape_of_rows(&sent.rows, shown);
        out.shapes.extend(shape.map(|shape| (number, shape)));
        sent.mask = self.mask(&sent.rows, tick);
        let mask = sent.mask.as_deref().map(Arc::from);
        out.filters.push((number, mask));
        sent
    }

    /// Tells the rows that changed.
    fn follow(&self, mut sent: Sent, tick: &Tick<'_>, out: &mut LayerChanges) -> Sent {
        if tick.late_changed {
            self.follow_late(&mut sent, tick, out);
        }
        let all = || (0..sent.rows.len()).collect::<Vec<u32>>();
        let mut rows: Vec<u32> = match self.family {
            // Filters and rules may ask who is inside.
            _ if tick.fences_changed => all(),
            Family::Events if tick.events_changed => all(),
            Family::Things | Family::Movers(_) | Family::Cameras
                if *tick.changed == Changed::All || tick.late_changed =>
            {
                all()
            }
            Family::Things | Family::Movers(_) => {
                if tick.is_new_second && self.style_ages() {
                    all()
                } else {
                    self.changed_rows(&sent, tick)
                }
            }
            _ => Vec::new(),
        };
        let mut changes = Vec::with_capacity(rows.len());
        let mut moves = Vec::new();
        for row in &rows {
            changes.extend(self.change(&mut sent, *row, tick));
            moves.extend(self.movement(&mut sent, *row, tick));
        }
        let number = self.plan.number;
        if !changes.is_empty() {
            out.changes.push((number, changes));
        }
        if !moves.is_empty() {
            out.moves.push((number, moves));
        }
        if tick.is_new_second && self.filter_ages() {
            rows = all_rows(&sent);
        }
        if self.refilter(&mut sent, &rows, tick) {
            let mask = sent.mask.as_deref().map(Arc::from);
            out.filters.push((number, mask));
        }
        sent
    }

    /// Rows of the devices that reported, or that are told at another place.
    fn changed_rows(&self, sent: &Sent, tick: &Tick<'_>) -> Vec<u32> {
        let reported: &[u32] = match tick.changed {
            Changed::Rows(rows) => rows,
            Changed::All => &[],
        };
        let moved = tick
            .moved
            .iter()
            .filter(|_| matches!(self.family, Family::Movers(_)));
        let things = reported.iter().chain(moved);
        things
            .filter_map(|thing| sent.rows.of_thing(*thing))
            .collect()
    }

    fn follow_late(&self, sent: &mut Sent, tick: &Tick<'_>, out: &mut LayerChanges) {
        let before = sent.rows.late.clone();
        mark_late(&mut sent.rows, self.family, tick);
        let turned: Vec<(u32, bool)> = before
            .iter()
            .zip(&sent.rows.late)
            .enumerate()
            .filter(|(_, (before, now))| before != now)
            .map(|(row, (_, now))| (row as u32, *now))
            .collect();
        if !turned.is_empty() {
            out.source_late.push((self.plan.number, turned));
        }
    }

    fn change(&self, sent: &mut Sent, row: u32, tick: &Tick<'_>) -> Option<PointChange> {
        let now = sent.rows.now(self.family, tick.shown, row);
        let state = now.state.with_tint(self.tint(&sent.rows, row, tick));
        let seen = now.seen_s(sent.epoch);
        let place = row as usize;
        let (known, known_seen) = (sent.states.get_mut(place)?, sent.seen.get_mut(place)?);
        let is_same = *known == state && known_seen.to_bits() == seen.to_bits();
        // What never ages is seen at every moment.
        let is_ageless = now.period_s.is_infinite();
        if is_same || (is_ageless && *known == state) {
            return None;
        }
        *known = state;
        *known_seen = seen;
        Some(PointChange {
            row,
            state,
            seen,
            period: now.period_s,
        })
    }

    fn movement(&self, sent: &mut Sent, row: u32, tick: &Tick<'_>) -> Option<MovePlan> {
        if !matches!(self.family, Family::Movers(_)) {
            return None;
        }
        let (place, at) = match sent.rows.fix(tick.shown, row) {
            Some(fix) => fix,
            // A source that tells places with the catalogue only: it is there since now.
            None if has_no_axes(&sent.rows, row) && !tick.moved.is_empty() => (
                sent.rows.place(self.family, tick.shown, row)?,
                tick.shown.moment,
            ),
            None => return None,
        };
        let known = sent.fixes.get_mut(row as usize)?;
        if at.0 <= *known {
            return None;
        }
        *known = at.0;
        Some(MovePlan {
            row,
            place,
            t: at.seconds_since(sent.epoch) as f32,
            heading_deg: sent.rows.heading_deg(tick.shown, row, at),
            speed_mps: sent.rows.speed_mps(tick.shown, row),
        })
    }

    /// The tints of all rows; empty where all are coloured by their states.
    fn tints(&self, rows: &Rows, tick: &Tick<'_>) -> Vec<u8> {
        let [
            Member {
                styling: Some(styling),
                ..
            },
        ] = self.members.as_slice()
        else {
            return Vec::new();
        };
        if styling.is_by_state() {
            return Vec::new();
        }
        let mut tints = vec![0; rows.of.len()];
        styling.tints(&self.columns(rows, tick), 0..rows.len(), &mut tints);
        tints
    }

    fn tint(&self, rows: &Rows, row: u32, tick: &Tick<'_>) -> u8 {
        let member = rows.member.get(row as usize).copied().unwrap_or_default();
        let member = self.members.get(usize::from(member));
        let Some(styling) = member
            .and_then(|member| member.styling.as_ref())
            .filter(|styling| !styling.is_by_state())
        else {
            return 0;
        };
        let mut tint = [0];
        styling.tints(
            &self.columns(rows, tick),
            row..row.saturating_add(1),
            &mut tint,
        );
        let [tint] = tint;
        tint
    }

    pub(super) fn columns<'a>(&self, rows: &'a Rows, tick: &'a Tick<'a>) -> RowColumns<'a> {
        RowColumns {
            shown: tick.shown,
            family: self.family,
            rows,
            schema: &tick.table.schema,
            fences: tick.fences,
        }
    }

    /// What the rows are drawn as, where they are more than symbols.
    fn shape_of_rows(&self, rows: &Rows, shown: &Shown<'_>) -> Option<ShapePlan> {
        let look = &self.plan.look;
        let wide_m = match look.size {
            Size::Metres { m, .. } => m,
            Size::Pixels(_) => 12.0,
        };
        let (from, to) = match look.paint {
            cim_layers::layer::Paint::ByValue { from, to, .. } => (from, to),
            _ => (0.0, 1.0),
        };
        match look.kind {
            LayerKind::Trails => Some(ShapePlan::Trails),
            LayerKind::Columns => {
                let scale = BarScale::Columns(ColumnScale {
                    from,
                    to,
                    height_m: look.height_m,
                    radius_m: wide_m / 2.0,
                });
                Some(bars(scale, rows, shown))
            }
            LayerKind::Rings => {
                let radius_m = if look.radius_m > 0.0 {
                    look.radius_m
                } else {
                    wide_m
                };
                let scale = BarScale::Rings(RingScale {
                    whole: to,
                    radius_m,
                    band_m: radius_m / 4.0,
                });
                Some(bars(scale, rows, shown))
            }
            _ => None,
        }
    }
}

/// Columns or rings of rows, with the limits of the series whose values they show.
fn bars(scale: BarScale, rows: &Rows, shown: &Shown<'_>) -> ShapePlan {
    let limits: Vec<Vec<BarLimit>> = rows
        .value
        .iter()
        .map(|series| {
            let series = shown.state.series_at(*series);
            series.map_or_else(Vec::new, |series| marked(&series.datastream.limits))
        })
        .collect();
    let first = limits.first().cloned().unwrap_or_default();
    if limits.iter().all(|own| *own == first) {
        return ShapePlan::Bars {
            scale,
            limits: first,
            own_limits: Arc::from([]),
        };
    }
    let own = (0..).zip(limits).flat_map(|(row, limits)| {
        let limits = limits.into_iter();
        limits.map(move |limit| (row, limit))
    });
    ShapePlan::Bars {
        scale,
        limits: Vec::new(),
        own_limits: own.collect(),
    }
}

/// The limits that are marked on a column: at most as many as it bears, rising ones first.
fn marked(limits: &Limits) -> Vec<BarLimit> {
    let classed = [
        (limits.above_critical, Severity::Critical),
        (limits.above_high, Severity::High),
        (limits.above_medium, Severity::Medium),
        (limits.below_high, Severity::High),
        (limits.below_medium, Severity::Medium),
    ];
    let known = classed.into_iter().filter_map(|(value, severity)| {
        let value = value? as f32;
        value.is_finite().then(|| BarLimit {
            value,
            class: class_of(severity),
        })
    });
    known.take(MAX_BAR_LIMITS).collect()
}

/// Which rows are shown.
impl Sheet {
    /// A bit for each row that is shown; `None` where all are.
    pub(super) fn mask(&self, rows: &Rows, tick: &Tick<'_>) -> Option<Vec<u64>> {
        let is_whole = self
            .members
            .iter()
            .all(|member| member.shown && member.filter.is_none());
        if is_whole {
            return None;
        }
        let columns = self.columns(rows, tick);
        let words = rows.of.len().div_ceil(64);
        let mut mask = vec![0_u64; words];
        let mut taken = vec![0_u64; words];
        for (place, member) in self.members.iter().enumerate() {
            if !member.shown {
                continue;
            }
            match &member.filter {
                Some(filter) => {
                    filter.run(&columns, 0..rows.len(), &mut taken);
                }
                None => taken.fill(u64::MAX),
            }
            let chunks = rows.member.chunks(64);
            for ((into, taken), members) in mask.iter_mut().zip(&taken).zip(chunks) {
                *into |= taken & own_bits(members, place);
            }
        }
        Some(mask)
    }

    /// Asks the filters about `rows`; true when the mask changed.
    fn refilter(&self, sent: &mut Sent, rows: &[u32], tick: &Tick<'_>) -> bool {
        let Some(mut mask) = sent.mask.take() else {
            return false;
        };
        let columns = self.columns(&sent.rows, tick);
        let mut changed = false;
        for row in rows {
            let member = sent.rows.member.get(*row as usize).copied();
            let member = member.and_then(|place| self.members.get(usize::from(place)));
            let Some(filter) = member
                .filter(|member| member.shown)
                .and_then(|member| member.filter.as_ref())
            else {
                continue;
            };
            let bit = 1_u64 << (row % 64);
            let Some(word) = mask.get_mut(*row as usize / 64) else {
                continue;
            };
            let is_taken = filter.takes(&columns, *row);
            if (*word & bit != 0) != is_taken {
                *word ^= bit;
                changed = true;
            }
        }
        sent.mask = Some(mask);
        changed
    }

    /// Asks the filters about every row: one of them, or what is switched on, is another.
    pub(super) fn filter_anew(&mut self, tick: &Tick<'_>, out: &mut LayerChanges) {
        let Some(mut sent) = self.sent.take() else {
            return;
        };
        let mask = self.mask(&sent.rows, tick);
        if mask != sent.mask {
            let told = mask.as_deref().map(Arc::from);
            out.filters.push((self.plan.number, told));
            sent.mask = mask;
        }
        self.sent = Some(sent);
    }
}

fn all_rows(sent: &Sent) -> Vec<u32> {
    (0..sent.rows.len()).collect()
}

/// A bit for each of at most 64 rows that belongs to the layer `place` of the sheet.
fn own_bits(members: &[u8], place: usize) -> u64 {
    members.iter().enumerate().fold(0, |bits, (bit, member)| {
        bits | (u64::from(usize::from(*member) == place) << bit)
    })
}

fn has_no_axes(rows: &Rows, row: u32) -> bool {
    rows.axes
        .get(row as usize)
        .is_some_and(|[lon, ..]| *lon == super::rows::NONE)
}

pub(super) fn properties_of(source: Option<&LayerSource>) -> &[String] {
    match source {
        Some(LayerSource::Things { properties, .. }) => properties,
        _ => &[],
    }
}

/// Notes which rows come through a source that is late as a whole.
fn mark_late(rows: &mut Rows, family: Family, tick: &Tick<'_>) {
    rows.late.fill(false);
    if tick.late.is_empty() || !matches!(family, Family::Things | Family::Movers(_)) {
        return;
    }
    for (late, thing) in rows.late.iter_mut().zip(&rows.of) {
        let known = tick.shown.state.thing(*thing);
        let source = known.and_then(|known| prefix_of(known.thing.id.as_str()));
        *late = source.is_some_and(|source| tick.late.contains(source));
    }
}

fn wedges(shown: &Shown<'_>) -> Arc<[CameraWedge]> {
    let cameras = shown.state.shown_cameras().zip(0..);
    cameras
        .map(|((_, camera), row)| CameraWedge {
            row,
            azimuth_deg: camera.azimuth_deg as f32,
            fov_deg: camera.fov_deg as f32,
            range_m: camera.range_m as f32,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{events::Events, state::tests::state_of};

    const SCALE: BarScale = BarScale::Columns(ColumnScale {
        from: 0.0,
        to: 50.0,
        height_m: 100.0,
        radius_m: 5.0,
    });

    fn rows(value: Vec<u32>) -> Rows {
        let mut rows = Rows::default();
        rows.value = value;
        rows
    }

    #[test]
    fn columns_are_marked_at_the_limits_of_their_series() {
        let (state, events) = (state_of(3), Events::default());
        let shown = Shown {
            state: &state,
            events: &events,
            moment: UtcMillis(0),
            hub_gone: false,
        };
        let limit = BarLimit {
            value: 10.0,
            class: 2,
        };
        let same = bars(SCALE, &rows(vec![0, 1, 2]), &shown);
        let ShapePlan::Bars {
            limits, own_limits, ..
        } = same
        else {
            panic!("columns: {same:?}");
        };
        assert_eq!((limits, own_limits.len()), (vec![limit], 0));
        // One that shows no series has no limits.
        let other = bars(SCALE, &rows(vec![0, u32::MAX]), &shown);
        let ShapePlan::Bars {
            limits, own_limits, ..
        } = other
        else {
            panic!("columns: {other:?}");
        };
        assert_eq!((limits.len(), own_limits.to_vec()), (0, vec![(0, limit)]));
    }

    #[test]
    fn a_column_bears_no_more_marks_than_can_be_drawn() {
        let limits = Limits {
            above_medium: Some(10.0),
            above_high: Some(20.0),
            above_critical: Some(50.0),
            below_medium: Some(2.0),
            below_high: Some(1.0),
        };
        let marked: Vec<(u32, u8)> = marked(&limits)
            .iter()
            .map(|limit| (limit.value as u32, limit.class))
            .collect();
        assert_eq!(marked, [(50, 4), (20, 3), (10, 2), (1, 3)]);
    }
}
