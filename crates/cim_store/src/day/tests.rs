//! What a day's file keeps, finds, refuses and survives.

use super::*;
use crate::row::{DAY_MS, HOUR_MS, MINUTE_MS};
use std::path::PathBuf;

const DAY: i64 = 20_600 * DAY_MS;

/// An empty folder of that name for one test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir()
        .join(format!("citymirror-day-{}", std::process::id()))
        .join(name);
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

async fn open(folder: &Path) -> DayFile {
    let (day, notes) = DayFile::open(folder, DAY, true, None)
        .await
        .expect("the day opens");
    assert_eq!(notes, Vec::<String>::new());
    day
}

/// A chunk of `minutes` minutes from minute `from`, with bytes that no other chunk has.
fn chunk(group: u32, from: i64, minutes: i64, size: usize) -> StoredChunk {
    let t0 = DAY + from * MINUTE_MS;
    let mut state = (u64::from(group) << 32) | from as u64;
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    StoredChunk {
        group,
        t0,
        t1: t0 + minutes * MINUTE_MS,
        n: group + 1,
        bytes: (0..size).map(|_| byte()).collect(),
    }
}

async fn put(day: &DayFile, chunks: &[StoredChunk]) {
    let sealing = Sealing {
        puts: chunks.to_vec(),
        ..Sealing::default()
    };
    day.commit(&sealing).await.expect("the chunks are written");
}

/// Three groups; group 5 has a gap from minute 20 to 30.
fn some_chunks() -> Vec<StoredChunk> {
    let mut all = Vec::new();
    for group in [0, 5, 7] {
        for from in [0, 10, 20, 30] {
            if group != 5 || from != 20 {
                all.push(chunk(group, from, 10, 300));
            }
        }
    }
    all
}

#[tokio::test]
async fn frames_come_back_in_order_and_their_numbers_are_not_given_twice() {
    let folder = folder("frames");
    let day = open(&folder).await;
    let mut numbers = Vec::new();
    for frame in [b"one".as_slice(), b"two", b"three"] {
        numbers.push(day.append(frame).await.expect("added"));
    }
    let frames = day.frames().await.expect("the frames");
    let expected: Vec<(i64, Vec<u8>)> = numbers
        .iter()
        .copied()
        .zip([b"one".to_vec(), b"two".to_vec(), b"three".to_vec()])
        .collect();
    assert_eq!(frames, expected);
    let sealing = Sealing {
        log_frames_done: numbers.clone(),
        ..Sealing::default()
    };
    day.commit(&sealing).await.expect("sealed");
    assert!(day.frames().await.expect("the frames").is_empty());
    let next = day.append(b"four").await.expect("added");
    assert!(numbers.iter().all(|number| *number < next));
    day.close().await;
}

#[tokio::test]
async fn a_day_that_is_closed_with_an_empty_log_says_so_and_any_other_does_not() {
    let folder = folder("unfinished");
    let day = open(&folder).await;
    assert!(has_unfinished_log(&folder, DAY));
    let number = day.append(b"waits").await.expect("added");
    day.close().await;
    assert!(has_unfinished_log(&folder, DAY), "a frame waits");
    let day = open(&folder).await;
    let sealing = Sealing {
        log_frames_done: vec![number],
        ..Sealing::default()
    };
    day.commit(&sealing).await.expect("sealed");
    day.close().await;
    assert!(!has_unfinished_log(&folder, DAY));
}

