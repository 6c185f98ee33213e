//! Clicks, the resting pointer, boxes and lassos, "what is here".

use super::*;
use cim_layers::{
    SHAPE_CAMERA, SHAPE_EVENT,
    look::{HOVERED, SELECTED},
    motion::fence::FenceShape,
};
use cim_scene::{AreaPaintPlan, City, LayerShape};
use cim_scene::{FeatureHit, Hovered, MOST_HERE, PickPurpose, RegionPx, Selected, Selection};

fn hit(question: u32, what: Option<Picked>) -> FeatureHit {
    FeatureHit {
        question,
        what,
        at: None,
        normal: None,
    }
}

fn tower() -> Picked {
    Picked::Feature {
        tile: 4,
        feature: 2,
        id: "w12".into(),
        name: "塔".into(),
    }
}

/// Says that the newest ray meets nothing; what is told then.
fn answer_nothing(app: &mut App) -> Vec<TwinOutput> {
    let question = questions(app).last().expect("asked").question;
    app.world_mut().write_message(hit(question, None));
    told_but_counts(settle(app))
}

#[test]
fn a_click_picks_the_nearest_point() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0), place(14.0, 0.0)]);
    let [x, y] = pixel_of(&app, 0, 1);
    assert!((pixel_of(&app, 0, 0)[0] - x).abs() > 4.0);
    assert_eq!(click(&mut app, [x + 3.0, y - 2.0]), [picked(0, 1)]);
    assert_eq!(app.world().resource::<Selected>().0, Some(point(0, 1)));
    assert!(questions(&mut app).is_empty());
}

#[test]
fn at_one_place_a_pin_is_picked_by_its_head_and_a_camera_goes_before_a_sensor() {
    let mut app = open_city();
    let here = place(50.0, 50.0);
    set_sensors(&mut app, &[here]);
    set_points(&mut app, 1, &[(PointState::new(SHAPE_CAMERA, 0), here)]);
    set_points(&mut app, 2, &[(PointState::new(SHAPE_EVENT, 0), here)]);
    let at = pixel_of(&app, 0, 0);
    assert_eq!(click(&mut app, [at[0], at[1] - 20.0]), [picked(2, 0)]);
    let mut layers = usual_layers();
    layers[2].shown = false;
    act(&mut app, TwinCommand::SetLayers(layers));
    assert_eq!(click(&mut app, at), [picked(1, 0)]);
}

#[test]
fn a_point_of_a_hidden_layer_is_neither_drawn_nor_picked() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let at = pixel_of(&app, 0, 0);
    let mut layers = usual_layers();
    layers[0].shown = false;
    act(&mut app, TwinCommand::SetLayers(layers));
    assert_eq!(drawn_flags(&app, 0, 0), None);
    assert!(click(&mut app, at).is_empty());
    assert_eq!(answer_nothing(&mut app), [TwinOutput::Picked(None)]);
    act(&mut app, TwinCommand::SetLayers(usual_layers()));
    assert_eq!(click(&mut app, at), [picked(0, 0)]);
}

#[test]
fn a_click_beside_every_point_asks_for_a_building() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let told = [
        click(&mut app, [200.0, 600.0]),
        click(&mut app, [210.0, 600.0]),
    ]
    .concat();
    assert!(told.is_empty(), "{told:?}");
    let asked = questions(&mut app);
    let newest = asked.last().expect("asked");
    assert_eq!(newest.purpose, PickPurpose::Pick);
    assert!(newest.origin.distance(camera(&app).eye()) < 1e-9);

    let (old, question) = (newest.question - 1, newest.question);
    app.world_mut().write_message(hit(old, None));
    app.world_mut().write_message(hit(question, Some(tower())));
    assert_eq!(
        told_but_counts(settle(&mut app)),
        [TwinOutput::Picked(Some(tower()))]
    );
    assert_eq!(app.world().resource::<Selected>().0, Some(tower()));
}

#[test]
fn where_the_buildings_are_off_pipes_can_still_be_picked() {
    let mut app = open_city();
    act(
        &mut app,
        TwinCommand::SwitchLayer {
            layer: Layer::Buildings,
            to: LayerState::Hidden,
        },
    );
    assert!(click(&mut app, [200.0, 600.0]).is_empty());
    let asked = questions(&mut app);
    assert_eq!(
        asked.last().map(|asked| asked.purpose),
        Some(PickPurpose::Pick)
    );
}

