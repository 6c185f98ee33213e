//! i3dm content.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| cim_tiles_fuzz::read_as(*b"i3dm", data));
