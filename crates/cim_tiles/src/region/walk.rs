//! The way through all tiles of a region, and what each of their files names in turn.

use super::record::{JOURNAL_FILE, Journal, REGION_FILE, RegionFile};
use super::{RegionProgress, RegionReport, RegionRequest};
use crate::allowance::Allowance;
use crate::files::{sha256_hex, without_byte_order_mark, write_whole};
use crate::source::{is_data_uri, named, read_resource, resolve, unpacked, without_query};
use crate::subtree::Subtree;
use crate::{Branch, ContentKind, Problem, TileError, TileId, TileSource, Tileset, Volume};
use serde_json::Value;
use std::collections::BTreeMap;

/// Heights that a region reaches from and to, metres: from below any metro to above any tower.
const LOWEST_M: f64 = -1_000.0;
const HIGHEST_M: f64 = 10_000.0;
/// Containers within containers go no deeper than this.
const MAX_NESTING: u32 = 8;
/// A glTF names no more files than this.
const MAX_NAMED: usize = 10_000;

/// What is left to do at a tile.
enum Step {
    Visit(TileId),
    /// Everything below is fetched: what was attached to it can go.
    Leave(TileId),
}

/// A walk through a tileset.
pub(super) struct Walk<'a> {
    source: &'a dyn TileSource,
    region: Volume,
    max_error_m: f64,
    journal: Journal,
    /// Files that are there, with the address that each came from.
    done: BTreeMap<String, (RegionFile, String)>,
    progress: RegionProgress,
    tell: &'a mut dyn FnMut(RegionProgress),
    problems: Vec<Problem>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        source: &'a dyn TileSource,
        request: &RegionRequest,
        journal: Journal,
        tell: &'a mut dyn FnMut(RegionProgress),
    ) -> Result<Self, TileError> {
        let bounds = request.bounds;
        let region = Volume::from_region(&[
            bounds.west_deg.to_radians(),
            bounds.south_deg.to_radians(),
            bounds.east_deg.to_radians(),
            bounds.north_deg.to_radians(),
            LOWEST_M,
            HIGHEST_M,
        ])
        .map_err(|reason| TileError::broken(REGION_FILE, "bounds", reason))?;
        Ok(Self {
            source,
            region,
            max_error_m: request.max_error_m,
            journal,
            done: BTreeMap::new(),
            progress: RegionProgress::default(),
            tell,
            problems: Vec::new(),
        })
    }

    /// All files by path, and what happened.
    pub(super) fn finish(self) -> (Vec<RegionFile>, RegionReport) {
        let files = self.done.into_values().map(|(file, _)| file).collect();
        let report = RegionReport {
            progress: self.progress,
            problems: self.problems,
        };
        (files, report)
    }

    /// Fetches all tiles of the region. What cannot be fetched is noted, and the rest goes on.
    pub(super) fn walk(&mut self, tileset: &mut Tileset) {
        let mut steps = vec![Step::Visit(Tileset::ROOT)];
        while let Some(step) = steps.pop() {
            let id = match step {
                Step::Visit(id) => id,
                Step::Leave(id) => {
                    tileset.detach(id);
                    continue;
                }
            };
            if !self.visit(tileset, id) {
                continue;
            }
            steps.push(Step::Leave(id));
            let children = tileset.tile(id).into_iter().flat_map(|tile| &tile.children);
            let visits: Vec<Step> = children.map(|child| Step::Visit(*child)).collect();
            steps.extend(visits.into_iter().rev());
        }
        self.problems.append(&mut tileset.problems);
    }

    /// Fetches what a tile names; false when nothing below it is of the region.
    fn visit(&mut self, tileset: &mut Tileset, id: TileId) -> bool {
        let Some(tile) = tileset.tile(id) else {
            return false;
        };
        if !self.region.may_meet(&tile.bounds) {
            return false;
        }
        self.progress.tiles += 1;
        let goes_on = tile.geometric_error_m > self.max_error_m;
        let branch = tile.branch.clone();
        let contents: Vec<String> = tile
            .contents
            .iter()
            .filter(|content| {
                let bounds = content.bounds.as_ref();
                bounds.is_none_or(|bounds| self.region.may_meet(bounds))
            })
            .map(|content| content.uri.clone())
            .collect();
        let mut is_link = branch.is_some();
        if let Some(branch) = branch {
            match self.subtree(&branch.uri) {
                Ok(subtree) => self.attach(tileset, id, Branch::Subtree(subtree)),
                Err(error) => self.problems.push(Problem::from(&error)),
            }
        }
        for uri in contents {
            match self.content(&uri) {
                Ok(Some(external)) => {
                    is_link = true;
                    self.fetch_schema(&external);
                    self.attach(tileset, id, Branch::Tileset(Box::new(external)));
                }
                Ok(None) => {}
                Err(error) => self.problems.push(Problem::from(&error)),
            }
        }
        // A link draws nothing itself, so its error says nothing.
        is_link || goes_on
    }

    fn attach(&mut self, tileset: &mut Tileset, at: TileId, branch: Branch) {
        if let Err(error) = tileset.attach(at, branch) {
            self.problems.push(Problem::from(&error));
        }
        self.problems.append(&mut tileset.problems);
    }

    /// Fetches a subtree with the buffers that it names.
    fn subtree(&mut self, path: &str) -> Result<Subtree, TileError> {
        let bytes = self.fetch(path)?;
        let subtree = Subtree::read(&bytes, path, self.source)?;
        for buffer in subtree.external_paths() {
            self.fetch(buffer)?;
        }
        Ok(subtree)
    }

    /// Fetches a content with the files that it names, and reads it when it is a tileset.
    fn content(&mut self, path: &str) -> Result<Option<Tileset>, TileError> {
        let bytes = if is_data_uri(path) {
            read_resource(self.source, path)?
        } else if self.is_done(path) && !is_tileset_name(path) {
            return Ok(None);
        } else {
            self.fetch(path)?
        };
        let mut names = Names::default();
        names.of(&bytes, 0);
        if names.is_tileset {
            return Tileset::from_resource(&bytes, path, self.source).map(Some);
        }
        for uri in names.uris {
            match resolve(path, &uri) {
                Ok(other) if is_data_uri(&other) => {}
                Ok(other) => self.fetch_named(&other),
                Err(reason) => {
                    let file = named(self.source, path);
                    self.problems
                        .push(Problem::from(&TileError::broken(&file, uri, reason)));
                }
            }
        }
        Ok(None)
    }

    /// Fetches a file that another one names, and the files that it names itself (a glTF named by an i3dm).
    fn fetch_named(&mut self, path: &str) {
        if self.is_done(path) {
            return;
        }
        let bytes = match self.fetch(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.problems.push(Problem::from(&error));
                return;
            }
        };
        let mut names = Names::default();
        names.of(&bytes, 0);
        for uri in names.uris {
            let other = resolve(path, &uri).ok().filter(|other| !is_data_uri(other));
            if let Some(other) = other
                && !self.is_done(&other)
                && let Err(error) = self.fetch(&other)
            {
                self.problems.push(Problem::from(&error));
            }
        }
    }

    /// Fetches the schema that a tileset keeps in a file of its own.
    pub(super) fn fetch_schema(&mut self, tileset: &Tileset) {
        if let Some(uri) = &tileset.metadata.schema_uri
            && !is_data_uri(uri)
            && let Err(error) = self.fetch(uri)
        {
            self.problems.push(Problem::from(&error));
        }
    }

    /// The bytes of a file, gzip undone, once it lies in the folder as its source has it.
    pub(super) fn fetch(&mut self, address: &str) -> Result<Vec<u8>, TileError> {
        let path = without_query(address);
        if path == REGION_FILE || path == JOURNAL_FILE {
            let reason = "the tileset has a file with the name of the region's own list";
            return Err(TileError::broken(&named(self.source, path), path, reason));
        }
        if let Some((_, other)) = self.done.get(path)
            && other != address
        {
            let reason = format!("{other} and {address} would be one file");
            return Err(TileError::broken(&named(self.source, path), path, reason));
        }
        let (file, bytes) = match self.journal.kept(path) {
            Some((file, bytes)) => {
                if !self.is_done(path) {
                    self.progress.kept += 1;
                }
                (file, bytes)
            }
            None => self.fetch_anew(path, address)?,
        };
        if !self.is_done(path) {
            self.progress.files += 1;
            self.progress.bytes += file.bytes;
            self.done
                .insert(path.to_owned(), (file, address.to_owned()));
            (self.tell)(self.progress);
        }
        unpacked(bytes, &named(self.source, path))
    }

    fn fetch_anew(
        &mut self,
        path: &str,
        address: &str,
    ) -> Result<(RegionFile, Vec<u8>), TileError> {
        let bytes = self.source.read(address)?;
        write_whole(&self.journal.folder().join(path), &bytes)?;
        let file = RegionFile {
            path: path.to_owned(),
            bytes: bytes.len() as u64,
            sha256: sha256_hex(&bytes),
        };
        self.journal.note(&file)?;
        Ok((file, bytes))
    }

    fn is_done(&self, address: &str) -> bool {
        self.done.contains_key(without_query(address))
    }
}