#[test]
fn a_name_beside_its_place_stands_for_what_it_names() {
    let mut app = open_city();
    let name = |text: &str, east_m: f64, feature: Option<&str>| Label {
        text: text.into(),
        position: place(east_m, 0.0),
        rank: 2,
        path: None,
        feature: feature.map(str::to_owned),
    };
    let names = vec![name("塔", 0.0, Some("w12")), name("区", 300.0, None)];
    act(&mut app, TwinCommand::SetLabels(names));
    let px_of = |app: &App, index: u32| {
        let mut list = app.world().resource::<ShownLabels>().list().iter();
        list.find(|label| label.index == index)
            .expect("it is written")
            .px
    };
    let at = px_of(&app, 0);
    let named = Picked::Feature {
        tile: u32::MAX,
        feature: u32::MAX,
        id: "w12".into(),
        name: "塔".into(),
    };
    assert_eq!(
        click(&mut app, at),
        [TwinOutput::Picked(Some(named.clone()))]
    );
    assert_eq!(app.world().resource::<Selected>().0, Some(named));
    // Below it, and on a name that stands for nothing, a ray asks.
    for at in [[at[0], at[1] + 40.0], px_of(&app, 1)] {
        assert!(click(&mut app, at).is_empty());
        assert_eq!(answer_nothing(&mut app), [TwinOutput::Picked(None)]);
    }
}

#[test]
fn hovering_tells_what_is_there_within_the_frame_and_that_it_is_gone() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let at = pixel_of(&app, 0, 0);
    send(&mut app, TwinCommand::Hover { at: Some(at) });
    app.update();
    let what = Some(point(0, 0));
    assert_eq!(
        told_but_counts(take_outputs(app.world_mut())),
        [TwinOutput::Hovering {
            what,
            at,
            ground: None
        }]
    );
    let flags = drawn_flags(&app, 0, 0).expect("drawn");
    assert_eq!(flags & HOVERED, HOVERED);
    assert!(act(&mut app, TwinCommand::Hover { at: Some(at) }).is_empty());
    assert_eq!(
        act(&mut app, TwinCommand::Hover { at: None }),
        [TwinOutput::Hovering {
            what: None,
            at,
            ground: None
        }]
    );
    assert_eq!(app.world().resource::<Hovered>().0, None);
    assert_eq!(drawn_flags(&app, 0, 0).expect("drawn") & HOVERED, 0);
}

#[test]
fn where_a_layer_says_something_of_the_ground_the_pointer_tells_its_place() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let areas = LayerShape::Areas {
        origin: ORIGIN,
        shapes: Arc::new([FenceShape::Circle {
            middle: [0.0, 0.0],
            radius_m: 500.0,
        }]),
        paints: Arc::new([AreaPaintPlan::NoData]),
        up_m: 0.6,
    };
    act(
        &mut app,
        TwinCommand::SetShape {
            layer: 0,
            shape: areas,
        },
    );
    let [x, y] = pixel_of(&app, 0, 0);
    let at = [x + 60.0, y];
    act(&mut app, TwinCommand::Hover { at: Some(at) });
    let told = answer_nothing(&mut app);
    let [
        TwinOutput::Hovering {
            what: None,
            ground: Some(ground),
            ..
        },
    ] = told.as_slice()
    else {
        unreachable!("{told:?}");
    };
    let under = camera(&app).ground_at(at).expect("below the horizon");
    let place = app.world().resource::<City>().geodetic_from_enu(under);
    assert_eq!(Some(ground.place), place);
    assert_eq!(ground.layers, [0]);
    assert!(ground.metres_per_px > 0.0);
    let gone = act(&mut app, TwinCommand::Hover { at: None });
    assert!(matches!(
        told_but_counts(gone).as_slice(),
        [TwinOutput::Hovering {
            what: None,
            ground: None,
            ..
        }]
    ));
}

/// So many sensors in a square with a side of `side_m`, in a layer that clusters.
fn clustered(app: &mut App, count: u32, side_m: f64) {
    let mut layers = usual_layers();
    layers[0].look.gather = Gathering::Symbols { cell_px: 40.0 };
    send(app, TwinCommand::SetLayers(layers));
    let across = f64::from(count).sqrt().ceil().max(2.0);
    let all: Vec<(PointState, Geodetic)> = (0..count)
        .map(|row| {
            let east = (f64::from(row) % across) / (across - 1.0) - 0.5;
            let north = (f64::from(row) / across).floor() / (across - 1.0) - 0.5;
            (gas(), place(east * side_m, north * side_m))
        })
        .collect();
    set_points(app, 0, &all);
}

/// Where the only cluster appears.
fn cluster_pixel(app: &App) -> [f32; 2] {
    let clusters = &live_layer(app, 0).seen.clusters;
    let [cluster] = clusters.as_slice() else {
        unreachable!("not one cluster: {clusters:?}");
    };
    let at = DVec3::from_array(cluster.at.map(f64::from));
    camera(app).project(at).expect("in front").px
}

#[test]
fn a_click_on_a_cluster_flies_in_until_it_splits() {
    let mut app = open_city();
    clustered(&mut app, 2, 8.0);
    let at = cluster_pixel(&app);
    let before_m = camera(&app).view().distance_m;
    assert_eq!(click(&mut app, at), [TwinOutput::Picked(None)]);
    assert!(camera(&app).view().distance_m < before_m * 0.5);
    let seen = &live_layer(&app, 0).seen;
    assert_eq!((seen.points.len(), seen.clusters.len()), (2, 0));
}

