//! The two ellipsoids that the city meets. They differ by a tenth of a millimetre at the poles.

/// Semi-major axis of GRS 80, CGCS2000 and WGS 84, metres (GB 22021-2008; NIMA TR8350.2).
pub(crate) const SEMI_MAJOR_M: f64 = 6_378_137.0;

/// Flattening of WGS 84 (NIMA TR8350.2, table 3.1).
pub(crate) const WGS84_FLATTENING: f64 = 1.0 / 298.257223563;

/// Flattening of CGCS2000 (GB 22021-2008).
pub(crate) const CGCS2000_FLATTENING: f64 = 1.0 / 298.257222101;
