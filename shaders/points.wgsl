// Points of live layers: symbols that face the screen, and dots. The vertices pull their slot from the layer's own buffers.
//
// Bindings and spaces: those of `layer.wgsl`, which stands in front of this text; also group 2, binding 1: glyph distances; binding 2: their
// sampler.
// Vertex: 3 per dot, 6 per symbol, one after the other. Not instances: software Vulkan begins anew for each of them.
// No branch depends on a uniform alone: software Vulkan compiles a shader anew for each value that such a branch sees.

@group(2) @binding(1) var glyphs: texture_2d<f32>;
@group(2) @binding(2) var glyph_sampler: sampler;

const EVENT: u32 = 17u;
const VEHICLE: u32 = 18u;
const PERSON: u32 = 19u;
const PLAIN: u32 = 20u;
const ASSET: u32 = 21u;
// Marks of shapes, and pictures of events behind them.
const SHAPES: u32 = 24u;
const PICTURES: u32 = 10u;

fn why_of(state: u32) -> u32 { return (state >> 13u) & 3u; }

// Dots where two cities share the picture (otherwise `dots.wgsl`): one triangle around a disc, half as much to set up as a square.

struct DotVarying {
    @builtin(position) clip: vec4<f32>,
    // Pixels from the dot's middle.
    @location(0) from_middle: vec2<f32>,
    @location(1) @interpolate(flat) colour: vec4<f32>,
}

fn dot_at(at: vec3<f32>, state: u32, colour: vec3<f32>, flags: u32, index: u32) -> DotVarying {
    var out: DotVarying;
    let clip = view.clip_from_enu * vec4<f32>(at - view.eye.xyz, 1.0);
    // The corners of a triangle of even sides whose inner circle has the radius 1.
    let turn = index % 3u;
    let corner = vec2<f32>((f32(turn) - 1.0) * 1.7320508, select(-1.0, 2.0, turn == 1u));
    out.from_middle = corner * (look.dot.x * look.frame.y + 0.5);
    let shifted = clip.xy + out.from_middle * 2.0 * view.viewport.zw * clip.w;
    let is_drawn = clip.w > 0.1 && is_shown(state);
    out.clip = select(NOWHERE, vec4<f32>(shifted, clip.z * 1.004, clip.w), is_drawn);
    out.colour = vec4<f32>(colour, look.frame.w * age_strength(state) * fade(flags));
    return out;
}

@vertex
fn standing_dot(@builtin(vertex_index) index: u32) -> DotVarying {
    let drawn = drawn_points[index / 3u];
    let state = states[drawn.x].x;
    return dot_at(standing_at(drawn.x), state, state_colour(state), drawn.y, index);
}

@vertex
fn standing_painted_dot(@builtin(vertex_index) index: u32) -> DotVarying {
    let drawn = drawn_points[index / 3u];
    let state = states[drawn.x];
    return dot_at(standing_at(drawn.x), state.x, painted_colour(state), drawn.y, index);
}

@vertex
fn moving_dot(@builtin(vertex_index) index: u32) -> DotVarying {
    let drawn = drawn_points[index / 3u];
    let state = states[drawn.x].x;
    return dot_at(moving_at(drawn.x), state, state_colour(state), drawn.y, index);
}

@vertex
fn moving_painted_dot(@builtin(vertex_index) index: u32) -> DotVarying {
    let drawn = drawn_points[index / 3u];
    let state = states[drawn.x];
    return dot_at(moving_at(drawn.x), state.x, painted_colour(state), drawn.y, index);
}

fn disc(in: DotVarying) -> f32 {
    return clamp(look.dot.x * look.frame.y + 0.5 - length(in.from_middle), 0.0, 1.0);
}

@fragment
fn dot_fragment(in: DotVarying) -> @location(0) vec4<f32> {
    return vec4<f32>(in.colour.rgb, in.colour.a * disc(in));
}

@fragment
fn behind_dot_fragment(in: DotVarying) -> @location(0) vec4<f32> {
    return vec4<f32>(in.colour.rgb, in.colour.a * disc(in) * BEHIND);
}

// Symbols.

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Pixels from the symbol's middle, y down.
    @location(0) from_middle: vec2<f32>,
    @location(1) @interpolate(flat) state: u32,
    // 1 selected, 2 hovered, 4 of a layer whose points move.
    @location(2) @interpolate(flat) flags: u32,
    // xy: where it is heading on the screen, a unit vector, y down; z: half size, pixels; w: strength.
    @location(3) @interpolate(flat) manner: vec4<f32>,
    @location(4) @interpolate(flat) colour: vec3<f32>,
}

