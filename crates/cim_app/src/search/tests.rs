//! What is found of a desk's city, devices, cameras and events, and that it is found as soon as it is there.

use super::*;
use crate::{
    city::tests::{city_of, feature},
    events::tests::event,
    state::tests::{gas_sensor, number, observed},
    wire::{ConnectionDto, SeverityDto},
};
use cim_geo::Geodetic;
use cim_model::{Event, Thing, UtcMillis};
use std::sync::Arc;

const NOW: UtcMillis = UtcMillis(100_000);

fn desk(devices: u32) -> Live {
    let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
    live.city = Some(Arc::new(city_of(vec![
        feature("w1", "building", "上海中心大厦", "Shanghai Tower"),
        feature("w2", "road", "世纪大道", "Century Avenue"),
        feature("w3", "road", "世纪大道", "Century Avenue"),
        feature("w4", "building", "", ""),
        feature("w5", "building", "Chamber", ""),
        feature("w6", "building", "工商银行", ""),
    ])));
    let (things, series) = (0..devices).map(gas_sensor).unzip();
    live.apply_catalogue(things, series, Vec::new());
    number(&mut live.state);
    live.apply_events(vec![event(7, 0)]);
    live
}

fn ids(found: Vec<Found>) -> Vec<String> {
    let id = |found: Found| match found.target {
        Target::Thing { id }
        | Target::Camera { id }
        | Target::Event { id }
        | Target::Feature { id } => id,
    };
    found.into_iter().map(id).collect()
}

fn ask(names: &Names, live: &Mutex<Live>, text: &str) -> Vec<Found> {
    names.search(|| live.lock().expect("the desk"), text, None)
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let live = Mutex::new(desk(2));
    let found = ask(&Names::default(), &live, text);
    assert_eq!(ids(found), expected, "{text}");
}

#[test]
fn names_are_found_in_both_languages_and_in_pinyin_whatever_the_case() {
    check("shanghai TOWER", &["w1"]);
    check("中心", &["w1"]);
    check("shzx", &["w1"]);
    check("yinhang", &["w6"]);
    check("gsyh", &["w6"]);
}

#[test]
fn every_word_must_occur() {
    check("tower shanghai", &["w1"]);
    check("tower harbour", &[]);
    check("  ", &[]);
}

#[test]
fn a_road_of_many_pieces_is_found_once_and_each_piece_by_its_code() {
    check("century", &["w2"]);
    check("sjdd", &["w2"]);
    check("w3", &["w3"]);
}

#[test]
fn a_place_of_the_city_comes_before_the_devices_in_it() {
    check("chamber", &["w5", "t0", "t1"]);
    check("chamber 1", &["t1"]);
}

#[test]
fn what_has_no_name_is_found_by_its_code() {
    check("w4", &["w4"]);
    check("e7", &["e7"]);
}

#[test]
fn an_answer_says_what_it_is_and_where_the_words_lie() {
    let live = Mutex::new(desk(1));
    let found = ask(&Names::default(), &live, "zhongxin");
    let tower = found.first().expect("the tower");
    assert_eq!(
        (tower.name.as_str(), tower.kind.as_str()),
        ("Shanghai Tower", "building"),
        "in the desk's language, though it was found by the other name"
    );
    assert!(tower.matched.is_empty() && tower.hint == "w1");
    let found = ask(&Names::default(), &live, "tow");
    assert_eq!(found[0].matched, [[9, 12]]);
}

#[test]
fn only_so_many_answers_are_given_and_some_of_each_sort() {
    let mut live = desk(300);
    live.apply_events(vec![Event {
        title: "A very long report about a chamber that is found last".to_owned(),
        ..event(8, 0)
    }]);
    let live = Mutex::new(live);
    let found = ids(ask(&Names::default(), &live, "chamber"));
    assert_eq!(found.len(), MAX_FOUND);
    assert!(found.contains(&"w5".to_owned()) && found.contains(&"e8".to_owned()));
}

#[test]
fn what_alarms_comes_first_and_says_how_bad_it_is() {
    let mut live = desk(9);
    live.apply_observations(vec![observed(7, 99_000, 12.0)], NOW);
    live.alarms.look();
    let live = Mutex::new(live);
    let found = ask(&Names::default(), &live, "chamber ");
    let device = found
        .iter()
        .find(|found| matches!(found.target, Target::Thing { .. }))
        .expect("a device");
    assert_eq!(
        (device.name.as_str(), device.severity),
        ("Chamber 7", SeverityDto::Medium)
    );
    let quiet = found.last().expect("another");
    assert_eq!(quiet.severity, SeverityDto::Normal);
}

#[test]
fn what_is_near_comes_before_what_is_far() {
    let mut live = desk(3);
    let (thing, series) = gas_sensor(9);
    let place = Geodetic::new(100.0, 20.0, 0.0);
    live.apply_catalogue(
        vec![Thing {
            position: place,
            ..thing
        }],
        vec![series],
        Vec::new(),
    );
    let live = Mutex::new(live);
    let names = Names::default();
    let near = Some([place.lon_deg, place.lat_deg]);
    let found = names.search(|| live.lock().expect("the desk"), "cham 9", near);
    assert_eq!(ids(found), ["t9"]);
    let found = names.search(|| live.lock().expect("the desk"), "chamber", near);
    let devices: Vec<String> = ids(found)
        .into_iter()
        .filter(|id| id.starts_with('t'))
        .collect();
    assert_eq!(devices, ["t9", "t0", "t1", "t2"]);
}

#[test]
fn what_came_is_renamed_or_gone_is_noticed() {
    let live = Mutex::new(desk(2));
    let names = Names::default();
    assert_eq!(ids(ask(&names, &live, "chamber 2")), Vec::<String>::new());
    let change = |things: Vec<Thing>| {
        let mut live = live.lock().expect("the desk");
        live.apply_catalogue(things, Vec::new(), Vec::new());
    };
    change(vec![gas_sensor(2).0]);
    assert_eq!(ids(ask(&names, &live, "chamber 2")), ["t2"]);
    change(vec![Thing {
        name: "泵站前池".to_owned(),
        ..gas_sensor(2).0
    }]);
    assert_eq!(ids(ask(&names, &live, "bzqc")), ["t2"]);
    assert_eq!(ids(ask(&names, &live, "chamber 2")), Vec::<String>::new());
    live.lock().expect("the desk").city = None;
    assert_eq!(ids(ask(&names, &live, "shanghai")), Vec::<String>::new());
}

#[test]
fn texts_of_the_ui_are_spelt_and_too_many_are_refused() {
    let spelt = fold_texts(&["图层".to_owned(), "F2".to_owned()]);
    assert_eq!(spelt.expect("two texts"), ["tu|ceng", "f|2"]);
    assert!(fold_texts(&vec![String::new(); MAX_SPELT + 1]).is_err());
    let long = fold_texts(&["a".repeat(900)]).expect("one text");
    assert_eq!(long[0].len(), 2 * MAX_SPELT_LETTERS - 1);
}
