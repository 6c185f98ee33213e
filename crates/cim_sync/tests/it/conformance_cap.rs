//! The published set of CAP alerts and feeds, where it lies beside the checkout: what is valid is read, what is not is refused
//! with the element named. The verdicts were written by reading the files.

#![expect(clippy::panic, reason = "in a test, a panic is the report")]

use cim_sync::cap::{Alert, Feed, read_alert_with_remarks, read_feed, write_alert};
use std::path::{Path, PathBuf};

/// What is expected of a file.
enum Verdict {
    /// A valid alert with so many infos, and so many areas with a place on the map in its first one.
    Alert { infos: usize, placed: usize },
    /// A valid feed with so many entries, and so many alerts in them.
    Feed { entries: usize, alerts: usize },
    /// Refused, at these element paths and no others.
    Refused(&'static [&'static str]),
}

use Verdict::{Alert as A, Feed as F, Refused};

const VERDICTS: [(&str, Verdict); 30] = [
    (
        "amber.atom",
        F {
            entries: 1,
            alerts: 1,
        },
    ),
    (
        "australia.cap",
        A {
            infos: 2,
            placed: 1,
        },
    ),
    (
        "bushfire_invalid.edxlde",
        Refused(&[
            "EDXLDistribution/contentObject[2]/alert/identifier",
            "EDXLDistribution/contentObject[2]/alert/sender",
            "EDXLDistribution/contentObject[2]/alert/sent",
            "EDXLDistribution/contentObject[2]/alert/status",
            "EDXLDistribution/contentObject[2]/alert/msgType",
            "EDXLDistribution/contentObject[2]/alert/scope",
            "EDXLDistribution/contentObject[3]/alert/info/urgency",
        ]),
    ),
    (
        "bushfire_valid.edxlde",
        F {
            entries: 7,
            alerts: 7,
        },
    ),
    (
        "canada.cap",
        A {
            infos: 2,
            placed: 2,
        },
    ),
    // Zero references in an update.
    ("canada_errors.cap", Refused(&["alert/references"])),
    (
        "canada_signed.atom",
        F {
            entries: 1,
            alerts: 1,
        },
    ),
    (
        "canada_signed.cap",
        A {
            infos: 2,
            placed: 2,
        },
    ),
    (
        "earthquake-iso8859-1.cap",
        A {
            infos: 1,
            placed: 1,
        },
    ),
    (
        "earthquake.cap",
        A {
            infos: 1,
            placed: 1,
        },
    ),
    (
        "earthquake_index.atom",
        F {
            entries: 1,
            alerts: 0,
        },
    ),
    (
        "earthquake_signed.cap",
        A {
            infos: 1,
            placed: 1,
        },
    ),
    (
        "empty_weather_index.atom",
        F {
            entries: 0,
            alerts: 0,
        },
    ),
    ("invalid.cap", Refused(&["alert/scope"])),
    (
        "invalid.rss",
        Refused(&[
            "rss/channel/description",
            "rss/channel/title",
            "rss/channel/item[1]/link",
            "rss/channel/item[1]/title",
        ]),
    ),
    (
        "invalid_element.atom",
        Refused(&["feed/foo", "feed/entry[1]/link"]),
    ),
    // The alert stands in no entry and is foreign markup.
    (
        "no_entries.atom",
        F {
            entries: 0,
            alerts: 0,
        },
    ),
    (
        "no_id.atom",
        Refused(&["feed/id", "feed/entry[1]/link", "feed/entry[1]/id"]),
    ),
    ("no_link.atom", Refused(&["feed/entry[1]/link"])),
    (
        "no_optional_fields.cap",
        A {
            infos: 0,
            placed: 0,
        },
    ),
    (
        "no_title.atom",
        Refused(&["feed/entry[1]/link", "feed/entry[1]/title"]),
    ),
    // Empty words, no references, a polygon with stray commas, and an empty one.
    (
        "noaa_errors.cap",
        Refused(&[
            "alert/references",
            "alert/info/urgency",
            "alert/info/severity",
            "alert/info/certainty",
            "alert/info/area/polygon[1]",
            "alert/info/area/polygon[2]",
        ]),
    ),
    (
        "ny_index.rss",
        F {
            entries: 2,
            alerts: 0,
        },
    ),
    (
        "wcatwc-warning.cap",
        A {
            infos: 1,
            placed: 0,
        },
    ),
    (
        "weather.atom",
        F {
            entries: 1,
            alerts: 1,
        },
    ),
    (
        "weather.cap",
        A {
            infos: 1,
            placed: 0,
        },
    ),
    (
        "weather_index.atom",
        F {
            entries: 2,
            alerts: 0,
        },
    ),
    // A comma in the identifier.
    (
        "weather_invalid.atom",
        Refused(&["feed/entry[1]/content/alert/identifier"]),
    ),
    // Document type definitions with entities that reach outside.
    ("xee.atom", Refused(&["line 3, column 1"])),
    ("xee.cap", Refused(&["line 3, column 1"])),
];

