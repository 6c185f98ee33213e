//! Tables of points: CSV with a column of longitudes and one of latitudes, as offices export them.
//!
//! Delimiter, encoding and columns are found out from the file: `,` `;` tab or `|`; UTF-8 or GB18030; headings in Chinese or
//! English. Read row by row; a broken row costs itself.

use crate::door::Door;
use crate::feature::{Hint, Shape, SourceFeature, Tags};
use crate::ledger::Ledger;
use crate::reader::{SourceNotes, SourceReader};
use crate::request::{ImportError, ImportRequest, SourceCrs};
use cim_geo::Crs;
use encoding_rs::{Decoder, Encoding, GB18030, UTF_8};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// Headings of eastings, lower case; the surest first.
const EAST: &[&str] = &[
    "lon",
    "lng",
    "longitude",
    "经度",
    "wgs84_lon",
    "gcj_lon",
    "lon_deg",
    "long",
    "x",
    "easting",
    "point_x",
    "东坐标",
    "x坐标",
    "coord_x",
    "_x",
];
/// Headings of northings, in the same order.
const NORTH: &[&str] = &[
    "lat",
    "latitude",
    "纬度",
    "wgs84_lat",
    "gcj_lat",
    "lat_deg",
    "y",
    "northing",
    "point_y",
    "北坐标",
    "y坐标",
    "coord_y",
    "_y",
];
/// What longer headings of eastings and of northings have in them.
const EAST_PARTS: &[&str] = &["longitude", "经度", "easting", "东坐标"];
/// See [`EAST_PARTS`].
const NORTH_PARTS: &[&str] = &["latitude", "纬度", "northing", "北坐标"];
/// Headings of identities.
const IDS: &[&str] = &[
    "id",
    "编号",
    "编码",
    "code",
    "uuid",
    "fid",
    "objectid",
    "标识码",
];
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Bytes looked at to find out what the file is like.
const SAMPLE_BYTES: usize = 64 << 10;
/// Columns beyond this are no table of points.
const MAX_COLUMNS: usize = 2_000;

/// Reads one table.
#[derive(Debug)]
pub(crate) struct PointTable {
    path: PathBuf,
    crs: Option<SourceCrs>,
}

impl PointTable {
    pub(crate) fn open(path: &Path, request: &ImportRequest) -> Self {
        Self {
            path: path.to_path_buf(),
            crs: request.crs,
        }
    }

    fn unreadable(&self, reason: io::Error) -> ImportError {
        ImportError::UnreadableSource {
            path: self.path.clone(),
            reason,
        }
    }

    fn broken(&self, place: &str, reason: impl Into<String>) -> ImportError {
        ImportError::BrokenSource {
            path: self.path.clone(),
            place: place.to_owned(),
            reason: reason.into(),
        }
    }

    /// The encoding of the whole file: what its mark says, UTF-8 where all of it is, else GB18030.
    fn encoding(&self) -> io::Result<&'static Encoding> {
        let mut file = File::open(&self.path)?;
        let mut buffer = vec![0; SAMPLE_BYTES];
        let mut held: Vec<u8> = Vec::new();
        let mut is_first = true;
        loop {
            let read = file.read(&mut buffer)?;
            let chunk = buffer.get(..read).unwrap_or_default();
            if is_first && let Some((encoding, _)) = Encoding::for_bom(chunk) {
                return Ok(encoding);
            }
            is_first = false;
            held.extend_from_slice(chunk);
            match std::str::from_utf8(&held) {
                Ok(_) => held.clear(),
                // A character that is cut at the end may go on in the next chunk.
                Err(error) if error.error_len().is_none() && read > 0 => {
                    held.drain(..error.valid_up_to());
                }
                Err(_) => return Ok(GB18030),
            }
            if read == 0 {
                return Ok(UTF_8);
            }
        }
    }

    fn decoded(&self, encoding: &'static Encoding) -> io::Result<Decoded<File>> {
        Ok(Decoded {
            inner: File::open(&self.path)?,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; SAMPLE_BYTES],
            text: String::with_capacity(3 * SAMPLE_BYTES + 16),
            given: 0,
            is_at_end: false,
        })
    }

    /// The delimiter that the first line has most of.
    fn delimiter(&self, encoding: &'static Encoding) -> io::Result<u8> {
        let mut sample = Vec::new();
        self.decoded(encoding)?
            .take(SAMPLE_BYTES as u64)
            .read_to_end(&mut sample)?;
        let first = sample
            .split(|byte| matches!(byte, b'\n' | b'\r'))
            .find(|line| !line.trim_ascii().is_empty())
            .unwrap_or_default();
        let fields = |delimiter: u8| first.split(|byte| *byte == delimiter).count();
        let mut best = (b',', 1);
        for delimiter in DELIMITERS {
            if fields(delimiter) > best.1 {
                best = (delimiter, fields(delimiter));
            }
        }
        Ok(best.0)
    }
}

