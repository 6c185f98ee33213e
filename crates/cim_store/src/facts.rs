//! Table `facts`: what people did, and what became of things. Appended, never changed, never pruned.

use crate::{row::Knowledge, statement::sql};
use cim_model::UtcMillis;
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

const SAVE: &str =
    "INSERT INTO facts (id, happened_at, known_at, author, subject, verb, body, cause)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING";

const SINCE: &str =
    "SELECT id, happened_at, known_at, author, subject, verb, body, cause FROM facts
WHERE known_at >= ?1 ORDER BY known_at, id";

const BETWEEN: &str =
    "SELECT id, happened_at, known_at, author, subject, verb, body, cause FROM facts
WHERE happened_at >= ?1 AND happened_at < ?2 ORDER BY happened_at, id";

const SINCE_ABOUT: &str =
    "SELECT id, happened_at, known_at, author, subject, verb, body, cause FROM facts
WHERE subject >= ?1 AND subject < ?2 AND known_at >= ?3 ORDER BY happened_at, id";

const KNOWN: &str =
    "SELECT id, happened_at, known_at, author, subject, verb, body, cause FROM facts
WHERE happened_at <= ?1 AND known_at <= ?2 ORDER BY happened_at, id";

const ABOUT: &str =
    "SELECT id, happened_at, known_at, author, subject, verb, body, cause FROM facts
WHERE subject >= ?1 AND subject < ?2 ORDER BY subject DESC, verb, happened_at LIMIT ?3";

/// Something that a person did, or a rule on their behalf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// Identity; the same fact told twice is kept once.
    pub id: String,
    /// When it was done.
    pub happened_at: UtcMillis,
    /// When this desk came to know of it.
    pub known_at: UtcMillis,
    /// Who did it.
    pub author: String,
    /// What it was done to, for instance an alarm's identity.
    pub subject: String,
    /// What was done, for instance `acknowledge`.
    pub verb: String,
    /// More about it, as JSON.
    pub body: String,
    /// What led to it: the identity of another fact, an alarm or an event; empty when nothing did.
    pub cause: String,
}

/// Appends `fact`, unless it is there.
pub(crate) async fn save(conn: &mut SqliteConnection, fact: &Fact) -> sqlx::Result<()> {
    sql(SAVE)
        .bind(fact.id.as_str())
        .bind(fact.happened_at.0)
        .bind(fact.known_at.0)
        .bind(fact.author.as_str())
        .bind(fact.subject.as_str())
        .bind(fact.verb.as_str())
        .bind(fact.body.as_str())
        .bind(fact.cause.as_str())
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Appends those of `facts` that are not there.
pub(crate) async fn save_all(conn: &mut SqliteConnection, facts: &[Fact]) -> sqlx::Result<()> {
    for fact in facts {
        save(conn, fact).await?;
    }
    Ok(())
}

/// The facts that became known at or after `since`, in that order.
pub(crate) async fn since(readers: &SqlitePool, since: UtcMillis) -> sqlx::Result<Vec<Fact>> {
    let rows = sql(SINCE).bind(since.0).fetch_all(readers).await?;
    rows.iter().map(fact_of).collect()
}

/// The facts that happened in `[t0, t1)`, in that order.
pub(crate) async fn between(
    readers: &SqlitePool,
    t0: UtcMillis,
    t1: UtcMillis,
) -> sqlx::Result<Vec<Fact>> {
    let rows = sql(BETWEEN)
        .bind(t0.0)
        .bind(t1.0)
        .fetch_all(readers)
        .await?;
    rows.iter().map(fact_of).collect()
}

/// The facts about subjects from `first` up to, but not including, `end`, last subjects first; at most `most`.
pub(crate) async fn about(
    readers: &SqlitePool,
    (first, end): (&str, &str),
    most: u32,
) -> sqlx::Result<Vec<Fact>> {
    let rows = sql(ABOUT)
        .bind(first)
        .bind(end)
        .bind(most)
        .fetch_all(readers)
        .await?;
    rows.iter().map(fact_of).collect()
}

/// The facts about subjects from `first` up to, but not including, `end` that became known at or after `since`, in the order in
/// which they happened.
pub(crate) async fn since_about(
    readers: &SqlitePool,
    (first, end): (&str, &str),
    since: UtcMillis,
) -> sqlx::Result<Vec<Fact>> {
    let rows = sql(SINCE_ABOUT)
        .bind(first)
        .bind(end)
        .bind(since.0)
        .fetch_all(readers)
        .await?;
    rows.iter().map(fact_of).collect()
}

/// The facts that had happened by `at`, in that order: all of them, or those that were known by then.
pub(crate) async fn known(
    readers: &SqlitePool,
    at: UtcMillis,
    knowledge: Knowledge,
) -> sqlx::Result<Vec<Fact>> {
    let rows = sql(KNOWN)
        .bind(at.0)
        .bind(known_until(at, knowledge))
        .fetch_all(readers)
        .await?;
    rows.iter().map(fact_of).collect()
}

/// Until when something must have become known to count at the moment `at`, UTC milliseconds.
pub(crate) fn known_until(at: UtcMillis, knowledge: Knowledge) -> i64 {
    match knowledge {
        Knowledge::Now => i64::MAX,
        Knowledge::Then => at.0,
    }
}

/// The fact in the first eight columns of `row`.
pub(crate) fn fact_of(row: &SqliteRow) -> sqlx::Result<Fact> {
    Ok(Fact {
        id: row.try_get(0)?,
        happened_at: UtcMillis(row.try_get(1)?),
        known_at: UtcMillis(row.try_get(2)?),
        author: row.try_get(3)?,
        subject: row.try_get(4)?,
        verb: row.try_get(5)?,
        body: row.try_get(6)?,
        cause: row.try_get(7)?,
    })
}
