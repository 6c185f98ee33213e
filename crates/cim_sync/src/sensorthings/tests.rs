//! What pages of SensorThings servers become, by tables; and the conformance samples, where they are at hand.

use super::{observation::identity_in_link, *};
use cim_geo::Geodetic;
use cim_model::{DatastreamId, Limits, Quality, SensorKind, UtcMillis};
use serde_json::Value;
use std::path::{Path, PathBuf};

const THING: &str = r#"{"@iot.id":17,"name":"K 17","description":"chamber","properties":{"kind":"gas","code":"G-17","depth":2.5},
    "Locations":[{"encodingType":"application/geo+json","location":{"type":"Point","coordinates":[121.49,31.24,2.5]}}],
    "Datastreams":[{"@iot.id":"s-1","name":"甲烷","unitOfMeasurement":{"symbol":"%LEL","name":"percent of LEL"},
        "ObservedProperty":{"name":"Methane"},
        "properties":{"kind":"gas","period_s":5,"limits":{"above_medium":10,"above_high":25.5,"below_high":null}}}]}"#;

fn page(items: &[&str]) -> Page<ThingEntry> {
    things_page(format!(r#"{{"value":[{}]}}"#, items.join(",")).as_bytes()).expect("a page")
}

#[test]
fn a_thing_is_read_with_its_place_its_series_and_their_limits() {
    let page = page(&[THING]);
    assert_eq!((page.rejected, page.entries, page.next), (vec![], 1, None));
    let ThingEntry {
        thing,
        datastreams,
        more_datastreams,
    } = &page.items[0];
    assert_eq!(
        (thing.id.as_str(), thing.name.as_str(), thing.kind),
        ("17", "K 17", SensorKind::Gas)
    );
    assert_eq!(
        thing.position,
        Geodetic {
            lon_deg: 121.49,
            lat_deg: 31.24,
            height_m: 2.5
        }
    );
    let properties = [
        ("code".to_owned(), "G-17".to_owned()),
        ("depth".to_owned(), "2.5".to_owned()),
    ];
    assert_eq!(thing.properties, properties);
    let limits = Limits {
        above_medium: Some(10.0),
        above_high: Some(25.5),
        ..Limits::default()
    };
    let expected = Datastream {
        id: DatastreamId::new("s-1"),
        thing: ThingId::new("17"),
        name: "甲烷".to_owned(),
        observed_property: "Methane".to_owned(),
        unit: "%LEL".to_owned(),
        period_s: 5.0,
        limits,
    };
    assert_eq!(
        (datastreams.as_slice(), more_datastreams),
        ([expected].as_slice(), &None)
    );
}

#[test]
fn a_page_says_where_the_next_one_is_and_how_many_there_are() {
    let page = things_page(br#"{"@iot.count":12,"@iot.nextLink":"Things?$skip=1","value":[]}"#)
        .expect("a page");
    assert_eq!(
        (page.count, page.next.as_deref()),
        (Some(12), Some("Things?$skip=1"))
    );
}

#[track_caller]
fn check_rejected(from: &str, to: &str, place: &str, things_left: usize) {
    let page = page(&[THING, &THING.replace(from, to)]);
    assert_eq!(
        page.rejected
            .iter()
            .map(|r| r.place.as_str())
            .collect::<Vec<_>>(),
        [place]
    );
    assert_eq!(page.items.len(), things_left);
}

#[test]
fn a_broken_thing_is_rejected_with_its_place_and_the_others_stay() {
    check_rejected(r#""@iot.id":17,"#, "", "$.value[1].@iot.id", 1);
    check_rejected(r#""Locations""#, r#""Places""#, "$.value[1].Locations", 1);
    check_rejected(
        "[121.49,31.24,2.5]",
        "[121.49,91.24]",
        "$.value[1].Locations",
        1,
    );
    check_rejected("[121.49,31.24,2.5]", "\"here\"", "$.value[1].Locations", 1);
    check_rejected(
        r#""@iot.id":"s-1","#,
        "",
        "$.value[1].Datastreams[0].@iot.id",
        2,
    );
}

#[test]
fn an_area_counts_as_the_middle_of_its_corners() {
    let area = r#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2]]]}}"#;
    let page =
        page(&[&THING.replace(r#"{"type":"Point","coordinates":[121.49,31.24,2.5]}"#, area)]);
    assert_eq!(
        page.items[0].thing.position,
        Geodetic {
            lon_deg: 1.0,
            lat_deg: 1.0,
            height_m: 0.0
        }
    );
}

#[test]
fn a_kind_that_nobody_states_is_guessed_from_what_is_observed() {
    for (property, kind) in [
        ("PM2.5 concentration", SensorKind::Air),
        ("Water level", SensorKind::WaterLevel),
        ("Sound pressure", SensorKind::Noise),
        ("Vehicle count", SensorKind::Traffic),
        ("Average speed", SensorKind::Traffic),
        ("Wind speed", SensorKind::Other),
        ("Free parking places", SensorKind::Parking),
        ("Methane", SensorKind::Gas),
        ("井盖倾角", SensorKind::Manhole),
        ("Deflection", SensorKind::Structural),
        ("Luminous Flux", SensorKind::Other),
    ] {
        let text = THING
            .replace(r#""kind":"gas","#, "")
            .replace("\"K 17\"", "\"x\"")
            .replace("Methane", property);
        assert_eq!(page(&[&text]).items[0].thing.kind, kind, "{property}");
    }
}

fn observation(datastream: &str, t: i64, value: f64, quality: Quality) -> Observation {
    Observation {
        datastream: DatastreamId::new(datastream),
        happened_at: UtcMillis(t),
        value,
        quality,
    }
}

#[test]
fn observations_come_one_by_one_or_as_an_array_and_mean_the_same() {
    let single = r#"{"value":[{"@iot.id":1,"phenomenonTime":"1970-01-01T00:00:01Z","result":2.5,"resultQuality":"suspect","Datastream":{"@iot.id":7}},
        {"phenomenonTime":"1970-01-01T00:00:00Z/1970-01-01T00:00:02Z","result":"3","Datastream":{"@iot.id":7}}]}"#;
    let grouped = r#"{"value":[{"Datastream@iot.navigationLink":"http://hub/v1.1/Datastreams(7)",
        "components":["id","phenomenonTime","result","resultQuality"],"dataArray@iot.count":2,
        "dataArray":[[1,"1970-01-01T00:00:01Z",2.5,"suspect"],[2,"1970-01-01T00:00:02Z",3,null]]}]}"#;
    let expected = [
        observation("7", 1000, 2.5, Quality::Suspect),
        observation("7", 2000, 3.0, Quality::Good),
    ];
    for text in [single, grouped] {
        let page = observations_page(text.as_bytes()).expect("a page");
        assert_eq!(
            (page.items.as_slice(), page.rejected, page.entries),
            (expected.as_slice(), vec![], 2)
        );
    }
}

#[test]
fn the_latest_observations_come_inside_their_series() {
    let text = r#"{"value":[{"@iot.id":7,"Observations":[{"phenomenonTime":"1970-01-01T00:00:01Z","result":true}]},
        {"@iot.id":8,"Observations":[]}]}"#;
    assert_eq!(
        latest_page(text.as_bytes()).expect("a page").items,
        [observation("7", 1000, 1.0, Quality::Good)]
    );
}

#[test]
fn a_broken_row_is_rejected_with_its_place_and_the_others_stay() {
    let text = r#"{"value":[{"Datastream":{"id":"a"},"components":["phenomenonTime","result"],
        "dataArray":[["1970-01-01T00:00:01Z",1],["noon",2],["1970-01-01T00:00:03Z",{}],["1970-01-01T00:00:04Z"],5,
                     ["1970-01-01T00:00:06Z","NaN"]]},
        {"Datastream":{"id":"b"},"components":["result"],"dataArray":[[1]]}, 3]}"#;
    let page = observations_page(text.as_bytes()).expect("a page");
    assert_eq!(page.items, [observation("a", 1000, 1.0, Quality::Good)]);
    let places: Vec<&str> = page
        .rejected
        .iter()
        .map(|rejection| rejection.place.as_str())
        .collect();
    let array = "$.value[0].dataArray";
    assert_eq!(
        places[..2],
        [format!("{array}[1]"), format!("{array}[2].result")]
    );
    assert_eq!(
        places[5..],
        ["$.value[1].components", "$.value[2].Datastream"]
    );
    assert_eq!(places.len(), 7);
}

