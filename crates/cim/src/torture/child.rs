//! The program that `cim torture store` kills: does the deeds of a plan, one after the other, and prints the number of
//! each once the store has said that it is done.

use super::plan::{self, Deed, PlannedRow};
use crate::{
    Failure,
    host::{print, runtime, say},
};
use cim_store::{Row, Store, faults};
use clap::Args;
use std::path::PathBuf;

/// Work on a cache until killed.
#[derive(Debug, Args)]
pub(crate) struct Child {
    /// Folder of the cache.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The seed of the plan.
    #[arg(long)]
    seed: u64,
    /// The first deed.
    #[arg(long)]
    from: u64,
    /// The deed before which to stop, should nobody kill it.
    #[arg(long)]
    until: u64,
    /// A place in the store at which to die, and at which passage: POINT:NTH.
    #[arg(long, value_name = "POINT:NTH")]
    fail: Option<String>,
}

impl Child {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        if let Some(fail) = &self.fail {
            let (point, nth) = fail.split_once(':').ok_or("--fail is POINT:NTH")?;
            if !faults::arm(point, nth.parse()?) {
                return Err(format!("the store has no place called {point}").into());
            }
        }
        runtime()?.block_on(async {
            let (store, notes) = Store::open(&self.dir).await?;
            for note in notes {
                say(&note);
            }
            let mut worker = Worker::new(store);
            for deed in self.from..self.until {
                worker.act(deed, plan::deed(self.seed, deed)).await?;
                print(&deed.to_string());
            }
            Ok(true)
        })
    }
}

struct Worker {
    store: Store,
    /// The store's number of each series of the plan.
    numbers: Vec<u32>,
    rows: Vec<Row>,
}

impl Worker {
    fn new(store: Store) -> Self {
        Self {
            numbers: numbers(&store),
            store,
            rows: Vec::new(),
        }
    }

    async fn act(&mut self, place: u64, deed: Deed) -> Result<(), Failure> {
        let now = plan::now(place);
        match deed {
            Deed::Catalogue => {
                let (things, series) = plan::catalogue();
                self.store
                    .save_catalogue(&things, &series, &[], now)
                    .await?;
                self.numbers = numbers(&self.store);
            }
            Deed::Rows(planned) => {
                self.rows.clear();
                for row in planned {
                    self.rows.push(self.numbered(&row)?);
                }
                self.store.append_rows(&self.rows).await?;
            }
            Deed::Fact(fact) => self.store.save_fact(&fact).await?,
            Deed::Event(event) => self.store.save_events(&[*event]).await?,
            Deed::Seal { all } => {
                self.store.history().seal(now, all).await?;
            }
            Deed::Roll => {
                self.store.history().roll(now).await?;
            }
            Deed::Retain => {
                self.store.history().retain(now, plan::KEPT).await?;
            }
        }
        Ok(())
    }

    fn numbered(&self, row: &PlannedRow) -> Result<Row, Failure> {
        let series = self.numbers.get(row.series as usize);
        Ok(Row {
            series: *series.ok_or("the catalogue of the plan is not in the cache")?,
            quality: row.quality,
            happened_at: row.happened_at,
            known_at: row.known_at,
            value: row.value,
        })
    }
}

/// The store's numbers of the plan's series; empty while the catalogue is not saved.
pub(super) fn numbers(store: &Store) -> Vec<u32> {
    (0..plan::SERIES)
        .map_while(|series| store.number_of(&plan::series_id(series)))
        .collect()
}
