//! Fences against brute force, and the cases that people ask about.

use super::*;
use crate::motion::dice::Dice;
use std::f32::consts::TAU;

fn fence(id: &str, shape: FenceShape) -> Fence {
    Fence {
        id: id.to_owned(),
        shape,
        hysteresis_m: 0.0,
        dwell_s: None,
    }
}

fn circle(east: f32, north: f32, radius_m: f32) -> FenceShape {
    FenceShape::Circle {
        middle: [east, north],
        radius_m,
    }
}

fn square(half: f32) -> Vec<[f32; 2]> {
    vec![[-half, -half], [half, -half], [half, half], [-half, half]]
}

fn made(rows: u32, fences: Vec<Fence>) -> Fences {
    let (fences, problems) = Fences::new(rows, fences).expect("within the limits");
    assert_eq!(problems, []);
    fences
}

/// What happens when thing 0 reports a row of places on a line due east, a second apart.
fn events_along(fences: &mut Fences, easts: &[f32]) -> Vec<(u32, FenceEventKind, i32)> {
    let mut events = Vec::new();
    let mut from = easts.first().copied().unwrap_or(0.0);
    for (second, east) in easts.iter().enumerate() {
        assert!(fences.update(
            0,
            [from, 0.0, 0.0],
            [*east, 0.0, 0.0],
            second as f32,
            &mut events
        ));
        from = *east;
    }
    events
        .iter()
        .map(|event| (event.fence, event.kind, event.t as i32))
        .collect()
}

/// The same answers from other formulas, for every fence each time.
mod brute {
    use super::FenceShape;

    /// The sum of the angles under which the sides are seen: a turn when inside.
    fn winds_around(ring: &[[f32; 2]], at: [f64; 2]) -> bool {
        let mut sum = 0.0;
        for (place, a) in ring.iter().enumerate() {
            let b = ring[(place + 1) % ring.len()];
            let [ae, an] = [f64::from(a[0]) - at[0], f64::from(a[1]) - at[1]];
            let [be, bn] = [f64::from(b[0]) - at[0], f64::from(b[1]) - at[1]];
            sum += (ae * bn - an * be).atan2(ae * be + an * bn);
        }
        sum.abs() > 3.0
    }

    /// The least value of a function that falls and then rises between 0 and 1.
    fn least(value: impl Fn(f64) -> f64) -> f64 {
        let (mut low, mut high) = (0.0_f64, 1.0_f64);
        for _ in 0..48 {
            let third = (high - low) / 3.0;
            if value(low + third) <= value(high - third) {
                high -= third;
            } else {
                low += third;
            }
        }
        value(0.0).min(value(1.0)).min(value(low))
    }

    fn on(a: [f64; 2], b: [f64; 2], part: f64) -> [f64; 2] {
        [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]
    }

    fn to_line(at: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
        least(|part| {
            let place = on(a, b, part);
            (place[0] - at[0]).hypot(place[1] - at[1])
        })
    }

    fn sides(ring: &[[f32; 2]]) -> Vec<([f64; 2], [f64; 2])> {
        (0..ring.len())
            .map(|place| {
                let next = ring[(place + 1) % ring.len()];
                (ring[place].map(f64::from), next.map(f64::from))
            })
            .collect()
    }

    /// Metres to the area; zero inside.
    pub(super) fn away(shape: &FenceShape, at: [f32; 2]) -> f64 {
        let at = at.map(f64::from);
        match shape {
            FenceShape::Polygon { outer, holes } => {
                let in_hole = holes.iter().any(|hole| winds_around(hole, at));
                if winds_around(outer, at) && !in_hole {
                    return 0.0;
                }
                std::iter::once(outer)
                    .chain(holes)
                    .flat_map(|ring| sides(ring))
                    .map(|(a, b)| to_line(at, a, b))
                    .fold(f64::INFINITY, f64::min)
            }
            FenceShape::Circle { middle, radius_m } => {
                let [east, north] = middle.map(f64::from);
                ((at[0] - east).hypot(at[1] - north) - f64::from(*radius_m)).max(0.0)
            }
            FenceShape::Corridor { line, width_m } => {
                let nearest = line
                    .windows(2)
                    .map(|pair| to_line(at, pair[0].map(f64::from), pair[1].map(f64::from)))
                    .fold(f64::INFINITY, f64::min);
                (nearest - f64::from(*width_m) / 2.0).max(0.0)
            }
        }
    }

