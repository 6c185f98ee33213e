//! Catalogues of cameras by GB/T 28181-2016 and -2022: the answers that devices send in many packets, the notifications of
//! what changed, and the pages of platforms that hand the same out over HTTP.
//!
//! [`CatalogueReader`] puts the packets of one query together, in any order and with duplicates; [`catalogue_xml`] reads one
//! document, [`PacketSplitter`] and [`read_packet`] a file of any size piece by piece, [`platform_page`] a page of JSON,
//! [`read_message`] everything else that a device tells. [`cameras_of`] gives the cameras that can be put on a map. Passwords
//! are never kept.

mod camera;
mod catalogue;
mod document;
mod field;
mod item;
mod message;
mod packet;
mod platform;

pub use camera::{camera_of, cameras_of};
pub use catalogue::{Catalogue, CatalogueReader, PacketOutcome, catalogue_xml};
pub use field::Field;
pub use item::{CatalogueItem, ItemKind};
pub use message::{
    CatalogueChange, CatalogueEvent, DeviceInfo, DeviceStatus, Message, MobilePosition,
    read_message,
};
pub use packet::{Packet, PacketSplitter, Piece, read_packet};
pub use platform::{PlatformPage, platform_page};

/// No packet, file or page is longer, bytes.
pub const MAX_PACKET_BYTES: usize = 64 << 20;
/// No catalogue has more entries.
pub const MAX_ITEMS: usize = 1_000_000;
/// No catalogue takes more memory, bytes.
pub const MAX_CATALOGUE_BYTES: usize = 512 << 20;
/// So many things that are wrong are told one by one.
const MAX_TOLD: usize = 100;
