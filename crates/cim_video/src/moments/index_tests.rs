//! Moments kept, asked, counted and dropped.

use super::*;
use crate::{
    moments::{
        query::{MOST_PAGE, MomentQuery},
        vocabulary::{CLIP, tests::shipped},
    },
    ring::Ring,
};
use std::collections::BTreeSet;

const SECOND: i64 = 1_000;

fn moment(id: &str, camera: &str, kind: &str, (from_s, to_s): (i64, i64)) -> Moment {
    Moment {
        id: id.to_owned(),
        camera: camera.to_owned(),
        kind: kind.to_owned(),
        from: UtcMillis(from_s * SECOND),
        to: UtcMillis(to_s * SECOND),
        ..Moment::default()
    }
}

/// Two clips, a car that comes twice, a face and a person.
pub(in crate::moments) fn sample() -> MomentIndex {
    let mut index = MomentIndex::new(&shipped());
    let car = |id: &str, camera: &str, at: i64, plate: &str| Moment {
        place: Some([117.05, 34.05]),
        confidence: Some(0.8),
        attributes: vec![
            ("VehicleColor".to_owned(), "5".to_owned()),
            ("PlateNo".to_owned(), plate.to_owned()),
        ],
        ..moment(id, camera, "motor_vehicle", (at, at + 2))
    };
    let whole = FrameBox {
        x: 0.25,
        y: 0.5,
        w: 0.25,
        h: 0.3,
    };
    let face = Moment {
        frame_box: Some(whole),
        confidence: Some(0.4),
        ..moment("face", "c2", "face", (61, 61))
    };
    let person = Moment {
        frame_box: Some(whole),
        ..moment("person", "c2", "person", (60, 63))
    };
    for one in [
        moment("clip1", "c1", CLIP, (0, 3_600)),
        moment("clip2", "c2", CLIP, (55, 70)),
        car("car1", "c1", 60, "苏C12345"),
        car("car2", "c2", 5_000, "苏C99999"),
        face,
        person,
    ] {
        assert_eq!(index.add(&one), Ok(Change::Added));
    }
    index.settle();
    index
}

fn all<'a>() -> MomentQuery<'a> {
    MomentQuery {
        from: UtcMillis(0),
        to: UtcMillis(10_000 * SECOND),
        limit: 100,
        ..MomentQuery::default()
    }
}

#[track_caller]
fn check(query: &MomentQuery<'_>, expected: &[&str], total: usize) {
    let index = sample();
    let page = index.query(query);
    let ids: Vec<String> = page
        .rows
        .iter()
        .map(|row| index.moment(*row).unwrap().id)
        .collect();
    assert_eq!(ids, expected);
    assert_eq!(page.total, total);
}

#[test]
fn moments_are_found_by_time_newest_first() {
    let everything = ["car2", "face", "person", "car1", "clip2", "clip1"];
    check(&all(), &everything, 6);
    check(
        &MomentQuery {
            from: UtcMillis(64 * SECOND),
            to: UtcMillis(70 * SECOND),
            ..all()
        },
        &["clip2", "clip1"],
        2,
    );
    check(
        &MomentQuery {
            from: UtcMillis(3_601 * SECOND),
            to: UtcMillis(4_000 * SECOND),
            ..all()
        },
        &[],
        0,
    );
    check(
        &MomentQuery {
            offset: 1,
            limit: 2,
            ..all()
        },
        &["face", "person"],
        6,
    );
    check(
        &MomentQuery {
            limit: MOST_PAGE + 1,
            ..all()
        },
        &everything,
        6,
    );
}

