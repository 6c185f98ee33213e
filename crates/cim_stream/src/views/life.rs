//! One view's life: helper after helper, until it is closed.

use super::ViewsSettings;
use super::helper::{Helper, crash};
use super::state::{Clip, ClipError, Playing, ViewState};
use crate::address::{SourceKind, StreamAddress, Wanted};
use crate::protocol::{ClipPart, Control, Frame, Message, Request, Told, Trouble, TroubleKind};
use cim_model::{TimeSource, UtcMillis};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

/// A helper says something each second; one that is silent for this long is ended.
const SILENCE: Duration = Duration::from_secs(20);
/// Seconds without a picture from which a view counts as stalled.
const STALLED_S: u32 = 5;
/// The wait before a helper that had shown something is started again.
const AT_ONCE: Duration = Duration::from_millis(50);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Helpers in a row that may die without having shown anything.
const MOST_CRASHES: u32 = 3;
/// A helper that dies sooner than this after another one did is not started again at once, whatever it has shown.
const STEADY: Duration = Duration::from_secs(10);

/// What the desk wants of a view.
#[derive(Debug)]
pub(crate) enum Order {
    Want(Wanted),
    Clip {
        last_s: u32,
        reply: oneshot::Sender<Result<Clip, ClipError>>,
    },
}

/// A view with all that it needs.
pub(crate) struct Life {
    pub(crate) settings: ViewsSettings,
    pub(crate) address: StreamAddress,
    /// Further addresses of the same stream.
    pub(crate) others: VecDeque<StreamAddress>,
    /// So many of them are tried before anybody waits.
    pub(crate) untried: usize,
    pub(crate) source: watch::Sender<SourceKind>,
    pub(crate) wanted: Wanted,
    /// The moment of the newest picture since `wanted` asked for one: where a helper that is started again goes on.
    pub(crate) shown_at: Option<UtcMillis>,
    pub(crate) clock: Arc<dyn TimeSource>,
    pub(crate) frames: watch::Sender<Option<Arc<Frame>>>,
    pub(crate) state: watch::Sender<ViewState>,
    pub(crate) orders: mpsc::Receiver<Order>,
    pub(crate) pid: Arc<AtomicU32>,
    pub(crate) seq: u64,
}

/// How one helper's life ended.
enum End {
    /// The desk has closed the view.
    Closed,
    /// The clip is over.
    Over,
    /// Something went wrong.
    Trouble(Trouble),
}

/// How long a view waits before its next helper.
struct Waits {
    next: Duration,
    /// Helpers in a row that died without having shown anything.
    crashes: u32,
    /// Whether the helper before died soon.
    was_hasty: bool,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            next: FIRST_WAIT,
            crashes: 0,
            was_hasty: false,
        }
    }
}

impl Waits {
    /// The wait after a helper, which died so long after its start or ended otherwise; `None` when there is to be no other.
    fn after(&mut self, has_shown: bool, died_after: Option<Duration>) -> Option<Duration> {
        let has_died = died_after.is_some();
        self.crashes = if has_died && !has_shown {
            self.crashes + 1
        } else {
            0
        };
        if self.crashes >= MOST_CRASHES {
            return None;
        }
        let is_hasty = died_after.is_some_and(|lived| lived < STEADY);
        let is_hasty_again = is_hasty && self.was_hasty;
        self.was_hasty = is_hasty;
        if has_shown && !is_hasty_again {
            let wait = if has_died { AT_ONCE } else { self.next };
            self.next = FIRST_WAIT;
            return Some(wait);
        }
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST_WAIT);
        Some(wait)
    }
}

/// What one helper has done so far.
#[derive(Default)]
struct Course {
    playing: Playing,
    has_shown: bool,
    trouble: Option<Trouble>,
    is_over: bool,
    clips: BTreeMap<u32, oneshot::Sender<Result<Clip, ClipError>>>,
    asked: u32,
}

