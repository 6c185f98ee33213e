//! Files that a person makes of the past: recordings, and tables for other programs. One long work at a time, off the
//! desk's own tasks; closing the desk stops it.

use super::Desk;
use crate::{
    actions::Action,
    error::AppError,
    keeper::{Keeper, told_to_stop},
    wire::{ExportDto, ExportFormatDto, RecordingDto, TaskDto},
};
use cim_model::{DatastreamId, UtcMillis};
use cim_recording::{
    About, Progress, RecordingError, Scope, Summary, export_csv, export_parquet, export_recording,
    verify,
};
use cim_store::Store;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The folder of recordings inside the cache.
const RECORDINGS: &str = "recordings";

/// The folder of tables inside the cache.
const EXPORTS: &str = "exports";

/// What recordings end in.
const ENDING: &str = "mcap";

/// The setting under which the store remembers what is known of the recordings.
const KNOWN: &str = "recordings";

/// A name is at most so long, characters.
const MAX_NAME_CHARS: usize = 80;

/// At most so many recordings are listed.
const MAX_LISTED: usize = 1_000;

/// What is written.
enum What {
    Recording(About),
    Csv,
    Parquet,
}

/// What came of it.
enum Written {
    Recording(Summary),
    Rows(u64),
}

/// The one long work: while it is there, no other begins.
pub(super) struct LongWork {
    keeper: Arc<Keeper>,
}

impl Drop for LongWork {
    fn drop(&mut self) {
        let mut live = self.keeper.live();
        live.task = None;
        live.changed = true;
    }
}

impl Desk {
    /// The recordings in the cache, by name.
    pub async fn recordings(&self) -> Result<Vec<RecordingDto>, AppError> {
        let known = self.known_recordings().await?;
        let folder = self.folder(RECORDINGS);
        let files = self.aside("listing recordings", move || files_in(&folder));
        let listed = files.await?.into_iter().map(|(path, bytes)| {
            let text = path.display().to_string();
            let same = |one: &&RecordingDto| one.path == text && one.bytes == bytes;
            known
                .iter()
                .find(same)
                .cloned()
                .unwrap_or_else(|| RecordingDto {
                    name: stem_of(&path),
                    path: text.clone(),
                    from: 0,
                    to: 0,
                    bytes,
                    observations: 0,
                    problems: Vec::new(),
                    is_verified: false,
                })
        });
        Ok(listed.collect())
    }

    /// Writes the stretch from `from` to `to` (UTC milliseconds) to a recording of this name. Takes long; the updates tell
    /// how far it is.
    pub async fn save_recording(
        &self,
        from: i64,
        to: i64,
        name: String,
    ) -> Result<RecordingDto, AppError> {
        super::check_stretch(from, to)?;
        let name = safe_name(&name);
        let path = self.free_path(RECORDINGS, &name, ENDING)?;
        let settings = &self.shared.settings;
        let about = {
            let start = self.start();
            About {
                city_zh: start.city_zh,
                city_en: start.city_en,
                author: self.operator(),
                made_at: settings.time.now(),
                folder_of_clips: None,
            }
        };
        let scope = Scope {
            from: UtcMillis(from),
            to: UtcMillis(to),
            series: None,
        };
        let work = self.begin("recording", &name)?;
        let written = self
            .write("the recording", What::Recording(about), scope, path.clone())
            .await?;
        drop(work);
        let Written::Recording(summary) = written else {
            return Err(AppError::Stopped {
                what: "the recording",
            });
        };
        let made = recording_dto(&path, &summary, Vec::new(), false);
        self.know_recording(made.clone()).await?;
        self.note_action(Action::RecordingSaved(&made.name));
        Ok(made)
    }

    /// Reads a recording whole, and says what is wrong with it.
    pub async fn verify_recording(&self, path: &str) -> Result<RecordingDto, AppError> {
        let file = self.recording_file(path).await?;
        let work = self.begin("verify", &stem_of(&file))?;
        let keeper = Arc::clone(&self.shared.keeper);
        let place = file.clone();
        let verified = self.aside("verifying a recording", move || {
            verify(&place, &mut |progress| tell(&keeper, progress))
        });
        let verified = verified.await??;
        drop(work);
        let is_sound = verified.problems.is_empty();
        let seen = recording_dto(&file, &verified.summary, verified.problems, is_sound);
        self.know_recording(seen.clone()).await?;
        Ok(seen)
    }

