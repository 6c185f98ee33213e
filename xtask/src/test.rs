//! Every test: UI, Rust, docs, the UI in a browser, and the product in its real window.

use crate::places::Places;
use crate::setup::Purpose;
use crate::{node, set_up};
use clap::Args;
use std::process::Command;
use xtask::{Outcome, process, step};

/// What to test.
#[derive(Args)]
pub(crate) struct TestOptions {
    /// Leave out the journeys through the browser and the real window.
    #[arg(long)]
    no_journeys: bool,
    /// Run only Rust tests whose name contains this.
    filter: Option<String>,
}

/// The files of `tests/journeys/tests`, for a cargo without nextest, which cannot be told the package.
const JOURNEYS: &[&str] = &[
    "cim",
    "cim_history",
    "cim_sync",
    "cim_video",
    "desk",
    "desk_shift",
    "desk_video",
    "desks",
    "sources",
];

/// Which Rust tests to run.
#[derive(Clone, Copy)]
pub(crate) enum Which<'a> {
    /// All but the journeys.
    WithoutJourneys,
    /// The journeys, one after the other: each drives a window and measures time.
    Journeys,
    /// The one that compares the UI's wire types with the Rust ones.
    Bindings,
    /// Those whose name contains this.
    Named(&'a str),
}

/// Sets up, builds and tests. The last lines of the output are those of the last test runner.
pub(crate) fn test(places: &Places, options: &TestOptions) -> Outcome {
    set_up(places, Purpose::Test)?;
    if let Some(name) = &options.filter {
        places.build()?;
        return step::last_step("Rust tests", || {
            process::run(&mut rust_tests(places, Which::Named(name)))
        });
    }
    node::check(places)?;
    node::test(places)?;
    // The journeys start the programs themselves, which building the tests alone would not make.
    places.build()?;
    step::step("Documentation examples", || {
        process::run(
            places
                .cargo()
                .args(["test", "--doc", "--workspace", "--quiet"]),
        )
    })?;
    if options.no_journeys {
        return step::last_step("Rust tests", || {
            process::run(&mut rust_tests(places, Which::WithoutJourneys))
        });
    }
    // One run tells of everything that fails: what comes later does not stand on what comes before.
    let tested = step::step("Rust tests", || {
        process::run(&mut rust_tests(places, Which::WithoutJourneys))
    });
    let browsed = node::journeys(places);
    let travelled = step::last_step("Journeys", || {
        process::run(&mut rust_tests(places, Which::Journeys))
    });
    let failures: Vec<String> = [tested, browsed, travelled]
        .into_iter()
        .filter_map(Result::err)
        .collect();
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("; "))
    }
}

/// The command that runs Rust tests. Always over the whole workspace: a smaller selection of packages would have
/// other features and compile the dependencies again.
pub(crate) fn rust_tests(places: &Places, which: Which<'_>) -> Command {
    let mut command = places.cargo();
    if process::find_program("cargo-nextest").is_some() {
        command.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        match which {
            Which::WithoutJourneys => command.args(["-E", "not package(journeys)"]),
            Which::Journeys => command.args(["-E", "package(journeys)", "--test-threads", "1"]),
            Which::Bindings => command.args(["-E", "binary(bindings)"]),
            Which::Named(name) => command.args(["--test-threads", "1", name]),
        };
    } else {
        command.args(["test", "--workspace", "--no-fail-fast"]);
        match which {
            // Everything that is tested at all, with the journeys told to stand aside.
            Which::WithoutJourneys => command
                .args(["--lib", "--bins", "--tests"])
                .env("CITYMIRROR_JOURNEYS", "no"),
            Which::Journeys => command
                .args(JOURNEYS.iter().flat_map(|name| ["--test", name]))
                .args(["--", "--test-threads", "1"]),
            Which::Bindings => command.args(["--test", "bindings"]),
            Which::Named(name) => command.args(["--lib", "--bins", "--tests", name]),
        };
    }
    command
}