// Half size in CSS pixels. What is normal stays small until it is near; what is not grows with its severity.
fn own_half(shape: u32, severity: u32, distance: f32) -> f32 {
    let near = 1.0 - smoothstep(140.0, 620.0, distance);
    if shape == EVENT { return 12.0 + f32(severity % 5u); }
    if shape == PLAIN { return mix(2.6, 4.5, near) + f32(severity % 5u); }
    if severity != 0u { return 8.0 + f32(severity % 5u) * 1.4 + 2.0 * near; }
    return mix(select(3.6, 4.5, shape >= CAMERA), 9.0, near);
}

// Towards where a heading points on the screen, y down.
fn heading_px(state: u32, clip: vec4<f32>) -> vec2<f32> {
    let angle = f32(state >> 24u) * TURN / 256.0;
    let ahead = view.clip_from_enu * vec4<f32>(sin(angle), cos(angle), 0.0, 0.0);
    let way = (ahead.xy * clip.w - clip.xy * ahead.w) * view.viewport.xy * vec2<f32>(1.0, -1.0);
    return way / max(length(way), 1e-6);
}

fn symbol_at(at: vec3<f32>, state: u32, colour: vec3<f32>, flags: u32, index: u32) -> Varying {
    var out: Varying;
    out.state = state;
    out.flags = flags;
    out.colour = colour;
    out.clip = NOWHERE;
    out.manner = vec4<f32>(0.0);
    out.from_middle = vec2<f32>(0.0);
    let from_eye = at - view.eye.xyz;
    let clip = view.clip_from_enu * vec4<f32>(from_eye, 1.0);
    if clip.w <= 0.1 || !is_shown(state) {
        return out;
    }
    let shape = shape_of(state);
    let severity = class_of(state);
    let px = look.frame.y;
    let half_css = look.size.x * own_half(shape, severity, length(from_eye)) + look.size.y * look.frame.z / (clip.w * px);
    let radius = clamp(half_css, look.size.z, look.size.w) * px;
    // Just the room that the shape needs: a pixel that stays empty costs as much as one that doesn't.
    var reach = radius * select(0.95, 1.05, shape >= CAMERA) + 2.0 * px;
    if shape != CAMERA && shape != EVENT && severity >= 2u && severity < 5u { reach = radius * 1.28 + 2.0 * px; }
    if shape == VEHICLE { reach = max(reach, radius * 1.4 + 2.0 * px); }
    if freshness_of(state) != 0u { reach = max(reach, radius * 1.15) + 4.0 * px; }
    if is_chosen(flags) { reach = reach + 5.0 * px; }
    // Two triangles: corners 0, 1, 2 and 2, 1, 3.
    let turn = (0x312210u >> (4u * (index % 6u))) & 3u;
    let corner = vec2<f32>(f32(turn & 1u), f32(turn >> 1u)) * 2.0 - 1.0;
    // An event's pin stands on its place.
    let is_pin = shape == EVENT;
    let from_middle = corner * vec2<f32>(reach, select(reach, reach * 1.55, is_pin));
    let pixels = from_middle + vec2<f32>(0.0, select(0.0, -radius * 1.5, is_pin));
    // A touch nearer, so that a symbol on a wall is not cut by it.
    out.clip = vec4<f32>(clip.xy + vec2<f32>(pixels.x, -pixels.y) * 2.0 * view.viewport.zw * clip.w, clip.z * 1.004, clip.w);
    out.from_middle = from_middle;
    var towards = vec2<f32>(0.0, -1.0);
    if shape == VEHICLE { towards = heading_px(state, clip); }
    // Normal is not news.
    let is_quiet = severity == 0u && shape < CAMERA && !is_chosen(flags);
    out.manner = vec4<f32>(towards, radius, look.frame.w * fade(flags) * select(1.0, 0.72, is_quiet));
    return out;
}

@vertex
fn standing_symbol(@builtin(vertex_index) index: u32) -> Varying {
    let drawn = drawn_points[index / 6u];
    let state = states[drawn.x].x;
    return symbol_at(standing_at(drawn.x), state, state_colour(state), drawn.y & 0xff03u, index);
}

@vertex
fn standing_painted_symbol(@builtin(vertex_index) index: u32) -> Varying {
    let drawn = drawn_points[index / 6u];
    let state = states[drawn.x];
    return symbol_at(standing_at(drawn.x), state.x, painted_colour(state), drawn.y & 0xff03u, index);
}

@vertex
fn moving_symbol(@builtin(vertex_index) index: u32) -> Varying {
    let drawn = drawn_points[index / 6u];
    let state = states[drawn.x].x;
    return symbol_at(moving_at(drawn.x), state, state_colour(state), (drawn.y & 0xff03u) | 4u, index);
}

