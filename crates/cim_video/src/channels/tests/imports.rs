//! What comes in is merged by identity, told, and can be taken back.

use super::*;
use crate::channels::{
    AZIMUTH, Coordinates, Disorder, GbTables, HEIGHT, ROOT, Status, Synthetic, TILT, TableError,
    TableMapping, Tree, propose,
};
use cim_sync::gb28181::Field;
use std::path::Path;

const WORDS: &str = include_str!("../../../../../assets/codes/gb28181.toml");

#[test]
fn the_published_sample_is_read_with_every_field() {
    let path = Path::new(".").join("../../../shared/data/conformance/gb28181/catalog.xml");
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: no sample at {}", path.display());
        return;
    };
    let mut index = ChannelIndex::default();
    let mut import =
        Import::begin(&mut index, "sample", 1, Scope::Whole, NOON).expect("room for a source");
    import.packet(&bytes);
    let report = import.finish();
    assert_eq!((report.added, report.rejected), (1, 0), "{report:?}");
    let entry = index.find("33010602011187000001").expect("the device");
    for (field, value) in [
        (Field::Manufacturer, "HIKVISION"),
        (Field::Address, "上海市五角场合生汇"),
        (Field::EndTime, "2010-11-11T19:46:17"),
        (Field::Port, "5060"),
        (Field::PtzType, "1"),
        (Field::Status, "ON"),
        (Field::Longitude, "121.472644"),
    ] {
        assert_eq!(entry.value(field), value);
    }
    // It names itself as its parent, which is no parent.
    assert_eq!(entry.fields().len(), 23);
    assert!(!format!("{:?}", entry.fields()).contains("Password1"));
    assert!(entry.is_channel());
    assert_eq!(
        index.group(Tree::Civil, ROOT).map(|group| group.leaves),
        Some(1)
    );
}

#[test]
fn a_hundred_thousand_channels_come_in_a_thousand_packets_in_any_order_and_twice() {
    let synthetic = Synthetic {
        channels: 100_000,
        seed: 8,
    };
    let disorder = Disorder {
        is_shuffled: true,
        repeat_every: 7,
    };
    let per_packet = synthetic.entries().div_ceil(1000);
    let mut index = ChannelIndex::default();
    let mut import =
        Import::begin(&mut index, "city", 1, Scope::Whole, NOON).expect("room for a source");
    let mut packets = 0;
    for packet in synthetic.packets(per_packet, disorder) {
        import.packet(&packet);
        packets += 1;
    }
    let report = import.finish();
    assert!(packets > 1100, "{packets}");
    assert_eq!(report.added, u64::from(synthetic.entries()));
    assert_eq!((report.rejected, report.missing, report.gone), (0, 0, 0));
    assert!(report.duplicates > 10_000, "{}", report.duplicates);
    assert_eq!(report.encodings, ["gb18030"]);
    assert_eq!(index.channels(), 100_000);
    for tree in [Tree::Civil, Tree::Organisation] {
        let top = index.group(tree, ROOT).expect("a top");
        assert_eq!(top.leaves, 100_000);
        assert!((90_000..96_000).contains(&top.online), "{top:?}");
    }
    let id = Synthetic::channel_id(77_777);
    let n = synthetic.entries() - 100_000 + 77_777;
    let entry = index.find(&id).expect("a channel");
    assert_eq!(entry.name(), synthetic.item(n).get(Field::Name));
    assert_eq!(
        entry.value(Field::Longitude).parse().ok(),
        synthetic.item(n).number(Field::Longitude)
    );
    let per_channel = index.bytes() / index.channels();
    assert!(per_channel < 450, "{per_channel} bytes a channel");
    // The same again, in order, changes nothing.
    let mut import =
        Import::begin(&mut index, "city", 1, Scope::Whole, NOON).expect("room for a source");
    for packet in synthetic.packets(per_packet, Disorder::default()) {
        import.packet(&packet);
    }
    let report = import.finish();
    assert_eq!(report.same, u64::from(synthetic.entries()));
    assert_eq!((report.changed, report.gone, report.added), (0, 0, 0));
}

