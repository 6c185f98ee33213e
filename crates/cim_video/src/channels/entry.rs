//! One entry of the index, as it is read.

use super::Status;
use super::index::{ChannelIndex, LivePlace};
use super::places::{degrees_of, degrees_text};
use super::texts::Record;
use super::tree::UNASSIGNED;
use cim_model::{GbCode, UtcMillis};
use cim_sync::gb28181::{Field, ItemKind};
use std::borrow::Cow;

/// Between the name and the value of a field that the standard does not know.
pub(crate) const SEPARATOR: char = '\u{1f}';
/// A division's code has no more digits in the tree.
const MAX_DIVISION_DIGITS: usize = 8;

/// An entry: a channel, a device or a group.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub(super) index: &'a ChannelIndex,
    /// Its row.
    pub(super) row: u32,
}

impl<'a> Entry<'a> {
    /// Its row.
    pub fn row(&self) -> u32 {
        self.row
    }

    /// Its identity.
    pub fn id(&self) -> String {
        self.index.ids.id(self.row)
    }

    /// Its code in parts, when its identity has 20 digits.
    pub fn code(&self) -> Option<GbCode> {
        self.index.ids.code(self.row)
    }

    /// What it is, by its identity.
    pub fn kind(&self) -> ItemKind {
        self.index.ids.kind(self.row)
    }

    /// True when it delivers pictures of its own.
    pub fn is_channel(&self) -> bool {
        let columns = self.index.columns();
        column(columns.is_channel, self.row)
    }

    /// What people call it; empty when it has no name.
    pub fn name(&self) -> &'a str {
        self.text(Field::Name)
    }

    /// The value of `field`; empty when there is none.
    pub fn value(&self, field: Field) -> Cow<'a, str> {
        match field {
            Field::DeviceId => Cow::Owned(self.id()),
            Field::Status => Cow::Borrowed(self.status().standard_word()),
            Field::Longitude => Cow::Owned(self.written_place(0)),
            Field::Latitude => Cow::Owned(self.written_place(1)),
            Field::Other | Field::Event => Cow::Borrowed(""),
            kept => Cow::Borrowed(self.text(kept)),
        }
    }

    /// Every field of the standard that it has, its identity first.
    pub fn fields(&self) -> Vec<(Field, Cow<'a, str>)> {
        let mut fields = vec![(Field::DeviceId, self.value(Field::DeviceId))];
        let kept = self.index.texts.fields(self.record());
        let kept = kept.filter(|(field, _)| *field != Field::Other);
        fields.extend(kept.map(|(field, value)| (field, Cow::Borrowed(value))));
        for field in [Field::Status, Field::Longitude, Field::Latitude] {
            let value = self.value(field);
            if !value.is_empty() {
                fields.push((field, value));
            }
        }
        fields
    }

    /// Names and values of the fields that the standard does not know.
    pub fn others(&self) -> Vec<(&'a str, &'a str)> {
        let kept = self.index.texts.fields(self.record());
        kept.filter(|(field, _)| *field == Field::Other)
            .filter_map(|(_, pair)| pair.split_once(SEPARATOR))
            .collect()
    }

    /// The identities of everything that it belongs to.
    pub fn parents(&self) -> Vec<&'a str> {
        let parents = self.text(Field::ParentId);
        parents.split('/').filter(|id| !id.is_empty()).collect()
    }

    /// Longitude and latitude, degrees of WGS 84: where it was told to be last when it moves, else where its catalogue says.
    pub fn place(&self) -> Option<[f64; 2]> {
        let columns = self.index.columns();
        let lon_e7 = *columns.lon_e7.get(self.row as usize)?;
        let lat_e7 = *columns.lat_e7.get(self.row as usize)?;
        degrees_of([lon_e7, lat_e7])
    }

    /// Longitude and latitude of its catalogue, degrees of WGS 84.
    pub fn catalogued_place(&self) -> Option<[f64; 2]> {
        match self.live() {
            Some(live) => degrees_of(live.catalogued_e7),
            None => self.place(),
        }
    }

    /// Where it was told to be, when it moves.
    pub fn live(&self) -> Option<&'a LivePlace> {
        self.index.live.get(&self.row)
    }

    /// How it is.
    pub fn status(&self) -> Status {
        column(self.index.columns().status, self.row)
    }

    /// Since when it is known to be so; `None` when nobody knows.
    pub fn status_since(&self) -> Option<UtcMillis> {
        let line = self.index.line(self.row)?;
        moment_of(line.since_s)
    }

    /// When it was known to be online last; `None` when nobody knows.
    pub fn seen_at(&self) -> Option<UtcMillis> {
        let line = self.index.line(self.row)?;
        moment_of(line.seen_s)
    }

    /// How often it was lost.
    pub fn drops(&self) -> u16 {
        self.index.line(self.row).map_or(0, |line| line.drops)
    }

    /// 摄像机类型, 0 when nobody said.
    pub fn ptz(&self) -> u8 {
        column(self.index.columns().ptz, self.row)
    }

    /// Category, 0 when nobody said.
    pub fn category(&self) -> u8 {
        column(self.index.columns().category, self.row)
    }

    /// Grade, 0 when nobody said.
    pub fn grade(&self) -> u8 {
        column(self.index.columns().grade, self.row)
    }

    /// True for 保密属性 1.
    pub fn is_secret(&self) -> bool {
        self.text(Field::Secrecy) == "1"
    }

    /// Its tags, in order.
    pub fn tags(&self) -> Vec<&'a str> {
        let tags = self.index.tags.iter();
        tags.filter(|(_, rows)| rows.contains(&self.row))
            .map(|(tag, _)| &**tag)
            .collect()
    }

    /// The name of the source whose word counts for it.
    pub fn source(&self) -> &'a str {
        let line = self.index.line(self.row);
        let number = line.map_or(usize::MAX, |line| usize::from(line.source));
        let source = self.index.sources.get(number);
        source.map_or("", |source| source.name.as_str())
    }

    /// Who has to repair it: 管理单位, else 设备归属; empty when nobody said.
    pub fn owner(&self) -> &'a str {
        let line = self.index.line(self.row);
        line.map_or("", |line| self.index.texts.shared(line.owner))
    }

    /// The code of its division as the tree has it; [`UNASSIGNED`] when nobody knows.
    pub fn division(&self) -> String {
        civil_key(self.text(Field::CivilCode), self.code().as_ref())
    }

    fn text(&self, field: Field) -> &'a str {
        self.index.texts.value(self.record(), field)
    }

    fn record(&self) -> Record {
        let line = self.index.line(self.row);
        line.map_or_else(Record::default, |line| line.record)
    }

    /// Longitude (0) or latitude (1) in degrees as a text; empty without a place.
    fn written_place(&self, axis: usize) -> String {
        let columns = self.index.columns();
        let at = self.row as usize;
        let (Some(_), Some(lon_e7), Some(lat_e7)) =
            (self.place(), columns.lon_e7.get(at), columns.lat_e7.get(at))
        else {
            return String::new();
        };
        degrees_text(if axis == 0 { *lon_e7 } else { *lat_e7 })
    }
}

