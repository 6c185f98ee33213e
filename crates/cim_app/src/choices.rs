//! What a person chose for the twin and finds again after a restart: look, memory, and which parts of the city are drawn.
//!
//! That sensors, cameras or events are switched off is not among it: a desk never begins with its alarms out of sight.

use crate::{
    alarm_desk::KeptAlarms, event_desk::KeptCases, layers::KeptLayers, live::Live, wire::LookDto,
};
use cim_model::Layer;
use cim_tiles::{Budget, FeatureClass};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The setting under which the store remembers the choices.
pub(crate) const CHOICES: &str = "twin";
/// The least that the city model can be given, MiB.
pub(crate) const LEAST_BUDGET_MIB: u32 = 256;
/// The most that the city model can be given, MiB.
pub(crate) const MOST_BUDGET_MIB: u32 = 65_536;

/// The layers of the city itself.
const CITY_LAYERS: [Layer; 5] = [
    Layer::Buildings,
    Layer::Roads,
    Layer::Water,
    Layer::Green,
    Layer::Labels,
];

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Choices {
    /// How the twin looks; `None` until somebody chose.
    look: Option<LookDto>,
    /// What the city model may take, MiB; `None` until somebody chose.
    budget_mib: Option<u32>,
    /// Class words that are not drawn.
    hidden_classes: BTreeSet<String>,
    /// Words of the city's layers that are not drawn.
    layers_off: BTreeSet<String>,
    /// How the layers stand.
    layers: KeptLayers,
    /// Which rules of alarms are off, and what is out of the list.
    pub(crate) alarms: KeptAlarms,
    /// As whom the person acts, and which cases are open however old.
    pub(crate) cases: KeptCases,
}

impl Choices {
    /// What holds now.
    pub(crate) fn of(live: &Live) -> Self {
        let off = CITY_LAYERS
            .iter()
            .filter(|layer| !live.shows_layer(**layer));
        Self {
            look: live.look,
            budget_mib: live.budget_mib,
            hidden_classes: live.showing.hidden_classes.clone(),
            layers_off: off.map(|layer| layer.as_str().to_owned()).collect(),
            layers: live.layers.kept(),
            alarms: live.alarms.kept(),
            cases: live.event_desk.kept(),
        }
    }

    /// Makes it hold again; words of another version are passed over.
    pub(crate) fn apply(&self, live: &mut Live) {
        live.look = self.look;
        live.budget_mib = self
            .budget_mib
            .map(|mib| mib.clamp(LEAST_BUDGET_MIB, MOST_BUDGET_MIB));
        for class in FeatureClass::ALL {
            if self.hidden_classes.contains(class.as_str()) {
                live.showing.switch_class(class.as_str(), false);
            }
        }
        for layer in CITY_LAYERS {
            if self.layers_off.contains(layer.as_str()) {
                live.hide_layer(layer);
            }
        }
        live.layers.remember(&self.layers);
    }
}

/// What the city model may take when nobody chose, MiB.
pub(crate) fn usual_budget_mib() -> u32 {
    u32::try_from(Budget::default().max_bytes >> 20).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ConnectionDto, QualityDto, StyleDto};

    fn live() -> Live {
        Live::new("en".to_owned(), ConnectionDto::NoHub, None)
    }

    #[test]
    fn what_was_chosen_holds_again_and_alarms_stay_in_sight() {
        let mut before = live();
        before.look = Some(LookDto {
            style: StyleDto::Day,
            quality: QualityDto::Standard,
            time: Some(1_700_000_000_000),
        });
        before.budget_mib = Some(2_048);
        before.showing.switch_class("pipe", false);
        before.hide_layer(Layer::Green);
        before.hide_layer(Layer::Sensors);
        let text = serde_json::to_string(&Choices::of(&before)).expect("text");

        let mut after = live();
        let read: Choices = serde_json::from_str(&text).expect("choices");
        read.apply(&mut after);
        assert_eq!((after.look, after.budget_mib), (before.look, Some(2_048)));
        assert!(after.showing.hidden_classes.contains("pipe") && after.showing.revision > 0);
        assert!(!after.shows_layer(Layer::Green) && after.shows_layer(Layer::Sensors));
        assert_eq!(Choices::of(&after), read);
    }

    #[test]
    fn words_of_another_version_change_nothing() {
        let text =
            r#"{"budget_mib":1,"hidden_classes":["castle"],"layers_off":["sensors"],"new":1}"#;
        let read: Choices = serde_json::from_str(text).expect("choices");
        let mut after = live();
        read.apply(&mut after);
        assert_eq!(after.budget_mib, Some(LEAST_BUDGET_MIB));
        assert!(after.showing.hidden_classes.is_empty() && after.shows_layer(Layer::Sensors));
    }
}
