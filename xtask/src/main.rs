//! Every command that a person or CI runs: `cargo xtask demo`, `cargo xtask test`, `cargo xtask check` and their
//! smaller relatives.
//!
//! Starts other programs and waits for them; holds no rule of the product. Keeps to few dependencies, because this
//! is what a fresh machine compiles before anything else can happen.

#![expect(
    clippy::disallowed_methods,
    reason = "a host: reads the environment and says how long its steps took"
)]

mod check;
mod city;
mod demo;
mod node;
mod places;
mod python;
mod setup;
mod test;

use clap::{Parser, Subcommand};
use places::Places;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xtask::{Outcome, process, step};

/// The commands of CityMirror 城镜.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Set up, build and start the whole product: city hub, simulated sensors and the desk.
    Demo(demo::DemoOptions),
    /// Set up, build and run every test.
    Test(test::TestOptions),
    /// Format, lints, architecture, docs, UI types, licences: everything that needs no test run.
    Check,
    /// Install system packages, Node packages and the Python packages of tests, and build the UI.
    Setup,
    /// Write the TypeScript wire types anew from the Rust ones.
    Bindings,
    /// Draw a city without a window: `cargo xtask shot -- --view overview --out shot.png`.
    Shot {
        /// City folder.
        #[arg(long, default_value = "tiles/helsinki")]
        city: PathBuf,
        /// Options for `cim snapshot`.
        #[arg(last = true)]
        options: Vec<String>,
    },
    /// Make the committed city under `tiles/` anew from its source.
    Tiles,
    /// Install the programs that `cim bench tiles --peers` measures itself against, and measure.
    Peers {
        /// The tileset to measure with.
        #[arg(long)]
        tileset: PathBuf,
        /// Options for `cim bench tiles`.
        #[arg(last = true)]
        options: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Xtask::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("\n✗ {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Outcome {
    let places = Places::find()?;
    match task {
        Task::Demo(options) => demo::demo(&places, &options),
        Task::Test(options) => test::test(&places, &options),
        Task::Check => check::check(&places),
        Task::Setup => set_up(&places, setup::Purpose::Test),
        Task::Bindings => bindings(&places),
        Task::Shot { city, options } => shot(&places, &city, &options),
        Task::Tiles => tiles(&places),
        Task::Peers { tileset, options } => peers(&places, &tileset, &options),
    }
}

fn set_up(places: &Places, purpose: setup::Purpose) -> Outcome {
    setup::system_packages(purpose)?;
    node::install(places)?;
    node::build(places)?;
    if purpose == setup::Purpose::Test {
        python::peers(places)?;
    }
    Ok(())
}

/// Everything that a command needs which runs the product.
pub(crate) fn build_product(places: &Places) -> Outcome {
    set_up(places, setup::Purpose::Demo)?;
    places.build()
}

fn bindings(places: &Places) -> Outcome {
    let mut command = test::rust_tests(places, test::Which::Bindings);
    command.env("UPDATE", "1");
    step::step("Wire types", || process::run(&mut command))
}

fn shot(places: &Places, city: &Path, options: &[String]) -> Outcome {
    build_product(places)?;
    let mut command = places.cim();
    command
        .arg("snapshot")
        .arg("--city")
        .arg(city)
        .args(options);
    step::step("Snapshot", || process::run(&mut command))
}

fn peers(places: &Places, tileset: &Path, options: &[String]) -> Outcome {
    set_up(places, setup::Purpose::Test)?;
    places.build()?;
    let folder = places.root.join("tests/peers");
    node::install_in(&folder)?;
    let mut command = places.cim();
    command
        .args(["bench", "tiles", "--peers", "--peers-dir"])
        .arg(&folder)
        .arg("--tileset")
        .arg(tileset)
        .args(options);
    step::step("Peers", || process::run(&mut command))
}

fn tiles(places: &Places) -> Outcome {
    build_product(places)?;
    let mut command = places.cim();
    command
        .arg("import")
        .arg(places.root.join("tiles/sources/helsinki-centre.osm.pbf"));
    command.arg("--out").arg(places.root.join("tiles/helsinki"));
    command.args([
        "--name-zh",
        "赫尔辛基市中心",
        "--name-en",
        "Helsinki centre",
    ]);
    step::step("Tiles", || process::run(&mut command))
}
