// Areas on the ground: grids and communities coloured by a value, fences. Fills, and borders of even width in pixels.
//
// Bindings: group 0, binding 0: View (its first fields). Group 1, binding 0: Areas; binding 1: paints, one per area: colour of the
// fill and of the border (sRGB, red in the lowest byte, strength in the highest), flags (1 hatched, 2 broken border, 4 hidden).
// Vertex of a fill: metres ENU from the city's origin; row of its area. Instance of a border: beginning of a stretch, row of
// its area; end of the stretch, metres along the ring at its beginning.
// Clip is reverse-Z, infinite far plane. The `hidden_` fragment paints borders that the city hides: fainter.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
}

struct Areas {
    // Opacity; width of borders, px; distance of the hatch's lines, px; least length of a dash with its gap, px.
    manner: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> areas: Areas;
@group(1) @binding(1) var<storage, read> paints: array<vec4<u32>>;

const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);
const NEAREST: f32 = 0.2;
const HIDDEN: f32 = 0.28;
const LIFT: f32 = 1.0002;
const HATCHED: u32 = 1u;
const BROKEN: u32 = 2u;
const UNSEEN: u32 = 4u;
// How much of a hatched fill is between its lines.
const BETWEEN: f32 = 0.25;

fn clip_of(place: vec3<f32>) -> vec4<f32> {
    var clip = view.clip_from_enu * vec4<f32>(place - view.eye.xyz, 1.0);
    clip.z = clip.z * LIFT;
    return clip;
}

fn linear_of(bytes: u32) -> vec4<f32> {
    let value = unpack4x8unorm(bytes);
    let rgb = value.rgb;
    let light = select(pow((rgb + 0.055) / 1.055, vec3<f32>(2.4)), rgb / 12.92, rgb <= vec3<f32>(0.04045));
    return vec4<f32>(light, value.a);
}

struct Corner {
    @location(0) place: vec3<f32>,
    @location(1) area: u32,
}

struct FillVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) colour: vec4<f32>,
    @location(1) @interpolate(flat) flags: u32,
}

@vertex
fn fill_vertex(in: Corner) -> FillVarying {
    let paint = paints[in.area];
    var out: FillVarying;
    out.clip = select(clip_of(in.place), NOWHERE, (paint.z & UNSEEN) != 0u);
    out.colour = linear_of(paint.x);
    out.flags = paint.z;
    return out;
}

@fragment
fn fill_fragment(in: FillVarying) -> @location(0) vec4<f32> {
    // Lines from the lower left to the upper right, of even width in the picture.
    let place = fract((in.clip.x + in.clip.y) / areas.manner.z);
    let edge = 1.0 / areas.manner.z;
    let line = clamp((0.22 - abs(place - 0.5)) / edge + 0.5, 0.0, 1.0);
    let ink = select(1.0, mix(BETWEEN, 1.0, line), (in.flags & HATCHED) != 0u);
    return vec4<f32>(in.colour.rgb, in.colour.a * ink * areas.manner.x);
}

struct Stretch {
    @location(0) start: vec3<f32>,
    @location(1) area: u32,
    @location(2) end: vec3<f32>,
    @location(3) along: f32,
}

struct LineVarying {
    @builtin(position) clip: vec4<f32>,
    // Pixels along the stretch from its beginning, and across it from its middle.
    @location(0) at: vec2<f32>,
    @location(1) @interpolate(flat) colour: vec4<f32>,
    // Length and half the width, px; metres along the ring at its beginning, metres per pixel.
    @location(2) @interpolate(flat) measures: vec4<f32>,
    @location(3) @interpolate(flat) flags: u32,
}

@vertex
fn border_vertex(in: Stretch, @builtin(vertex_index) index: u32) -> LineVarying {
    let paint = paints[in.area];
    var out: LineVarying;
    out.clip = NOWHERE;
    out.at = vec2<f32>(0.0);
    out.colour = linear_of(paint.y);
    out.measures = vec4<f32>(0.0);
    out.flags = paint.z;
    var start = clip_of(in.start);
    var end = clip_of(in.end);
    if (paint.z & UNSEEN) != 0u || (start.w < NEAREST && end.w < NEAREST) {
        return out;
    }
    // Cut off what is beside or behind the eye, before dividing by the depth.
    if start.w < NEAREST {
        start = mix(start, end, (NEAREST - start.w) / (end.w - start.w));
    } else if end.w < NEAREST {
        end = mix(end, start, (NEAREST - end.w) / (start.w - end.w));
    }
    let half_picture = view.viewport.xy * 0.5;
    let start_px = start.xy / start.w * half_picture;
    let end_px = end.xy / end.w * half_picture;
    let span = end_px - start_px;
    let long = length(span);
    let along = select(vec2<f32>(1.0, 0.0), span / max(long, 1.0e-4), long > 1.0e-3);
    let half_width = areas.manner.y * 0.5;
    // A pixel more, for the soft edge.
    let reach = half_width + 1.0;
    let is_end = (index & 1u) == 1u;
    let side = f32((index >> 1u) & 1u) * 2.0 - 1.0;
    let corner = select(start_px - along * reach, end_px + along * reach, is_end)
        + vec2<f32>(-along.y, along.x) * side * reach;
    let depth = select(start.z / start.w, end.z / end.w, is_end);
    out.clip = vec4<f32>(corner / half_picture, depth, 1.0);
    out.at = vec2<f32>(select(-reach, long + reach, is_end), side * reach);
    // Where it is cut off the dashes are a little off, which nobody can see beside the eye.
    out.measures = vec4<f32>(long, half_width, in.along, length(in.end - in.start) / max(long, 1.0e-3));
    // The border of an area of a few pixels would be all that is seen of it.
    out.colour.a = out.colour.a * smoothstep(2.0, 9.0, long + 7.0 * select(0.0, 1.0, (paint.z & BROKEN) != 0u));
    return out;
}

fn bordered(in: LineVarying, share: f32) -> vec4<f32> {
    let beyond = in.at.x - clamp(in.at.x, 0.0, in.measures.x);
    let covered = clamp(0.5 - (length(vec2<f32>(beyond, in.at.y)) - in.measures.y), 0.0, 1.0);
    // Dashes run on from stretch to stretch, and are twice as long from twice as far.
    let per_px = max(in.measures.w, 1.0e-6);
    let period = exp2(ceil(log2(areas.manner.w * per_px)));
    let place = fract((in.measures.z + in.at.x * per_px) / period) * period;
    let dash = clamp((period * 0.6 - place) / per_px + 0.5, 0.0, 1.0);
    let ink = select(1.0, dash, (in.flags & BROKEN) != 0u);
    return vec4<f32>(in.colour.rgb, in.colour.a * covered * ink * areas.manner.x * share);
}

@fragment
fn border_fragment(in: LineVarying) -> @location(0) vec4<f32> {
    return bordered(in, 1.0);
}

@fragment
fn hidden_border_fragment(in: LineVarying) -> @location(0) vec4<f32> {
    return bordered(in, HIDDEN);
}
