// Trails: where moving things have been, one ribbon of even width in pixels per thing, weaker with age.
//
// Bindings: group 0, binding 0: View (its first fields). Group 1, binding 0: Trail; binding 1: points (metres ENU from the
// city's origin, and time in seconds since the set's epoch; NaN breaks the ribbon), a ring of `counts.x` per thing;
// binding 2: where each ring's latest point lies (16 bits) and how many it has (16 bits).
// Instance: the thing's row; its colour (sRGB, red in the lowest byte) with its strength in the highest byte.
// Vertex: 2 per point, from the latest back, as a strip. Clip is reverse-Z, infinite far plane.
// The `hidden_` fragment paints what the city hides: fainter.
// `scatter` puts changed points where they belong: group 0, binding 1: slots, filled up with numbers beyond the last slot;
// binding 2: a point for each; binding 3: all points.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
}

struct Trail {
    // Now, and the age at which a trail ends, seconds; half the width, px; opacity.
    measures: vec4<f32>,
    // Points per thing.
    counts: vec4<u32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> trail: Trail;
@group(1) @binding(1) var<storage, read> points: array<vec4<f32>>;
@group(1) @binding(2) var<storage, read> heads: array<u32>;

const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);
// Nothing nearer than this is drawn, metres.
const NEAREST: f32 = 0.2;
// How strongly that is painted which the city hides.
const HIDDEN: f32 = 0.28;

struct Thing {
    @location(0) row: u32,
    @location(1) colour: u32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) colour: vec4<f32>,
    // Pixels from the ribbon's middle; half its width, px; 1 new, 0 at its end; above 0 where it is broken.
    @location(1) across: vec4<f32>,
}

// A point in the picture.
struct Seen {
    // Pixels from the picture's middle, y up.
    px: vec2<f32>,
    depth: f32,
    // 1 new, 0 at the trail's end; below 0 when it is not drawn.
    fresh: f32,
}

fn linear_of(bytes: u32) -> vec3<f32> {
    let value = unpack4x8unorm(bytes).rgb;
    return select(pow((value + 0.055) / 1.055, vec3<f32>(2.4)), value / 12.92, value <= vec3<f32>(0.04045));
}

// The point that is `back` reports before the latest.
fn seen(thing: u32, back: u32) -> Seen {
    var out = Seen(vec2<f32>(0.0), 0.0, -1.0);
    let each = trail.counts.x;
    let head = heads[thing];
    if back >= min(head >> 16u, each) {
        return out;
    }
    let point = points[thing * each + ((head & 0xffffu) + each - back) % each];
    // By its bits: a comparison of NaNs need not survive a compiler.
    let is_break = (bitcast<u32>(point.w) & 0x7fffffffu) > 0x7f800000u;
    var age = trail.measures.x - point.w;
    var at = point.xyz;
    // What is still to come is drawn as far as the thing is by now.
    if !is_break && age < 0.0 && back + 1u < min(head >> 16u, each) {
        let before = points[thing * each + ((head & 0xffffu) + each - back - 1u) % each];
        let is_apart = (bitcast<u32>(before.w) & 0x7fffffffu) > 0x7f800000u;
        if !is_apart && before.w <= trail.measures.x {
            at = mix(before.xyz, at, (trail.measures.x - before.w) / max(point.w - before.w, 1.0e-3));
            age = 0.0;
        }
    }
    let clip = view.clip_from_enu * vec4<f32>(at - view.eye.xyz, 1.0);
    if is_break || age < 0.0 || age >= trail.measures.y || clip.w < NEAREST {
        return out;
    }
    out.px = clip.xy / clip.w * view.viewport.xy * 0.5;
    out.depth = clip.z / clip.w * 1.001;
    out.fresh = 1.0 - age / trail.measures.y;
    return out;
}

@vertex
fn vertex(in: Thing, @builtin(vertex_index) index: u32) -> Varying {
    let back = index >> 1u;
    let here = seen(in.row, back);
    // Before the first point there is none: the number wraps and is too large.
    let newer = seen(in.row, back - 1u);
    let older = seen(in.row, back + 1u);
    var out: Varying;
    out.colour = vec4<f32>(linear_of(in.colour), f32(in.colour >> 24u) / 255.0);
    out.across = vec4<f32>(0.0, 0.0, 0.0, 1.0);
    out.clip = NOWHERE;
    if here.fresh < 0.0 {
        // Both corners at a neighbour's middle: triangles without area, and what joins two parts is left out by its fragments.
        if newer.fresh >= 0.0 {
            out.clip = vec4<f32>(newer.px * view.viewport.zw * 2.0, newer.depth, 1.0);
        } else if older.fresh >= 0.0 {
            out.clip = vec4<f32>(older.px * view.viewport.zw * 2.0, older.depth, 1.0);
        }
        return out;
    }
    let start = select(here.px, older.px, older.fresh >= 0.0);
    let end = select(here.px, newer.px, newer.fresh >= 0.0);
    let span = end - start;
    let long = length(span);
    let along = select(vec2<f32>(1.0, 0.0), span / max(long, 1.0e-4), long > 1.0e-3);
    // Thinner where it is old.
    let half_width = trail.measures.z * (0.45 + 0.55 * here.fresh);
    // A pixel more, for the soft edge.
    let side = (f32(index & 1u) * 2.0 - 1.0) * (half_width + 1.0);
    let corner = here.px + vec2<f32>(-along.y, along.x) * side;
    out.clip = vec4<f32>(corner * view.viewport.zw * 2.0, here.depth, 1.0);
    out.across = vec4<f32>(side, half_width, here.fresh, 0.0);
    return out;
}

fn painted(in: Varying, share: f32) -> vec4<f32> {
    let covered = clamp(0.5 - (abs(in.across.x) - in.across.y), 0.0, 1.0);
    let whole = select(1.0, 0.0, in.across.w > 1.0e-4);
    return vec4<f32>(in.colour.rgb, in.colour.a * covered * whole * in.across.z * trail.measures.w * share);
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    return painted(in, 1.0);
}

@fragment
fn hidden_fragment(in: Varying) -> @location(0) vec4<f32> {
    return painted(in, HIDDEN);
}

// As bits, so that a NaN stays one.
@group(0) @binding(1) var<storage, read> changed_slots: array<u32>;
@group(0) @binding(2) var<storage, read> changed_points: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> all_points: array<vec4<u32>>;

@compute @workgroup_size(64)
fn scatter(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&changed_slots) {
        let slot = changed_slots[id.x];
        if slot < arrayLength(&all_points) && id.x < arrayLength(&changed_points) {
            all_points[slot] = changed_points[id.x];
        }
    }
}
