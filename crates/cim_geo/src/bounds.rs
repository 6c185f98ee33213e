//! A rectangle of longitudes and latitudes.

use crate::Geodetic;

/// A rectangle of longitudes and latitudes, degrees. Does not cross the 180th meridian.
///
/// [`Bounds::EMPTY`] holds nothing and grows by [`Bounds::extend`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Smallest longitude.
    pub west_deg: f64,
    /// Smallest latitude.
    pub south_deg: f64,
    /// Largest longitude.
    pub east_deg: f64,
    /// Largest latitude.
    pub north_deg: f64,
}

impl Bounds {
    /// Holds nothing.
    pub const EMPTY: Self = Self {
        west_deg: f64::INFINITY,
        south_deg: f64::INFINITY,
        east_deg: f64::NEG_INFINITY,
        north_deg: f64::NEG_INFINITY,
    };

    /// True when nothing was put in.
    pub fn is_empty(&self) -> bool {
        self.west_deg > self.east_deg || self.south_deg > self.north_deg
    }

    /// Grows so that the place lies inside.
    pub fn extend(&mut self, lon_deg: f64, lat_deg: f64) {
        self.west_deg = self.west_deg.min(lon_deg);
        self.south_deg = self.south_deg.min(lat_deg);
        self.east_deg = self.east_deg.max(lon_deg);
        self.north_deg = self.north_deg.max(lat_deg);
    }

    /// The middle, on the ellipsoid; longitude and latitude 0 when empty.
    pub fn center(&self) -> Geodetic {
        if self.is_empty() {
            return Geodetic::default();
        }
        Geodetic {
            lon_deg: f64::midpoint(self.west_deg, self.east_deg),
            lat_deg: f64::midpoint(self.south_deg, self.north_deg),
            height_m: 0.0,
        }
    }

    /// True when the place lies inside or on the border.
    pub fn contains(&self, lon_deg: f64, lat_deg: f64) -> bool {
        (self.west_deg..=self.east_deg).contains(&lon_deg)
            && (self.south_deg..=self.north_deg).contains(&lat_deg)
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::EMPTY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_grow_around_what_is_put_in() {
        let mut bounds = Bounds::EMPTY;
        assert!(bounds.is_empty() && !bounds.contains(0.0, 0.0));
        bounds.extend(121.48, 31.22);
        bounds.extend(121.52, 31.26);
        assert!(
            !bounds.is_empty() && bounds.contains(121.5, 31.25) && !bounds.contains(121.6, 31.25)
        );
        assert!(
            (bounds.center().lon_deg - 121.5).abs() < 1e-12
                && (bounds.center().lat_deg - 31.24).abs() < 1e-12
        );
    }
}
