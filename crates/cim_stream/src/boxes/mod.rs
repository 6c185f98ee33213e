//! The boxes of MP4 files (ISO/IEC 14496-12 and -15), read with every claimed size bounded, and written.

mod fragment;
mod movie;
mod reader;
mod stream;
mod table;
pub(crate) mod write;

pub(crate) use fragment::{
    FragmentSample, Producer, fragment_samples, ntp_time, producer_time, unix_time,
};
pub(crate) use movie::{Movie, TrackHeader, movie};
pub(crate) use reader::BoxError;
pub(crate) use stream::{BoxStream, Piece};
pub(crate) use table::{TableSample, sample_table};
