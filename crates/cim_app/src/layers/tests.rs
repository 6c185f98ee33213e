//! What the twin is told: the rows that changed and no others, and what a person made of the layers.

mod moving;

use super::*;
use crate::{
    events::tests::event,
    state::tests::{camera, gas_sensor, number, observed, show_past, state_of},
    video_desk::ChannelPoints,
    wire::LayerChangeDto,
};
use cim_layers::{
    CLASS_UNREAL,
    layer::{Filter, Gathering, Stand},
};
use cim_model::{
    Datastream, DatastreamId, Event, EventLevel, EventStatus, Freshness, Limits, Quality, Standing,
    Thing,
};
use std::sync::Arc;

const NOW: UtcMillis = UtcMillis(100_000);

/// A desk's layers with what they show.
struct Bench {
    layers: Layers,
    state: State,
    events: Events,
    past: Option<Events>,
    hub_gone: bool,
}

impl Bench {
    /// `count` fresh devices and one event, already told.
    fn told(count: u32) -> Self {
        let mut bench = Self {
            layers: Layers::default(),
            state: state_of(count),
            events: Events::default(),
            past: None,
            hub_gone: false,
        };
        bench.events.apply(vec![event(1, 90_000)]);
        for n in 0..count.min(1_000) {
            bench.state.take_known(&observed(n, NOW.0, 1.0), NOW, NOW);
        }
        let first = bench.look(NOW);
        assert_eq!(rows_of(&first, PointKey::SENSORS), Some(count as usize));
        assert_eq!(rows_of(&first, PointKey::EVENTS), Some(1));
        bench
    }

    fn look(&mut self, moment: UtcMillis) -> LayerChanges {
        self.look_with_jobs(moment).0
    }

    fn look_with_jobs(&mut self, moment: UtcMillis) -> (LayerChanges, Vec<Job>) {
        let sources = BTreeMap::new();
        let look = Look {
            state: &mut self.state,
            events: self.past.as_ref().unwrap_or(&self.events),
            alarms: Vec::new(),
            sources: &sources,
            moment,
            rate: 1.0,
            hub_gone: self.hub_gone,
            now: moment,
        };
        self.layers.changes(look)
    }

    fn change(&mut self, change: &LayerChangeDto) {
        self.layers.change(change).expect("a layer of the pack");
    }
}

/// How many rows a layer was handed out anew with.
fn rows_of(changes: &LayerChanges, number: u16) -> Option<usize> {
    let mut points = changes.points.iter();
    let (_, points) = points.find(|(layer, _)| *layer == number)?;
    Some(points.states.len())
}

/// Rows and classes that changed in a layer.
fn told_of(changes: &LayerChanges, number: u16) -> Vec<(u32, u8)> {
    changes
        .changes
        .iter()
        .filter(|(layer, _)| *layer == number)
        .flat_map(|(_, changes)| changes)
        .map(|change| (change.row, change.state.class()))
        .collect()
}

#[test]
fn only_the_rows_that_reported_are_told() {
    let mut bench = Bench::told(100_000);
    bench
        .state
        .take_known(&observed(99_999, NOW.0 + 1, 12.0), NOW, NOW);
    let changes = bench.look(NOW);
    assert!(changes.points.is_empty(), "no set is new");
    assert_eq!(told_of(&changes, PointKey::SENSORS), [(99_999, 2)]);
    assert_eq!(bench.look(NOW).changes, Vec::new());
}

#[test]
fn the_oldest_reading_says_how_long_it_waited() {
    let mut bench = Bench::told(2);
    for (n, now) in [(0, NOW), (1, NOW.plus_seconds(0.2))] {
        let observation = observed(n, NOW.0 + 1, 12.0);
        bench.state.take_known(&observation, now, now);
    }
    let changes = bench.look(NOW.plus_seconds(0.25));
    assert_eq!(changes.waited_ms, Some(250));
    assert_eq!(bench.look(NOW.plus_seconds(0.5)).waited_ms, None);
}

#[test]
fn nothing_is_told_of_rows_that_only_age() {
    let mut bench = Bench::told(3);
    let later = bench.look(NOW.plus_seconds(30.0));
    assert_eq!(
        (later.changes, later.points),
        (Vec::new(), Vec::new()),
        "the twin ages them by itself"
    );
}

