//! How a tree grows and shrinks: blocks attached and detached, moved and placed, and what they take in memory.

use super::{
    BOUNDS_FIXED, Block, Branch, Content, ImplicitRoot, MAX_DEPTH, MAX_TILES, MAX_WAITING_PROBLEMS,
    REFINE_DEFAULTED, REQUEST_FIXED, RawTransforms, Refine, Tile, TileId, Tileset, around_contents,
    content_fixed,
};
use crate::error::Problems;
use crate::placement::{Placement, Placer};
use crate::source::is_data_uri;
use crate::subtree::Subtree;
use crate::tile_metadata::MetadataEntity;
use crate::{Problem, TileError, Volume};
use glam::DMat4;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Mean radius of the Earth, metres: how much a plane bends away from it.
const EARTH_RADIUS_M: f64 = 6.371e6;

impl Tileset {
    /// Hangs an external tileset or a subtree, which arrived for `at`, below that tile.
    ///
    /// An external tileset's root becomes a child of `at`, with both transforms multiplied; its geometric errors stand.
    /// Of a subtree, some levels become tiles, and those of the last level have a [`Tile::branch`] again. What could not
    /// be used is added to [`Tileset::problems`]. Nothing changes on an error: the tile does not exist, it has such a
    /// branch already, the tileset includes itself, or there are too many tiles.
    pub fn attach(&mut self, at: TileId, branch: Branch) -> Result<(), TileError> {
        let Some(tile) = self.tile(at) else {
            let reason = "there is no such tile, or it has gone";
            return Err(TileError::broken(
                &self.source,
                format!("tile {at}"),
                reason,
            ));
        };
        if self.depth_of(at) >= MAX_DEPTH {
            let reason = format!("tilesets hang on tilesets more than {MAX_DEPTH} deep");
            return Err(TileError::too_large(
                &self.source,
                format!("tile {at}"),
                reason,
            ));
        }
        match branch {
            Branch::Tileset(other) => {
                let (refine, raw) = (tile.refine, self.raw_transform(at));
                self.attach_tileset(at, *other, refine, &raw)
            }
            Branch::Subtree(subtree) => self.attach_subtree(at, &subtree),
        }
    }

    /// Forgets everything that hangs on `at`. Its tiles' numbers are not used again.
    pub fn detach(&mut self, at: TileId) {
        let mut waiting: Vec<u32> = self.attached.remove(&at).unwrap_or_default();
        while let Some(first) = waiting.pop() {
            let Some(block) = self.blocks.remove(&first) else {
                continue;
            };
            self.tile_count -= block.tiles.len();
            self.block_bytes -= block.bytes;
            let end = TileId(first + block.tiles.len() as u32);
            let below: Vec<TileId> = self
                .attached
                .range(TileId(first)..end)
                .map(|(tile, _)| *tile)
                .collect();
            for tile in below {
                waiting.extend(self.attached.remove(&tile).unwrap_or_default());
            }
        }
        let own_block = self
            .block_of(at)
            .map(|(first, block)| TileId(first)..TileId(first + block.tiles.len() as u32));
        if let Some(own_block) = own_block {
            // Children in the tile's own block were there before anything was attached.
            self.change_children(at, |children| {
                children.retain(|child| own_block.contains(child));
                children.shrink_to_fit();
            });
        }
    }

    /// Whether anything hangs on `at`.
    pub fn is_attached(&self, at: TileId) -> bool {
        self.attached.contains_key(&at)
    }

    /// Moves the tileset to where it stands, with everything that will be attached. To be called once, on a tileset that
    /// nothing is attached to yet.
    ///
    /// Each tile gets the matrix that is exact at its own middle, and a volume that is as much larger as the Earth bends
    /// away from it.
    pub fn set_placement(&mut self, placement: &Placement) -> Result<(), TileError> {
        if *placement == self.placement {
            return Ok(());
        }
        if self.placement != Placement::Ecef || !self.attached.is_empty() {
            let reason = "a tileset is placed once, before anything is attached to it";
            return Err(TileError::broken(&self.source, "placement", reason));
        }
        let placer = Placer::new(placement)?;
        let mut problems = Problems::of(&self.source);
        let Some(block) = self.blocks.get(&0) else {
            return Ok(());
        };
        let mut placed = block.clone();
        placed.place(&placer, &mut problems)?;
        self.blocks.remove(&0);
        (self.tile_count, self.block_bytes) = (0, 0);
        self.add_block(0, placed);
        self.placement = *placement;
        self.take_problems(problems.into_list());
        Ok(())
    }

