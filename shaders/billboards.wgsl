// Live pictures above their cameras: each faces the viewer, on a stem that stands on the lens, with a border that says when it
// is from. Nothing hides them.
//
// Bindings: group 0, binding 0: View. Group 1, binding 0: Board; binding 1: the picture; binding 2: its sampler. No vertices:
// three quads of two triangles, the stem, the border, the picture.
// Spaces: the lens in metres ENU from the city's origin, sizes in pixels of the target; clip is reverse-Z. Colours are linear.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
}

struct Board {
    // xyz: the lens; w: height of the picture over its width.
    lens: vec4<f32>,
    // Colour of border and stem.
    border: vec4<f32>,
    // Pixels: width that a picture has a metre away, its least and greatest width; length of the stem.
    sizes: vec4<f32>,
    // Pixels: width of the border, of the stem.
    lines: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> board: Board;
@group(1) @binding(1) var picture: texture_2d<f32>;
@group(1) @binding(2) var picture_sampler: sampler;

const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);
// Nothing nearer than this is drawn, metres.
const NEAREST: f32 = 0.2;
// Row by row the corners of the two triangles of a quad, two bits each: 0 1 2, 2 1 3.
const CORNERS: u32 = 0xda4u;

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Share of the picture, from its top left.
    @location(0) share: vec2<f32>,
    // 1 within the picture, 0 on border and stem.
    @location(1) @interpolate(flat) inside: f32,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Varying {
    var out: Varying;
    out.clip = NOWHERE;
    out.share = vec2<f32>(0.0);
    out.inside = 0.0;
    let lens = view.clip_from_enu * vec4<f32>(board.lens.xyz - view.eye.xyz, 1.0);
    if lens.w < NEAREST { return out; }
    let corner = (CORNERS >> (2u * (index % 6u))) & 3u;
    let at = vec2<f32>(f32(corner & 1u), f32(corner >> 1u));
    let width = clamp(board.sizes.x / lens.w, board.sizes.y, board.sizes.z);
    let height = width * board.lens.w;
    let border = board.lines.x;
    // Pixels from the lens, upwards: lower left corner and size.
    var low = vec2<f32>(-0.5 * board.lines.y, 0.0);
    var size = vec2<f32>(board.lines.y, board.sizes.w);
    if index >= 12u {
        low = vec2<f32>(-0.5 * width, board.sizes.w + border);
        size = vec2<f32>(width, height);
        out.inside = 1.0;
    } else if index >= 6u {
        low = vec2<f32>(-0.5 * width - border, board.sizes.w);
        size = vec2<f32>(width, height) + 2.0 * border;
    }
    let half_picture = view.viewport.xy * 0.5;
    let px = lens.xy / lens.w * half_picture + low + at * size;
    out.clip = vec4<f32>(px / half_picture, 0.5, 1.0);
    out.share = vec2<f32>(at.x, 1.0 - at.y);
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let colour = textureSampleLevel(picture, picture_sampler, in.share, 0.0).rgb;
    return vec4<f32>(mix(board.border.rgb, colour, in.inside), 1.0);
}