#[test]
fn a_device_that_is_silent_is_old_for_who_asks() {
    let mut bench = Bench::told(1);
    let freshness = |bench: &Bench| {
        let key = PointKey {
            layer: PointKey::SENSORS,
            row: 0,
        };
        let told = (&bench.state, &bench.events);
        let known = bench.layers.state_among(key, told);
        known.map(|(_, state, at)| (state.freshness(), at))
    };
    let fresh = freshness(&bench);
    assert_eq!(fresh, Some((Freshness::Fresh, Some(NOW.0))));
    bench.look(NOW.plus_seconds(600.0));
    assert_eq!(
        freshness(&bench),
        Some((Freshness::Missing, Some(NOW.0))),
        "nothing was told since"
    );
}

#[test]
fn a_large_sheet_that_has_to_wait_loses_neither_moves_nor_reports() {
    const MANY: u32 = 20_001;
    let mut bench = Bench::told(MANY);
    let (mut thing, datastream) = gas_sensor(0);
    thing.position.lon_deg = 121.6;
    let (things, series) = (vec![thing], vec![datastream]);
    bench.state.apply_catalogue(things, series, Vec::new());
    let soon = NOW.plus_seconds(0.2);
    bench
        .state
        .take_known(&observed(1, soon.0, 12.0), soon, soon);
    assert_eq!(bench.look(soon).points, Vec::new(), "it has just been told");
    let later = bench.look(NOW.plus_seconds(1.1));
    let mut points = later.points.iter();
    let sensors = points.find(|(number, _)| *number == PointKey::SENSORS);
    let (_, told) = sensors.expect("all rows anew");
    let moved = told.places.iter().any(|place| place.lon_deg > 121.59);
    let alarmed = told.states.iter().any(|state| state.class() == 2);
    assert!(moved && alarmed, "{moved} {alarmed}");
}

#[test]
fn a_new_event_leaves_the_devices_alone_and_a_closed_one_only_hides() {
    let mut bench = Bench::told(2);
    bench.events.apply(vec![event(2, 95_000)]);
    let changes = bench.look(NOW);
    assert_eq!(rows_of(&changes, PointKey::EVENTS), Some(2));
    assert_eq!(changes.points.len(), 1);
    bench.events.apply(vec![Event {
        status: EventStatus::Closed,
        ..event(2, 95_000)
    }]);
    let changes = bench.look(NOW);
    assert!(changes.points.is_empty());
    let hidden: Vec<(u32, bool)> = changes
        .changes
        .iter()
        .flat_map(|(_, changes)| changes)
        .map(|change| (change.row, change.state.is_shown()))
        .collect();
    assert_eq!(hidden, [(1, false)]);
}

#[test]
fn a_new_device_leaves_the_events_alone() {
    let mut bench = Bench::told(2);
    let (thing, datastream) = gas_sensor(2);
    bench
        .state
        .apply_catalogue(vec![thing], vec![datastream], Vec::new());
    let changes = bench.look(NOW);
    assert_eq!(rows_of(&changes, PointKey::SENSORS), Some(3));
    assert_eq!(rows_of(&changes, PointKey::EVENTS), None);
}

#[test]
fn the_pin_of_what_is_not_real_has_no_severity_and_a_correction_gives_it_one() {
    let mut bench = Bench::told(1);
    for standing in Standing::ALL {
        bench.events.apply(vec![Event {
            level: EventLevel::I,
            standing,
            ..event(1, 90_000)
        }]);
        bench.look(NOW);
        let class = if standing.is_real() { 4 } else { CLASS_UNREAL };
        let (_, sent) = bench
            .layers
            .sent(PointKey::new(PointKey::EVENTS, 0))
            .expect("the pin");
        let state = sent.states.first().expect("a state");
        assert_eq!((state.class(), state.is_shown()), (class, true));
    }
}

