//! Features of both dialects and in space, and what they are taken for.

use super::*;
use crate::feature::{Area, ModelKind, PlacedModel, Surface, Tube};

fn point() -> Shape {
    Shape::Points(vec![[0.0, 0.0]])
}

fn line() -> Shape {
    Shape::Lines(vec![vec![[0.0, 0.0], [1.0, 1.0]]])
}

fn area() -> Shape {
    Shape::Areas(vec![Area::default()])
}

#[track_caller]
fn check(
    shape: Shape,
    hint: Hint,
    pairs: &[(&str, &str)],
    class: Class,
    kind: &str,
    is_drawn: bool,
) {
    let feature = SourceFeature {
        id: "x".into(),
        place: "here".into(),
        tags: Tags::of(pairs),
        shape,
        hint,
        level: None,
        parent: None,
    };
    assert_eq!(
        classify(&feature),
        Verdict {
            class,
            kind: kind.into(),
            is_drawn
        },
        "{pairs:?}"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn openstreetmap_keys_are_understood() {
    check(
        area(),
        Hint::None,
        &[("building", "yes")],
        Class::Building,
        "building",
        true,
    );
    check(
        point(),
        Hint::None,
        &[("building", "kiosk")],
        Class::Building,
        "building",
        true,
    );
    check(
        area(),
        Hint::None,
        &[("building", "no"), ("leisure", "park")],
        Class::Green,
        "park",
        true,
    );
    check(
        area(),
        Hint::None,
        &[("building:part", "yes")],
        Class::BuildingPart,
        "building_part",
        true,
    );
    check(
        line(),
        Hint::None,
        &[("highway", "primary")],
        Class::Road,
        "primary",
        true,
    );
    check(
        line(),
        Hint::None,
        &[("highway", "primary"), ("tunnel", "yes")],
        Class::Road,
        "primary",
        false,
    );
    check(
        line(),
        Hint::None,
        &[("highway", "footway"), ("area", "yes")],
        Class::Other,
        "footway",
        true,
    );
    check(
        point(),
        Hint::None,
        &[("highway", "traffic_signals")],
        Class::Point,
        "traffic_signals",
        true,
    );
    check(
        line(),
        Hint::None,
        &[("railway", "tram")],
        Class::Rail,
        "tram",
        true,
    );
    check(
        line(),
        Hint::None,
        &[("railway", "rail"), ("layer", "-1")],
        Class::Rail,
        "rail",
        false,
    );
    check(
        line(),
        Hint::None,
        &[("waterway", "river")],
        Class::Water,
        "river",
        true,
    );
    check(
        area(),
        Hint::None,
        &[("natural", "water"), ("water", "lake")],
        Class::Water,
        "lake",
        true,
    );
    check(
        area(),
        Hint::None,
        &[("landuse", "forest")],
        Class::Green,
        "forest",
        true,
    );
    check(
        point(),
        Hint::None,
        &[("amenity", "cafe")],
        Class::Point,
        "cafe",
        true,
    );
    check(
        area(),
        Hint::None,
        &[("landuse", "residential")],
        Class::Other,
        "",
        true,
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn the_kinds_of_map_tiles_are_understood() {
    check(
        area(),
        Hint::Buildings,
        &[("kind", "building")],
        Class::Building,
        "building",
        true,
    );
    check(
        area(),
        Hint::Buildings,
        &[("kind", "building_part")],
        Class::BuildingPart,
        "building_part",
        true,
    );
    check(
        point(),
        Hint::Buildings,
        &[("kind", "building"), ("label_placement", "true")],
        Class::Label,
        "building",
        true,
    );
    check(
        point(),
        Hint::Buildings,
        &[("kind", "address")],
        Class::Other,
        "address",
        true,
    );
    check(
        line(),
        Hint::Roads,
        &[("kind", "major_road"), ("kind_detail", "trunk")],
        Class::Road,
        "trunk",
        true,
    );
    check(
        line(),
        Hint::Roads,
        &[
            ("kind", "minor_road"),
            ("kind_detail", "service"),
            ("is_tunnel", "true"),
        ],
        Class::Road,
        "service",
        false,
    );
    check(
        line(),
        Hint::Roads,
        &[("kind", "ferry")],
        Class::Road,
        "ferry",
        false,
    );
    check(
        line(),
        Hint::Roads,
        &[("kind", "rail"), ("kind_detail", "subway")],
        Class::Rail,
        "subway",
        false,
    );
    check(
        line(),
        Hint::None,
        &[("kind", "subway")],
        Class::Rail,
        "subway",
        false,
    );
    check(
        area(),
        Hint::None,
        &[("kind", "station")],
        Class::Point,
        "station",
        true,
    );
    check(
        line(),
        Hint::Water,
        &[("kind", "water"), ("boundary", "true")],
        Class::Label,
        "water",
        true,
    );
    check(
        area(),
        Hint::Water,
        &[("kind", "riverbank")],
        Class::Water,
        "riverbank",
        true,
    );
    check(
        area(),
        Hint::None,
        &[("kind", "natural_wood"), ("natural", "wood")],
        Class::Green,
        "wood",
        true,
    );
    check(
        area(),
        Hint::None,
        &[("kind", "earth")],
        Class::Other,
        "earth",
        true,
    );
    check(
        line(),
        Hint::None,
        &[("kind", "county")],
        Class::Other,
        "county",
        true,
    );
    check(
        point(),
        Hint::None,
        &[("kind", "residential"), ("label_placement", "true")],
        Class::Point,
        "residential",
        true,
    );
}

#[test]
fn a_silent_feature_is_what_its_file_is_called() {
    check(
        area(),
        Hint::Buildings,
        &[],
        Class::Building,
        "building",
        true,
    );
    check(
        area(),
        Hint::Buildings,
        &[("class", "residential")],
        Class::Building,
        "building",
        true,
    );
    check(
        line(),
        Hint::Roads,
        &[("name", "中山东一路")],
        Class::Road,
        "road",
        true,
    );
    check(area(), Hint::Water, &[], Class::Water, "water", true);
    check(
        area(),
        Hint::None,
        &[("height", "18")],
        Class::Building,
        "building",
        true,
    );
    check(
        area(),
        Hint::None,
        &[("population", "18")],
        Class::Other,
        "",
        true,
    );
}

#[test]
fn shapes_in_space_say_what_they_are_or_are_taken_for_it() {
    let tubes = || Shape::Tubes(vec![Tube::default()]);
    check(
        tubes(),
        Hint::None,
        &[("kind", "water_pipe")],
        Class::Pipe,
        "water_pipe",
        true,
    );
    check(tubes(), Hint::Tunnels, &[], Class::Tunnel, "tunnel", true);
    check(
        tubes(),
        Hint::Pipes,
        &[("class", "rail"), ("kind", "metro")],
        Class::Rail,
        "metro",
        true,
    );
    let lamps = Shape::Placed(vec![PlacedModel {
        at: [0.0; 3],
        heading_deg: 0.0,
        scale: 1.0,
        model: ModelKind::Lamp,
    }]);
    check(lamps, Hint::None, &[], Class::Furniture, "lamp", true);
    let roof = || {
        Shape::Surfaces(vec![Surface {
            role: SurfaceRole::Roof,
            ..Surface::default()
        }])
    };
    check(roof(), Hint::None, &[], Class::Building, "building", true);
    check(
        roof(),
        Hint::None,
        &[("kind", "building_part")],
        Class::BuildingPart,
        "building_part",
        true,
    );
}

#[test]
fn trees_pipelines_and_class_words_are_classes_of_their_own() {
    check(
        point(),
        Hint::None,
        &[("natural", "tree")],
        Class::Tree,
        "tree",
        true,
    );
    check(
        line(),
        Hint::None,
        &[("man_made", "pipeline"), ("substance", "gas")],
        Class::Pipe,
        "gas",
        true,
    );
    check(
        area(),
        Hint::None,
        &[("class", "ground"), ("kind", "square")],
        Class::Ground,
        "square",
        true,
    );
    for (number, class) in Class::ALL.into_iter().enumerate() {
        assert_eq!(class as usize, number);
    }
}
