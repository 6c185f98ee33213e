//! Table `facts`: what people did. Appended, never changed, never pruned.

use crate::statement::sql;
use cim_model::UtcMillis;
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

const SAVE: &str = "INSERT INTO facts (id, happened_at, known_at, author, subject, verb, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO NOTHING";

const SINCE: &str = "SELECT id, happened_at, known_at, author, subject, verb, body FROM facts WHERE known_at >= ?1 ORDER BY known_at, id";

/// Something that a person did, or a rule on their behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// The facts that became known at or after `since`, in that order.
pub(crate) async fn since(readers: &SqlitePool, since: UtcMillis) -> sqlx::Result<Vec<Fact>> {
    sql(SINCE)
        .bind(since.0)
        .fetch_all(readers)
        .await?
        .iter()
        .map(fact_of)
        .collect()
}

fn fact_of(row: &SqliteRow) -> sqlx::Result<Fact> {
    Ok(Fact {
        id: row.try_get(0)?,
        happened_at: UtcMillis(row.try_get(1)?),
        known_at: UtcMillis(row.try_get(2)?),
        author: row.try_get(3)?,
        subject: row.try_get(4)?,
        verb: row.try_get(5)?,
        body: row.try_get(6)?,
    })
}
