//! Every blob comes back to the last bit, stays small, and no damage to it passes unseen.

use std::collections::BTreeSet;

use cim_model::Quality;

use super::*;
use crate::row::{HOUR_MS, Knowledge, LATE_MS, MINUTE_MS, Row};

const T0: i64 = 1_780_000_020_000;

/// SplitMix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Even between −reach and reach.
    fn around(&mut self, reach: i64) -> i64 {
        self.below(2 * reach as u64 + 1) as i64 - reach
    }

    fn quality(&mut self) -> Quality {
        match self.below(20) {
            0 => Quality::Suspect,
            1 => Quality::Estimated,
            _ => Quality::Good,
        }
    }

    /// Good nearly always.
    fn quality_of_sensor(&mut self) -> Quality {
        if self.below(500) == 0 {
            Quality::Suspect
        } else {
            Quality::Good
        }
    }

    /// A finite double of any kind.
    fn wild(&mut self) -> f64 {
        match self.below(8) {
            0 => -0.0,
            1 => f64::from_bits(self.below(1 << 20)),
            2 => 1e308 * (self.below(3) as f64 - 1.0),
            3 => f64::from(self.next() as u32 as f32 / 7.0),
            4 => self.around(1_000_000) as f64 / 1000.0,
            5 => self.around(1 << 60) as f64,
            _ => {
                let value = f64::from_bits(self.next());
                if value.is_finite() { value } else { f64::MIN }
            }
        }
    }
}

/// Adds a row to the slot that was filled last, or a later one.
fn push(chunk: &mut Chunk, slot: usize, time: i64, value: f64, quality: Quality) {
    chunk.times.push(time);
    chunk.values.push(value);
    chunk.qualities.push(quality);
    let rows = chunk.rows() as u32;
    chunk
        .starts
        .iter_mut()
        .skip(slot + 1)
        .for_each(|start| *start = rows);
}

/// What a city's sensors send: one or two decimals that walk, a period of their own with some milliseconds of jitter, a
/// gap now and then, values that doubt themselves now and then.
fn realistic(rows_per_slot: usize, seed: u64) -> Chunk {
    let mut random = Random(seed);
    let minutes = rows_per_slot as i64 * 8_600 / MINUTE_MS + 3;
    let mut chunk = Chunk::empty(3, T0, T0 + minutes * MINUTE_MS);
    for slot in 0..SLOTS {
        let period = [5_000, 8_640, 1_000, 7_500][slot % 4];
        let scale = [10.0, 100.0][slot % 2];
        let mut value = 200 + random.below(3000) as i64;
        let mut due = T0 - 1 - random.below(period as u64) as i64;
        chunk.key.times[slot] = due;
        chunk.key.values[slot] = value as f64 / scale;
        for _ in 0..rows_per_slot {
            due += period;
            if random.below(200) == 0 {
                due += period;
            }
            value += random.around(6);
            let time = due + random.around(9);
            push(
                &mut chunk,
                slot,
                time.max(T0),
                value as f64 / scale,
                random.quality_of_sensor(),
            );
        }
    }
    chunk
}

