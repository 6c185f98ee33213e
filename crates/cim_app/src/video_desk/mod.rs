//! The video desk: the catalogue of channels, rights, health, coverage, moments and open views.
//!
//! ```text
//!  hub's cameras, imports ──► channels ─┐
//!  facts (ours, other desks') ──► told ─┼──► rows, pages, sights, mosaics: always as whoever sits here may see them
//!  city's tiles ──► obstacles ──► sight ┘
//! ```
//! Locks are held briefly and one at a time, in the order channels, told, moments, sight, views; the desk's own lock is never
//! taken while one of them is held. What takes long works on a copy.

mod calibrate;
mod channel;
mod convert;
mod fetched;
mod health;
mod imports;
mod kept;
mod lists;
mod look;
mod maps;
mod moments;
mod mosaics;
mod obstacles;
mod points;
mod rights;
mod sights;
mod snapshots;
mod stage;
mod tables;
mod told;
mod views;

pub(crate) use calibrate::{Calibrating, pose_of};
pub(crate) use channel::is_steered;
pub(crate) use convert::{nothing_done, refusal};
pub(crate) use fetched::{CatalogueFiles, Fetching, clear_fetched, fetch_catalogue};
pub(crate) use health::trouble_of;
pub(crate) use imports::propose;
pub(crate) use look::{Looker, Sitting};
pub(crate) use maps::STOPPED;
pub(crate) use mosaics::{mosaic_of_dto, size_of};
pub(crate) use points::ChannelPoints;
pub(crate) use rights::{check_granter, refused_by, right_dto, why_words};
pub(crate) use sights::{SeenTarget, target_place};
pub(crate) use snapshots::Keeping;
pub(crate) use stage::{MOST_LINES, MOST_VOLUMES, depth_of, line};
pub(crate) use views::{MOST_VIEWS, OpenView, Opening, frame_bytes, streams_of};

use cim_store::Fact;
use cim_video::{
    channels::{ChannelIndex, GbTables, HealthHistory, HealthRules, Tagging},
    moments::{MomentIndex, Vocabulary},
    rights::{Graded, Policy},
};
use look::Look;
use sights::Sight;
use stage::Shown;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};
use told::{Taken, Told};
use views::OpenViews;

/// The folder of the video desk inside the cache.
const VIDEO: &str = "video";
/// The rights of a pack.
pub(crate) const RIGHTS_IN_PACK: &str = "video/rights.toml";
/// The rights that ship.
const RIGHTS: &str = include_str!("../../../../assets/codes/video_rights.toml");
/// What they are called.
const BUILT_IN: &str = "built_in";
/// The words of GB/T 28181.
const GB28181: &str = include_str!("../../../../assets/codes/gb28181.toml");
/// The words of GA/T 1400.
const GA1400: &str = include_str!("../../../../assets/codes/ga1400.toml");
/// Under this name the store remembers what holds until somebody changes it.
pub(crate) const SETTLED: &str = "video_settled";
/// So many samples of the health are kept: a week of hours.
const MOST_SAMPLES: usize = 168;

/// The policy that holds, and where it comes from.
pub(crate) struct PolicyInUse {
    pub(crate) policy: Policy,
    /// `built_in`, or the pack's file.
    pub(crate) source: String,
    /// Why the pack's policy is not used; empty when it is.
    pub(crate) problem: String,
}

/// How often each part changed.
#[derive(Default)]
struct Revisions {
    catalogue: AtomicU64,
    desk: AtomicU64,
    views: AtomicU64,
    moments: AtomicU64,
    rights: AtomicU64,
}

