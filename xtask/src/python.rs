//! The Python packages of other people that tests talk to: SensorThings servers, clients, a tester of documents.
//!
//! They lie in a folder of the cache of their own, so that no Python of this machine is touched. The tests make the same folder
//! by themselves when they run alone; here it is made first, where a person sees what takes so long.

use crate::places::Places;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use xtask::{Outcome, process, step};

/// Which packages, in the order in which they are noted once they are there.
const LISTS: [&str; 2] = ["requirements.txt", "requirements-hydroserver.txt"];
/// What is noted in this file is installed; `crates/cim_hub/tests/it/foreign.rs` reads it too.
const NOTE: &str = "installed.txt";
/// Held while somebody installs; by the tests as well.
const LOCK: &str = "lock";

/// Makes sure that the packages are there. Without Python or a package index the tests that need them are skipped, and say so.
pub(crate) fn peers(places: &Places) -> Outcome {
    let lists = places.root.join("tests/peers/python");
    let folder = places.cache.join("peers-venv");
    let wanted = wanted(&lists)?;
    if is_installed(&folder, &wanted) {
        return Ok(());
    }
    let made = step::step("Python packages", || {
        step::note("other people's servers and clients, for tests; some minutes the first time");
        install(&lists, &folder, &wanted)
    });
    if let Err(trouble) = made {
        step::note(&trouble);
        step::note(
            "Is there a network with PyPI, or a mirror in pip's configuration? Tests against other people's servers and \
             clients will be skipped.",
        );
    }
    Ok(())
}

/// What has to be installed, as text.
fn wanted(lists: &Path) -> Outcome<String> {
    let mut text = String::new();
    for name in LISTS {
        let list = lists.join(name);
        let part = fs::read_to_string(&list).map_err(|err| format!("{err}: {}", list.display()))?;
        text.push_str(&part);
    }
    Ok(text)
}

fn is_installed(folder: &Path, wanted: &str) -> bool {
    fs::read_to_string(folder.join(NOTE)).is_ok_and(|noted| noted == wanted)
}

fn install(lists: &Path, folder: &Path, wanted: &str) -> Outcome {
    let failed = |err: std::io::Error| format!("{err}: {}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    let lock = File::create(folder.join(LOCK)).map_err(failed)?;
    lock.lock().map_err(failed)?;
    // Somebody else may have installed them while we waited for the lock.
    if is_installed(folder, wanted) {
        return Ok(());
    }
    process::run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let [main, own] = LISTS.map(|name| lists.join(name));
    process::run(pip(folder).arg("-r").arg(main))?;
    // Its module has the name of another package's, so it lies in a folder of its own.
    let apart = folder.join("hydroserver");
    if apart.exists() {
        fs::remove_dir_all(&apart).map_err(failed)?;
    }
    process::run(
        pip(folder)
            .arg("-r")
            .arg(own)
            .args(["--no-deps", "--target"])
            .arg(&apart),
    )?;
    fs::write(folder.join(NOTE), wanted).map_err(failed)
}

/// pip of the folder, which gives up soon where there is no index.
fn pip(folder: &Path) -> Command {
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check"]);
    pip.args(["--progress-bar", "off", "--retries", "1", "--timeout", "15"]);
    pip
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_list_of_packages_is_installed_anew() {
        let folder =
            std::env::temp_dir().join(format!("citymirror-xtask-python-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        for (name, text) in LISTS.iter().zip(["Django==5.2.19\n", "hydro==1\n"]) {
            fs::write(folder.join(name), text).expect("a file");
        }
        let first = wanted(&folder).expect("readable");
        assert_eq!(first, "Django==5.2.19\nhydro==1\n");
        assert!(!is_installed(&folder, &first));
        fs::write(folder.join(NOTE), &first).expect("a file");
        assert!(is_installed(&folder, &first));
        fs::write(folder.join(LISTS[0]), "Django==5.2.20\n").expect("a file");
        let second = wanted(&folder).expect("readable");
        assert!(!is_installed(&folder, &second));
        fs::remove_dir_all(folder).expect("a folder");
    }
}
