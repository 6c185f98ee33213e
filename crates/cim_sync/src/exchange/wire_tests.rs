//! What goes out and comes in at the hub's doors.

use super::*;

fn changes_ask() -> Ask {
    Ask::Changes {
        after: 3,
        chain: "life 1".to_owned(),
        limit: 10,
    }
}

const PAGE: &str = r#"{"epoch":"life 1","items":[{"seq":4,"kind":"event","id":"e1","known_at":"2026-01-01T00:00:00.000Z",
    "body":{"b": 1.50, "a":"x"},"later":[{}]}],"seq":4,"chain":"00","newest":9}"#;

#[test]
fn the_text_of_a_body_is_kept_letter_by_letter() {
    let answer = answer_of(&changes_ask(), 200, None, PAGE.as_bytes()).expect("readable");
    let Answer::Changes(page) = answer else {
        panic!("a page");
    };
    assert_eq!(page.items[0].body, r#"{"b": 1.50, "a":"x"}"#);
    assert_eq!((page.items[0].seq, page.newest), (4, 9));
}

#[test]
fn a_body_that_is_not_what_its_digest_says_is_broken() {
    let digest = content_digest(PAGE.as_bytes());
    let ask = changes_ask();
    assert!(answer_of(&ask, 200, Some(&digest), PAGE.as_bytes()).is_ok());
    let changed = PAGE.replace("1.50", "1.51");
    let failure = answer_of(&ask, 200, Some(&digest), changed.as_bytes());
    assert!(matches!(failure, Err(Failure::Broken(_))), "{failure:?}");
}

#[test]
fn broken_answers_say_so_and_never_panic() {
    let facts = Ask::Facts(Vec::new());
    let digests = Ask::Digests {
        from: UtcMillis(0),
        until: UtcMillis(60_000),
    };
    let observations = Ask::Observations {
        from: UtcMillis(0),
        until: UtcMillis(60_000),
        buckets: 1,
        after: None,
    };
    for (ask, body) in [
        (changes_ask(), "{"),
        (
            changes_ask(),
            r#"{"epoch":"","items":[],"seq":0,"chain":"","newest":0}"#,
        ),
        (
            facts.clone(),
            r#"{"epoch":"a","newest":1,"items":[{"id":"f","verdict":"lost","seq":1}]}"#,
        ),
        (
            facts.clone(),
            r#"{"epoch":"a","newest":1,"items":[{"id":"f","verdict":"accepted","seq":null}]}"#,
        ),
        (facts, "[]"),
        (
            digests.clone(),
            r#"{"step_s":60,"buckets":64,"minutes":[{"at":0,"n":[1],"x":["0"]}]}"#,
        ),
        (digests, r#"{"step_s":1,"buckets":64,"minutes":[]}"#),
        (observations.clone(), "CMO1\u{7f}\u{7f}\u{7f}\u{7f}{}"),
        (observations, "CMO"),
    ] {
        let failure = answer_of(&ask, 200, None, body.as_bytes());
        assert!(
            matches!(failure, Err(Failure::Broken(_))),
            "{body}: {failure:?}"
        );
    }
}

#[test]
fn a_refusal_brings_its_reason_and_a_restored_hub_is_no_refusal() {
    let refused = answer_of(&changes_ask(), 400, None, br#"{"reason":"limit"}"#);
    assert_eq!(refused, Err(Failure::Refused(400, "limit".to_owned())));
    let body = br#"{"reason":"restored","epoch":"life 1","newest":2}"#;
    let restored = answer_of(&changes_ask(), 409, None, body);
    let expected = Answer::Restored {
        epoch: "life 1".to_owned(),
        newest: 2,
        common: None,
    };
    assert_eq!(restored, Ok(expected));
}

#[test]
fn questions_are_spelt_as_the_doors_expect_them() {
    let target = |ask: &Ask| request_of(ask, "east").target;
    assert_eq!(
        target(&changes_ask()),
        "/api/changes?after=3&chain=life%201&limit=10"
    );
    let ask = Ask::Observations {
        from: UtcMillis(0),
        until: UtcMillis(60_000),
        buckets: 1 << 3 | 1 << 17,
        after: Some("5+7".to_owned()),
    };
    let expected = "/api/observations?from=1970-01-01T00:00:00Z&until=1970-01-01T00:01:00Z\
        &buckets=3,17&after=5%2B7&limit=200000";
    assert_eq!(target(&ask), expected);
}

#[test]
fn an_announced_change_is_read_and_junk_is_not() {
    let text = r#"{"epoch":"l","prev":3,"chain":"aa","seq":4,"kind":"event","id":"e1","known_at":"","body":{"a": 1}}"#;
    let announced = announcement_of(text.as_bytes()).expect("readable");
    assert_eq!(
        (announced.prev, announced.item.body.as_str()),
        (3, r#"{"a": 1}"#)
    );
    assert!(announcement_of(b"\xff\xfe").is_err());
    assert!(announcement_of(b"{}").is_err());
}
