//! What people did about cameras, folded from facts in whatever order they come: looks, grants, mosaics, calibrations, presets,
//! grades and repairs.

use crate::event_desk::identity;
use cim_model::UtcMillis;
use cim_store::Fact;
use cim_video::{
    channels::{WorkBody, WorkFact, Works},
    rights::{
        AuditLog, Graded, Grants, Mosaic, Pose, Preset, Record, Revocation, Subject, VideoAct,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// So many facts are remembered however old they are.
const MOST_SETTLED: usize = 20_000;
/// So many calibrations of one camera can be brought back.
const MOST_CALIBRATIONS: usize = 20;
/// What holds until somebody changes it: these facts are remembered however old they are.
const SETTLED: [&str; 9] = [
    "camera_calibrated",
    "camera_preset",
    "camera_work",
    "grant_given",
    "grant_revoked",
    "mosaic_saved",
    "mosaic_deleted",
    "video_snapshot",
    "video_revealed",
];

/// The newest of something, and which fact told it.
#[derive(Clone, Debug, PartialEq)]
struct Newest<T> {
    at: UtcMillis,
    fact: String,
    value: T,
}

/// A mosaic that somebody keeps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptMosaic {
    /// Who keeps it.
    pub(crate) by: String,
    /// Since when.
    pub(crate) at: UtcMillis,
    /// What it shows.
    pub(crate) mosaic: Mosaic,
}

/// A snapshot that somebody kept, with who revealed what is masked in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptSnapshot {
    /// The fact that tells of it.
    pub(crate) record: Record,
    /// Who revealed it, and when.
    pub(crate) revealed: Vec<(String, UtcMillis)>,
}

/// A fact as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SettledFact {
    id: String,
    at: i64,
    known_at: i64,
    author: String,
    subject: String,
    verb: String,
    body: String,
}

/// What a fact changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Something that only lists show.
    Listed,
    /// The grade or the tags of this camera.
    Graded(String),
    /// How this camera sees.
    Seeing(String),
    /// Who may do what.
    Rights,
    /// The repair of this camera.
    Work(String),
}

/// What people did about cameras.
#[derive(Default)]
pub(crate) struct Told {
    /// Every look.
    pub(crate) audit: AuditLog,
    /// Temporary grants.
    pub(crate) grants: Grants,
    /// Repairs.
    pub(crate) works: Works,
    mosaics: BTreeMap<String, Newest<Option<KeptMosaic>>>,
    /// Every calibration of a camera, oldest first.
    calibrations: BTreeMap<String, Vec<Newest<Option<Pose>>>>,
    presets: BTreeMap<(String, u32), Newest<Preset>>,
    grades: BTreeMap<String, Newest<Graded>>,
    tags: BTreeMap<String, Newest<Vec<String>>>,
    snapshots: BTreeMap<String, KeptSnapshot>,
    /// Reveals that came before their snapshot, by its digest.
    early_reveals: BTreeMap<String, Vec<(String, UtcMillis)>>,
    settled: VecDeque<SettledFact>,
    is_settled_new: bool,
}

impl Told {
    /// Takes a fact of this or another desk; `None` when it is known, is about anything else, or cannot be read.
    pub(crate) fn take(&mut self, fact: &Fact) -> Option<Taken> {
        let id = identity(fact);
        let record = record_of(fact)?;
        if !self.audit.push(record.clone()) {
            return None;
        }
        if SETTLED.contains(&fact.verb.as_str()) {
            self.settle(id, fact);
        }
        let camera = match Subject::parse(&record.subject) {
            Some(Subject::Camera(camera)) => camera.to_owned(),
            _ => String::new(),
        };
        Some(self.fold(camera, record, fact))
    }

    /// The mosaics that are kept, by their identities.
    pub(crate) fn mosaics(&self) -> impl Iterator<Item = (&str, &KeptMosaic)> {
        self.mosaics
            .iter()
            .filter_map(|(id, newest)| Some((id.as_str(), newest.value.as_ref()?)))
    }

    /// The calibration of a camera that holds, and whether one before it can be brought back.
    pub(crate) fn calibration(&self, camera: &str) -> Option<&Pose> {
        self.stack(camera).pop()
    }

