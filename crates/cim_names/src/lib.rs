//! Finding by name: Chinese, pinyin in any shape (full, initials, mixed, without tones), English words, codes.
//!
//! A [`NameIndex`] holds the names and codes of up to some millions of things in a few flat columns and is read through
//! from front to back for every question: a million names take some ten milliseconds, names are added one at a time, and
//! nothing has to be known beforehand of what people type. A [`Query`] is what somebody typed, ready to be asked. Pure: no
//! files, no clock, no threads.

mod alphabet;
mod fold;
mod index;
mod query;
mod rank;
mod spelling;
mod table;

pub use fold::fold;
pub use index::{NameIndex, Named, Wanted};
pub use query::Query;
pub use rank::Hit;
pub use spelling::{readings, spelt};