#[test]
fn a_click_on_a_cluster_that_cannot_be_split_lists_what_it_holds() {
    let mut app = open_city();
    clustered(&mut app, 60, 0.01);
    let before = camera(&app).view();
    let at = cluster_pixel(&app);
    let told = click(&mut app, at);
    let [
        TwinOutput::Here { items, more, .. },
        TwinOutput::Picked(None),
    ] = told.as_slice()
    else {
        unreachable!("{told:?}");
    };
    assert_eq!((items.len(), *more), (MOST_HERE, 10));
    assert_eq!(camera(&app).view(), before);
}

#[test]
fn what_is_here_lists_points_of_all_layers_and_the_building_last() {
    let mut app = open_city();
    let here = place(20.0, 20.0);
    set_sensors(&mut app, &[here, place(300.0, 300.0), here]);
    set_points(&mut app, 2, &[(PointState::new(SHAPE_EVENT, 3), here)]);
    let [x, y] = pixel_of(&app, 0, 0);
    let at = [x, y - 10.0];
    assert!(act(&mut app, TwinCommand::AskHere { at }).is_empty());
    let question = questions(&mut app).last().expect("asked").question;
    app.world_mut().write_message(hit(question, Some(tower())));
    let told = told_but_counts(settle(&mut app));
    let [TwinOutput::Here { items, more: 0, .. }] = told.as_slice() else {
        unreachable!("{told:?}");
    };
    assert_eq!(items.len(), 4);
    assert_eq!(items.last(), Some(&tower()));
    for wanted in [point(0, 0), point(0, 2), point(2, 0)] {
        assert!(items.contains(&wanted), "{wanted:?} is not in {items:?}");
    }
    assert_eq!(app.world().resource::<Selected>().0, None);
}

#[test]
fn what_is_here_holds_a_cluster_of_few() {
    let mut app = open_city();
    clustered(&mut app, 9, 2.0);
    let at = cluster_pixel(&app);
    let at_once = told_but_counts(act(&mut app, TwinCommand::AskHere { at }));
    assert!(at_once.is_empty(), "{at_once:?}");
    let told = answer_nothing(&mut app);
    let [TwinOutput::Here { items, more, .. }] = told.as_slice() else {
        unreachable!("{told:?}");
    };
    assert_eq!((items.len(), *more), (9, 0));
}

#[test]
fn a_box_marks_what_lies_in_it_and_a_lasso_adds_to_it() {
    let mut app = open_city();
    let places = [place(-200.0, 0.0), place(0.0, 0.0), place(200.0, 0.0)];
    set_sensors(&mut app, &places);
    let [x, y] = pixel_of(&app, 0, 0);
    let region = RegionPx::Box {
        from: [x + 20.0, y + 20.0],
        to: [x - 20.0, y - 20.0],
    };
    let told = told_but_counts(act(
        &mut app,
        TwinCommand::SelectWithin { region, add: false },
    ));
    let key = |row| PointKey { layer: 0, row };
    assert_eq!(
        told,
        [TwinOutput::Within {
            keys: vec![key(0)],
            total: 1
        }]
    );
    assert_eq!(drawn_flags(&app, 0, 0).expect("drawn") & SELECTED, SELECTED);

    let [x, y] = pixel_of(&app, 0, 2);
    let region = RegionPx::Lasso(vec![
        [x - 30.0, y + 20.0],
        [x + 30.0, y + 20.0],
        [x, y - 40.0],
    ]);
    let told = told_but_counts(act(
        &mut app,
        TwinCommand::SelectWithin { region, add: true },
    ));
    assert_eq!(
        told,
        [TwinOutput::Within {
            keys: vec![key(0), key(2)],
            total: 2
        }]
    );
    assert_eq!(drawn_flags(&app, 0, 1).expect("drawn") & SELECTED, 0);

    act(&mut app, TwinCommand::SelectPoints(vec![key(1)]));
    assert_eq!(app.world().resource::<Selection>().keys(), [key(1)]);
    let selected: Vec<bool> = (0..3)
        .map(|row| drawn_flags(&app, 0, row).expect("drawn") & SELECTED != 0)
        .collect();
    assert_eq!(selected, [false, true, false]);
}

#[test]
fn wild_regions_find_nothing() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let endless = (0..100_000).map(|_| [f32::NAN, 1.0]).collect();
    for region in [
        RegionPx::Lasso(Vec::new()),
        RegionPx::Lasso(vec![[1.0, 1.0]]),
        RegionPx::Lasso(endless),
        RegionPx::Box {
            from: [f32::NAN, 0.0],
            to: [f32::INFINITY, 9.0],
        },
    ] {
        let told = act(&mut app, TwinCommand::SelectWithin { region, add: false });
        let within = TwinOutput::Within {
            keys: Vec::new(),
            total: 0,
        };
        assert_eq!(told_but_counts(told), [within]);
    }
    let told = act(
        &mut app,
        TwinCommand::AskHere {
            at: [f32::NAN, f32::INFINITY],
        },
    );
    let told = told_but_counts(told);
    let [TwinOutput::Here { items, more: 0, .. }] = told.as_slice() else {
        unreachable!("{told:?}");
    };
    assert!(items.is_empty());
}
