//! `cim bench tile-memory`: the most memory that a flight through a tileset of 100 GB takes.

use super::figure::Figure;
use crate::{Failure, host::progress, live::resident_bytes};
use cim_geo::{Enu, LocalFrame};
use cim_tiles::{
    Budget, CameraMotion, StreamOptions, SyntheticOptions, SyntheticSource, TileStream, ViewState,
};
use glam::DVec3;
use serde_json::json;
use std::{f64::consts::FRAC_PI_4, sync::Arc, thread, time::Duration};

/// Peak over budget may be this.
const MUST: f64 = 1.1;
/// Milliseconds between two steps of the flight: tiles have to arrive while it goes on.
const STEP_MS: u64 = 10;

/// Flies over the synthetic tileset and tells the peak of the resident memory.
pub(super) fn run(budget_bytes: usize, steps: u32, as_json: bool) -> Result<bool, Failure> {
    let source = SyntheticSource::new(SyntheticOptions::default());
    let described = source.described_bytes();
    let frame = source.frame();
    let reach_m = source.options().root_size_m / 2.0;
    let before = resident_bytes()?;
    let options = StreamOptions {
        budget: Budget {
            max_bytes: budget_bytes,
        },
        ..StreamOptions::new(frame)
    };
    let mut stream = TileStream::open(Arc::new(source), "tileset.json", options)?;
    let mut peak = before;
    let mut most_shown = 0;
    for step in 0..steps {
        let (view, motion) = place_on_path(&frame, reach_m, f64::from(step) / f64::from(steps));
        stream.update(&view, Some(motion));
        most_shown = most_shown.max(stream.status().shown);
        peak = peak.max(resident_bytes()?);
        if step % 50 == 0 {
            progress(&format!("step {step} of {steps}, {} MiB", peak >> 20));
        }
        thread::sleep(Duration::from_millis(STEP_MS));
    }
    progress("");
    let status = stream.status();
    if most_shown < 8 || status.peak_bytes < budget_bytes / 2 {
        return Err(format!(
            "the flight met too little to mean anything: {most_shown} tiles, {} bytes at most",
            status.peak_bytes
        )
        .into());
    }
    let figure = Figure {
        measure: "tile-memory",
        name: format!("peak RSS, {} GB described", described / 1_000_000_000),
        value: peak as f64 / f64::from(1 << 20),
        unit: "MiB",
        peer: Some((
            "the budget".into(),
            budget_bytes as f64 / f64::from(1 << 20),
        )),
        must: Some(MUST),
        goal: Some(1.0),
        notes: vec![
            ("before_mib", json!(before >> 20)),
            ("counted_peak_mib", json!(status.peak_bytes >> 20)),
            ("tiles_shown_at_most", json!(most_shown)),
            ("failed", json!(status.failed)),
        ],
        ..Figure::default()
    };
    figure.tell(as_json);
    Ok(figure.holds())
}

/// A flight that dives from the overview to the streets and crosses the whole tileset.
fn place_on_path(frame: &LocalFrame, reach_m: f64, share: f64) -> (ViewState, CameraMotion) {
    let at = |share: f64| {
        let turn = share * 9.0;
        let radius = reach_m * 0.9 * share;
        let height = 60.0 + reach_m * 1.5 * (1.0 - share).powi(3);
        DVec3::new(radius * turn.cos(), radius * turn.sin(), height)
    };
    let ecef = |enu: DVec3| {
        let point = frame.ecef_from_enu(Enu {
            east_m: enu.x,
            north_m: enu.y,
            up_m: enu.z,
        });
        DVec3::new(point.x_m, point.y_m, point.z_m)
    };
    let (here, soon) = (at(share), at(share + 1e-4));
    let ahead = (soon - here).normalize_or(DVec3::Y);
    let look = (ahead - DVec3::Z * 0.6).normalize();
    let eye = ecef(here);
    let view = ViewState {
        position: eye,
        direction: (ecef(here + look) - eye).normalize(),
        up: (ecef(here + DVec3::Z) - eye).normalize(),
        fov_y_rad: FRAC_PI_4,
        viewport_px: [1920.0, 1080.0],
    };
    let motion = CameraMotion {
        velocity_m_s: (ecef(soon) - eye) * 20.0,
        look_ahead_s: 1.0,
    };
    (view, motion)
}
