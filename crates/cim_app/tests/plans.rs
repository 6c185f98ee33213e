//! Plans, dispatches and pictures from outside: a cache folder, a clock that stands still, and messages instead of a hub.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_app::{
    Desk, DeskSettings, MarkShape,
    wire::{
        BroadcastDraftDto, ChannelDto, ClockDto, DispatchDraftDto, DispatchKindDto,
        DispatchStateDto, DispatchStepDto, MarkDto, MarkShapeDto, Mode, PartyRefDto, PictureActDto,
        PlanActDto, PlanStateDto, ReachKindDto, ResponseDto,
    },
};
use cim_geo::Geodetic;
use cim_model::{
    Event, EventId, EventLevel, EventStatus, SensorKind, Standing, Thing, ThingId, TimeSource,
    UtcMillis,
};
use cim_sync::{
    Exchanged, Update,
    exchange::{OutboundFact, RemoteFact},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::runtime::Handle;

/// A Tuesday in 2023, on a whole minute.
const NOON: i64 = 1_700_000_040_000;
/// Where the leak is.
const HERE: [f64; 2] = [117.2, 34.26];
/// Around it.
const RING: [[f64; 2]; 4] = [
    [117.19, 34.25],
    [117.21, 34.25],
    [117.21, 34.27],
    [117.19, 34.27],
];

/// A clock that stands where it is put.
struct Clock(AtomicI64);

impl Clock {
    fn at(millis: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(millis)))
    }

    fn put(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl TimeSource for Clock {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.load(Ordering::SeqCst))
    }
}

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("plans")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of the last run goes");
    }
    folder
}

async fn open(cache: &Path, time: &Arc<Clock>) -> Desk {
    let time: Arc<dyn TimeSource> = Arc::<Clock>::clone(time);
    let settings = DeskSettings {
        cache: cache.to_owned(),
        hub: None,
        city: None,
        mode: Mode::Desk,
        language: "en".to_owned(),
        operator: "Li Na".to_owned(),
        access: cim_sync::access::Access::default(),
        sources: Vec::new(),
        time,
    };
    Desk::open(settings, Handle::current())
        .await
        .expect("the desk opens")
}

/// A desk of which the hub has told a gas leak, `e1`.
async fn with_leak(cache: &Path, time: &Arc<Clock>) -> Desk {
    let desk = open(cache, time).await;
    let event = Event {
        id: EventId::new("e1"),
        title: "Gas at the crossing".to_owned(),
        description: String::new(),
        category: "gas_leak".to_owned(),
        level: EventLevel::III,
        status: EventStatus::Reported,
        position: Geodetic {
            lon_deg: HERE[0],
            lat_deg: HERE[1],
            height_m: 0.0,
        },
        happened_at: UtcMillis(NOON),
        known_at: UtcMillis(NOON),
        source: "hotline".to_owned(),
        standing: Standing::Actual,
    };
    desk.apply(Update::Events(vec![event])).await;
    desk.refresh().await;
    desk
}

fn start() -> PlanActDto {
    PlanActDto::Start {
        plan: "gas-leak".to_owned(),
    }
}

fn tick(step: &str) -> PlanActDto {
    PlanActDto::Tick {
        step: step.to_owned(),
        note: String::new(),
        evidence: Vec::new(),
    }
}

/// Does it, and returns why it was refused.
async fn refusal(desk: &Desk, act: &PlanActDto) -> Option<String> {
    let acted = desk.act_on_plan("e1", act).await.expect("the present");
    acted.refused.map(|refused| refused.code)
}

fn mark(id: &str, label: &str) -> PictureActDto {
    PictureActDto::Put {
        mark: MarkDto {
            id: id.to_owned(),
            shape: MarkShapeDto::Text { at: HERE },
            label: label.to_owned(),
            colour: "red".to_owned(),
        },
    }
}

