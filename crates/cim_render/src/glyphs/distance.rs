//! Distances to a glyph's outline, from how much of each texel it covers. Pure.

/// How far the distance reaches around the outline, texels.
pub(super) const SPREAD: usize = 8;
/// Texels that one distance is looked for among, along one axis.
const WINDOW: usize = 2 * SPREAD + 1;
/// The square of a distance beyond every other.
const FAR: f32 = 1e6;
/// Less coverage than this is none, and as much short of whole is whole: a rasteriser's running sum leaves crumbs behind curves.
const CRUMB: f32 = 0.004;

/// Distances to the outline as bytes: 128 on it, more inside, 0 and 255 at [`SPREAD`] texels.
///
/// The least of squared distances is found along rows first and then along columns, which is exact within [`SPREAD`]. A texel
/// on the outline knows its distance from its own coverage.
pub(super) fn distances(coverage: &[f32], width: usize, height: usize) -> Vec<u8> {
    let to_inside: Vec<f32> = coverage
        .iter()
        .map(|share| match *share {
            share if share <= CRUMB => FAR,
            share if share >= 1.0 - CRUMB => 0.0,
            share => (0.5 - share).max(0.0).powi(2),
        })
        .collect();
    let to_outside: Vec<f32> = coverage
        .iter()
        .map(|share| match *share {
            share if share <= CRUMB => 0.0,
            share if share >= 1.0 - CRUMB => FAR,
            share => (share - 0.5).max(0.0).powi(2),
        })
        .collect();
    let outside = nearest(&to_inside, width, height);
    let inside = nearest(&to_outside, width, height);
    outside
        .iter()
        .zip(&inside)
        .map(|(outside, inside)| {
            let signed = inside.sqrt() - outside.sqrt();
            let value = 0.5 + signed / (2.0 * SPREAD as f32);
            (value.clamp(0.0, 1.0) * 255.0).round() as u8
        })
        .collect()
}

/// The least squared distance of each texel, by rows and then by columns.
fn nearest(squares: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut along_rows = Vec::with_capacity(squares.len());
    let mut line = Vec::with_capacity(width.max(height) + 2 * SPREAD);
    for row in squares.chunks_exact(width.max(1)) {
        pad(&mut line, row.iter().copied());
        along_rows.extend(least(&line));
    }
    let mut columns = vec![FAR; along_rows.len()];
    for column in 0..width {
        pad(
            &mut line,
            along_rows.iter().skip(column).step_by(width).copied(),
        );
        let places = columns.iter_mut().skip(column).step_by(width);
        for (place, square) in places.zip(least(&line)) {
            *place = square;
        }
    }
    columns
}

/// A line with nothing at both of its ends.
fn pad(line: &mut Vec<f32>, values: impl Iterator<Item = f32>) {
    line.clear();
    line.resize(SPREAD, FAR);
    line.extend(values);
    line.resize(line.len() + SPREAD, FAR);
}

/// The least squared distance of each texel of a padded line.
fn least(line: &[f32]) -> impl Iterator<Item = f32> {
    line.windows(WINDOW).map(|window| {
        window.iter().enumerate().fold(FAR, |least, (at, square)| {
            let off = at as f32 - SPREAD as f32;
            least.min(square + off * off)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 4 × 4 block in the middle of 24 × 24.
    fn block() -> Vec<u8> {
        let mut coverage = vec![0.0; 24 * 24];
        for y in 10..14 {
            for x in 10..14 {
                coverage[y * 24 + x] = 1.0;
            }
        }
        distances(&coverage, 24, 24)
    }

    #[test]
    fn inside_is_above_the_outline_and_outside_below() {
        let bytes = block();
        assert_eq!(bytes.len(), 24 * 24);
        assert!(bytes[11 * 24 + 11] > 128);
        assert!(bytes[0] < 10);
        assert!(bytes[11 * 24 + 9] < 128);
    }

    #[test]
    fn distances_are_those_of_a_ruler() {
        let bytes = block();
        // Three texels left of the block, and three left and four above its corner: 3 and 5 texels away.
        for (x, y, away) in [(7, 11, 3.0_f32), (7, 6, 5.0)] {
            let wanted = (0.5 - away / (2.0 * SPREAD as f32)) * 255.0;
            let got = f32::from(bytes[y * 24 + x]);
            assert!((got - wanted).abs() <= 1.0, "{got} instead of {wanted}");
        }
    }

    #[test]
    fn crumbs_of_coverage_are_no_outline() {
        let mut coverage = vec![1e-6; 20 * 20];
        for y in 4..16 {
            for x in 10..16 {
                coverage[y * 20 + x] = 1.0 - 1e-6;
            }
        }
        let bytes = distances(&coverage, 20, 20);
        assert!(bytes[10 * 20] < 8, "far outside: {}", bytes[10 * 20]);
        assert!(bytes[10 * 20 + 13] > 160);
    }

    #[test]
    fn half_covered_texels_lie_on_the_outline() {
        let mut coverage = vec![0.0; 20 * 20];
        for y in 4..16 {
            coverage[y * 20 + 9] = 0.5;
            for x in 10..16 {
                coverage[y * 20 + x] = 1.0;
            }
        }
        let bytes = distances(&coverage, 20, 20);
        assert!((i32::from(bytes[10 * 20 + 9]) - 128).abs() <= 1);
    }
}
