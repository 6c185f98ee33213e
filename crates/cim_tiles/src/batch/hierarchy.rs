//! `3DTILES_batch_table_hierarchy`: features of several classes, and parents whose properties they share.

use super::column::{Component, Numbers};
use super::json::Entry;
use crate::allowance::Allowance;
use crate::{PropertyColumn, PropertyValue, TileError};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Of more ancestors than this the rest is passed over. Door, wall, storey, building and quarter are five.
const MAX_ANCESTORS: usize = 64;

/// The extension's object.
#[derive(Debug, Default)]
pub(crate) struct Hierarchy {
    /// How many instances there are; the first are the tile's features.
    pub(crate) instances: usize,
    pub(crate) classes: Vec<Class>,
    /// Each instance's class.
    pub(crate) class_ids: Option<Entry>,
    /// How many parents each instance has; one each when absent.
    pub(crate) parent_counts: Option<Entry>,
    /// The parents of all instances, end to end; an instance that names itself has none.
    pub(crate) parent_ids: Option<Entry>,
}

/// A class of instances.
#[derive(Debug, Default)]
pub(crate) struct Class {
    pub(crate) name: String,
    /// How many instances are of it.
    pub(crate) length: usize,
    pub(crate) entries: Vec<(String, Entry)>,
}

/// What the hierarchy says of a tile's features.
#[derive(Debug, Default)]
pub(crate) struct Inherited {
    /// Own properties and those of all parents; of several with one name the nearest.
    pub(crate) columns: Vec<PropertyColumn>,
    /// The name of each feature's class.
    pub(crate) kinds: Vec<String>,
}

/// What a hierarchy is read from.
#[derive(Clone, Copy)]
pub(crate) struct HierarchyInput<'a> {
    /// The binary part of the batch table.
    pub(crate) binary: &'a [u8],
    /// The tile's features.
    pub(crate) rows: usize,
    pub(crate) file: &'a str,
}

const PLACE: &str = "the batch table's hierarchy";

impl Hierarchy {
    /// The columns that the tile's features get from it.
    pub(crate) fn inherited(
        self,
        input: HierarchyInput<'_>,
        allowance: &mut Allowance,
    ) -> Result<Inherited, TileError> {
        let broken = |reason: String| TileError::broken(input.file, PLACE, reason);
        let count = self.instances;
        if count < input.rows {
            return Err(broken(format!(
                "{count} instances for {} features",
                input.rows
            )));
        }
        // Class, number within the class, first parent, mark of the walk: what is kept for each instance.
        allowance.take(
            count.saturating_mul(4 * size_of::<u32>()),
            input.file,
            PLACE,
        )?;
        let class_ids = self
            .class_ids
            .as_ref()
            .ok_or_else(|| broken("classIds are missing".to_owned()))?;
        let class_ids = numbers(class_ids, input.binary, count).map_err(broken)?;
        let places = places_in_classes(&class_ids, self.classes.len()).map_err(broken)?;
        let parents = Parents::read(
            self.parent_counts.as_ref(),
            self.parent_ids.as_ref(),
            input,
            count,
            allowance,
        )?;
        let (ids, classes) = self.resolved(input, allowance)?;

        let per_column = input
            .rows
            .saturating_mul(size_of::<Option<PropertyValue>>());
        allowance.take(per_column.saturating_mul(ids.len()), input.file, PLACE)?;
        let mut columns: Vec<PropertyColumn> = ids
            .into_iter()
            .map(|id| PropertyColumn {
                id,
                values: vec![None; input.rows],
                ..PropertyColumn::default()
            })
            .collect();
        let mut walk = Walk::new(count);
        for row in 0..input.rows {
            for instance in walk.line_of(row, &parents) {
                let class = class_ids.get(*instance).copied().unwrap_or_default() as usize;
                let place = places.get(*instance).copied().unwrap_or_default() as usize;
                let own = classes.get(class).map(Vec::as_slice).unwrap_or_default();
                for (column, values) in own {
                    let slot = columns
                        .get_mut(*column)
                        .and_then(|one| one.values.get_mut(row));
                    let value = values.get(place).and_then(Option::as_ref);
                    fill(slot, value, input.file, allowance)?;
                }
            }
        }
        let mut kinds = Vec::with_capacity(input.rows);
        for class in class_ids.iter().take(input.rows) {
            let class = self.classes.get(*class as usize);
            let name = class.map(|class| class.name.as_str()).unwrap_or_default();
            allowance.take(size_of::<String>() + name.len(), input.file, PLACE)?;
            kinds.push(name.to_owned());
        }
        Ok(Inherited { columns, kinds })
    }

