//! How single features differ from their class: coloured by an attribute, isolated, ghosted, hidden.
//!
//! The desk states rules; [`FeatureStyles`] answers for one feature at a time. `cim_render` asks once per feature of a tile
//! and again when [`FeatureStyles::revision`] differs.

use crate::TwinCommand;
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{IntoScheduleConfigs, MessageReader, ResMut, Resource, SystemSet};
use cim_tiles::{FeatureClass, TileFeature};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Keeps [`FeatureStyles`].
pub struct StylePlugin;

impl Plugin for StylePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<FeatureStyles>()
            .add_systems(Update, take_styles.in_set(StyleSystems));
    }
}

/// Systems that set styles of features. Run after this set to see the frame's final styles.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct StyleSystems;

/// Rules beyond this many are left out.
pub const MAX_STYLE_RULES: usize = 256;

/// How one feature is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeatureStyle {
    /// Whether, and how much of it, is seen.
    pub show: Show,
    /// Its colour (sRGB) instead of that of its class.
    pub colour: Option<[u8; 3]>,
}

/// Whether a feature is seen; what comes later shows less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Show {
    /// As its class is.
    #[default]
    Normal,
    /// Faint, so that what is behind it is seen.
    Ghost,
    /// Not at all.
    Hidden,
}

/// What the desk asks for. Sets and maps are shared, so that a copy costs nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StyleRules {
    /// Classes that are not drawn.
    pub hidden_classes: BTreeSet<FeatureClass>,
    /// Colours by id: a column of attributes turned into colours. Goes before the rules.
    pub colours: Arc<BTreeMap<String, [u8; 3]>>,
    /// The first rule that fits a feature counts.
    pub rules: Vec<StyleRule>,
    /// Ids of what is not drawn.
    pub hidden: Arc<BTreeSet<String>>,
    /// Ids of what is drawn faintly.
    pub ghosts: Arc<BTreeSet<String>>,
    /// When set: only these ids stay as they are, the other things become `others`. Ground, water, green, roads and rails
    /// stay, so that the place can still be recognised.
    pub isolated: Option<Arc<BTreeSet<String>>>,
    /// What becomes of things that are not isolated.
    pub others: Show,
}

/// Features of a kind, and how they are drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StyleRule {
    /// Only this class; `None` for every class.
    pub class: Option<FeatureClass>,
    /// Only this kind word; `None` for every kind.
    pub kind: Option<String>,
    /// Whether they are seen.
    pub show: Show,
    /// Their colour; `None` leaves that of the class.
    pub paint: Option<Paint>,
}

/// Where a colour comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Paint {
    /// One colour, sRGB.
    Plain([u8; 3]),
    /// By height above ground: stops in metres, rising, each with its colour (sRGB); between two stops the colours mix.
    /// Features of unknown height keep the colour of their class.
    ByHeight(Vec<(f32, [u8; 3])>),
}

/// The styles of features, as the desk set them last.
#[derive(Resource, Debug, Default)]
pub struct FeatureStyles {
    rules: StyleRules,
    is_styled: bool,
    revision: u64,
}

impl FeatureStyles {
    /// Counts changes of the rules.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// True when every feature is drawn as its class is.
    pub fn is_plain(&self) -> bool {
        !self.is_styled
    }

    /// How a feature is drawn.
    pub fn of(&self, feature: &TileFeature, class: FeatureClass) -> FeatureStyle {
        if self.is_plain() {
            return FeatureStyle::default();
        }
        let rules = &self.rules;
        if rules.hidden_classes.contains(&class) || rules.hidden.contains(&feature.id) {
            return FeatureStyle {
                show: Show::Hidden,
                colour: None,
            };
        }
        let rule = rules.rules.iter().find(|rule| rule.fits(feature, class));
        let show = rule.map_or(Show::Normal, |rule| rule.show);
        let by_rule = || {
            rule.and_then(|rule| rule.paint.as_ref())
                .and_then(|paint| paint.of(feature))
        };
        FeatureStyle {
            show: show.max(self.show_of(feature, class)),
            colour: rules.colours.get(&feature.id).copied().or_else(by_rule),
        }
    }

    /// Takes new rules; the same rules again change nothing.
    fn replace(&mut self, rules: &StyleRules) {
        let mut rules = rules.clone();
        rules.rules.truncate(MAX_STYLE_RULES);
        self.is_styled = rules != StyleRules::default();
        self.rules = rules;
        self.revision = self.revision.wrapping_add(1);
    }

    /// What ghosts and isolation make of a feature.
    fn show_of(&self, feature: &TileFeature, class: FeatureClass) -> Show {
        if self.rules.ghosts.contains(&feature.id) {
            return Show::Ghost;
        }
        match &self.rules.isolated {
            Some(isolated) if is_thing(class) && !isolated.contains(&feature.id) => {
                self.rules.others
            }
            Some(_) | None => Show::Normal,
        }
    }
}

impl StyleRule {
    fn fits(&self, feature: &TileFeature, class: FeatureClass) -> bool {
        self.class.is_none_or(|wanted| wanted == class)
            && self.kind.as_ref().is_none_or(|kind| *kind == feature.kind)
    }
}

impl Paint {
    fn of(&self, feature: &TileFeature) -> Option<[u8; 3]> {
        match self {
            Self::Plain(colour) => Some(*colour),
            Self::ByHeight(stops) if feature.height_m > 0.0 => colour_at(stops, feature.height_m),
            Self::ByHeight(_) => None,
        }
    }
}