    /// Adds a block whose tiles are numbered from `first`.
    pub(super) fn add_block(&mut self, first: u32, mut block: Block) {
        block.bytes = block.counted_bytes();
        self.tile_count += block.tiles.len();
        self.block_bytes += block.bytes;
        self.next_id = self.next_id.max(first + block.tiles.len() as u32);
        if let Some(at) = block.at {
            self.attached.entry(at).or_default().push(first);
        }
        self.blocks.insert(first, block);
    }

    fn attach_tileset(
        &mut self,
        at: TileId,
        other: Self,
        refine: Refine,
        raw: &DMat4,
    ) -> Result<(), TileError> {
        let Self {
            source,
            problems,
            blocks,
            ..
        } = other;
        // What was attached to it before stays behind: a tileset that arrives has its own block only.
        let Some((_, mut block)) = blocks.into_iter().next() else {
            return Err(TileError::broken(
                &source,
                "root",
                "the tileset has no tiles",
            ));
        };
        self.check_new(at, &block.path, &source)?;
        let mut told = Problems::of(&source);
        block.take_over_refine(refine);
        // Converters say the axis in the outermost file only.
        block.up_axis = block
            .up_axis
            .or_else(|| self.gltf_up_axis(at).map(str::to_owned));
        block
            .shift(raw)
            .map_err(|reason| TileError::broken(&source, "root", reason))?;
        self.graft(at, block, &source, &mut told)?;
        self.take_problems(problems);
        self.take_problems(told.into_list());
        Ok(())
    }

    fn attach_subtree(&mut self, at: TileId, subtree: &Subtree) -> Result<(), TileError> {
        let refuse = |reason: &str| TileError::broken(subtree.name(), format!("tile {at}"), reason);
        let link = self.tile(at).and_then(|tile| tile.branch.clone());
        let root = self.implicit_root(at);
        let (Some(link), Some(root)) = (link, root) else {
            return Err(refuse("no subtree belongs to this tile"));
        };
        if self.is_attached(at) {
            return Err(refuse("the subtree is attached already"));
        }
        let mut told = Problems::of(subtree.name());
        let expansion = root.expand(subtree, &link, &mut told);
        if expansion.tiles.is_empty() {
            let mut problems = told.into_list().into_iter();
            return Err(problems.next().map_or_else(
                || refuse("the subtree has no tiles"),
                |problem| TileError::broken(&problem.source, problem.place, problem.reason),
            ));
        }
        let above = self.block_of(at).map(|(_, block)| block);
        let block = Block {
            path: above.map(|block| block.path.clone()).unwrap_or_default(),
            up_axis: above.and_then(|block| block.up_axis.clone()),
            tiles: expansion.tiles,
            flags: expansion.flags,
            grown_from: Some(root),
            shared_bytes: expansion.metadata_bytes,
            ..Block::default()
        };
        self.graft(at, block, subtree.name(), &mut told)?;
        self.take_problems(subtree.problems().to_vec());
        self.take_problems(told.into_list());
        Ok(())
    }

    /// Places a block whose tiles are numbered from 0 and hangs it on `at`.
    fn graft(
        &mut self,
        at: TileId,
        mut block: Block,
        source: &str,
        told: &mut Problems,
    ) -> Result<(), TileError> {
        let count = block.tiles.len();
        let next = u32::try_from(count)
            .ok()
            .and_then(|count| self.next_id.checked_add(count));
        if self.tile_count + count > MAX_TILES || next.is_none() {
            let reason = format!("there would be more than {MAX_TILES} tiles at a time");
            return Err(TileError::too_large(source, format!("tile {at}"), reason));
        }
        if self.placement != Placement::Ecef {
            block.place(&Placer::new(&self.placement)?, told)?;
        }
        let first = self.next_id;
        block.renumber(first, at);
        self.add_block(first, block);
        self.change_children(at, |children| children.push(TileId(first)));
        Ok(())
    }

