//! From alerts to events and back.
//!
//! An alert's status becomes its event's standing and comes back unchanged: an exercise stays an exercise on every way.

use super::{
    Alert, AlertSeverity, Area, Category, Certainty, Circle, Info, MessageType, Pair, Reference,
    ResponseType, Scope, Urgency, moment,
};
use cim_geo::Geodetic;
use cim_model::{Event, EventId, EventLevel, EventStatus, UtcMillis};

/// China's warning colours (突发事件应对法): in Chinese, in English, and the level of each.
const COLOURS: [(&str, &str, EventLevel); 4] = [
    ("红色", "red", EventLevel::I),
    ("橙色", "orange", EventLevel::II),
    ("黄色", "yellow", EventLevel::III),
    ("蓝色", "blue", EventLevel::IV),
];
/// Under this name the level of an event travels in our own alerts.
const LEVEL_NAME: &str = "urn:citymirror:event-level";
/// Under this name the category word of an event travels in our own alerts.
const CATEGORY_NAME: &str = "urn:citymirror:event-category";

/// The event of `alert`, known since `received`: one for a message that tells something, none for acknowledgements and errors.
///
/// An alert that names its place only in words or codes gets the position 0, 0; see [`events_at`] and [`Alert::position`].
/// A cancelled or expired alert gives a closed event. The events that it replaces are named by [`supersedes`].
pub fn events_of(alert: &Alert, received: UtcMillis) -> Vec<Event> {
    events_at(alert, received, Geodetic::default())
}

/// Like [`events_of`]; an alert that names no place on the map is put at `elsewhere`, for instance the city's middle.
pub fn events_at(alert: &Alert, received: UtcMillis, elsewhere: Geodetic) -> Vec<Event> {
    if matches!(alert.msg_type, MessageType::Ack | MessageType::Error) {
        return Vec::new();
    }
    let info = told_info(&alert.infos);
    let expires = alert.infos.iter().filter_map(|info| info.expires).max();
    let is_over = alert.msg_type == MessageType::Cancel || expires.is_some_and(|at| at <= received);
    let told = |text: fn(&Info) -> &str| info.map(text).unwrap_or_default();
    let title = [
        told(|info| info.headline.as_str()),
        told(|info| info.event.as_str()),
        alert.note.as_str(),
    ]
    .into_iter()
    .find(|text| !text.is_empty())
    .unwrap_or(&alert.identifier);
    let happened_at = info
        .and_then(|info| info.onset.or(info.effective))
        .unwrap_or(alert.sent);
    vec![Event {
        id: event_id(&alert.sender, &alert.identifier),
        title: title.to_owned(),
        description: description_of(info),
        category: category_of(info),
        level: level_of(&alert.infos),
        status: if is_over {
            EventStatus::Closed
        } else {
            EventStatus::Reported
        },
        position: alert.position().unwrap_or(elsewhere),
        happened_at,
        known_at: received,
        source: match told(|info| info.sender_name.as_str()) {
            "" => alert.sender.clone(),
            name => name.to_owned(),
        },
        standing: alert.status,
    }]
}

/// The events that `alert` replaces or cancels: they are over as soon as it is there.
pub fn supersedes(alert: &Alert) -> Vec<EventId> {
    if !matches!(alert.msg_type, MessageType::Update | MessageType::Cancel) {
        return Vec::new();
    }
    alert
        .references
        .iter()
        .map(|one| event_id(&one.sender, &one.identifier))
        .collect()
}

/// The identity of the event that the alert `identifier` of `sender` tells.
pub fn event_id(sender: &str, identifier: &str) -> EventId {
    EventId::new(format!("cap:{sender},{identifier}"))
}

