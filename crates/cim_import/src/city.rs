//! The import itself: read, decide, shape, tile, write.

use crate::classify::{Class, Verdict, classify};
use crate::feature::{LonLat, RawFeature};
use crate::geojson;
use crate::ledger::Ledger;
use crate::osm;
use crate::outline::plane_of;
use crate::parts::settle_parts;
use crate::quadtree::{Grid, Tree};
use crate::request::{ImportError, ImportReport, ImportRequest, Progress};
use crate::shape::{Body, CityFeature, plane_box, shape};
use crate::sources::{Format, files_of, stem_of};
use crate::views::views_of;
use crate::write::{About, City, refuse_if_taken, write_city};
use cim_geo::{Bounds, Crs, LocalFrame};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A feature this far from the city's middle was misplaced by its source, metres.
const FARTHEST_M: f64 = 150_000.0;
/// Progress is reported every so many features.
const PROGRESS_STEP: usize = 2_000;

/// Imports the sources into a city's folder.
///
/// With several sources a broken one is counted as dropped and the others go on; with none left the first error is
/// returned. Nothing is written to `out` before everything succeeded.
pub fn import(
    request: &ImportRequest,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    refuse_if_taken(&request.out)?;
    let mut ledger = Ledger::default();
    let harvest = read_sources(request, &mut ledger, progress)?;
    let sorted = sort(harvest.features, &mut ledger);
    if sorted.is_empty() {
        return Err(empty_city(&ledger));
    }
    let bounds = bounds_of(&sorted);
    let frame = LocalFrame::new(bounds.center());
    let mut features = shape_all(sorted, &frame, &mut ledger, progress);
    make_ids_unique(&mut features);
    settle_parts(&mut features, &frame, &mut ledger);
    count(&features, &mut ledger);
    let tallest_m = features
        .iter()
        .filter_map(|feature| feature.heights)
        .map(|heights| heights.height_m)
        .fold(0.0, f64::max);

    let boxes: Vec<Option<[f64; 4]>> = features
        .iter()
        .map(|feature| {
            if feature.is_drawn {
                plane_box(feature, &frame)
            } else {
                None
            }
        })
        .collect();
    let whole = whole_of(&bounds, &frame);
    let grid = Grid::new(
        whole[2] - whole[0],
        whole[3] - whole[1],
        features.iter().map(estimated_bytes).sum(),
    );
    let mut tree = Tree::default();
    for (index, (feature, plane_box)) in features.iter().zip(&boxes).enumerate() {
        if let Some(plane_box) = plane_box {
            tree.insert(grid.cell_of(feature, *plane_box), index);
        }
    }
    if tree.content.is_empty() {
        return Err(empty_city(&ledger));
    }
    progress(Progress {
        stage: "tiling",
        done: tree.content.len() as u64,
        total: tree.content.len() as u64,
    });

    let about = about(request, &harvest.about, bounds, tallest_m);
    let crs = about.crs.clone();
    let views = views_of(&features, &frame, whole);
    let city = City {
        about,
        features: &features,
        frame,
        grid,
        tree,
        views,
    };
    write_city(&city, &mut ledger, &request.out, progress)?;
    Ok(ImportReport {
        counts: ledger.counts,
        dropped: ledger.dropped(),
        tallest_m,
        crs,
        out: request.out.clone(),
    })
}

/// Features as read, and what the sources say of themselves.
struct Harvest {
    features: Vec<RawFeature>,
    about: SourceNotes,
}

struct SourceNotes {
    files: Vec<String>,
    crs: Crs,
    attribution: Vec<String>,
}