#[test]
fn moments_are_found_by_area_kind_camera_attribute_and_right() {
    let ring = Ring::new(vec![
        [117.0, 34.0],
        [117.1, 34.0],
        [117.1, 34.1],
        [117.0, 34.1],
    ])
    .unwrap();
    check(
        &MomentQuery {
            ring: Some(&ring),
            ..all()
        },
        &["car2", "car1"],
        2,
    );
    let kinds = ["face".to_owned(), CLIP.to_owned()];
    check(
        &MomentQuery {
            kinds: &kinds,
            ..all()
        },
        &["face", "clip2", "clip1"],
        3,
    );
    let cameras = BTreeSet::from(["c1".to_owned(), "c9".to_owned()]);
    check(
        &MomentQuery {
            cameras: Some(&cameras),
            ..all()
        },
        &["car1", "clip1"],
        2,
    );
    check(
        &MomentQuery {
            may_see: Some(&|camera: &str| camera == "c2"),
            ..all()
        },
        &["car2", "face", "person", "clip2"],
        4,
    );
    check(
        &MomentQuery {
            least_confidence: 0.5,
            ..all()
        },
        &["car2", "person", "car1", "clip2", "clip1"],
        5,
    );
    for (key, value, expected) in [
        ("PlateNo", "苏C12345", vec!["car1"]),
        ("PlateNo", "苏C*", vec!["car2", "car1"]),
        ("PlateNo", "沪*", vec![]),
        ("PlateNo", "沪A00000", vec![]),
        ("VehicleColor", "", vec!["car2", "car1"]),
        ("Nothing", "", vec![]),
    ] {
        let attributes = [(key.to_owned(), value.to_owned())];
        check(
            &MomentQuery {
                attributes: &attributes,
                ..all()
            },
            &expected,
            expected.len(),
        );
    }
}

#[test]
fn a_moment_told_again_is_kept_once_and_a_changed_one_as_it_was_told_last() {
    let mut index = sample();
    let before = index.moment(2).unwrap();
    assert_eq!(index.add(&before), Ok(Change::Same));
    let mut later = before.clone();
    later.from = UtcMillis(7_000 * SECOND);
    later.to = later.from;
    later.attributes.truncate(1);
    assert_eq!(index.add(&later), Ok(Change::Changed));
    index.settle();
    assert_eq!(index.len(), 6);
    assert_eq!(index.moment(2), Some(later));
    let page = index.query(&all());
    assert_eq!((page.rows[0], page.total), (2, 6));
}

#[test]
fn lanes_count_what_begins_and_what_lasts() {
    let index = sample();
    let query = MomentQuery {
        from: UtcMillis(50 * SECOND),
        to: UtcMillis(70 * SECOND),
        ..all()
    };
    let lanes: Vec<String> = index
        .lanes(&query, 4)
        .iter()
        .map(|lane| format!("{} {:?}", lane.kind, lane.counts))
        .collect();
    assert_eq!(
        lanes,
        [
            "person [0, 0, 1, 0]",
            "face [0, 0, 1, 0]",
            "motor_vehicle [0, 0, 1, 0]",
            "clip [1, 2, 2, 2]"
        ]
    );
    let one = index.lanes(&query, 0);
    assert!(one.iter().all(|lane| lane.counts.len() == 1));
    let turned = MomentQuery {
        from: UtcMillis(i64::MAX),
        to: UtcMillis(i64::MIN),
        ..all()
    };
    assert!(index.lanes(&turned, 9).is_empty());
}

