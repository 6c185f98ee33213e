//! What the shaders of points share: `shaders/layer.wgsl`. WGSL knows no includes, so it is put in front of their own texts here.

/// `shaders/points.wgsl` behind what it shares.
pub(crate) const POINTS: &str = concat!(
    include_str!("../../../../shaders/layer.wgsl"),
    include_str!("../../../../shaders/points.wgsl"),
);

/// `shaders/dots.wgsl` behind what it shares.
pub(crate) const DOTS: &str = concat!(
    include_str!("../../../../shaders/layer.wgsl"),
    include_str!("../../../../shaders/dots.wgsl"),
);

/// `shaders/clusters.wgsl` behind what it shares.
pub(crate) const CLUSTERS: &str = concat!(
    include_str!("../../../../shaders/layer.wgsl"),
    include_str!("../../../../shaders/clusters.wgsl"),
);

/// The shaders that are more than their file, by its name: for the test that parses them all.
#[cfg(test)]
pub(crate) const JOINED: [(&str, &str); 3] =
    [("points", POINTS), ("dots", DOTS), ("clusters", CLUSTERS)];
