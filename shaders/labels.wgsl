// Names: one instanced quad per glyph, with a halo.
//
// Bindings: group 0, binding 0: pages of glyph distances (0.5 on the outline, more inside); binding 1: their sampler; binding 2: x, y = 2 / picture
// size in px, z = 1 / side of a page in texels; binding 3: anchors of texts: px from the picture's top left, and how far the text has faded in (0…1).
// Instance: place and size in pixels from the text's anchor, y down, before it is turned about its middle; the depth of where the letter stands
// (reversed, 1 nearest), tested against the city's; pixels per distance unit; cosine and sine of the turn (clockwise); place and size on its page in
// texels; square roots of the linear colour, and how light the halo is (0 dark, 1 light); page and reach of the halo in sixteenths of a px; anchor.

@group(0) @binding(0) var glyphs: texture_2d_array<f32>;
@group(0) @binding(1) var glyph_sampler: sampler;
@group(0) @binding(2) var<uniform> picture: vec4<f32>;
@group(0) @binding(3) var<storage, read> anchors: array<vec4<f32>>;

struct Glyph {
    @location(0) place: vec4<f32>,
    @location(1) depth: f32,
    @location(2) sharpness: f32,
    @location(3) turn: vec2<f32>,
    @location(4) texels: vec4<u32>,
    @location(5) colour: vec4<f32>,
    @location(6) manner: vec4<u32>,
    @location(7) anchor: u32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) at: vec2<f32>,
    // Linear, with opacity.
    @location(1) @interpolate(flat) colour: vec4<f32>,
    // Pixels per distance unit, reach of the halo in px, how light it is.
    @location(2) @interpolate(flat) manner: vec3<f32>,
    @location(3) @interpolate(flat) page: u32,
}

@vertex
fn vertex(in: Glyph, @builtin(vertex_index) index: u32) -> Varying {
    let anchor = anchors[in.anchor];
    let corner = vec2<f32>(f32(index & 1u), f32((index >> 1u) & 1u));
    let from_middle = (corner - 0.5) * in.place.zw;
    let turned = vec2<f32>(
        from_middle.x * in.turn.x - from_middle.y * in.turn.y,
        from_middle.x * in.turn.y + from_middle.y * in.turn.x,
    );
    let pixel = anchor.xy + in.place.xy + in.place.zw * 0.5 + turned;
    let texels = vec4<f32>(in.texels);
    var out: Varying;
    out.clip = vec4<f32>(pixel.x * picture.x - 1.0, 1.0 - pixel.y * picture.y, in.depth, 1.0);
    out.at = (texels.xy + corner * texels.zw) * picture.z;
    out.colour = vec4<f32>(in.colour.rgb * in.colour.rgb, anchor.z);
    out.manner = vec3<f32>(in.sharpness, f32(in.manner.y) / 16.0, in.colour.a);
    out.page = in.manner.x;
    return out;
}

// How many pixels inside the outline this point is.
fn inside_px(in: Varying) -> f32 {
    return (textureSampleLevel(glyphs, glyph_sampler, in.at, in.page, 0.0).r - 0.5) * in.manner.x;
}

// All halos are drawn before any letter: the halo of one letter reaches into its neighbour.
@fragment
fn halo(in: Varying) -> @location(0) vec4<f32> {
    let inside = inside_px(in);
    let reach = in.manner.y;
    // Dark: full up to its reach. Light: shorter and fading, or else every name looks like a box on a light city.
    let dark = clamp(inside + 0.5 + reach, 0.0, 1.0) * 0.85;
    let light = clamp((inside + 0.5 + reach) / max(reach, 0.1), 0.0, 1.0) * 0.75;
    let around = mix(vec3<f32>(0.0042, 0.0060, 0.0086), vec3<f32>(0.88, 0.90, 0.92), in.manner.z);
    return vec4<f32>(around, mix(dark, light, in.manner.z) * in.colour.a);
}

@fragment
fn ink(in: Varying) -> @location(0) vec4<f32> {
    return vec4<f32>(in.colour.rgb, clamp(inside_px(in) + 0.5, 0.0, 1.0) * in.colour.a);
}
