//! Where a city model lies: its system of coordinates, as CityJSON, CityGML and IFC name it, and the order of its axes.

use crate::door::{Door, OUT_OF_RANGE, Refusal};
use crate::feature::LonLat;
use crate::reader::SourceMark;
use crate::request::{ImportError, ImportRequest, SourceCrs};
use cim_geo::{Crs, CrsError, Enu, Geodetic, LocalFrame};
use cim_tiles::FileHash;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where models in no system are put when nobody says where: the middle of Xuzhou.
const DEFAULT_ORIGIN: LonLat = [117.2, 34.26];
/// No system has larger numbers; what is larger is a slip of the pen.
const LARGEST: f64 = 1.0e9;

/// Systems of the registry that join a height to a horizontal system: their code, and the codes of both.
const COMPOUND: [(u32, u32, u32); 18] = [
    (3901, 2393, 5717),
    (3902, 3067, 5717),
    (3903, 3067, 3900),
    (5498, 4269, 5703),
    (5554, 25831, 5783),
    (5555, 25832, 5783),
    (5556, 25833, 5783),
    (5698, 2154, 5720),
    (5972, 25832, 5941),
    (5973, 25833, 5941),
    (6349, 6318, 5703),
    (6697, 6668, 6695),
    (7400, 4807, 5720),
    (7405, 27700, 5701),
    (7415, 28992, 5709),
    (7423, 4258, 5621),
    (9518, 4326, 3855),
    (9949, 5513, 8357),
];

/// How a text names a system, which decides the order of its axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Easting or longitude first, as maps have it.
    Map,
    /// As the registry defines the system: latitude first.
    Registry,
}

impl Naming {
    /// The order that a `srsName` implies (OGC 07-092r1, clause 7; GML 3.1 in practice).
    pub(crate) fn of_srs_name(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("urn:ogc:") || lower.contains("opengis.net/def/crs") {
            Self::Registry
        } else {
            Self::Map
        }
    }
}

/// The way from a model's coordinates to longitude, latitude and height.
#[derive(Debug)]
pub(crate) struct Placing {
    door: Door,
    is_north_first: bool,
    is_geographic: bool,
    /// The vertical system as the file names it, or empty.
    vertical: String,
}

impl Placing {
    /// The way for the model at `path`, whose file names its system `stated` and whose numbers lie within `extent`.
    ///
    /// A system that is asked for is stronger than the file's own. A model in no system is put around the origin that is
    /// asked for.
    pub(crate) fn of(
        path: &Path,
        request: &ImportRequest,
        stated: Option<&str>,
        naming: Naming,
        extent: [[f64; 3]; 2],
    ) -> Result<Self, ImportError> {
        let failed = |reason| ImportError::BadCrs {
            path: path.to_path_buf(),
            reason,
        };
        let codes = stated
            .filter(|text| !text.trim().is_empty())
            .map(codes_of)
            .transpose();
        let (crs, vertical) = match (request.crs, codes) {
            (Some(asked), codes) => {
                let vertical = codes.ok().flatten().and_then(|codes| codes.1);
                (Some(asked), vertical)
            }
            (None, codes) => match codes.map_err(failed)? {
                Some((horizontal, vertical)) => {
                    (Some(SourceCrs::Epsg(Crs { epsg: horizontal })), vertical)
                }
                None => (None, None),
            },
        };
        let vertical = vertical.map_or_else(String::new, |epsg| format!("EPSG:{epsg}"));
        let Some(crs) = crs else {
            return Ok(Self {
                door: local_door(request, extent),
                is_north_first: false,
                is_geographic: false,
                vertical,
            });
        };
        let epsg = match crs {
            SourceCrs::Epsg(crs) => crs.epsg,
            SourceCrs::Gcj02 | SourceCrs::Bd09 => 4326,
        };
        Ok(Self {
            door: Door::of(crs).map_err(failed)?,
            is_north_first: is_north_first(epsg, naming, extent),
            is_geographic: is_geographic(epsg),
            vertical,
        })
    }

    /// Longitude, latitude in degrees and height of a point of the model.
    pub(crate) fn place(&self, at: [f64; 3]) -> Result<[f64; 3], Refusal> {
        let [x, y, z] = if self.is_north_first {
            [at[1], at[0], at[2]]
        } else {
            at
        };
        if x.abs() > LARGEST || y.abs() > LARGEST || z.abs() > LARGEST {
            return Err(OUT_OF_RANGE);
        }
        self.door.place(x, y, z)
    }

    /// The place `by` metres along the axes from `at`.
    pub(crate) fn place_beside(&self, at: [f64; 3], by: [f64; 3]) -> Result<[f64; 3], Refusal> {
        if !self.is_geographic {
            return self.place([at[0] + by[0], at[1] + by[1], at[2] + by[2]]);
        }
        let [lon, lat, height] = self.place(at)?;
        let [east, north] = if self.is_north_first {
            [by[1], by[0]]
        } else {
            [by[0], by[1]]
        };
        let frame = LocalFrame::new(Geodetic::new(lon, lat, height));
        let beside = frame.geodetic_from_enu(Enu::new(east, north, 0.0));
        Ok([beside.lon_deg, beside.lat_deg, height + by[2]])
    }

