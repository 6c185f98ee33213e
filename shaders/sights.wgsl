// What cameras see, painted onto what stands there: the light of a view, a live picture, how an area is covered.
//
// Bindings: group 0, binding 0: View. Group 1, binding 0: the city's depth. Group 2 of lights and pictures, binding 0: Decal;
// binding 1: the picture; binding 2: its sampler; binding 3: how near is what the camera hits, one over metres, 0 for nothing.
// Group 2 of the sheet, binding 4: Sheet; binding 5: counts; binding 6: a colour per count.
// Vertices are corners of a closed hull around what may be painted; only its far faces are drawn, without depth, so that each
// pixel is asked once wherever the eye is.
// Spaces: metres ENU from the city's origin; clip is reverse-Z, infinite far plane. Colours of lights and of the sheet are
// encoded (sRGB) like the city's own; those of pictures are linear.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    forward: vec4<f32>,
    right: vec4<f32>,
    up: vec4<f32>,
    // xyz: towards the light; w: how strongly windows are lit.
    light: vec4<f32>,
    fog: vec4<f32>,
    // 0 ground, 1 water, 2 green, 3 road, 4 rail, 5 wall, 6 zenith, 7 horizon, 8 roof, 9 selected, 10 window, 11 main road
    colours: array<vec4<f32>, 12>,
    // 0 tree, 1 bridge, 2 furniture, 3 relief, 4 tunnel, 5 section, 6 earth, 7 glass, 8 marking, 9 brick, 10 tiles, 11 tone
    more: array<vec4<f32>, 12>,
    // Sunlight and skylight.
    sun: vec4<f32>,
    sky: vec4<f32>,
    // x: opacity of ground, y: of what stands on it, z: near plane in metres, w: metres per pixel at one metre.
    ground: vec4<f32>,
}

struct Decal {
    // xyz: the lens; w: how far it is useful, metres.
    lens: vec4<f32>,
    // xyz: where it looks; w: how strongly it is painted.
    forward: vec4<f32>,
    // xyz: to the right, over half the picture's width at one metre; upwards, over half its height.
    right: vec4<f32>,
    up: vec4<f32>,
    // The colour of a light.
    colour: vec4<f32>,
    // xy: columns and rows of how near things are.
    cells: vec4<f32>,
}

struct Sheet {
    // Least east and north; width to the east and to the north, metres.
    extent: vec4<f32>,
    // Columns, rows; how strongly it is painted; length of a stripe with its gap over blind spots, metres.
    raster: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var depths: texture_depth_2d;
@group(2) @binding(0) var<uniform> decal: Decal;
@group(2) @binding(1) var picture: texture_2d<f32>;
@group(2) @binding(2) var picture_sampler: sampler;
@group(2) @binding(3) var nearnesses: texture_2d<f32>;
@group(2) @binding(4) var<uniform> sheet: Sheet;
@group(2) @binding(5) var counts: texture_2d<f32>;
@group(2) @binding(6) var count_colours: texture_2d<f32>;

// What lies farther behind what the camera hits is hidden: a share of the distance, and metres. The camera's depth is that of
// the finest tiles; those in the picture may be coarser.
const SLACK: f32 = 1.02;
const SLACK_M: f32 = 0.8;
// A picture fades over this share of its width at its border, and over the last share of its range.
const FADE: f32 = 0.03;
const RANGE_FADE: f32 = 0.85;
// Nothing nearer to the lens than this is painted, metres.
const NEAREST: f32 = 0.3;
// Faces that rise more steeply than this have no cell of their own.
const LEVEL: f32 = 0.5;
// From this count on a cell is not painted.
const NO_COUNT: f32 = 253.5;

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // From the eye to the far face.
    @location(0) sight: vec3<f32>,
}

@vertex
fn vertex(@location(0) place: vec4<f32>) -> Varying {
    var out: Varying;
    out.sight = place.xyz - view.eye.xyz;
    out.clip = view.clip_from_enu * vec4<f32>(out.sight, 1.0);
    return out;
}

// How many times as long as `sight` the way to what is drawn at a pixel is; 0 in the sky. Where nothing has been drawn below
// the horizon, the ground plane stands in.
fn reach(pixel: vec2<i32>, sight: vec3<f32>) -> f32 {
    let drawn = textureLoad(depths, pixel, 0);
    let ahead = max(dot(sight, view.forward.xyz), 1e-6);
    let is_below = sight.z < -1e-6 && view.eye.z > 0.0;
    let plane = select(0.0, view.eye.z / max(-sight.z, 1e-6), is_below);
    return select(plane, view.ground.z / (max(drawn, 1e-12) * ahead), drawn > 0.0);
}

