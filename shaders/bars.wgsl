// Values that stand in the city: columns (boxes as high as their value) and rings (gauges that face the viewer).
//
// Bindings: group 0, binding 0: View (its first fields). Group 1, binding 0: Bars; binding 1: ramps, one per row of texels;
// binding 2: their sampler.
// Instance: foot (metres ENU from the city's origin) and height (rings: width of the band), metres; radius, metres; state packed
// as that of a point, with shape 254 for the mark of a limit; share of the whole, NaN for none; value, NaN for none.
// Vertices come from the index: 30 for a column (its bottom is never seen), 4 for a ring. Clip is reverse-Z, infinite far plane. Colours are linear.
// `state_` fragments paint by state, `value_` fragments by value; `hidden_` ones what the city hides: fainter.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    forward: vec4<f32>,
    right: vec4<f32>,
    // Half the picture's height at one metre, as a vector.
    up: vec4<f32>,
}

struct Bars {
    // Opacity; least height, px; least half width of a column and radius of a ring, px; most radius of a ring, px.
    manner: vec4<f32>,
    // Value at the ramp's beginning; 1 / span of values; place of the ramp in the texture; how much farther out a mark is.
    range: vec4<f32>,
    // By class: 0 normal, 1 low, 2 medium, 3 high, 4 critical, 5 not real; 6 the ring's ground.
    colours: array<vec4<f32>, 7>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> bars: Bars;
@group(1) @binding(1) var ramps: texture_2d<f32>;
@group(1) @binding(2) var ramp_sampler: sampler;

const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);
const NEAREST: f32 = 0.2;
const HIDDEN: f32 = 0.28;
// The corners of the two triangles of a face, two bits each: 0 1 2, 2 1 3.
const CORNERS: u32 = 0xda4u;
const TURN: f32 = 6.2831853;
// The shape of a limit's mark.
const MARK: u32 = 254u;

struct Bar {
    @location(0) place: vec4<f32>,
    @location(1) radius: f32,
    @location(2) state: u32,
    @location(3) share: f32,
    @location(4) value: f32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Column: light in x. Ring: pixels from its middle, y down, and the inner radius of its band.
    @location(0) at: vec3<f32>,
    @location(1) @interpolate(flat) state: u32,
    // Value; 1 where there is one; share, below 0 where there is none; radius in px.
    @location(2) @interpolate(flat) measures: vec4<f32>,
}

fn is_number(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) < 0x7f800000u;
}

fn started(in: Bar) -> Varying {
    var out: Varying;
    out.clip = NOWHERE;
    out.at = vec3<f32>(0.0);
    out.state = in.state;
    let has_value = is_number(in.value);
    out.measures = vec4<f32>(
        select(0.0, in.value, has_value),
        select(0.0, 1.0, has_value),
        select(-1.0, clamp(in.share, 0.0, 1.0), is_number(in.share)),
        0.0,
    );
    return out;
}

// Metres per pixel at a place, seen from the eye.
fn per_px(clip: vec4<f32>) -> f32 {
    return max(clip.w, NEAREST) * 2.0 * length(view.up.xyz) * view.viewport.w;
}

fn is_mark(state: u32) -> bool {
    return (state & 0xffu) == MARK;
}

fn is_shown(state: u32) -> bool {
    return (state & (1u << 15u)) != 0u;
}

@vertex
fn column_vertex(in: Bar, @builtin(vertex_index) index: u32) -> Varying {
    var out = started(in);
    if !is_shown(in.state) {
        return out;
    }
    let foot = in.place.xyz - view.eye.xyz;
    let metres = per_px(view.clip_from_enu * vec4<f32>(foot, 1.0));
    let half_width = max(in.radius, bars.manner.z * metres);
    let height = max(select(0.0, in.place.w, is_number(in.place.w)), bars.manner.y * metres);
    let face = index / 6u;
    let corner = (CORNERS >> (2u * (index % 6u))) & 3u;
    let u = f32(corner & 1u);
    let v = f32(corner >> 1u);
    // Counter-clockwise from outside. Of the box: east and north −1 to 1, up 0 to 1.
    var box = vec3<f32>(u * 2.0 - 1.0, v * 2.0 - 1.0, 1.0);
    var light = 1.0;
    switch face {
        case 1u: { box = vec3<f32>(1.0, u * 2.0 - 1.0, v); light = 0.66; }
        case 2u: { box = vec3<f32>(-1.0, 1.0 - u * 2.0, v); light = 0.80; }
        case 3u: { box = vec3<f32>(1.0 - u * 2.0, 1.0, v); light = 0.74; }
        case 4u: { box = vec3<f32>(u * 2.0 - 1.0, -1.0, v); light = 0.56; }
        default: {}
    }
    let place = foot + vec3<f32>(box.xy * half_width, box.z * height);
    out.clip = view.clip_from_enu * vec4<f32>(place, 1.0);
    // The foot is a little darker: it is seen to stand somewhere.
    out.at.x = light * mix(0.78, 1.0, box.z);
    // A mark is a band around its column: a top would cover what rises from it.
    out.clip = select(out.clip, NOWHERE, is_mark(in.state) && face == 0u);
    return out;
}

fn state_colour(state: u32) -> vec3<f32> {
    return bars.colours[min((state >> 8u) & 7u, 5u)].rgb;
}

