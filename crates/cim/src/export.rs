//! `cim export`: a stretch of a cache as a table (CSV, Parquet) or as a recording.

use crate::{
    Failure,
    host::{end_progress, runtime},
    stretch::{about, iso, moment, open_cache, print_object, scope, summary_json, telling},
};
use cim_model::UtcMillis;
use cim_recording::{Scope, export_csv, export_parquet, export_recording};
use cim_store::Store;
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Write a stretch of a cache as CSV, Parquet or a recording.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Folder of the cache.
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// Where the stretch begins, ISO 8601.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: UtcMillis,
    /// Where it ends.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: UtcMillis,
    /// The file to write; its ending says what it becomes.
    #[arg(long, value_name = "FILE.{csv,parquet,mcap}")]
    out: PathBuf,
    /// Only these series, by their ids at the hub; all by default.
    #[arg(long, value_name = "ID", num_args = 1..)]
    series: Vec<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What a file can become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    Parquet,
    Recording,
}

impl Export {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let form = form_of(&self.out)?;
        runtime()?.block_on(async {
            let store = open_cache(&self.cache).await?;
            let written = match scope(&store, self.from, self.to, &self.series) {
                Ok(scope) => self.write(&store, &scope, form).await,
                Err(err) => Err(err),
            };
            store.close().await;
            end_progress();
            print_object(&written?, self.json)?;
            Ok(true)
        })
    }

    async fn write(&self, store: &Store, scope: &Scope, form: Form) -> Result<Value, Failure> {
        let mut tell = telling("exporting");
        let rows = match form {
            Form::Csv => export_csv(store, scope, &self.out, &mut tell).await?,
            Form::Parquet => export_parquet(store, scope, &self.out, &mut tell).await?,
            Form::Recording => {
                let about = about(&self.cache, "cim export", None);
                let made = export_recording(store, scope, &about, &self.out, &mut tell).await?;
                let mut told = summary_json(&made);
                if let Some(object) = told.as_object_mut() {
                    object.insert("out".into(), json!(self.out));
                }
                return Ok(told);
            }
        };
        Ok(json!({
            "from": iso(scope.from),
            "to": iso(scope.to),
            "rows": rows,
            "out": self.out,
        }))
    }
}

fn form_of(out: &Path) -> Result<Form, Failure> {
    let ending = out.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(Form::Csv),
        Some("parquet") => Ok(Form::Parquet),
        Some("mcap") => Ok(Form::Recording),
        _ => Err(format!(
            "a file ends in .csv, .parquet or .mcap, this one does not: {}",
            out.display()
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_what_a_file_becomes() {
        let form = |name: &str| form_of(Path::new(name)).ok();
        assert_eq!(form("a/day.csv"), Some(Form::Csv));
        assert_eq!(form("day.PARQUET"), Some(Form::Parquet));
        assert_eq!(form("day.mcap"), Some(Form::Recording));
        assert_eq!(form("day.txt"), None);
        assert_eq!(form("csv"), None);
    }
}
