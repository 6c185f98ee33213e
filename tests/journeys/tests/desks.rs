//! Desks without a window at one real hub with a real Mosquitto: two people at work, a hub that dies, tokens and TLS.

use cim_app::wire::{DeskUpdate, FactStateDto, FieldChangeDto, GapStateDto, HoldsDto};
use cim_model::{MINUTE_MS, MinuteDigest, TimeSource, UtcMillis, minute_of};
use cim_sync::access::Access;
use journeys::{
    Broker, DeskPlace, Folder, HeadlessDesk, Hub, HubPlace, MachineClock, Outcome, Simulator, cim,
    demo_city, difference, iso, minutes_of_cache, minutes_of_hub, needs, read, wait_until,
};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// What one desk did, the other shows this soon.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
/// How long something that was sent may take until everybody who is there has it.
const FOLLOW_WITHIN: Duration = Duration::from_secs(20);
/// How long a desk may take to notice that its hub is dead, or does not want it.
const NOTICED_WITHIN: Duration = Duration::from_secs(15);
/// How long after its end a minute is compared: it may settle for 15 s, and the comparison takes a while.
const COMPARED_AFTER: Duration = Duration::from_secs(18);
/// How long the comparison, and fetching what is missing, may take then.
const COMPARED_WITHIN: Duration = Duration::from_secs(30);
/// The event that everybody works on.
const EVENT: &str = "journey-1";

/// Runs a journey, if these programs are installed.
#[track_caller]
fn run(programs: &[&str], journey: fn() -> Outcome) {
    if needs(programs) {
        assert_eq!(journey(), Ok(()));
    }
}

fn now() -> UtcMillis {
    MachineClock.now()
}

/// What an event is reported as.
fn report() -> Outcome<Value> {
    Ok(json!({
        "id": EVENT, "title": "Burst main", "category": "water", "level": "II", "status": "reported",
        "lon": 24.945, "lat": 60.17, "happened_at": iso(now())?, "source": "hotline"
    }))
}

/// The status of the event that everybody works on, and whether a change of it waits, as a desk shows it.
fn status(shown: &DeskUpdate) -> Option<(String, bool)> {
    let row = shown.events.iter().find(|row| row.id == EVENT)?;
    Some((row.status.clone(), row.unsynced))
}

/// Waits until a desk shows this status, with nothing on the way.
fn settles(desk: &HeadlessDesk, wanted: &str) -> Outcome {
    let what = format!("the event is {wanted}, and nothing is on its way");
    let settled = |shown: &DeskUpdate| {
        (shown.queued == 0 && status(shown)? == (wanted.to_owned(), false)).then_some(())
    };
    desk.wait_for(&what, FOLLOW_WITHIN, settled).map(drop)
}

/// Waits until exactly one fact of this desk waits.
fn waits(desk: &HeadlessDesk) -> Outcome {
    let one = |shown: &DeskUpdate| (shown.queued == 1).then_some(());
    desk.wait_for("the edit waits", SHOWN_WITHIN, one).map(drop)
}

#[test]
fn two_desks_edit_the_same_event() {
    run(&["mosquitto"], || {
        let folder = Folder::new("two-desks")?;
        let broker = Broker::start(&folder.join("mosquitto.log"))?;
        let place = HubPlace::new(&demo_city(), &folder.join(""))?.with_broker(&broker.url());
        let hub = Hub::start(&place)?;
        let taken = hub.post("/api/events", &report()?)?;
        assert_eq!(taken.status, 201, "{}", taken.body);
        let (ada_place, bo_place) = (
            DeskPlace::new(&hub.url, "Ada", &folder.join("")),
            DeskPlace::new(&hub.url, "Bo", &folder.join("")),
        );
        let (ada, bo) = (
            HeadlessDesk::open_live(&ada_place)?,
            HeadlessDesk::open_live(&bo_place)?,
        );
        for desk in [&ada, &bo] {
            settles(desk, "reported")?;
        }

        hub.kill()?;
        for desk in [&ada, &bo] {
            desk.wait_until_offline(NOTICED_WITHIN)?;
        }
        ada.change_event(EVENT, Some("handling"), "the crew is on its way")?;
        // Bo's edit is the later one, whatever the clock's steps are.
        sleep(Duration::from_millis(50));
        bo.change_event(EVENT, Some("closed"), "")?;
        for (desk, own) in [(&ada, "handling"), (&bo, "closed")] {
            waits(desk)?;
            let shown = desk.shown();
            assert_eq!(status(&shown), Some((own.to_owned(), true)));
        }
        // Ada goes home with her edit in the drawer.
        ada.close();

        let hub = Hub::start(&place)?;
        bo.wait_until_live()?;
        settles(&bo, "closed")?;
        let ada = HeadlessDesk::open_live(&ada_place)?;
        for desk in [&ada, &bo] {
            settles(desk, "closed")?;
        }
        both_edits_are_at_the_hub(&hub)?;
        ada_is_told(&ada)?;
        for desk in [&ada, &bo] {
            let waiting: Vec<_> = desk
                .outbox()?
                .into_iter()
                .filter(|item| matches!(item.state, FactStateDto::Waiting | FactStateDto::Refused))
                .collect();
            assert_eq!(waiting, [], "something is left behind");
        }
        Ok(())
    });
}

