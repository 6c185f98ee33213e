//! Trees, search, and what is kept over a restart.

use super::*;
use crate::channels::{
    Filter, Found, IndexError, Question, ROOT, Status, Synthetic, Tagging, Tree, TreeEntry,
    UNASSIGNED, Window,
};
use cim_geo::Bounds;

const ALL: Window = Window {
    offset: 0,
    limit: 1000,
};

/// Keys with their leaves and those online, and identities of channels.
fn told(index: &ChannelIndex, tree: Tree, key: &str, window: Window) -> Vec<String> {
    let page = index.page(tree, key, window).expect("a node");
    let entries = page.entries.iter();
    entries
        .map(|entry| match entry {
            TreeEntry::Group(group) => format!("{} {}/{}", group.key, group.online, group.leaves),
            TreeEntry::Channel(row) => index.entry(*row).expect("a channel").id(),
        })
        .collect()
}

#[test]
fn a_channel_in_two_groups_counts_once_above_them() {
    let both = format!("{FIRST_NET}/{SECOND_NET}");
    let mut items = groups();
    items.push(camera(1, &[("ParentID", both.as_str())]));
    items.push(camera(2, &[("ParentID", FIRST_NET), ("Status", "OFF")]));
    items.push(camera(3, &[]));
    let mut index = index_of(&items);
    let top = [format!("{UNASSIGNED} 1/1"), format!("{GROUP} 1/2")];
    assert_eq!(told(&index, Tree::Organisation, ROOT, ALL), top);
    let nets = [format!("{FIRST_NET} 1/2"), format!("{SECOND_NET} 1/1")];
    assert_eq!(told(&index, Tree::Organisation, GROUP, ALL), nets);
    assert_eq!(index.rows_under(Tree::Organisation, GROUP).len(), 2);
    let row = index.row(&camera_id(1)).expect("the camera");
    assert_eq!(
        index.paths_of(Tree::Organisation, row),
        [[GROUP, FIRST_NET], [GROUP, SECOND_NET]]
    );

    assert!(index.set_status(row, Status::Off, NOON));
    let top = [format!("{UNASSIGNED} 1/1"), format!("{GROUP} 0/2")];
    assert_eq!(told(&index, Tree::Organisation, ROOT, ALL), top);
    assert_eq!(
        index.group(Tree::Civil, "3203").map(|group| group.online),
        Some(1)
    );
}

#[test]
fn divisions_that_only_identities_imply_are_nodes() {
    let mut items = vec![item("320300", &[("Name", "徐州市")])];
    items.push(item("32031101001310000001", &[("Name", "a")]));
    items.push(item("32030300001310000001", &[("CivilCode", "320303")]));
    items.push(item("camera-7", &[("PTZType", "1")]));
    let index = index_of(&items);
    assert_eq!(told(&index, Tree::Civil, ROOT, ALL), ["- 0/1", "32 0/2"]);
    assert_eq!(
        told(&index, Tree::Civil, "3203", ALL),
        ["320303 0/1", "320311 0/1"]
    );
    assert_eq!(told(&index, Tree::Civil, "320311", ALL), ["32031101 0/1"]);
    let city = index.group(Tree::Civil, "3203").expect("the city");
    assert_eq!((city.name.as_str(), city.groups), ("徐州市", 2));
    assert_eq!(
        index.path(Tree::Civil, "32031101"),
        ["32", "3203", "320311", "32031101"]
    );
    assert_eq!(index.page(Tree::Civil, "99", ALL), None);
}

#[test]
fn a_page_begins_where_it_should_and_hides_what_may_not_be_seen() {
    let mut items = groups();
    items.extend((1..=5).map(|n| camera(n, &[("ParentID", FIRST_NET)])));
    items.push(camera(9, &[("ParentID", GROUP)]));
    let index = index_of(&items);
    let page = |offset, limit| told(&index, Tree::Organisation, GROUP, Window { offset, limit });
    assert_eq!(page(1, 1), [format!("{SECOND_NET} 0/0")]);
    assert_eq!(page(1, 9), [format!("{SECOND_NET} 0/0"), camera_id(9)]);
    assert_eq!(page(3, 9), [""; 0]);
    let window = Window {
        offset: 1,
        limit: 3,
    };
    let leaves = [camera_id(2), camera_id(3), camera_id(4)];
    assert_eq!(told(&index, Tree::Organisation, FIRST_NET, window), leaves);

    let hidden = index.row(&camera_id(3)).expect("a camera");
    let keep = |row: u32| row != hidden;
    let kept = index.page_where(Tree::Organisation, FIRST_NET, ALL, &keep);
    assert_eq!(kept.map(|page| page.total), Some(4));
    let kept = index
        .page_where(Tree::Organisation, ROOT, ALL, &keep)
        .expect("the top");
    let TreeEntry::Group(group) = &kept.entries[0] else {
        panic!("a group is expected");
    };
    assert_eq!((group.leaves, group.online), (5, 5));
    let none = index
        .page_where(Tree::Organisation, GROUP, ALL, &|_| false)
        .expect("a node");
    // The second net is empty in itself, and nothing is hidden by saying so.
    assert_eq!(none.total, 1);
}

