//! One measured figure and how it is told.

use crate::host::print;
use serde_json::{Map, Value, json};

/// A figure beside its limit and its peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Figure {
    pub(super) measure: &'static str,
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) unit: &'static str,
    /// What the machine allows, in the same unit.
    pub(super) limit: Option<f64>,
    pub(super) peer: Option<(String, f64)>,
    /// What the ratio to the peer must be, and what it should be: at most for times, at least for rates.
    pub(super) must: Option<f64>,
    pub(super) goal: Option<f64>,
    /// True when more is better.
    pub(super) is_rate: bool,
    /// Anything else that belongs to it.
    pub(super) notes: Vec<(&'static str, Value)>,
}

impl Figure {
    fn ratio(&self) -> Option<f64> {
        self.peer
            .as_ref()
            .map(|(_, peer)| self.value / peer.max(1e-9))
    }

    /// True when the figure is as good as it must be.
    pub(super) fn holds(&self) -> bool {
        match (self.ratio(), self.must) {
            (Some(ratio), Some(must)) if self.is_rate => ratio >= must,
            (Some(ratio), Some(must)) => ratio <= must,
            _ => true,
        }
    }

    /// Prints it, as JSON or as a line for people.
    pub(super) fn tell(&self, as_json: bool) {
        if as_json {
            print(&self.to_json().to_string());
            return;
        }
        let mut parts = vec![format!(
            "{:48} {:10.1} {}",
            self.name, self.value, self.unit
        )];
        if let Some(limit) = self.limit {
            parts.push(format!("limit {limit:.1} {}", self.unit));
        }
        if let (Some((peer, value)), Some(ratio)) = (&self.peer, self.ratio()) {
            parts.push(format!("{peer} {value:.1} {}", self.unit));
            parts.push(format!("ratio {ratio:.3}"));
        }
        if let Some(must) = self.must.filter(|_| self.peer.is_some()) {
            let word = if self.holds() { "holds" } else { "MISSED" };
            let bound = if self.is_rate { "≥" } else { "≤" };
            parts.push(format!("must {bound} {must}: {word}"));
        }
        for (name, value) in &self.notes {
            parts.push(format!("{name} {value}"));
        }
        print(&parts.join("   "));
    }

    fn to_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| {
            object.insert(key.to_owned(), value);
        };
        put("measure", json!(self.measure));
        put("name", json!(self.name));
        put("value", json!(self.value));
        put("unit", json!(self.unit));
        put("limit", json!(self.limit));
        put("peer", json!(self.peer.as_ref().map(|(name, _)| name)));
        put(
            "peer_value",
            json!(self.peer.as_ref().map(|(_, value)| value)),
        );
        put("ratio", json!(self.ratio()));
        put("must", json!(self.must));
        put("goal", json!(self.goal));
        put("holds", json!(self.holds()));
        for (name, value) in &self.notes {
            put(name, value.clone());
        }
        Value::Object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_must_stay_below_and_a_rate_above() {
        let mut figure = Figure {
            value: 2.0,
            peer: Some(("other".into(), 10.0)),
            must: Some(0.25),
            ..Figure::default()
        };
        assert!(figure.holds());
        figure.value = 3.0;
        assert!(!figure.holds());
        figure.is_rate = true;
        assert!(figure.holds());
        assert_eq!(figure.to_json()["ratio"], 0.3);
    }
}