#[test]
fn an_event_has_no_pin_before_it_was_known() {
    let mut bench = Bench::told(2);
    show_past(&mut bench.state, &[]);
    bench.past = Some(bench.events.past(1));
    let past = bench.look(UtcMillis(80_000));
    assert_eq!(rows_of(&past, PointKey::EVENTS), None, "the same set");
    assert_eq!(rows_of(&past, PointKey::SENSORS), None);
    let hidden = past
        .changes
        .iter()
        .filter(|(layer, _)| *layer == PointKey::EVENTS)
        .flat_map(|(_, changes)| changes)
        .all(|change| !change.state.is_shown());
    assert!(hidden && !told_of(&past, PointKey::EVENTS).is_empty());
    let missing = past
        .changes
        .iter()
        .filter(|(layer, _)| *layer == PointKey::SENSORS)
        .flat_map(|(_, changes)| changes)
        .filter(|change| change.state.freshness() == Freshness::Missing && change.seen.is_nan());
    assert_eq!(missing.count(), 2, "nothing was known of them then");
}

#[test]
fn a_silent_hub_is_why_things_are_old() {
    let mut bench = Bench::told(1);
    bench.hub_gone = true;
    let late = NOW.plus_seconds(6.0);
    bench
        .state
        .take_known(&observed(0, NOW.0 + 500, 12.0), late, late);
    let changes = bench.look(late);
    assert!(changes.hub_gone);
    let (_, told) = changes.changes.first().expect("a change");
    let state = told.first().expect("a row").state;
    assert_eq!(state.why(), cim_layers::Why::HubGone);
}

#[test]
fn a_filter_takes_rows_as_they_report() {
    let mut bench = Bench::told(3);
    bench.change(&LayerChangeDto::Filter {
        id: "sensors-gas".to_owned(),
        text: Some("value > 10".to_owned()),
    });
    let changes = bench.look(NOW);
    let mask = |changes: &LayerChanges| {
        let mut filters = changes.filters.iter();
        let found = filters.find(|(layer, _)| *layer == PointKey::SENSORS);
        found.and_then(|(_, mask)| mask.as_ref().and_then(|mask| mask.first().copied()))
    };
    assert_eq!(mask(&changes), Some(0));
    bench
        .state
        .take_known(&observed(1, NOW.0 + 1, 12.0), NOW, NOW);
    assert_eq!(mask(&bench.look(NOW)), Some(0b010));
    bench.change(&LayerChangeDto::Filter {
        id: "sensors-gas".to_owned(),
        text: None,
    });
    let cleared = bench.look(NOW);
    assert!(
        cleared
            .filters
            .iter()
            .any(|(layer, mask)| *layer == PointKey::SENSORS && mask.is_none())
    );
    let wrong = LayerChangeDto::Filter {
        id: "sensors-gas".to_owned(),
        text: Some("colour = red".to_owned()),
    };
    assert!(bench.layers.change(&wrong).is_err());
}

#[test]
fn what_a_device_carries_is_a_property_that_filters_ask_for() {
    let mut bench = Bench::told(2);
    let (thing, datastream) = gas_sensor(2);
    let thing = Thing {
        properties: vec![("medium".to_owned(), "gas".to_owned())],
        ..thing
    };
    bench
        .state
        .apply_catalogue(vec![thing], vec![datastream], Vec::new());
    bench.look(NOW);
    let shown = Shown {
        state: &bench.state,
        events: &bench.events,
        moment: NOW,
        hub_gone: false,
    };
    let check = |text: &str, language: &str| {
        let layers = &bench.layers;
        layers.check_filter("sensors-gas", text, &shown, language)
    };
    let found = check("medium = gas", "en");
    assert_eq!((found.ok, found.hits), (true, Some(1.0)));
    let wrong = check("mediun = gas", "zh-CN");
    assert_eq!((wrong.ok, wrong.column), (false, Some(1)));
    assert_eq!(wrong.message, "没有字段「mediun」（是不是「medium」？）");
}

