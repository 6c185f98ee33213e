//! A desk at a hub with very much in it: the first map, and catching up after hours away.

use super::super::figure::Figure;
use crate::{
    Failure,
    host::{MachineClock, end_progress, instant, progress, runtime},
};
use cim_app::{
    Desk, DeskSettings,
    wire::{ConnectionDto, Mode},
};
use cim_hub::{Hub, HubSettings, IngestProbe, Mqtt, StoreAddress, load::make_things};
use cim_model::{TimeSource, UtcMillis};
use cim_store::Store;
use cim_sync::{HubAddress, access::Access};
use serde_json::json;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// A million entities: so many devices, each with its place and three series.
const MAP_THINGS: u32 = 200_000;
const MAP_SERIES: u32 = 3;
const MAP_MUST_S: f64 = 10.0;
const MAP_GOAL_S: f64 = 5.0;
/// Who was away for eight hours: so many devices with two series each, every so many seconds.
const AWAY_THINGS: u32 = 1_000;
const AWAY_SERIES: u32 = 2;
const AWAY_STEP_S: i64 = 10;
const AWAY_S: i64 = 8 * 3_600;
const AWAY_MUST: f64 = 150_000.0;
const AWAY_GOAL: f64 = 300_000.0;
/// Rows that go into the hub's database at once.
const ROWS_AT_ONCE: usize = 20_000;
const PATIENCE: Duration = Duration::from_mins(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) fn of_first_map() -> Result<Vec<Figure>, Failure> {
    in_folder("map", |folder| async move {
        let hub = open_hub(&folder).await?;
        make_things(&hub.http_address, MAP_THINGS, MAP_SERIES, |made| {
            progress(&format!("{made} of {MAP_THINGS} devices made"));
        })
        .await?;
        end_progress();
        let begun = instant();
        let desk = open_desk(&folder.join("cache"), &hub).await?;
        let first = wait_for(&desk, begun, |things, _| things > 0).await?;
        let whole = wait_for(&desk, begun, |things, _| things >= MAP_THINGS).await?;
        desk.close().await;
        hub.stop().await;
        Ok(vec![Figure {
            measure: super::MEASURE,
            name: format!("first map of {MAP_THINGS} devices, 1 M entities"),
            value: whole,
            unit: "s",
            peer: Some(("must".to_owned(), MAP_MUST_S)),
            must: Some(1.0),
            goal: Some(MAP_GOAL_S / MAP_MUST_S),
            notes: vec![("first_devices_s", json!(first))],
            ..Figure::default()
        }])
    })
}

pub(super) fn of_catching_up() -> Result<Vec<Figure>, Failure> {
    in_folder("away", |folder| async move {
        let cache = folder.join("cache");
        // The desk was here eight hours ago, when its hub had nothing to tell yet.
        let then = Arc::new(Earlier(AWAY_S + 120));
        let hub = open_hub_at(&folder, Arc::<Earlier>::clone(&then)).await?;
        make_things(&hub.http_address, AWAY_THINGS, AWAY_SERIES, |_| {}).await?;
        let desk = open_desk_at(&cache, &hub, then).await?;
        wait_for(&desk, instant(), |things, live| {
            things >= AWAY_THINGS && live
        })
        .await?;
        desk.close().await;
        hub.stop().await;
        let count = fill(&folder.join("hub")).await?;
        let hub = open_hub(&folder).await?;
        let begun = instant();
        let desk = open_desk(&cache, &hub).await?;
        let took = wait_until_filled(&desk, begun).await?;
        desk.close().await;
        hub.stop().await;
        let kept = kept_in(&cache).await?;
        Ok(vec![Figure {
            measure: super::MEASURE,
            name: "catching up after 8 h away".to_owned(),
            value: kept as f64 / took,
            unit: "obs/s",
            peer: Some(("must".to_owned(), AWAY_MUST)),
            must: Some(if kept >= count { 1.0 } else { f64::INFINITY }),
            goal: Some(AWAY_GOAL / AWAY_MUST),
            is_rate: true,
            notes: vec![
                ("observations", json!(count)),
                ("kept", json!(kept)),
                ("seconds", json!(took)),
            ],
            ..Figure::default()
        }])
    })
}

