//! Sensing devices and their series.

use crate::Limits;
use cim_geo::Geodetic;
use std::{fmt, sync::Arc};

/// Declares an identity: text as its source spells it, cheap to copy around.
macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Arc<str>);

        impl $name {
            /// The identity spelt `text`.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The identity as its source spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use identity;

identity! {
    /// A thing's identity at its hub (`@iot.id` as text: hubs use numbers and strings alike).
    ThingId
}
identity! {
    /// A datastream's identity at its hub (`@iot.id` as text).
    DatastreamId
}

/// What a device senses; decides its symbol, its unit's meaning and its default limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SensorKind {
    /// 交通: vehicles per hour or their speed.
    Traffic,
    /// 空气: PM2.5 and other pollutants.
    Air,
    /// 水位: rivers, underpasses, wells.
    WaterLevel,
    /// 噪声.
    Noise,
    /// 停车: free places.
    Parking,
    /// 燃气: methane in chambers and manholes.
    Gas,
    /// 井盖: tilt of manhole covers.
    Manhole,
    /// 结构: strain and deflection of bridges and towers.
    Structural,
    /// Anything that a hub offers and this table doesn't know.
    #[default]
    Other,
}

impl SensorKind {
    /// Every kind, in the order that lists show.
    pub const ALL: [Self; 9] = [
        Self::Traffic,
        Self::Air,
        Self::WaterLevel,
        Self::Noise,
        Self::Parking,
        Self::Gas,
        Self::Manhole,
        Self::Structural,
        Self::Other,
    ];

    /// The word used in files and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traffic => "traffic",
            Self::Air => "air",
            Self::WaterLevel => "water_level",
            Self::Noise => "noise",
            Self::Parking => "parking",
            Self::Gas => "gas",
            Self::Manhole => "manhole",
            Self::Structural => "structural",
            Self::Other => "other",
        }
    }

    /// The kind spelt `word`; [`SensorKind::Other`] for a word that is not in the table.
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .unwrap_or_default()
    }
}

/// A sensing device (SensorThings 1.1, clause 8.2.1 "Thing"), with its location folded in.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    /// Identity at the hub.
    pub id: ThingId,
    /// What people call it.
    pub name: String,
    /// A sentence about it; may be empty.
    pub description: String,
    /// What it senses.
    pub kind: SensorKind,
    /// Where it is, WGS 84 / CGCS2000; height above ground in metres.
    pub position: Geodetic,
    /// Everything else that the hub says of it, for the card.
    pub properties: Vec<(String, String)>,
}

/// What a thing is on the map: something that stands, or somebody who moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThingClass {
    /// It stands where it was put up.
    #[default]
    Device,
    /// It drives.
    Vehicle,
    /// A person in the field.
    Person,
}

impl Thing {
    /// What it is on the map, by what its hub says of it: the properties `person`, `vehicle` and `moves`.
    ///
    /// `moves` is `yes`, `vehicle` or `person`; a source that says nothing has things
    /// that stand.
    pub fn class(&self) -> ThingClass {
        let said = |name: &str| {
            let found = self.properties.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        if !said("person").is_empty() || said("moves") == "person" {
            ThingClass::Person
        } else if !said("vehicle").is_empty() || matches!(said("moves"), "yes" | "vehicle") {
            ThingClass::Vehicle
        } else {
            ThingClass::Device
        }
    }
}

/// One series of a thing (SensorThings 1.1, clause 8.2.4 "Datastream").
#[derive(Clone, Debug, PartialEq)]
pub struct Datastream {
    /// Identity at the hub.
    pub id: DatastreamId,
    /// The device that reports it.
    pub thing: ThingId,
    /// What people call it.
    pub name: String,
    /// What is measured, as the hub names it.
    pub observed_property: String,
    /// The unit's symbol, as shown after a value; may be empty.
    pub unit: String,
    /// How often the source promises a value, in seconds.
    pub period_s: f64,
    /// Values that call for a response.
    pub limits: Limits,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(properties: &[(&str, &str)]) -> Thing {
        Thing {
            id: ThingId::new("t"),
            name: String::new(),
            description: String::new(),
            kind: SensorKind::Other,
            position: Geodetic::default(),
            properties: properties
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn a_thing_moves_only_when_its_hub_says_so() {
        assert_eq!(thing(&[]).class(), ThingClass::Device);
        assert_eq!(thing(&[("moves", "no")]).class(), ThingClass::Device);
        assert_eq!(
            thing(&[("vehicle", "bus"), ("moves", "yes")]).class(),
            ThingClass::Vehicle
        );
        assert_eq!(thing(&[("moves", "person")]).class(), ThingClass::Person);
        assert_eq!(
            thing(&[("person", "grid worker")]).class(),
            ThingClass::Person
        );
    }
}
