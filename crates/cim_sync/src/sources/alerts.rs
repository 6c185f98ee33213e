//! CAP alerts of a source: one alert, or a feed of them or of addresses of them.

use super::{Parsed, gather::Asked};
use crate::{Rejection, cap};
use cim_model::{Event, EventId, EventStatus, UtcMillis};
use std::collections::BTreeMap;

/// How many events are remembered, so that an update can close those that it replaces.
const MAX_REMEMBERED: usize = 10_000;

/// The alerts of one source that are still of interest.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    open: BTreeMap<EventId, (Event, cap::Alert)>,
}

impl Alerts {
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
        for old in cap::supersedes(alert) {
            let old = EventId::new(asked.identity(old.as_str()));
            if let Some((mut event, _)) = self.open.remove(&old) {
                event.status = EventStatus::Closed;
                event.known_at = asked.now;
                parsed.events.push(event);
            }
        }
        for mut event in cap::events_of(alert, asked.now) {
            event.id = EventId::new(asked.identity(event.id.as_str()));
            if self.open.len() >= MAX_REMEMBERED {
                self.open.pop_first();
            }
            if event.status != EventStatus::Closed {
                self.open.insert(event.id.clone(), (event.clone(), alert.clone()));
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

    #[test]
    fn the_root_is_found_behind_declaration_and_comments() {
        for (text, root) in [
            ("<?xml version=\"1.0\"?><!-- <feed> --><alert xmlns=\"x\">", "alert"),
            ("<cap:alert>", "alert"),
            ("<feed>", "feed"),
            ("<rss version=\"2.0\">", "rss"),
        ] {
            assert_eq!(root_of(text.as_bytes()), Some(root.as_bytes()), "{text}");
        }
        assert_eq!(root_of(b"nothing"), None);
    }
}
