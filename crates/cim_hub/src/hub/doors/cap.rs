//! CAP 1.2 alerts: open events go out as an Atom feed of alerts, and an alert that comes in becomes an event.

use super::cap_json::{body_of, event_of};
use super::catalogue::take_events;
use super::params::Params;
use super::{answered, base_of, from_here};
use crate::hub::HubState;
use crate::iso::iso_from_millis;
use crate::sensorthings::Refusal;
use crate::sensorthings::path::percent_encoded;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use cim_model::{Event, EventStatus, UtcMillis};
use cim_sync::cap::{Alert, alert_of, events_of, read_alert, supersedes, write_alert};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;

/// The sender of the hub's own alerts.
const SENDER: &str = "citymirror";
/// Events read from the store at a time.
const PAGE: i64 = 5000;
/// Alerts in a feed, the newest.
const MAX_ENTRIES: usize = 1000;

/// `GET /api/cap`: the open events as an Atom feed (RFC 4287) whose entries lead to alerts.
pub(super) async fn feed(
    State(state): State<Arc<HubState>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let found = async {
        Params::read(uri.query(), &[])?;
        let base = base_of(&headers, &state);
        let open = open_events(&state).await?;
        let newest = open.iter().filter_map(|event| known_at(event)).max();
        let updated =
            newest.map_or_else(|| iso_from_millis(state.service.now()), ToOwned::to_owned);
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
        element(&mut xml, "id", &format!("{base}/api/cap"));
        element(&mut xml, "title", &state.name);
        element(&mut xml, "updated", &updated);
        xml.push_str("<author>");
        element(&mut xml, "name", SENDER);
        xml.push_str("</author>\n");
        for event in open.iter().rev().take(MAX_ENTRIES) {
            entry(&mut xml, event, &base);
        }
        xml.push_str("</feed>\n");
        Ok(([(header::CONTENT_TYPE, "application/atom+xml")], xml).into_response())
    };
    answered(found.await)
}

async fn open_events(state: &HubState) -> Result<Vec<Value>, Refusal> {
    let mut open = Vec::new();
    let mut since = UtcMillis(0);
    loop {
        let page = state.store.events(since, PAGE).await?;
        let last = page
            .last()
            .and_then(known_at)
            .and_then(crate::iso::millis_from_iso);
        let full = page.len() >= usize::try_from(PAGE).unwrap_or_default();
        open.extend(
            page.into_iter()
                .filter(|event| event.get("status").and_then(Value::as_str) != Some("closed")),
        );
        match last {
            Some(last) if full && last > since => since = last,
            _ => return Ok(open),
        }
    }
}

fn known_at(event: &Value) -> Option<&str> {
    event.get("known_at").and_then(Value::as_str)
}

fn entry(xml: &mut String, event: &Value, base: &str) {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let link = format!(
        "{base}/api/cap/{}",
        percent_encoded(text("id")).replace('/', "%2F")
    );
    xml.push_str("<entry>");
    element(xml, "id", &link);
    element(xml, "title", text("title"));
    element(xml, "updated", known_at(event).unwrap_or_default());
    // Writing into a String cannot fail.
    let _written = write!(
        xml,
        "<link type=\"application/cap+xml\" href=\"{}\"/>",
        escaped(&link)
    );
    xml.push_str("</entry>\n");
}

fn element(xml: &mut String, name: &str, text: &str) {
    // Writing into a String cannot fail.
    let _written = write!(xml, "<{name}>{}</{name}>", escaped(text));
}

/// Text for XML: markup escaped, and characters left out that XML 1.0 cannot hold (section 2.2).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(letter),
            '\u{FFFE}' | '\u{FFFF}' => {}
            letter if letter < ' ' => {}
            letter => out.push(letter),
        }
    }
    out
}

