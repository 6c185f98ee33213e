// The city model: flat ground classes painted in order, buildings with depth.
//
// Bindings: group 0, binding 0: View; group 1, binding 0: Tile (dynamic offset, one per tile and class).
// Vertex: position in metres ENU relative to the tile's centre; normal as snorm8 ENU with a shade in w
// (buildings: height above ground / 100 m; roads: importance); feature index within the tile.
// Spaces: `offset` moves tile-relative ENU to eye-relative ENU; clip is reverse-Z with an infinite far plane.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    forward: vec4<f32>,
    right: vec4<f32>,
    up: vec4<f32>,
    light: vec4<f32>,
    fog: vec4<f32>,
    // 0 ground, 1 water, 2 green, 3 road, 4 rail, 5 wall, 6 zenith, 7 horizon, 8 roof, 9 selected, 10 window, 11 main road
    colours: array<vec4<f32>, 12>,
}

struct Tile {
    offset: vec4<f32>,
    // x: class (0 building, 1 water, 2 green, 3 road, 4 rail); y: selected feature, 0xffffffff is none.
    class_and_pick: vec4<u32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> tile: Tile;

struct Vertex {
    @location(0) position: vec3<f32>,
    @location(1) normal: vec4<f32>,
    @location(2) feature: u32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) from_eye: vec3<f32>,
    @location(1) @interpolate(flat) normal: vec3<f32>,
    @location(2) shade: f32,
    @location(3) @interpolate(flat) feature: u32,
}

@vertex
fn vertex(in: Vertex) -> Varying {
    let from_eye = in.position + tile.offset.xyz;
    var out: Varying;
    out.clip = view.clip_from_enu * vec4<f32>(from_eye, 1.0);
    out.from_eye = from_eye;
    out.normal = in.normal.xyz;
    out.shade = in.normal.w;
    out.feature = in.feature;
    return out;
}

fn hash(cell: vec2<f32>, seed: f32) -> f32 {
    return fract(sin(dot(cell, vec2<f32>(12.9898, 78.233)) + seed * 0.137) * 43758.5453);
}

fn hazed(colour: vec3<f32>, distance: f32) -> vec3<f32> {
    let haze = 1.0 - exp(-pow(distance / view.fog.x, 2.0));
    return mix(colour, view.colours[7].rgb, haze);
}

@fragment
fn flat_fragment(in: Varying) -> @location(0) vec4<f32> {
    let kind = tile.class_and_pick.x;
    var colour = view.colours[kind].rgb;
    if kind == 3u {
        colour = mix(view.colours[3].rgb, view.colours[11].rgb, clamp(in.shade, 0.0, 1.0));
    }
    if in.feature == tile.class_and_pick.y {
        colour = mix(colour, view.colours[9].rgb, 0.7);
    }
    return vec4<f32>(hazed(colour, length(in.from_eye)), 1.0);
}

@fragment
fn building_fragment(in: Varying) -> @location(0) vec4<f32> {
    let distance = length(in.from_eye);
    let normal = normalize(in.normal);
    let height_m = in.shade * 100.0;
    let is_roof = normal.z > 0.5;
    let lit = 0.5 + 0.5 * dot(normal, view.light.xyz);
    // Height is read by shade: low storeys rest in the contact shade of the street, tall ones come forward.
    let contact = mix(0.62, 1.0, smoothstep(0.0, 14.0, height_m));
    let tall = 1.0 + 0.35 * smoothstep(20.0, 100.0, height_m);
    var colour = view.colours[5].rgb * (0.62 + 0.62 * lit) * contact * tall;
    if is_roof {
        colour = view.colours[8].rgb * (0.94 + 0.10 * lit) * tall;
    } else if view.light.w > 0.0 && distance < 2400.0 {
        // Lit windows, sparse and steady. Cells follow the wall, so that they stay where they are.
        let along = vec3<f32>(-normal.y, normal.x, 0.0);
        let position = in.from_eye + view.eye.xyz;
        let cell = vec2<f32>(floor(dot(position, along) / 3.4), floor(position.z / 3.6));
        let within = vec2<f32>(fract(dot(position, along) / 3.4), fract(position.z / 3.6));
        let glass = step(0.22, within.x) * step(within.x, 0.78) * step(0.3, within.y) * step(within.y, 0.8);
        let glows = step(0.93, hash(cell, f32(in.feature)));
        let near = 1.0 - smoothstep(700.0, 2400.0, distance);
        colour = mix(colour, view.colours[10].rgb, glass * glows * near * view.light.w);
    }
    if in.feature == tile.class_and_pick.y {
        colour = mix(colour, view.colours[9].rgb, 0.62);
    }
    return vec4<f32>(hazed(colour, distance), 1.0);
}
