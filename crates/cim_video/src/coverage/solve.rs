//! Least squares for a handful of unknowns: the steps of Levenberg and Marquardt, and what is known about their answer.

/// Unknowns at most.
pub(crate) const UNKNOWNS: usize = 7;

/// Rounds at most.
const ROUNDS: usize = 60;

/// A step so small, measured in the steps of the derivative, changes nothing any more.
const SMALL: f64 = 1.0e-9;

/// A problem: residuals as a function of the unknowns; `false` where they have none.
pub(crate) trait Residuals {
    /// Writes the residuals at these unknowns.
    fn at(&self, unknowns: &[f64; UNKNOWNS], residuals: &mut Vec<f64>) -> bool;

    /// How far each unknown is moved to see what it does; 0 for one that is held fixed.
    fn steps(&self) -> [f64; UNKNOWNS];
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) unknowns: [f64; UNKNOWNS],
    /// Sum of the squares of the residuals.
    pub(crate) cost: f64,
}

type Matrix = [[f64; UNKNOWNS]; UNKNOWNS];

/// The least squares near a start; `None` when the start itself has no residuals.
pub(crate) fn least_squares(problem: &impl Residuals, start: [f64; UNKNOWNS]) -> Option<Found> {
    let mut residuals = Vec::new();
    let mut best = Found {
        unknowns: start,
        cost: cost_at(problem, &start, &mut residuals)?,
    };
    let mut damping = 1.0e-3;
    for _ in 0..ROUNDS {
        let Some((normal, gradient)) = normal_equations(problem, &best.unknowns) else {
            break;
        };
        let mut has_moved = false;
        while damping < 1.0e9 {
            let Some(step) = damped_step(&normal, &gradient, damping) else {
                damping *= 10.0;
                continue;
            };
            let tried: [f64; UNKNOWNS] = std::array::from_fn(|at| best.unknowns[at] - step[at]);
            match cost_at(problem, &tried, &mut residuals) {
                Some(cost) if cost < best.cost => {
                    let size = step.iter().zip(problem.steps());
                    has_moved = size
                        .filter(|(_, unit)| *unit > 0.0)
                        .any(|(part, unit)| part.abs() > SMALL * unit);
                    best = Found {
                        unknowns: tried,
                        cost,
                    };
                    damping = (damping * 0.1).max(1.0e-12);
                    break;
                }
                _ => damping *= 10.0,
            }
        }
        if !has_moved {
            break;
        }
    }
    Some(best)
}

/// One sigma of each unknown, for residuals of sigma 1; `None` when the residuals do not determine all of them. 0 for those
/// held fixed.
pub(crate) fn sigmas(
    problem: &impl Residuals,
    unknowns: &[f64; UNKNOWNS],
) -> Option<[f64; UNKNOWNS]> {
    let (normal, _) = normal_equations(problem, unknowns)?;
    let steps = problem.steps();
    // In units of the steps, so that metres and angles compare.
    let scaled: Matrix = std::array::from_fn(|row| {
        std::array::from_fn(|column| {
            if steps[row] > 0.0 && steps[column] > 0.0 {
                normal[row][column] * steps[row] * steps[column]
            } else {
                f64::from(u8::from(row == column))
            }
        })
    });
    let mut sigmas = [0.0; UNKNOWNS];
    for at in (0..UNKNOWNS).filter(|at| steps[*at] > 0.0) {
        let unit: [f64; UNKNOWNS] = std::array::from_fn(|row| f64::from(u8::from(row == at)));
        let column = solved(&scaled, &unit)?;
        let variance = column[at];
        if !(variance.is_finite() && variance > 0.0) {
            return None;
        }
        sigmas[at] = variance.sqrt() * steps[at];
    }
    Some(sigmas)
}

fn cost_at(
    problem: &impl Residuals,
    unknowns: &[f64; UNKNOWNS],
    residuals: &mut Vec<f64>,
) -> Option<f64> {
    residuals.clear();
    let is_known = problem.at(unknowns, residuals);
    let cost: f64 = residuals.iter().map(|one| one * one).sum();
    (is_known && cost.is_finite()).then_some(cost)
}

/// Jᵀ·J and Jᵀ·r, with derivatives from both sides.
fn normal_equations(
    problem: &impl Residuals,
    unknowns: &[f64; UNKNOWNS],
) -> Option<(Matrix, [f64; UNKNOWNS])> {
    let steps = problem.steps();
    let mut here = Vec::new();
    cost_at(problem, unknowns, &mut here)?;
    let mut columns: Vec<Vec<f64>> = Vec::with_capacity(UNKNOWNS);
    for (at, step) in steps.iter().enumerate() {
        if *step <= 0.0 {
            columns.push(vec![0.0; here.len()]);
            continue;
        }
        let (mut more, mut less) = (Vec::new(), Vec::new());
        let mut moved = *unknowns;
        moved[at] = unknowns[at] + step;
        cost_at(problem, &moved, &mut more)?;
        moved[at] = unknowns[at] - step;
        cost_at(problem, &moved, &mut less)?;
        let slopes = more.iter().zip(&less).map(|(a, b)| (a - b) / (2.0 * step));
        columns.push(slopes.collect());
    }
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
    let normal = std::array::from_fn(|row| {
        std::array::from_fn(|column| dot(&columns[row], &columns[column]))
    });
    let gradient = std::array::from_fn(|row| dot(&columns[row], &here));
    Some((normal, gradient))
}

