//! Pages and messages as a hub sends them, and the smallest types that a reader could read them into.

use crate::dice::Dice;
use serde::Deserialize;
use std::fmt::Write;

/// Observations of a page.
pub(super) const OBSERVATIONS: usize = 2_000;
/// Observations of a group of a `dataArray`.
const GROUP: usize = 20;
const SEED: u64 = 5;

/// One by one, each with its series.
pub(super) fn single() -> String {
    let mut dice = Dice::new(SEED);
    let mut page = String::from(r#"{"@iot.count":2000,"value":["#);
    for number in 0..OBSERVATIONS {
        if number > 0 {
            page.push(',');
        }
        let (time, value, series) = draw(&mut dice, number);
        let written = write!(
            page,
            r#"{{"@iot.id":{number},"phenomenonTime":"{time}","result":{value:.1},"resultTime":null,"Datastream":{{"@iot.id":{series}}}}}"#
        );
        // Writing to a text cannot fail.
        written.unwrap_or_default();
    }
    page.push_str("]}");
    page
}

/// The same in groups.
pub(super) fn grouped() -> String {
    let mut dice = Dice::new(SEED);
    let mut page = String::from(r#"{"@iot.count":2000,"value":["#);
    for number in 0..OBSERVATIONS {
        let (time, value, series) = draw(&mut dice, number);
        if number % GROUP == 0 {
            if number > 0 {
                page.push_str("]},");
            }
            let written = write!(
                page,
                r#"{{"Datastream":{{"@iot.id":{series}}},"components":["phenomenonTime","result"],"dataArray@iot.count":{GROUP},"dataArray":["#
            );
            written.unwrap_or_default();
        } else {
            page.push(',');
        }
        write!(page, r#"["{time}",{value:.1}]"#).unwrap_or_default();
    }
    page.push_str("]}]}");
    page
}

/// Messages of one observation, each with its topic.
pub(super) fn messages() -> Vec<(String, String)> {
    let mut dice = Dice::new(SEED);
    let message = |number| {
        let (time, value, series) = draw(&mut dice, number);
        (
            format!("v1.1/Datastreams({series})/Observations"),
            format!(r#"{{"result":{value:.1},"phenomenonTime":"{time}","resultTime":"{time}"}}"#),
        )
    };
    (0..OBSERVATIONS).map(message).collect()
}

/// A moment, a value with one decimal, and an identity of one to six digits.
fn draw(dice: &mut Dice, number: usize) -> (String, f64, u64) {
    let time = format!(
        "2026-11-22T{:02}:{:02}:{:02}Z",
        5 + number / 3600,
        number / 60 % 60,
        number % 60
    );
    let digits = dice.below(6) as u32;
    let series = dice.below(9 * 10_u64.pow(digits)) + 10_u64.pow(digits);
    (time, dice.below(20_000) as f64 / 10.0 - 500.0, series)
}

/// The smallest types for [`single`]: texts borrowed, times left as text.
#[derive(Deserialize)]
pub(super) struct SinglePage<'p> {
    #[serde(borrow)]
    pub(super) value: Vec<Single<'p>>,
}

/// One observation.
#[derive(Deserialize)]
pub(super) struct Single<'p> {
    #[serde(rename = "phenomenonTime")]
    pub(super) time: &'p str,
    pub(super) result: f64,
    #[serde(rename = "Datastream")]
    pub(super) series: Series,
}

/// The series that something belongs to.
#[derive(Deserialize)]
pub(super) struct Series {
    #[serde(rename = "@iot.id")]
    pub(super) id: u64,
}

/// The smallest types for [`grouped`].
#[derive(Deserialize)]
pub(super) struct GroupedPage<'p> {
    #[serde(borrow)]
    pub(super) value: Vec<Group<'p>>,
}

/// A group of a `dataArray`.
#[derive(Deserialize)]
pub(super) struct Group<'p> {
    #[serde(rename = "Datastream")]
    pub(super) series: Series,
    #[serde(borrow)]
    pub(super) components: Vec<&'p str>,
    #[serde(rename = "dataArray", borrow)]
    pub(super) rows: Vec<(&'p str, f64)>,
}

/// The smallest type for one of [`messages`].
#[derive(Deserialize)]
pub(super) struct Message<'p> {
    pub(super) result: f64,
    #[serde(rename = "phenomenonTime")]
    pub(super) time: &'p str,
}
