//! Table `moments`: what somebody marked on the timeline, with the view that they had.

use crate::statement::sql;
use cim_model::UtcMillis;
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

const SAVE: &str = "INSERT INTO moments (id, at, title, author, saved_at, view, thumbnail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO UPDATE SET at = excluded.at, title = excluded.title, author = excluded.author,
  saved_at = excluded.saved_at, view = excluded.view, thumbnail = excluded.thumbnail";
const ALL: &str =
    "SELECT id, at, title, author, saved_at, view, thumbnail FROM moments ORDER BY at, id";
const DELETE: &str = "DELETE FROM moments WHERE id = ?1";

/// A moment that somebody marked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Identity; saving it again replaces it.
    pub id: String,
    /// The moment itself.
    pub at: UtcMillis,
    /// What it is called.
    pub title: String,
    /// Who marked it.
    pub author: String,
    /// When it was marked.
    pub saved_at: UtcMillis,
    /// The view, as JSON; may be empty.
    pub view: String,
    /// A small picture of the view, PNG or JPEG; may be empty.
    pub thumbnail: Vec<u8>,
}

/// Adds `moment`, replacing the one with the same identity.
pub(crate) async fn save(conn: &mut SqliteConnection, moment: &Moment) -> sqlx::Result<()> {
    sql(SAVE)
        .bind(moment.id.as_str())
        .bind(moment.at.0)
        .bind(moment.title.as_str())
        .bind(moment.author.as_str())
        .bind(moment.saved_at.0)
        .bind(moment.view.as_str())
        .bind(moment.thumbnail.as_slice())
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Every moment, oldest first.
pub(crate) async fn all(readers: &SqlitePool) -> sqlx::Result<Vec<Moment>> {
    let rows = sql(ALL).fetch_all(readers).await?;
    rows.iter().map(moment_of).collect()
}

/// Forgets the moment called `id`; one that is not there is forgotten already.
pub(crate) async fn delete(conn: &mut SqliteConnection, id: &str) -> sqlx::Result<()> {
    sql(DELETE).bind(id).execute(&mut *conn).await?;
    Ok(())
}

fn moment_of(row: &SqliteRow) -> sqlx::Result<Moment> {
    Ok(Moment {
        id: row.try_get(0)?,
        at: UtcMillis(row.try_get(1)?),
        title: row.try_get(2)?,
        author: row.try_get(3)?,
        saved_at: UtcMillis(row.try_get(4)?),
        view: row.try_get(5)?,
        thumbnail: row.try_get(6)?,
    })
}