    /// The cameras that are calibrated.
    pub(crate) fn calibrated(&self) -> impl Iterator<Item = (&str, &Pose)> {
        self.calibrations.keys().filter_map(|camera| {
            let holds = self.stack(camera).pop()?;
            Some((camera.as_str(), holds))
        })
    }

    /// The presets of a camera, by their numbers.
    pub(crate) fn presets(&self, camera: &str) -> Vec<&Preset> {
        let first = (camera.to_owned(), 0);
        self.presets
            .range(first..)
            .take_while(|((of, _), _)| of == camera)
            .map(|(_, newest)| &newest.value)
            .filter(|preset| !preset.is_deleted)
            .collect()
    }

    /// What was said last of the grades of cameras.
    pub(crate) fn grades(&self) -> impl Iterator<Item = (&str, &Graded)> {
        self.grades
            .iter()
            .map(|(camera, newest)| (camera.as_str(), &newest.value))
    }

    /// What was said last of the grade of a camera.
    pub(crate) fn grade(&self, camera: &str) -> Option<&Graded> {
        self.grades.get(camera).map(|newest| &newest.value)
    }

    /// What was said last of the tags of cameras.
    pub(crate) fn tags(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.tags
            .iter()
            .map(|(camera, newest)| (camera.as_str(), newest.value.as_slice()))
    }

    /// What was said last of the tags of a camera.
    pub(crate) fn tags_of(&self, camera: &str) -> Option<&[String]> {
        self.tags.get(camera).map(|newest| newest.value.as_slice())
    }

    /// Every snapshot.
    pub(crate) fn snapshots(&self) -> impl Iterator<Item = (&str, &KeptSnapshot)> {
        self.snapshots
            .iter()
            .map(|(digest, kept)| (digest.as_str(), kept))
    }

    /// A snapshot by its digest.
    pub(crate) fn snapshot(&self, digest: &str) -> Option<&KeptSnapshot> {
        self.snapshots.get(digest)
    }

    /// What is to be remembered however old it is, when there is more of it than the last time.
    pub(crate) fn settled_text(&mut self) -> Option<String> {
        if !self.is_settled_new {
            return None;
        }
        self.is_settled_new = false;
        // Texts and numbers: this cannot fail.
        serde_json::to_string(&self.settled).ok()
    }

    /// The facts that `text` remembers; an error says why it cannot be read.
    pub(crate) fn settled_facts(text: &str) -> Result<Vec<Fact>, serde_json::Error> {
        let kept: Vec<SettledFact> = serde_json::from_str(text)?;
        let facts = kept.into_iter().take(MOST_SETTLED).map(|kept| Fact {
            id: kept.id,
            happened_at: UtcMillis(kept.at),
            known_at: UtcMillis(kept.known_at),
            author: kept.author,
            subject: kept.subject,
            verb: kept.verb,
            body: kept.body,
            cause: String::new(),
        });
        Ok(facts.collect())
    }

    /// What was to be remembered could not be: it still is.
    pub(crate) fn not_remembered(&mut self) {
        self.is_settled_new = true;
    }

    /// What was taken up of the last time is no news.
    pub(crate) fn restored(&mut self) {
        self.is_settled_new = false;
    }

    fn stack(&self, camera: &str) -> Vec<&Pose> {
        let mut stack = Vec::new();
        for step in self.calibrations.get(camera).into_iter().flatten() {
            match &step.value {
                Some(calibrated) => stack.push(calibrated),
                None => {
                    stack.pop();
                }
            }
        }
        stack
    }

    fn settle(&mut self, id: &str, fact: &Fact) {
        self.settled.push_back(SettledFact {
            id: id.to_owned(),
            at: fact.happened_at.0,
            known_at: fact.known_at.0,
            author: fact.author.clone(),
            subject: fact.subject.clone(),
            verb: fact.verb.clone(),
            body: fact.body.clone(),
        });
        if self.settled.len() > MOST_SETTLED {
            self.settled.pop_front();
        }
        self.is_settled_new = true;
    }

