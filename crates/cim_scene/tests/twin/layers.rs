//! Live layers as the desk speaks of them: points, reports, filters, age, ranges, counts.

use super::*;
use cim_layers::{
    Dirt, SHAPE_EVENT, Upload, Why,
    look::SELECTED,
    room::{DeviceNeed, DeviceRoom, NoRoom, Refusal},
};
use cim_model::Freshness;
use cim_scene::{
    CameraWedge, LayerCountNow, NumberManner, PerformanceNow, Quality, RegionPx, Style, Sun,
    TwinGauges,
};

/// What the device lacks of layer 0.
fn take(app: &mut App, upload: &mut Upload) -> Dirt {
    let mut live = app.world_mut().resource_mut::<LiveLayers>();
    let layer = live.get_mut(0).expect("a layer");
    layer.set.take_upload(upload)
}

#[test]
fn reports_and_a_selection_touch_only_their_own_rows() {
    let mut app = open_city();
    let places: Vec<Geodetic> = (0..1000)
        .map(|row| place(f64::from(row % 50) * 20.0, f64::from(row / 50) * 20.0))
        .collect();
    set_sensors(&mut app, &places);
    let mut upload = Upload::default();
    assert_eq!(take(&mut app, &mut upload), Dirt::All);

    let worse = gas().with_class(3);
    let changes = vec![report(500, worse), report(30, gas())];
    send(&mut app, TwinCommand::ChangePoints { layer: 0, changes });
    let told = act(&mut app, TwinCommand::Select(Some(point(0, 3))));
    assert!(
        told_but_counts(told).is_empty(),
        "the desk chose it and need not be told"
    );
    assert_eq!(take(&mut app, &mut upload), Dirt::Changes);
    assert_eq!(upload.states, [worse]);
    let selected: Vec<u32> = (0..1000)
        .filter(|row| drawn_flags(&app, 0, *row).is_some_and(|flags| flags & SELECTED != 0))
        .collect();
    assert_eq!(selected, [3]);
    assert_eq!(take(&mut app, &mut upload), Dirt::Clean);
}

#[test]
fn points_that_come_before_the_city_find_their_place_in_it() {
    let mut app = App::new();
    app.add_plugins(ScenePlugin);
    set_sensors(&mut app, &[place(100.0, 200.0)]);
    assert_eq!(live_layer(&app, 0).visible_slot(0), None);
    let changes = vec![report(0, gas().with_class(4))];
    act(&mut app, TwinCommand::ChangePoints { layer: 0, changes });
    act(
        &mut app,
        TwinCommand::OpenCity {
            origin: ORIGIN,
            radius_m: 1500.0,
        },
    );
    assert!(live_layer(&app, 0).visible_slot(0).is_some());
    assert!(place_of(&app, 0, 0).distance(DVec3::new(100.0, 200.0, 1.5)) < 0.01);
    assert_eq!(state(&app, 0, 0).class(), 4, "what was reported stays");
}

#[test]
fn the_selection_survives_a_replacement_of_the_points() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0), place(60.0, 0.0)]);
    act(&mut app, TwinCommand::Select(Some(point(0, 1))));
    set_points(
        &mut app,
        0,
        &[(gas(), place(0.0, 50.0)), (gas(), place(60.0, 50.0))],
    );
    assert_eq!(drawn_flags(&app, 0, 1).expect("drawn") & SELECTED, SELECTED);
    assert_eq!(drawn_flags(&app, 0, 0).expect("drawn") & SELECTED, 0);
}

#[test]
fn layers_keep_their_points_when_the_list_changes_and_dropped_ones_are_named() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let mut layers = usual_layers();
    layers.swap(0, 2);
    layers.remove(1);
    layers[1].look.opacity = 0.5;
    act(&mut app, TwinCommand::SetLayers(layers));
    let order: Vec<u16> = live(&app)
        .iter_in_order()
        .map(|layer| layer.number)
        .collect();
    assert_eq!(order, [2, 0]);
    assert_eq!(live_layer(&app, 0).set.rows(), 1);
    let mut live = app.world_mut().resource_mut::<LiveLayers>();
    assert_eq!(live.take_dropped(), [1]);
    assert!(live.take_dropped().is_empty());
}

