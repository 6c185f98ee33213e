//! Columns of observations, as one hub hands them out.

#![no_main]

use cim_sync::block::{SeriesNames, columns_block};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut bytes = data.to_vec();
    if let Some(begin) = bytes.first_chunk_mut::<4>() {
        *begin = *b"CMO1";
    }
    if let Ok(page) = columns_block(&bytes, &mut SeriesNames::new()) {
        assert_eq!(page.block.iter().count(), page.block.len());
    }
});