#[tokio::test]
async fn a_plan_is_started_ticked_and_found_again_after_a_restart() {
    let (cache, time) = (folder("run"), Clock::at(NOON));
    let desk = with_leak(&cache, &time).await;
    let offers = desk.plans_for("e1").await.expect("the case");
    let gas = offers.first().expect("the plan for gas");
    assert_eq!((gas.plan.id.as_str(), gas.is_running), ("gas-leak", false));
    assert_eq!(gas.proposed, Some(ResponseDto::Three));
    assert_eq!(desk.plan_run("e1").await.expect("the case"), None);
    assert_eq!(
        refusal(&desk, &tick("alert")).await.as_deref(),
        Some("plan.not_running")
    );

    assert_eq!(refusal(&desk, &start()).await, None);
    assert_eq!(refusal(&desk, &tick("alert")).await, None);
    assert_eq!(
        refusal(&desk, &tick("alert")).await.as_deref(),
        Some("plan.marked")
    );
    assert_eq!(
        refusal(&desk, &tick("arrive")).await.as_deref(),
        Some("plan.needs_evidence")
    );
    let respond = PlanActDto::Respond {
        response: ResponseDto::Two,
        reason: "it spreads".to_owned(),
    };
    let acted = desk.act_on_plan("e1", &respond).await.expect("the present");
    let refused = acted.refused.expect("not the duty officer's");
    assert_eq!(refused.roles, ["leader_on_duty"]);
    desk.set_actor("leader_on_duty", None).expect("the role");
    assert_eq!(refusal(&desk, &respond).await, None);
    desk.close().await;

    time.put(NOON + 600_000);
    let desk = with_leak(&cache, &time).await;
    let run = desk.plan_run("e1").await.expect("the case").expect("a run");
    assert_eq!(run.state, PlanStateDto::Running);
    assert_eq!((run.progress.done, run.response), (1, ResponseDto::Two));
    let step = |id: &str| {
        let found = run.steps.iter().find(|step| step.step.id == id);
        found.expect("the step").clone()
    };
    let ticked = step("alert").mark.expect("a tick");
    assert_eq!(ticked.by, "Li Na");
    assert!(step("traffic").is_called && !step("alert").is_overdue);
    assert!(run.hindrances.contains(&"valve".to_owned()));
    let gas = desk.plans_for("e1").await.expect("the case");
    let refused = gas[0].refused.as_ref().map(|refused| refused.code.as_str());
    assert_eq!((gas[0].is_running, refused), (true, Some("plan.running")));
    desk.close().await;
}

#[tokio::test]
async fn needs_name_who_comes_first_and_messages_are_filled_in() {
    let (cache, time) = (folder("needs"), Clock::at(NOON));
    let desk = with_leak(&cache, &time).await;
    assert_eq!(refusal(&desk, &start()).await, None);
    let run = desk.plan_run("e1").await.expect("the case").expect("a run");
    let crew = &run.needs[0];
    assert_eq!((crew.need.what.as_str(), crew.missing), ("gas_crew", 0));
    assert!(crew.offers.len() >= 2);
    let soon = |n: usize| crew.offers[n].arrives_in_s;
    assert!(soon(0) <= soon(1));
    assert_eq!(crew.taken[0].resource, crew.offers[0].id);
    let call = run.messages.iter().find(|message| message.id == "crew");
    let call = call.expect("the call-out");
    assert!(call.text.contains("Li Na"), "{}", call.text);
    assert_eq!(call.missing, ["value", "phone"]);
    let warn = run.warn.expect("who is to be warned");
    assert_eq!((warn.radius_m, warn.ring.len()), (Some(200), 48));
    desk.close().await;
}

#[tokio::test]
async fn whoever_is_sent_answers_and_is_no_more_free() {
    let (cache, time) = (folder("dispatch"), Clock::at(NOON));
    let desk = with_leak(&cache, &time).await;
    let before = desk.dispatches("e1").await.expect("the case");
    assert_eq!(before.refused, None);
    let crew = before
        .choices
        .iter()
        .find(|choice| choice.party.id == "gas/gas-1")
        .expect("a crew");
    assert_eq!(crew.open, 0);
    assert!(
        before
            .choices
            .iter()
            .any(|choice| choice.party.kind == DispatchKindDto::Department)
    );
    let draft = DispatchDraftDto {
        to: crew.party.clone(),
        task: "close the valve".to_owned(),
        answer_within_s: 300,
    };
    let empty = DispatchDraftDto {
        task: " ".to_owned(),
        ..draft.clone()
    };
    let refused = desk.dispatch("e1", &empty).await.expect("the present");
    assert_eq!(
        refused.refused.map(|refused| refused.code).as_deref(),
        Some("dispatch.needs_text")
    );
    let sent = desk.dispatch("e1", &draft).await.expect("the present");
    let sent = sent.dispatch.expect("an assignment");
    assert_eq!(sent.state, DispatchStateDto::Sent);
    assert_eq!(sent.answer_by, NOON + 300_000);
    assert!(!sent.contact.phone.is_empty());

    time.put(NOON + 400_000);
    let late = desk.dispatches("e1").await.expect("the case");
    assert!(late.rows[0].is_unanswered);
    let there = desk
        .dispatch_step(&sent.id, DispatchStepDto::Arrive, "at the valve")
        .await
        .expect("the present");
    let there = there.dispatch.expect("the assignment");
    assert_eq!(there.state, DispatchStateDto::OnScene);
    assert_eq!(there.history[0].note, "at the valve");
    assert_eq!(
        there.may,
        [DispatchStepDto::Finish, DispatchStepDto::Recall]
    );
    let again = desk
        .dispatch_step(&sent.id, DispatchStepDto::Acknowledge, "")
        .await
        .expect("the present");
    assert_eq!(
        again.refused.map(|refused| refused.code).as_deref(),
        Some("dispatch.bad_step")
    );
    let unknown = desk
        .dispatch_step("no such", DispatchStepDto::Finish, "")
        .await;
    assert!(unknown.is_err());
    let choices = desk.dispatches("e1").await.expect("the case").choices;
    let crew = choices.iter().find(|one| one.party.id == "gas/gas-1");
    assert_eq!(crew.expect("a crew").open, 1);
    desk.close().await;
}

