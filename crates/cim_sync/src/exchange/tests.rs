//! What the exchange asks, when, and what it makes of the answers. Whole conversations with a hub are in `cim_hub`.

use super::*;

fn fact(id: &str, object: &str) -> OutboundFact {
    OutboundFact {
        id: id.to_owned(),
        object: object.to_owned(),
        verb: "noted".to_owned(),
        author: "li.wei".to_owned(),
        happened_at: UtcMillis(0),
        known_at: UtcMillis(0),
        cause: String::new(),
        body: "{}".to_owned(),
        base: None,
    }
}

/// A connected exchange that has read an empty feed, with these facts queued.
fn exchange(facts: &[(&str, &str)]) -> Exchange {
    let mut settings = ExchangeSettings::of("east", 7);
    settings.compares_observations = false;
    let mut exchange = Exchange::new(settings, Saved::default());
    assert_eq!(exchange.next(UtcMillis(0)), Next::Idle, "not connected");
    assert_eq!(exchange.connected(UtcMillis(0)), []);
    let (id, ask) = asked(&mut exchange, 0);
    assert!(matches!(ask, Ask::Changes { after: 0, .. }), "{ask:?}");
    let page = ChangesPage {
        epoch: "life-1".to_owned(),
        chain: "life-1".to_owned(),
        ..ChangesPage::default()
    };
    exchange.answered(id, Ok(Answer::Changes(page)), UtcMillis(0));
    for (id, object) in facts {
        exchange.queue(fact(id, object));
    }
    exchange
}

#[track_caller]
fn asked(exchange: &mut Exchange, now: i64) -> (AskId, Ask) {
    match exchange.next(UtcMillis(now)) {
        Next::Ask(id, ask) => (id, ask),
        other => panic!("a question is expected, not {other:?}"),
    }
}

