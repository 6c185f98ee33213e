//! Reads the resources of a scene pack: teams, stores and vehicles that stand somewhere and can be sent (`scenes/README.md` says
//! what may be written there).
//!
//! A resource in which something cannot be understood is left out and told; it never takes the others.

use super::Candidate;
use crate::{
    Place, Words,
    plan::{Contact, FileProblem, Keys, ResourceKind, tables_of},
};
use std::collections::BTreeSet;

/// How many resources a file may hold.
pub const MOST_RESOURCES: usize = 5_000;
/// The longest file that is read, bytes.
const MOST_FILE_BYTES: usize = 4 << 20;
/// How many capabilities a resource may have.
const MOST_CAPABILITIES: usize = 32;
/// The most of one kind at one place.
const MOST_COUNT: u32 = 1_000_000;
/// The longest until something can set out, seconds: a day.
const LONGEST_S: u32 = 86_400;
/// The fastest, km/h.
const FASTEST_KMH: f64 = 1_000.0;
/// The longest identity of a party, bytes.
const MOST_PARTY_BYTES: usize = 128;

/// A team, a store or a vehicle that stands somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Identity.
    pub id: String,
    /// What kind of help.
    pub kind: ResourceKind,
    /// Its name.
    pub name: Words,
    /// The department that it belongs to, by its identity as a party; empty for one of its own.
    pub of: String,
    /// What it can do; plans ask for these words.
    pub capabilities: Vec<String>,
    /// Where it stands.
    pub place: Place,
    /// How many there are: crews in a station, sandbags in a store.
    pub count: u32,
    /// Seconds until it can set out.
    pub ready_in_s: u32,
    /// How fast it travels, km/h; `None` for its kind's usual speed.
    pub speed_kmh: Option<f64>,
    /// Who answers there.
    pub contact: Contact,
}

impl Resource {
    /// Its identity as a party: `water/drainage-1` belongs to `water`.
    pub fn party(&self) -> String {
        if self.of.is_empty() {
            self.id.clone()
        } else {
            format!("{}/{}", self.of, self.id)
        }
    }

    /// What can be sent of it while `away` of its number are elsewhere.
    pub fn candidate(&self, language: &str, away: u32) -> Candidate {
        let count = self.count.saturating_sub(away);
        Candidate {
            id: self.id.clone(),
            name: self.name.in_language(language).to_owned(),
            kind: self.kind,
            capabilities: self.capabilities.clone(),
            place: self.place,
            speed_mps: self.speed_kmh.map(|kmh| kmh / 3.6),
            ready_in_s: f64::from(self.ready_in_s),
            travel_s: None,
            count,
            is_available: count > 0,
        }
    }
}

/// The resources in `text`, which is the file `file`, and everything in it that is wrong.
pub fn read_resources(text: &str, file: &str) -> (Vec<Resource>, Vec<FileProblem>) {
    let mut ids = BTreeSet::new();
    tables_of(text, file, "resource", MOST_FILE_BYTES, |keys| {
        let resource = resource_of(keys)?;
        if ids.len() >= MOST_RESOURCES {
            let reason = format!("a file holds at most {MOST_RESOURCES} resources");
            keys.wrong("id", reason);
        } else if !ids.insert(resource.id.clone()) {
            keys.wrong("id", "another resource of this file has the same id");
        }
        Some(resource)
    })
}

