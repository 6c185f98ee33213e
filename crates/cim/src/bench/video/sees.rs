//! "Who sees this point?" among ten and a hundred thousand cameras of the model district; each answer beside that of a plain loop
//! over all cameras and all triangles.

use super::{
    MEASURE, SEED, VideoBench, ms_since, notes,
    town::{Town, place_in},
};
use crate::{
    Failure,
    bench::{at_most, figure::Figure, quantile},
    dice::Dice,
    host::{end_progress, instant, progress},
};
use cim_geo::Geodetic;
use cim_video::coverage::{Clearness, Question, Sight, Target, Viewers, brute, who_sees};
use serde_json::json;
use std::thread;

const CAMERAS: u32 = 10_000;
const MANY_CAMERAS: u32 = 100_000;
const POINTS: u32 = 1_000;
/// How high above the ground the points are, metres.
const HEIGHT_M: f64 = 1.0;
/// The plain loops run on so many cores.
const WORKERS: usize = 2;
const MUST_MS: f64 = 50.0;
const GOAL_MS: f64 = 10.0;

/// A camera, and the feature that is in its way.
type Answer = (u32, Option<u32>);

/// What was asked of all points.
struct Asked {
    /// Milliseconds of each, in ascending order.
    times: Vec<f64>,
    answers: Vec<Vec<Answer>>,
    /// Points that a camera sees.
    seen: usize,
}

pub(super) fn of_sights(bench: &VideoBench) -> Result<Vec<Figure>, Failure> {
    let town = Town::open(bench)?;
    let mut dice = Dice::new(SEED + 1);
    let points: Vec<Geodetic> = (0..bench.many(POINTS))
        .map(|_| Geodetic {
            height_m: HEIGHT_M,
            ..place_in(town.bounds, &mut dice)
        })
        .collect();
    let mut figures = vec![town.figure()];
    let viewers = placed(&town, bench.many(CAMERAS))?;
    let asked = ask(&town, &viewers, &points);
    figures.push(figure(&viewers, &asked));
    progress("the same by plain loops");
    let (different, loops_ms) = compare(&town, &viewers, &points, &asked)?;
    let mut equal = at_most(
        MEASURE,
        format!(
            "answers of {} that plain loops give differently",
            points.len()
        ),
        different as f64,
        // Fewer than one: none.
        0.5,
        0.0,
    );
    equal.notes = vec![
        ("loops_p50_ms", json!(quantile(&loops_ms, 0.5))),
        ("loops_p99_ms", json!(quantile(&loops_ms, 0.99))),
        ("points_seen", json!(asked.seen)),
    ];
    figures.push(equal);
    let many = placed(&town, bench.many(MANY_CAMERAS))?;
    figures.push(figure(&many, &ask(&town, &many, &points)));
    end_progress();
    Ok(figures)
}

fn placed(town: &Town, count: u32) -> Result<Viewers, Failure> {
    progress(&format!("{count} cameras"));
    let viewers = town.viewers(count, town.bounds);
    if viewers.len() < count as usize {
        return Err(format!("only {} of {count} cameras have a place", viewers.len()).into());
    }
    Ok(Viewers::new(&town.obstacles, viewers))
}

fn ask(town: &Town, viewers: &Viewers, points: &[Geodetic]) -> Asked {
    let question = Question {
        limit: usize::MAX,
        ..Question::default()
    };
    // What comes first (pages of memory) belongs to no question.
    for point in points.iter().take(3) {
        who_sees(&town.obstacles, viewers, &Target::Point(*point), &question);
    }
    let mut asked = Asked {
        times: Vec::with_capacity(points.len()),
        answers: Vec::with_capacity(points.len()),
        seen: 0,
    };
    for point in points {
        let target = Target::Point(*point);
        let begun = instant();
        let sights = who_sees(&town.obstacles, viewers, &target, &question);
        asked.times.push(ms_since(begun));
        let is_seen = |sight: &Sight| !matches!(sight.clear, Clearness::Blocked(_));
        asked.seen += usize::from(sights.iter().any(is_seen));
        let mut answers: Vec<Answer> = sights.iter().map(answer).collect();
        answers.sort_unstable();
        asked.answers.push(answers);
    }
    asked.times.sort_by(f64::total_cmp);
    asked
}

fn answer(sight: &Sight) -> Answer {
    match sight.clear {
        Clearness::Blocked(block) => (sight.row, Some(block.feature)),
        Clearness::Clear | Clearness::Unknown => (sight.row, None),
    }
}

/// How many answers differ from those of plain loops, and the milliseconds of these in ascending order.
fn compare(
    town: &Town,
    viewers: &Viewers,
    points: &[Geodetic],
    asked: &Asked,
) -> Result<(usize, Vec<f64>), Failure> {
    let pairs: Vec<(&Geodetic, &Vec<Answer>)> = points.iter().zip(&asked.answers).collect();
    let share = pairs.len().div_ceil(WORKERS).max(1);
    let looped = |some: &[(&Geodetic, &Vec<Answer>)]| -> (usize, Vec<f64>) {
        let (mut different, mut times) = (0, Vec::new());
        for (point, fast) in some {
            let begun = instant();
            let mut plain = brute::who_sees(&town.obstacles, viewers, **point);
            times.push(ms_since(begun));
            plain.sort_unstable();
            different += usize::from(plain != **fast);
        }
        (different, times)
    };
    let looped = &looped;
    thread::scope(|scope| -> Result<(usize, Vec<f64>), Failure> {
        let workers: Vec<_> = pairs
            .chunks(share)
            .map(|some| scope.spawn(move || looped(some)))
            .collect();
        let (mut different, mut times) = (0, Vec::new());
        for worker in workers {
            let Ok((more, some)) = worker.join() else {
                return Err("a plain loop broke off".into());
            };
            different += more;
            times.extend(some);
        }
        times.sort_by(f64::total_cmp);
        Ok((different, times))
    })
}

fn figure(viewers: &Viewers, asked: &Asked) -> Figure {
    let answers: usize = asked.answers.iter().map(Vec::len).sum();
    let mut figure = at_most(
        MEASURE,
        format!("who sees a point, {} cameras, p99", viewers.len()),
        quantile(&asked.times, 0.99),
        MUST_MS,
        GOAL_MS,
    );
    figure.unit = "ms";
    figure.notes = notes(&asked.times);
    figure.notes.push((
        "cameras_a_point",
        json!(answers as f64 / asked.answers.len().max(1) as f64),
    ));
    figure
}
