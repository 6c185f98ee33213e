//! Streets of the grid: the two that start at a crossing, with trees and lamps; and the lake's ring and radial streets.

use crate::feature::{Feature, Form, Model};
use crate::layout::{canal_u, has_canal};
use crate::names::Name;
use crate::parts::{District, Parts};
use crate::plan::{
    CANAL_COLUMN, CANAL_ROWS, CELL_M, METRO_LINE, RIVER_ROW, RoadClass, Use, Way, has_street,
    inside_of, use_of,
};
use crate::plane::{beside_line, direction, spaced};
use crate::river::{add_bridge, small_bridge};
use crate::site::{RADIAL_M, RING_M};
use cim_import::ModelKind;
use cim_tiles::FeatureClass;
use glam::DVec2;

/// Metres between two corners of a street.
const STEP_M: f64 = 40.0;
/// No trees this near to a crossing, metres.
const CROSSING_M: f64 = 40.0;

/// A street of the grid between two crossings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Street {
    pub(crate) way: Way,
    pub(crate) class: RoadClass,
    i: i32,
    j: i32,
}

impl Street {
    /// The street that starts at the crossing (i, j); `None` where the plan or the district's edge has none.
    pub(crate) fn of(district: &District, way: Way, i: i32, j: i32) -> Option<Self> {
        let extent = district.quotas.extent;
        let is_inside = match way {
            Way::SouthNorth => j < extent.north,
            Way::WestEast => i < extent.east,
        };
        let line = match way {
            Way::SouthNorth => i,
            Way::WestEast => j,
        };
        (is_inside && has_street(way, i, j)).then(|| Self {
            way,
            class: RoadClass::of(way, line),
            i,
            j,
        })
    }

    /// The letter of its identity.
    pub(crate) fn letter(self) -> &'static str {
        match self.way {
            Way::SouthNorth => "n",
            Way::WestEast => "e",
        }
    }

    /// Its identity among roads.
    pub(crate) fn id(self) -> String {
        format!("r{}{}", District::tag(self.i, self.j), self.letter())
    }

    /// What it is called.
    pub(crate) fn name(self, district: &District) -> Name {
        match self.way {
            Way::SouthNorth => district.street(self.way, self.i),
            Way::WestEast => district.street(self.way, self.j),
        }
    }

    /// A point of the design grid: metres along the street from its first crossing, and across from its middle, to the
    /// right of the grid's positive direction.
    pub(crate) fn at(self, along: f64, across: f64) -> DVec2 {
        let corner = DVec2::new(f64::from(self.i), f64::from(self.j)) * CELL_M;
        match self.way {
            Way::SouthNorth => corner + DVec2::new(across, along),
            Way::WestEast => corner + DVec2::new(along, -across),
        }
    }

    /// A stretch of it in the plane.
    pub(crate) fn stretch(
        self,
        district: &District,
        from: f64,
        to: f64,
        across: f64,
    ) -> Vec<DVec2> {
        district
            .ground
            .stretch(self.at(from, across), self.at(to, across), STEP_M)
    }
}

/// Adds what starts at the crossing (i, j).
pub(crate) fn add(district: &District, i: i32, j: i32, parts: &mut Parts) {
    for way in [Way::SouthNorth, Way::WestEast] {
        let Some(street) = Street::of(district, way, i, j) else {
            continue;
        };
        if way == Way::SouthNorth && j == RIVER_ROW {
            add_bridge_street(district, street, parts);
            continue;
        }
        let line = street.stretch(district, 0.0, CELL_M, 0.0);
        parts.features.push(road(
            street.id(),
            street.class,
            &street.name(district),
            line,
        ));
        add_furniture(district, street, parts);
        if way == Way::WestEast && i == CANAL_COLUMN && crosses_canal(j) {
            parts.features.push(small_bridge(
                district,
                format!("br{}e", District::tag(i, j)),
                DVec2::new(canal_u(), f64::from(j) * CELL_M),
                street.class.carriageway_m() + 6.0,
            ));
        }
    }
    if use_of(district.seed, i, j) == Use::Centre && district.quotas.extent.has_cell(i, j) {
        add_centre(parts);
    }
}

