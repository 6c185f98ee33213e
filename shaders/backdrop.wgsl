// Sky and ground where no tile covers them, and the walls of an open trench.
//
// Bindings: group 0: View, cuts, the sun's depth picture and its sampler. Sky and ground have no vertex buffer: one triangle
// that covers the picture, at infinity, drawn after the city so that only what stays free is shaded. The trench has
// positions in metres ENU relative to the eye's origin (`view.eye` is subtracted here).
// Spaces: clip in [-1, 1]; directions in ENU (x east, y north, z up). Colours are encoded (sRGB) values.

// 0 night, 1 day, 2 white model.
override STYLE: u32 = 0u;
// 0 none, 1 four samples of the sun's depth, 2 sixteen.
override SHADOWS: u32 = 0u;

const DAY = 1u;
const WHITE = 2u;

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    forward: vec4<f32>,
    right: vec4<f32>,
    up: vec4<f32>,
    // xyz: towards the light; w: how strongly windows are lit.
    light: vec4<f32>,
    fog: vec4<f32>,
    // 0 ground, 1 water, 2 green, 3 road, 4 rail, 5 wall, 6 zenith, 7 horizon, 8 roof, 9 selected, 10 window, 11 main road
    colours: array<vec4<f32>, 12>,
    // 0 tree, 1 bridge, 2 furniture, 3 relief, 4 tunnel, 5 section, 6 earth, 7 glass, 8 marking, 9 brick, 10 tiles, 11 tone
    more: array<vec4<f32>, 12>,
    // Sunlight and skylight.
    sun: vec4<f32>,
    sky: vec4<f32>,
    // x: opacity of ground, y: of what stands on it, z: near plane in metres, w: metres per pixel at one metre.
    ground: vec4<f32>,
    // x: texel of the sun's depth picture, y: metres to step off a face, z: depth to step back, w: unused.
    shade: vec4<f32>,
    shadow_from_eye: mat4x4<f32>,
}

struct Cut {
    centre: vec4<f32>,
    half: vec4<f32>,
    // xy: where the second side points; z: bottom, w: top of a prism.
    axis: vec4<f32>,
    // x: 0 box or 1 prism, y: 1 when its inside is kept, z: first corner, w: corners.
    kind: vec4<u32>,
}

struct Cuts {
    // x: cuts, y: first point of the trench, z: points of the trench.
    counts: vec4<u32>,
    // x: half width, y: depth.
    trench: vec4<f32>,
    cuts: array<Cut, 8>,
    points: array<vec2<f32>>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> cuts: Cuts;
@group(0) @binding(2) var sun_depth: texture_depth_2d;
@group(0) @binding(3) var sun_sampler: sampler_comparison;

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) screen: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Varying {
    let screen = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u)) * 2.0 - 1.0;
    var out: Varying;
    out.clip = vec4<f32>(screen, 0.0, 1.0);
    out.screen = screen;
    return out;
}

// Which share of the sunlight reaches a point.
fn sunlit(from_eye: vec3<f32>, normal: vec3<f32>) -> f32 {
    if SHADOWS == 0u { return 1.0; }
    let at = view.shadow_from_eye * vec4<f32>(from_eye + normal * view.shade.y, 1.0);
    let uv = at.xy * vec2<f32>(0.5, -0.5) + 0.5;
    let depth = at.z - view.shade.z;
    var lit = 0.0;
    if SHADOWS == 1u {
        for (var tap = 0u; tap < 4u; tap++) {
            let step = (vec2<f32>(f32(tap & 1u), f32(tap >> 1u)) - 0.5) * 1.4 * view.shade.x;
            lit += textureSampleCompareLevel(sun_depth, sun_sampler, uv + step, depth);
        }
        lit *= 0.25;
    } else {
        for (var tap = 0u; tap < 16u; tap++) {
            let turn = f32(tap) * 2.39996;
            let step = vec2<f32>(cos(turn), sin(turn)) * (sqrt((f32(tap) + 0.5) / 16.0) * 3.2 * view.shade.x);
            lit += textureSampleCompareLevel(sun_depth, sun_sampler, uv + step, depth);
        }
        lit *= 0.0625;
    }
    let to_edge = max(abs(at.x), abs(at.y));
    return mix(lit, 1.0, saturate(to_edge * 8.0 - 7.0));
}

