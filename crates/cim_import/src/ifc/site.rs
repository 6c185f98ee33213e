//! Where a building model stands: its units, and the way from its coordinates to the Earth.

use super::frame::{Frame, axis_placement, placement, vector};
use super::step::{Record, Step, items_of, number_of};
use crate::cityjson::placing::{Naming, Placing};
use crate::door::Refusal;
use crate::ledger::Ledger;
use crate::request::{ImportError, ImportRequest};
use cim_geo::{Enu, Geodetic, LocalFrame};
use std::path::Path;

/// Where models that do not say where they stand are put: the middle of Xuzhou.
const DEFAULT_ORIGIN: [f64; 2] = [117.2, 34.26];
/// Nothing of a building is farther from its site, metres.
const FARTHEST_M: f64 = 1.0e6;

/// The way from a model's coordinates to longitude, latitude and height.
#[derive(Debug)]
pub(crate) struct Ground {
    /// Metres in a unit of length.
    pub(crate) unit_m: f64,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// `IfcMapConversion` to an `IfcProjectedCRS`.
    Map {
        placing: Placing,
        /// Easting, northing and height of the model's origin, metres.
        shift: [f64; 3],
        /// Cosine and sine from the model's first axis to easting, with the map's scale.
        turn: [f64; 2],
    },
    /// A place on the Earth and where north is.
    Site {
        frame: LocalFrame,
        /// The model's point that lies there, metres.
        at: [f64; 3],
        height_m: f64,
        north: [f64; 2],
        is_stated: bool,
    },
}

/// Records that say where a model is, by their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signs {
    pub(crate) projects: Vec<u32>,
    pub(crate) conversions: Vec<u32>,
    pub(crate) sites: Vec<u32>,
    pub(crate) contexts: Vec<u32>,
}

impl Ground {
    /// Reads where the model at `path` stands.
    pub(crate) fn of(
        step: &Step,
        signs: &Signs,
        path: &Path,
        request: &ImportRequest,
        ledger: &mut Ledger,
        file: &str,
    ) -> Result<Self, ImportError> {
        let unit_m = unit_of(step, signs);
        for id in &signs.conversions {
            if let Some(way) = map_of(step, *id, unit_m, path, request)? {
                return Ok(Self { unit_m, way });
            }
        }
        let way = site_of(step, signs, unit_m, request);
        if matches!(
            way,
            Way::Site {
                is_stated: false,
                ..
            }
        ) && request.origin.is_none()
        {
            ledger.note(
                "the model does not say where it stands; put at the default origin",
                file,
            );
        }
        Ok(Self { unit_m, way })
    }

    /// Longitude, latitude in degrees and height of a point of the model, which is in its unit of length.
    pub(crate) fn place(&self, at: [f64; 3]) -> Result<[f64; 3], Refusal> {
        let [x, y, z] = at.map(|part| part * self.unit_m);
        if !(x.is_finite() && y.is_finite() && z.is_finite()) {
            return Err("a coordinate is not a number");
        }
        match &self.way {
            Way::Map {
                placing,
                shift,
                turn: [cos, sin],
            } => placing.place([
                shift[0] + cos * x - sin * y,
                shift[1] + sin * x + cos * y,
                shift[2] + z,
            ]),
            Way::Site {
                frame,
                at,
                height_m,
                north: [north_x, north_y],
                ..
            } => {
                let (x, y) = (x - at[0], y - at[1]);
                if x.hypot(y) > FARTHEST_M {
                    return Err("a point lies farther from its site than a building reaches");
                }
                let east = x * north_y - y * north_x;
                let north = x * north_x + y * north_y;
                let place = frame.geodetic_from_enu(Enu::new(east, north, 0.0));
                Ok([place.lon_deg, place.lat_deg, height_m + z - at[2]])
            }
        }
    }

    /// Names of the system and of its heights, for the catalogue.
    pub(crate) fn names(&self) -> (String, String) {
        match &self.way {
            Way::Map { placing, .. } => (placing.crs().to_owned(), placing.vertical().to_owned()),
            Way::Site {
                is_stated: true, ..
            } => ("EPSG:4326".to_owned(), String::new()),
            Way::Site { .. } => ("local".to_owned(), String::new()),
        }
    }
}

/// Metres in the project's unit of length; metres where it does not say.
fn unit_of(step: &Step, signs: &Signs) -> f64 {
    signs
        .projects
        .iter()
        .filter_map(|id| step.record(step.record(*id)?.reference(8)?))
        .flat_map(|assignment| assignment.references(0))
        .find_map(|unit| length_unit(step, unit))
        .unwrap_or(1.0)
}

