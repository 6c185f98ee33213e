//! Streams that play: what is shown, when it was taken, and what happens when a helper dies.

use crate::server::{Script, Stream, now, read_head, serve, serve_by, serve_on};
use crate::{live, pixels, run, views};
use cim_model::UtcMillis;
use cim_stream::pattern::rtp::{Packetiser, Presentation, interleaved, sdp, sender_report};
use cim_stream::pattern::{
    Pattern, fragment, init_segment, mjpeg_content_type, mjpeg_part, progressive_mp4, read_pattern,
};
use cim_stream::picture::{jpeg, read_jpeg};
use cim_stream::{Frame, SourceKind, StreamAddress, TimeFrom, ViewId, ViewState, Views};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

const PICTURE: Duration = Duration::from_secs(15);

async fn picture(views: &Views, view: ViewId, after: u64) -> Arc<Frame> {
    let found = views.next_frame(view, after, PICTURE).await;
    found.unwrap_or_else(|| panic!("no picture: {:?}", views.state(view)))
}

/// What the strip of a picture says, read from its pixels and from its JPEG.
fn strip(frame: &Frame) -> (i64, u32) {
    let rgb = frame.rgb.as_ref().expect("pixels");
    let told = read_pattern(rgb).expect("a test picture");
    let file = frame.jpeg.as_ref().expect("a JPEG");
    let read = read_jpeg(file, 4096).expect("a picture");
    assert_eq!(read_pattern(&read), Some(told));
    told
}

#[test]
fn fragments_over_http_are_shown_with_their_moments() {
    run(async {
        let views = views(15);
        let from = now();
        let body = Stream::of(7, from, 30).fragments(from);
        let at = serve(Script::answer("video/mp4", &body).held()).await;
        let address = live(SourceKind::Fmp4, format!("http://{at}/live"));
        let view = views.open(address, pixels()).expect("a view");
        let first = picture(&views, view, 0).await;
        let begun = Instant::now();
        let (millis, number) = strip(&first);
        assert_eq!(number, 7);
        assert_eq!(
            (first.at, first.time_from),
            (Some(UtcMillis(millis)), TimeFrom::Prft)
        );
        assert_eq!((first.width, first.height), (384, 216));
        let later = picture(&views, view, first.seq + 4).await;
        assert!(strip(&later).0 > millis);
        // Three seconds of a live stream were there at once: what is old by then is not shown at its own speed.
        let mut newest = later;
        while strip(&newest).0 < from.0 + 2000 {
            newest = picture(&views, view, newest.seq).await;
        }
        let took = begun.elapsed();
        assert!(took < Duration::from_millis(1500), "{took:?}");
        let Some(ViewState::Playing(playing)) = views.state(view) else {
            panic!("{:?}", views.state(view));
        };
        assert_eq!((playing.codec.as_str(), playing.width), ("h264", 384));
        assert!(
            playing.enforced.iter().any(|wall| wall == "calls"),
            "{playing:?}"
        );
        let clip = views.clip(view, 10).await.expect("a clip");
        assert!(clip.bytes.starts_with(b"\0\0\0\x20ftyp") && clip.from == Some(from));
        assert!(views.usage()[0].memory_bytes > 1_000_000);
    });
}

#[test]
fn a_clip_is_played_from_any_moment_to_its_end() {
    run(async {
        let views = views(15);
        let from = UtcMillis(1_777_593_600_000);
        let stream = Stream::of(3, from, 40);
        let file = progressive_mp4(&stream.track, &stream.samples);
        let at = serve(Script::answer("video/mp4", &file)).await;
        let mut address = StreamAddress::new(SourceKind::Mp4, format!("http://{at}/3.mp4"), false);
        address.from = Some(from);
        let mut wanted = pixels();
        wanted.at = Some(UtcMillis(from.0 + 3200));
        let view = views.open(address, wanted).expect("a view");
        let first = picture(&views, view, 0).await;
        let (millis, _) = strip(&first);
        // The key picture of that second.
        assert_eq!(millis, from.0 + 3000);
        assert_eq!(
            (first.at, first.time_from),
            (Some(UtcMillis(millis)), TimeFrom::Clip)
        );
        while views.state(view) != Some(ViewState::Ended) {
            sleep(Duration::from_millis(20)).await;
        }
        let last = views.newest(view).expect("a picture");
        assert_eq!(strip(&last).0, from.0 + 3900);
        // Going back to another moment plays it again.
        wanted.at = Some(from);
        assert!(views.change(view, wanted));
        let again = picture(&views, view, last.seq).await;
        assert_eq!(strip(&again).0, from.0);
    });
}

