//! Moments: stretches of video and what was detected in them, by camera, place, time, kind and attributes.
//!
//! Words are those of GA/T 1400, as data. The index keeps a million moments in columns, answers by area, time and kind, counts
//! them in lanes for a timeline, and is kept as bytes. It looks at no picture: detections come from elsewhere.

mod bytes;
mod columns;
mod import;
mod index;
mod query;
mod strings;
mod vocabulary;

pub use bytes::BytesFault;
pub use import::{ImportReport, MOST_REJECTED, Rejected};
pub use index::{Change, FrameBox, Moment, MomentFault, MomentIndex};
pub use query::{Around, Lane, MOST_BINS, MOST_PAGE, MomentPage, MomentQuery};
pub use vocabulary::{Attribute, CLIP, CodeList, CodeValue, Kind, Masks, Vocabulary};
