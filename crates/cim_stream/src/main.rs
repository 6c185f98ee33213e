//! `cim-stream`: one foreign stream, decoded behind walls. The desk starts it; it speaks over its own stdin and stdout only.

use cim_model::{TimeSource, UtcMillis};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's clock.
#[derive(Debug)]
struct Clock;

impl TimeSource for Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this program is a host: the clock is read here and passed down"
    )]
    fn now(&self) -> UtcMillis {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UtcMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

fn main() -> ExitCode {
    cim_stream::run_helper(&Clock)
}
