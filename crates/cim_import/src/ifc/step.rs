//! The records of a STEP file (ISO 10303-21), found by number and read when they are asked for.

use ifc_lite_core::{EntityScanner, Token, decode_ifc_string, parse_entity};

/// A file's text and where its records are.
#[derive(Debug)]
pub(crate) struct Step {
    bytes: Vec<u8>,
    /// Number, first byte and byte behind the last, by number.
    index: Vec<(u32, u32, u32)>,
}

/// One record.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) id: u32,
    /// The entity's name in capitals.
    pub(crate) name: String,
    values: Vec<Token<'a>>,
}

impl Step {
    /// Finds the records in `bytes`, which are fewer than 4 GiB.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let index = index_of(&bytes);
        Self { bytes, index }
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Numbers and names of all records, by number.
    pub(crate) fn names(&self) -> impl Iterator<Item = (u32, String)> {
        self.index.iter().filter_map(|(id, start, end)| {
            let text = self.bytes.get(*start as usize..*end as usize)?;
            Some((*id, name_of(text)?))
        })
    }

    /// The record `id`; `None` when there is none or it cannot be read.
    pub(crate) fn record(&self, id: u32) -> Option<Record<'_>> {
        let at = self
            .index
            .binary_search_by_key(&id, |(own, _, _)| *own)
            .ok()?;
        let (_, start, end) = *self.index.get(at)?;
        let text = self.bytes.get(start as usize..end as usize)?;
        let (id, _, values) = parse_entity(text).ok()?;
        Some(Record {
            id,
            name: name_of(text)?,
            values,
        })
    }
}

fn index_of(bytes: &[u8]) -> Vec<(u32, u32, u32)> {
    let mut index = Vec::new();
    let mut scanner = EntityScanner::new(bytes);
    while let Some((id, _, start, end)) = scanner.next_entity() {
        index.push((id, start as u32, end as u32));
    }
    index.sort_unstable();
    index
}

/// The entity's name in `#1=NAME(…)`.
fn name_of(text: &[u8]) -> Option<String> {
    let at = text.iter().position(|byte| *byte == b'=')?;
    let name: String = text
        .get(at + 1..)?
        .trim_ascii_start()
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .map(|byte| char::from(byte.to_ascii_uppercase()))
        .collect();
    (!name.is_empty()).then_some(name)
}

impl<'a> Record<'a> {
    /// The value `at`, counted from 0.
    pub(crate) fn value(&self, at: usize) -> Option<&Token<'a>> {
        self.values.get(at)
    }

    /// How many values it has.
    pub(crate) fn count(&self) -> usize {
        self.values.len()
    }

    /// The record that the value `at` refers to.
    pub(crate) fn reference(&self, at: usize) -> Option<u32> {
        reference_of(self.value(at)?)
    }

    /// The records that the list `at` refers to.
    pub(crate) fn references(&self, at: usize) -> Vec<u32> {
        items_of(self.value(at))
            .iter()
            .filter_map(reference_of)
            .collect()
    }

    /// The number `at`, a typed one too.
    pub(crate) fn number(&self, at: usize) -> Option<f64> {
        number_of(self.value(at)?)
    }

    /// The numbers of the list `at`.
    pub(crate) fn numbers(&self, at: usize) -> Vec<f64> {
        items_of(self.value(at))
            .iter()
            .filter_map(number_of)
            .collect()
    }

    /// The text `at`.
    pub(crate) fn text(&self, at: usize) -> Option<String> {
        match self.value(at)? {
            Token::String(bytes) => Some(decoded(bytes)).filter(|text| !text.trim().is_empty()),
            _ => None,
        }
    }

    /// The word `at`, without its points.
    pub(crate) fn word(&self, at: usize) -> Option<String> {
        match self.value(at)? {
            Token::Enum(bytes) => Some(word_of(bytes)),
            _ => None,
        }
    }
}

fn word_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .trim_matches('.')
        .to_ascii_uppercase()
}

fn decoded(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    decode_ifc_string(&text).replace("''", "'")
}

/// The items of a list; none for anything else.
pub(crate) fn items_of<'a, 'b>(value: Option<&'b Token<'a>>) -> &'b [Token<'a>] {
    match value {
        Some(Token::List(items)) => items,
        _ => &[],
    }
}

fn reference_of(value: &Token<'_>) -> Option<u32> {
    match value {
        Token::EntityRef(id) => Some(*id),
        _ => None,
    }
}

/// A number, a typed one too.
pub(crate) fn number_of(value: &Token<'_>) -> Option<f64> {
    match value {
        Token::Integer(number) => Some(*number as f64),
        Token::Float(number) => Some(*number).filter(|number| number.is_finite()),
        Token::TypedValue(_, values) => number_of(values.first()?),
        _ => None,
    }
}

/// A value as people read it.
pub(crate) fn text_of(value: &Token<'_>) -> Option<String> {
    match value {
        Token::String(bytes) => Some(decoded(bytes)),
        Token::Integer(number) => Some(number.to_string()),
        Token::Float(number) => Some(number.to_string()),
        Token::Enum(bytes) => Some(match word_of(bytes).as_str() {
            "T" => "true".to_owned(),
            "F" => "false".to_owned(),
            other => other.to_owned(),
        }),
        Token::TypedValue(_, values) => text_of(values.first()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_by_number() {
        let step = Step::new(
            b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#7= IFCWALL('it''s',$,(1.,2),#9,.T.,IFCLABEL('x'));\n#2=IFCPOINT((0.,1.));\nENDSEC;\nEND-ISO-10303-21;"
                .to_vec(),
        );
        assert_eq!(step.len(), 2);
        let wall = step.record(7).expect("there");
        assert_eq!((wall.name.as_str(), wall.count()), ("IFCWALL", 6));
        assert_eq!(wall.text(0).as_deref(), Some("it's"));
        assert_eq!(wall.numbers(2), [1.0, 2.0]);
        assert_eq!(wall.reference(3), Some(9));
        assert_eq!(wall.word(4).as_deref(), Some("T"));
        assert_eq!(wall.value(5).and_then(text_of).as_deref(), Some("x"));
        assert!(step.record(8).is_none());
    }
}