#[test]
fn a_filter_hides_rows_until_it_or_the_points_are_replaced() {
    let mut app = open_city();
    let places = [place(0.0, 0.0), place(60.0, 0.0), place(120.0, 0.0)];
    set_sensors(&mut app, &places);
    let visible = |app: &App| -> Vec<u32> {
        (0..3)
            .filter(|row| live_layer(app, 0).visible_slot(*row).is_some())
            .collect()
    };
    let filter = |taken: Option<Arc<[u64]>>| TwinCommand::FilterPoints { layer: 0, taken };
    act(&mut app, filter(Some(Arc::new([0b101]))));
    assert_eq!(visible(&app), [0, 2]);
    act(&mut app, filter(Some(Arc::new([]))));
    assert!(visible(&app).is_empty(), "a row without a bit is not taken");
    act(&mut app, filter(None));
    assert_eq!(visible(&app), [0, 1, 2]);
    act(&mut app, filter(Some(Arc::new([0b001]))));
    set_points(&mut app, 0, &places.map(|place| (gas(), place)));
    assert_eq!(visible(&app), [0, 1, 2]);
}

#[test]
fn points_age_by_the_clock_and_say_why() {
    let mut app = open_city();
    send(&mut app, TwinCommand::SetLayers(usual_layers()));
    let mut all = LayerPoints::clone(&points(&[(gas(), place(0.0, 0.0))]));
    all.period = vec![10.0];
    let points = Arc::new(all);
    act(&mut app, TwinCommand::SetPoints { layer: 0, points });
    let at = |seconds: f64| TwinCommand::SetTime {
        at: EPOCH.plus_seconds(seconds),
        rate: 0.0,
    };
    let aged = |app: &App| {
        let state = state(app, 0, 0);
        (state.freshness(), state.why())
    };
    act(&mut app, at(20.0));
    assert_eq!(aged(&app), (Freshness::Fresh, Why::NotAged));
    act(&mut app, at(45.0));
    assert_eq!(aged(&app), (Freshness::Late, Why::DeviceSilent));
    let late = |is_late: bool| TwinCommand::SetSourceLate {
        layer: 0,
        rows: vec![(0, is_late), (u32::MAX, is_late)],
    };
    act(&mut app, late(true));
    assert_eq!(aged(&app), (Freshness::Late, Why::SourceLate));
    act(&mut app, late(false));
    assert_eq!(aged(&app), (Freshness::Late, Why::DeviceSilent));
    act(&mut app, TwinCommand::SetHubGone(true));
    assert_eq!(aged(&app), (Freshness::Late, Why::HubGone));
    act(&mut app, at(500.0));
    assert_eq!(aged(&app), (Freshness::Missing, Why::HubGone));
    act(&mut app, at(5.0));
    assert_eq!(aged(&app), (Freshness::Fresh, Why::NotAged));
}

#[test]
fn a_layer_is_left_out_beyond_its_range() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let mut layers = usual_layers();
    layers[0].farthest_m = 500.0;
    act(&mut app, TwinCommand::SetLayers(layers));
    assert!(!live_layer(&app, 0).is_drawn());
    assert_eq!(drawn_flags(&app, 0, 0), None);
    act(
        &mut app,
        TwinCommand::GoToView {
            target: place(0.0, 0.0),
            distance_m: 300.0,
            heading_deg: 0.0,
            pitch_deg: 40.0,
            how: Move::Jump,
        },
    );
    assert!(drawn_flags(&app, 0, 0).is_some());
}