/// Tilesets have to be read again wherever they are named; tiles have not.
fn is_tileset_name(path: &str) -> bool {
    ContentKind::of_path(path) == ContentKind::Tileset
}

/// The files that a content names.
#[derive(Default)]
pub(super) struct Names {
    /// As they stand in the file.
    pub(super) uris: Vec<String>,
    /// The content is itself a tileset.
    pub(super) is_tileset: bool,
}

impl Names {
    /// Looks into a content: JSON, GLB, b3dm, i3dm, or a cmpt with any of them. What is broken names nothing; reading the
    /// content tells why.
    pub(super) fn of(&mut self, bytes: &[u8], depth: u32) {
        if depth > MAX_NESTING {
            return;
        }
        let text = without_byte_order_mark(bytes).trim_ascii_start();
        if text.starts_with(b"{") {
            self.of_json(text);
            return;
        }
        match bytes.get(..4) {
            Some(b"glTF") => self.of_glb(bytes),
            Some(b"b3dm") => self.of(body_of(bytes, 28), depth + 1),
            Some(b"i3dm") => {
                let body = body_of(bytes, 32);
                if u32_at(bytes, 28) == Some(0) {
                    let uri = String::from_utf8_lossy(body);
                    self.add(uri.trim_matches(|c: char| c == '\0' || c.is_whitespace()));
                } else {
                    self.of(body, depth + 1);
                }
            }
            Some(b"cmpt") => self.of_composite(bytes, depth + 1),
            _ => {}
        }
    }

