//! A disk that fails on demand: an SQLite VFS that records what is done to the files of watched folders, fails what it is told
//! to fail, and says what a power cut could have left.
//!
//! For trials only; the product never opens a file through it. Knows nothing of what the files mean. Every `unsafe` is in `vfs`, and in
//! `rows`, plain SQLite to measure the store against.

mod error;
mod image;
mod rows;
mod trace;
mod vfs;
mod watch;

pub use error::DiskError;
pub use image::{Image, image, images};
pub use rows::{PlainRow, insert_rows};
pub use trace::{Step, Trace};
pub use vfs::{NAME, register};
pub use watch::{Failure, Watch};
