//! The files that lie beside the tiles: networks, devices, cameras, stations, the tree of governance, views.
//!
//! They are written cell by cell into a working folder; the import then puts them into the city's.

use crate::error::DistrictError;
use crate::grids::{self, Census};
use crate::parts::{District, Parts, Station};
use crate::views;
use cim_import::{NetworkKind, Networks};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Names of the files in the city's folder.
pub(crate) const THINGS: &str = "things.jsonl";
/// See [`THINGS`].
pub(crate) const CAMERAS: &str = "cameras.jsonl";
/// See [`THINGS`].
pub(crate) const STATIONS: &str = "stations.json";
/// See [`THINGS`].
pub(crate) const GRIDS: &str = "grids.json";
/// See [`THINGS`].
pub(crate) const VIEWS: &str = "views.json";

/// A folder for working files beside the city's; gone when dropped.
#[derive(Debug)]
pub(crate) struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes the folder, empty.
    pub(crate) fn beside(out: &Path) -> Result<Self, DistrictError> {
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        let path = out.with_file_name(format!(".{name}.generating"));
        let unwritable = |reason| DistrictError::Unwritable {
            path: path.clone(),
            reason,
        };
        // What a generator that was killed has left behind.
        if path.exists() {
            fs::remove_dir_all(&path).map_err(unwritable)?;
        }
        fs::create_dir_all(&path).map_err(unwritable)?;
        Ok(Self(path))
    }

    fn file(&self, name: &str) -> Result<Output, DistrictError> {
        Output::create(self.0.join(name))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // Should it stay behind, the next run clears it away.
        fs::remove_dir_all(&self.0).ok();
    }
}

/// A file while it is written.
#[derive(Debug)]
struct Output {
    path: PathBuf,
    to: BufWriter<File>,
}

impl Output {
    fn create(path: PathBuf) -> Result<Self, DistrictError> {
        match File::create(&path) {
            Ok(file) => Ok(Self {
                path,
                to: BufWriter::new(file),
            }),
            Err(reason) => Err(DistrictError::Unwritable { path, reason }),
        }
    }

    fn failed(&self, reason: io::Error) -> DistrictError {
        DistrictError::Unwritable {
            path: self.path.clone(),
            reason,
        }
    }

    /// Writes one line of JSON.
    fn line(&mut self, value: &impl Serialize) -> Result<(), DistrictError> {
        let written = serde_json::to_writer(&mut self.to, value)
            .map_err(io::Error::from)
            .and_then(|()| self.to.write_all(b"\n"));
        written.map_err(|reason| self.failed(reason))
    }

    fn text(&mut self, text: &str) -> Result<(), DistrictError> {
        self.to
            .write_all(text.as_bytes())
            .map_err(|reason| self.failed(reason))
    }

    fn end(mut self) -> Result<(), DistrictError> {
        self.to.flush().map_err(|reason| self.failed(reason))
    }
}

/// The files while the cells come in.
#[derive(Debug)]
pub(crate) struct Files<'a> {
    folder: &'a WorkFolder,
    things: Output,
    cameras: Output,
    /// Nodes and links of each network, as lists without brackets.
    networks: Vec<(NetworkKind, List, List)>,
    stations: Vec<Station>,
    census: BTreeMap<String, Census>,
    /// How much was written.
    pub(crate) tally: Tally,
}

/// What the files hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) devices: u64,
    pub(crate) cameras: u64,
    pub(crate) residents: u64,
    /// See [`crate::feature::Feature::digest`].
    pub(crate) digest: u64,
}

/// A list of JSON values in a file of its own.
#[derive(Debug)]
struct List {
    output: Output,
    is_empty: bool,
}

impl List {
    fn push(&mut self, value: &impl Serialize) -> Result<(), DistrictError> {
        if !self.is_empty {
            self.output.text(",")?;
        }
        self.is_empty = false;
        self.output.line(value)
    }
}

impl<'a> Files<'a> {
    pub(crate) fn new(folder: &'a WorkFolder) -> Result<Self, DistrictError> {
        let list = |kind: NetworkKind, word: &str| -> Result<List, DistrictError> {
            Ok(List {
                output: folder.file(&format!("{}-{word}.part", kind.as_str()))?,
                is_empty: true,
            })
        };
        let mut networks = Vec::new();
        for kind in NetworkKind::ALL {
            networks.push((kind, list(kind, "nodes")?, list(kind, "links")?));
        }
        Ok(Self {
            folder,
            things: folder.file(THINGS)?,
            cameras: folder.file(CAMERAS)?,
            networks,
            stations: Vec::new(),
            census: BTreeMap::new(),
            tally: Tally {
                digest: 0xCBF2_9CE4_8422_2325,
                ..Tally::default()
            },
        })
    }

