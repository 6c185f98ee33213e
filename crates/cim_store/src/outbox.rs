//! Tables `outbox`, `hub_facts`, `conflicts` and `gaps`: what the hub is to have, what it has, where two people changed the
//! same, and what is missing of the history.

use crate::{
    facts::{self, Fact},
    statement::sql,
};
use cim_model::UtcMillis;
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

const QUEUE: &str = "INSERT INTO outbox (id, place, state, base, changed_at)
VALUES (?1, (SELECT coalesce(max(place), 0) + 1 FROM outbox), 'waiting', ?2, ?3) ON CONFLICT (id) DO NOTHING";
const MARK: &str =
    "UPDATE outbox SET state = ?2, reason = ?3, tries = tries + ?4, changed_at = ?5 WHERE id = ?1";
const WAITING: &str =
    "SELECT f.id, f.happened_at, f.known_at, f.author, f.subject, f.verb, f.body, f.cause, o.base
FROM outbox o JOIN facts f ON f.id = o.id WHERE o.state = 'waiting' ORDER BY o.place";
const LISTED: &str =
    "SELECT f.id, f.happened_at, f.known_at, f.author, f.subject, f.verb, f.body, f.cause,
  o.base, o.state, o.tries, o.reason, o.changed_at
FROM outbox o JOIN facts f ON f.id = o.id ORDER BY o.place DESC LIMIT ?1";
const COUNTS: &str = "SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'refused'),
  (SELECT count(*) FROM conflicts WHERE seen = 0),
  (SELECT min(f.happened_at) FROM outbox w JOIN facts f ON f.id = w.id WHERE w.state = 'waiting') FROM outbox";
const NOTE_AT_HUB: &str = "INSERT INTO hub_facts (id, seq, desk, holds, conflict_with) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, desk = excluded.desk, holds = excluded.holds,
  conflict_with = CASE excluded.conflict_with WHEN '[]' THEN conflict_with ELSE excluded.conflict_with END";
const AT_HUB: &str =
    "SELECT f.id, f.happened_at, f.known_at, f.author, f.subject, f.verb, f.body, f.cause,
  h.seq, h.desk, h.holds, h.conflict_with
FROM hub_facts h JOIN facts f ON f.id = h.id ORDER BY h.seq";
const NEWEST_OF: &str =
    "SELECT max(h.seq) FROM hub_facts h JOIN facts f ON f.id = h.id WHERE f.subject = ?1";
const CONFLICT: &str = "INSERT INTO conflicts (mine, theirs, holds, at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (mine, theirs) DO UPDATE SET holds = excluded.holds";
const CONFLICTS: &str =
    "SELECT mine, theirs, holds, at, seen FROM conflicts ORDER BY at DESC LIMIT ?1";
const SEEN: &str = "UPDATE conflicts SET seen = 1 WHERE mine = ?1";
const SAVE_GAP: &str = "INSERT INTO gaps (source, from_ms, until_ms, state, missing) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (source, from_ms) DO UPDATE SET until_ms = excluded.until_ms, state = excluded.state, missing = excluded.missing";
// Words about a stretch replace what was said of any part of it: what reaches beyond its end keeps its tail, what began before
// it is cut, what lies inside goes.
const GAP_TAIL: &str = "INSERT INTO gaps (source, from_ms, until_ms, state, missing)
SELECT source, ?3, until_ms, state, missing FROM gaps WHERE source = ?1 AND ?2 < ?3 AND from_ms < ?3 AND until_ms > ?3
ORDER BY from_ms DESC LIMIT 1 ON CONFLICT (source, from_ms) DO NOTHING";
const GAP_CUT: &str = "DELETE FROM gaps WHERE source = ?1 AND from_ms >= ?2 AND from_ms < ?3";
const GAP_TRIM: &str =
    "UPDATE gaps SET until_ms = ?2 WHERE source = ?1 AND from_ms < ?2 AND until_ms > ?2";
const FORGET_BASES: &str = "UPDATE outbox SET base = NULL WHERE state = 'waiting'";
const GAPS: &str = "SELECT source, from_ms, until_ms, state, missing FROM gaps
WHERE until_ms > ?1 AND from_ms < ?2 ORDER BY from_ms, source";
const BY_ID: &str =
    "SELECT id, happened_at, known_at, author, subject, verb, body, cause FROM facts WHERE id = ?1";

