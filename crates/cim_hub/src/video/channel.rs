//! One stream of pictures for all who look at it: what they begin with, what came since the last key picture, what comes next.

use super::maker::{Head, Shot};
use crate::sensorthings::Refusal;
use bytes::{Bytes, BytesMut};
use cim_model::UtcMillis;
use cim_stream::pattern::Segment;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;

/// How long the first picture may take.
const FIRST_PICTURE: Duration = Duration::from_secs(8);
/// Pictures that wait for somebody who looks; who is slower goes on with the newest key picture.
const WAITING: usize = 64;
/// Segments in a playlist.
const LISTED: usize = 6;
/// Segments that are kept: those that a playlist listed a moment ago are still asked for.
const KEPT: usize = 9;

/// Pictures as they come.
type Coming = broadcast::Receiver<Arc<Shot>>;

/// How far a stream has come.
#[derive(Clone, Debug)]
enum Begun {
    /// Its first picture is still being made.
    Not,
    /// It plays.
    Head(Arc<Head>),
    /// It ended before its first picture, and why.
    Failed(String),
}

/// A segment of about a second, from a key picture to the next.
#[derive(Clone, Debug)]
struct Kept {
    number: u64,
    at: UtcMillis,
    seconds: f64,
    bytes: Bytes,
}

#[derive(Debug)]
struct Recent {
    /// `None` once no more pictures come.
    sender: Option<broadcast::Sender<Arc<Shot>>>,
    /// From the last key picture on.
    group: Vec<Arc<Shot>>,
    segments: VecDeque<Kept>,
    next_number: u64,
}

/// A playlist's segments, and the number of the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Listed {
    /// They; without addresses.
    pub(crate) segments: Vec<Segment>,
    /// The first one's number.
    pub(crate) first: u64,
}

/// One stream.
#[derive(Debug)]
pub(crate) struct Channel {
    camera: String,
    at: Option<UtcMillis>,
    /// When it was started.
    started: UtcMillis,
    begun: watch::Sender<Begun>,
    recent: Mutex<Recent>,
    viewers: AtomicUsize,
    jpeg_viewers: AtomicUsize,
    /// Rounds since somebody looked.
    idle: AtomicU32,
}

impl Channel {
    /// A stream of a camera that was started at `started`: of the present, or of the past from `at` on.
    pub(crate) fn new(camera: &str, at: Option<UtcMillis>, started: UtcMillis) -> Self {
        let (sender, _) = broadcast::channel(WAITING);
        let (begun, _) = watch::channel(Begun::Not);
        Self {
            camera: camera.to_owned(),
            at,
            started,
            begun,
            recent: Mutex::new(Recent {
                sender: Some(sender),
                group: Vec::new(),
                segments: VecDeque::new(),
                next_number: 0,
            }),
            viewers: AtomicUsize::new(0),
            jpeg_viewers: AtomicUsize::new(0),
            idle: AtomicU32::new(0),
        }
    }

    /// Whether it shows the camera from that moment on.
    pub(crate) fn shows(&self, camera: &str, at: Option<UtcMillis>) -> bool {
        self.camera == camera && self.at == at
    }

    /// Whether it shows the present, or has only just begun.
    pub(crate) fn is_fresh(&self, now: UtcMillis, within_s: f64) -> bool {
        self.at.is_none() || now.seconds_since(self.started) <= within_s
    }

    /// How many look.
    pub(crate) fn viewers(&self) -> usize {
        self.viewers.load(Ordering::Relaxed)
    }

    /// Whether somebody wants pictures as JPEG.
    pub(crate) fn wants_jpeg(&self) -> bool {
        self.jpeg_viewers.load(Ordering::Relaxed) > 0
    }

    /// Somebody asks for a part of it now and then.
    pub(crate) fn touch(&self) {
        self.idle.store(0, Ordering::Relaxed);
    }

    /// Counts a round; true when nobody has looked for `rounds` of them.
    pub(crate) fn is_forgotten(&self, rounds: u32) -> bool {
        if self.viewers() > 0 {
            self.touch();
            return false;
        }
        self.idle.fetch_add(1, Ordering::Relaxed) >= rounds
    }

    /// Whether nobody looks and nobody asked within the last `rounds`.
    pub(crate) fn is_idle(&self, rounds: u32) -> bool {
        self.viewers() == 0 && self.idle.load(Ordering::Relaxed) >= rounds
    }

