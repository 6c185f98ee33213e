//! The streams that are being made: one for each camera and moment, each on a thread of its own, a few at a time.

use super::channel::{Channel, Watching};
use super::maker::{Maker, MakerError, Pace};
use super::pose::{Pose, Poses};
use crate::sensorthings::Refusal;
use cim_model::{TimeSource, UtcMillis};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Those who ask for the same past moment within this time share a stream, seconds.
const TOGETHER_S: f64 = 2.0;
/// Seconds that a stream goes on when nobody looks any more.
const LINGER_S: u32 = 5;
/// How many look at all streams together.
const MOST_VIEWERS: usize = 128;

/// Which camera is looked at, and when.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subject {
    /// Its identity.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// Where it looks, unless it was steered.
    pub(crate) pose: Pose,
    /// The past moment to begin with; `None` is the present.
    pub(crate) at: Option<UtcMillis>,
}

/// How a stream is found for somebody who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    /// Any that shows this; the newest of several.
    Any,
    /// One that shows it from the beginning.
    Fresh,
}

#[derive(Debug, Default)]
struct Running {
    channels: BTreeMap<u64, Arc<Channel>>,
    next: u64,
    /// Clips that are being made.
    clips: usize,
}

/// Every stream of a hub.
pub(crate) struct Registry {
    running: Mutex<Running>,
    is_stopping: AtomicBool,
    pace: Pace,
    most: usize,
    time: Arc<dyn TimeSource>,
    poses: Arc<Poses>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Registry")
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

/// A place among the coders, held while a clip is made.
#[derive(Debug)]
pub(crate) struct ClipPlace(Arc<Registry>);

impl Drop for ClipPlace {
    fn drop(&mut self) {
        let mut running = self.0.lock();
        running.clips = running.clips.saturating_sub(1);
    }
}

impl Registry {
    /// At most `most` streams at a time.
    pub(crate) fn new(
        pace: Pace,
        most: usize,
        time: Arc<dyn TimeSource>,
        poses: Arc<Poses>,
    ) -> Arc<Self> {
        Arc::new(Self {
            running: Mutex::default(),
            is_stopping: AtomicBool::new(false),
            pace,
            most,
            time,
            poses,
        })
    }

    /// How often pictures are made.
    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }

