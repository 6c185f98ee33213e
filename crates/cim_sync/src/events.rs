//! Events as the hub tells them: a list over HTTP, one or several per MQTT message.

use crate::{Rejection, iso, json};
use cim_geo::Geodetic;
use cim_model::{Event, EventId, EventLevel, EventStatus, Standing};
use serde_json::Value;

/// Some events, and what could not be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventsPage {
    /// What could be used.
    pub events: Vec<Event>,
    /// What could not.
    pub rejected: Vec<Rejection>,
    /// What to ask for next: everything known to the hub after this moment, UTC milliseconds.
    pub cursor: Option<i64>,
}

/// Reads `{"items":[…],"cursor":millis}`, a bare list, or a single event.
pub fn events_page(bytes: &[u8]) -> Result<EventsPage, Rejection> {
    let value = json::parse(bytes)?;
    let mut page = EventsPage {
        cursor: value.get("cursor").and_then(Value::as_i64),
        ..EventsPage::default()
    };
    for (index, item) in items_of(&value).iter().enumerate() {
        match event_of(item, &format!("$.items[{index}]")) {
            Ok(event) => page.events.push(event),
            Err(rejection) => page.rejected.push(rejection),
        }
    }
    Ok(page)
}

/// The list inside `value`, or `value` itself as a list of one.
pub(crate) fn items_of(value: &Value) -> &[Value] {
    match value.get("items").unwrap_or(value) {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

fn event_of(value: &Value, place: &str) -> Result<Event, Rejection> {
    let reject = |field: &str, reason: &str| Rejection::new(format!("{place}.{field}"), reason);
    let id = json::identity(value, "id").ok_or_else(|| reject("id", "an identity is expected"))?;
    let lon_deg =
        json::number(value, "lon").ok_or_else(|| reject("lon", "degrees are expected"))?;
    let lat_deg =
        json::number(value, "lat").ok_or_else(|| reject("lat", "degrees are expected"))?;
    if !json::on_earth(lon_deg, lat_deg) {
        return Err(reject("lon", "not on the earth"));
    }
    let level = json::text(value, "level");
    let status = json::text(value, "status");
    let happened_at = iso::moment_in(value, "happened_at", place)?;
    Ok(Event {
        id: EventId::new(id),
        title: json::required_text(value, "title", place)?.to_owned(),
        description: json::text(value, "description").to_owned(),
        category: json::text(value, "category").to_owned(),
        level: EventLevel::from_numeral(level)
            .ok_or_else(|| reject("level", "I, II, III or IV is expected"))?,
        status: EventStatus::from_word(status)
            .ok_or_else(|| reject("status", "reported, handling or closed is expected"))?,
        position: Geodetic {
            lon_deg,
            lat_deg,
            height_m: json::number(value, "height_m").unwrap_or(0.0),
        },
        happened_at,
        known_at: iso::moment_in(value, "known_at", place).unwrap_or(happened_at),
        source: json::text(value, "source").to_owned(),
        standing: match json::text(value, "standing") {
            "" => Standing::Actual,
            word => Standing::from_word(word).ok_or_else(|| {
                reject(
                    "standing",
                    "actual, exercise, system, test or draft is expected",
                )
            })?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::UtcMillis;

    const GOOD: &str = r#"{"id":"e1","title":"路面塌陷","description":"","category":"road_damage","level":"II","status":"handling",
        "lon":121.5,"lat":31.2,"happened_at":"1970-01-01T00:00:01Z","known_at":"1970-01-01T00:00:02Z","source":"hotline"}"#;

    #[test]
    fn an_event_comes_alone_in_a_list_or_in_a_page() {
        for text in [
            GOOD.to_owned(),
            format!("[{GOOD}]"),
            format!(r#"{{"items":[{GOOD}],"cursor":7}}"#),
        ] {
            let page = events_page(text.as_bytes()).expect("readable");
            assert_eq!(page.rejected, []);
            assert_eq!(page.events[0].level, EventLevel::II);
            assert_eq!(page.events[0].known_at, UtcMillis(2000));
            assert_eq!(page.cursor, text.contains("cursor").then_some(7));
        }
    }

    #[track_caller]
    fn check_rejected(from: &str, to: &str, place: &str) {
        let text = format!(r#"{{"items":[{GOOD},{}]}}"#, GOOD.replace(from, to));
        let page = events_page(text.as_bytes()).expect("readable");
        assert_eq!(page.events.len(), 1, "the good one stays");
        assert_eq!(
            page.rejected
                .iter()
                .map(|r| r.place.as_str())
                .collect::<Vec<_>>(),
            [place]
        );
    }

    #[test]
    fn a_broken_event_is_rejected_with_its_place_and_the_others_stay() {
        check_rejected(r#""id":"e1""#, r#""id":null"#, "$.items[1].id");
        check_rejected("路面塌陷", "", "$.items[1].title");
        check_rejected(r#""level":"II""#, r#""level":"V""#, "$.items[1].level");
        check_rejected(
            r#""status":"handling""#,
            r#""status":"lost""#,
            "$.items[1].status",
        );
        check_rejected(r#""lon":121.5"#, r#""lon":"east""#, "$.items[1].lon");
        check_rejected(r#""lat":31.2"#, r#""lat":131.2"#, "$.items[1].lon");
        check_rejected(
            "1970-01-01T00:00:01Z",
            "yesterday",
            "$.items[1].happened_at",
        );
    }

    #[test]
    fn what_is_no_json_says_where_it_breaks() {
        let rejection = events_page(b"{\"items\": [\n  oops").expect_err("no JSON");
        assert_eq!(rejection.place, "line 2, column 3");
    }
}
