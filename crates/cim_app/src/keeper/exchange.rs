//! Keeping what the exchange with the hub brings, and answering what it asks of the desk.

use super::Keeper;
use crate::{desk::DeskSettings, exchange::Exchanged as Known, live::Live, wire::Mode};
use cim_model::{DatastreamId, EventId, MinuteDigest, UtcMillis};
use cim_store::{
    Conflict, FromHub, HubFact, KnownGap, OutboxMark, OutboxState, Store, StoreError, TakenFact,
};
use cim_sync::{
    Answer, Exchanged, Keeping, Member, Standing,
    exchange::{Cursor, Gap, GapState, OutboundFact, Outcome, RemoteFact, Verdict},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Weak},
};

/// Under this name the store remembers up to where the hub's changes are known.
pub(crate) const CURSOR: &str = "hub_cursor";
/// Under this name the store remembers up to where the history was compared with the hub's.
pub(crate) const COMPARED: &str = "hub_compared";
/// Under this name the store remembers whether a restored hub is being given back what it lost.
const RESTORING: &str = "hub_restoring";
/// Under this name the store remembers what this desk is called at the hub.
const DESK: &str = "desk_name";
/// Series of other sources than the hub carry their source's name and this mark in front.
pub(crate) const SOURCE_MARK: char = ':';

impl Keeper {
    /// Keeps what one step of the exchange brought, then shows it. What the store refuses is told, and kept with what comes next.
    pub(super) async fn take_exchanged(&self, brought: Exchanged) {
        let now = self.time.now();
        let kept = {
            let mut unkept = self.unkept.lock().await;
            let new = from_hub(&self.live().exchanged, &brought, now);
            unkept.append(new);
            if let Err(error) = self.store.take_from_hub(&unkept).await {
                self.tell(&error);
                return;
            }
            std::mem::take(&mut *unkept)
        };
        let mut is_others = Vec::with_capacity(kept.facts.len());
        {
            let mut live = self.live();
            if let Some(cursor) = &brought.cursor {
                live.exchanged.seq = Some(cursor.seq);
            }
            let mut cases = BTreeSet::new();
            for at_hub in &kept.facts {
                is_others.push(at_hub.desk != live.exchanged.desk);
                cases.extend(show_fact(&mut live, at_hub, now));
            }
            live.show_cases(&cases);
            for mark in &kept.marks {
                if mark.state != OutboxState::Waiting {
                    live.exchanged.settle(&mark.id);
                }
            }
            live.changed = true;
        }
        // The video desk has locks of its own: nobody waits for the live view meanwhile.
        for (at_hub, _) in kept.facts.iter().zip(&is_others).filter(|(_, is)| **is) {
            self.video.take_fact(&at_hub.fact);
        }
        if !(kept.marks.is_empty() && kept.conflicts.is_empty())
            && let Err(error) = self.count_outbox().await
        {
            self.tell(&error);
        }
    }

    /// Who this desk is to the hub. Its name is made once and remembered.
    pub(crate) async fn member(self: &Arc<Self>, settings: &DeskSettings) -> Member {
        let read = async {
            let desk = if let Some(desk) = self.store.setting(DESK).await? {
                desk
            } else {
                let made = new_desk_name(settings, self.time.now());
                self.store.put_setting(DESK, &made).await?;
                made
            };
            let cursor = self.store.setting(CURSOR).await?;
            let waiting = self.store.waiting_facts().await?;
            self.count_outbox().await?;
            Ok::<_, StoreError>((desk, cursor, waiting))
        };
        let (desk, cursor, waiting) = read.await.unwrap_or_else(|error| {
            self.tell(&error);
            (new_desk_name(settings, self.time.now()), None, Vec::new())
        });
        let cursor = cursor.as_deref().and_then(cursor_from);
        {
            let mut live = self.live();
            live.exchanged.desk.clone_from(&desk);
            live.exchanged.seq = cursor.as_ref().map(|cursor| cursor.seq);
            live.exchanged.take_waiting(&waiting);
        }
        Member {
            desk,
            operator: settings.operator.clone(),
            mode: mode_word(settings.mode).to_owned(),
            keeping: Arc::new(Kept {
                keeper: Arc::downgrade(self),
                store: self.store.clone(),
            }),
        }
    }

    /// New facts wait in the outbox: counts them, and wakes the exchange.
    pub(crate) async fn outbox_changed(&self) -> Result<(), StoreError> {
        self.nudge.notify_one();
        self.count_outbox().await
    }

    /// Counts what the outbox holds.
    pub(crate) async fn count_outbox(&self) -> Result<(), StoreError> {
        let counts = self.store.outbox_counts().await?;
        let mut live = self.live();
        if live.exchanged.counts != counts {
            live.exchanged.counts = counts;
            live.changed = true;
        }
        Ok(())
    }
}

