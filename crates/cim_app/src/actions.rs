//! What people do at the desk, as facts: they stand on the timeline, and a rewound desk knows of them.

use crate::{exchange::named, facts::ACTS, live::Live, texts::text, wire::ActionDto};
use cim_model::{Layer, UtcMillis};
use cim_store::Fact;

/// How many actions the timeline shows; of more the newest.
const MAX_ACTIONS: usize = 500;

/// Who acknowledges alarms that were history when the desk heard of them: nobody in person.
pub(crate) const BY_HISTORY: &str = "history";

const LAYER_ON: &str = "layer_on";
const LAYER_OFF: &str = "layer_off";
const VIEW: &str = "view";
const MOMENT_SAVED: &str = "moment_saved";
const RECORDING_SAVED: &str = "recording_saved";

/// Something that a person did.
pub(crate) enum Action<'a> {
    /// Drew a layer.
    LayerOn(&'a str),
    /// Left a layer out.
    LayerOff(&'a str),
    /// Went to a view: its name, or nothing when it has none, and the place as JSON.
    View(&'a str, String),
    /// Saved a moment under this title.
    MomentSaved(&'a str),
    /// Saved a recording under this name.
    RecordingSaved(&'a str),
}

impl Action<'_> {
    /// The fact that `author` did it at `at`.
    pub(crate) fn fact(self, at: UtcMillis, author: &str) -> Fact {
        let (verb, subject, body) = match self {
            Self::LayerOn(layer) => (LAYER_ON, layer, String::new()),
            Self::LayerOff(layer) => (LAYER_OFF, layer, String::new()),
            Self::View(name, place) => (VIEW, name, place),
            Self::MomentSaved(title) => (MOMENT_SAVED, title, String::new()),
            Self::RecordingSaved(name) => (RECORDING_SAVED, name, String::new()),
        };
        Fact {
            // One person does one thing to one object at a time.
            id: format!("{author}#{verb}#{subject}#{}", at.0),
            happened_at: at,
            known_at: at,
            author: author.to_owned(),
            subject: subject.to_owned(),
            verb: verb.to_owned(),
            body,
            cause: String::new(),
        }
    }
}

/// What people did according to `facts`, oldest first. What the desk derives by itself is no action.
pub(crate) fn actions(live: &Live, facts: &[Fact]) -> Vec<ActionDto> {
    let is_action = |fact: &&Fact| {
        let verbs = [LAYER_ON, LAYER_OFF, VIEW, MOMENT_SAVED, RECORDING_SAVED];
        let verb = fact.verb.as_str();
        (verbs.contains(&verb) || ACTS.contains(&verb)) && fact.author != BY_HISTORY
    };
    let done: Vec<&Fact> = facts.iter().filter(is_action).collect();
    let first = done.len().saturating_sub(MAX_ACTIONS);
    done.iter()
        .skip(first)
        .map(|fact| ActionDto {
            time: fact.happened_at.0,
            known_at: fact.known_at.0,
            author: fact.author.clone(),
            verb: fact.verb.clone(),
            subject: in_words(live, fact),
        })
        .collect()
}

/// What the fact is about, in people's words where there are some.
fn in_words(live: &Live, fact: &Fact) -> String {
    let words = match fact.verb.as_str() {
        LAYER_ON | LAYER_OFF => text(&live.language, &format!("layer.{}", fact.subject)),
        VIEW => view_title(live, &fact.subject),
        verb if ACTS.contains(&verb) => Some(named(live, &fact.subject).0),
        _ => None,
    };
    words.unwrap_or_else(|| fact.subject.clone())
}

fn view_title(live: &Live, name: &str) -> Option<String> {
    let city = live.city.as_ref()?;
    let view = city.views().iter().find(|view| view.name == name)?;
    Some(if live.language == "en" {
        view.title_en.clone()
    } else {
        view.title_zh.clone()
    })
}

/// The action of switching `layer`.
pub(crate) fn switching(layer: Layer, on: bool) -> Action<'static> {
    if on {
        Action::LayerOn(layer.as_str())
    } else {
        Action::LayerOff(layer.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        facts::tests::{alarm, fact_of_acknowledgement, raised_fact},
        state::tests::gas_sensor,
        wire::ConnectionDto,
    };
    use cim_model::Alarm;

    #[test]
    fn actions_are_what_people_did_in_peoples_words() {
        let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let (thing, datastream) = gas_sensor(0);
        live.apply_catalogue(vec![thing], vec![datastream], Vec::new());
        let seen = |by: &str| Alarm {
            acknowledged: Some((UtcMillis(6_000), by.to_owned())),
            ..alarm()
        };
        let mut facts = vec![
            raised_fact(alarm(), 5_000),
            switching(Layer::Sensors, false).fact(UtcMillis(7_000), "Li"),
        ];
        facts.extend(fact_of_acknowledgement(&seen("Wang")));
        facts.extend(fact_of_acknowledgement(&seen(BY_HISTORY)));
        let told: Vec<(String, String, String)> = actions(&live, &facts)
            .into_iter()
            .map(|action| (action.author, action.verb, action.subject))
            .collect();
        let row = |author: &str, verb: &str, subject: &str| {
            (author.to_owned(), verb.to_owned(), subject.to_owned())
        };
        assert_eq!(
            told,
            [
                row("Li", "layer_off", "Sensors"),
                row("Wang", "alarm_acknowledged", "Chamber 0"),
            ]
        );
    }

    #[test]
    fn of_very_many_actions_the_newest_are_told() {
        let live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let facts: Vec<Fact> = (0..600)
            .map(|n| Action::MomentSaved("a").fact(UtcMillis(n), "Li"))
            .collect();
        let told = actions(&live, &facts);
        assert_eq!(told.len(), MAX_ACTIONS);
        assert_eq!(told.last().map(|action| action.time), Some(599));
    }
}
