//! `cim verify`: whether a recording is whole and says the same from every moment.

use crate::{
    Failure,
    host::{end_progress, say},
    stretch::{print_object, summary_json, telling},
};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Check a recording: every checksum, the digest, the order, the counts, every state in between.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The recording.
    #[arg(value_name = "FILE.mcap")]
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let verified = cim_recording::verify(&self.file, &mut telling("verifying"));
        end_progress();
        let verified = verified?;
        let holds = verified.problems.is_empty();
        let mut told = summary_json(&verified.summary);
        if let Some(object) = told.as_object_mut() {
            object.insert("path".into(), json!(self.file));
            object.insert("ok".into(), json!(holds));
            object.insert("is_signed".into(), json!(verified.is_signed));
            object.insert("problems".into(), json!(verified.problems));
        }
        if !self.json {
            for problem in &verified.problems {
                say(problem);
            }
        }
        print_object(&told, self.json)?;
        Ok(holds)
    }
}
