//! What a moving thing says, and what is made of it: a leg to draw, a jump, or nothing.
//!
//! The rule, in words for people: a thing is drawn where it was `lag` seconds ago, on the straight line between the two
//! places that it reported around that moment. The lag is its own period (at most [`MoveRules::longest_lag_s`]), so
//! that the next report is usually there when a leg ends and the thing neither stops nor is guessed ahead. It is never
//! drawn beyond the newest report. A thing that falls silent stays where it reported last; three periods later its
//! [`Freshness`] says *late*, ten periods later *missing*, and it is drawn as such.
//!
//! | report | made of it |
//! |---|---|
//! | newer than the last | a leg from where it is drawn now, which ends at the report's time plus the lag |
//! | after a gap of more than five periods, or faster than 100 m/s | a jump: it stands there, its trail is broken |
//! | older than the last | nothing to draw; the trail takes it in order |
//! | of the same time as the last | nothing: sources say things twice |
//! | no numbers, far outside, or ahead of the clock | refused, counted by whoever asks |

use super::trails::{Link, TrailPoint, Trails, shifted};
use super::{is_near_enough, squared_distance, way};
use crate::points::Motion;
use cim_model::Freshness;
use std::cmp::Ordering;
use std::f32::consts::TAU;

/// More things than this are refused by [`Movers`]: 60 bytes each.
pub const MAX_MOVERS: u32 = 1 << 22;

/// Shorter ways than this say nothing of a thing's heading, metres: places are known to a few metres.
const LEAST_COURSE_M: f32 = 2.0;
/// Slower than this a thing stands, and the heading that it reports is noise, metres per second.
const STANDS_MPS: f32 = 0.5;

/// What a moving thing says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// The caller's number of the thing.
    pub row: u32,
    /// Where it was: metres east, north and up of the city's origin.
    pub at: [f32; 3],
    /// When it was there, seconds since the set's epoch.
    pub t: f32,
    /// How fast it went, metres per second, where it says so.
    pub speed: Option<f32>,
    /// Where it headed, radians clockwise from north, where it says so.
    pub heading: Option<f32>,
}

/// When reports make a leg, and how it is timed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MoveRules {
    /// Faster than this between two reports it jumped, metres per second.
    pub jump_mps: f32,
    /// After a gap of more of its periods than this it jumped.
    pub gap_periods: f32,
    /// A thing is drawn at most so many seconds behind its reports, however long its period is.
    pub longest_lag_s: f32,
    /// A leg takes at least so many seconds (or the lag, where that is shorter): a report that was long on its way
    /// shall not make the thing leap.
    pub shortest_leg_s: f32,
    /// Reports farther ahead of the clock than this are refused, seconds: one wrong clock would silence all later
    /// reports.
    pub ahead_s: f32,
}

impl Default for MoveRules {
    fn default() -> Self {
        Self {
            jump_mps: 100.0,
            gap_periods: 5.0,
            longest_lag_s: 10.0,
            shortest_leg_s: 0.2,
            ahead_s: 60.0,
        }
    }
}

impl MoveRules {
    /// How far a thing that reports every `period_s` seconds is drawn behind its reports, seconds: never more than a
    /// period.
    pub fn lag_s(&self, period_s: f32) -> f32 {
        period_s.min(self.longest_lag_s).max(0.0)
    }

    /// Which reports of a thing that reports every `period_s` seconds belong together.
    pub fn link(&self, period_s: f32) -> Link {
        Link {
            fastest_mps: self.jump_mps,
            longest_s: self.gap_periods * period_s,
        }
    }
}

/// Why a report was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such row.
    #[error("the report is of a row that does not exist")]
    NoSuchRow,
    /// Its place is no number, or farther than [`FURTHEST_M`](super::FURTHEST_M) from the city's origin.
    #[error("the reported place is not a place of this city")]
    NoPlace,
    /// Its time, or the clock's, is no number.
    #[error("the report has no time")]
    NoTime,
    /// It claims to be of a time that has not come.
    #[error("the report is of a time that has not come")]
    Ahead,
}

/// What was made of a report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Taken {
    /// The thing's first: it stands there.
    First(Motion),
    /// It moves on.
    Leg {
        /// What is to be drawn.
        leg: Motion,
        /// Where it reported before, metres: where geofences begin their way.
        before: [f32; 3],
    },
    /// It stands somewhere else at once.
    Jump(Motion),
    /// Older than the newest: only the trail wants it.
    Past,
    /// Said before.
    Duplicate,
    /// Unusable.
    Refused(Refusal),
}

impl Taken {
    /// What is to be drawn from now on; nothing when the report changed nothing.
    pub fn motion(self) -> Option<Motion> {
        match self {
            Self::First(leg) | Self::Jump(leg) | Self::Leg { leg, .. } => Some(leg),
            Self::Past | Self::Duplicate | Self::Refused(_) => None,
        }
    }

