//! Lengths, heights and widths out of free text.

use crate::feature::Tags;

/// Metres per storey where only storeys are known.
pub(crate) const STOREY_M: f64 = 3.0;
/// The height of a building that says nothing: two storeys.
pub(crate) const DEFAULT_HEIGHT_M: f64 = 6.0;
/// Nothing built is taller; a larger number is a slip of the pen or another unit.
const MAX_HEIGHT_M: f64 = 1_200.0;
/// No building has more storeys.
const MAX_LEVELS: f64 = 250.0;

/// Keys that hold a height in metres, OpenStreetMap's own first.
pub(crate) const HEIGHT_KEYS: &[&str] = &[
    "height",
    "building:height",
    "building_height",
    "bldg_height",
    "render_height",
    "measuredHeight",
    "est_height",
    "高度",
    "建筑高度",
    "楼高",
];
/// Keys that hold a number of storeys above ground.
pub(crate) const LEVEL_KEYS: &[&str] = &[
    "building:levels",
    "building_levels",
    "levels",
    "num_floors",
    "floors",
    "floor",
    "storeys",
    "storey",
    "层数",
    "楼层",
    "建筑层数",
];

/// How a height may be known, in the order of its number in working files.
pub(crate) const HEIGHT_SOURCES: [&str; 4] = ["default", "levels", "tag", "geometry"];

/// How high a building stands, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Heights {
    /// Top above ground, roof included, metres.
    pub(crate) height_m: f64,
    /// Underside above ground, metres; 0 for what stands on it.
    pub(crate) min_height_m: f64,
    /// One of [`HEIGHT_SOURCES`].
    pub(crate) source: &'static str,
    /// Storeys above ground, where stated.
    pub(crate) levels: Option<f64>,
}

/// What was wrong with a building's heights and how it was got over.
pub(crate) type HeightRepair = Option<&'static str>;

/// The heights that `tags` state, else the default.
pub(crate) fn heights_of(tags: &Tags) -> (Heights, HeightRepair) {
    let mut repair = None;
    let stated = tags.first_of(HEIGHT_KEYS).and_then(|text| {
        let height = length_m(text).filter(|height| *height > 0.0 && *height <= MAX_HEIGHT_M);
        if height.is_none() {
            repair = Some("the height is not a usable number; levels or the default taken");
        }
        height
    });
    let levels = tags
        .first_of(LEVEL_KEYS)
        .and_then(number)
        .filter(|levels| *levels > 0.0 && *levels <= MAX_LEVELS);
    let roof_levels = tags
        .get("roof:levels")
        .and_then(number)
        .filter(|levels| (0.0..=20.0).contains(levels))
        .unwrap_or(0.0);
    let (height_m, source) = match (stated, levels) {
        (Some(height), _) => (height, "tag"),
        (None, Some(levels)) => ((levels + roof_levels) * STOREY_M, "levels"),
        (None, None) => (DEFAULT_HEIGHT_M, "default"),
    };
    let min_stated = tags
        .first_of(&["min_height", "building:min_height"])
        .and_then(length_m);
    let min_by_level = tags
        .first_of(&["building:min_level", "min_level"])
        .and_then(number)
        .map(|levels| levels * STOREY_M);
    let mut min_height_m = min_stated
        .or(min_by_level)
        .filter(|min| *min > 0.0)
        .unwrap_or(0.0);
    if min_height_m >= height_m {
        if source == "default" {
            // Only the underside is known: one storey on top of it.
            return (
                Heights {
                    height_m: min_height_m + STOREY_M,
                    min_height_m,
                    source,
                    levels,
                },
                repair,
            );
        }
        min_height_m = 0.0;
        repair = Some("the underside is not below the top; the ground taken");
    }
    (
        Heights {
            height_m,
            min_height_m,
            source,
            levels,
        },
        repair,
    )
}

/// The heights of a building whose own model reaches `measured_m` above its foot; a stated height is stronger.
pub(crate) fn heights_of_model(tags: &Tags, measured_m: f64) -> Heights {
    let (stated, _) = heights_of(tags);
    let is_stated = stated.source == "tag";
    Heights {
        height_m: if is_stated {
            stated.height_m
        } else {
            measured_m
        },
        min_height_m: 0.0,
        source: if is_stated { "tag" } else { "geometry" },
        levels: stated.levels,
    }
}

/// A diameter in metres: `DN300`, `300` and `300 mm` are millimetres, `0.3 m` is as it says.
pub(crate) fn diameter_m(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.trim_start_matches(['D', 'N', 'd', 'n', 'Φ', 'φ', 'ø', 'Ø']);
    let metres = match number(plain) {
        // Nobody builds a pipe of 6 m, and nobody lays one of 5 mm.
        Some(value) if value < 6.0 && plain.len() == text.len() => value,
        Some(value) => value / 1000.0,
        None => length_m(plain)?,
    };
    (metres > 0.0 && metres < 20.0).then_some(metres)
}

