//! GB/T 28181: the published samples where they lie beside the checkout, and a large catalogue as a device sends it.

use cim_model::CameraStatus;
use cim_sync::gb28181::{
    CatalogueReader, Field, ItemKind, Message, cameras_of, catalogue_xml, read_message,
};
use encoding_rs::GB18030;
use std::path::Path;

/// The sample `name`, or a word that there is none.
fn sample(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(".")
        .join("../../../shared/data/conformance/gb28181")
        .join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: no sample at {}", path.display());
    }
    bytes
}

#[test]
fn the_sample_catalogue_is_read_with_every_field() {
    let Some(bytes) = sample("catalog.xml") else {
        return;
    };
    let catalogue = catalogue_xml(&bytes).expect("a catalogue");
    assert_eq!(catalogue.rejected, []);
    assert_eq!((catalogue.declared, catalogue.items.len()), (Some(1), 1));
    let item = &catalogue.items[0];
    assert_eq!(item.kind(), ItemKind::Recorder);
    for (field, value) in [
        (Field::DeviceId, "33010602011187000001"),
        (Field::Manufacturer, "HIKVISION"),
        (Field::Address, "上海市五角场合生汇"),
        (Field::CertNum, "CertNum1"),
        (Field::EndTime, "2010-11-11T19:46:17"),
        (Field::Port, "5060"),
        (Field::PtzType, "1"),
        (Field::Status, "Online"),
    ] {
        assert_eq!(item.get(field), value);
    }
    assert_eq!(item.fields().count(), 24);
    assert_eq!(item.others().count(), 0);
    assert!(
        !format!("{item:?}").contains("Password1"),
        "passwords are not kept"
    );
    // It names itself as its parent.
    assert!(item.parents().is_empty());
    let (cameras, rejected) = cameras_of(&catalogue);
    assert_eq!(rejected, []);
    assert_eq!(cameras[0].status, CameraStatus::On);
    assert!((cameras[0].position.lon_deg - 121.472_644).abs() < 1e-9);
}

#[test]
fn the_sample_answers_about_a_device_are_read() {
    let (Some(info), Some(status)) = (sample("deviceInfo.xml"), sample("deviceStatus.xml")) else {
        return;
    };
    let (message, rejected) = read_message(&info).expect("a message");
    assert_eq!(rejected, []);
    let Message::DeviceInfo(info) = message else {
        unreachable!("another message");
    };
    assert_eq!(
        (info.model.as_str(), info.channels, info.is_ok),
        ("TC-2808AN-HD", Some(1), true)
    );
    let (message, _) = read_message(&status).expect("a message");
    let Message::DeviceStatus(status) = message else {
        unreachable!("another message");
    };
    assert!(status.is_ok && status.is_online && status.is_working);
}

/// A generator of numbers that is the same everywhere.
struct Steps(u64);

impl Steps {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn packet(number: usize, channels: usize) -> Vec<u8> {
    let items: Vec<String> = (0..100)
        .map(|index| {
            let sequence = number * 100 + index;
            format!(
                "<Item>\n<DeviceID>31011500001320{sequence:06}</DeviceID>\n<Name>浦东新区 第{sequence}号</Name>\n<Manufacturer>海康</Manufacturer>\n\
                <CivilCode>310115</CivilCode>\n<Address>世纪大道{sequence}号</Address>\n<Parental>0</Parental>\n<ParentID>31011500002160000001</ParentID>\n\
                <Status>ON</Status>\n<Longitude>121.{sequence:06}</Longitude>\n<Latitude>31.2</Latitude>\n<Info><PTZType>3</PTZType></Info>\n</Item>\n"
            )
        })
        .collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"GB2312\"?>\r\n<Response>\r\n<CmdType>Catalog</CmdType>\r\n<SN>17</SN>\r\n\
        <DeviceID>31011500002000000001</DeviceID>\r\n<SumNum>{channels}</SumNum>\r\n<DeviceList Num=\"100\">\r\n{}</DeviceList>\r\n</Response>\r\n",
        items.concat()
    );
    GB18030.encode(&text).0.into_owned()
}

#[test]
fn a_hundred_thousand_channels_come_in_a_thousand_packets_in_any_order_and_twice() {
    const PACKETS: usize = 1000;
    let mut order: Vec<usize> = (0..PACKETS).chain((0..PACKETS).step_by(7)).collect();
    let mut steps = Steps(20_261_122);
    for last in (1..order.len()).rev() {
        order.swap(last, steps.below(last + 1));
    }
    let mut reader = CatalogueReader::new("17");
    for number in &order {
        let outcome = reader
            .packet(&packet(*number, PACKETS * 100))
            .expect("a packet");
        assert_eq!((outcome.entries, outcome.encoding), (100, "gb18030"));
        assert_eq!(outcome.new + outcome.duplicates, 100);
    }
    assert!(reader.complete());
    assert_eq!(reader.missing(), Some(0));
    let catalogue = reader.finish();
    assert_eq!(catalogue.rejected, []);
    assert_eq!(catalogue.items.len(), PACKETS * 100);
    assert_eq!(catalogue.duplicates, (order.len() - PACKETS) as u64 * 100);
    assert_eq!(catalogue.channels(), PACKETS * 100);
    let (cameras, rejected) = cameras_of(&catalogue);
    assert_eq!((cameras.len(), rejected.len()), (PACKETS * 100, 0));
    assert!(
        cameras
            .iter()
            .all(|camera| camera.name.starts_with("浦东新区 第"))
    );
}

#[test]
fn a_packet_that_never_came_is_missed() {
    let mut reader = CatalogueReader::new("17");
    reader.packet(&packet(0, 300)).expect("a packet");
    reader.packet(&packet(2, 300)).expect("a packet");
    assert_eq!((reader.missing(), reader.complete()), (Some(100), false));
}