fn resource_of(keys: &mut Keys<'_>) -> Option<Resource> {
    let id = keys.identity();
    let kind = keys.choice("kind", &ResourceKind::ALL, ResourceKind::as_str);
    let name = keys.required_words("name");
    let of = keys.text("of").unwrap_or_default().to_owned();
    if !is_party(&of) {
        keys.wrong("of", "only a to z, 0 to 9, -, _ and / are possible");
    }
    let capabilities = keys.texts("can");
    if capabilities.len() > MOST_CAPABILITIES {
        keys.wrong("can", format!("at most {MOST_CAPABILITIES} are possible"));
    }
    let place = place_of(keys);
    let count = keys.whole("count", 1, MOST_COUNT).unwrap_or(1);
    let ready_in_s = keys.whole("ready_in_s", 0, LONGEST_S).unwrap_or(0);
    let speed_kmh = keys.number("speed_kmh", 1.0, FASTEST_KMH);
    let contact = Contact {
        name: keys.words("contact"),
        phone: keys.text("phone").unwrap_or_default().to_owned(),
    };
    Some(Resource {
        id: id?,
        kind: kind?,
        name,
        of,
        capabilities,
        place: place?,
        count,
        ready_in_s,
        speed_kmh,
        contact,
    })
}

fn place_of(keys: &mut Keys<'_>) -> Option<Place> {
    let Some(mut at) = keys.table("at") else {
        keys.wrong("at", "is missing");
        return None;
    };
    let lon_deg = at.number("lon", -180.0, 180.0);
    let lat_deg = at.number("lat", -90.0, 90.0);
    if lon_deg.is_none() || lat_deg.is_none() {
        at.wrong("lon", "longitude and latitude are expected, degrees");
    }
    at.finish();
    Some(Place {
        lon_deg: lon_deg?,
        lat_deg: lat_deg?,
    })
}

/// True for what may be a party's identity, or nothing.
fn is_party(text: &str) -> bool {
    let is_usual =
        |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || b"-_/".contains(&sign);
    text.len() <= MOST_PARTY_BYTES && text.bytes().all(is_usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREW: &str = r#"
[[resource]]
id = "drainage-1"
kind = "team"
name = { zh = "排水抢险一队", en = "Drainage crew 1" }
of = "water"
can = ["drainage_crew"]
at = { lon = 117.2, lat = 34.26 }
count = 2
ready_in_s = 300
speed_kmh = 36
contact = { zh = "值班室", en = "Duty room" }
phone = "0000-110"
"#;

    #[test]
    fn a_team_is_read_with_all_that_is_said_of_it() {
        let (read, problems) = read_resources(CREW, "r.toml");
        assert_eq!(problems, Vec::new());
        let crew = read.first().expect("a crew");
        assert_eq!(crew.party(), "water/drainage-1");
        let ready = crew.candidate("en", 1);
        assert_eq!(
            (ready.name.as_str(), ready.count, ready.is_available),
            ("Drainage crew 1", 1, true)
        );
        assert_eq!((ready.ready_in_s, ready.speed_mps), (300.0, Some(10.0)));
        assert!(!crew.candidate("zh-CN", 2).is_available);
        assert_eq!(crew.contact.phone, "0000-110");
    }

    #[track_caller]
    fn check(from: &str, to: &str, key: &str) {
        let text = CREW.replace(from, to);
        assert_ne!(text, CREW, "`{from}` is not there");
        let good = CREW.replace("drainage-1", "other");
        let (read, problems) = read_resources(&format!("{text}{good}"), "r.toml");
        assert_eq!(read.len(), 1, "{problems:?}");
        assert!(
            problems.iter().any(|problem| problem.key.starts_with(key)),
            "{problems:?}"
        );
    }

    #[test]
    fn what_cannot_be_understood_is_left_out_told_and_takes_no_other() {
        check("\"team\"", "\"crew\"", "kind");
        check("lat = 34.26", "lat = 134.26", "at.lat");
        check("lon = 117.2, ", "", "at.lon");
        check("at = { lon = 117.2, lat = 34.26 }", "", "at");
        check("count = 2", "count = 0", "count");
        check("\"water\"", "\"Water!\"", "of");
        check("speed_kmh = 36", "speed_kmh = nan", "speed_kmh");
    }

    #[test]
    fn two_of_one_identity_are_one() {
        let (read, problems) = read_resources(&format!("{CREW}{CREW}"), "r.toml");
        assert_eq!((read.len(), problems.len()), (1, 1));
    }
}
