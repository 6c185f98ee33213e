//! What lies around devices in the open city: the networks that they stand at, and the areas that they lie in.

use super::{
    Alarms,
    network::{ASSET, Network},
};
use crate::layers::AreaNames;
use cim_geo::Geodetic;
use cim_model::Thing;
use cim_tiles::Problem;
use std::path::Path;

/// The networks and areas of a city; without one, none.
#[derive(Debug, Default)]
pub(crate) struct Around {
    pub(super) network: Network,
    areas: Option<AreaNames>,
}

impl Around {
    /// Those of the city in `folder`, which lies at `origin`; what is wrong with its files is told, and missing.
    pub(crate) fn read(folder: &Path, origin: Geodetic) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let network = Network::read(folder).unwrap_or_else(|problem| {
            problems.push(problem);
            Network::default()
        });
        let areas = AreaNames::read(folder, origin).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        (Self { network, areas }, problems)
    }

    /// What people call the areas around `place`, Chinese and English; may be empty.
    pub(super) fn area_at(&self, place: Geodetic) -> [String; 2] {
        self.areas
            .as_ref()
            .map(|areas| areas.at(place))
            .unwrap_or_default()
    }

    /// The parts of the networks that a device stands at.
    pub(super) fn parts_at(&self, thing: &Thing) -> &[u32] {
        let mut properties = thing.properties.iter();
        let asset = properties.find(|(key, _)| key == ASSET);
        asset.map_or(&[], |(_, asset)| self.network.parts_of(asset))
    }
}

impl Alarms {
    /// What people call the areas around `place`, Chinese and English; may be empty.
    pub(crate) fn area_at(&self, place: Geodetic) -> [String; 2] {
        self.around.area_at(place)
    }

    /// What people call the area around `place`, in the desk's language; the place's degrees where it has no name.
    pub(crate) fn place_name(&self, place: Geodetic, language: &str) -> String {
        let [zh, en] = self.around.area_at(place);
        let name = if language.starts_with("en") { en } else { zh };
        if name.is_empty() {
            format!("{:.5}, {:.5}", place.lon_deg, place.lat_deg)
        } else {
            name
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{alarm_desk::network::tests::network, state::tests::gas_sensor};

    /// The networks in `text`, without areas.
    pub(in crate::alarm_desk) fn around(text: &str) -> Around {
        Around {
            network: network(text),
            areas: None,
        }
    }

    #[test]
    fn a_device_stands_at_what_it_names() {
        let around = around(crate::alarm_desk::network::tests::WATER);
        let (mut thing, _) = gas_sensor(0);
        assert!(around.parts_at(&thing).is_empty());
        thing
            .properties
            .push(("asset".to_owned(), "valve-b".to_owned()));
        assert_eq!(around.parts_at(&thing).len(), 1);
        assert_eq!(
            around.area_at(thing.position),
            [String::new(), String::new()]
        );
    }

    #[test]
    fn a_place_without_a_name_is_told_in_degrees() {
        let alarms = Alarms::default();
        let place = Geodetic::new(117.2, 34.26, 0.0);
        assert_eq!(alarms.place_name(place, "en"), "117.20000, 34.26000");
    }

    #[test]
    fn a_city_without_these_files_has_nothing_around() {
        let (around, problems) = Around::read(Path::new("no/such/city"), Geodetic::default());
        assert_eq!((around.network.len(), problems), (0, Vec::new()));
    }
}
