//! Tables of cameras as agencies hand them out: separated values in UTF-8, UTF-16 or GB18030, columns under any names, places in
//! the coordinates of whoever drew the map.

use super::Status;
use super::codes::GbTables;
use super::import::Import;
use super::places::{Coordinates, NOWHERE, Way, degrees_said, place_e7};
use cim_geo::CrsError;
use cim_sync::gb28181::{CatalogueItem, Field};
use cim_sync::{Rejection, is_mostly_utf8};
use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, GB18030, UTF_8};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// No table is longer, bytes.
const MAX_TABLE_BYTES: usize = 1 << 30;
/// So much of a table is looked at for a proposal, bytes.
const HEAD_BYTES: usize = 64 << 10;
/// So many lines of a table are shown.
const SAMPLE_LINES: usize = 5;
/// So many columns of a table are looked at.
const MAX_COLUMNS: usize = 500;
/// What tables are separated by.
const DELIMITERS: [char; 3] = [',', '\t', ';'];

/// What people call the fields, without blanks and in lower case. Of two that fit, the first in a table's header is taken.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::DeviceId,
        &[
            "设备编码",
            "设备编号",
            "国标编码",
            "国标编号",
            "国标id",
            "国标码",
            "国标设备编码",
            "国标设备编号",
            "设备国标编码",
            "设备国标编号",
            "通道国标编码",
            "通道国标编号",
            "编码",
            "设备id",
            "通道编码",
            "通道编号",
            "通道id",
            "摄像机编码",
            "摄像机编号",
            "摄像头编码",
            "摄像头编号",
            "监控编号",
            "点位编码",
            "点位编号",
            "channelid",
            "gbid",
            "gbdeviceid",
            "id",
            "code",
        ],
    ),
    (
        Field::Name,
        &[
            "名称",
            "设备名称",
            "通道名称",
            "点位名称",
            "摄像机名称",
            "摄像头名称",
            "channelname",
            "gbname",
        ],
    ),
    (
        Field::Address,
        &["安装地址", "地址", "安装位置", "位置", "详细地址"],
    ),
    (
        Field::CivilCode,
        &[
            "行政区划",
            "行政区域",
            "行政区划代码",
            "区划代码",
            "行政区划编码",
        ],
    ),
    (Field::Block, &["警区", "所属派出所", "派出所"]),
    (
        Field::Longitude,
        &["经度", "lon", "lng", "x", "x坐标", "gblongitude", "东经"],
    ),
    (
        Field::Latitude,
        &["纬度", "lat", "y", "y坐标", "gblatitude", "北纬"],
    ),
    (
        Field::Manufacturer,
        &["厂商", "设备厂商", "品牌", "生产厂家", "vendor", "brand"],
    ),
    (Field::Model, &["型号", "设备型号"]),
    (
        Field::Owner,
        &["设备归属", "权属单位", "所属单位", "产权单位"],
    ),
    (
        Field::ManagementUnit,
        &["管理单位", "责任单位", "运维单位", "维护单位"],
    ),
    (
        Field::ContactInfo,
        &[
            "联系方式",
            "联系电话",
            "管理单位联系方式",
            "phone",
            "contact",
        ],
    ),
    (Field::Status, &["状态", "设备状态", "在线状态", "online"]),
    (
        Field::PtzType,
        &["摄像机类型", "摄像头类型", "设备类型", "ptz", "cameratype"],
    ),
    (
        Field::PointType,
        &["监控点位类型", "点位类型", "监控类别", "点位类别"],
    ),
    (Field::PositionType, &["位置类型", "摄像机位置类型"]),
    (Field::RoomType, &["室内外", "室外室内", "安装环境"]),
    (Field::UseType, &["用途", "用途属性"]),
    (Field::SupplyLightType, &["补光", "补光属性", "补光类型"]),
    (
        Field::DirectionType,
        &["监视方位", "方位", "朝向", "监控方位"],
    ),
    (Field::Resolution, &["分辨率", "支持的分辨率"]),
    (Field::Secrecy, &["保密属性", "是否涉密"]),
    (Field::IpAddress, &["ip", "ip地址", "设备ip"]),
    (Field::Port, &["端口", "端口号"]),
    (Field::Mac, &["mac地址"]),
    (Field::InstallTime, &["安装时间", "建设时间"]),
    (
        Field::RecordSaveDays,
        &["录像保存天数", "存储天数", "录像天数"],
    ),
    (
        Field::ParentId,
        &[
            "父设备",
            "父设备编码",
            "上级编码",
            "父节点",
            "所属组织编码",
            "parent",
        ],
    ),
    (Field::BusinessGroupId, &["业务分组", "业务分组编码"]),
    (
        Field::HorizontalFieldAngle,
        &["水平视场角", "视场角", "fov"],
    ),
    (
        Field::MaxViewDistance,
        &["可视距离", "最大可视距离", "range"],
    ),
];

