//! City object types of CityJSON and CityGML, and what the twin makes of them.

use crate::feature::{Hint, Tags};
use cim_tiles::{CimLevel, FeatureClass};

/// A type of city objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ObjectKind {
    /// The type's name.
    pub(crate) name: &'static str,
    /// What it is drawn as; `None` where its surfaces tell.
    pub(crate) class: Option<FeatureClass>,
    /// The kind word within the class.
    pub(crate) word: &'static str,
}

const BUILDING: Option<FeatureClass> = Some(FeatureClass::Building);
const BRIDGE: Option<FeatureClass> = Some(FeatureClass::Bridge);
const TUNNEL: Option<FeatureClass> = Some(FeatureClass::Tunnel);
const ROAD: Option<FeatureClass> = Some(FeatureClass::Road);
const RAIL: Option<FeatureClass> = Some(FeatureClass::Rail);
const WATER: Option<FeatureClass> = Some(FeatureClass::Water);
const GREEN: Option<FeatureClass> = Some(FeatureClass::Green);
const GROUND: Option<FeatureClass> = Some(FeatureClass::Ground);
const TREE: Option<FeatureClass> = Some(FeatureClass::Tree);
const FURNITURE: Option<FeatureClass> = Some(FeatureClass::Furniture);

/// Every type, the parts of a type after it.
const KINDS: [(&str, Option<FeatureClass>, &str); 49] = [
    ("Building", BUILDING, "building"),
    ("BuildingPart", BUILDING, "building_part"),
    ("BuildingInstallation", BUILDING, "building_installation"),
    ("IntBuildingInstallation", BUILDING, "building_installation"),
    (
        "BuildingConstructiveElement",
        BUILDING,
        "building_constructive_element",
    ),
    ("BuildingFurniture", BUILDING, "building_furniture"),
    ("BuildingStorey", BUILDING, "building_storey"),
    ("Storey", BUILDING, "building_storey"),
    ("BuildingRoom", BUILDING, "building_room"),
    ("Room", BUILDING, "building_room"),
    ("BuildingUnit", BUILDING, "building_unit"),
    ("Bridge", BRIDGE, "bridge"),
    ("BridgePart", BRIDGE, "bridge_part"),
    ("BridgeInstallation", BRIDGE, "bridge_installation"),
    (
        "BridgeConstructiveElement",
        BRIDGE,
        "bridge_constructive_element",
    ),
    (
        "BridgeConstructionElement",
        BRIDGE,
        "bridge_constructive_element",
    ),
    ("BridgeRoom", BRIDGE, "bridge_room"),
    ("BridgeFurniture", BRIDGE, "bridge_furniture"),
    ("Tunnel", TUNNEL, "tunnel"),
    ("TunnelPart", TUNNEL, "tunnel_part"),
    ("TunnelInstallation", TUNNEL, "tunnel_installation"),
    (
        "TunnelConstructiveElement",
        TUNNEL,
        "tunnel_constructive_element",
    ),
    ("TunnelHollowSpace", TUNNEL, "tunnel_hollow_space"),
    ("HollowSpace", TUNNEL, "tunnel_hollow_space"),
    ("TunnelFurniture", TUNNEL, "tunnel_furniture"),
    ("Road", ROAD, "road"),
    ("Track", ROAD, "track"),
    ("Square", ROAD, "square"),
    ("TransportSquare", ROAD, "square"),
    ("TransportationComplex", ROAD, "transportation_complex"),
    ("Section", ROAD, "road_section"),
    ("Intersection", ROAD, "intersection"),
    ("Railway", RAIL, "railway"),
    ("Waterway", WATER, "waterway"),
    ("WaterBody", WATER, "water_body"),
    ("PlantCover", GREEN, "plant_cover"),
    ("SolitaryVegetationObject", TREE, "tree"),
    ("LandUse", GROUND, "land_use"),
    ("TINRelief", GROUND, "tin_relief"),
    ("ReliefFeature", GROUND, "relief"),
    ("BreaklineRelief", GROUND, "breakline"),
    ("MassPointRelief", GROUND, "mass_points"),
    ("CityFurniture", FURNITURE, "city_furniture"),
    ("OtherConstruction", FURNITURE, "other_construction"),
    ("GenericCityObject", None, "generic_city_object"),
    ("GenericOccupiedSpace", None, "generic_city_object"),
    ("GenericLogicalSpace", None, "generic_city_object"),
    ("GenericThematicSurface", None, "generic_city_object"),
    ("CityObjectGroup", None, "city_object_group"),
];

