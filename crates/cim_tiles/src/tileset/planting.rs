//! From `tileset.json` to tiles: the tree of the file laid flat, breadth first.

use super::implicit::{ContentTemplate, ImplicitRoot, RootTile};
use super::json::{ContentJson, ImplicitJson, TileJson};
use super::{
    BOUNDS_FIXED, Content, MAX_TILES, REFINE_DEFAULTED, REQUEST_FIXED, Refine, SubtreeRef, Tile,
    TileId, around_contents, content_fixed,
};
use crate::TileError;
use crate::allowance::Allowance;
use crate::error::Problems;
use crate::source::{resolve, shortened};
use crate::tile_metadata::{MetadataEntity, TilesetMetadata};
use crate::volume::{Shape, Volume, VolumeJson};
use glam::DMat4;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A tile of the file that waits for its place in the arena.
struct Waiting {
    json: TileJson,
    parent: Option<TileId>,
    /// Its place among its parent's children in the file.
    nth: u32,
}

/// Where a tile stands in the file, for messages.
#[derive(Clone, Copy)]
struct Spot {
    parent: Option<TileId>,
    nth: u32,
}

/// The tree while it is laid flat. Tiles are numbered from 0; nothing is placed yet.
pub(super) struct Planting<'a> {
    /// The file, for messages.
    pub(super) source: &'a str,
    /// The file's path within its source: addresses are resolved against it.
    pub(super) path: &'a str,
    pub(super) metadata: &'a TilesetMetadata,
    pub(super) allowance: &'a mut Allowance,
    pub(super) problems: &'a mut Problems,
    pub(super) tiles: Vec<Tile>,
    /// What cannot be seen in a tile any more; see [`super::BOUNDS_FIXED`].
    pub(super) flags: Vec<u32>,
    /// What tiles with implicit tiling say about those below.
    pub(super) implicit: BTreeMap<TileId, Arc<ImplicitRoot>>,
    /// For each tile, its place among its parent's children in the file.
    places: Vec<u32>,
}

impl<'a> Planting<'a> {
    pub(super) fn new(
        source: &'a str,
        path: &'a str,
        metadata: &'a TilesetMetadata,
        allowance: &'a mut Allowance,
        problems: &'a mut Problems,
    ) -> Self {
        Self {
            source,
            path,
            metadata,
            allowance,
            problems,
            tiles: Vec::new(),
            flags: Vec::new(),
            implicit: BTreeMap::new(),
            places: Vec::new(),
        }
    }

    pub(super) fn plant(&mut self, root: TileJson) -> Result<(), TileError> {
        let mut queue = VecDeque::from([Waiting {
            json: root,
            parent: None,
            nth: 0,
        }]);
        while let Some(Waiting {
            mut json,
            parent,
            nth,
        }) = queue.pop_front()
        {
            let spot = Spot { parent, nth };
            if self.tiles.len() >= MAX_TILES {
                let reason = format!("there are more than {MAX_TILES} tiles");
                return Err(TileError::too_large(
                    self.source,
                    self.place_of(spot),
                    reason,
                ));
            }
            self.allowance
                .take(size_of::<Tile>(), self.source, "the tiles")?;
            let children = std::mem::take(&mut json.children);
            match self.add(json, spot) {
                Ok(id) => {
                    let waiting = children.into_iter().zip(0_u32..);
                    queue.extend(waiting.map(|(json, nth)| Waiting {
                        json,
                        parent: Some(id),
                        nth,
                    }));
                }
                Err(reason) if parent.is_none() => {
                    return Err(TileError::broken(self.source, "root", reason));
                }
                Err(reason) => {
                    self.tell(
                        spot,
                        format!("{reason}; the tile and all below it are left out"),
                    );
                }
            }
        }
        self.tiles.shrink_to_fit();
        self.flags.shrink_to_fit();
        Ok(())
    }

