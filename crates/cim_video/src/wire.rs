//! How moments, which know nothing of serde, stand in a fact's body. Named in `#[serde(with = "crate::wire")]`.

use cim_model::UtcMillis;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// A value that travels as a plainer one.
pub(crate) trait Wire: Sized {
    /// What stands in the file.
    type Plain: Serialize + DeserializeOwned;

    /// The value as it stands in the file.
    fn plain(&self) -> Self::Plain;

    /// The value that stands in the file.
    fn of_plain(plain: Self::Plain) -> Self;
}

/// Writes `value` in its plain form.
pub(crate) fn serialize<T: Wire, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.plain().serialize(to)
}

/// Reads a value from its plain form.
pub(crate) fn deserialize<'de, T: Wire, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(T::of_plain(T::Plain::deserialize(from)?))
}

impl Wire for UtcMillis {
    type Plain = i64;

    fn plain(&self) -> i64 {
        self.0
    }

    fn of_plain(plain: i64) -> Self {
        Self(plain)
    }
}

impl<T: Wire> Wire for Option<T> {
    type Plain = Option<T::Plain>;

    fn plain(&self) -> Self::Plain {
        self.as_ref().map(T::plain)
    }

    fn of_plain(plain: Self::Plain) -> Self {
        plain.map(T::of_plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Both {
        #[serde(with = "crate::wire")]
        at: UtcMillis,
        #[serde(with = "crate::wire", default)]
        until: Option<UtcMillis>,
    }

    #[test]
    fn moments_travel_as_milliseconds() {
        for (both, text) in [
            (
                Both {
                    at: UtcMillis(-5),
                    until: Some(UtcMillis(7)),
                },
                r#"{"at":-5,"until":7}"#,
            ),
            (
                Both {
                    at: UtcMillis(1),
                    until: None,
                },
                r#"{"at":1,"until":null}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&both).unwrap(), text);
            assert_eq!(serde_json::from_str::<Both>(text).unwrap(), both);
        }
        let short: Both = serde_json::from_str(r#"{"at":2}"#).unwrap();
        assert_eq!(short.until, None);
    }
}
