//! Packets, messages and platform pages of GB/T 28181.

#![no_main]

use cim_sync::gb28181::{CatalogueReader, cameras_of, platform_page, read_message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut reader = CatalogueReader::of_first();
    if let Ok(outcome) = reader.packet(data) {
        // The same packet again brings nothing new.
        let again = reader.packet(data).expect("as before");
        assert_eq!(again.new, 0);
        assert_eq!(again.entries, outcome.entries);
        let catalogue = reader.finish();
        assert!(cameras_of(&catalogue).0.len() <= catalogue.items.len());
    }
    drop(read_message(data));
    drop(platform_page(data));
});
