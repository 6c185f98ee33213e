//! CAP alerts of a source: one alert, or a feed of them or of addresses of them.

use super::{Parsed, gather::Asked};
use crate::{Rejection, cap};
use cim_geo::Geodetic;
use cim_model::{Event, EventId, EventStatus, UtcMillis};
use std::collections::BTreeMap;

/// How many events are remembered, so that an update can close those that it replaces.
const MAX_REMEMBERED: usize = 10_000;

/// The alerts of one source that are still of interest.
#[derive(Debug)]
pub(crate) struct Alerts {
    open: BTreeMap<EventId, (Event, cap::Alert)>,
    /// Where an alert is put that names no place on the map.
    elsewhere: Option<Geodetic>,
}

impl Alerts {
    /// No alerts yet; `elsewhere` is where one is put that names its place only in words or codes. Without it, such an
    /// alert is rejected.
    pub(crate) fn new(elsewhere: Option<Geodetic>) -> Self {
        Self {
            open: BTreeMap::new(),
            elsewhere,
        }
    }

    /// Reads an alert, or a feed (Atom, RSS, EDXL-DE). Entries that only point at their alert are given as links.
    pub(crate) fn read(&mut self, bytes: &[u8], asked: Asked<'_>) -> Parsed {
        let mut parsed = Parsed::default();
        if root_of(bytes) == Some(b"alert") {
            parsed.records = 1;
            match cap::read_alert(bytes) {
                Ok(alert) => self.take(&alert, asked, &mut parsed),
                Err(rejections) => reject_all(&mut parsed, rejections),
            }
            return parsed;
        }
        match cap::read_feed(bytes) {
            Ok(feed) => {
                for entry in feed.entries {
                    parsed.records += 1;
                    match entry.alert {
                        Some(alert) => self.take(&alert, asked, &mut parsed),
                        // The feed's own rejections say why such an entry has neither.
                        None if entry.link.is_empty() => {}
                        None => parsed.links.push(entry.link),
                    }
                }
                reject_all(&mut parsed, feed.rejected);
            }
            Err(rejections) => reject_all(&mut parsed, rejections),
        }
        parsed
    }

    fn take(&mut self, alert: &cap::Alert, asked: Asked<'_>, parsed: &mut Parsed) {
        let mut replaced = None;
        for old in cap::supersedes(alert) {
            let old = EventId::new(asked.identity(old.as_str()));
            if let Some((mut event, _)) = self.open.remove(&old) {
                event.status = EventStatus::Closed;
                event.known_at = asked.now;
                replaced = Some(event.position);
                parsed.events.push(event);
            }
        }
        // An update may leave out what has not changed, its place too.
        let Some(place) = alert.position().or(replaced).or(self.elsewhere) else {
            // What is over needs no place: there is nothing to show.
            let is_open = |event: &Event| event.status != EventStatus::Closed;
            if cap::events_of(alert, asked.now).iter().any(is_open) {
                parsed.reject(Rejection::new(
                    format!("alert {} area", alert.identifier),
                    "names no place on the map, neither polygon nor circle; give the source a place = [lon, lat]",
                ));
            }
            return;
        };
        for mut event in cap::events_at(alert, asked.now, place) {
            event.id = EventId::new(asked.identity(event.id.as_str()));
            if self.open.len() >= MAX_REMEMBERED {
                self.open.pop_first();
            }
            if event.status != EventStatus::Closed {
                self.open
                    .insert(event.id.clone(), (event.clone(), alert.clone()));
            }
            parsed.events.push(event);
        }
    }

    /// The events whose alerts have expired since they were read, closed; each is given once.
    pub(crate) fn take_expired(&mut self, now: UtcMillis) -> Vec<Event> {
        let mut expired = Vec::new();
        self.open.retain(|_, (event, alert)| {
            let is_over = cap::events_of(alert, now)
                .iter()
                .any(|event| event.status == EventStatus::Closed);
            if is_over {
                event.status = EventStatus::Closed;
                event.known_at = now;
                expired.push(event.clone());
            }
            !is_over
        });
        expired
    }
}

fn reject_all(parsed: &mut Parsed, rejections: Vec<Rejection>) {
    for rejection in rejections {
        parsed.reject(rejection);
    }
}

