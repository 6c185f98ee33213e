//! Streams that are cut off, endless, enormous, of another kind, or lies: the helper says why or dies, the desk goes on.

use crate::server::{Script, Stream, now, serve, serve_by};
use crate::{live, run, trouble, views};
use cim_stream::pattern::{init_segment, mjpeg_content_type, mjpeg_part};
use cim_stream::picture::{Rgb, jpeg};
use cim_stream::{SourceKind, TroubleKind, ViewState, Wanted};
use std::time::Duration;
use tokio::time::sleep;

const BRIEF: Duration = Duration::from_millis(20);
const MIB: u64 = 1024 * 1024;

/// Plays `script` as `kind` and expects one of `expected`, with the helper's memory in its bounds all the while.
async fn check(name: &str, kind: SourceKind, path: &str, script: Script, expected: &[TroubleKind]) {
    let views = views(2);
    let at = serve(script).await;
    let scheme = match kind {
        SourceKind::Rtsp => "rtsp",
        SourceKind::Ws => "ws",
        _ => "http",
    };
    let address = live(kind, format!("{scheme}://{at}{path}"));
    let view = views.open(address, Wanted::default()).expect("a view");
    let told = loop {
        for usage in views.usage() {
            assert!(usage.memory_bytes < 768 * MIB, "{name}: {usage:?}");
        }
        match views.state(view) {
            Some(ViewState::Restarting { why, .. } | ViewState::Failed { why }) => break why,
            _ => sleep(BRIEF).await,
        }
    };
    assert!(expected.contains(&told.kind), "{name}: {told:?}");
    assert!(views.newest(view).is_none(), "{name} shows something");
    assert!(views.close(view) && views.state(view).is_none());
}

fn check_fmp4(name: &str, script: Script, expected: &[TroubleKind]) {
    run(check(name, SourceKind::Fmp4, "/live", script, expected));
}

fn mp4(body: &[u8]) -> Script {
    Script::answer("video/mp4", body)
}

fn stream() -> Stream {
    Stream::of(1, now(), 3)
}

#[test]
fn a_stream_that_is_cut_off_says_so() {
    let body = init_segment(&stream().track);
    check_fmp4("a head only", mp4(&body), &[TroubleKind::Protocol]);
    check_fmp4(
        "half a head",
        mp4(&body[..body.len() / 2]),
        &[TroubleKind::Protocol],
    );
    check_fmp4("nothing", mp4(&[]), &[TroubleKind::Protocol]);
}

#[test]
fn boxes_of_gigabytes_are_refused_by_their_heads() {
    let bodies: [&[u8]; 3] = [
        b"\x7f\xff\xff\xffmdat",
        b"\x00\x00\x00\x01moov\x3f\xff\xff\xff\xff\xff\xff\xff",
        b"\x7f\xff\xff\xfffree",
    ];
    for body in bodies {
        check_fmp4("an enormous box", mp4(body), &[TroubleKind::TooLarge]);
    }
}

#[test]
fn garbage_is_no_stream() {
    let mut noise = 0x2545_f491_u32;
    let body: Vec<u8> = (0..200_000)
        .map(|_| {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            noise as u8
        })
        .collect();
    let expected = [
        TroubleKind::TooLarge,
        TroubleKind::Protocol,
        TroubleKind::Hostile,
    ];
    check_fmp4("noise", mp4(&body), &expected);
    let head = Script::head("no HTTP at all\r\n\r\n");
    check_fmp4("no HTTP", head, &[TroubleKind::Protocol]);
}

#[test]
fn heads_without_an_end_are_given_up() {
    let endless = Script::head("HTTP/1.1 200 OK\r\n").then(&[b'x'; 8192], Duration::ZERO);
    check_fmp4(
        "an endless head",
        endless,
        &[TroubleKind::Protocol, TroubleKind::Stalled],
    );
    let slow = Script::head("HTTP/1.1 200 OK\r\n").then(b"x", Duration::from_millis(200));
    check_fmp4("a slow head", slow, &[TroubleKind::Stalled]);
    check_fmp4("silence", Script::default().held(), &[TroubleKind::Stalled]);
}

#[test]
fn a_stream_that_never_shows_a_picture_is_given_up() {
    let mut stream = stream();
    let last = stream.samples.pop().expect("a picture");
    stream.samples = vec![last; 20];
    let body = stream.fragments(now());
    check_fmp4("no key picture", mp4(&body).held(), &[TroubleKind::Stalled]);
    let drip = mp4(&init_segment(&stream.track)).then(b"\x00\x00\x00\x08free", BRIEF);
    check_fmp4("a drip", drip, &[TroubleKind::Stalled]);
}

#[test]
fn a_codec_that_cannot_be_shown_is_named() {
    let mut body = init_segment(&stream().track);
    let at = body
        .windows(4)
        .position(|four| four == b"avc1")
        .expect("avc1");
    // The first is a brand.
    let next = body[at + 4..]
        .windows(4)
        .position(|four| four == b"avc1")
        .expect("avc1");
    let at = at + 4 + next;
    body[at..at + 4].copy_from_slice(b"hvc1");
    check_fmp4("H.265", mp4(&body), &[TroubleKind::Codec]);
    body[at..at + 4].copy_from_slice(b"encv");
    check_fmp4("encrypted", mp4(&body), &[TroubleKind::Encrypted]);
}

