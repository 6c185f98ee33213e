//! A desk without a window: opened over a cache or a scratch folder, asked, closed.

use super::cameras;
use crate::{
    Failure,
    host::{MachineClock, end_progress, instant, progress, runtime, say},
};
use cim_app::{
    Desk, DeskSettings,
    wire::{Mode, ObstaclesDto},
};
use cim_sync::{Update, access::Access};
use clap::Args;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::runtime::Runtime;

/// How often it is looked how far the obstacles are.
const EVERY: Duration = Duration::from_millis(200);
/// A city that is not read by then is given up.
const READ_WITHIN: Duration = Duration::from_mins(15);
/// After so long without a word nothing is being read.
const BEGUN_WITHIN: Duration = Duration::from_secs(10);

/// Who asks a desk, and in which words it answers.
#[derive(Debug, Args)]
pub(crate) struct Asking {
    /// The role whose rights hold; by default the one in which this cache's desk acts.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Language of names.
    #[arg(long, default_value = "zh-CN", value_parser = ["zh-CN", "en"])]
    lang: String,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Asking {
    /// True when the words are Chinese.
    pub(crate) fn is_chinese(&self) -> bool {
        self.lang != "en"
    }

    /// The same, in this role where none was chosen.
    pub(crate) fn or_in_role(mut self, role: &str) -> Self {
        self.role.get_or_insert_with(|| role.to_owned());
        self
    }
}

/// A desk without a window, and the folder that goes with it.
pub(crate) struct Sitting {
    runtime: Runtime,
    pub(crate) desk: Desk,
    scratch: Option<PathBuf>,
    /// The role and the party that come back when it is closed.
    before: Option<(String, Option<String>)>,
}

impl Sitting {
    /// Opens a desk over `cache`, or over nothing, with the city in `city`.
    pub(crate) fn open(
        cache: Option<&Path>,
        city: Option<&Path>,
        asking: &Asking,
    ) -> Result<Self, Failure> {
        Self::open_as(cache, city, (asking, Access::default()))
    }

    /// The same for a desk that believes the servers that `access` believes.
    pub(crate) fn open_as(
        cache: Option<&Path>,
        city: Option<&Path>,
        (asking, access): (&Asking, Access),
    ) -> Result<Self, Failure> {
        let scratch = cache
            .is_none()
            .then(|| std::env::temp_dir().join(format!("citymirror-video-{}", std::process::id())));
        let folder = cache.map(Path::to_owned).or_else(|| scratch.clone());
        let settings = DeskSettings {
            cache: folder.unwrap_or_default(),
            hub: None,
            city: city.map(Path::to_owned),
            mode: Mode::Desk,
            language: asking.lang.clone(),
            operator: "cim".into(),
            access,
            sources: Vec::new(),
            time: Arc::new(MachineClock),
        };
        let runtime = runtime()?;
        let desk = runtime.block_on(Desk::open(settings, runtime.handle().clone()))?;
        let mut sitting = Self {
            runtime,
            desk,
            scratch,
            before: None,
        };
        if let Some(role) = &asking.role
            && let Err(failure) = sitting.act_as(role)
        {
            sitting.close();
            return Err(failure);
        }
        Ok(sitting)
    }

    /// Acts in this role until it is closed. Who acted in which role stays in the cache's duty log.
    fn act_as(&mut self, role: &str) -> Result<(), Failure> {
        let before = self.desk.actor();
        if before.0 == role {
            return Ok(());
        }
        let roles = self.desk.case_tables().roles;
        if !roles.iter().any(|one| one.id == role) {
            let known: Vec<&str> = roles.iter().map(|one| one.id.as_str()).collect();
            return Err(format!("there is no role {role}; there are {}", known.join(", ")).into());
        }
        self.desk.set_actor(role, None)?;
        self.before = Some(before);
        Ok(())
    }

    /// Opens a desk over a city with its obstacles read: with the cameras of `cache`, or with the city's own.
    pub(crate) fn in_sight(
        cache: Option<&Path>,
        city: &Path,
        asking: &Asking,
    ) -> Result<Self, Failure> {
        let sitting = Self::open(cache, Some(city), asking)?;
        let ready = sitting.wait(async {
            if cache.is_none() {
                take_cameras(&sitting.desk, city).await?;
            }
            wait_for_obstacles(&sitting.desk).await
        });
        match ready {
            Ok(()) => Ok(sitting),
            Err(failure) => {
                sitting.close();
                Err(failure)
            }
        }
    }

    /// Waits for the desk.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Writes down what is left, and closes the desk.
    pub(crate) fn close(self) {
        if let Some((role, party)) = &self.before
            && let Err(err) = self.desk.set_actor(role, party.as_deref())
        {
            say(&format!(
                "the desk goes on in another role than before: {err}"
            ));
        }
        self.runtime.block_on(self.desk.close());
        let Some(scratch) = self.scratch else {
            return;
        };
        if let Err(err) = std::fs::remove_dir_all(&scratch) {
            say(&format!(
                "a scratch folder stays behind: {}: {err}",
                scratch.display()
            ));
        }
    }

    /// Asks the desk something, and closes it whatever comes of it.
    pub(crate) fn ask<T>(
        self,
        question: impl FnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let answer = question(&self);
        self.close();
        answer
    }
}

/// Gives a desk the cameras of the city's own file.
pub(crate) async fn take_cameras(desk: &Desk, city: &Path) -> Result<(), Failure> {
    let cameras = cameras::read(city)?;
    desk.apply(Update::Catalogue {
        things: Vec::new(),
        datastreams: Vec::new(),
        cameras: cameras.into_iter().map(|one| one.camera).collect(),
    })
    .await;
    desk.refresh().await;
    Ok(())
}

/// Waits until a desk has read what stands in the way in its city.
pub(crate) async fn wait_for_obstacles(desk: &Desk) -> Result<(), Failure> {
    if desk.city_folder().is_none() {
        return Err("there is no city: what stands in the way is not known".into());
    }
    // Nothing is drawn by this, but whoever asks for views wants to know what stands in the way.
    desk.show_volumes(&[]).await?;
    let begun = instant();
    while begun.elapsed() < READ_WITHIN {
        match desk.video_board().obstacles {
            ObstaclesDto::Ready { missing, .. } => {
                end_progress();
                if missing > 0 {
                    say(&format!("{missing} parts of the city could not be read"));
                }
                return Ok(());
            }
            ObstaclesDto::Failed { why } => return Err(why.into()),
            ObstaclesDto::None if begun.elapsed() > BEGUN_WITHIN => {
                return Err("the city's tiles are not read".into());
            }
            ObstaclesDto::None => {}
            ObstaclesDto::Reading { share } => {
                progress(&format!("what stands in the way: {:.0} %", share * 100.0));
            }
        }
        tokio::time::sleep(EVERY).await;
    }
    Err("the city's tiles were not read in time".into())
}
