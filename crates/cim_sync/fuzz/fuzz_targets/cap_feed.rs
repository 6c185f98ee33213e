//! Feeds of alerts.

#![no_main]

use cim_sync::cap::read_feed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(feed) = read_feed(data) {
        assert!(feed.entries.len() <= data.len() / 7 + 1);
        assert!(feed.rejected.len() <= 101);
    }
});
