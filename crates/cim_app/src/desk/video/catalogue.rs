//! The catalogue: trees, searches, channels, imports, grades, tags, health, works.

use super::{Desk, Telling, refused};
use crate::{
    error::AppError,
    video_desk::{
        CatalogueFiles, Fetching, check_granter, clear_fetched, fetch_catalogue, propose, refusal,
        trouble_of,
    },
    wire::{
        ImportReportDto, VideoActedDto, VideoChannelDto, VideoHealthByDto, VideoHealthDto,
        VideoMappingDto, VideoPageDto, VideoPointsDto, VideoProposalDto, VideoQueryDto,
        VideoRefusalDto, VideoTablesDto, VideoTreeDto, VideoTreePageDto, VideoWorkActDto,
        VideoWorksDto,
    },
};
use cim_sync::WebFile;
use cim_video::{
    channels::Entry,
    rights::{Action, Graded, Policy, VideoAct, Work, subject_of_camera},
};

/// So many channels are graded or tagged at once.
const MOST_AT_ONCE: usize = 10_000;
/// So many channels that were left as they are are told one by one.
const MOST_LEFT: usize = 100;
/// A tag is at most so long, characters.
const MOST_TAG: usize = 40;
/// A channel has at most so many tags.
const MOST_TAGS: usize = 32;
/// What is said with a repair is at most so long, characters.
const MOST_NOTE: usize = 2_000;
const IMPORTING: &str = "the import of a catalogue";
const FETCHING: &str = "the fetching of a catalogue";

impl Desk {
    /// Everything that the video pages choose from.
    pub fn video_tables(&self) -> VideoTablesDto {
        let roles: Vec<(String, String)> = {
            let live = self.shared.keeper.live();
            let rows = live.event_desk.tables.role_rows(&live.language).into_iter();
            rows.map(|role| (role.id, role.name)).collect()
        };
        let name_of = |id: &str| {
            let known = roles.iter().find(|(role, _)| role == id);
            known.map_or_else(|| id.to_owned(), |(_, name)| name.clone())
        };
        let looker = self.looker();
        self.video().tables(&looker.look(), &name_of)
    }

    /// A window into the lines of a node; an empty node is the top.
    pub fn video_tree(
        &self,
        tree: VideoTreeDto,
        node: &str,
        offset: u32,
        limit: u32,
    ) -> Result<VideoTreePageDto, AppError> {
        let looker = self.looker();
        let page = self
            .video()
            .tree(&looker.look(), (tree, node), (offset, limit));
        page.ok_or_else(|| AppError::NotFound {
            what: "node",
            id: node.chars().take(64).collect(),
        })
    }

    /// A window into the channels that a query answers.
    pub fn video_search(&self, query: &VideoQueryDto) -> VideoPageDto {
        let looker = self.looker();
        self.video().search(&looker.look(), query)
    }

    /// The channels that a query answers as points of a map, thinned to `columns` × `rows` cells.
    pub fn video_points(&self, query: &VideoQueryDto, columns: u32, rows: u32) -> VideoPointsDto {
        let looker = self.looker();
        self.video().points(&looker.look(), query, (columns, rows))
    }

    /// Everything about one channel.
    pub fn video_channel(&self, id: &str) -> Result<VideoChannelDto, AppError> {
        let looker = self.looker();
        let camera = {
            let live = self.shared.keeper.live();
            live.state.camera_called(id).cloned()
        };
        let channel = self.video().channel(&looker.look(), id, camera.as_ref());
        channel.ok_or_else(|| super::no_camera(id))
    }

