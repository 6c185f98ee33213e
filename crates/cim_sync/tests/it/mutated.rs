//! Thousands of damaged copies of real documents go through every reader of formats: nothing panics, and what comes out is no
//! larger than what went in deserves. The same seed damages the same way on every machine.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_model::UtcMillis;
use cim_sync::cap::{events_of, read_alert_with_remarks, read_feed, write_alert};
use cim_sync::gb28181::{CatalogueReader, cameras_of, platform_page, read_message};
use cim_sync::{mqtt_payload, sensorthings};
use std::path::Path;

/// Each reader is thrown at least so many damaged documents.
const ROUNDS: usize = 20_000;
/// Documents are cut to this, so that many of them are read in a short time.
const MAX_BYTES: usize = 6000;
/// So many refusals are told one by one, and one that counts the rest.
const MAX_TOLD: usize = 101;

/// A generator of numbers that is the same everywhere.
struct Steps(u64);

impl Steps {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// What damage puts in: markup, numbers at the edge, halves of characters.
const PIECES: [&[u8]; 20] = [
    b"<",
    b">",
    b"</",
    b"/>",
    b"&",
    b"&#0;",
    b"&xxe;",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"\xff\xfe",
    b"\xe4\xb8",
    b"\0",
    b"1e999",
    b"-",
    b"\"",
    b"{",
    b"[",
    b"<a><a><a><a><a><a>",
];

fn damaged(document: &[u8], steps: &mut Steps) -> Vec<u8> {
    let mut bytes = document.to_vec();
    for _ in 0..=steps.below(4) {
        let at = steps.below(bytes.len());
        let until = (at + steps.below(40)).min(bytes.len());
        match steps.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..until)),
            2 => {
                let copy = bytes[at..until].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => {
                let piece = PIECES[steps.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            4 => {
                let other = steps.below(bytes.len());
                if other < bytes.len() {
                    bytes.swap(at, other);
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << steps.below(8);
                }
            }
        }
    }
    bytes
}

/// The documents below `folder` of the conformance data that end in one of `endings`, none longer than [`MAX_BYTES`].
fn documents(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    let root = Path::new(".")
        .join("../../../shared/data/conformance")
        .join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            break;
        };
        for entry in entries {
            let path = entry.expect("an entry that can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|own| endings.iter().any(|ending| own == *ending))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    if found.is_empty() {
        println!("skipped: no samples at {}", root.display());
    }
    let read = |path| std::fs::read(path).expect("a file that can be read");
    let mut documents: Vec<Vec<u8>> = found.iter().map(read).collect();
    documents.retain(|document| document.len() <= MAX_BYTES && !document.is_empty());
    documents
}

fn each_damaged(documents: &[Vec<u8>], seed: u64, mut check: impl FnMut(&[u8])) {
    if documents.is_empty() {
        return;
    }
    let mut steps = Steps(seed);
    for round in 0..ROUNDS {
        check(&damaged(&documents[round % documents.len()], &mut steps));
    }
}

#[test]
fn damaged_alerts_are_read_or_refused() {
    let documents = documents("cap", &["cap", "atom", "rss", "edxlde"]);
    let mut read = 0;
    each_damaged(&documents, 1, |bytes| {
        match read_alert_with_remarks(bytes) {
            Ok((alert, remarks)) => {
                read += 1;
                assert!(remarks.len() <= MAX_TOLD);
                assert!(events_of(&alert, UtcMillis(0)).len() <= 1);
                let text = write_alert(&alert);
                assert!(text.len() <= 16 * bytes.len() + 1000, "{}", text.len());
                let (again, _) =
                    read_alert_with_remarks(text.as_bytes()).expect("what we write is valid");
                assert_eq!(again.identifier, alert.identifier);
                assert_eq!(again.status, alert.status);
                assert_eq!(again.infos.len(), alert.infos.len());
            }
            Err(refused) => assert!(!refused.is_empty() && refused.len() <= MAX_TOLD),
        }
    });
    assert!(
        documents.is_empty() || read > 100,
        "some are still valid: {read}"
    );
}

#[test]
fn damaged_feeds_are_read_or_refused() {
    let documents = documents("cap", &["cap", "atom", "rss", "edxlde"]);
    each_damaged(&documents, 2, |bytes| match read_feed(bytes) {
        Ok(feed) => {
            assert!(feed.rejected.len() <= MAX_TOLD);
            assert!(feed.entries.len() <= bytes.len() / 7 + 1);
        }
        Err(refused) => assert!(!refused.is_empty() && refused.len() <= MAX_TOLD),
    });
}

#[test]
fn damaged_catalogues_are_read_or_refused() {
    let mut documents = documents("gb28181", &["xml"]);
    let page = r#"{"code":0,"data":{"total":2,"list":[{"deviceId":"31010100001320000007","name":"一号门","longitude":121.4,"latitude":31.2}]}}"#;
    documents.push(page.as_bytes().to_vec());
    each_damaged(&documents, 3, |bytes| {
        let mut reader = CatalogueReader::of_first();
        if let Ok(outcome) = reader.packet(bytes) {
            assert!(outcome.entries as usize <= bytes.len() / 7 + 1);
            assert!(outcome.rejected.len() <= MAX_TOLD);
            let catalogue = reader.finish();
            let kept: usize = catalogue
                .items
                .iter()
                .flat_map(cim_sync::gb28181::CatalogueItem::fields)
                .map(|(_, value)| value.len())
                .sum();
            // One byte of GB18030 or a lie about it becomes three of UTF-8 at most.
            assert!(kept <= 3 * bytes.len());
            let (cameras, _) = cameras_of(&catalogue);
            assert!(cameras.len() <= catalogue.items.len());
        }
        drop(read_message(bytes));
        drop(platform_page(bytes));
    });
}

#[test]
fn damaged_sensorthings_pages_and_payloads_are_read_or_refused() {
    let mut documents = documents("sensorthings", &["json"]);
    for text in [
        r#"{"value":[{"@iot.id":1,"result":12.5,"phenomenonTime":"2026-11-22T05:00:00Z","Datastream":{"@iot.id":7}}]}"#,
        r#"{"value":[{"Datastream":{"@iot.id":7},"components":["phenomenonTime","result"],"dataArray@iot.count":1,"dataArray":[["2026-11-22T05:00:00Z",1]]}]}"#,
    ] {
        documents.push(text.as_bytes().to_vec());
    }
    each_damaged(&documents, 4, |bytes| {
        if let Ok(page) = sensorthings::observations_page(bytes) {
            assert!(page.items.len() <= bytes.len());
        }
        drop(sensorthings::things_page(bytes));
        drop(mqtt_payload::message(
            "v1.1/Datastreams(7)/Observations",
            bytes,
            UtcMillis(0),
        ));
    });
}