fn read_sources(
    request: &ImportRequest,
    ledger: &mut Ledger,
    progress: &mut dyn FnMut(Progress),
) -> Result<Harvest, ImportError> {
    let files: Vec<(PathBuf, Format)> = files_of(&request.sources)?;
    let total = files.len() as u64;
    let mut features = Vec::new();
    let mut about = SourceNotes {
        files: Vec::new(),
        crs: Crs::WGS84,
        attribution: Vec::new(),
    };
    let mut first_error = None;
    for (done, (path, format)) in files.iter().enumerate() {
        progress(Progress {
            stage: "reading",
            done: done as u64,
            total,
        });
        let outcome = match format {
            Format::GeoJson => {
                geojson::read(path, request.crs, ledger, &mut features).map(|notes| {
                    about.crs = notes.crs;
                    notes.attribution
                })
            }
            Format::OsmPbf => {
                osm::read(path, ledger, &mut features).map(|()| OPENSTREETMAP.to_owned())
            }
        };
        match outcome {
            Ok(attribution) => {
                about.files.push(
                    path.file_name()
                        .map(|name| name.to_string_lossy().into_owned())
                        .unwrap_or_default(),
                );
                if !attribution.is_empty() && !about.attribution.contains(&attribution) {
                    about.attribution.push(attribution);
                }
            }
            Err(error) => {
                // Counted among the features too, so that the account stays whole.
                ledger.counts.features += 1;
                ledger.drop("a whole source cannot be read", &error.to_string());
                first_error = first_error.or(Some(error));
            }
        }
    }
    progress(Progress {
        stage: "reading",
        done: total,
        total,
    });
    match first_error {
        Some(error) if about.files.is_empty() => Err(error),
        _ => Ok(Harvest { features, about }),
    }
}

const OPENSTREETMAP: &str = "© OpenStreetMap contributors, ODbL 1.0";

/// Decides what each feature is; labels and what the twin has no use for are counted and let go, and so is what lies far
/// away from everything else.
fn sort(features: Vec<RawFeature>, ledger: &mut Ledger) -> Vec<(RawFeature, Verdict)> {
    let mut kept = Vec::new();
    for feature in features {
        let verdict = classify(&feature);
        match verdict.class {
            Class::Label => ledger.counts.labels += 1,
            Class::Other => ledger.counts.other += 1,
            _ if feature.shape.first().is_none() => {
                ledger.drop("the feature has no geometry", &feature.place);
            }
            _ => kept.push((feature, verdict)),
        }
    }
    let middle = median(&kept);
    kept.retain(|(feature, _)| {
        let is_near = feature
            .shape
            .first()
            .is_some_and(|at| rough_distance_m(at, middle) < FARTHEST_M);
        if !is_near {
            ledger.drop("it lies far away from the rest of the city", &feature.place);
        }
        is_near
    });
    kept
}

fn median(features: &[(RawFeature, Verdict)]) -> LonLat {
    let axis = |axis: usize| {
        let mut values: Vec<f64> = features
            .iter()
            .filter_map(|(feature, _)| feature.shape.first().and_then(|at| at.get(axis).copied()))
            .collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    [axis(0), axis(1)]
}

fn rough_distance_m(a: LonLat, b: LonLat) -> f64 {
    const DEGREE_M: f64 = 111_320.0;
    ((a[0] - b[0]) * b[1].to_radians().cos()).hypot(a[1] - b[1]) * DEGREE_M
}

/// Around buildings and roads, which make the city; around everything where there are none.
///
/// Rivers, woods and railways reach far out of an extract and would leave the city a small thing in a large void.
fn bounds_of(features: &[(RawFeature, Verdict)]) -> Bounds {
    let around = |is_meant: &dyn Fn(&Verdict) -> bool| {
        let mut bounds = Bounds::EMPTY;
        for (feature, _) in features.iter().filter(|(_, verdict)| is_meant(verdict)) {
            for at in feature.shape.positions() {
                bounds.extend(at[0], at[1]);
            }
        }
        bounds
    };
    let built = around(&|verdict: &Verdict| {
        matches!(
            verdict.class,
            Class::Building | Class::BuildingPart | Class::Road
        ) && verdict.kind != "ferry"
    });
    if built.is_empty() {
        around(&|_: &Verdict| true)
    } else {
        built
    }
}

fn shape_all(
    sorted: Vec<(RawFeature, Verdict)>,
    frame: &LocalFrame,
    ledger: &mut Ledger,
    progress: &mut dyn FnMut(Progress),
) -> Vec<CityFeature> {
    let total = sorted.len() as u64;
    let mut features = Vec::with_capacity(sorted.len());
    for (done, (raw, verdict)) in sorted.into_iter().enumerate() {
        if done % PROGRESS_STEP == 0 {
            progress(Progress {
                stage: "meshing",
                done: done as u64,
                total,
            });
        }
        features.extend(shape(raw, verdict, frame, ledger));
    }
    progress(Progress {
        stage: "meshing",
        done: total,
        total,
    });
    features
}

/// Two layers of one source may use one id for two things: the second becomes `id~2`.
fn make_ids_unique(features: &mut [CityFeature]) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut used: BTreeMap<String, u32> = BTreeMap::new();
    for feature in features {
        if seen.insert(feature.id.clone()) {
            continue;
        }
        let number = used.entry(feature.id.clone()).or_insert(1);
        let id = loop {
            *number += 1;
            let id = format!("{}~{number}", feature.id);
            if seen.insert(id.clone()) {
                break id;
            }
        };
        feature.id = id;
    }
}

