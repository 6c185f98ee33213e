//! What a person asks of the sources and of the exchange with the hub.

use super::Desk;
use crate::{
    error::AppError,
    exchange::{EVENT_OBJECT, change_rows, changes_of, event_of, fact_of_edit, layers_of, named},
    live::Live,
    wire::{
        ChoiceDto, ConflictDto, FactStateDto, HoldsDto, OutboxItemDto, SharedViewDto, SourceDto,
        Target, VersionDto, ViewPlaceDto,
    },
};
use cim_model::{EventId, EventStatus};
use cim_store::{Conflict, Fact, FromHub, OutboxMark, OutboxRow, OutboxState, StoreError};
use cim_sync::exchange::SharedView;
use serde_json::{Map, Value};

/// What the hub is called among the sources.
const HUB_SOURCE: &str = "hub";
/// A note has at most so many characters.
const MAX_NOTE_CHARS: usize = 2_000;

impl Desk {
    /// The sources, worst first.
    pub fn sources(&self) -> Vec<SourceDto> {
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        let mut rows = live.exchanged.source_rows();
        for row in &mut rows {
            if row.layers.is_empty() {
                row.layers = layers_of(&live, &row.id, now);
            }
            if row.id == HUB_SOURCE && !live.hub_name.is_empty() {
                row.name.clone_from(&live.hub_name);
            }
        }
        rows
    }

    /// The facts that the hub is to have or has got from this desk, newest first; at most 500.
    pub async fn outbox(&self) -> Result<Vec<OutboxItemDto>, AppError> {
        let rows = self.shared.keeper.store.outbox().await?;
        let live = self.shared.keeper.live();
        Ok(rows.iter().map(|row| outbox_item(&live, row)).collect())
    }

    /// Where two people changed the same, newest first; at most 500.
    pub async fn conflicts(&self) -> Result<Vec<ConflictDto>, AppError> {
        let store = &self.shared.keeper.store;
        let mut told = Vec::new();
        for conflict in store.conflicts().await? {
            let mine = store.fact(&conflict.mine).await?;
            let theirs = store.fact(&conflict.theirs).await?;
            if let (Some(mine), Some(theirs)) = (mine, theirs) {
                told.push(conflict_dto(
                    &self.shared.keeper.live(),
                    &conflict,
                    &mine,
                    &theirs,
                ));
            }
        }
        Ok(told)
    }

    /// Ends a conflict: what holds stays, or one version is said again in the operator's name. Both stay in history.
    pub async fn settle_conflict(&self, id: &str, choice: ChoiceDto) -> Result<(), AppError> {
        let store = &self.shared.keeper.store;
        let not_found = || AppError::NotFound {
            what: "conflict",
            id: id.to_owned(),
        };
        let conflicts = store.conflicts().await?;
        let conflict = conflicts
            .iter()
            .find(|conflict| conflict.mine == id)
            .ok_or_else(not_found)?;
        let again = match choice {
            ChoiceDto::Keep => None,
            ChoiceDto::Mine => Some(&conflict.mine),
            ChoiceDto::Theirs => Some(&conflict.theirs),
        };
        if let Some(again) = again {
            let fact = store.fact(again).await?.ok_or_else(not_found)?;
            let event = event_of(&fact).ok_or_else(not_found)?;
            self.edit(&event, changes_of(&fact.body)).await?;
        }
        store.see_conflict(id).await?;
        self.shared.keeper.count_outbox().await?;
        Ok(())
    }

    /// Sends a fact that was refused once more.
    pub async fn retry_fact(&self, id: &str) -> Result<(), AppError> {
        let row = self.outbox_row(id).await?;
        if row.state != OutboxState::Refused {
            return Err(AppError::BadRequest {
                what: "the fact to send again",
                found: row.state.as_str().to_owned(),
                reason: "it was refused",
            });
        }
        self.mark(id, OutboxState::Waiting).await?;
        self.shared.keeper.live().exchanged.note_edit(&row.fact);
        Ok(())
    }

