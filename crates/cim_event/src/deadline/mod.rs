//! How long each phase of a case may take, what that means on the clock, and what is to be said when time runs out.

mod clock;
mod due;
mod table;

pub use clock::{PhaseClock, Stop};
pub use due::{Due, Kept, Light, Reminder, due, kept, reminders};
pub use table::{Allowance, Deadlines, Measure};

use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// A stretch of a case's way that has its own time.
    Phase {
        /// 收集→交办: until somebody is given it.
        Assign = "assign",
        /// 签收: until that is acknowledged.
        Receive = "receive",
        /// 到场: until somebody is there, or the first protection stands.
        Arrive = "arrive",
        /// 处置: until it is handled. Counted from when it was given, so that a late receipt gains nothing.
        Handle = "handle",
        /// 核查: until somebody looked.
        Verify = "verify",
        /// 回访: until whoever reported it was asked.
        Rate = "rate",
    }
}