    /// The way between two reports for [`Fences::update`](super::fence::Fences::update), from and to, metres; after a
    /// jump nobody knows the way, so both are the new place.
    pub fn reported_way(self) -> Option<([f32; 3], [f32; 3])> {
        match self {
            Self::First(leg) | Self::Jump(leg) => Some((leg.to, leg.to)),
            Self::Leg { leg, before } => Some((before, leg.to)),
            Self::Past | Self::Duplicate | Self::Refused(_) => None,
        }
    }
}

/// More things than [`MAX_MOVERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rows} moving things are more than the {MAX_MOVERS} that one layer may have")]
pub struct TooManyMovers {
    /// How many were asked for.
    pub rows: u32,
}

/// Things that move: their newest reports and the legs on which they are drawn. A report allocates nothing.
#[derive(Clone, Debug)]
pub struct Movers {
    rules: MoveRules,
    periods: Vec<f32>,
    /// The newest report; its time is NaN before the first.
    newest: Vec<TrailPoint>,
    legs: Vec<Motion>,
    /// Radians clockwise from north; NaN when nobody knows.
    headings: Vec<f32>,
}

impl Movers {
    /// So many things that promise a report every `period_s` seconds and have not reported yet.
    pub fn new(rows: u32, period_s: f32, rules: MoveRules) -> Result<Self, TooManyMovers> {
        let mut movers = Self {
            rules,
            periods: Vec::new(),
            newest: Vec::new(),
            legs: Vec::new(),
            headings: Vec::new(),
        };
        movers.resize(rows, period_s)?;
        Ok(movers)
    }

    /// From now on so many things; those that stay keep what they reported, new ones promise one every `period_s`
    /// seconds.
    pub fn resize(&mut self, rows: u32, period_s: f32) -> Result<(), TooManyMovers> {
        if rows > MAX_MOVERS {
            return Err(TooManyMovers { rows });
        }
        let count = rows as usize;
        self.periods.resize(count, usable_period(period_s));
        self.newest.resize(count, TrailPoint::NEVER);
        self.legs.resize(count, Motion::still([f32::NAN; 3], 0.0));
        self.headings.resize(count, f32::NAN);
        Ok(())
    }

    /// How many things there are.
    pub fn rows(&self) -> u32 {
        self.periods.len() as u32
    }

    /// Says how often a thing promises to report, seconds. What is no positive number counts as a second.
    pub fn set_period(&mut self, row: u32, period_s: f32) {
        if let Some(period) = self.periods.get_mut(row as usize) {
            *period = usable_period(period_s);
        }
    }

    /// How often a thing promises to report, seconds.
    pub fn period(&self, row: u32) -> Option<f32> {
        self.periods.get(row as usize).copied()
    }

    /// Takes a report at the clock's `now`, seconds since the set's epoch.
    pub fn take(&mut self, report: &Report, now: f32) -> Taken {
        if let Some(refusal) = self.refusal(report, now) {
            return Taken::Refused(refusal);
        }
        let rules = self.rules;
        let row = report.row as usize;
        let (Some(newest), Some(leg), Some(heading), Some(&period)) = (
            self.newest.get_mut(row),
            self.legs.get_mut(row),
            self.headings.get_mut(row),
            self.periods.get(row),
        ) else {
            return Taken::Refused(Refusal::NoSuchRow);
        };
        let before = *newest;
        match report.t.partial_cmp(&before.t) {
            Some(Ordering::Less) => return Taken::Past,
            Some(Ordering::Equal) => return Taken::Duplicate,
            Some(Ordering::Greater) | None => {}
        }
        let point = TrailPoint {
            at: report.at,
            t: report.t,
        };
        *newest = point;
        if rules.link(period).joins(&before, &point) {
            let lag = rules.lag_s(period);
            let shortest = rules.shortest_leg_s.max(0.0).min(lag);
            *leg = Motion {
                from: leg.at(now),
                t0: now,
                to: report.at,
                t1: (report.t + lag).min(now + lag).max(now + shortest),
            };
            *heading = heading_after(report, before.at, *heading);
            return Taken::Leg {
                leg: *leg,
                before: before.at,
            };
        }
        *leg = Motion::still(report.at, now);
        *heading = stated_heading(report).unwrap_or(f32::NAN);
        if before.t.is_nan() {
            Taken::First(*leg)
        } else {
            Taken::Jump(*leg)
        }
    }

    /// Takes a report and lets the trails take it too. Points of a trail have the times at which the thing is *drawn*
    /// there (the report's plus the lag), so that a trail cut off at `now` ends at the thing and not ahead of it.
    pub fn record(&mut self, report: &Report, now: f32, trails: &mut Trails) -> Taken {
        let taken = self.take(report, now);
        if matches!(taken, Taken::Duplicate | Taken::Refused(_)) {
            return taken;
        }
        if let Some(period) = self.period(report.row) {
            let t = report.t + self.rules.lag_s(period);
            trails.place(report.row, report.at, t, self.rules.link(period));
        }
        taken
    }

