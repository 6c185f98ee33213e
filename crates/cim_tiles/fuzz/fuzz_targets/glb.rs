//! Binary glTF, 2.0 and 1.0.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| cim_tiles_fuzz::read_as(*b"glTF", data));
