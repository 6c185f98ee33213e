//! Notices of devices, how the channels are, and what is to be repaired.

use super::*;
use crate::channels::{
    Applied, By, Fault, HealthHistory, HealthRules, ROOT, Status, Tree, Trouble, Window, WorkBody,
    WorkFact, WorkState, Works,
};
use cim_geo::Geodetic;
use cim_sync::gb28181::{CatalogueChange, CatalogueEvent, Field, MobilePosition};

fn rules() -> HealthRules {
    HealthRules::default()
}

fn change(event: CatalogueEvent, item: CatalogueItem) -> CatalogueChange {
    CatalogueChange { event, item }
}

#[test]
fn notices_of_a_catalogue_are_followed_by_trees_and_search() {
    let mut items = groups();
    items.push(camera(1, &[("ParentID", FIRST_NET)]));
    let mut index = index_of(&items);
    let only = |n: u32| item(&camera_id(n), &[]);
    let moved = item(&camera_id(1), &[("ParentID", SECOND_NET)]);
    let steps = [
        (
            change(CatalogueEvent::Off, only(1)),
            Applied::Status,
            (1, 0),
        ),
        (
            change(CatalogueEvent::Off, only(1)),
            Applied::Nothing,
            (1, 0),
        ),
        (change(CatalogueEvent::On, only(1)), Applied::Status, (1, 1)),
        (
            change(CatalogueEvent::VideoLost, only(1)),
            Applied::Status,
            (1, 0),
        ),
        (
            change(CatalogueEvent::On, only(9)),
            Applied::Nothing,
            (1, 0),
        ),
        (
            change(CatalogueEvent::Add, camera(2, &[("ParentID", FIRST_NET)])),
            Applied::Added,
            (2, 1),
        ),
        (
            change(CatalogueEvent::Update, moved),
            Applied::Fields,
            (2, 1),
        ),
        (
            change(CatalogueEvent::Delete, only(2)),
            Applied::Gone,
            (1, 0),
        ),
        (
            change(CatalogueEvent::Delete, only(2)),
            Applied::Nothing,
            (1, 0),
        ),
    ];
    for (change, applied, counts) in steps {
        assert_eq!(
            index.apply_change(&change, 0, NOON),
            Ok(applied),
            "{change:?}"
        );
        let group = index.group(Tree::Organisation, GROUP).expect("the group");
        assert_eq!((group.leaves, group.online), counts, "{change:?}");
    }
    let second = index
        .group(Tree::Organisation, SECOND_NET)
        .expect("the net");
    assert_eq!(second.leaves, 1);
    let entry = index.find(&camera_id(1)).expect("the camera");
    assert_eq!(
        entry.value(Field::PtzType),
        "3",
        "a notice says what changed, the rest stays"
    );
    assert_eq!(entry.drops(), 2);
}

#[test]
fn a_group_that_is_hung_elsewhere_takes_its_channels_along() {
    let mut items = groups();
    items.push(camera(1, &[("ParentID", SECOND_NET)]));
    let mut index = index_of(&items);
    let moved = item(SECOND_NET, &[("ParentID", FIRST_NET)]);
    let change = change(CatalogueEvent::Update, moved);
    assert_eq!(index.apply_change(&change, 0, NOON), Ok(Applied::Fields));
    let first = index.group(Tree::Organisation, FIRST_NET).expect("the net");
    assert_eq!((first.leaves, first.groups), (1, 1));
}

fn position(n: u32, lat_deg: f64, at: UtcMillis) -> MobilePosition {
    MobilePosition {
        device_id: camera_id(n),
        happened_at: at,
        position: Geodetic::new(117.2, lat_deg, 0.0),
        speed_kmh: Some(20.0),
        direction_deg: None,
    }
}

