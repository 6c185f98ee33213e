//! Channels that only the catalogue has, as points of the layer of cameras.
//!
//! ```text
//!  place   8 B   10⁻⁷ degrees, as the columns of the catalogue have it
//!  state   1 B
//!  texts  45 B   identity and name, one behind the other: layers filter by them
//!  ends    8 B   where they end
//!  order   4 B   rows by identity
//! ```
//! That is 66 MB for a million. They are made once for a catalogue and whoever sits at the desk, beside the desk's own work, and
//! never changed: who holds them knows what its rows stand for.

use super::{Look, VideoDesk};
use cim_geo::Geodetic;
use cim_video::channels::{NO_PLACE, Status};
use std::collections::BTreeSet;

/// Units of a degree.
const E7: f64 = 1e7;
/// A camera hangs so high above the ground where nobody says how high, metres; as the hub's do.
const HEIGHT_M: f64 = 6.0;
/// The catalogue is held for so many rows at a time: others want it too.
const PIECE: u32 = 50_000;

/// Channels with a place, in the order of the catalogue.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ChannelPoints {
    lon_e7: Vec<i32>,
    lat_e7: Vec<i32>,
    is_on: Vec<bool>,
    /// Identity and name of each.
    texts: String,
    /// Where they end in the texts.
    ends: Vec<[u32; 2]>,
    /// Rows by identity.
    by_id: Vec<u32>,
}

impl ChannelPoints {
    /// Adds the channel with this identity and name at this place, 10⁻⁷ degrees. Found by its identity after
    /// [`ChannelPoints::settle`].
    pub(crate) fn put(
        &mut self,
        (id, name): (&str, &str),
        [lon_e7, lat_e7]: [i32; 2],
        is_on: bool,
    ) {
        let id_end = self.texts.len() + id.len();
        let ends = [id_end, id_end + name.len()].map(u32::try_from);
        // An index holds no 4 GiB of names.
        let [Ok(id_end), Ok(name_end)] = ends else {
            return;
        };
        self.texts.push_str(id);
        self.texts.push_str(name);
        self.ends.push([id_end, name_end]);
        self.lon_e7.push(lon_e7);
        self.lat_e7.push(lat_e7);
        self.is_on.push(is_on);
    }

    /// The same, in order and no larger than needed.
    pub(crate) fn settle(mut self) -> Self {
        let mut by_id: Vec<u32> = (0..self.count()).collect();
        by_id.sort_unstable_by(|a, b| self.id(*a).cmp(&self.id(*b)));
        self.by_id = by_id;
        self.lon_e7.shrink_to_fit();
        self.lat_e7.shrink_to_fit();
        self.is_on.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.ends.shrink_to_fit();
        self
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        self.ends.len() as u32
    }

    /// The row of the channel with this identity.
    pub(crate) fn row(&self, id: &str) -> Option<u32> {
        let order = |row: &u32| self.id(*row).cmp(&Some(id));
        let at = self.by_id.binary_search_by(order).ok()?;
        self.by_id.get(at).copied()
    }

    /// The identity of the channel in `row`.
    pub(crate) fn id(&self, row: u32) -> Option<&str> {
        let [from, to, _] = self.bounds(row)?;
        self.texts.get(from..to)
    }

    /// What people call the channel in `row`: by its identity, where it has no name.
    pub(crate) fn name(&self, row: u32) -> Option<&str> {
        let [_, from, to] = self.bounds(row)?;
        let name = self.texts.get(from..to)?;
        if name.is_empty() {
            return self.id(row);
        }
        Some(name)
    }

    /// What people call the channel with this identity.
    pub(crate) fn name_of(&self, id: &str) -> Option<&str> {
        self.name(self.row(id)?)
    }

    /// Where the channel in `row` is.
    pub(crate) fn place(&self, row: u32) -> Option<Geodetic> {
        let lon_e7 = *self.lon_e7.get(row as usize)?;
        let lat_e7 = *self.lat_e7.get(row as usize)?;
        Some(Geodetic::new(
            f64::from(lon_e7) / E7,
            f64::from(lat_e7) / E7,
            HEIGHT_M,
        ))
    }

    /// True when the channel in `row` is online.
    pub(crate) fn is_on(&self, row: u32) -> bool {
        self.is_on.get(row as usize).copied().unwrap_or_default()
    }

    /// Where the texts of `row` begin, where its identity ends, and its name.
    fn bounds(&self, row: u32) -> Option<[usize; 3]> {
        let at = row as usize;
        let from = match at.checked_sub(1) {
            Some(before) => self.ends.get(before).map(|[_, end]| *end)?,
            None => 0,
        };
        let [id_end, name_end] = *self.ends.get(at)?;
        Some([from, id_end, name_end].map(|end| end as usize))
    }
}

impl VideoDesk {
    /// The channels that are not among the hub's cameras `of_hub`, and whose place whoever looks may see. Takes a while.
    pub(crate) fn channel_points(&self, look: &Look<'_>, of_hub: &[String]) -> ChannelPoints {
        let of_hub: BTreeSet<u32> = {
            let channels = self.channels();
            let rows = of_hub.iter().filter_map(|id| channels.row(id));
            rows.collect()
        };
        let mut points = ChannelPoints::default();
        let mut piece = [0, PIECE];
        while self.put_rows(&mut points, piece, (look, &of_hub)) {
            let [_, from] = piece;
            piece = [from, from.saturating_add(PIECE)];
        }
        points.settle()
    }