/// A length in metres: `12`, `12 m`, `12.5m`, `40 ft`, `39'4"`, `1 200 mm`.
pub(crate) fn length_m(text: &str) -> Option<f64> {
    const FOOT_M: f64 = 0.3048;
    const INCH_M: f64 = 0.0254;
    let text = text.trim();
    if let Some((feet, rest)) = text.split_once(['\'', '′']) {
        let inches = rest.trim().trim_end_matches(['"', '″', '\'']).trim();
        let inches = if inches.is_empty() {
            0.0
        } else {
            number(inches)?
        };
        return Some(number(feet)? * FOOT_M + inches * INCH_M);
    }
    let split = text
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | 'e' | 'E')))
        .map_or(text.len(), |(at, _)| at);
    let (digits, unit) = text.split_at(split);
    let metres = match unit.trim().to_lowercase().as_str() {
        "" | "m" | "meter" | "metre" | "meters" | "metres" | "米" => 1.0,
        "ft" | "feet" | "foot" => FOOT_M,
        "cm" => 0.01,
        "mm" => 0.001,
        "km" => 1_000.0,
        _ => return None,
    };
    Some(number(digits)? * metres)
}

/// A finite number; a decimal comma is taken as a point.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.trim()
        .replace(',', ".")
        .parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_length(text: &str, expected: Option<f64>) {
        match (length_m(text), expected) {
            (Some(read), Some(expected)) => {
                assert!((read - expected).abs() < 1e-6, "{text}: {read}");
            }
            (read, expected) => assert_eq!(read, expected, "{text}"),
        }
    }

    #[test]
    fn lengths_are_read_in_the_units_people_write() {
        check_length("12", Some(12.0));
        check_length("12 m", Some(12.0));
        check_length("12.5m", Some(12.5));
        check_length("12,5", Some(12.5));
        check_length("39'4\"", Some(11.9888));
        check_length("40 ft", Some(12.192));
        check_length("tall", None);
        check_length("NaN", None);
        check_length("5 storeys", None);
        check_length("", None);
    }

    #[track_caller]
    fn check_heights(pairs: &[(&str, &str)], height: f64, min: f64, source: &str, repaired: bool) {
        let (heights, repair) = heights_of(&Tags::of(pairs));
        assert!(
            (heights.height_m - height).abs() < 1e-9 && (heights.min_height_m - min).abs() < 1e-9,
            "{heights:?}"
        );
        assert_eq!((heights.source, repair.is_some()), (source, repaired));
    }

    #[test]
    fn a_height_comes_from_the_tag_else_from_levels_else_from_the_default() {
        check_heights(
            &[("height", "632"), ("building:levels", "128")],
            632.0,
            0.0,
            "tag",
            false,
        );
        check_heights(
            &[("building:levels", "6"), ("roof:levels", "1")],
            21.0,
            0.0,
            "levels",
            false,
        );
        check_heights(&[], 6.0, 0.0, "default", false);
        check_heights(&[("Height", "18.5")], 18.5, 0.0, "tag", false);
        check_heights(&[("Floor", "10")], 30.0, 0.0, "levels", false);
    }

    #[test]
    fn a_height_that_makes_no_sense_is_got_over() {
        check_heights(
            &[("height", "high"), ("building:levels", "2")],
            6.0,
            0.0,
            "levels",
            true,
        );
        check_heights(&[("height", "-4")], 6.0, 0.0, "default", true);
        check_heights(&[("height", "99999")], 6.0, 0.0, "default", true);
        check_heights(
            &[("height", "10"), ("min_height", "12")],
            10.0,
            0.0,
            "tag",
            true,
        );
    }

    #[test]
    fn a_part_hangs_where_it_says() {
        check_heights(
            &[("height", "40"), ("min_height", "20.5")],
            40.0,
            20.5,
            "tag",
            false,
        );
        check_heights(
            &[("building:levels", "10"), ("building:min_level", "3")],
            30.0,
            9.0,
            "levels",
            false,
        );
        check_heights(&[("building:min_level", "3")], 12.0, 9.0, "default", false);
    }

    #[test]
    fn a_diameter_is_read_as_people_write_it() {
        for (text, expected) in [
            ("DN300", 0.3),
            ("300", 0.3),
            ("300 mm", 0.3),
            ("0.3 m", 0.3),
            ("1.2", 1.2),
        ] {
            let read = diameter_m(text).expect("a diameter");
            assert!((read - expected).abs() < 1e-9, "{text}: {read}");
        }
        assert_eq!(diameter_m("wide"), None);
        assert_eq!(diameter_m("-3"), None);
    }

    #[test]
    fn a_model_is_as_high_as_it_says_or_as_it_measures() {
        let measured = heights_of_model(&Tags::default(), 31.0);
        assert_eq!(
            (measured.height_m.round() as i32, measured.source),
            (31, "geometry")
        );
        let stated = heights_of_model(&Tags::of(&[("measuredHeight", "30.2")]), 31.0);
        assert_eq!((stated.height_m.round() as i32, stated.source), (30, "tag"));
    }
}