#[test]
fn a_second_import_says_what_changed_and_can_be_taken_back() {
    let mut index = index_of(&[
        camera(1, &[]),
        camera(2, &[]),
        camera(3, &[]),
        camera(4, &[]),
    ]);
    let before: Vec<Vec<String>> = all_values(&index);
    let report = bring(
        &mut index,
        &[
            camera(1, &[]),
            camera(2, &[("Name", "和平路"), ("Model", "X1")]),
            camera(3, &[("Latitude", "34.2601"), ("Status", "OFF")]),
            camera(5, &[]),
        ],
    );
    let counts = [
        report.added,
        report.changed,
        report.same,
        report.gone,
        report.moved,
    ];
    assert_eq!(counts, [1, 2, 1, 1, 1]);
    assert_eq!(report.added_ids, [camera_id(5)]);
    assert_eq!(report.gone_ids, [camera_id(4)]);
    let told = |n: usize| -> Vec<(&str, &str, &str)> {
        let fields = report.changes[n].fields.iter();
        fields
            .map(|one| (one.field.as_str(), one.before.as_str(), one.after.as_str()))
            .collect()
    };
    assert_eq!(
        told(0),
        [("Name", "彭城路2号", "和平路"), ("Model", "", "X1")]
    );
    assert_eq!(
        told(1),
        [("Latitude", "34.26", "34.2601"), ("Status", "ON", "OFF")]
    );
    assert!(
        (report.moves[0].metres - 11.1).abs() < 0.2,
        "{:?}",
        report.moves
    );
    assert_eq!(index.find(&camera_id(4)).map(|entry| entry.row()), None);
    assert_eq!(index.channels(), 4);

    assert!(index.can_undo());
    assert_eq!(index.undo(), Some(4));
    assert_eq!(all_values(&index), before);
    assert_eq!(
        index
            .group(Tree::Civil, "320303")
            .map(|group| (group.leaves, group.online)),
        Some((4, 4))
    );
    assert_eq!(index.undo(), None);
}

fn all_values(index: &ChannelIndex) -> Vec<Vec<String>> {
    let entries = index.channel_rows().filter_map(|row| index.entry(row));
    entries
        .map(|entry| {
            let fields = entry.fields().into_iter();
            fields
                .map(|(field, value)| format!("{field:?}={value}"))
                .collect()
        })
        .collect()
}

#[test]
fn a_dry_run_and_an_import_that_is_dropped_change_nothing() {
    let mut index = index_of(&[camera(1, &[])]);
    let before = all_values(&index);
    let mut import =
        Import::begin(&mut index, "city", 5, Scope::Whole, NOON).expect("room for a source");
    import.item(&camera(1, &[("Name", "x")]), "here");
    import.item(&camera(2, &[]), "here");
    let report = import.finish_dry();
    assert_eq!((report.added, report.changed), (1, 1));
    assert_eq!(all_values(&index), before);
    assert!(
        index.can_undo(),
        "the import before can still be taken back"
    );
    let mut import =
        Import::begin(&mut index, "city", 5, Scope::Whole, NOON).expect("room for a source");
    import.item(&camera(3, &[]), "here");
    drop(import);
    assert_eq!(all_values(&index), before);
    assert_eq!(index.channels(), 1);
}

#[test]
fn the_source_with_the_higher_precedence_is_right_and_the_other_fills_gaps() {
    let mut index = ChannelIndex::default();
    bring_from(&mut index, "platform", 5, &[camera(1, &[("Name", "平台")])]);
    bring_from(
        &mut index,
        "table",
        1,
        &[camera(
            1,
            &[("Name", "表格"), ("Address", "淮海路"), ("Status", "OFF")],
        )],
    );
    let entry = index.find(&camera_id(1)).expect("the camera");
    assert_eq!((entry.name(), entry.source()), ("平台", "platform"));
    assert_eq!(entry.value(Field::Address), "淮海路");
    assert_eq!(entry.status(), Status::On);
    bring_from(&mut index, "survey", 9, &[camera(1, &[("Name", "普查")])]);
    let entry = index.find(&camera_id(1)).expect("the camera");
    assert_eq!((entry.name(), entry.source()), ("普查", "survey"));
    assert_eq!(entry.value(Field::Address), "淮海路");
}