#[test]
fn what_is_no_page_is_refused_whole() {
    for (text, place) in [
        ("", "line 1, column 0"),
        ("<html>", "line 1, column 1"),
        ("{}", "$.value"),
        ("[]", "$.value"),
    ] {
        assert_eq!(
            things_page(text.as_bytes()).expect_err("no page").place,
            place,
            "{text}"
        );
    }
}

#[test]
fn identities_survive_the_way_into_an_address_and_back() {
    for id in ["17", "a", "o'hara", "17a", "(x)"] {
        let link = format!("http://hub/v1.1/Datastreams({})", identity_in_address(id));
        assert_eq!(identity_in_link(&link).as_deref(), Some(id), "{link}");
    }
    assert_eq!(identity_in_link("http://hub/v1.1/Things(1)"), None);
}

/// The conformance samples lie beside the repository, where they lie at all.
fn samples(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(".")
        .join("../../../shared/data/conformance/sensorthings")
        .join(folder);
    let Ok(entries) = std::fs::read_dir(root) else {
        return Vec::new();
    };
    let read = |path: PathBuf| {
        Some((
            path.clone(),
            with_identities(&std::fs::read_to_string(path).ok()?),
        ))
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter_map(read)
        .collect()
}

/// The samples leave identities open, as `$DATASTREAM-ID`; here they are all 1.
fn with_identities(text: &str) -> String {
    let mut parts = text.split('$');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        filled.push('1');
        filled.push_str(
            part.trim_start_matches(|c: char| c.is_ascii_uppercase() || "-_".contains(c)),
        );
    }
    filled
}