/// Everything about video that the desk knows.
pub(crate) struct VideoDesk {
    folder: PathBuf,
    channels: RwLock<ChannelIndex>,
    told: RwLock<Told>,
    moments: RwLock<MomentIndex>,
    sight: Mutex<Sight>,
    views: Mutex<OpenViews>,
    shown: Mutex<Shown>,
    history: Mutex<HealthHistory>,
    policy: RwLock<Arc<PolicyInUse>>,
    /// The words of the standards.
    pub(crate) codes: GbTables,
    /// Kinds and attributes of detections.
    pub(crate) vocabulary: Vocabulary,
    /// When a channel counts as late or moved.
    pub(crate) rules: HealthRules,
    revisions: Revisions,
    /// One import at a time.
    pub(crate) importing: tokio::sync::Mutex<()>,
    /// The cameras that this desk set in motion. Held while one is told: a stop never overtakes its move.
    pub(crate) steering: tokio::sync::Mutex<BTreeSet<String>>,
    /// The catalogue that was fetched from an address last, until it is taken in. Held while one is fetched or read.
    pub(crate) fetched: tokio::sync::Mutex<Option<CatalogueFiles>>,
    /// What has not been written to disk yet.
    pub(crate) unkept: kept::Unkept,
    problems: Vec<String>,
    /// Counts what was told: tells apart what happens within a millisecond.
    number: AtomicU64,
    /// Which of the hub's cameras were taken up.
    generation: AtomicU64,
    /// The number of the newest map; those before are given up.
    mapping: AtomicU64,
    /// When old moments were let go last, UTC milliseconds.
    retained: AtomicI64,
}

impl VideoDesk {
    /// The video desk whose files lie in `cache`, with what facts tell. Reads files: not on a task of the runtime.
    pub(crate) fn open(cache: &Path, settled: &str, facts: &[Fact]) -> Self {
        let folder = cache.join(VIDEO);
        let mut problems = Vec::new();
        if let Err(error) = clear_fetched(&folder) {
            problems.push(format!(
                "a catalogue that was fetched stays behind: {error}"
            ));
        }
        let codes = GbTables::read(GB28181).unwrap_or_else(|error| {
            problems.push(format!("assets/codes/gb28181.toml: {error}"));
            GbTables::default()
        });
        let (vocabulary, faults) = Vocabulary::read(GA1400, "assets/codes/ga1400.toml");
        problems.extend(faults.iter().map(ToString::to_string));
        let (policy, faults) = Policy::read(RIGHTS, "assets/codes/video_rights.toml");
        problems.extend(faults.iter().map(ToString::to_string));
        let channels = kept::read_channels(&folder, &mut problems);
        let moments = kept::read_moments(&folder, &vocabulary, &mut problems);
        let history = kept::read_history(&folder, MOST_SAMPLES, &mut problems);
        let mut told = Told::default();
        let kept = if settled.is_empty() {
            Vec::new()
        } else {
            Told::settled_facts(settled).unwrap_or_else(|error| {
                problems.push(format!("what was kept of cameras: {error}"));
                Vec::new()
            })
        };
        for fact in &kept {
            told.take(fact);
        }
        // What is there already is no news; what only the store has is.
        told.restored();
        for fact in facts {
            told.take(fact);
        }
        let desk = Self {
            folder,
            channels: RwLock::new(channels),
            told: RwLock::new(told),
            moments: RwLock::new(moments),
            sight: Mutex::default(),
            views: Mutex::default(),
            shown: Mutex::default(),
            history: Mutex::new(history),
            policy: RwLock::new(Arc::new(policy_in_use(policy, BUILT_IN, String::new()))),
            codes,
            vocabulary,
            rules: HealthRules::default(),
            revisions: Revisions::default(),
            importing: tokio::sync::Mutex::default(),
            steering: tokio::sync::Mutex::default(),
            fetched: tokio::sync::Mutex::default(),
            unkept: kept::Unkept::default(),
            problems,
            number: AtomicU64::new(0),
            generation: AtomicU64::new(0),
            mapping: AtomicU64::new(0),
            retained: AtomicI64::new(0),
        };
        desk.regrade_all();
        desk
    }

