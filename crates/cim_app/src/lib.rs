//! The product without a window: what a person can ask of the desk, and the words in which the UI is answered.
//!
//! Joins the cache (`cim_store`), the hub (`cim_sync`), the city (`cim_tiles`) and the cameras (`cim_video`, `cim_stream`). Knows nothing
//! of Tauri, Bevy, SQL or sockets.

#![expect(
    clippy::disallowed_types,
    reason = "rust-i18n keeps its texts in a `HashMap`"
)]

mod actions;
mod ahead;
mod alarm_desk;
mod block_rows;
mod board;
mod card;
mod changed;
mod choices;
mod city;
mod clock;
mod colouring;
mod condition;
mod convert;
mod desk;
mod duty_desk;
mod error;
mod event_desk;
mod events;
mod exchange;
mod fact_log;
mod facts;
mod find;
mod gaps;
mod keeper;
mod layers;
mod live;
mod marks;
mod minimap;
mod names;
mod pending;
mod place;
mod ramps;
mod readings;
mod recording;
mod road_path;
mod search;
mod showing;
mod state;
mod steps;
mod texts;
mod tile_sources;
mod trend;
mod update;
mod video_desk;
pub mod wire;

pub use cim_stream::find_helper as find_video_helper;
pub use city::{LabelText, MAX_LABELS};
pub use clock::{MAX_RATE, MAX_RATE_BACK};
pub use desk::{Desk, DeskSettings};
pub use error::AppError;
pub use layers::{
    AreaPaintPlan, GroundPlace, LayerChanges, LayerInView, LayerPointsPlan, MovePlan, NameDensity,
    ShapePlan,
};
pub use marks::{MarkPlan, MarkShape, MarksPlan};
pub use recording::open_recording;
pub use search::fold_texts;
pub use showing::{FeatureColours, FeatureIds, Showing};
pub use tile_sources::{TILES_IN_CACHE, open_tile_source};

// At the root, because `t!` looks for its texts there.
rust_i18n::i18n!("../../assets/locales", fallback = "en");