#[test]
fn the_desk_hears_what_is_in_the_picture_once() {
    let mut app = open_city();
    send(&mut app, TwinCommand::SetLayers(usual_layers()));
    let all = [
        (gas(), place(0.0, 0.0)),
        (gas().with_class(4), place(100.0, 0.0)),
        (gas().with_freshness(Freshness::Missing), place(0.0, 100.0)),
        (gas(), place(0.0, -50_000.0)),
    ];
    let points = points(&all);
    let told = act(&mut app, TwinCommand::SetPoints { layer: 0, points });
    let counts = told.iter().rev().find_map(|output| match output {
        TwinOutput::Layers(counts) => Some(counts.clone()),
        _ => None,
    });
    let counts: Vec<LayerCountNow> = counts.expect("told");
    let numbers: Vec<u16> = counts.iter().map(|count| count.layer).collect();
    assert_eq!(numbers, [0, 1, 2]);
    assert_eq!(counts[0].in_view.by_class, [2, 0, 0, 0, 1, 0]);
    assert_eq!(counts[0].in_view.missing, 1);
    assert!(settle(&mut app).is_empty());
}

/// What the desk hears of the layers, when who draws notes that the device has so much room beside others for a layer.
#[track_caller]
fn told_with_room(app: &mut App, number: u16, room: DeviceRoom) -> Vec<LayerCountNow> {
    let need = match live_layer(app, number).plan.look.kind {
        LayerKind::Points => live_layer(app, number).set.gpu_bytes() as u64,
        _ => 40 << 20,
    };
    let need = DeviceNeed::piece(need, need, u64::MAX);
    let mut live = app.world_mut().resource_mut::<LiveLayers>();
    assert!(live.note_refusal(number, room.refusal(need)), "no news");
    assert!(!live.note_refusal(number, room.refusal(need)), "told twice");
    let told = settle(app);
    let counts = told.into_iter().find_map(|output| match output {
        TwinOutput::Layers(counts) => Some(counts),
        _ => None,
    });
    counts.expect("told")
}

fn marked_in_picture(app: &mut App) -> u32 {
    let region = RegionPx::Box {
        from: [0.0, 0.0],
        to: [1280.0, 720.0],
    };
    let told = act(app, TwinCommand::SelectWithin { region, add: false });
    let total = told.iter().find_map(|output| match output {
        TwinOutput::Within { total, .. } => Some(*total),
        _ => None,
    });
    total.expect("told")
}

#[test]
fn a_layer_without_room_on_the_device_is_told_until_there_is_room_again() {
    let mut app = open_city();
    let heat = TwinLayer {
        look: LayerLook::of(LayerKind::Heat),
        ..layer(16, "heat")
    };
    let layers = vec![heat, layer(0, "sensors")];
    act(&mut app, TwinCommand::SetLayers(layers));
    set_points(
        &mut app,
        0,
        &[(gas(), place(0.0, 0.0)), (gas(), place(60.0, 0.0))],
    );
    let full = DeviceRoom {
        most_bytes: 64 << 20,
        others_bytes: 64 << 20,
    };
    let free = DeviceRoom {
        others_bytes: 0,
        ..full
    };
    let of = |counts: &[LayerCountNow], number: u16| -> (Option<Refusal>, u32) {
        let count = counts.iter().find(|count| count.layer == number);
        let count = count.expect("the layer is told");
        (count.refusal, count.drawn)
    };
    assert_eq!(marked_in_picture(&mut app), 2);
    let missing = |needed_mib| Refusal {
        why: NoRoom::Shared,
        needed_mib,
        free_mib: 0,
    };
    let counts = told_with_room(&mut app, 0, full);
    assert_eq!(of(&counts, 0), (Some(missing(1)), 0));
    assert_eq!(of(&counts, 16).0, None);
    assert_eq!(
        marked_in_picture(&mut app),
        0,
        "what is not drawn cannot be pointed at"
    );
    let counts = told_with_room(&mut app, 16, full);
    assert_eq!(of(&counts, 16).0, Some(missing(40)));
    let counts = told_with_room(&mut app, 16, free);
    assert_eq!(of(&counts, 16).0, None);
    assert_eq!(of(&counts, 0).0, Some(missing(1)));
    let counts = told_with_room(&mut app, 0, free);
    assert_eq!(of(&counts, 0), (None, 2));
    assert_eq!(marked_in_picture(&mut app), 2);
}

