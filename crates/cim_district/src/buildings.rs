//! Buildings: what they are for, what is known of them, and how they become features.

use crate::feature::{Feature, Form};
use crate::names::Name;
use crate::plane::Rect;
use crate::solids::Solid;
use cim_tiles::FeatureClass;
use glam::DVec2;

/// What a building is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    Flats,
    House,
    Shop,
    Mall,
    Office,
    Hotel,
    Works,
    Warehouse,
    School,
    University,
    Hospital,
    Culture,
    Sport,
    Utility,
    Temple,
}

impl Purpose {
    /// The use of the building in Chinese, as the survey of houses has it.
    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Flats | Self::House => "居住",
            Self::Shop | Self::Mall | Self::Hotel => "商业",
            Self::Office => "办公",
            Self::Works => "工业",
            Self::Warehouse => "仓储",
            Self::School | Self::University => "教育",
            Self::Hospital => "医疗",
            Self::Culture => "文化",
            Self::Sport => "体育",
            Self::Utility => "市政",
            Self::Temple => "宗教",
        }
    }

    /// OpenStreetMap's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Flats => "apartments",
            Self::House => "house",
            Self::Shop | Self::Mall => "retail",
            Self::Office => "office",
            Self::Hotel => "hotel",
            Self::Works => "industrial",
            Self::Warehouse => "warehouse",
            Self::School => "school",
            Self::University => "university",
            Self::Hospital => "hospital",
            Self::Culture => "civic",
            Self::Sport => "stadium",
            Self::Utility => "service",
            Self::Temple => "temple",
        }
    }

    /// What a building without a name of its own is called after its block's name.
    fn numbered(self, block: &Name, number: u32) -> Name {
        let (zh, en) = match self {
            Self::Shop => ("商铺", "Shops"),
            Self::Works => ("厂房", "Hall"),
            Self::Warehouse => ("仓库", "Warehouse"),
            Self::Utility => ("站房", "Plant Room"),
            Self::House => ("院", "House"),
            _ => ("楼", "Building"),
        };
        Name::new(
            format!("{}{number}号{zh}", block.zh),
            format!("{} {en} {number}", block.en),
        )
    }
}

/// A building in its place.
#[derive(Clone, Debug)]
pub(crate) struct Building {
    pub(crate) purpose: Purpose,
    /// A rectangle around its ground.
    pub(crate) rect: Rect,
    /// Its outline on the ground, counter-clockwise; what is drawn when it has no body.
    pub(crate) ring: Vec<DVec2>,
    /// Its courtyards, in outlines only.
    pub(crate) holes: Vec<Vec<DVec2>>,
    /// Its shape where it is more than an outline with a height.
    pub(crate) body: Option<Solid>,
    pub(crate) height_m: f64,
    pub(crate) levels: u32,
    /// Entrances 单元.
    pub(crate) units: u32,
    /// Flats.
    pub(crate) homes: u32,
    pub(crate) year: u32,
    /// Its own name; without one it is numbered within its block.
    pub(crate) name: Option<Name>,
    /// Lower ones stay when a cell may not have all that it has room for; 0 for landmarks.
    pub(crate) rank: u64,
    /// Where its service lines begin, in the design grid.
    pub(crate) tap: DVec2,
}

impl Building {
    /// An outline with a height, one entrance, no flats.
    pub(crate) fn plain(purpose: Purpose, rect: Rect, levels: u32, storey_m: f64) -> Self {
        Self {
            purpose,
            rect,
            ring: rect.ring(),
            holes: Vec::new(),
            body: None,
            height_m: f64::from(levels) * storey_m,
            levels,
            units: 1,
            homes: 0,
            year: 0,
            name: None,
            rank: u64::MAX,
            tap: DVec2::ZERO,
        }
    }

    /// The building with a body of its own.
    pub(crate) fn shaped(mut self, body: Solid) -> Self {
        self.body = Some(body);
        self
    }

    /// The building with a name of its own, which also keeps it.
    pub(crate) fn landmark(mut self, zh: &str, en: &str) -> Self {
        self.name = Some(Name::new(zh, en));
        self.rank = 0;
        self
    }

    /// Who lives in it: 2.7 to a flat.
    pub(crate) fn residents(&self) -> u32 {
        self.homes * 27 / 10
    }
}

/// Where a building stands, as its tags say it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address<'a> {
    /// The block's name.
    pub(crate) block: &'a Name,
    pub(crate) street: &'a Name,
    /// Its number in the block.
    pub(crate) number: u32,
    /// 15 digits.
    pub(crate) grid: &'a str,
}

/// A building as a feature.
pub(crate) fn feature_of(building: &Building, id: String, address: &Address<'_>) -> Feature {
    let name = building
        .name
        .clone()
        .unwrap_or_else(|| building.purpose.numbered(address.block, address.number));
    let form = match &building.body {
        Some(body) => Form::Faces(body.faces.clone()),
        None => Form::Area {
            outer: building.ring.clone(),
            inner: building.holes.clone(),
        },
    };
    let community = address.grid.get(..12).unwrap_or_default();
    let mut feature = Feature::new(id, FeatureClass::Building, "building", form)
        .named(&name)
        .tag("building", building.purpose.word())
        .tag("building:use", building.purpose.zh())
        .tag("building:levels", building.levels.to_string())
        .tag("height", format!("{:.1}", building.height_m))
        .tag("start_date", building.year.to_string())
        .tag("addr", format!("{}{}号", address.street.zh, address.number))
        .tag("units", building.units.to_string())
        .tag("grid", address.grid)
        .tag("community", community);
    if building.homes > 0 {
        feature = feature
            .tag("homes", building.homes.to_string())
            .tag("residents", building.residents().to_string());
    }
    feature
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_building_says_what_a_survey_asks_for() {
        let rect = Rect {
            centre: DVec2::ZERO,
            along: DVec2::X,
            half_along: 20.0,
            half_across: 7.0,
        };
        let mut building = Building::plain(Purpose::Flats, rect, 18, 2.9);
        building.homes = 72;
        building.year = 2012;
        let block = Name::new("云锦花园", "Yunjin Garden");
        let street = Name::new("翠湖路", "Cuihu Road");
        let address = Address {
            block: &block,
            street: &street,
            number: 7,
            grid: "320399001002003",
        };
        let feature = feature_of(&building, "b1".to_owned(), &address);
        let tag = |key: &str| {
            feature
                .tags
                .iter()
                .find(|(own, _)| *own == key)
                .map(|(_, value)| value.as_str())
                .unwrap_or_default()
        };
        assert_eq!(tag("name"), "云锦花园7号楼");
        assert_eq!((tag("height"), tag("residents")), ("52.2", "194"));
        assert_eq!(
            (tag("addr"), tag("community")),
            ("翠湖路7号", "320399001002")
        );
    }
}
