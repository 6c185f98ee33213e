//! Events of the hub as events of the model and back, for alerts (CAP 1.2).

use crate::iso::iso_from_millis;
use cim_model::Event;
use serde_json::{Value, json};

/// The event that a stored body describes; `None` when it lacks what an alert needs.
pub(super) fn event_of(body: &Value) -> Option<Event> {
    let page = cim_sync::events::events_page(body.to_string().as_bytes()).ok()?;
    page.events.into_iter().next()
}

/// The body under which the hub keeps an event.
pub(super) fn body_of(event: &Event) -> Value {
    json!({
        "id": event.id.as_str(),
        "title": event.title,
        "description": event.description,
        "category": event.category,
        "level": event.level.as_str(),
        "status": event.status.as_str(),
        "lon": event.position.lon_deg,
        "lat": event.position.lat_deg,
        "happened_at": iso_from_millis(event.happened_at),
        "source": event.source,
        "standing": event.standing.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_keeps_what_an_alert_says_of_it() {
        let body = json!({
            "id": "cap:x,1", "title": "暴雨红色预警", "description": "", "category": "weather", "level": "I",
            "status": "reported", "lon": 121.5, "lat": 31.2, "happened_at": "2026-01-31T08:15:00.000Z",
            "known_at": "2026-01-31T08:16:00.000Z", "source": "cma", "standing": "exercise"
        });
        let event = event_of(&body).expect("an event");
        let back = body_of(&event);
        for field in [
            "id",
            "title",
            "level",
            "status",
            "lon",
            "lat",
            "happened_at",
            "source",
        ] {
            assert_eq!(back[field], body[field], "{field}");
        }
        assert_eq!(event_of(&json!({"id": "e1"})), None);
    }
}
