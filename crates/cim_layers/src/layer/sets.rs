//! Layer sets: how the layers of a desk stood, kept under a name.

use super::{Filter, Gathering, LayerId, Paint, Size, Stand};

/// Which layers were on, in which order, how strong, in which style, and what of them: kept under a name by
/// [`super::LayerTree::save`], brought back by [`super::LayerTree::apply`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerSet {
    /// What its person calls it.
    pub name: String,
    /// Every layer, uppermost first.
    pub layers: Vec<SetLayer>,
}

/// A layer of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct SetLayer {
    /// Which layer.
    pub id: LayerId,
    /// True when it was on.
    pub shown: bool,
    /// 0 invisible to 1 full.
    pub opacity: f32,
    /// What of it was shown; everything where there is none.
    pub filter: Option<Filter>,
    /// How it stood to the buildings. A set of an older version does not know: then it stays as it is.
    pub stand: Option<Stand>,
    /// What became of things too near to each other; as with `stand`.
    pub gather: Option<Gathering>,
    /// Which colours; nothing for layers that are no symbols, whose colours nobody chooses. As with `stand`.
    pub paint: Option<Paint>,
    /// How large; as with `paint`.
    pub size: Option<Size>,
}
