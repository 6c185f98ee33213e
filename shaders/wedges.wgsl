// What cameras see: a wedge on the ground for each, strongest at the lens.
//
// Bindings: group 0, binding 0: View (the scene's; the fields up to `colours`); group 1 (shared), binding 0: Style.
// Instance: the camera's place, metres east and north of the city's origin, the height of its wedge's ground above it, and the range, metres;
// azimuth clockwise from north and half the field of view, radians; flags: 1 selected, 2 hovered, 4 no longer reported.

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
}

struct Style {
    // Linear colours: 0 normal, 1 low, 2 medium, 3 high, 4 critical, 5 select, 6 outline, 7 camera, 8 not real.
    colours: array<vec4<f32>, 9>,
    marks: array<vec4<f32>, 34>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> style: Style;

struct Instance {
    @location(0) place: vec4<f32>,
    @location(1) fan: vec2<f32>,
    @location(2) flags: u32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // 0 at the lens, 1 at the end of its range.
    @location(0) reach: f32,
    @location(1) distance: f32,
    @location(2) @interpolate(flat) flags: u32,
}

const STEPS: u32 = 8u;

@vertex
fn vertex(in: Instance, @builtin(vertex_index) index: u32) -> Varying {
    var out: Varying;
    out.flags = in.flags;
    out.reach = 0.0;
    let step = index / 3u;
    let corner = index % 3u;
    var ground = in.place.xyz;
    if corner != 0u {
        let part = f32(step + corner - 1u) / f32(STEPS);
        let azimuth = in.fan.x + (part * 2.0 - 1.0) * in.fan.y;
        ground += vec3<f32>(sin(azimuth), cos(azimuth), 0.0) * in.place.w;
        out.reach = 1.0;
    }
    let from_eye = ground - view.eye.xyz;
    out.distance = length(from_eye);
    out.clip = view.clip_from_enu * vec4<f32>(from_eye, 1.0);
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let is_chosen = (in.flags & 3u) != 0u;
    let colour = style.colours[select(7u, 5u, (in.flags & 1u) != 0u)].rgb;
    let near = 1.0 - smoothstep(500.0, 1600.0, in.distance);
    let away = 1.0 - in.reach;
    let alpha = select((0.05 + 0.22 * away * away) * near, 0.12 + 0.3 * away, is_chosen);
    return vec4<f32>(colour, alpha * select(1.0, 0.25, (in.flags & 4u) != 0u));
}
