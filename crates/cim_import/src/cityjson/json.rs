//! JSON as files have it, piece by piece.
//!
//! Only text that is no JSON ends a reading: a value of an unexpected kind is kept and judged where it is used. The nested
//! lists of numbers that geometries are made of are packed to four bytes a number.

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use std::collections::BTreeMap;
use std::fmt;
use std::io;

/// A JSON value.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
    Packed(Packed),
}

impl Json {
    /// The member `key` of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.get(key)
    }

    pub(crate) fn map(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// A number, also one that is written as text.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A scalar as people read it; `None` for nothing, lists and maps.
    pub(crate) fn scalar(&self) -> Option<String> {
        match self {
            Self::Bool(is_true) => Some(is_true.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Packed(_) => None,
        }
    }

    /// The first three numbers of a list; what is none is not a number.
    pub(crate) fn row(&self) -> [f64; 3] {
        let mut row = [f64::NAN; 3];
        for (own, item) in row.iter_mut().zip(self.items()) {
            *own = item.number().unwrap_or(f64::NAN);
        }
        row
    }
}

/// Where in a city object a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    /// Not in a geometry; a member `geometry` is one.
    Object,
    /// In a geometry: `boundaries` and `values` are lists of numbers.
    Geometry,
    /// In such a list.
    Numbers,
    /// In something that holds no geometry.
    Plain,
}

impl Within {
    fn member(self, key: &str) -> Self {
        match (self, key) {
            (Self::Object, "geometry") => Self::Geometry,
            (Self::Object | Self::Plain, _) => Self::Plain,
            (Self::Geometry, "boundaries" | "values") => Self::Numbers,
            (other, _) => other,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Within {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        if self == Self::Numbers {
            let mut tokens = Vec::new();
            PackSeed(&mut tokens).deserialize(deserializer)?;
            return Ok(Json::Packed(Packed(tokens)));
        }
        deserializer.deserialize_any(JsonVisitor(self))
    }
}

struct JsonVisitor(Within);

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.0)? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let within = self.0.member(&key);
            members.insert(key, map.next_value_seed(within)?);
        }
        Ok(Json::Map(members))
    }
}

/// Answers every scalar of JSON with one value.
macro_rules! scalars_are {
    ($value:expr) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_bool<E>(self, _value: bool) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_str<E>(self, _value: &str) -> Result<Self::Value, E> {
            Ok($value)
        }
    };
}

/// Answers every number of JSON with one value.
macro_rules! numbers_are {
    ($value:expr) => {
        fn visit_u64<E>(self, _value: u64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_i64<E>(self, _value: i64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_f64<E>(self, _value: f64) -> Result<Self::Value, E> {
            Ok($value)
        }
    };
}

/// Reads over what is left of a map.
fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Reads over what is left of a list.
fn skip_list<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Nested lists of whole numbers and nulls, packed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed(Vec<u32>);

const OPEN: u32 = u32::MAX;
const CLOSE: u32 = u32::MAX - 1;
const NULL: u32 = u32::MAX - 2;
/// Anything that is no index: a fraction, a negative number, a text.
const WRONG: u32 = u32::MAX - 3;

impl Packed {
    /// A single number.
    pub(crate) fn of_index(index: u32) -> Self {
        Self(vec![index.min(WRONG)])
    }

    /// The whole of it; null when there is nothing.
    pub(crate) fn whole(&self) -> Item<'_> {
        Items { tokens: &self.0 }.next().unwrap_or(Item::Null)
    }
}

/// One item of packed lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Index(u32),
    Null,
    /// Not a whole number.
    Wrong,
    List(Items<'a>),
}

/// The items of a packed list, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Items<'a> {
    tokens: &'a [u32],
}

#[expect(
    clippy::copy_iterator,
    reason = "a list is walked more than once, each time on a copy of its own"
)]
impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        match *first {
            OPEN => {
                let (inside, after) = split_at_close(rest);
                self.tokens = after;
                Some(Item::List(Items { tokens: inside }))
            }
            NULL => Some(Item::Null),
            WRONG | CLOSE => Some(Item::Wrong),
            index => Some(Item::Index(index)),
        }
    }
}

/// What is before the bracket that closes the list, and what is after it.
fn split_at_close(tokens: &[u32]) -> (&[u32], &[u32]) {
    let mut depth = 1_usize;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            OPEN => depth += 1,
            CLOSE => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (inside, after) = tokens.split_at(at);
            return (inside, after.get(1..).unwrap_or_default());
        }
    }
    (tokens, &[])
}

struct PackSeed<'a>(&'a mut Vec<u32>);