fn nearness_of(cell: vec2<f32>) -> f32 {
    let at = clamp(cell, vec2<f32>(0.0), decal.cells.xy - 1.0);
    return textureLoad(nearnesses, vec2<i32>(at), 0).r;
}

// How much of a place the lens sees that is `far` metres away in the direction of `share` of the picture, from its top left.
// Either it is no farther than the cells around say, each for itself, so that edges stay sharp; or it lies in the face that
// they make together, since one cell spans many metres of a street that is seen at a shallow angle.
fn seen(share: vec2<f32>, far: f32) -> f32 {
    let at = share * decal.cells.xy - 0.5;
    let base = floor(at);
    let part = at - base;
    let near = vec4<f32>(
        nearness_of(base),
        nearness_of(base + vec2<f32>(1.0, 0.0)),
        nearness_of(base + vec2<f32>(0.0, 1.0)),
        nearness_of(base + vec2<f32>(1.0, 1.0)),
    );
    let most = SLACK + SLACK_M / max(far, 1.0);
    let free = step(near * far, vec4<f32>(most));
    let alone = mix(mix(free.x, free.y, part.x), mix(free.z, free.w, part.x), part.y);
    let face = mix(mix(near.x, near.y, part.x), mix(near.z, near.w, part.x), part.y);
    return max(alone, step(face * far, most));
}

// Where in the camera's picture a pixel is, from its top left, and how much of it the camera sees.
fn aimed(in: Varying) -> vec3<f32> {
    let way = reach(vec2<i32>(in.clip.xy), in.sight);
    let place = (view.eye.xyz - decal.lens.xyz) + in.sight * way;
    let ahead = dot(place, decal.forward.xyz);
    let far = length(place);
    if way <= 0.0 || ahead < NEAREST || far > decal.lens.w { return vec3<f32>(0.0); }
    let at = vec2<f32>(dot(place, decal.right.xyz), -dot(place, decal.up.xyz)) / ahead;
    let edge = 1.0 - max(abs(at.x), abs(at.y));
    if edge <= 0.0 { return vec3<f32>(0.0); }
    let share = at * 0.5 + 0.5;
    let fade = min(edge / FADE, 1.0) * (1.0 - smoothstep(RANGE_FADE, 1.0, far / decal.lens.w));
    return vec3<f32>(share, fade * seen(share, far));
}

@fragment
fn light_fragment(in: Varying) -> @location(0) vec4<f32> {
    let lit = aimed(in).z;
    return vec4<f32>(decal.colour.rgb, lit * decal.forward.w);
}

@fragment
fn picture_fragment(in: Varying) -> @location(0) vec4<f32> {
    let aim = aimed(in);
    let colour = textureSampleLevel(picture, picture_sampler, aim.xy, 0.0).rgb;
    return vec4<f32>(colour, aim.z * decal.forward.w);
}

@fragment
fn sheet_fragment(in: Varying) -> @location(0) vec4<f32> {
    let way = reach(vec2<i32>(in.clip.xy), in.sight);
    let from_eye = in.sight * way;
    // The face that a pixel belongs to, from its neighbours'.
    let across = cross(dpdx(from_eye), dpdy(from_eye));
    let place = view.eye.xyz + from_eye;
    let stripes = (place.x + place.y) / sheet.raster.w;
    let width = max(fwidth(stripes), 1e-4);
    let share = (place.xy - sheet.extent.xy) / sheet.extent.zw;
    let is_outside = any(share < vec2<f32>(0.0)) || any(share >= vec2<f32>(1.0));
    let is_steep = abs(across.z) < LEVEL * length(across);
    if way <= 0.0 || is_outside || is_steep { return vec4<f32>(0.0); }
    let count = round(textureLoad(counts, vec2<i32>(share * sheet.raster.xy), 0).r * 255.0);
    if count > NO_COUNT { return vec4<f32>(0.0); }
    let colour = textureLoad(count_colours, vec2<i32>(i32(count), 0), 0);
    // Blind spots are striped; where stripes are finer than pixels, they are as strong as their mean.
    let wave = abs(fract(stripes) * 2.0 - 1.0);
    let stripe = mix(clamp((wave - 0.5) / (2.0 * width) + 0.5, 0.0, 1.0), 0.5, smoothstep(0.3, 0.7, width));
    let strength = select(1.0, 0.35 + 0.65 * stripe, count < 0.5);
    return vec4<f32>(colour.rgb, colour.a * sheet.raster.z * strength);
}
