//! How a file of any age becomes a file of today.
//!
//! A migration never changes once a release carries it; new columns have defaults. A file from a newer program is opened as it is.

use crate::faults::{self, Point};
use sqlx::{AssertSqlSafe, SqliteConnection};

/// What makes a kind of file.
pub(crate) struct Make {
    /// Marks the files (`PRAGMA application_id`).
    pub(crate) application_id: i64,
    /// Bytes of a page; only a new file takes it.
    pub(crate) page_size: u32,
    /// How many questions are answered at the same time; more wait their turn.
    pub(crate) readers: u32,
    /// Each step's statements, in order; a file's `user_version` is the number of steps that it has taken.
    pub(crate) steps: &'static [&'static [&'static str]],
    /// How many steps a file that was there before may take by being opened. The next one throws away what somebody must have
    /// moved before; a file that is past it takes all that follow, and a new one takes all at once.
    pub(crate) steps_at_once: usize,
}

/// Takes the steps that the file has not taken yet and may take, all or none.
pub(crate) async fn bring_up_to_date(conn: &mut SqliteConnection, make: &Make) -> sqlx::Result<()> {
    let taken = steps_taken(conn).await?;
    let up_to = if taken == 0 || taken > make.steps_at_once {
        make.steps.len()
    } else {
        make.steps_at_once
    };
    take_steps(conn, make, up_to).await
}

/// Takes the steps that the file has not taken yet, so that it has taken `up_to`; all or none.
pub(crate) async fn take_steps(
    conn: &mut SqliteConnection,
    make: &Make,
    up_to: usize,
) -> sqlx::Result<()> {
    let taken = steps_taken(conn).await?;
    if taken >= up_to {
        return Ok(());
    }
    let mut script = String::from("BEGIN IMMEDIATE;\n");
    let missing = make.steps.iter().take(up_to).skip(taken);
    for statement in missing.copied().flatten() {
        script.push_str(statement);
        script.push('\n');
    }
    let end = format!(
        "PRAGMA application_id = {};\nPRAGMA user_version = {up_to};\n",
        make.application_id
    );
    script.push_str(&end);
    let mut done = run(conn, script).await;
    if done.is_ok() {
        if taken > 0 {
            faults::reach(Point::InMigration1);
        }
        done = run(conn, "COMMIT".to_owned()).await;
    }
    if done.is_err() {
        // When the script stopped before its COMMIT, the transaction is still open; when it did not, this has nothing to undo.
        sqlx::raw_sql("ROLLBACK").execute(&mut *conn).await.ok();
    }
    done
}

/// How many steps the file has taken.
pub(crate) async fn steps_taken(conn: &mut SqliteConnection) -> sqlx::Result<usize> {
    let taken: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *conn)
        .await?;
    Ok(usize::try_from(taken).unwrap_or(0))
}

/// True when every question can be asked of the file without another step.
pub(crate) async fn is_of_today(conn: &mut SqliteConnection, make: &Make) -> sqlx::Result<bool> {
    Ok(steps_taken(conn).await? >= make.steps.len())
}

async fn run(conn: &mut SqliteConnection, script: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(script))
        .execute(&mut *conn)
        .await
        .map(|_| ())
}
