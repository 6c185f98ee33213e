//! Who may look at what, and what is told of cameras that somebody may not know.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_is_refused_is_written_down_and_one_without_a_hub_says_so() {
    let (desk, _, _) = with_catalogue("refused").await;
    desk.set_actor("hotline", None).expect("the role is there");
    let opened = desk.open_view(&looking()).await;
    let denied = match opened {
        // Hidden or denied: the policy says which.
        Err(_) => None,
        Ok(opened) => {
            assert_eq!(opened.view, None);
            opened.refused
        }
    };
    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    let audit = desk
        .video_audit(&VideoAuditQueryDto {
            kinds: vec!["video_denied".to_owned()],
            limit: 10,
            ..VideoAuditQueryDto::default()
        })
        .await
        .expect("the audit");
    if let Some(denied) = denied {
        assert!(matches!(denied.code.as_str(), "denied" | "no_purpose"));
        assert_eq!(audit.total, 1);
        let line = &audit.rows[0];
        assert_eq!(
            (line.camera.as_str(), line.action.as_str()),
            (PUBLIC, "live")
        );
        assert_eq!((line.by.as_str(), line.role.as_str()), ("Li Na", "hotline"));
    }
    let opened = desk.open_view(&looking()).await.expect("an answer");
    let why = opened.refused.expect("there is no hub");
    assert_eq!(why.code, "no_hub");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_is_given_for_a_while_and_taken_back() {
    let (desk, time, folder) = with_catalogue("grant").await;
    let may_look = |desk: &Desk| {
        desk.ask_right(PUBLIC, "live", "event")
            .is_ok_and(|right| right.is_allowed)
    };
    let draft = VideoGrantDraftDto {
        role: Some("hotline".to_owned()),
        cameras: vec![PUBLIC.to_owned()],
        actions: vec!["list".to_owned(), "live".to_owned()],
        from: NOON,
        to: NOON + HOUR,
        purpose: "event".to_owned(),
        ..VideoGrantDraftDto::default()
    };
    let given = desk.give_grant(&draft).await.expect("an answer");
    assert_eq!(given.refused, None);
    desk.set_actor("hotline", None).expect("the role is there");
    assert!(may_look(&desk));
    time.put(NOON + 2 * HOUR);
    assert!(!may_look(&desk));
    time.put(NOON + MINUTE);
    assert!(may_look(&desk));
    let refused = desk.give_grant(&draft).await.expect("an answer").refused;
    assert_eq!(refused.map(|why| why.code), Some("bad_grant".to_owned()));

    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    let refusals = desk
        .video_audit(&VideoAuditQueryDto {
            camera: Some(PUBLIC.to_owned()),
            kinds: vec!["video_denied".to_owned()],
            limit: 10,
            ..VideoAuditQueryDto::default()
        })
        .await
        .expect("the audit");
    let told: Vec<(&str, &str)> = refusals
        .rows
        .iter()
        .map(|line| (line.role.as_str(), line.action.as_str()))
        .collect();
    assert_eq!(told, [("hotline", "grant")], "what was refused is told");
    let grants = desk.video_grants();
    assert_eq!(grants[0].state, VideoGrantStateDto::Holds);
    let id = grants[0].id.clone();
    let silent = desk.revoke_grant(&id, " ").await.expect("an answer");
    assert_eq!(
        silent.refused.map(|why| why.code),
        Some("no_reason".to_owned())
    );
    let revoked = desk.revoke_grant(&id, "over").await.expect("an answer");
    assert_eq!(revoked.refused, None);
    desk.close().await;
    drop(desk);

    let desk = open(&folder, &time).await;
    assert_eq!(desk.video_grants()[0].state, VideoGrantStateDto::Revoked);
    desk.set_actor("hotline", None).expect("the role is there");
    assert!(!may_look(&desk));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_counted_whole_and_paged_to_its_end() {
    const MANY: usize = 1_100;
    let (desk, _, folder) = with_catalogue("audit").await;
    let ids: Vec<String> = (0..MANY)
        .map(|n| format!("3101010000132{:07}", 100 + n))
        .collect();
    let items: Vec<String> = ids
        .iter()
        .map(|id| {
            format!(
                "<Item><DeviceID>{id}</DeviceID><Name>many</Name><CivilCode>310101</CivilCode></Item>"
            )
        })
        .collect();
    let items = items.concat();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><CmdType>Catalog</CmdType><SN>1</SN>\
         <DeviceID>31010100002000000001</DeviceID><SumNum>{MANY}</SumNum>\
         <DeviceList Num=\"{MANY}\">{items}</DeviceList></Response>"
    );
    let path = folder.join("many.xml");
    fs::write(&path, text).expect("a file");
    let report = desk
        .import_channels(&path.display().to_string(), None, false)
        .await
        .expect("the file is read");
    assert_eq!(report.added as usize, MANY, "{report:?}");
    let tagged = desk
        .tag_channels(&ids, &["夜间".to_owned()], &[])
        .await
        .expect("an answer");
    assert_eq!(tagged.changed as usize, MANY);
    let audit = desk
        .video_audit(&VideoAuditQueryDto {
            by: "li".to_owned(),
            kinds: vec!["camera_graded".to_owned()],
            offset: 1_095,
            limit: 10,
            ..VideoAuditQueryDto::default()
        })
        .await
        .expect("the audit");
    assert_eq!((audit.total as usize, audit.rows.len()), (MANY, 5));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_is_hidden_is_neither_counted_nor_mapped() {
    let (desk, _, _) = with_catalogue("hidden").await;
    let counted = |desk: &Desk, by: VideoHealthByDto| {
        let all = desk.video_health(by).all;
        all.map_or(0, |all| all.channels)
    };
    let area = CoverageAreaDto {
        ring: vec![
            [121.4995, 31.239],
            [121.5005, 31.239],
            [121.5005, 31.2405],
            [121.4995, 31.2405],
        ],
        cell_m: 5.0,
        height_m: 1.5,
        ..CoverageAreaDto::default()
    };
    assert_eq!(counted(&desk, VideoHealthByDto::Owner), 1);
    assert_eq!(counted(&desk, VideoHealthByDto::Division), 1);
    let map = desk.coverage(&area).await.expect("a map");
    assert_eq!((map.refused, map.cameras), (None, 1));
    desk.set_actor("leader_on_duty", None)
        .expect("the role is there");
    assert_eq!(counted(&desk, VideoHealthByDto::Owner), 2);
    assert_eq!(counted(&desk, VideoHealthByDto::Division), 2);
    desk.close().await;
}

/// The catalogue with an address of the public camera, which is told to those who may know its place.
async fn with_address(name: &str) -> (Desk, Arc<Standing>, PathBuf) {
    let (desk, time, folder) = with_catalogue(name).await;
    let file = catalogue(&folder, "外滩1号");
    let text = fs::read_to_string(&file).expect("the catalogue");
    let text = text.replacen("<PTZType>3", "<Address>中山东一路</Address><PTZType>3", 1);
    fs::write(&file, text).expect("a file");
    let report = desk
        .import_channels(&file, None, false)
        .await
        .expect("the file is read");
    assert_eq!(report.changed, 1, "{report:?}");
    (desk, time, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_camera_that_is_denied_only_its_name_is_told() {
    let (desk, _, _) = with_address("denied").await;
    assert_eq!(desk.video_search(&query("中山东一路")).total, 1);
    desk.set_actor("hotline", None).expect("the role is there");
    assert_eq!(desk.video_search(&query("外滩")).total, 1);
    assert_eq!(desk.video_search(&query("中山东一路")).total, 0);
    let channel = desk.video_channel(PUBLIC).expect("it is shown as denied");
    assert_eq!(channel.row.address, "");
    assert_eq!(channel.health, VideoHealthRowDto::default());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_grant_of_an_area_tells_nothing_of_what_stands_there() {
    let (desk, _, _) = with_catalogue("grant-area").await;
    desk.set_actor("hotline", None).expect("the role is there");
    let draft = VideoGrantDraftDto {
        role: Some("hotline".to_owned()),
        area: vec![
            [121.499, 31.239],
            [121.501, 31.239],
            [121.501, 31.2405],
            [121.499, 31.2405],
        ],
        actions: vec!["list".to_owned()],
        from: NOON,
        to: NOON + HOUR,
        purpose: "event".to_owned(),
        ..VideoGrantDraftDto::default()
    };
    let refused = desk.give_grant(&draft).await.expect("an answer").refused;
    let refused = refused.expect("nobody in this role gives rights");
    assert!(!refused.message.contains(PUBLIC), "{refused:?}");
    let empty = VideoGrantDraftDto {
        area: draft
            .area
            .iter()
            .map(|[lon, lat]| [lon + 0.1, *lat])
            .collect(),
        ..draft
    };
    let of_nothing = desk.give_grant(&empty).await.expect("an answer").refused;
    assert_eq!(of_nothing, Some(refused), "full or empty is not told");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_drawn_goes_when_somebody_sits_here_who_may_not_know_it() {
    let (desk, _, _) = with_catalogue("drawn").await;
    let volumes = |desk: &Desk| {
        let stage = desk.video_stage(u64::MAX).expect("what is drawn");
        stage.volumes.len()
    };
    desk.set_actor("leader_on_duty", None)
        .expect("the role is there");
    let ids = [PUBLIC.to_owned(), SECRET.to_owned()];
    let drawn = desk.show_volumes(&ids).await.expect("they are drawn");
    assert_eq!((drawn.changed, volumes(&desk)), (2, 2));
    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    for _ in 0..400 {
        if volumes(&desk) == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(volumes(&desk), 0, "one of them is nobody's to know");
    let own = desk.show_volumes(&ids[..1]).await.expect("it is drawn");
    assert_eq!(own.changed, 1);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(volumes(&desk), 1, "what may be known stays");
    desk.close().await;
}