    /// What a file is, and how its columns would become fields. `path` may be an `http://` or `https://` address: what is there is
    /// fetched, also when it was before.
    pub async fn propose_mapping(&self, path: &str) -> Result<VideoProposalDto, AppError> {
        let not_now = |why| VideoProposalDto {
            refused: Some(why),
            ..VideoProposalDto::default()
        };
        if !WebFile::is_address(path) {
            let own = CatalogueFiles::of_file(path);
            return self.aside(IMPORTING, move || propose(&own)).await;
        }
        // Who may not take in what comes does not make this desk ask others for it.
        if let Err(why) = self.may_change_catalogue() {
            return Ok(not_now(why));
        }
        let Ok(mut kept) = self.video().fetched.try_lock() else {
            let why = "another catalogue is being fetched or read";
            return Ok(not_now(refusal("busy", "", why)));
        };
        *kept = None;
        match self.catalogue_at(path, &mut kept).await? {
            Ok(files) => self.aside(IMPORTING, move || propose(&files)).await,
            Err(why) => Ok(not_now(why)),
        }
    }

    /// Takes a catalogue in, or says what it would change. One at a time; everything else goes on. A table without a mapping is
    /// read as its header proposes. `path` may be an `http://` or
    /// `https://` address: what was fetched from there last is taken, or it is fetched now.
    pub async fn import_channels(
        &self,
        path: &str,
        mapping: Option<VideoMappingDto>,
        is_dry_run: bool,
    ) -> Result<ImportReportDto, AppError> {
        let not_now = |why| ImportReportDto {
            is_dry_run,
            refused: Some(why),
            ..ImportReportDto::default()
        };
        if let Err(why) = self.may_change_catalogue() {
            return Ok(not_now(why));
        }
        let Ok(mut kept) = self.video().fetched.try_lock() else {
            let why = "another catalogue is being fetched or read";
            return Ok(not_now(refusal("busy", "", why)));
        };
        let files = match self.catalogue_at(path, &mut kept).await? {
            Ok(files) => files,
            Err(why) => return Ok(not_now(why)),
        };
        let Ok(_alone) = self.video().importing.try_lock() else {
            return Ok(not_now(refusal("busy", "", "another import is under way")));
        };
        let begun = self.shared.settings.time.now();
        let work = self.with_video(IMPORTING, move |video, looker| {
            video.import(&looker.look(), &files, mapping.as_ref(), is_dry_run)
        });
        let mut report = work.await?;
        let took_ms = self.shared.settings.time.now().0 - begun.0;
        report.took_ms = u32::try_from(took_ms).unwrap_or_default();
        if !is_dry_run && report.refused.is_none() && kept.take().is_some() {
            self.forget_fetched().await?;
        }
        Ok(report)
    }

    /// The files of the catalogue at `path`. What is at an address is fetched, unless `kept` is from there, and is `kept` then.
    async fn catalogue_at(
        &self,
        path: &str,
        kept: &mut Option<CatalogueFiles>,
    ) -> Result<Result<CatalogueFiles, VideoRefusalDto>, AppError> {
        if !WebFile::is_address(path) {
            return Ok(Ok(CatalogueFiles::of_file(path)));
        }
        if let Some(known) = kept.as_ref().filter(|known| known.is_from(path)) {
            return Ok(Ok(known.clone()));
        }
        *kept = None;
        let access = &self.shared.settings.access;
        let runtime = self.shared.keeper.runtime();
        let asked = Fetching::new(path, access, runtime, self.video().folder());
        let work = self.aside(FETCHING, move || fetch_catalogue(&asked));
        let fetched = work.await?;
        *kept = fetched.as_ref().ok().cloned();
        Ok(fetched)
    }

    /// Takes away what was fetched; a disk that refuses is told to the log.
    async fn forget_fetched(&self) -> Result<(), AppError> {
        let clearing = self.with_video(FETCHING, |video, _| clear_fetched(video.folder()));
        if let Err(error) = clearing.await? {
            tracing::warn!(%error, "a catalogue that was fetched stays in the cache");
        }
        Ok(())
    }

