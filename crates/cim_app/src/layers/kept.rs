//! What a person chose of the layers and finds again: order, opacity, style, filters, saved sets, fences, how many names.
//!
//! That a layer of devices, cameras or events is switched off, weak or filtered is not among it: a desk never begins
//! with its alarms out of sight.

use super::{fences::FencePlan, plans::NameDensity};
use cim_layers::layer::{
    Filter, Gathering, LayerId, LayerKind, LayerPlan, LayerSet, LayerSource, LayerTree, SetLayer,
    Stand, read_paint, read_size, write_paint, write_size,
};
use serde::{Deserialize, Serialize};

/// So many layers are remembered, those of cities that are not open included.
const MOST_LAYERS: usize = 1_000;
/// So many sets of layers are kept.
pub(crate) const MOST_SETS: usize = 50;
/// The name of a set is at most so long, characters.
pub(crate) const MOST_NAME_CHARS: usize = 40;

/// What is remembered of the layers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptLayers {
    /// Every layer, uppermost first; empty until somebody changed something.
    layers: Vec<KeptLayer>,
    /// Saved sets, in the order in which they were saved.
    sets: Vec<KeptSet>,
    /// Fences that were drawn here.
    pub(crate) fences: Vec<FencePlan>,
    /// How many names.
    pub(crate) density: NameDensity,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct KeptLayer {
    id: String,
    shown: bool,
    opacity: f32,
    /// Empty for none.
    filter: String,
    /// Empty where it is the definition's; in a set, where it is of a version that did not keep it.
    stand: String,
    /// The same.
    gather: String,
    /// How near is too near, or how wide a dot is, CSS pixels; 0 for the usual.
    gather_px: f32,
    /// As packs write it; empty as with `stand`.
    paint: String,
    /// The same.
    size: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct KeptSet {
    name: String,
    layers: Vec<KeptLayer>,
}

impl KeptLayers {
    /// What holds now. `defined` are the layers as their packs say them.
    pub(crate) fn of(
        tree: &LayerTree,
        defined: &[LayerPlan],
        sets: &[LayerSet],
        is_touched: bool,
    ) -> Self {
        let layers = tree.plans().filter(|_| is_touched).map(|plan| {
            let own = defined.iter().find(|own| own.id == plan.id);
            kept_plan(plan, own)
        });
        Self {
            layers: layers.collect(),
            sets: sets.iter().map(kept_set).collect(),
            fences: Vec::new(),
            density: NameDensity::default(),
        }
    }

    /// With the layers of `before` that are not there now: packs of cities that are not open keep what was chosen. Each
    /// lies below the one that it lay below then.
    pub(crate) fn with_absent(mut self, before: &Self) -> Self {
        if self.layers.is_empty() {
            return self;
        }
        let mut above: Option<&str> = None;
        for kept in &before.layers {
            let is_there = self.layers.iter().any(|known| known.id == kept.id);
            if !is_there && self.layers.len() < MOST_LAYERS {
                let place = above.and_then(|above| self.place(above));
                let place = place.map_or(0, |place| place + 1);
                self.layers.insert(place, kept.clone());
            }
            above = Some(kept.id.as_str());
        }
        self
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.layers.iter().position(|known| known.id == id)
    }

    /// True when nothing of the layers was changed.
    pub(crate) fn is_untouched(&self) -> bool {
        self.layers.is_empty()
    }

    /// Brings `tree` to how it stood.
    pub(crate) fn apply(&self, tree: &mut LayerTree) {
        if self.layers.is_empty() {
            return;
        }
        let mut layers: Vec<SetLayer> = self.layers.iter().map(set_layer).collect();
        // Layers that a newer pack brings are as the pack wants them, and lie where it puts them.
        let mut above: Option<LayerId> = None;
        for layer in tree.save("").layers {
            let id = layer.id.clone();
            if layers.iter().all(|kept| kept.id != id) {
                let place = layers
                    .iter()
                    .position(|kept| Some(&kept.id) == above.as_ref());
                layers.insert(place.map_or(0, |place| place + 1), layer);
            }
            above = Some(id);
        }
        tree.apply(&LayerSet {
            name: String::new(),
            layers,
        });
    }

    /// The saved sets.
    pub(crate) fn sets(&self) -> Vec<LayerSet> {
        let sets = self.sets.iter().take(MOST_SETS).map(|kept| LayerSet {
            name: kept.name.clone(),
            layers: kept.layers.iter().map(set_layer).collect(),
        });
        sets.collect()
    }
}

/// True for layers on which alarms stand.
pub(crate) fn bears_alarms(plan: &LayerPlan) -> bool {
    plan.look.kind == LayerKind::Points
        && matches!(
            plan.source,
            LayerSource::Things { .. }
                | LayerSource::Feed { .. }
                | LayerSource::Events { .. }
                | LayerSource::Cameras
        )
}

/// The way to stand spelt `word`.
pub(crate) fn stand_from(word: &str) -> Option<Stand> {
    Stand::ALL.into_iter().find(|stand| stand.as_str() == word)
}

/// The way to gather spelt `word`, with its usual size.
pub(crate) fn gather_from(word: &str) -> Option<Gathering> {
    match word {
        "symbols" => Some(Gathering::Symbols { cell_px: 80.0 }),
        "dots" => Some(Gathering::Dots { dot_px: 3.0 }),
        "each" => Some(Gathering::Each),
        _ => None,
    }
}

/// The way to gather spelt `word`: with the size of `own`, the definition's, where that gathers so too.
pub(crate) fn gather_like(word: &str, own: Option<Gathering>) -> Option<Gathering> {
    own.filter(|own| gather_word(*own) == word)
        .or_else(|| gather_from(word))
}

/// The word of a way to gather.
pub(crate) fn gather_word(gather: Gathering) -> &'static str {
    match gather {
        Gathering::Symbols { .. } => "symbols",
        Gathering::Dots { .. } => "dots",
        Gathering::Each => "each",
    }
}

