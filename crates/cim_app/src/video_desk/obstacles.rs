//! The obstacles of the city: what stands between a camera and what it would see, read from the city's tiles in the background.

use super::VideoDesk;
use crate::{tile_sources::open_tile_source, wire::ObstaclesDto};
use cim_geo::LocalFrame;
use cim_video::coverage::{LoadOptions, Loaded, Loading, Obstacles};
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::runtime::Handle;

/// What is to be read: the obstacles of this city.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    folder: PathBuf,
    frame: LocalFrame,
    /// Turns true when another city is open, or the desk closes.
    stop: Arc<AtomicBool>,
}

/// How far the reading is.
#[derive(Default)]
pub(super) struct Standing {
    /// The city that they are of, or are read of, and the number of its opening: its tiles may be others the next time.
    city: Option<(PathBuf, u32)>,
    obstacles: Option<Arc<Obstacles>>,
    told: ObstaclesDto,
    stop: Arc<AtomicBool>,
}

impl Standing {
    /// The obstacles, once they are read.
    pub(super) fn obstacles(&self) -> Option<&Arc<Obstacles>> {
        self.obstacles.as_ref()
    }

    /// How it stands.
    pub(super) fn told(&self) -> ObstaclesDto {
        self.told.clone()
    }
}

impl VideoDesk {
    /// Begins to read the obstacles of the city in `folder`, unless that was begun since it was opened the `opened`th time:
    /// what is to be done on a thread of its own.
    pub(crate) fn begin_obstacles(
        &self,
        (folder, opened): (&Path, u32),
        frame: LocalFrame,
    ) -> Option<Reading> {
        let mut sight = self.lock_sight();
        let standing = sight.standing_mut();
        let known = standing.city.as_ref();
        if known.is_some_and(|(known, number)| known == folder && *number == opened) {
            return None;
        }
        standing.stop.store(true, Ordering::Relaxed);
        let stop = Arc::new(AtomicBool::new(false));
        *standing = Standing {
            city: Some((folder.to_owned(), opened)),
            obstacles: None,
            told: ObstaclesDto::Reading { share: 0.0 },
            stop: Arc::clone(&stop),
        };
        sight.forget_viewers();
        Some(Reading {
            folder: folder.to_owned(),
            frame,
            stop,
        })
    }

    /// Reads them. Takes long, and waits for files: not on a task of the runtime.
    pub(crate) fn read_obstacles(&self, reading: &Reading, runtime: &Handle) {
        let place = reading.folder.display().to_string();
        let opened = open_tile_source(&place, None, runtime);
        let read = opened.and_then(|(source, tileset)| {
            let mut progress = |loading: Loading| self.progress(reading, loading);
            Obstacles::from_city(
                source.as_ref(),
                &tileset,
                reading.frame,
                &LoadOptions::default(),
                &mut progress,
            )
        });
        let mut sight = self.lock_sight();
        if reading.stop.load(Ordering::Relaxed) {
            // They are of a city that is not open any more.
            return;
        }
        let standing = sight.standing_mut();
        match read {
            Ok(Loaded {
                obstacles,
                problems,
                was_cancelled: false,
                left_out,
            }) => {
                let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
                standing.told = ObstaclesDto::Ready {
                    triangles: count(obstacles.triangle_count()),
                    missing: count(problems.len() + left_out),
                };
                standing.obstacles = Some(Arc::new(obstacles));
            }
            Ok(_) => standing.told = ObstaclesDto::None,
            Err(error) => {
                let why = error.to_string();
                standing.told = ObstaclesDto::Failed { why };
            }
        }
        sight.forget_viewers();
    }

    /// Nothing is read any more.
    pub(crate) fn stop_obstacles(&self) {
        let mut sight = self.lock_sight();
        sight.standing_mut().stop.store(true, Ordering::Relaxed);
    }

    fn progress(&self, reading: &Reading, loading: Loading) -> ControlFlow<()> {
        if reading.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        let share = loading.tiles_read as f64 / loading.tiles_known.max(1) as f64;
        let mut sight = self.lock_sight();
        sight.standing_mut().told = ObstaclesDto::Reading {
            share: share.clamp(0.0, 1.0),
        };
        ControlFlow::Continue(())
    }
}
