//! What the twin tells of what lives over the city, in the desk's words.

use cim_app::{
    Desk, GroundPlace, LayerInView,
    wire::{FieldDto, HereDto, HoverDto, PerformanceDto, Target},
};
use cim_scene::{GroundSight, LayerCountNow, PerformanceNow, Picked, Quality};

/// A line of the ground counts when it is so near to the pointer, CSS px.
const REACH_PX: f64 = 6.0;

/// The hover card of what lies under the pointer; a feature has its name and no more.
pub(crate) fn hover_of(desk: &Desk, picked: &Picked) -> Option<HoverDto> {
    match picked {
        Picked::Point(key) => desk.hover_of(*key),
        Picked::Feature { .. } => None,
    }
}

/// What the drawn layers say of the ground there; `scale` is physical px per CSS px.
pub(crate) fn fields_of(desk: &Desk, ground: Option<&GroundSight>, scale: f64) -> Vec<FieldDto> {
    ground.map_or_else(Vec::new, |sight| {
        desk.fields_at(&GroundPlace {
            place: sight.place,
            lean: sight.lean,
            reach_m: sight.metres_per_px * REACH_PX * scale,
            layers: sight.layers.clone(),
        })
    })
}

/// What lies at a place; what the desk does not know (any more) is left out.
pub(crate) fn here_of(desk: &Desk, items: &[Picked], more: u32) -> HereDto {
    let targets: Vec<Target> = items
        .iter()
        .filter_map(|picked| target_of(desk, picked))
        .collect();
    desk.here_dto(&targets, more)
}

/// What the desk calls something in the picture; `None` when it does not know it (any more).
pub(crate) fn target_of(desk: &Desk, picked: &Picked) -> Option<Target> {
    match picked {
        Picked::Point(key) => desk.target_of(*key),
        Picked::Feature { id, .. } => Some(Target::Feature { id: id.clone() }),
    }
}

/// Tells the desk what of its layers is in the picture.
pub(crate) fn note_counts(desk: &Desk, counts: &[LayerCountNow]) {
    let counts: Vec<LayerInView> = counts
        .iter()
        .map(|now| LayerInView {
            layer: now.layer,
            drawn: now.drawn.saturating_add(now.clusters),
            in_view: now.in_view.total(),
            refusal: now.refusal,
        })
        .collect();
    desk.note_layers(&counts);
}

/// How the twin gets on, as the UI shows it.
pub(crate) fn performance_dto(now: &PerformanceNow) -> PerformanceDto {
    PerformanceDto {
        frame_ms_p50: now.frame_ms_p50,
        frame_ms_p95: now.frame_ms_p95,
        frames_per_s: now.frames_per_s,
        tiles_shown: now.tiles_shown,
        tiles_waiting: now.tiles_waiting,
        upload_bytes_per_s: now.upload_bytes_per_s,
        gpu_bytes: now.gpu_bytes,
        gpu_limit_bytes: now.gpu_limit_bytes,
        quality: quality_word(now.quality).to_owned(),
        wanted: quality_word(now.wanted).to_owned(),
        adapter: now.adapter.clone(),
        queue_ms: now.queue_ms,
        lost: now.lost,
    }
}

fn quality_word(quality: Quality) -> &'static str {
    match quality {
        Quality::Soft => "soft",
        Quality::Standard => "standard",
        Quality::High => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quality_in_use_and_the_wanted_one_stay_apart() {
        let now = PerformanceNow {
            quality: Quality::Soft,
            wanted: Quality::High,
            gpu_bytes: 3 << 30,
            lost: 1,
            ..PerformanceNow::default()
        };
        let told = performance_dto(&now);
        assert_eq!(
            (told.quality.as_str(), told.wanted.as_str()),
            ("soft", "high")
        );
        assert_eq!((told.gpu_bytes, told.lost), (3 << 30, 1));
    }
}