    /// The names of all properties, and for each class its own: which column, and the values by place in the class.
    fn resolved(
        &self,
        input: HierarchyInput<'_>,
        allowance: &mut Allowance,
    ) -> Result<(Vec<String>, Vec<ClassColumns<'_>>), TileError> {
        let mut ids: Vec<String> = Vec::new();
        let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
        let mut classes = Vec::with_capacity(self.classes.len());
        for (number, class) in self.classes.iter().enumerate() {
            let mut own = Vec::with_capacity(class.entries.len());
            for (name, entry) in &class.entries {
                let place = format!("{PLACE}, classes/{number}/instances/{name}");
                let broken = |reason: String| TileError::broken(input.file, &place, reason);
                let values = match entry {
                    Entry::Values(values) => Cow::Borrowed(values.as_slice()),
                    Entry::Binary(reference) => Cow::Owned(
                        Numbers::of_reference(reference, input.binary, None, class.length)
                            .map_err(broken)?
                            .values(class.length, allowance, input.file, &place)?,
                    ),
                    Entry::Single(_) | Entry::Other => continue,
                };
                let column = *rows.entry(name.as_str()).or_insert_with(|| {
                    ids.push(name.clone());
                    ids.len() - 1
                });
                own.push((column, values));
            }
            classes.push(own);
        }
        Ok((ids, classes))
    }
}

/// Copies a value to where none is yet.
fn fill(
    slot: Option<&mut Option<PropertyValue>>,
    value: Option<&PropertyValue>,
    file: &str,
    allowance: &mut Allowance,
) -> Result<(), TileError> {
    if let (Some(slot), Some(value)) = (slot.filter(|slot| slot.is_none()), value) {
        allowance.take(heap_bytes(value), file, PLACE)?;
        *slot = Some(value.clone());
    }
    Ok(())
}

/// The properties of one class.
type ClassColumns<'a> = Vec<(usize, Cow<'a, [Option<PropertyValue>]>)>;

/// `count` whole numbers from an array or the binary part.
fn numbers(entry: &Entry, binary: &[u8], count: usize) -> Result<Vec<u32>, String> {
    match entry {
        Entry::Values(values) => {
            let list = values.get(..count).ok_or_else(|| {
                format!("{} numbers stand where {count} are needed", values.len())
            })?;
            list.iter()
                .map(|value| match value {
                    Some(PropertyValue::Number(number))
                        if *number >= 0.0 && *number <= f64::from(u32::MAX) =>
                    {
                        Ok(*number as u32)
                    }
                    _ => Err("something else stands where a number is needed".to_owned()),
                })
                .collect()
        }
        Entry::Binary(reference) => {
            let numbers = Numbers::of_reference(reference, binary, Some(Component::U16), count)?;
            Ok((0..count)
                .map(|row| numbers.number(row, 0) as u32)
                .collect())
        }
        Entry::Single(_) | Entry::Other => Err("a list of numbers is needed".to_owned()),
    }
}

/// Each instance's place among those of its class.
fn places_in_classes(class_ids: &[u32], classes: usize) -> Result<Vec<u32>, String> {
    let mut counts = vec![0_u32; classes];
    class_ids
        .iter()
        .map(|class| {
            let count = counts
                .get_mut(*class as usize)
                .ok_or_else(|| format!("class {class} of {classes} does not exist"))?;
            let place = *count;
            *count += 1;
            Ok(place)
        })
        .collect()
}

/// Who is whose parent.
#[derive(Debug, Default)]
struct Parents {
    /// Where each instance's parents begin in `ids`, and the end; empty when nobody has any.
    first: Vec<u32>,
    ids: Vec<u32>,
}

impl Parents {
    fn read(
        counts: Option<&Entry>,
        ids: Option<&Entry>,
        input: HierarchyInput<'_>,
        count: usize,
        allowance: &mut Allowance,
    ) -> Result<Self, TileError> {
        let broken = |reason: String| TileError::broken(input.file, PLACE, reason);
        let Some(ids) = ids else {
            return Ok(Self::default());
        };
        let counts = match counts {
            Some(counts) => numbers(counts, input.binary, count).map_err(broken)?,
            None => vec![1; count],
        };
        let mut first = Vec::with_capacity(count + 1);
        let mut total = 0_u32;
        for count in counts {
            first.push(total);
            total = total
                .checked_add(count)
                .ok_or_else(|| broken("there are too many parents".to_owned()))?;
        }
        first.push(total);
        allowance.take((total as usize).saturating_mul(4), input.file, PLACE)?;
        let ids = numbers(ids, input.binary, total as usize).map_err(broken)?;
        if let Some(stranger) = ids.iter().find(|id| **id as usize >= count) {
            return Err(broken(format!(
                "parent {stranger} of {count} instances does not exist"
            )));
        }
        Ok(Self { first, ids })
    }

    fn of(&self, instance: usize) -> &[u32] {
        let first = self.first.get(instance).copied();
        let end = self.first.get(instance + 1).copied();
        first
            .zip(end)
            .and_then(|(first, end)| self.ids.get(first as usize..end as usize))
            .unwrap_or_default()
    }
}

