//! Paths of SensorThings resources: `Things(1)/Datastreams`, `Datastreams(4)/name/$value` (OGC 18-088, clause 9.2).
//!
//! Reads text only; whether the entity exists is for the reader of the registry.

use super::SetName;

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// The service root.
    Root,
    /// `CreateObservations` (SensorThings 1.1, clause 13.2).
    CreateObservations,
    /// A set or an entity, and where to go from there.
    Entities {
        /// The set that the path begins with.
        set: SetName,
        /// The entity's id, when one is named.
        id: Option<i64>,
        /// Steps to related sets or entities, each with the id picked there.
        steps: Vec<(String, Option<i64>)>,
        /// What is asked of the place reached.
        ending: Ending,
    },
}

/// The tail of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The set or entity itself.
    Whole,
    /// `/$ref`: only the links.
    Reference,
    /// `/name`: one property in an object.
    Property(String),
    /// `/name/$value`: one property, bare.
    Value(String),
}

/// Why a path cannot be read; the message names the segment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("segment {segment:?} of the path: {reason}")]
pub(crate) struct PathError {
    /// The segment as written.
    pub(crate) segment: String,
    /// What is wrong with it.
    pub(crate) reason: &'static str,
}

/// Names that lead from an entity to related ones.
const NAVIGATION: [&str; 13] = [
    "Thing",
    "Things",
    "Location",
    "Locations",
    "Datastream",
    "Datastreams",
    "Sensor",
    "ObservedProperty",
    "Observations",
    "FeatureOfInterest",
    "FeaturesOfInterest",
    "HistoricalLocation",
    "HistoricalLocations",
];

/// Reads what follows `/v1.1`, percent-decoded.
pub(crate) fn parse(path: &str) -> Result<Resource, PathError> {
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let Some((first, rest)) = segments.split_first() else {
        return Ok(Resource::Root);
    };
    if *first == "CreateObservations" && rest.is_empty() {
        return Ok(Resource::CreateObservations);
    }
    let (name, id) = name_and_id(first)?;
    let set = SetName::from_word(name).ok_or_else(|| wrong(first, "no such entity set"))?;

    let mut steps = Vec::new();
    let mut rest = rest.iter();
    let mut has_entity = id.is_some();
    while let Some(segment) = rest.next() {
        if *segment == "$ref" {
            return last(
                rest.next(),
                Resource::Entities {
                    set,
                    id,
                    steps,
                    ending: Ending::Reference,
                },
            );
        }
        if !has_entity {
            return Err(wrong(
                segment,
                "an entity has to be named before it, as in Things(1)",
            ));
        }
        let (name, step_id) = name_and_id(segment)?;
        if NAVIGATION.contains(&name) {
            has_entity = step_id.is_some() || !is_plural(name);
            steps.push((name.to_owned(), step_id));
            continue;
        }
        if step_id.is_some() {
            return Err(wrong(segment, "no such relation"));
        }
        let property = (*segment).to_owned();
        let ending = match rest.next() {
            None => {
                return Ok(Resource::Entities {
                    set,
                    id,
                    steps,
                    ending: Ending::Property(property),
                });
            }
            Some(&"$value") => Ending::Value(property),
            Some(more) => return Err(wrong(more, "only $value may follow a property")),
        };
        return last(
            rest.next(),
            Resource::Entities {
                set,
                id,
                steps,
                ending,
            },
        );
    }
    Ok(Resource::Entities {
        set,
        id,
        steps,
        ending: Ending::Whole,
    })
}

/// True for relations that lead to several entities.
pub(crate) fn is_plural(name: &str) -> bool {
    matches!(
        name,
        "Things"
            | "Locations"
            | "Datastreams"
            | "Observations"
            | "FeaturesOfInterest"
            | "HistoricalLocations"
    )
}

fn last(more: Option<&&str>, resource: Resource) -> Result<Resource, PathError> {
    match more {
        None => Ok(resource),
        Some(segment) => Err(wrong(segment, "nothing may follow here")),
    }
}

fn name_and_id(segment: &str) -> Result<(&str, Option<i64>), PathError> {
    let Some((name, tail)) = segment.split_once('(') else {
        return Ok((segment, None));
    };
    let inner = tail
        .strip_suffix(')')
        .ok_or_else(|| wrong(segment, "the parenthesis is not closed"))?;
    let digits = inner.trim().trim_matches('\'');
    let id = digits
        .parse::<i64>()
        .map_err(|_not_a_number| wrong(segment, "ids of this hub are whole numbers"))?;
    Ok((name, Some(id)))
}

fn wrong(segment: &str, reason: &'static str) -> PathError {
    PathError {
        segment: segment.to_owned(),
        reason,
    }
}

/// Undoes percent encoding; `+` stays as it is. `None` when the bytes are not UTF-8 or an escape is cut off.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Percent encoding for a value inside a query string.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$,()':;/@*!".contains(&byte) {
            out.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &Resource) {
        assert_eq!(&parse(path).expect("a path"), expected, "{path}");
    }

    fn entities(
        set: SetName,
        id: Option<i64>,
        steps: &[(&str, Option<i64>)],
        ending: Ending,
    ) -> Resource {
        let steps = steps
            .iter()
            .map(|(name, id)| ((*name).to_owned(), *id))
            .collect();
        Resource::Entities {
            set,
            id,
            steps,
            ending,
        }
    }

    #[test]
    fn every_form_of_path_is_read() {
        check("", &Resource::Root);
        check("/", &Resource::Root);
        check("/CreateObservations", &Resource::CreateObservations);
        check(
            "/Things",
            &entities(SetName::Things, None, &[], Ending::Whole),
        );
        check(
            "/Things(1)",
            &entities(SetName::Things, Some(1), &[], Ending::Whole),
        );
        check(
            "/Things('1')",
            &entities(SetName::Things, Some(1), &[], Ending::Whole),
        );
        check(
            "/Things(1)/Datastreams(2)/Observations",
            &entities(
                SetName::Things,
                Some(1),
                &[("Datastreams", Some(2)), ("Observations", None)],
                Ending::Whole,
            ),
        );
        check(
            "/Datastreams(4)/Thing/name/$value",
            &entities(
                SetName::Datastreams,
                Some(4),
                &[("Thing", None)],
                Ending::Value("name".to_owned()),
            ),
        );
        check(
            "/Things(1)/name",
            &entities(
                SetName::Things,
                Some(1),
                &[],
                Ending::Property("name".to_owned()),
            ),
        );
        check(
            "/Things(1)/Datastreams/$ref",
            &entities(
                SetName::Things,
                Some(1),
                &[("Datastreams", None)],
                Ending::Reference,
            ),
        );
    }

    #[test]
    fn a_wrong_path_names_the_segment() {
        for (path, segment) in [
            ("/Dings", "Dings"),
            ("/Things(x)", "Things(x)"),
            ("/Things(1", "Things(1"),
            ("/Things/name", "name"),
            ("/Things(1)/name/more", "more"),
            ("/Things(1)/Datastreams/Thing", "Thing"),
        ] {
            assert_eq!(parse(path).expect_err(path).segment, segment, "{path}");
        }
    }

    #[test]
    fn percent_encoding_goes_both_ways() {
        assert_eq!(percent_decoded("a%20b%E6%B0%B4").as_deref(), Some("a b水"));
        assert_eq!(percent_decoded("a%2"), None);
        assert_eq!(
            percent_decoded(&percent_encoded("name eq '水 & rain'")).as_deref(),
            Some("name eq '水 & rain'")
        );
    }
}
