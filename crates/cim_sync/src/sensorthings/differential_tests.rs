//! The quick road and the slow one are held to each other, on pages that are made up and then broken, from a fixed seed.

use super::{
    blocks::{Kind, page_block, slow_page},
    observation,
    page::Notes,
    payload_block,
};
use crate::{
    Rejection,
    block::{BlockPage, SeriesNames},
    json,
};
use cim_model::{Observation, UtcMillis};

const PAGES: u64 = 6_000;
const TOPIC: &str = "v1.1/Datastreams(17)/Observations";
const NOW: UtcMillis = UtcMillis(1_700_000_000_123);

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn one_of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }

    /// Mostly the first half of `choices`, which is ordinary.
    fn usual<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        let half = choices.len() / 2;
        let end = if self.below(6) == 0 {
            choices.len()
        } else {
            half.max(1)
        };
        choices[self.below(end)]
    }
}

const RESULTS: [&str; 20] = [
    "12.5",
    "0",
    "-3",
    "71.03",
    "1013",
    "0.1",
    "99999999",
    "-0.001",
    "20.4",
    "7",
    "null",
    "\"3.5\"",
    "true",
    "false",
    "{}",
    "[1]",
    "\"warm\"",
    "1e3",
    "12.300000000000001",
    "\"\\u0031\"",
];
const TIMES: [&str; 16] = [
    "\"2026-11-22T05:00:00Z\"",
    "\"2026-11-22T05:00:01.5Z\"",
    "\"2026-11-22T05:00:00.123Z\"",
    "\"2026-11-22T13:00:00+08:00\"",
    "\"2026-11-22T05:00:00Z/2026-11-22T06:00:00Z\"",
    "\"2026-02-28T23:59:59Z\"",
    "\"2024-02-29 12:00:00Z\"",
    "\"2026-11-22T05:00:07Z\"",
    "null",
    "\"2026-11-22T05:00:00\"",
    "\"1969-12-31T23:59:59.5Z\"",
    "\"2026-11-31T05:00:00Z\"",
    "\"noon\"",
    "5",
    "\"2026-11-22T05:00:00.1234567891Z\"",
    "\"2026-11-22T05:00:00\\u005a\"",
];
const IDS: [&str; 12] = [
    "1",
    "42",
    "100000",
    "\"a\"",
    "\"urn:x:1\"",
    "\"42\"",
    "1.0",
    "-1",
    "\"\"",
    "null",
    "\"\\u0061\"",
    "12345678901234567890",
];
const QUALITIES: [&str; 8] = [
    "\"good\"",
    "\"suspect\"",
    "\"Estimated\"",
    "null",
    "\"LOW\"",
    "{\"code\":1}",
    "7",
    "\"\\n\"",
];
const OTHERS: [&str; 8] = [
    "\"@iot.id\":5",
    "\"@iot.selfLink\":\"http://h/v1.1/Observations(5)\"",
    "\"parameters\":{\"a\":[1,{\"b\":null}]}",
    "\"validTime\":null",
    "\"x\":\"\\\"\\\\\"",
    "\"x\":1e400",
    "\"水\":\"\\ud83d\\ude00\"",
    "\"x\":[[[]]]",
];

fn space(dice: &mut Dice) -> &'static str {
    dice.usual(&["", "", "", " ", "\n ", "\t"])
}

fn object(dice: &mut Dice, mut fields: Vec<String>) -> String {
    for place in (1..fields.len()).rev() {
        if dice.below(3) == 0 {
            fields.swap(place, dice.below(place + 1));
        }
    }
    let gap = space(dice);
    format!("{{{gap}{}{gap}}}", fields.join(&format!(",{gap}")))
}

fn reference(dice: &mut Dice) -> String {
    let key = dice.usual(&["@iot.id", "id"]);
    format!("{{\"{key}\":{}}}", dice.usual(&IDS))
}

fn observation(dice: &mut Dice) -> String {
    let gap = space(dice);
    let mut fields = vec![
        format!("\"result\":{gap}{}", dice.usual(&RESULTS)),
        format!("\"phenomenonTime\":{}", dice.usual(&TIMES)),
    ];
    if dice.below(5) > 0 {
        fields.push(format!("\"Datastream\":{}", reference(dice)));
    }
    if dice.below(2) == 0 {
        fields.push(format!("\"resultTime\":{}", dice.one_of(&TIMES)));
    }
    if dice.below(3) == 0 {
        fields.push(format!("\"resultQuality\":{}", dice.one_of(&QUALITIES)));
    }
    if dice.below(2) == 0 {
        fields.push(dice.usual(&OTHERS).to_owned());
    }
    if dice.below(12) == 0 {
        let twice = fields[dice.below(fields.len())].clone();
        fields.push(twice);
    }
    if dice.below(12) == 0 {
        let gone = dice.below(fields.len());
        fields.remove(gone);
    }
    object(dice, fields)
}

