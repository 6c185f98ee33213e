//! FlatGeobuf (version 3), read feature by feature.
//!
//! Lengths are checked against the file before anything is read, and buffers are verified before anything is taken from
//! them; the format's own reader trusts lengths. The index is passed over.

use crate::door::Door;
use crate::feature::{Area, Hint, LonLat, Shape, SourceFeature, Tags};
use crate::geojson::{Pieces, take_hstore};
use crate::ledger::Ledger;
use crate::reader::{SourceNotes, SourceReader};
use crate::request::{ImportError, ImportRequest, SourceCrs};
use ::flatgeobuf::{
    ColumnType, Feature, Geometry, GeometryType, Header, size_prefixed_root_as_feature,
    size_prefixed_root_as_header,
};
use cim_geo::Crs;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

const MAGIC: [u8; 3] = *b"fgb";
/// A header larger than this is refused.
const MAX_HEADER_BYTES: u32 = 10 << 20;
/// A feature larger than this is refused, and with it the rest of the file.
const MAX_FEATURE_BYTES: u32 = 256 << 20;
/// Geometries are nested no deeper.
const MAX_DEPTH: usize = 16;

/// Reads one file.
#[derive(Debug)]
pub(crate) struct FlatGeobuf {
    path: PathBuf,
    crs: Option<SourceCrs>,
}

impl FlatGeobuf {
    pub(crate) fn open(path: &Path, request: &ImportRequest) -> Self {
        Self {
            path: path.to_path_buf(),
            crs: request.crs,
        }
    }

    fn broken(&self, at: u64, reason: impl Into<String>) -> ImportError {
        ImportError::BrokenSource {
            path: self.path.clone(),
            place: format!("byte {at}"),
            reason: reason.into(),
        }
    }

    fn door(&self, header: &Header<'_>) -> Result<Door, ImportError> {
        let crs = match self.crs {
            Some(crs) => crs,
            None => SourceCrs::Epsg(stated_crs(header)),
        };
        Door::of(crs).map_err(|reason| ImportError::BadCrs {
            path: self.path.clone(),
            reason,
        })
    }
}

/// The header's CRS; WGS 84 for a header without one.
fn stated_crs(header: &Header<'_>) -> Crs {
    let Some(crs) = header.crs() else {
        return Crs::WGS84;
    };
    let is_epsg = crs.org().is_none_or(|org| org.eq_ignore_ascii_case("EPSG"));
    match u32::try_from(crs.code()) {
        Ok(epsg) if epsg > 0 && is_epsg => Crs { epsg },
        _ => crs
            .code_string()
            .or(crs.name())
            .and_then(|text| Crs::parse(text).ok())
            .unwrap_or(Crs::WGS84),
    }
}

/// Bytes of the index between header and features; `None` for numbers that make no sense.
fn index_bytes(features: u64, node_size: u16) -> Option<u64> {
    const NODE_BYTES: u64 = 40;
    if node_size == 0 || features == 0 {
        return Some(0);
    }
    let size = u64::from(node_size.max(2));
    let (mut level, mut nodes) = (features, features);
    // There is always a root, even above a single leaf.
    loop {
        level = level.div_ceil(size);
        nodes = nodes.checked_add(level)?;
        if level == 1 {
            return nodes.checked_mul(NODE_BYTES);
        }
    }
}

/// A file and how far it was read.
struct Cursor {
    file: BufReader<File>,
    at: u64,
    length: u64,
}

impl Cursor {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        Ok(Self {
            length: file.metadata()?.len(),
            file: BufReader::with_capacity(128 << 10, file),
            at: 0,
        })
    }

    fn left(&self) -> u64 {
        self.length.saturating_sub(self.at)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.file.seek_relative(bytes as i64)?;
        self.at += bytes;
        Ok(())
    }

    /// A buffer with its length before it, the length included; the claimed length when it is larger than allowed or than
    /// what is left.
    fn sized(&mut self, max: u32, buffer: &mut Vec<u8>) -> io::Result<Result<(), u32>> {
        let mut prefix = [0; 4];
        self.file.read_exact(&mut prefix)?;
        self.at += 4;
        let size = u32::from_le_bytes(prefix);
        if size > max || u64::from(size) > self.left() {
            return Ok(Err(size));
        }
        buffer.clear();
        buffer.extend_from_slice(&prefix);
        buffer.resize(4 + size as usize, 0);
        if let Some(room) = buffer.get_mut(4..) {
            self.file.read_exact(room)?;
        }
        self.at += u64::from(size);
        Ok(Ok(()))
    }
}

