//! `cim rules`: whether rules can be understood, what they would have raised over a recording or a cache, and what a week of a
//! simulated city would be with them.

mod week;

use crate::{
    Failure,
    host::{end_progress, print, progress, runtime, say},
    stretch::{iso, moment, open_cache, print_object},
};
use cim_alarm::rules::{
    Catalogue, RuleFile, RuleProblem, RuleSet, RuleTrial, Trial, TrialReport, severity_word,
};
use cim_model::{Datastream, Thing, UtcMillis};
use cim_recording::Player;
use cim_store::{Row, Store};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Values are read in stretches of this length.
const STRETCH_MS: i64 = 600_000;
/// A file that is longer is not read: no rule file may be.
const MOST_BYTES: u64 = cim_alarm::rules::MOST_FILE_BYTES as u64;
/// The folder of a scene pack that holds its rules.
const FOLDER: &str = "rules";

/// Check rules, or try them on what was or what could be.
#[derive(Debug, Args)]
pub(crate) struct RulesCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say everything that is wrong with rules.
    Check {
        /// Files, folders of files, or scene packs with a folder `rules`.
        #[arg(value_name = "PATH", required = true, num_args = 1..)]
        paths: Vec<PathBuf>,
        /// Print one JSON object per file, and one with the totals.
        #[arg(long)]
        json: bool,
    },
    /// Say what rules would have raised over a recording or a cache.
    Test(Test),
    /// Say how much an officer would have to take in days of a simulated city, before and after suppression.
    Week(week::Week),
}

#[derive(Debug, Args)]
struct Test {
    /// A file, a folder of files, or a scene pack.
    #[arg(long, value_name = "PATH", required = true, num_args = 1..)]
    rules: Vec<PathBuf>,
    /// The recording.
    #[arg(long, value_name = "FILE.mcap", required_unless_present = "cache")]
    recording: Option<PathBuf>,
    /// Folder of the cache.
    #[arg(long, value_name = "DIR", conflicts_with = "recording")]
    cache: Option<PathBuf>,
    /// Where the stretch begins, ISO 8601; all of it by default.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<UtcMillis>,
    /// Where it ends.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<UtcMillis>,
    /// Print one JSON object per rule, and one with the totals.
    #[arg(long)]
    json: bool,
}

impl RulesCommand {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self.what {
            What::Check { paths, json } => check(&paths, json),
            What::Test(test) => runtime()?.block_on(test.run()),
            What::Week(week) => week.run(),
        }
    }
}

/// A rule file that was read.
struct Read {
    name: String,
    text: String,
}

/// The rule files at `paths`, in the order of paths, each folder's by name.
fn files_at(paths: &[PathBuf]) -> Result<Vec<Read>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let inner = path.join(FOLDER);
        let folder = if inner.is_dir() { &inner } else { path };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let file = entry?.path();
            if file.extension().is_some_and(|ending| ending == "toml") {
                found.push(file);
            }
        }
        if found.is_empty() {
            return Err(format!("there are no rules in {}", folder.display()).into());
        }
        found.sort();
        files.append(&mut found);
    }
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Result<Read, Failure> {
    let name = file.display().to_string();
    let about = |error: std::io::Error| format!("{error}: {}", file.display());
    let bytes = std::fs::metadata(file).map_err(about)?.len();
    if bytes > MOST_BYTES {
        return Err(
            format!("{bytes} bytes are more than the {MOST_BYTES} that are read: {name}").into(),
        );
    }
    let text = std::fs::read_to_string(file).map_err(about)?;
    Ok(Read { name, text })
}

/// The rules of `files` together, and everything that is wrong with them.
fn set_of(files: &[Read]) -> (RuleSet, Vec<RuleProblem>) {
    let files: Vec<RuleFile<'_>> = files
        .iter()
        .map(|file| RuleFile {
            name: &file.name,
            text: &file.text,
        })
        .collect();
    RuleSet::read(&files)
}