#[test]
fn around_a_moment_each_camera_has_its_clip_and_its_nearest_detection() {
    let index = sample();
    let cameras = BTreeSet::from(["c1", "c2", "c3"].map(str::to_owned));
    let around = index.around(&cameras, UtcMillis(64 * SECOND), 5 * SECOND);
    let id = |row: Option<u32>| row.map(|row| index.moment(row).unwrap().id);
    let told: Vec<String> = around
        .iter()
        .map(|one| {
            format!(
                "{} {:?} {:?} {}",
                one.camera,
                id(one.clip),
                id(one.nearest),
                one.count
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "c1 Some(\"clip1\") Some(\"car1\") 1",
            "c2 Some(\"clip2\") Some(\"person\") 2",
            "c3 None None 0"
        ]
    );
}

#[test]
fn faces_whole_and_heads_of_persons_are_masked() {
    let mut index = sample();
    let words = shipped();
    // Heights in hundredths of the picture.
    let boxes = |index: &MomentIndex, camera: &str, at: i64| -> Vec<i32> {
        let found = index.private_boxes(camera, UtcMillis(at * SECOND), SECOND, &words);
        let heights = found.iter().map(|frame| (frame.h * 100.0).round() as i32);
        heights.collect()
    };
    assert_eq!(boxes(&index, "c2", 61), [30, 10]);
    assert!(boxes(&index, "c2", 80).is_empty());
    assert!(boxes(&index, "c9", 61).is_empty());
    let plate = FrameBox {
        x: 0.5,
        y: 0.5,
        w: 0.1,
        h: 0.05,
    };
    let car = Moment {
        mask: Some(plate),
        ..moment("car3", "c2", "motor_vehicle", (61, 61))
    };
    assert_eq!(index.add(&car), Ok(Change::Added));
    index.settle();
    assert_eq!(boxes(&index, "c2", 61), [5, 30, 10]);
}

#[test]
fn what_is_too_old_or_too_much_is_dropped() {
    let words = shipped();
    let day = 86_400 * SECOND;
    let mut index = sample();
    assert_eq!(index.retain(&words, UtcMillis(day), 100), 0);
    assert_eq!(index.retain(&words, UtcMillis(day), 4), 2);
    assert_eq!((index.len(), index.row_of("clip1")), (4, None));
    // Faces go first, clips last.
    let face_days = i64::from(words.kind("face").unwrap().keep_days);
    let now = UtcMillis((face_days + 1) * day);
    assert_eq!(index.retain(&words, now, 100), 1);
    assert_eq!(index.row_of("face"), None);
    assert_eq!(index.query(&all()).total, 3);
    let late = UtcMillis(4_000 * day);
    assert_eq!(index.retain(&words, late, 100), 3);
    assert!(index.is_empty());
}

#[test]
fn what_no_index_keeps_is_refused() {
    let mut index = MomentIndex::new(&shipped());
    let mut check = |change: fn(&mut Moment), expected: &str| {
        let mut one = moment("a", "c", "face", (1, 2));
        change(&mut one);
        let told = index.add(&one).unwrap_err().to_string();
        assert!(told.contains(expected), "{told}");
    };
    check(|one| one.id.clear(), "the identity");
    check(|one| one.camera = "c".repeat(201), "the camera");
    check(|one| one.kind.clear(), "no kind");
    check(|one| one.media = "m".repeat(3_000), "the address");
    check(|one| one.to = UtcMillis(0), "ends before");
    check(|one| one.place = Some([f64::NAN, 1.0]), "nowhere");
    check(|one| one.confidence = Some(f32::NAN), "confidence");
    check(|one| one.mask = Some(FrameBox::default()), "the mask");
    check(
        |one| one.attributes = vec![(String::new(), "v".to_owned())],
        "an attribute",
    );
    check(
        |one| one.attributes = vec![("k".to_owned(), "v".to_owned()); 65],
        "65 attributes",
    );
    assert!(index.is_empty());
}

/// The orders of time and a plain look at every row agree, whatever comes in whatever order.
#[test]
fn the_orders_find_what_a_look_at_every_moment_finds() {
    let mut dice: u32 = 11;
    let mut roll = |most: u32| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i64::from((dice >> 8) % most)
    };
    let mut index = MomentIndex::new(&shipped());
    for n in 0..600 {
        let from = roll(100_000);
        let lasts = [roll(9), roll(500), roll(50_000)][(n % 3) as usize];
        // Some are told twice, with another time.
        let id = (n % 550).to_string();
        let one = moment(&id, "c", "face", (from, from + lasts));
        assert!(index.add(&one).is_ok());
        if n % 97 == 0 {
            index.settle();
        }
    }
    index.settle();
    for _ in 0..100 {
        let from = roll(160_000);
        let query = MomentQuery {
            from: UtcMillis(from * SECOND),
            to: UtcMillis((from + roll(2_000)) * SECOND),
            limit: MOST_PAGE,
            ..MomentQuery::default()
        };
        let mut expected: Vec<(i64, u32)> = (0..550)
            .filter_map(|row| {
                let one = index.moment(row)?;
                let is_over = one.to < query.from || one.from > query.to;
                (!is_over).then_some((one.from.0, row))
            })
            .collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        let rows: Vec<u32> = expected.iter().map(|(_, row)| *row).collect();
        assert_eq!(index.query(&query).rows, rows);
    }
}
