//! The source board in the real window: a source that is well, one that falls silent and one that dies, beside a hub.

use journeys::{
    Desk, Feed, Folder, Hub, HubPlace, Outcome, Simulator, Size, VirtualDisplay, WebFeed,
    demo_city, needs, wait_until,
};
use std::fs;
use std::path::Path;
use std::time::Duration;

const SIZE: Size = Size {
    width: 1366,
    height: 768,
};
const SOURCES: &str = "--sensors 60 --cameras 4 --hz 1 --seed 7 --backfill-hours 0";
/// How often each source promises news, seconds. Late is what told nothing for three times as long, and keeps so.
const PERIOD_S: u32 = 5;
/// How long the first news of a source may take.
const NEWS_WITHIN: Duration = Duration::from_mins(1);
/// How long a change for the worse may take until it is on the board: noticed, held for a while, drawn.
const WORSE_WITHIN: Duration = Duration::from_secs(40);
/// A table that is written anew each second.
const WELL: &str = "水位表";
/// A layer that goes on answering, with a value that stays as it is.
const AGEING: &str = "泵站";
/// A layer whose server goes away.
const DEAD: &str = "路网";

#[test]
fn a_late_and_a_dead_source_show_on_the_board() {
    if needs(&["Xvfb", "WebKitWebDriver", "xdotool"]) {
        journey().unwrap_or_else(|trouble| panic!("{trouble}"));
    }
}

fn journey() -> Outcome {
    let folder = Folder::new("sources")?;
    let screen = VirtualDisplay::start(SIZE, &folder.join("xvfb.log"))?;
    let hub = Hub::start(&HubPlace::new(&demo_city(), &folder.join(""))?)?;
    let _simulated = Simulator::start(&hub, &demo_city(), SOURCES, &folder.join("simulate.log"))?;
    let _table = Feed::start(&folder.join("gauges.csv"))?;
    let (ageing, dead) = (WebFeed::start()?, WebFeed::start()?);
    let file = folder.join("sources.toml");
    let text = declared(&ageing.url(), &dead.url());
    fs::write(&file, text).map_err(|err| format!("{err}: {}", file.display()))?;

    let arguments = ["--sources".to_owned(), file.to_string_lossy().into_owned()];
    let desk = Desk::open_with(&hub.url, &folder.join(""), &screen, SIZE, &arguments)?;
    desk.wait_for_connection("在线", NEWS_WITHIN)?;
    desk.open_sources()?;
    for name in [WELL, AGEING, DEAD] {
        desk.wait_for_source(name, "正常", NEWS_WITHIN)?;
    }

    ageing.freeze();
    drop(dead);
    let died = desk.wait_for_source(DEAD, "故障", WORSE_WITHIN)?;
    let late = desk.wait_for_source(AGEING, "迟到", WORSE_WITHIN)?;
    println!(
        "{DEAD} 故障 after {:.1} s, {AGEING} 迟到 {:.1} s later",
        died.as_secs_f64(),
        late.as_secs_f64()
    );
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("source-board.png");
    desk.take_picture(&picture)?;
    println!("picture: {}", picture.display());

    let rows = desk.sources()?;
    let row = |name: &str| {
        rows.iter()
            .find(|row| row.name == name)
            .ok_or_else(|| format!("{name} is not on the board: {rows:?}"))
    };
    assert_eq!(
        row(WELL)?.state,
        "正常",
        "its neighbours changed nothing in it"
    );
    assert_eq!(rows[0].name, DEAD, "the worst is not on top: {rows:?}");
    for (name, word) in [(WELL, "正常"), (AGEING, "迟到"), (DEAD, "故障")] {
        let spoken = &row(name)?.spoken;
        assert!(spoken.contains(name) && spoken.contains(word), "{spoken}");
    }
    let counted = || Ok(desk.worst_source()?.filter(|words| words == "故障 1"));
    wait_until("the top bar says how many are dead", NEWS_WITHIN, counted)?;
    let details = desk.open_first_source()?;
    assert!(
        details.contains("cim source test dead"),
        "nothing says what to do: {details}"
    );
    Ok(())
}

/// A file of sources: a table beside it, and two layers.
fn declared(ageing: &str, dead: &str) -> String {
    let layer = |id: &str, name: &str, address: &str| {
        format!(
            r#"
[[source]]
id = "{id}"
name = "{name}"
kind = "geojson"
address = "{address}"
period_s = {PERIOD_S}
mapping = {{ series = [{{ property = "level", value = "/properties/level", time = "/properties/ts", time_format = "unix_ms", unit = "m" }}] }}
"#
        )
    };
    let table = format!(
        r#"
[[source]]
id = "gauges"
name = "{WELL}"
kind = "csv"
address = "gauges.csv"
period_s = {PERIOD_S}
mapping = {{ thing = {{ id = "id", name = "name", kind = "water_level", lon = "lon", lat = "lat" }}, series = [{{ property = "level", value = "level", time = "ts", time_format = "unix_ms", unit = "m" }}] }}
"#
    );
    [
        table,
        layer("ageing", AGEING, ageing),
        layer("dead", DEAD, dead),
    ]
    .concat()
}
