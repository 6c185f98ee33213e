//! The binary chunk of a GLB while it grows, with the views and accessors that point into it.
//!
//! Views start at multiples of eight bytes, as `EXT_structural_metadata` asks.

use serde_json::{Value, json};

const ARRAY_BUFFER: u32 = 34962;
const ELEMENT_ARRAY_BUFFER: u32 = 34963;
const UNSIGNED_SHORT: u32 = 5123;
const UNSIGNED_INT: u32 = 5125;
const FLOAT: u32 = 5126;

/// What a view holds, as far as the GPU wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Vertices,
    Indices,
    Other,
}

/// The binary chunk while it grows.
#[derive(Debug, Default)]
pub(super) struct Bin {
    pub(super) bytes: Vec<u8>,
    pub(super) views: Vec<Value>,
    pub(super) accessors: Vec<Value>,
}

impl Bin {
    /// Bytes that nothing but the JSON points to; the number of their view.
    pub(super) fn plain(&mut self, data: &[u8]) -> usize {
        self.view(data, Use::Other)
    }

    fn view(&mut self, data: &[u8], used: Use) -> usize {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(data);
        // glTF allows no empty view: a table whose texts are all empty gets one byte that nothing points to.
        if data.is_empty() {
            self.bytes.push(0);
        }
        let length = data.len().max(1);
        self.views.push(match used {
            Use::Other => json!({"buffer": 0, "byteOffset": offset, "byteLength": length}),
            Use::Vertices => json!({
                "buffer": 0, "byteOffset": offset, "byteLength": length, "target": ARRAY_BUFFER
            }),
            Use::Indices => json!({
                "buffer": 0, "byteOffset": offset, "byteLength": length, "target": ELEMENT_ARRAY_BUFFER
            }),
        });
        self.views.len() - 1
    }

    fn accessor(&mut self, accessor: Value) -> usize {
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    /// Vectors of numbers; the accessor's number.
    pub(super) fn vectors<const N: usize>(&mut self, values: &[[f32; N]]) -> usize {
        let bytes: Vec<u8> = values
            .iter()
            .flatten()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let view = self.view(&bytes, Use::Vertices);
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": values.len(), "type": type_of(N)
        }))
    }

    /// Positions: their accessor states their smallest and largest values.
    pub(super) fn positions(&mut self, values: &[[f32; 3]]) -> usize {
        let number = self.vectors(values);
        let (mut min, mut max) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
        for value in values {
            for ((low, high), at) in min.iter_mut().zip(&mut max).zip(value) {
                *low = low.min(*at);
                *high = high.max(*at);
            }
        }
        if let Some(object) = self
            .accessors
            .get_mut(number)
            .and_then(Value::as_object_mut)
        {
            object.insert("min".to_owned(), json!(min));
            object.insert("max".to_owned(), json!(max));
        }
        number
    }

    /// Single numbers, for instance rows of features.
    pub(super) fn scalars(&mut self, values: &[f32]) -> usize {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let view = self.view(&bytes, Use::Vertices);
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": values.len(), "type": "SCALAR"
        }))
    }

    /// Colours, given as sRGB and written as glTF wants them: linear, as shares of 65 535.
    pub(super) fn colours(&mut self, values: &[[u8; 4]]) -> usize {
        let table: Vec<u16> = (0..=u8::MAX).map(linear_of).collect();
        let mut bytes = Vec::with_capacity(values.len() * 8);
        for [red, green, blue, opacity] in values {
            for part in [red, green, blue] {
                let linear = table.get(usize::from(*part)).copied().unwrap_or_default();
                bytes.extend_from_slice(&linear.to_le_bytes());
            }
            bytes.extend_from_slice(&(u16::from(*opacity) * 257).to_le_bytes());
        }
        let view = self.view(&bytes, Use::Vertices);
        self.accessor(json!({
            "bufferView": view, "componentType": UNSIGNED_SHORT, "normalized": true, "count": values.len(),
            "type": "VEC4"
        }))
    }

    /// Indices, as short as they can be.
    pub(super) fn indices(&mut self, values: &[u32]) -> usize {
        // 65 535 itself restarts strips and is not allowed.
        let is_short = values.iter().all(|value| *value < u32::from(u16::MAX));
        let (bytes, component): (Vec<u8>, u32) = if is_short {
            let bytes = values
                .iter()
                .flat_map(|value| (*value as u16).to_le_bytes())
                .collect();
            (bytes, UNSIGNED_SHORT)
        } else {
            let bytes = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            (bytes, UNSIGNED_INT)
        };
        let view = self.view(&bytes, Use::Indices);
        self.accessor(json!({
            "bufferView": view, "componentType": component, "count": values.len(), "type": "SCALAR"
        }))
    }

    /// Texts one after the other, and where each starts: the numbers of both views.
    pub(super) fn strings<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> (usize, usize) {
        let mut values = Vec::new();
        let mut offsets: Vec<u8> = 0_u32.to_le_bytes().to_vec();
        for text in texts {
            values.extend_from_slice(text.as_bytes());
            offsets.extend((values.len() as u32).to_le_bytes());
        }
        (self.plain(&values), self.plain(&offsets))
    }
}

