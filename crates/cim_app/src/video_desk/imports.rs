//! Taking catalogues in: files of XML, tables and pages of platforms, and the cameras that the hub tells.

use super::{CatalogueFiles, Look, VideoDesk, convert::refusal};
use crate::wire::{
    ImportChangeDto, ImportFieldDto, ImportRejectDto, ImportReportDto, VideoMappingDto,
    VideoProposalDto, VideoRefusalDto,
};
use cim_model::{Camera, CameraStatus, UtcMillis};
use cim_sync::gb28181::{CatalogueChange, CatalogueEvent, CatalogueItem};
use cim_video::{
    channels::{
        AZIMUTH, ChannelIndex, Coordinates, HEIGHT, Import, MergeReport, Scope, TILT, TableMapping,
        propose as propose_table,
    },
    rights::Presence,
};
use std::{
    fs::{self, File},
    io::Read as _,
    path::Path,
};

/// The largest file, bytes: a million channels in XML take less.
const MOST_BYTES: u64 = 4 << 30;
/// The largest table or page, bytes: they are read whole.
const MOST_TABLE_BYTES: u64 = 1 << 30;
/// A file of XML is read in pieces of so many bytes.
const PIECE: usize = 1 << 20;
/// So much of a table is looked at for a proposal, bytes.
const LOOKED_AT: usize = 256 << 10;
/// So many changes are told one by one.
const MOST_CHANGES: usize = 500;
/// So many things that were left out are told one by one.
const MOST_REJECTS: usize = 100;
/// What a person hands in counts more than what the hub tells.
const BY_HAND: u8 = 20;
const BY_HUB: u8 = 10;
/// What the hub's cameras are called as a source.
pub(crate) const HUB: &str = "hub";
/// What cameras of other sources are taken to be where they do not say: not told on.
const USUAL: [f64; 4] = [60.0, 80.0, 6.0, 0.0];

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Xml,
    Page,
    Table,
}

impl VideoDesk {
    /// Takes a catalogue in, or only says what it would change. Works on a copy: nobody waits for it. Takes long.
    pub(crate) fn import(
        &self,
        look: &Look<'_>,
        files: &CatalogueFiles,
        mapping: Option<&VideoMappingDto>,
        is_dry_run: bool,
    ) -> ImportReportDto {
        let now = look.sitting.now;
        let mut copy = self.channels().clone();
        let read = self.read_into(&mut copy, files, mapping, (is_dry_run, now));
        let report = match read {
            Ok(report) => report,
            Err(refused) => {
                return ImportReportDto {
                    is_dry_run,
                    refused: Some(refused),
                    ..ImportReportDto::default()
                };
            }
        };
        let can_undo = !is_dry_run && copy.can_undo();
        let told = {
            let before = self.channels();
            let name_of = |id: &str| {
                let found = copy.find(id).or_else(|| before.find(id));
                // What is not there for whoever looks is counted, not named.
                found
                    .filter(|entry| look.presence(*entry) != Presence::Hidden)
                    .map(|entry| entry.name().to_owned())
            };
            report_dto(&report, &name_of)
        };
        if !is_dry_run {
            self.put_channels(copy);
            self.regrade_all();
            self.catalogue_changed();
            self.unkept.catalogue();
        }
        ImportReportDto {
            is_dry_run,
            can_undo,
            ..told
        }
    }

    /// Takes the last import back: how many entries changed; `None` when there is none.
    pub(crate) fn undo_import(&self) -> Option<u64> {
        let mut copy = self.channels().clone();
        let changed = copy.undo()?;
        self.put_channels(copy);
        self.regrade_all();
        self.catalogue_changed();
        self.unkept.catalogue();
        Some(changed)
    }

    /// Everybody sees these channels from now on. Those before go when nobody waits for a lock.
    fn put_channels(&self, channels: ChannelIndex) {
        let before = std::mem::replace(&mut *self.channels_mut(), channels);
        drop(before);
    }

