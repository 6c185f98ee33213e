//! The desk's side: opens views, keeps a helper alive for each, and holds the newest picture of each.
//!
//! Nothing waits in a queue: a picture that nobody has taken is replaced by the next. A helper that dies is started again, at
//! once when it had shown something, later and later when it had not. Dropping the last [`Views`] kills all helpers.

mod helper;
mod life;
mod state;
mod usage;
mod walls;

pub use state::{Clip, ClipError, OpenError, Playing, ViewId, ViewState, WallTrial};
pub use usage::Usage;

use crate::address::{Limits, SourceKind, StreamAddress, Wanted};
use crate::protocol::Frame;
use cim_model::TimeSource;
use life::{Life, Order};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use usage::Meter;

/// The most helpers at a time.
const MOST_VIEWS: usize = 16;
/// Orders that wait for a helper that is just being started.
const WAITING: usize = 16;
/// How long a helper may take to cut a clip out.
const CLIP: Duration = Duration::from_secs(10);
/// The helper's file name.
const HELPER: &str = "cim-stream";

/// How helpers are started.
#[derive(Clone, Debug)]
pub struct ViewsSettings {
    /// The helper's program.
    pub helper: PathBuf,
    /// What each may cost.
    pub limits: Limits,
    /// How many may run at a time; never more than 16.
    pub max_views: usize,
    /// How much nicer than the desk each is, 0 to 19.
    pub nice: i32,
}

impl ViewsSettings {
    /// Usual limits for the helper at `helper`.
    #[must_use]
    pub fn new(helper: impl Into<PathBuf>) -> Self {
        Self {
            helper: helper.into(),
            limits: Limits::default(),
            max_views: MOST_VIEWS,
            nice: 5,
        }
    }
}

/// The helper beside the program at `program`, when there is one.
pub fn find_helper(program: &Path) -> Option<PathBuf> {
    let beside = program.parent()?;
    // Tests lie one folder deeper than the programs that they try.
    [beside, beside.parent()?]
        .into_iter()
        .map(|folder| folder.join(HELPER))
        .find(|path| path.is_file())
}

/// All open views of a desk. Clones are the same views.
#[derive(Clone)]
pub struct Views(Arc<Inner>);

struct Inner {
    settings: ViewsSettings,
    runtime: Handle,
    clock: Arc<dyn TimeSource>,
    next: AtomicU32,
    open: Mutex<BTreeMap<ViewId, Open>>,
    meter: Mutex<Meter>,
}

/// One open view, as the desk holds it.
struct Open {
    frames: watch::Receiver<Option<Arc<Frame>>>,
    state: watch::Receiver<ViewState>,
    source: watch::Receiver<SourceKind>,
    orders: mpsc::Sender<Order>,
    /// The helper's process, 0 when there is none.
    pid: Arc<AtomicU32>,
    task: AbortHandle,
}

