//! Other programs: run to the end, or kept running and stopped in good order.
//!
//! Ctrl-C in a terminal reaches every program of the foreground group, so nothing has to be passed on. When this
//! process ends in any other way, the kernel ends its children (`setpriv --pdeathsig`, where it is installed).

use crate::{Outcome, step};
use serde_json::Value;
use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// How long a program may take to end after it was asked to, before it is ended.
const STOP_WITHIN: Duration = Duration::from_secs(8);
/// How many lines of a log are shown when a program fails.
const LOG_LINES_SHOWN: usize = 30;
/// How many lines of a program's output may wait to be read; later ones go to its log only.
const LINES_WAITING: usize = 64;

/// Runs a program to its end with its output on this terminal.
pub fn run(command: &mut Command) -> Outcome {
    let line = command_line(command);
    let status = command
        .status()
        .map_err(|err| format!("cannot start `{line}`: {err}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` ended with {status}"))
    }
}

/// Runs a program to its end and returns what it wrote to its standard output.
pub fn read(command: &mut Command) -> Outcome<String> {
    let line = command_line(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|err| format!("cannot start `{line}`: {err}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`{line}` ended with {}", output.status))
    }
}

/// Where `name` is installed, if it is.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var("PATH").unwrap_or_default();
    // Debian keeps some servers where only root's PATH looks.
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// True when this process runs as root.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The command as a person would type it.
fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .map_or_else(|| program.to_string_lossy(), |name| name.to_string_lossy());
    let words = command
        .get_args()
        .map(|word| word.to_string_lossy().into_owned());
    [name.into_owned()]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A program that runs beside us until it is dropped.
pub struct Running {
    name: &'static str,
    child: Child,
    log: PathBuf,
    lines: Receiver<String>,
}

impl Running {
    /// Starts `command`; everything that it writes goes to `log`.
    pub fn start(name: &'static str, command: &Command, log: &Path) -> Outcome<Self> {
        let errors = File::create(log)
            .map_err(|err| format!("cannot write a log: {err}: {}", log.display()))?;
        let mut record = errors
            .try_clone()
            .map_err(|err| format!("cannot write a log: {err}: {}", log.display()))?;
        let mut command = ending_with_us(command);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors);
        let mut child = command
            .spawn()
            .map_err(|err| format!("cannot start {name}: {err}"))?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| format!("{name} has no output to listen to"))?;
        let (heard, lines) = sync_channel(LINES_WAITING);
        std::thread::Builder::new()
            .name(format!("output of {name}"))
            .spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // A full log disk or a full queue must not stop the program whose output this is.
                    writeln!(record, "{line}").ok();
                    heard.try_send(line).ok();
                }
            })
            .map_err(|err| format!("cannot listen to {name}: {err}"))?;
        Ok(Self {
            name,
            child,
            log: log.to_owned(),
            lines,
        })
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that the program writes.
    pub fn line(&mut self, give_up_after: Duration) -> Outcome<String> {
        let begun = Instant::now();
        let mut told = 0;
        loop {
            match self.lines.recv_timeout(Duration::from_millis(500)) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Disconnected) => return Err(self.report("ended early")),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let waited = begun.elapsed();
            if waited > give_up_after {
                return Err(self.report(&format!("said nothing for {} s", waited.as_secs())));
            }
            if waited.as_secs() / 10 > told {
                told = waited.as_secs() / 10;
                step::note(&format!(
                    "waiting for {} ({} s)",
                    self.name,
                    waited.as_secs()
                ));
            }
        }
    }

    /// Waits for the line in which the program says that it is ready: a JSON object with `"ready": true`.
    pub fn ready(&mut self, give_up_after: Duration) -> Outcome<Value> {
        loop {
            let line = self.line(give_up_after)?;
            if let Ok(value) = serde_json::from_str::<Value>(&line)
                && value.get("ready").and_then(Value::as_bool) == Some(true)
            {
                return Ok(value);
            }
        }
    }

    /// How the program ended, if it has.
    pub fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        self.child
            .try_wait()
            .map_err(|err| format!("cannot wait for {}: {err}", self.name))
    }

    /// Waits until the program ends by itself.
    pub fn wait(&mut self) -> Outcome {
        let status = self
            .child
            .wait()
            .map_err(|err| format!("cannot wait for {}: {err}", self.name))?;
        if status.success() {
            Ok(())
        } else {
            Err(self.report(&format!("ended with {status}")))
        }
    }

    /// What happened to the program, with the end of its log.
    pub fn report(&self, what: &str) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines
            .get(lines.len().saturating_sub(LOG_LINES_SHOWN)..)
            .unwrap_or_default();
        format!(
            "{} {what}. The end of its log, {}:\n{}",
            self.name,
            self.log.display(),
            end.join("\n")
        )
    }

    /// Ends the program at once, as a crash would.
    pub fn kill(&mut self) -> Outcome {
        self.child
            .kill()
            .map_err(|err| format!("cannot end {}: {err}", self.name))?;
        self.child
            .wait()
            .map(drop)
            .map_err(|err| format!("cannot wait for {}: {err}", self.name))
    }

    /// Asks the program to end, waits, and ends it if it does not.
    pub fn stop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let ask = format!("kill -TERM {}", self.child.id());
        Command::new("sh")
            .args(["-c", &ask])
            .stderr(Stdio::null())
            .status()
            .ok();
        let asked = Instant::now();
        while asked.elapsed() < STOP_WITHIN {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// `wanted` where nobody has it, else a port that is free.
pub fn free_port(wanted: u16) -> Outcome<u16> {
    let listener =
        TcpListener::bind(("127.0.0.1", wanted)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)));
    let address = listener.and_then(|listener| listener.local_addr());
    address
        .map(|address| address.port())
        .map_err(|err| format!("no free port on 127.0.0.1: {err}"))
}