impl SourceReader for PointTable {
    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        let encoding = self.encoding().map_err(|reason| self.unreadable(reason))?;
        let delimiter = self
            .delimiter(encoding)
            .map_err(|reason| self.unreadable(reason))?;
        let text = self
            .decoded(encoding)
            .map_err(|reason| self.unreadable(reason))?;
        let mut table = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(BufReader::new(text));
        let headings: Vec<String> = table
            .headers()
            .map_err(|error| self.broken("line 1", error.to_string()))?
            .iter()
            .map(str::to_owned)
            .collect();
        let columns = Columns::of(&headings).map_err(|reason| self.broken("line 1", reason))?;
        let crs = self.crs.unwrap_or(SourceCrs::Epsg(Crs::WGS84));
        let door = Door::of(crs).map_err(|reason| ImportError::BadCrs {
            path: self.path.clone(),
            reason,
        })?;
        let file = self
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let rows = Rows {
            headings,
            columns,
            door: &door,
            hint: match Hint::of_file_name(&file) {
                Hint::None => Hint::Points,
                other => other,
            },
            file: &file,
        };
        let mut record = csv::StringRecord::new();
        for number in 0_u64.. {
            let line = table.position().line();
            let place = format!("{file}, line {line}");
            match table.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if error.is_io_error() => {
                    ledger.refuse("the rest of the table cannot be read", &place);
                    break;
                }
                Err(_) => {
                    ledger.refuse("a row cannot be read", &place);
                    continue;
                }
            }
            match rows.feature(&record, number, place) {
                Ok(feature) => take(feature)?,
                Err((reason, place)) => ledger.refuse(reason, &place),
            }
        }
        Ok(SourceNotes {
            crs: door.name().to_owned(),
            was_gcj02: door.was_gcj02(),
            ..SourceNotes::default()
        })
    }
}

/// Which columns hold the places and the identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    east: usize,
    north: usize,
    id: Option<usize>,
}

impl Columns {
    fn of(headings: &[String]) -> Result<Self, String> {
        if headings.len() > MAX_COLUMNS {
            return Err(format!("{} columns are no table of points", headings.len()));
        }
        let plain: Vec<String> = headings
            .iter()
            .map(|heading| {
                let heading = heading.trim().to_lowercase();
                // `经度(WGS84)`, `lon_deg [°]`.
                heading
                    .split(['(', '（', '[', ' '])
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        let find = |words: &[&str], parts: &[&str]| {
            words
                .iter()
                .find_map(|word| plain.iter().position(|heading| heading == word))
                .or_else(|| {
                    parts
                        .iter()
                        .find_map(|part| plain.iter().position(|heading| heading.contains(part)))
                })
        };
        match (find(EAST, EAST_PARTS), find(NORTH, NORTH_PARTS)) {
            (Some(east), Some(north)) if east != north => Ok(Self {
                east,
                north,
                id: IDS
                    .iter()
                    .find_map(|word| plain.iter().position(|heading| heading == word)),
            }),
            _ => Err(format!(
                "no columns of longitudes and latitudes among {:?}; call them lon and lat, x and y, or 经度 and 纬度",
                headings.iter().take(12).collect::<Vec<_>>()
            )),
        }
    }
}

/// What rows are made into features with.
struct Rows<'a> {
    headings: Vec<String>,
    columns: Columns,
    door: &'a Door,
    hint: Hint,
    file: &'a str,
}

impl Rows<'_> {
    fn feature(
        &self,
        record: &csv::StringRecord,
        number: u64,
        place: String,
    ) -> Result<SourceFeature, (&'static str, String)> {
        let coordinate = |column: usize| -> Option<f64> {
            let text = record.get(column)?.trim();
            // A decimal comma where commas do not part columns.
            text.replace(',', ".").parse().ok()
        };
        let (Some(x), Some(y)) = (
            coordinate(self.columns.east),
            coordinate(self.columns.north),
        ) else {
            return Err(("a coordinate is not a number", place));
        };
        let [lon, lat, _] = match self.door.place(x, y, 0.0) {
            Ok(at) => at,
            Err(reason) => return Err((reason, place)),
        };
        let mut tags = Tags::default();
        for (column, (heading, value)) in self.headings.iter().zip(record).enumerate() {
            let is_place = column == self.columns.east || column == self.columns.north;
            if !is_place && !value.is_empty() && !heading.is_empty() {
                tags.set(heading, value);
            }
        }
        if tags.name().is_empty()
            && let Some(name) = tags.first_of(&["名字", "标题", "title", "站名", "地名"])
        {
            let name = name.to_owned();
            tags.set("name", name);
        }
        let id = self
            .columns
            .id
            .and_then(|column| record.get(column))
            .filter(|id| !id.is_empty())
            .map_or_else(|| format!("{}:{number}", self.file), str::to_owned);
        Ok(SourceFeature {
            id,
            place,
            tags,
            shape: Shape::Points(vec![[lon, lat]]),
            hint: self.hint,
            level: None,
            parent: None,
        })
    }
}

