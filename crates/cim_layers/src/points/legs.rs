//! The leg that follows a report: how a moving thing is drawn between what it says.
//!
//! A report at `at` says where the thing is then. The next leg begins where the thing is drawn at `at` and ends at the
//! reported place after as long as the last gap between reports, at most one period and at most [`LONGEST_LEG_S`]. It is
//! interpolated, never extrapolated: what is drawn lags by at most one leg, and what falls silent stays at its last report.

use super::state::{Motion, heading_of, is_placed};

/// No leg takes longer than this, so that nothing is drawn further behind its report; seconds.
const LONGEST_LEG_S: f32 = 10.0;
/// What is faster than this jumps: it was not there in between; metres per second.
const FASTEST_M_S: f32 = 100.0;
/// What was silent for more periods than this jumps: nobody knows its way.
const SILENT_PERIODS: f32 = 5.0;
/// Shorter ways say nothing about a direction; metres.
const LEAST_WAY_M: f32 = 0.5;

/// The leg after a report of `to` at `at` (seconds since the set's epoch, both finite); `None` for a report older than the
/// last one.
pub(super) fn next_leg(leg: &Motion, to: [f32; 3], at: f32, period: f32) -> Option<Motion> {
    if !is_placed(leg.to) {
        return Some(Motion::still(to, at));
    }
    let gap = at - leg.t0;
    if gap < 0.0 {
        return None;
    }
    // The same moment again: a correction, not a movement.
    if gap <= 0.0 {
        return Some(Motion { to, ..*leg });
    }
    let promised = if period > 0.0 { period } else { f32::INFINITY };
    if gap > SILENT_PERIODS * promised || distance(leg.to, to) > FASTEST_M_S * gap {
        return Some(Motion::still(to, at));
    }
    Some(Motion {
        from: leg.at(at),
        t0: at,
        to,
        t1: at + gap.min(promised).min(LONGEST_LEG_S),
    })
}

/// Where a leg heads, in 256 steps clockwise from north; `None` when it is too short to say.
pub(super) fn heading_along(leg: &Motion) -> Option<u8> {
    let [east, north, _] = way(leg.from, leg.to);
    (east.hypot(north) >= LEAST_WAY_M).then(|| heading_of(east.atan2(north)))
}

/// True when both ends are places, and the times are in order.
pub(super) fn is_sound(leg: &Motion) -> bool {
    let times = [leg.t0, leg.t1];
    is_placed(leg.from)
        && is_placed(leg.to)
        && times.iter().all(|t| t.is_finite())
        && leg.t0 <= leg.t1
}

fn distance(from: [f32; 3], to: [f32; 3]) -> f32 {
    let [east, north, up] = way(from, to);
    east.hypot(north).hypot(up)
}

fn way(from: [f32; 3], to: [f32; 3]) -> [f32; 3] {
    let ([e0, n0, u0], [e1, n1, u1]) = (from, to);
    [e1 - e0, n1 - n0, u1 - u0]
}
