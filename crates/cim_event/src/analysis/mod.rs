//! What the events of a time amount to 分析应用: counts, response and closing times, what was overdue, and places where the same
//! happens again. One pass over rows, then tables that a screen draws and a file keeps.

mod figures;
mod print;
mod repeat;

pub use figures::{Analysis, By, CaseRow, Figures, FiguresRow, FiguresTable, MOST_ROWS, Report};
pub use print::TEXT_KEYS;
pub use repeat::{MOST_NAMED, RepeatPlace, RepeatSettings};
