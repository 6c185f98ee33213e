//! The OGC's own test entities of SensorThings: valid ones are accepted, invalid ones refused with the field named.
//!
//! Needs `../shared/data/conformance/sensorthings`; without it the tests say so and end.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_model::Quality;
use cim_sync::{block::SeriesNames, sensorthings};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// File, where it is created, and the fields that are wrong; none for a valid one.
const VERDICTS: [(&str, &str, &[&str]); 79] = [
    // Parts of a series are held to the series' own path: what a path names need not be in the body.
    (
        "datastreams/1.json",
        "Datastreams",
        &["$.Thing", "$.Sensor", "$.ObservedProperty"],
    ),
    (
        "datastreams/2.json",
        "Things(1)/Datastreams",
        &["$.Sensor", "$.ObservedProperty"],
    ),
    ("datastreams/3.json", "Datastreams", &["$.Thing"]),
    ("datastreams/3.json", "Things(1)/Datastreams", &[]),
    (
        "datastreams/4.json",
        "Datastreams",
        &["$.Thing", "$.Sensor", "$.ObservedProperty"],
    ),
    ("datastreams/5.json", "Datastreams", &[]),
    ("datastreams/6.json", "Datastreams", &[]),
    ("datastreams/7.json", "Datastreams", &[]),
    ("datastreams/8.json", "Datastreams", &[]),
    ("datastreams/datastream.json", "Datastreams", &[]),
    ("datastreams/embeddedEntities.json", "Datastreams", &[]),
    (
        "datastreams/embeddedEntities2.json",
        "Datastreams",
        &["$.Thing"],
    ),
    (
        "datastreams/embeddedEntities2.json",
        "Things(1)/Datastreams",
        &[],
    ),
    (
        "datastreams/embeddedEntitiesAddObservations.json",
        "Datastreams",
        &["$.Thing"],
    ),
    (
        "datastreams/embeddedEntitiesAddObservations.json",
        "Things(1)/Datastreams",
        &[],
    ),
    (
        "datastreams/linkedObservedProperty.json",
        "Datastreams",
        &["$.Thing", "$.Sensor"],
    ),
    (
        "datastreams/linkedObservedPropertyValid.json",
        "Datastreams",
        &[],
    ),
    (
        "datastreams/linkedSensor.json",
        "Datastreams",
        &["$.Thing", "$.ObservedProperty"],
    ),
    ("datastreams/linkedSensorValid.json", "Datastreams", &[]),
    (
        "datastreams/linkedThing.json",
        "Datastreams",
        &["$.Sensor", "$.ObservedProperty"],
    ),
    ("datastreams/linkedThingValid.json", "Datastreams", &[]),
    (
        "datastreams/nestedDatastream.json",
        "Datastreams",
        &["$.Thing"],
    ),
    (
        "datastreams/nestedDatastream.json",
        "Things(1)/Datastreams",
        &[],
    ),
    ("foi/1.json", "FeaturesOfInterest", &[]),
    ("foi/2.json", "FeaturesOfInterest", &[]),
    ("foi/deerfootTrail.json", "FeaturesOfInterest", &[]),
    ("foi/foi.json", "FeaturesOfInterest", &[]),
    (
        "foi/missingEncodingType.json",
        "FeaturesOfInterest",
        &["$.encodingType"],
    ),
    ("locations/2.json", "Locations", &[]),
    ("locations/3.json", "Locations", &[]),
    ("locations/4.json", "Locations", &[]),
    ("locations/cuba-point.json", "Locations", &[]),
    ("locations/location.json", "Locations", &[]),
    ("locations/southern-alberta-polygon.json", "Locations", &[]),
    ("observations/1.json", "Observations", &["$.Datastream"]),
    ("observations/1.json", "Datastreams(1)/Observations", &[]),
    ("observations/2.json", "Datastreams(1)/Observations", &[]),
    ("observations/3.json", "Datastreams(1)/Observations", &[]),
    ("observations/4.json", "Datastreams(1)/Observations", &[]),
    ("observations/5.json", "Datastreams(1)/Observations", &[]),
    ("observations/6.json", "Datastreams(1)/Observations", &[]),
    ("observations/6.json", "Observations", &["$.Datastream"]),
    ("observations/7.json", "Observations", &[]),
    ("observations/8.json", "Observations", &[]),
    ("observations/9.json", "Observations", &[]),
    ("observations/10.json", "Observations", &[]),
    ("observations/11.json", "Observations", &["$.Datastream"]),
    ("observations/12.json", "Observations", &["$.Datastream"]),
    ("observations/13.json", "Observations", &["$.Datastream"]),
    ("observations/14.json", "Observations", &["$.Datastream"]),
    // `-0700Z` has two zones, and the one is not written as ISO 8601 wants it.
    (
        "observations/dataArray.json",
        "CreateObservations",
        &[
            "$[0].dataArray[0].phenomenonTime",
            "$[0].dataArray[1].phenomenonTime",
        ],
    ),
    (
        "observations/embeddedFeatureOfInterestValid.json",
        "Observations",
        &[],
    ),
    (
        "observations/intervalPhenomenonTime.json",
        "Observations",
        &[],
    ),
    ("observations/linkedDataStream.json", "Observations", &[]),
    (
        "observations/linkedDataStreamWithFOI.json",
        "Observations",
        &[],
    ),
    (
        "observations/observation.json",
        "Observations",
        &["$.Datastream"],
    ),
    (
        "observations/observation.json",
        "Datastreams(1)/Observations",
        &[],
    ),
    (
        "observations/observationWithoutPTime.json",
        "Observations",
        &["$.Datastream"],
    ),
    (
        "observations/observationWithoutPTimeValid.json",
        "Datastreams(1)/Observations",
        &[],
    ),
    ("observedproperties/2.json", "ObservedProperties", &[]),
    ("observedproperties/3.json", "ObservedProperties", &[]),
    ("observedproperties/4.json", "ObservedProperties", &[]),
    (
        "observedproperties/observedproperty.json",
        "ObservedProperties",
        &[],
    ),
    ("sensors/2.json", "Sensors", &[]),
    ("sensors/3.json", "Sensors", &[]),
    ("sensors/4.json", "Sensors", &[]),
    ("sensors/sensor.json", "Sensors", &[]),
    (
        "thing/2.json",
        "Things",
        &[
            "$.Datastreams[0].Sensor",
            "$.Datastreams[0].ObservedProperty",
            "$.Datastreams[1].Sensor",
            "$.Datastreams[1].ObservedProperty",
            "$.Datastreams[2].Sensor",
            "$.Datastreams[2].ObservedProperty",
            "$.Datastreams[3].Sensor",
            "$.Datastreams[3].ObservedProperty",
        ],
    ),
    (
        "thing/3.json",
        "Things",
        &[
            "$.Datastreams[0].Sensor",
            "$.Datastreams[0].ObservedProperty",
        ],
    ),
    ("thing/4.json", "Things", &[]),
    ("thing/5.json", "Things", &[]),
    ("thing/6.json", "Things", &[]),
    ("thing/7.json", "Things", &[]),
    ("thing/complete.json", "Things", &[]),
    ("thing/embeddedLocation.json", "Things", &[]),
    ("thing/largeProperties.json", "Things", &[]),
    ("thing/shovel.json", "Things", &[]),
    ("thing/thing.json", "Things", &[]),
    ("unitsOfMeasurement/1.json", "unitsOfMeasurement", &[]),
];