    /// Takes the last import back.
    pub async fn undo_import(&self) -> Result<VideoActedDto, AppError> {
        if let Err(why) = self.may_change_catalogue() {
            return Ok(refused(why));
        }
        let Ok(_alone) = self.video().importing.try_lock() else {
            return Ok(refused(refusal("busy", "", "an import is under way")));
        };
        let undone = self.with_video(IMPORTING, |video, _| video.undo_import());
        Ok(match undone.await? {
            Some(changed) => VideoActedDto {
                changed: u32::try_from(changed).unwrap_or(u32::MAX),
                ..VideoActedDto::default()
            },
            None => refused(refusal("nothing", "", "there is no import to take back")),
        })
    }

    /// Whether whoever sits here may take catalogues and moments in, now: those who may give rights on some cameras. A catalogue
    /// says what may be looked at, and detections say what is masked.
    pub(super) fn may_change_catalogue(&self) -> Result<(), VideoRefusalDto> {
        self.video_present()?;
        let looker = self.looker();
        check_granter(&looker.look())
    }

    /// Gives channels a category and a grade by their numbers; 0 takes one away, without a number it stays. Whoever may give rights on a camera may grade it:
    /// a grade decides who may look.
    pub async fn grade_channels(
        &self,
        ids: &[String],
        category: Option<u8>,
        grade: Option<u8>,
    ) -> Result<VideoActedDto, AppError> {
        let policy = self.video().policy();
        let (categories, grades) = (policy.policy.categories(), policy.policy.grades());
        let at = |number: u8| usize::from(number).wrapping_sub(1);
        let of_category = category.map(|number| (number, categories.get(at(number))));
        let of_grade = grade.map(|number| (number, grades.get(at(number))));
        let is_unknown = of_category.is_some_and(|(number, known)| number > 0 && known.is_none())
            || of_grade.is_some_and(|(number, known)| number > 0 && known.is_none());
        if is_unknown {
            let why = "the policy has no such category or grade";
            return Ok(refused(refusal("bad_grade", "", why)));
        }
        let category = of_category.map(|(_, known)| known.map_or("", |one| &one.id));
        let grade = of_grade.map(|(_, known)| known.map_or("", |one| &one.id));
        self.mark_channels(ids, Action::Grant, |marked| {
            Some(Graded {
                category: category.unwrap_or(&marked.category).to_owned(),
                grade: grade.unwrap_or(&marked.grade).to_owned(),
                tags: None,
            })
        })
        .await
    }

