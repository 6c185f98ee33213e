//! How long frames took: what the performance report prints.

use std::time::Duration;

/// Frame times kept for percentiles; at 60 frames/s about four minutes.
const MAX_KEPT: usize = 16_384;

/// Times of the frames drawn so far.
#[derive(Clone, Debug, Default)]
pub struct FrameStats {
    millis: Vec<f32>,
    next: usize,
    frames: u64,
    passes: u64,
    first_after: Option<Duration>,
}

impl FrameStats {
    /// Notes a run of the app's systems, whether it drew or not.
    pub(crate) fn note_pass(&mut self) {
        self.passes += 1;
    }

    /// Notes a drawn frame that took `time`, `since_start` after the twin was asked for.
    pub(crate) fn note_frame(&mut self, time: Duration, since_start: Duration) {
        self.frames += 1;
        self.first_after.get_or_insert(since_start);
        let millis = time.as_secs_f32() * 1000.0;
        if self.millis.len() < MAX_KEPT {
            self.millis.push(millis);
        } else if let Some(oldest) = self.millis.get_mut(self.next) {
            *oldest = millis;
            self.next = (self.next + 1) % MAX_KEPT;
        }
    }

    /// Frames drawn.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Runs of the app's systems, drawn or not.
    pub fn passes(&self) -> u64 {
        self.passes
    }

    /// From the call for a twin to its first frame.
    pub fn first_after(&self) -> Option<Duration> {
        self.first_after
    }

    /// The time that a `share` (0 to 1) of the kept frames did not exceed, ms.
    pub fn percentile_ms(&self, share: f64) -> Option<f32> {
        let mut sorted = self.millis.clone();
        sorted.sort_by(f32::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        sorted
            .get((share.clamp(0.0, 1.0) * last as f64).round() as usize)
            .copied()
    }

    /// Forgets frame times, so that a stretch can be measured by itself.
    pub fn restart(&mut self) {
        self.millis.clear();
        self.next = 0;
        self.frames = 0;
        self.passes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_frames() {
        let mut stats = FrameStats::default();
        assert_eq!(stats.percentile_ms(0.5), None);
        for millis in 1..=100 {
            stats.note_frame(Duration::from_millis(millis), Duration::from_secs(1));
        }
        assert!((stats.percentile_ms(0.5).expect("frames") - 50.0).abs() < 1.5);
        assert!((stats.percentile_ms(0.99).expect("frames") - 99.0).abs() < 1.5);
        assert_eq!(stats.first_after(), Some(Duration::from_secs(1)));
    }
}
