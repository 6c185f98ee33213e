//! What can go wrong with a recording or a table, with the file that it went wrong in.

use cim_store::StoreError;
use std::path::PathBuf;

/// What can go wrong with a recording or a table.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The system refused to read or write a file.
    #[error("{act} failed ({source}): {path}")]
    File {
        /// What was being done.
        act: &'static str,
        /// What the system said.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The recording could not be written.
    #[error("the recording cannot be written ({source}): {path}")]
    Unwritten {
        /// What the MCAP writer said.
        source: Box<mcap::McapError>,
        /// The file.
        path: PathBuf,
    },
    /// The file is no recording of ours.
    #[error("this is no recording of the city: {why}: {path}")]
    Foreign {
        /// What gave it away.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// A part of the recording that was asked for cannot be read.
    #[error("the recording is damaged at byte {offset}: {why}: {path}")]
    Damaged {
        /// Where the damaged record begins in the file.
        offset: u64,
        /// What is wrong with it.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// The stretch or the selection makes no sense.
    #[error("this cannot be recorded: {why}")]
    Scope {
        /// Why not.
        why: String,
    },
    /// Something has no form as JSON.
    #[error("{what} cannot be written as JSON ({source})")]
    Json {
        /// What it was.
        what: &'static str,
        /// What the JSON writer said.
        source: serde_json::Error,
    },
    /// The CSV file could not be written.
    #[error("the CSV table cannot be written ({source}): {path}")]
    Csv {
        /// What the CSV writer said.
        source: csv::Error,
        /// The file.
        path: PathBuf,
    },
    /// The Parquet file could not be written.
    #[error("the Parquet table cannot be written ({source}): {path}")]
    Parquet {
        /// What the Parquet writer said.
        source: Box<parquet::errors::ParquetError>,
        /// The file.
        path: PathBuf,
    },
    /// The history refused.
    #[error(transparent)]
    Store(Box<StoreError>),
}

impl From<StoreError> for RecordingError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}
