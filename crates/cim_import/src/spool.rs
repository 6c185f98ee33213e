//! Features on disk between the passes of an import: their bytes in one file, and what every pass asks of all of them in
//! another, one fixed record each.

use crate::classify::Class;
use crate::codec::{Decided, encode};
use crate::extsort::{Fields, FieldsOf, read_record};
use crate::feature::{LonLat, Shape, SurfaceRole};
use crate::work::damaged;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A feature that takes more bytes than this is refused.
pub(crate) const MAX_FEATURE_BYTES: usize = 256 << 20;
/// Bytes of a [`Head`] on disk.
pub(crate) const HEAD_BYTES: usize = 82;

/// What is known of a feature without reading it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Head {
    /// Where its bytes are in the spool.
    pub(crate) offset: u64,
    pub(crate) bytes: u32,
    /// Which source it is from.
    pub(crate) source: u32,
    pub(crate) class: Class,
    /// True for what makes a city: buildings and roads.
    pub(crate) is_built: bool,
    /// Any one of its places.
    pub(crate) first: LonLat,
    /// West, south, east, north, degrees.
    pub(crate) bounds: [f64; 4],
    /// Height of a ground surface of it; not a number without one.
    pub(crate) ground_m: f64,
    /// Its lowest height; not a number for flat shapes.
    pub(crate) low_m: f64,
}

impl Head {
    fn of(decided: &Decided, source: u32, offset: u64, bytes: u32) -> Self {
        let shape = &decided.feature.shape;
        let class = decided.verdict.class;
        let mut bounds = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        shape.each_position(&mut |at| {
            bounds = [
                bounds[0].min(at[0]),
                bounds[1].min(at[1]),
                bounds[2].max(at[0]),
                bounds[3].max(at[1]),
            ];
        });
        let mut low_m = f64::NAN;
        shape.each_raised(&mut |at| low_m = low_m.min(at[2]));
        Self {
            offset,
            bytes,
            source,
            class,
            is_built: (class.is_building() || class == Class::Road)
                && decided.verdict.kind != "ferry",
            first: shape.first().unwrap_or_default(),
            bounds,
            ground_m: ground_of(shape, class),
            low_m,
        }
    }

    fn record(&self) -> [u8; HEAD_BYTES] {
        let fields = Fields::new()
            .number(self.offset)
            .small(self.bytes)
            .small(self.source)
            .byte(self.class as u8)
            .byte(u8::from(self.is_built))
            .real(self.first[0])
            .real(self.first[1]);
        self.bounds
            .iter()
            .fold(fields, |fields, bound| fields.real(*bound))
            .real(self.ground_m)
            .real(self.low_m)
            .done()
    }

    fn of_record(record: &[u8]) -> Option<Self> {
        let mut fields = FieldsOf(record);
        Some(Self {
            offset: fields.number(),
            bytes: fields.small(),
            source: fields.small(),
            class: *Class::ALL.get(usize::from(fields.byte()))?,
            is_built: fields.byte() != 0,
            first: [fields.real(), fields.real()],
            bounds: [fields.real(), fields.real(), fields.real(), fields.real()],
            ground_m: fields.real(),
            low_m: fields.real(),
        })
    }
}

/// The lowest corner of a shape's ground surfaces; of relief, the height of any corner.
fn ground_of(shape: &Shape, class: Class) -> f64 {
    let Shape::Surfaces(surfaces) = shape else {
        return f64::NAN;
    };
    let mut low = f64::NAN;
    for surface in surfaces {
        if surface.role == SurfaceRole::Ground || class == Class::Ground {
            for at in surface.rings.iter().flatten() {
                low = low.min(at[2]);
            }
        }
    }
    low
}

/// How much of a spool is good: what a journal remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct SpoolLength {
    pub(crate) bytes: u64,
    pub(crate) features: u64,
}

/// Writes features behind those that are there.
#[derive(Debug)]
pub(crate) struct SpoolWriter {
    spool: BufWriter<File>,
    heads: BufWriter<File>,
    length: SpoolLength,
    scratch: Vec<u8>,
}

impl SpoolWriter {
    /// Goes on behind `length` of the spool in `folder`; what lies behind that is cut off.
    pub(crate) fn open(folder: &Path, length: SpoolLength) -> io::Result<Self> {
        let open = |name: &str, bytes: u64| -> io::Result<BufWriter<File>> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(folder.join(name))?;
            if file.metadata()?.len() < bytes {
                return Err(damaged());
            }
            file.set_len(bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok(BufWriter::with_capacity(256 << 10, file))
        };
        Ok(Self {
            spool: open(SPOOL, length.bytes)?,
            heads: open(HEADS, length.features * HEAD_BYTES as u64)?,
            length,
            scratch: Vec::new(),
        })
    }