    /// Somebody begins to look: with the newest key picture.
    pub(crate) fn watch(self: &Arc<Self>, wants_jpeg: bool) -> Watching {
        self.viewers.fetch_add(1, Ordering::Relaxed);
        if wants_jpeg {
            self.jpeg_viewers.fetch_add(1, Ordering::Relaxed);
        }
        let (backlog, coming) = self.joined();
        Watching {
            needs_key: backlog.is_empty(),
            backlog,
            coming,
            channel: Arc::clone(self),
            wants_jpeg,
        }
    }

    /// The pictures since the newest key picture, and those that come.
    fn joined(&self) -> (VecDeque<Arc<Shot>>, Option<Coming>) {
        let recent = self.lock();
        let coming = recent.sender.as_ref().map(broadcast::Sender::subscribe);
        (recent.group.iter().cloned().collect(), coming)
    }

    /// What the stream begins with, once its first picture is made.
    pub(crate) async fn head(&self) -> Result<Arc<Head>, Refusal> {
        let mut begun = self.begun.subscribe();
        let known = begun.wait_for(|begun| !matches!(begun, Begun::Not));
        let failed = |reason: &str| Refusal {
            status: 503,
            ..Refusal::wrong(reason)
        };
        match timeout(FIRST_PICTURE, known).await {
            Ok(Ok(begun)) => match &*begun {
                Begun::Head(head) => Ok(Arc::clone(head)),
                Begun::Failed(reason) => Err(failed(reason)),
                Begun::Not => Err(failed("the stream has not begun")),
            },
            Ok(Err(_)) => Err(failed("the stream has ended")),
            Err(_) => Err(failed("the first picture takes too long")),
        }
    }

    /// The stream plays now.
    pub(crate) fn begin(&self, head: Arc<Head>) {
        self.begun.send_replace(Begun::Head(head));
    }

    /// The next picture for all who look.
    pub(crate) fn push(&self, shot: Shot) {
        let mut recent = self.lock();
        if shot.is_key {
            recent.close(shot.at);
        }
        let shot = Arc::new(shot);
        recent.group.push(Arc::clone(&shot));
        if let Some(sender) = &recent.sender {
            let _nobody_looks = sender.send(shot);
        }
    }

    /// No more pictures come; `reason` is told to those who wait for the first.
    pub(crate) fn end(&self, reason: &str) {
        self.lock().sender = None;
        self.begun.send_if_modified(|begun| {
            let is_waiting = matches!(begun, Begun::Not);
            if is_waiting {
                *begun = Begun::Failed(reason.to_owned());
            }
            is_waiting
        });
    }

    /// The segments of a playlist; none before the first is whole.
    pub(crate) fn listed(&self) -> Listed {
        let recent = self.lock();
        let skipped = recent.segments.len().saturating_sub(LISTED);
        let listed = recent.segments.iter().skip(skipped);
        Listed {
            first: listed.clone().next().map_or(0, |kept| kept.number),
            segments: listed
                .map(|kept| Segment {
                    uri: format!("{}.m4s", kept.number),
                    seconds: kept.seconds,
                    at: kept.at,
                })
                .collect(),
        }
    }