    /// Refuses a tileset that hangs on itself, or on `at` already.
    fn check_new(&self, at: TileId, path: &str, source: &str) -> Result<(), TileError> {
        let refuse = |reason: &str| Err(TileError::broken(source, format!("tile {at}"), reason));
        let mut above = Some(at);
        while let Some((_, block)) = above.and_then(|id| self.block_of(id)) {
            // Two data addresses may be the same text without being a circle; their depth is limited.
            if block.grown_from.is_none() && block.path == path && !is_data_uri(path) {
                return refuse("the tileset includes itself");
            }
            above = block.at;
        }
        let beside = self.attached.get(&at).into_iter().flatten();
        let is_twice = beside
            .filter_map(|first| self.blocks.get(first))
            .any(|block| block.path == path);
        if is_twice {
            return refuse("the tileset is attached already");
        }
        Ok(())
    }

    /// How many blocks lie on the way from a tile to the root.
    fn depth_of(&self, id: TileId) -> usize {
        let mut depth = 0;
        let mut above = Some(id);
        while let Some((_, block)) = above.and_then(|id| self.block_of(id)) {
            // Subtrees end by themselves: their levels are limited.
            depth += usize::from(block.grown_from.is_none());
            above = block.at;
        }
        depth
    }

    /// A tile's transform before placement.
    fn raw_transform(&self, id: TileId) -> DMat4 {
        let Some((first, block)) = self.block_of(id) else {
            return DMat4::IDENTITY;
        };
        let row = (id.0 - first) as usize;
        let raw = match &block.raw {
            RawTransforms::AsTheyAre => block.tiles.get(row).map(|tile| tile.transform),
            RawTransforms::Each(raw) => raw.get(row).copied(),
        };
        raw.unwrap_or(DMat4::IDENTITY)
    }

    /// What the implicit root of a tile with a branch says.
    fn implicit_root(&self, id: TileId) -> Option<Arc<ImplicitRoot>> {
        let (_, block) = self.block_of(id)?;
        block
            .grown_from
            .as_ref()
            .or_else(|| block.implicit.get(&id))
            .cloned()
    }

    fn change_children(&mut self, id: TileId, change: impl FnOnce(&mut Vec<TileId>)) {
        let Some((first, block)) = self.blocks.range_mut(..=id.0).next_back() else {
            return;
        };
        let Some(tile) = block.tiles.get_mut((id.0 - first) as usize) else {
            return;
        };
        let before = tile.children.capacity() * size_of::<TileId>();
        change(&mut tile.children);
        let after = tile.children.capacity() * size_of::<TileId>();
        block.bytes = block.bytes + after - before;
        self.block_bytes = self.block_bytes + after - before;
    }

    fn take_problems(&mut self, problems: Vec<Problem>) {
        let room = MAX_WAITING_PROBLEMS.saturating_sub(self.problems.len());
        self.problems.extend(problems.into_iter().take(room));
    }
}

impl Block {
    /// Tiles whose files do not say how they refine do as the tile does that the block will hang on.
    fn take_over_refine(&mut self, refine: Refine) {
        for (tile, flags) in self.tiles.iter_mut().zip(&self.flags) {
            if flags & REFINE_DEFAULTED != 0 {
                tile.refine = refine;
                if let Some(root) = self.implicit.get_mut(&tile.id) {
                    Arc::make_mut(root).refine = refine;
                }
            }
        }
    }

    /// Multiplies all transforms with that of the tile that the block will hang on.
    fn shift(&mut self, matrix: &DMat4) -> Result<(), String> {
        if *matrix == DMat4::IDENTITY {
            return Ok(());
        }
        for (tile, flags) in self.tiles.iter_mut().zip(&self.flags) {
            *tile = moved(tile, *flags, matrix, |volume| volume)?;
        }
        for root in self.implicit.values_mut() {
            let root = Arc::make_mut(root);
            root.transform = *matrix * root.transform;
        }
        Ok(())
    }

