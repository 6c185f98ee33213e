// How far the sun sees: the city's depth from the sun, for shadows.
//
// Bindings: group 0, binding 0: View; group 1: Tile (dynamic offset); group 2: a row per feature. Vertex as in `city.wgsl`.
// Spaces: `shadow_from_eye` takes eye-relative ENU to the sun's clip space, depth 0 at the sun.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    forward: vec4<f32>,
    right: vec4<f32>,
    up: vec4<f32>,
    light: vec4<f32>,
    fog: vec4<f32>,
    colours: array<vec4<f32>, 12>,
    more: array<vec4<f32>, 12>,
    sun: vec4<f32>,
    sky: vec4<f32>,
    ground: vec4<f32>,
    shade: vec4<f32>,
    shadow_from_eye: mat4x4<f32>,
}

struct Tile {
    offset: vec4<f32>,
    pick: vec4<u32>,
    base: vec4<f32>,
    material: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> tile: Tile;
@group(2) @binding(0) var<storage, read> rows: array<vec2<u32>>;

struct Vertex {
    @location(0) position: vec3<f32>,
    @location(2) feature: u32,
    @location(3) copy_x: vec4<f32>,
    @location(4) copy_y: vec4<f32>,
    @location(5) copy_z: vec4<f32>,
    @location(6) copy_feature: u32,
}

@vertex
fn vertex(in: Vertex) -> @builtin(position) vec4<f32> {
    let feature = select(in.copy_feature, in.feature, in.copy_feature == 0xffffffffu);
    let is_known = feature < tile.pick.z;
    let row = select(vec2<u32>(0u), rows[select(0u, feature, is_known)], is_known);
    let corner = vec4<f32>(in.position, 1.0);
    let from_centre = vec3<f32>(dot(in.copy_x, corner), dot(in.copy_y, corner), dot(in.copy_z, corner));
    let at = view.shadow_from_eye * vec4<f32>(from_centre + tile.offset.xyz, 1.0);
    // What is nearer to the sun than the picture reaches still casts its shadow.
    let is_drawn = ((row.x >> 24u) & 3u) == 0u;
    return select(vec4<f32>(2.0, 2.0, 2.0, 1.0), vec4<f32>(at.xy, max(at.z, 0.0), at.w), is_drawn);
}