impl SourceReader for FlatGeobuf {
    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        let unreadable = |reason| ImportError::UnreadableSource {
            path: self.path.clone(),
            reason,
        };
        let mut cursor = Cursor::open(&self.path).map_err(unreadable)?;
        let mut head = Vec::new();
        self.read_head(&mut cursor, &mut head)?;
        let header = size_prefixed_root_as_header(&head)
            .map_err(|error| self.broken(8, error.to_string()))?;
        let index = index_bytes(header.features_count(), header.index_node_size())
            .filter(|bytes| *bytes <= cursor.left())
            .ok_or_else(|| self.broken(8, "the header tells of more features than there are"))?;
        cursor.skip(index).map_err(unreadable)?;
        let door = self.door(&header)?;
        let file = self
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let rows = Rows {
            header: &header,
            door: &door,
            hint: Hint::of_file_name(&file),
            first: ledger.features(),
        };
        let mut buffer = Vec::new();
        let mut number = 0_u64;
        while cursor.left() >= 4 {
            let at = cursor.at;
            let rest_is_lost = match cursor.sized(MAX_FEATURE_BYTES, &mut buffer) {
                Ok(Ok(())) => false,
                Ok(Err(_)) | Err(_) => true,
            };
            if rest_is_lost {
                let place = format!("{file}, feature {number}, byte {at}");
                ledger.refuse("the rest of the source cannot be read", &place);
                break;
            }
            let place = format!("{file}, feature {number}");
            let outcome = size_prefixed_root_as_feature(&buffer)
                .map_err(|_error| "a feature's bytes do not verify")
                .and_then(|feature| rows.feature(&feature, number, &place));
            match outcome {
                Ok(feature) => take(feature)?,
                Err(reason) => ledger.refuse(reason, &place),
            }
            number += 1;
        }
        Ok(SourceNotes {
            crs: door.name().to_owned(),
            was_gcj02: door.was_gcj02(),
            ..SourceNotes::default()
        })
    }
}

impl FlatGeobuf {
    fn read_head(&self, cursor: &mut Cursor, head: &mut Vec<u8>) -> Result<(), ImportError> {
        let mut magic = [0; 8];
        cursor
            .file
            .read_exact(&mut magic)
            .map_err(|_error| self.broken(0, "the file is too short for FlatGeobuf"))?;
        cursor.at = 8;
        if !magic.starts_with(&MAGIC) || magic[3] > 3 {
            return Err(self.broken(0, "it does not begin like FlatGeobuf of version 3"));
        }
        match cursor.sized(MAX_HEADER_BYTES, head) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(size)) => Err(self.broken(
                8,
                format!("a header of {size} bytes is larger than it may be"),
            )),
            Err(reason) => Err(ImportError::UnreadableSource {
                path: self.path.clone(),
                reason,
            }),
        }
    }
}

/// What features are made with.
struct Rows<'a> {
    header: &'a Header<'a>,
    door: &'a Door,
    hint: Hint,
    /// Number of the file's first feature among those of all sources.
    first: u64,
}