    /// Puts rows of the catalogue among `points`; false where it has none of these rows. Rows keep their numbers, so that it may
    /// be let go of between two pieces.
    fn put_rows(
        &self,
        points: &mut ChannelPoints,
        [from, to]: [u32; 2],
        (look, of_hub): (&Look<'_>, &BTreeSet<u32>),
    ) -> bool {
        let channels = self.channels();
        let columns = channels.columns();
        let end = to.min(columns.is_channel.len() as u32);
        for row in from..end {
            let at = row as usize;
            let (Some(lon_e7), Some(lat_e7)) = (columns.lon_e7.get(at), columns.lat_e7.get(at))
            else {
                continue;
            };
            let is_point = columns.is_channel.get(at).copied().unwrap_or_default()
                && *lon_e7 != NO_PLACE
                && !of_hub.contains(&row);
            let entry = channels.entry(row).filter(|_| is_point);
            if let Some(entry) = entry.filter(|entry| look.sees_place(*entry)) {
                let is_on = entry.status() == Status::On;
                points.put(
                    (entry.id().as_str(), entry.name()),
                    [*lon_e7, *lat_e7],
                    is_on,
                );
            }
        }
        from < end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video_desk::{Looker, Sitting};
    use cim_model::UtcMillis;
    use cim_sync::gb28181::CatalogueItem;
    use cim_video::{
        channels::{Import, Scope},
        rights::Person,
    };

    /// Noon in Shanghai on a Monday in 2025.
    const NOON: UtcMillis = UtcMillis(1_763_352_000_000);

    fn looker(desk: &VideoDesk, role: &str) -> Looker {
        desk.looker(Sitting {
            person: Person {
                name: "Li".to_owned(),
                role: role.to_owned(),
                party: None,
                divisions: Vec::new(),
            },
            language: "en".to_owned(),
            now: NOON,
        })
    }

    fn camera_id(n: u32) -> String {
        format!("3101010000132{n:07}")
    }

    fn item(n: u32, own: &[(&str, &str)]) -> CatalogueItem {
        let id = camera_id(n);
        let usual = [
            ("DeviceID", id.as_str()),
            ("CivilCode", "310101"),
            ("Name", "外滩"),
        ];
        let pairs = usual.into_iter().chain(own.iter().copied());
        CatalogueItem::from_pairs(pairs).expect("an entry")
    }

    fn ids(points: &ChannelPoints) -> Vec<&str> {
        (0..points.count())
            .filter_map(|row| points.id(row))
            .collect()
    }

    #[test]
    fn a_point_is_found_by_its_row_and_by_its_identity() {
        let mut points = ChannelPoints::default();
        points.put(("k2", "East gate"), [1_215_000_000, 312_000_000], true);
        points.put(("k10", ""), [-1, 0], false);
        points.put(("k1", "西门"), [0, -900_000_000], true);
        let points = points.settle();
        assert_eq!(ids(&points), ["k2", "k10", "k1"]);
        let rows = ["k1", "k10", "k2", "k", "k3", ""].map(|id| points.row(id));
        assert_eq!(rows, [Some(2), Some(1), Some(0), None, None, None]);
        let names = ["k1", "k10", "k2"].map(|id| points.name_of(id));
        assert_eq!(names, [Some("西门"), Some("k10"), Some("East gate")]);
        let place = points.place(0).expect("a place");
        assert_eq!((place.lon_deg, place.lat_deg), (121.5, 31.2));
        let on = [0, 1, 2, 3].map(|row| points.is_on(row));
        assert_eq!(on, [true, false, true, false]);
        assert_eq!((points.id(3), points.place(3)), (None, None));
    }

    #[test]
    fn channels_with_a_place_that_may_be_seen_are_points_and_the_hubs_are_not() {
        let folder = std::env::temp_dir().join(format!("cim_app-points-{}", std::process::id()));
        let desk = VideoDesk::open(&folder, "", &[]);
        let place = [("Longitude", "121.5"), ("Latitude", "31.2")];
        let with = |own: &[(&'static str, &'static str)]| [&place[..], own].concat();
        let items = [
            item(1, &with(&[("Status", "ON")])),
            item(2, &with(&[("Status", "OFF")])),
            item(3, &with(&[("Status", "ON"), ("Secrecy", "1")])),
            item(4, &[("Status", "ON")]),
            item(5, &with(&[("Status", "ON")])),
        ];
        {
            let mut channels = desk.channels_mut();
            let mut import =
                Import::begin(&mut channels, "city", 5, Scope::Whole, NOON).expect("a source");
            for item in &items {
                import.item(item, "here");
            }
            import.finish();
        }
        let points = |role: &str, of_hub: &[u32]| {
            let of_hub: Vec<String> = of_hub.iter().map(|n| camera_id(*n)).collect();
            desk.channel_points(&looker(&desk, role).look(), &of_hub)
        };
        let check = |role: &str, of_hub: &[u32], seen: &[u32]| {
            let seen: Vec<String> = seen.iter().map(|n| camera_id(*n)).collect();
            assert_eq!(ids(&points(role, of_hub)), seen, "{role} {of_hub:?}");
        };
        check("shift_leader", &[5], &[1, 2]);
        check("shift_leader", &[], &[1, 2, 5]);
        check("leader_on_duty", &[5], &[1, 2, 3]);
        check("nobody we know", &[], &[]);
        let all = points("shift_leader", &[]);
        assert_eq!([0, 1, 2].map(|row| all.is_on(row)), [true, false, true]);
        assert_eq!(all, points("shift_leader", &[]), "nothing changed");
        // What tells the desk to ask again.
        let before = desk.rights_revision();
        desk.rights_changed();
        assert_ne!(desk.rights_revision(), before);
    }
}
