//! First pass: every source is read to its end, and what the city can use of it goes to the spool.

use crate::classify::{Class, classify};
use crate::codec::Decided;
use crate::feature::SourceFeature;
use crate::journal::{Journal, ReadSource};
use crate::ledger::Ledger;
use crate::reader::{SourceNotes, SourceReader};
use crate::request::{ImportError, Progress};
use crate::spool::{MAX_FEATURE_BYTES, SpoolWriter};
use crate::work::Work;

/// Progress is reported every so many features.
const PROGRESS_STEP: u64 = 2_000;

/// Reads the sources that the journal does not know yet. A broken one is counted and the others go on; with none left the
/// first error is returned.
pub(crate) fn read_sources(
    readers: &mut [Box<dyn SourceReader>],
    journal: &mut Journal,
    is_resumable: bool,
    work: &Work,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), ImportError> {
    let mut spool =
        SpoolWriter::open(&work.scratch(), journal.spool).map_err(|reason| work.failed(reason))?;
    let mut first_error = None;
    let known = journal.read.len();
    for (number, reader) in readers.iter_mut().enumerate().skip(known) {
        let notes = match read_one(
            reader.as_mut(),
            number as u32,
            &mut journal.ledger,
            &mut spool,
            work,
            progress,
        ) {
            Ok(notes) => Some(notes),
            // A full disk is no fault of the source.
            Err(error @ ImportError::Unwritable { .. }) => return Err(error),
            Err(error) => {
                // Counted among the features too, so that the account stays whole.
                journal
                    .ledger
                    .refuse("a whole source cannot be read", &error.to_string());
                first_error = first_error.or(Some(error));
                None
            }
        };
        journal.read.push(ReadSource { notes });
        journal.spool = spool.flush().map_err(|reason| work.failed(reason))?;
        if is_resumable {
            journal.save(work).map_err(|reason| work.failed(reason))?;
        }
    }
    let is_any_read = journal.read.iter().any(|source| source.notes.is_some());
    match first_error {
        Some(error) if !is_any_read => Err(error),
        _ => Ok(()),
    }
}

fn read_one(
    reader: &mut dyn SourceReader,
    number: u32,
    ledger: &mut Ledger,
    spool: &mut SpoolWriter,
    work: &Work,
    progress: &mut dyn FnMut(Progress),
) -> Result<SourceNotes, ImportError> {
    let before = ledger.counts.features;
    let mut taken = Ledger::default();
    let outcome = reader.read(ledger, &mut |feature| {
        take(feature, number, &mut taken, spool, work)?;
        if taken.counts.features % PROGRESS_STEP == 1 {
            progress(Progress {
                stage: "reading",
                done: before + taken.counts.features,
                total: 0,
                bytes: spool.length().bytes,
            });
        }
        Ok(())
    });
    ledger.merge(&taken);
    progress(Progress {
        stage: "reading",
        done: ledger.counts.features,
        total: 0,
        bytes: spool.length().bytes,
    });
    outcome
}

/// Decides what a feature is and keeps it; labels and what the twin has no use for are counted and let go.
fn take(
    feature: SourceFeature,
    source: u32,
    ledger: &mut Ledger,
    spool: &mut SpoolWriter,
    work: &Work,
) -> Result<(), ImportError> {
    ledger.counts.features += 1;
    let verdict = classify(&feature);
    match verdict.class {
        Class::Label => ledger.counts.labels += 1,
        Class::Other => ledger.counts.other += 1,
        _ if feature.shape.first().is_none() => {
            ledger.drop("the feature has no geometry", &feature.place);
        }
        _ => {
            let decided = Decided {
                feature,
                verdict,
                is_from_ground: false,
            };
            let is_kept = spool
                .push(&decided, source)
                .map_err(|reason| work.failed(reason))?;
            if !is_kept {
                let reason = format!("the feature is larger than {} MiB", MAX_FEATURE_BYTES >> 20);
                ledger.drop(&reason, &decided.feature.place);
            }
        }
    }
    Ok(())
}