#[test]
fn motion_jpeg_is_made_anew() {
    run(async {
        let views = views(15);
        let moment = now();
        let drawn = Pattern::new(9, "", None).draw(moment);
        let sent = jpeg(&drawn, 70).expect("a JPEG");
        let part = mjpeg_part("cam", &sent, moment);
        let script = Script::answer(&mjpeg_content_type("cam"), &part)
            .then(&part, Duration::from_millis(100));
        let at = serve(script).await;
        let address = live(SourceKind::Mjpeg, format!("http://{at}/"));
        let mut wanted = pixels();
        wanted.width = 384;
        let view = views.open(address, wanted).expect("a view");
        let shown = picture(&views, view, 0).await;
        assert_eq!(strip(&shown), (moment.0, 9));
        assert_eq!((shown.width, shown.at), (384, Some(moment)));
        assert_ne!(shown.jpeg.as_deref(), Some(&sent[..]));
    });
}

/// Serves a stream of four seconds as a playlist that tells its head and its moment once, at its beginning.
async fn playlist(from: UtcMillis, is_over: bool) -> String {
    let stream = Stream::of(5, from, 40);
    let head = init_segment(&stream.track);
    let segments: Vec<Vec<u8>> = (0_u32..)
        .zip(stream.samples.chunks(10))
        .map(|(place, samples)| fragment(place + 1, u64::from(place) * 1000, samples, None))
        .collect();
    let moment = jiff::Timestamp::from_millisecond(from.0).expect("a moment");
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MAP:URI=\"head.mp4\"\n\
         #EXT-X-PROGRAM-DATE-TIME:{moment}\n"
    );
    let listed = (0..segments.len()).map(|place| format!("#EXTINF:1.0,\n{place}.m4s\n"));
    text.extend(listed);
    if is_over {
        text.push_str("#EXT-X-ENDLIST\n");
    }
    serve_by(move |line| {
        let path = line.split(' ').nth(1).unwrap_or_default();
        // Segments lie beside where the playlist is, not beside where it was asked for.
        if path == "/live.m3u8" {
            let head =
                "HTTP/1.1 302 Found\r\nLocation: /edge/live.m3u8\r\nContent-Length: 0\r\n\r\n";
            return Script::head(head);
        }
        let path = path.strip_prefix("/edge").unwrap_or("/nothing/404");
        let name = path.trim_start_matches('/').split('.').next();
        let number: Option<usize> = name.and_then(|name| name.parse().ok());
        match number.and_then(|number| segments.get(number)) {
            Some(segment) => Script::answer("video/iso.segment", segment),
            None if path.contains("head") => Script::answer("video/mp4", &head),
            None => Script::answer("application/vnd.apple.mpegurl", text.as_bytes()),
        }
    })
    .await
}

#[test]
fn a_playlist_that_is_joined_behind_its_first_segment_is_shown_with_its_moments() {
    run(async {
        let views = views(15);
        for is_live in [true, false] {
            let from = UtcMillis(now().0 / 1000 * 1000 - 4000);
            let at = playlist(from, !is_live).await;
            let url = format!("http://{at}/live.m3u8");
            let mut address = StreamAddress::new(SourceKind::Hls, url, is_live);
            let mut wanted = pixels();
            if !is_live {
                address.from = Some(from);
                wanted.at = Some(UtcMillis(from.0 + 3200));
            }
            let view = views.open(address, wanted).expect("a view");
            let shown = picture(&views, view, 0).await;
            let (millis, number) = strip(&shown);
            assert_eq!(number, 5);
            assert_eq!(shown.at, Some(UtcMillis(millis)), "live: {is_live}");
            assert!(millis >= from.0 + 2000, "live: {is_live}");
            views.close(view);
        }
    });
}

#[test]
fn a_damaged_part_of_motion_jpeg_is_passed_over() {
    run(async {
        let views = views(15);
        let moment = now();
        let drawn = Pattern::new(9, "", None).draw(moment);
        let sound = mjpeg_part("cam", &jpeg(&drawn, 70).expect("a JPEG"), moment);
        let both = [mjpeg_part("cam", b"no picture", moment), sound].concat();
        let script = Script::answer(&mjpeg_content_type("cam"), &both)
            .then(&both, Duration::from_millis(100));
        let at = serve(script).await;
        let address = live(SourceKind::Mjpeg, format!("http://{at}/"));
        let view = views.open(address, pixels()).expect("a view");
        let first = picture(&views, view, 0).await;
        let later = picture(&views, view, first.seq + 3).await;
        assert_eq!(strip(&later).1, 9);
        assert!(matches!(views.state(view), Some(ViewState::Playing(_))));
    });
}

