//! Feature tables of b3dm, i3dm and pnts: a few numbers for the whole tile, and numbers for each instance or point
//! (3D Tiles 1.0, "Feature Table").

use super::column::{Component, Numbers};
use super::json::{DracoProperties, Entry, JsonTable};
use super::sections::Sections;
use crate::allowance::Allowance;
use crate::{PropertyValue, TileError};
use glam::DVec3;

/// A feature table, its JSON read.
#[derive(Debug, Default)]
pub(crate) struct FeatureTable<'a> {
    table: JsonTable,
    binary: &'a [u8],
    path: &'a str,
}

/// Numbers of each instance or point.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Items<'t> {
    /// In the binary part.
    Binary(Numbers<'t>),
    /// In the JSON, end to end.
    Inline(&'t [Option<PropertyValue>], usize),
}

impl Items<'_> {
    /// One number of one item; 0 where something else stands.
    pub(crate) fn number(&self, item: usize, part: usize) -> f64 {
        match self {
            Self::Binary(numbers) => numbers.number(item, part),
            Self::Inline(values, width) => match values.get(item * width + part) {
                Some(Some(PropertyValue::Number(number))) => *number,
                _ => 0.0,
            },
        }
    }

    pub(crate) fn vector(&self, item: usize) -> DVec3 {
        DVec3::new(
            self.number(item, 0),
            self.number(item, 1),
            self.number(item, 2),
        )
    }
}

impl<'a> FeatureTable<'a> {
    pub(crate) fn read(
        sections: &Sections<'a>,
        path: &'a str,
        allowance: &mut Allowance,
    ) -> Result<Self, TileError> {
        let table = JsonTable::read(
            sections.feature_json,
            usize::MAX,
            allowance,
            path,
            "the feature table",
        )?;
        Ok(Self {
            table,
            binary: sections.feature_binary,
            path,
        })
    }