/// How many facts of the outbox and how many conflicts are listed.
const LISTED_MOST: i64 = 500;

/// What became of a fact that the hub is to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutboxState {
    /// It waits to be sent, or for an answer.
    #[default]
    Waiting,
    /// The hub has it.
    Accepted,
    /// The hub will not take it.
    Refused,
    /// The hub has it, and another's beside it.
    Conflict,
    /// Its author took it back before the hub had it.
    Withdrawn,
}

impl OutboxState {
    const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Accepted,
        Self::Refused,
        Self::Conflict,
        Self::Withdrawn,
    ];

    /// The word in the table and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn from_word(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.unwrap_or_default()
    }
}

/// A fact that waits for the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingFact {
    /// The fact.
    pub fact: Fact,
    /// The hub's number of the newest change of its object that the author had seen.
    pub base: Option<u64>,
}

/// A fact of the outbox, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The fact.
    pub fact: Fact,
    /// What became of it.
    pub state: OutboxState,
    /// How often it was sent.
    pub tries: u32,
    /// Why it was refused, or why it still waits; empty when there is nothing to say.
    pub reason: String,
    /// When its state changed last.
    pub changed_at: UtcMillis,
}

/// What is to be written down of a fact of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMark {
    /// The fact.
    pub id: String,
    /// Its state from now on.
    pub state: OutboxState,
    /// Why.
    pub reason: String,
    /// How many more times it was sent.
    pub tried: u32,
    /// When.
    pub at: UtcMillis,
}

/// A fact that the hub has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubFact {
    /// The fact.
    pub fact: Fact,
    /// The hub's number of it.
    pub seq: u64,
    /// The desk that it came from.
    pub desk: String,
    /// True when what it says holds.
    pub holds: bool,
    /// What it is in conflict with, by the hub's identities.
    pub conflict_with: Vec<String>,
}

/// A fact of this desk that the hub took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenFact {
    /// The fact.
    pub id: String,
    /// The hub's number of it.
    pub seq: u64,
    /// This desk.
    pub desk: String,
    /// True when what it says holds.
    pub holds: bool,
}

/// Two people changed the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The fact of this desk.
    pub mine: String,
    /// The fact of the other.
    pub theirs: String,
    /// Whose holds: `mine`, `theirs` or `mixed`.
    pub holds: String,
    /// When it became known.
    pub at: UtcMillis,
    /// True once somebody looked at it.
    pub seen: bool,
}

/// A stretch of history that misses something, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownGap {
    /// The source.
    pub source: String,
    /// Its first moment.
    pub from: UtcMillis,
    /// The first moment after it.
    pub until: UtcMillis,
    /// `found`, `filling`, `filled`, `sampled` or `lost`.
    pub state: String,
    /// How many observations are missing, when that is known.
    pub missing: Option<u64>,
}

/// How full the outbox is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Facts that wait.
    pub waiting: u32,
    /// Facts that were refused.
    pub refused: u32,
    /// Conflicts that nobody has looked at.
    pub conflicts: u32,
    /// When the oldest fact that waits happened.
    pub oldest_waiting: Option<UtcMillis>,
}

/// Everything that one exchange with the hub tells; kept all together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FromHub {
    /// What became of facts of the outbox.
    pub marks: Vec<OutboxMark>,
    /// Facts of this desk that the hub took, by number.
    pub numbers: Vec<TakenFact>,
    /// The hub's numbers mean nothing any more: it was restored.
    pub forget_bases: bool,
    /// Facts that the hub has.
    pub facts: Vec<HubFact>,
    /// Conflicts.
    pub conflicts: Vec<Conflict>,
    /// Gaps.
    pub gaps: Vec<KnownGap>,
    /// Settings that go with it: name and value.
    pub settings: Vec<(String, String)>,
}

