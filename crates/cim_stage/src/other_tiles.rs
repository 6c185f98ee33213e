//! A tileset from anywhere, shown in place of the city's own tiles.

use cim_geo::{Crs, Ecef, Enu, Geodetic, LocalFrame, ecef_from_geodetic, geodetic_from_ecef};
use cim_render::{OpenTiles, TwinMessage};
use cim_scene::{Move, TwinCommand};
use cim_tiles::{Placement, TileError, TileSource, Tileset, looks_like_ecef};
use std::sync::Arc;

/// Where the overview looks from: heading and pitch in degrees, and the distance in radii of the tileset.
const OVERVIEW: (f64, f64, f64) = (0.0, 35.0, 1.9);
/// A frame is at least so large, metres.
const LEAST_RADIUS_M: f64 = 200.0;

/// A tileset and where it stands.
#[derive(Clone, Debug)]
pub struct OtherTiles {
    source: Arc<dyn TileSource>,
    path: String,
    ground: Ground,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ground {
    /// It has a place on the Earth.
    Placed {
        placement: Placement,
        middle: Geodetic,
        radius_m: f64,
    },
    /// It is a plan around its own zero, in metres; it stands at the origin of whatever is open.
    Plan { middle: Enu, radius_m: f64 },
}

impl OtherTiles {
    /// Where a plan without a place of its own is shown when no city is open: the middle of Xuzhou.
    pub const NOWHERE: Geodetic = Geodetic::new(117.2, 34.26, 0.0);

    /// Reads the tileset at `path` of `source`, and where it stands: in `crs` (`EPSG:4548`) when one is named, otherwise
    /// where the `placement.json` beside it says, otherwise in ECEF as 3D Tiles wants it.
    ///
    /// Errors name the file; a tileset that stands off the Earth in the CRS named is one of them.
    pub fn open(
        source: Arc<dyn TileSource>,
        path: &str,
        crs: Option<&str>,
    ) -> Result<Self, TileError> {
        let broken = |place: &str, reason: String| TileError::Broken {
            file: format!("{}/{path}", source.name()),
            place: place.to_owned(),
            reason,
        };
        let named = match crs {
            Some(text) => Some(Placement::Crs(
                Crs::parse(text).map_err(|error| broken("its CRS", error.to_string()))?,
            )),
            None => Placement::beside(source.as_ref())?,
        };
        let mut tileset = Tileset::open(source.as_ref(), path)?;
        tileset.set_placement(&named.unwrap_or_default())?;
        let root = tileset
            .tile(Tileset::ROOT)
            .ok_or_else(|| broken("root", "the tileset has no root tile".to_owned()))?;
        let (centre, radius_m) = (root.bounds.centre_m(), root.bounds.radius_m());
        let ground = if looks_like_ecef(&root.bounds) {
            Ground::Placed {
                placement: named.unwrap_or_default(),
                middle: geodetic_from_ecef(Ecef {
                    x_m: centre.x,
                    y_m: centre.y,
                    z_m: centre.z,
                }),
                radius_m,
            }
        } else if named.is_some() {
            let reason = "it does not stand on the Earth's surface where it is placed".to_owned();
            return Err(broken("root.boundingVolume", reason));
        } else {
            Ground::Plan {
                middle: Enu::new(centre.x, centre.y, centre.z),
                radius_m,
            }
        };
        Ok(Self {
            path: path.to_owned(),
            source,
            ground,
        })
    }

    /// Opens it alone, seen from its overview. `origin` is where a plan without a place of its own stands.
    pub fn messages(&self, origin: Geodetic) -> Vec<TwinMessage> {
        let (target, radius_m) = self.middle(origin);
        vec![
            TwinMessage::Scene(TwinCommand::OpenCity {
                origin: self.frame_origin(origin),
                radius_m: radius_m.max(LEAST_RADIUS_M),
            }),
            TwinMessage::OpenTiles(self.request(origin)),
            TwinMessage::Scene(Self::view(target, radius_m)),
        ]
    }

    /// Shows it as the city's tiles.
    pub fn request(&self, origin: Geodetic) -> OpenTiles {
        let placement = match self.ground {
            Ground::Placed { placement, .. } => placement,
            Ground::Plan { .. } => Placement::Local {
                origin,
                heading_deg: 0.0,
            },
        };
        OpenTiles {
            slot: 0,
            tileset: Some((Arc::clone(&self.source), self.path.clone())),
            placement: Some(placement),
            max_error_px: None,
        }
    }

    /// The middle of what it shows, and how far it reaches from there, metres.
    pub fn middle(&self, origin: Geodetic) -> (Geodetic, f64) {
        match self.ground {
            Ground::Placed {
                middle, radius_m, ..
            } => (middle, radius_m),
            Ground::Plan { middle, radius_m } => {
                let frame = LocalFrame::new(origin);
                (frame.geodetic_from_enu(middle), radius_m)
            }
        }
    }

