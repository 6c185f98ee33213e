//! Where events come from: alarms, officers, CAP, the hotline, grid workers, other systems. What comes in becomes a case,
//! or one more report of a case that is there, or nothing when it was told before.

use crate::{
    case::{Act, Body, Case, Link, LinkKind, Place, Report, Step},
    dedup::{Fingerprint, Likeness, Sieve},
    relation::Cases,
    rights::Actor,
    words::words,
};
use cim_geo::Geodetic;
use cim_model::{Alarm, Event, EventId, EventLevel, Severity, Standing, UtcMillis};
use serde::{Deserialize, Serialize};

/// The longest title made of an alarm's or a feed's texts, characters.
const MOST_TITLE: usize = 200;

words! {
    /// What kind of source a report comes from.
    SourceKind {
        /// An alarm of a device.
        Alarm = "alarm",
        /// An officer at a desk.
        Officer = "officer",
        /// A public warning.
        Cap = "cap",
        /// The hotline 12345.
        Hotline = "hotline",
        /// A grid worker 网格员.
        GridWorker = "grid_worker",
        /// Any other system.
        Other = "other",
    }
}

impl SourceKind {
    /// The kind of the source that events call `word`.
    pub fn of_source(word: &str) -> Self {
        match word {
            "sensor" | "device" => Self::Alarm,
            "12345" => Self::Hotline,
            word => Self::from_word(word).unwrap_or(Self::Other),
        }
    }

    /// True when a machine tells, over and over: what is told again is not news.
    pub fn is_machine(self) -> bool {
        matches!(self, Self::Alarm | Self::Cap | Self::Other)
    }
}

/// Something that came in and is no case yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// What is told. Its `external_id` is its number at its source.
    pub report: Report,
    /// The case that it becomes, unless it joins another: the same on every desk. What a hub calls an event keeps its name.
    pub case: EventId,
}

impl Incoming {
    /// What an officer, the hotline or a grid worker tells. `number` is unique at its source.
    pub fn told(
        source: SourceKind,
        number: impl Into<String>,
        title: &str,
        happened_at: UtcMillis,
    ) -> Self {
        let external_id = number.into();
        let id = report_id(source.as_str(), &external_id);
        Self {
            case: EventId::new(&id),
            report: Report {
                id,
                source: source.as_str().to_owned(),
                external_id,
                title: line_of(title),
                text: String::new(),
                reporter: String::new(),
                category: String::new(),
                level: EventLevel::IV,
                place: None,
                happened_at,
                standing: Standing::Actual,
                links: Vec::new(),
            },
        }
    }

    /// An alarm of the device called `device` at `place`, of which an officer makes an event of `category`.
    pub fn of_alarm(
        alarm: &Alarm,
        device: &str,
        category: &str,
        place: Option<Geodetic>,
        standing: Standing,
    ) -> Self {
        let mut incoming = Self::told(SourceKind::Alarm, alarm.id.as_str(), device, alarm.since);
        let report = &mut incoming.report;
        category.clone_into(&mut report.category);
        report.level = level_of(alarm.severity);
        report.place = place.map(Place::from);
        report.standing = standing;
        report.links = vec![
            Link::new(LinkKind::Alarm, alarm.id.as_str()),
            Link::new(LinkKind::Thing, alarm.thing.as_str()),
        ];
        incoming
    }

    /// An event as a hub or a CAP feed tells it.
    pub fn of_event(event: &Event) -> Self {
        let id = event.id.as_str();
        let at = Place::from(event.position);
        Self {
            case: event.id.clone(),
            report: Report {
                id: report_id(&event.source, id),
                source: if event.source.is_empty() {
                    SourceKind::Other.as_str().to_owned()
                } else {
                    event.source.clone()
                },
                external_id: id.to_owned(),
                title: line_of(&event.title),
                text: event.description.clone(),
                reporter: String::new(),
                category: event.category.clone(),
                level: event.level,
                place: at.is_usable().then_some(at),
                happened_at: event.happened_at,
                standing: event.standing,
                links: Vec::new(),
            },
        }
    }

    /// What it is compared by.
    pub fn fingerprint(&self) -> Fingerprint {
        let report = &self.report;
        let text = format!("{} {}", report.title, report.text);
        Fingerprint::new(
            report.place,
            report.happened_at,
            report.category.as_str(),
            &text,
        )
    }
}

/// What becomes of something that came in.
#[derive(Clone, Debug, PartialEq)]
pub enum Intake {
    /// A case of its own.
    Fresh {
        /// The case.
        case: EventId,
        /// Its first report.
        step: Step,
        /// Cases that it may be the same as, though not surely, the likeliest first: for a person to decide.
        perhaps: Vec<(EventId, Likeness)>,
    },
    /// One more report of a case that is there.
    Joins {
        /// The case.
        case: EventId,
        /// The report.
        step: Step,
        /// How alike they are; `None` when both tell of the same alarm.
        likeness: Option<Likeness>,
    },
    /// The same report was there.
    Repeated {
        /// The case that has it.
        case: EventId,
    },
}