impl Life {
    /// Lives until the view is closed.
    pub(crate) async fn run(mut self) {
        let mut waits = Waits::default();
        // What may pass at one of the addresses, and where a clip broke off last.
        let mut passing: Option<Trouble> = None;
        let mut broken_at: Option<Option<UtcMillis>> = None;
        loop {
            self.state.send_replace(ViewState::Connecting);
            let mut course = Course::default();
            let begun = Instant::now();
            let end = self.one_helper(&mut course).await;
            self.pid.store(0, Ordering::Relaxed);
            let why = match end {
                End::Closed => return,
                End::Over => {
                    self.shown_at = None;
                    self.state.send_replace(ViewState::Ended);
                    if !self.wait_for_order().await {
                        return;
                    }
                    continue;
                }
                End::Trouble(why) => why,
            };
            if self.seq > 0 {
                passing = None;
            }
            if !why.kind.is_final() {
                passing = Some(why.clone());
            }
            if self.turn_to_next() {
                continue;
            }
            // What may pass at one address is worth another round of all.
            let why = passing.take().unwrap_or(why);
            // A clip that breaks off at the same picture again does not go on.
            let is_stuck = !self.address.is_live
                && course.has_shown
                && broken_at.replace(self.shown_at) == Some(self.shown_at);
            let has_died = matches!(why.kind, TroubleKind::Crashed | TroubleKind::Killed);
            let next = waits.after(course.has_shown, has_died.then(|| begun.elapsed()));
            let Some(pause) = next.filter(|_| !why.kind.is_final() && !is_stuck) else {
                self.state.send_replace(ViewState::Failed { why });
                waits = Waits::default();
                broken_at = None;
                if !self.wait_for_order().await {
                    return;
                }
                continue;
            };
            let in_ms = pause.as_millis() as u32;
            self.state
                .send_replace(ViewState::Restarting { in_ms, why });
            if !self.pause(pause).await {
                return;
            }
        }
    }

    /// Turns to the next address of a stream that has shown nothing yet; `false` when all were tried.
    fn turn_to_next(&mut self) -> bool {
        if self.seq > 0 || self.untried == 0 {
            self.untried = self.others.len();
            return false;
        }
        let Some(next) = self.others.pop_front() else {
            return false;
        };
        self.untried -= 1;
        self.source.send_replace(next.kind);
        let before = std::mem::replace(&mut self.address, next);
        self.others.push_back(before);
        true
    }

    /// Notes what the desk wants. Who wants other pictures only says nothing of the moment: it stays.
    fn want(&mut self, wanted: Wanted) {
        if wanted.at.is_some() {
            self.shown_at = None;
        }
        self.wanted = Wanted {
            at: wanted.at.or(self.wanted.at),
            ..wanted
        };
    }