/// The folder of the set, or a word that there is none.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(".").join("../../../shared/data/conformance/cap");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no samples at {}", folder.display());
    None
}

/// What a file holds.
enum Found {
    Alert(Box<Alert>),
    Feed(Feed),
    /// The element paths, without line and column where a path stands before them.
    Refused(Vec<String>),
}

fn read(name: &str, bytes: &[u8]) -> Found {
    let rejected = if Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "cap")
    {
        match read_alert_with_remarks(bytes) {
            Ok((alert, _)) => return Found::Alert(Box::new(alert)),
            Err(rejected) => rejected,
        }
    } else {
        match read_feed(bytes) {
            Ok(feed) if feed.rejected.is_empty() => return Found::Feed(feed),
            Ok(feed) => feed.rejected,
            Err(rejected) => rejected,
        }
    };
    let path = |place: &str| place.split(" (").next().unwrap_or_default().to_owned();
    Found::Refused(rejected.iter().map(|one| path(&one.place)).collect())
}

#[track_caller]
fn check(name: &str, found: &Found, verdict: &Verdict) {
    match (found, verdict) {
        (Found::Alert(alert), A { infos, placed }) => {
            assert_eq!(alert.infos.len(), *infos, "{name}");
            let areas = alert.infos.first().map(|info| info.areas.as_slice());
            let has_place = areas
                .unwrap_or_default()
                .iter()
                .filter(|area| !area.polygons.is_empty() || !area.circles.is_empty());
            assert_eq!(has_place.count(), *placed, "{name}");
            assert_eq!(alert.position().is_some(), *placed > 0, "{name}");
        }
        (Found::Feed(feed), F { entries, alerts }) => {
            assert_eq!(feed.entries.len(), *entries, "{name}");
            let carried = feed.entries.iter().filter(|entry| entry.alert.is_some());
            assert_eq!(carried.count(), *alerts, "{name}");
        }
        (Found::Refused(places), Refused(expected)) => assert_eq!(places, expected, "{name}"),
        (Found::Refused(places), _) => panic!("{name} is refused at {places:?}"),
        (_, Refused(expected)) => panic!("{name} is read, and should be refused at {expected:?}"),
        _ => panic!("{name} is of another kind"),
    }
}

#[test]
fn every_file_of_the_set_is_read_or_refused_as_it_deserves() {
    let Some(folder) = folder() else {
        return;
    };
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("a folder that can be read")
        .map(|entry| entry.expect("an entry that can be read").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    let known: Vec<_> = VERDICTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known, "every file has a verdict");
    for (name, verdict) in &VERDICTS {
        let bytes = std::fs::read(folder.join(name)).expect("a file that can be read");
        check(name, &read(name, &bytes), verdict);
    }
}

#[test]
fn every_valid_alert_of_the_set_comes_back_from_what_is_written() {
    let Some(folder) = folder() else {
        return;
    };
    let mut alerts = Vec::new();
    for (name, _) in &VERDICTS {
        let bytes = std::fs::read(folder.join(name)).expect("a file that can be read");
        match read(name, &bytes) {
            Found::Alert(alert) => alerts.push(*alert),
            Found::Feed(feed) => {
                alerts.extend(feed.entries.into_iter().filter_map(|one| one.alert));
            }
            Found::Refused(_) => {}
        }
    }
    assert!(alerts.len() >= 18, "{} alerts", alerts.len());
    for alert in alerts {
        let text = write_alert(&alert);
        let (again, remarks) = read_alert_with_remarks(text.as_bytes()).expect("valid CAP 1.2");
        assert_eq!(again, alert);
        assert_eq!(remarks, []);
    }
}
