//! The bounding volumes of 3D Tiles, as boxes and spheres in the tileset's frame.
//!
//! Regions and S2 cells become boxes when they are read, so that selection knows two shapes only. [`Shape`] keeps what
//! the file says, for implicit tiling, which divides it.

mod s2;
mod shape;

pub(crate) use shape::{Division, Shape, VolumeJson};

use cim_geo::{Ecef, Geodetic, ecef_from_geodetic};
use glam::{DMat3, DMat4, DVec3};

/// A box that may stand askew.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrientedBox {
    /// Its middle, ECEF metres.
    pub centre_m: DVec3,
    /// From the middle to the middles of three faces, ECEF metres; may be zero for flat boxes.
    pub half_axes_m: DMat3,
}

/// A ball.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sphere {
    /// Its middle, ECEF metres.
    pub centre_m: DVec3,
    /// Its radius, metres.
    pub radius_m: f64,
}

/// The space that holds a tile's content and that of all its descendants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Volume {
    /// A box.
    Box(OrientedBox),
    /// A ball.
    Sphere(Sphere),
}

/// Numbers beyond this, in metres, are taken for broken: squared they would lose all meaning.
const MAX_COORDINATE_M: f64 = 1.0e12;
/// Semi-major axis of WGS 84, metres.
const EARTH_RADIUS_M: f64 = 6_378_137.0;
/// A region is measured at this many places per side.
const REGION_SAMPLES: u32 = 9;
/// Regions wider or higher than this become a ball around the whole Earth: no box fits them tightly.
const WIDEST_REGION_RAD: f64 = std::f64::consts::FRAC_PI_2;

impl Volume {
    /// A `box` of twelve numbers: centre, then three half axes (3D Tiles 1.1, "Box").
    pub(crate) fn from_box(numbers: &[f64], transform: &DMat4) -> Result<Self, String> {
        let [cx, cy, cz, xx, xy, xz, yx, yy, yz, zx, zy, zz] = numbers_of(numbers, "box")?;
        let linear = linear_part(transform);
        Self::Box(OrientedBox {
            centre_m: transform_point(transform, DVec3::new(cx, cy, cz)),
            half_axes_m: DMat3::from_cols(
                linear * DVec3::new(xx, xy, xz),
                linear * DVec3::new(yx, yy, yz),
                linear * DVec3::new(zx, zy, zz),
            ),
        })
        .checked()
    }

    /// A `sphere` of four numbers: centre and radius (3D Tiles 1.1, "Sphere"). Grows by the transform's largest scale.
    pub(crate) fn from_sphere(numbers: &[f64], transform: &DMat4) -> Result<Self, String> {
        let [x, y, z, radius_m] = numbers_of(numbers, "sphere")?;
        if radius_m < 0.0 {
            return Err("the sphere's radius is negative".to_owned());
        }
        Self::Sphere(Sphere {
            centre_m: transform_point(transform, DVec3::new(x, y, z)),
            radius_m: radius_m * largest_scale(&linear_part(transform)),
        })
        .checked()
    }

    /// A `region` of six numbers: west, south, east, north in radians, lowest and highest height in metres
    /// (3D Tiles 1.1, "Region"). Transforms do not apply to regions. Across the date line, west is greater than east.
    pub(crate) fn from_region(numbers: &[f64]) -> Result<Self, String> {
        let [west, south, east, north, low_m, high_m] = numbers_of(numbers, "region")?;
        let east = if east < west {
            east + std::f64::consts::TAU
        } else {
            east
        };
        if north < south || high_m < low_m {
            return Err("the region's upper bounds lie below its lower ones".to_owned());
        }
        if [west, south, east, north]
            .iter()
            .any(|angle| angle.abs() > 10.0)
        {
            return Err("the region's angles are no radians".to_owned());
        }
        if east - west > WIDEST_REGION_RAD || north - south > WIDEST_REGION_RAD {
            let radius_m = EARTH_RADIUS_M + high_m.max(0.0);
            return Self::Sphere(Sphere {
                centre_m: DVec3::ZERO,
                radius_m,
            })
            .checked();
        }
        region_box([west, south, east, north], [low_m, high_m]).checked()
    }

    /// The middle, ECEF metres.
    pub fn centre_m(&self) -> DVec3 {
        match self {
            Self::Box(one) => one.centre_m,
            Self::Sphere(one) => one.centre_m,
        }
    }

