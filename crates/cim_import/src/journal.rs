//! What an import remembers of itself while it runs, so that an interrupted one can be gone on with.
//!
//! Written anew after every source. Which tiles are done is in the city's own list of tiles ([`crate::tiles`]).

use crate::ledger::Ledger;
use crate::reader::{SourceMark, SourceNotes};
use crate::request::ImportRequest;
use crate::spool::SpoolLength;
use crate::work::Work;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;

/// Changes whenever the working files or the meshes that come out of them change.
pub(crate) const VERSION: u32 = 1;

/// The state of an import that is being made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Journal {
    version: u32,
    /// What in the request changes the city.
    request: String,
    /// What tells the sources from changed ones.
    marks: Vec<SourceMark>,
    /// The sources that were read to their end, in order.
    pub(crate) read: Vec<ReadSource>,
    /// The account of those sources.
    pub(crate) ledger: Ledger,
    /// How much of the spool is theirs.
    pub(crate) spool: SpoolLength,
}

/// What came of reading one source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ReadSource {
    /// What it says of itself; `None` when it could not be read.
    pub(crate) notes: Option<SourceNotes>,
}

impl Journal {
    /// A journal of an import that has not begun.
    pub(crate) fn new(request: &ImportRequest, marks: &[Option<SourceMark>]) -> Self {
        Self {
            version: VERSION,
            request: signature(request),
            marks: marks.iter().flatten().cloned().collect(),
            ..Self::default()
        }
    }

    /// The journal that an interrupted import of the same sources has left, if there is one that can be trusted.
    pub(crate) fn left_behind(work: &Work, fresh: &Self) -> Option<Self> {
        let bytes = std::fs::read(path_of(work)).ok()?;
        let left: Self = serde_json::from_slice(&bytes).ok()?;
        let is_same = left.version == fresh.version
            && left.request == fresh.request
            && left.marks == fresh.marks;
        (is_same && left.read.len() <= left.marks.len()).then_some(left)
    }

    /// Writes the journal; the old one is there until the new one is whole.
    pub(crate) fn save(&self, work: &Work) -> io::Result<()> {
        let path = path_of(work);
        let fresh = path.with_extension("new");
        std::fs::write(&fresh, serde_json::to_vec(self)?)?;
        std::fs::rename(fresh, path)
    }
}

fn path_of(work: &Work) -> PathBuf {
    work.root().join("journal.json")
}

/// What in a request changes the features and the tiles. Names and credits do not.
fn signature(request: &ImportRequest) -> String {
    format!(
        "{:?} {:?} {:?} {:?}",
        request.crs, request.origin, request.lod, request.ground_height_m
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_trusted_for_the_same_sources_and_the_same_request_only() {
        let out = std::env::temp_dir().join(format!("cim_journal_{}/city", std::process::id()));
        let work = Work::beside(&out).expect("named");
        work.make().expect("made");
        let request = ImportRequest::new(Vec::new(), out);
        let mark = SourceMark {
            name: "a.geojson".into(),
            bytes: 7,
            hash: "aa".into(),
        };
        let mut journal = Journal::new(&request, &[Some(mark.clone())]);
        journal.read.push(ReadSource::default());
        journal.save(&work).expect("written");

        let fresh = Journal::new(&request, &[Some(mark.clone())]);
        assert_eq!(Journal::left_behind(&work, &fresh), Some(journal));
        let mut changed = mark;
        changed.hash = "bb".into();
        let other = Journal::new(&request, &[Some(changed)]);
        assert_eq!(Journal::left_behind(&work, &other), None);
        let mut elsewhere = request;
        elsewhere.origin = Some([117.2, 34.26]);
        let other = Journal::new(&elsewhere, &[]);
        assert_eq!(Journal::left_behind(&work, &other), None);
        std::fs::remove_dir_all(work.root().parent().expect("a parent")).ok();
    }
}
