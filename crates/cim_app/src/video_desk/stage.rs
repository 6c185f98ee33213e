//! What the twin shows of video: sight lines, view volumes, the sheet of a coverage map, pictures.

use super::{
    Look, VideoDesk,
    calibrate::pose_of,
    sights::{InSight, volume},
};
use cim_geo::Geodetic;
use cim_layers::sight::{
    CoverageSheet, DepthMap, Drape, PicturePlan, SightEnd, SightLine, SightVolume, Taken,
    VideoStage,
};
use cim_video::{
    coverage::{ViewVolume, depth_map},
    rights::Person,
};
use std::sync::Arc;

/// So many sight lines are drawn.
pub(crate) const MOST_LINES: usize = 20;
/// So many view volumes are drawn.
pub(crate) const MOST_VOLUMES: usize = 16;
/// Of so many of them, what they light.
const MOST_LIT: usize = 4;
/// A depth map has so many cells across.
const DEPTH_COLUMNS: u32 = 192;
/// How strongly a picture is draped.
const OPACITY: f32 = 0.9;

/// What the twin shows.
#[derive(Default)]
pub(crate) struct Shown {
    stage: VideoStage,
    /// The cameras at which sight lines begin.
    lines_of: Vec<String>,
    /// The cameras whose view volumes are drawn.
    volumes_of: Vec<String>,
    /// For whom the sheet was made.
    sheet_for: Option<Person>,
    /// The newest question about sight lines, and about view volumes: the answer to an older one is not drawn.
    lines_asked: u64,
    volumes_asked: u64,
}

impl Shown {
    /// Everything, when it is another than at `since`.
    pub(crate) fn stage(&self, since: u64) -> Option<VideoStage> {
        (self.stage.revision != since).then(|| self.stage.clone())
    }

    /// Sight lines are asked for; the number of the question.
    pub(crate) fn ask_lines(&mut self) -> u64 {
        self.lines_asked += 1;
        self.lines_asked
    }

    /// View volumes are asked for; the number of the question.
    pub(crate) fn ask_volumes(&mut self) -> u64 {
        self.volumes_asked += 1;
        self.volumes_asked
    }

    /// Draws the answer to a question about sight lines, unless it was overtaken.
    pub(crate) fn answer_lines(&mut self, asked: u64, lines: Vec<SightLine>, of: Vec<String>) {
        if asked == self.lines_asked {
            self.set_lines(lines, of);
        }
    }

    /// Draws the answer to a question about view volumes, unless it was overtaken.
    pub(crate) fn answer_volumes(
        &mut self,
        asked: u64,
        volumes: Vec<SightVolume>,
        of: Vec<String>,
    ) {
        if asked == self.volumes_asked {
            self.set_volumes(volumes, of);
        }
    }

    /// Draws these sight lines of these cameras.
    fn set_lines(&mut self, lines: Vec<SightLine>, of: Vec<String>) {
        self.lines_of = of;
        if !(lines.is_empty() && self.stage.lines.is_empty()) {
            self.stage.lines = Arc::from(lines);
            self.stage.revision += 1;
        }
    }

    /// Draws these view volumes of these cameras.
    fn set_volumes(&mut self, volumes: Vec<SightVolume>, of: Vec<String>) {
        self.volumes_of = of;
        if !(volumes.is_empty() && self.stage.volumes.is_empty()) {
            self.stage.volumes = Arc::from(volumes);
            self.stage.revision += 1;
        }
    }

    /// Draws this sheet, which was made for somebody, or none.
    pub(crate) fn set_sheet(&mut self, sheet: Option<(Arc<CoverageSheet>, Person)>) {
        let (sheet, of) = sheet.unzip();
        self.sheet_for = of;
        if !(sheet.is_none() && self.stage.sheet.is_none()) {
            self.stage.sheet = sheet;
            self.stage.revision += 1;
        }
    }

    /// Shows these pictures.
    pub(crate) fn set_pictures(&mut self, pictures: Vec<PicturePlan>) {
        if *self.stage.pictures != *pictures {
            self.stage.pictures = Arc::from(pictures);
            self.stage.revision += 1;
        }
    }
}