    /// The radius of a ball around the middle that holds all of it, metres.
    pub fn radius_m(&self) -> f64 {
        match self {
            Self::Box(one) => {
                let DMat3 {
                    x_axis,
                    y_axis,
                    z_axis,
                } = one.half_axes_m;
                let corners = [
                    x_axis + y_axis + z_axis,
                    x_axis + y_axis - z_axis,
                    x_axis - y_axis + z_axis,
                    y_axis + z_axis - x_axis,
                ];
                corners.into_iter().map(DVec3::length).fold(0.0, f64::max)
            }
            Self::Sphere(one) => one.radius_m,
        }
    }

    /// How far it reaches from its middle along `direction` (of length one), metres.
    pub fn extent_along_m(&self, direction: DVec3) -> f64 {
        match self {
            Self::Box(one) => {
                let DMat3 {
                    x_axis,
                    y_axis,
                    z_axis,
                } = one.half_axes_m;
                x_axis.dot(direction).abs()
                    + y_axis.dot(direction).abs()
                    + z_axis.dot(direction).abs()
            }
            Self::Sphere(one) => one.radius_m * direction.length(),
        }
    }

    /// The distance from `point` to the nearest place in it, metres; 0 inside.
    pub fn distance_m(&self, point: DVec3) -> f64 {
        match self {
            Self::Sphere(one) => ((point - one.centre_m).length() - one.radius_m).max(0.0),
            Self::Box(one) => {
                let offset = point - one.centre_m;
                let DMat3 {
                    x_axis,
                    y_axis,
                    z_axis,
                } = one.half_axes_m;
                let mut nearest = DVec3::ZERO;
                for axis in [x_axis, y_axis, z_axis] {
                    let half = axis.length();
                    let along = axis.normalize_or_zero();
                    nearest += along * offset.dot(along).clamp(-half, half);
                }
                (offset - nearest).length()
            }
        }
    }

    /// The box itself, or the upright box around the ball.
    pub fn oriented_box(&self) -> OrientedBox {
        match self {
            Self::Box(one) => *one,
            Self::Sphere(one) => OrientedBox {
                centre_m: one.centre_m,
                half_axes_m: DMat3::from_diagonal(DVec3::splat(one.radius_m)),
            },
        }
    }

    /// The smallest box along the first volume's axes that holds all of them; `None` for none.
    pub(crate) fn around(volumes: &[Self]) -> Option<Self> {
        let (first, rest) = volumes.split_first()?;
        if rest.is_empty() {
            return Some(*first);
        }
        let axes = axes_of(&first.oriented_box());
        let middle = first.centre_m();
        let (mut least, mut most) = (DVec3::INFINITY, DVec3::NEG_INFINITY);
        for volume in volumes {
            let offset = axes.transpose() * (volume.centre_m() - middle);
            let reach = DVec3::new(
                volume.extent_along_m(axes.x_axis),
                volume.extent_along_m(axes.y_axis),
                volume.extent_along_m(axes.z_axis),
            );
            least = least.min(offset - reach);
            most = most.max(offset + reach);
        }
        Some(Self::Box(box_between(middle, axes, least, most, 0.0)))
    }

    /// The volume moved by `matrix`. A sphere grows by the matrix's largest scale.
    pub(crate) fn transformed(&self, matrix: &DMat4) -> Result<Self, String> {
        let linear = linear_part(matrix);
        match self {
            Self::Box(one) => Self::Box(OrientedBox {
                centre_m: transform_point(matrix, one.centre_m),
                half_axes_m: linear * one.half_axes_m,
            }),
            Self::Sphere(one) => Self::Sphere(Sphere {
                centre_m: transform_point(matrix, one.centre_m),
                radius_m: one.radius_m * largest_scale(&linear),
            }),
        }
        .checked()
    }

    /// The volume, `margin_m` metres wider on every side.
    pub(crate) fn grown_by_m(&self, margin_m: f64) -> Self {
        match self {
            Self::Box(one) => {
                let axes = axes_of(one);
                let reach = DVec3::new(
                    self.extent_along_m(axes.x_axis),
                    self.extent_along_m(axes.y_axis),
                    self.extent_along_m(axes.z_axis),
                );
                Self::Box(box_between(one.centre_m, axes, -reach, reach, margin_m))
            }
            Self::Sphere(one) => Self::Sphere(Sphere {
                centre_m: one.centre_m,
                radius_m: one.radius_m + margin_m,
            }),
        }
    }

