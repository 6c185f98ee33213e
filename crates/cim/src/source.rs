//! `cim source list` and `cim source test`: what `sources.toml` declares, and whether a source can be used.

use crate::{
    Failure,
    host::{MachineClock, print, runtime, say},
};
use cim_sync::sources::{ProbeReport, SourceConfig, SourcesFile, probe, read_sources_file};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};

/// List the sources of a file, or test one of them.
#[derive(Debug, Args)]
pub(crate) struct SourceCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the sources and everything that is wrong with their file.
    List(Which),
    /// Test a source step by step: reach it, be believed, read it, judge how fresh it is.
    Test {
        /// Its identity.
        name: String,
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// The file that declares the sources.
    #[arg(long, value_name = "FILE", default_value = "sources.toml")]
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl SourceCommand {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self.what {
            What::List(which) => Ok(list(&which)),
            What::Test { name, which } => test(&name, &which),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the host is where the environment is read"
)]
fn read(which: &Which) -> SourcesFile {
    read_sources_file(&which.file, &|name| std::env::var(name).ok())
}

fn list(which: &Which) -> bool {
    let file = read(which);
    if which.json {
        let sources: Vec<Value> = file.sources.iter().map(source_json).collect();
        let problems: Vec<String> = file.problems.iter().map(ToString::to_string).collect();
        print(&json!({"sources": sources, "problems": problems}).to_string());
    } else {
        for source in &file.sources {
            let state = if source.enabled { "" } else { " (off)" };
            print(&format!(
                "{}  {}  {}  every {} s{state}  {}",
                source.id,
                source.kind.as_str(),
                source.address,
                source.period_s,
                source.name
            ));
        }
        for problem in &file.problems {
            say(&problem.to_string());
        }
    }
    file.problems.is_empty()
}

fn source_json(source: &SourceConfig) -> Value {
    json!({
        "id": source.id,
        "name": source.name,
        "kind": source.kind.as_str(),
        "address": source.address,
        "enabled": source.enabled,
        "period_s": source.period_s,
    })
}

fn test(name: &str, which: &Which) -> Result<bool, Failure> {
    let file = read(which);
    for problem in &file.problems {
        say(&problem.to_string());
    }
    let Some(source) = file.sources.iter().find(|source| source.id == name) else {
        let known: Vec<&str> = file
            .sources
            .iter()
            .map(|source| source.id.as_str())
            .collect();
        return Err(format!(
            "there is no usable source {name}; there are: {}",
            known.join(", ")
        )
        .into());
    };
    let report = runtime()?.block_on(probe(source, Arc::new(MachineClock)));
    if which.json {
        print(&report_json(&report).to_string());
    } else {
        for step in &report.steps {
            let word = if step.is_ok { "ok  " } else { "FAIL" };
            print(&format!(
                "{word}  {:<10} {:>6} ms  {}",
                step.name, step.millis, step.detail
            ));
        }
        for reason in &report.reasons {
            print(&format!("      rejected: {reason}"));
        }
        let word = if report.is_usable() {
            "can be used"
        } else {
            "cannot be used"
        };
        print(&format!("{name} {word}"));
    }
    Ok(report.is_usable())
}

fn report_json(report: &ProbeReport) -> Value {
    let steps: Vec<Value> = report
        .steps
        .iter()
        .map(|step| {
            json!({"name": step.name, "ok": step.is_ok, "ms": step.millis, "detail": step.detail})
        })
        .collect();
    json!({
        "usable": report.is_usable(),
        "steps": steps,
        "things": report.things,
        "observations": report.observations,
        "events": report.events,
        "cameras": report.cameras,
        "rejected": report.rejected,
        "reasons": report.reasons,
        "newest": report.newest.map(|newest| newest.0),
    })
}
