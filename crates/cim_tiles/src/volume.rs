//! The three bounding volumes of 3D Tiles, as boxes and spheres in the tileset's frame.
//!
//! Regions become boxes when they are read, so that selection knows two shapes only.

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
        let linear = linear_part(transform);
        let scale = linear
            .x_axis
            .length()
            .max(linear.y_axis.length())
            .max(linear.z_axis.length());
        Self::Sphere(Sphere {
            centre_m: transform_point(transform, DVec3::new(x, y, z)),
            radius_m: radius_m * scale,
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

/// A box along east, north and up at the region's middle.
fn region_box([west, south, east, north]: [f64; 4], [low_m, high_m]: [f64; 2]) -> Volume {
    let (lon, lat) = (f64::midpoint(west, east), f64::midpoint(south, north));
    let axes = DMat3::from_cols(
        DVec3::new(-lon.sin(), lon.cos(), 0.0),
        DVec3::new(-lat.sin() * lon.cos(), -lat.sin() * lon.sin(), lat.cos()),
        DVec3::new(lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()),
    );
    let middle = ecef_point(lon, lat, f64::midpoint(low_m, high_m));
    let enu_from_ecef = axes.transpose();
    let (mut least, mut most) = (DVec3::splat(f64::INFINITY), DVec3::splat(f64::NEG_INFINITY));
    let last = f64::from(REGION_SAMPLES - 1);
    for row in 0..REGION_SAMPLES {
        for column in 0..REGION_SAMPLES {
            for height_m in [low_m, high_m] {
                let sample_lon = west + (east - west) * f64::from(column) / last;
                let sample_lat = south + (north - south) * f64::from(row) / last;
                let offset =
                    enu_from_ecef * (ecef_point(sample_lon, sample_lat, height_m) - middle);
                least = least.min(offset);
                most = most.max(offset);
            }
        }
    }
    // Between two samples the ground bulges by the height of the arc over its chord.
    let step = (east - west).max(north - south) / last;
    let bulge_m = (EARTH_RADIUS_M + high_m.abs()) * step * step / 8.0;
    let half = (most - least) / 2.0 + DVec3::splat(bulge_m);
    Volume::Box(OrientedBox {
        centre_m: middle + axes * ((least + most) / 2.0),
        half_axes_m: DMat3::from_cols(
            axes.x_axis * half.x,
            axes.y_axis * half.y,
            axes.z_axis * half.z,
        ),
    })
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