/// A moment kept in seconds; 0 is none.
pub(crate) fn moment_of(seconds: u32) -> Option<UtcMillis> {
    (seconds > 0).then(|| UtcMillis(i64::from(seconds) * 1000))
}

/// A moment as it is kept: whole seconds, at least one.
pub(crate) fn seconds_of(at: UtcMillis) -> u32 {
    u32::try_from(at.0.div_euclid(1000).max(1)).unwrap_or(u32::MAX)
}

/// The key of the division that an entry belongs to: what it says itself, else the one in its code.
pub(crate) fn civil_key(civil_code: &str, code: Option<&GbCode>) -> String {
    if let Some(key) = division_key(civil_code) {
        return key.to_owned();
    }
    let centre = code.map(|code| format!("{:08}", code.centre));
    let key = centre.as_deref().and_then(division_key);
    key.unwrap_or(UNASSIGNED).to_owned()
}

/// A division's code without the zeros that only fill it up: `32030000` is 3203. `None` when it is no such code.
pub(crate) fn division_key(code: &str) -> Option<&str> {
    let code = code.trim();
    let is_code = code.len() >= 2 && code.bytes().all(|byte| byte.is_ascii_digit());
    let mut key = is_code.then_some(code)?;
    key = key.get(..key.len().min(MAX_DIVISION_DIGITS) / 2 * 2)?;
    while let Some(shorter) = key.strip_suffix("00") {
        key = shorter;
    }
    (!key.is_empty()).then_some(key)
}

/// The keys of the groups that a channel belongs to: every group among its parents, else its business group.
pub(crate) fn org_keys(parents: &str, business_group: &str) -> Vec<String> {
    let mut keys: Vec<String> = parents
        .split('/')
        .filter(|id| is_organisation(id))
        .map(str::to_owned)
        .collect();
    if keys.is_empty() {
        let group = Some(business_group).filter(|id| is_organisation(id));
        keys.push(group.unwrap_or(UNASSIGNED).to_owned());
    }
    keys
}

/// True for the identity of a business group or a virtual organisation.
pub(crate) fn is_organisation(id: &str) -> bool {
    matches!(
        ItemKind::of(id),
        ItemKind::BusinessGroup | ItemKind::VirtualOrganisation
    )
}

fn column<T: Copy + Default>(column: &[T], row: u32) -> T {
    column.get(row as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_that_fill_a_code_up_are_no_division() {
        for (code, key) in [
            ("32030000", Some("3203")),
            ("320300", Some("3203")),
            ("32030301", Some("32030301")),
            ("3203030", Some("320303")),
            ("320303001002", Some("320303")),
            ("31", Some("31")),
            ("000000", None),
            ("3", None),
            ("上海", None),
        ] {
            assert_eq!(division_key(code), key, "{code}");
        }
        let code = GbCode::parse("32030301001320000001");
        assert_eq!(civil_key("", code.as_ref()), "32030301");
        assert_eq!(civil_key("3203", code.as_ref()), "3203");
        assert_eq!(civil_key("x", None), UNASSIGNED);
    }

    #[test]
    fn only_groups_are_places_in_the_tree_of_organisations() {
        let parents = "32030300001180000001/32030300002160000001/32030300002160000002";
        let group = "32030300002150000001";
        assert_eq!(
            org_keys(parents, group),
            ["32030300002160000001", "32030300002160000002"]
        );
        assert_eq!(org_keys("320303", group), [group]);
        assert_eq!(org_keys("", ""), [UNASSIGNED]);
    }

    #[test]
    fn moments_are_kept_in_seconds() {
        assert_eq!(
            moment_of(seconds_of(UtcMillis(1_700_000_000_500))),
            Some(UtcMillis(1_700_000_000_000))
        );
        assert_eq!(moment_of(0), None);
        assert_eq!(seconds_of(UtcMillis(-5)), 1);
    }
}