#[test]
fn groups_in_a_ring_and_very_deep_ones_stay_trees() {
    let ring = [
        item(FIRST_NET, &[("ParentID", SECOND_NET)]),
        item(SECOND_NET, &[("ParentID", FIRST_NET)]),
        camera(1, &[("ParentID", FIRST_NET)]),
    ];
    let index = index_of(&ring);
    assert_eq!(
        index
            .group(Tree::Organisation, ROOT)
            .map(|group| group.leaves),
        Some(1)
    );
    assert_eq!(index.rows_under(Tree::Organisation, ROOT).len(), 1);
    let net = |n: u32| format!("32030300002160{n:06}");
    let mut chain: Vec<CatalogueItem> = (1..500)
        .rev()
        .map(|n| item(&net(n), &[("ParentID", net(n - 1).as_str())]))
        .collect();
    chain.push(camera(1, &[("ParentID", net(499).as_str())]));
    let index = index_of(&chain);
    assert_eq!(
        index
            .group(Tree::Organisation, ROOT)
            .map(|group| group.leaves),
        Some(1)
    );
    let row = index.row(&camera_id(1)).expect("a camera");
    assert!(index.paths_of(Tree::Organisation, row)[0].len() <= 64);
}

fn found(index: &ChannelIndex, text: &str, filter: &Filter) -> Vec<String> {
    let question = Question {
        text,
        filter,
        near: None,
        window: ALL,
        keep: None,
    };
    let found = index.search(&question);
    assert!(found.is_total_exact && found.total == found.rows.len());
    let rows = found.rows.into_iter();
    rows.map(|row| index.entry(row).expect("a channel").name().to_owned())
        .collect()
}

#[test]
fn channels_are_found_by_identity_name_pinyin_and_address() {
    let index = index_of(&[
        camera(1, &[("Name", "云龙湖东门"), ("Address", "湖东路")]),
        camera(2, &[("Name", "人民广场"), ("Address", "彭城路1号")]),
    ]);
    let any = Filter::default();
    assert_eq!(found(&index, "yunlonghu", &any), ["云龙湖东门"]);
    assert_eq!(found(&index, "ylh", &any), ["云龙湖东门"]);
    assert_eq!(found(&index, "彭城路", &any), ["人民广场"]);
    assert_eq!(found(&index, &camera_id(2), &any), ["人民广场"]);
    assert_eq!(found(&index, "3203030000131", &any).len(), 2);
    assert_eq!(found(&index, "nowhere", &any), [""; 0]);
}

/// What a person asks for beside words.
type Narrowed = fn(&mut Filter);

#[test]
fn every_part_of_a_filter_holds_back_what_does_not_pass() {
    let mut items = groups();
    items.push(camera(1, &[("PointType", "1"), ("ParentID", FIRST_NET)]));
    items.push(camera(
        2,
        &[("Status", "OFF"), ("PTZType", "1"), ("Longitude", "118")],
    ));
    items.push(item("32031100001310000001", &[("Name", "铜山")]));
    let mut index = index_of(&items);
    let row = index.row(&camera_id(2)).expect("a camera");
    assert!(index.set_tag(row, "重点", Tagging::Add) && !index.set_tag(row, " 重点", Tagging::Add));
    assert!(index.set_grade(row, 3, 2) && !index.set_grade(row, 3, 2));
    let (one, two, three) = ("彭城路1号", "彭城路2号", "铜山");
    let cases: [(Narrowed, &[&str]); 12] = [
        (|_| (), &[one, two, three]),
        (
            |filter| {
                filter.bounds = Some(Bounds {
                    west_deg: 117.0,
                    south_deg: 34.0,
                    east_deg: 117.5,
                    north_deg: 35.0,
                });
            },
            &[one],
        ),
        (
            |filter| {
                filter.polygon = vec![[117.9, 34.0], [118.1, 34.0], [118.1, 35.0], [117.9, 35.0]];
            },
            &[two],
        ),
        (
            |filter| filter.division = Some("320303".to_owned()),
            &[one, two],
        ),
        (|filter| filter.group = Some(GROUP.to_owned()), &[one]),
        (|filter| filter.tag = Some("重点".to_owned()), &[two]),
        (
            |filter| filter.status = vec![Status::Off, Status::Unknown],
            &[two, three],
        ),
        (|filter| filter.ptz = vec![1], &[two]),
        (|filter| filter.category = Some(1), &[one]),
        (|filter| filter.grade = Some(2), &[two]),
        (|filter| filter.has_place = Some(false), &[three]),
        (|filter| filter.source = Some("elsewhere".to_owned()), &[]),
    ];
    for (narrowed, expected) in cases {
        let mut filter = Filter::default();
        narrowed(&mut filter);
        assert_eq!(found(&index, "", &filter), expected, "{filter:?}");
        assert_eq!(index.matching(&filter).len(), expected.len());
        let typed: Vec<&str> = expected
            .iter()
            .copied()
            .filter(|name| *name != three)
            .collect();
        let mut by_name = found(&index, "彭城路", &filter);
        by_name.sort();
        assert_eq!(by_name, typed, "{filter:?}");
    }
    assert_eq!(index.tags().collect::<Vec<_>>(), [("重点", 1)]);
    assert!(index.set_tag(row, "重点", Tagging::Remove));
    assert_eq!(index.tags().count(), 0);
}

