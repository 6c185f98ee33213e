//! Query parameters, read strictly: an unknown, doubled or broken one is refused with its name, never guessed at.

use crate::iso::millis_from_iso;
use crate::sensorthings::Refusal;
use crate::sensorthings::path::percent_decoded;
use cim_model::UtcMillis;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The parameters of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads what stands behind `?`; only the `known` names may be there, each once.
    pub(super) fn read(query: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let mut found = BTreeMap::new();
        let pairs = query.unwrap_or_default().split('&');
        for pair in pairs.filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| percent_decoded(&text.replace('+', "%20"));
            let (Some(name), Some(value)) = (plain(name), plain(value)) else {
                return Err(Refusal::wrong(format!(
                    "{pair:?}: the percent encoding is broken"
                )));
            };
            if !known.contains(&name.as_str()) {
                let known = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                };
                return Err(Refusal::wrong(format!(
                    "there is no parameter {name:?} here; known: {known}"
                )));
            }
            if found.insert(name.clone(), value).is_some() {
                return Err(Refusal::wrong(format!("{name}: given twice")));
            }
        }
        Ok(Self(found))
    }

    /// The parameter's text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that has to be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)
            .ok_or_else(|| Refusal::wrong(format!("{name} is missing")))
    }

    /// A whole number in `range`; `default` when it is not given.
    pub(super) fn number(
        &self,
        name: &str,
        range: RangeInclusive<i64>,
        default: i64,
    ) -> Result<i64, Refusal> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        let number = text.parse::<i64>().ok();
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                Refusal::wrong(format!(
                    "{name} {text:?} is no whole number from {} to {}",
                    range.start(),
                    range.end()
                ))
            })
    }

    /// A moment that has to be there: ISO 8601 with a zone.
    pub(super) fn moment(&self, name: &str) -> Result<UtcMillis, Refusal> {
        let text = self.required(name)?;
        millis_from_iso(text).ok_or_else(|| {
            Refusal::wrong(format!(
                "{name} {text:?} is no ISO 8601 moment with a zone, as 2026-01-31T08:15:00Z"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused<T: std::fmt::Debug>(outcome: Result<T, Refusal>, word: &str) {
        let refusal = outcome.expect_err(word);
        assert_eq!(refusal.status, 400);
        assert!(refusal.message.contains(word), "{}", refusal.message);
    }

    #[test]
    fn known_parameters_are_read_and_all_else_is_named() {
        let params = Params::read(
            Some("from=2026-01-31T08:15:00%2B08:00&limit=5"),
            &["from", "limit"],
        )
        .expect("known");
        assert_eq!(params.number("limit", 1..=10, 3), Ok(5));
        assert_eq!(params.number("offset", 0..=10, 3), Ok(3));
        assert_eq!(params.moment("from"), Ok(UtcMillis(1_769_818_500_000)));
        refused(params.moment("until"), "until is missing");
        refused(params.number("limit", 1..=4, 3), "from 1 to 4");
        refused(Params::read(Some("colour=red"), &["from"]), "colour");
        refused(Params::read(Some("a=1&a=2"), &["a"]), "twice");
        refused(Params::read(Some("a=%2"), &["a"]), "percent");
    }
}