#[tokio::test]
async fn a_broadcast_keeps_whom_it_reached() {
    let (cache, time) = (folder("broadcast"), Clock::at(NOON));
    let desk = with_leak(&cache, &time).await;
    let person = |id: &str, lon_deg: f64| Thing {
        id: ThingId::new(id),
        name: id.to_owned(),
        description: String::new(),
        kind: SensorKind::default(),
        position: Geodetic {
            lon_deg,
            lat_deg: HERE[1],
            height_m: 0.0,
        },
        properties: vec![("person".to_owned(), "grid_worker".to_owned())],
    };
    desk.apply(Update::Catalogue {
        things: vec![person("near", HERE[0]), person("far", HERE[0] + 0.5)],
        datastreams: Vec::new(),
        cameras: Vec::new(),
    })
    .await;
    let found = desk.reach(&RING).expect("an area");
    let people = found
        .groups
        .iter()
        .find(|group| group.kind == ReachKindDto::Person)
        .expect("people");
    assert_eq!((people.inside, people.members[0].id.as_str()), (1, "near"));
    assert!(desk.reach(&RING[..2]).is_err());

    assert_eq!(refusal(&desk, &start()).await, None);
    let draft = BroadcastDraftDto {
        area: RING.to_vec(),
        channel: ChannelDto::Broadcast,
        text: "Leave upwind now.".to_owned(),
        message: "evacuate".to_owned(),
    };
    let sent = desk.broadcast("e1", &draft).await.expect("the present");
    let sent = sent.broadcast.expect("a broadcast");
    assert_eq!((sent.area.len(), sent.by.as_str()), (4, "Li Na"));
    assert!(
        sent.reached
            .iter()
            .any(|one| one.kind == ReachKindDto::Person && one.count == 1)
    );
    let run = desk.plan_run("e1").await.expect("the case").expect("a run");
    assert_eq!(run.sent[0].text, "Leave upwind now.");
    let silent = BroadcastDraftDto {
        text: String::new(),
        ..draft.clone()
    };
    let refused = desk.broadcast("e1", &silent).await.expect("the present");
    assert_eq!(
        refused.refused.map(|refused| refused.code).as_deref(),
        Some("broadcast.no_text")
    );
    desk.set_actor("hotline", None).expect("the role");
    let refused = desk.broadcast("e1", &draft).await.expect("the present");
    assert_eq!(
        refused.refused.map(|refused| refused.code).as_deref(),
        Some("dispatch.not_yours")
    );
    desk.close().await;
}

#[tokio::test]
async fn a_picture_is_drawn_taken_back_and_shown_in_the_twin() {
    let (cache, time) = (folder("picture"), Clock::at(NOON));
    let desk = with_leak(&cache, &time).await;
    for (id, label) in [("m1", "cordon"), ("m2", "gather here")] {
        let acted = desk.draw("e1", &mark(id, label)).await.expect("a picture");
        assert_eq!(acted.refused, None);
    }
    let bad = desk.draw("e1", &mark("m3", " ")).await.expect("a picture");
    let code = bad.refused.map(|refused| refused.code);
    assert_eq!(code.as_deref(), Some("picture.no_words"));
    let undone = desk.undo_drawing("e1").await.expect("a picture").picture;
    assert_eq!((undone.marks.len(), undone.may_redo), (1, true));
    let again = desk.redo_drawing("e1").await.expect("a picture").picture;
    assert_eq!((again.marks.len(), again.may_redo), (2, false));

    assert!(desk.marks().marks.is_empty());
    desk.show_picture(Some("e1")).expect("the case");
    let before = desk.marks_revision();
    let shown = desk.marks();
    assert_eq!((shown.marks.len(), shown.revision), (2, before));
    assert_eq!(shown.marks[0].shape, MarkShape::Text(HERE));
    let gone = PictureActDto::Remove {
        mark: "m1".to_owned(),
    };
    desk.draw("e1", &gone).await.expect("a picture");
    assert_ne!(desk.marks_revision(), before);
    assert_eq!(desk.marks().marks.len(), 1);
    let picture = desk.picture("e1").await.expect("a picture");
    assert!(picture.is_shown && !picture.is_past);
    assert!(desk.show_picture(Some("no such")).is_err());
    desk.show_picture(None).expect("nothing");
    assert!(desk.marks().marks.is_empty());
    desk.close().await;
}

