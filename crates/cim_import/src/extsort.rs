//! Sorting more records than fit into memory: sorted runs on disk, merged while they are read.
//!
//! Records are arrays of bytes and are ordered as such, so keys are written with their highest byte first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// What one sorter may hold in memory, bytes.
const MAX_BYTES: usize = 24 << 20;
/// Runs that are merged at once; each takes one read buffer.
const MAX_RUNS: usize = 256;
/// Bytes read ahead from each run.
const RUN_BUFFER: usize = 32 << 10;

/// Takes records in any order.
#[derive(Debug)]
pub(crate) struct Sorter<const N: usize> {
    stem: PathBuf,
    records: Vec<[u8; N]>,
    runs: Vec<PathBuf>,
    made: usize,
    max_records: usize,
}

impl<const N: usize> Sorter<N> {
    /// A sorter that puts what memory does not hold into files `name.0`, `name.1` … of `folder`.
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        Self {
            stem: folder.join(name),
            records: Vec::new(),
            runs: Vec::new(),
            made: 0,
            max_records: (MAX_BYTES / N.max(1)).max(1),
        }
    }

    /// Takes one record.
    pub(crate) fn push(&mut self, record: [u8; N]) -> io::Result<()> {
        self.records.push(record);
        if self.records.len() >= self.max_records {
            self.spill()?;
        }
        Ok(())
    }

    /// Everything taken, in order.
    pub(crate) fn finish(mut self) -> io::Result<Sorted<N>> {
        self.records.sort_unstable();
        if self.runs.is_empty() {
            return Ok(Sorted {
                rest: self.records.into_iter(),
                runs: Vec::new(),
                heap: BinaryHeap::new(),
                paths: Vec::new(),
            });
        }
        self.spill()?;
        while self.runs.len() > MAX_RUNS {
            let some: Vec<PathBuf> = self.runs.drain(..MAX_RUNS).collect();
            let path = self.next_path();
            let mut out = BufWriter::new(File::create(&path)?);
            let mut merged = Sorted::<N>::of(some)?;
            while let Some(record) = merged.next_record()? {
                out.write_all(&record)?;
            }
            out.flush()?;
            self.runs.push(path);
        }
        Sorted::of(self.runs)
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.records.is_empty() {
            return Ok(());
        }
        self.records.sort_unstable();
        let path = self.next_path();
        let mut out = BufWriter::new(File::create(&path)?);
        for record in &self.records {
            out.write_all(record)?;
        }
        out.flush()?;
        self.records.clear();
        self.runs.push(path);
        Ok(())
    }

    fn next_path(&mut self) -> PathBuf {
        let path = self.stem.with_extension(self.made.to_string());
        self.made += 1;
        path
    }
}

/// Sorted records. Their files are gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Sorted<const N: usize> {
    rest: std::vec::IntoIter<[u8; N]>,
    runs: Vec<BufReader<File>>,
    heap: BinaryHeap<Reverse<([u8; N], usize)>>,
    paths: Vec<PathBuf>,
}

impl<const N: usize> Sorted<N> {
    fn of(paths: Vec<PathBuf>) -> io::Result<Self> {
        let mut sorted = Self {
            rest: Vec::new().into_iter(),
            runs: Vec::with_capacity(paths.len()),
            heap: BinaryHeap::with_capacity(paths.len()),
            paths,
        };
        for path in &sorted.paths {
            sorted
                .runs
                .push(BufReader::with_capacity(RUN_BUFFER, File::open(path)?));
        }
        for run in 0..sorted.runs.len() {
            sorted.refill(run)?;
        }
        Ok(sorted)
    }

    /// The next record.
    pub(crate) fn next_record(&mut self) -> io::Result<Option<[u8; N]>> {
        if self.runs.is_empty() {
            return Ok(self.rest.next());
        }
        let Some(Reverse((record, run))) = self.heap.pop() else {
            return Ok(None);
        };
        self.refill(run)?;
        Ok(Some(record))
    }