/// `GET /api/cap/{id}`: one event as an alert.
pub(super) async fn alert(
    State(state): State<Arc<HubState>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Response {
    let found = async {
        Params::read(uri.query(), &[])?;
        let body = state.store.event(&id).await?;
        let event = body
            .as_ref()
            .and_then(event_of)
            .ok_or_else(|| Refusal::missing(format!("there is no event {id:?}")))?;
        let alert = alert_of(&event, SENDER, state.service.now());
        let kind = [(header::CONTENT_TYPE, "application/cap+xml")];
        Ok((kind, write_alert(&alert)).into_response())
    };
    answered(found.await)
}

/// `POST /api/cap`: an alert becomes an event; an update closes what it replaces. One that names no place on the map
/// lies where what it replaces was, else in the middle of the city.
pub(super) async fn post_alert(
    State(state): State<Arc<HubState>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    let taken = async {
        Params::read(uri.query(), &[])?;
        from_here(&headers)?;
        let alert = read_alert(&body).map_err(|rejections| {
            let reasons: Vec<String> = rejections.iter().map(ToString::to_string).collect();
            Refusal::wrong(format!("the alert cannot be taken: {}", reasons.join("; ")))
        })?;
        let mut items = Vec::new();
        let mut replaced = None;
        for id in &supersedes(&alert) {
            if let Some(body) = state.store.event(id.as_str()).await? {
                replaced = replaced.or_else(|| place_of(&body));
                items.push(json!({"id": id.as_str(), "status": "closed"}));
            }
        }
        let elsewhere = replaced.or(state.city_middle);
        let found = placed_events(&alert, state.service.now(), elsewhere)?;
        items.extend(found.iter().map(body_of));
        if items.is_empty() {
            return Err(Refusal::wrong(
                "the alert tells of nothing to handle: it acknowledges, reports an error, or ends what is not known here",
            ));
        }
        let taken = take_events(&state, &items).await?;
        Ok((StatusCode::CREATED, Json(json!({"items": taken}))).into_response())
    };
    answered(taken.await)
}

/// Longitude and latitude of a stored event, degrees.
fn place_of(event: &Value) -> Option<[f64; 2]> {
    let number = |name: &str| event.get(name).and_then(Value::as_f64);
    Some([number("lon")?, number("lat")?])
}

/// The events of `alert`; one that names no place on the map is put at `elsewhere`, longitude and latitude in degrees.
/// Without either, what is open is refused, for it would lie at 0, 0, and what is over is left out.
fn placed_events(
    alert: &Alert,
    now: UtcMillis,
    elsewhere: Option<[f64; 2]>,
) -> Result<Vec<Event>, Refusal> {
    let mut events = events_of(alert, now);
    if alert.position().is_some() {
        return Ok(events);
    }
    let Some([lon_deg, lat_deg]) = elsewhere else {
        return if events
            .iter()
            .any(|event| event.status != EventStatus::Closed)
        {
            Err(Refusal::wrong(
                "alert/info/area: the alert names no place on the map, neither polygon nor circle, and this hub has no city \
                 in whose middle it could lie",
            ))
        } else {
            Ok(Vec::new())
        };
    };
    for event in &mut events {
        event.position.lon_deg = lon_deg;
        event.position.lat_deg = lat_deg;
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An alert of the given kind that names its place in words only.
    fn alert_in_words(kind: &str) -> Alert {
        let references = if kind == "Alert" {
            ""
        } else {
            "<references>s,a0,2025-10-09T15:00:00+08:00</references>"
        };
        let text = format!(
            "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>a1</identifier><sender>s</sender>\
             <sent>2025-10-09T16:00:00+08:00</sent><status>Test</status><msgType>{kind}</msgType><scope>Public</scope>{references}\
             <info><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity>\
             <certainty>Likely</certainty><area><areaDesc>某区</areaDesc></area></info></alert>"
        );
        read_alert(text.as_bytes()).expect("valid CAP")
    }

    #[test]
    fn an_alert_without_a_place_lies_in_the_city_and_is_refused_where_there_is_none() {
        let now = UtcMillis(1_760_000_000_000);
        let alert = alert_in_words("Alert");
        let events = placed_events(&alert, now, Some([117.2, 34.26])).expect("a place");
        let places: Vec<Option<[f64; 2]>> = events
            .iter()
            .map(|event| place_of(&body_of(event)))
            .collect();
        assert_eq!(places, [Some([117.2, 34.26])]);
        let refusal = placed_events(&alert, now, None).expect_err("nowhere");
        assert_eq!(refusal.status, 400);
        assert!(refusal.message.contains("polygon"), "{}", refusal.message);
        // The end of something needs no place.
        assert_eq!(
            placed_events(&alert_in_words("Cancel"), now, None),
            Ok(Vec::new())
        );
        assert_eq!(
            placed_events(&alert_in_words("Ack"), now, None),
            Ok(Vec::new())
        );
    }

    #[test]
    fn text_in_a_feed_is_escaped_and_stays_xml() {
        assert_eq!(escaped("a<b & \"c\"\u{1}"), "a&lt;b &amp; &quot;c&quot;");
        let mut xml = String::new();
        let event =
            json!({"id": "e 1/2", "title": "水<位", "known_at": "2026-01-31T08:15:00.000Z"});
        entry(&mut xml, &event, "http://h");
        assert!(xml.contains("<title>水&lt;位</title>"), "{xml}");
        assert!(xml.contains("/api/cap/e%201%2F2"), "{xml}");
    }
}