fn count(features: &[CityFeature], ledger: &mut Ledger) {
    let counts = &mut ledger.counts;
    for feature in features {
        let line = match feature.class {
            Class::Building => &mut counts.buildings,
            Class::BuildingPart => &mut counts.building_parts,
            Class::Road => &mut counts.roads,
            Class::Rail => &mut counts.rail,
            Class::Water => &mut counts.water,
            Class::Green => &mut counts.green,
            Class::Point => &mut counts.points,
            Class::Label => &mut counts.labels,
            Class::Other => &mut counts.other,
        };
        *line += 1;
        if feature.heights.is_some() && !feature.outlines().is_empty() {
            counts.building_polygons += 1;
        }
        if feature.class != Class::Point && !feature.is_drawn {
            counts.undrawn += 1;
        }
    }
    // Those stand above ground and are seen through their parts.
    counts.undrawn = counts.undrawn.saturating_sub(counts.replaced_by_parts);
}

/// The rectangle of the plane that the bounds make: west, south, east, north.
fn whole_of(bounds: &Bounds, frame: &LocalFrame) -> [f64; 4] {
    let mut whole = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    for lon in [bounds.west_deg, bounds.east_deg] {
        for lat in [bounds.south_deg, bounds.north_deg] {
            let p = plane_of(frame, [lon, lat]);
            whole = [
                whole[0].min(p[0]),
                whole[1].min(p[1]),
                whole[2].max(p[0]),
                whole[3].max(p[1]),
            ];
        }
    }
    whole
}

/// About how many bytes a feature's triangles take in a tile.
fn estimated_bytes(feature: &CityFeature) -> u64 {
    // 28 bytes a corner, 4 an index.
    let (per_wall, per_roof_corner, per_line_corner) = (136, 40, 80);
    if !feature.is_drawn {
        return 0;
    }
    match &feature.body {
        Body::Nothing => 0,
        Body::Outlines(outlines) => {
            let corners: usize = outlines
                .iter()
                .flat_map(|outline| &outline.rings)
                .map(Vec::len)
                .sum();
            corners as u64
                * (per_roof_corner
                    + if feature.heights.is_some() {
                        per_wall
                    } else {
                        0
                    })
        }
        Body::Ribbon { lines, .. } => {
            lines.iter().map(Vec::len).sum::<usize>() as u64 * per_line_corner
        }
    }
}

fn about(request: &ImportRequest, notes: &SourceNotes, bounds: Bounds, tallest_m: f64) -> About {
    let stem = request
        .sources
        .first()
        .map(|source| stem_of(source))
        .unwrap_or_default();
    let attribution = request
        .attribution
        .clone()
        .unwrap_or_else(|| notes.attribution.join("; "));
    let licence = request.licence.clone().unwrap_or_else(|| {
        if attribution.contains("OpenStreetMap") {
            "ODbL-1.0".to_owned()
        } else {
            String::new()
        }
    });
    let name_en = request
        .name_en
        .clone()
        .or_else(|| request.name_zh.clone())
        .unwrap_or_else(|| stem.clone());
    About {
        name_zh: request
            .name_zh
            .clone()
            .or_else(|| request.name_en.clone())
            .unwrap_or(stem),
        name_en,
        crs: notes.crs.to_string(),
        source: notes.files.join(", "),
        licence,
        attribution,
        bounds,
        tallest_m,
    }
}

fn empty_city(ledger: &Ledger) -> ImportError {
    let example = ledger.dropped().first().map_or_else(
        || "none of them is a building, road, water, green area or place".to_owned(),
        |dropped| format!("{}: {}", dropped.reason, dropped.first),
    );
    ImportError::EmptyCity {
        read: ledger.counts.features,
        example,
    }
}