fn value_colour(in: Varying) -> vec3<f32> {
    let share = clamp((in.measures.x - bars.range.x) * bars.range.y, 0.0, 1.0);
    let colour = textureSampleLevel(ramps, ramp_sampler, vec2<f32>(share, bars.range.z), 0.0).rgb;
    let painted = mix(bars.colours[0].rgb, colour, in.measures.y);
    // An alarm is never painted away, and the mark of a limit has the limit's class.
    let is_own = ((in.state >> 8u) & 7u) >= 3u || is_mark(in.state);
    return select(painted, state_colour(in.state), is_own);
}

// What is old is weaker, as it is with symbols: late, missing.
fn strength_of(state: u32) -> f32 {
    let freshness = (state >> 11u) & 3u;
    var strength = 1.0;
    if freshness == 1u { strength = 0.55; }
    if freshness == 2u { strength = 0.45; }
    return strength;
}

fn column(in: Varying, colour: vec3<f32>, share: f32) -> vec4<f32> {
    return vec4<f32>(colour * in.at.x, strength_of(in.state) * bars.manner.x * share);
}

@fragment
fn state_column_fragment(in: Varying) -> @location(0) vec4<f32> {
    return column(in, state_colour(in.state), 1.0);
}

@fragment
fn value_column_fragment(in: Varying) -> @location(0) vec4<f32> {
    return column(in, value_colour(in), 1.0);
}

@fragment
fn hidden_state_column_fragment(in: Varying) -> @location(0) vec4<f32> {
    return column(in, state_colour(in.state), HIDDEN);
}

@fragment
fn hidden_value_column_fragment(in: Varying) -> @location(0) vec4<f32> {
    return column(in, value_colour(in), HIDDEN);
}

@vertex
fn ring_vertex(in: Bar, @builtin(vertex_index) index: u32) -> Varying {
    var out = started(in);
    var clip = view.clip_from_enu * vec4<f32>(in.place.xyz - view.eye.xyz, 1.0);
    if !is_shown(in.state) || clip.w < NEAREST {
        return out;
    }
    // A mark keeps its distance from its ring, also where the ring is as small or large as it gets.
    let farther = select(1.0, bars.range.w, is_mark(in.state));
    let radius = clamp(in.radius / farther / per_px(clip), bars.manner.z, bars.manner.w) * farther;
    let corner = vec2<f32>(f32(index & 1u), f32((index >> 1u) & 1u)) * 2.0 - 1.0;
    let band = max(clamp(in.place.w / max(in.radius, 1.0e-3), 0.0, 1.0) * radius, 1.5);
    out.at = vec3<f32>(corner * (radius + 1.0), max(radius - band, 0.0));
    out.measures.w = radius;
    clip = vec4<f32>(clip.xy + vec2<f32>(out.at.x, -out.at.y) * 2.0 * view.viewport.zw * clip.w, clip.z * 1.004, clip.w);
    out.clip = clip;
    return out;
}

fn ring(in: Varying, colour: vec3<f32>, share: f32) -> vec4<f32> {
    let radius = in.measures.w;
    let away = length(in.at.xy);
    let inner = in.at.z;
    let disc = clamp(0.5 - (away - radius), 0.0, 1.0);
    let band = disc * clamp(0.5 - (inner - away), 0.0, 1.0);
    // From the top, clockwise, 0 to 1.
    let turn = fract(atan2(in.at.x, -in.at.y) / TURN + 1.0);
    // A pixel of the band, as a share of a turn.
    let soft = 1.0 / (TURN * max(away, 1.0));
    let has_share = in.measures.z >= 0.0;
    let filled = clamp((in.measures.z - turn) / soft + 0.5, 0.0, 1.0) * select(0.0, 1.0, in.measures.z > 0.0);
    let full = select(filled, 1.0, in.measures.z >= 1.0);
    // Without a share the band is broken, as everything is that does not report.
    let dashes = select(0.0, 1.0, fract(turn * 8.0) < 0.5);
    let ink = band * select(dashes * 0.6, mix(0.22, 1.0, full), has_share);
    // A mark is a short arc that ends at its share, and has no ground: it would cover its ring.
    let arc = full * clamp((turn - in.measures.z + 0.045) / soft + 0.5, 0.0, 1.0);
    let ground = select(0.78, 0.0, is_mark(in.state));
    let rgb = mix(bars.colours[6].rgb, colour, select(ink, 1.0, is_mark(in.state)));
    let shown = select(ink, band * arc, is_mark(in.state));
    return vec4<f32>(rgb, disc * mix(ground, 1.0, shown) * strength_of(in.state) * bars.manner.x * share);
}

@fragment
fn state_ring_fragment(in: Varying) -> @location(0) vec4<f32> {
    return ring(in, state_colour(in.state), 1.0);
}

@fragment
fn value_ring_fragment(in: Varying) -> @location(0) vec4<f32> {
    return ring(in, value_colour(in), 1.0);
}

@fragment
fn hidden_state_ring_fragment(in: Varying) -> @location(0) vec4<f32> {
    return ring(in, state_colour(in.state), HIDDEN);
}

@fragment
fn hidden_value_ring_fragment(in: Varying) -> @location(0) vec4<f32> {
    return ring(in, value_colour(in), HIDDEN);
}
