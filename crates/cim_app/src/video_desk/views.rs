//! The views that are open at this desk: which camera, since when, for what, and how far its pictures are.

use super::VideoDesk;
use crate::wire::{ViewDraftDto, ViewStateDto, ViewStateKindDto};
use cim_layers::sight::{DepthMap, Rgba, ViewPose};
use cim_model::UtcMillis;
use cim_stream::{
    SourceKind, StreamAddress, TroubleKind, ViewId, ViewState, Views, ViewsSettings, Wanted,
    picture::{Face, Mark, Rgb, watermark},
};
use cim_sync::StreamOffer;
use cim_video::moments::{MomentIndex, MomentQuery};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// So many views are open at once: one process each.
pub(crate) const MOST_VIEWS: usize = 16;
/// "CVF1", read as little-endian bytes.
const MAGIC: u32 = 0x3146_5643;
/// The header before a picture, bytes.
const HEADER: usize = 32;
/// How strongly a watermark is drawn.
const OPACITY: f32 = 0.55;
/// The font of watermarks.
const FONT: &[u8] = include_bytes!("../../../../assets/fonts/NotoSansSC-Regular.ttf");
/// Which kind of stream is tried first: what comes soonest.
const LIVE_ORDER: [&str; 6] = ["fmp4", "ws", "rtsp", "mjpeg", "hls", "mp4"];
/// A camera whose pictures were looked through so near in time has a detector, milliseconds.
const DETECTOR_MS: i64 = 600_000;
/// What is masked, and the kinds of detections that say where it is.
const MASKED: [(&str, &[&str]); 2] = [
    ("face", &["person", "face"]),
    ("plate", &["motor_vehicle", "non_motor_vehicle"]),
];
/// The quality of pictures, JPEG's scale of 100.
const QUALITY: u8 = 78;

/// A view that is being opened.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(crate) camera: String,
    pub(crate) name: String,
    /// The moment asked for; `None` is live.
    pub(crate) at: Option<UtcMillis>,
    pub(crate) purpose: String,
    /// Who looks.
    pub(crate) by: String,
    /// In which role.
    pub(crate) role: String,
    /// Why they may.
    pub(crate) why: String,
}

/// A view that is open.
#[derive(Clone, Debug)]
pub(crate) struct OpenView {
    pub(crate) id: u32,
    pub(crate) of: Opening,
    pub(crate) opened_at: UtcMillis,
    pub(crate) wanted: Wanted,
    /// It is draped over what the camera sees, with how far that is.
    pub(crate) drape: Option<(ViewPose, Arc<DepthMap>)>,
    /// It stands above its camera.
    pub(crate) above: Option<ViewPose>,
    /// Width and pictures a second that were wanted before it was shown in the twin.
    pub(crate) window: Option<(u32, f32)>,
    /// The newest picture for the twin, with its number.
    pixels: Option<(u64, Arc<Rgba>)>,
}

/// The open views, and the processes that decode them.
#[derive(Default)]
pub(crate) struct OpenViews {
    streams: Option<Views>,
    open: BTreeMap<u32, OpenView>,
}

impl OpenViews {
    /// Decodes with the program at `helper`, from now on.
    pub(crate) fn set_streams(&mut self, streams: Views) {
        self.streams = Some(streams);
    }

    /// What decodes; `None` without the program.
    pub(crate) fn streams(&self) -> Option<Views> {
        self.streams.clone()
    }

    /// An open view.
    pub(crate) fn get(&self, view: u32) -> Option<&OpenView> {
        self.open.get(&view)
    }

    /// An open view, to change.
    pub(crate) fn get_mut(&mut self, view: u32) -> Option<&mut OpenView> {
        self.open.get_mut(&view)
    }

