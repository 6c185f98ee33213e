//! Reports as files: PDF and DOCX for people, tables for other programs. Made off the desk's own tasks.

use super::super::Desk;
use crate::{
    desk::safe_name,
    duty_desk::{Say, case_outline, handover_outline, log_csv, log_paper},
    error::AppError,
    wire::{ReportFileDto, ReportFormatDto, ReportOfDto},
};
use cim_model::{EventId, Outline, UtcMillis};
use cim_report::{Fonts, Imprint, print_docx, print_pdf};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The folder of reports inside the cache.
const EXPORTS: &str = "exports";
/// The fonts of paper: those of the product.
const REGULAR: &[u8] = include_bytes!("../../../../../assets/fonts/NotoSansSC-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../../../assets/fonts/NotoSansSC-Bold.ttf");
/// Which work it is.
const WRITING: &str = "the report";

/// What goes into a file.
enum Content {
    /// For people.
    Paper(Outline),
    /// For other programs.
    Table(String),
}

/// A file, made and not written yet.
struct Made {
    bytes: Vec<u8>,
    pages: usize,
    missing: String,
}

impl Desk {
    /// Writes a report of `of`: to `path`, or into the cache's folder of exports under a name of its own.
    pub async fn export_report(
        &self,
        of: &ReportOfDto,
        format: ReportFormatDto,
        path: Option<String>,
    ) -> Result<ReportFileDto, AppError> {
        let ending = ending_of(format);
        let now = self.shared.settings.time.now();
        let path = match path {
            Some(path) => Some(checked(&path, ending)?),
            None => None,
        };
        let (name, content) = if format == ReportFormatDto::Csv {
            self.table_of(of).await?
        } else {
            self.paper_of(of, now).await?
        };
        let imprint = self.imprint(now);
        let folder = self.shared.settings.cache.join(EXPORTS);
        let written = self.aside(WRITING, move || -> Result<ReportFileDto, AppError> {
            let made = made_of(&content, format, &imprint)?;
            let path = match path {
                Some(path) => path,
                None => free_path(&folder, &safe_name(&name), ending)?,
            };
            write(&path, &made.bytes)?;
            Ok(ReportFileDto {
                path: path.display().to_string(),
                bytes: made.bytes.len() as u64,
                pages: u32::try_from(made.pages).unwrap_or(u32::MAX),
                missing: made.missing,
            })
        });
        written.await?
    }

    /// What a report says on paper, and what the file is called.
    async fn paper_of(
        &self,
        of: &ReportOfDto,
        now: UtcMillis,
    ) -> Result<(String, Content), AppError> {
        let none = BTreeMap::new();
        let outline = match of {
            ReportOfDto::Handover { id } => {
                let live = self.shared.keeper.live();
                let say = Say::new(&live, &none);
                handover_outline(&live, id, &say).ok_or_else(|| missing("handover", id))?
            }
            ReportOfDto::DutyLog { from, to } => {
                super::super::check_stretch(*from, *to)?;
                let (from, to) = (UtcMillis(*from), UtcMillis(*to));
                let older = self.older_log(from, to).await?;
                let live = self.shared.keeper.live();
                let log = older.as_ref().unwrap_or_else(|| live.event_desk.duty.log());
                let say = Say::new(&live, &none);
                log_paper(&live, log, (from, to), &say)
            }
            ReportOfDto::Analysis { query } => {
                let counted = self.counted(query).await?;
                let say = Say::new(&self.shared.keeper.live(), &counted.names);
                let work = move || {
                    let report = counted.report(true);
                    report.outline(say.language(), &|key: &str| say.text(key))
                };
                self.aside(WRITING, work).await?
            }
            ReportOfDto::Case { id } => {
                let case = self.case(id).await?;
                let say = Say::new(&self.shared.keeper.live(), &none);
                case_outline(&case, &say)
            }
            ReportOfDto::Plan { id } => {
                let live = self.shared.keeper.live();
                let say = Say::new(&live, &none);
                let plans = &live.event_desk.plans;
                let text = |key: &str| say.text(key);
                plans
                    .outline_of(&EventId::new(id), now, say.language(), &text)
                    .ok_or_else(|| missing("plan of the case", id))?
            }
        };
        let name = format!("{} {}", outline.title, file_time(now));
        Ok((name, Content::Paper(outline)))
    }

    /// What a report says as a table, and what the file is called.
    async fn table_of(&self, of: &ReportOfDto) -> Result<(String, Content), AppError> {
        let now = self.shared.settings.time.now();
        let none = BTreeMap::new();
        let (title, text) = match of {
            ReportOfDto::DutyLog { from, to } => {
                super::super::check_stretch(*from, *to)?;
                let (from, to) = (UtcMillis(*from), UtcMillis(*to));
                let older = self.older_log(from, to).await?;
                let live = self.shared.keeper.live();
                let log = older.as_ref().unwrap_or_else(|| live.event_desk.duty.log());
                let title = Say::new(&live, &none).text("duty.print.log");
                (title, log_csv(&live, log, from, to))
            }
            ReportOfDto::Analysis { query } => {
                let counted = self.counted(query).await?;
                let say = Say::new(&self.shared.keeper.live(), &counted.names);
                let work = move || {
                    let report = counted.report(true);
                    let text = |key: &str| say.text(key);
                    let places = report.repeats_csv(&text);
                    // One file, one mark at its begin.
                    let places = places.trim_start_matches('\u{feff}');
                    let tables = report.csv(&text);
                    (say.text("analysis.title"), format!("{tables}\r\n{places}"))
                };
                self.aside(WRITING, work).await?
            }
            _ => {
                return Err(AppError::BadRequest {
                    what: "the format",
                    found: "csv".to_owned(),
                    reason: "logs and analyses are tables; everything else is PDF or DOCX",
                });
            }
        };
        let name = format!("{title} {}", file_time(now));
        Ok((name, Content::Table(text)))
    }