    fn of_composite(&mut self, bytes: &[u8], depth: u32) {
        let mut rest = bytes.get(16..).unwrap_or_default();
        while let Some(length) = u32_at(rest, 8) {
            let length = length as usize;
            let (Some(inner), true) = (rest.get(..length), length >= 12) else {
                return;
            };
            self.of(inner, depth);
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    fn of_glb(&mut self, bytes: &[u8]) {
        // Version 1 has the length of its JSON where version 2 has that of its first chunk.
        let length = u32_at(bytes, 12).unwrap_or_default() as usize;
        if let Some(json) = bytes.get(20..).and_then(|rest| rest.get(..length)) {
            self.of_json(json.trim_ascii_start());
        }
    }

    fn of_json(&mut self, text: &[u8]) {
        // Values of any type take room; a list of numbers is no reason to take a lot of it.
        let mut allowance = Allowance::for_input(text.len());
        if allowance.take_json(text, "").is_err() {
            return;
        }
        let Ok(json) = serde_json::from_slice::<Named>(text) else {
            return;
        };
        self.is_tileset |= json.root.is_some();
        for list in [json.buffers, json.images, json.shaders] {
            for uri in list.map(Listed::into_uris).unwrap_or_default() {
                self.add(&uri);
            }
        }
        let extension = |name: &str| json.extensions.as_ref().and_then(|all| all.get(name));
        for name in ["EXT_structural_metadata", "EXT_feature_metadata"] {
            let uri = extension(name).and_then(|one| one.get("schemaUri"));
            if let Some(uri) = uri.and_then(Value::as_str) {
                self.add(uri);
            }
        }
    }

    fn add(&mut self, uri: &str) {
        if !uri.is_empty() && !is_data_uri(uri) && self.uris.len() < MAX_NAMED {
            self.uris.push(uri.to_owned());
        }
    }
}

/// The part of a glTF that names files, and the mark of a tileset.
#[derive(serde::Deserialize)]
struct Named {
    root: Option<serde::de::IgnoredAny>,
    buffers: Option<Listed>,
    images: Option<Listed>,
    shaders: Option<Listed>,
    extensions: Option<BTreeMap<String, Value>>,
}

/// glTF 2.0 has lists where 1.0 has objects.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Listed {
    List(Vec<Resource>),
    Map(BTreeMap<String, Resource>),
}

impl Listed {
    fn into_uris(self) -> Vec<String> {
        match self {
            Self::List(list) => list.into_iter().filter_map(|one| one.uri).collect(),
            Self::Map(map) => map.into_values().filter_map(|one| one.uri).collect(),
        }
    }
}

#[derive(serde::Deserialize)]
struct Resource {
    uri: Option<String>,
}

/// What follows a tile's header, feature table and batch table.
fn body_of(bytes: &[u8], header: usize) -> &[u8] {
    let mut from = header;
    for at in [12, 16, 20, 24] {
        let length = u32_at(bytes, at).unwrap_or(u32::MAX) as usize;
        from = from.saturating_add(length);
    }
    // Two older headers of b3dm are shorter; what they hold is found by its magic.
    bytes
        .get(from..)
        .filter(|body| !body.is_empty())
        .or_else(|| {
            let at = bytes.windows(4).position(|part| part == b"glTF")?;
            bytes.get(at..)
        })
        .unwrap_or_default()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}