/// The hub has both versions, and the later one holds.
fn both_edits_are_at_the_hub(hub: &Hub) -> Outcome {
    let feed = hub.get("/api/changes?after=0&kinds=fact&limit=100")?;
    let facts = feed["items"].as_array().ok_or("the feed has no items")?;
    let changed: Vec<&Value> = facts
        .iter()
        .map(|item| &item["body"])
        .filter(|fact| fact["object"] == format!("event:{EVENT}"))
        .collect();
    let statuses: Vec<&str> = changed
        .iter()
        .filter_map(|fact| fact["body"]["changes"]["status"].as_str())
        .collect();
    assert_eq!(
        statuses,
        ["closed", "handling"],
        "in the order of arrival: {feed}"
    );
    let authors: Vec<&str> = changed
        .iter()
        .filter_map(|fact| fact["author"].as_str())
        .collect();
    assert_eq!(authors, ["Bo", "Ada"]);
    let events = hub.get("/api/events")?;
    let event = events["items"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|event| event["id"] == EVENT)
        .ok_or("the hub lost the event")?;
    assert_eq!(event["status"], "closed", "{event}");
    Ok(())
}

/// Ada, who was earlier and came later, reads that Bo changed the same, and what holds.
fn ada_is_told(ada: &HeadlessDesk) -> Outcome {
    let told = || Ok(ada.conflicts()?.into_iter().next());
    let (conflict, _) = wait_until("Ada is told of the conflict", SHOWN_WITHIN, told)?;
    assert_eq!(conflict.subject, format!("event:{EVENT}"));
    assert_eq!(conflict.subject_name, "Burst main");
    let status = |changes: &[FieldChangeDto]| {
        let of_status = changes.iter().find(|change| change.field == "status");
        of_status.map(|change| change.value.clone())
    };
    assert_eq!(status(&conflict.mine.changes).as_deref(), Some("handling"));
    assert_eq!(status(&conflict.theirs.changes).as_deref(), Some("closed"));
    assert_eq!(
        (
            conflict.mine.author.as_str(),
            conflict.theirs.author.as_str()
        ),
        ("Ada", "Bo")
    );
    assert_eq!(conflict.holds, HoldsDto::Theirs, "{conflict:?}");
    assert!(!conflict.seen, "nobody has looked at it");
    Ok(())
}

#[test]
fn an_alarm_acknowledged_at_one_desk_is_acknowledged_at_the_other() {
    run(&["mosquitto"], || {
        let folder = Folder::new("acknowledged")?;
        let broker = Broker::start(&folder.join("mosquitto.log"))?;
        let place = HubPlace::new(&demo_city(), &folder.join(""))?.with_broker(&broker.url());
        let hub = Hub::start(&place)?;
        let stream = hub.new_gauge("high gauge")?;
        let open = |operator: &str| {
            HeadlessDesk::open_live(&DeskPlace::new(&hub.url, operator, &folder.join("")))
        };
        let (ada, bo) = (open("Ada")?, open("Bo")?);

        let observation = json!({ "result": 5.0, "phenomenonTime": iso(now())? });
        let answer = hub.post(
            &format!("/v1.1/Datastreams({stream})/Observations"),
            &observation,
        )?;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let raised = |shown: &DeskUpdate| {
            let row = shown.alarms.iter().find(|row| row.name == "high gauge")?;
            Some((row.id.clone(), row.acknowledged_by.clone()))
        };
        let ((alarm, by), _) = ada.wait_for("Ada's alarm", FOLLOW_WITHIN, raised)?;
        assert_eq!(by, None);
        let ((same, _), _) = bo.wait_for("Bo's alarm", FOLLOW_WITHIN, raised)?;
        assert_eq!(alarm, same, "two desks call one alarm by two names");

        ada.acknowledge(&alarm)?;
        let seen = |shown: &DeskUpdate| raised(shown)?.1;
        let (by, took) = bo.wait_for("Bo sees that Ada did it", SHOWN_WITHIN, seen)?;
        assert_eq!(by, "Ada");
        println!(
            "acknowledged at the other desk after {:.1} s",
            took.as_secs_f64()
        );
        let sent = |shown: &DeskUpdate| (shown.queued == 0).then_some(());
        ada.wait_for("nothing waits", FOLLOW_WITHIN, sent).map(drop)
    });
}