/// The parts of a unit, each missing once.
const UNITS: [(&str, &str); 3] = [
    ("noDefinition", "$.definition"),
    ("noName", "$.name"),
    ("noSymbol", "$.symbol"),
];

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from("../../../shared/data/conformance/sensorthings");
    let is_there = folder.is_dir();
    if !is_there {
        println!("skipped: {} is not there", folder.display());
    }
    is_there.then_some(folder)
}

/// The entity in `file`. Identities are left open in it, as `$DATASTREAM-ID`; here they are all 1.
fn entity(folder: &Path, file: &str) -> String {
    let text = std::fs::read_to_string(folder.join(file)).expect("a file of the set");
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

#[track_caller]
fn check(folder: &Path, file: &str, path: &str, expected: &[&str]) {
    let body = entity(folder, file);
    let faults = sensorthings::check_entity(path, body.as_bytes())
        .err()
        .unwrap_or_default();
    let places: Vec<&str> = faults.iter().map(|fault| fault.place.as_str()).collect();
    assert_eq!(places, expected, "{file} at {path}: {faults:?}");
}

#[test]
fn valid_entities_are_accepted_and_invalid_ones_refused_with_the_field() {
    let Some(folder) = folder() else { return };
    for (file, path, expected) in VERDICTS {
        check(&folder, file, path, expected);
    }
    for (file, field) in UNITS {
        check(
            &folder,
            &format!("unitsOfMeasurement/{file}.json"),
            "unitsOfMeasurement",
            &[field],
        );
    }
}

#[test]
fn every_entity_of_the_set_has_a_verdict() {
    let Some(folder) = folder() else { return };
    let mut judged: BTreeSet<String> = VERDICTS
        .iter()
        .map(|(file, ..)| (*file).to_owned())
        .collect();
    judged.extend(
        UNITS
            .iter()
            .map(|(file, _)| format!("unitsOfMeasurement/{file}.json")),
    );
    let mut found = BTreeSet::new();
    for set in std::fs::read_dir(&folder).expect("a folder").flatten() {
        for file in std::fs::read_dir(set.path()).expect("a folder").flatten() {
            let (set, file) = (set.file_name(), file.file_name());
            found.insert(format!("{}/{}", set.display(), file.display()));
        }
    }
    assert_eq!(judged, found);
}

#[test]
fn observations_of_the_set_become_rows_with_their_values() {
    let Some(folder) = folder() else { return };
    let mut names = SeriesNames::new();
    for (file, value, quality) in [
        ("7", 92122.0, Quality::Good),
        ("10", 8.0, Quality::Good),
        ("intervalPhenomenonTime", 92122.0, Quality::Good),
        ("linkedDataStream", 55.0, Quality::Good),
        ("embeddedFeatureOfInterestValid", 100.0, Quality::Good),
    ] {
        let body = entity(&folder, &format!("observations/{file}.json"));
        let page = format!("{{\"value\":[{body}]}}");
        let page = sensorthings::observations_block(page.as_bytes(), &mut names).expect("a page");
        let found: Vec<_> = page
            .block
            .iter()
            .map(|row| (row.datastream.to_string(), row.value, row.quality))
            .collect();
        assert_eq!(
            found,
            [("1".to_owned(), value, quality)],
            "{file}: {:?}",
            page.rejected
        );
    }
    let body = entity(&folder, "observations/dataArray.json");
    let page = format!("{{\"value\":{body}}}");
    let page = sensorthings::observations_block(page.as_bytes(), &mut names).expect("a page");
    assert_eq!((page.block.len(), page.rejected.len()), (0, 2));
}

#[test]
fn things_of_the_set_with_a_location_are_read_where_they_are() {
    let Some(folder) = folder() else { return };
    for (file, located) in [
        ("2", Some((-117.05, 51.05))),
        ("5", Some((-118.05, 61.05))),
        ("complete", Some((-117.05, 51.05))),
        ("embeddedLocation", Some((-117.05, 51.05))),
        ("shovel", None),
    ] {
        let body = entity(&folder, &format!("thing/{file}.json"));
        let body = body.trim_start().strip_prefix('{').expect("an object");
        let page = format!("{{\"value\":[{{\"@iot.id\":1,{body}]}}");
        let page = sensorthings::things_page(page.as_bytes()).expect("a page");
        let position = page.items.first().map(|entry| entry.thing.position);
        assert_eq!(
            position.map(|at| (at.lon_deg, at.lat_deg)),
            located,
            "{file}"
        );
    }
}