/// How near is too near, or how wide a dot is, CSS pixels; 0 where neither matters.
fn gather_px(gather: Gathering) -> f32 {
    match gather {
        Gathering::Symbols { cell_px: px } | Gathering::Dots { dot_px: px } => px,
        Gathering::Each => 0.0,
    }
}

/// The way to gather that was kept; `None` where none was.
fn kept_gather(kept: &KeptLayer) -> Option<Gathering> {
    let usual = gather_from(&kept.gather)?;
    let px = kept.gather_px;
    if !(px.is_finite() && px > 0.0) {
        return Some(usual);
    }
    Some(match usual {
        Gathering::Symbols { .. } => Gathering::Symbols { cell_px: px },
        Gathering::Dots { .. } => Gathering::Dots { dot_px: px },
        Gathering::Each => Gathering::Each,
    })
}

fn kept_plan(plan: &LayerPlan, defined: Option<&LayerPlan>) -> KeptLayer {
    let filter = |plan: &LayerPlan| {
        let filter = plan.filter.as_ref();
        filter.map_or_else(String::new, |filter| filter.text().to_owned())
    };
    let own = defined.unwrap_or(plan);
    let is_own_stand = own.look.stand == plan.look.stand;
    let is_own_gather = own.look.gather == plan.look.gather;
    // Alarms begin as their pack wants them.
    let from = if bears_alarms(plan) { own } else { plan };
    KeptLayer {
        id: plan.id.as_str().to_owned(),
        shown: from.shown,
        opacity: from.look.opacity,
        filter: filter(from),
        stand: if is_own_stand {
            String::new()
        } else {
            plan.look.stand.as_str().to_owned()
        },
        gather: if is_own_gather {
            String::new()
        } else {
            gather_word(plan.look.gather).to_owned()
        },
        gather_px: if is_own_gather {
            0.0
        } else {
            gather_px(plan.look.gather)
        },
        paint: if own.look.paint == plan.look.paint {
            String::new()
        } else {
            write_paint(&plan.look.paint)
        },
        size: if own.look.size == plan.look.size {
            String::new()
        } else {
            write_size(plan.look.size)
        },
    }
}

fn kept_set(set: &LayerSet) -> KeptSet {
    let layers = set.layers.iter().map(|layer| KeptLayer {
        id: layer.id.as_str().to_owned(),
        shown: layer.shown,
        opacity: layer.opacity,
        filter: layer
            .filter
            .as_ref()
            .map_or_else(String::new, |filter| filter.text().to_owned()),
        stand: layer
            .stand
            .map_or_else(String::new, |stand| stand.as_str().to_owned()),
        gather: layer
            .gather
            .map_or_else(String::new, |gather| gather_word(gather).to_owned()),
        gather_px: layer.gather.map_or(0.0, gather_px),
        paint: layer.paint.as_ref().map_or_else(String::new, write_paint),
        size: layer.size.map_or_else(String::new, write_size),
    });
    KeptSet {
        name: set.name.clone(),
        layers: layers.collect(),
    }
}

fn set_layer(kept: &KeptLayer) -> SetLayer {
    SetLayer {
        id: LayerId::new(&kept.id),
        shown: kept.shown,
        opacity: kept.opacity,
        // A filter of another version shows everything rather than nothing.
        filter: Some(kept.filter.as_str())
            .filter(|text| !text.is_empty())
            .and_then(|text| Filter::parse(text).ok()),
        stand: stand_from(&kept.stand),
        gather: kept_gather(kept),
        // Nothing where it is empty, or of a version that writes otherwise.
        paint: read_paint(&kept.paint),
        size: read_size(&kept.size),
    }
}
