//! `cim record`: follows a hub into a cache, which the planner then plays.

use crate::{
    Failure,
    host::{MachineClock, asked_to_stop, progress, runtime},
};
use cim_app::{
    Desk, DeskSettings,
    wire::{ConnectionDto, Mode},
};
use cim_sync::HubAddress;
use clap::Args;
use serde_json::json;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Follow a hub into a cache for a while.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// Address of the hub.
    #[arg(long, value_name = "URL")]
    hub: String,
    /// Folder of the cache.
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// How long to follow once everything missed is fetched; until interrupted when 0.
    #[arg(long, default_value_t = 0)]
    seconds: u64,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Record {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let runtime = runtime()?;
        let handle = runtime.handle().clone();
        runtime.block_on(async {
            let desk = Desk::open(
                DeskSettings {
                    cache: self.cache.clone(),
                    hub: Some(HubAddress { http: self.hub.clone(), mqtt: None }),
                    city: None,
                    mode: Mode::Desk,
                    language: "zh-CN".into(),
                    operator: "record".into(),
                    time: Arc::new(MachineClock),
                },
                handle,
            )
            .await?;
            let followed = self.follow(&desk).await;
            let update = desk.watch().borrow().clone();
            desk.close().await;
            followed?;
            let result = json!({"things": update.things, "newest": update.newest, "events": update.events.len()});
            if self.json {
                crate::host::print(&result.to_string());
            }
            Ok(update.things > 0)
        })
    }

    async fn follow(&self, desk: &Desk) -> Result<(), Failure> {
        let mut updates = desk.watch();
        let caught_up = async {
            loop {
                let (connection, has_city) = {
                    let update = updates.borrow_and_update();
                    (update.connection.clone(), desk.city_folder().is_some())
                };
                if let ConnectionDto::CatchingUp { done, total } = connection {
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