/// Anything that is allowed.
fn random_chunk(seed: u64, most_rows: u64) -> Chunk {
    let mut random = Random(seed);
    let span = MINUTE_MS * (1 + random.below(600) as i64);
    let mut chunk = Chunk::empty(random.below(1 << 22) as u32, T0, T0 + span);
    let (share_of_keys, share_of_rows) = (random.below(5), random.below(5));
    let wildness = random.below(3);
    for slot in 0..SLOTS {
        let value = |random: &mut Random| match wildness {
            0 => random.around(100_000) as f64 / 100.0,
            1 if slot % 7 != 0 => f64::from(random.around(1000) as f32 * 0.1),
            _ => random.wild(),
        };
        if random.below(4) < share_of_keys {
            let old = [10_000, HOUR_MS as u64 * 2, 1 << 42][random.below(3) as usize];
            chunk.key.times[slot] = T0 - 1 - random.below(old) as i64;
            chunk.key.values[slot] = value(&mut random);
            chunk.key.qualities[slot] = random.quality();
            if random.below(9) == 0 {
                let known_at = chunk.key.times[slot] + LATE_MS + 1 + random.below(1 << 30) as i64;
                chunk.key.late.push((slot as u16, known_at));
            }
        }
        if random.below(4) >= share_of_rows {
            continue;
        }
        let rows = random.below(most_rows) as usize;
        let mut times: BTreeSet<i64> = (0..rows)
            .map(|_| T0 + random.below(span as u64) as i64)
            .collect();
        if random.below(2) == 0 {
            times.extend([T0, T0 + span - 1]);
        }
        for time in times {
            let value = value(&mut random);
            let quality = random.quality();
            push(&mut chunk, slot, time, value, quality);
            if random.below(50) == 0 {
                let known_at = time + LATE_MS + 1 + random.below(1 << 20) as i64;
                chunk.late.push((chunk.rows() as u32 - 1, known_at));
            }
        }
    }
    chunk
}

fn encoded(chunk: &Chunk) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_chunk(chunk, &mut Scratch::default(), &mut bytes).expect("a chunk that is well formed");
    bytes
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn assert_same(a: &Chunk, b: &Chunk) {
    assert_eq!(bits(&a.values), bits(&b.values));
    assert_eq!(bits(&a.key.values), bits(&b.key.values));
    assert_eq!(a, b);
}

fn assert_round_trip(chunk: &Chunk) {
    let bytes = encoded(chunk);
    let mut scratch = Scratch::default();
    // Buffers that have been used before must not show.
    let mut into = random_chunk(99, 5);
    decode_chunk(&bytes, &mut scratch, &mut into).expect("it was just written");
    assert_same(&into, chunk);
    let mut key = KeyFrame::empty();
    decode_state(&bytes, NEVER, Knowledge::Now, &mut scratch, &mut key)
        .expect("it was just written");
    assert_eq!(key, chunk.key);
}

/// The state at a moment, by the simplest way.
fn state_by_hand(chunk: &Chunk, t: i64, knowledge: Knowledge) -> KeyFrame {
    let mut state = chunk.key.clone();
    for slot in 0..SLOTS {
        let rows = chunk.starts[slot] as usize..chunk.starts[slot + 1] as usize;
        let holds = |&row: &usize| {
            chunk.times[row] <= t && (knowledge == Knowledge::Now || chunk.known_at(row) <= t)
        };
        if let Some(row) = rows.rev().find(holds) {
            state.times[slot] = chunk.times[row];
            state.values[slot] = chunk.values[row];
            state.qualities[slot] = chunk.qualities[row];
            state.late.retain(|&(late, _)| usize::from(late) != slot);
            if chunk.late.iter().any(|&(late, _)| late as usize == row) {
                state.late.push((slot as u16, chunk.known_at(row)));
            }
        }
    }
    state.late.sort_unstable();
    state
}

#[test]
fn an_empty_chunk_and_one_with_keys_alone_come_back() {
    let mut chunk = Chunk::empty(0, T0, T0 + MINUTE_MS);
    assert_round_trip(&chunk);
    assert!(encoded(&chunk).len() < 400);
    for slot in 0..SLOTS {
        chunk.key.times[slot] = T0 - 1 - slot as i64;
        chunk.key.values[slot] = slot as f64 / 10.0;
    }
    assert_round_trip(&chunk);
    chunk.key.times[7] = NEVER;
    chunk.key.values[7] = 0.0;
    assert_round_trip(&chunk);
}