    /// Writes what a cell brings along.
    pub(crate) fn take(&mut self, district: &District, parts: &Parts) -> Result<(), DistrictError> {
        for device in &parts.devices {
            self.things.line(&device.line(district))?;
        }
        for camera in &parts.cameras {
            self.cameras.line(&camera.line(district))?;
        }
        for (kind, nodes, links) in &mut self.networks {
            for (_, node) in parts.nodes.iter().filter(|(of, _)| *of == *kind) {
                nodes.push(node)?;
            }
            for (_, link) in parts.links.iter().filter(|(of, _)| *of == *kind) {
                links.push(link)?;
            }
        }
        for (code, census) in &parts.census {
            self.tally.residents += u64::from(census.residents);
            self.census.entry(code.clone()).or_default().add(*census);
        }
        self.stations.extend(parts.stations.iter().cloned());
        self.tally.devices += parts.devices.len() as u64;
        self.tally.cameras += parts.cameras.len() as u64;
        self.tally.digest = parts
            .features
            .iter()
            .fold(self.tally.digest, |digest, feature| feature.digest(digest));
        Ok(())
    }

    /// Ends all files, and lists them: their names in the city, and where they are.
    pub(crate) fn end(
        self,
        district: &District,
    ) -> Result<(Vec<(String, PathBuf)>, Tally), DistrictError> {
        let Self {
            folder,
            things,
            cameras,
            networks,
            stations,
            census,
            tally,
        } = self;
        things.end()?;
        cameras.end()?;
        join_networks(folder, networks)?;
        write_stations(district, folder, &stations)?;
        let mut file = folder.file(GRIDS)?;
        grids::write(district, &census, &mut file.to).map_err(|reason| file.failed(reason))?;
        file.end()?;
        let mut file = folder.file(VIEWS)?;
        file.line(&views::of(district))?;
        file.end()?;
        let names = [THINGS, CAMERAS, STATIONS, GRIDS, VIEWS, Networks::FILE];
        let list = names
            .into_iter()
            .map(|name| (name.to_owned(), folder.path(name)))
            .collect();
        Ok((list, tally))
    }
}

/// Puts nodes and links together as `networks.json`, in the format of [`Networks`].
fn join_networks(
    folder: &WorkFolder,
    networks: Vec<(NetworkKind, List, List)>,
) -> Result<(), DistrictError> {
    let mut file = folder.file(Networks::FILE)?;
    file.text(&format!(
        "{{\"format\":{},\"is_synthetic\":true,\"networks\":[",
        Networks::FORMAT
    ))?;
    for (n, (kind, nodes, links)) in networks.into_iter().enumerate() {
        let (zh, en) = crate::pipes::words(kind);
        let comma = if n > 0 { "," } else { "" };
        let names = json!({
            "id": kind.as_str(),
            "name": format!("云湖新区{zh}管网（虚构）"),
            "name_en": format!("Yunhu {en} Network (synthetic)"),
            "kind": kind,
            "source": crate::SOURCE,
        })
        .to_string();
        // The object goes on with the two long lists.
        let open = names.strip_suffix('}').unwrap_or(&names);
        file.text(&format!("{comma}\n{open},\"nodes\":[\n"))?;
        append(nodes, &mut file)?;
        file.text("],\"links\":[\n")?;
        append(links, &mut file)?;
        file.text("]}")?;
    }
    file.text("]}\n")?;
    file.end()
}

fn append(list: List, to: &mut Output) -> Result<(), DistrictError> {
    let path = list.output.path.clone();
    list.output.end()?;
    let mut from = match File::open(&path) {
        Ok(file) => file,
        Err(reason) => return Err(DistrictError::Unwritable { path, reason }),
    };
    match io::copy(&mut from, &mut to.to) {
        Ok(_) => Ok(()),
        Err(reason) => Err(to.failed(reason)),
    }
}

fn write_stations(
    district: &District,
    folder: &WorkFolder,
    stations: &[Station],
) -> Result<(), DistrictError> {
    let items: Vec<_> = stations
        .iter()
        .map(|station| {
            let [lon, lat] = district.map.lon_lat(station.at);
            json!({
                "id": station.id, "kind": station.kind,
                "name": station.name.zh, "name_en": station.name.en,
                "lon": lon, "lat": lat, "height_m": station.height_m
            })
        })
        .collect();
    let mut file = folder.file(STATIONS)?;
    file.line(&json!({"format": 1, "is_synthetic": true, "items": items}))?;
    file.end()
}