    /// False when the two are certainly apart: some face of one of them has the whole other one in front of it.
    pub(crate) fn may_meet(&self, other: &Self) -> bool {
        let between = other.centre_m() - self.centre_m();
        let apart_along = |axis: DVec3| {
            let axis = axis.normalize_or_zero();
            between.dot(axis).abs() > self.extent_along_m(axis) + other.extent_along_m(axis)
        };
        let faces = |volume: &Self| match volume {
            Self::Box(one) => [
                one.half_axes_m.x_axis,
                one.half_axes_m.y_axis,
                one.half_axes_m.z_axis,
            ],
            Self::Sphere(_) => [between; 3],
        };
        !faces(self).into_iter().chain(faces(other)).any(apart_along)
    }

    fn checked(self) -> Result<Self, String> {
        let reach = self.centre_m().length() + self.radius_m();
        // Not `reach > MAX`: a comparison with NaN must fail too.
        if reach <= MAX_COORDINATE_M {
            Ok(self)
        } else {
            Err("the bounding volume's numbers are beyond all measure".to_owned())
        }
    }
}

/// `matrix` applied to a point, without a division: tiles have no perspective.
pub(crate) fn transform_point(matrix: &DMat4, point: DVec3) -> DVec3 {
    (*matrix * point.extend(1.0)).truncate()
}

/// Rotation and scale of `matrix`.
pub(crate) fn linear_part(matrix: &DMat4) -> DMat3 {
    DMat3::from_cols(
        matrix.x_axis.truncate(),
        matrix.y_axis.truncate(),
        matrix.z_axis.truncate(),
    )
}

/// Exactly `N` finite numbers.
fn numbers_of<const N: usize>(numbers: &[f64], what: &str) -> Result<[f64; N], String> {
    let found = <[f64; N]>::try_from(numbers).map_err(
        |_short_or_long: std::array::TryFromSliceError| {
            format!("a {what} has {N} numbers, not {}", numbers.len())
        },
    )?;
    if found.iter().all(|number| number.is_finite()) {
        Ok(found)
    } else {
        Err(format!("the {what} holds something that is no number"))
    }
}

/// The longest of a matrix's columns: how much it stretches at most, for matrices without shear.
fn largest_scale(linear: &DMat3) -> f64 {
    linear
        .x_axis
        .length()
        .max(linear.y_axis.length())
        .max(linear.z_axis.length())
}

/// The directions of a box's axes, each of length one and at right angles, also for a flat box.
fn axes_of(one: &OrientedBox) -> DMat3 {
    let half = one.half_axes_m;
    let (x, y, z) = (
        half.x_axis.try_normalize(),
        half.y_axis.try_normalize(),
        half.z_axis.try_normalize(),
    );
    let (x, y) = match (x, y, z) {
        (Some(x), Some(y), _) => (x, y),
        (Some(x), None, Some(z)) => (x, z.cross(x)),
        (None, Some(y), Some(z)) => (y.cross(z), y),
        (Some(x), None, None) => (x, x.any_orthonormal_vector()),
        (None, Some(y), None) => (y.any_orthonormal_vector(), y),
        (None, None, Some(z)) => {
            let x = z.any_orthonormal_vector();
            (x, z.cross(x))
        }
        (None, None, None) => (DVec3::X, DVec3::Y),
    };
    // A box may stand askew; what is built from its axes must not.
    let y = (y - x * y.dot(x))
        .try_normalize()
        .unwrap_or_else(|| x.any_orthonormal_vector());
    DMat3::from_cols(x, y, x.cross(y))
}

/// The box along `axes` from `least` to `most`, both measured from `middle`, and `margin_m` more on every side.
fn box_between(
    middle: DVec3,
    axes: DMat3,
    least: DVec3,
    most: DVec3,
    margin_m: f64,
) -> OrientedBox {
    let half = (most - least) / 2.0 + DVec3::splat(margin_m);
    OrientedBox {
        centre_m: middle + axes * ((least + most) / 2.0),
        half_axes_m: DMat3::from_cols(
            axes.x_axis * half.x,
            axes.y_axis * half.y,
            axes.z_axis * half.z,
        ),
    }
}

