// Fields: a raster draped over the city on a level plane, coloured by a ramp.
//
// Bindings: group 0, binding 0: View (its first fields). Group 1, binding 0: Field; binding 1: values, column by column to the
// east, the first row in the south, below `NOTHING` where there is none; binding 2: ramps, one per row of texels, low values
// left; binding 3: their sampler. No vertices: the plane is made of `manner.z` × `manner.z` cells of two triangles.
// Spaces: metres ENU from the city's origin; clip is reverse-Z, infinite far plane. Colours are linear.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
}

struct Field {
    // Least east and north of the raster's outer edge; its width to the east and to the north, metres.
    extent: vec4<f32>,
    // Columns, rows; height of the plane, metres; opacity.
    raster: vec4<f32>,
    // Value at the ramp's beginning; 1 / span of values; factor and summand that make strength of a share of the span.
    range: vec4<f32>,
    // Place of the ramp in the texture, 0 to 1; number of colour steps; cells of the plane per side.
    manner: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> field: Field;
@group(1) @binding(1) var values: texture_2d<f32>;
@group(1) @binding(2) var ramps: texture_2d<f32>;
@group(1) @binding(3) var ramp_sampler: sampler;

// Lower values say that there is none: a NaN need not survive a shader.
const NOTHING: f32 = -1.0e37;
// Row by row the corners of the two triangles of a cell, two bits each: 0 1 2, 2 1 3.
const CORNERS: u32 = 0xda4u;
// A touch nearer than the ground that it lies on.
const LIFT: f32 = 1.0002;

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Share of the raster's width and height, from the south-west.
    @location(0) share: vec2<f32>,
}

// Many small cells rather than one large quad: depth stays exact to the far edge.
@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Varying {
    let side = u32(field.manner.z);
    let cell = index / 6u;
    let corner = (CORNERS >> (2u * (index % 6u))) & 3u;
    let at = vec2<u32>(cell % side + (corner & 1u), cell / side + (corner >> 1u));
    var out: Varying;
    out.share = vec2<f32>(at) / field.manner.z;
    let place = vec3<f32>(field.extent.xy + out.share * field.extent.zw, field.raster.z);
    out.clip = view.clip_from_enu * vec4<f32>(place - view.eye.xyz, 1.0);
    out.clip.z = out.clip.z * LIFT;
    return out;
}

// The value of a cell and 1, or twice 0 where there is none.
fn value_of(cell: vec2<f32>) -> vec2<f32> {
    let at = clamp(cell, vec2<f32>(0.0), field.raster.xy - 1.0);
    let value = textureLoad(values, vec2<i32>(at), 0).r;
    return select(vec2<f32>(value, 1.0), vec2<f32>(0.0), value < NOTHING);
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    // Between the middles of four cells; those without a value have no say.
    let at = in.share * field.raster.xy - 0.5;
    let base = floor(at);
    let part = at - base;
    let south = mix(value_of(base), value_of(base + vec2<f32>(1.0, 0.0)), part.x);
    let north = mix(value_of(base + vec2<f32>(0.0, 1.0)), value_of(base + vec2<f32>(1.0, 1.0)), part.x);
    let sum = mix(south, north, part.y);
    let share = (sum.x / max(sum.y, 1.0e-4) - field.range.x) * field.range.y;
    let strength = clamp(share * field.range.z + field.range.w, 0.0, 1.0);
    // The upper edge belongs to the last step.
    let step = (min(floor(clamp(share, 0.0, 1.0) * field.manner.y), field.manner.y - 1.0) + 0.5) / field.manner.y;
    let colour = textureSampleLevel(ramps, ramp_sampler, vec2<f32>(step, field.manner.x), 0.0).rgb;
    return vec4<f32>(colour, sum.y * strength * field.raster.w);
}