/// What becomes of `incoming`, taken in by `actor` at `at`. `sieve` holds the reports of open cases. An exercise never
/// joins what is real, and the other way round.
pub fn intake(
    incoming: &Incoming,
    cases: &Cases,
    sieve: &Sieve,
    actor: &Actor,
    at: UtcMillis,
) -> Intake {
    let report = &incoming.report;
    let mut known = cases.of_source(&report.source, &report.external_id);
    if let Some(case) = known.next() {
        return Intake::Repeated { case: case.clone() };
    }
    if let Some(case) = with_the_same_alarm(report, cases) {
        let step = step_of(&case, Act::Join(report.clone()), actor, at);
        return Intake::Joins {
            case,
            step,
            likeness: None,
        };
    }
    let mut alike = sieve.matches(&incoming.fingerprint());
    alike.retain(|(id, _)| {
        let state = cases.get(cases.handled_in(id)).map(Case::state);
        state.is_some_and(|state| state.stage.is_open() && state.standing == report.standing)
    });
    let sure = alike
        .first()
        .filter(|(_, likeness)| likeness.score >= sieve.settings().threshold);
    if let Some((id, likeness)) = sure {
        let case = cases.handled_in(id).clone();
        let step = step_of(&case, Act::Join(report.clone()), actor, at);
        return Intake::Joins {
            case,
            step,
            likeness: Some(*likeness),
        };
    }
    let case = incoming.case.clone();
    let step = step_of(&case, Act::Report(report.clone()), actor, at);
    Intake::Fresh {
        case,
        step,
        perhaps: alike,
    }
}

/// The open case that is tied to an alarm of this report.
fn with_the_same_alarm(report: &Report, cases: &Cases) -> Option<EventId> {
    let alarms = report.links.iter().filter(|l| l.kind == LinkKind::Alarm);
    let mut tied = alarms.flat_map(|link| cases.with_link(link));
    tied.find(|id| {
        let case = cases.get(cases.handled_in(id));
        case.is_some_and(|case| case.state().stage.is_open())
    })
    .map(|id| cases.handled_in(id).clone())
}

fn step_of(case: &EventId, act: Act, actor: &Actor, at: UtcMillis) -> Step {
    let report = match &act {
        Act::Report(report) | Act::Join(report) => report.id.as_str(),
        _ => "",
    };
    Step {
        // The same report of the same case is the same fact, whichever desk hears of it first.
        id: format!("{case}#{}#{report}", act.movement().verb()),
        at,
        known_at: at,
        author: actor.name.clone(),
        body: Body {
            role: actor.role.clone(),
            party: actor.party.clone(),
            act,
        },
    }
}

fn report_id(source: &str, number: &str) -> String {
    format!("{source}:{number}")
}

/// A text as a line: never empty, never too long.
fn line_of(text: &str) -> String {
    let line: String = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(MOST_TITLE)
        .collect();
    if line.is_empty() {
        "?".to_owned()
    } else {
        line
    }
}

