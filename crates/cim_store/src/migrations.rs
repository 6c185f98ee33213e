//! How a file of any age becomes a file of today.
//!
//! A migration never changes once a release carries it; new columns have defaults. A file from a newer program is opened as it is.

use sqlx::{AssertSqlSafe, SqliteConnection};

/// Marks our files (`PRAGMA application_id`): the letters `CIMs`.
pub(crate) const APPLICATION_ID: i64 = 0x4349_4d73;

/// Each step's statements, in order; a file's `user_version` is the number of steps that it has taken.
const STEPS: &[&[&str]] = &[&[
    include_str!("things.sql"),
    include_str!("datastreams.sql"),
    include_str!("cameras.sql"),
    include_str!("events.sql"),
    include_str!("raw.sql"),
    include_str!("minute.sql"),
    include_str!("latest.sql"),
    include_str!("activity.sql"),
    include_str!("facts.sql"),
    include_str!("settings.sql"),
]];

/// Takes the steps that the file has not taken yet, all or none.
pub(crate) async fn bring_up_to_date(conn: &mut SqliteConnection) -> sqlx::Result<()> {
    let taken: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *conn)
        .await?;
    let taken = usize::try_from(taken).unwrap_or(0);
    if taken >= STEPS.len() {
        return Ok(());
    }
    let mut script = String::from("BEGIN IMMEDIATE;\n");
    for statements in STEPS.iter().skip(taken) {
        for statement in *statements {
            script.push_str(statement);
            script.push('\n');
        }
    }
    let end = format!(
        "PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {};\nCOMMIT;\n",
        STEPS.len()
    );
    script.push_str(&end);
    let done = sqlx::raw_sql(AssertSqlSafe(script))
        .execute(&mut *conn)
        .await;
    if done.is_err() {
        // When the script stopped before its COMMIT, the transaction is still open; when it did not, this has nothing to undo.
        sqlx::raw_sql("ROLLBACK").execute(&mut *conn).await.ok();
    }
    done.map(|_| ())
}