#[test]
fn one_row_comes_back_wherever_it_lies_and_whatever_it_says() {
    for (slot, time) in [(0, T0), (511, T0 + MINUTE_MS - 1), (64, T0 + 1)] {
        for value in [
            0.0,
            -0.0,
            0.1,
            -273.15,
            5e-324,
            1e308,
            f64::MIN,
            f64::EPSILON,
            0.1 + 0.2,
        ] {
            let mut chunk = Chunk::empty(8, T0, T0 + MINUTE_MS);
            push(&mut chunk, slot, time, value, Quality::Estimated);
            chunk.late.push((0, time + 90_000));
            assert_round_trip(&chunk);
        }
    }
}

#[test]
fn chunks_of_all_kinds_come_back() {
    for seed in 0..60 {
        assert_round_trip(&random_chunk(seed, 1 + seed % 60));
    }
    assert_round_trip(&random_chunk(1000, 400));
    let mut chunk = Chunk::empty(1, T0, T0 + HOUR_MS * 2);
    let mut random = Random(5);
    for row in 0..4000 {
        push(
            &mut chunk,
            17,
            T0 + row * 1000,
            random.wild(),
            random.quality(),
        );
    }
    assert_round_trip(&chunk);
}

#[test]
fn a_chunk_before_1970_and_one_at_the_end_of_time_come_back() {
    for t0 in [-MINUTE_MS, i64::MIN + 1, i64::MAX - MINUTE_MS] {
        let mut chunk = Chunk::empty(2, t0, t0 + MINUTE_MS);
        chunk.key.times[3] = i64::MIN + 1;
        chunk.key.values[3] = 4.5;
        push(&mut chunk, 3, t0 + 10, 4.25, Quality::Good);
        push(&mut chunk, 9, t0, -1.0, Quality::Good);
        assert_round_trip(&chunk);
    }
}

#[test]
fn a_realistic_chunk_takes_at_most_three_bytes_a_row_and_four_a_key() {
    for (rows, limit) in [(20, 3.0), (60, 2.5)] {
        let chunk = realistic(rows, 1);
        assert_round_trip(&chunk);
        let per_row = encoded(&chunk).len() as f64 / chunk.rows() as f64;
        println!("{rows} rows a series: {per_row:.2} B a row, key frame included");
        assert!(per_row <= limit, "{per_row} B a row");
    }
    let mut keys = realistic(1, 1);
    keys = Chunk {
        key: keys.key,
        ..Chunk::empty(3, keys.t0, keys.t1)
    };
    let per_key = encoded(&keys).len() as f64 / SLOTS as f64;
    println!("{per_key:.2} B a key");
    assert!(per_key <= 4.0, "{per_key} B a key");
}

#[test]
fn the_state_at_a_moment_is_what_the_rows_say() {
    let mut scratch = Scratch::default();
    let mut state = KeyFrame::empty();
    for seed in 0..25 {
        let chunk = random_chunk(seed, 1 + 3 * seed);
        let bytes = encoded(&chunk);
        let span = (chunk.t1 - chunk.t0) as u64;
        let mut random = Random(seed);
        let mut moments = vec![T0 - 1, T0, chunk.t1 - 1, chunk.t1];
        moments.extend((0..6).map(|_| T0 + random.below(span) as i64));
        for t in moments {
            for knowledge in [Knowledge::Now, Knowledge::Then] {
                decode_state(&bytes, t, knowledge, &mut scratch, &mut state)
                    .expect("it was just written");
                let expected = state_by_hand(&chunk, t, knowledge);
                assert_eq!(
                    bits(&state.values),
                    bits(&expected.values),
                    "seed {seed}, {t}, {knowledge:?}"
                );
                assert_eq!(state, expected, "seed {seed}, {t}, {knowledge:?}");
            }
        }
    }
}

