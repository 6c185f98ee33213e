//! `cim video import`: a catalogue into a cache, with a report of what changed.

use super::{
    check,
    sitting::{Asking, Sitting},
};
use crate::{Failure, host::print};
use cim_app::wire::{ImportReportDto, VideoMappingDto, VideoProposalDto};
use cim_sync::{WebFile, access::Access};
use clap::Args;
use std::path::{Path, PathBuf};

/// So many changes and rejects are told to a person.
const MOST_TOLD: usize = 20;
/// The role that takes catalogues in where none is chosen: the mildest that may say who sees what.
const USUAL_ROLE: &str = "shift_leader";
/// A file of a mapping is no longer, bytes.
const MOST_MAPPING: u64 = 1 << 20;

/// Take a catalogue into a cache. Only a role that may grant rights on cameras does that: a shift leader unless --role says
/// otherwise.
#[derive(Debug, Args)]
pub(crate) struct ImportCatalogue {
    /// The catalogue: XML by GB/T 28181, a platform's JSON page, or a table. A file, or its http:// or https:// address without a
    /// name or password: fetched once, 1 GiB at most; pages are followed where the address has page and count, or offset and limit.
    #[arg(value_name = "FILE|URL")]
    file: PathBuf,
    /// The cache that it goes into; no desk may be open over it.
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// How the columns of a table become fields, JSON; proposed from the header without it.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// What the places are in: wgs84, gcj02, bd09, or epsg: with a number. WGS 84 without it; a table's header may say another.
    #[arg(long, value_name = "SYSTEM", conflicts_with = "mapping")]
    coordinates: Option<String>,
    /// What the catalogue is called as a source: coming again, it takes its own place. The file's or the host's name without it.
    #[arg(long, value_name = "NAME", conflicts_with = "mapping")]
    source: Option<String>,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the mapping that the header proposes, as --mapping takes it, and import nothing.
    #[arg(long, conflicts_with_all = ["mapping", "dry_run", "coordinates", "source"])]
    propose: bool,
    /// Allow an http:// address on another machine; only for closed networks.
    #[arg(long)]
    plain_text: bool,
    #[command(flatten)]
    asking: Asking,
}

impl ImportCatalogue {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let file = place_of(&self.file)?;
        let mapping = self.mapping.as_deref().map(read_mapping).transpose()?;
        let said = VideoMappingDto {
            coordinates: self.coordinates.unwrap_or_default(),
            source: self.source.unwrap_or_default(),
            ..VideoMappingDto::default()
        };
        let mapping = mapping.or_else(|| (said != VideoMappingDto::default()).then_some(said));
        let access = Access {
            plain_ok: self.plain_text,
            ..Access::default()
        };
        let asking = self.asking.or_in_role(USUAL_ROLE);
        let sitting = Sitting::open_as(Some(&self.cache), None, (&asking, access))?;
        sitting.ask(|sitting| {
            if self.propose {
                let proposal = sitting.wait(sitting.desk.propose_mapping(&file))?;
                check(proposal.refused.as_ref())?;
                tell_proposal(&proposal, asking.json)?;
                return Ok(true);
            }
            let importing = sitting.desk.import_channels(&file, mapping, self.dry_run);
            let report = sitting.wait(importing)?;
            check(report.refused.as_ref())?;
            if asking.json {
                print(&serde_json::to_string(&report)?);
            } else {
                tell(&self.file, &report);
            }
            // Something was left out, and nothing is left.
            let taken = report.added + report.changed + report.same;
            Ok(taken > 0 || report.rejected == 0)
        })
    }
}

/// Where a catalogue is, as the desk takes it: an address as it was typed, a path whole, for the desk runs anywhere.
fn place_of(typed: &Path) -> Result<String, Failure> {
    if let Some(address) = typed.to_str().filter(|text| WebFile::is_address(text)) {
        return Ok(address.to_owned());
    }
    if !typed.is_file() {
        return Err(format!("there is no file {}", typed.display()).into());
    }
    let path = std::path::absolute(typed)?;
    Ok(path.to_string_lossy().into_owned())
}

