//! The closed lists of CAP: each word is an enum's variant.

use cim_model::Standing;

/// The word for `standing` (CAP 1.2, 3.2.1 `<status>`).
pub(super) fn status_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Actual => "Actual",
        Standing::Exercise => "Exercise",
        Standing::System => "System",
        Standing::Test => "Test",
        Standing::Draft => "Draft",
    }
}

/// What `word` means as a status, with the standard's capital letters.
pub(super) fn status_of(word: &str) -> Option<Standing> {
    Standing::ALL
        .into_iter()
        .find(|standing| status_word(*standing) == word)
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every word of the list, in the standard's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word as CAP spells it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What `word` means, with the standard's capital letters.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}

words! {
    /// What a message does (CAP 1.2, 3.2.1 `<msgType>`).
    MessageType {
        /// First information.
        Alert = "Alert",
        /// Updates and supersedes the messages that it refers to.
        Update = "Update",
        /// Cancels the messages that it refers to.
        Cancel = "Cancel",
        /// Acknowledges receipt of the messages that it refers to.
        Ack = "Ack",
        /// Rejects the messages that it refers to.
        Error = "Error",
    }
}

words! {
    /// Who may see a message (3.2.1 `<scope>`).
    Scope {
        /// Everybody.
        Public = "Public",
        /// Those whom the restriction names.
        Restricted = "Restricted",
        /// The given addresses only.
        Private = "Private",
    }
}

words! {
    /// What an alert is about (3.2.2 `<category>`).
    Category {
        /// Geophysical, landslides included.
        Geo = "Geo",
        /// Meteorological, floods included.
        Met = "Met",
        /// General emergency and public safety.
        Safety = "Safety",
        /// Law enforcement, military, private security.
        Security = "Security",
        /// Rescue and recovery.
        Rescue = "Rescue",
        /// Fire suppression and rescue.
        Fire = "Fire",
        /// Medical and public health.
        Health = "Health",
        /// Pollution and other environmental matters.
        Env = "Env",
        /// Public and private transport.
        Transport = "Transport",
        /// Utilities, telecommunication, other infrastructure.
        Infra = "Infra",
        /// Chemical, biological, radiological, nuclear or high-yield explosive threat.
        Cbrne = "CBRNE",
        /// Anything else.
        Other = "Other",
    }
}

words! {
    /// What people are asked to do (3.2.2 `<responseType>`).
    ResponseType {
        /// Take shelter.
        Shelter = "Shelter",
        /// Leave.
        Evacuate = "Evacuate",
        /// Make preparations.
        Prepare = "Prepare",
        /// Do what was planned beforehand.
        Execute = "Execute",
        /// Keep away.
        Avoid = "Avoid",
        /// Attend to sources of information.
        Monitor = "Monitor",
        /// Evaluate the information; not for public warnings.
        Assess = "Assess",
        /// The event no longer threatens.
        AllClear = "AllClear",
        /// Nothing.
        None = "None",
    }
}

words! {
    /// How soon people should act (3.2.2 `<urgency>`).
    Urgency {
        /// At once.
        Immediate = "Immediate",
        /// Within the hour.
        Expected = "Expected",
        /// In the near future.
        Future = "Future",
        /// No more.
        Past = "Past",
        /// Not known.
        Unknown = "Unknown",
    }
}

words! {
    /// How grave an alert is (3.2.2 `<severity>`).
    AlertSeverity {
        /// Extraordinary threat to life or property.
        Extreme = "Extreme",
        /// Significant threat.
        Severe = "Severe",
        /// Possible threat.
        Moderate = "Moderate",
        /// Minimal to no known threat.
        Minor = "Minor",
        /// Not known.
        Unknown = "Unknown",
    }
}

words! {
    /// How sure the sender is (3.2.2 `<certainty>`).
    Certainty {
        /// It happened or happens.
        Observed = "Observed",
        /// More than half probable.
        Likely = "Likely",
        /// Possible, not likely.
        Possible = "Possible",
        /// Not expected.
        Unlikely = "Unlikely",
        /// Not known.
        Unknown = "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_and_capitals_count() {
        for category in Category::ALL {
            assert_eq!(Category::from_word(category.as_str()), Some(*category));
        }
        assert_eq!(Category::from_word("cbrne"), None);
        assert_eq!(Urgency::from_word("Foobar"), None);
        assert_eq!(Category::ALL.len(), 12);
    }
}