    /// Waits, and keeps what the desk wants meanwhile. `false` when the view has been closed.
    async fn pause(&mut self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match timeout(left, self.orders.recv()).await {
                Ok(Some(order)) => {
                    self.keep(order);
                }
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
    }

    /// Waits until somebody wants something of a view that has ended. `false` when it has been closed.
    async fn wait_for_order(&mut self) -> bool {
        while let Some(order) = self.orders.recv().await {
            if self.keep(order) {
                return true;
            }
        }
        false
    }

    /// Keeps an order for the next helper; whether it is one that needs a helper.
    fn keep(&mut self, order: Order) -> bool {
        match order {
            Order::Want(wanted) => {
                self.want(wanted);
                true
            }
            Order::Clip { reply, .. } => {
                // Whoever asked may have gone.
                reply.send(Err(ClipError::NoHelper)).ok();
                false
            }
        }
    }

    /// One helper from its start to its end.
    async fn one_helper(&mut self, course: &mut Course) -> End {
        let request = Request {
            address: self.address.clone(),
            wanted: Wanted {
                // A clip goes on where it was, the present is the present.
                at: self.wanted.at.and(self.shown_at.or(self.wanted.at)),
                ..self.wanted
            },
            limits: self.settings.limits,
            nice: self.settings.nice,
            trial: None,
        };
        let started = Helper::start(&self.settings, &request).await;
        let mut helper = match started {
            Ok(helper) => helper,
            Err(error) => {
                return End::Trouble(Trouble::new(TroubleKind::Spawn, error.to_string()));
            }
        };
        self.pid.store(helper.pid(), Ordering::Relaxed);
        loop {
            let trouble = tokio::select! {
                heard = helper.listen() => match heard {
                    Ok(Some(message)) => {
                        self.take(message, course);
                        continue;
                    }
                    Ok(None) => return ended(helper, course).await,
                    Err(error) => Trouble::new(TroubleKind::Crashed, error.to_string()),
                },
                order = self.orders.recv() => match order {
                    Some(order) => {
                        self.pass_on(order, &mut helper, course).await;
                        continue;
                    }
                    None => return End::Closed,
                },
                () = sleep(SILENCE) => Trouble::new(TroubleKind::Killed, "the helper is silent"),
            };
            // What it said last matters less than that it had to be ended.
            helper.end().await.ok();
            return End::Trouble(trouble);
        }
    }

    /// Hands an order on. One that cannot be written is not lost on the view: the helper has ended, which is heard next.
    async fn pass_on(&mut self, order: Order, helper: &mut Helper, course: &mut Course) {
        let control = match order {
            Order::Want(wanted) => {
                self.want(wanted);
                Control::Want { wanted }
            }
            Order::Clip { last_s, reply } => {
                course.asked += 1;
                course.clips.insert(course.asked, reply);
                Control::Clip {
                    id: course.asked,
                    last_s,
                }
            }
        };
        // A helper reads its orders at once; one that does not is stuck, and will be silent too.
        let written = timeout(Duration::from_secs(1), helper.order(&control)).await;
        if !matches!(written, Ok(Ok(()))) {
            course.clips.clear();
        }
    }

    fn take(&mut self, message: Message, course: &mut Course) {
        match message {
            Message::Frame(frame) => self.show(frame, course),
            Message::Clip(part) => {
                if let Some(reply) = course.clips.remove(&part.id) {
                    // Whoever asked may have gone.
                    reply.send(clip(part)).ok();
                }
            }
            Message::Told(told) => self.note(told, course),
        }
    }

    fn show(&mut self, mut frame: Frame, course: &mut Course) {
        self.seq += 1;
        frame.seq = self.seq;
        // A helper's clock is not believed further than ours.
        frame.received = self.clock.now();
        course.has_shown = true;
        self.shown_at = frame.at.or(self.shown_at);
        self.frames.send_replace(Some(Arc::new(frame)));
        self.state.send_if_modified(|state| {
            let is_playing = matches!(state, ViewState::Playing(_));
            if !is_playing {
                *state = ViewState::Playing(course.playing.clone());
            }
            !is_playing
        });
    }

    fn note(&mut self, told: Told, course: &mut Course) {
        match told {
            Told::Ready { enforced, missing } => {
                course.playing.enforced = enforced;
                course.playing.missing = missing;
            }
            Told::Playing {
                codec,
                width,
                height,
            } => {
                course.playing.codec = codec;
                course.playing.width = width;
                course.playing.height = height;
            }
            Told::Pulse {
                bytes_per_s,
                fps,
                idle_s,
            } => {
                course.playing.bytes_per_s = bytes_per_s;
                course.playing.fps = fps;
                if !course.has_shown {
                    return;
                }
                self.state.send_replace(if idle_s >= STALLED_S {
                    ViewState::Stalled { since_s: idle_s }
                } else {
                    ViewState::Playing(course.playing.clone())
                });
            }
            Told::Trouble { trouble } => course.trouble = Some(trouble),
            Told::Ended => course.is_over = true,
            Told::Tried { .. } => {}
        }
    }
}

/// What the end of a helper's messages means.
async fn ended(helper: Helper, course: &mut Course) -> End {
    let status = timeout(Duration::from_secs(2), helper.wait()).await;
    if let Some(trouble) = course.trouble.take() {
        return End::Trouble(trouble);
    }
    if course.is_over {
        return End::Over;
    }
    End::Trouble(match status {
        Ok(status) => crash(status),
        Err(_) => Trouble::new(TroubleKind::Killed, "the helper does not end"),
    })
}

fn clip(part: ClipPart) -> Result<Clip, ClipError> {
    if part.bytes.is_empty() {
        return Err(ClipError::Nothing);
    }
    Ok(Clip {
        bytes: part.bytes.into(),
        from: part.from,
        seconds: part.millis as f64 / 1000.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(1);

    #[test]
    fn a_helper_that_dies_once_is_back_at_once_and_one_that_dies_again_and_again_is_not() {
        let mut waits = Waits::default();
        assert_eq!(waits.after(true, Some(SOON)), Some(AT_ONCE));
        assert_eq!(waits.after(true, Some(SOON)), Some(FIRST_WAIT));
        assert_eq!(waits.after(true, Some(SOON)), Some(FIRST_WAIT * 2));
        for _ in 0..10 {
            waits.after(true, Some(SOON));
        }
        assert_eq!(waits.after(true, Some(SOON)), Some(LONGEST_WAIT));
        // One that held long enough begins anew.
        assert_eq!(waits.after(true, Some(STEADY)), Some(AT_ONCE));
        assert_eq!(waits.after(true, Some(SOON)), Some(AT_ONCE));
        assert_eq!(waits.after(true, Some(SOON)), Some(FIRST_WAIT));
    }

    #[test]
    fn what_shows_nothing_is_asked_later_and_later_and_crashes_are_counted() {
        let mut waits = Waits::default();
        assert_eq!(waits.after(false, None), Some(FIRST_WAIT));
        assert_eq!(waits.after(false, None), Some(FIRST_WAIT * 2));
        assert_eq!(waits.after(true, None), Some(FIRST_WAIT * 4));
        assert_eq!(waits.after(true, None), Some(FIRST_WAIT));
        assert!(waits.after(false, Some(SOON)).is_some());
        assert!(waits.after(false, Some(SOON)).is_some());
        assert_eq!(waits.after(false, Some(SOON)), None);
    }
}
