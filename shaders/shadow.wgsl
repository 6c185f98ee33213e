// How far the sun sees: the city's depth from the sun, for shadows.
//
// Bindings: group 0, binding 0: View, binding 1: cuts as in `city.wgsl`; group 1: Tile (dynamic offset); group 2: a row per feature. Vertex as in `city.wgsl`.
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

struct Cut {
    centre: vec4<f32>,
    half: vec4<f32>,
    axis: vec4<f32>,
    kind: vec4<u32>,
}

struct Cuts {
    counts: vec4<u32>,
    trench: vec4<f32>,
    cuts: array<Cut, 8>,
    points: array<vec2<f32>>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> cuts: Cuts;
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

struct Caster {
    @builtin(position) clip: vec4<f32>,
    @location(0) from_eye: vec3<f32>,
}

fn caster(in: Vertex) -> Caster {
    let feature = select(in.copy_feature, in.feature, in.copy_feature == 0xffffffffu);
    let is_known = feature < tile.pick.z;
    let row = select(vec2<u32>(0u), rows[select(0u, feature, is_known)], is_known);
    let corner = vec4<f32>(in.position, 1.0);
    let from_centre = vec3<f32>(dot(in.copy_x, corner), dot(in.copy_y, corner), dot(in.copy_z, corner));
    var out: Caster;
    out.from_eye = from_centre + tile.offset.xyz;
    let at = view.shadow_from_eye * vec4<f32>(out.from_eye, 1.0);
    // What is nearer to the sun than the picture reaches still casts its shadow.
    let is_drawn = ((row.x >> 24u) & 3u) == 0u;
    out.clip = select(vec4<f32>(2.0, 2.0, 2.0, 1.0), vec4<f32>(at.xy, max(at.z, 0.0), at.w), is_drawn);
    return out;
}

@vertex
fn vertex(in: Vertex) -> @builtin(position) vec4<f32> {
    return caster(in).clip;
}

@vertex
fn cut_vertex(in: Vertex) -> Caster {
    return caster(in);
}

fn is_in_ring(at: vec2<f32>, first: u32, count: u32) -> bool {
    var inside = false;
    var before = cuts.points[first + count - 1u];
    for (var i = 0u; i < count; i++) {
        let corner = cuts.points[first + i];
        if (corner.y > at.y) != (before.y > at.y) {
            let crossing = (before.x - corner.x) * (at.y - corner.y) / (before.y - corner.y) + corner.x;
            if at.x < crossing { inside = !inside; }
        }
        before = corner;
    }
    return inside;
}

fn is_cut(from_eye: vec3<f32>) -> bool {
    let at = from_eye + view.eye.xyz;
    for (var i = 0u; i < cuts.counts.x; i++) {
        let one = cuts.cuts[i];
        var inside = false;
        if one.kind.x == 0u {
            let off = at - one.centre.xyz;
            let along = dot(off.xy, one.axis.xy);
            let across = off.x * one.axis.y - off.y * one.axis.x;
            inside = all(abs(vec3<f32>(across, along, off.z)) <= one.half.xyz);
        } else {
            inside = at.z >= one.axis.z && at.z <= one.axis.w && is_in_ring(at.xy, one.kind.z, one.kind.w);
        }
        if inside != (one.kind.y == 1u) { return true; }
    }
    return false;
}

// What is cut away casts no shadow.
@fragment
fn cut_fragment(in: Caster) {
    if is_cut(in.from_eye) { discard; }
}