/// The name of the root element, without its prefix, in any encoding that keeps ASCII; `None` when there is none.
fn root_of(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    loop {
        let at = rest.iter().position(|byte| *byte == b'<')?;
        rest = rest.get(at + 1..)?;
        if rest.starts_with(b"!--") {
            let end = rest.windows(3).position(|three| three == b"-->")?;
            rest = rest.get(end..)?;
        } else if !rest.starts_with(b"?") && !rest.starts_with(b"!") {
            break;
        }
    }
    // UTF-16 has a zero in each character of an ASCII name; such a text is an alert, feeds are not written so.
    if rest.first() == Some(&0) || rest.get(1) == Some(&0) {
        return Some(b"alert");
    }
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let name = rest.split(is_end).next()?;
    name.rsplit(|byte| *byte == b':').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMillis = UtcMillis(1_795_332_000_000);
    const ASKED: Asked<'static> = Asked {
        source: "cma",
        period_s: 60.0,
        now: NOW,
    };

    /// An alert of the sender `s`, with `more` before its info and `area` as the only one.
    fn alert(id: &str, kind: &str, more: &str, area: &str) -> String {
        format!(
            "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>{id}</identifier><sender>s</sender>\
             <sent>2026-11-22T10:00:00+08:00</sent><status>Exercise</status><msgType>{kind}</msgType><scope>Public</scope>{more}\
             <info><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity>\
             <certainty>Likely</certainty>{area}</info></alert>"
        )
    }

    const WORDS: &str = "<area><areaDesc>某区</areaDesc></area>";
    const CIRCLE: &str = "<area><areaDesc>某区</areaDesc><circle>31.2,121.5 1</circle></area>";
    const OF_FIRST: &str = "<references>s,a1,2026-11-22T10:00:00+08:00</references>";

    #[test]
    fn an_alert_that_names_no_place_on_the_map_is_put_where_its_source_says() {
        let here = Geodetic::new(117.2, 34.26, 0.0);
        let mut alerts = Alerts::new(Some(here));
        let parsed = alerts.read(alert("a1", "Alert", "", WORDS).as_bytes(), ASKED);
        assert_eq!(parsed.events.len(), 1);
        assert_eq!(parsed.events[0].position, here);
        let parsed = alerts.read(alert("a2", "Alert", "", CIRCLE).as_bytes(), ASKED);
        let own = parsed.events[0].position;
        assert!((own.lon_deg - 121.5).abs() < 1e-9 && (own.lat_deg - 31.2).abs() < 1e-9);
    }

    #[test]
    fn without_any_place_an_alert_is_rejected_with_what_to_do_and_lies_nowhere() {
        let mut alerts = Alerts::new(None);
        let parsed = alerts.read(alert("a1", "Alert", "", WORDS).as_bytes(), ASKED);
        assert_eq!(parsed.events, []);
        assert_eq!((parsed.records, parsed.rejected.len()), (1, 1));
        let rejection = &parsed.rejected[0];
        assert_eq!(rejection.place, "alert a1 area");
        assert!(
            rejection.reason.contains("place = [lon, lat]"),
            "{}",
            rejection.reason
        );
        // The end of something that was never shown is no mistake.
        let parsed = alerts.read(alert("a3", "Cancel", OF_FIRST, WORDS).as_bytes(), ASKED);
        assert_eq!((parsed.events.len(), parsed.rejected.len()), (0, 0));
    }

    #[test]
    fn an_update_without_a_place_stays_where_what_it_replaces_was() {
        let mut alerts = Alerts::new(None);
        let first = alerts.read(alert("a1", "Alert", "", CIRCLE).as_bytes(), ASKED);
        let update = alerts.read(alert("a2", "Update", OF_FIRST, WORDS).as_bytes(), ASKED);
        let told: Vec<(&str, EventStatus)> = update
            .events
            .iter()
            .map(|event| (event.id.as_str(), event.status))
            .collect();
        assert_eq!(
            told,
            [
                ("cma:cap:s,a1", EventStatus::Closed),
                ("cma:cap:s,a2", EventStatus::Reported)
            ]
        );
        assert_eq!(update.events[1].position, first.events[0].position);
    }

    #[test]
    fn the_root_is_found_behind_declaration_and_comments() {
        for (text, root) in [
            (
                "<?xml version=\"1.0\"?><!-- <feed> --><alert xmlns=\"x\">",
                "alert",
            ),
            ("<cap:alert>", "alert"),
            ("<feed>", "feed"),
            ("<rss version=\"2.0\">", "rss"),
        ] {
            assert_eq!(root_of(text.as_bytes()), Some(root.as_bytes()), "{text}");
        }
        assert_eq!(root_of(b"nothing"), None);
    }
}
