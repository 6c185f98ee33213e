// Lines and areas over the city. Lines: an instanced quad per straight stretch, of even width in pixels, with round ends.
//
// Bindings: group 0, binding 0: View (its first fields). Instance of a line: beginning (metres ENU from the city's origin) and
// width in px; end, and length of a dash with its gap in px (0: unbroken); linear colour. Vertex of an area: metres ENU from
// the city's origin; linear colour with opacity. Clip is reverse-Z, infinite far plane.
// The `hidden_` fragments paint what the city hides: fainter, lines broken.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;

const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);
// Nothing nearer than this is drawn, metres.
const NEAREST: f32 = 0.2;
// How strongly that is painted which the city hides.
const HIDDEN: f32 = 0.4;
// Length of a dash with its gap of what is hidden, px.
const HIDDEN_DASH: f32 = 10.0;

struct Stretch {
    @location(0) from_place: vec4<f32>,
    @location(1) to_place: vec4<f32>,
    @location(2) colour: vec4<f32>,
}

struct LineVarying {
    @builtin(position) clip: vec4<f32>,
    // Pixels along the stretch from its beginning, and across it from its middle.
    @location(0) at: vec2<f32>,
    @location(1) @interpolate(flat) colour: vec4<f32>,
    // Length in px, half width in px, length of a dash in px.
    @location(2) @interpolate(flat) measures: vec3<f32>,
}

fn clip_of(place: vec3<f32>) -> vec4<f32> {
    return view.clip_from_enu * vec4<f32>(place - view.eye.xyz, 1.0);
}

@vertex
fn line_vertex(in: Stretch, @builtin(vertex_index) index: u32) -> LineVarying {
    var out: LineVarying;
    out.clip = NOWHERE;
    out.at = vec2<f32>(0.0);
    out.colour = in.colour;
    out.measures = vec3<f32>(0.0);
    var start = clip_of(in.from_place.xyz);
    var end = clip_of(in.to_place.xyz);
    if start.w < NEAREST && end.w < NEAREST {
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
    let length_px = length(span);
    let along = select(vec2<f32>(1.0, 0.0), span / max(length_px, 1e-4), length_px > 1e-3);
    let across = vec2<f32>(-along.y, along.x);
    let half_width = in.from_place.w * 0.5;
    // A pixel more, for the soft edge.
    let reach = half_width + 1.0;
    let is_end = (index & 1u) == 1u;
    let side = f32((index >> 1u) & 1u) * 2.0 - 1.0;
    let corner_px = select(start_px - along * reach, end_px + along * reach, is_end) + across * side * reach;
    // A touch nearer, so that a line on a roof is not cut by it. Divided here, so that pixels are interpolated evenly.
    let depth = select(start.z / start.w, end.z / end.w, is_end) * 1.004;
    out.clip = vec4<f32>(corner_px / half_picture, depth, 1.0);
    out.at = vec2<f32>(select(-reach, length_px + reach, is_end), side * reach);
    out.measures = vec3<f32>(length_px, half_width, in.to_place.w);
    return out;
}

// How much of a pixel the stretch covers.
fn covered(in: LineVarying) -> f32 {
    let beyond = in.at.x - clamp(in.at.x, 0.0, in.measures.x);
    return clamp(0.5 - (length(vec2<f32>(beyond, in.at.y)) - in.measures.y), 0.0, 1.0);
}

// 1 on a dash, 0 in a gap; dashes are a little longer than gaps.
fn dashed(along: f32, period: f32) -> f32 {
    let place = fract(along / max(period, 1.0)) * period;
    return clamp(period * 0.6 - place + 0.5, 0.0, 1.0);
}

@fragment
fn line_fragment(in: LineVarying) -> @location(0) vec4<f32> {
    let period = in.measures.z;
    let ink = select(dashed(in.at.x, period), 1.0, period < 1.0);
    return vec4<f32>(in.colour.rgb, in.colour.a * covered(in) * ink);
}

@fragment
fn hidden_line_fragment(in: LineVarying) -> @location(0) vec4<f32> {
    return vec4<f32>(in.colour.rgb, in.colour.a * covered(in) * dashed(in.at.x, HIDDEN_DASH) * HIDDEN);
}

struct Corner {
    @location(0) place: vec4<f32>,
    @location(1) colour: vec4<f32>,
}

struct AreaVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) colour: vec4<f32>,
}

@vertex
fn area_vertex(in: Corner) -> AreaVarying {
    var out: AreaVarying;
    out.clip = clip_of(in.place.xyz);
    // A touch nearer than the ground that it lies on.
    out.clip.z = out.clip.z * 1.002;
    out.colour = in.colour;
    return out;
}

@fragment
fn area_fragment(in: AreaVarying) -> @location(0) vec4<f32> {
    return in.colour;
}

@fragment
fn hidden_area_fragment(in: AreaVarying) -> @location(0) vec4<f32> {
    return vec4<f32>(in.colour.rgb, in.colour.a * HIDDEN);
}
