//! Directions packed into two numbers (Cigolle et al. 2014, as 3D Tiles 1.0 uses it for i3dm and pnts).

use glam::DVec3;

/// The direction at a place of the unfolded octahedron, `x` and `y` from 0 to 1.
pub(crate) fn unit_from_octahedron(x: f64, y: f64) -> DVec3 {
    let (x, y) = (x.mul_add(2.0, -1.0), y.mul_add(2.0, -1.0));
    let z = 1.0 - x.abs() - y.abs();
    let folded = if z < 0.0 {
        // The lower half is folded outwards over the edges of the upper one.
        let sign = |part: f64| if part < 0.0 { -1.0 } else { 1.0 };
        DVec3::new((1.0 - y.abs()) * sign(x), (1.0 - x.abs()) * sign(y), z)
    } else {
        DVec3::new(x, y, z)
    };
    folded.normalize_or_zero()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(x: f64, y: f64, expected: DVec3) {
        let found = unit_from_octahedron(x, y);
        assert!((found - expected).length() < 1e-9, "{found}");
    }

    #[test]
    fn the_middle_is_up_and_the_corners_are_down() {
        check(0.5, 0.5, DVec3::Z);
        check(1.0, 0.5, DVec3::X);
        check(0.5, 0.0, DVec3::NEG_Y);
        check(1.0, 1.0, DVec3::NEG_Z);
        check(0.0, 0.0, DVec3::NEG_Z);
        let third = 1.0 / 3.0_f64.sqrt();
        check(2.0 / 3.0, 2.0 / 3.0, DVec3::splat(third));
    }
}