/// `event` as an alert of `sender`; its standing becomes the status.
///
/// The same event has the same identifier and moment of sending as long as it is open, so that nobody who asks twice gets
/// it twice. A closed event becomes a cancellation, sent `now`, which refers to the alert of the open one.
pub fn alert_of(event: &Event, sender: &str, now: UtcMillis) -> Alert {
    let identifier = clean_name(event.id.as_str());
    let sender = clean_name(sender);
    let opened = moment::whole_seconds(event.happened_at);
    let is_over = event.status == EventStatus::Closed;
    let references = if is_over {
        vec![Reference {
            sender: sender.clone(),
            identifier: identifier.clone(),
            sent: opened,
        }]
    } else {
        Vec::new()
    };
    Alert {
        identifier: if is_over {
            format!("{identifier}.closed")
        } else {
            identifier
        },
        sender,
        sent: if is_over {
            moment::whole_seconds(now)
        } else {
            opened
        },
        status: event.standing,
        msg_type: if is_over {
            MessageType::Cancel
        } else {
            MessageType::Alert
        },
        source: event.source.trim().to_owned(),
        scope: Scope::Public,
        restriction: String::new(),
        addresses: Vec::new(),
        codes: Vec::new(),
        note: String::new(),
        references,
        incidents: Vec::new(),
        infos: vec![info_of(event, is_over)],
    }
}

fn info_of(event: &Event, is_over: bool) -> Info {
    let title = match event.title.trim() {
        "" => "-",
        title => title,
    };
    let position = event.position;
    Info {
        language: "zh-CN".to_owned(),
        categories: vec![cap_category(&event.category)],
        event: title.to_owned(),
        response_types: if is_over {
            vec![ResponseType::AllClear]
        } else {
            Vec::new()
        },
        urgency: match (is_over, event.level) {
            (true, _) => Urgency::Past,
            (false, EventLevel::I | EventLevel::II) => Urgency::Immediate,
            (false, _) => Urgency::Expected,
        },
        severity: match event.level {
            EventLevel::I => AlertSeverity::Extreme,
            EventLevel::II => AlertSeverity::Severe,
            EventLevel::III => AlertSeverity::Moderate,
            EventLevel::IV => AlertSeverity::Minor,
        },
        certainty: Certainty::Observed,
        audience: String::new(),
        event_codes: Vec::new(),
        effective: None,
        onset: Some(moment::whole_seconds(event.happened_at)),
        expires: None,
        sender_name: String::new(),
        headline: title.to_owned(),
        description: event.description.trim().to_owned(),
        instruction: String::new(),
        web: String::new(),
        contact: String::new(),
        parameters: vec![
            Pair {
                name: LEVEL_NAME.to_owned(),
                value: event.level.as_str().to_owned(),
            },
            Pair {
                name: CATEGORY_NAME.to_owned(),
                value: event.category.trim().to_owned(),
            },
        ],
        resources: Vec::new(),
        areas: vec![Area {
            desc: format!("{:.5}, {:.5}", position.lat_deg, position.lon_deg),
            circles: vec![Circle {
                center: Geodetic::new(position.lon_deg, position.lat_deg, 0.0),
                radius_km: 0.0,
            }],
            ..Area::default()
        }],
    }
}

/// The info that people here read: the first in Chinese, else the first.
fn told_info(infos: &[Info]) -> Option<&Info> {
    let is_chinese = |info: &&Info| info.language.to_ascii_lowercase().starts_with("zh");
    infos.iter().find(is_chinese).or_else(|| infos.first())
}

fn description_of(info: Option<&Info>) -> String {
    let Some(info) = info else {
        return String::new();
    };
    let parts = [info.description.as_str(), info.instruction.as_str()];
    let told: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    told.join("\n")
}

/// Our own category word when the alert carries one, else CAP's category in small letters.
fn category_of(info: Option<&Info>) -> String {
    let Some(info) = info else {
        return String::new();
    };
    let own = info.parameters.iter().find(|one| one.name == CATEGORY_NAME);
    match (own, info.categories.first()) {
        (Some(own), _) => own.value.clone(),
        (None, Some(category)) => category.as_str().to_ascii_lowercase(),
        (None, None) => String::new(),
    }
}

