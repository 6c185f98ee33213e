// Surfaces of water from a depth raster, and contour lines.
//
// Bindings: group 0, binding 0: View (its first fields). Water: group 1, binding 0: Water. Contours: group 1, binding 1: ramps,
// one per row of texels; binding 2: their sampler; binding 3: Lines.
// Vertex of water: place (metres ENU from the city's origin) and depth of the water below it, metres. Instance of a contour:
// beginning of a stretch and its level; end, and 1 for a main line, 0 for one between.
// Clip is reverse-Z, infinite far plane. Colours are linear.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
}

struct Water {
    // Shallow and deep, each with its strength; the shore's line.
    shallow: vec4<f32>,
    deep: vec4<f32>,
    shore: vec4<f32>,
    // 1 / depth in which light falls to 1/e, per metre; opacity; width of the shore's line, px; metres that it is lifted.
    manner: vec4<f32>,
}

struct Lines {
    // For lines of one colour.
    colour: vec4<f32>,
    // Width of lines and of main lines, px; opacity; metres that they are lifted.
    manner: vec4<f32>,
    // Level at the ramp's beginning; 1 / span of levels; place of the ramp in the texture.
    range: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> water: Water;
@group(1) @binding(1) var ramps: texture_2d<f32>;
@group(1) @binding(2) var ramp_sampler: sampler;
@group(1) @binding(3) var<uniform> lines: Lines;

const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);
const NEAREST: f32 = 0.2;
const HIDDEN: f32 = 0.28;
const LIFT: f32 = 1.0002;

fn clip_of(place: vec3<f32>) -> vec4<f32> {
    var clip = view.clip_from_enu * vec4<f32>(place - view.eye.xyz, 1.0);
    clip.z = clip.z * LIFT;
    return clip;
}

struct WaterVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) depth: f32,
}

@vertex
fn water_vertex(@location(0) place: vec4<f32>) -> WaterVarying {
    var out: WaterVarying;
    out.clip = clip_of(place.xyz + vec3<f32>(0.0, 0.0, water.manner.w));
    out.depth = place.w;
    return out;
}

@fragment
fn water_fragment(in: WaterVarying) -> @location(0) vec4<f32> {
    // Depth per pixel: makes the shore's line as wide everywhere.
    let slope = max(fwidth(in.depth), 1.0e-5);
    let depth = max(in.depth, 0.0);
    // Beer and Lambert: what the water takes of the light grows with its depth.
    let taken = 1.0 - exp(-depth * water.manner.x);
    let body = mix(water.shallow, water.deep, taken);
    let shore = clamp(water.manner.z - depth / slope + 0.5, 0.0, 1.0) * water.shore.a;
    let strength = max(body.a, shore);
    return vec4<f32>(mix(body.rgb, water.shore.rgb, shore), strength * water.manner.y);
}

struct Stretch {
    @location(0) start: vec4<f32>,
    @location(1) end: vec4<f32>,
}

struct LineVarying {
    @builtin(position) clip: vec4<f32>,
    // Pixels along the stretch from its beginning, and across it from its middle.
    @location(0) at: vec2<f32>,
    // Length and half the width, px; level; strength.
    @location(1) @interpolate(flat) measures: vec4<f32>,
}

@vertex
fn contour_vertex(in: Stretch, @builtin(vertex_index) index: u32) -> LineVarying {
    var out: LineVarying;
    out.clip = NOWHERE;
    out.at = vec2<f32>(0.0);
    out.measures = vec4<f32>(0.0);
    let lift = vec3<f32>(0.0, 0.0, lines.manner.w);
    var start = clip_of(in.start.xyz + lift);
    var end = clip_of(in.end.xyz + lift);
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
    let long = length(span);
    let along = select(vec2<f32>(1.0, 0.0), span / max(long, 1.0e-4), long > 1.0e-3);
    let half_width = mix(lines.manner.x, lines.manner.y, in.end.w) * 0.5;
    let reach = half_width + 1.0;
    let is_end = (index & 1u) == 1u;
    let side = f32((index >> 1u) & 1u) * 2.0 - 1.0;
    let corner = select(start_px - along * reach, end_px + along * reach, is_end)
        + vec2<f32>(-along.y, along.x) * side * reach;
    let depth = select(start.z / start.w, end.z / end.w, is_end);
    out.clip = vec4<f32>(corner / half_picture, depth, 1.0);
    out.at = vec2<f32>(select(-reach, long + reach, is_end), side * reach);
    out.measures = vec4<f32>(long, half_width, in.start.w, mix(0.7, 1.0, in.end.w));
    return out;
}

fn covered(in: LineVarying) -> f32 {
    // Flat ends that reach half the width beyond: the stretches of a line overlap by little.
    let beyond = abs(in.at.x - clamp(in.at.x, 0.0, in.measures.x));
    let across = clamp(0.5 - (abs(in.at.y) - in.measures.y), 0.0, 1.0);
    return across * clamp(0.5 - (beyond - in.measures.y * 0.5), 0.0, 1.0) * in.measures.w * lines.manner.z;
}

fn ramp_colour(in: LineVarying) -> vec3<f32> {
    let share = clamp((in.measures.z - lines.range.x) * lines.range.y, 0.0, 1.0);
    return textureSampleLevel(ramps, ramp_sampler, vec2<f32>(share, lines.range.z), 0.0).rgb;
}

@fragment
fn plain_contour_fragment(in: LineVarying) -> @location(0) vec4<f32> {
    return vec4<f32>(lines.colour.rgb, covered(in) * lines.colour.a);
}

@fragment
fn value_contour_fragment(in: LineVarying) -> @location(0) vec4<f32> {
    return vec4<f32>(ramp_colour(in), covered(in));
}

@fragment
fn hidden_plain_contour_fragment(in: LineVarying) -> @location(0) vec4<f32> {
    return vec4<f32>(lines.colour.rgb, covered(in) * lines.colour.a * HIDDEN);
}

@fragment
fn hidden_value_contour_fragment(in: LineVarying) -> @location(0) vec4<f32> {
    return vec4<f32>(ramp_colour(in), covered(in) * HIDDEN);
}
