//! Segments, changes, and a real network.

use super::*;
use crate::motion::dice::Dice;
use crate::points::SHAPE_ASSET;
use std::collections::BTreeMap;
use std::path::Path;

fn line(places: &[[f32; 3]], speed: f32) -> FlowLine<'_> {
    FlowLine {
        places,
        width_m: 0.3,
        speed,
        state: PointState::new(SHAPE_ASSET, 0),
    }
}

/// How far a place is from the nearest part of a line, metres.
fn away_from(kept: &[[f32; 3]], place: [f32; 3]) -> f32 {
    kept.iter()
        .zip(kept.iter().skip(1))
        .map(|(a, b)| {
            let along = way(*a, *b);
            let part = (dot(way(*a, place), along) / dot(along, along)).clamp(0.0, 1.0);
            let on = [0, 1, 2].map(|axis| a[axis] + along[axis] * part);
            squared_distance(on, place).sqrt()
        })
        .fold(f32::INFINITY, f32::min)
}

#[test]
fn arrows_run_on_from_segment_to_segment() {
    let bend = [
        [0.0, 0.0, 0.0],
        [30.0, 40.0, 0.0],
        [30.0, 40.0, -10.0],
        [0.0, 40.0, -10.0],
    ];
    let mut flow = Flow::default();
    assert_eq!(flow.replace([line(&bend, -1.5)]), []);
    let measures: Vec<(i32, i32)> = flow
        .segments()
        .iter()
        .map(|segment| (segment.along_m as i32, segment.length_m as i32))
        .collect();
    assert_eq!(measures, [(0, 50), (50, 10), (60, 30)]);
    assert!(flow.segments().iter().all(|segment| segment.speed < 0.0));
    assert_eq!(flow.moving(), 1);
}

#[test]
fn a_change_touches_its_line_only_and_only_when_it_is_one() {
    let (first, second) = (
        [[0.0; 3], [10.0, 0.0, 0.0], [10.0, 10.0, 0.0]],
        [[0.0; 3], [0.0, 10.0, 0.0]],
    );
    let mut flow = Flow::default();
    flow.replace([line(&first, 1.0), line(&second, 0.0), line(&first, 1.0)]);
    let mut ranges = Vec::new();
    flow.take_changes(&mut ranges);
    assert_eq!(ranges.as_slice(), std::slice::from_ref(&(0..5)));
    let high = PointState::new(SHAPE_ASSET, 3).with_value(7.0);
    assert!(flow.change(1, 2.0, high));
    assert!(!flow.change(1, 2.0, high));
    assert!(!flow.change(3, 2.0, high));
    assert_eq!(flow.moving(), 3);
    flow.take_changes(&mut ranges);
    assert_eq!(ranges.as_slice(), std::slice::from_ref(&(2..3)));
    let segment = flow.segments()[2];
    assert_eq!((segment.packed, segment.value as i32), (high.packed, 7));
    assert!(flow.change(1, 0.0, high));
    assert_eq!(flow.moving(), 2);
}

#[test]
fn a_flow_that_nobody_knows_stands_still_and_is_missing() {
    let places = [[0.0; 3], [10.0, 0.0, 0.0]];
    let mut flow = Flow::default();
    flow.replace([line(&places, f32::NAN), line(&places, 1.0e9)]);
    let segments = flow.segments();
    let state = PointState {
        packed: segments[0].packed,
        value: segments[0].value,
    };
    assert_eq!(state.freshness(), Freshness::Missing);
    assert!(segments[0].speed.abs() <= 0.0);
    assert!(segments[1].speed <= FASTEST_ARROW_MPS);
    assert_eq!(flow.moving(), 1);
}

#[test]
fn lines_without_sense_are_named_and_the_others_flow() {
    let good = [[0.0; 3], [10.0, 0.0, 0.0]];
    let (point, nowhere) = ([[5.0; 3], [5.0; 3]], [[0.0; 3], [0.0, f32::NAN, 0.0]]);
    let mut thin = line(&good, 1.0);
    thin.width_m = 0.0;
    let mut flow = Flow::default();
    let problems = flow.replace([
        line(&[], 1.0),
        line(&point, 1.0),
        line(&nowhere, 1.0),
        thin,
        line(&good, 1.0),
    ]);
    assert_eq!(
        problems,
        [
            FlowProblem::NoLength { line: 0 },
            FlowProblem::NoLength { line: 1 },
            FlowProblem::NoPlace { line: 2, point: 1 },
            FlowProblem::NoWidth { line: 3 },
        ]
    );
    assert_eq!(flow.lines(), 5);
    assert_eq!(flow.segments_of(4), 0..1);
    assert!(!flow.change(1, 1.0, PointState::default()));
}