    /// Adds one tile without its children, or says why it cannot be used.
    fn add(&mut self, mut json: TileJson, spot: Spot) -> Result<TileId, String> {
        let above = spot.parent.and_then(|id| self.tiles.get(id.row()));
        let (outer, inherited) = above.map_or((DMat4::IDENTITY, None), |tile| {
            (tile.transform, Some(tile.refine))
        });
        let transform = match &json.transform {
            Some(numbers) => outer * matrix_of(numbers)?,
            None => outer,
        };
        let shape = Shape::from_json(json.bounding_volume.as_deref())?;
        let bounds = shape.volume(&transform)?;
        let geometric_error_m = json
            .geometric_error
            .filter(|error| *error >= 0.0)
            .ok_or_else(|| "the geometric error is missing or negative".to_owned())?;
        let id = u32::try_from(self.tiles.len())
            .map(TileId)
            .map_err(|error| error.to_string())?;
        let mut flags = if shape.is_fixed() { BOUNDS_FIXED } else { 0 };
        let (refine, is_stated) = self.refine_of(json.refine.as_deref(), inherited, spot);
        if !is_stated && self.is_defaulted(spot.parent) {
            flags |= REFINE_DEFAULTED;
        }
        let request = json.viewer_request_volume.as_deref();
        let viewer_request = request
            .and_then(|volume| self.volume_of(volume, "viewer request", &transform, spot))
            .map(|(volume, is_fixed)| {
                flags |= if is_fixed { REQUEST_FIXED } else { 0 };
                volume
            });
        let schema = self.metadata.schema.as_deref();
        let metadata = json
            .metadata()
            .map(|entity| MetadataEntity::from_json(entity, schema));
        let contents = json.take_contents();
        let (contents, branch) = match json.implicit() {
            Some(implicit) => {
                let root = RootTile {
                    base_path: self.path,
                    shape,
                    transform,
                    geometric_error_m,
                    refine,
                    contents: self.templates_of(&contents, spot),
                    schema: self.metadata.schema.clone(),
                };
                (Vec::new(), self.branch_of(id, implicit, root, spot))
            }
            None => (
                self.contents_of(&contents, &transform, spot, &mut flags),
                None,
            ),
        };
        self.tiles.push(Tile {
            id,
            parent: spot.parent,
            children: Vec::new(),
            bounds,
            content_bounds: around_contents(&contents),
            viewer_request,
            geometric_error_m,
            refine,
            contents,
            branch,
            transform,
            metadata,
        });
        self.flags.push(flags);
        self.places.push(spot.nth);
        if let Some(above) = spot.parent.and_then(|id| self.tiles.get_mut(id.row())) {
            above.children.push(id);
        }
        Ok(id)
    }

    /// Whether the way of refining comes from nowhere, so that a tileset around this one may say it.
    fn is_defaulted(&self, parent: Option<TileId>) -> bool {
        match parent {
            Some(id) => self
                .flags
                .get(id.row())
                .is_some_and(|flags| flags & REFINE_DEFAULTED != 0),
            None => true,
        }
    }

    /// How the tile refines, and whether the file says so.
    fn refine_of(
        &mut self,
        word: Option<&str>,
        inherited: Option<Refine>,
        spot: Spot,
    ) -> (Refine, bool) {
        let fallback = inherited.unwrap_or_default();
        match word {
            // Version 0.0 wrote the words in lower case.
            Some(word) if word.eq_ignore_ascii_case("ADD") => (Refine::Add, true),
            Some(word) if word.eq_ignore_ascii_case("REPLACE") => (Refine::Replace, true),
            Some(word) => {
                self.tell(
                    spot,
                    format!("refine is {:?}, neither ADD nor REPLACE", shortened(word)),
                );
                (fallback, false)
            }
            None => (fallback, false),
        }
    }

    /// The link to the first subtree; implicit tiling that cannot be used is told and costs what is below the tile.
    fn branch_of(
        &mut self,
        id: TileId,
        json: &ImplicitJson,
        tile: RootTile<'_>,
        spot: Spot,
    ) -> Option<SubtreeRef> {
        let read =
            ImplicitRoot::read(json, tile).and_then(|root| Ok((root.subtree_at(0, [0; 3])?, root)));
        match read {
            Ok((link, root)) => {
                self.implicit.insert(id, Arc::new(root));
                Some(link)
            }
            Err(reason) => {
                self.tell(spot, format!("{reason}; nothing below the tile is known"));
                None
            }
        }
    }