@vertex
fn moving_painted_symbol(@builtin(vertex_index) index: u32) -> Varying {
    let drawn = drawn_points[index / 6u];
    let state = states[drawn.x];
    return symbol_at(moving_at(drawn.x), state.x, painted_colour(state), (drawn.y & 0xff03u) | 4u, index);
}

// Round when it happened, square when it did not: told apart without colour as well.
fn pin_distance(p: vec2<f32>, severity: u32, r: f32) -> f32 {
    let head = select(length(p) - r, box_distance(p, vec2<f32>(r * 0.92)), severity == 5u);
    let tip = vec2<f32>(0.0, 1.5 * r);
    let q = vec2<f32>(abs(p.x), p.y);
    let side = max(dot(q - tip, normalize(vec2<f32>(1.15, 0.75))), -q.y + 0.3 * r);
    return min(head, side);
}

// Head and shoulders.
fn person_distance(p: vec2<f32>, r: f32) -> f32 {
    let head = length(p - vec2<f32>(0.0, -0.52 * r)) - 0.40 * r;
    let shoulders = max(length(p - vec2<f32>(0.0, 0.82 * r)) - 0.80 * r, p.y - 0.86 * r);
    return min(head, shoulders);
}

// What stands out of a vehicle's body where it is heading; `p` is turned so that it heads up.
fn nose_distance(p: vec2<f32>, r: f32) -> f32 {
    let q = vec2<f32>(abs(p.x), p.y);
    let side = dot(q - vec2<f32>(0.0, -1.36 * r), normalize(vec2<f32>(1.0, -0.62)));
    return max(side, q.y + 0.2 * r);
}

fn turned(p: vec2<f32>, towards: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(-p.x * towards.y + p.y * towards.x, -dot(p, towards));
}

// The outline of a class; what is no worse than low has the shape's own.
fn body_distance(p: vec2<f32>, shape: u32, severity: u32, r: f32) -> f32 {
    if severity >= 2u { return class_distance(p, severity, r); }
    if shape == PERSON { return person_distance(p, r); }
    if shape == ASSET { return box_distance(p, vec2<f32>(r * 0.62, r * 0.18)) - r * 0.28; }
    return length(p) - r * select(0.92, 0.78, shape == VEHICLE);
}

fn outline_distance(in: Varying) -> f32 {
    let shape = shape_of(in.state);
    let severity = class_of(in.state);
    let p = in.from_middle;
    let r = in.manner.z;
    if shape == EVENT { return pin_distance(p, severity, r); }
    if shape == CAMERA { return box_distance(p, vec2<f32>(r * 0.9, r * 0.66)) - r * 0.12; }
    let body = body_distance(p, shape, severity, r);
    if shape == VEHICLE { return min(body, nose_distance(turned(p, in.manner.xy), r)); }
    return body;
}

// How much of the mark inside covers this point: one character, or a small picture, that says what it is.
fn mark_ink(in: Varying) -> f32 {
    let shape = shape_of(in.state);
    let p = in.from_middle;
    let r = in.manner.z;
    if shape == VEHICLE {
        let q = turned(p, in.manner.xy) + vec2<f32>(0.0, -0.12 * r);
        let arrow = max(nose_distance(q, r * 0.42), -nose_distance(q + vec2<f32>(0.0, -0.34 * r), r * 0.42));
        return clamp(0.5 - arrow, 0.0, 1.0);
    }
    if shape == PERSON {
        let figure = person_distance(p - vec2<f32>(0.0, 0.06 * r), r * 0.5);
        return select(0.0, clamp(0.5 - figure, 0.0, 1.0), class_of(in.state) >= 2u);
    }
    let picture = SHAPES + min(in.state >> 24u, PICTURES - 1u);
    let box = style.marks[select(min(shape, SHAPES - 1u), picture, shape == EVENT)];
    let at = p / (1.44 * r) + 0.5;
    if box.z <= 0.0 || any(at <= vec2<f32>(0.0)) || any(at >= vec2<f32>(1.0)) { return 0.0; }
    let glyph = textureSampleLevel(glyphs, glyph_sampler, box.xy + at * box.zw, 0.0).r;
    return smoothstep(0.44, 0.56, glyph);
}

fn stroke(d: f32, half: f32) -> f32 { return clamp(0.5 + half - abs(d), 0.0, 1.0); }

// A clock face: its ring and two hands.
fn clock_ink(p: vec2<f32>, r: f32) -> f32 {
    let ring = stroke(length(p) - r * 0.82, r * 0.12);
    let up = box_distance(p - vec2<f32>(0.0, -r * 0.28), vec2<f32>(r * 0.1, r * 0.3));
    let right = box_distance(p - vec2<f32>(r * 0.2, 0.0), vec2<f32>(r * 0.24, r * 0.1));
    return max(ring, clamp(0.5 - min(up, right), 0.0, 1.0));
}