    /// Deletes a recording.
    pub async fn delete_recording(&self, path: &str) -> Result<(), AppError> {
        let file = self.recording_file(path).await?;
        fs::remove_file(&file).map_err(|source| AppError::File {
            act: "deleting the recording",
            source,
            path: file,
        })?;
        let mut known = self.known_recordings().await?;
        known.retain(|one| one.path != path);
        self.remember_recordings(&known).await
    }

    /// Writes values of these series (none: of all) to a table.
    pub async fn export_series(
        &self,
        ids: Vec<String>,
        from: i64,
        to: i64,
        format: ExportFormatDto,
    ) -> Result<ExportDto, AppError> {
        super::check_stretch(from, to)?;
        let series = self.series_of(&ids)?;
        let (what, ending) = match format {
            ExportFormatDto::Csv => (What::Csv, "csv"),
            ExportFormatDto::Parquet => (What::Parquet, "parquet"),
        };
        let name = format!("citymirror {} {}", file_time(from), file_time(to));
        let path = self.free_path(EXPORTS, &name, ending)?;
        let scope = Scope {
            from: UtcMillis(from),
            to: UtcMillis(to),
            series,
        };
        let work = self.begin("export", &name)?;
        let written = self.write("the export", what, scope, path.clone()).await?;
        drop(work);
        Ok(ExportDto {
            path: path.display().to_string(),
            rows: match written {
                Written::Rows(rows) => rows,
                Written::Recording(summary) => summary.observations,
            },
        })
    }

    /// The series of these identities; `None` for all.
    fn series_of(&self, ids: &[String]) -> Result<Option<Vec<DatastreamId>>, AppError> {
        if ids.is_empty() {
            return Ok(None);
        }
        let live = self.shared.keeper.live();
        let mut series = Vec::with_capacity(ids.len());
        for id in ids {
            let known = DatastreamId::new(id);
            if live.state.series_row(&known).is_none() {
                return Err(AppError::NotFound {
                    what: "series",
                    id: id.clone(),
                });
            }
            series.push(known);
        }
        Ok(Some(series))
    }

    /// Begins the one long work; it ends when what is returned is dropped.
    pub(super) fn begin(&self, what: &str, name: &str) -> Result<LongWork, AppError> {
        let mut live = self.shared.keeper.live();
        if let Some(task) = &live.task {
            return Err(AppError::Busy {
                with: task.what.clone(),
            });
        }
        live.task = Some(TaskDto {
            what: what.to_owned(),
            name: name.to_owned(),
            done: 0,
            total: 0,
        });
        live.changed = true;
        drop(live);
        Ok(LongWork {
            keeper: Arc::clone(&self.shared.keeper),
        })
    }

    /// Writes `what` to `path`, off the desk's own tasks, until it is done or the desk closes.
    async fn write(
        &self,
        name: &'static str,
        what: What,
        scope: Scope,
        path: PathBuf,
    ) -> Result<Written, AppError> {
        let keeper = Arc::clone(&self.shared.keeper);
        let runtime = keeper.runtime().clone();
        let mut stop = self.shared.stop.subscribe();
        // What is on its way to the store belongs to the recording.
        keeper.flush().await;
        let written = self.aside(name, move || {
            runtime.block_on(async {
                tokio::select! {
                    written = write_file(&keeper, &what, &scope, &path) => Some(written),
                    () = told_to_stop(&mut stop) => None,
                }
            })
        });
        match written.await? {
            Some(written) => Ok(written?),
            None => Err(AppError::Stopped { what: name }),
        }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.shared.settings.cache.join(name)
    }

    /// A path in the folder that no file has; the folder is made.
    fn free_path(&self, folder: &str, name: &str, ending: &str) -> Result<PathBuf, AppError> {
        let folder = self.folder(folder);
        fs::create_dir_all(&folder).map_err(|source| AppError::File {
            act: "making the folder",
            source,
            path: folder.clone(),
        })?;
        let mut path = folder.join(format!("{name}.{ending}"));
        let mut number = 2_u32;
        while path.exists() {
            path = folder.join(format!("{name} {number}.{ending}"));
            number += 1;
        }
        Ok(path)
    }

