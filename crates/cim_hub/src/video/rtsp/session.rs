//! One RTSP connection: what was asked so far, and what is answered.

use super::digest::{challenge, is_proof};
use super::message::{Answer, Request};
use crate::iso::millis_from_iso;
use crate::sensorthings::Refusal;
use crate::sensorthings::path::percent_decoded;
use crate::video::maker::Head;
use crate::video::{VideoServer, Watching};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cim_model::UtcMillis;
use cim_stream::pattern::rtp::{self, Packetiser, Presentation};
use std::sync::Arc;

/// What is answered here (RFC 2326, section 10).
const METHODS: &str = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN";
/// The payload type of the pictures.
const PAYLOAD: u8 = 96;
/// Bytes of a picture in one packet.
const MOST_PAYLOAD: usize = 1_400;
/// Milliseconds between two sender reports.
const REPORT_EVERY_MS: i64 = 1_000;

/// Which camera an address names, and when; the ticket in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    id: String,
    at: Option<UtcMillis>,
    ticket: Option<String>,
}

impl Wanted {
    /// Reads `rtsp://host:port/CAMERA[/trackID=0][?at=…&ticket=…]`.
    fn of(uri: &str) -> Result<Self, Refusal> {
        let rest = uri
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('/'))
            .map(|(_, path)| path);
        let rest = rest.ok_or_else(|| Refusal::wrong(format!("{uri:?} names no camera")))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let id = path.split('/').next().and_then(percent_decoded);
        let id = id.filter(|id| !id.is_empty());
        let mut wanted = Self {
            id: id.ok_or_else(|| Refusal::missing(format!("{uri:?} names no camera")))?,
            ..Self::default()
        };
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            // Some clients put the track behind the query.
            let value = value.split('/').next().unwrap_or_default();
            let value = percent_decoded(value).unwrap_or_default();
            match name {
                "at" => {
                    let at = millis_from_iso(&value);
                    let wrong = || Refusal::wrong(format!("at {value:?} is no ISO 8601 moment"));
                    wanted.at = Some(at.ok_or_else(wrong)?);
                }
                "ticket" => wanted.ticket = Some(value),
                _ => {
                    return Err(Refusal::wrong(format!(
                        "there is no parameter {name:?} here"
                    )));
                }
            }
        }
        Ok(wanted)
    }
}

/// The two channels of the connection that a client wants its packets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Channels {
    rtp: u8,
    rtcp: u8,
}

impl Channels {
    /// Reads `Transport`; `None` for everything but packets in the connection itself.
    fn of(transport: &str) -> Option<Self> {
        let offers = transport.split(',').map(str::trim);
        let mut own = offers.filter(|offer| offer.starts_with("RTP/AVP/TCP"));
        let offer = own.next()?;
        let numbers = offer
            .split(';')
            .find_map(|part| part.trim().strip_prefix("interleaved="));
        let Some(numbers) = numbers else {
            return Some(Self { rtp: 0, rtcp: 1 });
        };
        let (rtp, rtcp) = numbers.split_once('-').unwrap_or((numbers, ""));
        let rtp = rtp.parse::<u8>().ok()?;
        let rtcp = rtcp.parse().unwrap_or(rtp.wrapping_add(1));
        (rtp != rtcp).then_some(Self { rtp, rtcp })
    }
}

/// A stream on its way to a client.
struct Playing {
    watching: Watching,
    head: Arc<Head>,
    packetiser: Packetiser,
    reported: Option<UtcMillis>,
    packets: u32,
    octets: u32,
}

/// One connection's state.
pub(super) struct Session {
    server: Arc<VideoServer>,
    name: String,
    nonce: String,
    ssrc: u32,
    /// What the first request with an address wanted: later ones may leave moment and ticket away.
    wanted: Option<Wanted>,
    channels: Option<Channels>,
    /// Looked at from `DESCRIBE` on, so that the head is known; sent from `PLAY` on.
    playing: Option<Playing>,
    is_playing: bool,
}

impl Session {
    pub(super) fn new(
        server: Arc<VideoServer>,
        (name, nonce): (String, String),
        ssrc: u32,
    ) -> Self {
        Self {
            server,
            name,
            nonce,
            ssrc,
            wanted: None,
            channels: None,
            playing: None,
            is_playing: false,
        }
    }