/// The colour of a ramp at `height_m`; beyond its ends that of the end. `None` for a ramp without stops.
fn colour_at(stops: &[(f32, [u8; 3])], height_m: f32) -> Option<[u8; 3]> {
    let above = stops.iter().position(|(at_m, _)| *at_m >= height_m);
    let Some(above) = above else {
        return stops.last().map(|(_, colour)| *colour);
    };
    let (upper_m, upper) = *stops.get(above)?;
    let Some((lower_m, lower)) = above.checked_sub(1).and_then(|row| stops.get(row)) else {
        return Some(upper);
    };
    let part = ((height_m - lower_m) / (upper_m - lower_m)).clamp(0.0, 1.0);
    let mix = |channel: usize| {
        let (from, to) = (f32::from(lower[channel]), f32::from(upper[channel]));
        (from + (to - from) * part).round() as u8
    };
    Some([mix(0), mix(1), mix(2)])
}

/// True for things that stand, run or lie in the city; false for the ground that they are on.
fn is_thing(class: FeatureClass) -> bool {
    match class {
        FeatureClass::Building
        | FeatureClass::Bridge
        | FeatureClass::Tunnel
        | FeatureClass::Pipe
        | FeatureClass::Tree
        | FeatureClass::Furniture
        | FeatureClass::Model => true,
        FeatureClass::Water
        | FeatureClass::Green
        | FeatureClass::Road
        | FeatureClass::Rail
        | FeatureClass::Ground => false,
    }
}

fn take_styles(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    mut styles: ResMut<'_, FeatureStyles>,
) {
    for command in commands.read() {
        if let TwinCommand::SetStyles(rules) = command
            && styles.rules != *rules
        {
            styles.replace(rules);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(id: &str, kind: &str, height_m: f32) -> TileFeature {
        TileFeature {
            id: id.into(),
            kind: kind.into(),
            height_m,
            ..TileFeature::default()
        }
    }

    fn styles(rules: &StyleRules) -> FeatureStyles {
        let mut styles = FeatureStyles::default();
        styles.replace(rules);
        styles
    }

    fn ids(all: &[&str]) -> Arc<BTreeSet<String>> {
        Arc::new(all.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn without_rules_everything_is_plain() {
        let styles = styles(&StyleRules::default());
        assert!(styles.is_plain());
        let plain = styles.of(&feature("a", "office", 30.0), FeatureClass::Building);
        assert_eq!(plain, FeatureStyle::default());
    }

    #[test]
    fn isolating_ghosts_other_things_and_leaves_the_ground() {
        let styles = styles(&StyleRules {
            isolated: Some(ids(&["a"])),
            others: Show::Ghost,
            ..StyleRules::default()
        });
        let show = |id: &str, class| styles.of(&feature(id, "", 3.0), class).show;
        assert_eq!(show("a", FeatureClass::Building), Show::Normal);
        assert_eq!(show("b", FeatureClass::Building), Show::Ghost);
        assert_eq!(show("b", FeatureClass::Pipe), Show::Ghost);
        assert_eq!(show("b", FeatureClass::Road), Show::Normal);
    }

    #[test]
    fn what_is_hidden_stays_hidden_whatever_else_is_asked() {
        let styles = styles(&StyleRules {
            hidden: ids(&["a"]),
            ghosts: ids(&["a", "b"]),
            hidden_classes: BTreeSet::from([FeatureClass::Tree]),
            ..StyleRules::default()
        });
        let show = |id: &str, class| styles.of(&feature(id, "", 3.0), class).show;
        assert_eq!(show("a", FeatureClass::Building), Show::Hidden);
        assert_eq!(show("b", FeatureClass::Building), Show::Ghost);
        assert_eq!(show("c", FeatureClass::Tree), Show::Hidden);
    }

    #[test]
    fn an_attribute_goes_before_a_rule_and_the_first_rule_before_the_second() {
        let rule = |class, kind: Option<&str>, colour| StyleRule {
            class,
            kind: kind.map(str::to_owned),
            paint: Some(Paint::Plain(colour)),
            ..StyleRule::default()
        };
        let styles = styles(&StyleRules {
            colours: Arc::new(BTreeMap::from([("a".to_owned(), [1, 2, 3])])),
            rules: vec![
                rule(None, Some("school"), [9, 9, 9]),
                rule(Some(FeatureClass::Building), None, [5, 5, 5]),
            ],
            ..StyleRules::default()
        });
        let colour = |id: &str, kind: &str, class| styles.of(&feature(id, kind, 3.0), class).colour;
        assert_eq!(
            colour("a", "school", FeatureClass::Building),
            Some([1, 2, 3])
        );
        assert_eq!(
            colour("b", "school", FeatureClass::Building),
            Some([9, 9, 9])
        );
        assert_eq!(
            colour("b", "office", FeatureClass::Building),
            Some([5, 5, 5])
        );
        assert_eq!(colour("b", "oak", FeatureClass::Tree), None);
    }

    #[test]
    fn a_ramp_mixes_between_its_stops_and_holds_beyond_them() {
        let ramp = Paint::ByHeight(vec![(10.0, [0, 0, 0]), (20.0, [100, 200, 50])]);
        let at = |height_m| ramp.of(&feature("a", "", height_m));
        assert_eq!(at(15.0), Some([50, 100, 25]));
        assert_eq!(at(4.0), Some([0, 0, 0]));
        assert_eq!(at(90.0), Some([100, 200, 50]));
        assert_eq!(at(0.0), None);
        assert_eq!(Paint::ByHeight(Vec::new()).of(&feature("a", "", 5.0)), None);
    }
}