/// A box along east, north and up at the region's middle.
fn region_box([west, south, east, north]: [f64; 4], [low_m, high_m]: [f64; 2]) -> Volume {
    let last = f64::from(REGION_SAMPLES - 1);
    let middle = [
        f64::midpoint(west, east),
        f64::midpoint(south, north),
        f64::midpoint(low_m, high_m),
    ];
    let step = (east - west).max(north - south) / last;
    let bulge_m = (EARTH_RADIUS_M + high_m.abs()) * step * step / 8.0;
    sampled_box(middle, [low_m, high_m], bulge_m, |column, row| {
        [
            west + (east - west) * f64::from(column) / last,
            south + (north - south) * f64::from(row) / last,
        ]
    })
}

/// A box along east, north and up at `middle` (longitude, latitude, height) around the places that `place` gives for
/// each column and row, at both heights. Between two places the ground bulges by `bulge_m`: the arc over its chord.
fn sampled_box(
    [lon, lat, height_m]: [f64; 3],
    heights_m: [f64; 2],
    bulge_m: f64,
    place: impl Fn(u32, u32) -> [f64; 2],
) -> Volume {
    let axes = DMat3::from_cols(
        DVec3::new(-lon.sin(), lon.cos(), 0.0),
        DVec3::new(-lat.sin() * lon.cos(), -lat.sin() * lon.sin(), lat.cos()),
        DVec3::new(lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()),
    );
    let middle = ecef_point(lon, lat, height_m);
    let enu_from_ecef = axes.transpose();
    let (mut least, mut most) = (DVec3::INFINITY, DVec3::NEG_INFINITY);
    for row in 0..REGION_SAMPLES {
        for column in 0..REGION_SAMPLES {
            let [sample_lon, sample_lat] = place(column, row);
            for height_m in heights_m {
                let offset =
                    enu_from_ecef * (ecef_point(sample_lon, sample_lat, height_m) - middle);
                least = least.min(offset);
                most = most.max(offset);
            }
        }
    }
    Volume::Box(box_between(middle, axes, least, most, bulge_m))
}

