//! Subtrees of implicit tiling, binary and JSON.

#![no_main]

use cim_tiles::Subtree;
use cim_tiles_fuzz::NoFiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Most inputs are refused; what counts is how.
    drop(Subtree::read(data, "0/0/0.subtree", &NoFiles));
});
