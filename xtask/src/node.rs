//! The UI: its packages, its checks and its build.

use crate::places::{Places, modified};
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;
use xtask::{Outcome, process, step};

/// The oldest Node that the UI's build tool runs on.
const OLDEST_NODE: (u32, u32) = (20, 19);
/// Folders whose content the build makes or fetches; a change there is no change of a source.
const MADE_FOLDERS: &[&str] = &["node_modules", "dist", "test-results"];

/// Installs the UI's Node packages, when they changed since they were last installed.
pub(crate) fn install(places: &Places) -> Outcome {
    install_in(&places.root.join("ui"))
}

/// Installs the Node packages that a folder's `package-lock.json` names, when it changed since they were last installed.
pub(crate) fn install_in(folder: &Path) -> Outcome {
    check_version()?;
    let stamp = folder.join("node_modules/.citymirror-stamp");
    let lock = folder.join("package-lock.json");
    let lock = fs::read(&lock).map_err(|err| format!("{}: {err}", lock.display()))?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&lock);
    let hash = format!("{:016x}", hasher.finish());
    if fs::read_to_string(&stamp).is_ok_and(|last| last == hash) {
        return Ok(());
    }
    step::step("Node packages", || {
        let mut npm = Command::new("npm");
        npm.current_dir(folder);
        process::run(npm.args(["ci", "--no-audit", "--no-fund"]))
    })?;
    fs::write(&stamp, hash)
        .map_err(|err| format!("cannot note what was installed: {err}: {}", stamp.display()))
}

/// Builds `ui/dist`, when a source is newer.
pub(crate) fn build(places: &Places) -> Outcome {
    let built = modified(&places.root.join("ui/dist/index.html"));
    let sources = newest(&places.root.join("ui")).max(newest(&places.root.join("assets")));
    if built.is_some() && built >= sources {
        return Ok(());
    }
    step::step("UI", || process::run(npm(places).args(["run", "build"])))
}

/// Types, lints and format of the UI.
pub(crate) fn check(places: &Places) -> Outcome {
    step::step("UI types and lints", || {
        process::run(npm(places).args(["run", "check"]))
    })
}

/// Unit tests of the UI.
pub(crate) fn test(places: &Places) -> Outcome {
    step::step("UI tests", || {
        process::run(npm(places).args(["run", "test"]))
    })
}

/// What a person does with the UI, in a real browser.
pub(crate) fn journeys(places: &Places) -> Outcome {
    step::step("UI in a browser", || {
        process::run(npm(places).args(["run", "journeys"]))
    })
}

fn npm(places: &Places) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(places.root.join("ui"));
    command
}

fn check_version() -> Outcome {
    let (major, minor) = OLDEST_NODE;
    let needed = format!("Node {major}.{minor} or newer is needed, with npm");
    let answer = process::read(Command::new("node").arg("--version"))
        .map_err(|err| format!("{needed}: {err}"))?;
    if version(&answer).is_some_and(|found| found >= OLDEST_NODE) {
        Ok(())
    } else {
        Err(format!("{needed}; this is {}", answer.trim()))
    }
}

/// Major and minor number of an answer such as `v20.20.2`.
fn version(answer: &str) -> Option<(u32, u32)> {
    let mut numbers = answer.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// When the newest file below `folder` was changed, leaving out what is made or fetched.
fn newest(folder: &Path) -> Option<SystemTime> {
    let mut newest = None;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            let made = MADE_FOLDERS.iter().any(|name| path.ends_with(name));
            newest = newest.max(if made { None } else { self::newest(&path) });
        } else {
            newest = newest.max(modified(&path));
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_is_told_from_a_new_one() {
        assert!(version("v20.20.2\n").expect("a version") >= OLDEST_NODE);
        assert!(version("v18.19.0\n").expect("a version") < OLDEST_NODE);
        assert_eq!(version("not a version"), None);
    }

    #[test]
    fn what_was_fetched_is_no_source() {
        let folder =
            std::env::temp_dir().join(format!("citymirror-xtask-sources-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules/solid")).expect("a folder");
        fs::write(folder.join("node_modules/solid/index.js"), "").expect("a file");
        assert_eq!(newest(&folder), None);
        fs::write(folder.join("app.tsx"), "").expect("a file");
        assert_eq!(newest(&folder), modified(&folder.join("app.tsx")));
        fs::remove_dir_all(folder).expect("a folder");
    }
}
