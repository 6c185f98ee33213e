//! The video index from outside: a cache folder, a clock that stands still, and files instead of a hub.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

mod rights;

use cim_app::{
    Desk, DeskSettings,
    wire::{
        ClockDto, CoverageAreaDto, Mode, MosaicCellDto, MosaicDto, SightTargetDto, Target,
        VideoAuditQueryDto, VideoGrantDraftDto, VideoGrantStateDto, VideoHealthByDto,
        VideoHealthRowDto, VideoMomentQueryDto, VideoPresetDto, VideoQueryDto, VideoTreeDto,
        VideoWorkActDto, VideoWorkStateDto, ViewDraftDto,
    },
};
use cim_geo::Geodetic;
use cim_model::{Camera, CameraId, CameraStatus, Clip, PointKey, TimeSource, UtcMillis};
use cim_sync::Update;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::runtime::Handle;

/// Noon in Shanghai on a Monday in 2025.
const NOON: i64 = 1_763_352_000_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// A camera of the files below that anybody on duty may look at.
const PUBLIC: &str = "31010100001320000001";
/// One that its catalogue calls secret.
const SECRET: &str = "31010100001320000002";

/// A clock that stands where it is put.
struct Standing(AtomicI64);

impl Standing {
    fn at(millis: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(millis)))
    }

    fn put(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl TimeSource for Standing {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.load(Ordering::SeqCst))
    }
}

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("video")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of the last run goes");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

async fn open(cache: &Path, time: &Arc<Standing>) -> Desk {
    let time: Arc<dyn TimeSource> = Arc::<Standing>::clone(time);
    let settings = DeskSettings {
        cache: cache.join("cache"),
        hub: None,
        city: None,
        mode: Mode::Desk,
        language: "en".to_owned(),
        operator: "Li Na".to_owned(),
        access: cim_sync::access::Access::default(),
        sources: Vec::new(),
        time,
    };
    Desk::open(settings, Handle::current())
        .await
        .expect("the desk opens")
}

/// A catalogue of a division, a public camera that looks north over the place of the tests, and a secret one.
fn catalogue(folder: &Path, name: &str) -> String {
    let item = |id: &str, called: &str, rest: &str| {
        format!(
            "<Item><DeviceID>{id}</DeviceID><Name>{called}</Name><CivilCode>310101</CivilCode><Status>ON</Status>{rest}</Item>"
        )
    };
    let place = "<Longitude>121.5</Longitude><Latitude>31.2395</Latitude>";
    let items = [
        "<Item><DeviceID>310101</DeviceID><Name>黄浦区</Name></Item>".to_owned(),
        item(
            PUBLIC,
            name,
            &format!(
                "{place}<PTZType>3</PTZType><DirectionType>4</DirectionType>\
                 <HorizontalFieldAngle>70</HorizontalFieldAngle><MaxViewDistance>200</MaxViewDistance>"
            ),
        ),
        item(SECRET, "机房", &format!("{place}<Secrecy>1</Secrecy>")),
    ];
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><CmdType>Catalog</CmdType><SN>1</SN>\
         <DeviceID>31010100002000000001</DeviceID><SumNum>3</SumNum><DeviceList Num=\"3\">",
    );
    for item in items {
        write!(text, "{item}").expect("a text takes everything");
    }
    text.push_str("</DeviceList></Response>");
    let path = folder.join("district.xml");
    fs::write(&path, text).expect("a file");
    path.display().to_string()
}

async fn with_catalogue(name: &str) -> (Desk, Arc<Standing>, PathBuf) {
    let folder = folder(name);
    let time = Standing::at(NOON);
    let desk = open(&folder, &time).await;
    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    let file = catalogue(&folder, "外滩1号");
    let report = desk
        .import_channels(&file, None, false)
        .await
        .expect("the file is read");
    assert_eq!(report.refused, None);
    assert_eq!(report.added, 3, "{report:?}");
    (desk, time, folder)
}

