//! What goes between a desk and its hub beside observations: facts, their fate, gaps, and who is there.

use cim_model::UtcMillis;
use serde_json::Value;

/// Something that a person did at this desk, on its way to the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundFact {
    /// Its identity, chosen by the desk and never used again; at most 1000 bytes.
    pub id: String,
    /// What it is about: `event:ID`, an alarm.
    pub object: String,
    /// What was done: `event_changed`, `alarm_acknowledged`.
    pub verb: String,
    /// Who did it.
    pub author: String,
    /// When it was done, by the desk's clock.
    pub happened_at: UtcMillis,
    /// When the desk knew of it.
    pub known_at: UtcMillis,
    /// What led to it; may be empty.
    pub cause: String,
    /// More, as the text of a JSON object; at most 64 KiB.
    pub body: String,
    /// The hub's number of the newest change of the object that the author had seen.
    pub base: Option<u64>,
}

/// A fact as the hub has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFact {
    /// The number of its change at the hub.
    pub seq: u64,
    /// The desk at which it was done.
    pub desk: String,
    /// The fact.
    pub fact: OutboundFact,
    /// Identities of the facts that it was in conflict with when it arrived.
    pub conflict_with: Vec<String>,
    /// Whether its values held when it arrived.
    pub holds: bool,
}

/// What the hub said to a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept.
    Accepted,
    /// It was there already.
    Known,
    /// It is kept, and somebody gave the same field another value.
    Conflict,
    /// It is not kept; the reason says why.
    Refused,
}

impl Verdict {
    /// The word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Known => "known",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
        }
    }

    /// The verdict spelt `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Accepted, Self::Known, Self::Conflict, Self::Refused]
            .into_iter()
            .find(|verdict| verdict.as_str() == word)
    }
}

/// What became of a fact of this desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The fact.
    pub id: String,
    /// What the hub said.
    pub verdict: Verdict,
    /// The number of its change, when it is kept.
    pub seq: Option<u64>,
    /// More in words; why, when it was refused.
    pub reason: String,
    /// The other versions that it is in conflict with.
    pub with: Vec<RemoteFact>,
    /// Whether its values hold.
    pub holds: bool,
}

/// A stretch of time in which observations of a source are known to be missing, or were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The source; `hub` for the hub itself.
    pub source: String,
    /// Where it begins.
    pub from: UtcMillis,
    /// Where it ends, not included.
    pub until: UtcMillis,
    /// What is known of it. A later word about a moment replaces an earlier one.
    pub state: GapState,
    /// How many observations are missing, when that is known.
    pub missing: Option<u64>,
}

/// What is known of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapState {
    /// Something may be missing; it is being looked into.
    Found,
    /// Something is missing, and is being fetched.
    Filling,
    /// Nothing is missing any more.
    Filled,
    /// The hub itself has only a sample of it.
    Sampled,
    /// It could not be filled.
    Lost,
}

impl GapState {
    /// The word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Filling => "filling",
            Self::Filled => "filled",
            Self::Sampled => "sampled",
            Self::Lost => "lost",
        }
    }
}

/// A desk that is at the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The desk.
    pub desk: String,
    /// Who sits at it.
    pub operator: String,
    /// What it is used for: `live`, `replay`, `exercise`.
    pub mode: String,
    /// Since when.
    pub since: UtcMillis,
    /// When the hub last heard of it.
    pub last_seen: UtcMillis,
}

/// A camera and a clock that somebody shares, for instance with a wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedView {
    /// Its name.
    pub name: String,
    /// Who shares it.
    pub by: String,
    /// When it was last set.
    pub at: UtcMillis,
    /// The camera, as the text of a JSON object.
    pub camera: String,
    /// The clock, as the text of a JSON object.
    pub clock: String,
}

/// How far the hub's feed of changes was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The life of the hub's database; empty before the first answer.
    pub epoch: String,
    /// The last change that was read.
    pub seq: u64,
    /// Its check value; the epoch before the first.
    pub chain: String,
}

impl Cursor {
    /// The beginning of the feed in the life `epoch`.
    pub fn beginning_of(epoch: &str) -> Self {
        Self {
            epoch: epoch.to_owned(),
            seq: 0,
            chain: epoch.to_owned(),
        }
    }
}

/// One question to the hub, told apart from all others of this [`Exchange`](super::Exchange).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskId(pub u64);