    fn fold(&mut self, camera: String, record: Record, fact: &Fact) -> Taken {
        let (at, id) = (record.at, record.id.clone());
        let object = match Subject::parse(&record.subject) {
            Some(Subject::Grant(id) | Subject::Mosaic(id)) => id.to_owned(),
            _ => String::new(),
        };
        match record.act.clone() {
            VideoAct::Calibrated(calibrated) => {
                self.calibrate(&camera, newest(at, id, calibrated.pose));
                return Taken::Seeing(camera);
            }
            VideoAct::Preset(preset) => {
                let key = (camera.clone(), preset.number);
                put(&mut self.presets, key, newest(at, id, preset));
                return Taken::Seeing(camera);
            }
            VideoAct::Graded(graded) => {
                match graded.tags.clone() {
                    // Who tags says nothing of the grade: what stands beside the tags is what that desk knew of it.
                    Some(tags) => put(&mut self.tags, camera.clone(), newest(at, id, tags)),
                    None => put(&mut self.grades, camera.clone(), newest(at, id, graded)),
                }
                return Taken::Graded(camera);
            }
            VideoAct::Work(_) => {
                if let Ok(body) = serde_json::from_str::<WorkBody>(&fact.body) {
                    self.works.add(WorkFact {
                        camera: camera.clone(),
                        at,
                        author: record.author,
                        body,
                    });
                }
                return Taken::Work(camera);
            }
            VideoAct::GrantGiven(grant) => {
                self.grants.give(*grant);
                return Taken::Rights;
            }
            VideoAct::GrantRevoked(revoked) => {
                let (by, reason) = (record.author, revoked.reason);
                self.grants.revoke(&object, Revocation { at, by, reason });
                return Taken::Rights;
            }
            VideoAct::MosaicSaved(mosaic) => {
                let by = record.author;
                let kept = Some(KeptMosaic { by, at, mosaic });
                put(&mut self.mosaics, object, newest(at, id, kept));
            }
            VideoAct::MosaicDeleted => put(&mut self.mosaics, object, newest(at, id, None)),
            VideoAct::Snapshot(snapshot) => self.keep_snapshot(snapshot.digest, record),
            VideoAct::Revealed(revealed) => {
                self.keep_reveal(revealed.digest, (record.author, at));
            }
            _ => {}
        }
        Taken::Listed
    }

    fn keep_snapshot(&mut self, digest: String, record: Record) {
        let revealed = self.early_reveals.remove(&digest).unwrap_or_default();
        let kept = KeptSnapshot { record, revealed };
        self.snapshots.entry(digest).or_insert(kept);
    }

    fn keep_reveal(&mut self, digest: String, who: (String, UtcMillis)) {
        match self.snapshots.get_mut(&digest) {
            Some(kept) => kept.revealed.push(who),
            None => self.early_reveals.entry(digest).or_default().push(who),
        }
    }

    fn calibrate(&mut self, camera: &str, step: Newest<Option<Pose>>) {
        let steps = self.calibrations.entry(camera.to_owned()).or_default();
        let place = steps.partition_point(|known| {
            (known.at, known.fact.as_str()) < (step.at, step.fact.as_str())
        });
        steps.insert(place, step);
        if steps.len() > MOST_CALIBRATIONS {
            steps.remove(0);
        }
    }
}

/// What a fact tells about cameras; `None` when it is about anything else or cannot be read.
pub(super) fn record_of(fact: &Fact) -> Option<Record> {
    let parsed = Record::parse(
        identity(fact),
        fact.happened_at,
        &fact.author,
        &fact.subject,
        &fact.verb,
        &fact.body,
    );
    parsed.unwrap_or_else(|error| {
        tracing::warn!(fact = %fact.id, %error, "a fact about a camera cannot be read");
        None
    })
}

fn newest<T>(at: UtcMillis, fact: String, value: T) -> Newest<T> {
    Newest { at, fact, value }
}

