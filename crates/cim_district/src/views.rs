//! Saved views of the district: compositions that show what it is.

use crate::parts::District;
use crate::plan::{CELL_M, Extent, METRO_LINE, RIVER_ROW};
use glam::DVec2;
use serde::Serialize;

/// A view, as `views.json` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    title_zh: &'static str,
    title_en: &'static str,
    lon: f64,
    lat: f64,
    height_m: f64,
    distance_m: f64,
    /// Where the camera looks, clockwise from north.
    heading_deg: f64,
    /// How far it looks down, degrees below the horizon.
    pitch_deg: f64,
}

/// Where a view looks, and from where.
struct Composition {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    /// In the design grid.
    target: DVec2,
    height_m: f64,
    distance_m: f64,
    heading_deg: f64,
    pitch_deg: f64,
    /// The cell that it shows; without it there is no such view.
    cell: (i32, i32),
}

fn shows(
    names: [&'static str; 3],
    cell: (i32, i32),
    target: [f64; 3],
    from: [f64; 3],
) -> Composition {
    let [name, zh, en] = names;
    let [u, v, height_m] = target;
    let [distance_m, heading_deg, pitch_deg] = from;
    Composition {
        name,
        zh,
        en,
        target: DVec2::new(u, v),
        height_m,
        distance_m,
        heading_deg,
        pitch_deg,
        cell,
    }
}

/// The views that the district is large enough for.
pub(crate) fn of(district: &District) -> Vec<View> {
    let extent = district.quotas.extent;
    compositions(extent)
        .iter()
        .filter(|view| extent.has_cell(view.cell.0, view.cell.1))
        .map(|view| {
            let [lon, lat] = district
                .map
                .lon_lat(district.ground.at(view.target.x, view.target.y));
            View {
                name: view.name,
                title_zh: view.zh,
                title_en: view.en,
                lon,
                lat,
                height_m: view.height_m,
                distance_m: view.distance_m.round(),
                heading_deg: view.heading_deg,
                pitch_deg: view.pitch_deg,
            }
        })
        .collect()
}

fn compositions(extent: Extent) -> Vec<Composition> {
    let width = f64::from(extent.east - extent.west) * CELL_M;
    let depth = f64::from(extent.north - extent.south) * CELL_M;
    let middle = DVec2::new(
        0.5 * f64::from(extent.east + extent.west) * CELL_M,
        0.5 * f64::from(extent.north + extent.south) * CELL_M,
    );
    let far = (0.42 * (width * width + depth * depth).sqrt()).max(600.0);
    let river = (f64::from(RIVER_ROW) + 0.5) * CELL_M;
    let metro = f64::from(METRO_LINE) * CELL_M;
    let crossing = DVec2::new(2.0, 2.0) * CELL_M;
    vec![
        // From the south-east, the river leading in, the towers against the far edge.
        shows(
            ["overview", "全区", "Overview"],
            (0, 0),
            [0.5 * middle.x, 0.5 * middle.y - 120.0, 0.0],
            [far, 332.0, 30.0],
        ),
        // Over the water from the park on the south bank.
        shows(
            ["skyline", "滨河天际线", "Skyline"],
            (0, -4),
            [-20.0, river + 400.0, 78.0],
            [770.0, 2.0, 0.8],
        ),
        shows(
            ["lake", "云湖", "Yunhu Lake"],
            (0, 0),
            [0.0, 0.0, 70.0],
            [760.0, 28.0, 17.0],
        ),
        shows(
            ["oldtown", "锦云老城", "Old Town"],
            (3, -1),
            [1_330.0, -185.0, 8.0],
            [330.0, 318.0, 27.0],
        ),
        shows(
            ["street", "云湖中央大道", "Central Avenue"],
            (0, -2),
            [4.0, -620.0, 20.0],
            [165.0, 357.0, 3.0],
        ),
        shows(
            ["bridge", "云湖大桥", "Yunhu Bridge"],
            (0, -3),
            [0.0, river, 26.0],
            [430.0, 318.0, 9.0],
        ),
        shows(
            ["metro", "轨道高架", "Metro Viaduct"],
            (5, 1),
            [2_300.0, metro, 12.0],
            [260.0, 62.0, 14.0],
        ),
        shows(
            ["stadium", "奥体中心", "Sports Centre"],
            (2, -4),
            [970.0, -1_410.0, 15.0],
            [520.0, 335.0, 24.0],
        ),
        shows(
            ["underground", "地下管网", "Underground"],
            (1, 1),
            [crossing.x, crossing.y, -3.0],
            [76.0, 38.0, 24.0],
        ),
        shows(
            ["plan", "俯视", "From Above"],
            (0, 0),
            [middle.x, middle.y, 0.0],
            [1.05 * far, 0.0, 80.0],
        ),
    ]
}
