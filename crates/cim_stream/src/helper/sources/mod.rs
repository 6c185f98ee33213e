//! The ways in which streams come.

mod fragments;
mod hls;
mod mjpeg;
mod mp4;
mod multipart;
mod rtsp;
mod web;

use super::http::Http;
use super::net::Target;
use super::outlet::Outlet;
use crate::address::{SourceKind, StreamAddress};
use crate::boxes::BoxError;
use crate::protocol::{Trouble, TroubleKind};
use std::rc::Rc;

/// Plays the stream at `address` until it ends.
pub(crate) async fn play(
    address: &StreamAddress,
    target: Target,
    outlet: &mut Outlet<'_>,
) -> Result<(), Trouble> {
    let shared = Rc::clone(&outlet.shared);
    let http = |target| Http::new(address, target, shared);
    match address.kind {
        SourceKind::Rtsp => rtsp::play(address, &target, outlet).await,
        SourceKind::Ws => web::play_socket(address, &target, outlet).await,
        SourceKind::Fmp4 => web::play_stream(address, http(target), outlet).await,
        SourceKind::Hls => hls::play(address, http(target), outlet).await,
        SourceKind::Mp4 => mp4::play(address, http(target), outlet).await,
        SourceKind::Mjpeg => mjpeg::play(http(target), outlet).await,
    }
}

/// A sample entry's type or an encoding's name as people know it.
fn codec_name(coding: &str) -> &str {
    match coding {
        "avc1" | "avc3" | "h264" => "H.264",
        "hvc1" | "hev1" | "h265" => "H.265",
        "av01" => "AV1",
        "vp08" => "VP8",
        "vp09" => "VP9",
        "mp4v" => "MPEG-4",
        other => other,
    }
}

/// That pictures of this coding cannot be shown.
fn unshown(coding: &str) -> Trouble {
    if coding.starts_with("enc") {
        return Trouble::new(TroubleKind::Encrypted, "the stream is encrypted");
    }
    let name = codec_name(coding);
    Trouble::new(TroubleKind::Codec, format!("codec {name} cannot be shown"))
}

impl From<BoxError> for Trouble {
    fn from(error: BoxError) -> Self {
        let kind = match error {
            BoxError::TooLarge { .. } => TroubleKind::TooLarge,
            BoxError::Count { .. } => TroubleKind::Hostile,
            BoxError::Short(_) | BoxError::Missing(_) | BoxError::Senseless(_) => {
                TroubleKind::Protocol
            }
        };
        Self::new(kind, error.to_string())
    }
}