fn query(text: &str) -> VideoQueryDto {
    VideoQueryDto {
        text: text.to_owned(),
        limit: 20,
        ..VideoQueryDto::default()
    }
}

fn point() -> SightTargetDto {
    SightTargetDto::Point {
        lon: 121.5,
        lat: 31.24,
        height_m: None,
        is_absolute: false,
    }
}

fn looking() -> ViewDraftDto {
    ViewDraftDto {
        camera: PUBLIC.to_owned(),
        at: None,
        width: 480,
        fps: 5,
        purpose: "event".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_is_taken_in_found_and_taken_back() {
    let (desk, _, folder) = with_catalogue("import").await;
    let found = desk.video_search(&query("外滩"));
    let ids: Vec<&str> = found.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, [PUBLIC]);
    assert_eq!(found.rows[0].matched, [[0, 2]]);
    let tree = desk
        .video_tree(VideoTreeDto::Civil, "", 0, 100)
        .expect("the top");
    assert!(tree.rows.iter().all(|row| row.channels <= 2), "{tree:?}");
    assert!(
        desk.video_tree(VideoTreeDto::Civil, "no such", 0, 9)
            .is_err()
    );
    let channel = desk.video_channel(PUBLIC).expect("it may be listed");
    assert_eq!(channel.code.len(), 5);
    assert!(
        channel
            .volume
            .is_some_and(|volume| volume.azimuth_deg == 0.0)
    );

    // What only the catalogue knows has a card and a place to fly to.
    let camera = |id: &str| Target::Camera { id: id.to_owned() };
    let card = desk.card(&camera(PUBLIC)).expect("its place may be seen");
    assert!(card.camera.is_some());
    assert!((card.lon - 121.5).abs() < 1e-6, "{}", card.lon);
    let (_, size_m) = desk.place_of(&camera(PUBLIC)).expect("a place");
    assert!(size_m >= 200.0);
    assert!(desk.card(&camera("no such camera")).is_err());
    assert!(desk.place_of(&camera("no such camera")).is_none());

    // Only what would change is told, and nothing changes.
    let again = catalogue(&folder, "外滩一号");
    let dry = desk
        .import_channels(&again, None, true)
        .await
        .expect("the file is read");
    assert_eq!((dry.added, dry.changed, dry.gone), (0, 1, 0));
    assert_eq!(desk.video_search(&query("一号")).total, 0);
    let wet = desk
        .import_channels(&again, None, false)
        .await
        .expect("the file is read");
    assert!(wet.can_undo);
    assert_eq!(desk.video_search(&query("一号")).total, 1);
    let undone = desk.undo_import().await.expect("it is taken back");
    assert_eq!(undone.refused, None);
    assert_eq!(desk.video_search(&query("一号")).total, 0);
    desk.close().await;
}

/// True once the twin is told of so many cameras: the desk looks after them each second.
async fn draws_cameras(desk: &Desk, count: usize) -> bool {
    for _ in 0..400 {
        let changes = desk.take_layer_changes();
        let mut points = changes.points.iter();
        let cameras = points.find(|(number, _)| *number == PointKey::CAMERAS);
        if cameras.is_some_and(|(_, points)| points.states.len() == count) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn cameras_of_a_catalogue_are_points_for_whoever_may_know_their_place() {
    let (desk, _, _) = with_catalogue("points").await;
    let camera = |id: &str| Target::Camera { id: id.to_owned() };
    assert!(draws_cameras(&desk, 1).await);
    let key = desk.key_of(&camera(PUBLIC)).expect("a point");
    assert_eq!(desk.target_of(key), Some(camera(PUBLIC)));
    let hover = desk.hover_of(key).expect("its card");
    assert_eq!(hover.name, "外滩1号");
    assert_eq!(hover.kind, "camera");
    assert_eq!(desk.key_of(&camera(SECRET)), None);

    desk.set_actor("leader_on_duty", None)
        .expect("the role is there");
    assert!(draws_cameras(&desk, 2).await, "another role sees more");
    assert!(desk.key_of(&camera(SECRET)).is_some());
    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    assert!(draws_cameras(&desk, 1).await, "it is gone again");
    assert_eq!(desk.key_of(&camera(SECRET)), None);
    desk.undo_import().await.expect("there was an import");
    assert!(draws_cameras(&desk, 0).await, "the import is gone");
    assert_eq!(desk.key_of(&camera(PUBLIC)), None);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_with_its_reason() {
    let (desk, _, folder) = with_catalogue("bad").await;
    let missing = folder.join("none.xml").display().to_string();
    let report = desk
        .import_channels(&missing, None, false)
        .await
        .expect("an answer");
    let why = report.refused.expect("there is no file");
    assert_eq!(why.code, "unreachable");
    let table = folder.join("table.csv");
    fs::write(&table, "title,floor\na,1\n").expect("a file");
    let report = desk
        .import_channels(&table.display().to_string(), None, false)
        .await
        .expect("an answer");
    let why = report.refused.expect("no column is an identity");
    assert_eq!(why.code, "bad_mapping");
    assert!(why.message.contains("DeviceID"), "{}", why.message);
    assert_eq!(desk.video_search(&query("外滩")).total, 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_without_a_mapping_is_read_by_its_header() {
    let (desk, _, folder) = with_catalogue("by-header").await;
    let table = folder.join("table.csv");
    fs::write(&table, "id,name\n32030300001310000077,彭城路口\n").expect("a file");
    let report = desk
        .import_channels(&table.display().to_string(), None, false)
        .await
        .expect("an answer");
    assert_eq!((report.refused, report.added), (None, 1));
    assert_eq!(desk.video_search(&query("彭城路口")).total, 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_look_through_a_camera_keeps_no_preset_of_it() {
    let (desk, _, _) = with_catalogue("presets").await;
    let graded = desk
        .grade_channels(&[PUBLIC.to_owned()], Some(2), Some(1))
        .await
        .expect("an answer");
    assert_eq!(graded.refused, None);
    let preset = VideoPresetDto {
        number: 1,
        name: "门".to_owned(),
        azimuth_deg: 10.0,
        tilt_deg: 5.0,
        fov_h_deg: 60.0,
    };
    let kept = desk.save_preset(PUBLIC, &preset).await.expect("an answer");
    assert_eq!(kept.refused, None);
    // The hotline may know where it stands, and no more.
    desk.set_actor("hotline", None).expect("the role is there");
    let refused = desk.save_preset(PUBLIC, &preset).await.expect("an answer");
    let code = refused.refused.map(|why| why.code);
    assert_eq!(code, Some("denied".to_owned()));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_a_place_is_told_without_obstacles_and_says_so() {
    let (desk, _, _) = with_catalogue("sees").await;
    let sights = desk.who_sees(&point()).await.expect("an answer");
    assert_eq!(sights.refused, None);
    assert!(!sights.is_with_obstacles);
    let seen: Vec<&str> = sights.rows.iter().map(|row| row.id.as_str()).collect();
    assert!(seen.contains(&PUBLIC), "{sights:?}");
    let shown = desk.show_sight_lines(Some(&point())).await.expect("lines");
    assert_eq!(shown.rows.len(), sights.rows.len());
    let stage = desk.video_stage(0).expect("there are lines");
    assert!(!stage.lines.is_empty());
    // Nobody knows what stands in the way: no line is drawn as a free one.
    let mut lines = stage.lines.iter();
    assert!(lines.all(|line| line.end == cim_layers::sight::SightEnd::Unknown));
    assert!(desk.video_stage(stage.revision).is_none());
    desk.show_sight_lines(None).await.expect("none");
    assert!(
        desk.video_stage(stage.revision)
            .is_some_and(|stage| stage.lines.is_empty())
    );
    let nowhere = SightTargetDto::Event {
        id: "no such event".to_owned(),
    };
    let refused = desk.who_sees(&nowhere).await.expect("an answer").refused;
    assert_eq!(refused.map(|why| why.code), Some("no_place".to_owned()));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_counts_the_cameras_whose_place_may_be_known_and_no_others() {
    let (desk, _, _) = with_catalogue("map").await;
    let ring = vec![
        [121.499, 31.239],
        [121.501, 31.239],
        [121.501, 31.241],
        [121.499, 31.241],
    ];
    let area = CoverageAreaDto {
        ring: ring.clone(),
        cell_m: 2.0,
        height_m: 1.5,
        ..CoverageAreaDto::default()
    };
    let target = SightTargetDto::Area { ring };
    for role in ["shift_leader", "hotline"] {
        desk.set_actor(role, None).expect("the role is there");
        let map = desk.coverage(&area).await.expect("an answer");
        assert_eq!((map.refused, map.is_with_obstacles), (None, false));
        let sights = desk.who_sees(&target).await.expect("an answer");
        assert_eq!(map.cameras as usize, sights.rows.len(), "{role}");
    }
    // A map that is refused leaves none behind: nothing would say what it shows.
    let is_drawn = |desk: &Desk| {
        let stage = desk.video_stage(u64::MAX).expect("what is drawn");
        stage.sheet.is_some()
    };
    assert!(is_drawn(&desk));
    let line = CoverageAreaDto {
        ring: area.ring[..2].to_vec(),
        ..area
    };
    let refused = desk.coverage(&line).await.expect("an answer").refused;
    assert!(refused.is_some() && !is_drawn(&desk), "{refused:?}");
    let path = [[121.5, 31.2396], [121.5, 31.2405]];
    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    let route = desk.route_coverage(&path, 0.0, true).await.expect("a way");
    assert_eq!(route.refused, None);
    assert!(route.seen_share > 0.5, "{route:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grades_works_and_mosaics_are_found_again_after_a_restart() {
    let (desk, time, folder) = with_catalogue("again").await;
    let ids = [PUBLIC.to_owned()];
    let graded = desk
        .grade_channels(&ids, Some(2), Some(1))
        .await
        .expect("an answer");
    assert_eq!((graded.refused, graded.changed), (None, 1));
    let same = desk
        .grade_channels(&ids, Some(2), None)
        .await
        .expect("an answer");
    assert_eq!(same.changed, 0);
    let bad = desk
        .grade_channels(&ids, Some(99), None)
        .await
        .expect("an answer");
    assert_eq!(
        bad.refused.map(|why| why.code),
        Some("bad_grade".to_owned())
    );
    desk.tag_channels(&ids, &["节日".to_owned()], &[])
        .await
        .expect("an answer");
    let work = VideoWorkActDto {
        id: PUBLIC.to_owned(),
        what: "image_fault".to_owned(),
        is_opened: true,
        note: "模糊".to_owned(),
    };
    let acted = desk.act_on_video_work(&work).await.expect("an answer");
    assert_eq!(acted.refused, None);
    let mosaic = MosaicDto {
        name: "外滩".to_owned(),
        size: 4,
        cells: vec![MosaicCellDto {
            camera: PUBLIC.to_owned(),
            ..MosaicCellDto::default()
        }],
        is_shared: true,
        ..MosaicDto::default()
    };
    desk.save_mosaic(&mosaic).await.expect("an answer");
    desk.close().await;
    drop(desk);

    time.put(NOON + HOUR);
    let desk = open(&folder, &time).await;
    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    let channel = desk.video_channel(PUBLIC).expect("it is there");
    assert_eq!((channel.row.category, channel.row.grade), (2, 1));
    assert_eq!(channel.row.tags, ["节日"]);
    let works = desk.video_works(0, 100);
    let found = works.rows.iter().find(|row| row.id == PUBLIC);
    assert!(
        found.is_some_and(|row| row.state == VideoWorkStateDto::Opened && row.note == "模糊"),
        "{works:?}"
    );
    let mosaics = desk.mosaics();
    assert_eq!(mosaics.len(), 1);
    assert_eq!(mosaics[0].cells[0].camera, PUBLIC);
    let deleted = desk.delete_mosaic(&mosaics[0].id).await.expect("an answer");
    assert_eq!((deleted.refused, desk.mosaics().len()), (None, 0));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mosaic_keeps_the_cells_of_which_whoever_saves_it_is_not_told() {
    let (desk, _, _) = with_catalogue("mosaic").await;
    desk.set_actor("leader_on_duty", None)
        .expect("the role is there");
    let cell = |camera: &str, preset: u32| MosaicCellDto {
        camera: camera.to_owned(),
        preset,
        ..MosaicCellDto::default()
    };
    let mosaic = MosaicDto {
        name: "外滩".to_owned(),
        size: 4,
        cells: vec![cell(SECRET, 0), cell("", 0), cell(PUBLIC, 3)],
        ..MosaicDto::default()
    };
    desk.save_mosaic(&mosaic).await.expect("an answer");
    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    let mut known = desk.mosaics().remove(0);
    assert_eq!(known.cells[0].camera, "", "nobody tells of it");
    known.name = "外滩和机房".to_owned();
    let saved = desk.save_mosaic(&known).await.expect("an answer");
    assert_eq!(saved.refused, None);
    desk.set_actor("leader_on_duty", None)
        .expect("the role is there");
    let kept = desk.mosaics().remove(0);
    let cells: Vec<(&str, u32)> = kept
        .cells
        .iter()
        .map(|cell| (cell.camera.as_str(), cell.preset))
        .collect();
    assert_eq!(kept.name, "外滩和机房");
    assert_eq!(cells, [(SECRET, 0), ("", 0), (PUBLIC, 3)]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hubs_cameras_are_channels_and_their_clips_are_moments_to_go_to() {
    let folder = folder("hub");
    let time = Standing::at(NOON);
    let desk = open(&folder, &time).await;
    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    let camera = Camera {
        id: CameraId::new(PUBLIC),
        name: "North gate".to_owned(),
        position: Geodetic::new(121.5, 31.2395, 6.5),
        azimuth_deg: 0.0,
        tilt_deg: 10.0,
        fov_deg: 70.0,
        range_m: 200.0,
        status: CameraStatus::On,
        category: 1,
        clips: vec![Clip {
            path: "clips/a.mp4".to_owned(),
            from: UtcMillis(NOON - HOUR),
            to: UtcMillis(NOON - HOUR + MINUTE),
        }],
    };
    desk.apply(Update::Catalogue {
        things: Vec::new(),
        datastreams: Vec::new(),
        cameras: vec![camera],
    })
    .await;
    desk.refresh().await;
    let found = desk.video_search(&query("gate"));
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.rows[0].category, 1);
    let moments = desk.video_moments(&VideoMomentQueryDto {
        limit: 10,
        ..VideoMomentQueryDto::default()
    });
    assert_eq!(moments.rows.len(), 1);
    assert_eq!(moments.rows[0].kind, "clip");
    let mosaic = desk
        .go_to_moment(&moments.rows[0].id, 4)
        .await
        .expect("it is there");
    assert_eq!(mosaic.at, Some(NOON - HOUR));
    assert_eq!(mosaic.cells[0].camera, PUBLIC);

    // In the past nothing is written down.
    let ids = [PUBLIC.to_owned()];
    let refused = desk
        .grade_channels(&ids, Some(2), Some(1))
        .await
        .expect("an answer");
    assert_eq!(refused.refused.map(|why| why.code), Some("past".to_owned()));
    desk.set_clock(ClockDto::Live).expect("the present");
    let graded = desk
        .grade_channels(&ids, Some(2), Some(1))
        .await
        .expect("an answer");
    assert_eq!(graded.refused, None);
    desk.close().await;
}