    /// Which of the hub's cameras were taken up last.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Rights are others: a window of hours or a grant began or ended.
    pub(crate) fn rights_changed(&self) {
        self.revisions.rights.fetch_add(1, Ordering::Relaxed);
        self.revisions.desk.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts up when somebody may see other channels than before: other rights, or another grade.
    pub(crate) fn rights_revision(&self) -> u64 {
        self.revisions.rights.load(Ordering::Relaxed)
    }

    /// True when the hub's cameras are others than the last time that this was asked.
    pub(crate) fn is_new_generation(&self, generation: u64) -> bool {
        self.generation.swap(generation, Ordering::Relaxed) != generation
    }

    /// A number that was not given before.
    pub(crate) fn next_number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    /// What was wrong when the desk was opened.
    pub(crate) fn problems(&self) -> &[String] {
        &self.problems
    }

    /// The folder of the video desk.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes a fact of this or another desk; what it changed.
    pub(crate) fn take_fact(&self, fact: &Fact) -> Option<Taken> {
        let taken = self.told_mut().take(fact)?;
        match &taken {
            Taken::Graded(camera) => {
                self.regrade(camera);
                self.unkept.catalogue();
                self.catalogue_changed();
            }
            // Whatever is drawn of how cameras see is made anew.
            Taken::Seeing(_) => self.catalogue_changed(),
            Taken::Listed | Taken::Rights | Taken::Work(_) => {}
        }
        if matches!(taken, Taken::Graded(_) | Taken::Rights) {
            self.revisions.rights.fetch_add(1, Ordering::Relaxed);
        }
        self.revisions.desk.fetch_add(1, Ordering::Relaxed);
        Some(taken)
    }

    /// Takes the rights of a pack, its text and its file, instead of those that ship; `None` where no pack has any. Says what is
    /// wrong with them; then those that ship hold.
    pub(crate) fn set_policy(&self, text: Option<(&str, &str)>) -> Vec<String> {
        let (shipped, _) = Policy::read(RIGHTS, BUILT_IN);
        let (in_use, told) = match text {
            None => (policy_in_use(shipped, BUILT_IN, String::new()), Vec::new()),
            Some((text, file)) => {
                let (policy, faults) = Policy::read(text, file);
                let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
                let in_use = if told.is_empty() {
                    policy_in_use(policy, file, String::new())
                } else {
                    policy_in_use(shipped, BUILT_IN, told.join("; "))
                };
                (in_use, told)
            }
        };
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(in_use);
        // The words of grades may be others.
        self.regrade_all();
        self.rights_changed();
        told
    }

    /// The policy that holds.
    pub(crate) fn policy(&self) -> Arc<PolicyInUse> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The channels, to read.
    pub(crate) fn channels(&self) -> RwLockReadGuard<'_, ChannelIndex> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The channels, to change. Briefly.
    pub(crate) fn channels_mut(&self) -> RwLockWriteGuard<'_, ChannelIndex> {
        self.channels
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What people did, to read.
    pub(crate) fn told(&self) -> RwLockReadGuard<'_, Told> {
        self.told.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What people did, to change.
    pub(crate) fn told_mut(&self) -> RwLockWriteGuard<'_, Told> {
        self.told.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clips and detections, to read.
    pub(crate) fn moments(&self) -> RwLockReadGuard<'_, MomentIndex> {
        self.moments.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clips and detections, to change.
    pub(crate) fn moments_mut(&self) -> RwLockWriteGuard<'_, MomentIndex> {
        self.moments.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Obstacles and view volumes.
    pub(crate) fn lock_sight(&self) -> MutexGuard<'_, Sight> {
        self.sight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open views.
    pub(crate) fn lock_views(&self) -> MutexGuard<'_, OpenViews> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the twin shows.
    pub(crate) fn lock_shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The health of the last week.
    pub(crate) fn lock_history(&self) -> MutexGuard<'_, HealthHistory> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The catalogue, grades, tags or health changed.
    pub(crate) fn catalogue_changed(&self) {
        self.revisions.catalogue.fetch_add(1, Ordering::Relaxed);
        self.lock_sight().forget_viewers();
    }

    /// A view opened, closed or changed.
    pub(crate) fn views_changed(&self) {
        self.revisions.views.fetch_add(1, Ordering::Relaxed);
    }

    /// Clips or detections were added.
    pub(crate) fn moments_changed(&self) {
        self.revisions.moments.fetch_add(1, Ordering::Relaxed);
    }

    /// How often the catalogue, the desk, the views and the moments changed.
    pub(crate) fn revisions(&self) -> [u64; 4] {
        let Revisions {
            catalogue,
            desk,
            views,
            moments,
            rights: _,
        } = &self.revisions;
        [catalogue, desk, views, moments].map(|count| count.load(Ordering::Relaxed))
    }

    /// Whoever looks, with the policy and the grants that hold at `sitting.now`.
    pub(crate) fn looker(&self, sitting: Sitting) -> Looker {
        Looker {
            sitting,
            policy: self.policy(),
            grants: self.told().grants.clone(),
        }
    }

    /// Gives a channel the grade and the tags that people gave it.
    fn regrade(&self, camera: &str) {
        let (graded, tags) = {
            let told = self.told();
            let tags = told.tags_of(camera).map(<[String]>::to_vec);
            (told.grade(camera).cloned(), tags)
        };
        let policy = self.policy();
        let mut channels = self.channels_mut();
        let Some(row) = channels.row(camera) else {
            return;
        };
        if let Some(graded) = graded {
            set_graded(&mut channels, row, (&policy.policy, &graded));
        }
        if let Some(tags) = tags {
            set_tags(&mut channels, row, &tags);
        }
    }

    /// Gives every channel the grade and the tags that people gave it: after an import, and when the desk is opened.
    pub(crate) fn regrade_all(&self) {
        let policy = self.policy();
        let grades: Vec<(String, Graded)> = {
            let told = self.told();
            let grades = told.grades();
            grades
                .map(|(camera, graded)| (camera.to_owned(), graded.clone()))
                .collect()
        };
        let tags: Vec<(String, Vec<String>)> = {
            let told = self.told();
            let tags = told.tags();
            tags.map(|(camera, tags)| (camera.to_owned(), tags.to_vec()))
                .collect()
        };
        let mut channels = self.channels_mut();
        let mut is_changed = false;
        for (camera, graded) in grades {
            if let Some(row) = channels.row(&camera) {
                is_changed |= set_graded(&mut channels, row, (&policy.policy, &graded));
            }
        }
        for (camera, tags) in tags {
            if let Some(row) = channels.row(&camera) {
                is_changed |= set_tags(&mut channels, row, &tags);
            }
        }
        drop(channels);
        if is_changed {
            self.unkept.catalogue();
        }
    }
}

fn policy_in_use(policy: Policy, source: &str, problem: String) -> PolicyInUse {
    PolicyInUse {
        policy,
        source: source.to_owned(),
        problem,
    }
}

fn set_graded(channels: &mut ChannelIndex, row: u32, (policy, graded): (&Policy, &Graded)) -> bool {
    let category = policy.category_number(&graded.category).unwrap_or_default();
    // A word that the policy does not know, of another policy, is the strictest grade; no word is none.
    let grade = match graded.grade.as_str() {
        "" => 0,
        word => {
            let strictest = u8::try_from(policy.grades().len()).unwrap_or(u8::MAX);
            policy.grade_number(word).unwrap_or(strictest)
        }
    };
    channels.set_grade(row, category, grade)
}

fn set_tags(channels: &mut ChannelIndex, row: u32, tags: &[String]) -> bool {
    let mut is_changed = false;
    let before: Vec<String> = channels
        .entry(row)
        .map(|entry| entry.tags().into_iter().map(str::to_owned).collect())
        .unwrap_or_default();
    for tag in before.iter().filter(|tag| !tags.contains(tag)) {
        is_changed |= channels.set_tag(row, tag, Tagging::Remove);
    }
    for tag in tags.iter().filter(|tag| !before.contains(tag)) {
        is_changed |= channels.set_tag(row, tag, Tagging::Add);
    }
    is_changed
}
