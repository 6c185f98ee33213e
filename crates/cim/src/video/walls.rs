//! `cim video walls`: a helper for each attempt to climb its walls, and what came of it on this machine.

use crate::{
    Failure,
    host::{print, runtime},
};
use cim_stream::{Outcome, Views, ViewsSettings, WallTrial, find_helper};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Try whether the walls round foreign video hold.
#[derive(Debug, Args)]
pub(crate) struct Walls {
    /// The program that decodes foreign video; `cim-stream` beside this one by default.
    #[arg(long, value_name = "FILE")]
    helper: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Walls {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let settings = ViewsSettings::new(helper(self.helper)?);
        let trials = runtime()?.block_on(Views::try_walls(&settings))?;
        let holds = is_closed(&trials);
        if self.json {
            print(&json!({"holds": holds, "trials": trials}).to_string());
            return Ok(holds);
        }
        for trial in &trials {
            print(&format!("{:24} {}", trial.attempt, words_of(trial.outcome)));
        }
        print(if holds {
            "the walls hold"
        } else {
            "THE WALLS DO NOT HOLD"
        });
        Ok(holds)
    }
}

/// The helper that was named, or the one beside this program.
pub(crate) fn helper(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(named) = named {
        return Ok(named);
    }
    let program = std::env::current_exe()?;
    find_helper(&program).ok_or_else(|| {
        format!(
            "there is no cim-stream beside {}: build it, or name it with --helper",
            program.display()
        )
        .into()
    })
}

/// True when something was tried and nothing escaped.
fn is_closed(trials: &[WallTrial]) -> bool {
    let has_escaped = trials.iter().any(|trial| trial.outcome == Outcome::Escaped);
    !trials.is_empty() && !has_escaped
}

fn words_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Refused => "refused by the system",
        Outcome::Killed => "the helper was killed for it",
        Outcome::Escaped => "ESCAPED: a wall has a hole",
        Outcome::NotEnforced => "possible: this machine has no such wall",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_escape_is_enough() {
        let trial = |outcome| WallTrial {
            attempt: "open_file".to_owned(),
            outcome,
        };
        assert!(is_closed(&[
            trial(Outcome::Killed),
            trial(Outcome::NotEnforced)
        ]));
        assert!(!is_closed(&[
            trial(Outcome::Killed),
            trial(Outcome::Escaped)
        ]));
        assert!(!is_closed(&[]), "nothing was tried");
    }

    #[test]
    fn a_helper_that_is_named_is_taken() {
        let named = helper(Some(PathBuf::from("here/cim-stream"))).expect("named");
        assert_eq!(named, PathBuf::from("here/cim-stream"));
    }
}
