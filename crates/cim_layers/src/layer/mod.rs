//! Layers as the twin knows them: what a layer holds, which of it is shown, how it is drawn, and the tree of all
//! layers.
//!
//! A scene pack defines layers in TOML ([`read_pack`], [`read_layers`], [`write_layer`]; `scenes/README.md` says what
//! may stand there). A [`filter`] chooses rows, [`Styling`] gives each row its colour, [`LayerTree`] holds what a
//! person has switched on. Pure: text comes in and goes out, files are the hosts'.

pub mod filter;
mod id;
mod keys;
mod look;
mod near;
mod plan;
mod read;
mod read_look;
mod rules;
mod sets;
#[cfg(test)]
mod tests;
mod tree;
mod write;

pub use filter::{Filter, FilterError, Schema};
pub use id::{LayerId, Words};
pub use look::{ClassesPlan, Gathering, HeatOf, LayerKind, LayerLook, Paint, Size, Stand};
pub use plan::{
    GridLevel, LayerPlan, LayerProblem, LayerSource, LegendPlan, MOST_GROUPS, PackPlan, StyleRule,
};
pub use read::{
    MOST_FILE_BYTES, MOST_LAYERS, MOST_RULES, line_of_layer, read_layers, read_layers_for,
    read_pack,
};
pub use read_look::{MOST_COLOURS, read_paint, read_size};
pub use rules::{PaintOf, STATE_TINT, StyleError, StyleKey, StyleOf, Styling};
pub use sets::{LayerSet, SetLayer};
pub use tree::{HowShown, LayerCount, LayerTree, TreeBy, TreeRow};
pub use write::{write_layer, write_paint, write_size};