/// Metres in a unit of length; `None` for units of other things.
fn length_unit(step: &Step, id: u32) -> Option<f64> {
    let unit = step.record(id)?;
    if unit.word(1).as_deref() != Some("LENGTHUNIT") {
        return None;
    }
    if unit.name == "IFCSIUNIT" {
        return Some(match unit.word(2).as_deref() {
            Some("MILLI") => 0.001,
            Some("CENTI") => 0.01,
            Some("DECI") => 0.1,
            Some("KILO") => 1_000.0,
            Some("MICRO") => 1.0e-6,
            _ => 1.0,
        });
    }
    // Feet and inches: a number of another unit.
    let factor = step.record(unit.reference(3)?)?;
    let base = factor
        .reference(1)
        .and_then(|base| step.record(base))
        .filter(|base| base.name == "IFCSIUNIT")
        .and_then(|base| length_unit(step, base.id))
        .unwrap_or(1.0);
    factor
        .number(0)
        .map(|number| number * base)
        .filter(|metres| *metres > 0.0)
}

fn map_of(
    step: &Step,
    id: u32,
    unit_m: f64,
    path: &Path,
    request: &ImportRequest,
) -> Result<Option<Way>, ImportError> {
    let Some(conversion) = step.record(id) else {
        return Ok(None);
    };
    let target = conversion.reference(1).and_then(|id| step.record(id));
    let name = target.as_ref().and_then(|target| target.text(0));
    if name.is_none() && request.crs.is_none() {
        return Ok(None);
    }
    let number = |at: usize| conversion.number(at).unwrap_or_default();
    let map_unit = target
        .as_ref()
        .and_then(|target| target.reference(6))
        .and_then(|unit| length_unit(step, unit));
    // Without a unit of its own the map is in metres, unless its numbers are too large for that.
    let map_m = map_unit.unwrap_or(if number(3).abs() > 2.0e7 { unit_m } else { 1.0 });
    let shift = [number(2), number(3), number(4)].map(|part| part * map_m);
    let (abscissa, ordinate) = (conversion.number(5), conversion.number(6));
    let (x, y) = (abscissa.unwrap_or(1.0), ordinate.unwrap_or(0.0));
    let length = x.hypot(y);
    let (cos, sin) = if length > 1e-12 {
        (x / length, y / length)
    } else {
        (1.0, 0.0)
    };
    // The scale turns units into units too; what is left of it is the map's own.
    let scale = conversion
        .number(7)
        .map_or(1.0, |scale| scale * map_m / unit_m);
    let scale = if (0.99..1.01).contains(&scale) {
        scale
    } else {
        1.0
    };
    let extent = [shift, shift];
    let placing = Placing::of(path, request, name.as_deref(), Naming::Map, extent)?;
    Ok(Some(Way::Map {
        placing,
        shift,
        turn: [cos * scale, sin * scale],
    }))
}

fn site_of(step: &Step, signs: &Signs, unit_m: f64, request: &ImportRequest) -> Way {
    let north = signs
        .contexts
        .iter()
        .filter_map(|id| step.record(*id))
        .filter(|context| context.name == "IFCGEOMETRICREPRESENTATIONCONTEXT")
        .find_map(|context| vector(step, context.reference(5)));
    let north = north.unwrap_or([0.0, 1.0, 0.0]);
    let length = north[0].hypot(north[1]);
    let north = if length > 1e-12 {
        [north[0] / length, north[1] / length]
    } else {
        [0.0, 1.0]
    };
    let site = signs.sites.iter().find_map(|id| step.record(*id));
    let stated = site
        .as_ref()
        .and_then(|site| Some([angle(site, 10)?, angle(site, 9)?]))
        .filter(|[lon, lat]| lon.abs() <= 180.0 && lat.abs() < 90.0);
    let is_stated = stated.is_some() && request.origin.is_none();
    let [lon, lat] = request.origin.or(stated).unwrap_or(DEFAULT_ORIGIN);
    let own: Frame = match &site {
        Some(site) => placement(step, site.reference(5)),
        None => axis_placement(step, None),
    };
    let elevation = site.as_ref().and_then(|site| site.number(11));
    Way::Site {
        frame: LocalFrame::new(Geodetic::new(lon, lat, 0.0)),
        at: own.origin.map(|part| part * unit_m),
        height_m: elevation.unwrap_or_default() * unit_m,
        north,
        is_stated,
    }
}

/// Degrees, minutes, seconds and millionths of a second as degrees.
fn angle(site: &Record<'_>, at: usize) -> Option<f64> {
    let parts: Vec<f64> = items_of(site.value(at))
        .iter()
        .filter_map(number_of)
        .collect();
    let first = *parts.first()?;
    let sizes = [1.0, 60.0, 3_600.0, 3.6e9];
    let degrees: f64 = parts
        .iter()
        .zip(sizes)
        .map(|(part, size)| part / size)
        .sum();
    first.is_finite().then_some(degrees)
}
