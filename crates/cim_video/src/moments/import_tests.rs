//! Lines that are taken in, and lines that are told and left out.

use super::*;
use crate::moments::vocabulary::tests::shipped;

const OWN: &str = r#"{"id":"m1","camera":"c1","kind":"MotorVehicle","from":"2026-11-23T02:00:00Z","to":1795399202500,"lon":117.2,"lat":34.26,"box":[0.1,0.2,0.3,0.4],"mask":[0.2,0.5,0.1,0.05],"confidence":0.9,"source":"edge-1","media":"/clips/a.mp4","attributes":{"PlateNo":"苏C12345","VehicleColor":"5","Speed":42}}"#;

/// An object as the platforms send it: numbers as texts, local time, pixels.
const GA: &str = r#"{"MotorVehicleID":"320303000013100000010220261123100000000010200001","InfoKind":1,"SourceID":"s1","DeviceID":"32030300001310000001","LeftTopX":"192","LeftTopY":108,"RightBtmX":"384","RightBtmY":324,"AppearTime":"20261123100000","DisappearTime":"20261123100002500","HasPlate":true,"PlateNo":"苏C12345","VehicleColor":"5","Sunroof":"1","SubImageList":{"SubImageInfoObject":[{"Type":"01","Width":100,"Height":100},{"Type":"14","Width":"1920","Height":"1080"}]}}"#;

fn take(lines: &[&str]) -> (MomentIndex, ImportReport) {
    let words = shipped();
    let mut index = MomentIndex::new(&words);
    let report = index.import(&lines.join("\n"), &words);
    (index, report)
}

#[test]
fn our_own_lines_come_in_and_go_out_the_same() {
    let (index, report) = take(&[OWN, "", OWN]);
    assert_eq!((report.read, report.added, report.same), (2, 1, 1));
    assert_eq!((report.rejected_total, report.strange.len()), (0, 0));
    let moment = index.moment(0).unwrap();
    assert_eq!(moment.from, UtcMillis(1_795_399_200_000));
    assert_eq!(moment.to.0 - moment.from.0, 2_500);
    assert_eq!(moment.place, Some([117.2, 34.26]));
    assert!((moment.mask.unwrap().w - 0.1).abs() < 1e-4);
    assert!(
        moment
            .attributes
            .contains(&("Speed".to_owned(), "42".to_owned()))
    );
    let text = index.export(&[0]);
    let (again, _) = take(&[&text]);
    assert_eq!(again.moment(0), index.moment(0));
    assert_eq!(again.export(&[0]), text);
}

#[test]
fn objects_of_ga_t_1400_come_in_as_they_are() {
    let (index, report) = take(&[GA]);
    assert_eq!((report.added, report.rejected), (1, Vec::new()));
    let moment = index.moment(0).unwrap();
    assert_eq!(
        (
            moment.kind.as_str(),
            moment.camera.as_str(),
            moment.source.as_str()
        ),
        ("motor_vehicle", "32030300001310000001", "s1")
    );
    assert_eq!(moment.from, UtcMillis(1_795_399_200_000));
    assert_eq!(moment.to, UtcMillis(1_795_399_202_500));
    let frame = moment.frame_box.unwrap();
    for (found, expected) in [
        (frame.x, 0.1),
        (frame.y, 0.1),
        (frame.w, 0.1),
        (frame.h, 0.2),
    ] {
        assert!((found - expected).abs() < 1e-4, "{frame:?}");
    }
    let attributes: Vec<(&str, &str)> = moment
        .attributes
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        attributes,
        [
            ("HasPlate", "1"),
            ("PlateNo", "苏C12345"),
            ("VehicleColor", "5")
        ]
    );
    assert_eq!(report.strange, BTreeMap::from([("Sunroof".to_owned(), 1)]));
}

#[track_caller]
fn check_rejected(line: &str, reason: &str) {
    let (index, report) = take(&[OWN, line, OWN]);
    assert_eq!((index.len(), report.rejected_total), (1, 1), "{line}");
    let told = &report.rejected[0];
    assert_eq!(told.line, 2);
    assert!(told.reason.contains(reason), "{} is told", told.reason);
}

#[test]
fn a_broken_line_is_told_and_takes_no_other() {
    check_rejected("[]", "no JSON object");
    check_rejected("{\"camera\":", "no JSON object");
    check_rejected("{}", "neither `camera`");
    check_rejected(
        &format!("{{\"x\":\"{}\"}}", "y".repeat(70_000)),
        "at most 65536",
    );
    check_rejected(
        r#"{"id":"a","camera":"c","kind":"Face"}"#,
        "`from` is missing",
    );
    let with = |rest: &str| format!(r#"{{"id":"a","camera":"c","kind":"Face","from":5{rest}}}"#);
    check_rejected(&with(r#","to":4"#), "ends before it begins");
    check_rejected(&with(r#","to":9000000000"#), "longer than seven weeks");
    check_rejected(&with(r#","to":"soon""#), "`to`: a moment like");
    check_rejected(&with(r#","lon":200,"lat":1"#), "nowhere on the earth");
    check_rejected(&with(r#","box":[0,0,2,1]"#), "within the picture");
    check_rejected(&with(r#","box":[0,0,1]"#), "four shares");
    check_rejected(&with(r#","confidence":7"#), "confidence");
    check_rejected(
        r#"{"id":"","camera":"c","kind":"Face","from":5}"#,
        "the identity",
    );
    check_rejected(
        r#"{"id":"a","camera":"c","kind":"Ghost","from":5}"#,
        "`Ghost`",
    );
    check_rejected(r#"{"FaceID":"f","DeviceID":"c"}"#, "FaceAppearTime");
}

#[test]
fn many_broken_lines_are_counted_and_the_first_are_listed() {
    let lines = vec!["nonsense"; MOST_REJECTED + 5];
    let (_, report) = take(&lines);
    assert_eq!(report.rejected.len(), MOST_REJECTED);
    assert_eq!(report.rejected_total, MOST_REJECTED as u64 + 5);
}

#[test]
fn times_are_read_in_both_spellings() {
    for (text, expected) in [
        ("19700101080000", Some(0)),
        ("19700101080000250", Some(250)),
        ("1970-01-01T00:00:01Z", Some(1_000)),
        ("1970-01-01T08:00:01+08:00", Some(1_000)),
        ("19701301080000", None),
        ("1970010108", None),
        ("1970-01-01T00:00:01", None),
        ("", None),
    ] {
        assert_eq!(time_of(text, 480), expected.map(UtcMillis), "{text}");
    }
}