    fn imprint(&self, now: UtcMillis) -> Imprint {
        let live = self.shared.keeper.live();
        let say = Say::new(&live, &BTreeMap::new());
        Imprint {
            created_at: now,
            author: live.operator().to_owned(),
            made_with: format!("CityMirror {}", env!("CARGO_PKG_VERSION")),
            page_label: say.text("report.page"),
        }
    }
}

fn made_of(
    content: &Content,
    format: ReportFormatDto,
    imprint: &Imprint,
) -> Result<Made, AppError> {
    let outline = match content {
        Content::Table(text) => {
            return Ok(Made {
                bytes: text.clone().into_bytes(),
                pages: 0,
                missing: String::new(),
            });
        }
        Content::Paper(outline) => outline,
    };
    if format == ReportFormatDto::Docx {
        let file = print_docx(outline, imprint)?;
        return Ok(Made {
            bytes: file.bytes,
            pages: 0,
            missing: String::new(),
        });
    }
    let file = print_pdf(outline, &Fonts::new(REGULAR, BOLD)?, imprint)?;
    Ok(Made {
        bytes: file.bytes,
        pages: file.pages,
        missing: file.missing.into_iter().collect(),
    })
}

fn ending_of(format: ReportFormatDto) -> &'static str {
    match format {
        ReportFormatDto::Pdf => "pdf",
        ReportFormatDto::Docx => "docx",
        ReportFormatDto::Csv => "csv",
    }
}

/// A path that somebody chose: whole, and with the ending of its format.
fn checked(path: &str, ending: &'static str) -> Result<PathBuf, AppError> {
    let chosen = PathBuf::from(path);
    let is_right = chosen
        .extension()
        .is_some_and(|own| own.eq_ignore_ascii_case(ending));
    if chosen.is_absolute() && is_right {
        return Ok(chosen);
    }
    Err(AppError::BadRequest {
        what: "the file of the report",
        found: path.chars().take(200).collect(),
        reason: "a whole path with the ending of its format",
    })
}

/// A path in `folder` that no file has; the folder is made.
fn free_path(folder: &Path, name: &str, ending: &str) -> Result<PathBuf, AppError> {
    fs::create_dir_all(folder).map_err(|source| AppError::File {
        act: "making the folder",
        source,
        path: folder.to_owned(),
    })?;
    let mut path = folder.join(format!("{name}.{ending}"));
    let mut number = 2_u32;
    while path.exists() {
        path = folder.join(format!("{name} {number}.{ending}"));
        number += 1;
    }
    Ok(path)
}

/// Writes a file whole, or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, path));
    written.map_err(|source| AppError::File {
        act: "writing the report",
        source,
        path: path.to_owned(),
    })
}

fn missing(what: &'static str, id: &str) -> AppError {
    AppError::NotFound {
        what,
        id: id.to_owned(),
    }
}

/// A moment as it may stand in a file's name: `20231114T221400Z`.
fn file_time(at: UtcMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(
        |_| at.0.to_string(),
        |time| time.strftime("%Y%m%dT%H%M%SZ").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_path_is_whole_and_of_its_format() {
        let whole = std::path::absolute("a.PDF").expect("a folder to work in");
        let whole = whole.display().to_string();
        assert!(checked(&whole, "pdf").is_ok());
        for (path, ending) in [
            ("a.pdf", "pdf"),
            (whole.as_str(), "docx"),
            ("", "pdf"),
            ("../a.pdf", "pdf"),
        ] {
            assert!(checked(path, ending).is_err(), "{path}");
        }
    }

    #[test]
    fn fonts_have_every_letter_of_a_report() {
        let mut outline = Outline::new("交接班记录", "zh-CN");
        outline.paragraph("值班员李娜：DN600 给水干管爆裂，共 40 条告警 → 已交办 ≥ 2 h");
        let imprint = Imprint {
            created_at: UtcMillis(1_772_323_200_000),
            author: "李娜".to_owned(),
            made_with: "CityMirror".to_owned(),
            page_label: "%{page}/%{pages}".to_owned(),
        };
        let content = Content::Paper(outline);
        let made = made_of(&content, ReportFormatDto::Pdf, &imprint).expect("a file");
        assert!(made.bytes.starts_with(b"%PDF-"));
        assert_eq!((made.pages, made.missing.as_str()), (1, ""));
        let made = made_of(&content, ReportFormatDto::Docx, &imprint).expect("a file");
        assert!(made.bytes.starts_with(b"PK"));
    }
}
