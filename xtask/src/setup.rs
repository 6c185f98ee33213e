//! System packages: which ones are needed, which are missing, and how they get here.
//!
//! Installs by itself only as root or with a sudo that asks nothing; otherwise it prints the line to type.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use xtask::{Outcome, process, step};

/// What the packages are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building and running the product.
    Demo,
    /// That, and every test.
    Test,
}

/// Debian packages for building and running the product.
const TO_RUN: &[&str] = &[
    // Compiling: PROJ (cmake, and sqlite3 to make its database), GTK and WebKit.
    "build-essential",
    "cmake",
    "libgtk-3-dev",
    "libwebkit2gtk-4.1-dev",
    "libxcb-shape0-dev",
    "libxcb1-dev",
    "pkg-config",
    "sqlite3",
    // Drawing, also without a graphics card.
    "libvulkan1",
    "mesa-vulkan-drivers",
    // Camera clips in the WebView.
    "gstreamer1.0-libav",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    // A display where there is none, and pictures of it.
    "dbus",
    "imagemagick",
    "xvfb",
];

/// Further Debian packages that only tests need.
const TO_TEST: &[&str] = &[
    // Browsers and hands.
    "chromium",
    "curl",
    "webkit2gtk-driver",
    "xdotool",
    // Brokers and databases that tests start for themselves, on ports and in folders of their own.
    "mosquitto",
    "mosquitto-clients",
    "nats-server",
    "postgresql-15",
    "postgresql-15-postgis-3",
    // Other people's SensorThings servers and clients run in it.
    "python3-venv",
];

/// Installs the packages that follow the script's name, and lets none of them start a service: brokers and databases would take
/// ports and run for ever. Debian asks `policy-rc.d` (invoke-rc.d(8)); where there is one, it stays as it is.
const INSTALL_QUIETLY: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod 755 "$policy" || exit 1
fi
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
"#;

/// Makes sure that the system packages for `purpose` are installed.
pub(crate) fn system_packages(purpose: Purpose) -> Outcome {
    let wanted = wanted(purpose);
    if process::find_program("dpkg-query").is_none() || process::find_program("apt-get").is_none() {
        println!("\n▸ System packages");
        step::note(
            "this is not a Debian system; what these Debian packages hold must be installed:",
        );
        step::note(&wanted.join(" "));
        return Ok(());
    }
    let missing = missing(&wanted, &installed(&wanted)?);
    if missing.is_empty() {
        return Ok(());
    }
    step::step("System packages", || install(&missing))
}

fn wanted(purpose: Purpose) -> Vec<&'static str> {
    let further = if purpose == Purpose::Test {
        TO_TEST
    } else {
        &[]
    };
    TO_RUN.iter().chain(further).copied().collect()
}

/// The packages of `wanted` that dpkg knows as installed.
fn installed(wanted: &[&str]) -> Outcome<String> {
    let mut query = Command::new("dpkg-query");
    query
        .args(["-W", "-f", "${Package} ${db:Status-Status}\\n"])
        .args(wanted);
    // Ends with 1 when a package is unknown, which is an answer too.
    let output = query
        .stdin(Stdio::null())
        .output()
        .map_err(|err| format!("cannot ask dpkg: {err}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What of `wanted` is not in dpkg's answer.
fn missing<'a>(wanted: &[&'a str], answer: &str) -> Vec<&'a str> {
    let present: BTreeSet<&str> = answer
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .collect();
    wanted
        .iter()
        .copied()
        .filter(|name| !present.contains(name))
        .collect()
}

fn install(missing: &[&str]) -> Outcome {
    let line = format!(
        "sudo apt-get update && sudo apt-get install -y {}",
        missing.join(" ")
    );
    step::note(&format!("missing: {}", missing.join(" ")));
    let root = process::is_root();
    if !root && !sudo_asks_nothing() {
        return Err(format!(
            "these packages must be installed by somebody who may:\n  {line}"
        ));
    }
    let as_root = |program: &str| {
        if root {
            return Command::new(program);
        }
        let mut command = Command::new("sudo");
        command.args(["-n", program]);
        command
    };
    let by_hand = |trouble: String| format!("{trouble}\nBy hand it is:\n  {line}");
    let mut update = as_root("apt-get");
    update.args(["update", "-q"]).stdin(Stdio::null());
    process::run(&mut update).map_err(by_hand)?;
    let mut install = as_root("sh");
    install
        .args(["-c", INSTALL_QUIETLY, "install"])
        .args(missing)
        .stdin(Stdio::null());
    let name = "apt-get install";
    let status = install
        .status()
        .map_err(|err| by_hand(format!("cannot start `{name}`: {err}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(by_hand(format!("`{name}` ended with {status}")))
    }
}

fn sudo_asks_nothing() -> bool {
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    sudo.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_was_removed_is_missing() {
        let answer = "cmake installed\nxvfb config-files\n";
        assert_eq!(
            missing(&["cmake", "xvfb", "curl"], answer),
            ["xvfb", "curl"]
        );
    }

    #[test]
    fn the_installing_script_is_one_that_a_shell_understands() {
        let mut shell = Command::new("sh");
        shell.args(["-n", "-c", INSTALL_QUIETLY]);
        assert!(shell.status().expect("sh starts").success());
        assert!(INSTALL_QUIETLY.contains(r"'#!/bin/sh\nexit 101\n'"));
    }

    #[test]
    fn tests_need_all_that_the_demo_needs() {
        let test = wanted(Purpose::Test);
        assert!(wanted(Purpose::Demo).iter().all(|name| test.contains(name)));
        assert!(
            test.contains(&"webkit2gtk-driver")
                && !wanted(Purpose::Demo).contains(&"webkit2gtk-driver")
        );
    }
}