#[test]
fn a_device_is_where_it_told_last_and_its_catalogue_is_remembered() {
    let mut index = index_of(&[camera(1, &[])]);
    assert!(index.apply_position(&position(1, 34.27, NOON)));
    assert!(!index.apply_position(&position(1, 34.28, NOON.plus_seconds(-1.0))));
    assert!(!index.apply_position(&position(2, 34.28, NOON)));
    let entry = index.find(&camera_id(1)).expect("the camera");
    assert_eq!(entry.place(), Some([117.2, 34.27]));
    assert_eq!(entry.catalogued_place(), Some([117.2, 34.26]));
    let row = entry.row();
    let condition = index.condition(row, NOON, &rules()).expect("a channel");
    assert!(
        condition
            .moved_m
            .is_some_and(|metres| (metres - 1112.0).abs() < 2.0)
    );
    assert_eq!(condition.trouble, Some(Trouble::Moved));
    // Its catalogue says the same again: it stays where it is. Another place there counts.
    bring(&mut index, &[camera(1, &[])]);
    assert_eq!(
        index.find(&camera_id(1)).and_then(|entry| entry.place()),
        Some([117.2, 34.27])
    );
    bring(&mut index, &[camera(1, &[("Latitude", "34.3")])]);
    let entry = index.find(&camera_id(1)).expect("the camera");
    assert_eq!((entry.place(), entry.live()), (Some([117.2, 34.3]), None));
    index.undo();
    let entry = index.find(&camera_id(1)).expect("the camera");
    assert_eq!(entry.catalogued_place(), Some([117.2, 34.26]));
}

#[test]
fn a_channel_whose_device_is_silent_is_late() {
    let recorder = "32030300001180000001";
    let mut index = index_of(&[camera(1, &[("ParentID", recorder)])]);
    let row = index.row(&camera_id(1)).expect("the camera");
    let late = |index: &ChannelIndex, seconds: f64| {
        let condition = index.condition(row, NOON.plus_seconds(seconds), &rules());
        condition.expect("a channel").is_late
    };
    assert!(
        !late(&index, HOUR_S),
        "who never sends keepalives is not late"
    );
    index.note_seen(recorder, NOON);
    assert!(!late(&index, 170.0) && late(&index, 190.0));
    index.note_seen(recorder, NOON.plus_seconds(180.0));
    assert!(!late(&index, 190.0));
}

#[test]
fn rates_are_counted_by_division_owner_and_source() {
    let mut index = index_of(&[
        camera(1, &[("ManagementUnit", "甲")]),
        camera(2, &[("ManagementUnit", "甲"), ("Status", "OFF")]),
        camera(3, &[("Owner", "乙")]),
        item("32031100001310000001", &[("Status", "ON")]),
    ]);
    let row = index.row(&camera_id(3)).expect("a camera");
    assert!(
        index.note_fault(row, Fault::Blurred, NOON) && !index.note_fault(row, Fault::Blurred, NOON)
    );
    let told = |index: &ChannelIndex, by: By<'_>| -> Vec<(String, u32, u32, u32)> {
        let rates = index.rates(by, NOON, &rules()).into_iter();
        rates
            .map(|rate| (rate.key, rate.total, rate.online, rate.intact))
            .collect()
    };
    let row_of =
        |key: &str, counts: (u32, u32, u32)| (key.to_owned(), counts.0, counts.1, counts.2);
    assert_eq!(
        told(&index, By::Division("3203")),
        [row_of("320303", (3, 2, 1)), row_of("320311", (1, 1, 1))]
    );
    assert_eq!(
        told(&index, By::Division("320303")),
        [row_of("320303", (3, 2, 1))]
    );
    assert_eq!(
        told(&index, By::Owner),
        [
            row_of("", (1, 1, 1)),
            row_of("乙", (1, 1, 0)),
            row_of("甲", (2, 1, 1))
        ]
    );
    assert_eq!(told(&index, By::Source), [row_of("city", (4, 3, 2))]);
    let others = index.rates_where(By::Owner, NOON, &rules(), &|one| one != row);
    let keys: Vec<&str> = others.iter().map(|rate| rate.key.as_str()).collect();
    assert_eq!(keys, ["", "甲"], "an owner of nothing else is not there");

    let mut history = HealthHistory::new(2);
    for hour in 0..3 {
        let at = NOON.plus_seconds(f64::from(hour) * HOUR_S);
        history.sample(at, &index.rates(By::Division(ROOT), NOON, &rules()));
    }
    let series = history.series("32");
    assert_eq!(series.len(), 2, "the oldest made room");
    assert_eq!(
        (series[0].at, series[0].total, series[0].intact),
        (NOON.plus_seconds(HOUR_S), 4, 2)
    );
    let rate = index.rates(By::Source, NOON, &rules()).remove(0);
    assert_eq!(
        (rate.online_rate(), rate.intact_rate()),
        (Some(0.75), Some(0.5))
    );
    assert_eq!(HealthHistory::from_bytes(&history.to_bytes()), Ok(history));
    assert!(HealthHistory::from_bytes(b"nothing").is_err());
    assert!(index.clear_fault(row, Fault::Blurred) && !index.clear_fault(row, Fault::Blurred));
    assert_eq!(told(&index, By::Source), [row_of("city", (4, 3, 3))]);
}

