//! Real SQLite on the failing disk: what it does while all is well, when it fails, and what power cuts leave of it.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_disk::{Failure, Image, NAME, Step, Trace, Watch, images, register};
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    error::DatabaseError,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Rows that one transaction adds.
const ROWS: i64 = 3;

/// An empty folder of that name for one test.
fn folder(name: &str) -> PathBuf {
    register().expect("the disk is registered");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("cim_disk")
        .join(name);
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    std::fs::canonicalize(folder).expect("a folder without links")
}

/// As the platform opens it.
fn plain(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "20")
        .disable_statement_logging()
}

async fn open(options: SqliteConnectOptions) -> SqliteConnection {
    SqliteConnection::connect_with(&options)
        .await
        .expect("an open database")
}

async fn begin(conn: &mut SqliteConnection) {
    sqlx::query("CREATE TABLE rows (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")
        .execute(conn)
        .await
        .expect("a table");
}

/// The bytes of row `n`: from a few to several pages of them.
fn bytes(n: i64) -> Vec<u8> {
    let len = 40 + (n * 997) % 9000;
    (0..len).map(|i| (i * 31 + n * 7) as u8).collect()
}

/// Transaction `number`; acknowledged when there is no error. Begun and ended by hand: when SQLite itself rolls back, sqlx
/// would go on counting an open transaction.
async fn add(conn: &mut SqliteConnection, number: i64) -> sqlx::Result<()> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *conn).await?;
    let added = fill(conn, number).await;
    if added.is_err() {
        // It fails when SQLite has rolled back already.
        sqlx::query("ROLLBACK").execute(&mut *conn).await.ok();
    }
    added
}