#[test]
fn wedges_are_kept_and_the_same_again_are_no_news() {
    let mut app = open_city();
    let wedges: Arc<[CameraWedge]> = Arc::new([CameraWedge {
        row: 0,
        azimuth_deg: 10.0,
        fov_deg: 60.0,
        range_m: 80.0,
    }]);
    act(&mut app, TwinCommand::SetWedges(wedges.clone()));
    let before = (live(&app).revision(), live(&app).wedges_revision());
    act(&mut app, TwinCommand::SetWedges(wedges.clone()));
    assert_eq!(
        (live(&app).revision(), live(&app).wedges_revision()),
        before
    );
    assert_eq!(live(&app).wedges(), &*wedges);
}

#[test]
fn another_manner_of_numbers_is_drawn_and_the_same_again_is_no_news() {
    let mut app = open_city();
    act(&mut app, TwinCommand::SetNumbers(NumberManner::default()));
    let before = live(&app).revision();
    act(&mut app, TwinCommand::SetNumbers(NumberManner::default()));
    assert_eq!(live(&app).revision(), before);
    app.world_mut().resource_mut::<NeedsFrame>().take();
    act(&mut app, TwinCommand::SetNumbers(NumberManner::Thousands));
    assert_eq!(live(&app).numbers, NumberManner::Thousands);
    assert!(live(&app).revision() > before);
    assert!(app.world().resource::<NeedsFrame>().is_due());
}

#[test]
fn performance_is_told_only_while_it_is_watched() {
    let mut app = open_city();
    act(
        &mut app,
        TwinCommand::SetLook {
            style: Style::Day,
            quality: Quality::High,
            sun: Sun::default(),
        },
    );
    let found = |told: Vec<TwinOutput>| -> Vec<PerformanceNow> {
        told.into_iter()
            .filter_map(|output| match output {
                TwinOutput::Performance(now) => Some(now),
                _ => None,
            })
            .collect()
    };
    assert!(found(act(&mut app, TwinCommand::Overview)).is_empty());
    let told = found(act(&mut app, TwinCommand::WatchPerformance(true)));
    let now = told.first().expect("told at once");
    assert_eq!((now.wanted, now.quality), (Quality::High, Quality::High));
    let told = found(act(
        &mut app,
        TwinCommand::FlyTo {
            place: place(300.0, 0.0),
            size_m: 50.0,
        },
    ));
    assert!((1..25).contains(&told.len()), "told {} times", told.len());
    act(&mut app, TwinCommand::WatchPerformance(false));
    assert!(found(act(&mut app, TwinCommand::Overview)).is_empty());
}

#[test]
fn the_longest_wait_is_told_once_and_holds_the_desk_and_the_way() {
    let mut app = open_city();
    let waits = |told: Vec<TwinOutput>| -> Vec<f32> {
        told.into_iter()
            .filter_map(|output| match output {
                TwinOutput::Performance(now) => Some(now.queue_ms),
                _ => None,
            })
            .collect()
    };
    act(&mut app, TwinCommand::NoteWait(500.0));
    let told = waits(act(&mut app, TwinCommand::WatchPerformance(true)));
    assert_eq!(told.first().copied(), Some(0.0), "nobody looked then");
    app.world_mut().resource_mut::<TwinGauges>().queue_ms = 10.0;
    send(&mut app, TwinCommand::NoteWait(f32::INFINITY));
    send(&mut app, TwinCommand::NoteWait(30.0));
    let second = |at| TwinCommand::SetTime {
        at: UtcMillis(at),
        rate: 0.0,
    };
    let told = waits(act(&mut app, second(1_000)));
    assert_eq!(told.first().copied(), Some(40.0));
    let told = waits(act(&mut app, second(2_000)));
    assert_eq!(told.first().copied(), Some(0.0));
}

