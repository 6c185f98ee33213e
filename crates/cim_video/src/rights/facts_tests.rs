//! Facts of the video index: written, read back, and refused.

use super::*;
use crate::rights::{
    action::Actions,
    grant::{Holder, Scope},
    policy::Person,
};

fn grant() -> Grant {
    Grant {
        id: "g1".to_owned(),
        by: Person {
            name: "Li".to_owned(),
            role: "shift_leader".to_owned(),
            party: None,
            divisions: vec!["320303".to_owned()],
        },
        to: Holder::Person("Wang".to_owned()),
        scope: Scope::Division("320303".to_owned()),
        actions: Actions::of(&[Action::Live]),
        from: UtcMillis(1),
        until: UtcMillis(2),
        purpose: "event".to_owned(),
        given_at: UtcMillis(1),
        note: "at the bridge".to_owned(),
    }
}

/// Written and read again, an act is the same; its fact stands at `subject`.
#[track_caller]
fn check(subject: &str, act: VideoAct, expected: &str) {
    let body = act.body("team", Some("water/crew-1")).unwrap();
    let head = r#"{"role":"team","party":"water/crew-1""#;
    assert_eq!(body, format!("{head}{expected}}}"));
    let record = Record::parse("f1", UtcMillis(7), "Wang", subject, act.verb(), &body)
        .unwrap()
        .unwrap();
    assert_eq!(record.act, act);
    assert_eq!(
        (
            record.author.as_str(),
            record.role.as_str(),
            record.party.as_deref()
        ),
        ("Wang", "team", Some("water/crew-1"))
    );
}

#[test]
fn acts_about_cameras_are_read_as_they_were_written() {
    let camera = subject_of_camera("c1");
    check(
        &camera,
        VideoAct::Looked(Looked {
            view: "v1".to_owned(),
            is_closed: true,
            is_live: false,
            moment: Some(UtcMillis(5)),
            seconds: Some(2.5),
            purpose: "event".to_owned(),
            why: "right:duty".to_owned(),
        }),
        r#","view":"v1","is_closed":true,"is_live":false,"moment":5,"seconds":2.5,"purpose":"event","why":"right:duty""#,
    );
    check(
        &camera,
        VideoAct::Denied(Denied {
            action: Action::Export,
            why: "denial:social_export".to_owned(),
            purpose: String::new(),
        }),
        r#","action":"export","why":"denial:social_export","purpose":"""#,
    );
    check(
        &camera,
        VideoAct::Ptz(Ptz {
            preset: Some(3),
            ..Ptz::default()
        }),
        r#","pan":0.0,"tilt":0.0,"zoom":0.0,"preset":3,"purpose":"""#,
    );
    check(
        &camera,
        VideoAct::Calibrated(Calibrated { pose: None }),
        r#","pose":null"#,
    );
    check(
        &camera,
        VideoAct::Graded(Graded {
            category: "1".to_owned(),
            grade: "core".to_owned(),
            tags: None,
        }),
        r#","category":"1","grade":"core","tags":null"#,
    );
    check(
        &camera,
        VideoAct::Work(Work {
            what: "offline".to_owned(),
            state: "opened".to_owned(),
            note: String::new(),
        }),
        r#","what":"offline","state":"opened","note":"""#,
    );
}

