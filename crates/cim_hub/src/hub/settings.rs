//! What a hub needs to know before it starts.

use super::store::StoreAddress;
use super::telemetry::TelemetrySettings;
use super::tls::TlsFiles;
use crate::video::VideoSettings;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Where the hub listens for HTTP unless told otherwise.
pub const DEFAULT_HTTP_PORT: u16 = 8090;
/// Where the built-in broker listens unless told otherwise; 1883 stays free for a broker of the system.
pub const DEFAULT_MQTT_PORT: u16 = 1884;

/// What a hub needs to know.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// What the hub calls itself.
    pub name: String,
    /// Where HTTP listens; port 0 takes a free one. IPv4 or IPv6.
    pub http: SocketAddr,
    /// Which MQTT broker it works with.
    pub mqtt: Mqtt,
    /// Where its database lies unless `database_url` names another; made when it is not there.
    pub data_folder: PathBuf,
    /// A PostgreSQL database instead of the one in `data_folder`: `postgres://user:password@host/name`.
    pub database_url: Option<String>,
    /// The city's folder, served under `/city/`.
    pub city: Option<PathBuf>,
    /// The folder of clips, served under `/clips/`.
    pub clips: Option<PathBuf>,
    /// How long observations stay as they came; of older minutes the lowest, highest and last value is kept.
    pub raw: Duration,
    /// How long observations and closed events are kept.
    pub retention: Duration,
    /// Certificate and key of the HTTP door; without them it is plain.
    pub tls: Option<TlsFiles>,
    /// The file of tokens; without it everything is open to whoever reaches the door.
    pub tokens: Option<PathBuf>,
    /// The authority of an outside broker's certificate, PEM; without it the system's authorities.
    pub mqtt_authority: Option<PathBuf>,
    /// Allows addresses that other machines can reach without a login: only for networks that are closed.
    pub open_to_others: bool,
    /// Where metrics and traces go.
    pub telemetry: TelemetrySettings,
    /// Test pictures for every camera; `None` for a hub whose cameras are real.
    pub video: Option<VideoSettings>,
}

impl HubSettings {
    /// The usual settings, with the database in `data_folder`.
    pub fn new(data_folder: impl Into<PathBuf>) -> Self {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self {
            name: "CityMirror".to_owned(),
            http: SocketAddr::new(loopback, DEFAULT_HTTP_PORT),
            mqtt: Mqtt::BuiltIn(SocketAddr::new(loopback, DEFAULT_MQTT_PORT)),
            data_folder: data_folder.into(),
            database_url: None,
            city: None,
            clips: None,
            raw: Duration::from_hours(12),
            retention: Duration::from_hours(26),
            tls: None,
            tokens: None,
            mqtt_authority: None,
            open_to_others: false,
            telemetry: TelemetrySettings::default(),
            video: Some(VideoSettings::default()),
        }
    }

    /// Where the store is.
    pub(super) fn store_address(&self) -> StoreAddress {
        match &self.database_url {
            Some(url) => StoreAddress::Postgres(url.clone()),
            None => StoreAddress::Folder(self.data_folder.clone()),
        }
    }
}

/// Which MQTT broker a hub works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mqtt {
    /// One inside the hub, listening here; port 0 takes a free one.
    BuiltIn(SocketAddr),
    /// One that is already there: `mqtt://host:port`, or `mqtts://`, with `user:password@` where it wants a login.
    Outside(String),
}
