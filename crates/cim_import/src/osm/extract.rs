//! What is kept of an extract while it is read: places of nodes in a table, ways and relations in files of their own.

use super::table::{Table, TableBuilder};
use crate::feature::{LonLat, Tags};
use crate::work::damaged;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// An element of more bytes is left out.
const MAX_ELEMENT_BYTES: usize = 64 << 20;

/// A way, or a relation with its member ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) id: i64,
    pub(super) tags: Tags,
    /// Nodes of a way; member ways of a relation, true for those that bound a hole.
    pub(super) members: Vec<(i64, bool)>,
}

impl Element {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = self.id.to_le_bytes().to_vec();
        bytes.extend((self.members.len() as u32).to_le_bytes());
        for (member, is_inner) in &self.members {
            bytes.extend(member.to_le_bytes());
            bytes.push(u8::from(*is_inner));
        }
        for (key, value) in &self.tags.0 {
            for text in [key, value] {
                bytes.extend((text.len() as u32).to_le_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let id = i64::from_le_bytes(array(&mut rest)?);
        let count = u32::from_le_bytes(array(&mut rest)?) as usize;
        if count.checked_mul(9)? > rest.len() {
            return None;
        }
        let mut members = Vec::with_capacity(count);
        for _ in 0..count {
            let member = i64::from_le_bytes(array(&mut rest)?);
            members.push((member, array::<1>(&mut rest)? != [0]));
        }
        let mut tags = BTreeMap::new();
        while !rest.is_empty() {
            tags.insert(text(&mut rest)?, text(&mut rest)?);
        }
        Some(Self {
            id,
            tags: Tags(tags),
            members,
        })
    }
}

fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_at_checked(N)?;
    *rest = left;
    taken.try_into().ok()
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = u32::from_le_bytes(array(rest)?) as usize;
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    String::from_utf8(taken.to_vec()).ok()
}

/// Takes the elements of an extract in any order.
#[derive(Debug)]
pub(super) struct ExtractWriter {
    folder: PathBuf,
    nodes: TableBuilder,
    way_spots: TableBuilder,
    ways: Elements<BufWriter<File>>,
    relations: Elements<BufWriter<File>>,
}

/// A file of elements, and how far into it we are.
#[derive(Debug)]
struct Elements<F> {
    file: F,
    at: u64,
}

impl Elements<BufWriter<File>> {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(128 << 10, File::create(path)?),
            at: 0,
        })
    }

    /// Writes an element and says where it begins; `None` for one that is too large.
    fn push(&mut self, element: &Element) -> io::Result<Option<u64>> {
        let bytes = element.encode();
        if bytes.len() > MAX_ELEMENT_BYTES {
            return Ok(None);
        }
        let start = self.at;
        self.file.write_all(&(bytes.len() as u32).to_le_bytes())?;
        self.file.write_all(&bytes)?;
        self.at += 4 + bytes.len() as u64;
        Ok(Some(start))
    }
}

impl Elements<BufReader<File>> {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::with_capacity(64 << 10, File::open(path)?),
            at: 0,
        })
    }

    fn at(&mut self, start: u64) -> io::Result<Option<Element>> {
        self.file
            .seek_relative(start.wrapping_sub(self.at) as i64)?;
        self.at = start;
        self.next()
    }

    fn next(&mut self) -> io::Result<Option<Element>> {
        let mut length = [0; 4];
        if !crate::extsort::read_record(&mut self.file, &mut length)? {
            return Ok(None);
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_ELEMENT_BYTES {
            return Err(damaged());
        }
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes)?;
        self.at += 4 + length as u64;
        Element::decode(&bytes).map(Some).ok_or_else(damaged)
    }
}

