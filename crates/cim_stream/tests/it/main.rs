//! The real helper against servers of this machine: friendly ones, and ones that want to hurt it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

mod hostile;
mod playing;
mod server;
mod walls;

use cim_model::{TimeSource, UtcMillis};
use cim_stream::{
    SourceKind, StreamAddress, Trouble, ViewId, ViewState, Views, ViewsSettings, Wanted,
};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::runtime::{Handle, Runtime};
use tokio::time::{sleep, timeout};

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The machine's clock.
struct Clock;

impl TimeSource for Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is a host: it reads the clock"
    )]
    fn now(&self) -> UtcMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        UtcMillis(since.expect("after 1970").as_millis() as i64)
    }
}

fn settings() -> ViewsSettings {
    ViewsSettings::new(env!("CARGO_BIN_EXE_cim-stream"))
}

/// Views whose helpers lose patience after `stall_s`.
fn views(stall_s: u32) -> Views {
    let mut settings = settings();
    settings.limits.stall_s = stall_s;
    Views::new(settings, Handle::current(), Arc::new(Clock))
}

/// A desk's runtime.
fn run(test: impl Future<Output = ()>) {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async { timeout(PATIENCE, test).await.expect("in time") });
}

/// Pixels as well as JPEG.
fn pixels() -> Wanted {
    Wanted {
        width: 768,
        fps: 30.0,
        is_rgb: true,
        ..Wanted::default()
    }
}

fn live(kind: SourceKind, url: String) -> StreamAddress {
    StreamAddress::new(kind, url, true)
}

/// The first trouble that a view comes to.
async fn trouble(views: &Views, view: ViewId) -> Trouble {
    loop {
        match views.state(view) {
            Some(ViewState::Restarting { why, .. } | ViewState::Failed { why }) => return why,
            _ => sleep(Duration::from_millis(20)).await,
        }
    }
}