    fn refill(&mut self, run: usize) -> io::Result<()> {
        let Some(reader) = self.runs.get_mut(run) else {
            return Ok(());
        };
        let mut record = [0; N];
        if read_record(reader, &mut record)? {
            self.heap.push(Reverse((record, run)));
        }
        Ok(())
    }
}

impl<const N: usize> Drop for Sorted<N> {
    fn drop(&mut self) {
        for path in &self.paths {
            // What stays behind goes with the working folder.
            std::fs::remove_file(path).ok();
        }
    }
}

/// Fills `record` from `reader`; false at the end of the file.
pub(crate) fn read_record(reader: &mut impl Read, record: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(record) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes fixed fields into a record one after the other.
pub(crate) struct Fields<const N: usize> {
    record: [u8; N],
    at: usize,
}

impl<const N: usize> Fields<N> {
    /// An empty record.
    pub(crate) fn new() -> Self {
        Self {
            record: [0; N],
            at: 0,
        }
    }

    /// The next bytes; what does not fit is left out, which the record's tests would notice.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        let end = self.at + bytes.len();
        if let Some(room) = self.record.get_mut(self.at..end) {
            room.copy_from_slice(bytes);
        }
        self.at = end;
        self
    }

    /// A number that records may be ordered by.
    pub(crate) fn number(self, value: u64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A smaller number that records may be ordered by.
    pub(crate) fn small(self, value: u32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// One byte.
    pub(crate) fn byte(self, value: u8) -> Self {
        self.bytes(&[value])
    }

    /// A fractional number; ordered rightly when not negative.
    pub(crate) fn real(self, value: f64) -> Self {
        self.number(value.to_bits())
    }

    /// The record.
    pub(crate) fn done(self) -> [u8; N] {
        self.record
    }
}

/// Reads the fields of a record in the order in which they were written.
pub(crate) struct FieldsOf<'a>(pub(crate) &'a [u8]);

impl FieldsOf<'_> {
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let Some((taken, rest)) = self.0.split_at_checked(N) else {
            return [0; N];
        };
        self.0 = rest;
        taken.try_into().unwrap_or([0; N])
    }

    /// A number.
    pub(crate) fn number(&mut self) -> u64 {
        u64::from_be_bytes(self.array())
    }

    /// A smaller number.
    pub(crate) fn small(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    /// One byte.
    pub(crate) fn byte(&mut self) -> u8 {
        u8::from_be_bytes(self.array())
    }

    /// A fractional number.
    pub(crate) fn real(&mut self) -> f64 {
        f64::from_bits(self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(test: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("cim_extsort_{}_{test}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a test folder can be made");
        folder
    }

    #[test]
    fn more_than_memory_holds_comes_back_in_order() {
        let folder = folder("order");
        let mut sorter: Sorter<12> = Sorter::new(&folder, "numbers");
        sorter.max_records = 100;
        let mut number = 7_u64;
        for row in 0..30_000_u32 {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            sorter
                .push(Fields::new().number(number).small(row).done())
                .expect("written");
        }
        assert!(sorter.runs.len() > MAX_RUNS);
        let mut sorted = sorter.finish().expect("merged");
        let (mut last, mut count) = (0, 0);
        while let Some(record) = sorted.next_record().expect("read") {
            let key = FieldsOf(&record).number();
            assert!(key >= last);
            last = key;
            count += 1;
        }
        assert_eq!(count, 30_000);
        drop(sorted);
        std::fs::remove_dir_all(folder).ok();
    }

    #[test]
    fn fields_come_back_as_they_were_written() {
        let record: [u8; 29] = Fields::new()
            .number(9)
            .small(8)
            .byte(7)
            .real(1.5)
            .number(u64::MAX)
            .done();
        let mut fields = FieldsOf(&record);
        assert_eq!((fields.number(), fields.small(), fields.byte()), (9, 8, 7));
        assert!((fields.real() - 1.5).abs() < 1e-12);
        assert_eq!(fields.number(), u64::MAX);
    }
}