impl<'de> DeserializeSeed<'de> for PackSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PackSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nested lists of whole numbers")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push(NULL);
        Ok(())
    }

    fn visit_bool<E>(self, _value: bool) -> Result<(), E> {
        self.0.push(WRONG);
        Ok(())
    }

    fn visit_str<E>(self, _value: &str) -> Result<(), E> {
        self.0.push(WRONG);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0
            .push(u32::try_from(value).map_or(WRONG, |index| index.min(WRONG)));
        Ok(())
    }

    fn visit_i64<E>(self, _value: i64) -> Result<(), E> {
        self.0.push(WRONG);
        Ok(())
    }

    fn visit_f64<E>(self, _value: f64) -> Result<(), E> {
        self.0.push(WRONG);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.push(OPEN);
        while seq.next_element_seed(PackSeed(&mut *self.0))?.is_some() {}
        self.0.push(CLOSE);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.push(WRONG);
        skip_map(map)
    }
}

/// Hands on a list of positions, row by row, and never holds it.
pub(crate) struct RowsSeed<'a> {
    /// Takes three numbers; what is missing or none is not a number.
    pub(crate) take: &'a mut dyn FnMut([f64; 3]) -> io::Result<()>,
}

impl<'de> DeserializeSeed<'de> for RowsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of positions")
    }

    scalars_are!(());
    numbers_are!(());

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(row) = seq.next_element_seed(RowSeed)? {
            (self.take)(row).map_err(A::Error::custom)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        skip_map(map)
    }
}

struct RowSeed;

impl<'de> DeserializeSeed<'de> for RowSeed {
    type Value = [f64; 3];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<[f64; 3], D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowSeed {
    type Value = [f64; 3];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("three numbers")
    }

    scalars_are!([f64::NAN; 3]);
    numbers_are!([f64::NAN; 3]);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<[f64; 3], A::Error> {
        let mut row = [f64::NAN; 3];
        for number in &mut row {
            match seq.next_element_seed(NumberSeed)? {
                Some(read) => *number = read,
                None => return Ok(row),
            }
        }
        skip_list(seq)?;
        Ok(row)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<[f64; 3], A::Error> {
        skip_map(map)?;
        Ok([f64::NAN; 3])
    }
}

struct NumberSeed;

impl<'de> DeserializeSeed<'de> for NumberSeed {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NumberSeed {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    scalars_are!(f64::NAN);

    fn visit_u64<E>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_f64<E>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<f64, A::Error> {
        skip_list(seq)?;
        Ok(f64::NAN)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<f64, A::Error> {
        skip_map(map)?;
        Ok(f64::NAN)
    }
}

/// Whether a list holds anything.
pub(crate) struct HasItems;

impl<'de> DeserializeSeed<'de> for HasItems {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for HasItems {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    scalars_are!(false);
    numbers_are!(false);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let has_items = seq.next_element::<IgnoredAny>()?.is_some();
        if has_items {
            skip_list(seq)?;
        }
        Ok(has_items)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<bool, A::Error> {
        skip_map(map)?;
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(within: Within, text: &str) -> Json {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        within.deserialize(&mut deserializer).expect("JSON")
    }

    #[test]
    fn lists_of_indices_are_packed_and_come_out_as_they_were() {
        let json = read(
            Within::Object,
            r#"{"type":"Building","geometry":[{"boundaries":[[[0,1,2]],[[3,null,"x"]]],"lod":"1"}]}"#,
        );
        let geometry = &json.get("geometry").expect("there").items()[0];
        let Some(Json::Packed(packed)) = geometry.get("boundaries") else {
            panic!("{geometry:?}");
        };
        let Item::List(surfaces) = packed.whole() else {
            panic!("no list");
        };
        let rings: Vec<Vec<Item<'_>>> = surfaces
            .map(|surface| match surface {
                Item::List(mut rings) => match rings.next() {
                    Some(Item::List(ring)) => ring.collect(),
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            rings,
            [
                vec![Item::Index(0), Item::Index(1), Item::Index(2)],
                vec![Item::Index(3), Item::Null, Item::Wrong],
            ]
        );
    }

    #[test]
    fn values_outside_of_geometries_stay_as_they_are() {
        let json = read(
            Within::Object,
            r#"{"attributes":{"values":[1.5,2],"big":9007199254740993}}"#,
        );
        let attributes = json.get("attributes").expect("there");
        assert_eq!(
            attributes.get("values").expect("there").items()[0].scalar(),
            Some("1.5".to_owned())
        );
        assert_eq!(
            attributes.get("big").expect("there").scalar(),
            Some("9007199254740993".to_owned())
        );
    }

    #[test]
    fn positions_of_any_kind_are_read_on() {
        let mut rows = Vec::new();
        let text = r#"[[1,2,3],[1,2],"x",[1,"2",3,4],{"a":1}]"#;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        RowsSeed {
            take: &mut |row| {
                rows.push(row);
                Ok(())
            },
        }
        .deserialize(&mut deserializer)
        .expect("JSON");
        assert_eq!(rows.len(), 5);
        assert_eq!(rows[0].map(|number| number as i32), [1, 2, 3]);
        assert!(rows[1][2].is_nan() && rows[2][0].is_nan() && rows[3][1].is_nan());
    }
}