    /// How many streams are being made.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.lock().channels.len()
    }

    /// Looks at a camera, for as long as what is returned lives.
    pub(crate) fn watch(
        self: &Arc<Self>,
        subject: &Subject,
        wants_jpeg: bool,
    ) -> Result<Watching, Refusal> {
        let mut running = self.lock();
        let viewers: usize = running
            .channels
            .values()
            .map(|channel| channel.viewers())
            .sum();
        if viewers >= MOST_VIEWERS {
            return Err(busy(format!(
                "{MOST_VIEWERS} look at pictures; try again later"
            )));
        }
        let channel = self.found_or_started(&mut running, subject, Join::Fresh)?;
        // Counted before the lock is given back: else the stream could end in between.
        Ok(channel.watch(wants_jpeg))
    }

    /// The stream of a playlist, which is asked for again and again; started when there is none.
    pub(crate) fn listed(self: &Arc<Self>, subject: &Subject) -> Result<Arc<Channel>, Refusal> {
        let mut running = self.lock();
        let channel = self.found_or_started(&mut running, subject, Join::Any)?;
        channel.touch();
        Ok(channel)
    }

    /// The stream that a part of a playlist belongs to; `None` when it has ended.
    pub(crate) fn playing(&self, id: &str, at: Option<UtcMillis>) -> Option<Arc<Channel>> {
        let running = self.lock();
        let channel = running.find(id, at, |_| true)?;
        channel.touch();
        Some(channel)
    }

    /// A place among the coders for a clip.
    pub(crate) fn place_for_clip(self: &Arc<Self>) -> Result<ClipPlace, Refusal> {
        let mut running = self.lock();
        self.make_room(&mut running)?;
        running.clips += 1;
        Ok(ClipPlace(Arc::clone(self)))
    }

    /// Every stream ends with its next picture; none begins any more.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    fn found_or_started(
        self: &Arc<Self>,
        running: &mut Running,
        subject: &Subject,
        join: Join,
    ) -> Result<Arc<Channel>, Refusal> {
        let now = self.time.now();
        let fits = |channel: &Channel| join == Join::Any || channel.is_fresh(now, TOGETHER_S);
        if let Some(channel) = running.find(&subject.id, subject.at, fits) {
            return Ok(channel);
        }
        self.make_room(running)?;
        let channel = Arc::new(Channel::new(&subject.id, subject.at, now));
        let serial = running.next;
        running.next += 1;
        let work = Work {
            registry: Arc::clone(self),
            channel: Arc::clone(&channel),
            subject: subject.clone(),
            serial,
            started: now,
        };
        std::thread::Builder::new()
            .name(format!("pictures-{serial}"))
            .spawn(move || work.run())
            .map_err(|error| busy(format!("the pictures cannot be made: {error}")))?;
        running.channels.insert(serial, Arc::clone(&channel));
        Ok(channel)
    }

    /// Makes sure that another stream may be made; one that nobody looks at gives way.
    fn make_room(&self, running: &mut Running) -> Result<(), Refusal> {
        if self.is_stopping.load(Ordering::Relaxed) {
            return Err(busy("the hub is closing".to_owned()));
        }
        if running.channels.len() + running.clips < self.most {
            return Ok(());
        }
        let idle = running
            .channels
            .iter()
            .find(|(_, channel)| channel.is_idle(self.pace.fps))
            .map(|(serial, _)| *serial);
        match idle.and_then(|serial| running.channels.remove(&serial)) {
            Some(_) => Ok(()),
            None => Err(busy(format!(
                "the pictures of {} cameras are being made, which is the most; try again later",
                self.most
            ))),
        }
    }

    /// Whether a stream is over: nobody looks, it gave way, or the hub closes.
    fn retires(&self, serial: u64) -> bool {
        let mut running = self.lock();
        let rounds = LINGER_S * self.pace.fps;
        let is_over = self.is_stopping.load(Ordering::Relaxed)
            || running
                .channels
                .get(&serial)
                .is_none_or(|channel| channel.is_forgotten(rounds));
        if is_over {
            running.channels.remove(&serial);
        }
        is_over
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn find(
        &self,
        id: &str,
        at: Option<UtcMillis>,
        fits: impl Fn(&Channel) -> bool,
    ) -> Option<Arc<Channel>> {
        let mut newest_first = self.channels.values().rev();
        newest_first
            .find(|channel| channel.shows(id, at) && fits(channel))
            .map(Arc::clone)
    }
}

fn busy(reason: String) -> Refusal {
    Refusal {
        status: 503,
        ..Refusal::wrong(reason)
    }
}

/// The work of one thread.
struct Work {
    registry: Arc<Registry>,
    channel: Arc<Channel>,
    subject: Subject,
    serial: u64,
    started: UtcMillis,
}

impl Work {
    fn run(self) {
        let reason = match self.make() {
            Ok(()) => "the stream has ended".to_owned(),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    camera = self.subject.id,
                    "a stream of pictures broke off"
                );
                error.to_string()
            }
        };
        self.registry.lock().channels.remove(&self.serial);
        self.channel.end(&reason);
    }

    fn make(&self) -> Result<(), MakerError> {
        let subject = &self.subject;
        let pace = self.registry.pace;
        let mut maker = Maker::new(&subject.id, &subject.name, pace)?;
        let mut has_begun = false;
        let mut last: Option<UtcMillis> = None;
        while !self.registry.retires(self.serial) {
            let (at, wait) = due(self.shown(), last, pace.period_ms());
            std::thread::sleep(wait);
            last = Some(at);
            let shot = maker.shot(at, self.pose(), self.channel.wants_jpeg())?;
            if let Some(head) = maker.head().filter(|_| !has_begun) {
                self.channel.begin(head);
                has_begun = true;
            }
            if let Some(shot) = shot {
                self.channel.push(shot);
            }
        }
        Ok(())
    }

    /// The moment that is shown now: the past goes on as fast as the present.
    fn shown(&self) -> UtcMillis {
        let now = self.registry.time.now();
        match self.subject.at {
            None => now,
            Some(at) => UtcMillis(at.0.saturating_add(now.0.saturating_sub(self.started.0))),
        }
    }

    fn pose(&self) -> Pose {
        let subject = &self.subject;
        let now = self.registry.time.now();
        let steered = self.registry.poses.pose_at(&subject.id, now);
        // Where a camera looked in the past is not kept: it is shown as it was put up.
        steered
            .filter(|_| subject.at.is_none())
            .unwrap_or(subject.pose)
    }
}