    /// Every open view.
    pub(crate) fn all(&self) -> impl Iterator<Item = &OpenView> {
        self.open.values()
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Takes a view away and ends its process.
    pub(crate) fn take(&mut self, view: u32) -> Option<OpenView> {
        if let Some(streams) = &self.streams {
            streams.close(ViewId(view));
        }
        self.open.remove(&view)
    }
}

impl VideoDesk {
    /// Opens a view of a stream; the error says why not, in a code and in words.
    pub(crate) fn open_stream(
        &self,
        (opening, draft): (Opening, &ViewDraftDto),
        (offers, authority): (&[StreamOffer], Option<&str>),
        now: UtcMillis,
    ) -> Result<u32, (&'static str, String)> {
        let mut views = self.lock_views();
        let streams = views.streams().ok_or_else(|| {
            (
                "no_helper",
                "cim-stream is not beside the program".to_owned(),
            )
        })?;
        if views.len() >= MOST_VIEWS {
            return Err(("too_many_views", format!("{MOST_VIEWS} are open")));
        }
        let known = addresses_of(offers, opening.at).into_iter();
        let mut addresses = known.map(|address| StreamAddress {
            authority_pem: authority.map(str::to_owned),
            ..address
        });
        let first = addresses.next().ok_or_else(|| {
            let found = offers.iter().map(|offer| offer.kind.as_str());
            let found: Vec<&str> = found.collect();
            (
                "no_stream",
                format!("the hub offers [{}]", found.join(", ")),
            )
        })?;
        let wanted = Wanted {
            width: draft.width.clamp(64, 1_920),
            fps: draft.fps.clamp(1, 30) as f32,
            is_jpeg: true,
            is_rgb: false,
            quality: QUALITY,
            at: opening.at,
        };
        let opened = streams.open_any(first, addresses.collect(), wanted);
        let ViewId(id) = opened.map_err(|error| ("unreachable", error.to_string()))?;
        let view = OpenView {
            id,
            of: opening,
            opened_at: now,
            wanted,
            drape: None,
            above: None,
            window: None,
            pixels: None,
        };
        views.open.insert(id, view);
        drop(views);
        self.views_changed();
        Ok(id)
    }

    /// What is over every picture of a view.
    pub(crate) fn watermark_of(view: &OpenView) -> String {
        format!("{} · {}", view.of.by, view.of.name)
    }

    /// The newest picture of a view for the twin, when its number is greater: with its watermark.
    pub(crate) fn pixels(&self, view: u32, after: u64, moment: &str) -> Option<(u64, Arc<Rgba>)> {
        let (streams, lines, known) = {
            let views = self.lock_views();
            let open = views.get(view)?;
            let lines = [Self::watermark_of(open), moment.to_owned()];
            (views.streams()?, lines, open.pixels.clone())
        };
        let frame = streams.newest(ViewId(view))?;
        if let Some((seq, pixels)) = known.filter(|(seq, _)| *seq == frame.seq) {
            return (seq > after).then_some((seq, pixels));
        }
        let marked = marked(frame.rgb.as_ref()?, &lines);
        let pixels = Arc::new(Rgba {
            width: marked.width(),
            height: marked.height(),
            bytes: marked.to_rgba(),
        });
        if let Some(open) = self.lock_views().get_mut(view) {
            open.pixels = Some((frame.seq, Arc::clone(&pixels)));
        }
        (frame.seq > after).then_some((frame.seq, pixels))
    }

    /// How every open view stands.
    pub(crate) fn view_states(&self, now: UtcMillis) -> Vec<ViewStateDto> {
        let mut states = self.bare_view_states();
        let moments = self.moments();
        for state in &mut states {
            let at = state.picture_at.or(state.at).map_or(now, UtcMillis);
            state.masks = masks_at(&moments, &state.camera, at);
        }
        states
    }

