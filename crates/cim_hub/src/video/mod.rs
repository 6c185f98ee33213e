//! Pictures for drills: every camera of the hub has streams, drawn and clocked, and can be steered as far as its kind allows.
//!
//! ```text
//! who asks ──► registry: one stream per camera and moment ──► thread: draw ─► H.264, JPEG ──► all who look
//!    HTTP, WebSocket, HLS, MJPEG (hub/doors/pictures.rs), RTSP (rtsp)        poses ◄── ptz
//! ```
//! The pictures are `cim_stream`'s test pattern: they say which camera they are of and when they were drawn. Nothing of a
//! real camera passes through here.

mod address;
mod channel;
mod clip;
mod maker;
mod moments;
mod pose;
mod registry;
mod rtsp;
mod settings;
mod ticket;

pub(crate) use address::path_part;
pub use address::pattern_number;
pub(crate) use channel::Watching;
pub(crate) use clip::Part;
pub(crate) use moments::page_of;
pub(crate) use pose::{Motion, Mount, Word};
pub(crate) use registry::Subject;
pub(crate) use rtsp::open as open_rtsp;
pub use settings::VideoSettings;

use crate::error::HubError;
use crate::hub::Store;
use crate::sensorthings::Refusal;
use bytes::Bytes;
use channel::Channel;
use cim_model::{TimeSource, UtcMillis};
use clip::Clips;
use pose::{Pose, Poses};
use registry::Registry;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use ticket::{Tickets, hex};

/// How far back pictures go, days.
const MOST_DAYS: f64 = 400.0;
const DAY_S: f64 = 86_400.0;

/// Makes and gives out the pictures of a hub's cameras.
pub(crate) struct VideoServer {
    store: Store,
    registry: Arc<Registry>,
    clips: Clips,
    /// Where steered cameras look.
    pub(crate) poses: Arc<Poses>,
    /// `None` when everybody may look.
    tickets: Option<Tickets>,
    /// Nobody else knows it; a new one with each start.
    secret: [u8; 32],
    login: Option<(String, String)>,
    rtsp: OnceLock<SocketAddr>,
    time: Arc<dyn TimeSource>,
    /// Held while a camera of the store is changed.
    pub(crate) writing: tokio::sync::Mutex<()>,
}

impl VideoServer {
    /// Pictures of the cameras in `store`. Whoever looks needs a ticket when `is_locked`.
    pub(crate) fn new(
        settings: &VideoSettings,
        store: Store,
        is_locked: bool,
        time: Arc<dyn TimeSource>,
    ) -> Result<Arc<Self>, HubError> {
        let mut secret = [0; 32];
        rustls::crypto::ring::default_provider()
            .secure_random
            .fill(&mut secret)
            .map_err(|_no_dice| HubError::Part {
                part: "pictures",
                reason: "the system gives no random numbers".to_owned(),
            })?;
        let poses = Arc::new(Poses::default());
        let (clock, shared) = (Arc::clone(&time), Arc::clone(&poses));
        Ok(Arc::new(Self {
            registry: Registry::new(settings.pace(), settings.most(), clock, shared),
            clips: Clips::default(),
            tickets: is_locked.then(|| Tickets::new(secret)),
            secret,
            login: settings.rtsp_login.clone(),
            rtsp: OnceLock::new(),
            writing: tokio::sync::Mutex::default(),
            store,
            poses,
            time,
        }))
    }

    /// The present.
    pub(crate) fn now(&self) -> UtcMillis {
        self.time.now()
    }

    /// Where RTSP listens.
    pub(crate) fn rtsp(&self) -> Option<SocketAddr> {
        self.rtsp.get().copied()
    }

    /// RTSP listens here.
    fn set_rtsp(&self, address: SocketAddr) {
        // Opened once; a second word would change nothing.
        let _known = self.rtsp.set(address);
    }

    /// The name and the password for RTSP.
    fn login(&self) -> Option<(&str, &str)> {
        let (user, password) = self.login.as_ref()?;
        Some((user, password))
    }