#[test]
fn acts_about_pictures_grants_and_mosaics_are_read_as_they_were_written() {
    let camera = subject_of_camera("c1");
    check(
        &camera,
        VideoAct::Snapshot(Snapshot {
            digest: "d".to_owned(),
            masks: 2,
            ..Snapshot::default()
        }),
        r#","digest":"d","moment":null,"is_live":false,"masks":2,"purpose":"","reason":"""#,
    );
    check(
        &camera,
        VideoAct::Exported(Exported {
            digest: "d".to_owned(),
            moment: Some(UtcMillis(5)),
            purpose: "evidence".to_owned(),
            reason: "case 7".to_owned(),
        }),
        r#","digest":"d","moment":5,"purpose":"evidence","reason":"case 7""#,
    );
    check(
        &camera,
        VideoAct::Revealed(Revealed {
            digest: "d".to_owned(),
            reason: "a missing child".to_owned(),
        }),
        r#","digest":"d","reason":"a missing child""#,
    );
    check(
        &camera,
        VideoAct::Preset(Preset {
            number: 1,
            is_deleted: true,
            ..Preset::default()
        }),
        r#","number":1,"name":"","azimuth_deg":0.0,"tilt_deg":0.0,"hfov_deg":0.0,"is_deleted":true"#,
    );
    check(
        &subject_of_grant("g1"),
        VideoAct::GrantGiven(Box::new(grant())),
        r#","id":"g1","by":{"name":"Li","role":"shift_leader","party":null,"divisions":["320303"]},"to":{"person":"Wang"},"scope":{"division":"320303"},"actions":["live"],"from":1,"until":2,"purpose":"event","given_at":1,"note":"at the bridge""#,
    );
    check(
        &subject_of_grant("g1"),
        VideoAct::GrantRevoked(Revoked {
            reason: "done".to_owned(),
        }),
        r#","reason":"done""#,
    );
    check(
        &subject_of_mosaic("m1"),
        VideoAct::MosaicSaved(Mosaic {
            name: "bridge".to_owned(),
            size: 4,
            cameras: vec!["c1".to_owned(), String::new()],
            is_shared: true,
            follow: Follow::Event("e1".to_owned()),
            presets: vec![3, 0],
        }),
        r#","name":"bridge","size":4,"cameras":["c1",""],"is_shared":true,"follow":{"event":"e1"},"presets":[3,0]"#,
    );
    check(&subject_of_mosaic("m1"), VideoAct::MosaicDeleted, "");
}

#[test]
fn what_is_no_fact_of_the_video_index_is_passed_over() {
    let read = |subject: &str, verb: &str, body: &str| {
        Record::parse("f", UtcMillis(1), "Wang", subject, verb, body).map(|found| found.is_some())
    };
    for (subject, verb, body) in [
        ("event:1", "video_looked", r#"{"view":"v"}"#),
        ("camera:", "video_looked", r#"{"view":"v"}"#),
        ("camera:c1", "camera_painted", "{}"),
        ("camera:c1", "grant_revoked", r#"{"reason":"r"}"#),
        ("video:mosaic:m", "video_looked", r#"{"view":"v"}"#),
    ] {
        assert!(
            matches!(read(subject, verb, body), Ok(false)),
            "{subject} {verb}"
        );
    }
    assert!(matches!(
        read("camera:c1", "video_looked", r#"{"view":"v","more":1}"#),
        Ok(true)
    ));
    let text = VideoAct::GrantGiven(Box::new(grant()))
        .body("a", None)
        .unwrap();
    assert!(matches!(
        read("video:grant:g1", "grant_given", &text),
        Ok(true)
    ));
    assert!(
        matches!(read("video:grant:g2", "grant_given", &text), Ok(false)),
        "a grant under another's name"
    );
}

#[test]
fn what_cannot_be_understood_or_says_no_reason_is_refused() {
    let read = |verb: &str, body: &str| {
        Record::parse("f", UtcMillis(1), "Wang", "camera:c1", verb, body)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        read("video_looked", r#"{"view":7}"#),
        "the body of `video_looked` cannot be understood"
    );
    assert_eq!(
        read("video_denied", r#"{"action":"fly"}"#),
        "the body of `video_denied` cannot be understood"
    );
    assert_eq!(
        read("video_looked", "[[["),
        "the body of `video_looked` cannot be understood"
    );
    let long = format!("{{\"view\":\"{}\"}}", "v".repeat(MOST_BODY_BYTES));
    assert!(read("video_looked", &long).contains("at most 65536"));
    let silent = VideoAct::Revealed(Revealed {
        digest: "d".to_owned(),
        reason: " ".to_owned(),
    });
    assert_eq!(
        silent.body("a", None).unwrap_err().to_string(),
        "`video_revealed` needs a reason"
    );
    let wide = VideoAct::MosaicSaved(Mosaic {
        name: "n".repeat(MOST_BODY_BYTES),
        ..Mosaic::default()
    });
    assert!(matches!(wide.body("a", None), Err(BodyFault::TooLong(_))));
    assert_eq!(wide.purpose(), "");
    assert_eq!(silent.said(), " ");
}