fn group(dice: &mut Dice) -> String {
    let columns = [
        "\"phenomenonTime\",\"result\"",
        "\"result\",\"phenomenonTime\",\"resultQuality\"",
        "\"resultTime\",\"result\",\"phenomenonTime\"",
        "\"result\",\"id\"",
        "7,\"result\",\"phenomenonTime\"",
        "\"result\",\"result\",\"resultTime\"",
    ];
    let columns = dice.usual(&columns);
    let mut rows = Vec::new();
    for _ in 0..dice.below(5) {
        let mut cells: Vec<&str> = columns
            .split(',')
            .map(|column| match column {
                "\"result\"" => dice.usual(&RESULTS),
                "\"resultQuality\"" => dice.one_of(&QUALITIES),
                "\"id\"" | "7" => dice.one_of(&IDS),
                _ => dice.usual(&TIMES),
            })
            .collect();
        if dice.below(15) == 0 {
            cells.pop();
        }
        if dice.below(15) == 0 {
            cells.push("{\"more\":[]}");
        }
        rows.push(format!("[{}]", cells.join(",")));
    }
    let series = if dice.below(2) == 0 {
        format!("\"Datastream\":{}", reference(dice))
    } else {
        "\"Datastream@iot.navigationLink\":\"http://h/v1.1/Datastreams(9)\"".to_owned()
    };
    let mut fields = vec![
        series,
        format!("\"components\":[{columns}]"),
        format!("\"dataArray@iot.count\":{}", rows.len()),
        format!("\"dataArray\":[{}]", rows.join(",")),
    ];
    if dice.below(15) == 0 {
        let gone = dice.below(fields.len());
        fields.remove(gone);
    }
    object(dice, fields)
}

fn series(dice: &mut Dice) -> String {
    let inside: Vec<String> = (0..dice.below(3)).map(|_| observation(dice)).collect();
    let fields = vec![
        format!("\"@iot.id\":{}", dice.usual(&IDS)),
        format!("\"Observations\":[{}]", inside.join(",")),
        dice.usual(&OTHERS).to_owned(),
    ];
    object(dice, fields)
}

fn page(dice: &mut Dice, kind: &Kind<'_>) -> String {
    let entries: Vec<String> = (0..dice.below(6))
        .map(|_| match kind {
            Kind::Latest => series(dice),
            _ if dice.below(3) == 0 => group(dice),
            _ => observation(dice),
        })
        .collect();
    let fields = vec![
        format!("\"@iot.count\":{}", dice.one_of(&["12", "\"12\"", "null"])),
        format!(
            "\"@iot.nextLink\":{}",
            dice.one_of(&[
                "\"Observations?$skip=2\"",
                "\"http:\\/\\/h\\/v1.1\"",
                "\"\""
            ])
        ),
        format!("\"value\":[{}]", entries.join(",")),
    ];
    object(dice, fields)
}

/// Puts, takes or changes a byte or two, half of the time.
fn broken(dice: &mut Dice, text: String) -> Vec<u8> {
    const BYTES: &[u8] = b"{}[]\",:\\0e.-ntf \n\x00\xff9x";
    let mut bytes = text.into_bytes();
    for _ in 0..dice.below(5).saturating_sub(2) {
        let place = dice.below(bytes.len());
        let byte = BYTES[dice.below(BYTES.len())];
        match dice.below(3) {
            0 => bytes[place] = byte,
            1 => bytes.insert(place, byte),
            _ => {
                bytes.remove(place);
            }
        }
    }
    bytes
}

/// Equal but for the last bit of a number with more than 15 digits, which trees round on their own.
#[track_caller]
fn check_same(found: &[Observation], expected: &[Observation], text: &str) {
    assert_eq!(found.len(), expected.len(), "{text}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(
            (&found.datastream, found.happened_at, found.quality),
            (&expected.datastream, expected.happened_at, expected.quality),
            "{text}"
        );
        let apart = (found.value - expected.value).abs();
        assert!(apart <= 2.0 * f64::EPSILON * expected.value.abs(), "{text}");
    }
}