impl Rows<'_> {
    fn feature(
        &self,
        feature: &Feature<'_>,
        number: u64,
        place: &str,
    ) -> Result<SourceFeature, &'static str> {
        let tags = self.tags(feature)?;
        let geometry = feature.geometry().ok_or("the feature has no geometry")?;
        let mut pieces = Pieces::default();
        let kind = match self.header.geometry_type() {
            GeometryType::Unknown => geometry.type_(),
            stated => stated,
        };
        self.take_geometry(&geometry, kind, 0, &mut pieces)?;
        let shape: Shape = pieces.into_shape().ok_or("the feature has no geometry")?;
        let id = ["id", "@id", "osm_id", "fid", "gml_id", "编号"]
            .iter()
            .find_map(|key| tags.get(key))
            .map_or_else(|| format!("f{}", self.first + number), str::to_owned);
        Ok(SourceFeature {
            place: format!("{place} ({id})"),
            id,
            tags,
            shape,
            hint: self.hint,
            level: None,
            parent: None,
        })
    }

    /// The feature's columns: a number of a column and its value, one after the other.
    fn tags(&self, feature: &Feature<'_>) -> Result<Tags, &'static str> {
        const BROKEN: &str = "a feature's attributes are broken";
        let mut tags = Tags::default();
        let Some(properties) = feature.properties() else {
            return Ok(tags);
        };
        // Most files describe columns once in their header, some in every feature.
        let columns = feature.columns().or_else(|| self.header.columns());
        let columns = columns.ok_or(BROKEN)?;
        let mut rest = properties.bytes();
        while rest.len() >= 2 {
            let column = usize::from(u16::from_le_bytes(array(&mut rest).ok_or(BROKEN)?));
            if column >= columns.len() {
                return Err(BROKEN);
            }
            let column = columns.get(column);
            let value = value_of(column.type_(), &mut rest).ok_or(BROKEN)?;
            if column.name() == "other_tags" {
                take_hstore(&value, &mut tags.0);
            } else if column.type_() != ColumnType::Binary {
                tags.set(column.name(), value);
            }
        }
        Ok(tags)
    }

    fn take_geometry(
        &self,
        geometry: &Geometry<'_>,
        kind: GeometryType,
        depth: usize,
        pieces: &mut Pieces,
    ) -> Result<(), &'static str> {
        if depth > MAX_DEPTH {
            return Err("its geometry is nested too deeply");
        }
        match kind {
            GeometryType::Point | GeometryType::MultiPoint => {
                pieces.points.extend(self.positions(geometry)?);
            }
            GeometryType::LineString => {
                let line = self.positions(geometry)?;
                if line.len() == 1 {
                    return Err("a line has fewer than two positions");
                }
                pieces
                    .lines
                    .extend(Some(line).filter(|line| !line.is_empty()));
            }
            GeometryType::MultiLineString => pieces.lines.extend(self.rings(geometry)?),
            GeometryType::Polygon | GeometryType::Triangle => {
                pieces.areas.extend(area_of(self.rings(geometry)?));
            }
            GeometryType::MultiPolygon
            | GeometryType::GeometryCollection
            | GeometryType::MultiSurface
            | GeometryType::PolyhedralSurface
            | GeometryType::TIN => {
                let parts = geometry.parts().ok_or("the feature has no geometry")?;
                for part in parts {
                    // Parts of a multipolygon often do not say that they are polygons.
                    let own = match part.type_() {
                        GeometryType::Unknown => GeometryType::Polygon,
                        stated => stated,
                    };
                    self.take_geometry(&part, own, depth + 1, pieces)?;
                }
            }
            _ => return Err("the geometry's type is a curve or unknown"),
        }
        Ok(())
    }

    fn positions(&self, geometry: &Geometry<'_>) -> Result<Vec<LonLat>, &'static str> {
        let Some(xy) = geometry.xy() else {
            return Ok(Vec::new());
        };
        let numbers: Vec<f64> = xy.iter().collect();
        numbers
            .chunks_exact(2)
            .map(|pair| {
                let (x, y) = (
                    pair.first().copied().unwrap_or(f64::NAN),
                    pair.get(1).copied().unwrap_or(f64::NAN),
                );
                let [lon, lat, _] = self.door.place(x, y, 0.0)?;
                Ok([lon, lat])
            })
            .collect()
    }

    /// The positions cut at the geometry's ends.
    fn rings(&self, geometry: &Geometry<'_>) -> Result<Vec<Vec<LonLat>>, &'static str> {
        let positions = self.positions(geometry)?;
        let Some(ends) = geometry.ends() else {
            return Ok(vec![positions]);
        };
        let mut rings = Vec::new();
        let mut start = 0;
        for end in ends {
            let end = end as usize;
            let ring = positions
                .get(start..end)
                .ok_or("a ring ends where no position is")?;
            rings.push(ring.to_vec());
            start = end;
        }
        Ok(rings)
    }
}

fn area_of(rings: Vec<Vec<LonLat>>) -> Option<Area> {
    let mut rings = rings.into_iter();
    let outer = rings.next().filter(|ring| !ring.is_empty())?;
    Some(Area {
        outer,
        inner: rings.collect(),
    })
}

fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_at_checked(N)?;
    *rest = left;
    taken.try_into().ok()
}