fn crosses_canal(j: i32) -> bool {
    has_canal(CANAL_COLUMN, j) || CANAL_ROWS.end == j
}

fn road(id: String, class: RoadClass, name: &Name, line: Vec<DVec2>) -> Feature {
    Feature::new(id, FeatureClass::Road, class.word(), Form::Line(line))
        .named(name)
        .tag("highway", class.word())
        .tag("road:class", class.word_zh())
        .tag("width", format!("{:.1}", class.carriageway_m()))
        .tag("corridor", format!("{:.1}", 2.0 * class.half_corridor_m()))
        .tag("lanes", class.lanes().to_string())
        .tag("maxspeed", class.speed_kmh().to_string())
        .tag("surface", "asphalt")
}

/// Over the river the street is a bridge; on the ground are its first and last metres only.
fn add_bridge_street(district: &District, street: Street, parts: &mut Parts) {
    let inside = inside_of(street.i, RIVER_ROW);
    let south = f64::from(RIVER_ROW) * CELL_M;
    let (from, to) = (inside.south - south, inside.north - south);
    for (word, begin, end) in [("s", 0.0, from), ("n", to, CELL_M)] {
        let line = street.stretch(district, begin, end, 0.0);
        let id = format!("{}{word}", street.id());
        parts
            .features
            .push(road(id, street.class, &street.name(district), line));
    }
    add_bridge(district, street.i, parts);
}

/// Trees along both kerbs, lamps on alternating sides.
fn add_furniture(district: &District, street: Street, parts: &mut Parts) {
    let half = street.class.half_corridor_m();
    // Around the metro's stations people need the pavement.
    let margin = if street.way == Way::WestEast && street.j == METRO_LINE {
        84.0
    } else {
        CROSSING_M
    };
    let mut trees = Vec::new();
    for side in [-1.0, 1.0] {
        let line = street.stretch(district, 0.0, CELL_M, side * 0.86 * half);
        for (n, (at, along)) in (0_u32..).zip(spaced(&line, margin, margin, 13.0)) {
            trees.push(Model {
                scale: 0.82 + 0.06 * f64::from(n % 5),
                ..Model::standing(ModelKind::Tree, at, along)
            });
        }
    }
    let id = street.id();
    let count = trees.len().to_string();
    parts.features.push(
        Feature::new(
            format!("t{id}"),
            FeatureClass::Tree,
            "street_tree",
            Form::Models(trees),
        )
        .tag("count", count)
        .part_of(&id),
    );
    let lamps = lamps_along(district, street);
    let count = lamps.len().to_string();
    let name = street.name(district).with("路灯", "Street Lamps");
    parts.features.push(
        Feature::new(
            lamps_id(street),
            FeatureClass::Furniture,
            "lamp",
            Form::Models(lamps),
        )
        .named(&name)
        .tag("count", count)
        .part_of(&id),
    );
}

/// The identity of a street's lamps.
pub(crate) fn lamps_id(street: Street) -> String {
    format!("la{}", street.id())
}

fn lamps_along(district: &District, street: Street) -> Vec<Model> {
    let reach = 0.74 * street.class.half_corridor_m();
    let line = street.stretch(district, 0.0, CELL_M, 0.0);
    (0_u32..)
        .zip(spaced(&line, 30.0, 30.0, 34.0))
        .map(|(n, (at, along))| {
            let across = if n % 2 == 0 {
                along.perp()
            } else {
                -along.perp()
            };
            // A lamp's arm looks over the carriageway.
            Model::standing(ModelKind::Lamp, at + across * reach, -across)
        })
        .collect()
}