fn ids(ask: &Ask) -> Vec<&str> {
    match ask {
        Ask::Facts(facts) => facts.iter().map(|fact| fact.id.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn accepted(id: &str, seq: u64) -> Outcome {
    Outcome {
        id: id.to_owned(),
        verdict: Verdict::Accepted,
        seq: Some(seq),
        reason: String::new(),
        with: Vec::new(),
        holds: true,
    }
}

#[test]
fn an_unanswered_request_is_sent_again_after_a_pause_and_nothing_leaves_the_queue() {
    let mut exchange = exchange(&[("1", "a")]);
    let (id, ask) = asked(&mut exchange, 0);
    assert_eq!(ids(&ask), ["1"]);
    exchange.answered(id, Err(Failure::Timeout), UtcMillis(0));
    let Next::WaitUntil(moment) = exchange.next(UtcMillis(0)) else {
        panic!("a pause");
    };
    assert!((250..=500).contains(&moment.0), "{moment}");
    let (_, again) = asked(&mut exchange, moment.0);
    assert_eq!(again, ask);
}

#[test]
fn a_fact_is_done_only_when_the_answer_names_it() {
    let mut exchange = exchange(&[("1", "a"), ("2", "b")]);
    let (id, ask) = asked(&mut exchange, 0);
    assert_eq!(ids(&ask), ["1", "2"]);
    let answer = FactsAnswer {
        epoch: "life-1".to_owned(),
        newest: 1,
        items: vec![accepted("1", 1), accepted("3", 2)],
    };
    exchange.answered(id, Ok(Answer::Facts(answer)), UtcMillis(0));
    assert_eq!(exchange.queued(), 1, "the second one waits");
    assert!(
        !exchange.in_step(),
        "the first one was not seen in the feed"
    );
}

#[test]
fn an_accepted_fact_that_the_hub_has_no_more_is_sent_again() {
    let mut exchange = exchange(&[("1", "a")]);
    let (id, _) = asked(&mut exchange, 0);
    let answer = FactsAnswer {
        epoch: "life-1".to_owned(),
        newest: 1,
        items: vec![accepted("1", 1)],
    };
    exchange.answered(id, Ok(Answer::Facts(answer)), UtcMillis(0));
    assert_eq!(exchange.queued(), 0);
    let (id, ask) = asked(&mut exchange, 0);
    assert!(matches!(ask, Ask::Changes { .. }), "it looks for its fact");
    // The hub was restored in between: its feed ends before the fact.
    let page = ChangesPage {
        epoch: "life-1".to_owned(),
        chain: "life-1".to_owned(),
        ..ChangesPage::default()
    };
    let told = exchange.answered(id, Ok(Answer::Changes(page)), UtcMillis(0));
    assert!(
        told.contains(&Told::Requeued(vec!["1".to_owned()])),
        "{told:?}"
    );
    assert_eq!(exchange.queued(), 1);
}

#[test]
fn a_hub_that_wants_another_token_does_not_cost_a_fact() {
    let mut exchange = exchange(&[("1", "a")]);
    let (id, _) = asked(&mut exchange, 0);
    let refused = Failure::Refused(401, "no token".to_owned());
    let told = exchange.answered(id, Err(refused), UtcMillis(0));
    assert!(matches!(&told[..], [Told::Trouble { reason, .. }] if reason == "no token"));
    assert_eq!(exchange.queued(), 1);
}

#[test]
fn what_was_given_back_is_given_again_to_a_hub_that_is_restored_once_more() {
    let mut exchange = exchange(&[]);
    let now = UtcMillis(0);
    let empty = ChangesPage {
        epoch: "life-1".to_owned(),
        chain: "life-1".to_owned(),
        ..ChangesPage::default()
    };
    exchange.poke("life-1", 3);
    let (id, _) = asked(&mut exchange, 0);
    let restored = Answer::Restored {
        epoch: "life-1".to_owned(),
        newest: 0,
        common: None,
    };
    exchange.answered(id, Ok(restored), now);
    let (id, _) = asked(&mut exchange, 0);
    let told = exchange.answered(id, Ok(Answer::Changes(empty.clone())), now);
    assert!(told.contains(&Told::NeedHeld), "{told:?}");
    let held = RemoteFact {
        seq: 3,
        desk: "west".to_owned(),
        fact: fact("1", "a"),
        conflict_with: Vec::new(),
        holds: true,
    };
    assert_eq!(exchange.held(vec![held]), []);
    for _ in 0..2 {
        let (id, ask) = asked(&mut exchange, 0);
        assert!(matches!(ask, Ask::GiveBack(_)), "{ask:?}");
        let answer = FactsAnswer {
            epoch: "life-1".to_owned(),
            newest: 1,
            items: vec![accepted("1", 1)],
        };
        let told = exchange.answered(id, Ok(Answer::Facts(answer)), now);
        assert!(!told.contains(&Told::GivenBack), "not seen yet: {told:?}");
        // The feed ends before it: the same backup was restored again.
        let (id, ask) = asked(&mut exchange, 0);
        assert!(matches!(ask, Ask::Changes { after: 0, .. }), "{ask:?}");
        let told = exchange.answered(id, Ok(Answer::Changes(empty.clone())), now);
        assert!(!told.contains(&Told::GivenBack), "{told:?}");
        assert!(!exchange.in_step());
    }
    exchange.poke("life-1", 1);
    let body = r#"{"id":"1","object":"a","verb":"noted","author":"li.wei","happened_at":"1970-01-01T00:00:00.000Z","known_at":"1970-01-01T00:00:00.000Z","body":{}}"#;
    let page = ChangesPage {
        seq: 1,
        newest: 1,
        chain: digest::next_chain("life-1", "fact", "1", body),
        items: vec![ChangeItem {
            seq: 1,
            kind: "fact".to_owned(),
            id: "1".to_owned(),
            body: body.to_owned(),
            desk: "west".to_owned(),
            ..ChangeItem::default()
        }],
        ..empty
    };
    let (id, _) = asked(&mut exchange, 0);
    let told = exchange.answered(id, Ok(Answer::Changes(page)), now);
    assert_eq!(told.last(), Some(&Told::GivenBack));
    assert!(exchange.in_step());
}
