//! How often this program asks for memory: the allocator of the whole program counts.
//!
//! The counters lie beside each thread and are only added up when somebody asks, so the rest of the program pays a few
//! nanoseconds for each allocation and never waits for another thread. What C libraries allocate by themselves (SQLite's page
//! cache, zstd) is not counted.

use alloc_tracker::{Allocator, Session};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: Allocator<System> = Allocator::system();

/// What was asked for in a stretch, by all threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allocated {
    /// Blocks: allocations and reallocations.
    pub(crate) count: u64,
    /// Bytes.
    pub(crate) bytes: u64,
}

/// Runs `work` and says what all threads allocated meanwhile.
pub(crate) async fn allocated_during<T>(work: impl Future<Output = T>) -> (T, Allocated) {
    let session = Session::new().no_stdout().no_file();
    let operation = session.operation("work");
    let span = operation.measure_process().iterations(1);
    let done = work.await;
    drop(span);
    let mut sum = Allocated::default();
    for (_, found) in session.to_report().operations() {
        sum.count += found.total_allocations_count();
        sum.bytes += found.total_bytes_allocated();
    }
    (done, sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_thread_allocates_is_counted() {
        let runtime = crate::host::runtime().expect("a runtime");
        let (kept, allocated) = runtime.block_on(allocated_during(async {
            let boxes = std::thread::Builder::new()
                .spawn(|| (0..1_000_u64).map(Box::new).collect::<Vec<Box<u64>>>());
            boxes.expect("a thread").join().expect("its boxes")
        }));
        assert_eq!(kept.len(), 1_000);
        assert!(allocated.count >= 1_000, "{allocated:?}");
        assert!(allocated.bytes >= 8_000, "{allocated:?}");
    }
}