impl Drop for Open {
    /// The task owns the helper, and a helper without an owner is killed.
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Views {
    /// No views yet. Helpers are looked after on `runtime`.
    pub fn new(settings: ViewsSettings, runtime: Handle, clock: Arc<dyn TimeSource>) -> Self {
        Self(Arc::new(Inner {
            settings,
            runtime,
            clock,
            next: AtomicU32::new(1),
            open: Mutex::default(),
            meter: Mutex::default(),
        }))
    }

    /// Opens a view; its helper starts at once.
    pub fn open(&self, address: StreamAddress, wanted: Wanted) -> Result<ViewId, OpenError> {
        self.open_any(address, Vec::new(), wanted)
    }

    /// Opens a view of a stream that has several addresses: while none has shown anything, the next is tried where one fails.
    pub fn open_any(
        &self,
        address: StreamAddress,
        others: Vec<StreamAddress>,
        wanted: Wanted,
    ) -> Result<ViewId, OpenError> {
        let inner = &self.0;
        if !inner.settings.helper.is_file() {
            return Err(OpenError::NoHelper(inner.settings.helper.clone()));
        }
        let mut open = self.locked();
        let most = inner.settings.max_views.min(MOST_VIEWS);
        if open.len() >= most {
            return Err(OpenError::TooMany { most });
        }
        let view = ViewId(inner.next.fetch_add(1, Ordering::Relaxed));
        let (frames_in, frames) = watch::channel(None);
        let (state_in, state) = watch::channel(ViewState::Connecting);
        let (orders, orders_out) = mpsc::channel(WAITING);
        let pid = Arc::new(AtomicU32::new(0));
        let (source_in, source) = watch::channel(address.kind);
        let life = Life {
            settings: inner.settings.clone(),
            address,
            untried: others.len(),
            others: others.into(),
            source: source_in,
            wanted: wanted.bounded(),
            shown_at: None,
            clock: Arc::clone(&inner.clock),
            frames: frames_in,
            state: state_in,
            orders: orders_out,
            pid: Arc::clone(&pid),
            seq: 0,
        };
        let task = inner.runtime.spawn(life.run()).abort_handle();
        let one = Open {
            frames,
            state,
            source,
            orders,
            pid,
            task,
        };
        open.insert(view, one);
        Ok(view)
    }

    /// The newest picture of a view, when there is one.
    pub fn newest(&self, view: ViewId) -> Option<Arc<Frame>> {
        self.locked().get(&view)?.frames.borrow().clone()
    }

    /// The newest picture with a higher `seq` than `after_seq`, as soon as there is one. `None` when none comes within `patience`,
    /// and when there is no such view.
    pub async fn next_frame(
        &self,
        view: ViewId,
        after_seq: u64,
        patience: Duration,
    ) -> Option<Arc<Frame>> {
        let mut frames = self.locked().get(&view)?.frames.clone();
        let newer =
            frames.wait_for(|frame| frame.as_ref().is_some_and(|frame| frame.seq > after_seq));
        let found = timeout(patience, newer).await;
        found.ok()?.ok()?.clone()
    }

    /// How a view is doing.
    pub fn state(&self, view: ViewId) -> Option<ViewState> {
        Some(self.locked().get(&view)?.state.borrow().clone())
    }

    /// How the stream of a view is delivered: of several addresses, that of the one that is used.
    pub fn source(&self, view: ViewId) -> Option<SourceKind> {
        Some(*self.locked().get(&view)?.source.borrow())
    }

    /// All views and how they are doing.
    pub fn all(&self) -> Vec<(ViewId, ViewState)> {
        let open = self.locked();
        let state = |(view, one): (&ViewId, &Open)| (*view, one.state.borrow().clone());
        open.iter().map(state).collect()
    }

    /// Wants other pictures of a view: another size, rate or format, or another moment of a clip. A view that has failed or ended
    /// is tried again. `false` when there is no such view.
    pub fn change(&self, view: ViewId, wanted: Wanted) -> bool {
        let open = self.locked();
        let Some(one) = open.get(&view) else {
            return false;
        };
        one.orders.try_send(Order::Want(wanted.bounded())).is_ok()
    }

    /// The last `last_s` seconds of a view as a file, as they came.
    pub async fn clip(&self, view: ViewId, last_s: u32) -> Result<Clip, ClipError> {
        let (reply, answer) = oneshot::channel();
        let orders = self.locked().get(&view).map(|one| one.orders.clone());
        let orders = orders.ok_or(ClipError::NoView)?;
        let order = Order::Clip { last_s, reply };
        if orders.try_send(order).is_err() {
            return Err(ClipError::Busy);
        }
        match timeout(CLIP, answer).await {
            Ok(Ok(clip)) => clip,
            Ok(Err(_)) => Err(ClipError::NoHelper),
            Err(_) => Err(ClipError::Busy),
        }
    }

    /// Closes a view and kills its helper. `false` when there is none.
    pub fn close(&self, view: ViewId) -> bool {
        self.locked().remove(&view).is_some()
    }

    /// Closes all views.
    pub fn close_all(&self) {
        self.locked().clear();
    }

    /// What the helpers use of the machine. Shares of the processor are since the question before.
    pub fn usage(&self) -> Vec<Usage> {
        let pids: Vec<(ViewId, u32)> = self
            .locked()
            .iter()
            .map(|(view, one)| (*view, one.pid.load(Ordering::Relaxed)))
            .filter(|(_, pid)| *pid != 0)
            .collect();
        let now = self.0.clock.now();
        let mut meter = self.0.meter.lock().unwrap_or_else(PoisonError::into_inner);
        meter.read(&pids, now)
    }

    /// Tries on this machine whether the walls hold: starts a helper for each attempt to climb them.
    pub async fn try_walls(settings: &ViewsSettings) -> Result<Vec<WallTrial>, OpenError> {
        walls::try_all(settings).await
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<ViewId, Open>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