async fn fill(conn: &mut SqliteConnection, number: i64) -> sqlx::Result<()> {
    for n in number * ROWS..(number + 1) * ROWS {
        sqlx::query("INSERT INTO rows VALUES (?1, ?2)")
            .bind(n)
            .bind(bytes(n))
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query("COMMIT").execute(&mut *conn).await?;
    Ok(())
}

/// Every row, each with the bytes that it was written with.
async fn rows(conn: &mut SqliteConnection) -> BTreeMap<i64, Vec<u8>> {
    let found: Vec<(i64, Vec<u8>)> = sqlx::query_as("SELECT n, bytes FROM rows ORDER BY n")
        .fetch_all(conn)
        .await
        .expect("rows");
    for (n, content) in &found {
        assert_eq!(*content, bytes(*n), "row {n}");
    }
    found.into_iter().collect()
}

async fn integrity(conn: &mut SqliteConnection) -> String {
    sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(conn)
        .await
        .expect("an answer")
}

fn result_code(error: &sqlx::Error) -> i32 {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// 50 transactions, recorded from the first byte to the closing.
async fn recorded(folder: &Path, options: SqliteConnectOptions) -> Trace {
    let watch = Watch::new(folder).expect("a watch");
    watch.record().expect("a record");
    let mut conn = open(options.vfs(NAME)).await;
    begin(&mut conn).await;
    for number in 0..50 {
        add(&mut conn, number).await.expect("a transaction");
        watch.mark(number as u64);
    }
    conn.close().await.expect("closed");
    watch.take()
}

#[tokio::test]
async fn a_database_is_the_same_as_on_the_platforms_own_disk() {
    let folder = folder("same");
    let mut contents = Vec::new();
    for (name, options) in [
        ("plain.db", plain(&folder.join("plain.db"))),
        ("shim.db", plain(&folder.join("shim.db")).vfs(NAME)),
    ] {
        let mut conn = open(options).await;
        begin(&mut conn).await;
        for number in 0..20 {
            add(&mut conn, number).await.expect("a transaction");
        }
        assert_eq!(integrity(&mut conn).await, "ok");
        conn.close().await.expect("closed");
        // Either is readable on the other.
        let other = plain(&folder.join(name));
        let other = if name == "plain.db" {
            other.vfs(NAME)
        } else {
            other
        };
        contents.push(rows(&mut open(other).await).await);
    }
    assert_eq!(contents[0].len(), 60);
    assert_eq!(contents[0], contents[1]);
}

#[tokio::test]
async fn readers_and_a_writer_share_a_watched_log() {
    let folder = folder("two");
    let watch = Watch::new(&folder).expect("a watch");
    watch.record().expect("a record");
    let options = plain(&folder.join("a.db")).vfs(NAME);
    let mut writer = open(options.clone()).await;
    begin(&mut writer).await;
    let mut reader = open(options).await;
    let mut before = reader.begin().await.expect("a reading transaction");
    assert_eq!(rows(&mut before).await.len(), 0);
    add(&mut writer, 0).await.expect("a transaction");
    assert_eq!(rows(&mut before).await.len(), 0, "it sees what was");
    before.commit().await.expect("ended");
    assert_eq!(rows(&mut reader).await.len(), 3);
    assert!(watch.operations() > 10);
}

#[tokio::test]
async fn a_record_gives_back_the_very_files() {
    let folder = folder("replay");
    let watch = Watch::new(&folder).expect("a watch");
    watch.record().expect("a record");
    let mut conn = open(plain(&folder.join("a.db")).vfs(NAME)).await;
    begin(&mut conn).await;
    for number in 0..20 {
        add(&mut conn, number).await.expect("a transaction");
    }
    let while_open = ["a.db", "a.db-wal"].map(|name| {
        let content = std::fs::read(folder.join(name)).expect("a file");
        (PathBuf::from(name), content)
    });
    let trace = watch.take();
    assert_eq!(trace.whole(), BTreeMap::from(while_open));
    let syncs = |step: &&Step| matches!(step, Step::Sync { .. });
    assert!(trace.steps.iter().filter(syncs).count() >= 20);

    // A second record begins with what is there.
    watch.record().expect("a record");
    add(&mut conn, 20).await.expect("a transaction");
    conn.close().await.expect("closed");
    let closed = std::fs::read(folder.join("a.db")).expect("a file");
    let whole = watch.take().whole();
    assert_eq!(whole.get(Path::new("a.db")), Some(&closed));
    assert_eq!(whole.len(), 1, "the log is deleted at the end");
}

/// What a power cut left, opened on the platform's own disk: sound, nothing wrong, no half transaction. How many
/// acknowledged transactions are missing.
async fn missing_after(image: &Image, folder: &Path) -> usize {
    std::fs::remove_dir_all(folder).ok();
    image.write_to(folder).expect("the image is written");
    let mut conn = open(plain(&folder.join("a.db"))).await;
    assert_eq!(integrity(&mut conn).await, "ok", "seed {}", image.seed);
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut conn)
        .await
        .expect("an answer");
    let found = if tables == 0 {
        BTreeMap::new()
    } else {
        rows(&mut conn).await
    };
    let in_transaction = |number: i64| {
        let rows = number * ROWS..(number + 1) * ROWS;
        rows.filter(|n| found.contains_key(n)).count()
    };
    for number in 0..50 {
        let there = in_transaction(number);
        assert!(
            there == 0 || there == 3,
            "seed {}: half of transaction {number}",
            image.seed
        );
    }
    conn.close().await.expect("closed");
    let lost = image
        .marks
        .iter()
        .filter(|mark| in_transaction(**mark as i64) == 0);
    lost.count()
}

#[tokio::test]
async fn a_thousand_power_cuts_lose_nothing_that_was_acknowledged() {
    let folder = folder("power");
    let trace = recorded(&folder.join("work"), plain(&folder.join("work/a.db"))).await;
    let mut marks = Vec::new();
    for image in images(&trace, 0, 1000) {
        let missing = missing_after(&image, &folder.join("cut")).await;
        assert_eq!(missing, 0, "seed {} at step {}", image.seed, image.cut);
        marks.push(image.marks.len());
    }
    assert!(marks.contains(&0) && marks.contains(&50), "cuts everywhere");
}

#[tokio::test]
async fn without_a_sync_after_each_transaction_the_last_ones_are_lost_and_only_they() {
    let folder = folder("normal");
    let options = plain(&folder.join("work/a.db")).synchronous(SqliteSynchronous::Normal);
    let trace = recorded(&folder.join("work"), options).await;
    let mut missing = 0;
    for image in images(&trace, 0, 200) {
        missing += missing_after(&image, &folder.join("cut")).await;
    }
    assert!(missing > 20, "the cuts must be felt: {missing}");
}

/// A transaction meets `failure` with one of `codes`; after healing it is accepted, and everything acknowledged is there.
async fn check_failure(name: &str, failure: Failure, codes: &[i32]) {
    let folder = folder(name);
    let watch = Watch::new(&folder).expect("a watch");
    let options = plain(&folder.join("a.db")).vfs(NAME);
    let mut conn = open(options.clone()).await;
    begin(&mut conn).await;
    add(&mut conn, 0).await.expect("a transaction");
    watch.fail_at(1, failure);
    let error = add(&mut conn, 1).await.expect_err("the disk fails");
    let code = result_code(&error);
    assert!(codes.contains(&code), "{code}: {error}");
    assert!(watch.has_failed());
    watch.heal();
    add(&mut conn, 1).await.expect("the disk is healed");
    conn.close().await.expect("closed");
    let mut again = open(options).await;
    assert_eq!(integrity(&mut again).await, "ok");
    assert_eq!(rows(&mut again).await.len(), 6);
}

#[tokio::test]
async fn a_full_disk_is_called_full() {
    check_failure("full", Failure::Full, &[13]).await;
}

#[tokio::test]
async fn a_broken_disk_is_called_broken() {
    // The first thing that fails may be reading or writing.
    check_failure("io", Failure::Io, &[266, 778]).await;
}

#[tokio::test]
async fn a_write_that_half_arrives_is_an_error() {
    check_failure("short", Failure::ShortWrite, &[778]).await;
}

#[tokio::test]
async fn a_read_only_disk_is_called_read_only() {
    check_failure("readonly", Failure::ReadOnly, &[8]).await;
}

#[tokio::test]
async fn a_sync_that_fails_refuses_the_transaction() {
    check_failure("sync", Failure::SyncLost, &[1034]).await;
}

#[tokio::test]
async fn a_disk_fills_up_and_has_room_again() {
    let folder = folder("fills");
    let watch = Watch::new(&folder).expect("a watch");
    let mut conn = open(plain(&folder.join("a.db")).vfs(NAME)).await;
    begin(&mut conn).await;
    watch.fill_after(60_000);
    let mut taken = 0;
    let error = loop {
        match add(&mut conn, taken).await {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 1000, "it never fills");
    };
    assert_eq!(result_code(&error), 13, "{error}");
    assert!(taken > 0);
    assert_eq!(rows(&mut conn).await.len() as i64, taken * ROWS);
    watch.heal();
    add(&mut conn, taken).await.expect("there is room again");
    assert_eq!(rows(&mut conn).await.len() as i64, (taken + 1) * ROWS);
}

#[tokio::test]
async fn a_disk_that_cannot_be_read_gives_an_error_and_no_rows() {
    let folder = folder("unread");
    let watch = Watch::new(&folder).expect("a watch");
    let options = plain(&folder.join("a.db")).vfs(NAME);
    let mut conn = open(options.clone()).await;
    begin(&mut conn).await;
    add(&mut conn, 0).await.expect("a transaction");
    conn.close().await.expect("closed");
    watch.fail_at(1, Failure::Io);
    let error = SqliteConnection::connect_with(&options)
        .await
        .expect_err("the disk fails");
    assert_eq!(result_code(&error) & 0xff, 10, "{error}");
    watch.heal();
    assert_eq!(rows(&mut open(options).await).await.len(), 3);
}

#[tokio::test]
async fn a_folder_beside_the_watched_one_knows_nothing_of_it() {
    let folder = folder("beside");
    let watch = Watch::new(&folder.join("watched")).expect("a watch");
    watch.fail_at(1, Failure::Io);
    let mut conn = open(plain(&folder.join("a.db")).vfs(NAME)).await;
    begin(&mut conn).await;
    add(&mut conn, 0).await.expect("a transaction");
    assert_eq!(watch.operations(), 0);
    assert!(!watch.has_failed());
}