    /// Takes the cameras that the hub tells; true when anything changed.
    pub(crate) fn take_hub_cameras(&self, cameras: &[Camera], now: UtcMillis) -> bool {
        let mut channels = self.channels_mut();
        let Ok(source) = channels.add_source(HUB, BY_HUB) else {
            return false;
        };
        let mut is_changed = false;
        for camera in cameras {
            let Ok(item) = item_of(camera) else {
                continue;
            };
            let event = if channels.row(camera.id.as_str()).is_some() {
                CatalogueEvent::Update
            } else {
                CatalogueEvent::Add
            };
            let status = match camera.status {
                CameraStatus::On => CatalogueEvent::On,
                CameraStatus::Off => CatalogueEvent::Off,
            };
            for event in [event, status] {
                let item = item.clone();
                let change = CatalogueChange { event, item };
                let applied = channels.apply_change(&change, source, now);
                is_changed |=
                    applied.is_ok_and(|applied| applied != cim_video::channels::Applied::Nothing);
            }
            if let Some(row) = channels.row(camera.id.as_str()) {
                let entry = channels.entry(row);
                let is_bare = entry.is_some_and(|entry| entry.category() == 0);
                if is_bare && camera.category > 0 {
                    is_changed |= channels.set_grade(row, camera.category, 0);
                }
            }
        }
        drop(channels);
        if is_changed {
            self.catalogue_changed();
            self.unkept.catalogue();
        }
        is_changed
    }

    /// Reads the files of a catalogue into `index`.
    fn read_into(
        &self,
        index: &mut ChannelIndex,
        files: &CatalogueFiles,
        mapping: Option<&VideoMappingDto>,
        (is_dry_run, now): (bool, UtcMillis),
    ) -> Result<MergeReport, VideoRefusalDto> {
        let path = files.first.as_path();
        let failed = |error: std::io::Error| unreadable(path, &error.to_string());
        let mut file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() || about.len() > MOST_BYTES {
            let found = format!("{} bytes", about.len());
            return Err(refusal(
                "too_large",
                &found,
                "a file of at most 4 GiB is read",
            ));
        }
        let named = mapping.map(|mapping| mapping.source.trim().to_owned());
        let source = named
            .filter(|source| !source.is_empty())
            .unwrap_or_else(|| files.source.clone());
        let begun = Import::begin(index, &source, BY_HAND, Scope::Whole, now);
        let mut import = begun.map_err(|error| refusal("too_large", "", &error.to_string()))?;
        let mut piece = vec![0; PIECE];
        let first = fill(&mut file, &mut piece).map_err(failed)?;
        let head = piece.get(..first).unwrap_or_default();
        let format = format_of(head);
        if let Some(mapping) = mapping.filter(|_| format != Format::Table) {
            let placed = import.places_in(coordinates_of(mapping)?);
            placed.map_err(|error| {
                refusal("bad_mapping", &mapping.coordinates, &error.to_string())
            })?;
        }
        match format {
            Format::Xml => {
                import.feed(head);
                import.read(&file).map_err(failed)?;
            }
            format => {
                if about.len() > MOST_TABLE_BYTES {
                    let found = format!("{} bytes", about.len());
                    return Err(refusal(
                        "too_large",
                        &found,
                        "a table of at most 1 GiB is read",
                    ));
                }
                let bytes = fs::read(path).map_err(failed)?;
                if format == Format::Page {
                    import.page(&bytes);
                    for path in &files.more {
                        let page = fs::read(path);
                        import.page(&page.map_err(|error| unreadable(path, &error.to_string()))?);
                    }
                } else {
                    let mapping = table_mapping(&bytes, mapping)?;
                    let taken = import.table(&bytes, &mapping, &self.codes);
                    taken.map_err(|error| refusal("bad_mapping", "", &error.to_string()))?;
                }
            }
        }
        Ok(if is_dry_run {
            import.finish_dry()
        } else {
            import.finish()
        })
    }
}