    /// Writes one feature; false when it is too large.
    pub(crate) fn push(&mut self, decided: &Decided, source: u32) -> io::Result<bool> {
        self.scratch.clear();
        encode(decided, &mut self.scratch);
        if self.scratch.len() > MAX_FEATURE_BYTES {
            self.scratch = Vec::new();
            return Ok(false);
        }
        let head = Head::of(
            decided,
            source,
            self.length.bytes,
            self.scratch.len() as u32,
        );
        self.spool.write_all(&self.scratch)?;
        self.heads.write_all(&head.record())?;
        self.length.bytes += self.scratch.len() as u64;
        self.length.features += 1;
        // One giant must not keep its room for the rest of the import.
        if self.scratch.capacity() > (4 << 20) {
            self.scratch = Vec::new();
        }
        Ok(true)
    }

    /// What is written so far, safely on its way to the disk.
    pub(crate) fn flush(&mut self) -> io::Result<SpoolLength> {
        self.spool.flush()?;
        self.heads.flush()?;
        Ok(self.length)
    }

    /// What is written so far.
    pub(crate) fn length(&self) -> SpoolLength {
        self.length
    }
}

const SPOOL: &str = "features.bin";
const HEADS: &str = "heads.bin";

/// All heads of the spool in `folder`, in order.
#[derive(Debug)]
pub(crate) struct Heads {
    file: BufReader<File>,
}

impl Heads {
    /// Starts at the first feature.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::with_capacity(256 << 10, File::open(folder.join(HEADS))?),
        })
    }

    /// The next head.
    pub(crate) fn next_head(&mut self) -> io::Result<Option<Head>> {
        let mut record = [0; HEAD_BYTES];
        if !read_record(&mut self.file, &mut record)? {
            return Ok(None);
        }
        Head::of_record(&record).map(Some).ok_or_else(damaged)
    }
}

/// Reads features back, wherever they are.
#[derive(Debug)]
pub(crate) struct SpoolReader {
    file: BufReader<File>,
    at: u64,
    scratch: Vec<u8>,
}

impl SpoolReader {
    /// Opens the spool in `folder`.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::with_capacity(64 << 10, File::open(folder.join(SPOOL))?),
            at: 0,
            scratch: Vec::new(),
        })
    }

    /// The bytes of the feature at `offset`; cheap in order, a seek otherwise.
    pub(crate) fn read(&mut self, offset: u64, bytes: u32) -> io::Result<&[u8]> {
        let bytes = bytes as usize;
        if bytes > MAX_FEATURE_BYTES {
            return Err(damaged());
        }
        if offset != self.at {
            self.file
                .seek_relative(offset.wrapping_sub(self.at) as i64)?;
            self.at = offset;
        }
        if self.scratch.capacity() > (4 << 20) && bytes < (1 << 20) {
            self.scratch = Vec::new();
        }
        self.scratch.resize(bytes, 0);
        self.file.read_exact(&mut self.scratch)?;
        self.at += bytes as u64;
        Ok(&self.scratch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Verdict;
    use crate::codec::decode;
    use crate::feature::{Hint, SourceFeature, Surface, Tags};

    fn decided(id: &str, z: f64) -> Decided {
        Decided {
            feature: SourceFeature {
                id: id.into(),
                place: "here".into(),
                tags: Tags::default(),
                shape: Shape::Surfaces(vec![Surface {
                    rings: vec![vec![[1.0, 2.0, z], [3.0, 1.0, z + 5.0]]],
                    role: SurfaceRole::Ground,
                    ..Surface::default()
                }]),
                hint: Hint::None,
                level: None,
                parent: None,
            },
            verdict: Verdict {
                class: Class::Building,
                kind: "building".into(),
                is_drawn: true,
            },
            is_from_ground: false,
        }
    }

    #[test]
    fn features_come_back_in_any_order_and_a_cut_spool_goes_on() {
        let folder = std::env::temp_dir().join(format!("cim_spool_{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a test folder can be made");
        let mut spool = SpoolWriter::open(&folder, SpoolLength::default()).expect("a new spool");
        for number in 0..3 {
            spool
                .push(&decided(&format!("w{number}"), f64::from(number)), 7)
                .expect("written");
        }
        let length = spool.flush().expect("written");
        spool.push(&decided("lost", 0.0), 7).expect("written");
        drop(spool);
        let mut spool = SpoolWriter::open(&folder, length).expect("the old spool");
        spool.push(&decided("w3", 3.0), 8).expect("written");
        spool.flush().expect("written");

        let mut heads = Vec::new();
        let mut all = Heads::open(&folder).expect("heads");
        while let Some(head) = all.next_head().expect("a head") {
            heads.push(head);
        }
        assert_eq!((heads.len(), heads[3].source, heads[0].source), (4, 8, 7));
        assert!((heads[2].ground_m - 2.0).abs() < 1e-12 && heads[2].is_built);
        assert!(heads[0].bounds[0] < heads[0].bounds[2] && (heads[0].low_m).abs() < 1e-12);
        let mut reader = SpoolReader::open(&folder).expect("a spool");
        for row in [3_usize, 0, 2, 1] {
            let head = heads[row];
            let bytes = reader.read(head.offset, head.bytes).expect("bytes");
            let feature = decode(bytes, false).expect("a feature").feature;
            assert_eq!(feature.id, format!("w{row}"));
        }
        std::fs::remove_dir_all(folder).ok();
    }
}