/// The level that an alarm's event begins with; an officer says what it really is. The two scales are different things.
fn level_of(severity: Severity) -> EventLevel {
    match severity {
        Severity::Critical => EventLevel::II,
        Severity::High => EventLevel::III,
        _ => EventLevel::IV,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{case::Applied, dedup::SieveSettings};
    use cim_model::{AlarmId, DatastreamId, EventStatus, ThingId};

    fn officer() -> Actor {
        Actor {
            name: "Li".to_owned(),
            role: "duty_officer".to_owned(),
            party: None,
        }
    }

    fn told(number: &str, title: &str) -> Incoming {
        let mut incoming = Incoming::told(SourceKind::Hotline, number, title, UtcMillis(0));
        incoming.report.category = "missing_cover".to_owned();
        incoming.report.place = Some(Place {
            lon_deg: 121.5,
            lat_deg: 31.2,
        });
        incoming
    }

    fn alarm() -> Alarm {
        Alarm {
            id: AlarmId::new("d0@5000"),
            datastream: DatastreamId::new("d0"),
            thing: ThingId::new("t0"),
            severity: Severity::Critical,
            limit: 50.0,
            value: 60.0,
            since: UtcMillis(5_000),
            cleared_at: None,
            acknowledged: None,
        }
    }

    /// A city with its sieve.
    struct City {
        cases: Cases,
        sieve: Sieve,
    }

    impl City {
        fn new() -> Self {
            Self {
                cases: Cases::default(),
                sieve: Sieve::new(SieveSettings::default()),
            }
        }

        /// Takes it in and says what became of it.
        fn take(&mut self, incoming: &Incoming) -> String {
            let at = UtcMillis(60_000);
            let made = intake(incoming, &self.cases, &self.sieve, &officer(), at);
            let (case, step, word) = match made {
                Intake::Fresh { case, step, .. } => (case, step, "fresh"),
                Intake::Joins { case, step, .. } => (case, step, "joins"),
                Intake::Repeated { case } => return format!("repeated {case}"),
            };
            assert_eq!(self.cases.apply(&case, step), Ok(Applied::Changed));
            self.sieve.insert(case.clone(), incoming.fingerprint());
            format!("{word} {case}")
        }
    }

    #[test]
    fn one_cause_that_many_tell_of_is_one_case() {
        let mut city = City::new();
        assert_eq!(city.take(&told("A1", "云湖路井盖缺失")), "fresh hotline:A1");
        assert_eq!(
            city.take(&told("A2", "云湖路上井盖缺失了")),
            "joins hotline:A1"
        );
        assert_eq!(
            city.take(&told("A1", "云湖路井盖缺失")),
            "repeated hotline:A1"
        );
        assert_eq!(
            city.take(&told("A2", "云湖路上井盖缺失了")),
            "repeated hotline:A1"
        );
        let mut other = told("A3", "夜市占道烧烤");
        other.report.category = "street_vending".to_owned();
        assert_eq!(city.take(&other), "fresh hotline:A3");
    }

    #[test]
    fn an_exercise_never_joins_what_is_real() {
        let mut city = City::new();
        assert_eq!(city.take(&told("A1", "云湖路井盖缺失")), "fresh hotline:A1");
        let mut drill = told("A2", "云湖路井盖缺失");
        drill.report.standing = Standing::Exercise;
        assert_eq!(city.take(&drill), "fresh hotline:A2");
    }

    #[test]
    fn an_alarm_makes_one_case_however_often_it_is_told() {
        let mut city = City::new();
        let at = Geodetic::new(121.6, 31.3, 0.0);
        let first =
            Incoming::of_alarm(&alarm(), "燃气井 1", "gas_leak", Some(at), Standing::Actual);
        assert_eq!(city.take(&first), "fresh alarm:d0@5000");
        assert_eq!(city.take(&first), "repeated alarm:d0@5000");
        let mut seen = told("B1", "闻到异味");
        seen.report.place = None;
        seen.report.links = vec![Link::new(LinkKind::Alarm, "d0@5000")];
        assert_eq!(city.take(&seen), "joins alarm:d0@5000");
        let case = city.cases.get(&first.case).unwrap();
        assert_eq!(case.state().level, EventLevel::II);
        assert_eq!(case.state().reports.len(), 2);
    }

    #[test]
    fn a_case_that_lies_near_and_not_surely_the_same_is_offered() {
        let mut city = City::new();
        city.take(&told("A1", "云湖路井盖缺失"));
        let mut other = told("A2", "积水");
        other.report.category = "road_flooding".to_owned();
        let made = intake(
            &other,
            &city.cases,
            &city.sieve,
            &officer(),
            UtcMillis(60_000),
        );
        let Intake::Fresh { perhaps, .. } = made else {
            panic!("{made:?}");
        };
        assert_eq!(perhaps.len(), 1);
    }

    #[test]
    fn an_event_of_a_hub_keeps_its_name() {
        let event = Event {
            id: EventId::new("sim-7"),
            title: "道路\n积水".to_owned(),
            description: "低洼处".to_owned(),
            category: "road_flooding".to_owned(),
            level: EventLevel::I,
            status: EventStatus::Reported,
            position: Geodetic::new(121.5, 31.2, 0.0),
            happened_at: UtcMillis(1),
            known_at: UtcMillis(2),
            source: "sensor".to_owned(),
            standing: Standing::Test,
        };
        let incoming = Incoming::of_event(&event);
        assert_eq!(incoming.case, event.id);
        assert_eq!(incoming.report.title, "道路 积水");
        assert_eq!(incoming.report.standing, Standing::Test);
        let mut city = City::new();
        city.take(&incoming);
        let shown = city.cases.get(&event.id).and_then(Case::event);
        assert_eq!(shown.map(|shown| shown.level), Some(EventLevel::I));
    }

    #[test]
    fn sources_are_known_by_their_words() {
        let check = |word: &str, kind: SourceKind, is_machine: bool| {
            assert_eq!(SourceKind::of_source(word), kind);
            assert_eq!(kind.is_machine(), is_machine);
        };
        check("sensor", SourceKind::Alarm, true);
        check("12345", SourceKind::Hotline, false);
        check("grid_worker", SourceKind::GridWorker, false);
        check("officer", SourceKind::Officer, false);
        check("cap", SourceKind::Cap, true);
        check("police", SourceKind::Other, true);
    }

    #[test]
    fn a_title_is_one_line_and_never_empty() {
        assert_eq!(line_of(" \n "), "?");
        assert_eq!(line_of(&"长".repeat(900)).chars().count(), MOST_TITLE);
    }
}
