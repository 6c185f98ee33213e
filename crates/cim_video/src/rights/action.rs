//! What can be done with a camera, and sets of it.

use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// What can be done with a camera.
    Action {
        /// Find it in trees, searches and on the map by its name.
        List = "list",
        /// Know where it stands, which way it looks and what it is.
        SeePlace = "see_place",
        /// Look at its picture as it comes.
        Live = "live",
        /// Look at what it recorded.
        Playback = "playback",
        /// Keep one picture.
        Snapshot = "snapshot",
        /// Take a stretch of video out of the desk.
        Export = "export",
        /// Turn it.
        Ptz = "ptz",
        /// See what is masked in a kept picture.
        Reveal = "reveal",
        /// Give somebody else a right for a while.
        Grant = "grant",
    }
}

impl Action {
    /// One letter for tables: `lpvbsezrg` in the order of [`Action::ALL`].
    pub fn letter(self) -> char {
        match self {
            Self::List => 'l',
            Self::SeePlace => 'p',
            Self::Live => 'v',
            Self::Playback => 'b',
            Self::Snapshot => 's',
            Self::Export => 'e',
            Self::Ptz => 'z',
            Self::Reveal => 'r',
            Self::Grant => 'g',
        }
    }

    /// True when nothing is seen through the lens: no purpose of a grant has to be named for it.
    pub(crate) fn is_of_the_catalogue(self) -> bool {
        matches!(self, Self::List | Self::SeePlace)
    }

    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of actions. In files: a list of their words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Action>", into = "Vec<Action>")]
pub struct Actions(u16);

impl Actions {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Everything.
    pub const ALL: Self = Self((1 << Action::ALL.len()) - 1);

    /// These.
    pub fn of(actions: &[Action]) -> Self {
        let bits = actions.iter().map(|action| action.bit());
        Self(bits.fold(0, |all, bit| all | bit))
    }

    /// True when `action` is among them.
    pub fn has(self, action: Action) -> bool {
        self.0 & action.bit() != 0
    }

    /// True when all of `others` are among them.
    pub fn holds(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// True when there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// These and `action`.
    #[must_use]
    pub fn with(self, action: Action) -> Self {
        Self(self.0 | action.bit())
    }

    /// These and `others`.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that are also among `others`.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Those that are not among `others`.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Each, in the order of [`Action::ALL`].
    pub fn each(self) -> impl Iterator<Item = Action> {
        Action::ALL
            .iter()
            .copied()
            .filter(move |action| self.has(*action))
    }

    /// Their words.
    pub fn words(self) -> Vec<&'static str> {
        self.each().map(Action::as_str).collect()
    }

    /// The actions that `words` name: `*` is all of them, `-word` takes one out again. The error is the word that is none.
    pub(crate) fn read(words: &[String]) -> Result<Self, String> {
        let mut actions = Self::NONE;
        for word in words {
            if word == "*" {
                actions = Self::ALL;
                continue;
            }
            let (bare, is_out) = word
                .strip_prefix('-')
                .map_or((word.as_str(), false), |bare| (bare, true));
            let action = Action::from_word(bare).ok_or_else(|| bare.to_owned())?;
            actions = if is_out {
                actions.without(Self::of(&[action]))
            } else {
                actions.with(action)
            };
        }
        Ok(actions)
    }
}

impl From<Vec<Action>> for Actions {
    fn from(actions: Vec<Action>) -> Self {
        Self::of(&actions)
    }
}

impl From<Actions> for Vec<Action> {
    fn from(actions: Actions) -> Self {
        actions.each().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_make_sets_and_sets_make_words() {
        let read = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            Actions::read(&words)
        };
        assert_eq!(read(&["*"]), Ok(Actions::ALL));
        assert_eq!(read(&[]), Ok(Actions::NONE));
        assert_eq!(
            read(&["live", "list"]).map(Actions::words),
            Ok(vec!["list", "live"])
        );
        assert_eq!(
            read(&["*", "-export"]),
            Ok(Actions::ALL.without(Actions::of(&[Action::Export])))
        );
        assert_eq!(read(&["fly"]), Err("fly".to_owned()));
        let text = r#"["live","ptz"]"#;
        let set: Actions = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&set).unwrap(), text);
        assert!(serde_json::from_str::<Actions>(r#"["fly"]"#).is_err());
    }

    #[test]
    fn sets_are_joined_cut_and_compared() {
        let look = Actions::of(&[Action::Live, Action::Playback]);
        let keep = Actions::of(&[Action::Playback, Action::Snapshot]);
        assert_eq!(look.and(keep).words(), ["playback"]);
        assert_eq!(look.or(keep).words(), ["live", "playback", "snapshot"]);
        assert!(look.or(keep).holds(look) && !look.holds(keep));
        assert!(look.without(look).is_empty() && !look.is_empty());
        let letters: String = Action::ALL.iter().map(|one| one.letter()).collect();
        assert_eq!(letters, "lpvbsezrg");
    }
}