#[test]
fn what_may_not_be_seen_is_not_found_and_pages_follow_one_another() {
    let items: Vec<CatalogueItem> = (1..=2000).map(|n| camera(n, &[])).collect();
    let index = index_of(&items);
    let filter = Filter::default();
    let keep = |row: u32| row.is_multiple_of(100);
    let ask = |offset, limit| -> Found {
        index.search(&Question {
            text: "彭城路",
            filter: &filter,
            near: None,
            window: Window { offset, limit },
            keep: Some(&keep),
        })
    };
    let all = ask(0, 100);
    assert_eq!((all.total, all.is_total_exact), (20, true));
    let second = ask(5, 5);
    assert_eq!(second.rows, all.rows[5..10]);
}

#[test]
fn a_name_that_changed_is_found_by_the_one_that_it_has() {
    let mut index = index_of(&[camera(1, &[]), camera(2, &[])]);
    bring(
        &mut index,
        &[camera(1, &[("Name", "和平桥")]), camera(2, &[])],
    );
    let any = Filter::default();
    assert_eq!(found(&index, "hepingqiao", &any), ["和平桥"]);
    assert_eq!(found(&index, "彭城路", &any), ["彭城路2号"]);
    index.undo();
    assert_eq!(found(&index, "hepingqiao", &any), [""; 0]);
    assert_eq!(found(&index, "彭城路", &any).len(), 2);
}

#[test]
fn an_index_comes_back_from_its_bytes_and_damaged_bytes_are_refused() {
    let synthetic = Synthetic {
        channels: 500,
        seed: 3,
    };
    let items: Vec<CatalogueItem> = (0..synthetic.entries())
        .map(|n| synthetic.item(n))
        .collect();
    let mut index = index_of(&items);
    let row = index.row(&Synthetic::channel_id(5)).expect("a channel");
    index.set_tag(row, "重点", Tagging::Add);
    index.set_grade(row, 2, 1);
    index.note_seen(&Synthetic::channel_id(5), NOON);
    let bytes = index.to_bytes();
    let again = ChannelIndex::from_bytes(&bytes).expect("an index");
    assert_eq!(
        (again.len(), again.channels()),
        (index.len(), index.channels())
    );
    for n in 0..500 {
        let id = Synthetic::channel_id(n);
        let (one, other) = (
            index.find(&id).expect("there"),
            again.find(&id).expect("there"),
        );
        assert_eq!(one.fields(), other.fields());
        assert_eq!(
            (one.tags(), one.grade(), one.owner()),
            (other.tags(), other.grade(), other.owner())
        );
        assert_eq!(
            (one.status_since(), one.seen_at()),
            (other.status_since(), other.seen_at())
        );
    }
    for tree in [Tree::Civil, Tree::Organisation] {
        assert_eq!(index.page(tree, ROOT, ALL), again.page(tree, ROOT, ALL));
    }
    assert_eq!(again.to_bytes().len(), bytes.len());
    for at in [0, 7, 9, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        let refused = ChannelIndex::from_bytes(&damaged);
        assert!(matches!(refused, Err(IndexError::Damaged { .. })), "{at}");
    }
    for length in [0, 3, 12, bytes.len() - 1] {
        assert!(ChannelIndex::from_bytes(&bytes[..length]).is_err());
    }
}

#[test]
fn a_channel_with_a_place_is_a_camera_on_the_map() {
    let mut index = index_of(&[
        camera(1, &[("DirectionType", "6"), ("PointType", "2")]),
        item("32031100001310000001", &[("Name", "铜山")]),
    ]);
    let row = index.row(&camera_id(1)).expect("a camera");
    index.set_grade(row, 1, 0);
    let camera = index.camera(row).expect("with a place");
    assert_eq!((camera.name.as_str(), camera.category), ("彭城路1号", 1));
    assert!(
        (camera.azimuth_deg - 45.0).abs() < 1e-9 && (camera.position.lon_deg - 117.2).abs() < 1e-9
    );
    let other = index.row("32031100001310000001").expect("a channel");
    assert_eq!(index.camera(other), None);
    let columns = index.columns();
    assert_eq!(columns.lon_e7[row as usize], 1_172_000_000);
    assert_eq!(columns.lon_e7[other as usize], crate::channels::NO_PLACE);
}
