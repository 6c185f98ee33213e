//! `cim record`: follows a hub into a cache, which the planner then plays; and writes what was followed, or a stretch of
//! an existing cache, as one recording.

use crate::{
    Failure,
    host::{MachineClock, asked_to_stop, end_progress, progress, runtime},
    stretch::{about, moment, open_cache, print_object, scope, summary_json, telling},
};
use cim_app::{
    Desk, DeskSettings,
    wire::{ConnectionDto, Mode},
};
use cim_model::{TimeSource, UtcMillis};
use cim_recording::{Summary, export_recording};
use cim_store::Store;
use cim_sync::{HubAddress, access::Access};
use clap::Args;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Follow a hub into a cache for a while, or write a stretch of a cache as a recording.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// Address of the hub; without it, a stretch of the cache as it is becomes a recording.
    #[arg(long, value_name = "URL", conflicts_with_all = ["from", "to"])]
    hub: Option<String>,
    /// Folder of the cache.
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// How long to follow once everything missed is fetched; until interrupted when 0.
    #[arg(long, default_value_t = 0, requires = "hub")]
    seconds: u64,
    /// Where the stretch begins, ISO 8601.
    #[arg(long, value_name = "TIME", value_parser = moment, required_unless_present = "hub")]
    from: Option<UtcMillis>,
    /// Where it ends.
    #[arg(long, value_name = "TIME", value_parser = moment, required_unless_present = "hub")]
    to: Option<UtcMillis>,
    /// The recording to write.
    #[arg(long, value_name = "FILE.mcap", required_unless_present = "hub")]
    out: Option<PathBuf>,
    /// Only these series, by their ids at the hub; all by default.
    #[arg(long, value_name = "ID", num_args = 1.., requires = "out")]
    series: Vec<String>,
    /// Put the camera clips of this folder into the recording.
    #[arg(long, value_name = "DIR", requires = "out")]
    clips: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Record {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let runtime = runtime()?;
        let handle = runtime.handle().clone();
        runtime.block_on(async {
            match (&self.hub, self.from, self.to, &self.out) {
                (Some(hub), _, _, _) => self.follow_and_write(hub, handle).await,
                (None, Some(from), Some(to), Some(out)) => {
                    let made = self.write(out, |_| (from, to)).await?;
                    print_object(&told(&made, out), self.json)?;
                    Ok(true)
                }
                _ => Err("--hub URL, or --from, --to and --out are missing".into()),
            }
        })
    }

    async fn follow_and_write(
        &self,
        hub: &str,
        handle: tokio::runtime::Handle,
    ) -> Result<bool, Failure> {
        let begun = MachineClock.now();
        let desk = Desk::open(
            DeskSettings {
                cache: self.cache.clone(),
                hub: Some(HubAddress {
                    http: hub.to_owned(),
                    mqtt: None,
                }),
                city: None,
                mode: Mode::Desk,
                language: "zh-CN".into(),
                operator: "record".into(),
                access: Access::default(),
                sources: Vec::new(),
                time: Arc::new(MachineClock),
            },
            handle,
        )
        .await?;
        let followed = self.follow(&desk).await;
        let update = desk.watch().borrow().clone();
        desk.close().await;
        followed?;
        end_progress();
        let mut result = json!({"things": update.things, "newest": update.newest, "events": update.events.len()});
        let mut holds = update.things > 0;
        if let Some(out) = &self.out {
            // The hub's clock may be ahead of ours: the newest value belongs to the stretch as well.
            let ended = |newest: Option<UtcMillis>| {
                let now = MachineClock.now();
                (begun, newest.map_or(now, |newest| now.max(newest)))
            };
            let made = self.write(out, ended).await?;
            holds &= made.observations > 0;
            if let Some(object) = result.as_object_mut() {
                object.insert("recording".into(), told(&made, out));
            }
        }
        if self.json {
            crate::host::print(&result.to_string());
        }
        Ok(holds)
    }

    /// Writes the stretch that `of` makes of the newest moment in the cache.
    async fn write(
        &self,
        out: &Path,
        of: impl FnOnce(Option<UtcMillis>) -> (UtcMillis, UtcMillis),
    ) -> Result<Summary, Failure> {
        let store = open_cache(&self.cache).await?;
        let written = self.write_from(&store, out, of).await;
        store.close().await;
        end_progress();
        written
    }

    async fn write_from(
        &self,
        store: &Store,
        out: &Path,
        of: impl FnOnce(Option<UtcMillis>) -> (UtcMillis, UtcMillis),
    ) -> Result<Summary, Failure> {
        let (from, to) = of(store.history().newest().await?);
        let scope = scope(store, from, to, &self.series)?;
        let about = about(&self.cache, "cim record", self.clips.clone());
        let mut tell = telling("recording");
        Ok(export_recording(store, &scope, &about, out, &mut tell).await?)
    }

    async fn follow(&self, desk: &Desk) -> Result<(), Failure> {
        let mut updates = desk.watch();
        let caught_up = async {
            loop {
                let (connection, has_city) = {
                    let update = updates.borrow_and_update();
                    (update.connection.clone(), desk.city_folder().is_some())
                };
                if let ConnectionDto::CatchingUp { done, total, .. } = connection {
                    progress(&format!("fetching {done} of {total}"));
                }
                if connection == ConnectionDto::Live && has_city {
                    return updates.changed().await.is_ok();
                }
                if updates.changed().await.is_err() {
                    return false;
                }
            }
        };
        tokio::select! {
            followed = caught_up => if !followed { return Err("the desk ended".into()) },
            () = asked_to_stop() => return Ok(()),
        }
        if self.seconds == 0 {
            asked_to_stop().await;
        } else {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(self.seconds)) => {}
                () = asked_to_stop() => {}
            }
        }
        Ok(())
    }
}

/// What was written where.
fn told(made: &Summary, out: &Path) -> Value {
    let mut told = summary_json(made);
    if let Some(object) = told.as_object_mut() {
        object.insert("out".into(), json!(out));
    }
    told
}