/// The gravest that any info says: its own level, else China's colour, else CAP's severity.
fn level_of(infos: &[Info]) -> EventLevel {
    let level_of_info = |info: &Info| {
        own_level(info)
            .or_else(|| colour_level(info))
            .unwrap_or(match info.severity {
                AlertSeverity::Extreme => EventLevel::I,
                AlertSeverity::Severe => EventLevel::II,
                AlertSeverity::Moderate => EventLevel::III,
                AlertSeverity::Minor | AlertSeverity::Unknown => EventLevel::IV,
            })
    };
    infos.iter().map(level_of_info).max().unwrap_or_default()
}

fn own_level(info: &Info) -> Option<EventLevel> {
    let own = info.parameters.iter().find(|one| one.name == LEVEL_NAME)?;
    EventLevel::from_numeral(&own.value)
}

/// The colour in a parameter, in an event code, or in the headline. English words count only where the name says that a
/// colour or a level follows: "Red Cross" is no warning.
fn colour_level(info: &Info) -> Option<EventLevel> {
    let pairs = info.parameters.iter().chain(&info.event_codes);
    for pair in pairs {
        let name = pair.name.to_lowercase();
        let value = pair.value.to_lowercase();
        let says_colour = ["colour", "color", "颜色", "awareness_level", "warninglevel"]
            .iter()
            .any(|word| name.contains(word));
        for (chinese, english, level) in COLOURS {
            let has_word = says_colour
                && value
                    .split(|c: char| !c.is_alphanumeric())
                    .any(|word| word == english);
            if value.contains(chinese) || has_word {
                return Some(level);
            }
        }
    }
    COLOURS
        .into_iter()
        .find(|(chinese, ..)| info.headline.contains(chinese))
        .map(|(.., level)| level)
}

/// The CAP category that a category word of ours falls under.
fn cap_category(word: &str) -> Category {
    const WORDS: [(&str, Category); 16] = [
        ("fire", Category::Fire),
        ("rescue", Category::Rescue),
        ("weather", Category::Met),
        ("flood", Category::Met),
        ("rain", Category::Met),
        ("quake", Category::Geo),
        ("landslide", Category::Geo),
        ("traffic", Category::Transport),
        ("road", Category::Transport),
        ("health", Category::Health),
        ("pollution", Category::Env),
        ("noise", Category::Env),
        ("police", Category::Security),
        ("gas", Category::Infra),
        ("water", Category::Infra),
        ("power", Category::Infra),
    ];
    let word = word.trim().to_ascii_lowercase();
    let named = Category::ALL
        .iter()
        .copied()
        .find(|category| category.as_str().eq_ignore_ascii_case(&word));
    let falls_under = || WORDS.into_iter().find(|(part, _)| word.contains(part));
    named
        .or_else(|| falls_under().map(|(_, category)| category))
        .unwrap_or(Category::Other)
}