/// A walk from features to their ancestors that visits nobody twice.
struct Walk {
    /// The row whose walk an instance was last visited by, plus one.
    visited: Vec<u32>,
    line: Vec<usize>,
}

impl Walk {
    fn new(instances: usize) -> Self {
        Self {
            visited: vec![0; instances],
            line: Vec::with_capacity(MAX_ANCESTORS),
        }
    }

    /// The instance itself, its parents, theirs and so on.
    fn line_of(&mut self, row: usize, parents: &Parents) -> &[usize] {
        let mark = row as u32 + 1;
        self.line.clear();
        self.visit(row, mark);
        let mut next = 0;
        while let Some(instance) = self.line.get(next).copied() {
            for parent in parents.of(instance) {
                if self.line.len() >= MAX_ANCESTORS {
                    return &self.line;
                }
                self.visit(*parent as usize, mark);
            }
            next += 1;
        }
        &self.line
    }

    fn visit(&mut self, instance: usize, mark: u32) {
        if let Some(visited) = self.visited.get_mut(instance)
            && *visited != mark
        {
            *visited = mark;
            self.line.push(instance);
        }
    }
}

/// What a copy of a value takes beside its own place.
fn heap_bytes(value: &PropertyValue) -> usize {
    match value {
        PropertyValue::Text(text) => text.len(),
        PropertyValue::List(list) => list
            .iter()
            .map(|one| size_of::<PropertyValue>() + heap_bytes(one))
            .sum(),
        PropertyValue::Flag(_) | PropertyValue::Number(_) | PropertyValue::Integer(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::json::JsonTable;

    fn inherited(json: &str, rows: usize) -> Result<Inherited, TileError> {
        let mut allowance = Allowance::for_input(json.len());
        let table = JsonTable::read(json.as_bytes(), rows, &mut allowance, "a.b3dm", "table")?;
        let input = HierarchyInput {
            binary: &[],
            rows,
            file: "a.b3dm",
        };
        table
            .hierarchy
            .expect("a hierarchy")
            .inherited(input, &mut allowance)
    }

    /// Two doors in one wall of one house; the second door has a painter too.
    const HOUSE: &str = r#"{"extensions":{"3DTILES_batch_table_hierarchy":{
        "instancesLength":5,
        "classes":[
            {"name":"door","length":2,"instances":{"width":[1.2,1.3],"name":["left","right"]}},
            {"name":"house","length":1,"instances":{"name":["Haus am See"],"street":["Seeweg"]}},
            {"name":"wall","length":1,"instances":{"paint":["white"]}},
            {"name":"painter","length":1,"instances":{"paint":["blue"]}}],
        "classIds":[0,0,1,2,3],
        "parentCounts":[1,2,0,1,0],
        "parentIds":[3,4,3,2]}}}"#;

    #[test]
    fn a_door_has_its_own_properties_and_those_of_wall_and_house() {
        let inherited = inherited(HOUSE, 2).expect("a hierarchy");
        let of = |id: &str, row: usize| {
            let column = inherited.columns.iter().find(|column| column.id == id)?;
            column.values.get(row)?.as_ref().map(ToString::to_string)
        };
        assert_eq!(of("name", 0).as_deref(), Some("left"));
        assert_eq!(of("street", 0).as_deref(), Some("Seeweg"));
        assert_eq!(of("paint", 0).as_deref(), Some("white"));
        assert_eq!(of("paint", 1).as_deref(), Some("blue"), "the nearer parent");
        assert_eq!(inherited.kinds, ["door", "door"]);
    }

    #[test]
    fn a_circle_of_parents_ends() {
        let circle = HOUSE
            .replace("[1,2,0,1,0]", "[1,2,1,1,0]")
            .replace("[3,4,3,2]", "[3,4,3,3,2]");
        assert!(inherited(&circle, 2).is_ok());
    }

    #[test]
    fn what_does_not_exist_is_told() {
        let cases = [
            HOUSE.replace("[0,0,1,2,3]", "[0,0,1,2,9]"),
            HOUSE.replace("[0,0,1,2,3]", "[0,0,1]"),
            HOUSE.replace("[3,4,3,2]", "[3,4,3,77]"),
            HOUSE.replace("[1,2,0,1,0]", "[1,2,0,1,4000000000]"),
            HOUSE.replace("\"instancesLength\":5", "\"instancesLength\":1"),
            HOUSE.replace("\"instancesLength\":5", "\"instancesLength\":4000000000"),
        ];
        for (number, json) in cases.iter().enumerate() {
            let error = inherited(json, 2).expect_err("a broken hierarchy");
            assert!(error.place().contains("hierarchy"), "{number}: {error}");
        }
    }
}