    /// True when the way between two places outside leads through.
    pub(super) fn is_through(shape: &FenceShape, a: [f32; 2], b: [f32; 2]) -> bool {
        let (a, b) = (a.map(f64::from), b.map(f64::from));
        let meets = |p: [f64; 2], q: [f64; 2]| {
            // Where both lines meet, as parts of each.
            let across = (b[0] - a[0]) * (q[1] - p[1]) - (b[1] - a[1]) * (q[0] - p[0]);
            let first = ((p[0] - a[0]) * (q[1] - p[1]) - (p[1] - a[1]) * (q[0] - p[0])) / across;
            let second = ((p[0] - a[0]) * (b[1] - a[1]) - (p[1] - a[1]) * (b[0] - a[0])) / across;
            (0.0..=1.0).contains(&first) && (0.0..=1.0).contains(&second)
        };
        match shape {
            FenceShape::Polygon { outer, holes } => std::iter::once(outer)
                .chain(holes)
                .flat_map(|ring| sides(ring))
                .any(|(p, q)| meets(p, q)),
            FenceShape::Circle { middle, radius_m } => {
                to_line(middle.map(f64::from), a, b) <= f64::from(*radius_m)
            }
            FenceShape::Corridor { line, width_m } => line.windows(2).any(|pair| {
                let (p, q) = (pair[0].map(f64::from), pair[1].map(f64::from));
                let ends = [
                    to_line(p, a, b),
                    to_line(q, a, b),
                    to_line(a, p, q),
                    to_line(b, p, q),
                ];
                meets(p, q) || ends.iter().any(|away| *away <= f64::from(*width_m) / 2.0)
            }),
        }
    }
}

/// A star around a place, its corners between two radii.
fn star(dice: &mut Dice, middle: [f32; 2], radii: [f32; 2]) -> Vec<[f32; 2]> {
    let corners = 3 + dice.below(8);
    (0..corners)
        .map(|corner| {
            let angle = TAU * corner as f32 / corners as f32;
            let radius = dice.between(radii[0], radii[1]);
            [
                middle[0] + radius * angle.cos(),
                middle[1] + radius * angle.sin(),
            ]
        })
        .collect()
}

fn any_place(dice: &mut Dice) -> [f32; 2] {
    [dice.between(-900.0, 900.0), dice.between(-900.0, 900.0)]
}

fn any_fence(dice: &mut Dice, number: u32) -> Fence {
    let middle = any_place(dice);
    let shape = match dice.below(3) {
        0 => {
            let radius = dice.between(20.0, 500.0);
            FenceShape::Polygon {
                outer: star(dice, middle, [0.7 * radius, radius]),
                // Well within, even where the outer ring is a triangle.
                holes: vec![star(dice, middle, [0.1 * radius, 0.3 * radius])],
            }
        }
        1 => circle(middle[0], middle[1], dice.between(5.0, 400.0)),
        _ => FenceShape::Corridor {
            line: (0..2 + dice.below(4)).map(|_| any_place(dice)).collect(),
            width_m: dice.between(4.0, 120.0),
        },
    };
    Fence {
        id: format!("fence-{number}"),
        shape,
        hysteresis_m: if dice.below(2) == 0 {
            0.0
        } else {
            dice.between(1.0, 40.0)
        },
        dwell_s: (dice.below(2) == 0).then_some(3.0),
    }
}

/// What brute force says of one report, and of whether and since when the thing is in each fence.
fn expected(
    fences: &[Fence],
    stays: &mut [Option<(f32, bool)>],
    (row, t): (u32, f32),
    (from, to): ([f32; 2], [f32; 2]),
) -> Vec<FenceEvent> {
    let mut events = Vec::new();
    let mut passed = Vec::new();
    for (number, (fence, stay)) in fences.iter().zip(stays).enumerate() {
        let away = brute::away(&fence.shape, to);
        let event = |kind| FenceEvent {
            fence: number as u32,
            row,
            t,
            kind,
        };
        match stay {
            Some(_) if away > f64::from(fence.hysteresis_m) => {
                *stay = None;
                events.push(event(FenceEventKind::Left));
            }
            Some((since, has_dwelled)) => {
                let is_long = fence.dwell_s.is_some_and(|dwell| t - *since >= dwell);
                if is_long && away <= 0.0 && !*has_dwelled {
                    *has_dwelled = true;
                    events.push(event(FenceEventKind::Dwelled));
                }
            }
            None if away <= 0.0 => {
                *stay = Some((t, false));
                events.push(event(FenceEventKind::Entered));
            }
            None => {
                if brute::away(&fence.shape, from) > 0.0
                    && brute::is_through(&fence.shape, from, to)
                {
                    passed.push(event(FenceEventKind::Passed));
                }
            }
        }
    }
    events.extend(passed);
    events
}

