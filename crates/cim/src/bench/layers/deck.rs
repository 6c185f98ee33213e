//! deck.gl in headless Chromium with the same points, seen as the twin sees them (`tests/peers/deck`).

use super::DOT_PX;
use crate::{
    Failure,
    bench::{decode::absolute, peers},
    live::Things,
};
use cim_scene::{FOV_Y_RAD, View};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is asked of the peer.
pub(super) struct Task {
    pub(super) things: Things,
    pub(super) size: (u32, u32),
    pub(super) view: View,
    /// How far its picture is panned to each side, metres.
    pub(super) pan_m: f64,
    /// How many points change at once.
    pub(super) changed: usize,
}

/// What the peer reached.
pub(super) struct Deck {
    pub(super) name: String,
    pub(super) pan_ms: f64,
    pub(super) frames_per_s: f64,
    pub(super) update_ms: f64,
}

impl Task {
    /// Measures deck.gl.
    pub(super) fn run(&self, peers_dir: &Path) -> Result<Deck, Failure> {
        let folder = std::env::temp_dir().join(format!("citymirror-deck-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let answer = self
            .write(&folder)
            .and_then(|()| self.ask(peers_dir, &folder));
        std::fs::remove_dir_all(&folder)?;
        answer
    }

    fn ask(&self, peers_dir: &Path, folder: &Path) -> Result<Deck, Failure> {
        let (width, height) = self.size;
        let arguments = [absolute(folder)?, format!("{width}x{height}")];
        let script = PathBuf::from("deck").join("deck.mjs");
        let answers = peers::run(peers_dir, &script.to_string_lossy(), &arguments)?;
        let answer = answers.first().ok_or("deck.gl gave no answer")?;
        if answer.get("canvas") != Some(&json!([width, height])) {
            return Err(format!("deck.gl drew another size: {answer}").into());
        }
        let found = Deck {
            name: peers::name(answer),
            pan_ms: peers::number(answer, "pan_ms"),
            frames_per_s: peers::number(answer, "pan_frames_per_s"),
            update_ms: peers::number(answer, "update_ms"),
        };
        let is_measured = [found.pan_ms, found.frames_per_s, found.update_ms]
            .iter()
            .all(|number| number.is_finite() && *number > 0.0);
        if is_measured {
            Ok(found)
        } else {
            Err(format!("deck.gl measured nothing: {answer}").into())
        }
    }

    fn write(&self, folder: &Path) -> Result<(), Failure> {
        let rows = self.things.rows();
        let places: Vec<u8> = rows
            .places
            .iter()
            .flatten()
            .flat_map(|metres| metres.to_le_bytes())
            .collect();
        let colours: Vec<u8> = rows
            .states
            .iter()
            .flat_map(|state| colour(state.class()))
            .collect();
        let mut reports = Vec::new();
        self.things.report(1, self.changed, &mut reports);
        // The page takes each row once.
        reports.sort_by_key(|report| report.row);
        reports.dedup_by_key(|report| report.row);
        let changed: Vec<u8> = reports
            .iter()
            .flat_map(|report| report.row.to_le_bytes())
            .collect();
        let fresh: Vec<u8> = reports
            .iter()
            .flat_map(|report| colour(4 - report.state.class().min(4)))
            .collect();
        std::fs::write(folder.join("places.f32"), places)?;
        std::fs::write(folder.join("colours.u8"), colours)?;
        std::fs::write(folder.join("rows.u32"), changed)?;
        std::fs::write(folder.join("fresh.u8"), fresh)?;
        std::fs::write(folder.join("view.json"), self.view_json().to_string())?;
        Ok(())
    }

    fn view_json(&self) -> serde_json::Value {
        let View {
            target,
            distance_m,
            heading_rad,
            pitch_rad,
        } = self.view;
        json!({
            "target": target.to_array(),
            "distance_m": distance_m,
            "heading_rad": heading_rad,
            "pitch_rad": pitch_rad,
            "fov_y_rad": FOV_Y_RAD,
            "pan_m": self.pan_m,
            "dot_px": DOT_PX,
        })
    }
}

/// Red, green, blue, alpha of a class: any five that differ.
fn colour(class: u8) -> [u8; 4] {
    match class {
        0 => [60, 190, 220, 255],
        1 => [240, 210, 60, 255],
        2 => [255, 170, 40, 255],
        3 => [255, 120, 30, 255],
        _ => [255, 50, 50, 255],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peer_gets_every_point_once_and_every_change_once() {
        let folder = std::env::temp_dir().join(format!("cim-deck-test-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let task = Task {
            things: Things {
                count: 1_000,
                seed: 2,
            },
            size: (640, 360),
            view: View {
                target: glam::DVec3::ZERO,
                distance_m: 100.0,
                heading_rad: 0.0,
                pitch_rad: 0.5,
            },
            pan_m: 10.0,
            changed: 900,
        };
        task.write(&folder).expect("files");
        let bytes = |name: &str| std::fs::read(folder.join(name)).expect("a file").len();
        assert_eq!(bytes("places.f32"), 12_000);
        assert_eq!(bytes("colours.u8"), 4_000);
        assert_eq!(bytes("rows.u32"), bytes("fresh.u8"));
        assert!((400..4_000).contains(&bytes("rows.u32")));
        std::fs::remove_dir_all(&folder).expect("gone");
    }
}