#[test]
fn pictures_that_are_lost_take_no_moment_from_those_that_come() {
    run(async {
        let views = views(15);
        let from = now();
        let mut stream = Stream::of(7, from, 40);
        for sample in &mut stream.samples {
            sample.composition_offset = 100;
        }
        // It is joined behind a key picture: nothing comes before the next one.
        stream.samples.remove(0);
        let begin = UtcMillis(from.0 + 100);
        let at = serve(Script::answer("video/mp4", &stream.fragments(begin)).held()).await;
        let address = live(SourceKind::Fmp4, format!("http://{at}/live"));
        let view = views.open(address, pixels()).expect("a view");
        let mut seq = 0;
        for _ in 0..3 {
            let shown = picture(&views, view, seq).await;
            let told = shown.at.expect("a moment").0;
            assert_eq!(told - strip(&shown).0, 100, "the offset, and no more");
            seq = shown.seq;
        }
    });
}

#[test]
fn a_clip_that_breaks_off_is_given_up_and_can_be_asked_for_again() {
    run(async {
        let views = views(15);
        let from = UtcMillis(1_777_593_600_000);
        let stream = Stream::of(3, from, 20);
        let mut file = progressive_mp4(&stream.track, &stream.samples);
        file.truncate(file.len() - 1);
        let at = serve(Script::answer("video/mp4", &file)).await;
        let mut address = StreamAddress::new(SourceKind::Mp4, format!("http://{at}/3.mp4"), false);
        address.from = Some(from);
        let mut wanted = pixels();
        wanted.at = Some(from);
        let view = views.open(address, wanted).expect("a view");
        let failed = |views: &Views| matches!(views.state(view), Some(ViewState::Failed { .. }));
        while !failed(&views) {
            sleep(Duration::from_millis(20)).await;
        }
        let last = views.newest(view).expect("what is whole was shown");
        assert!(strip(&last).0 >= from.0 + 1000);
        assert!(views.change(view, wanted));
        assert_eq!(strip(&*picture(&views, view, last.seq).await).0, from.0);
    });
}

#[test]
fn an_address_that_may_come_back_is_asked_again_though_another_never_will() {
    run(async {
        let views = views(15);
        let from = now();
        let body = Stream::of(7, from, 30).fragments(from);
        let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let resting = closed.local_addr().expect("an address");
        drop(closed);
        let never = serve(Script::head(
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        ))
        .await;
        let first = live(SourceKind::Fmp4, format!("http://{resting}/live"));
        let second = live(SourceKind::Fmp4, format!("http://{never}/live"));
        let view = views
            .open_any(first, vec![second], pixels())
            .expect("a view");
        while !matches!(views.state(view), Some(ViewState::Restarting { .. })) {
            assert!(
                !matches!(views.state(view), Some(ViewState::Failed { .. })),
                "{:?}",
                views.state(view)
            );
            sleep(Duration::from_millis(5)).await;
        }
        let listener = TcpListener::bind(resting).await.expect("the port again");
        serve_on(listener, move |_| Script::answer("video/mp4", &body).held());
        assert_eq!(strip(&*picture(&views, view, 0).await).1, 7);
    });
}

#[test]
fn the_next_address_of_a_stream_is_tried_where_one_shows_nothing() {
    run(async {
        let views = views(15);
        let from = now();
        let body = Stream::of(7, from, 30).fragments(from);
        let at = serve(Script::answer("video/mp4", &body).held()).await;
        let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let nobody = closed.local_addr().expect("an address");
        drop(closed);
        let dead = live(SourceKind::Ws, format!("ws://{nobody}/live"));
        let sound = live(SourceKind::Fmp4, format!("http://{at}/live"));
        let view = views.open_any(dead, vec![sound], pixels()).expect("a view");
        assert_eq!(views.source(view), Some(SourceKind::Ws));
        assert_eq!(strip(&*picture(&views, view, 0).await).1, 7);
        assert_eq!(views.source(view), Some(SourceKind::Fmp4));
    });
}

