//! The desk in its real window, on a display of its own: a person picks a sensor, the hub dies and comes back, and the
//! desk is started again without it.

use journeys::{
    Desk, Folder, Hub, HubPlace, Outcome, Simulator, Size, VirtualDisplay, demo_city, needs,
    wait_until,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

const SIZE: Size = Size {
    width: 1366,
    height: 768,
};
const SENSORS: u64 = 300;
const SOURCES: &str = "--sensors 300 --cameras 20 --hz 1 --seed 7 --backfill-hours 1";
/// A dead hub must be noticed this soon.
const NOTICED_WITHIN: Duration = Duration::from_secs(5);
/// A hub that is back must be found this soon, although tries grow rarer.
const BACK_WITHIN: Duration = Duration::from_mins(1);
/// A desk with a cache must show its first picture this soon.
const FIRST_PICTURE_WITHIN_MS: u64 = 3000;

#[test]
fn a_sensor_is_picked_and_the_desk_outlives_its_hub() {
    if needs(&["Xvfb", "WebKitWebDriver", "xdotool"]) {
        journey().unwrap_or_else(|trouble| panic!("{trouble}"));
    }
}

fn journey() -> Outcome {
    let folder = Folder::new("desk")?;
    let screen = VirtualDisplay::start(SIZE, &folder.join("xvfb.log"))?;
    let place = HubPlace::new(&demo_city(), &folder.join(""))?;
    let hub = Hub::start(&place)?;
    let mut sources = Simulator::start(&hub, &demo_city(), SOURCES, &folder.join("simulate.log"))?;
    let url = hub.url.clone();

    let desk = Desk::open(&url, &folder.join(""), &screen, SIZE)?;
    desk.wait_for_connection("在线", BACK_WITHIN)?;
    let (city, things) = (desk.city()?, desk.wait_for_things(SENSORS)?);
    println!(
        "{city}: {things} things, complete after {:.1} s, {}",
        desk.complete_after.as_secs_f64(),
        desk.start
    );

    let (lonely, names) = sensors(&hub)?;
    desk.search(&lonely)?;
    desk.clear_selection()?;
    let picked = desk.click_the_symbol_in_the_middle(|name| names.contains(name))?;
    println!("searched {lonely}, clicked {picked}");
    has_a_number(&desk.value()?)?;

    hub.kill()?;
    let noticed = desk.wait_for_connection("离线", NOTICED_WITHIN)?;
    println!("离线 after {:.1} s", noticed.as_secs_f64());
    stays(&desk, &picked)?;

    let hub = Hub::start(&place)?;
    if !sources.runs()? {
        sources = Simulator::start(
            &hub,
            &demo_city(),
            SOURCES,
            &folder.join("simulate-again.log"),
        )?;
    }
    let back = desk.wait_for_connection("在线", BACK_WITHIN)?;
    println!("在线 again after {:.1} s", back.as_secs_f64());
    let old = desk.value()?;
    let moved = || Ok((desk.value()? != old).then_some(()));
    wait_until("values move again", BACK_WITHIN, moved)?;

    drop(sources);
    hub.kill()?;
    desk.wait_for_connection("离线", NOTICED_WITHIN)?;
    let last = stays(&desk, &picked)?;
    drop(desk);

    let desk = Desk::open(&url, &folder.join(""), &screen, SIZE)?;
    println!(
        "without a hub: complete after {:.1} s, {}",
        desk.complete_after.as_secs_f64(),
        desk.start
    );
    same(&city, &desk.city()?)?;
    same(&things, &desk.wait_for_things(things)?)?;
    desk.search(&picked)?;
    same(&last, &desk.value()?)?;
    let first = desk.start["first_picture_ms"]
        .as_u64()
        .ok_or("the desk did not say when its first picture was there")?;
    if first > FIRST_PICTURE_WITHIN_MS {
        return Err(format!("first picture after {first} ms"));
    }
    Ok(())
}

/// The name of the sensor that is farthest from every other one, and the names of all.
fn sensors(hub: &Hub) -> Outcome<(String, BTreeSet<String>)> {
    let page = hub.get("/v1.1/Things?$expand=Locations&$top=1000")?;
    let place = |thing: &Value| {
        let at = &thing["Locations"][0]["location"]["coordinates"];
        Some((
            thing["name"].as_str()?.to_owned(),
            at[0].as_f64()?,
            at[1].as_f64()?,
        ))
    };
    let things = page["value"].as_array().ok_or("the hub lists no things")?;
    let sensors: Vec<(String, f64, f64)> = things.iter().filter_map(place).collect();
    // Degrees of longitude are shorter than those of latitude; for finding a lonely sensor, half will do.
    let distance =
        |a: &(String, f64, f64), b: &(String, f64, f64)| ((a.1 - b.1) / 2.0).hypot(a.2 - b.2);
    let solitude = |own: &(String, f64, f64)| {
        let others = sensors.iter().filter(|other| other.0 != own.0);
        others
            .map(|other| distance(own, other))
            .fold(f64::MAX, f64::min)
    };
    let lonely = sensors
        .iter()
        .max_by(|a, b| solitude(a).total_cmp(&solitude(b)))
        .ok_or("no sensors")?;
    Ok((
        lonely.0.clone(),
        sensors.iter().map(|sensor| sensor.0.clone()).collect(),
    ))
}

/// Name and value are still on the card, and go on being there; returns the value.
fn stays(desk: &Desk<'_>, name: &str) -> Outcome<String> {
    // What was under way when the hub died may still arrive.
    std::thread::sleep(Duration::from_secs(1));
    let before = desk.value()?;
    std::thread::sleep(Duration::from_secs(3));
    let (shown, after) = desk.card()?.ok_or("the card is gone")?;
    same(&name.to_owned(), &shown)?;
    same(&before, &after)?;
    has_a_number(&after)?;
    Ok(after)
}

fn has_a_number(value: &str) -> Outcome {
    if value.contains(|c: char| c.is_ascii_digit()) {
        Ok(())
    } else {
        Err(format!("no number in {value:?}"))
    }
}

fn same<T: PartialEq + std::fmt::Debug>(expected: &T, found: &T) -> Outcome {
    if expected == found {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, found {found:?}"))
    }
}
