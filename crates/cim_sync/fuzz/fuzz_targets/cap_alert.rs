//! One alert: what is read is written as valid CAP 1.2 and read again.

#![no_main]

use cim_model::UtcMillis;
use cim_sync::cap::{events_of, read_alert, write_alert};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(alert) = read_alert(data) else {
        return;
    };
    assert!(
        events_of(&alert, UtcMillis(0))
            .iter()
            .all(|event| event.standing == alert.status)
    );
    let again = read_alert(write_alert(&alert).as_bytes()).expect("what we write is valid");
    assert_eq!(again.identifier, alert.identifier);
    assert_eq!(again.infos.len(), alert.infos.len());
});