#[test]
fn a_kind_that_is_switched_off_is_masked_and_the_last_one_takes_the_sheet_with_it() {
    let mut bench = Bench::told(2);
    bench.change(&LayerChangeDto::Show {
        id: "sensors-gas".to_owned(),
        on: false,
    });
    let changes = bench.look(NOW);
    let masks: Vec<Option<u64>> = changes
        .filters
        .iter()
        .filter(|(layer, _)| *layer == PointKey::SENSORS)
        .map(|(_, mask)| mask.as_ref().and_then(|mask| mask.first().copied()))
        .collect();
    assert_eq!(masks, [Some(0)]);
    bench.layers.switch(Layer::Sensors, false);
    let layers = bench.look(NOW).layers.expect("another list");
    let sensors = layers.iter().find(|plan| plan.number == PointKey::SENSORS);
    assert_eq!(sensors.map(|plan| plan.shown), Some(false));
    assert!(!bench.layers.shows(Layer::Sensors));
}

#[test]
fn a_layer_that_somebody_made_weaker_gets_a_sheet_of_its_own() {
    let mut bench = Bench::told(2);
    bench.change(&LayerChangeDto::Opacity {
        id: "sensors-gas".to_owned(),
        opacity: 0.5,
    });
    let changes = bench.look(NOW);
    let own = changes
        .layers
        .iter()
        .flatten()
        .find(|plan| plan.id.as_str() == "sensors-gas")
        .expect("its sheet");
    assert!(own.number >= PointKey::FIRST_OWN && own.look.opacity < 0.6);
    assert_eq!(rows_of(&changes, own.number), Some(2));
    assert_eq!(rows_of(&changes, PointKey::SENSORS), Some(0));
}

#[test]
fn a_saved_set_comes_back_and_alarms_begin_in_sight() {
    let mut bench = Bench::told(1);
    let shown = |layers: &Layers, id: &str| {
        let plan = layers.tree.plan(&LayerId::new(id));
        plan.map(|plan| plan.shown)
    };
    let show = |id: &str, on: bool| LayerChangeDto::Show {
        id: id.to_owned(),
        on,
    };
    bench.change(&show("pipes-gas", true));
    let own_gather = bench
        .layers
        .tree
        .plan(&LayerId::new("sensors-gas"))
        .map(|plan| plan.look.gather);
    let stand = |stand: &str| LayerChangeDto::Stand {
        id: "sensors-gas".to_owned(),
        stand: stand.to_owned(),
    };
    bench.change(&stand("through"));
    bench.change(&LayerChangeDto::SaveSet {
        name: "夜班".to_owned(),
    });
    bench.change(&show("pipes-gas", false));
    bench.change(&show("sensors-gas", false));
    bench.change(&stand("above"));
    bench.change(&LayerChangeDto::Gather {
        id: "sensors-gas".to_owned(),
        gather: "dots".to_owned(),
    });
    bench.change(&LayerChangeDto::Filter {
        id: "events".to_owned(),
        text: Some("severity >= high".to_owned()),
    });
    bench.change(&show("vehicle-trails", true));
    let text = serde_json::to_string(&bench.layers.kept()).expect("text");

    let mut after = Layers::default();
    after.remember(&serde_json::from_str(&text).expect("kept"));
    assert_eq!(shown(&after, "pipes-gas"), Some(false));
    assert_eq!(shown(&after, "vehicle-trails"), Some(true));
    let style = |layers: &Layers| {
        let plan = layers.tree.plan(&LayerId::new("sensors-gas"));
        plan.map(|plan| (plan.look.stand, plan.look.gather))
    };
    let dots = Gathering::Dots { dot_px: 3.0 };
    assert_eq!(style(&after), Some((Stand::Above, dots)));
    assert_eq!(
        shown(&after, "sensors-gas"),
        Some(true),
        "alarms stay in sight"
    );
    let events = after.tree.plan(&LayerId::new("events")).expect("events");
    assert_eq!(events.filter.as_ref().map(Filter::text), None);
    after
        .change(&LayerChangeDto::UseSet {
            name: "夜班".to_owned(),
        })
        .expect("the set");
    assert_eq!(shown(&after, "pipes-gas"), Some(true));
    assert_eq!(
        style(&after),
        own_gather.map(|gather| (Stand::Through, gather)),
        "its cells are as wide as the pack wants them"
    );
    after.change(&LayerChangeDto::Reset).expect("a reset");
    assert_eq!(shown(&after, "pipes-gas"), Some(false));
}

/// Opens a city without files, with these packs.
fn open_city(layers: &mut Layers, packs: Vec<Pack>) {
    let origin = Geodetic::new(121.5, 31.2, 0.0);
    layers.set_city(packs, origin, std::path::Path::new("no/such/city"));
}