#[tokio::test]
async fn chunks_are_found_by_moment_by_neighbour_and_by_stretch() {
    let day = open(&folder("found")).await;
    let all = some_chunks();
    put(&day, &all).await;
    assert_eq!(day.groups().await.expect("the groups"), [0, 5, 7]);
    let spans: Vec<(u32, i64, i64)> = all.iter().map(|c| (c.group, c.t0, c.t1)).collect();
    assert_eq!(day.spans().await.expect("the spans"), spans);
    for minute in -1..45 {
        let t = DAY + minute * MINUTE_MS + 17;
        let newest = |group: u32| {
            all.iter()
                .filter(|c| c.group == group && c.t0 <= t)
                .max_by_key(|c| c.t0)
                .cloned()
        };
        let at: Vec<StoredChunk> = [0, 5, 7].into_iter().filter_map(newest).collect();
        assert_eq!(day.chunks_at(t).await.expect("the moment"), at, "{minute}");
        assert_eq!(day.chunk_at(5, t).await.expect("a chunk"), newest(5));
        let t1 = t + 12 * MINUTE_MS;
        let mut between: Vec<StoredChunk> = all
            .iter()
            .filter(|c| c.t0 < t1 && c.t1 > t)
            .cloned()
            .collect();
        between.sort_by_key(|c| (c.t0, c.group));
        let found = day.chunks_between(None, t, t1).await.expect("a stretch");
        assert_eq!(found, between, "{minute}");
        between.retain(|c| c.group == 5);
        let found = day.chunks_between(Some(5), t, t1).await.expect("a stretch");
        assert_eq!(found, between, "{minute}");
    }
    assert_eq!(day.chunk_at(6, i64::MAX).await.expect("no chunk"), None);
    day.close().await;
}

#[tokio::test]
async fn an_empty_day_has_nothing_to_find() {
    let day = open(&folder("empty")).await;
    assert!(day.chunks_at(i64::MAX).await.expect("none").is_empty());
    let found = day.chunks_between(None, i64::MIN, i64::MAX).await;
    assert!(found.expect("none").is_empty());
    assert!(day.groups().await.expect("none").is_empty());
    assert!(day.integrity().await.expect("checked").is_empty());
    day.close().await;
}

#[tokio::test]
async fn a_sealing_replaces_removes_counts_and_outdates_at_once() {
    let folder = folder("sealing");
    let day = open(&folder).await;
    put(&day, &some_chunks()).await;
    let hour = DAY + HOUR_MS;
    let minutes = [(5, DAY, vec![1]), (5, hour, vec![2]), (7, DAY, vec![3])];
    day.put_minutes(&minutes).await.expect("rolled");
    day.put_minutes(&[(7, DAY, vec![4])])
        .await
        .expect("rolled again");
    let wide = StoredChunk {
        n: 9,
        ..chunk(5, 0, 20, 50)
    };
    let sealing = Sealing {
        puts: vec![wide.clone()],
        removes: vec![(5, DAY + 10 * MINUTE_MS)],
        activity: vec![(DAY, 7), (DAY + MINUTE_MS, 2), (DAY, -3)],
        stale_hours: vec![(5, DAY)],
        log_frames_done: Vec::new(),
    };
    day.commit(&sealing).await.expect("sealed");
    day.close().await;
    let day = open(&folder).await;
    let found = day.chunks_between(Some(5), DAY, DAY + 30 * MINUTE_MS).await;
    assert_eq!(found.expect("a stretch"), [wide]);
    let rolled = day.rolled().await.expect("rolled");
    assert_eq!(rolled, [(5, hour), (7, DAY)]);
    let kept = day.minutes(7, DAY, hour).await.expect("minutes");
    assert_eq!(kept, [(DAY, vec![4])]);
    assert!(day.minutes(5, DAY, hour).await.expect("none").is_empty());
    let counts = day.activity(DAY, DAY + DAY_MS).await.expect("the activity");
    assert_eq!(counts, [(DAY, 4), (DAY + MINUTE_MS, 2)]);
    day.close().await;
}

#[tokio::test]
async fn a_damaged_chunk_is_set_aside_with_its_reason_and_shown_no_more() {
    let day = open(&folder("aside")).await;
    put(&day, &some_chunks()).await;
    let t0 = DAY + 10 * MINUTE_MS;
    day.set_aside(7, t0, "checksum").await.expect("set aside");
    day.set_aside(7, t0, "again").await.expect("nothing to do");
    let damage = Damage {
        day: DAY,
        group: 7,
        t0,
        t1: t0 + 10 * MINUTE_MS,
        why: "checksum".to_owned(),
    };
    assert_eq!(day.damaged().await.expect("damaged"), [damage]);
    let at = day
        .chunk_at(7, t0)
        .await
        .expect("a chunk")
        .expect("the one before");
    assert_eq!(at.t0, DAY);
    day.close().await;
}

