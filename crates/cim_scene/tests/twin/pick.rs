//! Clicks, the resting pointer, boxes and lassos, "what is here".

use super::*;
use cim_layers::{
    SHAPE_CAMERA, SHAPE_EVENT,
    look::{HOVERED, SELECTED},
};
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

/// Hides the buildings, so that nothing asks for them.
fn without_buildings(app: &mut App) {
    act(
        app,
        TwinCommand::SwitchLayer {
            layer: Layer::Buildings,
            to: LayerState::Hidden,
        },
    );
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
    without_buildings(&mut app);
    let mut layers = usual_layers();
    layers[0].shown = false;
    act(&mut app, TwinCommand::SetLayers(layers));
    assert_eq!(drawn_flags(&app, 0, 0), None);
    assert_eq!(click(&mut app, at), [TwinOutput::Picked(None)]);
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
fn hovering_tells_what_is_there_within_the_frame_and_that_it_is_gone() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let at = pixel_of(&app, 0, 0);
    send(&mut app, TwinCommand::Hover { at: Some(at) });
    app.update();
    let what = Some(point(0, 0));
    assert_eq!(
        told_but_counts(take_outputs(app.world_mut())),
        [TwinOutput::Hovering { what, at }]
    );
    let flags = drawn_flags(&app, 0, 0).expect("drawn");
    assert_eq!(flags & HOVERED, HOVERED);
    assert!(act(&mut app, TwinCommand::Hover { at: Some(at) }).is_empty());
    assert_eq!(
        act(&mut app, TwinCommand::Hover { at: None }),
        [TwinOutput::Hovering { what: None, at }]
    );
    assert_eq!(app.world().resource::<Hovered>().0, None);
    assert_eq!(drawn_flags(&app, 0, 0).expect("drawn") & HOVERED, 0);
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
fn what_is_here_comes_at_once_where_buildings_are_hidden_and_holds_a_cluster_of_few() {
    let mut app = open_city();
    without_buildings(&mut app);
    clustered(&mut app, 9, 2.0);
    let at = cluster_pixel(&app);
    let told = told_but_counts(act(&mut app, TwinCommand::AskHere { at }));
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