/// A camera of the hub as an entry of a catalogue. What nobody said is not said here either.
fn item_of(camera: &Camera) -> Result<CatalogueItem, String> {
    let place = &camera.position;
    let numbers = [
        camera.fov_deg,
        camera.range_m,
        place.height_m,
        camera.tilt_deg,
    ];
    let is_usual = numbers
        .iter()
        .zip(USUAL)
        .all(|(number, usual)| (number - usual).abs() < f64::EPSILON);
    let mut pairs = vec![
        ("DeviceID", camera.id.to_string()),
        ("Name", camera.name.clone()),
        ("Longitude", format!("{:.7}", place.lon_deg)),
        ("Latitude", format!("{:.7}", place.lat_deg)),
    ];
    if !is_usual {
        pairs.extend([
            ("HorizontalFieldAngle", camera.fov_deg.to_string()),
            ("MaxViewDistance", camera.range_m.to_string()),
            (HEIGHT, place.height_m.to_string()),
            (AZIMUTH, camera.azimuth_deg.to_string()),
            (TILT, camera.tilt_deg.to_string()),
        ]);
    }
    CatalogueItem::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())))
}

/// What a file is, and how its columns would become fields.
pub(crate) fn propose(files: &CatalogueFiles) -> VideoProposalDto {
    let path = files.first.as_path();
    let refused = |refused: VideoRefusalDto| VideoProposalDto {
        refused: Some(refused),
        ..VideoProposalDto::default()
    };
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        file.take(LOOKED_AT as u64).read_to_end(&mut bytes)?;
        Ok(())
    });
    if let Err(error) = read {
        return refused(unreadable(path, &error.to_string()));
    }
    let source = files.source.clone();
    match format_of(&bytes) {
        Format::Xml | Format::Page => VideoProposalDto {
            format: "xml".to_owned(),
            mapping: VideoMappingDto {
                source,
                ..VideoMappingDto::default()
            },
            ..VideoProposalDto::default()
        },
        Format::Table => {
            // The last line may have been cut.
            let whole = bytes.iter().rposition(|byte| *byte == b'\n');
            let looked_at = match whole {
                Some(end) if bytes.len() >= LOOKED_AT => bytes.get(..=end).unwrap_or(&bytes),
                _ => &bytes,
            };
            match propose_table(looked_at) {
                Err(error) => refused(refusal("bad_mapping", "", &error.to_string())),
                Ok(proposal) => VideoProposalDto {
                    format: "csv".to_owned(),
                    mapping: mapping_dto(&proposal.mapping, &proposal.encoding, source),
                    header: proposal.columns,
                    rows: proposal.sample.into_iter().take(8).collect(),
                    refused: None,
                },
            }
        }
    }
}

/// Fills `piece` as far as the file goes.
fn fill(file: &mut File, piece: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = piece.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let many = file.read(rest)?;
        if many == 0 {
            break;
        }
        filled += many;
    }
    Ok(filled)
}

pub(super) fn format_of(bytes: &[u8]) -> Format {
    match bytes.iter().find(|byte| byte.is_ascii_graphic()) {
        Some(b'<') => Format::Xml,
        Some(b'{' | b'[') => Format::Page,
        _ => Format::Table,
    }
}

pub(super) fn source_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy());
    stem.map_or_else(|| "import".to_owned(), std::borrow::Cow::into_owned)
}

fn unreadable(path: &Path, reason: &str) -> VideoRefusalDto {
    refusal("unreachable", &path.display().to_string(), reason)
}

