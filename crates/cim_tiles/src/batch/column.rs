//! Numbers in the binary part of a feature or batch table (3D Tiles 1.0, "Binary body reference").

use super::json::Reference;
use crate::allowance::Allowance;
use crate::{PropertyValue, TileError};

/// How one number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Component {
    /// The component type with this word, `UNSIGNED_BYTE` for instance.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        match word {
            "BYTE" => Some(Self::I8),
            "UNSIGNED_BYTE" => Some(Self::U8),
            "SHORT" => Some(Self::I16),
            "UNSIGNED_SHORT" => Some(Self::U16),
            "INT" => Some(Self::I32),
            "UNSIGNED_INT" => Some(Self::U32),
            "FLOAT" => Some(Self::F32),
            "DOUBLE" => Some(Self::F64),
            _ => None,
        }
    }

    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The number at `at`; 0 outside.
    pub(crate) fn read(self, bytes: &[u8], at: usize) -> f64 {
        match self {
            Self::I8 => f64::from(i8::from_le_bytes(some_bytes(bytes, at))),
            Self::U8 => f64::from(u8::from_le_bytes(some_bytes(bytes, at))),
            Self::I16 => f64::from(i16::from_le_bytes(some_bytes(bytes, at))),
            Self::U16 => f64::from(u16::from_le_bytes(some_bytes(bytes, at))),
            Self::I32 => f64::from(i32::from_le_bytes(some_bytes(bytes, at))),
            Self::U32 => f64::from(u32::from_le_bytes(some_bytes(bytes, at))),
            Self::F32 => f64::from(f32::from_le_bytes(some_bytes(bytes, at))),
            Self::F64 => f64::from_le_bytes(some_bytes(bytes, at)),
        }
    }
}

fn some_bytes<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk::<N>())
        .copied()
        .unwrap_or([0; N])
}

/// Items of one to four numbers, end to end. That the last one lies within the bytes was checked when it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers<'a> {
    bytes: &'a [u8],
    component: Component,
    pub(crate) width: usize,
}

impl<'a> Numbers<'a> {
    /// `rows` items of `width` numbers from `at` on.
    pub(crate) fn new(
        bytes: &'a [u8],
        at: usize,
        component: Component,
        width: usize,
        rows: usize,
    ) -> Result<Self, String> {
        let part = rows
            .checked_mul(width * component.bytes())
            .and_then(|length| bytes.get(at..at.checked_add(length)?))
            .ok_or_else(|| {
                format!(
                    "{rows} items from byte {at} do not fit into the binary part of {} bytes",
                    bytes.len()
                )
            })?;
        Ok(Self {
            bytes: part,
            component,
            width,
        })
    }

    /// What a batch table's reference names: its own component type and shape.
    pub(crate) fn of_reference(
        reference: &Reference,
        binary: &'a [u8],
        default: Option<Component>,
        rows: usize,
    ) -> Result<Self, String> {
        let component = match reference.component.as_deref() {
            None => default.ok_or_else(|| "its componentType is missing".to_owned())?,
            Some(word) => Component::of_word(word)
                .ok_or_else(|| format!("component type {word:?} does not exist"))?,
        };
        let width = match reference.shape.as_deref() {
            None | Some("SCALAR") => 1,
            Some("VEC2") => 2,
            Some("VEC3") => 3,
            Some("VEC4") => 4,
            Some(other) => return Err(format!("type {other:?} does not exist")),
        };
        Self::new(binary, reference.byte_offset, component, width, rows)
    }

    /// One number of one item.
    pub(crate) fn number(&self, item: usize, part: usize) -> f64 {
        let at = (item * self.width + part) * self.component.bytes();
        self.component.read(self.bytes, at)
    }

    /// All items as values of a property.
    pub(crate) fn values(
        &self,
        rows: usize,
        allowance: &mut Allowance,
        file: &str,
        place: &str,
    ) -> Result<Vec<Option<PropertyValue>>, TileError> {
        let per_row = match self.width {
            1 => size_of::<Option<PropertyValue>>(),
            width => size_of::<Option<PropertyValue>>() + width * size_of::<PropertyValue>(),
        };
        allowance.take(rows.saturating_mul(per_row), file, place)?;
        let value = |row: usize| {
            if self.width == 1 {
                PropertyValue::Number(self.number(row, 0))
            } else {
                let parts = (0..self.width).map(|part| self.number(row, part));
                PropertyValue::List(parts.map(PropertyValue::Number).collect())
            }
        };
        Ok((0..rows).map(|row| Some(value(row))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(component: &str, shape: &str) -> Reference {
        Reference {
            byte_offset: 1,
            component: Some(component.to_owned()),
            shape: Some(shape.to_owned()),
        }
    }

    #[test]
    fn every_component_type_is_read() {
        let cases: [(&str, &[u8], f64); 8] = [
            ("BYTE", &[0xFE], -2.0),
            ("UNSIGNED_BYTE", &[0xFE], 254.0),
            ("SHORT", &(-300_i16).to_le_bytes(), -300.0),
            ("UNSIGNED_SHORT", &60_000_u16.to_le_bytes(), 60_000.0),
            ("INT", &(-70_000_i32).to_le_bytes(), -70_000.0),
            ("UNSIGNED_INT", &4_000_000_000_u32.to_le_bytes(), 4e9),
            ("FLOAT", &0.5_f32.to_le_bytes(), 0.5),
            ("DOUBLE", &0.1_f64.to_le_bytes(), 0.1),
        ];
        for (word, bytes, expected) in cases {
            // One byte before, because writers do not always align.
            let binary = [[9].as_slice(), bytes].concat();
            let numbers = Numbers::of_reference(&reference(word, "SCALAR"), &binary, None, 1)
                .expect("one number");
            assert!(
                (numbers.number(0, 0) - expected).abs() < f64::EPSILON,
                "{word}"
            );
        }
    }

    #[test]
    fn vectors_become_lists() {
        let binary = [9, 1, 2, 3, 4];
        let numbers = Numbers::of_reference(&reference("UNSIGNED_BYTE", "VEC2"), &binary, None, 2)
            .expect("two vectors");
        let mut allowance = Allowance::for_input(0);
        let values = numbers
            .values(2, &mut allowance, "a.b3dm", "size")
            .expect("a column");
        let texts: Vec<String> = values.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(texts, ["1, 2", "3, 4"]);
    }

    #[test]
    fn columns_that_reach_beyond_the_binary_part_are_refused() {
        let binary = [0; 8];
        for (word, rows) in [("FLOAT", 2), ("DOUBLE", 1), ("BYTE", usize::MAX)] {
            let numbers = Numbers::of_reference(&reference(word, "SCALAR"), &binary, None, rows);
            assert!(numbers.is_err(), "{word}");
        }
        assert!(Numbers::of_reference(&reference("HALF", "SCALAR"), &binary, None, 1).is_err());
    }
}