#[tokio::test]
async fn a_day_is_read_without_being_made_or_changed() {
    let folder = folder("reading");
    let missing = DayFile::open(&folder, DAY, false, None).await;
    assert!(missing.expect_err("no such day").is_missing());
    assert!(days_in(&folder).expect("the days").is_empty());
    let day = open(&folder).await;
    put(&day, &some_chunks()).await;
    let (reader, _) = DayFile::open(&folder, DAY, false, None)
        .await
        .expect("opened while it is written");
    assert_eq!(reader.groups().await.expect("the groups"), [0, 5, 7]);
    put(&day, &[chunk(9, 0, 1, 10)]).await;
    assert_eq!(reader.groups().await.expect("the groups"), [0, 5, 7, 9]);
    let refused = reader.append(b"no").await.expect_err("for reading only");
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused}");
    reader.close().await;
    day.close().await;
}

#[tokio::test]
async fn a_damaged_day_is_left_by_a_reader_and_moved_aside_by_a_writer() {
    let folder = folder("damaged");
    let day = open(&folder).await;
    let chunks: Vec<StoredChunk> = (0..60).map(|n| chunk(n, 0, 10, 20_000)).collect();
    put(&day, &chunks).await;
    let path = day.path().to_path_buf();
    day.close().await;
    let mut bytes = std::fs::read(&path).expect("the file");
    let middle = bytes.len() / 2;
    bytes[middle - 40_000..middle + 40_000].fill(0xa5);
    std::fs::write(&path, &bytes).expect("damaged");
    let (reader, _) = DayFile::open(&folder, DAY, false, None)
        .await
        .expect("its first page is sound");
    reader.close().await;
    assert_eq!(std::fs::read(&path).expect("still there"), bytes);
    let (day, notes) = DayFile::open(&folder, DAY, true, None)
        .await
        .expect("a new day");
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("2026-05-27.db.damaged-1"), "{notes:?}");
    assert!(day.spans().await.expect("the spans").is_empty());
    day.close().await;
}

#[tokio::test]
async fn a_file_that_is_no_day_of_ours_is_never_read_as_one() {
    let folder = folder("foreign");
    let path = path_of(&folder, DAY);
    std::fs::write(&path, "<html>404</html>".repeat(4000)).expect("written");
    let error = DayFile::open(&folder, DAY, false, None)
        .await
        .expect_err("no database");
    assert!(error.is_damage(), "{error}");
    let (day, notes) = DayFile::open(&folder, DAY, true, None)
        .await
        .expect("a new day");
    assert!(notes[0].contains("damaged-1"), "{notes:?}");
    // The meta file's mark is another.
    let mut conn = day.file.writer().await.expect("the writer");
    sql("PRAGMA application_id = 1128877427")
        .execute(&mut *conn)
        .await
        .expect("marked");
    drop(conn);
    day.close().await;
    let error = DayFile::open(&folder, DAY, false, None)
        .await
        .expect_err("another program's");
    assert!(error.to_string().contains("another program"), "{error}");
}

async fn limit_pages(day: &DayFile, pages: &'static str) {
    let mut conn = day.file.writer().await.expect("the writer");
    sql(pages).fetch_all(&mut *conn).await.expect("limited");
}