#[test]
fn commands_that_make_no_sense_are_ignored() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let nowhere = Geodetic {
        lon_deg: f64::NAN,
        lat_deg: f64::INFINITY,
        height_m: f64::NAN,
    };
    let unequal = LayerPoints {
        places: vec![place(0.0, 0.0), nowhere, place(5.0, 5.0)],
        states: vec![gas()],
        seen: Vec::new(),
        period: vec![f32::NAN; 9],
        things: vec![7; 9],
        epoch: UtcMillis(i64::MIN),
    };
    let wild_report = PointChange {
        row: u32::MAX,
        state: PointState {
            packed: u32::MAX,
            value: f32::NAN,
        },
        seen: f32::NAN,
        period: f32::NEG_INFINITY,
    };
    let wild_here = PointChange {
        row: 0,
        ..wild_report
    };
    let wild_layer = TwinLayer {
        nearest_m: f32::NAN,
        farthest_m: f32::NAN,
        ..layer(40, "wild")
    };
    let commands = vec![
        TwinCommand::SetPoints {
            layer: 999,
            points: points(&[(gas(), ORIGIN)]),
        },
        TwinCommand::ChangePoints {
            layer: 999,
            changes: vec![report(0, gas())],
        },
        TwinCommand::ChangePoints {
            layer: 0,
            changes: vec![wild_report, wild_here],
        },
        TwinCommand::SetPoints {
            layer: 1,
            points: Arc::new(unequal),
        },
        TwinCommand::FilterPoints {
            layer: 7,
            taken: None,
        },
        TwinCommand::SetTime {
            at: UtcMillis(i64::MAX),
            rate: f64::NAN,
        },
        TwinCommand::SetTime {
            at: EPOCH,
            rate: f64::NEG_INFINITY,
        },
        TwinCommand::SelectPoints(vec![PointKey {
            layer: u16::MAX,
            row: u32::MAX,
        }]),
        TwinCommand::SetLayers(vec![layer(0, "twice"), layer(0, "twice"), wild_layer]),
    ];
    for command in commands {
        act(&mut app, command);
    }
    assert_eq!(live(&app).iter_in_order().count(), 2);
    assert!(live(&app).get(999).is_none());
    assert_eq!(live_layer(&app, 0).set.rows(), 1);
}

#[test]
fn a_name_gives_way_to_the_pin_of_an_event_and_comes_back() {
    let mut app = open_city();
    act(&mut app, TwinCommand::SetLayers(usual_layers()));
    act(
        &mut app,
        TwinCommand::SetLabels(vec![Label {
            text: "云龙湖".into(),
            position: place(0.0, 0.0),
            rank: 2,
            path: None,
            feature: None,
        }]),
    );
    let height = |app: &App| {
        let list = app.world().resource::<ShownLabels>().list();
        assert_eq!(list.len(), 1, "one name, and none that fades");
        list.first().map_or(f32::NAN, |label| label.px[1])
    };
    let home = height(&app);
    set_points(
        &mut app,
        2,
        &[(PointState::new(SHAPE_EVENT, 3), place(0.0, 0.0))],
    );
    assert!(height(&app) > home + 15.0, "it stands below the pin");
    set_points(&mut app, 2, &[]);
    assert!((height(&app) - home).abs() < 0.5);
    // An ordinary sensor is no obstacle.
    set_points(&mut app, 0, &[(gas(), place(0.0, 0.0))]);
    assert!((height(&app) - home).abs() < 0.5);
}
