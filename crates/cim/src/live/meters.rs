//! What this process and those that it started take of the machine, as the kernel counts it (Linux).

use crate::Failure;

const PAGE_BYTES: u64 = 4096;
/// The kernel counts a process's time in hundredths of a second (`USER_HZ`, the same on every Linux).
const TICKS_PER_S: f64 = 100.0;

/// What this process holds in memory, bytes (`/proc/self/statm`).
pub(crate) fn resident_bytes() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/statm")
        .map_err(|err| format!("resident memory is only known on Linux: {err}"))?;
    let pages = text
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok())
        .ok_or("/proc/self/statm has no second number")?;
    Ok(pages * PAGE_BYTES)
}

/// Seconds of processors that all threads of this process have used (`/proc/self/stat`, fields 14 and 15).
pub(crate) fn cpu_seconds() -> Result<f64, Failure> {
    cpu_seconds_in("/proc/self/stat")
}

/// The same of another process.
pub(crate) fn cpu_seconds_of(process: u32) -> Result<f64, Failure> {
    cpu_seconds_in(&format!("/proc/{process}/stat"))
}

fn cpu_seconds_in(file: &str) -> Result<f64, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|err| format!("the time of processors is only known on Linux: {err}"))?;
    ticks_in(&text)
        .map(|ticks| ticks as f64 / TICKS_PER_S)
        .ok_or_else(|| format!("{file} has no user and system time").into())
}

/// The most that this process ever held in memory, bytes (`VmHWM` of `/proc/self/status`).
pub(crate) fn peak_bytes() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/status")
        .map_err(|err| format!("peak memory is only known on Linux: {err}"))?;
    peak_in(&text).ok_or_else(|| "/proc/self/status has no VmHWM".into())
}

/// The peak in the lines of `/proc/self/status`, which counts in KiB.
fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

/// User and system time in a line of `/proc/self/stat`. The program's name in it may hold anything, and ends with the last
/// bracket.
fn ticks_in(line: &str) -> Option<u64> {
    let (_, after_name) = line.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_name_with_brackets_does_not_shift_the_fields() {
        let line = "12 (a) b) (c)) S 1 12 12 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 8 0 77 1000 99";
        assert_eq!(ticks_in(line), Some(300));
        assert_eq!(ticks_in("12 (a) S 1"), None);
        assert_eq!(ticks_in(""), None);
    }

    #[test]
    fn the_peak_is_found_among_the_lines() {
        let status = "Name:\tcim\nVmPeak:\t  9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(peak_in(status), Some(2 << 20));
        assert_eq!(peak_in("VmRSS:\t 1 kB\n"), None);
        assert!(peak_bytes().expect("Linux") >= 1 << 20);
        assert!(cpu_seconds_of(std::process::id()).expect("Linux") >= 0.0);
    }

    #[test]
    fn work_is_seen_in_the_time_of_processors() {
        let before = cpu_seconds().expect("Linux");
        let mut sum = 0_u64;
        let begun = crate::host::instant();
        while begun.elapsed().as_millis() < 200 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let used = cpu_seconds().expect("Linux") - before;
        assert!(used > 0.02, "{used} s after {sum} turns");
        assert!(resident_bytes().expect("Linux") > 1 << 20);
    }
}
