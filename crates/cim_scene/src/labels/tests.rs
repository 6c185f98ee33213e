//! Names along roads, in a whole scene.

use super::{shown::Key, *};
use crate::{NeedsFrame, ScenePlugin};
use cim_geo::{Enu, Geodetic, LocalFrame};
use std::collections::BTreeSet;

const ORIGIN: Geodetic = Geodetic {
    lon_deg: 121.5,
    lat_deg: 31.24,
    height_m: 0.0,
};

fn place(east_m: f64, north_m: f64) -> Geodetic {
    LocalFrame::new(ORIGIN).geodetic_from_enu(Enu::new(east_m, north_m, 0.0))
}

fn road(text: String, ends: [[f64; 2]; 2]) -> Label {
    let [from, to] = ends;
    Label {
        text,
        position: place(from[0], from[1]),
        rank: 1,
        path: Some(vec![place(from[0], from[1]), place(to[0], to[1])]),
        feature: None,
    }
}

/// A skewed grid of long roads, with names of crossings on top.
fn crowd() -> Vec<Label> {
    let mut labels = Vec::new();
    for row in 0..12_u32 {
        let at = f64::from(row) * 80.0 - 440.0;
        let digit = char::from_u32(0x4e00 + row).unwrap_or('一');
        labels.push(road(
            format!("云湖大道{digit}段"),
            [[-900.0, at - 200.0], [900.0, at + 200.0]],
        ));
        labels.push(road(
            format!("滨河路{digit}号线"),
            [[at + 120.0, 900.0], [at - 120.0, -900.0]],
        ));
        labels.push(Label {
            text: format!("路口{digit}"),
            position: place(at, at * 0.2),
            rank: 2,
            path: None,
            feature: None,
        });
    }
    labels
}

fn settle(app: &mut App) {
    for _ in 0..200 {
        app.update();
        if !app.world().resource::<NeedsFrame>().goes_on() {
            return;
        }
    }
    unreachable!("the twin never came to rest");
}

fn act(app: &mut App, command: TwinCommand) {
    app.world_mut().write_message(command);
    settle(app);
}

fn open_city() -> App {
    let mut app = App::new();
    app.add_plugins(ScenePlugin);
    for command in [
        TwinCommand::Resize {
            width: 1280,
            height: 720,
            scale: 1.0,
        },
        TwinCommand::OpenCity {
            origin: ORIGIN,
            radius_m: 600.0,
        },
        TwinCommand::SetLabels(crowd()),
    ] {
        act(&mut app, command);
    }
    app
}

/// Where the letters of a label are, and how large they are, px.
fn letters(shown: &ShownLabels, labels: &Labels, label: &ShownLabel) -> Vec<([f32; 2], f32)> {
    let em = label_px(label.rank);
    let count = labels.text(label.index).chars().count() as f32;
    let line = shown.line(label);
    let start = (along::length_of(line) - count * em) * 0.5;
    (0..count as u32)
        .map(|letter| {
            let middle = if line.is_empty() {
                let from_middle = (letter as f32 + 0.5 - count * 0.5) * em;
                [label.px[0] + from_middle, label.px[1]]
            } else {
                along_line(line, start + letter as f32 * em, em).0
            };
            (middle, em)
        })
        .collect()
}

#[track_caller]
fn check_apart(app: &App) -> usize {
    let shown = app.world().resource::<ShownLabels>();
    let labels = app.world().resource::<Labels>();
    let staying: Vec<&ShownLabel> = shown
        .list()
        .iter()
        .filter(|label| !label.is_leaving)
        .collect();
    for (row, one) in staying.iter().enumerate() {
        for other in &staying[row + 1..] {
            for (a, a_em) in letters(shown, labels, one) {
                for (b, b_em) in letters(shown, labels, other) {
                    let apart = (a[0] - b[0]).hypot(a[1] - b[1]);
                    assert!(
                        apart > (a_em + b_em) * 0.48,
                        "{} touches {}",
                        labels.text(one.index),
                        labels.text(other.index)
                    );
                }
            }
        }
    }
    staying
        .iter()
        .filter(|label| !shown.line(label).is_empty())
        .count()
}

#[test]
fn names_along_crossing_roads_never_overlap() {
    let mut app = open_city();
    assert!(check_apart(&app) > 6, "roads carry their names");
    for by in [[30.0, 5.0], [200.0, 0.0], [0.0, 90.0], [340.0, -40.0]] {
        act(&mut app, TwinCommand::Orbit { by });
        check_apart(&app);
    }
    act(
        &mut app,
        TwinCommand::Zoom {
            at: [500.0, 300.0],
            notches: 6.0,
        },
    );
    assert!(check_apart(&app) > 0);
}

