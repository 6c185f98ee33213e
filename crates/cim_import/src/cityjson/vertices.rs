//! A file's vertices, however many there are: the first ones in memory, the others in a working file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// So many vertices stay in memory: 96 MiB.
const IN_MEMORY: usize = 4 << 20;
/// Bytes of a vertex on disk.
const VERTEX_BYTES: usize = 24;
/// Vertices that are read from disk at once.
const PAGE: u64 = 1_024;
/// Pages that are kept; with more all are let go: 24 MiB.
const MAX_PAGES: usize = 1_024;

/// Vertices by their number, as the file has them.
#[derive(Debug)]
pub(crate) struct Vertices {
    memory: Vec<[f64; 3]>,
    limit: usize,
    /// Where those that memory does not hold are put.
    path: PathBuf,
    writer: Option<BufWriter<File>>,
    reader: Option<File>,
    pages: BTreeMap<u64, Vec<u8>>,
    count: u64,
    low: [f64; 3],
    high: [f64; 3],
    are_whole: bool,
}

impl Vertices {
    /// No vertices yet; `path` is written only when there are many.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            memory: Vec::new(),
            limit: IN_MEMORY,
            path,
            writer: None,
            reader: None,
            pages: BTreeMap::new(),
            count: 0,
            low: [f64::INFINITY; 3],
            high: [f64::NEG_INFINITY; 3],
            are_whole: true,
        }
    }

    /// Vertices that lie in memory already.
    pub(crate) fn of(rows: Vec<[f64; 3]>) -> Self {
        let mut vertices = Self::new(PathBuf::new());
        for row in &rows {
            vertices.note(*row);
        }
        vertices.memory = rows;
        vertices
    }

    /// Adds the next one.
    pub(crate) fn push(&mut self, row: [f64; 3]) -> io::Result<()> {
        self.note(row);
        if self.memory.len() < self.limit {
            self.memory.push(row);
            return Ok(());
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                if let Some(folder) = self.path.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                none.insert(BufWriter::with_capacity(1 << 20, File::create(&self.path)?))
            }
        };
        for number in row {
            writer.write_all(&number.to_le_bytes())?;
        }
        Ok(())
    }

    /// To be called after the last one was added.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if let Some(mut writer) = self.writer.take() {
            writer.flush()?;
            self.reader = Some(File::open(&self.path)?);
        }
        Ok(())
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Lowest and highest numbers of all of them; infinite without any.
    pub(crate) fn extent(&self) -> [[f64; 3]; 2] {
        [self.low, self.high]
    }

    /// True when no number has a fraction.
    pub(crate) fn are_whole(&self) -> bool {
        self.are_whole
    }

    /// The vertex `index`; `None` when there is none.
    pub(crate) fn get(&mut self, index: u32) -> io::Result<Option<[f64; 3]>> {
        if let Some(row) = self.memory.get(index as usize) {
            return Ok(Some(*row));
        }
        if u64::from(index) >= self.count {
            return Ok(None);
        }
        let at = u64::from(index) - self.memory.len() as u64;
        let page = self.page(at / PAGE)?;
        let start = (at % PAGE) as usize * VERTEX_BYTES;
        let Some(bytes) = page.get(start..start + VERTEX_BYTES) else {
            return Ok(None);
        };
        let mut row = [0.0; 3];
        for (number, part) in row.iter_mut().zip(bytes.chunks_exact(8)) {
            *number = part.try_into().map_or(f64::NAN, f64::from_le_bytes);
        }
        Ok(Some(row))
    }

    fn page(&mut self, number: u64) -> io::Result<&[u8]> {
        if !self.pages.contains_key(&number) {
            if self.pages.len() >= MAX_PAGES {
                self.pages.clear();
            }
            let mut bytes = Vec::new();
            if let Some(file) = &mut self.reader {
                file.seek(SeekFrom::Start(number * PAGE * VERTEX_BYTES as u64))?;
                file.take(PAGE * VERTEX_BYTES as u64)
                    .read_to_end(&mut bytes)?;
            }
            self.pages.insert(number, bytes);
        }
        Ok(self
            .pages
            .get(&number)
            .map(Vec::as_slice)
            .unwrap_or_default())
    }

    fn note(&mut self, row: [f64; 3]) {
        self.count += 1;
        for (number, (low, high)) in row
            .iter()
            .zip(self.low.iter_mut().zip(self.high.iter_mut()))
        {
            // Comparisons with what is not a number leave the others as they are.
            *low = low.min(*number);
            *high = high.max(*number);
            self.are_whole &= number.fract() == 0.0;
        }
    }
}

impl Drop for Vertices {
    fn drop(&mut self) {
        if self.reader.is_some() || self.writer.is_some() {
            // Nothing depends on it: the working folder is taken away as a whole later.
            std::fs::remove_file(&self.path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_memory_does_not_hold_comes_from_disk() {
        let path = std::env::temp_dir().join(format!("cim_vertices_{}.bin", std::process::id()));
        let mut vertices = Vertices::new(path.clone());
        vertices.limit = 10;
        for number in 0..5_000 {
            let x = f64::from(number);
            vertices.push([x, x + 0.5, -x]).expect("written");
        }
        vertices.finish().expect("written");
        for index in [0, 9, 10, 1_033, 1_034, 4_999, 10] {
            let row = vertices.get(index).expect("read").expect("there");
            assert_eq!(
                row.map(|number| (number * 2.0) as i64)[1],
                i64::from(index) * 2 + 1
            );
        }
        assert_eq!(vertices.get(5_000).expect("read"), None);
        assert!(!vertices.are_whole() && vertices.count() == 5_000);
        assert!(path.is_file());
        drop(vertices);
        assert!(!path.exists());
    }
}