#[tokio::test]
async fn what_another_desk_did_counts_here() {
    let (cache, time) = (folder("others"), Clock::at(NOON));
    let desk = with_leak(&cache, &time).await;
    let fact = OutboundFact {
        id: "desk-2~event:e1#plan_started#Wang#1".to_owned(),
        object: "event:e1".to_owned(),
        verb: "plan_started".to_owned(),
        author: "Wang".to_owned(),
        happened_at: UtcMillis(NOON + 500),
        known_at: UtcMillis(NOON + 500),
        cause: "e1".to_owned(),
        body: r#"{"act":"start","plan":"gas-leak"}"#.to_owned(),
        base: None,
    };
    time.put(NOON + 1_000);
    desk.apply(Update::Exchanged(Exchanged {
        facts: vec![RemoteFact {
            seq: 1,
            desk: "desk-2".to_owned(),
            fact,
            conflict_with: Vec::new(),
            holds: true,
        }],
        ..Exchanged::default()
    }))
    .await;
    let run = desk.plan_run("e1").await.expect("the case").expect("a run");
    assert_eq!(
        (run.started_by.as_str(), run.started_at),
        ("Wang", NOON + 500)
    );
    assert_eq!(
        refusal(&desk, &start()).await.as_deref(),
        Some("plan.running")
    );
    assert_eq!(refusal(&desk, &tick("alert")).await, None);
    desk.close().await;
}

#[tokio::test]
async fn the_past_shows_what_was_done_by_then_and_takes_no_act() {
    let (cache, time) = (folder("past"), Clock::at(NOON));
    let desk = with_leak(&cache, &time).await;
    assert_eq!(refusal(&desk, &start()).await, None);
    time.put(NOON + 60_000);
    assert_eq!(refusal(&desk, &tick("alert")).await, None);
    time.put(NOON + 120_000);
    desk.refresh().await;
    for (second, done) in [(30, 0), (90, 1)] {
        desk.set_clock(ClockDto::At {
            time: NOON + second * 1_000,
        })
        .expect("a moment");
        desk.refresh().await;
        let run = desk.plan_run("e1").await.expect("the case").expect("a run");
        assert_eq!((run.progress.done, run.is_past), (done, true));
        assert!(!run.may_stop && run.steps.iter().all(|step| step.refused.is_some()));
    }
    let refused = desk.act_on_plan("e1", &tick("cordon")).await;
    assert!(refused.is_err());
    desk.set_clock(ClockDto::Live).expect("now");
    desk.refresh().await;
    assert_eq!(refusal(&desk, &tick("cordon")).await, None);
    desk.close().await;
}

#[tokio::test]
async fn plans_are_told_without_a_case_and_a_case_that_is_not_there_is_told_too() {
    let (cache, time) = (folder("without"), Clock::at(NOON));
    let desk = open(&cache, &time).await;
    let all = desk.all_plans();
    assert!(all.iter().any(|plan| plan.id == "gas-leak"));
    let about = desk.plans_about("gas_leak", "I").expect("a level");
    assert_eq!(about[0].proposed, Some(ResponseDto::One));
    assert!(desk.plans_about("gas_leak", "V").is_err());
    assert!(desk.plan_run("no such").await.is_err());
    let to = PartyRefDto {
        kind: DispatchKindDto::Team,
        id: "gas/gas-1".to_owned(),
        name: "Gas crew 1".to_owned(),
    };
    let draft = DispatchDraftDto {
        to,
        task: "go".to_owned(),
        answer_within_s: 60,
    };
    assert!(desk.dispatch("no such", &draft).await.is_err());
    desk.close().await;
}