/// The type called `name`.
pub(crate) fn kind_of(name: &str) -> Option<ObjectKind> {
    KINDS
        .iter()
        .find(|(own, _, _)| *own == name)
        .map(|&(name, class, word)| ObjectKind { name, class, word })
}

/// The type that an extension's own type (`+NoiseBuilding`) is based on, by the longest name inside it; a generic object
/// when there is none.
pub(crate) fn base_of(name: &str) -> ObjectKind {
    let longest = KINDS
        .iter()
        .filter(|(own, _, _)| name.contains(own))
        .max_by_key(|(own, _, _)| own.len())
        .map_or("GenericCityObject", |(own, _, _)| *own);
    kind_of(longest).unwrap_or(ObjectKind {
        name: "GenericCityObject",
        class: None,
        word: "generic_city_object",
    })
}

impl ObjectKind {
    /// What it suggests to the import.
    pub(crate) fn hint(self) -> Hint {
        Hint::ALL
            .into_iter()
            .find(|hint| hint.class().is_some() && hint.class() == self.class)
            .unwrap_or_default()
    }

    /// True for what is drawn with a building.
    pub(crate) fn is_building(self) -> bool {
        self.class == BUILDING
    }

    /// The CIM level that a model of it earns at a level of detail; `None` for all but buildings.
    pub(crate) fn level(self, lod: f64) -> Option<CimLevel> {
        if !self.is_building() {
            return None;
        }
        let is_inside = matches!(
            self.word,
            "building_room" | "building_storey" | "building_unit" | "building_furniture"
        );
        Some(if is_inside || lod >= 4.0 {
            CimLevel::Cim5
        } else if lod >= 3.0 {
            CimLevel::Cim4
        } else if lod >= 2.0 {
            CimLevel::Cim3
        } else {
            CimLevel::Cim2
        })
    }

    /// Says in `tags` what the object is, the way the import understands it.
    ///
    /// The models' own `class`, `kind` and `building` mean other things and are kept as `citymodel:class` and so on.
    pub(crate) fn say_in(self, tags: &mut Tags) {
        for key in ["class", "kind", "building", "building:part"] {
            if let Some(value) = tags.0.remove(key) {
                tags.set(&format!("citymodel:{key}"), value);
            }
        }
        if let Some(class) = self.class {
            tags.set("class", class.as_str());
        }
        tags.set("kind", self.word);
        let storeys = tags
            .first_of(&["storeysAboveGround"])
            .filter(|_| tags.get("building:levels").is_none())
            .map(str::to_owned);
        if let Some(storeys) = storeys {
            tags.set("building:levels", storeys);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_what_its_name_holds() {
        assert_eq!(base_of("+NoiseCityFurnitureSegment").name, "CityFurniture");
        assert_eq!(base_of("+MyBuildingPart").name, "BuildingPart");
        assert_eq!(base_of("+Potato").name, "GenericCityObject");
        assert_eq!(kind_of("Potato"), None);
    }

    #[test]
    fn a_type_says_what_it_is_and_keeps_what_was_said() {
        let mut tags = Tags::of(&[("class", "1000"), ("storeysAboveGround", "5")]);
        kind_of("Building").expect("known").say_in(&mut tags);
        assert_eq!(
            (
                tags.get("class"),
                tags.get("citymodel:class"),
                tags.get("building:levels")
            ),
            (Some("building"), Some("1000"), Some("5"))
        );
        assert_eq!(kind_of("WaterBody").expect("known").hint(), Hint::Water);
        assert_eq!(
            kind_of("GenericCityObject").expect("known").hint(),
            Hint::None
        );
    }

    #[test]
    fn the_level_follows_from_the_level_of_detail() {
        let building = kind_of("Building").expect("known");
        assert_eq!(building.level(1.3), Some(CimLevel::Cim2));
        assert_eq!(building.level(2.2), Some(CimLevel::Cim3));
        assert_eq!(building.level(3.0), Some(CimLevel::Cim4));
        assert_eq!(
            kind_of("BuildingRoom").expect("known").level(2.0),
            Some(CimLevel::Cim5)
        );
        assert_eq!(kind_of("Road").expect("known").level(2.0), None);
    }
}
