// Dots of live layers, all at once: a compute pass splats them into words, one per pixel; one draw puts the words into the picture.
//
// In software a dot of its own costs a triangle's setup, a depth test and a blend for each of its pixels; here it costs a depth test and
// a few whole numbers. Of what meets in a pixel the most urgent is seen, of that the strongest.
//
// Bindings and spaces: those of `layer.wgsl`, which stands in front of this text; also group 0, binding 1: the city's depth, reversed;
// binding 2: a word per pixel, row by row from the top; binding 3: x, y: width and height of the picture, pixels.
// The entry points that splat see all three groups, those that paint only bindings 2 and 3 of group 0.
// A word: urgency 3 bits (0 not real, or no more than a trace of a dot; 1 normal … 5 critical, 6 chosen), strength 5, square roots of
// linear red, green and blue 8 each. 0 is a pixel without a dot.
// No branch depends on a uniform alone: software Vulkan compiles a shader anew for each value that such a branch sees.

@group(0) @binding(1) var city_depth: texture_depth_2d;
@group(0) @binding(2) var<storage, read_write> words: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read> painted_words: array<u32>;
@group(0) @binding(3) var<uniform> picture: vec4<u32>;

const WORKERS: u32 = 64u;

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