#[test]
fn a_second_chunk_takes_no_new_memory() {
    let bytes = encoded(&realistic(30, 4));
    let (mut scratch, mut into) = (Scratch::default(), Chunk::empty(0, 0, 0));
    let mut out = Vec::new();
    let mut seen = Vec::new();
    for _ in 0..2 {
        decode_chunk(&bytes, &mut scratch, &mut into).expect("it was just written");
        out.clear();
        encode_chunk(&into, &mut scratch, &mut out).expect("it was just read");
        assert_eq!(out, bytes);
        seen.push((
            into.times.as_ptr(),
            into.values.as_ptr(),
            out.as_ptr(),
            scratch.time_codes.as_ptr(),
        ));
    }
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_chunk_that_is_not_well_formed_is_refused() {
    let good = realistic(3, 2);
    let spoil = |change: &dyn Fn(&mut Chunk)| {
        let mut chunk = good.clone();
        change(&mut chunk);
        encode_chunk(&chunk, &mut Scratch::default(), &mut Vec::new()).expect_err("it is spoiled")
    };
    let spoiled: [&dyn Fn(&mut Chunk); 9] = [
        &|chunk| chunk.times.swap(0, 1),
        &|chunk| chunk.times[0] = T0 - 1,
        &|chunk| chunk.values[5] = f64::NAN,
        &|chunk| chunk.key.values[5] = f64::INFINITY,
        &|chunk| chunk.values.truncate(7),
        &|chunk| chunk.starts[4] += 90,
        &|chunk| chunk.late.push((u32::MAX, 0)),
        &|chunk| chunk.key.late.push((512, 0)),
        &|chunk| chunk.group = u32::MAX,
    ];
    for change in spoiled {
        assert!(matches!(spoil(change), CodecError::Unfit { .. }));
    }
}

fn small_chunk() -> Chunk {
    let mut chunk = Chunk::empty(5, T0, T0 + MINUTE_MS);
    for slot in [3, 4, 200] {
        chunk.key.times[slot] = T0 - 500;
        chunk.key.values[slot] = 20.5;
        for row in 0..5 {
            let value = if row == 3 {
                0.1 + 0.2
            } else {
                20.0 + row as f64
            };
            let time = T0 + row * 3000 + slot as i64;
            push(&mut chunk, slot, time, value, Quality::Suspect);
        }
    }
    chunk.late.push((4, T0 + 900_000));
    chunk
}

#[test]
fn no_flipped_bit_and_no_lost_end_of_a_chunk_passes_unseen() {
    let bytes = encoded(&small_chunk());
    let (mut scratch, mut into, mut key) = (Scratch::default(), small_chunk(), KeyFrame::empty());
    let mut refused = |bytes: &[u8]| {
        let t = T0 + 10_000;
        decode_chunk(bytes, &mut scratch, &mut into).is_err()
            && decode_state(bytes, NEVER, Knowledge::Now, &mut scratch, &mut key).is_err()
            && decode_state(bytes, t, Knowledge::Then, &mut scratch, &mut key).is_err()
    };
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(refused(&flipped), "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(refused(&bytes[..length]), "{length} bytes");
    }
}

/// Puts the right checksum under bytes that were changed on purpose.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - 4);
    numbers::close(&mut bytes, 0);
    bytes
}

#[test]
fn a_chunk_spoiled_under_a_right_checksum_does_no_harm() {
    let chunk = small_chunk();
    let bytes = encoded(&chunk);
    let (mut scratch, mut into, mut key) = (Scratch::default(), chunk.clone(), KeyFrame::empty());
    let mut refused = 0;
    for at in 0..bytes.len() - 4 {
        for byte in [0, 1, 64, 0x7f, 0x80, 0xff] {
            let mut spoiled = bytes.clone();
            spoiled[at] = byte;
            let spoiled = sealed(spoiled);
            let read = decode_chunk(&spoiled, &mut scratch, &mut into);
            refused += usize::from(read.is_err());
            let _either_way =
                decode_state(&spoiled, T0 + 9, Knowledge::Now, &mut scratch, &mut key);
            if read.is_ok() {
                assert!(into.values.iter().all(|value| value.is_finite()));
                assert_eq!(into.values.len(), into.times.len());
                assert_eq!(into.starts.last().copied(), Some(into.rows() as u32));
            }
        }
    }
    assert!(refused > bytes.len(), "only {refused} were refused");
}

