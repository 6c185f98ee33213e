//! The reference city hub, and the simulator of a city's sources.
//!
//! [`Hub`] keeps a city's devices, observations, cameras and events and offers them over HTTP (OGC SensorThings 1.1)
//! and MQTT 3.1.1. [`simulate()`] is an ordinary client of such a hub: it sets up devices over HTTP and publishes over
//! MQTT, as a city's own sources would. Neither knows the desk, the twin or a window.

mod drill;
mod error;
mod files;
mod hub;
mod iso;
mod ledger;
pub mod load;
mod proxy;
mod sensorthings;
mod simulate;
mod video;

pub use drill::{DrillReport, DrillSettings, run_drill};
pub use error::{HubError, SimulateError};
pub use files::{FileServer, serve_files};
pub use hub::{
    DEFAULT_HTTP_PORT, DEFAULT_MQTT_PORT, Hub, HubSettings, IngestProbe, Mqtt, StoreAddress,
    TelemetrySettings, TlsFiles, TrialServer, back_up, restore, serve,
};
pub use ledger::{MemoryHub, Reply, Snapshot};
pub use proxy::{DoorState, FaultPlan, FaultProxy, Faults, ProxyCounts, Way};
pub use simulate::{
    SimulateSettings, SimulatedCity, SimulatedDevice, SimulatedFlow, SimulatedValue, simulate,
};
pub use video::{VideoSettings, pattern_number};
