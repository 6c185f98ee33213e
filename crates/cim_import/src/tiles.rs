//! `tiles.jsonl`: what each tile of a city was made from. An interrupted import goes on behind it, and a later import of the
//! same city keeps the tiles whose features did not change.

use crate::quadtree::Cell;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The file's name in a city's folder.
pub(crate) const TILES_FILE: &str = "tiles.jsonl";
/// A line longer than this is no line of ours, bytes.
const LONGEST_LINE: u64 = 16 << 10;

/// One tile, made from one cell's features or a share of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TileRecord {
    /// Level, column, row, and which of the cell's tiles it is.
    pub(crate) at: [u32; 4],
    /// Hash of everything that the tile was made from.
    pub(crate) key: String,
    pub(crate) bytes: u64,
    /// [`cim_tiles::file_hash`] of the file.
    pub(crate) hash: String,
    /// Smallest and largest east, north, up, metres.
    pub(crate) min: [f64; 3],
    pub(crate) max: [f64; 3],
    /// Features that were to be drawn in it and of which no triangle came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) without_mesh: Vec<String>,
}

impl TileRecord {
    /// The cell that it is a tile of.
    pub(crate) fn cell(&self) -> Cell {
        Cell {
            level: self.at[0],
            x: self.at[1],
            y: self.at[2],
        }
    }

    /// Where its file is in the city's folder.
    pub(crate) fn uri(&self) -> String {
        uri_of(self.at)
    }

    /// True for a cell of which no triangle came at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}

/// Where the tile's file is in the city's folder.
pub(crate) fn uri_of([level, x, y, serial]: [u32; 4]) -> String {
    if serial == 0 {
        format!("tiles/{level}_{x}_{y}.glb")
    } else {
        format!("tiles/{level}_{x}_{y}_{serial}.glb")
    }
}

/// Tiles by level, column, row and serial number.
pub(crate) type Tiles = BTreeMap<[u32; 4], TileRecord>;

/// The tiles that the list in the folder `dir` names, and how many bytes of the list are good; nothing when there is none.
pub(crate) fn read_tiles(dir: &Path) -> io::Result<(Tiles, u64)> {
    let mut tiles = Tiles::new();
    let mut good = 0;
    let mut file = match File::open(dir.join(TILES_FILE)) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((tiles, good)),
        Err(error) => return Err(error),
    };
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = file
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        // The last line may have been cut by the end of the import that wrote it.
        let record = line
            .strip_suffix(b"\n")
            .and_then(|text| serde_json::from_slice::<TileRecord>(text).ok());
        let Some(record) = record else {
            return Ok((tiles, good));
        };
        good += length as u64;
        tiles.insert(record.at, record);
    }
}

/// Adds tiles to the list of a city that is being made.
#[derive(Debug)]
pub(crate) struct TileList {
    file: BufWriter<File>,
}

impl TileList {
    /// Goes on behind the `good` bytes of the list in the folder `dir`.
    pub(crate) fn open(dir: &Path, good: u64) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join(TILES_FILE))?;
        file.set_len(good)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self {
            file: BufWriter::new(file),
        })
    }

    /// Adds a tile whose file is there.
    pub(crate) fn push(&mut self, record: &TileRecord) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, record)?;
        self.file.write_all(b"\n")?;
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(serial: u32) -> TileRecord {
        TileRecord {
            at: [2, 1, 3, serial],
            key: "00ff".into(),
            bytes: 12,
            ..TileRecord::default()
        }
    }

    #[test]
    fn a_list_that_was_cut_goes_on_behind_its_last_whole_line() {
        let dir = std::env::temp_dir().join(format!("cim_tile_list_{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a test folder can be made");
        let mut list = TileList::open(&dir, 0).expect("a new list");
        list.push(&record(0)).expect("written");
        list.push(&record(1)).expect("written");
        drop(list);
        let path = dir.join(TILES_FILE);
        let whole = std::fs::read(&path).expect("a list");
        std::fs::write(&path, &whole[..whole.len() - 5]).expect("cut");
        let (tiles, good) = read_tiles(&dir).expect("read");
        assert_eq!((tiles.len(), good), (1, whole.len() as u64 / 2));
        let mut list = TileList::open(&dir, good).expect("the old list");
        list.push(&record(2)).expect("written");
        drop(list);
        let (tiles, _) = read_tiles(&dir).expect("read");
        assert_eq!(
            tiles.values().map(TileRecord::uri).collect::<Vec<_>>(),
            ["tiles/2_1_3.glb", "tiles/2_1_3_2.glb"]
        );
        std::fs::remove_dir_all(dir).ok();
    }
}
