//! What the state keeps and tells, and what other tests make of it.

use super::*;
use cim_model::{Limits, Observation, Quality, SensorKind};

/// A gas sensor `t<n>` with the series `d<n>`: promised every second, medium above 10.
pub(crate) fn gas_sensor(n: u32) -> (Thing, Datastream) {
    let thing = Thing {
        id: ThingId::new(format!("t{n}")),
        name: format!("Chamber {n}"),
        description: String::new(),
        kind: SensorKind::Gas,
        position: Geodetic {
            lon_deg: 121.5,
            lat_deg: 31.2,
            height_m: 0.0,
        },
        properties: Vec::new(),
    };
    let datastream = Datastream {
        id: DatastreamId::new(format!("d{n}")),
        thing: thing.id.clone(),
        name: "Methane".to_owned(),
        observed_property: "methane".to_owned(),
        unit: "%LEL".to_owned(),
        period_s: 1.0,
        limits: Limits {
            above_medium: Some(10.0),
            ..Limits::default()
        },
    };
    (thing, datastream)
}

/// A state with `count` gas sensors.
pub(crate) fn state_of(count: u32) -> State {
    let (things, datastreams) = (0..count).map(gas_sensor).unzip();
    let mut state = State::default();
    state.apply_catalogue(things, datastreams, Vec::new());
    number(&mut state);
    state
}

/// A camera `c<n>`, a degree's hundred-thousandth north of the one before.
pub(crate) fn camera(n: u32) -> Camera {
    Camera {
        id: CameraId::new(format!("c{n}")),
        name: format!("Camera {n}"),
        position: Geodetic::new(121.5, 31.2 + f64::from(n) * 1e-5, 6.0),
        azimuth_deg: 0.0,
        tilt_deg: 0.0,
        fov_deg: 60.0,
        range_m: 80.0,
        status: CameraStatus::On,
        category: 1,
        clips: Vec::new(),
    }
}