    /// The file of a recording that is listed: no other file is read or deleted for the UI.
    async fn recording_file(&self, path: &str) -> Result<PathBuf, AppError> {
        let listed = self.recordings().await?;
        if listed.iter().any(|one| one.path == path) {
            return Ok(PathBuf::from(path));
        }
        Err(AppError::NotFound {
            what: "recording",
            id: path.to_owned(),
        })
    }

    async fn known_recordings(&self) -> Result<Vec<RecordingDto>, AppError> {
        let kept = self.shared.keeper.store.setting(KNOWN).await?;
        // What another version wrote is found out anew.
        Ok(serde_json::from_str(&kept.unwrap_or_default()).unwrap_or_default())
    }

    async fn know_recording(&self, recording: RecordingDto) -> Result<(), AppError> {
        let mut known = self.known_recordings().await?;
        known.retain(|one| one.path != recording.path && Path::new(&one.path).exists());
        known.push(recording);
        self.remember_recordings(&known).await
    }

    async fn remember_recordings(&self, known: &[RecordingDto]) -> Result<(), AppError> {
        // Texts and numbers: this cannot fail, and an empty text only forgets.
        let text = serde_json::to_string(known).unwrap_or_default();
        Ok(self.shared.keeper.store.put_setting(KNOWN, &text).await?)
    }
}

async fn write_file(
    keeper: &Keeper,
    what: &What,
    scope: &Scope,
    path: &Path,
) -> Result<Written, RecordingError> {
    let store: &Store = &keeper.store;
    let mut told = |progress: Progress| tell(keeper, progress);
    Ok(match what {
        What::Recording(about) => {
            Written::Recording(export_recording(store, scope, about, path, &mut told).await?)
        }
        What::Csv => Written::Rows(export_csv(store, scope, path, &mut told).await?),
        What::Parquet => Written::Rows(export_parquet(store, scope, path, &mut told).await?),
    })
}

/// Says how far the long work is.
pub(super) fn tell(keeper: &Keeper, progress: Progress) {
    let mut live = keeper.live();
    if let Some(task) = &mut live.task {
        task.done = progress.done;
        task.total = progress.total;
        live.changed = true;
    }
}

/// Recordings in a folder with their sizes, by name; a folder that is not there has none.
fn files_in(folder: &Path) -> Vec<(PathBuf, u64)> {
    let entries = folder.read_dir().into_iter().flatten();
    let mut files: Vec<(PathBuf, u64)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let path = entry.path();
            let is_recording = path.extension().is_some_and(|ending| ending == ENDING);
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            is_recording.then_some((path, about.len()))
        })
        .take(MAX_LISTED)
        .collect();
    files.sort();
    files
}

fn recording_dto(
    path: &Path,
    summary: &Summary,
    problems: Vec<String>,
    is_verified: bool,
) -> RecordingDto {
    RecordingDto {
        name: stem_of(path),
        path: path.display().to_string(),
        from: summary.from.0,
        to: summary.to.0,
        // As the listing sees it, also when the file is longer than its content.
        bytes: fs::metadata(path).map_or(summary.bytes, |about| about.len()),
        observations: summary.observations,
        problems,
        is_verified,
    }
}

fn stem_of(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// `name` as a file may be called on every system: letters and digits of any script, spaces, `-`, `_` and `.` inside.
pub(crate) fn safe_name(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
    let text: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .take(MAX_NAME_CHARS)
        .collect();
    let text = text.trim_matches([' ', '.', '-']);
    if text.is_empty() {
        "recording".to_owned()
    } else {
        text.to_owned()
    }
}

/// A moment as it may stand in a file's name: `20231114T221400Z`.
fn file_time(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(
        |_| millis.to_string(),
        |time| time.strftime("%Y%m%dT%H%M%SZ").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_file_that_every_system_takes() {
        for (name, file) in [
            ("暴雨 11-14 夜", "暴雨 11-14 夜"),
            ("../../etc/passwd", "etc-passwd"),
            ("a/b\\c:d*e", "a-b-c-d-e"),
            ("  ", "recording"),
            ("..", "recording"),
        ] {
            assert_eq!(safe_name(name), file);
        }
        assert_eq!(safe_name(&"长".repeat(500)).chars().count(), MAX_NAME_CHARS);
    }

    #[test]
    fn a_moment_in_a_file_name_is_read_by_people() {
        assert_eq!(file_time(1_700_000_040_000), "20231114T221400Z");
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_recordings() {
        assert!(files_in(Path::new("no/such/folder")).is_empty());
    }
}