#[test]
fn the_hub_dies_for_a_while_and_no_minute_is_missing() {
    run(&["mosquitto", "mosquitto_pub"], || {
        let folder = Folder::new("minutes")?;
        let broker = Broker::start(&folder.join("mosquitto.log"))?;
        let place = HubPlace::new(&demo_city(), &folder.join(""))?.with_broker(&broker.url());
        let hub = Hub::start(&place)?;
        let stream = hub.new_gauge("outside gauge")?;
        let options = "--sensors 60 --cameras 2 --hz 1 --seed 9 --backfill-hours 0.1 --batch";
        let _sources = Simulator::start(&hub, &demo_city(), options, &folder.join("simulate.log"))?;
        let desk_place = DeskPlace::new(&hub.url, "Ada", &folder.join(""));
        let desk = HeadlessDesk::open_live(&desk_place)?;

        let begun = in_the_middle_of_a_minute();
        hub.kill()?;
        let missed = publish(&broker, &stream, 20)?;
        desk.wait_until_offline(NOTICED_WITHIN)?;
        let hub = Hub::start(&place)?;
        let back = now();
        desk.wait_until_live()?;
        desk.close();
        // Now it is the desk that is away.
        let missed = missed + publish(&broker, &stream, 10)?;
        let desk = HeadlessDesk::open_live(&desk_place)?;

        let kept = || {
            let path = format!("/v1.1/Datastreams({stream})/Observations?$count=true&$top=1");
            let count = hub.get(&path)?["@iot.count"].as_u64();
            Ok(count.filter(|count| *count == missed))
        };
        wait_until(
            "the hub has what its broker kept for it while it was dead",
            FOLLOW_WITHIN,
            kept,
        )?;
        let until = UtcMillis(minute_of(now()).0 + MINUTE_MS);
        every_minute_was_compared(&desk, begun, until)?;
        desk.close();

        // From before the desk was opened for the first time: the simulator brought some history.
        let from = UtcMillis(minute_of(begun).0 - 5 * MINUTE_MS);
        let theirs = minutes_of_hub(&hub, from, until)?;
        let ours = minutes_of_cache(&desk_place.cache, from, until)?;
        let total: u64 = theirs.values().map(MinuteDigest::count).sum();
        assert!(total > 60, "hardly anything happened: {total} observations");
        let mut wrong = Vec::new();
        for (at, hub_minute) in &theirs {
            let nothing = MinuteDigest::empty(*at);
            let own = ours.get(at).unwrap_or(&nothing);
            // What the hub had heard and not yet written when it was killed, the desk has alone.
            let hub_was_dead = *at >= minute_of(begun) && *at <= minute_of(back);
            wrong.extend(difference(hub_minute, own, !hub_was_dead));
        }
        assert_eq!(wrong, Vec::<String>::new());
        println!(
            "{total} observations in {} minutes are the same",
            theirs.len()
        );
        Ok(())
    });
}

/// Waits for a moment after which most of a minute is left; returns it.
fn in_the_middle_of_a_minute() -> UtcMillis {
    let second = |moment: UtcMillis| moment.0.rem_euclid(MINUTE_MS) / 1000;
    while !(3..40).contains(&second(now())) {
        sleep(Duration::from_millis(200));
    }
    now()
}

/// Publishes so many values of the series, QoS 1, each with a moment of its own; returns how many.
fn publish(broker: &Broker, stream: &str, count: u64) -> Outcome<u64> {
    let topic = format!("v1.1/Datastreams({stream})/Observations");
    for number in 0..count {
        let value = json!({ "result": 1.0 + number as f64 / 100.0, "phenomenonTime": iso(now())? });
        broker.client.say(&topic, &value.to_string())?;
        sleep(Duration::from_millis(100));
    }
    Ok(count)
}

