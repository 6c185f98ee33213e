// Dots of live layers, all at once: a compute pass splats them into words, one per pixel; one draw puts the words into the picture.
//
// In software a dot of its own costs a triangle's setup, a depth test and a blend for each of its pixels; here it costs a depth test and
// a few whole numbers. Of what meets in a pixel the most urgent is seen, of that the strongest.
//
// Bindings: group 0 (one per picture), binding 0: View (the scene's; the fields up to `fog`); binding 1: the city's depth, reversed;
// binding 2: a word per pixel, row by row from the top; binding 3: x, y: width and height of the picture, pixels;
// group 1 (one per layer): what `points.wgsl` has there: Look, Place or Motion per slot (metres east, north, up of the city's origin, and
// seconds since the layer's epoch), PointState, palette, DrawnPoint; group 2: binding 0: Style; binding 1: ramps, one per row.
// The entry points that splat see all three groups, those that paint bindings 2 and 3 of group 0.
// A word: urgency 3 bits (0 not real, or no more than a trace of a dot; 1 normal … 5 critical, 6 chosen), strength 5, square roots of
// linear red, green and blue 8 each. 0 is a pixel without a dot.
// No branch depends on a uniform alone: software Vulkan compiles a shader anew for each value that such a branch sees.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    forward: vec4<f32>,
    right: vec4<f32>,
    up: vec4<f32>,
    light: vec4<f32>,
    fog: vec4<f32>,
}