/// How columns become fields; the refusal where nobody knows the coordinates: places would be wrong.
/// What the places of a catalogue are in.
fn coordinates_of(dto: &VideoMappingDto) -> Result<Coordinates, VideoRefusalDto> {
    let known = |code: &str| code.parse().ok().map(Coordinates::Epsg);
    let coordinates = match dto.coordinates.as_str() {
        "" | "wgs84" => Some(Coordinates::Wgs84),
        "gcj02" => Some(Coordinates::Gcj02),
        "bd09" => Some(Coordinates::Bd09),
        word => word.strip_prefix("epsg:").and_then(known),
    };
    coordinates.ok_or_else(|| {
        let why = "wgs84, gcj02, bd09 or epsg: with a number is expected";
        refusal("bad_mapping", &dto.coordinates, why)
    })
}

/// How a table is read: as it is said, or as its header proposes, in the coordinates that are said.
fn table_mapping(
    bytes: &[u8],
    said: Option<&VideoMappingDto>,
) -> Result<TableMapping, VideoRefusalDto> {
    if let Some(whole) = said.filter(|said| !says_no_columns(said)) {
        return mapping_of(whole);
    }
    let proposal = propose_table(bytes);
    let proposal = proposal.map_err(|error| refusal("bad_mapping", "", &error.to_string()))?;
    let mut mapping = proposal.mapping;
    if let Some(said) = said.filter(|said| !said.coordinates.is_empty()) {
        mapping.coordinates = coordinates_of(said)?;
    }
    Ok(mapping)
}

/// True for a mapping that is about the source and its coordinates only.
fn says_no_columns(mapping: &VideoMappingDto) -> bool {
    mapping.columns.is_empty() && mapping.delimiter.is_empty()
}

fn mapping_of(dto: &VideoMappingDto) -> Result<TableMapping, VideoRefusalDto> {
    Ok(TableMapping {
        columns: dto
            .columns
            .iter()
            .filter(|[column, field]| !column.is_empty() && !field.is_empty())
            .map(|[column, field]| (field.clone(), column.clone()))
            .collect(),
        coordinates: coordinates_of(dto)?,
        delimiter: dto.delimiter.chars().next().unwrap_or(','),
    })
}

fn mapping_dto(mapping: &TableMapping, encoding: &str, source: String) -> VideoMappingDto {
    VideoMappingDto {
        encoding: encoding.to_owned(),
        delimiter: mapping.delimiter.to_string(),
        coordinates: match mapping.coordinates {
            Coordinates::Wgs84 => "wgs84".to_owned(),
            Coordinates::Gcj02 => "gcj02".to_owned(),
            Coordinates::Bd09 => "bd09".to_owned(),
            Coordinates::Epsg(code) => format!("epsg:{code}"),
        },
        source,
        columns: mapping
            .columns
            .iter()
            .map(|(field, column)| [column.clone(), field.clone()])
            .collect(),
    }
}

