// Names: one instanced quad per glyph, with a halo.
//
// Bindings: group 0, binding 0: glyph distances (0.5 on the outline, more inside); binding 1: their sampler; binding 2: x, y = 2 / picture size in px.
// Instance: place and size in pixels from the top left, before it is turned about its middle; place and size in the glyph texture (0…1); colour;
// pixels per distance unit, cosine and sine of the turn (clockwise), and how light the halo is (0 dark, 1 light); the depth of
// where the letter stands (reversed, 1 nearest), tested against the city's.

@group(0) @binding(0) var glyphs: texture_2d<f32>;
@group(0) @binding(1) var glyph_sampler: sampler;
@group(0) @binding(2) var<uniform> picture: vec4<f32>;

struct Glyph {
    @location(0) place: vec4<f32>,
    @location(1) texels: vec4<f32>,
    @location(2) colour: vec4<f32>,
    @location(3) manner: vec4<f32>,
    @location(4) depth: f32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) at: vec2<f32>,
    @location(1) @interpolate(flat) colour: vec4<f32>,
    @location(2) @interpolate(flat) manner: vec4<f32>,
}

@vertex
fn vertex(in: Glyph, @builtin(vertex_index) index: u32) -> Varying {
    let corner = vec2<f32>(f32(index & 1u), f32((index >> 1u) & 1u));
    let from_middle = (corner - 0.5) * in.place.zw;
    let turn = in.manner.yz;
    let turned = vec2<f32>(
        from_middle.x * turn.x - from_middle.y * turn.y,
        from_middle.x * turn.y + from_middle.y * turn.x,
    );
    let pixel = in.place.xy + in.place.zw * 0.5 + turned;
    var out: Varying;
    out.clip = vec4<f32>(pixel.x * picture.x - 1.0, 1.0 - pixel.y * picture.y, in.depth, 1.0);
    out.at = in.texels.xy + corner * in.texels.zw;
    out.colour = in.colour;
    out.manner = in.manner;
    return out;
}

// How many pixels inside the outline this point is.
fn inside_px(in: Varying) -> f32 {
    return (textureSampleLevel(glyphs, glyph_sampler, in.at, 0.0).r - 0.5) * in.manner.x;
}

// All halos are drawn before any letter: the halo of one letter reaches into its neighbour.
@fragment
fn halo(in: Varying) -> @location(0) vec4<f32> {
    let inside = inside_px(in);
    // Dark: two pixels wide. Light: little more than one and fading, or else every name looks like a box on a light city.
    let dark = clamp(inside + 0.5 + 2.0, 0.0, 1.0) * 0.85;
    let light = clamp((inside + 0.5 + 1.2) / 1.2, 0.0, 1.0) * 0.75;
    let around = mix(vec3<f32>(0.0042, 0.0060, 0.0086), vec3<f32>(0.88, 0.90, 0.92), in.manner.w);
    return vec4<f32>(around, mix(dark, light, in.manner.w) * in.colour.a);
}

@fragment
fn ink(in: Varying) -> @location(0) vec4<f32> {
    return vec4<f32>(in.colour.rgb, clamp(inside_px(in) + 0.5, 0.0, 1.0) * in.colour.a);
}
