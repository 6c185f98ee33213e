//! `cim torture store --flips`: bits of a closed cache's files are flipped, then everything is read.
//!
//! No value may be shown that nobody wrote, and what is missing must be named. SQLite keeps no checksums of its own: words of
//! facts in the file of the city are compared and counted, not held against it.

use super::{
    Outcome,
    power::workload::{self, Found, Truth},
};
use crate::{
    Failure,
    dice::Dice,
    host::{progress, runtime, say},
};
use cim_store::Store;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Trials with the same cache.
const FLIPS_PER_CACHE: u64 = 100;
/// Acts that fill a cache.
const ACTS: u64 = 120;
/// Most bits that are flipped in one trial.
const MAX_BITS: u64 = 8;
/// Bytes that are overwritten at once, now and then.
const SCRATCH_BYTES: usize = 64;

/// A closed cache, and what is in it.
struct Cache {
    number: u64,
    files: Vec<(PathBuf, Vec<u8>)>,
    truth: Truth,
}

/// Spoils a cache `count` times; the first time with `seed`.
pub(super) fn run(count: u32, seed: u64, dir: &Path) -> Result<Outcome, Failure> {
    let runtime = runtime()?;
    let mut outcome = Outcome::default();
    let (mut unopened, mut named, mut changed_facts) = (0_u64, 0_u64, 0_u64);
    let mut cache: Option<Cache> = None;
    let folder = dir.join("spoilt");
    for n in 0..u64::from(count) {
        progress(&format!("spoilt file {n} of {count}"));
        let own = seed.wrapping_add(n);
        let number = own / FLIPS_PER_CACHE;
        let current = match cache.take() {
            Some(current) if current.number == number => current,
            _ => runtime.block_on(fill(number, &dir.join("work")))?,
        };
        let what = spoil(&current, own, &folder)?;
        outcome.runs += 1;
        let is_sound = match runtime.block_on(look(&folder, &current.truth)) {
            Ok(mut found) => {
                named += u64::from(!found.named.is_empty());
                changed_facts += found.changed_facts;
                if !found.named.is_empty() {
                    // What is missing is named: that is all that can be asked of spoilt files.
                    found.lost = 0;
                }
                outcome.add(&found, own)
            }
            Err(error) => {
                unopened += 1;
                say(&format!("seed {own}: {error}"));
                false
            }
        };
        if !is_sound {
            say(&format!("seed {own}: {what}"));
            outcome.failing_seeds.push(own);
        }
        cache = Some(current);
    }
    workload::clear(&folder)?;
    workload::clear(&dir.join("work"))?;
    outcome.notes = vec![
        ("unopened".into(), json!(unopened)),
        ("named".into(), json!(named)),
        ("changed_facts".into(), json!(changed_facts)),
    ];
    Ok(outcome)
}

/// Fills a cache and closes it.
async fn fill(number: u64, folder: &Path) -> Result<Cache, Failure> {
    workload::clear(folder)?;
    let (store, _) = Store::open(folder).await?;
    let series = workload::begin(&store).await?;
    let mut truth = Truth::default();
    for act in 0..ACTS {
        let doing = workload::act(number, act, &series);
        workload::perform(&store, &mut truth, act, &doing).await?;
    }
    store.close().await;
    let mut files = Vec::new();
    read_files(folder, folder, &mut files)?;
    files.sort();
    Ok(Cache {
        number,
        files,
        truth,
    })
}

fn read_files(
    root: &Path,
    folder: &Path,
    files: &mut Vec<(PathBuf, Vec<u8>)>,
) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_files(root, &path, files)?;
        } else {
            let content = std::fs::read(&path)?;
            files.push((path.strip_prefix(root)?.to_path_buf(), content));
        }
    }
    Ok(())
}

/// Writes the cache into `folder`, one of its files spoilt. Says what was done.
fn spoil(cache: &Cache, seed: u64, folder: &Path) -> Result<String, Failure> {
    let mut dice = Dice::new(seed ^ 0x0f11_b5ee_d000_0000);
    workload::clear(folder)?;
    let filled: Vec<usize> = (0..cache.files.len())
        .filter(|place| {
            cache
                .files
                .get(*place)
                .is_some_and(|(_, content)| !content.is_empty())
        })
        .collect();
    let chosen = filled
        .get(dice.below(filled.len() as u64) as usize)
        .copied();
    let mut what = String::from("nothing was spoilt");
    for (place, (path, content)) in cache.files.iter().enumerate() {
        let mut content = content.clone();
        if Some(place) == chosen {
            what = format!("{} in {}", flip(&mut content, &mut dice), path.display());
        }
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, content)?;
    }
    Ok(what)
}

/// Flips some bits, or overwrites a few bytes.
fn flip(content: &mut [u8], dice: &mut Dice) -> String {
    let len = content.len() as u64;
    if dice.once_in(4) {
        let start = dice.below(len) as usize;
        for byte in content.iter_mut().skip(start).take(SCRATCH_BYTES) {
            *byte = dice.roll() as u8;
        }
        return format!("{SCRATCH_BYTES} bytes from {start}");
    }
    let mut places = Vec::new();
    for _ in 0..=dice.below(MAX_BITS) {
        let place = dice.below(len);
        if let Some(byte) = content.get_mut(place as usize) {
            *byte ^= 1 << dice.below(8);
        }
        places.push(place);
    }
    format!("bits at {places:?}")
}

async fn look(folder: &Path, truth: &Truth) -> Result<Found, Failure> {
    let (store, notes) = Store::open(folder).await?;
    let mut found = workload::compare(&store, truth, notes, |_| true).await;
    store.close().await;
    // An error in place of an answer names the file too.
    found.named.append(&mut found.refused);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flip_changes_the_content_and_says_where() {
        let mut dice = Dice::new(3);
        let (mut few, mut many) = (0, 0);
        for _ in 0..50 {
            let mut content = vec![0x55; 5000];
            let what = flip(&mut content, &mut dice);
            match content.iter().filter(|byte| **byte != 0x55).count() {
                1..=8 => few += 1,
                9..=SCRATCH_BYTES => many += 1,
                other => assert_eq!(other, 0, "{what}"),
            }
        }
        assert!(few > 20 && many > 5, "{few} and {many}");
    }

    #[test]
    fn spoilt_files_show_no_wrong_value() {
        let dir = std::env::temp_dir().join(format!("cim-flips-{}", std::process::id()));
        let outcome = run(20, 0, &dir).expect("the trial runs");
        assert_eq!(outcome.runs, 20);
        assert!(outcome.holds(), "{outcome:?}");
        std::fs::remove_dir_all(&dir).expect("removed");
    }
}