impl FromHub {
    /// Adds what was told later.
    pub fn append(&mut self, mut later: Self) {
        self.marks.append(&mut later.marks);
        self.numbers.append(&mut later.numbers);
        self.forget_bases |= later.forget_bases;
        self.facts.append(&mut later.facts);
        self.conflicts.append(&mut later.conflicts);
        self.gaps.append(&mut later.gaps);
        self.settings.append(&mut later.settings);
    }
}

/// Puts a fact that is saved into the outbox, unless it is there.
pub(crate) async fn queue(
    conn: &mut SqliteConnection,
    id: &str,
    base: Option<u64>,
    at: UtcMillis,
) -> sqlx::Result<()> {
    sql(QUEUE)
        .bind(id)
        .bind(base.map(|base| base as i64))
        .bind(at.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps what the hub told.
pub(crate) async fn take(conn: &mut SqliteConnection, told: &FromHub) -> sqlx::Result<()> {
    for mark in &told.marks {
        sql(MARK)
            .bind(mark.id.as_str())
            .bind(mark.state.as_str())
            .bind(mark.reason.as_str())
            .bind(i64::from(mark.tried))
            .bind(mark.at.0)
            .execute(&mut *conn)
            .await?;
    }
    for taken in &told.numbers {
        note_at_hub(conn, taken, "[]").await?;
    }
    for at_hub in &told.facts {
        facts::save(conn, &at_hub.fact).await?;
        let taken = TakenFact {
            id: at_hub.fact.id.clone(),
            seq: at_hub.seq,
            desk: at_hub.desk.clone(),
            holds: at_hub.holds,
        };
        // A list of texts can always be written.
        let with = serde_json::to_string(&at_hub.conflict_with).unwrap_or_default();
        note_at_hub(conn, &taken, &with).await?;
    }
    for conflict in &told.conflicts {
        sql(CONFLICT)
            .bind(conflict.mine.as_str())
            .bind(conflict.theirs.as_str())
            .bind(conflict.holds.as_str())
            .bind(conflict.at.0)
            .execute(&mut *conn)
            .await?;
    }
    if told.forget_bases {
        sql(FORGET_BASES).execute(&mut *conn).await?;
    }
    for gap in &told.gaps {
        for statement in [GAP_TAIL, GAP_CUT] {
            sql(statement)
                .bind(gap.source.as_str())
                .bind(gap.from.0)
                .bind(gap.until.0)
                .execute(&mut *conn)
                .await?;
        }
        sql(GAP_TRIM)
            .bind(gap.source.as_str())
            .bind(gap.from.0)
            .execute(&mut *conn)
            .await?;
        if gap.state == "filled" {
            continue;
        }
        sql(SAVE_GAP)
            .bind(gap.source.as_str())
            .bind(gap.from.0)
            .bind(gap.until.0)
            .bind(gap.state.as_str())
            .bind(gap.missing.map(|missing| missing as i64))
            .execute(&mut *conn)
            .await?;
    }
    for (key, value) in &told.settings {
        crate::settings::put(conn, key, value).await?;
    }
    Ok(())
}

async fn note_at_hub(
    conn: &mut SqliteConnection,
    taken: &TakenFact,
    conflict_with: &str,
) -> sqlx::Result<()> {
    sql(NOTE_AT_HUB)
        .bind(taken.id.as_str())
        .bind(taken.seq as i64)
        .bind(taken.desk.as_str())
        .bind(i64::from(taken.holds))
        .bind(conflict_with)
        .execute(conn)
        .await?;
    Ok(())
}

/// The facts that wait, in the order in which they were made.
pub(crate) async fn waiting(readers: &SqlitePool) -> sqlx::Result<Vec<WaitingFact>> {
    let rows = sql(WAITING).fetch_all(readers).await?;
    let waiting = |row: &SqliteRow| {
        Ok(WaitingFact {
            fact: facts::fact_of(row)?,
            base: row.try_get::<Option<i64>, _>(8)?.map(|base| base as u64),
        })
    };
    rows.iter().map(waiting).collect()
}

/// The newest facts of the outbox, whatever became of them, newest first.
pub(crate) async fn listed(readers: &SqlitePool) -> sqlx::Result<Vec<OutboxRow>> {
    let rows = sql(LISTED).bind(LISTED_MOST).fetch_all(readers).await?;
    let listed = |row: &SqliteRow| {
        Ok(OutboxRow {
            fact: facts::fact_of(row)?,
            state: OutboxState::from_word(&row.try_get::<String, _>(9)?),
            tries: row.try_get::<i64, _>(10)?.try_into().unwrap_or(u32::MAX),
            reason: row.try_get(11)?,
            changed_at: UtcMillis(row.try_get(12)?),
        })
    };
    rows.iter().map(listed).collect()
}

/// How full the outbox is.
pub(crate) async fn counts(readers: &SqlitePool) -> sqlx::Result<OutboxCounts> {
    let row = sql(COUNTS).fetch_one(readers).await?;
    let count = |place: usize| -> sqlx::Result<u32> {
        Ok(row.try_get::<i64, _>(place)?.try_into().unwrap_or(u32::MAX))
    };
    Ok(OutboxCounts {
        waiting: count(0)?,
        refused: count(1)?,
        conflicts: count(2)?,
        oldest_waiting: row.try_get::<Option<i64>, _>(3)?.map(UtcMillis),
    })
}

/// The facts that the hub has, in its order.
pub(crate) async fn at_hub(readers: &SqlitePool) -> sqlx::Result<Vec<HubFact>> {
    let rows = sql(AT_HUB).fetch_all(readers).await?;
    let at_hub = |row: &SqliteRow| {
        Ok(HubFact {
            fact: facts::fact_of(row)?,
            seq: row.try_get::<i64, _>(8)? as u64,
            desk: row.try_get(9)?,
            holds: row.try_get::<i64, _>(10)? != 0,
            conflict_with: serde_json::from_str(&row.try_get::<String, _>(11)?).unwrap_or_default(),
        })
    };
    rows.iter().map(at_hub).collect()
}

/// The hub's number of the newest fact about `subject`; `None` when it has none.
pub(crate) async fn newest_of(readers: &SqlitePool, subject: &str) -> sqlx::Result<Option<u64>> {
    let row = sql(NEWEST_OF).bind(subject).fetch_one(readers).await?;
    Ok(row.try_get::<Option<i64>, _>(0)?.map(|seq| seq as u64))
}

/// The newest conflicts, newest first.
pub(crate) async fn conflicts(readers: &SqlitePool) -> sqlx::Result<Vec<Conflict>> {
    let rows = sql(CONFLICTS).bind(LISTED_MOST).fetch_all(readers).await?;
    let conflict = |row: &SqliteRow| {
        Ok(Conflict {
            mine: row.try_get(0)?,
            theirs: row.try_get(1)?,
            holds: row.try_get(2)?,
            at: UtcMillis(row.try_get(3)?),
            seen: row.try_get::<i64, _>(4)? != 0,
        })
    };
    rows.iter().map(conflict).collect()
}

/// Somebody looked at the conflicts of the fact `mine`.
pub(crate) async fn see_conflict(conn: &mut SqliteConnection, mine: &str) -> sqlx::Result<()> {
    sql(SEEN).bind(mine).execute(conn).await?;
    Ok(())
}

/// The gaps that touch `[from, until)`, oldest first.
pub(crate) async fn gaps(
    readers: &SqlitePool,
    from: UtcMillis,
    until: UtcMillis,
) -> sqlx::Result<Vec<KnownGap>> {
    let rows = sql(GAPS)
        .bind(from.0)
        .bind(until.0)
        .fetch_all(readers)
        .await?;
    let gap = |row: &SqliteRow| {
        Ok(KnownGap {
            source: row.try_get(0)?,
            from: UtcMillis(row.try_get(1)?),
            until: UtcMillis(row.try_get(2)?),
            state: row.try_get(3)?,
            missing: row.try_get::<Option<i64>, _>(4)?.map(|n| n as u64),
        })
    };
    rows.iter().map(gap).collect()
}

/// The fact called `id`.
pub(crate) async fn fact(readers: &SqlitePool, id: &str) -> sqlx::Result<Option<Fact>> {
    let row = sql(BY_ID).bind(id).fetch_optional(readers).await?;
    row.as_ref().map(facts::fact_of).transpose()
}