fn damped_step(
    normal: &Matrix,
    gradient: &[f64; UNKNOWNS],
    damping: f64,
) -> Option<[f64; UNKNOWNS]> {
    let mut damped = *normal;
    for (at, row) in damped.iter_mut().enumerate() {
        // An unknown that moves nothing, or is held fixed, stays where it is.
        row[at] = if row[at] > 0.0 {
            row[at] * (1.0 + damping)
        } else {
            1.0
        };
    }
    solved(&damped, gradient)
}

/// The solution for a symmetric positive matrix (Cholesky); `None` when it is not positive.
fn solved(matrix: &Matrix, right: &[f64; UNKNOWNS]) -> Option<[f64; UNKNOWNS]> {
    let mut lower: Matrix = [[0.0; UNKNOWNS]; UNKNOWNS];
    for row in 0..UNKNOWNS {
        for column in 0..=row {
            let known: f64 = (0..column)
                .map(|at| lower[row][at] * lower[column][at])
                .sum();
            let left = matrix[row][column] - known;
            if row == column {
                // What is left of a dependent unknown is rounding.
                if !(left.is_finite() && left > matrix[row][row] * 1.0e-12) {
                    return None;
                }
                lower[row][row] = left.sqrt();
            } else {
                lower[row][column] = left / lower[column][column];
            }
        }
    }
    let mut half = [0.0; UNKNOWNS];
    for row in 0..UNKNOWNS {
        let known: f64 = (0..row).map(|at| lower[row][at] * half[at]).sum();
        half[row] = (right[row] - known) / lower[row][row];
    }
    let mut solution = [0.0; UNKNOWNS];
    for row in (0..UNKNOWNS).rev() {
        let known: f64 = (row + 1..UNKNOWNS)
            .map(|at| lower[at][row] * solution[at])
            .sum();
        solution[row] = (half[row] - known) / lower[row][row];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a · exp(−b · t)` at ten times; the other unknowns are held fixed.
    struct Decay {
        values: Vec<f64>,
        steps: [f64; UNKNOWNS],
    }

    impl Decay {
        fn new(a: f64, b: f64) -> Self {
            let mut steps = [0.0; UNKNOWNS];
            steps[0] = 1.0e-4;
            steps[3] = 1.0e-4;
            Self {
                values: (0..10).map(|t| a * (-b * f64::from(t)).exp()).collect(),
                steps,
            }
        }
    }

    impl Residuals for Decay {
        fn at(&self, unknowns: &[f64; UNKNOWNS], residuals: &mut Vec<f64>) -> bool {
            let model = (0_u32..).map(|t| unknowns[0] * (-unknowns[3] * f64::from(t)).exp());
            residuals.extend(model.zip(&self.values).map(|(a, b)| a - b));
            unknowns[0] > 0.0
        }

        fn steps(&self) -> [f64; UNKNOWNS] {
            self.steps
        }
    }

    #[test]
    fn a_curve_is_found_and_what_is_held_stays() {
        let mut start = [9.0; UNKNOWNS];
        start[0] = 1.0;
        start[3] = 0.1;
        let found = least_squares(&Decay::new(5.0, 0.3), start).expect("a start");
        assert!((found.unknowns[0] - 5.0).abs() < 1e-6, "{found:?}");
        assert!((found.unknowns[3] - 0.3).abs() < 1e-6, "{found:?}");
        assert!((found.unknowns[5] - 9.0).abs() < 1e-12 && found.cost < 1e-10);
        let sigmas = sigmas(&Decay::new(5.0, 0.3), &found.unknowns).expect("determined");
        assert!(sigmas[0] > 0.0 && sigmas[3] > 0.0 && sigmas[5].abs() < 1e-12);
    }

    #[test]
    fn an_unknown_that_moves_nothing_is_not_determined() {
        let mut decay = Decay::new(5.0, 0.3);
        decay.steps[6] = 1.0;
        let mut unknowns = [0.0; UNKNOWNS];
        unknowns[0] = 5.0;
        unknowns[3] = 0.3;
        assert!(sigmas(&decay, &unknowns).is_none());
        assert!(least_squares(&decay, [-1.0; UNKNOWNS]).is_none());
    }
}