    /// The system's name for the catalogue.
    pub(crate) fn crs(&self) -> &str {
        self.door.name()
    }

    /// The vertical system as the file names it, or empty.
    pub(crate) fn vertical(&self) -> &str {
        &self.vertical
    }

    /// True for the shifted systems of Chinese web maps.
    pub(crate) fn was_gcj02(&self) -> bool {
        self.door.was_gcj02()
    }

    /// True when the file and the request name no system.
    pub(crate) fn is_local(&self) -> bool {
        self.door.name() == "local"
    }
}

fn local_door(request: &ImportRequest, extent: [[f64; 3]; 2]) -> Door {
    let [lon, lat] = request.origin.unwrap_or(DEFAULT_ORIGIN);
    let [low, high] = extent;
    let middle = [0, 1].map(|axis: usize| {
        let ends = low.get(axis).zip(high.get(axis));
        ends.map(|(low, high)| f64::midpoint(*low, *high))
            .filter(|middle| middle.is_finite())
            .unwrap_or_default()
    });
    Door::local(Geodetic::new(lon, lat, 0.0), 1.0, middle)
}

/// The code of the horizontal system that `text` names, and that of the vertical one.
///
/// Reads what [`Crs::parse`] reads, `EPSG:25832+5783`, `urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783`, OGC's URLs of
/// compound systems, and the names of Germany's surveys (`urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH`).
fn codes_of(text: &str) -> Result<(u32, Option<u32>), CrsError> {
    let upper = text.to_ascii_uppercase();
    if let Some(zone) = upper
        .split("ETRS89_UTM")
        .nth(1)
        .and_then(|rest| rest.get(..2))
        .and_then(|digits| digits.parse::<u32>().ok())
        .filter(|zone| (28..=38).contains(zone))
    {
        let vertical = [
            ("DHHN2016", 7837),
            ("DHHN92", 5783),
            ("DHHN85", 5784),
            ("DHHN12", 7699),
        ]
        .into_iter()
        .find(|(name, _)| upper.contains(name))
        .map(|(_, code)| code);
        return Ok((25_800 + zone, vertical));
    }
    let is_epsg = upper.contains("EPSG");
    let mut codes = text
        .split([',', '+', '&', '?', ';', ' '])
        .filter_map(|part| {
            let is_code = part.to_ascii_uppercase().contains("EPSG")
                || is_epsg && part.bytes().all(|byte| byte.is_ascii_digit());
            Crs::parse(part).ok().filter(|_| is_code)
        })
        .map(|crs| crs.epsg);
    let first = match codes.next() {
        Some(code) => code,
        None => Crs::parse(text)?.epsg,
    };
    let compound = COMPOUND.iter().find(|(code, _, _)| *code == first);
    Ok(match compound {
        Some((_, horizontal, vertical)) => (*horizontal, Some(*vertical)),
        None => (first, codes.next()),
    })
}

/// Longitude and latitude in degrees, by the ranges of the registry.
fn is_geographic(epsg: u32) -> bool {
    let is_in_range = matches!(
        epsg,
        4001..=4999 | 6318 | 6319 | 6667 | 6668 | 7843 | 7844 | 9000..=9100
    );
    is_in_range && !matches!(epsg, 4491..=4554 | 4479 | 4978 | 4647 | 4839)
}

/// Whether the first number of a position is the northing or latitude.
///
/// What the numbers themselves show is stronger than the registry's order, which many programs do not follow.
fn is_north_first(epsg: u32, naming: Naming, extent: [[f64; 3]; 2]) -> bool {
    let [low, high] = extent;
    let reach = |axis: usize| {
        let ends = low.get(axis).zip(high.get(axis));
        ends.map_or(0.0, |(low, high)| low.abs().max(high.abs()))
    };
    let (first, second) = (reach(0), reach(1));
    if is_geographic(epsg) {
        return if first > 90.0 {
            false
        } else {
            naming == Naming::Registry || second > 90.0
        };
    }
    match epsg {
        // CGCS2000: northings of China are 1 to 6 million metres, eastings half a million, with or without a zone number.
        4491..=4554 => (1.0e6..7.0e6).contains(&first) && !(1.0e6..7.0e6).contains(&second),
        // Japan's plane systems and what else the registry has with the northing first.
        2326
        | 2443..=2461
        | 2180
        | 3006
        | 3034
        | 3035
        | 3301
        | 3346
        | 3873..=3885
        | 6669..=6687 => naming == Naming::Registry,
        _ => false,
    }
}