    /// Puts tags on channels and takes others off.
    pub async fn tag_channels(
        &self,
        ids: &[String],
        add: &[String],
        remove: &[String],
    ) -> Result<VideoActedDto, AppError> {
        let is_tag = |tag: &String| {
            let long = tag.trim().chars().count();
            (1..=MOST_TAG).contains(&long)
        };
        if !add.iter().all(is_tag) {
            let why = "a tag has 1 to 40 characters";
            return Ok(refused(refusal("bad_grade", "tag", why)));
        }
        self.mark_channels(ids, Action::List, |marked| {
            let mut tags = marked.tags.clone().unwrap_or_default();
            let before = tags.clone();
            tags.retain(|tag| !remove.contains(tag));
            for tag in add.iter().map(|tag| tag.trim().to_owned()) {
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
            tags.sort_unstable();
            let is_changed = tags != before && tags.len() <= MOST_TAGS;
            is_changed.then(|| Graded {
                tags: Some(tags),
                ..marked.clone()
            })
        })
        .await
    }

    /// Health by division or owner.
    pub fn video_health(&self, by: VideoHealthByDto) -> VideoHealthDto {
        let looker = self.looker();
        self.video().health(&looker.look(), by)
    }

    /// A window into the work list for repair.
    pub fn video_works(&self, offset: u32, limit: u32) -> VideoWorksDto {
        let looker = self.looker();
        self.video().works(&looker.look(), (offset, limit))
    }

    /// Opens or closes a repair.
    pub async fn act_on_video_work(
        &self,
        act: &VideoWorkActDto,
    ) -> Result<VideoActedDto, AppError> {
        let now = match self.video_present() {
            Ok(now) => now,
            Err(why) => return Ok(refused(why)),
        };
        let is_known = trouble_of(&act.what).is_some();
        if !is_known || act.note.chars().count() > MOST_NOTE {
            let why = "a trouble of the work list and a note of at most 2 000 characters";
            return Ok(refused(refusal("bad_work", &act.what, why)));
        }
        self.check_listed(&act.id)?;
        let state = if act.is_opened { "opened" } else { "closed" };
        let work = VideoAct::Work(Work {
            what: act.what.clone(),
            state: state.to_owned(),
            note: act.note.trim().to_owned(),
        });
        self.acted(vec![(subject_of_camera(&act.id), work)], now)
            .await
    }

    /// An error where whoever sits here may not list the camera.
    pub(super) fn check_listed(&self, id: &str) -> Result<(), AppError> {
        let looker = self.looker();
        let look = looker.look();
        let channels = self.video().channels();
        let entry = channels.find(id).filter(|entry| look.lists(*entry));
        entry.map(|_| ()).ok_or_else(|| super::no_camera(id))
    }

    /// An error where whoever sits here may not know where the camera stands.
    pub(super) fn check_placed(&self, id: &str) -> Result<(), AppError> {
        let looker = self.looker();
        let look = looker.look();
        let channels = self.video().channels();
        let entry = channels.find(id).filter(|entry| look.sees_place(*entry));
        entry.map(|_| ()).ok_or_else(|| super::no_camera(id))
    }

    /// Grades or tags channels, each for itself; what may not be listed is left as it is.
    async fn mark_channels(
        &self,
        ids: &[String],
        needed: Action,
        marked: impl Fn(&Graded) -> Option<Graded>,
    ) -> Result<VideoActedDto, AppError> {
        let now = match self.video_present() {
            Ok(now) => now,
            Err(why) => return Ok(refused(why)),
        };
        if ids.len() > MOST_AT_ONCE {
            let found = ids.len().to_string();
            let why = "at most 10 000 channels at once";
            return Ok(refused(refusal("too_large", &found, why)));
        }
        let mut left = Vec::new();
        let tellings: Vec<Telling> = {
            let looker = self.looker();
            let look = looker.look();
            let policy = &looker.policy.policy;
            let channels = self.video().channels();
            let mut tellings = Vec::new();
            for id in ids {
                let entry = channels.find(id).filter(|entry| look.lists(*entry));
                let Some(entry) = entry else {
                    left.push([id.clone(), "no_camera".to_owned()]);
                    continue;
                };
                if !look.actions(entry).has(needed) {
                    left.push([id.clone(), "denied".to_owned()]);
                    continue;
                }
                let before = graded(policy, entry);
                let is_other = |after: &Graded| {
                    let same = (&after.category, &after.grade) == (&before.category, &before.grade);
                    !same || (after.tags.is_some() && after.tags != before.tags)
                };
                if let Some(after) = marked(&before).filter(is_other) {
                    tellings.push((subject_of_camera(id), VideoAct::Graded(after)));
                }
            }
            tellings
        };
        left.truncate(MOST_LEFT);
        let acted = self.acted(tellings, now).await?;
        Ok(VideoActedDto { left, ..acted })
    }
}

/// How a channel is graded and tagged now, in the words of the policy.
fn graded(policy: &Policy, entry: Entry<'_>) -> Graded {
    let at = |number: u8| usize::from(number).wrapping_sub(1);
    let category = policy.categories().get(at(entry.category()));
    let grade = policy.grades().get(at(entry.grade()));
    Graded {
        category: category.map(|one| one.id.clone()).unwrap_or_default(),
        grade: grade.map(|one| one.id.clone()).unwrap_or_default(),
        tags: Some(entry.tags().into_iter().map(str::to_owned).collect()),
    }
}