#[test]
fn what_is_left_out_of_a_line_lies_on_what_stays() {
    for seed in 0..50 {
        let mut dice = Dice(seed);
        let mut places = vec![[0.0_f32; 3]];
        let mut heading = 0.0_f32;
        for _ in 0..300 {
            heading += dice.between(-0.1, 0.1);
            let long = dice.between(0.1, 3.0);
            let [east, north, up] = places[places.len() - 1];
            let (aside, on) = heading.sin_cos();
            places.push([
                east + on * long,
                north + aside * long,
                up + dice.between(-0.05, 0.05),
            ]);
        }
        let mut kept = Vec::new();
        straighten(&places, FLOW_TOLERANCE_M, &mut kept);
        assert!(
            kept.len() < places.len() / 2,
            "seed {seed}: {} kept",
            kept.len()
        );
        assert_eq!((kept.first(), kept.last()), (places.first(), places.last()));
        for place in &places {
            let away = away_from(&kept, *place);
            assert!(away <= FLOW_TOLERANCE_M + 0.01, "seed {seed}: {away} m");
        }
    }
}

#[test]
fn a_way_back_is_kept() {
    let there_and_back = [
        [0.0; 3],
        [10.0, 0.0, 0.0],
        [4.0, 0.0, 0.0],
        [20.0, 0.0, 0.0],
    ];
    let mut kept = Vec::new();
    straighten(&there_and_back, FLOW_TOLERANCE_M, &mut kept);
    assert_eq!(kept, there_and_back);
}

#[test]
fn arrows_keep_their_distance_in_powers_of_two() {
    for (metres_per_px, expected) in [
        (0.01, 4.0),
        (0.1, 8.0),
        (1.0, 64.0),
        (2.0, 128.0),
        (1.0e9, 4096.0),
        (f32::NAN, 4.0),
    ] {
        let spacing = arrow_spacing_m(metres_per_px, 64.0);
        assert!(
            (spacing - expected).abs() < 1e-3,
            "{metres_per_px}: {spacing}"
        );
    }
}

/// The pipes of an EPANET file as polylines in metres around its first node; its coordinates are feet.
fn pipes_of(text: &str) -> Vec<Vec<[f32; 3]>> {
    let mut section = "";
    let mut nodes: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    let mut bends: BTreeMap<&str, Vec<[f64; 2]>> = BTreeMap::new();
    let mut pipes = Vec::new();
    let mut origin = None;
    for row in text.lines().map(str::trim) {
        if row.starts_with('[') {
            section = row;
            continue;
        }
        let words: Vec<&str> = row.split_whitespace().collect();
        let [id, first, second, ..] = words.as_slice() else {
            continue;
        };
        let place = || Some([first.parse::<f64>().ok()?, second.parse::<f64>().ok()?]);
        match section {
            "[PIPES]" if !id.starts_with(';') => pipes.push((*id, *first, *second)),
            "[COORDINATES]" => {
                if let Some(place) = place() {
                    origin.get_or_insert(place);
                    nodes.insert(*id, place);
                }
            }
            "[VERTICES]" => bends.entry(*id).or_default().extend(place()),
            _ => {}
        }
    }
    let [east, north] = origin.expect("a node");
    let metres = |place: &[f64; 2]| {
        let [x, y] = place;
        [
            ((x - east) * 0.3048) as f32,
            ((y - north) * 0.3048) as f32,
            0.0,
        ]
    };
    pipes
        .iter()
        .map(|(id, from, to)| {
            let bends = bends.get(id).map(Vec::as_slice).unwrap_or_default();
            nodes
                .get(from)
                .into_iter()
                .chain(bends)
                .chain(nodes.get(to))
                .map(metres)
                .collect()
        })
        .collect()
}

#[test]
fn the_pipes_of_a_real_network_keep_their_lengths() {
    let file = Path::new("../../../shared/data/networks/ky4.inp");
    let Ok(text) = std::fs::read_to_string(file) else {
        println!("skipped: {} is not there", file.display());
        return;
    };
    let pipes = pipes_of(&text);
    assert_eq!(pipes.len(), 1_156);
    let mut flow = Flow::default();
    let problems = flow.replace(pipes.iter().map(|places| line(places, 0.4)));
    assert_eq!(problems, []);
    let points: usize = pipes.iter().map(|places| places.len() - 1).sum();
    assert!(
        flow.segments().len() < points,
        "{} of {points}",
        flow.segments().len()
    );
    for (number, places) in pipes.iter().enumerate() {
        let whole: f32 = places
            .iter()
            .zip(places.iter().skip(1))
            .map(|(a, b)| squared_distance(*a, *b).sqrt())
            .sum();
        let range = flow.segments_of(number as u32);
        let last = flow.segments()[range.end as usize - 1];
        let drawn = last.along_m + last.length_m;
        assert!(
            (whole - drawn).abs() <= 0.01 * whole + 0.5,
            "pipe {number}: {whole} m, {drawn} m"
        );
    }
}
