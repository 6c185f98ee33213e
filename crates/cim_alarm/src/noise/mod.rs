//! Less noise: fifty thousand alarms in a few lines that say what happened, without losing one from the count.
//!
//! Grouping is a view: it changes nothing about an alarm. Suppression is an act and goes through the desk.

mod flood;
mod group;
mod suppression;
mod topology;

pub use flood::{
    CHATTER_RAISES, CHATTER_WITHIN_S, Chatter, FLOOD_ENDS_BELOW, FLOOD_STARTS_ABOVE,
    FLOOD_WITHIN_S, Flood, STALE_AFTER_S, is_stale,
};
pub use group::{GroupRules, Grouping, Line, LineKey, NoiseAlarm, group};
pub use suppression::{GroupAct, GroupState, SuppressionGroup, SuppressionGroups};
pub use topology::{Topology, TopologyError};
