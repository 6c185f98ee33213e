//! CityGML.
use crate::reader::SourceReader;
use crate::request::{ImportError, ImportRequest};
use std::path::Path;
pub(crate) fn open(path: &Path, _request: &ImportRequest) -> Result<Box<dyn SourceReader>, ImportError> {
    Err(ImportError::NothingToRead { place: path.to_path_buf() })
}
