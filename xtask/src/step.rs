//! Steps that say what they do and how long they took, so that a long run is never a silent one.

use crate::Outcome;
use std::time::Instant;

/// Runs `work` as a named step and says how long it took.
pub fn step<T>(title: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let begun = Instant::now();
    let result = last_step(title, work)?;
    println!("  {title}: {}", duration(begun.elapsed().as_secs_f64()));
    Ok(result)
}

/// Runs `work` as a named step without a word after it: the last lines of the output are those of the last program.
pub fn last_step<T>(title: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("\n▸ {title}");
    let begun = Instant::now();
    work().map_err(|trouble| {
        format!(
            "{title} failed after {}: {trouble}",
            duration(begun.elapsed().as_secs_f64())
        )
    })
}

/// A remark inside a step.
pub fn note(text: &str) {
    println!("  {text}");
}

/// Seconds as a person says them.
fn duration(seconds: f64) -> String {
    if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:.0} s", (seconds / 60.0) as u32, seconds % 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_step_is_told_in_minutes() {
        assert_eq!(duration(4.26), "4.3 s");
        assert_eq!(duration(754.0), "12 min 34 s");
    }

    #[test]
    fn a_failed_step_says_which_one_it_was() {
        let failed: Outcome = last_step("Tiles", || Err("no source".to_owned()));
        let text = failed.expect_err("the work failed");
        assert!(
            text.starts_with("Tiles failed after") && text.ends_with("no source"),
            "{text}"
        );
    }
}
