//! What lies around a case: cameras, people and vehicles.

use crate::{
    live::Live,
    state::ThingRow,
    wire::{AlarmNearDto, Target},
};
use cim_geo::{Geodetic, LocalFrame};
use cim_model::{Alarm, Severity, ThingClass};
use std::collections::BTreeMap;

/// So many cameras.
const MOST_CAMERAS: usize = 4;
/// Cameras are so near, metres.
const CAMERA_REACH_M: f64 = 400.0;
/// So many people and vehicles.
const MOST_FORCES: usize = 8;
/// People and vehicles are so near, metres.
const FORCE_REACH_M: f64 = 5_000.0;
/// A degree of latitude has at least so many metres.
const DEGREE_M: f64 = 110_000.0;

/// The cameras around a place, best first.
pub(super) fn cameras(live: &Live, place: Geodetic) -> Vec<AlarmNearDto> {
    let near = live
        .state
        .cameras_near(place, MOST_CAMERAS, CAMERA_REACH_M)
        .into_iter();
    near.map(|near| AlarmNearDto {
        target: Target::Camera {
            id: near.camera.id.to_string(),
        },
        name: near.camera.name.clone(),
        kind: "camera".to_owned(),
        distance_m: near.distance_m,
        severity: Severity::Normal.into(),
        value: String::new(),
    })
    .collect()
}

/// People and vehicles around a place, nearest first.
pub(super) fn forces(live: &Live, place: Geodetic) -> Vec<AlarmNearDto> {
    let frame = LocalFrame::new(place);
    let reach_deg = FORCE_REACH_M / DEGREE_M;
    let things = live.state.things().iter();
    let mut found: Vec<(f64, &ThingRow)> = things
        .filter(|row| {
            // Most things are devices, or far away by their latitude alone.
            row.thing.class() != ThingClass::Device
                && (row.thing.position.lat_deg - place.lat_deg).abs() <= reach_deg
        })
        .filter_map(|row| {
            let at = frame.enu_from_geodetic(row.thing.position);
            let metres = at.east_m.hypot(at.north_m);
            (metres <= FORCE_REACH_M).then_some((metres, row))
        })
        .collect();
    found.sort_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| x.thing.id.cmp(&y.thing.id)));
    found.truncate(MOST_FORCES);
    let worst = worst_alarms(live);
    let told = found.into_iter().map(|(distance_m, row)| AlarmNearDto {
        target: Target::Thing {
            id: row.thing.id.to_string(),
        },
        name: row.thing.name.clone(),
        kind: kind_of(row.thing.class()).to_owned(),
        distance_m,
        severity: worst
            .get(row.thing.id.as_str())
            .copied()
            .unwrap_or_default()
            .into(),
        value: String::new(),
    });
    told.collect()
}

/// What people call a force, a key of `kind.*` in the locale files.
fn kind_of(class: ThingClass) -> &'static str {
    match class {
        ThingClass::Person => "person",
        ThingClass::Vehicle => "vehicle",
        ThingClass::Device => "other",
    }
}

/// The worst alarm of each device that has one.
fn worst_alarms(live: &Live) -> BTreeMap<&str, Severity> {
    let shown: &[Alarm] = if live.state.shows_past() {
        &live.past.alarms
    } else {
        live.alarms.attention()
    };
    let mut worst: BTreeMap<&str, Severity> = BTreeMap::new();
    for one in shown.iter().filter(|one| one.cleared_at.is_none()) {
        let known = worst.entry(one.thing.as_str()).or_default();
        *known = (*known).max(one.severity);
    }
    worst
}