fn check(paths: &[PathBuf], as_json: bool) -> Result<bool, Failure> {
    let files = files_at(paths)?;
    let (set, problems) = set_of(&files);
    let mut broken = 0;
    for file in &files {
        let own: Vec<&RuleProblem> = problems
            .iter()
            .filter(|problem| problem.file == file.name)
            .collect();
        let rules = set
            .rules()
            .iter()
            .filter(|rule| rule.file == file.name)
            .count();
        broken += usize::from(!own.is_empty());
        if as_json {
            let told: Vec<Value> = own.iter().map(|problem| problem_json(problem)).collect();
            let line =
                json!({"path": file.name, "ok": own.is_empty(), "rules": rules, "problems": told});
            print(&line.to_string());
        } else {
            for problem in own {
                print(&problem.to_string());
            }
        }
    }
    let (checked, rules, groups) = (files.len(), set.rules().len(), set.groups().len());
    let totals = json!({
        "checked": checked, "ok": checked - broken, "broken": broken, "rules": rules, "groups": groups
    });
    print_object(&totals, as_json)?;
    Ok(broken == 0)
}

fn problem_json(problem: &RuleProblem) -> Value {
    json!({
        "line": problem.line,
        "rule": problem.rule,
        "key": problem.key,
        "reason": problem.reason,
        "is_passed_over": problem.is_passed_over,
    })
}

/// Where values come from.
enum Source {
    File(Box<Player>),
    Cache(Store),
}

impl Test {
    async fn run(self) -> Result<bool, Failure> {
        let files = files_at(&self.rules)?;
        let (set, problems) = set_of(&files);
        for problem in &problems {
            say(&problem.to_string());
        }
        let mut source = match (&self.recording, &self.cache) {
            (Some(file), _) => Source::File(Box::new(Player::open(file)?)),
            (None, Some(folder)) => Source::Cache(open_cache(folder).await?),
            (None, None) => return Err("--recording FILE or --cache DIR is missing".into()),
        };
        let tried = self.try_on(&mut source, &set).await;
        if let Source::Cache(store) = source {
            store.close().await;
        }
        end_progress();
        let (report, unwatched) = tried?;
        for problem in &unwatched {
            say(&problem.to_string());
        }
        self.tell(&report)?;
        Ok(problems.is_empty() && report.observations > 0)
    }

    async fn try_on(
        &self,
        source: &mut Source,
        set: &RuleSet,
    ) -> Result<(TrialReport, Vec<RuleProblem>), Failure> {
        let (things, datastreams) = source.catalogue().await?;
        let (first, last) = source.span().await?;
        let from = self.from.unwrap_or(first);
        let to = self.to.unwrap_or(last);
        if from >= to {
            return Err(format!("the stretch is empty: {} to {}", iso(from), iso(to)).into());
        }
        let catalogue = Catalogue {
            things: &things,
            datastreams: &datastreams,
            fences: &[],
        };
        let rows = source.rows_of(&datastreams);
        let (mut trial, unwatched) = Trial::new(set, catalogue, from);
        let mut values: Vec<Row> = Vec::new();
        let mut at = UtcMillis(from.0.saturating_sub(1));
        while at < to {
            let next = UtcMillis(at.0.saturating_add(STRETCH_MS).min(to.0));
            source.changes(at, next, &mut values).await?;
            for value in &values {
                if let Some(row) = rows.get(value.series as usize).copied().flatten() {
                    let held = UtcMillis(value.happened_at);
                    trial.observe(row, held, value.value, value.quality);
                }
            }
            at = next;
            progress(&format!("trying: {}", iso(at)));
        }
        Ok((trial.finish(to), unwatched))
    }

    fn tell(&self, report: &TrialReport) -> Result<(), Failure> {
        let burst = report
            .burst
            .map(|burst| json!({"from": iso(burst.from), "raised": burst.raised}));
        let totals = json!({
            "from": iso(report.from),
            "to": iso(report.to),
            "observations": report.observations,
            "rules": report.rules.len(),
            "raised": report.raised,
            "burst": burst,
        });
        for rule in &report.rules {
            if self.json {
                print(&rule_json(rule).to_string());
            } else {
                print(&sentence(rule));
            }
        }
        print_object(&totals, self.json)
    }
}

/// A rule's figures in one sentence.
fn sentence(rule: &RuleTrial) -> String {
    let id = &rule.rule;
    if rule.is_untried {
        return format!("{id}: needs fences, which a recording does not hold");
    }
    if rule.raised == 0 {
        return format!("{id}: would have raised nothing");
    }
    format!(
        "{id}: would have raised {}, worst {}, {} of them in the worst ten minutes, {} chattering, {} active at the end",
        rule.raised,
        severity_word(rule.worst),
        rule.in_burst,
        rule.chattering,
        rule.active_at_end,
    )
}