#[test]
fn random_walks_make_the_events_that_brute_force_makes() {
    let mut kinds = [0; 4];
    for seed in 0..4 {
        let mut dice = Dice(seed);
        let list: Vec<Fence> = (0..24).map(|number| any_fence(&mut dice, number)).collect();
        let mut fences = made(6, list.clone());
        let mut stays = vec![vec![None; list.len()]; 6];
        let mut places = [[0.0_f32; 2]; 6];
        for step in 0..100 {
            for row in 0..6 {
                let place = &mut places[row as usize];
                // Small steps, long ones, and jumps, whose way nobody knows.
                let reach = [3.0, 60.0, 600.0][dice.below(3) as usize];
                let to = place.map(|m| (m + dice.between(-reach, reach)).clamp(-1_000.0, 1_000.0));
                let from = if dice.below(20) == 0 { to } else { *place };
                *place = to;
                let t = step as f32;
                let mut events = Vec::new();
                fences.update(
                    row,
                    [from[0], from[1], 5.0],
                    [to[0], to[1], 9.0],
                    t,
                    &mut events,
                );
                let expected = expected(&list, &mut stays[row as usize], (row, t), (from, to));
                assert_eq!(
                    events, expected,
                    "seed {seed}, step {step}, {from:?} to {to:?}"
                );
                for event in events {
                    kinds[event.kind as usize] += 1;
                }
            }
        }
        for (number, fence) in list.iter().enumerate() {
            let inside = stays.iter().filter(|stays| stays[number].is_some()).count();
            assert_eq!(fences.count(number as u32) as usize, inside, "{}", fence.id);
        }
    }
    assert!(kinds.iter().all(|count| *count > 20), "{kinds:?}");
}

#[test]
fn a_place_that_dances_on_the_border_makes_no_events() {
    let mut watched = fence("a", circle(0.0, 0.0, 100.0));
    watched.hysteresis_m = 10.0;
    let mut fences = made(1, vec![watched]);
    let events = events_along(
        &mut fences,
        &[120.0, 99.0, 101.0, 98.0, 109.0, 111.0, 105.0, 99.0],
    );
    assert_eq!(
        events,
        [
            (0, FenceEventKind::Entered, 1),
            (0, FenceEventKind::Left, 5),
            (0, FenceEventKind::Entered, 7)
        ]
    );
}

#[test]
fn a_thing_dwells_once_and_only_inside() {
    let mut watched = fence("a", circle(0.0, 0.0, 100.0));
    watched.hysteresis_m = 50.0;
    watched.dwell_s = Some(2.0);
    let mut fences = made(1, vec![watched]);
    let events = events_along(&mut fences, &[0.0, 0.0, 120.0, 0.0, 0.0, 500.0, 0.0]);
    assert_eq!(
        events,
        [
            (0, FenceEventKind::Entered, 0),
            (0, FenceEventKind::Dwelled, 3),
            (0, FenceEventKind::Left, 5),
            (0, FenceEventKind::Entered, 6)
        ]
    );
}

#[test]
fn a_thing_that_rushes_through_has_passed_unless_it_jumped() {
    let mut fences = made(2, vec![fence("a", circle(0.0, 0.0, 10.0))]);
    assert_eq!(
        events_along(&mut fences, &[-100.0, 100.0]),
        [(0, FenceEventKind::Passed, 1)]
    );
    let mut events = Vec::new();
    let there = [100.0, 0.0, 0.0];
    assert!(fences.update(1, there, there, 0.0, &mut events));
    assert_eq!(events, []);
}

#[test]
fn a_thing_that_falls_silent_inside_stays_and_says_since_when() {
    let fence = fence("a", circle(0.0, 0.0, 100.0));
    let mut fences = made(1, vec![fence]);
    events_along(&mut fences, &[500.0, 50.0, 40.0]);
    let mut presences = Vec::new();
    fences.presences(0, &mut presences);
    let inside = Presence {
        fence: 0,
        row: 0,
        since: 1.0,
        seen: 2.0,
        has_dwelled: false,
    };
    assert_eq!(presences, [inside]);
    fences.forget(0);
    assert_eq!(fences.count(0), 0);
    assert_eq!(fences.fences_of(0).count(), 0);
}

