//! One entry of a catalogue, kept small: a million of them fit into memory.

use super::Field;
use cim_model::GbCode;

/// A value is no longer than this, bytes.
pub(super) const MAX_VALUE_BYTES: usize = 4096;
/// Between the name and the value of a field that the standard does not know.
const SEPARATOR: char = '\u{1f}';
/// An entry belongs to no more others than this.
pub(super) const MAX_PARENTS: usize = 64;
/// An identity is no longer than this, bytes.
const MAX_ID_BYTES: usize = 64;

/// What an entry is, by the type in its code (GB/T 28181-2016, annex D).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// An administrative division: 2, 4, 6 or 8 digits.
    Division,
    /// 215: a business group.
    BusinessGroup,
    /// 216: a virtual organisation.
    VirtualOrganisation,
    /// 131 and 132: a camera.
    Camera,
    /// 111, 118 and 119: a recorder of many channels.
    Recorder,
    /// 112 to 117 and 120 to 130: an encoder, a matrix, an alarm controller and the like.
    FrontEnd,
    /// 133 to 199: a display, an alarm input, a microphone and the like.
    Peripheral,
    /// 200 to 214 and 217 to 299: a server or a gateway.
    Server,
    /// 300 to 499: a person or a terminal.
    User,
    /// Anything else.
    Other,
}

impl ItemKind {
    /// What the entry with the identity `id` is.
    pub fn of(id: &str) -> Self {
        let Some(code) = GbCode::parse(id) else {
            let is_division = matches!(id.len(), 2 | 4 | 6 | 8);
            return if is_division && id.bytes().all(|byte| byte.is_ascii_digit()) {
                Self::Division
            } else {
                Self::Other
            };
        };
        match code.kind {
            215 => Self::BusinessGroup,
            216 => Self::VirtualOrganisation,
            131 | 132 => Self::Camera,
            111 | 118 | 119 => Self::Recorder,
            112..=130 => Self::FrontEnd,
            133..=199 => Self::Peripheral,
            200..=299 => Self::Server,
            300..=499 => Self::User,
            _ => Self::Other,
        }
    }

    /// True for what only groups others.
    pub fn is_group(self) -> bool {
        matches!(
            self,
            Self::Division | Self::BusinessGroup | Self::VirtualOrganisation
        )
    }
}

/// An entry of a catalogue: a device, a division or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueItem {
    /// All values, one behind the other.
    text: Box<str>,
    /// Each field with the end of its value in `text`.
    fields: Box<[(Field, u16)]>,
}

impl CatalogueItem {
    /// An entry with these fields, by their names in the standard; other names are kept as they are. Empty values and
    /// passwords are left out; an error says what is wrong.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, String> {
        let mut growing = GrowingItem::default();
        for (name, value) in pairs {
            growing.add(name, value)?;
        }
        growing.finish()
    }

    /// Its identity: 20 digits for devices, 2 to 8 for divisions. Never empty.
    pub fn id(&self) -> &str {
        self.get(Field::DeviceId)
    }

    /// Its code in parts, when its identity has 20 digits.
    pub fn code(&self) -> Option<GbCode> {
        GbCode::parse(self.id())
    }

    /// What it is.
    pub fn kind(&self) -> ItemKind {
        ItemKind::of(self.id())
    }

    /// The value of `field`; empty when there is none.
    pub fn get(&self, field: Field) -> &str {
        self.values()
            .find(|(own, _)| *own == field)
            .map_or("", |(_, value)| value)
    }

    /// The number in `field`.
    pub fn number(&self, field: Field) -> Option<f64> {
        let number = self.get(field).parse::<f64>().ok();
        number.filter(|number| number.is_finite())
    }

    /// The identities of everything that it belongs to, once each, 64 at most; not itself.
    pub fn parents(&self) -> Vec<&str> {
        let mut parents: Vec<&str> = Vec::new();
        let own = self.id();
        let lists = self.values().filter(|(own, _)| *own == Field::ParentId);
        for parent in lists.flat_map(|(_, list)| list.split('/')).map(str::trim) {
            if parents.len() >= MAX_PARENTS {
                break;
            }
            if !parent.is_empty() && parent != own && !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        parents
    }

    /// Every field of the standard that it has, in the order of the source.
    pub fn fields(&self) -> impl Iterator<Item = (Field, &str)> {
        self.values().filter(|(field, _)| *field != Field::Other)
    }

    /// Names and values of the fields that the standard does not know.
    pub fn others(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values()
            .filter(|(field, _)| *field == Field::Other)
            .filter_map(|(_, pair)| pair.split_once(SEPARATOR))
    }

    /// True when it delivers pictures of its own: a camera by its code, a device without children that has a lens, or what has
    /// no code of the standard and stands somewhere.
    pub fn is_channel(&self) -> bool {
        let kind = self.kind();
        let axes = [Field::Longitude, Field::Latitude].map(|axis| self.number(axis));
        let is_placed = axes.iter().all(Option::is_some) && axes != [Some(0.0); 2];
        let is_lens =
            !self.get(Field::PtzType).is_empty() || (kind == ItemKind::Other && is_placed);
        kind == ItemKind::Camera
            || (!kind.is_group() && self.get(Field::Parental) != "1" && is_lens)
    }

    /// How much memory it takes, bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val(&*self.fields)
    }

    /// It, belonging to `parents` too.
    pub(super) fn with_parents(&self, parents: &str) -> Option<Self> {
        let mut growing = GrowingItem {
            text: self.text.clone().into_string(),
            fields: self.fields.to_vec(),
        };
        growing.add("ParentID", parents).ok()?;
        growing.finish().ok()
    }

    fn values(&self) -> impl Iterator<Item = (Field, &str)> {
        let mut start = 0;
        self.fields.iter().map(move |(field, end)| {
            let end = usize::from(*end);
            let value = self.text.get(start..end).unwrap_or_default();
            start = end;
            (*field, value)
        })
    }
}

