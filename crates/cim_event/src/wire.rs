//! How the model's words, which know nothing of serde, stand in a fact's body. Named in `#[serde(with = "crate::wire")]`.

use cim_model::{EventId, EventLevel, Standing, UtcMillis};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, de::Error};

/// A value that travels as a plainer one.
pub(crate) trait Wire: Sized {
    /// What stands in the file.
    type Plain: Serialize + DeserializeOwned;

    /// The value as it stands in the file.
    fn plain(&self) -> Self::Plain;

    /// The value that stands in the file, or what is wrong with it.
    fn of_plain(plain: Self::Plain) -> Result<Self, String>;
}

/// Writes `value` in its plain form.
pub(crate) fn serialize<T: Wire, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.plain().serialize(to)
}

/// Reads a value from its plain form.
pub(crate) fn deserialize<'de, T: Wire, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    T::of_plain(T::Plain::deserialize(from)?).map_err(D::Error::custom)
}

impl Wire for UtcMillis {
    type Plain = i64;

    fn plain(&self) -> i64 {
        self.0
    }

    fn of_plain(plain: i64) -> Result<Self, String> {
        Ok(Self(plain))
    }
}

impl Wire for EventId {
    type Plain = String;

    fn plain(&self) -> String {
        self.to_string()
    }

    fn of_plain(plain: String) -> Result<Self, String> {
        if plain.is_empty() {
            return Err("an event's identity is expected".to_owned());
        }
        Ok(Self::new(plain))
    }
}

impl Wire for EventLevel {
    type Plain = String;

    fn plain(&self) -> String {
        self.as_str().to_owned()
    }

    fn of_plain(plain: String) -> Result<Self, String> {
        Self::from_numeral(&plain)
            .ok_or_else(|| format!("`{plain}` is not a level; I, II, III or IV is expected"))
    }
}

impl Wire for Standing {
    type Plain = String;

    fn plain(&self) -> String {
        self.as_str().to_owned()
    }

    fn of_plain(plain: String) -> Result<Self, String> {
        Self::from_word(&plain).ok_or_else(|| format!("`{plain}` is not a standing"))
    }
}

impl<T: Wire> Wire for Option<T> {
    type Plain = Option<T::Plain>;

    fn plain(&self) -> Self::Plain {
        self.as_ref().map(T::plain)
    }

    fn of_plain(plain: Self::Plain) -> Result<Self, String> {
        plain.map(T::of_plain).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        #[serde(with = "crate::wire")]
        at: UtcMillis,
        #[serde(with = "crate::wire")]
        level: EventLevel,
        #[serde(with = "crate::wire")]
        standing: Standing,
        #[serde(with = "crate::wire", default)]
        parent: Option<EventId>,
    }

    #[test]
    fn words_of_the_model_travel_as_plain_ones() {
        let all = All {
            at: UtcMillis(-5),
            level: EventLevel::II,
            standing: Standing::Exercise,
            parent: Some(EventId::new("e1")),
        };
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(
            text,
            r#"{"at":-5,"level":"II","standing":"exercise","parent":"e1"}"#
        );
        assert_eq!(serde_json::from_str::<All>(&text).unwrap(), all);
    }

    #[test]
    fn a_word_that_means_nothing_is_named() {
        let text = r#"{"at":1,"level":"V","standing":"actual"}"#;
        let error = serde_json::from_str::<All>(text).unwrap_err().to_string();
        assert!(error.contains("`V` is not a level"), "{error}");
    }
}