/// The column of the identity where no other can be it.
const LAST_RESORT: &str = "编号";

/// How high above the ground a camera hangs, metres: no item of GB/T 28181, but what a source may say beside its items.
pub const HEIGHT: &str = "Height";
/// Where it looks, degrees from north through east; no item either.
pub const AZIMUTH: &str = "Azimuth";
/// How far below the horizon it looks, degrees; no item either.
pub const TILT: &str = "Tilt";
/// What people call these.
const MOUNTING: &[(&str, &[&str])] = &[
    (
        HEIGHT,
        &[
            "安装高度",
            "架设高度",
            "离地高度",
            "高度",
            "mountingheight",
            "height",
        ],
    ),
    (
        AZIMUTH,
        &[
            "方位角",
            "水平方位角",
            "朝向角",
            "朝向角度",
            "azimuth",
            "heading",
            "bearing",
        ],
    ),
    (TILT, &["俯角", "下倾角", "tilt"]),
];

/// How the columns of a table become fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableMapping {
    /// The column of each field, by the field's name in the standard (`DeviceID`, `Longitude`); a name that the standard does
    /// not know is kept as the source's own.
    pub columns: BTreeMap<String, String>,
    /// What longitude and latitude are in; for a projected system the columns are easting and northing.
    #[serde(default)]
    pub coordinates: Coordinates,
    /// What stands between cells.
    #[serde(default = "comma")]
    pub delimiter: char,
}

/// What a table could mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The mapping that its header suggests.
    pub mapping: TableMapping,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Those that stand for nothing that is known.
    pub unused: Vec<String>,
    /// Fields that an import needs or profits from and that no column stands for: `DeviceID`, `Name`, `Longitude`, `Latitude`.
    pub missing: Vec<String>,
    /// The encoding that it is in.
    pub encoding: String,
    /// Its first lines.
    pub sample: Vec<Vec<String>>,
}

