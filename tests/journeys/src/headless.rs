//! A desk without a window: what `cim_app` offers to both hosts, asked by a journey.
//!
//! It runs in the journey's own process, on threads of its own, and talks to a real hub and a real broker.

use crate::place::demo_city;
use crate::web::wait_until;
use cim_app::wire::{ConflictDto, ConnectionDto, DeskUpdate, KnownGapDto, Mode, OutboxItemDto};
use cim_app::{Desk, DeskSettings};
use cim_model::{TimeSource, UtcMillis};
use cim_sync::{HubAddress, access::Access};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::runtime::{Builder, Runtime};
use xtask::Outcome;

/// How many threads a desk gets.
const THREADS: usize = 2;
/// How long a desk may take until it follows its hub: first sync, or the longest pause between two attempts and more.
const LIVE_WITHIN: Duration = Duration::from_secs(40);

/// The clock of this machine.
pub struct MachineClock;

impl TimeSource for MachineClock {
    fn now(&self) -> UtcMillis {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UtcMillis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }
}

/// What a desk is opened with; it can be opened again from the same.
#[derive(Clone, Debug)]
pub struct DeskPlace {
    /// Address of the hub.
    pub hub: String,
    /// Folder of the cache.
    pub cache: PathBuf,
    /// Who sits there.
    pub operator: String,
    /// Who the desk is to its hub, and whom it believes.
    pub access: Access,
}

impl DeskPlace {
    /// The desk of `operator` at the hub at `hub_url`, with its cache in a folder of its own below `folder`.
    pub fn new(hub_url: &str, operator: &str, folder: &Path) -> Self {
        Self {
            hub: hub_url.to_owned(),
            cache: folder.join(format!("desk-{operator}")),
            operator: operator.to_owned(),
            access: Access::default(),
        }
    }
}

/// An open desk without a window.
pub struct HeadlessDesk {
    desk: Desk,
    runtime: Runtime,
}

impl HeadlessDesk {
    /// Opens a desk; it begins to follow its hub at once.
    pub fn open(place: &DeskPlace) -> Outcome<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name(format!("desk-{}", place.operator))
            .enable_all()
            .build()
            .map_err(|err| format!("no threads for a desk: {err}"))?;
        let settings = DeskSettings {
            cache: place.cache.clone(),
            hub: Some(HubAddress {
                http: place.hub.clone(),
                mqtt: None,
            }),
            // Its city is there already: the journey is about what is live.
            city: Some(demo_city()),
            mode: Mode::Desk,
            language: "en".to_owned(),
            operator: place.operator.clone(),
            access: place.access.clone(),
            sources: Vec::new(),
            time: Arc::new(MachineClock),
        };
        let desk = runtime
            .block_on(Desk::open(settings, runtime.handle().clone()))
            .map_err(|err| format!("the desk of {} does not open: {err}", place.operator))?;
        Ok(Self { desk, runtime })
    }

    /// Opens a desk and waits until it follows its hub live.
    pub fn open_live(place: &DeskPlace) -> Outcome<Self> {
        let desk = Self::open(place)?;
        desk.wait_until_live()?;
        Ok(desk)
    }

    /// What the desk shows.
    pub fn shown(&self) -> Arc<DeskUpdate> {
        Arc::clone(&self.desk.watch().borrow())
    }

    /// Waits until what the desk shows holds what `look` looks for; returns it, and how long it took.
    pub fn wait_for<T>(
        &self,
        what: &str,
        within: Duration,
        mut look: impl FnMut(&DeskUpdate) -> Option<T>,
    ) -> Outcome<(T, Duration)> {
        wait_until(what, within, || Ok(look(&self.shown()))).map_err(|trouble| {
            let shown = self.shown();
            format!(
                "{trouble}; the desk says {:?}, {} facts wait, problems: {:?}",
                shown.connection, shown.queued, shown.problems
            )
        })
    }

    /// Waits until the desk follows its hub live.
    pub fn wait_until_live(&self) -> Outcome<Duration> {
        let live = |shown: &DeskUpdate| (shown.connection == ConnectionDto::Live).then_some(());
        self.wait_for("the desk is live", LIVE_WITHIN, live)
            .map(|((), took)| took)
    }

    /// Waits until the desk says that it has lost its hub, or cannot reach it; returns why, in its words.
    pub fn wait_until_offline(&self, within: Duration) -> Outcome<String> {
        let offline = |shown: &DeskUpdate| match &shown.connection {
            ConnectionDto::Offline { reason, .. } => Some(reason.clone()),
            _ => None,
        };
        self.wait_for("the desk is offline", within, offline)
            .map(|(reason, _)| reason)
    }

    /// Takes note of an alarm in the operator's name.
    pub fn acknowledge(&self, alarm: &str) -> Outcome {
        self.runtime
            .block_on(self.desk.acknowledge(alarm))
            .map_err(|err| err.to_string())
    }

    /// Changes an event in the operator's name.
    pub fn change_event(
        &self,
        event: &str,
        status: Option<&str>,
        note: &str,
    ) -> Outcome<OutboxItemDto> {
        self.runtime
            .block_on(self.desk.change_event(event, status, note))
            .map_err(|err| err.to_string())
    }

    /// What the hub is to have from this desk, or got.
    pub fn outbox(&self) -> Outcome<Vec<OutboxItemDto>> {
        self.runtime
            .block_on(self.desk.outbox())
            .map_err(|err| err.to_string())
    }

    /// Where two people changed the same.
    pub fn conflicts(&self) -> Outcome<Vec<ConflictDto>> {
        self.runtime
            .block_on(self.desk.conflicts())
            .map_err(|err| err.to_string())
    }

    /// What the timeline says of stretches that miss something, or did.
    pub fn known_gaps(&self, from: UtcMillis, until: UtcMillis) -> Outcome<Vec<KnownGapDto>> {
        self.runtime
            .block_on(self.desk.timeline(from.0, until.0, 1))
            .map(|timeline| timeline.known_gaps)
            .map_err(|err| err.to_string())
    }

    /// Closes the desk as a person does: everything is written down first.
    pub fn close(self) {
        self.runtime.block_on(self.desk.close());
    }
}
