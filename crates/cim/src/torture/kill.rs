//! One life of the child: started, listened to, killed.

use crate::Failure;
use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

/// Deeds after which a child that nobody kills stops by itself.
const MOST_DEEDS: u64 = 100_000;

/// How a life goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// The seed of the plan.
    pub(super) seed: u64,
    /// The first deed.
    pub(super) from: u64,
    /// The place to die at, `POINT:NTH`; when it is not reached, the kill comes all the same.
    pub(super) fail: Option<String>,
    /// The kill comes after so many acknowledgements …
    pub(super) acknowledgements: u64,
    /// … and this much later.
    pub(super) later: Duration,
}

/// How a life went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lived {
    /// The first deed that was not acknowledged.
    pub(super) next: u64,
    /// The child ended by itself, without being told to: it met an error.
    pub(super) gave_up: bool,
    /// It died at the place in the store that was named.
    pub(super) died_at_point: bool,
}

/// Starts a child on the cache in `folder`, kills it as `order` says, and says what it had acknowledged. What it complains
/// about goes to the file `log`.
pub(super) fn live(order: &Order, folder: &Path, log: &Path) -> Result<Lived, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("torture-store-child").arg("--dir").arg(folder);
    let (from, until) = (order.from, order.from.saturating_add(MOST_DEEDS));
    command.args(["--seed", &order.seed.to_string()]);
    command.args(["--from", &from.to_string(), "--until", &until.to_string()]);
    if let Some(fail) = &order.fail {
        command.args(["--fail", fail]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(File::create(log)?);
    let mut running = Running(command.spawn()?);
    let mut lines = BufReader::new(running.0.stdout.take().ok_or("the child has no output")?);
    let mut next = from;
    let mut was_killed = false;
    loop {
        if !was_killed && next - from >= order.acknowledgements {
            thread::sleep(order.later);
            running.0.kill()?;
            was_killed = true;
        }
        // Whatever it said before it died is a promise too: read to the end.
        match acknowledged(&mut lines)? {
            Some(deed) => next = deed + 1,
            None => break,
        }
    }
    let status = running.end()?;
    let exited = status.code().is_some();
    Ok(Lived {
        next,
        gave_up: !was_killed && exited,
        died_at_point: !was_killed && !exited,
    })
}

/// The next acknowledged deed; none at the end. Half a line is no acknowledgement.
fn acknowledged(lines: &mut impl BufRead) -> Result<Option<u64>, Failure> {
    let mut line = String::new();
    lines.read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(number) => Ok(Some(number.trim().parse()?)),
        None => Ok(None),
    }
}

/// A child that does not outlive its parent's interest.
struct Running(Child);

impl Running {
    fn end(mut self) -> std::io::Result<ExitStatus> {
        self.0.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to end.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_line_is_no_acknowledgement() {
        let mut said = "7\n8\n12".as_bytes();
        let mut heard = Vec::new();
        while let Some(deed) = acknowledged(&mut said).expect("numbers") {
            heard.push(deed);
        }
        assert_eq!(heard, [7, 8]);
    }
}
