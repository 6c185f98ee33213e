//! A million channels in GB18030 packets, taken in by a program of its own whose time and memory are told, beside what reading
//! and decoding the same file takes.

use super::{MEASURE, SEED, VideoBench, ms_since, told};
use crate::{
    Failure,
    bench::{at_most, figure::Figure},
    host::{MachineClock, end_progress, instant, print, progress},
    live::peak_bytes,
};
use cim_model::TimeSource;
use cim_video::channels::{ChannelIndex, Disorder, Import, Scope, Synthetic};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    fs::File,
    io::{BufWriter, Read as _, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

const CHANNELS: u32 = 1_000_000;
/// Entries of a packet.
const PER_PACKET: u32 = 100;
/// One packet in so many comes twice.
const TWICE: u32 = 50;
/// The file is read in pieces of so many bytes.
const PIECE: usize = 1 << 20;
const MUST_S: f64 = 30.0;
const GOAL_S: f64 = 10.0;
const MUST_MIB: f64 = 512.0;
const MIB: f64 = 1_048_576.0;

/// The part of `cim bench video` that takes a catalogue in, on its own.
#[derive(Debug, Args)]
pub(crate) struct ImportChild {
    /// The catalogue.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

/// What the program on its own found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Imported {
    seconds: f64,
    peak_bytes: u64,
    /// What the index says that it takes.
    index_bytes: usize,
    added: u64,
    duplicates: u64,
    rejected: u64,
    missing: u64,
    channels: usize,
    /// As a file: how large, and how long writing and reading it take.
    kept_bytes: usize,
    keep_s: f64,
    read_s: f64,
}

/// The file that was made up.
struct Made {
    path: PathBuf,
    bytes: u64,
    packets: u32,
    entries: u32,
}

pub(super) fn of_imports(bench: &VideoBench) -> Result<Vec<Figure>, Failure> {
    let channels = bench.many(CHANNELS);
    let figures = bench.in_folder("import", |folder| {
        progress("a catalogue is made up");
        let made = make_up(folder, channels)?;
        progress("it is read and decoded");
        let plain_s = plainly(&made.path)?;
        progress("it is taken in");
        let imported = on_its_own(&made.path)?;
        figures(&made, plain_s, &imported)
    });
    end_progress();
    figures
}

fn make_up(folder: &Path, channels: u32) -> Result<Made, Failure> {
    let catalogue = Synthetic {
        channels,
        seed: SEED,
    };
    let path = folder.join("catalogue.xml");
    let mut file = BufWriter::new(File::create(&path)?);
    let (mut bytes, mut packets) = (0, 0);
    let disorder = Disorder {
        is_shuffled: true,
        repeat_every: TWICE,
    };
    for packet in catalogue.packets(PER_PACKET, disorder) {
        file.write_all(&packet)?;
        bytes += packet.len() as u64;
        packets += 1;
    }
    file.flush()?;
    Ok(Made {
        path,
        bytes,
        packets,
        entries: catalogue.entries(),
    })
}

/// Seconds to read a file and decode its GB18030: nothing that reads it can be faster on one core.
fn plainly(path: &Path) -> Result<f64, Failure> {
    let begun = instant();
    let mut file = File::open(path)?;
    let mut decoder = encoding_rs::GB18030.new_decoder();
    let (mut piece, mut text, mut letters) = (vec![0_u8; PIECE], String::new(), 0_usize);
    loop {
        let read = file.read(&mut piece)?;
        let part = piece.get(..read).unwrap_or_default();
        text.clear();
        text.reserve(decoder.max_utf8_buffer_length(read).unwrap_or(4 * PIECE));
        let (_, _, has_errors) = decoder.decode_to_string(part, &mut text, read == 0);
        if has_errors {
            return Err("the catalogue that was made up is no GB18030".into());
        }
        letters += text.len();
        if read == 0 {
            break;
        }
    }
    // The texts are used, so that nobody may leave the work out.
    std::hint::black_box(letters);
    Ok(ms_since(begun) / 1e3)
}

fn on_its_own(path: &Path) -> Result<Imported, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .arg("bench-video-import")
        .arg("--file")
        .arg(path)
        .output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("the import ended with {}: {why}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

impl ImportChild {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let mut index = ChannelIndex::default();
        let begun = instant();
        let now = MachineClock.now();
        let mut import = Import::begin(&mut index, "bench", 1, Scope::Whole, now)?;
        import.read(File::open(&self.file)?)?;
        let report = import.finish();
        let seconds = ms_since(begun) / 1e3;
        let mut imported = Imported {
            seconds,
            peak_bytes: peak_bytes()?,
            index_bytes: index.bytes(),
            added: report.added,
            duplicates: report.duplicates,
            rejected: report.rejected,
            missing: report.missing,
            channels: index.channels(),
            ..Imported::default()
        };
        let begun = instant();
        let kept = index.to_bytes();
        imported.keep_s = ms_since(begun) / 1e3;
        imported.kept_bytes = kept.len();
        drop(index);
        let begun = instant();
        let again = ChannelIndex::from_bytes(&kept)?;
        imported.read_s = ms_since(begun) / 1e3;
        if again.channels() != imported.channels {
            return Err("not every channel came back from its file".into());
        }
        print(&serde_json::to_string(&imported)?);
        Ok(true)
    }
}

fn figures(made: &Made, plain_s: f64, imported: &Imported) -> Result<Vec<Figure>, Failure> {
    if imported.added != u64::from(made.entries) || imported.missing > 0 {
        return Err(format!(
            "{} of {} entries were added, {} are missing, {} were rejected",
            imported.added, made.entries, imported.missing, imported.rejected
        )
        .into());
    }
    let channels = imported.channels;
    let mut time = at_most(
        MEASURE,
        format!("{channels} channels from GB18030 XML"),
        imported.seconds,
        MUST_S,
        GOAL_S,
    );
    time.unit = "s";
    time.limit = Some(plain_s);
    time.notes = vec![
        ("limit_is", json!("reading and decoding the file")),
        ("file_mib", json!((made.bytes as f64 / MIB).round())),
        ("packets", json!(made.packets)),
        ("came_twice", json!(imported.duplicates)),
    ];
    let mut memory = at_most(
        MEASURE,
        format!("{channels} channels: peak memory of the import"),
        imported.peak_bytes as f64 / MIB,
        MUST_MIB,
        MUST_MIB,
    );
    memory.unit = "MiB";
    memory.notes = vec![(
        "bytes_a_channel",
        json!(imported.index_bytes / channels.max(1)),
    )];
    let mut restart = told(
        format!("{channels} channels read again after a restart"),
        imported.read_s,
        "s",
    );
    restart.notes = vec![
        ("write_s", json!(imported.keep_s)),
        (
            "file_mib",
            json!((imported.kept_bytes as f64 / MIB).round()),
        ),
    ];
    Ok(vec![time, memory, restart])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Made {
        Made {
            path: PathBuf::new(),
            bytes: 800 << 20,
            packets: 10_000,
            entries: 1_000_100,
        }
    }

    fn imported(seconds: f64, peak_mib: u64) -> Imported {
        Imported {
            seconds,
            peak_bytes: peak_mib << 20,
            added: 1_000_100,
            channels: 1_000_000,
            ..Imported::default()
        }
    }

    #[test]
    fn a_slow_or_hungry_import_does_not_hold() {
        let holds = |imported: Imported| -> Vec<bool> {
            let figures = figures(&made(), 2.0, &imported).expect("figures");
            figures.iter().map(Figure::holds).collect()
        };
        assert_eq!(holds(imported(12.0, 400)), [true, true, true]);
        assert_eq!(holds(imported(31.0, 600)), [false, false, true]);
    }

    #[test]
    fn an_import_that_lost_channels_is_no_figure() {
        let lossy = Imported {
            added: 999_000,
            ..imported(12.0, 400)
        };
        assert!(figures(&made(), 2.0, &lossy).is_err());
    }

    #[test]
    fn a_made_up_file_is_gb18030_and_is_taken_in_whole() {
        let folder = std::env::temp_dir().join(format!("cim-import-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let made = make_up(&folder, 300).expect("a file");
        assert!(plainly(&made.path).expect("it is decoded") >= 0.0);
        let mut index = ChannelIndex::default();
        let now = MachineClock.now();
        let mut import =
            Import::begin(&mut index, "bench", 1, Scope::Whole, now).expect("an import");
        import.feed(&std::fs::read(&made.path).expect("the file"));
        let report = import.finish();
        assert_eq!(report.added, u64::from(made.entries));
        std::fs::remove_dir_all(&folder).expect("the folder goes");
    }
}
