// Flows in pipes and on roads: bands along lines with chevrons that move as fast as what flows.
//
// Bindings: group 0, binding 0: View (its first fields). Group 1, binding 0: Flow; binding 1: ramps, one per row of texels;
// binding 2: their sampler.
// Instance: a straight stretch: its ends (metres ENU from the city's origin); metres along the line at its beginning, its
// length, speed (m/s, below 0 against the line's direction), width in metres; state packed as that of a point; value.
// Clip is reverse-Z, infinite far plane. Colours are linear. `state_` fragments paint by state, `value_` fragments by value;
// `hidden_` ones what the city hides: fainter.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    forward: vec4<f32>,
    right: vec4<f32>,
    // Half the picture's height at one metre, as a vector.
    up: vec4<f32>,
}

struct Flow {
    // Time of the flow, seconds; distance of chevrons, metres; least width, px; opacity.
    manner: vec4<f32>,
    // Value at the ramp's beginning; 1 / span of values; place of the ramp in the texture; device pixels per CSS pixel.
    range: vec4<f32>,
    // By class: 0 normal, 1 low, 2 medium, 3 high, 4 critical, 5 not real.
    colours: array<vec4<f32>, 6>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> flow: Flow;
@group(1) @binding(1) var ramps: texture_2d<f32>;
@group(1) @binding(2) var ramp_sampler: sampler;

const NEAREST: f32 = 0.2;
const HIDDEN: f32 = 0.28;
const LIFT: f32 = 1.0004;
// Chevrons are no closer than this, CSS px, and take this share of their distance.
const LEAST_GAP: f32 = 26.0;
const CHEVRON: f32 = 0.3;

struct Stretch {
    @location(0) start: vec3<f32>,
    @location(1) end: vec3<f32>,
    @location(2) measures: vec4<f32>,
    @location(3) state: u32,
    @location(4) value: f32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Metres along the stretch and across it; half its width, metres; metres per pixel.
    @location(0) at: vec4<f32>,
    // Metres along the line at the beginning, length, speed, value.
    @location(1) @interpolate(flat) measures: vec4<f32>,
    @location(2) @interpolate(flat) state: u32,
    // 1 with a value, 0 without one.
    @location(3) @interpolate(flat) has_value: f32,
}

@vertex
fn vertex(in: Stretch, @builtin(vertex_index) index: u32) -> Varying {
    let level = in.end.xy - in.start.xy;
    let long = length(level);
    let along = select(vec2<f32>(0.0, 1.0), level / max(long, 1.0e-4), long > 1.0e-3);
    let is_end = (index & 1u) == 1u;
    let side = f32((index >> 1u) & 1u) * 2.0 - 1.0;
    let place = select(in.start, in.end, is_end) - view.eye.xyz;
    let depth = max((view.clip_from_enu * vec4<f32>(place, 1.0)).w, NEAREST);
    let per_px = depth * 2.0 * length(view.up.xyz) * view.viewport.w;
    let half_width = max(in.measures.w, flow.manner.z * per_px) * 0.5;
    // A pixel more, for the soft edge; the ends are round.
    let reach = half_width + per_px;
    let beyond = select(-reach, reach, is_end);
    let level_place = place.xy + along * beyond + vec2<f32>(-along.y, along.x) * side * reach;
    var out: Varying;
    out.clip = view.clip_from_enu * vec4<f32>(level_place, place.z, 1.0);
    out.clip.z = out.clip.z * LIFT;
    out.at = vec4<f32>(select(0.0, in.measures.y, is_end) + beyond, side * reach, half_width, per_px);
    let is_number = (bitcast<u32>(in.value) & 0x7fffffffu) <= 0x7f800000u;
    out.has_value = select(0.0, 1.0, is_number);
    out.measures = vec4<f32>(in.measures.xyz, select(0.0, in.value, is_number));
    out.state = in.state;
    // What is not shown is nowhere.
    out.clip = select(vec4<f32>(2.0, 2.0, 2.0, 1.0), out.clip, (in.state & (1u << 15u)) != 0u);
    return out;
}

fn state_colour(in: Varying) -> vec3<f32> {
    return flow.colours[min((in.state >> 8u) & 7u, 5u)].rgb;
}

fn value_colour(in: Varying) -> vec3<f32> {
    let share = clamp((in.measures.w - flow.range.x) * flow.range.y, 0.0, 1.0);
    let colour = textureSampleLevel(ramps, ramp_sampler, vec2<f32>(share, flow.range.z), 0.0).rgb;
    let painted = mix(flow.colours[0].rgb, colour, in.has_value);
    // An alarm is never painted away.
    return select(painted, state_colour(in), ((in.state >> 8u) & 7u) >= 3u);
}

// How far the pixel lies on a chevron, 0 to 1.
fn chevron(in: Varying) -> f32 {
    let per_px = in.at.w;
    let speed = in.measures.z;
    // From afar every second chevron is left out, and again, so that they stay apart.
    let crowd = max(LEAST_GAP * flow.range.w * per_px / flow.manner.y, 1.0);
    let gap = flow.manner.y * exp2(ceil(log2(crowd)));
    // The middle is ahead of the edges.
    let ahead = (in.measures.x + in.at.x) * sign(speed) + abs(in.at.y) * 0.9;
    let phase = fract(ahead / gap - fract(flow.manner.x * abs(speed) / gap));
    let soft = per_px / gap;
    let ink = clamp((CHEVRON - phase) / soft + 0.5, 0.0, 1.0) * clamp(phase / soft + 0.5, 0.0, 1.0);
    let wide = 2.0 * in.at.z / per_px;
    return ink * smoothstep(2.5, 5.0, wide / flow.range.w) * select(0.0, 1.0, abs(speed) > 0.0);
}

fn painted(in: Varying, colour: vec3<f32>, share: f32) -> vec4<f32> {
    let beyond = in.at.x - clamp(in.at.x, 0.0, in.measures.y);
    let away = length(vec2<f32>(beyond, in.at.y)) - in.at.z;
    let covered = clamp(0.5 - away / in.at.w, 0.0, 1.0);
    // What is old is weaker, as it is with symbols: late, missing.
    let freshness = (in.state >> 11u) & 3u;
    var strength = 1.0;
    if freshness == 1u { strength = 0.55; }
    if freshness == 2u { strength = 0.45; }
    let ink = chevron(in);
    let rgb = mix(colour * 0.7, mix(colour, vec3<f32>(1.0), 0.35), ink);
    return vec4<f32>(rgb, covered * strength * mix(0.72, 1.0, ink) * flow.manner.w * share);
}

@fragment
fn state_fragment(in: Varying) -> @location(0) vec4<f32> {
    return painted(in, state_colour(in), 1.0);
}

@fragment
fn value_fragment(in: Varying) -> @location(0) vec4<f32> {
    return painted(in, value_colour(in), 1.0);
}

@fragment
fn hidden_state_fragment(in: Varying) -> @location(0) vec4<f32> {
    return painted(in, state_colour(in), HIDDEN);
}

@fragment
fn hidden_value_fragment(in: Varying) -> @location(0) vec4<f32> {
    return painted(in, value_colour(in), HIDDEN);
}
