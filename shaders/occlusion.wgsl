// Contact shading: where light from the sky is blocked by what is near, worked out from the depth of the finished city, then
// smoothed and multiplied onto its colour together with thin edges.
//
// Bindings: group 0, binding 0: View; group 1, binding 0: the city's depth; binding 1: the measured share of light.
// No vertex buffer: one triangle. Spaces: positions are eye-relative metres along right, up and forward of the picture.
// Where nothing has been drawn below the horizon, the ground plane stands in.

// How strongly edges are drawn, 0 to 1.
override EDGES: f32 = 0.0;
// How strongly contact is shaded, 0 to 1.
override STRENGTH: f32 = 1.0;

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
    // x: texel of the sun's depth picture, y: metres to step off a face, z: depth to step back, w: unused.
    shade: vec4<f32>,
    shadow_from_eye: mat4x4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var depths: texture_depth_2d;
@group(1) @binding(1) var shares: texture_2d<f32>;

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) screen: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Varying {
    let screen = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u)) * 2.0 - 1.0;
    var out: Varying;
    out.clip = vec4<f32>(screen, 0.0, 1.0);
    out.screen = screen;
    return out;
}

fn inside(pixel: vec2<i32>) -> vec2<i32> {
    return clamp(pixel, vec2<i32>(0), vec2<i32>(textureDimensions(depths)) - 1);
}

// Nearness of a pixel, one over metres: straight lines in space stay straight in it. 0 in the sky.
fn nearness(pixel: vec2<i32>, screen: vec2<f32>) -> f32 {
    let drawn = textureLoad(depths, inside(pixel), 0) / view.ground.z;
    let down = -(view.forward.z + screen.x * view.right.z + screen.y * view.up.z);
    let plane = select(0.0, down / max(view.eye.z, 1e-3), view.eye.z > 0.0);
    return max(drawn, plane * 0.999);
}

fn position(screen: vec2<f32>, near: f32) -> vec3<f32> {
    let across = length(view.right.xyz);
    let above = length(view.up.xyz);
    return vec3<f32>(screen.x * across, screen.y * above, 1.0) / max(near, 1e-7);
}

const STEPS = 12u;

@fragment
fn measure_fragment(in: Varying) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(in.clip.xy);
    let texel = vec2<f32>(2.0, -2.0) * view.viewport.zw;
    let near = nearness(pixel, in.screen);
    if near < 5e-5 { return vec4<f32>(1.0); }
    let here = position(in.screen, near);
    // The face from its neighbours: from the side on which depth goes on more evenly.
    let left = nearness(pixel - vec2<i32>(1, 0), in.screen - vec2<f32>(texel.x, 0.0));
    let right = nearness(pixel + vec2<i32>(1, 0), in.screen + vec2<f32>(texel.x, 0.0));
    let over = nearness(pixel - vec2<i32>(0, 1), in.screen - vec2<f32>(0.0, texel.y));
    let under = nearness(pixel + vec2<i32>(0, 1), in.screen + vec2<f32>(0.0, texel.y));
    let to_left = here - position(in.screen - vec2<f32>(texel.x, 0.0), left);
    let to_right = position(in.screen + vec2<f32>(texel.x, 0.0), right) - here;
    let to_over = here - position(in.screen - vec2<f32>(0.0, texel.y), over);
    let to_under = position(in.screen + vec2<f32>(0.0, texel.y), under) - here;
    let x = select(to_right, to_left, abs(left - near) < abs(right - near));
    let y = select(to_under, to_over, abs(over - near) < abs(under - near));
    var normal = cross(x, y);
    normal *= inverseSqrt(max(dot(normal, normal), 1e-20));
    normal *= select(1.0, -1.0, dot(normal, here) > 0.0);

    // A reach in metres that follows the distance, so that neither streets nor skylines lose theirs.
    let reach = clamp(here.z * 0.035, 1.2, 26.0);
    let reach_px = clamp(reach * near / (length(view.up.xyz) * view.viewport.w * 2.0), 3.0, 90.0);
    let turned = f32((pixel.x & 3) * 4 + (pixel.y & 3)) * 0.3927;
    var blocked = 0.0;
    for (var i = 0u; i < STEPS; i++) {
        let turn = f32(i) * 2.39996 + turned;
        let step = vec2<f32>(cos(turn), sin(turn)) * (sqrt((f32(i) + 0.7) / f32(STEPS)) * reach_px);
        let whole = vec2<i32>(round(step));
        let screen = in.screen + vec2<f32>(whole) * texel;
        let towards = position(screen, nearness(pixel + whole, screen)) - here;
        let square = dot(towards, towards);
        let rise = dot(normal, towards) * inverseSqrt(max(square, 1e-8));
        blocked += max(rise - 0.06, 0.0) * saturate(1.35 - square / (reach * reach));
    }
    let share = 1.0 - saturate(blocked * 1.9 / f32(STEPS));
    return vec4<f32>(share);
}

@fragment
fn apply_fragment(in: Varying) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(in.clip.xy);
    let texel = vec2<f32>(2.0, -2.0) * view.viewport.zw;
    let near = nearness(pixel, in.screen);
    if near < 5e-5 { return vec4<f32>(1.0); }
    var sum = 0.0;
    var weight = 1e-4;
    for (var i = 0; i < 16; i++) {
        let whole = vec2<i32>((i & 3) - 2, (i >> 2) - 2);
        let other = nearness(pixel + whole, in.screen + vec2<f32>(whole) * texel);
        let like = saturate(1.0 - abs(other - near) / near * 24.0);
        sum += textureLoad(shares, inside(pixel + whole), 0).r * like;
        weight += like;
    }
    let far = 1.0 / (near * view.fog.x);
    let clear = 1.0 / (1.0 + far * far);
    var share = mix(1.0, sum / weight, STRENGTH * clear);
    // Nearness bends only at an edge.
    let left = nearness(pixel - vec2<i32>(1, 0), in.screen - vec2<f32>(texel.x, 0.0));
    let right = nearness(pixel + vec2<i32>(1, 0), in.screen + vec2<f32>(texel.x, 0.0));
    let over = nearness(pixel - vec2<i32>(0, 1), in.screen - vec2<f32>(0.0, texel.y));
    let under = nearness(pixel + vec2<i32>(0, 1), in.screen + vec2<f32>(0.0, texel.y));
    let bend = (abs(left + right - 2.0 * near) + abs(over + under - 2.0 * near)) / near;
    let edge = smoothstep(0.0025, 0.012, bend) * clear;
    share *= 1.0 - EDGES * edge;
    // Blocked skylight leaves a cool shade, not grey dirt.
    return vec4<f32>(share * (1.0 - 0.03 * (1.0 - share)), share, mix(share, 1.0, 0.06), 1.0);
}