fn read_mapping(path: &Path) -> Result<VideoMappingDto, Failure> {
    let told = |reason: String| format!("--mapping {}: {reason}", path.display());
    let about = std::fs::metadata(path).map_err(|err| told(err.to_string()))?;
    if about.len() > MOST_MAPPING {
        return Err(told(format!("it is longer than {MOST_MAPPING} bytes")).into());
    }
    let text = std::fs::read_to_string(path).map_err(|err| told(err.to_string()))?;
    Ok(serde_json::from_str(&text).map_err(|err| told(err.to_string()))?)
}

fn tell_proposal(proposal: &VideoProposalDto, as_json: bool) -> Result<(), Failure> {
    if as_json {
        print(&serde_json::to_string(proposal)?);
    } else if proposal.format == "csv" {
        print(&serde_json::to_string_pretty(&proposal.mapping)?);
    } else {
        print(&format!("{} needs no mapping", proposal.format));
    }
    Ok(())
}

fn tell(typed: &Path, report: &ImportReportDto) {
    for line in lines_of(typed, report) {
        print(&line);
    }
}

/// The report for a person on the catalogue that was `typed`.
fn lines_of(typed: &Path, report: &ImportReportDto) -> Vec<String> {
    let ImportReportDto {
        read,
        added,
        changed,
        same,
        gone,
        moved,
        duplicates,
        rejected,
        ..
    } = report;
    let what = if report.is_dry_run { "would be" } else { "are" };
    let mut lines = vec![
        format!(
            "{}, source {}: {read} read in {:.1} s",
            typed.display(),
            report.source,
            f64::from(report.took_ms) / 1000.0
        ),
        format!(
            "{added} {what} added, {changed} {what} changed ({moved} of them moved), {gone} {what} gone, {same} are the same"
        ),
        format!("{duplicates} came twice, {rejected} were left out"),
    ];
    for change in report.changes.iter().take(MOST_TOLD) {
        let fields = change.fields.iter();
        let fields: Vec<String> = fields
            .map(|field| format!("{}: '{}' -> '{}'", field.field, field.before, field.value))
            .collect();
        lines.push(format!(
            "  {} {} {}  {}",
            change.kind,
            change.id,
            change.name,
            fields.join(", ")
        ));
    }
    for reject in report.rejects.iter().take(MOST_TOLD) {
        lines.push(format!("  left out {}: {}", reject.place, reject.reason));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_app::wire::{ImportChangeDto, ImportFieldDto, ImportRejectDto};

    #[test]
    fn a_report_tells_counts_changes_and_what_was_left_out() {
        let report = ImportReportDto {
            source: "platform".to_owned(),
            is_dry_run: true,
            read: 3,
            added: 1,
            changed: 1,
            changes: vec![ImportChangeDto {
                id: "3203".to_owned(),
                name: "北门".to_owned(),
                kind: "changed".to_owned(),
                fields: vec![ImportFieldDto {
                    field: "Name".to_owned(),
                    before: "南门".to_owned(),
                    value: "北门".to_owned(),
                }],
                moved_m: 0,
            }],
            rejects: vec![ImportRejectDto {
                place: "line 9".to_owned(),
                reason: "no identity".to_owned(),
            }],
            ..ImportReportDto::default()
        };
        let told = lines_of(Path::new("rooms/platform.csv"), &report).join("\n");
        for part in [
            "rooms/platform.csv, source platform: 3 read",
            "1 would be added",
            "Name: '南门' -> '北门'",
            "left out line 9: no identity",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn an_address_is_taken_as_it_stands_and_a_file_must_be_there() {
        let address = "https://cam.example/api/channels?page=1&count=100";
        assert_eq!(place_of(Path::new(address)).expect("an address"), address);
        let refused = place_of(Path::new("no/such/cameras.xml")).expect_err("no file");
        assert!(refused.to_string().contains("cameras.xml"), "{refused}");
    }

    #[test]
    fn a_mapping_that_is_none_is_named() {
        let told = read_mapping(Path::new("no/such/mapping.json")).expect_err("no file");
        assert!(told.to_string().contains("--mapping"), "{told}");
    }
}
