// Puts the finished city under the live layers. Redrawing what is live then costs a copy, not a city.
//
// Bindings: group 0, binding 0: the city's colour, same size as the target. Spaces: whole pixels from the picture's top left.

@group(0) @binding(0) var city: texture_2d<f32>;

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let screen = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u)) * 2.0 - 1.0;
    return vec4<f32>(screen, 0.0, 1.0);
}

@fragment
fn fragment(@builtin(position) pixel: vec4<f32>) -> @location(0) vec4<f32> {
    return textureLoad(city, vec2<i32>(pixel.xy), 0);
}
