//! Heads of a network with linear friction: the graph Laplacian, solved by conjugate gradients with Jacobi preconditioning
//! (Saad, Iterative Methods for Sparse Linear Systems, algorithm 9.1). The same order of sums on every machine.

use super::Plan;

/// Ends the search: the remainder, as a share of the right side.
const TOLERANCE: f64 = 1e-11;
/// A part of a network without a source would have no answer; this much leads to the ground, m³/s per metre.
const LEAK: f64 = 1e-10;

/// One row: what the node conducts altogether, and to whom among the nodes that are looked for.
struct Row {
    diagonal: f64,
    others: Vec<(usize, f64)>,
}

/// The head of every node when `drawn` m³/s are taken from each. With `given` the heads of sources and the lifts of pumps count;
/// without, sources stand at zero and what is found is a difference of heads.
pub(super) fn heads(plan: &Plan, closed: &[usize], drawn: &[f64], given: bool) -> Vec<f64> {
    let mut place: Vec<Option<usize>> = Vec::with_capacity(plan.nodes.len());
    let mut count = 0;
    for node in &plan.nodes {
        place.push(node.head_m.is_none().then_some(count));
        count += usize::from(node.head_m.is_none());
    }
    let mut rows: Vec<Row> = Vec::with_capacity(count);
    let mut right: Vec<f64> = Vec::with_capacity(count);
    for (node, drawn) in plan
        .nodes
        .iter()
        .zip(drawn)
        .filter(|(node, _)| node.head_m.is_none())
    {
        rows.push(Row {
            diagonal: LEAK,
            others: Vec::new(),
        });
        right.push(if given { LEAK * node.elevation_m } else { 0.0 } - drawn);
    }
    let known = |node: usize| {
        let head = plan.nodes.get(node).and_then(|node| node.head_m);
        head.filter(|_| given).unwrap_or_default()
    };
    for (index, link) in plan.links.iter().enumerate() {
        if closed.binary_search(&index).is_ok() || link.from == link.to {
            continue;
        }
        let lift = if given { link.lift_m } else { 0.0 };
        for (here, there, lift) in [(link.from, link.to, -lift), (link.to, link.from, lift)] {
            let Some(row_index) = place.get(here).copied().flatten() else {
                continue;
            };
            let (Some(row), Some(right)) = (rows.get_mut(row_index), right.get_mut(row_index))
            else {
                continue;
            };
            row.diagonal += link.conductance;
            *right += link.conductance * lift;
            match place.get(there).copied().flatten() {
                Some(other) => row.others.push((other, link.conductance)),
                None => *right += link.conductance * known(there),
            }
        }
    }
    let found = conjugate_gradients(&rows, &right);
    place
        .iter()
        .enumerate()
        .map(|(node, place)| match place {
            Some(index) => found.get(*index).copied().unwrap_or_default(),
            None => known(node),
        })
        .collect()
}

fn conjugate_gradients(rows: &[Row], right: &[f64]) -> Vec<f64> {
    let mut heads = vec![0.0; rows.len()];
    let mut rest = right.to_vec();
    let goal = TOLERANCE * TOLERANCE * dot(right, right);
    let mut scaled = preconditioned(rows, &rest);
    let mut direction = scaled.clone();
    let mut height = dot(&rest, &scaled);
    for _ in 0..(8 * rows.len()).max(1000) {
        if dot(&rest, &rest) <= goal {
            break;
        }
        let image = applied(rows, &direction);
        let curvature = dot(&direction, &image);
        if curvature <= 0.0 {
            break;
        }
        let step = height / curvature;
        add(&mut heads, step, &direction);
        add(&mut rest, -step, &image);
        scaled = preconditioned(rows, &rest);
        let next = dot(&rest, &scaled);
        let share = next / height;
        height = next;
        for (direction, scaled) in direction.iter_mut().zip(&scaled) {
            *direction = scaled + share * *direction;
        }
    }
    heads
}

fn preconditioned(rows: &[Row], rest: &[f64]) -> Vec<f64> {
    rows.iter()
        .zip(rest)
        .map(|(row, rest)| rest / row.diagonal)
        .collect()
}

fn applied(rows: &[Row], heads: &[f64]) -> Vec<f64> {
    rows.iter()
        .zip(heads)
        .map(|(row, head)| {
            let others = row.others.iter();
            let flows = others.map(|(other, g)| g * heads.get(*other).copied().unwrap_or_default());
            row.diagonal * head - flows.sum::<f64>()
        })
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], share: f64, what: &[f64]) {
    for (to, what) in to.iter_mut().zip(what) {
        *to += share * what;
    }
}