#[test]
fn no_name_is_upside_down() {
    let mut app = open_city();
    for _ in 0..8 {
        act(&mut app, TwinCommand::Orbit { by: [180.0, 0.0] });
        let shown = app.world().resource::<ShownLabels>();
        for label in shown.list() {
            let line = shown.line(label);
            let (Some(first), Some(last)) = (line.first(), line.last()) else {
                continue;
            };
            assert!(
                last[0] > first[0] || (label.is_stacked && last[1] > first[1]),
                "{first:?} … {last:?}"
            );
        }
    }
}

#[test]
fn far_away_roads_fall_back_to_nothing() {
    let mut app = open_city();
    act(
        &mut app,
        TwinCommand::SetLabels(vec![road("短街".into(), [[-40.0, 0.0], [40.0, 0.0]])]),
    );
    let count = |app: &App| app.world().resource::<ShownLabels>().list().len();
    act(
        &mut app,
        TwinCommand::Zoom {
            at: [640.0, 360.0],
            notches: 3.0,
        },
    );
    assert_eq!(count(&app), 1);
    act(
        &mut app,
        TwinCommand::Zoom {
            at: [640.0, 360.0],
            notches: -12.0,
        },
    );
    assert_eq!(count(&app), 0);
}

#[test]
fn a_name_moves_with_its_road() {
    let mut app = open_city();
    let keys = |app: &App| -> BTreeSet<Key> {
        let shown = app.world().resource::<ShownLabels>();
        shown.list().iter().map(ShownLabel::key).collect()
    };
    let before = keys(&app);
    act(
        &mut app,
        TwinCommand::Pan {
            from: [600.0, 400.0],
            to: [603.0, 401.0],
        },
    );
    let kept = keys(&app).intersection(&before).count();
    assert!(kept * 10 >= before.len() * 8, "{kept} of {}", before.len());
}

/// The rank, place and width of everything that stays.
fn staying(app: &App) -> Vec<ShownLabel> {
    let shown = app.world().resource::<ShownLabels>();
    let stays = |label: &&ShownLabel| !label.is_leaving;
    shown.list().iter().filter(stays).copied().collect()
}

#[test]
fn larger_texts_are_fewer_and_never_overlap() {
    let mut app = open_city();
    let usual = staying(&app).len();
    act(&mut app, TwinCommand::SetTextScale(2.5));
    let look = *app.world().resource::<LabelLook>();
    assert!((look.text_scale() - 2.5).abs() < 1e-6);
    let labels = app.world().resource::<Labels>();
    let large = staying(&app);
    assert!(
        !large.is_empty() && large.len() < usual,
        "{} of {usual}",
        large.len()
    );
    let half = |label: &ShownLabel| {
        let em = label_px(label.rank) * 2.5;
        [labels.width_em(label.index) * em * 0.5, em * 0.5]
    };
    let level: Vec<&ShownLabel> = large.iter().filter(|label| label.rank == 2).collect();
    for (row, one) in level.iter().enumerate() {
        for other in &level[row + 1..] {
            let apart = |axis: usize| {
                (one.px[axis] - other.px[axis]).abs() >= half(one)[axis] + half(other)[axis]
            };
            assert!(apart(0) || apart(1), "{one:?} and {other:?}");
        }
    }
    act(&mut app, TwinCommand::SetTextScale(f32::NAN));
    assert_eq!(*app.world().resource::<LabelLook>(), look);
}

#[test]
fn many_means_more_names_and_few_means_fewer() {
    let mut app = open_city();
    let usual = staying(&app).len();
    act(&mut app, TwinCommand::SetLabelDensity(LabelDensity::Many));
    let many = staying(&app).len();
    check_apart(&app);
    act(&mut app, TwinCommand::SetLabelDensity(LabelDensity::Few));
    let few = staying(&app).len();
    assert!(few < usual && usual < many, "{few} < {usual} < {many}");
}

#[test]
fn the_name_of_a_thing_in_alarm_takes_the_place_of_another() {
    let mut app = open_city();
    let thing = |text: &str, east_m: f64| Label {
        text: text.into(),
        position: place(east_m, 0.0),
        rank: 3,
        path: None,
        feature: None,
    };
    act(
        &mut app,
        TwinCommand::SetLabels(vec![thing("一号泵站", 0.0), thing("二号泵站", 2.0)]),
    );
    act(
        &mut app,
        TwinCommand::Zoom {
            at: [640.0, 360.0],
            notches: 8.0,
        },
    );
    let shown = |app: &App| {
        staying(app)
            .iter()
            .map(|label| label.index)
            .collect::<Vec<u32>>()
    };
    let before = shown(&app);
    assert_eq!(before.len(), 1, "there is room for one");
    let other = 1 - before[0];
    act(
        &mut app,
        TwinCommand::SetLabelAlarms(vec![(other, Severity::High), (99, Severity::Critical)]),
    );
    assert_eq!(shown(&app), [other]);
    act(&mut app, TwinCommand::SetLabelAlarms(Vec::new()));
    assert_eq!(shown(&app), [other], "it keeps its place afterwards");
}
