//! Camera catalogues after GB/T 28181: pages of a platform's HTTP interface, or the XML of a catalogue answer.

use super::{Parsed, gather::Asked};
use crate::{
    Rejection,
    gb28181::{cameras_of, catalogue_xml, platform_page},
};
use cim_model::{CameraId, GbCode};

/// What a page says beside its cameras.
pub(crate) struct CataloguePage {
    pub(crate) parsed: Parsed,
    /// How many channels the platform has in all, when it says so.
    pub(crate) total: Option<u64>,
}

/// Reads a page of a platform, or the XML of one catalogue answer.
pub(crate) fn read_catalogue(bytes: &[u8], asked: Asked<'_>) -> Result<CataloguePage, Rejection> {
    let is_xml = bytes
        .iter()
        .find(|byte| byte.is_ascii_graphic())
        .is_some_and(|byte| *byte == b'<');
    let mut parsed = Parsed::default();
    let (mut catalogue, total) = if is_xml {
        let catalogue = catalogue_xml(bytes)?;
        parsed.records = catalogue.items.len() as u64;
        (catalogue, None)
    } else {
        let page = platform_page(bytes)?;
        parsed.records = page.entries;
        (page.catalogue, page.total)
    };
    for rejection in std::mem::take(&mut catalogue.rejected) {
        parsed.reject(rejection);
    }
    let (cameras, rejected) = cameras_of(&catalogue);
    parsed.cameras = cameras;
    for camera in &mut parsed.cameras {
        // A code of the standard is unlike any other by itself; what only looks like one is not.
        if GbCode::parse(camera.id.as_str()).is_none() {
            camera.id = CameraId::new(asked.identity(camera.id.as_str()));
        }
    }
    for rejection in rejected {
        parsed.reject(rejection);
    }
    Ok(CataloguePage { parsed, total })
}
