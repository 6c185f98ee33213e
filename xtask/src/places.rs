//! Where things are: the clone, the build output, and what is kept between runs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs};
use xtask::{Outcome, process, step};

/// The folders that every command works in.
pub(crate) struct Places {
    /// The clone.
    pub(crate) root: PathBuf,
    /// Build output. Outside the clone, so that a second clone does not compile the dependencies again.
    pub(crate) target: PathBuf,
    /// What the demo and the tools keep between runs.
    pub(crate) cache: PathBuf,
}

impl Places {
    /// Finds the folders from the environment that cargo gives and from the person's home.
    pub(crate) fn find() -> Outcome<Self> {
        let manifest = env::var("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
        let root = Path::new(&manifest)
            .parent()
            .ok_or("the xtask crate has no parent folder")?
            .to_owned();
        let home = env::var("HOME")
            .map_err(|err| format!("HOME, where build output and caches are kept: {err}"))?;
        let cache = Path::new(&home).join(".cache/citymirror");
        let target =
            env::var("CARGO_TARGET_DIR").map_or_else(|_| cache.join("target"), PathBuf::from);
        // A relative target folder is relative to where the person stands, not to where a child is started.
        let target = std::path::absolute(&target)
            .map_err(|err| format!("no absolute path for the build output: {err}"))?;
        Ok(Self {
            root,
            target,
            cache,
        })
    }

    /// A cargo that builds into the shared target folder.
    pub(crate) fn cargo(&self) -> Command {
        let program = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        // `cargo xtask` runs under `cargo run`, whose variables about the xtask package are not for other packages.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Builds the whole workspace. Never one package: each selection of packages has its own set of features, and
    /// would compile the dependencies again.
    pub(crate) fn build(&self) -> Outcome {
        step::step("Rust programs", || {
            process::run(self.cargo().args(["build", "--workspace"]))
        })
    }

    /// A program that the workspace builds.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// The headless host.
    pub(crate) fn cim(&self) -> Command {
        Command::new(self.program("cim"))
    }
}

/// When a file was last changed; `None` where there is none.
pub(crate) fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|found| found.modified()).ok()
}