impl ExtractWriter {
    /// An extract whose working files are in `folder`.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            nodes: TableBuilder::new(folder, "nodes"),
            way_spots: TableBuilder::new(folder, "ways"),
            ways: Elements::create(&folder.join("ways.bin"))?,
            relations: Elements::create(&folder.join("relations.bin"))?,
            folder: folder.to_path_buf(),
        })
    }

    /// Takes a node's place, in tenths of a microdegree, the precision of OpenStreetMap's database.
    pub(super) fn node(&mut self, id: i64, lon: i32, lat: i32) -> io::Result<()> {
        let value = u64::from(lon as u32) << 32 | u64::from(lat as u32);
        self.nodes.push(id, value)
    }

    /// Takes a way; false for one that is too large.
    pub(super) fn way(&mut self, way: &Element) -> io::Result<bool> {
        match self.ways.push(way)? {
            Some(start) => self.way_spots.push(way.id, start).map(|()| true),
            None => Ok(false),
        }
    }

    /// Takes a relation; false for one that is too large.
    pub(super) fn relation(&mut self, relation: &Element) -> io::Result<bool> {
        Ok(self.relations.push(relation)?.is_some())
    }

    /// The extract, ready to be asked.
    pub(super) fn finish(mut self) -> io::Result<Extract> {
        self.ways.file.flush()?;
        self.relations.file.flush()?;
        Ok(Extract {
            nodes: self.nodes.finish()?,
            way_spots: self.way_spots.finish()?,
            ways: Elements::open(&self.folder.join("ways.bin"))?,
            all_ways: Elements::open(&self.folder.join("ways.bin"))?,
            all_relations: Elements::open(&self.folder.join("relations.bin"))?,
            folder: self.folder,
        })
    }
}

/// An extract that was read. Its working files are gone when this is dropped.
#[derive(Debug)]
pub(super) struct Extract {
    nodes: Table,
    way_spots: Table,
    ways: Elements<BufReader<File>>,
    all_ways: Elements<BufReader<File>>,
    all_relations: Elements<BufReader<File>>,
    folder: PathBuf,
}

impl Extract {
    /// Where a node is.
    pub(super) fn place_of(&mut self, node: i64) -> io::Result<Option<LonLat>> {
        Ok(self.nodes.get(node)?.map(|value| {
            let (lon, lat) = ((value >> 32) as u32 as i32, value as u32 as i32);
            [f64::from(lon) / 1e7, f64::from(lat) / 1e7]
        }))
    }

    /// The nodes of a way that is in the extract.
    pub(super) fn way(&mut self, id: i64) -> io::Result<Option<Vec<i64>>> {
        let Some(start) = self.way_spots.get(id)? else {
            return Ok(None);
        };
        let way = self.ways.at(start)?;
        Ok(way.map(|way| way.members.into_iter().map(|(node, _)| node).collect()))
    }

    /// The next of all ways, in the order in which they came.
    pub(super) fn next_way(&mut self) -> io::Result<Option<Element>> {
        self.all_ways.next()
    }

    /// The next of all relations, in the order in which they came.
    pub(super) fn next_relation(&mut self) -> io::Result<Option<Element>> {
        self.all_relations.next()
    }
}

impl Drop for Extract {
    fn drop(&mut self) {
        // What stays behind goes with the working folder.
        for name in ["ways.bin", "relations.bin"] {
            std::fs::remove_file(self.folder.join(name)).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_again() {
        let folder = std::env::temp_dir().join(format!("cim_extract_{}", std::process::id()));
        let mut writer = ExtractWriter::create(&folder).expect("a new extract");
        writer.node(7, -1_215_000_000, 312_400_000).expect("taken");
        let way = |id: i64| Element {
            id,
            tags: Tags::of(&[("building", "yes"), ("名称", "楼")]),
            members: vec![(7, false), (-8, true)],
        };
        for id in [3, 2, 9] {
            assert!(writer.way(&way(id)).expect("taken"));
        }
        assert!(writer.relation(&way(1)).expect("taken"));
        let mut extract = writer.finish().expect("an extract");
        let place = extract.place_of(7).expect("read").expect("known");
        assert!((place[0] + 121.5).abs() < 1e-9 && (place[1] - 31.24).abs() < 1e-9);
        assert_eq!(extract.place_of(8).expect("read"), None);
        for id in [9, 3, 2] {
            assert_eq!(extract.way(id).expect("read"), Some(vec![7, -8]));
        }
        assert_eq!(extract.way(4).expect("read"), None);
        let ways: Vec<i64> = std::iter::from_fn(|| extract.next_way().expect("read"))
            .map(|way| way.id)
            .collect();
        assert_eq!(ways, [3, 2, 9]);
        assert_eq!(extract.next_relation().expect("read"), Some(way(1)));
        drop(extract);
        std::fs::remove_dir_all(folder).ok();
    }
}
