//! The unified catalogue: up to a million channels and their groups by GB/T 28181-2016 and -2022, in flat columns.
//!
//! [`ChannelIndex`] holds them; [`Import`] brings them in, from XML, pages of platforms and tables, merged by identity and told
//! in a [`MergeReport`]; [`Tree`] and [`Question`] are the ways to find them; [`Condition`], [`Rate`] and [`Works`] tell how
//! they are. What a person may see of them belongs to `rights`: `page_where` and [`Question::keep`] take its answer. Pure: no
//! files and no clock; threads only while a call lasts ([`Import::read`], a search among very many).

mod bytes;
mod codes;
mod entry;
mod health;
mod ids;
mod import;
mod index;
mod merge;
mod notify;
mod places;
mod rows;
mod search;
mod status;
mod synthetic;
mod table;
mod texts;
mod tree;
mod works;

#[cfg(test)]
mod tests;

pub use codes::{CodeWords, CodesError, GbTables, Name, Word};
pub use entry::Entry;
pub use health::{By, Condition, Fault, HealthHistory, HealthRules, Rate, Sample, Trouble};
pub use import::{Import, Scope};
pub use index::{ChannelIndex, Columns, IndexError, LivePlace, Source, Tagging};
pub use merge::{Change, FieldChange, MAX_LISTED, MergeReport, Move};
pub use notify::Applied;
pub use places::{Coordinates, NO_PLACE};
pub use search::{Filter, Found, Question};
pub use status::Status;
pub use synthetic::{Disorder, Synthetic};
pub use table::{AZIMUTH, HEIGHT, Proposal, TILT, TableError, TableMapping, propose};
pub use tree::{Group, ROOT, Tree, TreeEntry, TreePage, UNASSIGNED, Window};
pub use works::{Work, WorkBody, WorkFact, WorkPage, WorkState, Works};

/// An index has no more entries: a million channels, and room for as many devices and groups.
pub const MAX_ENTRIES: usize = 1 << 21;
/// An index has no more sources.
const MAX_SOURCES: usize = 250;
/// There are no more different tags.
const MAX_TAGS: usize = 1000;
/// An entry belongs to no more others.
const MAX_PARENTS: usize = 64;
