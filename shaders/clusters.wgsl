// Clusters: a disc with a count, a ring whose arcs are the shares of the classes, and the worst class's shape as a badge.
//
// Bindings and spaces: of those of `layer.wgsl`, which stands in front of this text, View, Look and Style; also group 2, binding 1: glyph
// distances; binding 2: their sampler; binding 4: Counts.
// Instance: place, metres east, north, up of the city's origin, and radius in CSS pixels; where the arcs end, shares of the turn from the
// top clockwise: critical, high, medium, the rest; flags (bits 0–2 the worst class, 8–15 how far it has faded in); share that is late;
// characters of the count, 4 bits each from the lowest, 15 for none; their width, em.
// No branch depends on a uniform alone: software Vulkan compiles a shader anew for each value that such a branch sees.

struct Counts {
    // Where each character lies in the glyph texture: x, y, width, height, in texels / size.
    texels: array<vec4<f32>, 16>,
    // From the pen to the character's top left, and its width and height, em, y down from the base line.
    boxes: array<vec4<f32>, 16>,
    // x: to the next pen position, em.
    advances: array<vec4<f32>, 16>,
    // rgb: linear colour of the count; w: pixels per unit of glyph distance for text of 1 px.
    ink: vec4<f32>,
}

@group(2) @binding(1) var glyphs: texture_2d<f32>;
@group(2) @binding(2) var glyph_sampler: sampler;
@group(2) @binding(4) var<uniform> counts: Counts;

struct Instance {
    @location(0) place: vec4<f32>,
    @location(1) arcs: vec4<f32>,
    @location(2) flags: u32,
    @location(3) late: f32,
    @location(4) text: u32,
    @location(5) text_em: f32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Pixels from the middle, y down.
    @location(0) from_middle: vec2<f32>,
    @location(1) @interpolate(flat) arcs: vec4<f32>,
    @location(2) @interpolate(flat) flags: u32,
    @location(3) @interpolate(flat) text: u32,
    // x: radius, pixels; y: share that is late; z: size of the text, pixels; w: its width, em.
    @location(4) @interpolate(flat) manner: vec4<f32>,
}

const RING_PX: f32 = 3.4;
const BADGE_PX: f32 = 5.0;
// Where the badge sits, shares of the radius to the right and up.
const BADGE_AT: f32 = 0.74;
const CHARACTERS: u32 = 6u;
// From its base line to the middle of a digit, em.
const DIGIT_MIDDLE: f32 = 0.365;

fn worst_of(flags: u32) -> u32 { return flags & 7u; }

@vertex
fn vertex(in: Instance, @builtin(vertex_index) index: u32) -> Varying {
    var out: Varying;
    out.arcs = in.arcs;
    out.flags = in.flags;
    out.text = in.text;
    let px = look.frame.y;
    let radius = in.place.w * px;
    let room = 1.84 * (radius - (RING_PX + 1.5) * px);
    let size = min(clamp(in.place.w * 0.68, 11.0, 15.0) * px, room / max(in.text_em, 0.1));
    out.manner = vec4<f32>(radius, in.late, size, in.text_em);
    let reach = max(radius + 1.5 * px, radius * BADGE_AT + BADGE_PX * 1.5 * px);
    let corner = vec2<f32>(f32(index & 1u), f32((index >> 1u) & 1u)) * 2.0 - 1.0;
    out.from_middle = corner * reach;
    let clip = view.clip_from_enu * vec4<f32>(in.place.xyz - view.eye.xyz, 1.0);
    let shift = vec2<f32>(out.from_middle.x, -out.from_middle.y) * 2.0 * view.viewport.zw * clip.w;
    out.clip = select(NOWHERE, vec4<f32>(clip.xy + shift, clip.zw), clip.w > 0.1);
    return out;
}

fn arc_colour(in: Varying, turn: f32) -> vec3<f32> {
    var row = 0u;
    if turn < in.arcs.z { row = 2u; }
    if turn < in.arcs.y { row = 3u; }
    if turn < in.arcs.x { row = 4u; }
    return style.colours[row].rgb;
}

// How much of the count covers this point.
fn count_ink(in: Varying) -> f32 {
    let size = in.manner.z;
    // Ems from the beginning of the base line, y down.
    let at = in.from_middle / size + vec2<f32>(in.manner.w * 0.5, -DIGIT_MIDDLE);
    var pen = 0.0;
    var nearest = 0.0;
    for (var place = 0u; place < CHARACTERS; place++) {
        let character = (in.text >> (place * 4u)) & 15u;
        let box = counts.boxes[character];
        let inside = (vec2<f32>(at.x - pen, at.y) - box.xy) / max(box.zw, vec2<f32>(1e-4));
        if character != 15u && all(inside > vec2<f32>(0.0)) && all(inside < vec2<f32>(1.0)) {
            let texels = counts.texels[character];
            nearest = max(nearest, textureSampleLevel(glyphs, glyph_sampler, texels.xy + inside * texels.zw, 0.0).r);
        }
        pen += select(counts.advances[character].x, 0.0, character == 15u);
    }
    return clamp((nearest - 0.5) * counts.ink.w * size + 0.5, 0.0, 1.0);
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let px = look.frame.y;
    let radius = in.manner.x;
    let p = in.from_middle;
    let away = length(p);
    let worst = worst_of(in.flags);
    let badge = class_distance(p - vec2<f32>(BADGE_AT, -BADGE_AT) * radius, worst, BADGE_PX * px);
    let has_badge = worst >= 2u;
    let badge_border = select(0.0, clamp(0.5 - (badge - 1.5 * px), 0.0, 1.0), has_badge);
    let disc = clamp(0.5 - (away - radius - px), 0.0, 1.0);
    if max(disc, badge_border) <= 0.0 {
        return vec4<f32>(0.0);
    }
    let ground = style.colours[6].rgb;
    let turn = fract(atan2(p.x, -p.y) / TURN + 1.0);
    let ring = clamp(0.5 - (abs(away - (radius - RING_PX * 0.5 * px)) - RING_PX * 0.5 * px), 0.0, 1.0);
    var rgb = mix(ground, arc_colour(in, turn), ring);
    // A thin arc inside: how many of them are late or missing.
    let late = clamp(0.5 - (abs(away - (radius - (RING_PX + 1.6) * px)) - 0.6 * px), 0.0, 1.0);
    rgb = mix(rgb, counts.ink.rgb, late * 0.55 * select(0.0, 1.0, turn < in.manner.y));
    rgb = mix(rgb, counts.ink.rgb, count_ink(in));
    var alpha = disc * mix(0.88, 1.0, ring);
    rgb = mix(rgb, ground, badge_border);
    let badge_fill = clamp(0.5 - badge, 0.0, 1.0) * badge_border;
    rgb = mix(rgb, style.colours[class_row(worst)].rgb, badge_fill);
    alpha = max(alpha, badge_border);
    return vec4<f32>(rgb, alpha * look.frame.w * fade(in.flags));
}