/// The moment of the next picture, and how long to wait for it. Pictures of all cameras fall on whole periods, so that a mosaic
/// is in step; what could not be made in time is left out.
fn due(shown: UtcMillis, last: Option<UtcMillis>, period_ms: i64) -> (UtcMillis, Duration) {
    let period_ms = period_ms.max(1);
    let current = shown.0 - shown.0.rem_euclid(period_ms);
    let Some(last) = last else {
        // Who asks gets the first picture at once.
        return (UtcMillis(current), Duration::ZERO);
    };
    let at = (current + period_ms).max(last.0.saturating_add(period_ms));
    let wait = at.saturating_sub(shown.0).clamp(0, period_ms);
    (UtcMillis(at), Duration::from_millis(wait.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_due(shown: i64, last: Option<i64>, expected: (i64, u64)) {
        let (at, wait) = due(UtcMillis(shown), last.map(UtcMillis), 100);
        assert_eq!(
            (at.0, wait),
            (expected.0, Duration::from_millis(expected.1))
        );
    }

    #[test]
    fn pictures_fall_on_whole_periods_and_late_ones_are_left_out() {
        check_due(1_234, None, (1_200, 0));
        check_due(1_234, Some(1_200), (1_300, 66));
        check_due(1_300, Some(1_300), (1_400, 100));
        check_due(1_299, Some(1_300), (1_400, 100));
        check_due(1_777, Some(1_300), (1_800, 23));
        // A clock that was put back does not turn the pictures back.
        check_due(500, Some(1_300), (1_400, 100));
    }

    struct Still(UtcMillis);

    impl TimeSource for Still {
        fn now(&self) -> UtcMillis {
            self.0
        }
    }

    fn registry(most: usize) -> Arc<Registry> {
        let pace = Pace {
            fps: 25,
            kbit_per_s: 300,
        };
        let now = Arc::new(Still(UtcMillis(1_777_593_600_000)));
        Registry::new(pace, most, now, Arc::default())
    }

    fn subject(id: &str, at: Option<i64>) -> Subject {
        Subject {
            id: id.to_owned(),
            name: id.to_owned(),
            pose: Pose {
                azimuth_deg: 0.0,
                tilt_deg: 0.0,
                fov_deg: 60.0,
            },
            at: at.map(UtcMillis),
        }
    }

    #[tokio::test]
    async fn those_who_look_at_the_same_share_one_stream_and_there_is_a_most() {
        let registry = registry(2);
        let mut first = registry.watch(&subject("c1", None), false).expect("room");
        let _second = registry.watch(&subject("c1", None), false).expect("shared");
        let _past = registry
            .watch(&subject("c1", Some(1_000)), false)
            .expect("room");
        assert_eq!(registry.count(), 2);
        let refusal = registry
            .watch(&subject("c2", None), false)
            .expect_err("full");
        assert_eq!(refusal.status, 503);
        assert!(refusal.message.contains("2 cameras"), "{}", refusal.message);
        assert!(registry.place_for_clip().is_err());
        let head = first.channel().head().await.expect("begins");
        assert_eq!(head.track.width, 768);
        let shot = first.next().await.expect("a picture");
        assert!(shot.is_key && shot.jpeg.is_none());
        registry.stop();
        while first.next().await.is_some() {}
        assert!(registry.watch(&subject("c1", None), false).is_err());
    }

    #[tokio::test]
    async fn a_clip_takes_a_place_while_it_is_made_and_a_stream_gives_way() {
        let registry = registry(1);
        let place = registry.place_for_clip().expect("room");
        assert!(registry.listed(&subject("c1", None)).is_err());
        drop(place);
        let listed = registry.listed(&subject("c1", None)).expect("room");
        listed.head().await.expect("begins");
        assert!(registry.playing("c1", None).is_some());
        assert!(registry.playing("c1", Some(UtcMillis(1))).is_none());
        // Nobody has asked for a while.
        (0..30).for_each(|_| assert!(!listed.is_forgotten(1_000)));
        let _other = registry
            .watch(&subject("c2", None), false)
            .expect("it gave way");
        assert_eq!(registry.count(), 1);
        registry.stop();
    }
}
