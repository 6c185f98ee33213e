//! Whether a helper that has been taken over gets anywhere.

use crate::{run, settings};
use cim_stream::{Outcome, Views};

#[test]
fn no_attempt_to_climb_the_walls_works() {
    run(async {
        let trials = Views::try_walls(&settings()).await.expect("trials");
        assert!(trials.len() >= 25, "{}", trials.len());
        for trial in &trials {
            assert_ne!(trial.outcome, Outcome::Escaped, "{trial:?}");
        }
        let outcome = |attempt: &str| {
            let found = trials.iter().find(|trial| trial.attempt == attempt);
            found.expect("an attempt").outcome
        };
        // What only an attacker tries kills; what a library may try is refused.
        for attempt in ["start_thread", "write_file", "change_root"] {
            assert_eq!(outcome(attempt), Outcome::Killed, "{attempt}");
        }
        for attempt in [
            "read_file",
            "list_folder",
            "listen",
            "unix_socket",
            "take_memory",
        ] {
            assert_eq!(outcome(attempt), Outcome::Refused, "{attempt}");
        }
    });
}