fn ecef_point(lon_rad: f64, lat_rad: f64, height_m: f64) -> DVec3 {
    let Ecef { x_m, y_m, z_m } = ecef_from_geodetic(Geodetic {
        lon_deg: lon_rad.to_degrees(),
        lat_deg: lat_rad.to_degrees(),
        height_m,
    });
    DVec3::new(x_m, y_m, z_m)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT_BOX: [f64; 12] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

    #[track_caller]
    fn check_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn a_box_moves_and_grows_with_its_transform() {
        let doubled = DMat4::from_translation(DVec3::new(10.0, 0.0, 0.0))
            * DMat4::from_scale(DVec3::splat(2.0));
        let volume = Volume::from_box(&UNIT_BOX, &doubled).expect("a box");
        check_near(volume.distance_m(DVec3::ZERO), 8.0);
        check_near(volume.distance_m(DVec3::new(11.0, 1.0, 1.0)), 0.0);
        check_near(volume.distance_m(DVec3::new(10.0, 6.0, 5.0)), 5.0);
        check_near(volume.radius_m(), 12.0_f64.sqrt());
    }

    #[test]
    fn a_ball_grows_by_the_largest_scale() {
        let stretched = DMat4::from_scale(DVec3::new(1.0, 3.0, 2.0));
        let volume = Volume::from_sphere(&[0.0, 0.0, 0.0, 1.0], &stretched).expect("a ball");
        check_near(volume.radius_m(), 3.0);
        check_near(volume.distance_m(DVec3::new(5.0, 0.0, 0.0)), 2.0);
    }

    #[test]
    fn a_region_holds_all_its_corners_and_its_bulge() {
        let region = [2.12, 0.54, 2.13, 0.55, -5.0, 700.0];
        let volume = Volume::from_region(&region).expect("a region");
        for lon in [region[0], region[2], 2.1237] {
            for lat in [region[1], region[3], 0.5461] {
                for height_m in [region[4], region[5], 300.0] {
                    check_near(volume.distance_m(ecef_point(lon, lat, height_m)), 0.0);
                }
            }
        }
        assert!(volume.distance_m(ecef_point(2.125, 0.545, 2_000.0)) > 1_000.0);
    }

    #[test]
    fn a_region_across_the_date_line_is_small() {
        let volume = Volume::from_region(&[3.13, 0.0, -3.13, 0.01, 0.0, 10.0]).expect("a region");
        assert!(volume.radius_m() < 200_000.0, "{}", volume.radius_m());
    }

    #[test]
    fn a_region_of_half_the_world_is_a_ball_around_it() {
        let volume = Volume::from_region(&[-3.0, -1.5, 3.0, 1.5, 0.0, 100.0]).expect("a region");
        assert_eq!(volume.centre_m(), DVec3::ZERO);
        assert!(volume.radius_m() >= EARTH_RADIUS_M);
    }

    #[test]
    fn a_box_around_several_volumes_holds_them_all() {
        let turned =
            DMat4::from_rotation_z(0.5) * DMat4::from_translation(DVec3::new(3.0, 0.0, 0.0));
        let volumes = [
            Volume::from_box(&UNIT_BOX, &turned).expect("a box"),
            Volume::from_sphere(&[10.0, 0.0, 0.0, 2.0], &DMat4::IDENTITY).expect("a ball"),
        ];
        let around = Volume::around(&volumes).expect("a box");
        for point in [
            DVec3::new(12.0, 0.0, 0.0),
            DVec3::new(10.0, 0.0, -2.0),
            transform_point(&turned, DVec3::new(-1.0, 1.0, 1.0)),
        ] {
            assert!(around.distance_m(point) < 1e-9, "{point} is outside");
        }
        assert_eq!(Volume::around(&[]), None);
        assert_eq!(Volume::around(&volumes[..1]), Some(volumes[0]));
    }

    #[test]
    fn a_flat_box_still_has_three_axes() {
        let flat = [0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let flat = Volume::from_box(&flat, &DMat4::IDENTITY).expect("a box");
        let grown = flat.grown_by_m(1.0);
        check_near(grown.distance_m(DVec3::new(2.5, 0.9, -0.9)), 0.0);
        check_near(grown.distance_m(DVec3::new(0.0, 3.0, 0.0)), 2.0);
    }

    #[test]
    fn volumes_apart_are_told_from_those_that_meet() {
        let at = |x: f64| {
            Volume::from_box(&UNIT_BOX, &DMat4::from_translation(DVec3::new(x, 0.0, 0.0)))
                .expect("a box")
        };
        let ball = Volume::from_sphere(&[5.0, 0.0, 0.0, 1.0], &DMat4::IDENTITY).expect("a ball");
        assert!(at(0.0).may_meet(&at(1.9)) && !at(0.0).may_meet(&at(2.1)));
        assert!(ball.may_meet(&at(3.1)) && !ball.may_meet(&at(2.9)));
        assert!(ball.may_meet(&ball));
    }

    #[test]
    fn a_volume_moves_with_a_matrix() {
        let matrix = DMat4::from_translation(DVec3::X) * DMat4::from_scale(DVec3::splat(3.0));
        let cases = [
            Volume::from_box(&UNIT_BOX, &DMat4::IDENTITY).expect("a box"),
            Volume::from_sphere(&[0.0, 0.0, 0.0, 1.0], &DMat4::IDENTITY).expect("a ball"),
        ];
        for (volume, radius) in cases.iter().zip([27.0_f64.sqrt(), 3.0]) {
            let moved = volume.transformed(&matrix).expect("it stays in measure");
            assert_eq!(moved.centre_m(), DVec3::X);
            check_near(moved.radius_m(), radius);
        }
    }

    #[test]
    fn broken_volumes_are_refused_with_a_reason() {
        let mut not_a_number = UNIT_BOX;
        not_a_number[4] = f64::NAN;
        assert!(Volume::from_box(&not_a_number, &DMat4::IDENTITY).is_err());
        assert!(Volume::from_box(&UNIT_BOX[..11], &DMat4::IDENTITY).is_err());
        assert!(Volume::from_sphere(&[0.0, 0.0, 0.0, -1.0], &DMat4::IDENTITY).is_err());
        assert!(Volume::from_sphere(&[1e200, 0.0, 0.0, 1.0], &DMat4::IDENTITY).is_err());
        assert!(Volume::from_region(&[0.0, 1.0, 0.1, 0.9, 0.0, 1.0]).is_err());
    }
}