#[test]
fn nothing_is_gone_while_announced_entries_are_missing() {
    let mut index = index_of(&[camera(1, &[]), camera(2, &[])]);
    let mut import =
        Import::begin(&mut index, "city", 5, Scope::Whole, NOON).expect("room for a source");
    let text = format!(
        "<Response><CmdType>Catalog</CmdType><SN>1</SN><DeviceID>1</DeviceID><SumNum>2</SumNum><DeviceList Num=\"1\">\
        <Item><DeviceID>{}</DeviceID></Item></DeviceList></Response>",
        camera_id(1)
    );
    import.packet(text.as_bytes());
    let report = import.finish();
    assert_eq!((report.missing, report.gone), (1, 0));
    assert_eq!(index.channels(), 2);
}

#[test]
fn pages_of_a_platform_and_broken_packets_are_taken_side_by_side() {
    let mut index = ChannelIndex::default();
    let mut import =
        Import::begin(&mut index, "platform", 5, Scope::Part, NOON).expect("room for a source");
    import.page(
        r#"{"code":0,"data":{"total":2,"list":[
        {"channelId":"32030300001310000001","name":"一号门","online":true,"longitude":117.2,"latitude":34.2},{"name":"nobody"}]}}"#
            .as_bytes(),
    );
    import.page(br#"{"code":401,"msg":"log in"}"#);
    import.packet(b"<Response><CmdType>Keepalive</CmdType></Response>");
    import.packet(b"no xml");
    let report = import.finish();
    assert_eq!((report.added, report.missing), (1, 0), "{report:?}");
    assert_eq!(report.rejected, 4, "{:?}", report.rejections);
    assert_eq!(index.channels(), 1);
}

#[test]
fn how_a_camera_hangs_is_read_from_a_table() {
    let text = "设备编码,名称,安装高度(米),方位角,俯角,方位,备注\n\
        32030300001310000001,一号,6.5,90,15,1,新\n";
    let proposal = propose(text.as_bytes()).expect("a table");
    assert_eq!(proposal.unused, ["备注"]);
    let words = GbTables::read(WORDS).expect("the words");
    let mut index = ChannelIndex::default();
    let mut import =
        Import::begin(&mut index, "table", 1, Scope::Whole, NOON).expect("room for a source");
    import
        .table(text.as_bytes(), &proposal.mapping, &words)
        .expect("a table");
    assert_eq!(import.finish().added, 1);
    let entry = index.find("32030300001310000001").expect("the camera");
    let mut others = entry.others();
    others.sort_unstable();
    assert_eq!(others, [(AZIMUTH, "90"), (HEIGHT, "6.5"), (TILT, "15")]);
    assert_eq!(entry.value(Field::DirectionType), "1");
}

#[test]
fn a_table_in_gb18030_with_places_of_a_web_map_is_proposed_and_taken() {
    let text = "国标编码,点位名称,高德经度,高德纬度,摄像机类型,状态,负责人\n\
        32030300001310000001,\"彭城路,东口\",117.2,34.26,球机,在线,张三\n\
        32030300001310000002,和平路,117°12',北,4,离线,\n\
        ,无编码,117.2,34.26,1,在线,\n";
    let bytes = encoding_rs::GB18030.encode(text).0.into_owned();
    let mut proposal = propose(&bytes).expect("a table");
    assert_eq!(proposal.encoding, "gb18030");
    assert_eq!(proposal.unused, ["负责人"]);
    assert!(proposal.missing.is_empty());
    assert_eq!(proposal.mapping.coordinates, Coordinates::Gcj02);
    assert_eq!(proposal.sample[0][1], "彭城路,东口");
    proposal
        .mapping
        .columns
        .insert("负责人".to_owned(), "负责人".to_owned());

    let words = GbTables::read(WORDS).expect("the words");
    let mut index = ChannelIndex::default();
    let mut import =
        Import::begin(&mut index, "table", 1, Scope::Whole, NOON).expect("room for a source");
    import
        .table(&bytes, &proposal.mapping, &words)
        .expect("a table");
    let report = import.finish();
    assert_eq!(report.added, 2);
    let places: Vec<&str> = report
        .rejections
        .iter()
        .map(|one| one.place.as_str())
        .collect();
    assert_eq!(places, ["line 3 position", "line 4"]);
    let entry = index.find("32030300001310000001").expect("the camera");
    let [lon, lat] = entry.place().expect("a place");
    assert!(
        (117.19..117.2).contains(&lon) && (34.255..34.27).contains(&lat),
        "{lon} {lat}"
    );
    assert_eq!(
        (entry.name(), entry.ptz(), entry.status()),
        ("彭城路,东口", 1, Status::On)
    );
    assert_eq!(entry.others(), [("负责人", "张三")]);
}