fn type_of(parts: usize) -> &'static str {
    match parts {
        2 => "VEC2",
        3 => "VEC3",
        _ => "VEC4",
    }
}

/// The linear share of 65 535 of an sRGB value (IEC 61966-2-1).
fn linear_of(value: u8) -> u16 {
    let share = f64::from(value) / 255.0;
    let linear = if share <= 0.040_45 {
        share / 12.92
    } else {
        ((share + 0.055) / 1.055).powf(2.4)
    };
    (linear * 65_535.0).round() as u16
}

/// The GLB container (glTF 2.0, section 4).
pub(super) fn container(root: &Value, bin: &[u8]) -> Vec<u8> {
    let mut text = root.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(8), b' ');
    let bin_length = bin.len().next_multiple_of(8);
    let total = 12 + 8 + text.len() + 8 + bin_length;
    let mut bytes = Vec::with_capacity(total);
    bytes.extend_from_slice(b"glTF");
    bytes.extend_from_slice(&2_u32.to_le_bytes());
    bytes.extend_from_slice(&(total as u32).to_le_bytes());
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(b"JSON");
    bytes.extend_from_slice(&text);
    bytes.extend_from_slice(&(bin_length as u32).to_le_bytes());
    bytes.extend_from_slice(b"BIN\0");
    bytes.extend_from_slice(bin);
    bytes.resize(total, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_states_its_lengths_in_whole_words() {
        let bytes = container(&json!({"asset": {"version": "2.0"}}), &[1, 2, 3]);
        assert_eq!(&bytes[..4], b"glTF");
        assert_eq!(
            u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize,
            bytes.len()
        );
        assert_eq!(bytes.len() % 4, 0);
    }

    #[test]
    fn texts_are_found_again_by_their_offsets() {
        let mut bin = Bin::default();
        let (values, offsets) = bin.strings(["上海", "", "x"].into_iter());
        assert_eq!((values, offsets), (0, 1));
        assert_eq!(bin.views[0]["byteLength"], 7);
        assert_eq!(
            &bin.bytes[8..24],
            &[0, 0, 0, 0, 6, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0]
        );
    }

    #[test]
    fn indices_are_short_while_they_fit_and_colours_linear() {
        let mut bin = Bin::default();
        let (short, long) = (bin.indices(&[0, 65_534]), bin.indices(&[0, 65_535]));
        assert_eq!(bin.accessors[short]["componentType"], UNSIGNED_SHORT);
        assert_eq!(bin.accessors[long]["componentType"], UNSIGNED_INT);
        assert_eq!((linear_of(0), linear_of(255)), (0, 65_535));
        // Half way in sRGB is about a fifth of the light.
        assert!((13_500..14_500).contains(&linear_of(127)));
    }
}