    /// Whether its middle lies in a city that reaches `radius_m` metres from its `origin`.
    pub(crate) fn lies_within(&self, origin: Geodetic, radius_m: f64) -> bool {
        let (middle, _) = self.middle(origin);
        let (a, b) = (ecef_from_geodetic(middle), ecef_from_geodetic(origin));
        let away_m = (a.x_m - b.x_m).hypot(a.y_m - b.y_m).hypot(a.z_m - b.z_m);
        away_m <= radius_m
    }

    /// Where the frame has its zero: in the middle of what stands on the Earth, so that no height is too great for it.
    fn frame_origin(&self, origin: Geodetic) -> Geodetic {
        match self.ground {
            Ground::Placed { middle, .. } => middle,
            Ground::Plan { .. } => origin,
        }
    }

    fn view(target: Geodetic, radius_m: f64) -> TwinCommand {
        let (heading_deg, pitch_deg, radii) = OVERVIEW;
        TwinCommand::GoToView {
            target,
            distance_m: radius_m * radii,
            heading_deg,
            pitch_deg,
            how: Move::Jump,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One `tileset.json`, and nothing beside it.
    #[derive(Debug)]
    struct OneFile(String);

    impl TileSource for OneFile {
        fn name(&self) -> String {
            "memory".to_owned()
        }

        fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
            if path == "tileset.json" {
                return Ok(self.0.clone().into_bytes());
            }
            Err(TileError::Unreadable {
                file: path.to_owned(),
                cause: std::io::ErrorKind::NotFound.into(),
            })
        }
    }

    fn tiles(volume: &str, crs: Option<&str>) -> Result<OtherTiles, TileError> {
        let text = format!(
            r#"{{"asset":{{"version":"1.1"}},"geometricError":100,
                "root":{{"boundingVolume":{volume},"geometricError":0,"refine":"ADD"}}}}"#
        );
        OtherTiles::open(Arc::new(OneFile(text)), "tileset.json", crs)
    }

    #[track_caller]
    fn overview(tiles: &OtherTiles) -> (Geodetic, f64) {
        let messages = tiles.messages(OtherTiles::NOWHERE);
        let Some(TwinMessage::Scene(TwinCommand::GoToView {
            target,
            distance_m,
            heading_deg,
            pitch_deg,
            ..
        })) = messages.last()
        else {
            panic!("the view comes last");
        };
        assert_eq!((*heading_deg, *pitch_deg), (0.0, 35.0));
        (*target, *distance_m)
    }

    #[test]
    fn a_tileset_on_the_earth_is_seen_whole_where_it_stands() {
        // A kilometre around 2.3°E 48.9°N.
        let at = ecef_from_geodetic(Geodetic::new(2.3, 48.9, 0.0));
        let volume = format!(r#"{{"sphere":[{},{},{},1000]}}"#, at.x_m, at.y_m, at.z_m);
        let tiles = tiles(&volume, None).expect("a tileset");
        let (target, distance_m) = overview(&tiles);
        assert!((target.lon_deg - 2.3).abs() < 1e-6 && (target.lat_deg - 48.9).abs() < 1e-6);
        assert!((distance_m - 1_900.0).abs() < 1.0, "{distance_m}");
        assert!(tiles.lies_within(Geodetic::new(2.31, 48.9, 0.0), 2_000.0));
        assert!(!tiles.lies_within(OtherTiles::NOWHERE, 20_000.0));
    }

    #[test]
    fn a_plan_stands_at_the_origin_and_a_named_crs_places_it() {
        let volume = r#"{"sphere":[0,0,20,50]}"#;
        let plan = tiles(volume, None).expect("a plan");
        let (target, _) = overview(&plan);
        assert!((target.lon_deg - 117.2).abs() < 1e-9 && (target.height_m - 20.0).abs() < 1e-6);

        let volume = r#"{"sphere":[518420.4867,3792519.9724,30,50]}"#;
        let (target, _) = overview(&tiles(volume, Some("EPSG:4548")).expect("a survey"));
        assert!((target.lon_deg - 117.2).abs() < 1e-4 && (target.lat_deg - 34.26).abs() < 1e-4);

        let error = tiles(volume, Some("Xuzhou 1980")).expect_err("no such system");
        assert!(error.to_string().contains("memory/tileset.json"), "{error}");
    }

    #[test]
    fn what_is_no_tileset_is_told_with_its_name() {
        let source = Arc::new(OneFile("{".to_owned()));
        let error = OtherTiles::open(source, "tileset.json", None).expect_err("half a file");
        assert!(error.file().contains("tileset.json"), "{error}");
    }
}