#[test]
fn gathering_off_and_on_again_has_the_size_of_the_pack() {
    let mut bench = Bench::told(1);
    let mut gathered = |word: &str| {
        bench.change(&LayerChangeDto::Gather {
            id: "cameras".to_owned(),
            gather: word.to_owned(),
        });
        let plan = bench.layers.tree.plan(&LayerId::new("cameras"));
        plan.map(|plan| plan.look.gather)
    };
    assert_eq!(gathered("dots"), Some(Gathering::Dots { dot_px: 3.0 }));
    let own = Gathering::Symbols { cell_px: 96.0 };
    assert_eq!(gathered("symbols"), Some(own));
}

#[test]
fn another_city_keeps_the_order_and_what_was_chosen_of_the_last_one() {
    let mut layers = Layers::default();
    let mut own = layers.built_in.clone();
    own.plan.id = "own".to_owned();
    own.layers.retain(|plan| plan.id.as_str() == "pipes-gas");
    for plan in &mut own.layers {
        plan.id = LayerId::new("pipes-own");
    }
    open_city(&mut layers, vec![own.clone()]);
    let moved = LayerChangeDto::Move {
        id: "pipes-own".to_owned(),
        before: Some("events".to_owned()),
    };
    layers.change(&moved).expect("two layers");
    let order = |layers: &Layers| -> Vec<LayerId> {
        layers.tree.plans().map(|plan| plan.id.clone()).collect()
    };
    let before = order(&layers);
    open_city(&mut layers, Vec::new());
    let is_other = |id: &&LayerId| id.as_str() != "pipes-own";
    let others: Vec<LayerId> = before.iter().filter(is_other).cloned().collect();
    assert_eq!(order(&layers), others);
    let text = serde_json::to_string(&layers.kept()).expect("text");
    assert!(text.contains("pipes-own"), "{text}");
    open_city(&mut layers, vec![own]);
    assert_eq!(order(&layers), before);
}

#[test]
fn another_filter_makes_another_heat_map_although_nothing_was_reported() {
    let mut bench = Bench::told(2);
    open_city(&mut bench.layers, Vec::new());
    bench.change(&LayerChangeDto::Show {
        id: "alarm-heat".to_owned(),
        on: true,
    });
    let made_at = |bench: &mut Bench, second: f64| {
        let (_, jobs) = bench.look_with_jobs(NOW.plus_seconds(second));
        let count = jobs.len();
        for job in jobs {
            bench.layers.take_made(job.run());
        }
        count
    };
    assert!(made_at(&mut bench, 0.0) > 0);
    assert_eq!(made_at(&mut bench, 3.0), 0);
    bench.change(&LayerChangeDto::Filter {
        id: "alarm-heat".to_owned(),
        text: Some("severity >= high".to_owned()),
    });
    assert!(made_at(&mut bench, 6.0) > 0);
}

/// A vehicle `v` with the series `lon`, `lat` and `speed`.
fn vehicle() -> (Thing, Vec<Datastream>) {
    let (thing, series) = gas_sensor(0);
    let thing = Thing {
        properties: vec![("vehicle".to_owned(), "bus".to_owned())],
        ..thing
    };
    let axes = [("lon", "°"), ("lat", "°"), ("speed", "km/h")].map(|(name, unit)| Datastream {
        id: DatastreamId::new(name),
        name: name.to_owned(),
        unit: unit.to_owned(),
        limits: Limits::default(),
        ..series.clone()
    });
    (thing, axes.to_vec())
}

/// The vehicle reports `value` in its series `name`.
fn report(bench: &mut Bench, name: &str, millis: i64, value: f64) {
    let observation = cim_model::Observation {
        datastream: DatastreamId::new(name),
        happened_at: UtcMillis(millis),
        value,
        quality: Quality::Good,
    };
    bench.state.take_known(&observation, NOW, NOW);
}