// Repeatable noise in 0 to 1 from a cell and a number.
fn hash(cell: vec2<i32>, number: u32) -> f32 {
    var mixed = u32(cell.x) * 374761393u + u32(cell.y) * 668265263u + number * 2246822519u;
    mixed = (mixed ^ (mixed >> 13u)) * 1274126177u;
    return f32((mixed ^ (mixed >> 16u)) & 0xffffu) / 65535.0;
}

// Smooth noise in 0 to 1.
fn noise(at: vec2<f32>) -> f32 {
    let cell = floor(at);
    let within = at - cell;
    let s = within * within * (3.0 - 2.0 * within);
    let c = vec2<i32>(cell);
    let low = mix(hash(c, 7u), hash(c + vec2<i32>(1, 0), 7u), s.x);
    let high = mix(hash(c + vec2<i32>(0, 1), 7u), hash(c + vec2<i32>(1, 1), 7u), s.x);
    return mix(low, high, s.y);
}

// ---- cuts -------------------------------------------------------------------------------------------------------------

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

fn is_in_trench(at: vec2<f32>) -> bool {
    for (var i = 1u; i < cuts.counts.z; i++) {
        let a = cuts.points[cuts.counts.y + i - 1u];
        let b = cuts.points[cuts.counts.y + i];
        let along = b - a;
        let t = saturate(dot(at - a, along) / max(dot(along, along), 1e-9));
        let off = at - a - along * t;
        if dot(off, off) <= cuts.trench.x * cuts.trench.x { return true; }
    }
    return false;
}

// Where the way from the eye to a point below ground meets the ground; the point itself when it is above.
fn entrance(from_eye: vec3<f32>) -> vec2<f32> {
    let share = clamp(-view.eye.z / min(from_eye.z, -1e-4), 0.0, 1.0);
    return from_eye.xy * select(share, 1.0, from_eye.z + view.eye.z >= 0.0) + view.eye.xy;
}

// ---- sky and ground ---------------------------------------------------------------------------------------------------

fn ray_of(in: Varying) -> vec3<f32> {
    return normalize(view.forward.xyz + in.screen.x * view.right.xyz + in.screen.y * view.up.xyz);
}

fn sky(ray: vec3<f32>) -> vec3<f32> {
    let left = 1.0 - min(max(ray.z, 0.0) * select(2.2, 1.7, STYLE == DAY), 1.0);
    var colour = mix(view.colours[7].rgb, view.colours[6].rgb, 1.0 - left * left * left);
    if STYLE == DAY {
        // The air glows around the sun.
        let near = max(dot(ray, view.light.xyz), 0.0);
        colour += view.sun.rgb * (0.10 * pow(near, 6.0) + 0.22 * pow(near, 60.0));
    }
    return colour;
}

fn bare_ground(from_eye: vec3<f32>, distance: f32) -> vec3<f32> {
    var colour = view.colours[0].rgb;
    let at = from_eye.xy + view.eye.xy;
    if STYLE == DAY {
        let pixel = distance * view.ground.w;
        let coarse = (noise(at / 83.0) - 0.5) * saturate(1.5 - pixel * 0.06);
        let fine = (noise(at / 14.0) - 0.5) * saturate(1.6 - pixel * 0.25);
        colour *= 1.0 + 0.035 * coarse + 0.03 * fine;
    }
    var direct = max(view.light.z, 0.0);
    if STYLE == 0u { direct = 0.5 + 0.5 * view.light.z; }
    return colour * (view.sky.rgb + view.sun.rgb * (direct * sunlit(from_eye, vec3<f32>(0.0, 0.0, 1.0))));
}

fn haze_at(distance: f32) -> f32 {
    let far = distance * distance / (view.fog.x * view.fog.x);
    return far / (1.0 + far);
}

// The ground plane along a ray that looks down on it.
fn ground_along(ray: vec3<f32>) -> vec3<f32> {
    let distance = view.eye.z / max(-ray.z, 1e-5);
    return mix(bare_ground(ray * distance, distance), view.colours[7].rgb, haze_at(distance));
}