    /// The answer to a request; true when the connection ends with it.
    pub(super) async fn answer(&mut self, request: &Request) -> (Answer, bool) {
        if request.method == "OPTIONS" {
            return (Answer::new(200).with("Public", METHODS), false);
        }
        if !self.is_let_in(request) {
            let answer = Answer::new(401).with("WWW-Authenticate", challenge(&self.nonce));
            return (answer, false);
        }
        let answer = match request.method.as_str() {
            "DESCRIBE" => self.describe(&request.uri).await,
            "SETUP" => self.set_up(request).await,
            "PLAY" => Ok(self.play()),
            "GET_PARAMETER" => Ok(self.with_name(Answer::new(200))),
            "TEARDOWN" => return (self.with_name(Answer::new(200)), true),
            _ => Ok(Answer::new(405).with("Allow", METHODS)),
        };
        (answer.unwrap_or_else(|refusal| refused(&refusal)), false)
    }

    fn is_let_in(&self, request: &Request) -> bool {
        let Some((user, password)) = self.server.login() else {
            return true;
        };
        let header = request.header("authorization").unwrap_or_default();
        let asked = (request.method.as_str(), request.uri.as_str());
        is_proof(header, (user, password), &self.nonce, asked)
    }

    fn with_name(&self, answer: Answer) -> Answer {
        answer.with("Session", format!("{};timeout=60", self.name))
    }

    async fn describe(&mut self, uri: &str) -> Result<Answer, Refusal> {
        self.prepare(uri).await?;
        let Some(playing) = &self.playing else {
            return Ok(Answer::new(455));
        };
        let track = &playing.head.track;
        let (sps, pps) = (STANDARD.encode(&track.sps), STANDARD.encode(&track.pps));
        let description = rtp::sdp(&Presentation {
            name: "CityMirror",
            encoding: "H264",
            payload_type: PAYLOAD,
            sets: Some((sps.as_str(), pps.as_str())),
        });
        // Tracks lie below the camera; the moment and the ticket are remembered.
        let base = uri
            .split('?')
            .next()
            .unwrap_or_default()
            .trim_end_matches('/');
        Ok(Answer::new(200)
            .with("Content-Base", format!("{base}/"))
            .of_kind("application/sdp", description))
    }

    /// Begins to look at what `uri` names, unless that has happened.
    async fn prepare(&mut self, uri: &str) -> Result<(), Refusal> {
        let wanted = Wanted::of(uri)?;
        if let Some(known) = &self.wanted {
            return if known.id == wanted.id {
                Ok(())
            } else {
                Err(Refusal::wrong("a connection plays one camera"))
            };
        }
        let server = &self.server;
        server.check_ticket(&wanted.id, wanted.ticket.as_deref())?;
        let subject = server.subject(&wanted.id, wanted.at).await?;
        let watching = server.watch(&subject, false)?;
        let head = watching.channel().head().await?;
        self.playing = Some(Playing {
            watching,
            head,
            packetiser: Packetiser::new(self.ssrc, PAYLOAD),
            reported: None,
            packets: 0,
            octets: 0,
        });
        self.wanted = Some(wanted);
        Ok(())
    }

    async fn set_up(&mut self, request: &Request) -> Result<Answer, Refusal> {
        let transport = request.header("transport").unwrap_or_default();
        let Some(channels) = Channels::of(transport) else {
            return Ok(Answer::new(461));
        };
        self.prepare(&request.uri).await?;
        self.channels = Some(channels);
        let Channels { rtp, rtcp } = channels;
        let ssrc = self.ssrc;
        let transport = format!("RTP/AVP/TCP;unicast;interleaved={rtp}-{rtcp};ssrc={ssrc:08X}");
        Ok(self.with_name(Answer::new(200).with("Transport", transport)))
    }

    fn play(&mut self) -> Answer {
        if self.channels.is_none() || self.playing.is_none() {
            return Answer::new(455);
        }
        self.is_playing = true;
        self.with_name(Answer::new(200).with("Range", "npt=0-"))
    }