    /// A volume that a tile can do without, and whether transforms leave it where it is. A broken one is told.
    fn volume_of(
        &mut self,
        json: &VolumeJson,
        what: &str,
        transform: &DMat4,
        spot: Spot,
    ) -> Option<(Volume, bool)> {
        let read = Shape::from_json(Some(json))
            .and_then(|shape| Ok((shape.volume(transform)?, shape.is_fixed())));
        read.map_err(|reason| self.tell(spot, format!("the {what} volume: {reason}")))
            .ok()
    }

    /// The tile's contents. Whatever is wrong with one costs that content, not the tile.
    fn contents_of(
        &mut self,
        json: &[ContentJson],
        transform: &DMat4,
        spot: Spot,
        flags: &mut u32,
    ) -> Vec<Content> {
        let mut contents = Vec::with_capacity(json.len());
        for one in json {
            let Some(uri) = one.uri() else {
                self.tell(spot, "the content has no uri".to_owned());
                continue;
            };
            let uri = match resolve(self.path, uri) {
                Ok(path) => path,
                Err(reason) => {
                    self.tell(spot, format!("{reason}: {}", shortened(uri)));
                    continue;
                }
            };
            let volume = one.bounding_volume.as_deref();
            let bounds = volume
                .and_then(|volume| self.volume_of(volume, "content's own", transform, spot))
                .map(|(volume, is_fixed)| {
                    *flags |= if is_fixed {
                        content_fixed(contents.len())
                    } else {
                        0
                    };
                    volume
                });
            let ContentTemplate {
                group, metadata, ..
            } = self.about_content(one, spot);
            contents.push(Content {
                uri,
                bounds,
                group,
                metadata,
            });
        }
        contents
    }

    /// What all contents of implicit tiles have in common.
    fn templates_of(&mut self, json: &[ContentJson], spot: Spot) -> Vec<ContentTemplate> {
        let mut templates = Vec::with_capacity(json.len());
        for one in json {
            let Some(uri) = one.uri() else {
                self.tell(spot, "the content has no uri".to_owned());
                continue;
            };
            let template = ContentTemplate {
                uri: uri.to_owned(),
                ..self.about_content(one, spot)
            };
            templates.push(template);
        }
        templates
    }

    /// A content's group and metadata.
    fn about_content(&mut self, json: &ContentJson, spot: Spot) -> ContentTemplate {
        let group = json.group().and_then(|group| {
            let row = self.metadata.group_row(group);
            if row.is_none() {
                self.tell(spot, "the content's group does not exist".to_owned());
            }
            row
        });
        let schema = self.metadata.schema.as_deref();
        ContentTemplate {
            uri: String::new(),
            group,
            metadata: json
                .metadata()
                .map(|entity| MetadataEntity::from_json(entity, schema)),
        }
    }

    fn tell(&mut self, spot: Spot, reason: String) {
        let place = self.place_of(spot);
        self.problems.add(place, reason);
    }

    /// The JSON path of a tile, for instance `root/children/3/children/0`.
    fn place_of(&self, spot: Spot) -> String {
        let mut steps: Vec<u32> = Vec::new();
        let (mut above, mut place) = (spot.parent, spot.nth);
        while let Some(id) = above {
            steps.push(place);
            place = self.places.get(id.row()).copied().unwrap_or_default();
            above = self.tiles.get(id.row()).and_then(|tile| tile.parent);
        }
        let mut path = "root".to_owned();
        for step in steps.iter().rev() {
            path.push_str("/children/");
            path.push_str(&step.to_string());
        }
        path
    }
}

/// A tile's `transform`: sixteen finite numbers, column by column, without perspective.
fn matrix_of(numbers: &[f64]) -> Result<DMat4, String> {
    let columns = <[f64; 16]>::try_from(numbers).map_err(
        |_short_or_long: std::array::TryFromSliceError| {
            format!("a transform has 16 numbers, not {}", numbers.len())
        },
    )?;
    if !columns.iter().all(|number| number.is_finite()) {
        return Err("the transform holds something that is no number".to_owned());
    }
    let bottom = [columns[3], columns[7], columns[11], columns[15] - 1.0];
    if bottom.iter().any(|number| number.abs() > 1e-9) {
        return Err("the transform has perspective".to_owned());
    }
    Ok(DMat4::from_cols_array(&columns))
}