fn is_down(ray: vec3<f32>) -> bool { return ray.z < 0.0 && view.eye.z > 0.0; }

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let ray = ray_of(in);
    if !is_down(ray) { return vec4<f32>(sky(ray), 1.0); }
    return vec4<f32>(ground_along(ray), 1.0);
}

// Where the ground is cut away a quiet plane is left; the bottom of a trench is dark earth.
@fragment
fn cut_fragment(in: Varying) -> @location(0) vec4<f32> {
    let ray = ray_of(in);
    if !is_down(ray) { return vec4<f32>(sky(ray), 1.0); }
    let distance = view.eye.z / max(-ray.z, 1e-5);
    let from_eye = ray * distance;
    if is_in_trench(from_eye.xy + view.eye.xy) {
        return vec4<f32>(mix(view.more[6].rgb * 0.55, view.colours[7].rgb, haze_at(distance)), 1.0);
    }
    if is_cut(vec3<f32>(from_eye.xy, -view.eye.z)) {
        let quiet = mix(view.colours[0].rgb, view.more[6].rgb, 0.35) * 0.80;
        return vec4<f32>(mix(quiet, view.colours[7].rgb, haze_at(distance)), 1.0);
    }
    return vec4<f32>(ground_along(ray), 1.0);
}

// Below the ground there is earth, darker the steeper one looks into it.
@fragment
fn earth_fragment(in: Varying) -> @location(0) vec4<f32> {
    let ray = ray_of(in);
    if ray.z >= 0.0 && view.eye.z > 0.0 { return vec4<f32>(sky(ray), 1.0); }
    let distance = abs(view.eye.z) / max(abs(ray.z), 1e-5);
    return vec4<f32>(mix(view.more[6].rgb * select(0.80, 0.50, STYLE == DAY), view.colours[7].rgb, haze_at(distance) * 0.85), 1.0);
}

// What is left of the ground, over what lies below it.
@fragment
fn veil_fragment(in: Varying) -> @location(0) vec4<f32> {
    let ray = ray_of(in);
    if !is_down(ray) { return vec4<f32>(0.0); }
    return vec4<f32>(ground_along(ray), view.ground.x);
}

// ---- the trench -------------------------------------------------------------------------------------------------------

struct Earth {
    @builtin(position) clip: vec4<f32>,
    @location(0) from_eye: vec3<f32>,
    @location(1) @interpolate(flat) normal: vec3<f32>,
}

@vertex
fn trench_vertex(@location(0) position: vec3<f32>, @location(1) normal: vec3<f32>) -> Earth {
    var out: Earth;
    out.from_eye = position - view.eye.xyz;
    out.clip = view.clip_from_enu * vec4<f32>(out.from_eye, 1.0);
    out.normal = normal;
    return out;
}

@fragment
fn trench_fragment(in: Earth) -> @location(0) vec4<f32> {
    if !is_in_trench(entrance(in.from_eye)) { discard; }
    let depth = max(-(in.from_eye.z + view.eye.z), 0.0);
    let pixel = length(in.from_eye) * view.ground.w;
    let is_wall = f32(abs(in.normal.z) < 0.5);
    // Layers of soil, darker with depth; a line for every metre, a stronger one for the edge.
    let layer = noise(vec2<f32>(depth * 3.0, 0.5)) - 0.5;
    var colour = view.more[6].rgb * (1.0 + 0.16 * layer) * mix(0.62, 1.05, exp(-depth / 3.0));
    colour *= 0.86 + 0.14 * dot(in.normal, normalize(vec3<f32>(-0.55, 0.45, 0.7)));
    let line = saturate((0.02 - abs(fract(depth + 0.5) - 0.5)) / pixel + 0.5) * saturate(1.5 - pixel * 14.0);
    colour = mix(colour, view.more[8].rgb, is_wall * line * 0.35);
    let edge = saturate((0.06 - depth) / pixel + 0.5);
    colour = mix(colour, view.more[8].rgb, is_wall * edge * 0.6);
    return vec4<f32>(mix(colour, view.colours[7].rgb, haze_at(length(in.from_eye))), 1.0);
}

@fragment
fn trench_depth_fragment(in: Earth) {
    if !is_in_trench(entrance(in.from_eye)) { discard; }
}
