//! A bounding volume as its file says it, before any transform: what implicit tiling divides.

use super::s2::S2Cell;
use super::{Volume, numbers_of};
use glam::DMat4;
use serde::Deserialize;

/// `boundingVolume` of a tile or a content (3D Tiles 1.1, "Bounding Volumes").
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct VolumeJson {
    #[serde(rename = "box")]
    pub(crate) oriented_box: Option<Box<[f64]>>,
    pub(crate) region: Option<Box<[f64]>>,
    pub(crate) sphere: Option<Box<[f64]>>,
    pub(crate) extensions: Option<Box<VolumeExtensionsJson>>,
}

/// The extension volumes that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct VolumeExtensionsJson {
    #[serde(rename = "3DTILES_bounding_volume_S2")]
    s2: Option<S2Json>,
}

/// `3DTILES_bounding_volume_S2`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct S2Json {
    token: String,
    minimum_height: f64,
    maximum_height: f64,
}

/// A bounding volume in the numbers of its file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Centre and three half axes.
    Box([f64; 12]),
    /// West, south, east, north in radians; lowest and highest height in metres.
    Region([f64; 6]),
    /// Centre and radius.
    Sphere([f64; 4]),
    /// A cell of the S2 cover between two heights in metres.
    S2(S2Cell, [f64; 2]),
}

/// Which part of a volume an implicit tile has: one of `2^level` along each divided axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    /// Levels below the implicit root.
    pub(crate) level: u32,
    /// Column, row and, in an octree, layer.
    pub(crate) at: [u32; 3],
    /// Whether heights are divided too.
    pub(crate) is_octree: bool,
}

impl Shape {
    /// The volume that the JSON gives.
    pub(crate) fn from_json(json: Option<&VolumeJson>) -> Result<Self, String> {
        let json = json.ok_or_else(|| "the bounding volume is missing".to_owned())?;
        if let Some(numbers) = &json.oriented_box {
            numbers_of(numbers, "box").map(Self::Box)
        } else if let Some(numbers) = &json.region {
            numbers_of(numbers, "region").map(Self::Region)
        } else if let Some(numbers) = &json.sphere {
            numbers_of(numbers, "sphere").map(Self::Sphere)
        } else if let Some(s2) = json.extensions.as_ref().and_then(|all| all.s2.as_ref()) {
            let heights_m: [f64; 2] =
                numbers_of(&[s2.minimum_height, s2.maximum_height], "pair of heights")?;
            Ok(Self::S2(S2Cell::from_token(&s2.token)?, heights_m))
        } else {
            Err("the bounding volume is neither box nor region nor sphere".to_owned())
        }
    }

    /// The volume under `transform`, which does not move what is fixed to the Earth.
    pub(crate) fn volume(&self, transform: &DMat4) -> Result<Volume, String> {
        match self {
            Self::Box(numbers) => Volume::from_box(numbers, transform),
            Self::Region(numbers) => Volume::from_region(numbers),
            Self::Sphere(numbers) => Volume::from_sphere(numbers, transform),
            Self::S2(cell, heights_m) => cell.volume(*heights_m).checked(),
        }
    }

    /// Whether transforms leave it where it is.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self, Self::Region(_) | Self::S2(..))
    }

    /// The part of it that an implicit tile has (3D Tiles 1.1, "Subdivision Rules"); `None` for what cannot be divided.
    pub(crate) fn divided(&self, part: &Division) -> Option<Self> {
        let parts = 2.0_f64.powi(part.level.cast_signed());
        let [x, y, z] = part.at;
        let layers = if part.is_octree { parts } else { 1.0 };
        match self {
            Self::Box(numbers) => {
                let (centre, axes) = numbers.split_at(3);
                let mut made = [0.0; 12];
                let (made_centre, made_axes) = made.split_at_mut(3);
                made_centre.copy_from_slice(centre);
                let steps = [(x, parts), (y, parts), (z, layers)];
                for ((axis, made_axis), (step, of)) in axes
                    .chunks_exact(3)
                    .zip(made_axes.chunks_exact_mut(3))
                    .zip(steps)
                {
                    // From −1 to 1 along the axis, where the part's middle is.
                    let place = (2.0 * f64::from(step) + 1.0) / of - 1.0;
                    for ((middle, made), number) in made_centre.iter_mut().zip(made_axis).zip(axis)
                    {
                        *middle += number * place;
                        *made = number / of;
                    }
                }
                Some(Self::Box(made))
            }
            Self::Region([west, south, east, north, low_m, high_m]) => {
                let east = if east < west {
                    east + std::f64::consts::TAU
                } else {
                    *east
                };
                let [west, east] = interval([*west, east], x, parts);
                let [south, north] = interval([*south, *north], y, parts);
                let [low_m, high_m] = interval([*low_m, *high_m], z, layers);
                Some(Self::Region([west, south, east, north, low_m, high_m]))
            }
            Self::S2(cell, heights_m) => {
                let cell = cell.below(part.level, x, y)?;
                Some(Self::S2(cell, interval(*heights_m, z, layers)))
            }
            Self::Sphere(_) => None,
        }
    }

    /// The same between other heights, where it has heights (`TILE_MINIMUM_HEIGHT`, `TILE_MAXIMUM_HEIGHT`).
    pub(crate) fn between_heights(&self, low_m: Option<f64>, high_m: Option<f64>) -> Self {
        match self {
            Self::Region([west, south, east, north, low, high]) => Self::Region([
                *west,
                *south,
                *east,
                *north,
                low_m.unwrap_or(*low),
                high_m.unwrap_or(*high),
            ]),
            Self::S2(cell, [low, high]) => {
                Self::S2(*cell, [low_m.unwrap_or(*low), high_m.unwrap_or(*high)])
            }
            Self::Box(_) | Self::Sphere(_) => *self,
        }
    }
}

