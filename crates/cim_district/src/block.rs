//! A cell's inside as features: buildings with names and addresses, lanes, green, water, trees, and who lives there.

use crate::buildings::{Address, feature_of};
use crate::feature::{Feature, Form, Model};
use crate::grids::{Census, grid_at};
use crate::layout::{CANAL_HALF_M, canal_u, has_canal};
use crate::names::{Name, numeral, stem_of_cell};
use crate::parts::{District, Parts};
use crate::plan::{CELL_M, RoadClass, Use, Way, number_of};
use crate::plane::Span;
use crate::river::{embankment, small_bridge};
use crate::site::{Lane, Patch, Site};
use cim_import::ModelKind;
use cim_tiles::FeatureClass;
use glam::DVec2;

/// Adds everything inside a cell.
pub(crate) fn add(district: &District, site: &Site<'_>, parts: &mut Parts) {
    let tag = District::tag(site.i, site.j);
    let stem = stem_of_cell(district.seed, number_of(site.i, site.j));
    for (n, patch) in site.patches.iter().enumerate() {
        parts.features.push(patch_feature(patch, &tag, n));
    }
    for (n, lane) in site.lanes.iter().enumerate() {
        parts.features.push(lane_feature(lane, &tag, n, &stem));
    }
    add_trees(site, &tag, parts);
    if has_canal(site.i, site.j) {
        add_canal(district, site, parts);
    }
    add_buildings(district, site, &stem, parts);
}

/// What a block of the given use is called.
pub(crate) fn block_name(purpose: Use, stem: &Name) -> Name {
    let (zh, en) = match purpose {
        Use::Centre | Use::CentreShare | Use::Business => ("中心", "Centre"),
        Use::Mixed => ("广场", "Plaza"),
        Use::OldTown => ("里", "Quarter"),
        Use::Villas => ("雅苑", "Villas"),
        Use::Campus => return Name::new("云湖大学", "Yunhu University"),
        Use::Hospital => return Name::new("云湖医院", "Yunhu Hospital"),
        Use::Stadium => return Name::new("云湖奥体中心", "Yunhu Sports Centre"),
        Use::Industry => ("产业园", "Works"),
        Use::Park => ("公园", "Park"),
        Use::Estate | Use::River => ("花园", "Garden"),
    };
    stem.with(zh, en)
}

fn add_buildings(district: &District, site: &Site<'_>, stem: &Name, parts: &mut Parts) {
    let block = match site.purpose {
        // Four quarters share one name: the cell's own stem keeps their numbers apart.
        Use::Campus => block_name(site.purpose, stem).with(&stem.zh, &stem.en),
        purpose => block_name(purpose, stem),
    };
    let street = district.street(Way::WestEast, site.j);
    for (building, number) in site.buildings.iter().zip(1_u32..) {
        let grid = grid_at(district, building.rect.centre);
        parts.census.push((
            grid.clone(),
            Census {
                buildings: 1,
                homes: building.homes,
                residents: building.residents(),
            },
        ));
        let address = Address {
            block: &block,
            street: &street,
            number,
            grid: &grid,
        };
        let id = building_id(site.i, site.j, number);
        parts.features.push(feature_of(building, id, &address));
    }
}

/// The identity of a cell's building with this number.
pub(crate) fn building_id(i: i32, j: i32, number: u32) -> String {
    format!("b{}-{number:03}", District::tag(i, j))
}

fn patch_feature(patch: &Patch, tag: &str, n: usize) -> Feature {
    let is_water = matches!(patch.kind, "lake" | "pond" | "canal" | "river");
    let class = if is_water {
        FeatureClass::Water
    } else {
        FeatureClass::Green
    };
    let form = Form::Area {
        outer: patch.outer.clone(),
        inner: patch.inner.clone(),
    };
    let mut feature = Feature::new(format!("g{tag}-{n:02}"), class, patch.kind, form);
    feature = if is_water {
        feature.tag("natural", "water").tag("water", patch.kind)
    } else {
        feature.tag("leisure", patch.kind)
    };
    if let Some((zh, en)) = &patch.name {
        feature = feature.tag("name", zh).tag("name:en", en);
    }
    feature
}