#[test]
fn a_fence_is_watched_while_the_layer_of_vehicles_is_off() {
    let mut bench = Bench::told(0);
    let (thing, series) = vehicle();
    bench.state.apply_catalogue(vec![thing], series, Vec::new());
    open_city(&mut bench.layers, Vec::new());
    bench.change(&LayerChangeDto::Show {
        id: "vehicles".to_owned(),
        on: false,
    });
    let fence = FenceDto {
        name: "工地".to_owned(),
        ring: vec![
            [121.505, 31.205],
            [121.515, 31.205],
            [121.515, 31.215],
            [121.505, 31.215],
        ],
        dwell_s: None,
    };
    bench.layers.draw_fence(&fence).expect("a fence");
    bench.look(NOW);
    for (second, lon) in [(1, 121.49), (2, 121.51)] {
        report(&mut bench, "lon", NOW.0 + second * 1_000, lon);
        report(&mut bench, "lat", NOW.0 + second * 1_000, 31.21);
        let told = bench.look(NOW.plus_seconds(second as f64));
        assert_eq!(told.moves, Vec::new(), "no layer shows it");
    }
    assert_eq!(bench.layers.notes().count(), 1);
}

fn said(name: &str, millis: i64, value: f64) -> cim_model::Observation {
    cim_model::Observation {
        datastream: DatastreamId::new(name),
        happened_at: UtcMillis(millis),
        value,
        quality: Quality::Good,
    }
}

/// The vehicle reports that it is so many degrees east of 121.5° E, 31.2° N.
fn drive(bench: &mut Bench, millis: i64, east_deg: f64) {
    let now = UtcMillis(millis);
    for observation in [
        said("lon", millis, 121.5 + east_deg),
        said("lat", millis, 31.2),
    ] {
        bench.state.take_known(&observation, now, now);
    }
}

/// A desk with one vehicle and a fence of 190 m around 121.5° E, 31.2° N.
fn fenced() -> Bench {
    let mut bench = Bench::told(0);
    let (thing, series) = vehicle();
    bench.state.apply_catalogue(vec![thing], series, Vec::new());
    number(&mut bench.state);
    bench.layers.origin = Some(Geodetic::new(121.5, 31.2, 0.0));
    let fence = FenceDto {
        name: "site".to_owned(),
        ring: vec![
            [121.499, 31.199],
            [121.501, 31.199],
            [121.501, 31.201],
            [121.499, 31.201],
        ],
        dwell_s: None,
    };
    bench.layers.draw_fence(&fence).expect("a fence");
    bench
}

fn notes(bench: &Bench) -> Vec<&str> {
    let notes = bench.layers.notes();
    notes.map(|note| note.title.as_str()).collect()
}

#[test]
fn fences_are_watched_whatever_is_drawn() {
    let mut bench = fenced();
    bench.change(&LayerChangeDto::Show {
        id: "vehicles".to_owned(),
        on: false,
    });
    for (seconds, east_deg) in [(1, 0.003), (2, 0.0), (3, -0.003)] {
        drive(&mut bench, NOW.0 + seconds * 1_000, east_deg);
        let changes = bench.look(NOW);
        assert_eq!(changes.moves, Vec::new(), "nothing that moves is drawn");
    }
    assert_eq!(notes(&bench), ["Chamber 0 ← site", "Chamber 0 → site"]);
    bench.look(NOW);
    assert_eq!(notes(&bench).len(), 2, "each once");
}

#[test]
fn what_is_first_seen_inside_entered_nothing_and_is_seen_to_leave() {
    let mut bench = fenced();
    bench.look(NOW);
    for (seconds, east_deg) in [(1, 0.0), (2, 0.000_1)] {
        drive(&mut bench, NOW.0 + seconds * 1_000, east_deg);
        bench.look(NOW);
    }
    assert!(notes(&bench).is_empty());
    drive(&mut bench, NOW.0 + 3_000, 0.003);
    bench.look(NOW);
    assert_eq!(notes(&bench), ["Chamber 0 ← site"]);
}