/// Waits until the minutes up to `until` are over, compared, and none is known to miss anything.
fn every_minute_was_compared(desk: &HeadlessDesk, from: UtcMillis, until: UtcMillis) -> Outcome {
    let over = Duration::from_millis(u64::try_from(until.0 - now().0).unwrap_or(0));
    sleep(over + COMPARED_AFTER);
    let mut known = Vec::new();
    let compared = || {
        known = desk.known_gaps(UtcMillis(from.0 - 60 * MINUTE_MS), until)?;
        let is_open =
            |state: GapStateDto| matches!(state, GapStateDto::Found | GapStateDto::Filling);
        // What was filled is no gap any more and no longer told.
        Ok((!known.iter().any(|gap| is_open(gap.state))).then_some(()))
    };
    wait_until(
        "every minute is compared and whole",
        COMPARED_WITHIN,
        compared,
    )
    .map_err(|trouble| format!("{trouble}; known gaps: {known:?}"))?;
    let lost: Vec<_> = known
        .iter()
        .filter(|gap| matches!(gap.state, GapStateDto::Lost | GapStateDto::Sampled))
        .collect();
    assert!(lost.is_empty(), "what everybody had is missing: {lost:?}");
    Ok(())
}

/// The token of the desk, and the SHA-256 of it that the hub's file holds.
const TOKEN: &str = "desk-token";
const TOKEN_SHA256: &str = "6122302bcd3f8ce89bcc5c9198be780e54d4d4a74110b2b88ddf5abb6ccb17a8";

#[test]
fn desks_and_hub_speak_tls_with_tokens() {
    run(&["curl"], || {
        let folder = Folder::new("tls")?;
        let own = certificates(&folder, "own")?;
        let other = certificates(&folder, "other")?;
        let tokens = folder.join("tokens.toml");
        let text = format!(
            "[[token]]\nname = \"desk\"\nrole = \"operator\"\nsha256 = \"{TOKEN_SHA256}\"\n"
        );
        fs::write(&tokens, text).map_err(|err| err.to_string())?;
        let (certificate, key) = (own.join("server.pem"), own.join("server.key"));
        let place = HubPlace::new(&demo_city(), &folder.join(""))?.with_options(&[
            "--tls-certificate",
            text_of(&certificate)?,
            "--tls-key",
            text_of(&key)?,
            "--tokens",
            text_of(&tokens)?,
        ]);
        let hub = Hub::start(&place)?;
        assert!(hub.url.starts_with("https://"), "{}", hub.url);
        let authority = own.join("authority.pem");
        let known = Access {
            token: Some(TOKEN.to_owned()),
            authority: Some(authority.clone()),
            ..Access::default()
        };
        let at = |operator: &str, access: Access| DeskPlace {
            access,
            ..DeskPlace::new(&hub.url, operator, &folder.join(""))
        };

        let desk = HeadlessDesk::open_live(&at("Ada", known.clone()))?;
        let present =
            |shown: &DeskUpdate| shown.presence.iter().any(|row| row.is_self).then_some(());
        desk.wait_for("the hub sees the desk", FOLLOW_WITHIN, present)?;
        let answer = read(
            Command::new("curl")
                .args(["--silent", "--show-error", "--fail", "--cacert"])
                .arg(&authority)
                .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
                .args(["--header", "Content-Type: application/json", "--data"])
                .arg(report()?.to_string())
                .arg(format!("{}/api/events", hub.url)),
        )?;
        assert!(answer.contains(EVENT), "{answer}");
        settles(&desk, "reported")?;
        desk.change_event(EVENT, Some("closed"), "")?;
        settles(&desk, "closed")?;

        let nobody = Access {
            token: None,
            ..known.clone()
        };
        let stranger = Access {
            authority: Some(other.join("authority.pem")),
            ..known
        };
        for (operator, access, word) in [("Bo", nobody, "401"), ("Cy", stranger, "authority")] {
            let refused = HeadlessDesk::open(&at(operator, access))?;
            let why = refused.wait_until_offline(NOTICED_WITHIN)?;
            assert!(why.contains(word), "it does not say why: {why}");
            assert!(!why.contains(TOKEN), "the token is shown: {why}");
            refused.close();
        }
        Ok(())
    });
}

/// Makes an authority with certificates; returns their folder.
fn certificates(folder: &Folder, name: &str) -> Outcome<PathBuf> {
    let out = folder.join(name);
    read(cim()?.arg("certificates").arg(&out))?;
    Ok(out)
}

fn text_of(path: &Path) -> Outcome<&str> {
    path.to_str()
        .ok_or_else(|| format!("not UTF-8: {}", path.display()))
}
