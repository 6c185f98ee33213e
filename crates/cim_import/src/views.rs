//! Saved views of a fresh city: something to look at before anybody has saved one.

use crate::feature::LonLat;
use crate::measure::Histogram;
use crate::records::Shaped;
use crate::site::Site;
use crate::values::Heights;
use serde::Serialize;
use std::collections::BTreeMap;

/// The vertical field of view that distances are made for, degrees.
const FIELD_OF_VIEW_DEG: f64 = 45.0;
/// Width over height of the window that distances are made for.
const ASPECT: f64 = 16.0 / 9.0;
/// Buildings left out on each side when the core is framed: a lone farm must not push the city away.
const STRAGGLERS: f64 = 0.02;
/// Side of the squares in which the densest quarter is sought, metres.
const QUARTER_M: f64 = 250.0;
/// Width of the bins in which buildings are counted from west to east and from south to north, metres.
const BIN_M: f64 = 5.0;

/// A view, as `views.json` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct View {
    name: &'static str,
    title_zh: &'static str,
    title_en: &'static str,
    /// What is looked at, WGS 84; height in metres.
    lon: f64,
    lat: f64,
    height_m: f64,
    distance_m: f64,
    /// Where the camera looks, clockwise from north.
    heading_deg: f64,
    /// How far it looks down, degrees below the horizon.
    pitch_deg: f64,
}

/// Looks at all buildings one after the other for what is worth a view.
#[derive(Debug, Default)]
pub(crate) struct ViewFinder {
    /// Middles of buildings in the plane, in bins.
    columns: Histogram,
    rows: Histogram,
    /// Floor space by square of the plane.
    quarters: BTreeMap<(i64, i64), f64>,
    tallest: Option<(LonLat, f64)>,
}

impl ViewFinder {
    /// Looks at one building.
    pub(crate) fn take(&mut self, shaped: &Shaped, heights: Heights) {
        if self
            .tallest
            .is_none_or(|(_, height_m)| heights.height_m >= height_m)
        {
            self.tallest = Some((shaped.at, heights.height_m));
        }
        if !shaped.is_raised {
            return;
        }
        let [west, south, east, north] = shaped.bounds;
        let at = [f64::midpoint(west, east), f64::midpoint(south, north)];
        self.columns.add(at[0] / BIN_M);
        self.rows.add(at[1] / BIN_M);
        let key = (
            (at[0] / QUARTER_M).floor() as i64,
            (at[1] / QUARTER_M).floor() as i64,
        );
        // Towers fill the picture by themselves; a street lives from its ordinary houses.
        *self.quarters.entry(key).or_default() += shaped.area_m2 * heights.height_m.min(60.0);
    }

    /// The rectangle around all buildings but the outermost few.
    fn core(&self) -> Option<[f64; 4]> {
        let range = |histogram: &Histogram| -> Option<(f64, f64)> {
            let count = histogram.count();
            let aside = (count as f64 * STRAGGLERS) as u64;
            Some((
                histogram.at_rank(aside)? * BIN_M,
                histogram.at_rank(count.checked_sub(1 + aside)?)? * BIN_M,
            ))
        };
        let ((west, east), (south, north)) = (range(&self.columns)?, range(&self.rows)?);
        (east - west > 50.0 && north - south > 50.0).then_some([west, south, east, north])
    }

    /// The middle of the square with the most floor space in it.
    fn densest_quarter(&self) -> Option<[f64; 2]> {
        let ((x, y), _) = self.quarters.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
        Some([(*x as f64 + 0.5) * QUARTER_M, (*y as f64 + 0.5) * QUARTER_M])
    }
}

/// The views of a city. `whole` is the plane's rectangle around everything: west, south, east, north.
pub(crate) fn views_of(finder: &ViewFinder, site: &Site, whole: [f64; 4]) -> Vec<View> {
    let core = finder.core().unwrap_or(whole);
    let (width, depth) = (core[2] - core[0], core[3] - core[1]);
    let middle = [
        f64::midpoint(core[0], core[2]),
        f64::midpoint(core[1], core[3]),
    ];
    let ground_m = site.ground_m();
    let [lon, lat] = site.place(middle);
    // The nearer of the two distances at which height or width of the picture is just filled.
    let half_angle = (FIELD_OF_VIEW_DEG / 2.0).to_radians().tan();
    let fills = (depth / 2.0 / half_angle).min(width / 2.0 / half_angle / ASPECT);

    let mut views = vec![
        View {
            name: "overview",
            title_zh: "全城",
            title_en: "Overview",
            lon,
            lat,
            height_m: ground_m,
            distance_m: rounded((0.55 * width.hypot(depth)).max(200.0)),
            heading_deg: 45.0,
            pitch_deg: 35.0,
        },
        View {
            name: "plan",
            title_zh: "俯视",
            title_en: "From above",
            lon,
            lat,
            height_m: ground_m,
            distance_m: rounded(fills.max(200.0)),
            heading_deg: 0.0,
            pitch_deg: 80.0,
        },
    ];
    if let Some((at, height_m)) = finder.tallest {
        views.insert(
            1,
            View {
                name: "landmark",
                title_zh: "地标",
                title_en: "Landmark",
                lon: at[0],
                lat: at[1],
                height_m: ground_m + height_m / 2.0,
                distance_m: rounded((2.2 * height_m).max(250.0)),
                heading_deg: 45.0,
                pitch_deg: 18.0,
            },
        );
    }
    if let Some([lon, lat]) = finder.densest_quarter().map(|at| site.place(at)) {
        views.push(View {
            name: "street",
            title_zh: "街区",
            title_en: "Street",
            lon,
            lat,
            height_m: ground_m + 10.0,
            distance_m: 320.0,
            heading_deg: 30.0,
            pitch_deg: 14.0,
        });
    }
    views
}

fn rounded(metres: f64) -> f64 {
    metres.round()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::Geodetic;

    #[test]
    fn a_city_without_buildings_still_has_an_overview() {
        let site = Site::new(Geodetic::new(121.5, 31.24, 0.0));
        let whole = [-1_000.0, -500.0, 1_000.0, 500.0];
        let views = views_of(&ViewFinder::default(), &site, whole);
        assert_eq!(
            views.iter().map(|view| view.name).collect::<Vec<_>>(),
            vec!["overview", "plan"]
        );
        assert!((views[0].lon - 121.5).abs() < 1e-9);
        assert!(
            (views[0].distance_m - 1_230.0).abs() < 1.0,
            "{}",
            views[0].distance_m
        );
        // 2 000 m of width fill a 16:9 picture from 1 358 m, 1 000 m of depth from 1 207 m.
        assert!(
            (views[1].distance_m - 1_207.0).abs() < 1.0,
            "{}",
            views[1].distance_m
        );
    }
}
