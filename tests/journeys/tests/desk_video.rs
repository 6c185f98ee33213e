//! Cameras in the real window: an alarm shows the camera that sees it with its live picture, the city is asked who sees a place, and
//! the desk goes on when the streams die.

use cim_model::TimeSource;
use journeys::{
    Desk, Folder, Hub, HubPlace, MachineClock, Outcome, Size, VirtualDisplay, demo_city, needs,
};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

const SIZE: Size = Size {
    width: 1920,
    height: 1080,
};
/// How long the desk may take to follow its hub.
const ONLINE_WITHIN: Duration = Duration::from_mins(1);
/// Alarming from 4 m on; stands at 24.945° E, 60.17° N.
const GAUGE: &str = "和平桥水位计";
/// Sixteen metres south of the gauge, and looks north.
const CAMERA: &str = "和平桥南 枪机";

#[test]
fn an_alarm_is_seen_by_a_camera_and_the_desk_outlives_its_stream() {
    if needs(&["Xvfb", "WebKitWebDriver", "xdotool"]) {
        journey().unwrap_or_else(|trouble| panic!("{trouble}"));
    }
}

fn journey() -> Outcome {
    let folder = Folder::new("video")?;
    let screen = VirtualDisplay::start(SIZE, &folder.join("xvfb.log"))?;
    let place = HubPlace::new(&demo_city(), &folder.join(""))?;
    let hub = Hub::start(&place)?;
    let stream = hub.new_gauge(GAUGE)?;
    set_up_camera(&hub)?;
    let desk = Desk::open(&hub.url, &folder.join(""), &screen, SIZE)?;
    desk.wait_for_connection("在线", ONLINE_WITHIN)?;
    desk.wait_for_things(1)?;
    for level in [2.0, 3.0, 5.0] {
        hub.observe(&stream, level, MachineClock.now())?;
    }

    desk.open_alarm(GAUGE)?;
    desk.wait_for_camera_that_sees(CAMERA)?;
    desk.wait_for_picture_on_card()?;
    desk.go_to_what_the_card_is_about()?;
    take(&desk, "video-alarm.png")?;

    desk.watch_camera(CAMERA)?;
    let row = desk.ask_who_sees_the_middle(CAMERA)?;
    assert!(row.contains("看得见"), "{row}");
    take(&desk, "video-sees.png")?;

    desk.return_to_mosaic()?;
    hub.kill()?;
    desk.wait_for_watched(&["restarting", "failed"])?;
    desk.wait_for_connection("离线", ONLINE_WITHIN)?;
    let (name, _) = desk.card()?.ok_or("the card went with the stream")?;
    assert_eq!(name, GAUGE);
    let _hub = Hub::start(&place)?;
    desk.wait_for_connection("在线", ONLINE_WITHIN)?;
    desk.wait_for_watched(&["playing"])?;
    desk.wait_for_watched_pictures().map(drop)
}

/// Tells the hub of a camera that looks at the gauge.
fn set_up_camera(hub: &Hub) -> Outcome {
    let camera = json!({
        "DeviceID": "32030000001320000901", "Name": CAMERA, "CivilCode": "320300", "Status": "ON",
        "Longitude": 24.945, "Latitude": 60.17 - 16.0 / 111_200.0, "Height": 6.0,
        "Azimuth": 0.0, "Tilt": 15.0, "Fov": 60.0, "Range": 100.0, "Category": 2, "PTZType": 3
    });
    let answer = hub.post("/api/cameras", &json!({ "items": [camera] }))?;
    if (200..300).contains(&answer.status) {
        Ok(())
    } else {
        Err(format!(
            "the hub refused a camera: {} {}",
            answer.status, answer.body
        ))
    }
}

fn take(desk: &Desk<'_>, name: &str) -> Outcome {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    desk.take_picture(&picture)?;
    println!("picture: {}", picture.display());
    Ok(())
}