fn lane_feature(lane: &Lane, tag: &str, n: usize, stem: &Name) -> Feature {
    let is_path = lane.number == 0;
    let kind = if is_path {
        "footway"
    } else {
        lane.class.word()
    };
    let width = if is_path {
        3.0
    } else {
        lane.class.carriageway_m()
    };
    let form = Form::Line(lane.line.clone());
    let mut feature = Feature::new(format!("l{tag}-{n:02}"), FeatureClass::Road, kind, form)
        .tag("highway", kind)
        .tag("width", format!("{width:.1}"));
    if !is_path {
        let word = if lane.class == RoadClass::Alley {
            "弄"
        } else {
            "巷"
        };
        feature = feature
            .tag("name", format!("{}{}{word}", stem.zh, numeral(lane.number)))
            .tag("name:en", format!("{} Lane {}", stem.en, lane.number))
            .tag("road:class", lane.class.word_zh())
            .tag("lanes", lane.class.lanes().to_string())
            .tag("maxspeed", lane.class.speed_kmh().to_string());
    }
    feature
}

fn add_trees(site: &Site<'_>, tag: &str, parts: &mut Parts) {
    for (kind, word) in [(ModelKind::Tree, "tree"), (ModelKind::Conifer, "conifer")] {
        let models: Vec<Model> = site
            .trees
            .iter()
            .zip(0_u32..)
            .filter(|((_, own), _)| *own == kind)
            .map(|((at, _), n)| Model {
                scale: 0.8 + 0.05 * f64::from(n % 9),
                ..Model::standing(kind, *at, DVec2::Y)
            })
            .collect();
        if models.is_empty() {
            continue;
        }
        let count = models.len().to_string();
        parts.features.push(
            Feature::new(
                format!("t{tag}-{word}"),
                FeatureClass::Tree,
                word,
                Form::Models(models),
            )
            .tag("count", count),
        );
    }
}

/// The canal's water from street to street, its walls, and the bridge of the block's lane.
fn add_canal(district: &District, site: &Site<'_>, parts: &mut Parts) {
    let tag = District::tag(site.i, site.j);
    let south = f64::from(site.j) * CELL_M;
    let water = Span {
        west: canal_u() - CANAL_HALF_M,
        south,
        east: canal_u() + CANAL_HALF_M,
        north: south + CELL_M,
    };
    let patch = Patch {
        kind: "canal",
        outer: district.ground.outline(water, 20.0),
        inner: Vec::new(),
        name: Some(("锦云河".to_owned(), "Jinyun Canal".to_owned())),
    };
    parts.features.push(patch_feature(&patch, &tag, 90));
    for (n, u) in [(1, water.west - 0.8), (2, water.east + 0.8)] {
        let line = district.ground.stretch(
            DVec2::new(u, site.inside.south),
            DVec2::new(u, site.inside.north),
            25.0,
        );
        parts
            .features
            .push(embankment(format!("e{tag}-{n}"), &line, 1.2, 0.9));
    }
    for (n, lane) in site.lanes.iter().enumerate() {
        let crosses = |pair: &(&DVec2, &DVec2)| pair.0.x < canal_u() && pair.1.x >= canal_u();
        let over = lane
            .design
            .iter()
            .zip(lane.design.iter().skip(1))
            .find(crosses);
        if let Some((from, to)) = over {
            let share = (canal_u() - from.x) / (to.x - from.x);
            let v = from.lerp(*to, share).y;
            parts.features.push(small_bridge(
                district,
                format!("br{tag}-l{n}"),
                DVec2::new(canal_u(), v),
                lane.class.carriageway_m() + 1.6,
            ));
        }
    }
}