/// An entry that is being read.
#[derive(Debug, Default)]
pub(super) struct GrowingItem {
    text: String,
    fields: Vec<(Field, u16)>,
}

impl GrowingItem {
    /// Adds the field called `name`. Empty values and passwords are left out; an error says what is wrong.
    pub(super) fn add(&mut self, name: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        if value.is_empty() || name.eq_ignore_ascii_case("Password") {
            return Ok(());
        }
        if value.len() > MAX_VALUE_BYTES || name.len() > MAX_VALUE_BYTES {
            let name = crate::markup::shortened(name);
            return Err(format!("{name} is longer than {MAX_VALUE_BYTES} bytes"));
        }
        let field = Field::from_name(name);
        if field == Field::Other {
            self.text.push_str(name);
            self.text.push(SEPARATOR);
        }
        self.text.push_str(value);
        let Ok(end) = u16::try_from(self.text.len()) else {
            return Err("an entry of more than 64 KiB".to_owned());
        };
        self.fields.push((field, end));
        Ok(())
    }

    /// The entry, when it has an identity.
    pub(super) fn finish(self) -> Result<CatalogueItem, String> {
        let item = CatalogueItem {
            text: self.text.into_boxed_str(),
            fields: self.fields.into_boxed_slice(),
        };
        let id = item.id();
        if id.is_empty() {
            return Err("DeviceID is mandatory and missing".to_owned());
        }
        if id.len() > MAX_ID_BYTES || id.contains(|c: char| c.is_whitespace() || c.is_control()) {
            let id = crate::markup::shortened(id);
            return Err(format!("DeviceID \"{id}\" is no identity"));
        }
        Ok(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(pairs: &[(&str, &str)]) -> CatalogueItem {
        CatalogueItem::from_pairs(pairs.iter().copied()).expect("with an identity")
    }

    #[test]
    fn an_entry_gives_back_what_was_put_in_but_no_password() {
        let item = item(&[
            ("DeviceID", "31010100001320000017"),
            ("Name", " 外滩 "),
            ("password", "secret"),
            ("Colour", "red"),
            ("ParentID", "310101/31010100002160000001"),
            ("Longitude", "121.49"),
        ]);
        assert_eq!(
            (item.id(), item.get(Field::Name)),
            ("31010100001320000017", "外滩")
        );
        assert_eq!(item.others().collect::<Vec<_>>(), [("Colour", "red")]);
        assert_eq!(item.parents(), ["310101", "31010100002160000001"]);
        assert_eq!(item.number(Field::Longitude), Some(121.49));
        assert_eq!(item.fields().count(), 4);
        assert!(!format!("{item:?}").contains("secret"));
        let more = item.with_parents("310101/1").expect("short");
        assert_eq!(more.parents(), ["310101", "31010100002160000001", "1"]);
    }

    #[test]
    fn the_code_says_what_an_entry_is() {
        for (id, kind) in [
            ("31", ItemKind::Division),
            ("31010100", ItemKind::Division),
            ("310", ItemKind::Other),
            ("31010100002150000001", ItemKind::BusinessGroup),
            ("31010100002160000001", ItemKind::VirtualOrganisation),
            ("31010100001310000001", ItemKind::Camera),
            ("31010100001320000001", ItemKind::Camera),
            ("31010100001110000001", ItemKind::Recorder),
            ("31010100001340000001", ItemKind::Peripheral),
            ("31010100002000000001", ItemKind::Server),
            ("x", ItemKind::Other),
        ] {
            assert_eq!(item(&[("DeviceID", id)]).kind(), kind, "{id}");
        }
    }

    #[test]
    fn what_is_too_long_or_has_no_identity_is_refused() {
        let mut growing = GrowingItem::default();
        assert!(growing.add("Name", &"长".repeat(MAX_VALUE_BYTES)).is_err());
        assert!(growing.finish().is_err());
        let mut growing = GrowingItem::default();
        growing.add("DeviceID", "3101 0100").expect("short");
        assert!(growing.finish().is_err());
        let mut growing = GrowingItem::default();
        let added = (0..100).try_for_each(|_| growing.add("Name", &"x".repeat(4000)));
        assert!(added.is_err());
    }
}