#[test]
fn a_hole_is_outside() {
    let yard = FenceShape::Polygon {
        outer: square(100.0),
        holes: vec![square(20.0)],
    };
    let mut fences = made(1, vec![fence("yard", yard)]);
    assert_eq!(
        events_along(&mut fences, &[-200.0, -50.0, 0.0, 50.0]),
        [
            (0, FenceEventKind::Entered, 1),
            (0, FenceEventKind::Left, 2),
            (0, FenceEventKind::Entered, 3)
        ]
    );
}

#[test]
fn other_fences_keep_what_is_in_those_that_stay() {
    let (a, b) = (
        fence("a", circle(0.0, 0.0, 100.0)),
        fence("b", circle(0.0, 0.0, 200.0)),
    );
    let mut fences = made(2, vec![a, b.clone()]);
    events_along(&mut fences, &[0.0]);
    let c = fence("c", circle(5_000.0, 0.0, 100.0));
    assert_eq!(fences.replace(vec![c, b]).expect("two fences"), []);
    assert_eq!((fences.count(0), fences.count(1)), (0, 1));
    let since: Vec<(u32, i32)> = fences
        .fences_of(0)
        .map(|presence| (presence.fence, presence.since as i32))
        .collect();
    assert_eq!(since, [(1, 0)]);
    fences.resize(0).expect("no things");
    assert_eq!(fences.count(1), 0);
}

#[test]
fn broken_fences_are_named_and_the_others_watch() {
    let mut endless = fence("endless", circle(0.0, 0.0, 5.0));
    endless.hysteresis_m = f32::NAN;
    let flat = FenceShape::Polygon {
        outer: vec![[0.0, 0.0], [1.0, 1.0]],
        holes: Vec::new(),
    };
    let nowhere = FenceShape::Corridor {
        line: vec![[0.0, 0.0], [f32::INFINITY, 0.0]],
        width_m: 5.0,
    };
    let list = vec![
        endless,
        fence("flat", flat),
        fence("nowhere", nowhere),
        fence("point", circle(0.0, 0.0, 0.0)),
        fence("sound", circle(0.0, 0.0, 10.0)),
    ];
    let (mut fences, problems) = Fences::new(1, list).expect("within the limits");
    let faults: Vec<(u32, FenceFault)> = problems
        .iter()
        .map(|problem| (problem.fence, problem.fault))
        .collect();
    assert_eq!(
        faults,
        [
            (0, FenceFault::NoMargin),
            (1, FenceFault::TooFewPoints { points: 2 }),
            (2, FenceFault::NoPlace { point: 1 }),
            (3, FenceFault::NoSize),
        ]
    );
    assert_eq!(
        problems.get(1).expect("flat").to_string(),
        "fence 1 (flat) watches nothing: it has 2 points in a ring or line, too few for an area"
    );
    assert!(!fences.is_watching(2) && fences.is_watching(4));
    assert_eq!(
        events_along(&mut fences, &[0.0]),
        [(4, FenceEventKind::Entered, 0)]
    );
}

#[test]
fn senseless_reports_change_nothing() {
    let mut fences = made(1, vec![fence("a", circle(0.0, 0.0, 10.0))]);
    let mut events = Vec::new();
    let here = [0.0; 3];
    assert!(!fences.update(1, here, here, 0.0, &mut events));
    assert!(!fences.update(0, here, here, f32::NAN, &mut events));
    assert!(!fences.update(0, here, [f32::NAN; 3], 0.0, &mut events));
    assert!(!fences.update(0, [f32::INFINITY; 3], here, 0.0, &mut events));
    assert!(fences.update(0, here, here, 1.0, &mut events));
    assert!(!fences.update(0, here, here, 1.0, &mut events));
    assert!(!fences.update(0, here, [99.0; 3], 0.5, &mut events));
    assert_eq!(events.len(), 1);
    assert!(Fences::new(MAX_FENCED_ROWS + 1, Vec::new()).is_err());
    let mut none = made(1, Vec::new());
    assert!(none.update(0, here, here, 0.0, &mut events));
    assert_eq!(events.len(), 1);
}

#[test]
fn two_thousand_fences_as_large_as_the_city_stay_small_in_memory() {
    let list: Vec<Fence> = (0..2_000)
        .map(|number| fence(&number.to_string(), circle(number as f32, 0.0, 20_000.0)))
        .collect();
    let mut fences = made(1, list);
    assert!(
        fences.grid.size() <= 2_000 * 16 + (1 << 16),
        "{}",
        fences.grid.size()
    );
    let mut events = Vec::new();
    assert!(fences.update(0, [0.0; 3], [0.0; 3], 0.0, &mut events));
    assert_eq!(events.len(), 2_000);
}