#[test]
fn a_claim_of_too_many_rows_is_refused_before_memory_is_taken() {
    let mut bytes = encoded(&small_chunk());
    bytes[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    let (mut scratch, mut into) = (Scratch::default(), Chunk::empty(0, 0, 0));
    let error = decode_chunk(&sealed(bytes), &mut scratch, &mut into).expect_err("too many");
    let text = "the chunk is damaged at byte 16: it claims too many rows";
    assert_eq!(error.to_string(), text);
    assert_eq!(into.times.capacity(), 0);

    let mut frame = Vec::new();
    encode_frame(&random_rows(1, 10), &mut frame);
    frame[6..10].copy_from_slice(&4_000_000_u32.to_le_bytes());
    let mut rows = Vec::new();
    assert!(decode_frame(&sealed(frame), &mut rows).is_err());
    assert!(rows.capacity() < 1000, "{} rows", rows.capacity());
}

#[test]
fn a_later_version_says_so() {
    let mut bytes = encoded(&small_chunk());
    bytes[4] = 2;
    let error = decode_state(
        &bytes,
        NEVER,
        Knowledge::Now,
        &mut Scratch::default(),
        &mut KeyFrame::empty(),
    );
    let text = "the chunk has version 2; this release reads version 1";
    assert_eq!(error.expect_err("a later version").to_string(), text);
}

fn random_rows(seed: u64, count: usize) -> Vec<Row> {
    let mut random = Random(seed);
    let style = random.below(4);
    (0..count)
        .map(|place| Row {
            series: match style {
                0 => place as u32,
                1 => random.next() as u32,
                _ => random.below(100_000) as u32,
            },
            quality: random.quality(),
            happened_at: T0 + random.around(if style == 1 { 1 << 60 } else { 800 }),
            known_at: T0 + 1000 + random.around(300),
            value: match style {
                1 => random.wild(),
                2 if random.below(40) == 0 => random.wild(),
                _ => random.around(5000) as f64 / 10.0,
            },
        })
        .collect()
}

#[test]
fn frames_bring_back_their_rows_in_order() {
    for seed in 0..40 {
        for count in [0, 1, 2, 127, 128, 129, 1000] {
            let rows = random_rows(seed, count);
            let mut bytes = vec![7; 3];
            encode_frame(&rows, &mut bytes);
            let mut into = rows[..count.min(2)].to_vec();
            decode_frame(&bytes[3..], &mut into).expect("it was just written");
            let read = &into[count.min(2)..];
            assert_eq!(read, rows);
            let values = |rows: &[Row]| {
                rows.iter()
                    .map(|row| row.value.to_bits())
                    .collect::<Vec<_>>()
            };
            assert_eq!(values(read), values(&rows));
        }
    }
}

#[test]
fn a_frame_in_the_order_of_arrival_takes_at_most_nine_bytes_a_row() {
    let rows: Vec<Row> = random_rows(2, 4096);
    let mut bytes = Vec::new();
    encode_frame(&rows, &mut bytes);
    let per_row = bytes.len() as f64 / rows.len() as f64;
    println!("{per_row:.2} B a row of the log");
    assert!(per_row <= 9.0, "{per_row} B a row");
}

#[test]
fn no_flipped_bit_and_no_lost_end_of_a_frame_passes_unseen() {
    let mut bytes = Vec::new();
    encode_frame(&random_rows(3, 20), &mut bytes);
    let mut into = Vec::new();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_frame(&flipped, &mut into).is_err(), "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(
            decode_frame(&bytes[..length], &mut into).is_err(),
            "{length} bytes"
        );
    }
    for at in 0..bytes.len() - 4 {
        for byte in [0, 64, 0x80, 0xff] {
            let mut spoiled = bytes.clone();
            spoiled[at] = byte;
            let _either_way = decode_frame(&sealed(spoiled), &mut into);
            assert!(into.len().is_multiple_of(20));
        }
    }
}

