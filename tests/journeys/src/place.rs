//! Where a journey finds its programs and cities, and where it may write.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use xtask::Outcome;
use xtask::process::find_program;

/// The top of the workspace.
pub fn top() -> PathBuf {
    let own =
        env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&own).join("../..")
}

/// The city that comes with the clone.
pub fn demo_city() -> PathBuf {
    top().join("tiles/helsinki")
}

/// Data that lies beside the clone on the machines of those who build the product; `None` elsewhere.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = top().join("../shared").join(path);
    found.exists().then_some(found)
}

/// A program that the workspace builds. It lies beside the folder of the test that asks.
pub fn program(name: &str) -> Outcome<PathBuf> {
    let own = env::current_exe().map_err(|err| format!("where is this test? {err}"))?;
    let folder = own
        .parent()
        .and_then(Path::parent)
        .ok_or("this test lies in no build folder")?;
    let program = folder.join(name);
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!(
            "{name} is not built; run `cargo build --workspace`, or `cargo xtask test`, which does"
        ))
    }
}

/// The headless host.
pub fn cim() -> Outcome<Command> {
    program("cim").map(Command::new)
}

/// True when all of these programs are installed and nobody asked to leave the journeys out. Otherwise says why not.
pub fn needs(programs: &[&str]) -> bool {
    if env::var("CITYMIRROR_JOURNEYS").is_ok_and(|word| word == "no") {
        println!("skipped: CITYMIRROR_JOURNEYS=no");
        return false;
    }
    let missing: Vec<&str> = programs
        .iter()
        .copied()
        .filter(|name| find_program(name).is_none())
        .collect();
    if !missing.is_empty() {
        println!(
            "skipped: {} not installed; `cargo xtask setup` installs it",
            missing.join(", ")
        );
    }
    missing.is_empty()
}

/// A folder of one journey. Removed at its end, but kept for a look when the journey failed.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new, empty folder.
    pub fn new(journey: &str) -> Outcome<Self> {
        let path = env::temp_dir().join(format!("citymirror-{journey}-{}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(&path)
            .map_err(|err| format!("cannot make {}: {err}", path.display()))?;
        Ok(Self { path })
    }

    /// A path inside.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A new folder inside.
    pub fn folder(&self, name: &str) -> Outcome<PathBuf> {
        let path = self.join(name);
        fs::create_dir_all(&path)
            .map_err(|err| format!("cannot make {}: {err}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("logs of this journey: {}", self.path.display());
        } else {
            fs::remove_dir_all(&self.path).ok();
        }
    }
}