    /// Takes back a fact that the hub does not have. It stays in history, as withdrawn.
    pub async fn withdraw_fact(&self, id: &str) -> Result<(), AppError> {
        let row = self.outbox_row(id).await?;
        if !matches!(row.state, OutboxState::Waiting | OutboxState::Refused) {
            return Err(AppError::BadRequest {
                what: "the fact to take back",
                found: row.state.as_str().to_owned(),
                reason: "the hub does not have it yet",
            });
        }
        self.mark(id, OutboxState::Withdrawn).await?;
        self.shared.keeper.live().exchanged.settle(id);
        Ok(())
    }

    /// Changes an event's status, adds a note, or both, in the operator's name. It shows at once and goes to the hub when it can.
    pub async fn change_event(
        &self,
        event: &str,
        status: Option<&str>,
        note: &str,
    ) -> Result<OutboxItemDto, AppError> {
        let bad = |what: &'static str, found: &str, reason: &'static str| AppError::BadRequest {
            what,
            found: found.to_owned(),
            reason,
        };
        let mut changes = Map::new();
        if let Some(word) = status {
            let status = EventStatus::from_word(word)
                .ok_or_else(|| bad("the status", word, "it is reported, handling or closed"))?;
            changes.insert("status".to_owned(), Value::from(status.as_str()));
        }
        let note = note.trim();
        if note.chars().count() > MAX_NOTE_CHARS {
            return Err(bad("the note", "", "it has at most 2 000 characters"));
        }
        if !note.is_empty() {
            changes.insert("note".to_owned(), Value::from(note));
        }
        if changes.is_empty() {
            return Err(bad("the change", "nothing", "a status or a note is given"));
        }
        let id = EventId::new(event);
        if self.shared.keeper.live().events.find(&id).is_none() {
            return Err(AppError::NotFound {
                what: "event",
                id: event.to_owned(),
            });
        }
        let fact = self.edit(&id, changes).await?;
        let row = OutboxRow {
            state: OutboxState::Waiting,
            tries: 0,
            reason: String::new(),
            changed_at: fact.known_at,
            fact,
        };
        Ok(outbox_item(&self.shared.keeper.live(), &row))
    }

    /// Shares this desk's view with whoever follows it, or stops. The host tells where it looks by [`Desk::share_place`].
    pub fn share_view(&self, on: bool) {
        let mut live = self.shared.keeper.live();
        live.exchanged.shares = on;
        live.changed = true;
    }

    /// True while this desk shares its view.
    pub fn shares_view(&self) -> bool {
        self.shared.keeper.live().exchanged.shares
    }

    /// Tells those who follow where this desk looks now. Nothing while it does not share.
    pub fn share_place(&self, place: &ViewPlaceDto) {
        let view = {
            let live = self.shared.keeper.live();
            if !live.exchanged.shares {
                return;
            }
            let clock = crate::clock::dto_from_clock(&live.clock);
            SharedView {
                // The hub takes plain letters and digits in names; who it is stands beside.
                name: live.exchanged.desk_number(),
                by: live.operator().to_owned(),
                at: self.shared.settings.time.now(),
                // A place and a clock are finite numbers and short texts.
                camera: serde_json::to_string(place).unwrap_or_default(),
                clock: serde_json::to_string(&clock).unwrap_or_default(),
            }
        };
        self.shared.keeper.share(view);
    }

    /// Follows a view that somebody shares, or none.
    pub fn follow_view(&self, name: Option<String>) -> Result<(), AppError> {
        let mut live = self.shared.keeper.live();
        if let Some(name) = &name
            && !live.exchanged.shared.contains_key(name)
        {
            return Err(AppError::NotFound {
                what: "shared view",
                id: name.clone(),
            });
        }
        live.exchanged.followed = name;
        live.changed = true;
        Ok(())
    }