/// A question to the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Take these facts of ours.
    Facts(Vec<OutboundFact>),
    /// Take these facts back: you had accepted them before you were restored.
    GiveBack(Vec<RemoteFact>),
    /// What changed after this?
    Changes {
        /// The last change that is known here.
        after: u64,
        /// Its check value; empty when nothing is known.
        chain: String,
        /// How many at most.
        limit: usize,
    },
    /// What do these minutes amount to?
    Digests {
        /// Where the stretch begins, a full minute.
        from: UtcMillis,
        /// Where it ends, not included, a full minute.
        until: UtcMillis,
    },
    /// Which observations are there?
    Observations {
        /// Where the stretch begins.
        from: UtcMillis,
        /// Where it ends, not included.
        until: UtcMillis,
        /// Which buckets, bit n for bucket n.
        buckets: u64,
        /// Where the page before ended, in the hub's own words.
        after: Option<String>,
    },
}

/// What the hub answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To facts, ours or given back.
    Facts(FactsAnswer),
    /// To changes.
    Changes(ChangesPage),
    /// To changes: the hub doesn't know what this desk has seen.
    Restored {
        /// The life of its database.
        epoch: String,
        /// Its newest change.
        newest: u64,
        /// The last change that both have, when it can tell.
        common: Option<u64>,
    },
    /// To digests.
    Digests(Vec<super::MinuteDigest>),
    /// To observations. The observations themselves go to the history, on a road of their own, before this is said.
    Observations {
        /// How many there were on the page.
        rows: u64,
        /// Where the page ended, when there is more.
        next: Option<String>,
    },
}

/// The hub's answer to facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactsAnswer {
    /// The life of its database.
    pub epoch: String,
    /// Its newest change.
    pub newest: u64,
    /// What became of each.
    pub items: Vec<Outcome>,
}

/// A page of the hub's feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangesPage {
    /// The life of its database.
    pub epoch: String,
    /// The changes, in order.
    pub items: Vec<ChangeItem>,
    /// The last change that the page covers.
    pub seq: u64,
    /// Its check value.
    pub chain: String,
    /// The hub's newest change.
    pub newest: u64,
}

/// One change of the hub's feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeItem {
    /// Its number.
    pub seq: u64,
    /// `fact`, `event`, `camera` or `catalogue`; newer hubs may have more.
    pub kind: String,
    /// What changed.
    pub id: String,
    /// The fact, event, camera or list of things, letter by letter as the hub wrote it.
    pub body: String,
    /// For a fact: the desk at which it was done.
    pub desk: String,
    /// For a fact: what it is in conflict with.
    pub conflict_with: Vec<String>,
    /// For a fact: whether its values hold.
    pub holds: bool,
}

/// A change as the hub announces it over MQTT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announcement {
    /// The life of its database.
    pub epoch: String,
    /// The change before it.
    pub prev: u64,
    /// The check value of the change; empty when the hub doesn't say.
    pub chain: String,
    /// The change.
    pub item: ChangeItem,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is no connection.
    Unreachable,
    /// No answer came in time. The hub may have done what it was asked.
    Timeout,
    /// The hub refused: HTTP status and reason.
    Refused(u16, String),
    /// The answer cannot be read, or isn't what its digest says.
    Broken(String),
}

/// What the desk has to do or know. To be carried out in order: what was told before a cursor must be kept before it.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Facts in the hub's feed, those of this desk too. May be told again; the identity decides, the newer number counts.
    Facts(Vec<RemoteFact>),
    /// Events as they are now.
    Events(Vec<Value>),
    /// Cameras as they are now.
    Cameras(Vec<Value>),
    /// Things that were created or changed, to be fetched.
    CatalogueChanged(Vec<String>),
    /// What became of facts of ours, or of facts that were given back.
    Outcomes(Vec<Outcome>),
    /// These facts of ours were accepted once and the hub has them no more: they are queued again.
    Requeued(Vec<String>),
    /// The feed is read up to here.
    Cursor(Cursor),
    /// A gap was found, filled or given up.
    Gap(Gap),
    /// Up to here no observation is missing, apart from the gaps told.
    SureUntil(UtcMillis),
    /// Say what the own history of this stretch amounts to: [`Exchange::local_digest`](super::Exchange::local_digest).
    NeedLocalDigest {
        /// Where it begins, a full minute.
        from: UtcMillis,
        /// Where it ends, not included, a full minute.
        until: UtcMillis,
    },
    /// The hub was restored from a backup, or is another one. What it says of facts and events from now on replaces what
    /// it said before. Remember that this is going on until [`Told::GivenBack`].
    HubRestored {
        /// The life of its database.
        epoch: String,
        /// The last change that both have, when the hub can tell.
        common: Option<u64>,
    },
    /// Say which facts the hub had accepted before, of all desks: [`Exchange::held`](super::Exchange::held).
    NeedHeld,
    /// The restored hub has everything again that this desk could give back, and its feed has shown it.
    GivenBack,
    /// Something goes wrong that a person might mend.
    Trouble {
        /// What was asked: `facts`, `changes`, `digests`, `observations`.
        what: &'static str,
        /// Why it does not work.
        reason: String,
    },
}