/// The absolute path of an image that the file at `source` names; `None` for one that lies elsewhere or is not there.
pub(crate) fn image_beside(source: &Path, image: &str) -> Option<PathBuf> {
    let own = PathBuf::from(image.replace('\\', "/"));
    let climbs = own.components().any(|part| {
        !matches!(
            part,
            std::path::Component::Normal(_) | std::path::Component::CurDir
        )
    });
    if climbs {
        return None;
    }
    let path = source.parent().unwrap_or(Path::new("")).join(own);
    std::path::absolute(path).ok().filter(|path| path.is_file())
}

/// What tells the file at `path` from a changed one; `None` when it cannot be read.
pub(crate) fn mark_of(path: &Path) -> Option<SourceMark> {
    let mut file = File::open(path).ok()?;
    let mut hash = FileHash::default();
    let mut bytes = 0;
    let mut piece = vec![0; 256 << 10];
    loop {
        let count = file.read(&mut piece).ok()?;
        if count == 0 {
            break;
        }
        hash.add(piece.get(..count)?);
        bytes += count as u64;
    }
    Some(SourceMark {
        name: name_of(path),
        bytes,
        hash: hash.digits(),
    })
}

/// The file's own name, for messages.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_codes(text: &str, horizontal: u32, vertical: Option<u32>) {
        assert_eq!(
            codes_of(text).expect("known"),
            (horizontal, vertical),
            "{text}"
        );
    }

    #[test]
    fn compound_systems_are_taken_apart_however_they_are_written() {
        check_codes(
            "https://www.opengis.net/def/crs/EPSG/0/7415",
            28992,
            Some(5709),
        );
        check_codes("urn:ogc:def:crs:EPSG::7415", 28992, Some(5709));
        check_codes(
            "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783",
            25832,
            Some(5783),
        );
        check_codes("EPSG:25832+5783", 25832, Some(5783));
        check_codes("EPSG:25832+EPSG:5783", 25832, Some(5783));
        check_codes(
            "https://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/2056&2=http://www.opengis.net/def/crs/EPSG/0/5728",
            2056,
            Some(5728),
        );
        check_codes("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH", 25832, Some(7837));
        check_codes("http://www.opengis.net/gml/srs/epsg.xml#31467", 31467, None);
        check_codes("EPSG:4548", 4548, None);
        assert!(codes_of("my own system").is_err());
    }

    fn extent(low: [f64; 2], high: [f64; 2]) -> [[f64; 3]; 2] {
        [[low[0], low[1], 0.0], [high[0], high[1], 9.0]]
    }

    #[test]
    fn latitude_is_first_where_the_name_or_the_numbers_say_so() {
        let tokyo = extent([35.6, 139.7], [35.7, 139.8]);
        assert!(is_north_first(6668, Naming::Map, tokyo));
        let berlin = extent([52.4, 13.3], [52.6, 13.5]);
        assert!(is_north_first(4326, Naming::Registry, berlin));
        assert!(!is_north_first(4326, Naming::Map, berlin));
        let xuzhou = extent([117.2, 34.2], [117.3, 34.3]);
        assert!(!is_north_first(4490, Naming::Registry, xuzhou));
        let northing_first = extent([3_792_000.0, 518_000.0], [3_793_000.0, 519_000.0]);
        assert!(is_north_first(4548, Naming::Map, northing_first));
        let with_zone = extent([39_518_000.0, 3_792_000.0], [39_519_000.0, 3_793_000.0]);
        assert!(!is_north_first(4527, Naming::Registry, with_zone));
        assert_eq!(
            Naming::of_srs_name("urn:ogc:def:crs:EPSG::4326"),
            Naming::Registry
        );
        assert_eq!(Naming::of_srs_name("EPSG:4326"), Naming::Map);
    }

    #[test]
    fn a_model_in_no_system_lies_around_the_origin() {
        let mut request = ImportRequest::new(Vec::new(), "out".into());
        request.origin = Some([121.5, 31.24]);
        let placing = Placing::of(
            Path::new("a.json"),
            &request,
            None,
            Naming::Map,
            extent([-1.0, -1.0], [1.0, 1.0]),
        )
        .expect("local");
        let place = placing.place([0.0, 0.0, 3.0]).expect("inside");
        assert!((place[0] - 121.5).abs() < 1e-9 && (place[2] - 3.0).abs() < 1e-9);
        assert!(placing.is_local() && placing.place([1.0e99, 0.0, 0.0]).is_err());
    }

    #[test]
    fn metres_beside_a_geographic_place_are_metres() {
        let request = ImportRequest::new(Vec::new(), "out".into());
        let placing = Placing::of(
            Path::new("a.gml"),
            &request,
            Some("urn:ogc:def:crs:EPSG::4979"),
            Naming::Registry,
            extent([52.0, 13.0], [52.1, 13.1]),
        )
        .expect("known");
        let place = placing
            .place_beside([52.0, 13.0, 30.0], [100.0, 0.0, 2.0])
            .expect("inside");
        // The axes of the model are the system's: north first.
        assert!(
            (place[0] - 13.0).abs() < 1e-9 && place[1] > 52.000_8,
            "{place:?}"
        );
        assert!((place[2] - 32.0).abs() < 1e-9);
    }
}
