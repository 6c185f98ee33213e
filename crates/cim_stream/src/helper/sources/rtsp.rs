//! RTSP with RTP interleaved in its TCP connection: cameras and platforms.

use super::unshown;
use crate::address::StreamAddress;
use crate::helper::net::Target;
use crate::helper::outlet::{Coded, Moment, Outlet};
use crate::protocol::{TimeFrom, Trouble, TroubleKind};
use cim_model::UtcMillis;
use futures_util::StreamExt as _;
use retina::client::{
    Credentials, Demuxed, InitialTimestampPolicy, PlayOptions, Session, SessionOptions,
    SetupOptions, Stream, TeardownPolicy,
};
use retina::codec::{CodecItem, FrameFormat, ParametersRef, VideoFrame, VideoParametersCodec};
use retina::rtcp::ReceivedCompoundPacket;
use std::time::Duration;
use tokio::time::timeout;

/// How long each question may take.
const ANSWER: Duration = Duration::from_secs(10);

/// Which moment a time of RTP is, from the last sender report (RFC 3550, 6.4.1).
#[derive(Clone, Copy, Debug)]
struct Report {
    wall: UtcMillis,
    ticks: i64,
}

/// Plays the first video of a presentation.
pub(crate) async fn play(
    address: &StreamAddress,
    target: &Target,
    outlet: &mut Outlet<'_>,
) -> Result<(), Trouble> {
    outlet.keep_up(Duration::ZERO);
    let (mut frames, is_jpeg, stream) = open(address, target).await?;
    let mut report = None;
    let mut has_parameters = false;
    while let Some(item) = frames.next().await {
        match item.map_err(|error| trouble(&error))? {
            CodecItem::VideoFrame(frame) => {
                outlet.shared.count(frame.data().len());
                let moment = moment(&frame, report, outlet);
                if is_jpeg {
                    let clock_ms = Some(moment.stream_ms);
                    outlet.jpeg(frame.data(), moment, clock_ms).await?;
                    continue;
                }
                if frame.has_new_parameters() || !has_parameters {
                    has_parameters = parameters(&frames, stream, outlet)?;
                }
                let coded = Coded {
                    data: frame.data(),
                    length_size: 4,
                    moment,
                    decode_ms: moment.stream_ms,
                    is_key: frame.is_random_access_point(),
                    is_reordered: false,
                    is_first: true,
                };
                outlet.h264(coded).await?;
            }
            CodecItem::Rtcp(packet) => report = sender_report(&packet).or(report),
            _ => {}
        }
    }
    Ok(())
}

/// Asks for the stream and begins to play it. Says whether it is JPEG, and which of the presentation's streams it is.
async fn open(address: &StreamAddress, target: &Target) -> Result<(Demuxed, bool, usize), Trouble> {
    let creds = address.user.clone().map(|username| Credentials {
        username,
        password: address.password.clone().unwrap_or_default(),
    });
    let options = SessionOptions::default()
        .creds(creds)
        .user_agent("CityMirror".to_owned())
        .teardown(TeardownPolicy::Never);
    let url = target.numbered_url()?;
    let mut session = asked(Session::describe(url, options)).await?;
    let (stream, is_jpeg) = pick(
        session
            .streams()
            .iter()
            .map(|stream| (stream.media(), stream.encoding_name())),
    )?;
    let setup = SetupOptions::default().frame_format(FrameFormat::MP4);
    asked(session.setup(stream, setup)).await?;
    let policy = PlayOptions::default().initial_timestamp(InitialTimestampPolicy::Ignore);
    let playing = asked(session.play(policy)).await?;
    let frames = playing.demuxed().map_err(|error| trouble(&error))?;
    Ok((frames, is_jpeg, stream))
}

async fn asked<T>(question: impl Future<Output = Result<T, retina::Error>>) -> Result<T, Trouble> {
    match timeout(ANSWER, question).await {
        Ok(answer) => answer.map_err(|error| trouble(&error)),
        Err(_) => Err(Trouble::new(TroubleKind::Stalled, "no answer to RTSP")),
    }
}

/// The first video that can be shown among the streams' media and encodings.
fn pick<'a>(streams: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(usize, bool), Trouble> {
    let mut other = None;
    for (place, (media, encoding)) in streams.enumerate() {
        match encoding {
            "h264" => return Ok((place, false)),
            "jpeg" => return Ok((place, true)),
            _ if media == "video" => other = Some(encoding),
            _ => {}
        }
    }
    Err(other.map_or_else(
        || Trouble::new(TroubleKind::Codec, "there is no video in the stream"),
        unshown,
    ))
}

fn parameters(frames: &Demuxed, stream: usize, outlet: &mut Outlet<'_>) -> Result<bool, Trouble> {
    let parameters = frames.streams().get(stream).and_then(Stream::parameters);
    let Some(ParametersRef::Video(video)) = parameters else {
        return Ok(false);
    };
    let VideoParametersCodec::H264 { sps, pps } = video.codec_params() else {
        return Ok(false);
    };
    outlet.parameters(sps, pps)?;
    Ok(true)
}

fn moment(frame: &VideoFrame, report: Option<Report>, outlet: &Outlet<'_>) -> Moment {
    let time = frame.timestamp();
    let millis = |ticks: i64| {
        let millis = i128::from(ticks) * 1000 / i128::from(time.clock_rate().get());
        millis as i64
    };
    let (at, from) = match report {
        Some(report) => {
            let since = millis(time.timestamp().saturating_sub(report.ticks));
            (
                UtcMillis(report.wall.0.saturating_add(since)),
                TimeFrom::Rtcp,
            )
        }
        None => (outlet.now(), TimeFrom::Arrival),
    };
    Moment {
        stream_ms: millis(time.elapsed()),
        at: Some(at),
        from,
    }
}

fn sender_report(packet: &ReceivedCompoundPacket) -> Option<Report> {
    let ticks = packet.rtp_timestamp()?.timestamp();
    let report = packet
        .pkts()
        .find_map(|one| one.as_sender_report().ok().flatten())?;
    let wall = crate::boxes::unix_time(report.ntp_timestamp().0)?;
    Some(Report { wall, ticks })
}

fn trouble(error: &retina::Error) -> Trouble {
    let words = error.to_string();
    let kind = match error.status_code() {
        Some(401 | 403) => TroubleKind::Denied,
        Some(404 | 410 | 454) => TroubleKind::NotFound,
        None if words.starts_with("Unable to connect") => TroubleKind::Connect,
        _ => TroubleKind::Protocol,
    };
    Trouble::new(kind, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_video_that_can_be_shown_is_played() {
        let streams = [("audio", "pcmu"), ("video", "h265"), ("video", "h264")];
        assert_eq!(pick(streams.into_iter()), Ok((2, false)));
        assert_eq!(pick([("video", "jpeg")].into_iter()), Ok((0, true)));
    }

    #[test]
    fn a_codec_that_cannot_be_shown_is_named() {
        let told = pick([("video", "h265")].into_iter()).expect_err("no H.265");
        assert_eq!(told.kind, TroubleKind::Codec);
        assert_eq!(told.words, "codec H.265 cannot be shown");
        let none = pick([("audio", "pcmu")].into_iter()).expect_err("no video");
        assert_eq!(none.kind, TroubleKind::Codec);
    }
}