/// Why a table cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The mapping names no column for the identity.
    #[error("no column is named for DeviceID")]
    NoIdentity,
    /// The mapping names a column that the table lacks.
    #[error("{field}: there is no column {column:?}; there are {known}")]
    NoColumn {
        /// The field that wants it.
        field: String,
        /// The column.
        column: String,
        /// The first of those that there are.
        known: String,
    },
    /// Cells cannot be parted so.
    #[error("{delimiter:?} cannot stand between cells: a comma, a semicolon or a tab is expected")]
    Delimiter {
        /// What the mapping says.
        delimiter: char,
    },
    /// Places cannot be read so.
    #[error("the coordinates of the table cannot be read: {0}")]
    Coordinates(#[from] CrsError),
    /// It has no header that can be read.
    #[error("not a table: {0}")]
    NotATable(#[from] csv::Error),
    /// It is too long.
    #[error("a table of {bytes} bytes is too long")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
}

/// What the columns of a table mean, by its header. Reads its beginning only.
pub fn propose(bytes: &[u8]) -> Result<Proposal, TableError> {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    // The last line may be cut in the middle of a letter.
    let end = head.iter().rposition(|byte| *byte == b'\n');
    let head = match end {
        Some(end) if bytes.len() > HEAD_BYTES => head.get(..end).unwrap_or(head),
        _ => head,
    };
    let encoding = encoding_of(head);
    let text = encoding.decode(head).0;
    let first = text.lines().next().unwrap_or_default();
    let delimiter = DELIMITERS
        .into_iter()
        .max_by_key(|delimiter| (first.matches(*delimiter).count(), *delimiter == ','))
        .unwrap_or(',');
    let mut reader = ReaderBuilder::new()
        .delimiter(byte_of(delimiter)?)
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = reader.headers()?.iter().take(MAX_COLUMNS);
    let columns: Vec<String> = headers.map(|name| name.trim().to_owned()).collect();
    let sample = reader.records().take(SAMPLE_LINES).filter_map(Result::ok);
    let sample: Vec<Vec<String>> = sample
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect();
    let mut mapped = BTreeMap::new();
    let mut unused = Vec::new();
    let mut coordinates = Coordinates::Wgs84;
    for column in &columns {
        let shift = shift_of(column);
        match field_of(column) {
            Some(field) if !mapped.contains_key(field) => {
                mapped.insert(field.to_owned(), column.clone());
                if [Field::Longitude.as_str(), Field::Latitude.as_str()].contains(&field) {
                    coordinates = shift.unwrap_or(coordinates);
                }
            }
            _ => unused.push(column.clone()),
        }
    }
    // It is often the running number, so it is the identity only where nothing else is.
    let number = unused.iter().position(|column| column == LAST_RESORT);
    if let Some(at) = number.filter(|_| !mapped.contains_key(Field::DeviceId.as_str())) {
        mapped.insert(Field::DeviceId.as_str().to_owned(), unused.remove(at));
    }
    let wanted = ["DeviceID", "Name", "Longitude", "Latitude"].into_iter();
    let missing = wanted.filter(|field| !mapped.contains_key(*field));
    Ok(Proposal {
        missing: missing.map(str::to_owned).collect(),
        mapping: TableMapping {
            columns: mapped,
            coordinates,
            delimiter,
        },
        columns,
        unused,
        encoding: encoding.name().to_owned(),
        sample,
    })
}

/// A column of a table and the field that it stands for.
struct Column {
    name: String,
    field: Field,
    place: usize,
}

impl Import<'_> {
    /// Takes a table; `words` says which values the words in its cells mean. Lines that cannot be used are told in the report.
    pub fn table(
        &mut self,
        bytes: &[u8],
        mapping: &TableMapping,
        words: &GbTables,
    ) -> Result<(), TableError> {
        if bytes.len() > MAX_TABLE_BYTES {
            return Err(TableError::TooLong { bytes: bytes.len() });
        }
        let encoding = encoding_of(bytes);
        self.note_encoding(encoding.name());
        // Neither a comma nor a line's end is part of a letter in UTF-8 and GB18030: cells are decoded one by one.
        let is_wide = encoding != UTF_8 && encoding != GB18030;
        let whole = is_wide.then(|| encoding.decode(bytes).0);
        let (bytes, encoding) = match &whole {
            Some(text) => (text.as_bytes(), UTF_8),
            None => (bytes, encoding),
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = ReaderBuilder::new()
            .delimiter(byte_of(mapping.delimiter)?)
            .flexible(true)
            .from_reader(bytes);
        let columns = columns_of(reader.byte_headers()?, mapping, encoding)?;
        let way = Way::new(mapping.coordinates)?;
        let mut record = ByteRecord::new();
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => return Ok(()),
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    let place = format!("line {line}");
                    let cells = Cells {
                        record: &record,
                        encoding,
                    };
                    self.line(&cells, &columns, (&way, words), &place);
                }
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    self.reject(Rejection::new(format!("line {line}"), error.to_string()));
                    if reader.is_done() {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn line(
        &mut self,
        cells: &Cells<'_>,
        columns: &[Column],
        (way, words): (&Way, &GbTables),
        place: &str,
    ) {
        let mut pairs: Vec<(&str, Cow<'_, str>)> = Vec::new();
        let mut axes: [Cow<'_, str>; 2] = Default::default();
        for column in columns {
            let cell = cells.cell(column.place);
            if cell.trim().is_empty() {
                continue;
            }
            match column.field {
                Field::Longitude => axes[0] = cell,
                Field::Latitude => axes[1] = cell,
                field => {
                    let value = value_of(field, &cell, words).map(Cow::Owned);
                    pairs.push((&column.name, value.unwrap_or(cell)));
                }
            }
        }
        let degrees = degrees_said(axes.each_ref().map(|axis| &**axis), way);
        let degrees = degrees.unwrap_or_else(|reason| {
            self.reject(Rejection::new(format!("{place} position"), reason));
            None
        });
        let item = CatalogueItem::from_pairs(pairs.iter().map(|(name, value)| (*name, &**value)));
        match item {
            Ok(item) => {
                let stands = degrees.map_or(NOWHERE, |[lon, lat]| place_e7(lon, lat));
                self.placed((&item, stands), place);
            }
            Err(reason) => self.reject(Rejection::new(place, reason)),
        }
    }
}

/// The cells of a line, in their encoding.
struct Cells<'r> {
    record: &'r ByteRecord,
    encoding: &'static Encoding,
}

impl<'r> Cells<'r> {
    fn cell(&self, place: usize) -> Cow<'r, str> {
        let bytes = self.record.get(place).unwrap_or_default();
        self.encoding.decode_without_bom_handling(bytes).0
    }
}

fn columns_of(
    headers: &ByteRecord,
    mapping: &TableMapping,
    encoding: &'static Encoding,
) -> Result<Vec<Column>, TableError> {
    if !mapping.columns.contains_key(Field::DeviceId.as_str()) {
        return Err(TableError::NoIdentity);
    }
    let cells = Cells {
        record: headers,
        encoding,
    };
    let names: Vec<String> = (0..headers.len().min(MAX_COLUMNS))
        .map(|place| cells.cell(place).trim().to_owned())
        .collect();
    let mut columns = Vec::new();
    for (field, column) in &mapping.columns {
        let Some(place) = names.iter().position(|name| name == column) else {
            let known: Vec<&str> = names.iter().map(String::as_str).take(40).collect();
            return Err(TableError::NoColumn {
                field: field.clone(),
                column: column.clone(),
                known: known.join(", "),
            });
        };
        columns.push(Column {
            name: field.clone(),
            field: Field::from_name(field),
            place,
        });
    }
    Ok(columns)
}

/// The value that a cell means, when it has a word for it.
fn value_of(field: Field, cell: &str, words: &GbTables) -> Option<String> {
    let cell = cell.trim();
    let known = words.value_of(field, cell).map(str::to_owned);
    let usual = match (field, cell) {
        (Field::Status, "正常" | "在用" | "是") => Some(Status::On),
        (Field::Status, "不在线" | "停用" | "否" | "拆除") => Some(Status::Off),
        (Field::Status, "异常" | "损坏" | "维修") => Some(Status::Defect),
        _ => None,
    };
    let class = match (field, cell) {
        (Field::PointType, "一类" | "一类点") => Some("1"),
        (Field::PointType, "二类" | "二类点") => Some("2"),
        (Field::PointType, "三类" | "三类点") | (Field::PtzType, "枪机") => Some("3"),
        _ => None,
    };
    known
        .or_else(|| usual.map(|status| status.standard_word().to_owned()))
        .or_else(|| class.map(str::to_owned))
}

/// The system that a column's name speaks of.
fn shift_of(column: &str) -> Option<Coordinates> {
    let lower = column.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["gcj", "高德", "火星"]) {
        return Some(Coordinates::Gcj02);
    }
    has(&["bd09", "bd-09", "百度"]).then_some(Coordinates::Bd09)
}

/// The field that a column's name means: an item of the standard, or how the camera hangs.
fn field_of(column: &str) -> Option<&'static str> {
    let is_between = |letter: &char| matches!(letter, ' ' | '_' | '-' | '\u{3000}');
    let plain = column.split(['(', '（', '[']).next().unwrap_or_default();
    let plain = plain.to_lowercase();
    let plain: String = plain.chars().filter(|c| !is_between(c)).collect();
    let by_standard = Field::from_name(&plain);
    if by_standard != Field::Other && by_standard != Field::Event {
        return Some(by_standard.as_str());
    }
    let mounting = MOUNTING
        .iter()
        .find(|(_, names)| names.contains(&plain.as_str()));
    if let Some((name, _)) = mounting {
        return Some(name);
    }
    let found = NAMES.iter().find(|(_, names)| {
        let shifted = ["gcj02", "高德", "火星", "bd09", "百度", "wgs84"];
        let bare = shifted
            .iter()
            .fold(plain.clone(), |name, word| name.replace(word, ""));
        names.contains(&plain.as_str()) || names.contains(&bare.as_str())
    });
    found.map(|(field, _)| field.as_str())
}

/// UTF-8 or UTF-16 by its mark, UTF-8 where it is or a letter of it broke, else GB18030.
fn encoding_of(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    if std::str::from_utf8(bytes).is_ok() || is_mostly_utf8(bytes) {
        UTF_8
    } else {
        GB18030
    }
}

fn byte_of(delimiter: char) -> Result<u8, TableError> {
    if !DELIMITERS.contains(&delimiter) {
        return Err(TableError::Delimiter { delimiter });
    }
    u8::try_from(delimiter).map_err(|_not_ascii| TableError::Delimiter { delimiter })
}

fn comma() -> char {
    ','
}