#[test]
fn conformance_observations_are_read_or_rejected_never_lost() {
    for (path, text) in samples("observations") {
        let Ok(value) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        let entries = if value.is_array() {
            value.clone()
        } else {
            Value::Array(vec![value.clone()])
        };
        let page = observations_page(
            serde_json::json!({ "value": entries })
                .to_string()
                .as_bytes(),
        )
        .expect("a page");
        assert_eq!(
            page.items.len() + page.rejected.len(),
            page.entries as usize,
            "{}",
            path.display()
        );
        let is_complete = value.get("Datastream").is_some()
            && value.get("phenomenonTime").is_some_and(Value::is_string);
        if is_complete && value.get("result").is_some_and(Value::is_number) {
            assert_eq!(
                page.items.len(),
                1,
                "{}: {:?}",
                path.display(),
                page.rejected
            );
        }
    }
}

#[test]
fn conformance_things_with_a_location_are_read() {
    for (path, text) in samples("thing") {
        let Ok(mut value) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        let Some(fields) = value.as_object_mut() else {
            continue;
        };
        fields.insert("@iot.id".to_owned(), Value::from(1));
        let located = fields.contains_key("Locations");
        let page = things_page(
            serde_json::json!({ "value": [value] })
                .to_string()
                .as_bytes(),
        )
        .expect("a page");
        assert_eq!(
            page.items.len(),
            usize::from(located),
            "{}: {:?}",
            path.display(),
            page.rejected
        );
    }
}

#[test]
fn a_thing_without_a_location_stands_where_its_series_observe() {
    let from = r#""Locations":[{"encodingType":"application/geo+json","location":{"type":"Point","coordinates":[121.49,31.24,2.5]}}],"#;
    let thing = THING.replace(from, "");
    let area =
        r#""observedArea":{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2]]]},"unitOf"#;
    let feature = r#""Observations":[{"FeatureOfInterest":{"feature":{"type":"Point","coordinates":[1,1]}}}],"unitOf"#;
    for inside in [area, feature] {
        let page = page(&[&thing.replace(r#""unitOf"#, inside)]);
        let position = page.items[0].thing.position;
        assert_eq!((position.lon_deg, position.lat_deg), (1.0, 1.0));
        assert_eq!(page.notes[0].place, "$.value[0].Locations");
    }
}

#[test]
fn a_location_in_another_encoding_is_told_with_its_name() {
    let other = THING
        .replace("application/geo+json", "application/wkt")
        .replace(
            r#"{"type":"Point","coordinates":[121.49,31.24,2.5]}"#,
            r#""POINT (121 31)""#,
        );
    let page = page(&[&other]);
    assert_eq!(page.rejected[0].place, "$.value[0].Locations");
    assert!(page.rejected[0].reason.contains("application/wkt"));
    let named = THING.replace("application/geo+json", "text/plain");
    let page = self::page(&[&named]);
    assert_eq!((page.items.len(), page.notes.len()), (1, 1));
}

#[test]
fn series_of_several_values_are_passed_over_with_a_word() {
    let thing = THING.replace(
        r#""Datastreams":["#,
        r#""MultiDatastreams":[{"@iot.id":1}],"Datastreams":["#,
    );
    let page = page(&[&thing]);
    assert_eq!(page.items[0].datastreams.len(), 1);
    assert_eq!(page.notes[0].place, "$.value[0].MultiDatastreams");
}

#[test]
fn an_identity_may_stand_only_in_the_link_to_itself() {
    let thing = THING.replace(
        r#""@iot.id":17,"#,
        r#""@iot.selfLink":"http://h/v1.0/Things('a/b (1)')","#,
    );
    assert_eq!(page(&[&thing]).items[0].thing.id.as_str(), "a/b (1)");
    let numbered = THING.replace(
        r#""@iot.id":17,"#,
        r#""@iot.selfLink":"http://h/v1.0/Things(18)","#,
    );
    assert_eq!(page(&[&numbered]).items[0].thing.id.as_str(), "18");
}

#[test]
fn a_count_may_be_a_text_and_an_empty_link_is_none() {
    let page =
        things_page(br#"{"@iot.count":"12","@iot.nextLink":"","value":[]}"#).expect("a page");
    assert_eq!((page.count, page.next), (Some(12), None));
}