    /// The same, without what detectors tell.
    fn bare_view_states(&self) -> Vec<ViewStateDto> {
        let views = self.lock_views();
        let streams = views.streams();
        let usage: BTreeMap<u32, (f64, f64)> = streams
            .iter()
            .flat_map(Views::usage)
            .map(|usage| {
                let mib = usage.memory_bytes as f64 / f64::from(1 << 20);
                (usage.view.0, (mib, usage.cpu_share))
            })
            .collect();
        views
            .all()
            .map(|open| {
                let state = streams
                    .as_ref()
                    .and_then(|streams| streams.state(ViewId(open.id)));
                let newest = streams
                    .as_ref()
                    .and_then(|streams| streams.newest(ViewId(open.id)));
                let (memory_mib, cpu_share) = usage.get(&open.id).copied().unwrap_or_default();
                let source = streams
                    .as_ref()
                    .and_then(|streams| streams.source(ViewId(open.id)));
                ViewStateDto {
                    source: source
                        .map(|kind| kind.name().to_owned())
                        .unwrap_or_default(),
                    picture_at: newest.as_ref().and_then(|frame| frame.at).map(|at| at.0),
                    pictures: newest.map_or(0.0, |frame| frame.seq as f64),
                    memory_mib,
                    cpu_share,
                    ..state_dto(open, state)
                }
            })
            .collect()
    }
}

/// Kinds of what is masked in pictures of a camera that are kept at `at`: of detections near it.
fn masks_at(moments: &MomentIndex, camera: &str, at: UtcMillis) -> Vec<String> {
    let cameras = BTreeSet::from([camera.to_owned()]);
    let has_any = |kinds: &[&str]| {
        let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let asked = MomentQuery {
            from: UtcMillis(at.0.saturating_sub(DETECTOR_MS)),
            to: UtcMillis(at.0.saturating_add(DETECTOR_MS)),
            kinds: &kinds,
            cameras: Some(&cameras),
            ..MomentQuery::default()
        };
        moments.query(&asked).total > 0
    };
    MASKED
        .iter()
        .filter(|(_, kinds)| has_any(kinds))
        .map(|(word, _)| (*word).to_owned())
        .collect()
}

/// Where the pictures are, what is tried first before the others. For a past moment, what holds it.
fn addresses_of(offers: &[StreamOffer], at: Option<UtcMillis>) -> Vec<StreamAddress> {
    let holds = |offer: &&StreamOffer| match at {
        None => offer.is_live,
        Some(at) => {
            !offer.is_live
                && offer.from.is_none_or(|from| from <= at)
                && offer.to.is_none_or(|to| at <= to)
        }
    };
    let rank = |offer: &&StreamOffer| {
        let known = LIVE_ORDER.iter().position(|kind| *kind == offer.kind);
        known.unwrap_or(LIVE_ORDER.len())
    };
    let mut fitting: Vec<&StreamOffer> = offers.iter().filter(holds).collect();
    fitting.sort_by_key(rank);
    let each = fitting.into_iter().filter_map(|offer| {
        let kind: SourceKind = offer.kind.parse().ok()?;
        let mut address = StreamAddress::new(kind, offer.url.clone(), offer.is_live);
        address.from = offer.from;
        Some(address)
    });
    each.collect()
}

/// The bytes that a window gets of a picture: the header, then the picture.
pub(crate) fn frame_bytes(
    state: Option<&ViewState>,
    after: u32,
    picture: Option<&cim_stream::Frame>,
) -> Vec<u8> {
    let (code, restart_in_ms) = match state {
        None | Some(ViewState::Ended) => (5, 0),
        Some(ViewState::Connecting) => (0, 0),
        Some(ViewState::Playing(_)) => (1, 0),
        Some(ViewState::Stalled { .. }) => (2, 0),
        Some(ViewState::Failed { .. }) => (3, 0),
        Some(ViewState::Restarting { in_ms, .. }) => (4, *in_ms),
    };
    let shown = picture.and_then(|frame| Some((frame, frame.jpeg.as_ref()?)));
    let jpeg: &[u8] = shown.map_or(&[], |(_, jpeg)| jpeg);
    let seq = shown.map_or(after, |(frame, _)| {
        u32::try_from(frame.seq).unwrap_or(u32::MAX)
    });
    let at = shown.and_then(|(frame, _)| frame.at);
    let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    let (width, height) =
        shown.map_or((0, 0), |(frame, _)| (side(frame.width), side(frame.height)));
    let mut bytes = Vec::with_capacity(HEADER + jpeg.len());
    bytes.extend(MAGIC.to_le_bytes());
    bytes.extend(seq.to_le_bytes());
    bytes.extend(at.map_or(f64::NAN, |at| at.0 as f64).to_le_bytes());
    bytes.extend(u32::to_le_bytes(code));
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend(restart_in_ms.to_le_bytes());
    bytes.extend(u32::try_from(jpeg.len()).unwrap_or(0).to_le_bytes());
    bytes.extend_from_slice(jpeg);
    bytes
}

/// A picture with lines over it: unmarked only where the font that ships cannot be read.
pub(super) fn marked(picture: &Rgb, lines: &[String]) -> Rgb {
    static FACE: OnceLock<Option<Face>> = OnceLock::new();
    let face = FACE.get_or_init(|| {
        Face::new(FONT)
            .inspect_err(|error| tracing::error!(%error, "the font of watermarks cannot be read"))
            .ok()
    });
    let mark = Mark {
        lines,
        opacity: OPACITY,
    };
    face.as_ref()
        .map_or_else(|| picture.clone(), |face| watermark(picture, face, &mark))
}

fn state_dto(open: &OpenView, state: Option<ViewState>) -> ViewStateDto {
    let mut told = ViewStateDto {
        view: open.id,
        camera: open.of.camera.clone(),
        name: open.of.name.clone(),
        at: open.of.at.map(|at| at.0),
        is_draped: open.drape.is_some(),
        is_above: open.above.is_some(),
        watermark: VideoDesk::watermark_of(open),
        ..ViewStateDto::default()
    };
    match state {
        None => told.state = ViewStateKindDto::Closed,
        Some(ViewState::Ended) => {
            told.state = ViewStateKindDto::Closed;
            "ended".clone_into(&mut told.why);
        }
        Some(ViewState::Connecting) => {}
        Some(ViewState::Playing(playing)) => {
            told.state = ViewStateKindDto::Playing;
            told.codec = playing.codec;
            told.sandbox = playing.enforced;
            told.sandbox_missing = playing.missing;
        }
        Some(ViewState::Stalled { since_s }) => {
            told.state = ViewStateKindDto::Stalled;
            told.why = format!("no picture for {since_s} s");
            TroubleKind::Stalled.word().clone_into(&mut told.trouble);
        }
        Some(ViewState::Failed { why }) => {
            told.state = ViewStateKindDto::Failed;
            why.kind.word().clone_into(&mut told.trouble);
            told.why = why.words;
        }
        Some(ViewState::Restarting { in_ms, why }) => {
            told.state = ViewStateKindDto::Restarting;
            why.kind.word().clone_into(&mut told.trouble);
            told.why = why.words;
            told.restart_in_ms = in_ms;
        }
    }
    told
}

/// The settings of the processes that decode.
pub(crate) fn streams_of(helper: PathBuf) -> ViewsSettings {
    ViewsSettings {
        max_views: MOST_VIEWS,
        ..ViewsSettings::new(helper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(kind: &str, is_live: bool, from: Option<i64>, to: Option<i64>) -> StreamOffer {
        StreamOffer {
            kind: kind.to_owned(),
            url: format!("http://127.0.0.1:8090/{kind}"),
            is_live,
            from: from.map(UtcMillis),
            to: to.map(UtcMillis),
        }
    }

    #[test]
    fn the_present_is_shown_by_what_comes_soonest_and_the_past_by_what_holds_it() {
        let offers = [
            offer("mp4", false, Some(0), Some(1_000)),
            offer("hls", true, None, None),
            offer("ws", true, None, None),
            offer("unheard", true, None, None),
        ];
        let kinds = |at: Option<i64>| {
            let found = addresses_of(&offers, at.map(UtcMillis)).into_iter();
            let told = found.map(|address| (address.kind.name(), address.from));
            told.collect::<Vec<_>>()
        };
        assert_eq!(kinds(None), [("ws", None), ("hls", None)]);
        assert_eq!(kinds(Some(500)), [("mp4", Some(UtcMillis(0)))]);
        assert!(kinds(Some(1_001)).is_empty());
    }

    #[test]
    fn a_window_is_told_that_a_view_is_closed_without_a_picture() {
        let bytes = frame_bytes(None, 7, None);
        assert_eq!(bytes.len(), HEADER);
        assert_eq!(&bytes[..8], b"CVF1\x07\x00\x00\x00");
        let at = f64::from_le_bytes(bytes[8..16].try_into().expect("8 bytes"));
        assert!(at.is_nan());
        assert_eq!(bytes[16], 5);
        let connecting = frame_bytes(Some(&ViewState::Connecting), 0, None);
        assert_eq!(connecting[16], 0);
        let restarting = ViewState::Restarting {
            in_ms: 200,
            why: cim_stream::Trouble {
                kind: TroubleKind::Crashed,
                words: "it died".to_owned(),
            },
        };
        let bytes = frame_bytes(Some(&restarting), 0, None);
        assert_eq!((bytes[16], bytes[24]), (4, 200));
    }
}
