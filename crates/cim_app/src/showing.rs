//! How single features of the city differ from their class in the picture, as the person asked for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Colours by feature id, sRGB.
pub type FeatureColours = Arc<BTreeMap<String, [u8; 3]>>;
/// Feature ids.
pub type FeatureIds = Arc<BTreeSet<String>>;

/// What differs. Sets and maps are shared: a copy costs nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Showing {
    /// Counts changes.
    pub revision: u64,
    /// Class words that are not drawn.
    pub hidden_classes: BTreeSet<String>,
    /// Colours by id.
    pub colours: FeatureColours,
    /// What is not drawn.
    pub hidden: FeatureIds,
    /// What is drawn faintly.
    pub ghosts: FeatureIds,
    /// When set: everything else is drawn faintly.
    pub isolated: Option<FeatureIds>,
}

impl Showing {
    /// Takes everything back but switched-off classes and colours.
    pub(crate) fn show_all(&mut self) {
        self.hidden = FeatureIds::default();
        self.ghosts = FeatureIds::default();
        self.isolated = None;
        self.revision += 1;
    }

    /// Forgets what was asked for about single features: another city is open. Switched-off classes stay so.
    pub(crate) fn forget(&mut self) {
        *self = Self {
            revision: self.revision + 1,
            hidden_classes: std::mem::take(&mut self.hidden_classes),
            ..Self::default()
        };
    }

    /// Draws a class, or leaves it out.
    pub(crate) fn switch_class(&mut self, class: &str, on: bool) {
        if on {
            self.hidden_classes.remove(class);
        } else {
            self.hidden_classes.insert(class.to_owned());
        }
        self.revision += 1;
    }

    pub(crate) fn colour(&mut self, colours: BTreeMap<String, [u8; 3]>) {
        self.colours = Arc::new(colours);
        self.revision += 1;
    }

    pub(crate) fn isolate(&mut self, ids: impl IntoIterator<Item = String>) {
        self.isolated = Some(Arc::new(ids.into_iter().collect()));
        self.revision += 1;
    }

    pub(crate) fn hide(&mut self, ids: impl IntoIterator<Item = String>) {
        Arc::make_mut(&mut self.hidden).extend(ids);
        self.revision += 1;
    }

    pub(crate) fn ghost(&mut self, ids: impl IntoIterator<Item = String>) {
        Arc::make_mut(&mut self.ghosts).extend(ids);
        self.revision += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn showing_all_again_keeps_classes_and_colours() {
        let mut showing = Showing::default();
        showing.switch_class("pipe", false);
        showing.hide(["w1".to_owned()]);
        showing.hide(["w2".to_owned()]);
        showing.isolate(["w3".to_owned()]);
        showing.colour([("w4".to_owned(), [1, 2, 3])].into());
        assert_eq!(showing.hidden.len(), 2);
        let before = showing.revision;
        showing.show_all();
        assert!(showing.hidden.is_empty() && showing.isolated.is_none());
        assert!(showing.hidden_classes.contains("pipe") && showing.colours.len() == 1);
        assert!(showing.revision > before);
        showing.forget();
        assert!(showing.hidden_classes.contains("pipe") && showing.colours.is_empty());
    }
}