#[test]
fn a_mapping_that_does_not_fit_is_refused() {
    let words = GbTables::default();
    let mut index = ChannelIndex::default();
    let mut import =
        Import::begin(&mut index, "table", 1, Scope::Part, NOON).expect("room for a source");
    let mut mapping = TableMapping {
        columns: [("DeviceID".to_owned(), "编号".to_owned())].into(),
        coordinates: Coordinates::Wgs84,
        delimiter: ',',
    };
    let refused = import.table(b"id,name\n1,a\n", &mapping, &words);
    assert!(
        matches!(refused, Err(TableError::NoColumn { .. })),
        "{refused:?}"
    );
    mapping.delimiter = 'x';
    let refused = import.table(b"id\n", &mapping, &words);
    assert!(matches!(refused, Err(TableError::Delimiter { .. })));
    mapping.columns.clear();
    mapping.delimiter = ',';
    let refused = import.table(b"id\n", &mapping, &words);
    assert!(matches!(refused, Err(TableError::NoIdentity)));
}

#[test]
fn a_channel_that_comes_in_two_trees_stays_the_same_when_it_comes_again() {
    let twice = [
        camera(1, &[("ParentID", FIRST_NET)]),
        camera(1, &[("ParentID", SECOND_NET)]),
    ];
    let mut index = index_of(&twice);
    let report = bring(&mut index, &twice);
    assert_eq!((report.same, report.changed, report.duplicates), (1, 0, 1));
    let entry = index.find(&camera_id(1)).expect("the camera");
    assert_eq!(entry.parents(), [FIRST_NET, SECOND_NET]);
}

#[test]
fn a_notice_changes_what_it_names_and_lets_nothing_go_that_it_does_not() {
    let usual = [camera(1, &[]), camera(2, &[]), camera(3, &[])];
    let mut index = index_of(&usual);
    let entry = |id: &str, event: &str, rest: &str| {
        format!("<Item><DeviceID>{id}</DeviceID>{rest}<Event>{event}</Event></Item>")
    };
    let entries = [
        entry(&camera_id(1), "OFF", ""),
        entry(&camera_id(2), "UPDATE", "<Name>和平路</Name>"),
        entry(&camera_id(3), "DEL", ""),
        entry(&camera_id(4), "ADD", "<Name>新装</Name>"),
        entry(&camera_id(9), "DEL", ""),
        entry(&camera_id(1), "SNEEZE", ""),
    ]
    .concat();
    let notice = format!(
        "<Notify><CmdType>Catalog</CmdType><SN>2</SN><DeviceID>1</DeviceID><SumNum>6</SumNum>\
         <DeviceList Num=\"6\">{entries}</DeviceList></Notify>"
    );
    let before = all_values(&index);
    let mut import =
        Import::begin(&mut index, "city", 5, Scope::Whole, NOON).expect("room for a source");
    import.packet(notice.as_bytes());
    let report = import.finish();
    let counts = [
        report.added,
        report.changed,
        report.same,
        report.gone,
        report.rejected,
        report.missing,
    ];
    assert_eq!(counts, [1, 2, 0, 1, 2, 0], "{report:?}");
    let first = index.find(&camera_id(1)).expect("it stays");
    assert_eq!((first.name(), first.status()), ("彭城路1号", Status::Off));
    let second = index.find(&camera_id(2)).expect("it stays");
    assert_eq!((second.name(), second.ptz()), ("和平路", 3));
    assert!(index.find(&camera_id(3)).is_none());
    let top = index.group(Tree::Civil, ROOT).expect("a top");
    assert_eq!((top.leaves, top.online), (3, 1));
    assert_eq!(index.undo(), Some(4));
    assert_eq!(all_values(&index), before);
    let top = index.group(Tree::Civil, ROOT).expect("a top");
    assert_eq!((top.leaves, top.online), (3, 3));
}

