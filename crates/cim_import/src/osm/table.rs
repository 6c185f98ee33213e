//! A sorted table on disk: from the id of a node or way to eight bytes about it.
//!
//! In memory are one key for each page and a fixed number of pages; a country's nodes take a few megabytes.

use crate::extsort::{Fields, FieldsOf, Sorter};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes of an entry: key and value.
const ENTRY: usize = 16;
/// Entries of a page.
const PAGE: usize = 256;
/// Pages kept in memory; 16 MiB.
const KEPT: usize = 4_096;

/// Takes entries in any order.
#[derive(Debug)]
pub(super) struct TableBuilder {
    path: PathBuf,
    sorter: Sorter<ENTRY>,
}

impl TableBuilder {
    /// A table in the file `name.table` of `folder`.
    pub(super) fn new(folder: &Path, name: &str) -> Self {
        Self {
            path: folder.join(format!("{name}.table")),
            sorter: Sorter::new(folder, name),
        }
    }

    /// Takes an entry. Of several with one key, any one may be found.
    pub(super) fn push(&mut self, id: i64, value: u64) -> io::Result<()> {
        self.sorter
            .push(Fields::new().number(key_of(id)).number(value).done())
    }

    /// The table, ready to be asked.
    pub(super) fn finish(self) -> io::Result<Table> {
        let mut out = BufWriter::new(File::create(&self.path)?);
        let mut sorted = self.sorter.finish()?;
        let mut first_keys = Vec::new();
        let mut count = 0;
        while let Some(record) = sorted.next_record()? {
            if count % PAGE == 0 {
                first_keys.push(FieldsOf(&record).number());
            }
            count += 1;
            out.write_all(&record)?;
        }
        out.flush()?;
        drop(out);
        let mut kept = Vec::new();
        kept.resize_with(KEPT.min(first_keys.len()), Page::default);
        Ok(Table {
            file: File::open(&self.path)?,
            path: self.path,
            first_keys,
            kept,
        })
    }
}

/// Numbers in the order of ids, negative ones included.
fn key_of(id: i64) -> u64 {
    (id as u64) ^ (1 << 63)
}

/// Entries by their id. The file is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Table {
    file: File,
    path: PathBuf,
    /// The key that each page begins with.
    first_keys: Vec<u64>,
    /// Each page has one place where it may be.
    kept: Vec<Page>,
}

#[derive(Debug, Default)]
struct Page {
    /// Its number; 0 for none, the first page is 1.
    number: usize,
    entries: Vec<u8>,
}

impl Table {
    /// The value of `id`, where it is in the table.
    pub(super) fn get(&mut self, id: i64) -> io::Result<Option<u64>> {
        let key = key_of(id);
        let Some(page) = self
            .first_keys
            .partition_point(|first| *first <= key)
            .checked_sub(1)
        else {
            return Ok(None);
        };
        let places = self.kept.len().max(1);
        let Some(kept) = self.kept.get_mut(page % places) else {
            return Ok(None);
        };
        if kept.number != page + 1 {
            kept.number = 0;
            kept.entries.clear();
            self.file
                .seek(SeekFrom::Start((page * PAGE * ENTRY) as u64))?;
            (&self.file)
                .take((PAGE * ENTRY) as u64)
                .read_to_end(&mut kept.entries)?;
            kept.number = page + 1;
        }
        let (mut low, mut high) = (0, kept.entries.len() / ENTRY);
        while low < high {
            let middle = usize::midpoint(low, high);
            let mut fields = FieldsOf(kept.entries.get(middle * ENTRY..).unwrap_or_default());
            let (found, value) = (fields.number(), fields.number());
            if found == key {
                return Ok(Some(value));
            }
            if found < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(None)
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // What stays behind goes with the working folder.
        std::fs::remove_file(&self.path).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_their_id_and_others_are_not() {
        let folder = std::env::temp_dir().join(format!("cim_table_{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a test folder can be made");
        let mut builder = TableBuilder::new(&folder, "nodes");
        for number in (-500_i64..3_000).rev() {
            builder
                .push(3 * number, number.unsigned_abs())
                .expect("taken");
        }
        let mut table = builder.finish().expect("a table");
        for number in -500_i64..3_000 {
            assert_eq!(
                table.get(3 * number).expect("read"),
                Some(number.unsigned_abs())
            );
            assert_eq!(table.get(3 * number + 1).expect("read"), None);
        }
        assert_eq!(table.get(i64::MIN).expect("read"), None);
        drop(table);
        let mut empty = TableBuilder::new(&folder, "none")
            .finish()
            .expect("a table");
        assert_eq!(empty.get(1).expect("read"), None);
        std::fs::remove_dir_all(folder).ok();
    }
}
