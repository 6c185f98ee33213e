//! What moves and what is measured along the ground: reports and legs, trails, geofences, flows, columns and rings.
//!
//! | file | what |
//! |---|---|
//! | [`report`] | what a moving thing says, and what is made of it: a leg, a jump, nothing |
//! | [`trails`] | where things were, in one buffer of rings |
//! | [`fence`] | areas that say who came, stayed and left |
//! | [`flow`] | pipes and roads as segments along which arrows move |
//! | [`bars`] | values as columns and rings, with marks at their limits |
//!
//! Places are metres east, north and up of the city's origin; times are seconds since the set's epoch.

pub mod bars;
mod bits;
pub mod fence;
pub mod flow;
pub mod report;
pub mod trails;

#[cfg(test)]
mod dice;

/// Places farther from the city's origin than this, in metres along any axis, are refused: no city is as large, and
/// squares of such lengths still fit an `f32`.
pub const FURTHEST_M: f32 = 1.0e6;

/// True when the place is finite and within [`FURTHEST_M`].
fn is_near_enough(place: &[f32]) -> bool {
    place.iter().all(|metres| metres.abs() <= FURTHEST_M)
}

/// The way from `a` to `b`, metres.
fn way(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    let [ae, an, au] = a;
    let [be, bn, bu] = b;
    [be - ae, bn - an, bu - au]
}

/// The product of two ways, square metres.
fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    let [ae, an, au] = a;
    let [be, bn, bu] = b;
    ae * be + an * bn + au * bu
}

/// How far `b` is from `a`, squared, square metres.
fn squared_distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    let way = way(a, b);
    dot(way, way)
}