/// Text in UTF-8 of bytes in another encoding.
struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    given: usize,
    is_at_end: bool,
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.text.len() && !self.is_at_end {
            let read = self.inner.read(&mut self.raw)?;
            self.is_at_end = read == 0;
            self.text.clear();
            self.given = 0;
            let chunk = self.raw.get(..read).unwrap_or_default();
            let room = self
                .decoder
                .max_utf8_buffer_length(chunk.len())
                .unwrap_or(chunk.len());
            self.text.reserve(room);
            let (_, _, _) = self
                .decoder
                .decode_to_string(chunk, &mut self.text, self.is_at_end);
        }
        let left = self.text.as_bytes().get(self.given..).unwrap_or_default();
        let count = left.len().min(out.len());
        if let (Some(from), Some(to)) = (left.get(..count), out.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{UTF_16BE, UTF_16LE};

    fn read(
        test: &str,
        bytes: &[u8],
        crs: Option<SourceCrs>,
    ) -> (Result<SourceNotes, ImportError>, Vec<SourceFeature>, Ledger) {
        let path = std::env::temp_dir().join(format!("cim_csv_{}_{test}.csv", std::process::id()));
        std::fs::write(&path, bytes).expect("written");
        let mut request = ImportRequest::new(Vec::new(), PathBuf::from("out"));
        request.crs = crs;
        let (mut features, mut ledger) = (Vec::new(), Ledger::default());
        let notes = PointTable::open(&path, &request).read(&mut ledger, &mut |feature| {
            features.push(feature);
            Ok(())
        });
        std::fs::remove_file(path).ok();
        (notes, features, ledger)
    }

    #[test]
    fn a_table_in_gb18030_with_chinese_headings_is_read() {
        let text = "编号;名称;经度（GCJ02）;纬度（GCJ02）;类型\n7;井盖;121.50;31.24;manhole\n8;坏;x;31.24;manhole\n";
        let (bytes, _, _) = GB18030.encode(text);
        let (notes, features, ledger) = read("gb", &bytes, Some(SourceCrs::Gcj02));
        let notes = notes.expect("a table");
        assert!(notes.was_gcj02 && notes.crs == "GCJ-02");
        assert_eq!((features.len(), ledger.features()), (1, 1));
        assert_eq!(
            (features[0].id.as_str(), features[0].tags.name()),
            ("7", "井盖")
        );
        let at = features[0].shape.first().expect("a place");
        // Web maps shift Lujiazui some 450 m to the east.
        assert!((0.003..0.006).contains(&(121.50 - at[0])), "{at:?}");
        assert!(
            ledger.dropped()[0].first.contains("line 3"),
            "{:?}",
            ledger.dropped()
        );
    }

    #[test]
    fn surveys_and_quoted_fields_are_read() {
        let text = "\u{feff}name,x,y,note\n\"A, \"\"B\"\"\",518420.4867,3792519.9724,\n";
        let crs = SourceCrs::Epsg(Crs { epsg: 4548 });
        let (notes, features, _) = read("survey", text.as_bytes(), Some(crs));
        assert_eq!(notes.expect("a table").crs, "EPSG:4548");
        assert_eq!(features[0].tags.name(), "A, \"B\"");
        assert_eq!(features[0].tags.0.len(), 1);
        let at = features[0].shape.first().expect("a place");
        assert!((at[0] - 117.2).abs() < 1e-8 && (at[1] - 34.26).abs() < 1e-8);
    }

    #[test]
    fn a_table_without_places_says_what_it_has() {
        let (notes, _, _) = read("none", b"name,height\nA,3\n", None);
        let message = notes.expect_err("no places").to_string();
        assert!(
            message.contains("height") && message.contains("line 1"),
            "{message}"
        );
        let (notes, _, _) = read("empty", b"", None);
        assert!(notes.is_err());
    }

    #[test]
    fn utf_16_with_a_mark_is_read() {
        let mut bytes = vec![0xff, 0xfe];
        for unit in "lon\tlat\n121.5\t31.24\n".encode_utf16() {
            bytes.extend(unit.to_le_bytes());
        }
        let (notes, features, _) = read("utf16", &bytes, None);
        assert!(notes.is_ok());
        assert_eq!(features.len(), 1);
        assert_eq!(Encoding::for_bom(&[0xfe, 0xff]), Some((UTF_16BE, 2)));
        assert_eq!(Encoding::for_bom(&bytes), Some((UTF_16LE, 2)));
    }
}
