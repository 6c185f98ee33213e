//! `cim video tree` and `cim video search`: the catalogue of a cache as lists, as whoever uses this cache may see it.

use super::sitting::{Asking, Sitting};
use crate::{Failure, host::print};
use cim_app::wire::{
    VideoNodeDto, VideoPageDto, VideoQueryDto, VideoRowDto, VideoStatusDto, VideoTreeDto,
    VideoTreePageDto,
};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::PathBuf;

/// A list has no more rows.
const MOST_ROWS: i64 = 500;

/// Which tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TreeName {
    /// By civil code.
    Civil,
    /// By business group and virtual organisation.
    Business,
}

impl From<TreeName> for VideoTreeDto {
    fn from(name: TreeName) -> Self {
        match name {
            TreeName::Civil => Self::Civil,
            TreeName::Business => Self::Business,
        }
    }
}

/// How a channel answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StatusName {
    On,
    Off,
    VideoLost,
    Defect,
    Unknown,
}

impl From<StatusName> for VideoStatusDto {
    fn from(name: StatusName) -> Self {
        match name {
            StatusName::On => Self::On,
            StatusName::Off => Self::Off,
            StatusName::VideoLost => Self::VideoLost,
            StatusName::Defect => Self::Defect,
            StatusName::Unknown => Self::Unknown,
        }
    }
}

/// Which part of a list.
#[derive(Debug, Args)]
struct Part {
    /// The cache whose catalogue it is.
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// Where the list begins.
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u32,
    /// How many rows at most.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=MOST_ROWS))]
    limit: u32,
    #[command(flatten)]
    asking: Asking,
}

/// List a node of the catalogue's trees.
#[derive(Debug, Args)]
pub(crate) struct TreeList {
    /// Which tree.
    #[arg(long, value_enum, default_value_t = TreeName::Civil)]
    tree: TreeName,
    /// The node: a division's code or a group's identity; the top by default, `-` for what belongs nowhere.
    #[arg(
        long,
        value_name = "NODE",
        default_value = "",
        allow_hyphen_values = true
    )]
    node: String,
    #[command(flatten)]
    part: Part,
}

/// Find channels.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Identity, name, pinyin or address; everything by default.
    #[arg(value_name = "TEXT", default_value = "")]
    text: String,
    /// Only under this node of --tree.
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
    /// Which tree that node is of.
    #[arg(long, value_enum, default_value_t = TreeName::Civil)]
    tree: TreeName,
    /// Only with one of these.
    #[arg(long, value_enum, value_delimiter = ',')]
    status: Vec<StatusName>,
    /// Only with one of these tags.
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    tag: Vec<String>,
    #[command(flatten)]
    part: Part,
}

impl TreeList {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let Part {
            cache,
            offset,
            limit,
            asking,
        } = self.part;
        let sitting = Sitting::open(Some(&cache), None, &asking)?;
        let page = sitting.ask(|sitting| {
            let desk = &sitting.desk;
            Ok(desk.video_tree(self.tree.into(), &self.node, offset, limit)?)
        })?;
        tell(&page, asking.json, tree_lines)
    }
}

impl Search {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let Part {
            cache,
            offset,
            limit,
            asking,
        } = self.part;
        let query = VideoQueryDto {
            text: self.text,
            node: self.node,
            tree: self.tree.into(),
            statuses: self.status.into_iter().map(VideoStatusDto::from).collect(),
            tags: self.tag,
            offset,
            limit,
            ..VideoQueryDto::default()
        };
        let sitting = Sitting::open(Some(&cache), None, &asking)?;
        let page = sitting.ask(|sitting| Ok(sitting.desk.video_search(&query)))?;
        tell(&page, asking.json, page_lines)
    }
}

fn tell<T: Serialize>(
    page: &T,
    as_json: bool,
    lines: fn(&T) -> Vec<String>,
) -> Result<bool, Failure> {
    if as_json {
        print(&serde_json::to_string(page)?);
    } else {
        for line in lines(page) {
            print(&line);
        }
    }
    Ok(true)
}

fn tree_lines(page: &VideoTreePageDto) -> Vec<String> {
    let mut lines = vec![window_line(page.offset, page.rows.len(), page.total)];
    lines.extend(page.rows.iter().map(node_line));
    lines
}

fn page_lines(page: &VideoPageDto) -> Vec<String> {
    let mut first = window_line(page.offset, page.rows.len(), page.total);
    if !page.is_total_exact {
        first.push_str(" or more");
    }
    let mut lines = vec![first];
    lines.extend(page.rows.iter().map(row_line));
    lines
}

fn window_line(offset: u32, rows: usize, total: u32) -> String {
    if rows == 0 {
        return format!("nothing from {offset} on, of {total}");
    }
    format!("{} to {} of {total}", offset + 1, offset as usize + rows)
}

fn node_line(node: &VideoNodeDto) -> String {
    match &node.channel {
        Some(row) => row_line(row),
        None => format!(
            "{:22} {}   {} channels, {} on",
            node.id, node.name, node.channels, node.online
        ),
    }
}

fn row_line(row: &VideoRowDto) -> String {
    let status = match row.status {
        VideoStatusDto::On => "on",
        VideoStatusDto::Off => "off",
        VideoStatusDto::VideoLost => "video lost",
        VideoStatusDto::Defect => "defect",
        VideoStatusDto::Unknown => "unknown",
    };
    let mut parts = vec![
        format!("{:22}", row.id),
        row.name.clone(),
        status.to_owned(),
    ];
    let place = row.place.map(|[lon, lat]| format!("{lon:.5},{lat:.5}"));
    parts.extend(place);
    parts.extend((!row.address.is_empty()).then(|| row.address.clone()));
    parts.extend((!row.denied.is_empty()).then(|| format!("denied: {}", row.denied.join(" "))));
    parts.join("   ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_a_line_with_what_is_denied() {
        let row = VideoRowDto {
            id: "32030200001320000001".to_owned(),
            name: "北门".to_owned(),
            status: VideoStatusDto::VideoLost,
            place: Some([117.2, 34.26]),
            denied: vec!["live".to_owned(), "ptz".to_owned()],
            ..VideoRowDto::default()
        };
        let told = row_line(&row);
        assert!(told.contains("video lost   117.20000,34.26000"), "{told}");
        assert!(told.ends_with("denied: live ptz"), "{told}");
    }

    #[test]
    fn a_window_tells_where_it_is() {
        assert_eq!(window_line(100, 50, 1_000), "101 to 150 of 1000");
        assert_eq!(window_line(100, 0, 7), "nothing from 100 on, of 7");
    }
}