    /// A segment by its number, while it is kept.
    pub(crate) fn segment(&self, number: u64) -> Option<Bytes> {
        let recent = self.lock();
        let found = recent.segments.iter().find(|kept| kept.number == number);
        found.map(|kept| kept.bytes.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    /// Makes a segment of what came since the last key picture; the next one begins at `until`.
    fn close(&mut self, until: UtcMillis) {
        let group = std::mem::take(&mut self.group);
        let Some(first) = group.first() else {
            return;
        };
        let length = group.iter().map(|shot| shot.fragment.len()).sum();
        let mut bytes = BytesMut::with_capacity(length);
        for shot in &group {
            bytes.extend_from_slice(&shot.fragment);
        }
        self.segments.push_back(Kept {
            number: self.next_number,
            at: first.at,
            seconds: until.seconds_since(first.at),
            bytes: bytes.freeze(),
        });
        self.next_number += 1;
        while self.segments.len() > KEPT {
            self.segments.pop_front();
        }
    }
}

/// Somebody who looks. Dropping it is looking away.
#[derive(Debug)]
pub(crate) struct Watching {
    channel: Arc<Channel>,
    backlog: VecDeque<Arc<Shot>>,
    coming: Option<Coming>,
    wants_jpeg: bool,
    needs_key: bool,
}

impl Watching {
    /// The stream that is looked at.
    pub(crate) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The next picture; `None` when no more come. After a pause it goes on with the newest key picture. Nothing is lost when
    /// waiting is given up.
    pub(crate) async fn next(&mut self) -> Option<Arc<Shot>> {
        loop {
            if let Some(shot) = self.backlog.pop_front() {
                return Some(shot);
            }
            match self.coming.as_mut()?.recv().await {
                Ok(shot) if shot.is_key || !self.needs_key => {
                    self.needs_key = false;
                    return Some(shot);
                }
                Ok(_) => {}
                // What is still kept of what was missed is as old as the pause was long.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    (self.backlog, self.coming) = self.channel.joined();
                    self.needs_key = self.backlog.is_empty();
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.channel.viewers.fetch_sub(1, Ordering::Relaxed);
        if self.wants_jpeg {
            self.channel.jpeg_viewers.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UtcMillis = UtcMillis(1_777_593_600_000);

    fn shot(n: i64) -> Shot {
        Shot {
            at: UtcMillis(START.0 + n * 100),
            is_key: n % 10 == 0,
            nals: Vec::new(),
            fragment: Bytes::from(vec![n as u8]),
            jpeg: None,
        }
    }

    fn channel() -> Arc<Channel> {
        Arc::new(Channel::new("c1", None, START))
    }

    #[tokio::test]
    async fn who_comes_later_begins_with_the_newest_key_picture() {
        let channel = channel();
        (0..13).for_each(|n| channel.push(shot(n)));
        let mut watching = channel.watch(false);
        channel.push(shot(13));
        for n in 10..14 {
            assert_eq!(watching.next().await.expect("a picture").at, shot(n).at);
        }
        channel.end("over");
        assert!(watching.next().await.is_none());
    }

    #[tokio::test]
    async fn who_is_too_slow_goes_on_with_the_newest_key_picture() {
        let channel = channel();
        let mut watching = channel.watch(true);
        assert!(channel.wants_jpeg());
        (0..95).for_each(|n| channel.push(shot(n)));
        channel.push(shot(95));
        for n in 90..97 {
            if n == 96 {
                channel.push(shot(n));
            }
            assert_eq!(watching.next().await.expect("a picture").at, shot(n).at);
        }
        drop(watching);
        assert!(!channel.wants_jpeg());
        assert_eq!(channel.viewers(), 0);
    }

    #[test]
    fn segments_go_from_key_to_key_and_old_ones_go() {
        let channel = channel();
        (0..=20).for_each(|n| channel.push(shot(n)));
        let listed = channel.listed();
        assert_eq!((listed.first, listed.segments.len()), (0, 2));
        assert!((listed.segments[1].seconds - 1.0).abs() < 1e-9);
        assert_eq!(listed.segments[1].at, shot(10).at);
        assert_eq!(
            channel.segment(1).expect("kept")[..],
            [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
        );
        (21..=120).for_each(|n| channel.push(shot(n)));
        let listed = channel.listed();
        assert_eq!((listed.first, listed.segments.len()), (6, LISTED));
        assert_eq!(listed.segments[0].uri, "6.m4s");
        assert!(channel.segment(3).is_some() && channel.segment(2).is_none());
    }

    #[test]
    fn a_stream_that_nobody_looks_at_is_forgotten() {
        let channel = channel();
        let watching = channel.watch(false);
        assert!(!channel.is_forgotten(2));
        drop(watching);
        assert!(!channel.is_forgotten(2) && !channel.is_forgotten(2));
        assert!(channel.is_idle(2) && channel.is_forgotten(2));
        channel.touch();
        assert!(!channel.is_idle(1));
        assert!(
            channel.is_fresh(START.plus_seconds(99.0), 2.0),
            "the present is always fresh"
        );
        let past = Channel::new("c1", Some(START), START);
        assert!(past.shows("c1", Some(START)) && !past.shows("c1", None));
        assert!(past.is_fresh(START.plus_seconds(2.0), 2.0));
        assert!(!past.is_fresh(START.plus_seconds(3.0), 2.0));
    }

    #[tokio::test]
    async fn a_stream_that_fails_says_why() {
        let channel = channel();
        channel.end("no coder");
        let refusal = channel.head().await.expect_err("failed");
        assert_eq!(
            (refusal.status, refusal.message.as_str()),
            (503, "no coder")
        );
    }
}
