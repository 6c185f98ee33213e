//! Alerts in the Common Alerting Protocol (OASIS CAP-v1.2-os; 1.1 and 1.0 are read too), alone and in feeds.
//!
//! [`read_alert`] and [`read_feed`] take bytes and give data or places with reasons; [`write_alert`] gives valid CAP 1.2;
//! [`events_of`] and [`alert_of`] go between alerts and what the desk handles. What is not actual stays so: an alert's status
//! becomes its event's [`cim_model::Standing`], and nothing here touches the title. Signatures are passed over, not verified.

mod alert;
mod event;
mod feed;
mod moment;
mod place;
mod read;
mod tree;
mod words;
mod write;

pub use alert::{Alert, Area, Circle, Info, Pair, Reference, Resource};
pub use event::{alert_of, event_id, events_at, events_of, supersedes};
pub use feed::{Feed, FeedEntry, read_feed};
pub use read::{read_alert, read_alert_with_remarks};
pub use words::{AlertSeverity, Category, Certainty, MessageType, ResponseType, Scope, Urgency};
pub use write::write_alert;

/// No alert and no feed of alerts is longer, bytes.
pub const MAX_BYTES: usize = 4 << 20;
