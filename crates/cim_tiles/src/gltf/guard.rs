//! A fence around decoders that are not ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `decode` gives; an error when it panics.
///
/// The decoders of images, Draco and Basis Universal check what they read, but they are large, and one missed check
/// must not cost more than one tile.
pub(crate) fn guarded<T>(decode: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // What the decoder leaves half done is dropped with it: it owns all that it writes to.
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_panic| Err("its decoder gave up".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_gives_an_error() {
        let numbers = [1_u8, 2, 3];
        assert_eq!(guarded(|| Ok(numbers[2])), Ok(3));
        let outside = numbers.len() + std::hint::black_box(2);
        assert!(guarded(|| Ok(numbers[outside])).is_err());
    }
}
