//! What a layer would take on the device, reckoned before anything of it goes there.
//!
//! Each pass knows its own buffers; here are the device's limits and how a buffer grows. A reckoning may be a little too large
//! and never too small.

use super::{
    keep::Kept,
    upload::{Grown, STEP_BYTES},
    wedges::Wedge,
};
use cim_layers::{Motion, Place, PointSet, room::DeviceNeed};

/// What a device can have in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// A buffer, bytes.
    pub(crate) buffer: u64,
    /// A buffer that shaders index, bytes.
    pub(crate) storage: u64,
    /// The side of a texture, texels.
    pub(crate) side: u32,
}

impl Limits {
    pub(crate) fn of(device: &wgpu::Device) -> Self {
        let limits = device.limits();
        // Buffers are whole steps of 16 bytes.
        let whole = |bytes: u64| bytes / 16 * 16;
        let storage = limits
            .max_buffer_size
            .min(limits.max_storage_buffer_binding_size);
        Self {
            buffer: whole(limits.max_buffer_size),
            storage: whole(storage),
            side: limits.max_texture_dimension_2d,
        }
    }

    /// A [`Kept`] buffer with so many rows of so many bytes.
    pub(crate) fn kept(self, rows: usize, row_bytes: usize) -> DeviceNeed {
        kept(rows, row_bytes, self.buffer)
    }

    /// The same for one that shaders index.
    pub(crate) fn kept_storage(self, rows: usize, row_bytes: usize) -> DeviceNeed {
        kept(rows, row_bytes, self.storage)
    }
}

fn kept(rows: usize, row_bytes: usize, most: u64) -> DeviceNeed {
    let bytes = (rows as u64).saturating_mul(row_bytes as u64);
    DeviceNeed::piece(bytes, Kept::capacity(bytes, most), most)
}

/// The columns of points.
pub(crate) fn points_need(set: &PointSet, limits: Limits) -> DeviceNeed {
    let spot = if set.is_moving() {
        size_of::<Motion>()
    } else {
        size_of::<Place>()
    };
    let spots = u64::from(set.slots()) * spot as u64;
    let all = set.gpu_bytes() as u64;
    // A buffer is rounded up to whole steps, and has to be bindable after that too.
    let most = limits.storage.saturating_sub(STEP_BYTES);
    let places = DeviceNeed::piece(spots, spots, most);
    DeviceNeed {
        bytes: all,
        ..places
    }
}

/// What so many cameras see.
pub(crate) fn wedges_need(wedges: usize, limits: Limits) -> DeviceNeed {
    let bytes = (wedges as u64).saturating_mul(size_of::<Wedge>() as u64);
    DeviceNeed::piece(bytes, Grown::capacity(bytes), limits.buffer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{areas, bars, flow, heat, surface, trails};
    use cim_layers::{
        field::{Contour, Raster},
        motion::{fence::FenceShape, trails::Trails},
        room::{DeviceRoom, NoRoom},
    };

    const LIMITS: Limits = Limits {
        buffer: 1 << 20,
        storage: 1 << 16,
        side: 64,
    };

    fn bytes_of(need: DeviceNeed) -> u64 {
        assert_eq!(need.too_large, None);
        need.bytes
    }

    fn raster(side: u32) -> Raster {
        Raster {
            columns: side,
            rows: side,
            min: [0.0, 0.0],
            step_m: 1.0,
            values: vec![0.0; (side * side) as usize],
        }
    }

    #[test]
    fn a_buffer_grows_to_a_power_of_two_and_never_beyond_what_the_device_can_have() {
        assert_eq!(bytes_of(LIMITS.kept(0, 32)), 16);
        assert_eq!(bytes_of(LIMITS.kept(33, 32)), 2_048);
        assert_eq!(bytes_of(LIMITS.kept(1 << 15, 32)), 1 << 20);
        let too_large = LIMITS.kept((1 << 15) + 1, 32);
        assert_eq!(too_large.too_large, Some([(1 << 20) + 32, 1 << 20]));
        assert!(LIMITS.kept_storage(1 << 12, 32).too_large.is_some());
    }

    #[test]
    fn a_raster_takes_what_is_left_of_it_when_it_is_made_coarser() {
        assert_eq!(bytes_of(heat::need(&raster(40), LIMITS)), 40 * 40 * 4);
        assert_eq!(bytes_of(heat::need(&raster(100), LIMITS)), 50 * 50 * 4);
    }

    #[test]
    fn an_area_takes_its_fill_its_border_and_its_paint() {
        let square = FenceShape::Polygon {
            outer: vec![[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]],
            holes: Vec::new(),
        };
        // Two triangles of corners of 16 bytes, four stretches of 32, one paint of 16.
        assert_eq!(bytes_of(areas::need(&[square], LIMITS)), 128 + 128 + 16);
    }

    #[test]
    fn lines_columns_and_trails_take_their_rows() {
        assert_eq!(bytes_of(flow::need(100, LIMITS)), 8_192);
        assert_eq!(bytes_of(bars::need(100, LIMITS)), 4_096);
        let lines = [Contour {
            level: 1.0,
            lines: vec![vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]],
        }];
        assert_eq!(bytes_of(surface::contours_need(&lines, LIMITS)), 64);
        let trails = Trails::new(10, 8).expect("sound");
        // Eighty points of 16 bytes, ten heads of 4, ten things of 8.
        assert_eq!(bytes_of(trails::need(&trails, LIMITS)), 2_048 + 64 + 128);
    }

    #[test]
    fn a_layer_of_any_kind_is_refused_as_a_whole_when_one_of_its_buffers_is_too_large() {
        let room = DeviceRoom {
            most_bytes: u64::MAX,
            others_bytes: 0,
        };
        let why = |need| room.refusal(need).map(|refusal| refusal.why);
        for need in [
            flow::need(1 << 15, LIMITS),
            bars::need(1 << 16, LIMITS),
            trails::need(&Trails::new(1_000, 8).expect("sound"), LIMITS),
            wedges_need(1 << 16, LIMITS),
        ] {
            assert_eq!(why(need), Some(NoRoom::OnePiece));
        }
    }
}
