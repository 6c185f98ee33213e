//! What a case is made of: places, parties, links, reports, attachments.

use crate::words::words;
use cim_geo::{Geodetic, LocalFrame};
use cim_model::{EventLevel, Standing, UtcMillis};
use serde::{Deserialize, Serialize};

/// A place on the ground, WGS 84 / CGCS2000.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Degrees east of Greenwich.
    pub lon_deg: f64,
    /// Degrees north of the equator.
    pub lat_deg: f64,
}

impl Place {
    /// True when it lies on the earth.
    pub fn is_usable(self) -> bool {
        // NaN is in no range.
        self.lon_deg.abs() <= 180.0 && self.lat_deg.abs() <= 90.0
    }

    /// The place on the ground, height 0.
    pub fn geodetic(self) -> Geodetic {
        Geodetic::new(self.lon_deg, self.lat_deg, 0.0)
    }

    /// The straight line to `other`, metres.
    pub fn distance_m(self, other: Self) -> f64 {
        let there = LocalFrame::new(self.geodetic()).enu_from_geodetic(other.geodetic());
        there.east_m.hypot(there.north_m).hypot(there.up_m)
    }
}

impl From<Geodetic> for Place {
    fn from(at: Geodetic) -> Self {
        Self {
            lon_deg: at.lon_deg,
            lat_deg: at.lat_deg,
        }
    }
}

words! {
    /// Who can be given a case.
    PartyKind {
        /// 部门.
        Department = "department",
        /// 队伍.
        Team = "team",
        /// 人员.
        Person = "person",
    }
}

/// Somebody who can be given a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// What it is.
    pub kind: PartyKind,
    /// Its identity; identities nest: `water/crew-1` belongs to `water`.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// True when the party called `id` is `of`, or belongs to it.
pub(crate) fn belongs(id: &str, of: &str) -> bool {
    id.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        && !of.is_empty()
}

words! {
    /// What a case can be tied to.
    LinkKind {
        /// An alarm, by its identity.
        Alarm = "alarm",
        /// A named place, an address, a grid cell.
        Place = "place",
        /// A device, a building, a pipe.
        Thing = "thing",
        /// A camera.
        Camera = "camera",
        /// A clip: a camera and a stretch of time.
        Clip = "clip",
        /// A recording of the desk.
        Recording = "recording",
        /// A plan 预案.
        Plan = "plan",
        /// A shared annotated picture.
        Picture = "picture",
    }
}

/// What a case is tied to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is.
    pub kind: LinkKind,
    /// Its identity among its kind.
    pub target: String,
}

impl Link {
    /// The link to the `kind` called `target`.
    pub fn new(kind: LinkKind, target: impl Into<String>) -> Self {
        Self {
            kind,
            target: target.into(),
        }
    }
}

/// What somebody, or something, told of an event. One cause may have many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its identity within its case.
    pub id: String,
    /// Where it comes from: `hotline`, `grid_worker`, `alarm` …
    pub source: String,
    /// Its number at its source; empty when it has none.
    #[serde(default)]
    pub external_id: String,
    /// What happened, in one line.
    pub title: String,
    /// More about it; may be empty.
    #[serde(default)]
    pub text: String,
    /// Who told it; may be empty.
    #[serde(default)]
    pub reporter: String,
    /// Category word, for instance `road_damage`; may be empty.
    #[serde(default)]
    pub category: String,
    /// How grave it seems.
    #[serde(with = "crate::wire")]
    pub level: EventLevel,
    /// Where it is, when that is known.
    #[serde(default)]
    pub place: Option<Place>,
    /// When it happened.
    #[serde(with = "crate::wire")]
    pub happened_at: UtcMillis,
    /// Whether it is real.
    #[serde(with = "crate::wire")]
    pub standing: Standing,
    /// What it is tied to.
    #[serde(default)]
    pub links: Vec<Link>,
}

/// A picture or a document that lies with a case. Its bytes lie elsewhere, under their digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Its identity within its case.
    pub id: String,
    /// The file's name.
    pub name: String,
    /// Its media type, for instance `image/jpeg`.
    pub media_type: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
    /// Its size.
    pub bytes: u64,
    /// True when it shows that something was done: closing may ask for one.
    #[serde(default)]
    pub is_evidence: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_metres_on_the_ground() {
        let here = Place {
            lon_deg: 121.5,
            lat_deg: 31.2,
        };
        let north = Place {
            lat_deg: 31.201,
            ..here
        };
        assert!((here.distance_m(north) - 110.87).abs() < 0.1);
        assert!(here.distance_m(here) < 1e-6);
        assert_eq!(Place::from(here.geodetic()), here);
        assert!(here.is_usable());
        let nowhere = Place {
            lon_deg: f64::NAN,
            ..here
        };
        assert!(!nowhere.is_usable());
    }

    #[test]
    fn a_crew_belongs_to_its_department_and_not_to_one_that_begins_alike() {
        let check = |id: &str, of: &str, expected: bool| assert_eq!(belongs(id, of), expected);
        check("water", "water", true);
        check("water/crew-1", "water", true);
        check("waterways", "water", false);
        check("water", "water/crew-1", false);
        check("water", "", false);
    }

    #[test]
    fn words_lead_back_to_their_own() {
        for kind in LinkKind::ALL {
            assert_eq!(LinkKind::from_word(kind.as_str()), Some(*kind));
        }
        for kind in PartyKind::ALL {
            assert_eq!(PartyKind::from_word(kind.as_str()), Some(*kind));
        }
    }
}
