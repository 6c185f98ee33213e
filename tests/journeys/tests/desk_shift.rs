//! A whole shift in the real window: an alarm becomes an event and is worked through to its end, the desk is handed over and
//! started again, and the list of alarms gets a window of its own.

use cim_model::TimeSource;
use journeys::{
    Desk, Folder, Hub, HubPlace, MachineClock, Outcome, Size, VirtualDisplay, demo_city, needs,
};
use std::path::Path;
use std::time::Duration;

const SIZE: Size = Size {
    width: 1366,
    height: 768,
};
/// How long the desk may take to follow its hub.
const ONLINE_WITHIN: Duration = Duration::from_mins(1);
/// Alarming from 4 m on.
const GAUGE: &str = "和平桥水位计";
/// Where the gauge stands, as the form writes it.
const PLACE: &str = "24.94500, 60.17000";
const EVENT: &str = "和平桥下水位超限";
const PARTY: &str = "排水管理所";
const OUTGOING: &str = "王建国";
const INCOMING: &str = "周海燕";
/// What is done to the event, as its own page tells it.
const ENTRIES: [&str; 10] = [
    "上报了",
    "立案",
    "交办给",
    "督办",
    "签收",
    "到场",
    "处置完毕",
    "核查通过",
    "评价",
    "结案",
];
/// The same as the duty log tells it.
const LOGGED: [&str; 10] = [
    "上报",
    "立案",
    "交办",
    "督办",
    "签收",
    "到场",
    "处置",
    "核查通过",
    "回访评价",
    "结案",
];

#[test]
fn an_officer_works_a_shift_and_hands_the_desk_over() {
    if needs(&["Xvfb", "WebKitWebDriver", "xdotool"]) {
        journey().unwrap_or_else(|trouble| panic!("{trouble}"));
    }
}

fn journey() -> Outcome {
    let folder = Folder::new("shift")?;
    let screen = VirtualDisplay::start(SIZE, &folder.join("xvfb.log"))?;
    let hub = Hub::start(&HubPlace::new(&demo_city(), &folder.join(""))?)?;
    let stream = hub.new_gauge(GAUGE)?;
    // Without scene packs: no roster names who comes next, and no plan asks for evidence.
    let arguments = [
        "--operator".to_owned(),
        OUTGOING.to_owned(),
        "--scenes".to_owned(),
        folder.folder("scenes")?.to_string_lossy().into_owned(),
    ];
    let open = || {
        let desk = Desk::open_with(&hub.url, &folder.join(""), &screen, SIZE, &arguments)?;
        desk.wait_for_connection("在线", ONLINE_WITHIN)?;
        Ok::<_, String>(desk)
    };

    let desk = open()?;
    desk.wait_for_officer(OUTGOING)?;
    desk.wait_for_things(1)?;
    for level in [2.0, 3.0, 5.0] {
        hub.observe(&stream, level, MachineClock.now())?;
    }
    let facts = desk.open_alarm(GAUGE)?;
    assert!(facts.contains("限值 4"), "no limit in {facts}");
    desk.make_event_of_alarm(EVENT, PLACE)?;
    work_through(&desk)?;
    hand_over(&desk)?;
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shift-handed-over.png");
    desk.take_picture(&picture)?;
    println!("picture: {}", picture.display());
    drop(desk);

    // The same arguments: who sits here is known from the handover, not from them.
    let desk = open()?;
    desk.wait_for_officer(INCOMING)?;
    desk.open_closed_event(EVENT)?;
    desk.wait_for_stage("已结案")?;
    desk.open_duty()?;
    desk.wait_for_handovers(&[OUTGOING, INCOMING, "已完成"])?;
    desk.tear_off_alarms()?;
    desk.bring_alarms_back(GAUGE)
}

/// From the report to the end, in the roles that do it.
fn work_through(desk: &Desk<'_>) -> Outcome {
    desk.wait_for_stage("待立案")?;
    desk.make_step("立案", "")?;
    desk.wait_for_stage("待交办")?;
    desk.assign(PARTY, "抽排积水")?;
    desk.wait_for_stage("待签收")?;
    desk.make_step("督办", "十分钟内签收")?;

    desk.act_as("责任部门", Some(PARTY))?;
    desk.make_step("签收", "")?;
    desk.wait_for_stage("处置中")?;
    desk.make_step("到场", "已封控桥下")?;
    desk.make_step("已处置", "积水已排完")?;
    desk.wait_for_stage("待核查")?;

    desk.act_as("值班员", None)?;
    desk.make_step("核查通过", "现场恢复")?;
    desk.wait_for_stage("待评价")?;
    desk.rate("满意")?;
    desk.wait_for_stage("待结案")?;
    // The plan for flooded roads asks for something that shows it before it lets an event be closed.
    desk.attach_evidence("现场恢复.txt")?;
    desk.make_step("结案", "已恢复正常")?;
    desk.wait_for_stage("已结案")?;
    desk.wait_for_entries(&ENTRIES)
}

/// The log tells what was done; what is open goes over, and both officers sign.
fn hand_over(desk: &Desk<'_>) -> Outcome {
    desk.open_duty()?;
    let told = LOGGED.map(|step| format!("{step}：{EVENT}"));
    desk.wait_for_log(&told)?;
    // The event is closed; nobody has acknowledged the alarm.
    desk.take_note_of_open_items(GAUGE)?;
    desk.write_handover(INCOMING, "和平桥下水位仍高", "九点前回电排水管理所")?;
    desk.sign_out(OUTGOING)?;
    desk.sign_in(INCOMING)?;
    desk.complete_handover(OUTGOING, INCOMING)?;
    desk.wait_for_officer(INCOMING)
}
