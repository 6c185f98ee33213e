// What the shaders of points share: it is put in front of `points.wgsl`, `dots.wgsl` and `clusters.wgsl` when they are loaded.
//
// Bindings: group 0, binding 0: View (the scene's; its first fields);
// group 1 (one per layer), binding 0: Look; binding 1: Place or Motion per slot, metres east, north, up of the city's origin, and
// seconds since the layer's epoch; binding 2: PointState per slot as two words (packed, bits of the value); binding 3: colours by tint,
// linear; binding 4: DrawnPoint of what is drawn: slot, and flags (1 selected, 2 hovered, bits 8–15 how far it has faded in);
// group 2 (shared), binding 0: Style; binding 3: ramps, one per row. An entry point sees those of them that it reads.
// `packed`: shape 8 bits (0–8 sensors, 16 camera, 17 event, 18 vehicle, 19 person, 20 dot, 21 pipe or asset, 255 none), state's class 3
// (0 normal … 4 critical, 5 not real), freshness 2 (0 fresh, 1 late, 2 missing), why it aged 2 (0 not, 1 its source is late, 2 the device
// is silent, 3 the hub is gone), shown 1, tint 8, heading 8 (256 steps clockwise from north; of an event which picture is in its pin).
// No branch depends on a uniform alone: software Vulkan compiles a shader anew for each value that such a branch sees.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
}

struct Look {
    // x: now, seconds since the epoch; y: device pixels per CSS pixel; z: pixels that 1 m takes 1 m away; w: opacity.
    frame: vec4<f32>,
    // x: share of the shape's own size; y: half size in metres; z, w: least and greatest half size, CSS pixels.
    size: vec4<f32>,
    // x: middle of the ramp's row in the texture (0…1); y: value at its beginning; z: 1 / (value at its end - value at its beginning); w: how much it counts.
    paint: vec4<f32>,
    // xyz: the layer's one colour, linear; w: how much it counts.
    plain: vec4<f32>,
    // x: radius of a dot, CSS pixels; y: 1 where the city hides dots, else 0; z: how many of the drawn points are normal and not chosen,
    // they come first; w: how many are drawn.
    dot: vec4<f32>,
}

struct Style {
    // Linear colours: 0 normal, 1 low, 2 medium, 3 high, 4 critical, 5 select, 6 outline, 7 camera, 8 not real.
    colours: array<vec4<f32>, 9>,
    // Where the mark of each shape lies in the glyph texture, then the picture of each kind of event: x, y, width, height, in
    // texels / size.
    marks: array<vec4<f32>, 34>,
}

struct Place {
    at: vec3<f32>,
    since: f32,
}

struct Motion {
    start: vec3<f32>,
    start_s: f32,
    goal: vec3<f32>,
    goal_s: f32,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> look: Look;
@group(1) @binding(1) var<storage, read> places: array<Place>;
@group(1) @binding(1) var<storage, read> motions: array<Motion>;
@group(1) @binding(2) var<storage, read> states: array<vec2<u32>>;
@group(1) @binding(3) var<storage, read> palette: array<vec4<f32>, 256>;
@group(1) @binding(4) var<storage, read> drawn_points: array<vec2<u32>>;
@group(2) @binding(0) var<uniform> style: Style;
@group(2) @binding(3) var ramps: texture_2d<f32>;

const CAMERA: u32 = 16u;
const NONE: u32 = 255u;
// How strongly a symbol or a dot shows that a building hides.
const BEHIND: f32 = 0.28;
const TURN: f32 = 6.2831853;
const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);

fn shape_of(state: u32) -> u32 { return state & 0xffu; }
fn class_of(state: u32) -> u32 { return (state >> 8u) & 7u; }
fn freshness_of(state: u32) -> u32 { return (state >> 11u) & 3u; }
fn is_shown(state: u32) -> bool { return (state & (1u << 15u)) != 0u && shape_of(state) != NONE; }
fn tint_of(state: u32) -> u32 { return (state >> 16u) & 0xffu; }
fn is_chosen(flags: u32) -> bool { return (flags & 3u) != 0u; }
fn fade(flags: u32) -> f32 { return f32((flags >> 8u) & 0xffu) / 255.0; }

fn standing_at(slot: u32) -> vec3<f32> { return places[slot].at; }

// On its way between two reports, then at its goal. A goal whose time is unknown counts as reached.
fn moving_at(slot: u32) -> vec3<f32> {
    let leg = motions[slot];
    let now = look.frame.x;
    let share = clamp((now - leg.start_s) / max(leg.goal_s - leg.start_s, 0.001), 0.0, 1.0);
    return mix(leg.start, leg.goal, select(1.0, share, now < leg.goal_s));
}

// The row of `style.colours` of a class.
fn class_row(severity: u32) -> u32 { return select(min(severity, 4u), 8u, severity == 5u); }

fn state_colour(state: u32) -> vec3<f32> {
    let severity = class_of(state);
    let is_plain_camera = shape_of(state) == CAMERA && severity == 0u;
    return style.colours[select(class_row(severity), 7u, is_plain_camera)].rgb;
}

// What is high, critical or not real keeps its own colour: an alarm is never painted away.
fn painted_colour(state: vec2<u32>) -> vec3<f32> {
    var colour = state_colour(state.x);
    if class_of(state.x) >= 3u { return colour; }
    let is_known = (state.y & 0x7fffffffu) <= 0x7f800000u;
    let value = select(look.paint.y, bitcast<f32>(state.y), is_known);
    let share = clamp((value - look.paint.y) * look.paint.z, 0.0, 1.0);
    let ramp = textureLoad(ramps, vec2<i32>(i32(share * 255.0 + 0.5), i32(look.paint.x * f32(textureDimensions(ramps).y))), 0).rgb;
    colour = mix(colour, ramp, select(0.0, look.paint.w, is_known));
    if tint_of(state.x) != 0u { colour = palette[tint_of(state.x)].rgb; }
    return mix(colour, look.plain.rgb, look.plain.w);
}

// What is old is drawn weaker.
fn age_strength(state: u32) -> f32 {
    return select(select(1.0, 0.55, freshness_of(state) == 1u), 0.45, freshness_of(state) == 2u);
}

fn box_distance(p: vec2<f32>, half: vec2<f32>) -> f32 {
    let q = abs(p) - half;
    return length(max(q, vec2<f32>(0.0))) + min(max(q.x, q.y), 0.0);
}

// Distance in pixels to a triangle that points up, with its middle at the origin.
fn triangle_distance(p: vec2<f32>, r: f32) -> f32 {
    let q = vec2<f32>(abs(p.x), p.y - 0.18 * r);
    let side = dot(q - vec2<f32>(0.0, -r), normalize(vec2<f32>(1.72, -1.0)));
    return max(side, q.y - 0.62 * r);
}

// The outline of a class from medium on, of a symbol as of a cluster's badge.
fn class_distance(p: vec2<f32>, severity: u32, r: f32) -> f32 {
    switch severity {
        case 5u: { return max(box_distance(p, vec2<f32>(r * 0.82)), -box_distance(p, vec2<f32>(r * 0.30))); }
        case 4u: { return (abs(p.x) + abs(p.y) - r * 1.22) * 0.7071; }
        case 3u: { return triangle_distance(p, r * 1.2); }
        default: { return box_distance(p, vec2<f32>(r * 0.82)) - r * 0.08; }
    }
}