fn rule_json(rule: &RuleTrial) -> Value {
    let first: Vec<Value> = rule
        .first
        .iter()
        .map(|alarm| {
            json!({
                "id": alarm.id.as_str(),
                "at": iso(alarm.at),
                "severity": severity_word(alarm.severity),
                "value": alarm.value,
                "limit": alarm.limit,
            })
        })
        .collect();
    json!({
        "rule": rule.rule,
        "is_untried": rule.is_untried,
        "raised": rule.raised,
        "worst": severity_word(rule.worst),
        "in_burst": rule.in_burst,
        "chattering": rule.chattering,
        "active_at_end": rule.active_at_end,
        "first": first,
    })
}

impl Source {
    async fn catalogue(&self) -> Result<(Vec<Thing>, Vec<Datastream>), Failure> {
        match self {
            Self::File(player) => {
                let catalogue = player.catalogue();
                Ok((catalogue.things.clone(), catalogue.datastreams.clone()))
            }
            Self::Cache(store) => {
                let cached = store.load().await?;
                Ok((cached.things, cached.datastreams))
            }
        }
    }

    /// The first and the last moment.
    async fn span(&self) -> Result<(UtcMillis, UtcMillis), Failure> {
        match self {
            Self::File(player) => Ok(player.span()),
            Self::Cache(store) => {
                let oldest = store.history().oldest().await?;
                let newest = store.history().newest().await?;
                let span = oldest.zip(newest);
                span.ok_or_else(|| "the cache holds no values".into())
            }
        }
    }

    /// The row of each series by its number here.
    fn rows_of(&self, datastreams: &[Datastream]) -> Vec<Option<u32>> {
        let ids: std::collections::BTreeMap<&str, u32> = datastreams
            .iter()
            .zip(0_u32..)
            .map(|(datastream, row)| (datastream.id.as_str(), row))
            .collect();
        let mut rows = Vec::new();
        match self {
            Self::File(player) => {
                // Numbers of a recording have holes where a series could not be read.
                let most = player.catalogue().datastreams.len().saturating_mul(2);
                let numbers = u32::try_from(most).unwrap_or(u32::MAX);
                rows.extend(
                    (0..numbers).map(|number| ids.get(player.series(number)?.as_str()).copied()),
                );
            }
            Self::Cache(store) => {
                for (id, number) in store.names().iter() {
                    let place = number as usize;
                    if place >= rows.len() {
                        rows.resize(place + 1, None);
                    }
                    if let Some(row) = rows.get_mut(place) {
                        *row = ids.get(id.as_str()).copied();
                    }
                }
            }
        }
        rows
    }

    /// What came to hold behind `after` and up to `until`.
    async fn changes(
        &mut self,
        after: UtcMillis,
        until: UtcMillis,
        into: &mut Vec<Row>,
    ) -> Result<(), Failure> {
        match self {
            Self::File(player) => player.changes_between(after, until, into)?,
            Self::Cache(store) => store.history().changes_between(after, until, into).await?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_pack_with_a_broken_rule_does_not_pass_and_a_sound_one_does() {
        let folder = std::env::temp_dir().join(format!("cim-rules-{}", std::process::id()));
        fs::create_dir_all(folder.join("rules")).expect("a folder");
        let file = folder.join("rules/a.toml");
        let sound = "[[rule]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\nwhen = { is = \"missing\", periods = 3 }\n";
        fs::write(&file, sound).expect("a file");
        let passes = |path: &Path| check(&[path.to_path_buf()], true).expect("can be read");
        assert!(passes(&folder) && passes(&file));
        fs::write(&file, sound.replace("periods", "period")).expect("a file");
        assert!(!passes(&folder));
        fs::remove_file(&file).expect("the file goes");
        assert!(
            check(std::slice::from_ref(&folder), true).is_err(),
            "no rules are no sound rules"
        );
        fs::remove_dir_all(&folder).expect("the folder goes");
    }

    #[test]
    fn a_rule_is_told_in_a_sentence() {
        let rule = RuleTrial {
            rule: "gas".to_owned(),
            is_untried: false,
            raised: 14,
            worst: cim_model::Severity::High,
            in_burst: 3,
            chattering: 0,
            active_at_end: 1,
            first: Vec::new(),
        };
        let told = sentence(&rule);
        assert!(
            told.starts_with("gas: would have raised 14, worst high, 3 of them"),
            "{told}"
        );
        assert_eq!(rule_json(&rule)["in_burst"], 3);
    }
}