/// What an import came to. `name_of` knows no name for what is not to be named.
fn report_dto(report: &MergeReport, name_of: &dyn Fn(&str) -> Option<String>) -> ImportReportDto {
    let count = |many: u64| u32::try_from(many).unwrap_or(u32::MAX);
    let bare = |id: &String, kind: &str| {
        Some(ImportChangeDto {
            id: id.clone(),
            name: name_of(id)?,
            kind: kind.to_owned(),
            fields: Vec::new(),
            moved_m: 0,
        })
    };
    let moves = report.moves.iter();
    let moves = moves.filter(|moved| name_of(&moved.id).is_some());
    let moved = moves.map(|moved| ImportChangeDto {
        id: moved.id.clone(),
        name: moved.name.clone(),
        kind: "moved".to_owned(),
        fields: Vec::new(),
        moved_m: moved.metres.round() as u32,
    });
    let changes = report.changes.iter();
    let changes = changes.filter(|change| name_of(&change.id).is_some());
    let changed = changes.map(|change| ImportChangeDto {
        id: change.id.clone(),
        name: change.name.clone(),
        kind: "changed".to_owned(),
        fields: change
            .fields
            .iter()
            .map(|field| ImportFieldDto {
                field: field.field.clone(),
                before: field.before.clone(),
                value: field.after.clone(),
            })
            .collect(),
        moved_m: 0,
    });
    let gone = report.gone_ids.iter().filter_map(|id| bare(id, "gone"));
    let added = report.added_ids.iter().filter_map(|id| bare(id, "added"));
    let missing = (report.missing > 0).then(|| ImportRejectDto {
        place: report.source.clone(),
        reason: format!(
            "{} entries that it announces did not come; nothing that it had before is gone",
            report.missing
        ),
    });
    let rejects = report.rejections.iter().map(|reject| ImportRejectDto {
        place: reject.place.clone(),
        reason: reject.reason.clone(),
    });
    let read = report.added + report.changed + report.same + report.duplicates;
    ImportReportDto {
        source: report.source.clone(),
        read: count(read),
        added: count(report.added),
        changed: count(report.changed),
        same: count(report.same),
        gone: count(report.gone),
        moved: count(report.moved),
        duplicates: count(report.duplicates),
        rejected: count(report.rejected),
        changes: gone
            .chain(moved)
            .chain(changed)
            .chain(added)
            .take(MOST_CHANGES)
            .collect(),
        rejects: missing
            .into_iter()
            .chain(rejects)
            .take(MOST_REJECTS)
            .collect(),
        ..ImportReportDto::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::Geodetic;
    use cim_model::CameraId;
    use cim_sync::gb28181::Field;

    #[test]
    fn a_file_is_known_by_how_it_begins() {
        assert_eq!(format_of(b"\xef\xbb\xbf <?xml"), Format::Xml);
        assert_eq!(format_of(b"\n {\"total\":1}"), Format::Page);
        assert_eq!(format_of("编码,名称".as_bytes()), Format::Table);
        assert_eq!(format_of(b""), Format::Table);
    }

    #[test]
    fn a_mapping_comes_back_from_the_wire_as_it_went() {
        let dto = VideoMappingDto {
            encoding: "gb18030".to_owned(),
            delimiter: ";".to_owned(),
            coordinates: "epsg:4490".to_owned(),
            source: "police".to_owned(),
            columns: vec![
                ["编码".to_owned(), "DeviceID".to_owned()],
                ["备注".to_owned(), String::new()],
            ],
        };
        let mapping = mapping_of(&dto).expect("known coordinates");
        let back = mapping_dto(&mapping, "gb18030", "police".to_owned());
        assert_eq!(back.columns, [["编码".to_owned(), "DeviceID".to_owned()]]);
        assert_eq!(
            (back.delimiter.as_str(), back.coordinates.as_str()),
            (";", "epsg:4490")
        );
        let baidu = VideoMappingDto {
            coordinates: "bd09".to_owned(),
            ..dto.clone()
        };
        let mapping = mapping_of(&baidu).expect("known coordinates");
        assert_eq!(mapping.coordinates, Coordinates::Bd09);
        let unheard = VideoMappingDto {
            coordinates: "moon".to_owned(),
            ..dto
        };
        assert!(mapping_of(&unheard).is_err_and(|why| why.what == "moon"));
    }

    #[test]
    fn what_a_camera_is_only_taken_to_be_is_not_told_on() {
        let camera = |range_m: f64| Camera {
            id: CameraId::new("32030000001320000017"),
            name: "外滩".to_owned(),
            position: Geodetic::new(121.5, 31.2, 6.0),
            azimuth_deg: 45.0,
            tilt_deg: 0.0,
            fov_deg: 60.0,
            range_m,
            status: CameraStatus::On,
            category: 1,
            clips: Vec::new(),
        };
        let said = item_of(&camera(120.0)).expect("an entry");
        assert_eq!(said.get(Field::MaxViewDistance), "120");
        let usual = item_of(&camera(80.0)).expect("an entry");
        assert_eq!(usual.get(Field::MaxViewDistance), "");
    }
}
