//! The fields that a layer's rows have: their names, types and words.

use crate::layer::{Words, near::nearest};
use cim_model::SensorKind;

/// A field's number: its place in the schema, and what columns are asked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldIndex(pub u16);

/// What a field holds, and so how columns give it (see [`super::Columns`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A number in `unit`; the unit may be empty.
    Number {
        /// As shown after the value.
        unit: String,
    },
    /// A stretch of time, in seconds.
    Seconds,
    /// Any text.
    Text,
    /// One word of a list; columns give its index.
    Word(Vec<Choice>),
    /// One word of a list that has an order, least first; columns give its index.
    Level(Vec<Choice>),
    /// Yes or no; columns give 1 or 0.
    Flag,
}

/// A word of a field's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As it is written in filters.
    pub word: String,
    /// As people say it; filters may use these in quotes too.
    pub label: Words,
}

impl Choice {
    /// The word `word`, which people call `zh` or `en`.
    pub fn new(word: &str, zh: &str, en: &str) -> Self {
        Self {
            word: word.to_owned(),
            label: Words::new(zh, en),
        }
    }

    /// True when `text` is this word, in whichever language.
    pub(crate) fn is(&self, text: &str) -> bool {
        let Words { zh, en } = &self.label;
        // A word without a name in a language is not called "".
        !text.is_empty() && (self.word == text || zh == text || en.eq_ignore_ascii_case(text))
    }
}

/// A field of a layer's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As it is written in filters.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// What people call it.
    pub label: Words,
}

/// The fields of a layer's rows. At most 65 535; later ones are not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    fields: Vec<Field>,
}

impl Schema {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The fields that every live thing has, at the numbers of [`live`].
    pub fn live() -> Self {
        let number = FieldKind::Number {
            unit: String::new(),
        };
        Self::new()
            .with("id", FieldKind::Text, "编码", "Id")
            .with("name", FieldKind::Text, "名称", "Name")
            .with("kind", FieldKind::Word(kinds()), "类别", "Kind")
            .with("property", FieldKind::Text, "监测项", "Property")
            .with("value", number, "数值", "Value")
            .with(
                "severity",
                FieldKind::Level(severities()),
                "级别",
                "Severity",
            )
            .with("age", FieldKind::Seconds, "值龄", "Age")
            .with("late", FieldKind::Flag, "迟到", "Late")
            .with("missing", FieldKind::Flag, "缺失", "Missing")
            .with("real", FieldKind::Flag, "真实", "Real")
            .with("source", FieldKind::Text, "来源", "Source")
            .with("owner", FieldKind::Text, "权属单位", "Owner")
            .with("district", FieldKind::Text, "区域", "District")
            .with("grid", FieldKind::Text, "网格", "Grid cell")
    }

    /// With one more field.
    #[must_use]
    pub fn with(mut self, name: &str, kind: FieldKind, zh: &str, en: &str) -> Self {
        self.add(Field {
            name: name.to_owned(),
            kind,
            label: Words::new(zh, en),
        });
        self
    }

    /// Adds `field`; nothing happens when there is one of its name, or no number left.
    pub fn add(&mut self, field: Field) -> Option<FieldIndex> {
        let index = u16::try_from(self.fields.len()).ok()?;
        if self.find(&field.name).is_some() {
            return None;
        }
        self.fields.push(field);
        Some(FieldIndex(index))
    }

    /// All fields, by their number.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field called `name`.
    pub fn find(&self, name: &str) -> Option<(FieldIndex, &Field)> {
        let place = self.fields.iter().position(|field| field.name == name)?;
        let index = u16::try_from(place).ok()?;
        Some((FieldIndex(index), self.fields.get(place)?))
    }

    /// The field whose name is nearly `name`.
    pub fn near(&self, name: &str) -> Option<&str> {
        nearest(name, self.fields.iter().map(|field| field.name.as_str()))
    }
}

/// The numbers of the fields of [`Schema::live`].
pub mod live {
    use super::FieldIndex;

    /// Identity at the hub; text.
    pub const ID: FieldIndex = FieldIndex(0);
    /// What people call it; text.
    pub const NAME: FieldIndex = FieldIndex(1);
    /// What sort of thing it is; word, numbered as `cim_model::SensorKind::ALL` and then camera, event, vehicle,
    /// person, asset, grid.
    pub const KIND: FieldIndex = FieldIndex(2);
    /// What is measured, as the hub names it; text.
    pub const PROPERTY: FieldIndex = FieldIndex(3);
    /// The newest value; number in the unit of its series.
    pub const VALUE: FieldIndex = FieldIndex(4);
    /// How bad its state is, 0 normal to 4 critical; level.
    pub const SEVERITY: FieldIndex = FieldIndex(5);
    /// How old the newest value is, seconds.
    pub const AGE: FieldIndex = FieldIndex(6);
    /// True when the newest value is older than three periods of its source, missing ones included.
    pub const LATE: FieldIndex = FieldIndex(7);
    /// True when there never was a value, or none for ten periods.
    pub const MISSING: FieldIndex = FieldIndex(8);
    /// False for exercises, tests and drafts.
    pub const REAL: FieldIndex = FieldIndex(9);
    /// The source that brings it; text.
    pub const SOURCE: FieldIndex = FieldIndex(10);
    /// Who it belongs to; text.
    pub const OWNER: FieldIndex = FieldIndex(11);
    /// The district that it lies in; text.
    pub const DISTRICT: FieldIndex = FieldIndex(12);
    /// The code of its grid cell; text.
    pub const GRID: FieldIndex = FieldIndex(13);
    /// The first number that a schema of one's own may use.
    pub const NEXT: FieldIndex = FieldIndex(14);
}

fn kinds() -> Vec<Choice> {
    let mut choices: Vec<Choice> = SensorKind::ALL.into_iter().map(sensor_choice).collect();
    choices.extend([
        Choice::new("camera", "摄像机", "Camera"),
        Choice::new("event", "事件", "Event"),
        Choice::new("vehicle", "车辆", "Vehicle"),
        Choice::new("person", "人员", "Person"),
        Choice::new("asset", "部件", "Asset"),
        Choice::new("grid", "网格", "Grid cell"),
    ]);
    choices
}

fn sensor_choice(kind: SensorKind) -> Choice {
    let (zh, en) = match kind {
        SensorKind::Traffic => ("交通", "Traffic"),
        SensorKind::Air => ("空气", "Air"),
        SensorKind::WaterLevel => ("水位", "Water level"),
        SensorKind::Noise => ("噪声", "Noise"),
        SensorKind::Parking => ("停车", "Parking"),
        SensorKind::Gas => ("燃气", "Gas"),
        SensorKind::Manhole => ("井盖", "Manhole"),
        SensorKind::Structural => ("结构", "Structural"),
        SensorKind::Other => ("其他", "Other"),
    };
    Choice::new(kind.as_str(), zh, en)
}

fn severities() -> Vec<Choice> {
    vec![
        Choice::new("normal", "正常", "Normal"),
        Choice::new("low", "提示", "Low"),
        Choice::new("medium", "一般", "Medium"),
        Choice::new("high", "重要", "High"),
        Choice::new("critical", "紧急", "Critical"),
    ]
}