fn fact(n: u32, at: UtcMillis, what: Trouble, state: WorkState) -> WorkFact {
    WorkFact {
        camera: camera_id(n),
        at,
        author: "王".to_owned(),
        body: WorkBody {
            what,
            state,
            note: "断电".to_owned(),
        },
    }
}

#[test]
fn the_work_list_has_what_ails_and_what_is_under_way() {
    let mut index = index_of(&[
        camera(1, &[]),
        camera(2, &[]),
        camera(3, &[]),
        camera(4, &[]),
    ]);
    let row = |index: &ChannelIndex, n: u32| index.row(&camera_id(n)).expect("a camera");
    let later = |hours: f64| NOON.plus_seconds(hours * HOUR_S);
    let (first, second, third) = (row(&index, 1), row(&index, 2), row(&index, 3));
    index.set_status(first, Status::Off, later(2.0));
    index.set_status(second, Status::Defect, later(1.0));
    index.note_fault(third, Fault::Frozen, later(1.0));
    let works = Works::from_facts([
        fact(1, later(2.6), Trouble::Offline, WorkState::Assigned),
        fact(1, later(2.5), Trouble::Offline, WorkState::Opened),
        // It was closed, and then broke again.
        fact(2, later(0.5), Trouble::Offline, WorkState::Closed),
        // Somebody closed it as it is.
        fact(3, later(1.5), Trouble::ImageFault, WorkState::Closed),
        // It works again, and nobody closed it.
        fact(4, later(1.0), Trouble::Offline, WorkState::Repaired),
    ]);
    let told = |window: Window| -> (Vec<(String, Trouble, Option<WorkState>)>, usize) {
        let page = index.work_list(&works, later(3.0), &rules(), window);
        let works = page.works.into_iter();
        let works = works.map(|work| (work.id, work.trouble, work.state));
        (works.collect(), page.total)
    };
    let all = [
        (camera_id(2), Trouble::Offline, None),
        (camera_id(4), Trouble::Offline, Some(WorkState::Repaired)),
        (camera_id(1), Trouble::Offline, Some(WorkState::Assigned)),
    ];
    let whole = Window {
        offset: 0,
        limit: 10,
    };
    assert_eq!(told(whole), (all.to_vec(), 3));
    let part = Window {
        offset: 2,
        limit: 1,
    };
    assert_eq!(told(part), (all[2..].to_vec(), 3));
    let page = index.work_list(&works, later(3.0), &rules(), part);
    let work = &page.works[0];
    assert_eq!((work.since, work.times), (Some(later(2.0)), 1));
    assert_eq!((work.note.as_str(), work.author.as_str()), ("断电", "王"));
}

#[test]
fn the_body_of_a_work_is_read_from_a_fact() {
    let body: WorkBody =
        toml::from_str("what = \"image_fault\"\nstate = \"assigned\"\nrole = \"x\"")
            .expect("a body");
    assert_eq!(
        (body.what, body.state),
        (Trouble::ImageFault, WorkState::Assigned)
    );
    assert_eq!(body.what.as_str(), "image_fault");
    assert_eq!(body.state.as_str(), "assigned");
    for fault in Fault::ALL {
        assert_eq!(Fault::from_word(fault.as_str()), Some(fault));
    }
}
