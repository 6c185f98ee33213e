//! What an answer of a source amounts to, and the limits that hold for every one.

use crate::Rejection;
use cim_model::{Camera, Datastream, Event, Observation, Thing};

/// How deep JSON may be nested.
pub(crate) const MAX_DEPTH: usize = 64;
/// How many records an answer may have.
pub(crate) const MAX_RECORDS: u64 = 1_000_000;
/// How many observations an answer may amount to.
pub(crate) const MAX_OBSERVATIONS: usize = 4_000_000;
/// How many rejections of an answer are kept; the rest is counted.
pub(crate) const MAX_REJECTIONS: usize = 1_000;

/// What an answer of a source amounts to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Devices.
    pub things: Vec<Thing>,
    /// Their series.
    pub datastreams: Vec<Datastream>,
    /// Values.
    pub observations: Vec<Observation>,
    /// Events.
    pub events: Vec<Event>,
    /// Cameras.
    pub cameras: Vec<Camera>,
    /// What could not be used, the first of it.
    pub rejected: Vec<Rejection>,
    /// How much more could not be used.
    pub rejected_more: u64,
    /// How many records there were, usable or not.
    pub records: u64,
    /// Where the next page is, as the source spells it.
    pub next: Option<String>,
    /// Addresses that the answer points at instead of holding their content.
    pub links: Vec<String>,
}

impl Parsed {
    /// Notes what could not be used.
    pub(crate) fn reject(&mut self, rejection: Rejection) {
        if self.rejected.len() < MAX_REJECTIONS {
            self.rejected.push(rejection);
        } else {
            self.rejected_more += 1;
        }
    }

    /// How much could not be used.
    pub fn rejected_count(&self) -> u64 {
        self.rejected.len() as u64 + self.rejected_more
    }

    /// True when nothing at all could be used.
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
            && self.observations.is_empty()
            && self.events.is_empty()
            && self.cameras.is_empty()
    }
}

/// True when the brackets of the JSON text `bytes` are nested deeper than is sensible. Looked at before anything is built.
pub(crate) fn is_too_deep(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut escaped = false;
    for byte in bytes {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_outside_of_texts_only() {
        let deep = "[".repeat(MAX_DEPTH + 1);
        assert!(is_too_deep(deep.as_bytes()));
        assert!(!is_too_deep(format!(r#"["\"{deep}"]"#).as_bytes()));
        let flat = "[]".repeat(1000);
        assert!(!is_too_deep(flat.as_bytes()));
    }

    #[test]
    fn a_storm_of_rejections_is_counted_and_not_kept() {
        let mut parsed = Parsed::default();
        for _ in 0..MAX_REJECTIONS + 5 {
            parsed.reject(Rejection::new("a", "b"));
        }
        assert_eq!(parsed.rejected.len(), MAX_REJECTIONS);
        assert_eq!(parsed.rejected_count(), MAX_REJECTIONS as u64 + 5);
    }
}