/// The same command, ended by the kernel when this process ends.
fn ending_with_us(command: &Command) -> Command {
    let mut wrapped = match find_program("setpriv") {
        Some(setpriv) => {
            let mut wrapped = Command::new(setpriv);
            wrapped
                .args(["--pdeathsig", "TERM", "--"])
                .arg(command.get_program());
            wrapped
        }
        None => Command::new(command.get_program()),
    };
    wrapped.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn log(name: &str) -> PathBuf {
        env::temp_dir().join(format!(
            "citymirror-xtask-{}-{name}.log",
            std::process::id()
        ))
    }

    #[test]
    fn a_program_says_when_it_is_ready() {
        let command = shell(r#"echo starting; echo '{"ready":true,"http":"here"}'; exec sleep 60"#);
        let mut hub = Running::start("hub", &command, &log("ready")).expect("sh starts");
        let ready = hub.ready(Duration::from_secs(20)).expect("it says so");
        assert_eq!(ready["http"], "here");
        assert!(hub.ended().expect("still ours").is_none());
        fs::remove_file(log("ready")).expect("a log");
    }

    #[test]
    fn a_program_that_dies_is_reported_with_the_end_of_its_log() {
        let mut hub = Running::start("hub", &shell("echo no such city >&2; exit 3"), &log("dies"))
            .expect("sh starts");
        let trouble = hub
            .ready(Duration::from_secs(20))
            .expect_err("it never was ready");
        assert!(
            trouble.starts_with("hub ended early") && trouble.contains("no such city"),
            "{trouble}"
        );
        fs::remove_file(log("dies")).expect("a log");
    }

    #[test]
    fn a_dropped_program_is_gone() {
        let running =
            Running::start("sleeper", &shell("exec sleep 60"), &log("gone")).expect("sh starts");
        let id = running.id();
        drop(running);
        fs::remove_file(log("gone")).expect("a log");
        assert!(
            !Path::new(&format!("/proc/{id}")).exists(),
            "process {id} still runs"
        );
    }

    #[test]
    fn a_port_that_somebody_has_is_not_given_again() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = taken.local_addr().expect("an address").port();
        assert_ne!(free_port(port).expect("another one"), port);
    }

    #[test]
    fn a_failed_command_is_named_as_a_person_would_type_it() {
        let trouble = run(&mut shell("exit 7")).expect_err("it fails");
        assert!(trouble.contains("`sh -c exit 7`"), "{trouble}");
    }
}