#[test]
fn neither_the_past_nor_a_jump_of_the_clock_makes_notes() {
    let mut bench = fenced();
    drive(&mut bench, NOW.0 + 1_000, 0.003);
    bench.look(NOW);
    let inside = [said("lon", 40_000, 121.5), said("lat", 40_000, 31.2)];
    show_past(&mut bench.state, &inside);
    bench.look(UtcMillis(50_000));
    // The present goes on behind the past.
    drive(&mut bench, NOW.0 + 2_000, 0.0);
    bench.look(UtcMillis(51_000));
    bench.state.show_live();
    bench.look(NOW);
    assert!(notes(&bench).is_empty(), "nobody saw it come");
    drive(&mut bench, NOW.0 + 3_000, 0.003);
    bench.look(NOW);
    assert_eq!(notes(&bench), ["Chamber 0 ← site"]);
    let later = NOW.plus_seconds(1_000.0);
    drive(&mut bench, later.0, 0.0);
    bench.look(later);
    assert_eq!(notes(&bench).len(), 1, "the clock jumped");
}

#[test]
fn channels_that_only_the_catalogue_has_are_points_among_the_cameras() {
    let mut bench = Bench::told(0);
    let cameras = vec![camera(0)];
    bench.state.apply_catalogue(Vec::new(), Vec::new(), cameras);
    let mut points = ChannelPoints::default();
    points.put(("k2", "East gate"), [1_215_000_000, 312_000_000], true);
    points.put(("k1", ""), [1_215_100_000, 312_000_000], false);
    bench.state.place_channels(Arc::new(points.settle()));
    let told = bench.look(NOW);
    assert_eq!(rows_of(&told, PointKey::CAMERAS), Some(3));
    let mut all = told.points.iter();
    let drawn = all.find(|(number, _)| *number == PointKey::CAMERAS);
    let (_, drawn) = drawn.expect("cameras");
    let fresh: Vec<Freshness> = drawn.states.iter().map(|state| state.freshness()).collect();
    let (on, off) = (Freshness::Fresh, Freshness::Missing);
    assert_eq!(fresh, [on, on, off]);
    let place = drawn.places.last().expect("a place");
    assert_eq!((place.lon_deg, place.lat_deg), (121.51, 31.2));
    let wedges = told.wedges.as_ref().map(|wedges| wedges.len());
    assert_eq!(wedges, Some(1), "nobody told how channels look");
    assert_eq!(rows_of(&bench.look(NOW), PointKey::CAMERAS), None);

    let mut mask = |text: &str| {
        bench.change(&LayerChangeDto::Filter {
            id: "cameras".to_owned(),
            text: Some(text.to_owned()),
        });
        let changes = bench.look(NOW);
        let mut filters = changes.filters.into_iter();
        let (_, mask) = filters.find(|(number, _)| *number == PointKey::CAMERAS)?;
        mask?.first().copied()
    };
    assert_eq!(mask("missing"), Some(0b100));
    assert_eq!(mask("name = \"East gate\""), Some(0b010));
    assert_eq!(mask("id = \"c0\" or id = \"k1\""), Some(0b101));

    let later = bench.look(NOW.plus_seconds(11.0));
    assert_eq!(rows_of(&later, PointKey::CAMERAS), None);
    let count = bench.layers.tree.count(&LayerId::new("cameras"));
    let count = count.expect("a count");
    assert_eq!((count.all, count.shown, count.missing), (3, 2, 1));

    // Somebody else sits down who may know of none of them.
    bench.state.place_channels(Arc::default());
    let told = bench.look(NOW.plus_seconds(12.0));
    assert_eq!(rows_of(&told, PointKey::CAMERAS), Some(1));
}

#[test]
fn each_layer_counts_what_it_holds_by_class_and_age() {
    let mut bench = Bench::told(3);
    bench
        .state
        .take_known(&observed(1, NOW.0 + 1, 12.0), NOW, NOW);
    bench.look(NOW.plus_seconds(6.0));
    let count = bench
        .layers
        .tree
        .count(&LayerId::new("sensors-gas"))
        .expect("a count");
    assert_eq!((count.all, count.shown, count.late), (3, 3, 3));
    assert_eq!(count.by_class, [2, 0, 1, 0, 0, 0]);
    let dto = bench.layers.dto("en");
    let row = dto
        .rows
        .iter()
        .find(|row| row.id == "sensors-gas")
        .expect("its row");
    assert_eq!((row.count, row.number), (3.0, PointKey::SENSORS));
    assert_eq!(row.path, ["Sensing", "Safety"]);
    assert!(row.legend.is_by_state);
}
