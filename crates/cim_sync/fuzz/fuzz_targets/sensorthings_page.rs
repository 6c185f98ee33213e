//! Pages of a SensorThings server: the quick road and the slow one find the same observations.

#![no_main]

use cim_sync::block::SeriesNames;
use cim_sync::sensorthings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    drop(sensorthings::things_page(data));
    let slow = sensorthings::observations_page(data);
    let quick = sensorthings::observations_block(data, &mut SeriesNames::new());
    if let (Ok(slow), Ok(quick)) = (slow, quick) {
        let found: Vec<_> = quick.block.iter().collect();
        assert_eq!(found, slow.items);
    }
});