#[test]
fn both_roads_make_the_same_of_whole_and_of_broken_pages() {
    let mut dice = Dice(5);
    let mut names = SeriesNames::new();
    let (mut readable, mut rejected) = (0, 0);
    for number in 0..PAGES {
        let kind = match number % 4 {
            0 => Kind::Latest,
            1 => Kind::Series("s-1"),
            _ => Kind::Observations,
        };
        let whole = page(&mut dice, &kind);
        let bytes = broken(&mut dice, whole);
        let text = String::from_utf8_lossy(&bytes);
        match (
            page_block(&bytes, &kind, &mut names),
            slow_page(&bytes, &kind),
        ) {
            (Ok(quick), Ok(slow)) => {
                let observations: Vec<Observation> = quick.block.iter().collect();
                check_same(&observations, &slow.items, &text);
                let told = |notes: &[Rejection]| -> Vec<String> {
                    notes.iter().map(|note| note.reason.clone()).collect()
                };
                assert_eq!(quick.rejected, slow.rejected, "{text}");
                assert_eq!(told(&quick.notes), told(&slow.notes), "{text}");
                assert_eq!(
                    (quick.entries, quick.count, quick.next),
                    (slow.entries, slow.count, slow.next),
                    "{text}"
                );
                readable += observations.len();
                rejected += quick.rejected.len();
            }
            (Err(quick), Err(slow)) => assert_eq!(quick, slow, "{text}"),
            (quick, slow) => panic!("{quick:?} instead of {slow:?}: {text}"),
        }
    }
    assert!(
        readable > 2_000,
        "{readable} observations are too few to say anything"
    );
    assert!(
        rejected > 500,
        "{rejected} rejections are too few to say anything"
    );
}

#[test]
fn both_roads_make_the_same_of_messages() {
    let mut dice = Dice(6);
    let mut names = SeriesNames::new();
    for _ in 0..PAGES {
        let whole = observation(&mut dice);
        let bytes = broken(&mut dice, whole);
        let text = String::from_utf8_lossy(&bytes);
        let slow = json::parse(&bytes).and_then(|value| {
            observation::published(&value, Some("17"), NOW, "$", &mut Notes::default())
        });
        match (payload_block(TOPIC, &bytes, NOW, &mut names), slow) {
            (Ok(quick), Ok(slow)) => {
                check_same(&quick.block.iter().collect::<Vec<_>>(), &[slow], &text);
            }
            (Err(quick), Err(slow)) => assert_eq!(quick, slow, "{text}"),
            (quick, slow) => panic!("{quick:?} instead of {slow:?}: {text}"),
        }
    }
}

fn quick(text: &str) -> BlockPage {
    super::observations_block(text.as_bytes(), &mut SeriesNames::new()).expect("a page")
}

#[test]
fn of_very_many_rejections_the_first_hundred_are_told() {
    let rows = vec!["[\"2026-11-22T05:00:00Z\",null]"; 250].join(",");
    let page = quick(&format!(
        r#"{{"value":[{{"Datastream":{{"@iot.id":1}},"components":["phenomenonTime","result"],"dataArray":[{rows}]}}]}}"#
    ));
    assert_eq!(
        (page.rejected.len(), page.rejected_more, page.entries),
        (100, 150, 250)
    );
    assert_eq!(page.rejected[99].place, "$.value[0].dataArray[99].result");
}

#[test]
fn a_group_with_its_fields_in_any_order_is_the_same_group() {
    let fields = [
        r#""Datastream":{"@iot.id":7}"#,
        r#""components":["result","x","phenomenonTime"]"#,
        r#""dataArray":[[1,{},"2026-11-22T05:00:00Z"],[2,[],"2026-11-22T05:00:01Z"]]"#,
    ];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let read = |order: [usize; 3]| {
        let fields = order.map(|field| fields[field]).join(",");
        quick(&format!("{{\"value\":[{{{fields}}}]}}"))
    };
    let expected = read(orders[0]);
    assert_eq!(expected.block.len(), 2);
    for order in orders {
        assert_eq!(read(order), expected, "{order:?}");
    }
}

#[test]
fn a_moment_without_a_zone_is_told_once_a_page() {
    let one = r#"{"result":1,"phenomenonTime":"2026-11-22T05:00:00","Datastream":{"@iot.id":1}}"#;
    let page = quick(&format!("{{\"value\":[{one},{one}]}}"));
    assert_eq!(
        (page.block.len(), page.rejected.len(), page.notes.len()),
        (2, 0, 1)
    );
    assert!(page.notes[0].reason.contains("UTC"));
}