struct Look {
    // x: now, seconds since the epoch; y: device pixels per CSS pixel; z: pixels that 1 m takes 1 m away; w: opacity.
    frame: vec4<f32>,
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
@group(0) @binding(1) var city_depth: texture_depth_2d;
@group(0) @binding(2) var<storage, read_write> words: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read> painted_words: array<u32>;
@group(0) @binding(3) var<uniform> picture: vec4<u32>;
@group(1) @binding(0) var<uniform> look: Look;
@group(1) @binding(1) var<storage, read> places: array<Place>;
@group(1) @binding(1) var<storage, read> motions: array<Motion>;
@group(1) @binding(2) var<storage, read> states: array<vec2<u32>>;
@group(1) @binding(3) var<storage, read> palette: array<vec4<f32>, 256>;
@group(1) @binding(4) var<storage, read> drawn_points: array<vec2<u32>>;
@group(2) @binding(0) var<uniform> style: Style;
@group(2) @binding(1) var ramps: texture_2d<f32>;

const WORKERS: u32 = 64u;
const CAMERA: u32 = 16u;
const NONE: u32 = 255u;
// How strongly a dot shows that a building hides.
const BEHIND: f32 = 0.28;

fn shape_of(state: u32) -> u32 { return state & 0xffu; }
fn class_of(state: u32) -> u32 { return (state >> 8u) & 7u; }
fn freshness_of(state: u32) -> u32 { return (state >> 11u) & 3u; }
fn is_shown(state: u32) -> bool { return (state & (1u << 15u)) != 0u && shape_of(state) != NONE; }
fn tint_of(state: u32) -> u32 { return (state >> 16u) & 0xffu; }
fn is_chosen(flags: u32) -> bool { return (flags & 3u) != 0u; }

fn standing_at(slot: u32) -> vec3<f32> { return places[slot].at; }

// On its way between two reports, then at its goal. A goal whose time is unknown counts as reached.
fn moving_at(slot: u32) -> vec3<f32> {
    let leg = motions[slot];
    let now = look.frame.x;
    let share = clamp((now - leg.start_s) / max(leg.goal_s - leg.start_s, 0.001), 0.0, 1.0);
    return mix(leg.start, leg.goal, select(1.0, share, now < leg.goal_s));
}

fn state_colour(state: u32) -> vec3<f32> {
    let severity = class_of(state);
    let is_plain_camera = shape_of(state) == CAMERA && severity == 0u;
    return style.colours[select(select(min(severity, 4u), 8u, severity == 5u), 7u, is_plain_camera)].rgb;
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

fn fade(flags: u32) -> f32 { return f32((flags >> 8u) & 0xffu) / 255.0; }

fn urgency_of(state: u32, flags: u32) -> u32 {
    let severity = class_of(state);
    return select(select(min(severity, 4u) + 1u, 0u, severity >= 5u), 6u, is_chosen(flags));
}

fn colour_bits(colour: vec3<f32>) -> u32 {
    let bytes = vec3<u32>(sqrt(clamp(colour, vec3<f32>(0.0), vec3<f32>(1.0))) * 255.0 + 0.5);
    return (bytes.r << 16u) | (bytes.g << 8u) | bytes.b;
}

// Workgroups form a rectangle; the last ones may have nothing to do.
fn point_of(group: vec3<u32>, groups: vec3<u32>, worker: u32) -> u32 {
    return (group.y * groups.x + group.x) * WORKERS + worker;
}

fn splat(at: vec3<f32>, state: u32, colour: vec3<f32>, flags: u32, index: u32) {
    let clip = view.clip_from_enu * vec4<f32>(at - view.eye.xyz, 1.0);
    let size = vec2<f32>(picture.xy);
    // Pixels from the picture's upper left corner.
    let middle = (clip.xy / clip.w * vec2<f32>(0.5, -0.5) + 0.5) * size;
    // A touch nearer, so that a dot on a wall is not cut by it.
    let depth = clip.z * 1.004 / clip.w;
    let reach = look.dot.x * look.frame.y + 0.5;
    // Asked for what has to be, so that a place that is no number is left out.
    let is_seen = all(middle > vec2<f32>(-reach)) && all(middle < size + reach) && depth <= 1.0;
    if clip.w <= 0.1 || !is_shown(state) || !is_seen { return; }
    let nearest = clamp(vec2<i32>(floor(middle)), vec2<i32>(0), vec2<i32>(picture.xy) - 1);
    // Nothing is behind a depth of 0.
    let is_hidden = depth < textureLoad(city_depth, nearest, 0) * look.dot.y;
    // Of dots only what matters shows through walls.
    let left = select(1.0, select(0.0, BEHIND, index >= u32(look.dot.z)), is_hidden);
    let alpha = look.frame.w * age_strength(state) * fade(flags) * left * 31.0;
    if alpha < 0.5 { return; }
    // What is hidden never wipes out what is seen.
    let urgency = select(urgency_of(state, flags), 0u, is_hidden) << 29u;
    let bits = colour_bits(colour);
    let first_row = i32(max(ceil(middle.y - reach - 0.5), 0.0));
    let last_row = i32(min(floor(middle.y + reach - 0.5), size.y - 1.0));
    for (var row = first_row; row <= last_row; row += 1) {
        let down = f32(row) + 0.5 - middle.y;
        let half = sqrt(max(reach * reach - down * down, 0.0));
        let first = i32(max(ceil(middle.x - half - 0.5), 0.0));
        let last = i32(min(floor(middle.x + half - 0.5), size.x - 1.0));
        for (var column = first; column <= last; column += 1) {
            let from_middle = vec2<f32>(f32(column) + 0.5 - middle.x, down);
            let cover = clamp(reach - length(from_middle), 0.0, 1.0);
            let strength = u32(min(alpha * cover + 0.5, 31.0));
            // Nor does a dot's rim wipe out another dot: it would have a dark border.
            let word = select(0u, urgency, cover >= 0.5) | (strength << 24u) | bits;
            if strength > 0u { atomicMax(&words[u32(row) * picture.x + u32(column)], word); }
        }
    }
}

@compute @workgroup_size(64)
fn splat_standing(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) worker: u32,
) {
    let index = point_of(group, groups, worker);
    if index >= u32(look.dot.w) { return; }
    let drawn = drawn_points[index];
    let state = states[drawn.x].x;
    splat(standing_at(drawn.x), state, state_colour(state), drawn.y, index);
}

@compute @workgroup_size(64)
fn splat_moving(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) worker: u32,
) {
    let index = point_of(group, groups, worker);
    if index >= u32(look.dot.w) { return; }
    let drawn = drawn_points[index];
    let state = states[drawn.x].x;
    splat(moving_at(drawn.x), state, state_colour(state), drawn.y, index);
}

@compute @workgroup_size(64)
fn splat_painted_standing(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) worker: u32,
) {
    let index = point_of(group, groups, worker);
    if index >= u32(look.dot.w) { return; }
    let drawn = drawn_points[index];
    let state = states[drawn.x];
    splat(standing_at(drawn.x), state.x, painted_colour(state), drawn.y, index);
}

@compute @workgroup_size(64)
fn splat_painted_moving(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) worker: u32,
) {
    let index = point_of(group, groups, worker);
    if index >= u32(look.dot.w) { return; }
    let drawn = drawn_points[index];
    let state = states[drawn.x];
    splat(moving_at(drawn.x), state.x, painted_colour(state), drawn.y, index);
}

// One triangle that covers the picture.
@vertex
fn vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let screen = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u)) * 2.0 - 1.0;
    return vec4<f32>(screen, 0.0, 1.0);
}

@fragment
fn fragment(@builtin(position) pixel: vec4<f32>) -> @location(0) vec4<f32> {
    let word = painted_words[u32(pixel.y) * picture.x + u32(pixel.x)];
    if word == 0u { discard; }
    let roots = vec3<f32>((vec3<u32>(word) >> vec3<u32>(16u, 8u, 0u)) & vec3<u32>(0xffu)) / 255.0;
    return vec4<f32>(roots * roots, f32((word >> 24u) & 31u) / 31.0);
}