#[test]
fn redirects_lead_nowhere_else() {
    let to = |place: &str| {
        Script::head(&format!(
            "HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
        ))
    };
    check_fmp4("a file", to("file:///etc/passwd"), &[TroubleKind::Address]);
    check_fmp4(
        "another machine",
        to("http://127.0.0.2:1/"),
        &[TroubleKind::Address],
    );
    check_fmp4("in a circle", to("/live"), &[TroubleKind::Hostile]);
}

#[test]
fn what_a_server_denies_is_told() {
    let status =
        |status: &str| Script::head(&format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));
    check_fmp4("denied", status("401 Unauthorized"), &[TroubleKind::Denied]);
    check_fmp4("missing", status("404 Not Found"), &[TroubleKind::NotFound]);
}

#[test]
fn a_jpeg_that_claims_to_be_enormous_is_not_decoded() {
    let mut file = jpeg(&Rgb::filled(64, 64, [9; 3]), 80).expect("a JPEG");
    let at = file
        .windows(2)
        .position(|two| two == [0xff, 0xc0])
        .expect("a frame");
    // 20 000 × 20 000.
    file[at + 5..at + 9].copy_from_slice(&[0x4e, 0x20, 0x4e, 0x20]);
    let part = mjpeg_part("cam", &file, now());
    let script = Script::answer(&mjpeg_content_type("cam"), &part).then(&part, BRIEF);
    let expected = [TroubleKind::Hostile];
    run(check("a bomb", SourceKind::Mjpeg, "/", script, &expected));
    let endless = Script::answer(&mjpeg_content_type("cam"), b"--cam\r\n\r\n")
        .then(&vec![b'x'; 65_536], Duration::ZERO);
    let expected = [TroubleKind::TooLarge, TroubleKind::Stalled];
    run(check(
        "an endless part",
        SourceKind::Mjpeg,
        "/",
        endless,
        &expected,
    ));
}

#[test]
fn playlists_lead_nowhere_else() {
    let playlist = |text: &str| Script::answer("application/vnd.apple.mpegurl", text.as_bytes());
    let segment = |lines: &str| {
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n{lines}\n#EXTINF:1,\nhttp://127.0.0.2:1/a.m4s\n")
    };
    let cases = [
        ("another machine", segment(""), TroubleKind::Address),
        (
            "encrypted",
            segment("#EXT-X-KEY:METHOD=AES-128,URI=\"k\""),
            TroubleKind::Encrypted,
        ),
        (
            "encrypted, joined behind the key",
            format!(
                "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n{}",
                "#EXTINF:1,\na.m4s\n".repeat(4)
            ),
            TroubleKind::Encrypted,
        ),
        (
            "playlists without an end",
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive\n".to_owned(),
            TroubleKind::Hostile,
        ),
        ("no playlist", "hello".to_owned(), TroubleKind::Protocol),
    ];
    for (name, text, expected) in cases {
        run(check(
            name,
            SourceKind::Hls,
            "/live",
            playlist(&text),
            &[expected],
        ));
    }
}

#[test]
fn transport_streams_are_named_and_not_guessed() {
    run(async {
        let views = views(5);
        let at = serve_by(|line| {
            if line.contains("m3u8") {
                let text = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n1.ts\n";
                return Script::answer("application/vnd.apple.mpegurl", text.as_bytes());
            }
            Script::answer("video/mp2t", &[0x47; 188 * 4])
        })
        .await;
        let address = live(SourceKind::Hls, format!("http://{at}/live.m3u8"));
        let view = views.open(address, Wanted::default()).expect("a view");
        let told = trouble(&views, view).await;
        assert_eq!(told.kind, TroubleKind::Codec, "{told:?}");
        assert!(told.words.contains("transport stream"), "{told:?}");
    });
}

#[test]
fn files_with_enormous_tables_are_refused() {
    let expected = [TroubleKind::TooLarge];
    let large = mp4(b"\xf0\x00\x00\x00moov");
    run(check(
        "an enormous table",
        SourceKind::Mp4,
        "/clip",
        large,
        &expected,
    ));
    let expected = [TroubleKind::Protocol];
    let none = mp4(b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00");
    run(check("no table", SourceKind::Mp4, "/clip", none, &expected));
}

#[test]
fn a_websocket_that_answers_another_key_is_refused() {
    let wrong = Script::head(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: AAAA\r\n\r\n",
    );
    let expected = [TroubleKind::Protocol];
    run(check(
        "a wrong key",
        SourceKind::Ws,
        "/live",
        wrong,
        &expected,
    ));
}

#[test]
fn rtsp_servers_that_lie_are_given_up() {
    let rtsp = |script: Script, name: &str, expected: &[TroubleKind]| {
        run(check(name, SourceKind::Rtsp, "/1", script, expected));
    };
    rtsp(
        Script::head("hello\r\n\r\n"),
        "no RTSP",
        &[TroubleKind::Protocol],
    );
    let endless =
        Script::head("RTSP/1.0 200 OK\r\nCSeq: 1\r\n").then(&vec![b'x'; 65_536], Duration::ZERO);
    let given_up = [
        TroubleKind::Stalled,
        TroubleKind::Crashed,
        TroubleKind::Killed,
        TroubleKind::Protocol,
    ];
    rtsp(endless, "an endless head", &given_up);
    let slow = Script::head("RTSP/1.0 200 OK\r\n").then(b"x", Duration::from_millis(200));
    rtsp(slow, "a slow head", &[TroubleKind::Stalled]);
    rtsp(
        Script::head("RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n").held(),
        "no such stream",
        &[TroubleKind::NotFound],
    );
}