/// The lake's radial streets: where they end, in cells from the middle, and their names.
const RADIALS: [(f64, f64, &str, &str); 8] = [
    (1.0, 0.0, "望湖东路", "Wanghu East Road"),
    (1.0, 1.0, "望湖东北路", "Wanghu North-east Road"),
    (0.0, 1.0, "望湖北路", "Wanghu North Road"),
    (-1.0, 1.0, "望湖西北路", "Wanghu North-west Road"),
    (-1.0, 0.0, "望湖西路", "Wanghu West Road"),
    (-1.0, -1.0, "望湖西南路", "Wanghu South-west Road"),
    (0.0, -1.0, "望湖南路", "Wanghu South Road"),
    (1.0, -1.0, "望湖东南路", "Wanghu South-east Road"),
];

/// The ring around the lake and its eight radial streets.
fn add_centre(parts: &mut Parts) {
    let ring: Vec<DVec2> = (0..=72)
        .map(|n| direction(5.0 * f64::from(n)) * RING_M.0)
        .collect();
    let name = Name::new("环湖路", "Lake Ring Road");
    parts.features.push(road(
        "rlake".to_owned(),
        RoadClass::Secondary,
        &name,
        ring.clone(),
    ));
    add_ring_trees(&ring, parts);
    for (n, (x, y, zh, en)) in RADIALS.into_iter().enumerate() {
        let end = DVec2::new(x, y) * CELL_M;
        // Those on the axes are wide.
        let class = if n % 2 == 0 {
            RoadClass::Primary
        } else {
            RoadClass::Tertiary
        };
        let from = end.normalize_or_zero() * RING_M.0;
        let line = vec![from, from.lerp(end, 0.5), end];
        let name = Name::new(zh, en);
        parts
            .features
            .push(road(format!("rradial{n}"), class, &name, line.clone()));
        if n % 2 == 0 {
            add_radial_trees(n, &line, parts);
        }
    }
    // The causeway to the island runs on from the southern radial street.
    let causeway = vec![
        DVec2::new(0.0, -RING_M.0),
        DVec2::new(0.0, -100.0),
        DVec2::new(0.0, -20.0),
    ];
    parts.features.push(causeway_bridge(&causeway));
}

fn add_ring_trees(ring: &[DVec2], parts: &mut Parts) {
    let outer = beside_line(ring, -0.86 * RING_M.1);
    let models: Vec<Model> = spaced(&outer, 6.0, 6.0, 12.0)
        .into_iter()
        .filter(|(at, _)| {
            let (x, y) = (at.x.abs(), at.y.abs());
            x.min(y) > RADIAL_M.0 && (x - y).abs() > 1.5 * RADIAL_M.1
        })
        .map(|(at, along)| Model::standing(ModelKind::Tree, at, along))
        .collect();
    parts.features.push(Feature::new(
        "trlake".to_owned(),
        FeatureClass::Tree,
        "street_tree",
        Form::Models(models),
    ));
}

fn add_radial_trees(n: usize, line: &[DVec2], parts: &mut Parts) {
    let mut models = Vec::new();
    for side in [-1.0, 1.0] {
        let kerb = beside_line(line, side * 0.86 * RADIAL_M.0);
        models.extend(
            spaced(&kerb, 28.0, 34.0, 12.0)
                .into_iter()
                .map(|(at, along)| Model::standing(ModelKind::Tree, at, along)),
        );
    }
    parts.features.push(Feature::new(
        format!("trradial{n}"),
        FeatureClass::Tree,
        "street_tree",
        Form::Models(models),
    ));
}

/// A foot bridge to the island.
fn causeway_bridge(line: &[DVec2]) -> Feature {
    let mut solid = crate::solids::Solid::default();
    let ring: Vec<DVec2> = beside_line(line, -5.0)
        .into_iter()
        .chain(beside_line(line, 5.0).into_iter().rev())
        .collect();
    solid.prism(&ring, 0.2, 1.2);
    Feature::new(
        "brisland".to_owned(),
        FeatureClass::Bridge,
        "bridge",
        Form::Faces(solid.faces),
    )
    .named(&Name::new("云塔栈桥", "Cloud Tower Causeway"))
    .tag("bridge", "yes")
}