/// A minute's or an hour's aggregates of a kind.
fn random_aggregates<const N: usize>(random: &mut Random) -> [Aggregate; N] {
    let kind = random.below(4);
    let mut stretches = [Aggregate::default(); N];
    for stretch in &mut stretches {
        if random.below(6) == 0 {
            continue;
        }
        let count = 1 + random.below(60);
        let values: Vec<f64> = (0..count)
            .map(|_| match kind {
                0 => random.wild(),
                1 => f64::from(random.around(500) as f32 * 0.1),
                _ => (2150 + random.around(9)) as f64 / 100.0,
            })
            .collect();
        *stretch = Aggregate {
            n: count as u32,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean: values.iter().map(|value| value / count as f64).sum(),
            worst: random.quality(),
        };
    }
    stretches
}

fn assert_same_stretches(a: &[Aggregate], b: &[Aggregate]) {
    assert_eq!(a, b);
    let bits = |s: &Aggregate| (s.min.to_bits(), s.max.to_bits(), s.mean.to_bits());
    assert!(a.iter().map(bits).eq(b.iter().map(bits)));
}

fn random_minutes(seed: u64) -> Vec<[Aggregate; 60]> {
    let mut random = Random(seed);
    (0..SLOTS)
        .map(|slot| match slot % 5 {
            0 => [Aggregate::default(); 60],
            _ => random_aggregates(&mut random),
        })
        .collect()
}

#[test]
fn minutes_and_hours_come_back_to_the_last_bit() {
    let slots = random_minutes(1);
    let mut bytes = Vec::new();
    encode_minutes(&slots, &mut bytes).expect("512 slots");
    for (slot, expected) in (0_u16..).zip(&slots) {
        let minutes = decode_minutes_of(&bytes, slot).expect("it was just written");
        assert_same_stretches(&minutes, expected);
    }
    assert!(decode_minutes_of(&bytes, 512).is_err());
    assert!(encode_minutes(&slots[1..], &mut Vec::new()).is_err());
    let mut random = Random(2);
    for _ in 0..300 {
        let hours = random_aggregates(&mut random);
        let mut bytes = Vec::new();
        encode_hours(&hours, &mut bytes);
        assert_same_stretches(&decode_hours(&bytes).expect("it was just written"), &hours);
    }
}

#[test]
fn damage_to_one_series_minutes_leaves_the_others_readable() {
    let slots = random_minutes(3);
    let mut bytes = Vec::new();
    encode_minutes(&slots, &mut bytes).expect("512 slots");
    let last = bytes.len() - 1;
    bytes[last] ^= 16;
    assert!(matches!(
        decode_minutes_of(&bytes, 511),
        Err(CodecError::Checksum { .. })
    ));
    let minutes = decode_minutes_of(&bytes, 1).expect("its part is sound");
    assert_same_stretches(&minutes, &slots[1]);
    for bit in (0..4108 * 8).step_by(3) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_minutes_of(&flipped, 1).is_err(), "bit {bit}");
    }
    for length in (0..bytes.len()).step_by(97) {
        assert!(
            decode_minutes_of(&bytes[..length], 1).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn no_damage_to_a_day_of_hours_passes_unseen_or_does_harm() {
    let mut bytes = Vec::new();
    encode_hours(&random_aggregates(&mut Random(4)), &mut bytes);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_hours(&flipped).is_err(), "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(decode_hours(&bytes[..length]).is_err(), "{length} bytes");
    }
    let mut refused = 0;
    for at in 0..bytes.len() - 4 {
        for byte in [0, 9, 64, 0x80, 0xff] {
            let mut spoiled = bytes.clone();
            spoiled[at] = byte;
            refused += usize::from(decode_hours(&sealed(spoiled)).is_err());
        }
    }
    assert!(refused > 0);
}
