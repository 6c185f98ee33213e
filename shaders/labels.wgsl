// Names: one instanced quad per glyph, with a halo.
//
// Bindings: group 0, binding 0: glyph distances (0.5 on the outline, more inside); binding 1: their sampler; binding 2: x, y = 2 / picture size in px.
// Instance: place and size in pixels from the top left; place and size in the glyph texture (0…1); colour; alpha and pixels per distance unit.

@group(0) @binding(0) var glyphs: texture_2d<f32>;
@group(0) @binding(1) var glyph_sampler: sampler;
@group(0) @binding(2) var<uniform> picture: vec4<f32>;

struct Glyph {
    @location(0) place: vec4<f32>,
    @location(1) texels: vec4<f32>,
    @location(2) colour: vec4<f32>,
    @location(3) sharpness: vec4<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) at: vec2<f32>,
    @location(1) @interpolate(flat) colour: vec4<f32>,
    @location(2) @interpolate(flat) sharpness: vec4<f32>,
}

@vertex
fn vertex(in: Glyph, @builtin(vertex_index) index: u32) -> Varying {
    let corner = vec2<f32>(f32(index & 1u), f32((index >> 1u) & 1u));
    let pixel = in.place.xy + corner * in.place.zw;
    var out: Varying;
    out.clip = vec4<f32>(pixel.x * picture.x - 1.0, 1.0 - pixel.y * picture.y, 0.5, 1.0);
    out.at = in.texels.xy + corner * in.texels.zw;
    out.colour = in.colour;
    out.sharpness = in.sharpness;
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let distance = textureSampleLevel(glyphs, glyph_sampler, in.at, 0.0).r;
    // How many pixels inside the outline this point is.
    let inside = (distance - 0.5) * in.sharpness.x;
    let ink = clamp(inside + 0.5, 0.0, 1.0);
    let halo = clamp(inside + 0.5 + 2.0, 0.0, 1.0) * 0.85;
    let dark = vec3<f32>(0.0042, 0.0060, 0.0086);
    let rgb = mix(dark, in.colour.rgb, ink);
    return vec4<f32>(rgb, max(ink, halo) * in.colour.a);
}
