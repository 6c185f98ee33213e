// Sky and ground, drawn first and without depth: whatever stands on the ground is drawn over it.
//
// Bindings: group 0, binding 0: View. No vertex buffer: one triangle that covers the picture.
// Spaces: clip in [-1, 1]; directions in ENU (x east, y north, z up).

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    // Directions through the picture: middle, and half extents to the right and up.
    forward: vec4<f32>,
    right: vec4<f32>,
    up: vec4<f32>,
    light: vec4<f32>,
    fog: vec4<f32>,
    colours: array<vec4<f32>, 12>,
}

@group(0) @binding(0) var<uniform> view: View;

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

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let ray = normalize(view.forward.xyz + in.screen.x * view.right.xyz + in.screen.y * view.up.xyz);
    let ground = view.colours[0].rgb;
    let zenith = view.colours[6].rgb;
    let horizon = view.colours[7].rgb;
    if ray.z >= 0.0 {
        let left = 1.0 - min(ray.z * 2.2, 1.0);
        let height = 1.0 - left * left * left;
        return vec4<f32>(mix(horizon, zenith, height), 1.0);
    }
    let distance = view.eye.z / (max(-ray.z, 1e-5) * view.fog.x);
    let far = distance * distance;
    let haze = far / (1.0 + far);
    return vec4<f32>(mix(ground, horizon, haze), 1.0);
}