/// Keeps what is newer; of one millisecond, the same one on every desk.
fn put<K: Ord, T>(map: &mut BTreeMap<K, Newest<T>>, key: K, told: Newest<T>) {
    let is_older = map
        .get(&key)
        .is_some_and(|known| (known.at, &known.fact) > (told.at, &told.fact));
    if !is_older {
        map.insert(key, told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_video::rights::{Calibrated, subject_of_camera, subject_of_mosaic};

    fn fact(n: i64, subject: String, act: &VideoAct) -> Fact {
        Fact {
            id: format!("{subject}#{}#Li#{n}", act.verb()),
            happened_at: UtcMillis(n),
            known_at: UtcMillis(n),
            author: "Li".to_owned(),
            subject,
            verb: act.verb().to_owned(),
            body: act.body("duty_officer", None).expect("a short body"),
            cause: String::new(),
        }
    }

    fn calibrated(n: i64, azimuth_deg: Option<f64>) -> Fact {
        let pose = azimuth_deg.map(|azimuth_deg| Pose {
            azimuth_deg,
            tilt_deg: 10.0,
            roll_deg: 0.0,
            hfov_deg: 60.0,
            vfov_deg: 36.0,
            lon_deg: 121.5,
            lat_deg: 31.2,
            height_m: 6.0,
            residual_px: 1.5,
            points: 4,
            told: None,
        });
        let act = VideoAct::Calibrated(Calibrated { pose });
        fact(n, subject_of_camera("c1"), &act)
    }

    fn looks_to(told: &Told) -> Option<f64> {
        told.calibration("c1").map(|holds| holds.azimuth_deg)
    }

    #[test]
    fn the_newest_calibration_holds_and_taking_it_back_brings_the_one_before() {
        let facts = [
            calibrated(1, Some(10.0)),
            calibrated(2, Some(20.0)),
            calibrated(3, None),
        ];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut told = Told::default();
            for place in order {
                assert_eq!(
                    told.take(&facts[place]),
                    Some(Taken::Seeing("c1".to_owned()))
                );
            }
            assert_eq!(looks_to(&told), Some(10.0), "{order:?}");
        }
    }

    #[test]
    fn a_fact_is_taken_once_and_what_is_about_anything_else_never() {
        let mut told = Told::default();
        let first = calibrated(1, Some(10.0));
        assert!(told.take(&first).is_some());
        assert_eq!(told.take(&first), None);
        let other = Fact {
            verb: "event_closed".to_owned(),
            ..first.clone()
        };
        assert_eq!(told.take(&other), None);
        let broken = Fact {
            id: "x".to_owned(),
            body: "{".to_owned(),
            ..first
        };
        assert_eq!(told.take(&broken), None);
    }

    #[test]
    fn grades_and_tags_hold_beside_one_another_whatever_comes_first() {
        let graded = |n: i64, grade: &str, tags: Option<&str>| {
            let graded = Graded {
                category: String::new(),
                grade: grade.to_owned(),
                tags: tags.map(|tag| vec![tag.to_owned()]),
            };
            fact(n, subject_of_camera("c1"), &VideoAct::Graded(graded))
        };
        let (strict, tagged) = (graded(1, "core", None), graded(2, "", Some("a")));
        let (early, later) = (graded(1, "", Some("a")), graded(2, "core", None));
        for facts in [
            [&strict, &tagged],
            [&tagged, &strict],
            [&early, &later],
            [&later, &early],
        ] {
            let mut told = Told::default();
            for fact in facts {
                told.take(fact);
            }
            let grade = told.grade("c1").map(|graded| graded.grade.as_str());
            assert_eq!(grade, Some("core"));
            assert_eq!(told.tags_of("c1"), Some(&["a".to_owned()][..]));
        }
    }

    #[test]
    fn a_mosaic_that_was_deleted_is_gone_whatever_comes_first() {
        let mosaic = Mosaic {
            name: "外滩".to_owned(),
            size: 4,
            cameras: vec!["c1".to_owned()],
            is_shared: true,
            ..Mosaic::default()
        };
        let saved = fact(1, subject_of_mosaic("m1"), &VideoAct::MosaicSaved(mosaic));
        let deleted = fact(2, subject_of_mosaic("m1"), &VideoAct::MosaicDeleted);
        let mut told = Told::default();
        told.take(&saved);
        assert_eq!(told.mosaics().count(), 1);
        for order in [[&saved, &deleted], [&deleted, &saved]] {
            let mut told = Told::default();
            for one in order {
                told.take(one);
            }
            assert_eq!(told.mosaics().count(), 0);
        }
    }

    #[test]
    fn what_holds_until_it_is_changed_is_remembered() {
        let mut told = Told::default();
        told.take(&calibrated(1, Some(10.0)));
        let text = told.settled_text().expect("there is news");
        assert_eq!(told.settled_text(), None);
        let mut again = Told::default();
        for fact in Told::settled_facts(&text).expect("own words") {
            again.take(&fact);
        }
        again.restored();
        assert_eq!(looks_to(&again), Some(10.0));
        assert_eq!(again.settled_text(), None);
        assert!(Told::settled_facts("{").is_err());
    }
}