/// The `nth` of `parts` equal parts of an interval.
fn interval([from, to]: [f64; 2], nth: u32, parts: f64) -> [f64; 2] {
    let part = (to - from) / parts;
    let nth = f64::from(nth);
    [from + part * nth, from + part * (nth + 1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DVec3;

    const fn quarter(level: u32, x: u32, y: u32) -> Division {
        Division {
            level,
            at: [x, y, 0],
            is_octree: false,
        }
    }

    #[track_caller]
    fn check_divided(whole: Shape, part: Division, expected: Shape) {
        assert_eq!(whole.divided(&part), Some(expected));
    }

    #[test]
    fn a_box_is_divided_along_its_axes() {
        let whole = Shape::Box([1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        check_divided(
            whole,
            quarter(1, 1, 0),
            Shape::Box([1.5, 0.5, 1.0, 0.5, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 1.0]),
        );
        check_divided(
            whole,
            Division {
                level: 1,
                at: [0, 0, 1],
                is_octree: true,
            },
            Shape::Box([0.5, 0.5, 1.5, 0.5, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.5]),
        );
    }

    #[test]
    fn a_region_is_divided_by_angles_also_across_the_date_line() {
        check_divided(
            Shape::Region([0.0, 0.0, 4.0, 2.0, 0.0, 8.0]),
            quarter(2, 3, 1),
            Shape::Region([3.0, 0.5, 4.0, 1.0, 0.0, 8.0]),
        );
        let across = Shape::Region([3.0, 0.0, -3.0, 0.1, 0.0, 8.0]);
        let east = across.divided(&quarter(1, 1, 0)).expect("a half");
        let volume = east.volume(&DMat4::IDENTITY).expect("a volume");
        assert!(volume.centre_m().x < -6e6 && volume.radius_m() < 1e6);
    }

    #[test]
    fn a_ball_is_not_divided() {
        assert_eq!(Shape::Sphere([0.0; 4]).divided(&quarter(1, 0, 0)), None);
    }

    #[test]
    fn an_s2_volume_is_read_and_divided() {
        let json: VolumeJson = serde_json::from_str(
            r#"{"extensions":{"3DTILES_bounding_volume_S2":{"token":"89c6c7","minimumHeight":0,"maximumHeight":1000}}}"#,
        )
        .expect("JSON");
        let whole = Shape::from_json(Some(&json)).expect("a cell");
        let part = whole
            .divided(&quarter(3, 7, 7))
            .expect("an eighth")
            .between_heights(Some(10.0), None);
        let (whole, part) = (
            whole.volume(&DMat4::IDENTITY).expect("a volume"),
            part.volume(&DMat4::IDENTITY).expect("a volume"),
        );
        assert!(whole.distance_m(part.centre_m()) < 1.0);
        assert!(part.radius_m() < whole.radius_m() / 4.0);
    }

    #[test]
    fn what_is_fixed_to_the_earth_stays_where_it_is() {
        let region = Shape::Region([0.0, 0.0, 0.001, 0.001, 0.0, 8.0]);
        let moved = DMat4::from_translation(DVec3::splat(1e5));
        assert!(region.is_fixed());
        assert_eq!(region.volume(&moved), region.volume(&DMat4::IDENTITY));
        assert!(!Shape::Sphere([0.0; 4]).is_fixed());
    }

    #[test]
    fn hostile_volumes_are_refused() {
        for text in [
            "{}",
            r#"{"box":[1,2,3]}"#,
            r#"{"extensions":{"3DTILES_bounding_volume_S2":{"token":"zz"}}}"#,
            r#"{"extensions":{"OTHER":{}}}"#,
        ] {
            let json: VolumeJson = serde_json::from_str(text).expect("JSON");
            assert!(Shape::from_json(Some(&json)).is_err(), "{text}");
        }
        assert!(Shape::from_json(None).is_err());
    }
}