    /// Moves every tile to where it stands on the Earth. A tile that stands nowhere goes where its neighbour went, told
    /// as a problem; only for the first that is an error.
    fn place(&mut self, placer: &Placer, problems: &mut Problems) -> Result<(), TileError> {
        let raw = self.tiles.iter().map(|tile| tile.transform).collect();
        let mut last: Option<DMat4> = None;
        for (tile, flags) in self.tiles.iter_mut().zip(&self.flags) {
            let matrix = match (matrix_for(placer, tile, *flags), last) {
                (Ok(matrix), _) => matrix,
                (Err(error), Some(last)) => {
                    problems.add(format!("tile {}", tile.id), Problem::from(&error).reason);
                    last
                }
                (Err(error), None) => return Err(error),
            };
            let margin = |volume: Volume| {
                if placer.is_rigid() {
                    volume
                } else {
                    let radius_m = volume.radius_m();
                    volume.grown_by_m(radius_m * radius_m / EARTH_RADIUS_M)
                }
            };
            *tile = moved(tile, *flags, &matrix, margin)
                .map_err(|reason| TileError::broken("placement", "a tile's volume", reason))?;
            last = Some(matrix);
        }
        self.raw = RawTransforms::Each(raw);
        Ok(())
    }

    /// Numbers the tiles from `first` instead of 0 and hangs them on `at`.
    fn renumber(&mut self, first: u32, at: TileId) {
        let new = |id: TileId| TileId(id.0 + first);
        for tile in &mut self.tiles {
            tile.id = new(tile.id);
            tile.parent = Some(tile.parent.map_or(at, new));
            for child in &mut tile.children {
                *child = new(*child);
            }
        }
        self.implicit = std::mem::take(&mut self.implicit)
            .into_iter()
            .map(|(id, root)| (new(id), root))
            .collect::<BTreeMap<_, _>>();
        self.at = Some(at);
    }

    /// What the block takes.
    fn counted_bytes(&self) -> usize {
        let tiles: usize = self.tiles.iter().map(heap_bytes_of).sum();
        let implicit: usize = self
            .implicit
            .values()
            .map(|root| size_of::<(TileId, Arc<ImplicitRoot>)>() + root.heap_bytes())
            .sum();
        let raw = match &self.raw {
            RawTransforms::AsTheyAre => 0,
            RawTransforms::Each(raw) => raw.capacity() * size_of::<DMat4>(),
        };
        size_of::<Self>()
            + self.path.capacity()
            + self.up_axis.as_ref().map_or(0, String::capacity)
            + self.tiles.capacity() * size_of::<Tile>()
            + self.flags.capacity() * size_of::<u32>()
            + tiles
            + implicit
            + raw
            + self.shared_bytes
    }
}

/// The matrix that is exact at a tile's middle.
fn matrix_for(placer: &Placer, tile: &Tile, flags: u32) -> Result<DMat4, TileError> {
    let middle = tile.bounds.centre_m();
    if flags & BOUNDS_FIXED == 0 {
        placer.matrix_at(middle)
    } else {
        // A region stands on the Earth already; its middle has to be found in the tileset's own frame.
        placer.matrix_at(placer.tileset_from_ecef(middle)?)
    }
}

/// A tile moved by `matrix`, but for what is fixed to the Earth; `margin` widens the volumes that move.
fn moved(
    tile: &Tile,
    flags: u32,
    matrix: &DMat4,
    margin: impl Fn(Volume) -> Volume,
) -> Result<Tile, String> {
    let shift = |volume: &Volume, fixed: u32| {
        if flags & fixed == 0 {
            volume.transformed(matrix).map(&margin)
        } else {
            Ok(*volume)
        }
    };
    let mut new = tile.clone();
    new.transform = *matrix * tile.transform;
    new.bounds = shift(&tile.bounds, BOUNDS_FIXED)?;
    if let Some(volume) = &tile.viewer_request {
        new.viewer_request = Some(shift(volume, REQUEST_FIXED)?);
    }
    for (nth, content) in new.contents.iter_mut().enumerate() {
        if let Some(volume) = &content.bounds {
            content.bounds = Some(shift(volume, content_fixed(nth))?);
        }
    }
    new.content_bounds = around_contents(&new.contents);
    Ok(new)
}

/// What a tile takes in memory beyond itself.
fn heap_bytes_of(tile: &Tile) -> usize {
    let contents: usize = tile
        .contents
        .iter()
        .map(|content| {
            content.uri.capacity()
                + content
                    .metadata
                    .as_ref()
                    .map_or(0, MetadataEntity::heap_bytes)
        })
        .sum();
    tile.children.capacity() * size_of::<TileId>()
        + tile.contents.capacity() * size_of::<Content>()
        + contents
        + tile
            .branch
            .as_ref()
            .map_or(0, |branch| branch.uri.capacity())
        + tile.metadata.as_ref().map_or(0, MetadataEntity::heap_bytes)
}
