//! What helpers use of the machine, as the kernel counts it (`/proc`, proc(5)).

use super::ViewId;
use cim_model::UtcMillis;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;

/// What one helper uses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Usage {
    /// Whose helper it is.
    pub view: ViewId,
    /// Its process.
    pub pid: u32,
    /// Memory that it holds, in bytes.
    pub memory_bytes: u64,
    /// How much of one core it has used since the question before; 0 at the first.
    pub cpu_share: f64,
    /// Processor time since it started, in seconds.
    pub cpu_s: f64,
}

/// Remembers what was read last.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Processor time by process, and when it was read.
    before: BTreeMap<u32, (f64, UtcMillis)>,
}

impl Meter {
    pub(crate) fn read(&mut self, pids: &[(ViewId, u32)], now: UtcMillis) -> Vec<Usage> {
        let mut before = std::mem::take(&mut self.before);
        let mut all = Vec::new();
        for &(view, pid) in pids {
            let Some((cpu_s, memory_bytes)) = of_process(pid) else {
                continue;
            };
            let (cpu_before, then) = before.remove(&pid).unwrap_or((cpu_s, now));
            let seconds = now.seconds_since(then);
            let cpu_share = if seconds > 0.0 {
                (cpu_s - cpu_before).max(0.0) / seconds
            } else {
                0.0
            };
            self.before.insert(pid, (cpu_s, now));
            all.push(Usage {
                view,
                pid,
                memory_bytes,
                cpu_share,
                cpu_s,
            });
        }
        all
    }
}

/// Processor time in seconds and resident memory in bytes.
fn of_process(pid: u32) -> Option<(f64, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let ticks = cpu_ticks(&stat)?;
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
    let cpu_s = ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
    Some((cpu_s, pages * rustix::param::page_size() as u64))
}

/// User and system time. The program's name is in brackets and may hold anything, brackets too.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 9 1 2";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("7 (cut off"), None);
    }

    #[test]
    fn a_share_is_what_was_used_between_two_questions() {
        let own = std::process::id();
        let mut meter = Meter::default();
        let view = ViewId(1);
        let first = meter.read(&[(view, own)], UtcMillis(0));
        assert!(first[0].memory_bytes > 1_000_000);
        assert!(first[0].cpu_share.abs() < f64::EPSILON);
        let second = meter.read(&[(view, own)], UtcMillis(1000));
        assert!(second[0].cpu_s >= first[0].cpu_s);
        assert!(meter.read(&[(view, u32::MAX)], UtcMillis(2000)).is_empty());
    }
}