#[tokio::test]
async fn a_full_disk_refuses_writes_answers_questions_and_heals() {
    let folder = folder("full");
    let day = open(&folder).await;
    put(&day, &some_chunks()).await;
    limit_pages(&day, "PRAGMA max_page_count = 40").await;
    let frame = vec![7_u8; 100_000];
    let mut acknowledged = Vec::new();
    let refused = loop {
        match day.append(&frame).await {
            Ok(number) => acknowledged.push(number),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 100, "the limit holds");
    };
    assert!(refused.is_full(), "{refused}");
    assert!(refused.to_string().contains("2026-05-27.db"), "{refused}");
    assert!(!refused.is_damage());
    for round in 0..3 {
        let sealing = Sealing {
            removes: vec![(0, DAY)],
            puts: vec![chunk(0, 50, 10, 900_000)],
            ..Sealing::default()
        };
        let refused = day.commit(&sealing).await.expect_err("no room");
        assert!(refused.is_full(), "round {round}: {refused}");
    }
    let kept = day.chunks_between(None, DAY, DAY + DAY_MS).await;
    assert_eq!(kept.expect("a stretch").len(), some_chunks().len());
    let numbers = |frames: Vec<(i64, Vec<u8>)>| -> Vec<i64> {
        frames.into_iter().map(|(number, _)| number).collect()
    };
    assert_eq!(numbers(day.frames().await.expect("frames")), acknowledged);
    limit_pages(&day, "PRAGMA max_page_count = 1000000").await;
    acknowledged.push(day.append(&frame).await.expect("there is room again"));
    put(&day, &[chunk(0, 50, 10, 900_000)]).await;
    day.close().await;
    let day = open(&folder).await;
    assert_eq!(numbers(day.frames().await.expect("frames")), acknowledged);
    assert!(day.integrity().await.expect("checked").is_empty());
    day.close().await;
}

#[tokio::test]
async fn a_transaction_that_is_given_up_leaves_nothing_behind() {
    let day = open(&folder("given_up")).await;
    let mut change = day.file.begin().await.expect("begun");
    write_sealing(
        change.conn(),
        &Sealing {
            puts: some_chunks(),
            ..Sealing::default()
        },
    )
    .await
    .expect("written");
    drop(change);
    let number = day
        .append(b"later")
        .await
        .expect("a transaction of its own");
    assert!(day.spans().await.expect("the spans").is_empty());
    let frames = day.frames().await.expect("frames");
    assert_eq!(frames, [(number, b"later".to_vec())]);
    day.close().await;
}

#[tokio::test]
async fn days_are_listed_with_their_size_and_removed_whole() {
    let folder = folder("listed");
    for back in [0, 3, 1] {
        let (day, _) = DayFile::open(&folder, DAY - back * DAY_MS, true, None)
            .await
            .expect("a day");
        put(&day, &[chunk(0, 0, 10, 200_000)]).await;
        day.close().await;
    }
    std::fs::write(folder.join("notes.txt"), "not a day").expect("written");
    std::fs::write(folder.join("2026-02-31.db"), "no such day").expect("written");
    let days = days_in(&folder).expect("the days");
    let starts: Vec<i64> = days.iter().map(|(day, _)| *day).collect();
    assert_eq!(starts, [DAY - 3 * DAY_MS, DAY - DAY_MS, DAY]);
    assert!(days.iter().all(|(_, bytes)| *bytes > 200_000), "{days:?}");
    remove_day(&folder, DAY - DAY_MS).expect("removed");
    remove_day(&folder, DAY - DAY_MS).expect("gone already");
    assert_eq!(days_in(&folder).expect("the days").len(), 2);
    assert!(days_in(&folder.join("nowhere")).expect("none").is_empty());
}

#[tokio::test]
async fn the_chunks_of_two_hundred_groups_are_there_at_once() {
    let day = open(&folder("two_hundred")).await;
    for from in [0, 10, 20] {
        let chunks: Vec<StoredChunk> = (0..200).map(|n| chunk(n, from, 10, 30_000)).collect();
        put(&day, &chunks).await;
    }
    let t = DAY + 15 * MINUTE_MS;
    day.chunks_at(t).await.expect("a first look");
    let begun = tokio::time::Instant::now();
    let found = day.chunks_at(t).await.expect("the moment");
    let took = begun.elapsed();
    println!("200 chunks of 30 kB: {took:?}");
    assert_eq!(found.len(), 200);
    assert!(
        took.as_millis() < 500,
        "{took:?}: far from the few ms that it should take"
    );
    day.close().await;
}