#[test]
fn a_camera_that_is_hidden_is_nowhere_and_the_others_stay_where_they_are() {
    let mut state = State::default();
    state.apply_catalogue(Vec::new(), Vec::new(), (0..3).map(camera).collect());
    let place = Geodetic::new(121.5, 31.2, 0.0);
    let near = |state: &State| {
        let near = state.cameras_near(place, 2, 100.0).into_iter();
        near.map(|near| near.camera.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(near(&state).len(), 2);
    let generation = state.cameras_generation();
    assert!(state.hide_cameras(BTreeSet::from([0])));
    assert!(!state.hide_cameras(BTreeSet::from([0])));
    assert_eq!(state.cameras_generation(), generation + 1);
    let mut shown = near(&state);
    shown.sort();
    assert_eq!(shown, ["c1", "c2"]);
    assert_eq!(
        (state.camera_row("c0"), state.camera_row("c2")),
        (None, Some(2))
    );
    let rows: Vec<u32> = state.shown_cameras().map(|(row, _)| row).collect();
    assert_eq!(rows, [1, 2]);
    assert_eq!(state.cameras().len(), 3);
}

/// Numbers every series as a store would, but turned around, so that rows and numbers are not the same.
pub(crate) fn number(state: &mut State) {
    let last = state.series().len() as u32;
    let rows: BTreeMap<DatastreamId, u32> = state.series_rows.clone();
    state.learn_numbers(|id| Some(last - rows.get(id)?));
}

/// `observations` in columns by number.
pub(crate) fn columns_of(state: &State, observations: &[Observation]) -> Columns {
    let mut columns = Columns::new();
    for observation in observations {
        let row = state
            .series_row(&observation.datastream)
            .expect("a series of the state");
        columns.set(&Row {
            series: state.number(row).expect("a number"),
            quality: observation.quality,
            happened_at: observation.happened_at.0,
            known_at: observation.happened_at.0,
            value: observation.value,
        });
    }
    columns
}

/// Shows `observations` as the past.
pub(crate) fn show_past(state: &mut State, observations: &[Observation]) {
    let mut columns = columns_of(state, observations);
    state.show_past(&mut columns, None);
}

fn shown(state: &State, row: u32) -> Option<f64> {
    state.readings().get(row).map(|reading| reading.value)
}

/// A value of the series `d<n>`.
pub(crate) fn observed(n: u32, millis: i64, value: f64) -> Observation {
    Observation {
        datastream: DatastreamId::new(format!("d{n}")),
        happened_at: UtcMillis(millis),
        value,
        quality: Quality::Good,
    }
}

const NOW: UtcMillis = UtcMillis(100_000);

#[test]
fn the_newest_value_stays_whatever_order_values_come_in() {
    let mut state = state_of(1);
    assert_eq!(
        state.take_known(&observed(0, 2_000, 2.0), NOW, NOW),
        Applied::Newest(0)
    );
    assert_eq!(
        state.take_known(&observed(0, 1_000, 1.0), NOW, NOW),
        Applied::Older(0)
    );
    assert_eq!(shown(&state, 0), Some(2.0));
}

#[test]
fn a_value_from_the_future_is_refused_so_that_it_cannot_hide_the_next_ones() {
    let mut state = state_of(1);
    assert_eq!(
        state.take_known(&observed(0, 100_000_000, 2.0), NOW, NOW),
        Applied::Ahead
    );
    assert_eq!(shown(&state, 0), None);
}

#[test]
fn only_devices_that_changed_are_told_and_each_once() {
    let mut state = state_of(3);
    assert_eq!(state.take_changed(), Changed::All);
    state.take_known(&observed(1, 1_000, 1.0), NOW, NOW);
    state.take_known(&observed(1, 2_000, 1.0), NOW, NOW);
    assert_eq!(state.take_changed(), Changed::Rows(vec![1]));
    assert_eq!(state.take_changed(), Changed::Rows(Vec::new()));
}

#[test]
fn the_past_is_shown_while_new_values_arrive_behind_it() {
    let mut state = state_of(1);
    state.take_known(&observed(0, 50_000, 5.0), NOW, NOW);
    show_past(&mut state, &[observed(0, 10_000, 1.0)]);
    state.take_known(&observed(0, 60_000, 6.0), NOW, NOW);
    assert_eq!(shown(&state, 0), Some(1.0));
    state.show_live();
    assert_eq!(shown(&state, 0), Some(6.0));
}

#[test]
fn a_catalogue_told_again_changes_nothing() {
    let mut state = state_of(2);
    let before = state.catalogue_generation();
    let (things, datastreams) = (0..2).map(gas_sensor).unzip();
    state.apply_catalogue(things, datastreams, Vec::new());
    assert_eq!(state.catalogue_generation(), before);
    let (thing, datastream) = gas_sensor(1);
    let renamed = Thing {
        name: "Chamber by the river".to_owned(),
        ..thing
    };
    state.apply_catalogue(vec![renamed], vec![datastream], Vec::new());
    assert_eq!(state.catalogue_generation(), before + 1);
    assert_eq!(state.things().len(), 2);
}

#[test]
fn a_device_that_only_moved_leaves_the_catalogue_alone() {
    let mut state = state_of(2);
    let before = (state.catalogue_generation(), state.things_generation());
    let (thing, _) = gas_sensor(1);
    let elsewhere = Geodetic {
        lon_deg: 121.6,
        ..thing.position
    };
    let moved = Thing {
        position: elsewhere,
        ..thing
    };
    state.apply_catalogue(vec![moved], Vec::new(), Vec::new());
    assert_eq!(
        (state.catalogue_generation(), state.things_generation()),
        before
    );
    assert_eq!(state.take_moved(), vec![1]);
    assert_eq!(state.take_moved(), Vec::<u32>::new());
    assert_eq!(
        state.thing(1).map(|row| row.thing.position),
        Some(elsewhere)
    );
}

#[test]
fn a_series_waits_for_its_device() {
    let (thing, datastream) = gas_sensor(0);
    let mut state = State::default();
    state.apply_catalogue(Vec::new(), vec![datastream], Vec::new());
    assert_eq!(state.series()[0].thing, None);
    state.apply_catalogue(vec![thing], Vec::new(), Vec::new());
    assert_eq!(state.series()[0].thing, Some(0));
    assert_eq!(state.things()[0].series, vec![0]);
}

#[test]
fn a_device_is_as_bad_as_its_worst_series_and_as_fresh_as_its_freshest() {
    let mut state = state_of(1);
    state.take_known(&observed(0, 100_000, 12.0), NOW, NOW);
    let seen = state.thing_state(state.readings(), 0, UtcMillis(101_000));
    assert_eq!(seen, (Severity::Medium, Freshness::Fresh));
    let later = state.thing_state(state.readings(), 0, UtcMillis(200_000));
    assert_eq!(later, (Severity::Medium, Freshness::Missing));
}

#[test]
fn in_a_branch_values_hold_from_where_it_leaves_the_past() {
    let mut state = state_of(2);
    let mut columns = columns_of(
        &state,
        &[observed(0, 10_000, 1.0), observed(1, 500_000, 9.0)],
    );
    state.show_past(&mut columns, Some(UtcMillis(11_000)));
    let later = UtcMillis(900_000);
    for row in 0..2 {
        assert_eq!(
            state.freshness(state.readings(), row, later),
            Freshness::Fresh
        );
    }
    let mut columns = columns_of(&state, &[observed(0, 10_000, 1.0)]);
    state.show_past(&mut columns, None);
    assert_eq!(
        state.freshness(state.readings(), 0, later),
        Freshness::Missing
    );
}

#[test]
fn quality_and_freshness_become_one_word() {
    let mut state = state_of(1);
    let doubtful = Observation {
        quality: Quality::Suspect,
        ..observed(0, 90_000, 1.0)
    };
    state.take_known(&doubtful, NOW, NOW);
    let word = |moment: i64| state.word(state.readings(), 0, UtcMillis(moment));
    assert_eq!(word(90_500), QualityWord::Suspect);
    assert_eq!(word(97_000), QualityWord::Suspect, "late is not worse");
    assert_eq!(word(900_000), QualityWord::Missing);
}

#[test]
fn a_series_that_the_store_does_not_know_has_no_past() {
    let mut state = state_of(1);
    let (thing, datastream) = gas_sensor(1);
    state.apply_catalogue(vec![thing], vec![datastream], Vec::new());
    assert!(state.lacks_numbers());
    assert_eq!((state.number(0), state.number(1)), (Some(1), None));
    assert_eq!(state.row_of_number(1), Some(0));
    show_past(&mut state, &[observed(0, 10_000, 1.0)]);
    assert_eq!((shown(&state, 0), shown(&state, 1)), (Some(1.0), None));
}