    /// Goes on with what `from` knows of the thing in `from_row`, whose seconds count from another moment: `shift_s` is
    /// added to them. Nothing is taken over when its newest report is later than `until` (seconds since this set's epoch).
    /// The thing keeps the period that it has here.
    pub fn take_over(
        &mut self,
        row: u32,
        (from, from_row): (&Self, u32),
        shift_s: f64,
        until: f32,
    ) {
        let newest = from.newest(from_row).map(|newest| TrailPoint {
            t: shifted(newest.t, shift_s),
            ..newest
        });
        let Some(newest) = newest.filter(|newest| newest.t <= until) else {
            return;
        };
        let (place, from_place) = (row as usize, from_row as usize);
        if let Some(known) = self.newest.get_mut(place) {
            *known = newest;
        }
        if let (Some(leg), Some(was)) = (self.legs.get_mut(place), from.legs.get(from_place)) {
            *leg = Motion {
                t0: shifted(was.t0, shift_s),
                t1: shifted(was.t1, shift_s),
                ..*was
            };
        }
        if let (Some(heading), Some(was)) =
            (self.headings.get_mut(place), from.headings.get(from_place))
        {
            *heading = *was;
        }
    }

    /// Forgets a thing's reports: its row now stands for another one.
    pub fn forget(&mut self, row: u32) {
        let row = row as usize;
        if let Some(newest) = self.newest.get_mut(row) {
            *newest = TrailPoint::NEVER;
        }
        if let Some(leg) = self.legs.get_mut(row) {
            *leg = Motion::still([f32::NAN; 3], 0.0);
        }
        if let Some(heading) = self.headings.get_mut(row) {
            *heading = f32::NAN;
        }
    }

    /// The newest report's place (metres) and time (seconds); none before the first.
    pub fn newest(&self, row: u32) -> Option<TrailPoint> {
        self.newest
            .get(row as usize)
            .filter(|point| !point.is_break())
            .copied()
    }

    /// The leg on which a thing is drawn; none before its first report.
    pub fn leg(&self, row: u32) -> Option<Motion> {
        self.newest(row)?;
        self.legs.get(row as usize).copied()
    }

    /// Where a thing is drawn at `now`, metres; none before its first report.
    pub fn drawn(&self, row: u32, now: f32) -> Option<[f32; 3]> {
        self.leg(row).map(|leg| leg.at(now))
    }

    /// Where a thing heads, radians clockwise from north: as it said, or else the way between its last two places.
    pub fn heading(&self, row: u32) -> Option<f32> {
        self.headings
            .get(row as usize)
            .copied()
            .filter(|heading| !heading.is_nan())
    }

    /// Whether a thing still reports at `now`: late means *no longer reported*, it stays where it was.
    pub fn freshness(&self, row: u32, now: f32) -> Freshness {
        match (self.newest(row), self.period(row)) {
            (Some(newest), Some(period)) => {
                Freshness::of_age(f64::from(now) - f64::from(newest.t), f64::from(period))
            }
            _ => Freshness::Missing,
        }
    }

    /// Why a report cannot be used, if it cannot.
    fn refusal(&self, report: &Report, now: f32) -> Option<Refusal> {
        if report.row >= self.rows() {
            Some(Refusal::NoSuchRow)
        } else if !report.t.is_finite() || !now.is_finite() {
            Some(Refusal::NoTime)
        } else if report.t > now + self.rules.ahead_s {
            Some(Refusal::Ahead)
        } else if is_near_enough(&report.at) {
            None
        } else {
            Some(Refusal::NoPlace)
        }
    }
}

/// A period that divides and multiplies well, seconds.
fn usable_period(period_s: f32) -> f32 {
    if period_s.is_finite() && period_s > 0.0 {
        period_s
    } else {
        1.0
    }
}

/// The heading that a report states, unless the thing stands, radians clockwise from north in 0 to 2π.
fn stated_heading(report: &Report) -> Option<f32> {
    let stands = report.speed.is_some_and(|speed| speed.abs() < STANDS_MPS);
    report
        .heading
        .filter(|heading| heading.is_finite() && !stands)
        .map(|heading| heading.rem_euclid(TAU))
}

/// The heading after a report: stated, or the way from the place before, or as it was.
fn heading_after(report: &Report, before: [f32; 3], heading: f32) -> f32 {
    if let Some(stated) = stated_heading(report) {
        return stated;
    }
    let [east, north, _] = way(before, report.at);
    let is_way = squared_distance([0.0; 3], [east, north, 0.0]) >= LEAST_COURSE_M * LEAST_COURSE_M;
    if is_way {
        east.atan2(north).rem_euclid(TAU)
    } else {
        heading
    }
}

#[cfg(test)]
mod tests;
