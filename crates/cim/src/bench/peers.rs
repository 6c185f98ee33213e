//! Runs the programs that we measure ourselves against (`tests/peers`), in Node and in headless Chromium.

use crate::Failure;
use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// Runs a script of the peers' folder and gives the JSON objects that it prints.
pub(super) fn run(
    folder: &Path,
    script: &str,
    arguments: &[String],
) -> Result<Vec<Value>, Failure> {
    if !folder.join("node_modules").is_dir() {
        return Err(format!(
            "the peers are not installed: run npm ci in {}",
            folder.display()
        )
        .into());
    }
    let output = Command::new("node")
        .arg(script)
        .args(arguments)
        .current_dir(folder)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|err| format!("node cannot be started: {err}"))?;
    if !output.status.success() {
        return Err(format!("{script} failed: {}", output.status).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).map_err(Failure::from))
        .collect()
}

/// A number of a peer's answer.
pub(super) fn number(answer: &Value, key: &str) -> f64 {
    answer.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

/// The peer's name.
pub(super) fn name(answer: &Value) -> String {
    answer
        .get("peer")
        .and_then(Value::as_str)
        .unwrap_or("a peer")
        .to_owned()
}
