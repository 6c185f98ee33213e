//! Recordings of a small city that is made up: whatever way they go, the state at every moment stays the same.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

mod city;
mod table;

use cim_model::{DatastreamId, UtcMillis};
use cim_recording::{
    Player, RecordingError, Scope, Verified, export_recording, extract_clips, import_recording,
    verify,
};
use cim_store::{Columns, Knowledge, Store};
use city::{City, FROM, MINUTE_MS, about, moments, whole};
use std::path::Path;

async fn hash_of(store: &Store, t: UtcMillis) -> u64 {
    let mut columns = Columns::new();
    store
        .state_at(t, Knowledge::Now, &mut columns)
        .await
        .expect("a state");
    store.state_hash(&columns)
}

async fn record(city: &City, scope: &Scope, name: &str) -> std::path::PathBuf {
    let path = city.folder.join(name);
    export_recording(&city.store, scope, &about(), &path, &mut |_| {})
        .await
        .expect("a recording");
    path
}

fn verified(path: &Path) -> Verified {
    verify(path, &mut |_| {}).expect("an MCAP file")
}

/// True when somebody who checks this file is told that something is wrong with it, and where.
fn is_told(path: &Path) -> bool {
    match verify(path, &mut |_| {}) {
        Ok(verified) => verified.problems.iter().any(|told| told.contains("byte")),
        Err(RecordingError::Foreign { why, .. }) => why.contains("byte"),
        Err(_) => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_gives_the_same_state_everywhere_at_every_moment() {
    let city = City::lively("everywhere", 150).await;
    let scope = whole(150);
    let path = record(&city, &scope, "lively.mcap").await;
    let sound = verified(&path);
    assert_eq!(sound.problems, Vec::<String>::new());
    assert!(!sound.is_signed);
    assert!(sound.summary.observations > 20_000);
    assert_eq!((sound.summary.things, sound.summary.cameras), (4, 1));
    assert_eq!((sound.summary.facts, sound.summary.clips), (3, 1));

    let copy = City::empty("everywhere-copy").await;
    let imported = import_recording(&path, &copy.store, &mut |_| {})
        .await
        .expect("an import");
    assert_eq!(imported.problems, Vec::<String>::new());
    assert_eq!(imported, sound.summary);
    let mut player = Player::open(&path).expect("a recording");
    assert_eq!(player.problems(), Vec::<String>::new());
    assert_eq!(player.span(), (scope.from, scope.to));
    assert_eq!(player.summary(), &sound.summary);

    let moments = moments(&scope, 1_000);
    let mut hashes = Vec::new();
    for &t in &moments {
        let hash = hash_of(&city.store, t).await;
        assert_eq!(hash_of(&copy.store, t).await, hash, "imported, at {t}");
        assert_eq!(player.hash_at(t).expect("a state"), hash, "played, at {t}");
        hashes.push(hash);
    }
    hashes.dedup();
    assert!(hashes.len() > 900, "the city stands still");

    // A second time, the other way round, in a player of its own.
    let mut again = Player::open(&path).expect("a recording");
    for &t in moments.iter().rev() {
        let hash = again.hash_at(t).expect("a state");
        assert_eq!(hash, player.hash_at(t).expect("a state"), "again, at {t}");
    }
    copy.close().await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_gives_the_same_bytes_from_any_cache() {
    let city = City::lively("bytes", 25).await;
    let scope = whole(25);
    let first = record(&city, &scope, "first.mcap").await;
    let second = record(&city, &scope, "second.mcap").await;
    let bytes = std::fs::read(&first).expect("a file");
    assert_eq!(bytes, std::fs::read(&second).expect("a file"));

    // A cache where every series has another number.
    let copy = City::empty("bytes-copy").await;
    copy.learn_series_backwards().await;
    import_recording(&first, &copy.store, &mut |_| {})
        .await
        .expect("an import");
    let third = record(&copy, &scope, "third.mcap").await;
    assert_eq!(bytes, std::fs::read(&third).expect("a file"));
    copy.close().await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_events_and_views_come_along_as_they_were_known() {
    let city = City::lively("told", 25).await;
    let scope = whole(25);
    let path = record(&city, &scope, "told.mcap").await;
    let copy = City::empty("told-copy").await;
    import_recording(&path, &copy.store, &mut |_| {})
        .await
        .expect("an import");
    for t in moments(&scope, 50) {
        for knowledge in [Knowledge::Now, Knowledge::Then] {
            let there = city.store.events_at(t, knowledge).await.expect("events");
            let here = copy.store.events_at(t, knowledge).await.expect("events");
            assert_eq!(here, there, "{knowledge:?} at {t}");
            let there = city.store.facts_known(t, knowledge).await.expect("facts");
            let here = copy.store.facts_known(t, knowledge).await.expect("facts");
            assert_eq!(here, there, "{knowledge:?} at {t}");
        }
        let (mut there, mut here) = (Columns::new(), Columns::new());
        for (store, state) in [(&city.store, &mut there), (&copy.store, &mut here)] {
            store
                .state_at(t, Knowledge::Then, state)
                .await
                .expect("a state");
        }
        let hashes = (copy.store.state_hash(&here), city.store.state_hash(&there));
        assert_eq!(hashes.0, hashes.1, "known then, at {t}");
    }
    let views = city.store.moments().await.expect("moments");
    assert_eq!(copy.store.moments().await.expect("moments"), views);
    let mut player = Player::open(&path).expect("a recording");
    assert_eq!(player.views().expect("moments"), views);
    assert_eq!(player.facts().expect("facts").len(), 3);
    assert_eq!(player.events().expect("events").len(), 2);
    copy.close().await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_series_come_alone() {
    let city = City::lively("chosen", 25).await;
    let chosen = DatastreamId::new("ds-07");
    let scope = Scope {
        series: Some(vec![chosen.clone()]),
        ..whole(25)
    };
    let path = record(&city, &scope, "chosen.mcap").await;
    assert_eq!(verified(&path).problems, Vec::<String>::new());
    let mut player = Player::open(&path).expect("a recording");
    assert_eq!(player.catalogue().datastreams.len(), 1);
    assert_eq!(player.catalogue().things.len(), 1);
    assert_eq!(player.series(0), Some(&chosen));
    let number = city.store.number_of(&chosen).expect("a known series");
    for t in moments(&scope, 20) {
        let (mut here, mut there) = (Columns::new(), Columns::new());
        player.state_at(t, &mut here).expect("a state");
        city.store
            .state_at(t, Knowledge::Now, &mut there)
            .await
            .expect("a state");
        assert_eq!(here.get(0), there.get(number), "at {t}");
    }
    let unknown = Scope {
        series: Some(vec![DatastreamId::new("nobody")]),
        ..whole(25)
    };
    let to = city.folder.join("unknown.mcap");
    let error = export_recording(&city.store, &unknown, &about(), &to, &mut |_| {})
        .await
        .expect_err("an unknown series");
    assert!(error.to_string().contains("`nobody`"), "{error}");
    assert!(!to.exists());
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn playing_skips_no_change() {
    let city = City::lively("changes", 25).await;
    let scope = whole(25);
    let path = record(&city, &scope, "changes.mcap").await;
    let mut player = Player::open(&path).expect("a recording");
    let (mut all, mut some) = (Vec::new(), Vec::new());
    player
        .changes_between(scope.from, scope.to, &mut all)
        .expect("changes");
    assert_eq!(all.len() as u64, player.summary().observations);
    let mut stepped = Vec::new();
    let steps = moments(&scope, 333);
    for pair in steps.windows(2) {
        player
            .changes_between(pair[0], pair[1], &mut some)
            .expect("changes");
        stepped.extend_from_slice(&some);
    }
    assert_eq!(stepped, all);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_stretch_holds_the_state_alone() {
    let city = City::lively("empty", 25).await;
    let at = UtcMillis(FROM + 60 * MINUTE_MS);
    let scope = Scope {
        from: at,
        to: at,
        series: None,
    };
    let path = record(&city, &scope, "empty.mcap").await;
    let sound = verified(&path);
    assert_eq!(sound.problems, Vec::<String>::new());
    assert_eq!(sound.summary.observations, 0);
    let mut player = Player::open(&path).expect("a recording");
    assert_eq!(
        player.hash_at(at).expect("a state"),
        hash_of(&city.store, at).await
    );

    let nothing = City::empty("empty-nothing").await;
    let path = record(&nothing, &whole(25), "nothing.mcap").await;
    assert_eq!(verified(&path).problems, Vec::<String>::new());
    let backwards = Scope {
        from: at,
        to: UtcMillis(at.0 - 1),
        series: None,
    };
    let error = export_recording(&nothing.store, &backwards, &about(), &path, &mut |_| {})
        .await
        .expect_err("backwards");
    assert!(matches!(error, RecordingError::Scope { .. }), "{error}");
    nothing.close().await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_flipped_byte_goes_unnoticed() {
    let city = City::lively("flipped", 1).await;
    let path = record(&city, &whole(1), "sound.mcap").await;
    let sound = std::fs::read(&path).expect("a file");
    let flipped = city.folder.join("flipped.mcap");
    for place in (0..sound.len())
        .step_by(13)
        .chain(sound.len() - 60..sound.len())
    {
        let mut bytes = sound.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(&flipped, &bytes).expect("a file");
        assert!(is_told(&flipped), "byte {place} of {}", sound.len());
    }
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_is_read_as_far_as_it_goes() {
    let city = City::steady("cut", 60).await;
    let path = record(&city, &whole(60), "whole.mcap").await;
    let sound = std::fs::read(&path).expect("a file");
    let all = verified(&path).summary.observations;
    let cut = city.folder.join("cut.mcap");
    for part in 1..8 {
        std::fs::write(&cut, &sound[..sound.len() * part / 8]).expect("a file");
        assert!(is_told(&cut), "{part} of 8 parts");
    }
    let copy = City::empty("cut-copy").await;
    let imported = import_recording(&cut, &copy.store, &mut |_| {})
        .await
        .expect("the beginning of a recording");
    assert!(imported.observations > 0 && imported.observations < all);
    assert!(!imported.problems.is_empty());
    std::fs::write(&cut, b"PK\x03\x04 no recording at all").expect("a file");
    let error = import_recording(&cut, &copy.store, &mut |_| {})
        .await
        .expect_err("another kind of file");
    assert!(error.to_string().contains("cut.mcap"), "{error}");
    copy.close().await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_broken_chunk_the_state_is_right_again() {
    let city = City::steady("broken", 60).await;
    let scope = whole(60);
    let path = record(&city, &scope, "broken.mcap").await;
    let mut bytes = std::fs::read(&path).expect("a file");
    let summary = mcap::Summary::read(&bytes)
        .expect("a summary")
        .expect("a summary");
    assert!(
        summary.chunk_indexes.len() >= 3,
        "too few chunks to break one"
    );
    let second = &summary.chunk_indexes[1];
    bytes[(second.chunk_start_offset + second.chunk_length / 2) as usize] ^= 0x10;
    // A length that leads astray, too: the index shows where the next chunk is.
    bytes[second.chunk_start_offset as usize + 3] ^= 0x01;
    std::fs::write(&path, &bytes).expect("a file");
    let copy = City::empty("broken-copy").await;
    let imported = import_recording(&path, &copy.store, &mut |_| {})
        .await
        .expect("what is left");
    let place = format!("byte {}", second.chunk_start_offset);
    assert!(
        imported
            .problems
            .iter()
            .any(|told| told.starts_with(&place)),
        "{:?}",
        imported.problems
    );
    assert_eq!(
        hash_of(&copy.store, scope.to).await,
        hash_of(&city.store, scope.to).await
    );
    // Nothing wrong is ever shown: a moment inside of the broken chunk is refused.
    let within = UtcMillis(FROM + 25 * MINUTE_MS);
    let mut player = Player::open(&path).expect("a recording");
    let error = player.hash_at(within).expect_err("changes that are lost");
    assert!(matches!(error, RecordingError::Damaged { .. }), "{error}");
    let behind = UtcMillis(FROM + 55 * MINUTE_MS);
    assert_eq!(
        player.hash_at(behind).expect("a state"),
        hash_of(&city.store, behind).await
    );
    copy.close().await;
    city.close().await;
}

/// Copies a recording with other tools' means, with each message as `change` wants it.
fn rewrite(from: &Path, to: &Path, mut change: impl FnMut(&str, &mut Vec<u8>)) {
    let bytes = std::fs::read(from).expect("a file");
    let file = std::io::BufWriter::new(std::fs::File::create(to).expect("a file"));
    let mut out = mcap::WriteOptions::new()
        .profile("citymirror")
        .create(file)
        .expect("a writer");
    let mut names = std::collections::BTreeMap::new();
    for record in mcap::read::ChunkFlattener::new(&bytes).expect("a recording") {
        match record.expect("a record") {
            mcap::records::Record::Channel(channel) if !names.contains_key(&channel.id) => {
                let encoding = &channel.message_encoding;
                out.add_channel_with_id(channel.id, 0, &channel.topic, encoding, &channel.metadata)
                    .expect("a channel");
                names.insert(channel.id, channel.topic);
            }
            mcap::records::Record::Message { header, data } => {
                let mut data = data.into_owned();
                change(&names[&header.channel_id], &mut data);
                out.write_to_known_channel(&header, &data)
                    .expect("a message");
            }
            mcap::records::Record::Metadata(metadata) => {
                out.write_metadata(&metadata).expect("metadata");
            }
            _ => {}
        }
    }
    out.finish().expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_does_not_follow_is_found() {
    let city = City::lively("forged", 25).await;
    let path = record(&city, &whole(25), "honest.mcap").await;
    let forged = city.folder.join("forged.mcap");
    let mut states = 0;
    rewrite(&path, &forged, |topic, data| {
        states += u32::from(topic == "state");
        if topic == "state" && states == 2 {
            // The exponent of the first value: behind the head and the columns of series and moments.
            let n = u32::from_le_bytes([data[4], data[5], data[6], data[7]]) as usize;
            data[16 + 12 * n + 6] ^= 0x08;
        }
    });
    assert!(states >= 3);
    let problems = verified(&forged).problems;
    let told = |what: &str| problems.iter().any(|problem| problem.contains(what));
    assert!(
        told("is not what the changes before it come to"),
        "{problems:?}"
    );
    assert!(told("the digest is"), "{problems:?}");

    // Rewritten without a change, it is as sound as before.
    let copied = city.folder.join("copied.mcap");
    rewrite(&path, &copied, |_, _| {});
    assert_eq!(verified(&copied).problems, Vec::<String>::new());
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_tools_read_a_recording() {
    let city = City::lively("tools", 25).await;
    let path = record(&city, &whole(25), "tools.mcap").await;
    let bytes = std::fs::read(&path).expect("a file");
    let summary = mcap::Summary::read(&bytes)
        .expect("a summary")
        .expect("a summary");
    let counted = summary.stats.expect("statistics").message_count;
    let mut n = 0;
    for message in mcap::MessageStream::new(&bytes).expect("an MCAP file") {
        let message = message.expect("a message");
        if message.channel.message_encoding == "json" {
            serde_json::from_slice::<serde_json::Value>(&message.data).expect("JSON");
        }
        n += 1;
    }
    assert_eq!(n, counted);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_that_is_at_hand_comes_along() {
    let city = City::lively("clips", 25).await;
    let clips = city.folder.join("video");
    std::fs::create_dir_all(clips.join("cam-1")).expect("a folder");
    let film: Vec<u8> = (0..200_000_u32)
        .map(|n| (n.wrapping_mul(n) >> 7) as u8)
        .collect();
    std::fs::write(clips.join("cam-1/a.mp4"), &film).expect("a clip");
    let about = cim_recording::About {
        folder_of_clips: Some(clips),
        ..about()
    };
    let path = city.folder.join("clips.mcap");
    export_recording(&city.store, &whole(25), &about, &path, &mut |_| {})
        .await
        .expect("a recording");
    assert_eq!(verified(&path).problems, Vec::<String>::new());
    let out = city.folder.join("out");
    assert_eq!(extract_clips(&path, &out, &mut |_| {}).expect("clips"), 1);
    assert_eq!(
        std::fs::read(out.join("cam-1/a.mp4")).expect("a clip"),
        film
    );
    let player = Player::open(&path).expect("a recording");
    let camera = player.catalogue().cameras.first().expect("a camera");
    assert_eq!(camera.clips.len(), 1);
    city.close().await;
}