    /// The binary part.
    pub(crate) fn binary(&self) -> &'a [u8] {
        self.binary
    }

    /// What Draco packed.
    pub(crate) fn draco(&self) -> Option<&DracoProperties> {
        self.table.draco.as_ref()
    }

    /// A switch; off where it is missing.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(
            self.table.get(name),
            Some(Entry::Single(PropertyValue::Flag(true)))
        )
    }

    /// A count for the whole tile.
    pub(crate) fn count(&self, name: &str) -> Result<Option<u32>, TileError> {
        let Some([number]) = self.global::<1>(name, Component::U32)? else {
            return Ok(None);
        };
        if number < 0.0 || number > f64::from(u32::MAX) {
            return Err(self.broken(name, format!("{number} is no count")));
        }
        Ok(Some(number as u32))
    }

    /// Three numbers for the whole tile.
    pub(crate) fn vector(&self, name: &str) -> Result<Option<DVec3>, TileError> {
        Ok(self.global(name, Component::F32)?.map(DVec3::from_array))
    }

    /// Numbers for the whole tile, in the JSON or in the binary part.
    pub(crate) fn global<const N: usize>(
        &self,
        name: &str,
        component: Component,
    ) -> Result<Option<[f64; N]>, TileError> {
        let mut numbers = [0.0; N];
        match self.table.get(name) {
            None => return Ok(None),
            Some(Entry::Single(PropertyValue::Number(number))) if N == 1 => numbers = [*number; N],
            Some(Entry::Values(values)) if values.len() >= N => {
                let items = Items::Inline(values, N);
                for (part, slot) in numbers.iter_mut().enumerate() {
                    *slot = items.number(0, part);
                }
            }
            Some(Entry::Binary(reference)) => {
                let items = Numbers::new(self.binary, reference.byte_offset, component, N, 1)
                    .map_err(|reason| self.broken(name, reason))?;
                for (part, slot) in numbers.iter_mut().enumerate() {
                    *slot = items.number(0, part);
                }
            }
            Some(_) => return Err(self.broken(name, format!("{N} numbers are needed"))),
        }
        if numbers.iter().all(|number| number.is_finite()) {
            Ok(Some(numbers))
        } else {
            Err(self.broken(name, "something that is no number".to_owned()))
        }
    }

    /// `width` numbers for each of `rows` instances or points.
    pub(crate) fn items(
        &self,
        name: &str,
        component: Component,
        width: usize,
        rows: usize,
    ) -> Result<Option<Items<'_>>, TileError> {
        match self.table.get(name) {
            None => Ok(None),
            Some(Entry::Values(values)) => {
                let needed = rows.saturating_mul(width);
                if values.len() < needed {
                    let reason = format!("{} numbers where {needed} are needed", values.len());
                    return Err(self.broken(name, reason));
                }
                Ok(Some(Items::Inline(values, width)))
            }
            Some(Entry::Binary(reference)) => {
                // Only `BATCH_ID` states a component type; its shape is always a scalar.
                let component = reference
                    .component
                    .as_deref()
                    .filter(|_| width == 1)
                    .map_or(Some(component), Component::of_word)
                    .ok_or_else(|| {
                        self.broken(name, "its component type does not exist".to_owned())
                    })?;
                Numbers::new(self.binary, reference.byte_offset, component, width, rows)
                    .map(|numbers| Some(Items::Binary(numbers)))
                    .map_err(|reason| self.broken(name, reason))
            }
            Some(Entry::Single(_) | Entry::Other) => {
                Err(self.broken(name, "an array is needed".to_owned()))
            }
        }
    }

    pub(crate) fn broken(&self, name: &str, reason: String) -> TileError {
        TileError::broken(self.path, format!("the feature table, {name}"), reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table<'a>(json: &'a str, binary: &'a [u8]) -> FeatureTable<'a> {
        let sections = Sections {
            feature_json: json.as_bytes(),
            feature_binary: binary,
            ..Sections::default()
        };
        let mut allowance = Allowance::for_input(json.len());
        FeatureTable::read(&sections, "a.i3dm", &mut allowance).expect("a feature table")
    }

    #[test]
    fn numbers_may_lie_in_the_json_or_in_the_binary_part() {
        let binary = [
            7_u32.to_le_bytes(),
            1.5_f32.to_le_bytes(),
            2.5_f32.to_le_bytes(),
        ]
        .concat();
        let table = table(
            r#"{"INSTANCES_LENGTH":{"byteOffset":0},"POINTS_LENGTH":3,"RTC_CENTER":[1,2,3],"SCALE":{"byteOffset":4},"POSITION":[1,2,3,4,5,6],"EAST_NORTH_UP":true}"#,
            &binary,
        );
        assert_eq!(table.count("INSTANCES_LENGTH").expect("a count"), Some(7));
        assert_eq!(table.count("POINTS_LENGTH").expect("a count"), Some(3));
        assert_eq!(table.count("BATCH_LENGTH").expect("nothing"), None);
        let centre = table.vector("RTC_CENTER").expect("three numbers");
        assert_eq!(centre, Some(DVec3::new(1.0, 2.0, 3.0)));
        let scale = table.items("SCALE", Component::F32, 1, 2).expect("numbers");
        assert!((scale.expect("two").number(1, 0) - 2.5).abs() < 1e-9);
        let position = table.items("POSITION", Component::F32, 3, 2);
        let position = position.expect("numbers").expect("two positions");
        assert_eq!(position.vector(1), DVec3::new(4.0, 5.0, 6.0));
        assert!(table.flag("EAST_NORTH_UP") && !table.flag("NORTH"));
    }

    #[test]
    fn counts_that_the_table_cannot_hold_are_refused() {
        let table = table(
            r#"{"POSITION":{"byteOffset":0},"SCALE":[1],"BATCH_LENGTH":-4,"RTC_CENTER":[1,2]}"#,
            &[0; 24],
        );
        assert!(table.items("POSITION", Component::F32, 3, 2).is_ok());
        let error = table
            .items("POSITION", Component::F32, 3, 3)
            .expect_err("two fit");
        assert_eq!(error.place(), "the feature table, POSITION");
        assert!(
            table
                .items("POSITION", Component::F32, 3, usize::MAX)
                .is_err()
        );
        assert!(table.items("SCALE", Component::F32, 1, 2).is_err());
        assert!(table.count("BATCH_LENGTH").is_err());
        assert!(table.vector("RTC_CENTER").is_err());
    }
}