#[test]
fn a_helper_that_is_killed_is_back_at_once() {
    run(async {
        let views = views(15);
        let from = now();
        let body = Stream::of(7, from, 30).fragments(from);
        let at = serve(Script::answer("video/mp4", &body).held()).await;
        let address = live(SourceKind::Fmp4, format!("http://{at}/live"));
        let view = views.open(address, pixels()).expect("a view");
        picture(&views, view, 0).await;
        let pid = |views: &Views| views.usage().first().map(|usage| usage.pid);
        let before = pid(&views).expect("a helper");
        let process = rustix::process::Pid::from_raw(before.cast_signed()).expect("a process");
        let killed = Instant::now();
        rustix::process::kill_process(process, rustix::process::Signal::KILL).expect("killed");
        while pid(&views).is_none_or(|pid| pid == before) {
            sleep(Duration::from_millis(2)).await;
        }
        let back = killed.elapsed();
        assert!(back < Duration::from_millis(200), "{back:?}");
        let seq = views.newest(view).expect("the picture of before").seq;
        picture(&views, view, seq).await;
    });
}

#[test]
fn closed_views_leave_no_process() {
    run(async {
        let views = views(15);
        let at = serve(Script::default().held()).await;
        let address = live(SourceKind::Fmp4, format!("http://{at}/"));
        for _ in 0..16 {
            views.open(address.clone(), pixels()).expect("a view");
        }
        assert!(views.open(address, pixels()).is_err(), "a seventeenth view");
        while views.usage().len() < 16 {
            sleep(Duration::from_millis(20)).await;
        }
        let pids: Vec<u32> = views.usage().iter().map(|usage| usage.pid).collect();
        views.close_all();
        assert!(views.all().is_empty());
        for pid in pids {
            let folder = format!("/proc/{pid}");
            while std::fs::exists(&folder).expect("a look") {
                sleep(Duration::from_millis(20)).await;
            }
        }
    });
}

#[test]
fn rtsp_is_shown_with_the_senders_moments() {
    run(async {
        let views = views(15);
        let from = now();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            let stream = Stream::of(11, from, 30);
            while let Ok((socket, _)) = listener.accept().await {
                // The helper may be gone at any moment.
                rtsp(socket, &stream, from).await.ok();
            }
        });
        let address = live(SourceKind::Rtsp, format!("rtsp://{at}/11"));
        let view = views.open(address, pixels()).expect("a view");
        let mut shown = picture(&views, view, 0).await;
        while shown.time_from != TimeFrom::Rtcp {
            shown = picture(&views, view, shown.seq).await;
        }
        let (millis, number) = strip(&shown);
        assert_eq!(number, 11);
        let told = shown.at.expect("a moment").0;
        assert!(told.abs_diff(millis) <= 2, "{told} and {millis}");
        let clip = views.clip(view, 5).await.expect("a clip");
        assert!(clip.seconds < 5.5 && !clip.bytes.is_empty());
    });
}

/// Answers one client's questions and plays the stream to it, once a second from its beginning.
async fn rtsp(mut socket: TcpStream, stream: &Stream, from: UtcMillis) -> std::io::Result<()> {
    loop {
        let request = read_head(&mut socket).await?;
        let cseq = request
            .lines()
            .find_map(|line| line.strip_prefix("CSeq: "))
            .unwrap_or("0");
        let (extra, body) = match request.split(' ').next() {
            Some("DESCRIBE") => {
                let body = sdp(&Presentation {
                    name: "11",
                    encoding: "H264",
                    payload_type: 96,
                    sets: None,
                });
                ("Content-Type: application/sdp\r\n", body)
            }
            Some("SETUP") => (
                "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=00000007\r\n",
                String::new(),
            ),
            _ => ("Session: 1\r\n", String::new()),
        };
        let length = body.len();
        let answer = format!(
            "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{extra}Content-Length: {length}\r\n\r\n{body}"
        );
        socket.write_all(answer.as_bytes()).await?;
        if request.starts_with("PLAY") {
            break;
        }
    }
    let mut packetiser = Packetiser::new(7, 96);
    let sets = [stream.track.sps.clone(), stream.track.pps.clone()];
    for (place, nals) in (0_u32..).zip(&stream.nals) {
        let time = place * 9000;
        let wall = UtcMillis(from.0 + i64::from(place) * 100);
        let report = sender_report(7, wall, time, place, 0);
        socket.write_all(&interleaved(1, &report)).await?;
        let units = [&sets[..], &nals[..]].concat();
        for packet in packetiser.packets(&units, time, 1400) {
            socket.write_all(&interleaved(0, &packet)).await?;
        }
        sleep(Duration::from_millis(50)).await;
    }
    sleep(Duration::from_secs(20)).await;
    Ok(())
}