fn in_folder<F: Future<Output = Result<Vec<Figure>, Failure>>>(
    name: &str,
    measure: impl FnOnce(PathBuf) -> F,
) -> Result<Vec<Figure>, Failure> {
    let folder = std::env::temp_dir().join(format!("cim-bench-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = runtime()?.block_on(measure(folder.clone()));
    std::fs::remove_dir_all(&folder).ok();
    measured
}

/// The machine's clock, so many seconds ago.
struct Earlier(i64);

impl TimeSource for Earlier {
    fn now(&self) -> UtcMillis {
        UtcMillis(MachineClock.now().0 - self.0 * 1_000)
    }
}

async fn open_hub(folder: &Path) -> Result<Hub, Failure> {
    open_hub_at(folder, Arc::new(MachineClock)).await
}

async fn open_hub_at(folder: &Path, time: Arc<dyn TimeSource>) -> Result<Hub, Failure> {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = HubSettings {
        http: free,
        mqtt: Mqtt::BuiltIn(free),
        ..HubSettings::new(folder.join("hub"))
    };
    Ok(Hub::start(settings, time).await?)
}

async fn open_desk(cache: &Path, hub: &Hub) -> Result<Desk, Failure> {
    open_desk_at(cache, hub, Arc::new(MachineClock)).await
}

async fn open_desk_at(cache: &Path, hub: &Hub, time: Arc<dyn TimeSource>) -> Result<Desk, Failure> {
    let settings = DeskSettings {
        cache: cache.to_path_buf(),
        hub: Some(HubAddress {
            http: hub.http_address.clone(),
            mqtt: None,
        }),
        city: None,
        mode: Mode::Desk,
        language: "en".into(),
        operator: "bench".into(),
        access: Access::default(),
        sources: Vec::new(),
        time,
    };
    Ok(Desk::open(settings, tokio::runtime::Handle::current()).await?)
}

/// Seconds since `begun` until the desk shows what is wanted: of its things, and whether it is live.
async fn wait_for(
    desk: &Desk,
    begun: Instant,
    is_there: impl Fn(u32, bool) -> bool,
) -> Result<f64, Failure> {
    while begun.elapsed() < PATIENCE {
        {
            let updates = desk.watch();
            let update = updates.borrow();
            if is_there(update.things, update.connection == ConnectionDto::Live) {
                return Ok(begun.elapsed().as_secs_f64());
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err("the desk does not get so far".into())
}

/// Seconds since `begun` until no stretch of the history is known to miss anything.
async fn wait_until_filled(desk: &Desk, begun: Instant) -> Result<f64, Failure> {
    let mut was_open = false;
    while begun.elapsed() < PATIENCE {
        let now = MachineClock.now().0;
        let timeline = desk
            .timeline(now - (AWAY_S + 7_200) * 1_000, now, 10)
            .await?;
        let is_open = !timeline.known_gaps.is_empty();
        if was_open && !is_open {
            return Ok(begun.elapsed().as_secs_f64());
        }
        was_open |= is_open;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err("the history does not get whole".into())
}

/// Puts eight hours of observations into the hub's database, ending a minute ago; returns how many.
async fn fill(data: &Path) -> Result<u64, Failure> {
    let probe = IngestProbe::open(&StoreAddress::Folder(data.to_path_buf())).await?;
    let end_s = MachineClock.now().0 / 1_000 - 60;
    let series = i64::from(AWAY_THINGS * AWAY_SERIES);
    let mut rows = Vec::with_capacity(ROWS_AT_ONCE);
    let mut count = 0;
    let mut second = end_s - AWAY_S;
    while second < end_s {
        for id in 1..=series {
            rows.push((id, second * 1_000, (second % 100) as f64 + id as f64 / 10.0));
            if rows.len() == ROWS_AT_ONCE {
                count += rows.len() as u64;
                probe.append(&rows).await?;
                rows.clear();
            }
        }
        second += AWAY_STEP_S;
        progress(&format!("{count} observations at the hub"));
    }
    count += rows.len() as u64;
    probe.append(&rows).await?;
    end_progress();
    probe.close().await?;
    Ok(count)
}

/// How many observations the cache holds.
async fn kept_in(cache: &Path) -> Result<u64, Failure> {
    let (store, _) = Store::open(cache).await?;
    let mut rows = Vec::new();
    let mut kept = 0;
    let now = MachineClock.now();
    let mut from = now.plus_seconds(-(AWAY_S + 3_600) as f64);
    while from < now {
        let until = from.plus_seconds(600.0);
        store
            .history()
            .changes_between(from, until, &mut rows)
            .await?;
        kept += rows.len() as u64;
        from = until;
    }
    store.close().await;
    Ok(kept)
}
