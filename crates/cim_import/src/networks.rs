//! Networks under the streets as graphs, for what-ifs: `networks.json` of a city.
//!
//! The tiles show pipes; this says how they hang together. Lengths and diameters are metres, places WGS 84 / CGCS2000.
//! The same identities are in the tiles and in the table of attributes.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The content of `networks.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Networks {
    /// Version of this format; [`Networks::FORMAT`].
    pub format: u32,
    /// One for each medium and owner.
    pub networks: Vec<Network>,
}

impl Networks {
    /// The format that this program writes.
    pub const FORMAT: u32 = 1;
    /// The file's name in a city's folder.
    pub const FILE: &'static str = "networks.json";

    /// These networks in the present format.
    pub fn new(networks: Vec<Network>) -> Self {
        Self {
            format: Self::FORMAT,
            networks,
        }
    }
}

/// Pipes of one medium that hang together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Identity, unique in the city.
    pub id: String,
    /// What people call it, Simplified Chinese; may be empty.
    pub name: String,
    /// Its English name; may be empty.
    pub name_en: String,
    /// What flows in it.
    pub kind: NetworkKind,
    /// Where it was read from; may be empty.
    pub source: String,
    /// Where links meet.
    pub nodes: Vec<NetworkNode>,
    /// Pipes, pumps, valves.
    pub links: Vec<NetworkLink>,
}

/// What flows in a network.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum NetworkKind {
    /// Drinking water, 给水.
    #[default]
    Water,
    /// Gas, 燃气.
    Gas,
    /// Rain water, 雨水.
    Drainage,
    /// Sewage, 污水.
    Sewage,
    /// District heat, 热力.
    Heat,
}

impl NetworkKind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::Water,
        Self::Gas,
        Self::Drainage,
        Self::Sewage,
        Self::Heat,
    ];

    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Water => "water",
            Self::Gas => "gas",
            Self::Drainage => "drainage",
            Self::Sewage => "sewage",
            Self::Heat => "heat",
        }
    }

    /// The kind word of its pipes in tiles and attributes.
    pub fn pipe_kind(self) -> &'static str {
        match self {
            Self::Water => "water_pipe",
            Self::Gas => "gas_pipe",
            Self::Drainage => "drainage_pipe",
            Self::Sewage => "sewage_pipe",
            Self::Heat => "heat_pipe",
        }
    }
}

/// A place where links of a network meet or end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkNode {
    /// Identity, unique in its network.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Height that the source states, metres: the ground's at a junction of EPANET, the invert's of a sewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevation_m: Option<f64>,
    /// How far its axis or invert lies below the ground, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth_m: Option<f64>,
    /// What is taken out here on average, cubic metres a second; negative for what comes in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demand_m3_s: Option<f64>,
    /// The asset in the table of attributes that it stands for; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub feature: String,
}

/// What a node of a network is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// Links meet, nothing else.
    #[default]
    Junction,
    /// Where a customer or a building takes from the network.
    Consumer,
    /// Storage.
    Tank,
    /// A source or sink without end: waterworks, gate station, heat source.
    Reservoir,
    /// Where rain or sewage leaves the network.
    Outfall,
    /// Where people get in.
    Manhole,
    /// Fire hydrant.
    Hydrant,
    /// Pumping, pressure or exchange station.
    Station,
}

/// A pipe, pump or valve between two nodes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkLink {
    /// Identity, unique in its network.
    pub id: String,
    /// What it is.
    pub kind: LinkKind,
    /// The node it starts at; the upper one where water runs by itself.
    pub from: String,
    /// The node it ends at.
    pub to: String,
    /// Places between the two, longitude and latitude.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vertices: Vec<[f64; 2]>,
    /// Length, metres; 0 for pumps and valves.
    pub length_m: f64,
    /// Inner diameter, metres; 0 when unknown.
    pub diameter_m: f64,
    /// Roughness as the source has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roughness: Option<f64>,
    /// Material; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub material: String,
    /// True when the material is a guess from the roughness.
    #[serde(skip_serializing_if = "is_false")]
    pub is_material_assumed: bool,
    /// Year in which it was laid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// Whether anything flows.
    pub status: LinkStatus,
}

/// What a link of a network is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Pipe.
    #[default]
    Pipe,
    /// Pump.
    Pump,
    /// Valve.
    Valve,
}

/// Whether anything flows through a link.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// Both ways.
    #[default]
    Open,
    /// Not at all.
    Closed,
    /// From start to end only.
    CheckValve,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Network {
    /// The ends of links that are not among its nodes: link id, then node id. Empty for a network that is whole.
    pub fn loose_ends(&self) -> Vec<(String, String)> {
        let nodes: BTreeSet<&str> = self.nodes.iter().map(|node| node.id.as_str()).collect();
        self.links
            .iter()
            .flat_map(|link| [(link, &link.from), (link, &link.to)])
            .filter(|(_, end)| !nodes.contains(end.as_str()))
            .map(|(link, end)| (link.id.clone(), end.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_written_back_as_it_was_read() {
        let network = Network {
            id: "water".into(),
            nodes: vec![NetworkNode {
                id: "J-1".into(),
                lon: 117.2,
                lat: 34.26,
                elevation_m: Some(31.5),
                ..NetworkNode::default()
            }],
            links: vec![NetworkLink {
                id: "P-1".into(),
                from: "J-1".into(),
                to: "J-2".into(),
                diameter_m: 0.3,
                is_material_assumed: true,
                status: LinkStatus::CheckValve,
                ..NetworkLink::default()
            }],
            ..Network::default()
        };
        assert_eq!(network.loose_ends(), [("P-1".into(), "J-2".into())]);
        let networks = Networks::new(vec![network]);
        let text = serde_json::to_string(&networks).expect("JSON");
        assert!(text.contains("\"check_valve\"") && !text.contains("year"));
        assert_eq!(
            serde_json::from_str::<Networks>(&text).expect("the same"),
            networks
        );
    }
}
