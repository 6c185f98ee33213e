//! The index from outside: imports, finding, and how the channels are.

mod care;
mod finding;
mod imports;

use super::{ChannelIndex, Import, MergeReport, Scope};
use cim_model::UtcMillis;
use cim_sync::gb28181::CatalogueItem;

/// A moment like any other.
const NOON: UtcMillis = UtcMillis(1_700_000_000_000);
const HOUR_S: f64 = 3600.0;
const GROUP: &str = "32030300002150000001";
const FIRST_NET: &str = "32030300002160000001";
const SECOND_NET: &str = "32030300002160000002";

fn item(id: &str, pairs: &[(&str, &str)]) -> CatalogueItem {
    let id = [("DeviceID", id)];
    let pairs = id.iter().chain(pairs).copied();
    CatalogueItem::from_pairs(pairs).expect("an entry")
}

/// The identity of camera `n` of 云龙区.
fn camera_id(n: u32) -> String {
    format!("3203030000131{n:07}")
}

fn camera(n: u32, pairs: &[(&str, &str)]) -> CatalogueItem {
    let name = format!("彭城路{n}号");
    let usual = [
        ("Name", name.as_str()),
        ("Status", "ON"),
        ("Longitude", "117.2"),
        ("Latitude", "34.26"),
        ("PTZType", "3"),
    ];
    let own: Vec<(&str, &str)> = pairs
        .iter()
        .copied()
        .chain(
            usual
                .into_iter()
                .filter(|(name, _)| !pairs.iter().any(|(own, _)| own == name)),
        )
        .collect();
    item(&camera_id(n), &own)
}

/// Brings all of `items` from the source `city`.
fn bring(index: &mut ChannelIndex, items: &[CatalogueItem]) -> MergeReport {
    bring_from(index, "city", 5, items)
}

fn bring_from(
    index: &mut ChannelIndex,
    source: &str,
    precedence: u8,
    items: &[CatalogueItem],
) -> MergeReport {
    let mut import =
        Import::begin(index, source, precedence, Scope::Whole, NOON).expect("room for a source");
    for item in items {
        import.item(item, "here");
    }
    import.finish()
}

fn index_of(items: &[CatalogueItem]) -> ChannelIndex {
    let mut index = ChannelIndex::default();
    bring(&mut index, items);
    index
}

/// A business group with two nets in it.
fn groups() -> Vec<CatalogueItem> {
    vec![
        item(GROUP, &[("Name", "公共视频")]),
        item(FIRST_NET, &[("Name", "第一网格"), ("ParentID", GROUP)]),
        item(
            SECOND_NET,
            &[("Name", "第二网格"), ("BusinessGroupID", GROUP)],
        ),
    ]
}