impl VideoDesk {
    /// Takes out of the twin what whoever looks may not know: it was drawn for somebody else, or while a right held.
    pub(crate) fn hide_drawn(&self, look: &Look<'_>) {
        let channels = self.channels();
        let is_hidden = |id: &String| {
            let entry = channels.find(id);
            entry.is_none_or(|entry| !look.sees_place(entry))
        };
        let mut shown = self.lock_shown();
        if shown.lines_of.iter().any(is_hidden) {
            shown.set_lines(Vec::new(), Vec::new());
        }
        if shown.volumes_of.iter().any(is_hidden) {
            shown.set_volumes(Vec::new(), Vec::new());
        }
        let is_others = |person: &Person| *person != look.sitting.person;
        if shown.sheet_for.as_ref().is_some_and(is_others) {
            shown.set_sheet(None);
        }
    }

    /// Shows the pictures that were asked for, and no others.
    pub(crate) fn show_pictures(&self) {
        let plans: Vec<PicturePlan> = self
            .lock_views()
            .all()
            .filter_map(|open| {
                let pose = open.drape.as_ref().map(|(pose, _)| *pose).or(open.above)?;
                Some(PicturePlan {
                    view: open.id,
                    pose,
                    drape: open.drape.as_ref().map(|(_, depth)| Drape {
                        depth: Arc::clone(depth),
                        opacity: OPACITY,
                    }),
                    is_above: open.above.is_some(),
                    taken: if open.of.at.is_some() {
                        Taken::Recorded
                    } else {
                        Taken::Live
                    },
                })
            })
            .collect();
        self.lock_shown().set_pictures(plans);
        self.views_changed();
    }

    /// The view volumes of these channels as the twin draws them. Takes a while.
    pub(crate) fn drawn_volumes(&self, scene: &InSight, ids: &[String]) -> Vec<SightVolume> {
        let volumes: Vec<ViewVolume> = {
            let channels = self.channels();
            let told = self.told();
            let found = ids.iter().filter_map(|id| {
                let entry = channels.find(id)?;
                volume(entry, told.calibration(id))
            });
            found.take(MOST_VOLUMES).collect()
        };
        volumes
            .iter()
            .enumerate()
            .map(|(place, volume)| SightVolume {
                pose: pose_of(&scene.obstacles, volume),
                is_selected: place == 0,
                is_assumed: volume.assumed.any(),
                depth: (place < MOST_LIT)
                    .then(|| depth_of(scene, volume))
                    .flatten(),
            })
            .collect()
    }
}

/// How far a camera sees; `None` for one that looks all around.
pub(crate) fn depth_of(scene: &InSight, volume: &ViewVolume) -> Option<Arc<DepthMap>> {
    let half = |degrees: f64| (degrees.to_radians() / 2.0).tan();
    let shape = half(volume.v_fov_deg) / half(volume.h_fov_deg);
    let rows = (f64::from(DEPTH_COLUMNS) * shape).round().clamp(8.0, 512.0) as u32;
    let metres = depth_map(&scene.obstacles, volume, DEPTH_COLUMNS, rows);
    (!metres.is_empty()).then(|| {
        Arc::new(DepthMap {
            columns: DEPTH_COLUMNS,
            rows,
            metres,
        })
    })
}

/// A sight line as the twin draws it.
pub(crate) fn line(from: Geodetic, to: Geodetic, end: SightEnd) -> SightLine {
    SightLine { from, to, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twin_is_told_once_of_every_change_and_of_nothing_else() {
        let mut shown = Shown::default();
        assert_eq!(shown.stage(0), None);
        shown.set_lines(Vec::new(), Vec::new());
        shown.set_sheet(None);
        shown.set_pictures(Vec::new());
        assert_eq!(shown.stage(0), None);
        let place = Geodetic::new(121.5, 31.2, 10.0);
        let [slow, quick] = [shown.ask_lines(), shown.ask_lines()];
        shown.answer_lines(quick, Vec::new(), Vec::new());
        shown.answer_lines(slow, vec![line(place, place, SightEnd::Clear)], Vec::new());
        assert_eq!(shown.stage(0), None, "it was overtaken");
        shown.set_lines(vec![line(place, place, SightEnd::Clear)], Vec::new());
        let stage = shown.stage(0).expect("there is something");
        assert_eq!((stage.revision, stage.lines.len()), (1, 1));
        assert_eq!(shown.stage(1), None);
        shown.set_lines(Vec::new(), Vec::new());
        assert!(shown.stage(1).is_some_and(|stage| stage.lines.is_empty()));
    }
}