    /// Where the view that this desk follows looks, and since when; `None` while it follows none.
    pub fn followed_place(&self) -> Option<(i64, ViewPlaceDto)> {
        let live = self.shared.keeper.live();
        let view = live
            .exchanged
            .shared
            .get(live.exchanged.followed.as_ref()?)?;
        let place = serde_json::from_str(&view.camera).ok()?;
        Some((view.at.0, place))
    }

    /// True while this desk follows the view called so.
    pub fn follows(&self, name: &str) -> bool {
        self.shared.keeper.live().exchanged.followed.as_deref() == Some(name)
    }

    /// What others share.
    pub fn shared_views(&self) -> Vec<SharedViewDto> {
        self.shared.keeper.live().exchanged.shared_rows()
    }

    async fn edit(&self, event: &EventId, changes: Map<String, Value>) -> Result<Fact, AppError> {
        let now = self.shared.settings.time.now();
        let fact = {
            let mut live = self.shared.keeper.live();
            let fact = fact_of_edit(event, changes, live.operator(), now);
            live.tell_fact(fact.clone());
            live.changed = true;
            fact
        };
        self.shared.keeper.flush().await;
        Ok(fact)
    }

    async fn outbox_row(&self, id: &str) -> Result<OutboxRow, AppError> {
        let rows = self.shared.keeper.store.outbox().await?;
        let found = rows.into_iter().find(|row| row.fact.id == id);
        found.ok_or_else(|| AppError::NotFound {
            what: "fact",
            id: id.to_owned(),
        })
    }

    async fn mark(&self, id: &str, state: OutboxState) -> Result<(), StoreError> {
        let mark = OutboxMark {
            id: id.to_owned(),
            state,
            reason: String::new(),
            tried: 0,
            at: self.shared.settings.time.now(),
        };
        let told = FromHub {
            marks: vec![mark],
            ..FromHub::default()
        };
        self.shared.keeper.store.take_from_hub(&told).await?;
        self.shared.keeper.outbox_changed().await?;
        self.shared.keeper.live().changed = true;
        Ok(())
    }
}

fn outbox_item(live: &Live, row: &OutboxRow) -> OutboxItemDto {
    let (subject_name, target) = named(live, &row.fact.subject);
    OutboxItemDto {
        id: row.fact.id.clone(),
        subject: row.fact.subject.clone(),
        subject_name,
        target,
        verb: row.fact.verb.clone(),
        author: row.fact.author.clone(),
        happened_at: row.fact.happened_at.0,
        state: match row.state {
            OutboxState::Waiting => FactStateDto::Waiting,
            OutboxState::Accepted => FactStateDto::Accepted,
            OutboxState::Refused => FactStateDto::Refused,
            OutboxState::Conflict => FactStateDto::Conflict,
            OutboxState::Withdrawn => FactStateDto::Withdrawn,
        },
        tries: row.tries,
        reason: row.reason.clone(),
        changes: change_rows(&row.fact.body),
    }
}

fn conflict_dto(live: &Live, conflict: &Conflict, mine: &Fact, theirs: &Fact) -> ConflictDto {
    let (subject_name, named_target) = named(live, &mine.subject);
    let event = mine.subject.strip_prefix(EVENT_OBJECT);
    let target = named_target.or_else(|| {
        Some(Target::Event {
            id: event?.to_owned(),
        })
    });
    ConflictDto {
        id: conflict.mine.clone(),
        subject: mine.subject.clone(),
        subject_name,
        target,
        mine: version(mine, &live.exchanged.desk),
        theirs: version(theirs, theirs.id.split('~').next().unwrap_or_default()),
        holds: match conflict.holds.as_str() {
            "mine" => HoldsDto::Mine,
            "theirs" => HoldsDto::Theirs,
            _ => HoldsDto::Mixed,
        },
        at: conflict.at.0,
        seen: conflict.seen,
    }
}

fn version(fact: &Fact, desk: &str) -> VersionDto {
    VersionDto {
        id: fact.id.clone(),
        author: fact.author.clone(),
        desk: desk.to_owned(),
        happened_at: fact.happened_at.0,
        known_at: fact.known_at.0,
        changes: change_rows(&fact.body),
    }
}