    /// Whether the client asked for the pictures and gets them.
    pub(super) fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// The next packets, as they go into the connection; `None` when no more come. Waits for ever before `PLAY`.
    pub(super) async fn packets(&mut self) -> Option<Vec<u8>> {
        let (true, Some(playing), Some(channels)) =
            (self.is_playing, &mut self.playing, self.channels)
        else {
            return std::future::pending().await;
        };
        let shot = playing.watching.next().await?;
        // The clock of the packets is the picture's own moment, so that one report tells all of them.
        let time = (shot.at.0.wrapping_mul(90) & i64::from(u32::MAX)) as u32;
        let mut bytes = Vec::new();
        let is_due = |told: UtcMillis| shot.at.0.saturating_sub(told.0) >= REPORT_EVERY_MS;
        if playing.reported.is_none_or(is_due) {
            let counts = (playing.packets, playing.octets);
            let report = rtp::sender_report(self.ssrc, shot.at, time, counts.0, counts.1);
            bytes.extend(rtp::interleaved(channels.rtcp, &report));
            playing.reported = Some(shot.at);
        }
        let mut nals = Vec::with_capacity(shot.nals.len() + 2);
        if shot.is_key {
            nals.push(playing.head.track.sps.clone());
            nals.push(playing.head.track.pps.clone());
        }
        nals.extend(shot.nals.iter().cloned());
        for packet in playing.packetiser.packets(&nals, time, MOST_PAYLOAD) {
            playing.packets = playing.packets.wrapping_add(1);
            // The head of a packet is not counted (RFC 3550, 6.4.1).
            let payload = packet.len().saturating_sub(12) as u32;
            playing.octets = playing.octets.wrapping_add(payload);
            bytes.extend(rtp::interleaved(channels.rtp, &packet));
        }
        Some(bytes)
    }
}

fn refused(refusal: &Refusal) -> Answer {
    let status = match refusal.status {
        401 => 401,
        404 => 404,
        503 => 503,
        _ => 400,
    };
    Answer::new(status).of_kind("text/plain; charset=utf-8", refusal.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_wanted(uri: &str, id: &str, at: Option<i64>, ticket: Option<&str>) {
        let expected = Wanted {
            id: id.to_owned(),
            at: at.map(UtcMillis),
            ticket: ticket.map(str::to_owned),
        };
        assert_eq!(Wanted::of(uri), Ok(expected), "{uri}");
    }

    #[test]
    fn an_address_names_a_camera_and_a_moment() {
        check_wanted("rtsp://127.0.0.1:8554/c1", "c1", None, None);
        check_wanted("rtsp://h/c1/trackID=0", "c1", None, None);
        check_wanted("rtsp://h/a%2Fb/?ticket=5-a", "a/b", None, Some("5-a"));
        let past = "rtsp://h/c1?at=1970-01-01T00%3A00%3A01Z/trackID=0";
        check_wanted(past, "c1", Some(1_000), None);
        for wrong in [
            "*",
            "rtsp://h",
            "rtsp://h/",
            "rtsp://h/c1?at=noon",
            "rtsp://h/c1?x=1",
        ] {
            assert!(Wanted::of(wrong).is_err(), "{wrong}");
        }
    }

    #[track_caller]
    fn check_channels(transport: &str, expected: Option<(u8, u8)>) {
        let found = Channels::of(transport).map(|channels| (channels.rtp, channels.rtcp));
        assert_eq!(found, expected, "{transport}");
    }

    #[test]
    fn packets_go_into_the_connection_or_nowhere() {
        check_channels("RTP/AVP/TCP;unicast;interleaved=0-1", Some((0, 1)));
        check_channels(
            "RTP/AVP;unicast;client_port=1-2,RTP/AVP/TCP;interleaved=4-5",
            Some((4, 5)),
        );
        check_channels("RTP/AVP/TCP", Some((0, 1)));
        check_channels("RTP/AVP/TCP;interleaved=2", Some((2, 3)));
        check_channels("RTP/AVP;unicast;client_port=1-2", None);
        check_channels("RTP/AVP/TCP;interleaved=7-7", None);
        check_channels("", None);
    }
}