/// Shows a fact of somebody else: what they did to an alarm or a case is done here too. The case, which is still to be shown.
fn show_fact(live: &mut Live, at_hub: &HubFact, now: UtcMillis) -> Option<EventId> {
    live.exchanged.settle(&at_hub.fact.id);
    if at_hub.desk == live.exchanged.desk {
        return None;
    }
    if let Some(log) = &mut live.facts {
        log.note(&at_hub.fact);
    }
    live.take_act(&at_hub.fact);
    let case = live.take_event_fact(&at_hub.fact, now);
    live.note_written(Some(at_hub.fact.happened_at.0), now);
    case
}

/// What is kept of `brought`.
fn from_hub(known: &Known, brought: &Exchanged, now: UtcMillis) -> FromHub {
    let mut kept = FromHub::default();
    for remote in &brought.facts {
        let fact = hub_fact(known, remote, now);
        kept.conflicts
            .extend(conflicts_in(known, remote, &fact, now));
        kept.facts.push(fact);
    }
    for outcome in &brought.outcomes {
        let id = known.id_here(&outcome.id).to_owned();
        if let Some(seq) = outcome.seq.filter(|_| id != outcome.id) {
            kept.numbers.push(TakenFact {
                id: id.clone(),
                seq,
                desk: known.desk.clone(),
                holds: outcome.holds,
            });
        }
        let is_known_conflict = outcome.verdict == Verdict::Known && !outcome.with.is_empty();
        kept.marks.push(OutboxMark {
            id: id.clone(),
            state: if is_known_conflict {
                OutboxState::Conflict
            } else {
                state_of(outcome.verdict)
            },
            reason: outcome.reason.clone(),
            tried: 1,
            at: now,
        });
        for theirs in &outcome.with {
            let theirs = hub_fact(known, theirs, now);
            kept.conflicts.push(conflict_of(&id, &theirs, outcome, now));
            kept.facts.push(theirs);
        }
    }
    kept.gaps.extend(brought.gaps.iter().map(known_gap));
    if let Some(cursor) = &brought.cursor {
        let text = format!("{} {} {}", cursor.epoch, cursor.seq, cursor.chain);
        kept.settings.push((CURSOR.to_owned(), text));
    }
    for id in &brought.requeued {
        kept.marks.push(OutboxMark {
            id: known.id_here(id).to_owned(),
            state: OutboxState::Waiting,
            reason: String::new(),
            tried: 0,
            at: now,
        });
    }
    kept.forget_bases = brought.restoring == Some(true);
    if let Some(restoring) = brought.restoring {
        let word = if restoring { "yes" } else { "no" };
        kept.settings.push((RESTORING.to_owned(), word.to_owned()));
    }
    if let Some(compared) = brought.compared {
        kept.settings
            .push((COMPARED.to_owned(), compared.0.to_string()));
    }
    kept
}

/// A name that no other desk has: who sits there, and when it was first opened. Readable in a conflict.
fn new_desk_name(settings: &DeskSettings, now: UtcMillis) -> String {
    let operator: String = settings
        .operator
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .take(20)
        .collect();
    let place = settings.cache.to_string_lossy();
    let own = place.bytes().fold(
        now.0.unsigned_abs() ^ u64::from(std::process::id()),
        |sum, byte| sum.rotate_left(5) ^ u64::from(byte),
    );
    format!("{operator}-{own:012x}")
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Desk => "desk",
        Mode::Wall => "wall",
        Mode::Planner => "planner",
    }
}

fn cursor_from(text: &str) -> Option<Cursor> {
    let mut parts = text.split(' ');
    Some(Cursor {
        epoch: parts.next()?.to_owned(),
        seq: parts.next()?.parse().ok()?,
        chain: parts.next()?.to_owned(),
    })
}

fn hub_fact(known: &Known, remote: &RemoteFact, now: UtcMillis) -> HubFact {
    HubFact {
        fact: known.fact_of(remote, now),
        seq: remote.seq,
        desk: remote.desk.clone(),
        holds: remote.holds,
        conflict_with: remote.conflict_with.clone(),
    }
}

/// The conflicts between facts of this desk and of others that the hub's feed tells of.
fn conflicts_in(
    known: &Known,
    remote: &RemoteFact,
    fact: &HubFact,
    now: UtcMillis,
) -> Vec<Conflict> {
    let is_ours = remote.desk == known.desk;
    let conflict = |other: &String| {
        let other_here = known.id_here(other);
        let (mine, theirs) = if is_ours {
            (fact.fact.id.clone(), other_here.to_owned())
        } else if other_here == other.as_str() {
            // Between two others.
            return None;
        } else {
            (other_here.to_owned(), fact.fact.id.clone())
        };
        Some(Conflict {
            mine,
            theirs,
            holds: if is_ours == remote.holds {
                "mine"
            } else {
                "theirs"
            }
            .to_owned(),
            at: now,
            seen: false,
        })
    };
    remote.conflict_with.iter().filter_map(conflict).collect()
}