#[test]
fn the_category_follows_its_entry_until_a_person_says_another() {
    let said = |class: &'static str| camera(1, &[("PointType", class)]);
    let category = |index: &ChannelIndex| index.find(&camera_id(1)).map(|entry| entry.category());
    let mut index = index_of(&[said("3")]);
    assert_eq!(category(&index), Some(3));
    bring(&mut index, &[said("1")]);
    assert_eq!(category(&index), Some(1));
    index.undo();
    assert_eq!(category(&index), Some(3));
    bring(&mut index, &[camera(1, &[])]);
    assert_eq!(category(&index), Some(0));
    bring(&mut index, &[said("1")]);
    index.undo();
    assert_eq!(category(&index), Some(0));
    let row = index.row(&camera_id(1)).expect("its row");
    index.set_grade(row, 2, 0);
    bring(&mut index, &[said("3")]);
    assert_eq!(category(&index), Some(2), "what a person said stays");
}

#[test]
fn a_position_that_is_none_is_told_and_coordinates_of_documents_are_turned_back() {
    let page = |lon: &str, lat: &str| {
        format!(
            r#"{{"data":{{"total":1,"list":[{{"channelId":"{}","name":"一号","longitude":{lon},"latitude":{lat}}}]}}}}"#,
            camera_id(1)
        )
    };
    let bring_page = |lon: &str, lat: &str, coordinates: Coordinates| {
        let mut index = ChannelIndex::default();
        let mut import =
            Import::begin(&mut index, "page", 1, Scope::Whole, NOON).expect("room for a source");
        import.places_in(coordinates).expect("they are known");
        import.page(page(lon, lat).as_bytes());
        let report = import.finish();
        assert_eq!(report.added, 1, "{report:?}");
        let place = index.find(&camera_id(1)).and_then(|entry| entry.place());
        (report.rejections, place)
    };
    let (told, place) = bring_page("31.23", "121.47", Coordinates::Wgs84);
    assert_eq!(place, None);
    let [told] = told.as_slice() else {
        panic!("one thing is told: {told:?}");
    };
    assert!(told.reason.contains("swapped"), "{told:?}");
    assert!(told.place.contains(&camera_id(1)), "{told:?}");
    assert_eq!(bring_page("0.0", "0.0", Coordinates::Wgs84), (vec![], None));
    let (told, place) = bring_page("121.5", "31.24", Coordinates::Gcj02);
    assert_eq!(told, []);
    let [lon, lat] = place.expect("a place");
    assert!(
        (121.49..121.4999).contains(&lon) && (31.24..31.245).contains(&lat),
        "{lon} {lat}"
    );
}

#[test]
fn a_table_with_identities_of_its_own_is_taken_and_a_broken_letter_spoils_nothing() {
    let words = GbTables::read(WORDS).expect("the words");
    for (header, identity) in [
        ("国标编号,设备名称,经度,纬度,状态", "32030300001310000001"),
        ("编号,设备名称,经度,纬度,状态", "SXT-0001"),
    ] {
        let mut bytes =
            format!("{header}\n{identity},东门,117.2,34.26,在线\nSXT-2,西门,117.2,34.26,维修\n")
                .into_bytes();
        // A field of a fixed length ends in the middle of a letter.
        let end = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .expect("it ends");
        bytes.remove(end - 1);
        let proposal = propose(&bytes).expect("a table");
        assert_eq!(proposal.missing, [""; 0], "{header}");
        assert_eq!(proposal.encoding, "UTF-8", "{header}");
        let mut index = ChannelIndex::default();
        let mut import =
            Import::begin(&mut index, "table", 1, Scope::Whole, NOON).expect("room for a source");
        import
            .table(&bytes, &proposal.mapping, &words)
            .expect("a table");
        assert_eq!(import.finish().added, 2, "{header}");
        assert_eq!(index.channels(), 2, "{header}");
        let entry = index.find(identity).expect("the camera");
        assert!(entry.is_channel(), "{header}");
        assert_eq!((entry.name(), entry.status()), ("东门", Status::On));
        let again = ChannelIndex::from_bytes(&index.to_bytes()).expect("its bytes");
        assert_eq!(again.channels(), 2, "{header}");
    }
    let both = propose("编号,国标编码\n1,32030300001310000001\n".as_bytes()).expect("a table");
    assert_eq!(both.mapping.columns["DeviceID"], "国标编码");
}