/// `text` as an identity of CAP: what may not stand in one becomes `_`.
fn clean_name(text: &str) -> String {
    let cleaned: String = text
        .trim()
        .chars()
        .map(|c| {
            if c.is_whitespace() || c.is_control() || matches!(c, ',' | '<' | '&') {
                '_'
            } else {
                c
            }
        })
        .collect();
    if cleaned.is_empty() {
        "_".to_owned()
    } else {
        cleaned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cap::{read_alert, write_alert};
    use cim_model::Standing;

    const NOW: UtcMillis = UtcMillis(1_795_332_600_000);

    fn event(standing: Standing, status: EventStatus) -> Event {
        Event {
            id: EventId::new("e 1"),
            title: "路面塌陷".to_owned(),
            description: "两车道".to_owned(),
            category: "road_damage".to_owned(),
            level: EventLevel::II,
            status,
            position: Geodetic::new(121.5, 31.2, 0.0),
            happened_at: UtcMillis(1_795_332_000_000),
            known_at: NOW,
            source: "hotline".to_owned(),
            standing,
        }
    }

    fn there_and_back(event: &Event) -> (Alert, Event) {
        let text = write_alert(&alert_of(event, "hub 1", NOW));
        let alert = read_alert(text.as_bytes()).expect("valid CAP");
        let events = events_of(&alert, NOW);
        assert_eq!(events.len(), 1);
        (alert, events.into_iter().next().expect("one"))
    }

    #[test]
    fn what_is_not_real_stays_so_there_and_back() {
        for standing in Standing::ALL {
            let told = event(standing, EventStatus::Handling);
            let (alert, back) = there_and_back(&told);
            assert_eq!((alert.status, back.standing), (standing, standing));
            assert_eq!(
                (back.title, back.category, back.level, back.happened_at),
                (told.title, told.category, told.level, told.happened_at)
            );
            assert_eq!(back.position, told.position);
            assert_eq!(back.id, event_id("hub_1", "e_1"));
        }
    }

    #[test]
    fn a_closed_event_cancels_the_alert_of_the_open_one() {
        let (opened, _) = there_and_back(&event(Standing::Actual, EventStatus::Reported));
        let (closed, back) = there_and_back(&event(Standing::Actual, EventStatus::Closed));
        assert_eq!(back.status, EventStatus::Closed);
        assert_eq!(
            supersedes(&closed),
            [event_id(&opened.sender, &opened.identifier)]
        );
        assert_eq!(closed.references[0].sent, opened.sent);
        assert_ne!(closed.identifier, opened.identifier);
    }

    #[track_caller]
    fn check_level(change: impl Fn(&mut Info), level: EventLevel) {
        let mut alert = alert_of(&event(Standing::Actual, EventStatus::Reported), "s", NOW);
        alert.infos[0].parameters.clear();
        change(&mut alert.infos[0]);
        assert_eq!(events_of(&alert, NOW)[0].level, level);
    }

    #[test]
    fn the_colour_counts_before_the_severity() {
        let pair = |name: &str, value: &str| Pair {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        check_level(|_| {}, EventLevel::II);
        check_level(
            |info| info.severity = AlertSeverity::Unknown,
            EventLevel::IV,
        );
        check_level(
            |info| info.headline = "暴雨红色预警".to_owned(),
            EventLevel::I,
        );
        check_level(
            |info| info.parameters = vec![pair("预警颜色", "蓝色")],
            EventLevel::IV,
        );
        check_level(
            |info| info.parameters = vec![pair("awareness_level", "3; orange; Severe")],
            EventLevel::II,
        );
        check_level(
            |info| info.event_codes = vec![pair("Color", "YELLOW")],
            EventLevel::III,
        );
        check_level(
            |info| info.parameters = vec![pair("sponsor", "Red Cross")],
            EventLevel::II,
        );
    }

    #[test]
    fn expired_alerts_are_closed_and_receipts_are_no_events() {
        let mut alert = alert_of(&event(Standing::Actual, EventStatus::Reported), "s", NOW);
        alert.infos[0].expires = Some(NOW);
        assert_eq!(events_of(&alert, NOW)[0].status, EventStatus::Closed);
        assert_eq!(
            events_of(&alert, UtcMillis(NOW.0 - 1))[0].status,
            EventStatus::Reported
        );
        alert.msg_type = MessageType::Ack;
        assert_eq!(events_of(&alert, NOW), []);
        assert_eq!(supersedes(&alert), []);
    }

    #[test]
    fn an_alert_without_a_place_is_put_where_the_caller_says() {
        let mut alert = alert_of(&event(Standing::Actual, EventStatus::Reported), "s", NOW);
        alert.infos[0].areas.clear();
        assert_eq!(alert.position(), None);
        let elsewhere = Geodetic::new(121.0, 31.0, 0.0);
        assert_eq!(events_at(&alert, NOW, elsewhere)[0].position, elsewhere);
    }
}