fn conflict_of(mine: &str, theirs: &HubFact, outcome: &Outcome, now: UtcMillis) -> Conflict {
    Conflict {
        mine: mine.to_owned(),
        theirs: theirs.fact.id.clone(),
        holds: match (outcome.holds, theirs.holds) {
            (true, true) => "mixed",
            (true, false) => "mine",
            (false, _) => "theirs",
        }
        .to_owned(),
        at: now,
        seen: false,
    }
}

fn state_of(verdict: Verdict) -> OutboxState {
    match verdict {
        Verdict::Accepted | Verdict::Known => OutboxState::Accepted,
        Verdict::Conflict => OutboxState::Conflict,
        Verdict::Refused => OutboxState::Refused,
    }
}

fn known_gap(gap: &Gap) -> KnownGap {
    KnownGap {
        source: gap.source.clone(),
        from: gap.from,
        until: gap.until,
        state: match gap.state {
            GapState::Found => "found",
            GapState::Filling => "filling",
            GapState::Filled => "filled",
            GapState::Sampled => "sampled",
            GapState::Lost => "lost",
        }
        .to_owned(),
        missing: gap.missing,
    }
}

/// What the exchange asks of the desk, answered from the store. Holds the keeper weakly: the sync is the keeper's.
pub(crate) struct Kept {
    pub(crate) keeper: Weak<Keeper>,
    pub(crate) store: Store,
}

impl Kept {
    fn with_known<T>(&self, ask: impl FnOnce(&Known) -> T) -> Option<T> {
        let keeper = self.keeper.upgrade()?;
        let live = keeper.live();
        Some(ask(&live.exchanged))
    }

    fn or_none<T>(&self, read: Result<T, StoreError>) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(error) => {
                if let Some(keeper) = self.keeper.upgrade() {
                    keeper.tell(&error);
                }
                None
            }
        }
    }
}

impl Keeping for Kept {
    fn standing(&self) -> Answer<'_, Standing> {
        Box::pin(async move {
            let cursor = self.or_none(self.store.setting(CURSOR).await).flatten();
            let compared = self.or_none(self.store.setting(COMPARED).await).flatten();
            let restoring = self.or_none(self.store.setting(RESTORING).await).flatten();
            Standing {
                cursor: cursor.as_deref().and_then(cursor_from),
                compared: compared.and_then(|text| text.parse().ok()).map(UtcMillis),
                restoring: restoring.as_deref() == Some("yes"),
            }
        })
    }

    fn series(&self) -> Answer<'_, Vec<DatastreamId>> {
        Box::pin(async move {
            let names = self.store.names();
            names
                .iter()
                .map(|(id, _)| id)
                .filter(|id| is_of_hub(id))
                .cloned()
                .collect()
        })
    }

    fn waiting(&self) -> Answer<'_, Option<Vec<OutboundFact>>> {
        Box::pin(async move {
            let waiting = self.or_none(self.store.waiting_facts().await)?;
            self.with_known(|known| {
                waiting
                    .iter()
                    .map(|waiting| known.outbound(waiting))
                    .collect()
            })
        })
    }

    fn at_hub(&self) -> Answer<'_, Option<Vec<RemoteFact>>> {
        Box::pin(async move {
            let facts = self.or_none(self.store.facts_at_hub().await)?;
            self.with_known(|known| {
                facts
                    .iter()
                    .map(|at_hub| remote_fact(known, at_hub))
                    .collect()
            })
        })
    }

    fn digests(&self, from: UtcMillis, until: UtcMillis) -> Answer<'_, Option<Vec<MinuteDigest>>> {
        Box::pin(async move {
            // What waits in memory is part of what this desk has.
            if let Some(keeper) = self.keeper.upgrade() {
                keeper.flush().await;
            }
            self.or_none(self.store.digests(from, until, is_of_hub).await)
        })
    }
}

fn is_of_hub(id: &DatastreamId) -> bool {
    !id.as_str().contains(SOURCE_MARK)
}

fn remote_fact(known: &Known, at_hub: &HubFact) -> RemoteFact {
    let fact = &at_hub.fact;
    let is_ours = at_hub.desk == known.desk;
    RemoteFact {
        seq: at_hub.seq,
        desk: at_hub.desk.clone(),
        fact: OutboundFact {
            id: if is_ours {
                known.id_at_hub(&fact.id)
            } else {
                fact.id.clone()
            },
            object: fact.subject.clone(),
            verb: fact.verb.clone(),
            author: fact.author.clone(),
            happened_at: fact.happened_at,
            known_at: fact.known_at,
            cause: fact.cause.clone(),
            body: fact.body.clone(),
            base: None,
        },
        conflict_with: at_hub.conflict_with.clone(),
        holds: at_hub.holds,
    }
}