// Why it aged: a bar for a source that is late, a broken ring for a device that is silent, a cross for a hub that is gone.
fn why_ink(p: vec2<f32>, why: u32, r: f32) -> f32 {
    if why == 1u { return clamp(0.5 - box_distance(p, vec2<f32>(r * 0.72, r * 0.24)), 0.0, 1.0); }
    if why == 2u { return stroke(length(p) - r * 0.6, r * 0.2) * select(1.0, 0.0, p.x > 0.0 && abs(p.y) < r * 0.42); }
    let q = abs(p);
    return stroke((q.x - q.y) * 0.7071, r * 0.2) * select(0.0, 1.0, max(q.x, q.y) < r * 0.66);
}

// The small signs of age at the foot: colour, and how much they cover.
fn age_signs(in: Varying) -> vec4<f32> {
    let px = look.frame.y;
    let r = in.manner.z;
    if freshness_of(in.state) == 0u || r < 4.5 * px { return vec4<f32>(0.0); }
    let size = max(3.0 * px, r * 0.32);
    let light = vec3<f32>(0.80, 0.83, 0.86);
    let ground = style.colours[6].rgb;
    var cover = 0.0;
    var ink = 0.0;
    let at_right = in.from_middle - vec2<f32>(r * 0.8, r * 0.8);
    let at_left = in.from_middle - vec2<f32>(-r * 0.8, r * 0.8);
    if freshness_of(in.state) == 1u && r >= 7.5 * px {
        cover = clamp(0.5 + size - length(at_right), 0.0, 1.0);
        ink = clock_ink(at_right, size);
    }
    let why = why_of(in.state);
    if why != 0u {
        cover = max(cover, clamp(0.5 + size - length(at_left), 0.0, 1.0));
        ink = max(ink, why_ink(at_left, why, size));
    }
    return vec4<f32>(mix(ground, light, ink), cover * 0.92);
}

// A broken ring around what moved and is no longer reported.
fn lost_ring(in: Varying, d: f32) -> f32 {
    let px = look.frame.y;
    let is_lost = freshness_of(in.state) == 2u && (in.flags & 4u) != 0u;
    if !is_lost || abs(d - 3.2 * px) > 2.0 * px { return 0.0; }
    let along = fract(atan2(in.from_middle.y, in.from_middle.x) * 10.0 / TURN);
    return stroke(d - 3.2 * px, 0.6 * px) * select(0.0, 1.0, along < 0.58);
}

fn chosen_ring(in: Varying, d: f32) -> f32 {
    let px = look.frame.y;
    let half = select(0.8, 1.4, (in.flags & 1u) != 0u) * px;
    return select(0.0, stroke(d - 4.0 * px, half), is_chosen(in.flags));
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let px = look.frame.y;
    let d = outline_distance(in);
    let freshness = freshness_of(in.state);
    if d > 2.0 * px && freshness == 0u && !is_chosen(in.flags) {
        return vec4<f32>(0.0);
    }
    let ground = style.colours[6].rgb;
    var rgb = mix(ground, in.colour, clamp(0.5 - d, 0.0, 1.0));
    // What is missing is hollow.
    if freshness == 2u { rgb = mix(rgb, ground, clamp(0.5 - (d + 2.0 * px), 0.0, 1.0)); }
    if in.manner.z >= 7.5 * px {
        rgb = mix(rgb, select(ground, in.colour, freshness == 2u), mark_ink(in));
    }
    var alpha = clamp(0.5 - (d - 1.5 * px), 0.0, 1.0) * age_strength(in.state);
    if freshness != 0u {
        let lost = lost_ring(in, d);
        rgb = mix(rgb, in.colour, lost);
        alpha = max(alpha, lost * 0.8);
        let signs = age_signs(in);
        rgb = mix(rgb, signs.rgb, signs.a);
        alpha = max(alpha, signs.a);
    }
    let ring = chosen_ring(in, d);
    rgb = mix(rgb, style.colours[5].rgb, ring);
    return vec4<f32>(rgb, max(alpha, ring) * in.manner.w);
}

// What the city hides: its outline alone, weak.
@fragment
fn behind_fragment(in: Varying) -> @location(0) vec4<f32> {
    let px = look.frame.y;
    let d = outline_distance(in);
    let line = stroke(d + 0.6 * px, 0.9 * px) * age_strength(in.state);
    let ring = chosen_ring(in, d);
    return vec4<f32>(mix(in.colour, style.colours[5].rgb, ring), max(line, ring) * in.manner.w * BEHIND);
}