/// The value of one column as text, empty for binary ones. `None` when it is cut or of an unknown type.
fn value_of(kind: ColumnType, rest: &mut &[u8]) -> Option<String> {
    let text = match kind {
        ColumnType::Byte => i8::from_le_bytes(array(rest)?).to_string(),
        ColumnType::UByte => u8::from_le_bytes(array(rest)?).to_string(),
        ColumnType::Bool => (array::<1>(rest)? != [0]).to_string(),
        ColumnType::Short => i16::from_le_bytes(array(rest)?).to_string(),
        ColumnType::UShort => u16::from_le_bytes(array(rest)?).to_string(),
        ColumnType::Int => i32::from_le_bytes(array(rest)?).to_string(),
        ColumnType::UInt => u32::from_le_bytes(array(rest)?).to_string(),
        ColumnType::Long => i64::from_le_bytes(array(rest)?).to_string(),
        ColumnType::ULong => u64::from_le_bytes(array(rest)?).to_string(),
        ColumnType::Float => f32::from_le_bytes(array(rest)?).to_string(),
        ColumnType::Double => f64::from_le_bytes(array(rest)?).to_string(),
        ColumnType::String | ColumnType::Json | ColumnType::DateTime | ColumnType::Binary => {
            let length = u32::from_le_bytes(array(rest)?) as usize;
            let (taken, left) = rest.split_at_checked(length)?;
            *rest = left;
            if kind == ColumnType::Binary {
                return Some(String::new());
            }
            String::from_utf8_lossy(taken).into_owned()
        }
        _ => return None,
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::flatgeobuf::geozero::{ColumnValue, GeomProcessor, PropertyProcessor};
    use ::flatgeobuf::{FgbCrs, FgbWriter, FgbWriterOptions};

    /// A file with one house in EPSG:4548.
    fn house() -> Vec<u8> {
        let options = FgbWriterOptions {
            crs: FgbCrs {
                code: 4548,
                ..FgbCrs::default()
            },
            ..FgbWriterOptions::default()
        };
        let mut writer =
            FgbWriter::create_with_options("house", GeometryType::Polygon, options).expect("new");
        writer.add_column("height", ColumnType::Double, |_, _| {});
        writer.add_column("name", ColumnType::String, |_, _| {});
        let ring = [
            (518_400.0, 3_792_500.0),
            (518_420.0, 3_792_500.0),
            (518_420.0, 3_792_520.0),
            (518_400.0, 3_792_500.0),
        ];
        writer
            .add_feature_geom(Ring(&ring), |feature| {
                feature
                    .property(0, "height", &ColumnValue::Double(30.5))
                    .expect("set");
                feature
                    .property(1, "name", &ColumnValue::String("楼"))
                    .expect("set");
            })
            .expect("added");
        let mut bytes = Vec::new();
        writer.write(&mut bytes).expect("written");
        bytes
    }

    /// A ring that can be processed.
    struct Ring<'a>(&'a [(f64, f64)]);

    impl ::flatgeobuf::GeozeroGeometry for Ring<'_> {
        fn process_geom<P: GeomProcessor>(
            &self,
            processor: &mut P,
        ) -> ::flatgeobuf::geozero::error::Result<()> {
            processor.polygon_begin(true, 1, 0)?;
            processor.linestring_begin(false, self.0.len(), 0)?;
            for (row, (x, y)) in self.0.iter().enumerate() {
                processor.xy(*x, *y, row)?;
            }
            processor.linestring_end(false, 0)?;
            processor.polygon_end(true, 0)
        }
    }

    fn read(
        test: &str,
        bytes: &[u8],
    ) -> (Result<SourceNotes, ImportError>, Vec<SourceFeature>, Ledger) {
        let path = std::env::temp_dir().join(format!("cim_fgb_{}_{test}.fgb", std::process::id()));
        std::fs::write(&path, bytes).expect("written");
        let request = ImportRequest::new(Vec::new(), PathBuf::from("out"));
        let (mut features, mut ledger) = (Vec::new(), Ledger::default());
        let notes = FlatGeobuf::open(&path, &request).read(&mut ledger, &mut |feature| {
            features.push(feature);
            Ok(())
        });
        std::fs::remove_file(path).ok();
        (notes, features, ledger)
    }

    #[test]
    fn a_house_is_read_with_its_crs_and_attributes() {
        let (notes, features, ledger) = read("house", &house());
        assert_eq!(notes.expect("a file").crs, "EPSG:4548");
        assert_eq!((features.len(), ledger.features()), (1, 0));
        let tags = &features[0].tags;
        assert_eq!((tags.get("height"), tags.name()), (Some("30.5"), "楼"));
        let Shape::Areas(areas) = &features[0].shape else {
            panic!("{:?}", features[0].shape)
        };
        assert_eq!(areas[0].outer.len(), 4);
        assert!((areas[0].outer[0][0] - 117.2).abs() < 1e-3);
    }

    #[test]
    fn a_cut_or_changed_file_is_told_and_never_a_panic() {
        let whole = house();
        for length in (0..whole.len()).step_by(7) {
            let (notes, features, _) = read("cut", &whole[..length]);
            assert!(notes.is_err() || features.is_empty(), "{length}");
        }
        for at in (0..whole.len()).step_by(11) {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            let _outcome = read("changed", &changed);
        }
    }

    #[test]
    fn the_index_is_as_large_as_the_format_says() {
        assert_eq!(index_bytes(0, 16), Some(0));
        assert_eq!(index_bytes(5, 0), Some(0));
        assert_eq!(index_bytes(1, 16), Some(2 * 40));
        // Seventeen leaves, two nodes above them, and the root.
        assert_eq!(index_bytes(17, 16), Some(20 * 40));
        assert_eq!(index_bytes(u64::MAX, 2), None);
    }
}