    /// The session's name and the nonce of the connection with this number; nobody can guess another one's.
    fn names(&self, connection: u32) -> (String, String) {
        let name = |purpose: &str| {
            let digest = Sha256::new()
                .chain_update(self.secret)
                .chain_update(purpose)
                .chain_update(connection.to_be_bytes())
                .finalize();
            hex(&digest)
        };
        let session: String = name("session").chars().take(16).collect();
        (session, name("nonce"))
    }

    /// A ticket for a camera's pictures, at a hub with tokens.
    pub(crate) fn ticket(&self, id: &str) -> Option<String> {
        let tickets = self.tickets.as_ref()?;
        Some(tickets.give(id, self.now()))
    }

    /// Refuses whoever has no ticket where one is needed.
    pub(crate) fn check_ticket(&self, id: &str, ticket: Option<&str>) -> Result<(), Refusal> {
        let Some(tickets) = &self.tickets else {
            return Ok(());
        };
        if ticket.is_some_and(|ticket| tickets.opens(ticket, id, self.now())) {
            return Ok(());
        }
        Err(Refusal {
            status: 401,
            ..Refusal::wrong(
                "a ticket is needed; /api/cameras/{id}/streams gives addresses with one",
            )
        })
    }

    /// A camera of the catalogue.
    pub(crate) async fn camera(&self, id: &str) -> Result<Value, Refusal> {
        let found = self.store.camera(id).await?;
        found.ok_or_else(|| Refusal::missing(format!("there is no camera {id:?}")))
    }

    /// What is to be looked at; refused for a camera that is not there, for the present of one that is off, and for moments that
    /// nobody recorded.
    pub(crate) async fn subject(
        &self,
        id: &str,
        at: Option<UtcMillis>,
    ) -> Result<Subject, Refusal> {
        let camera = self.camera(id).await?;
        self.check_moment(at)?;
        if at.is_none() && is_off(&camera) {
            return Err(Refusal::missing(format!("camera {id} is off")));
        }
        let name = camera.get("Name").and_then(Value::as_str);
        Ok(Subject {
            name: name
                .filter(|name| !name.is_empty())
                .unwrap_or(id)
                .to_owned(),
            pose: Pose::of(&camera),
            id: id.to_owned(),
            at,
        })
    }

    /// Refuses moments that are still to come, and those that are too long ago.
    pub(crate) fn check_moment(&self, at: Option<UtcMillis>) -> Result<(), Refusal> {
        let Some(ago_s) = at.map(|at| self.now().seconds_since(at)) else {
            return Ok(());
        };
        if ago_s < 0.0 {
            return Err(Refusal::wrong("at is still to come"));
        }
        if ago_s > MOST_DAYS * DAY_S {
            return Err(Refusal::wrong(format!(
                "at is more than {MOST_DAYS} days ago"
            )));
        }
        Ok(())
    }

    /// Looks at a camera.
    pub(crate) fn watch(&self, subject: &Subject, wants_jpeg: bool) -> Result<Watching, Refusal> {
        self.registry.watch(subject, wants_jpeg)
    }

    /// The stream behind a playlist.
    pub(crate) fn listed(&self, subject: &Subject) -> Result<Arc<Channel>, Refusal> {
        self.registry.listed(subject)
    }

    /// The stream that parts of a playlist belong to.
    pub(crate) fn playing(&self, id: &str, at: Option<UtcMillis>) -> Result<Arc<Channel>, Refusal> {
        let found = self.registry.playing(id, at);
        found.ok_or_else(|| Refusal::missing("this stream has ended; ask for its playlist again"))
    }

    /// A clip of at most `seconds`.
    pub(crate) async fn clip(
        &self,
        subject: &Subject,
        at: UtcMillis,
        seconds: u32,
    ) -> Result<Bytes, Refusal> {
        self.clips
            .clip(&self.registry, subject, (at, seconds))
            .await
    }

    /// Ends every stream.
    pub(crate) fn stop(&self) {
        self.registry.stop();
    }
}

impl Drop for VideoServer {
    /// Its threads do not outlive it.
    fn drop(&mut self) {
        self.registry.stop();
    }
}

/// Whether a camera of the catalogue delivers nothing.
pub(crate) fn is_off(camera: &Value) -> bool {
    camera.get("Status").and_then(Value::as_str) == Some("OFF")
}
