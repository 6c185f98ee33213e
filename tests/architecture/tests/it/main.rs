//! The rules of `ARCHITECTURE.md`, as tests: who may use whom (`crates.rs`), and what every file must be (`files.rs`).

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]
#![expect(
    clippy::disallowed_methods,
    reason = "cargo says through the environment where it and the workspace are"
)]

mod crates;
mod files;

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The top of the workspace.
fn root() -> PathBuf {
    let own =
        env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    fs::canonicalize(Path::new(&own).join("../..")).expect("the workspace")
}

/// The cargo that runs these tests.
fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Fails with every breach that was found, one a line.
#[track_caller]
fn check(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
