// Live things: one instanced draw of screen-facing symbols, and one of camera wedges on the ground.
//
// Bindings: group 0, binding 0: View; group 1, binding 0: Style; binding 1: glyph distances; binding 2: their sampler.
// Instance: position in render space (x east, y up, z south) relative to the city's origin; packed state; wedge.
// No branch depends on a uniform alone: software Vulkan compiles a shader anew for each value that such a branch sees.
// `packed`: shape 8 bits, severity 3 (0 normal … 4 critical, 5 not real), freshness 2 (0 fresh, 1 late, 2 missing), shown, selected, hovered.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    forward: vec4<f32>,
    right: vec4<f32>,
    up: vec4<f32>,
    light: vec4<f32>,
    fog: vec4<f32>,
    colours: array<vec4<f32>, 12>,
}

struct Style {
    // Linear colours: 0 normal, 1 low, 2 medium, 3 high, 4 critical, 5 select, 6 outline, 7 camera, 8 not real.
    colours: array<vec4<f32>, 9>,
    // Where the mark of each shape lies in the glyph texture: x, y, width, height, in texels / size.
    marks: array<vec4<f32>, 24>,
    // x: device pixels per CSS pixel; y: strength (1 in front, less behind).
    scale: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> style: Style;
@group(1) @binding(1) var glyphs: texture_2d<f32>;
@group(1) @binding(2) var glyph_sampler: sampler;

struct Instance {
    @location(0) position: vec3<f32>,
    @location(1) state: u32,
    @location(2) wedge: vec4<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Pixels from the symbol's middle, y down.
    @location(0) from_middle: vec2<f32>,
    @location(1) @interpolate(flat) state: u32,
    @location(2) @interpolate(flat) radius: f32,
}

fn shape_of(state: u32) -> u32 { return state & 0xffu; }
fn severity_of(state: u32) -> u32 { return (state >> 8u) & 7u; }
// An exercise or a test: a colour and a shape of its own, whatever it would be if it were real.
fn is_unreal(state: u32) -> bool { return severity_of(state) == 5u; }
fn freshness_of(state: u32) -> u32 { return (state >> 11u) & 3u; }
fn is_shown(state: u32) -> bool { return (state & (1u << 13u)) != 0u; }
fn is_selected(state: u32) -> bool { return (state & (1u << 14u)) != 0u; }
fn is_hovered(state: u32) -> bool { return (state & (1u << 15u)) != 0u; }

fn eye_relative(position: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(position.x, -position.z, position.y) - view.eye.xyz;
}

// Half size in CSS pixels. What is normal stays small until it is near; what is not grows with its severity.
fn half_size(shape: u32, severity: u32, distance: f32) -> f32 {
    let near = 1.0 - smoothstep(140.0, 620.0, distance);
    if shape == 17u { return 12.0 + f32(severity % 5u); }
    if shape == 16u { return mix(4.5, 9.0, near); }
    if severity == 0u { return mix(3.6, 9.0, near); }
    return 8.0 + f32(severity) * 1.4 + 2.0 * near;
}

const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);

// What is normal and not chosen: drawn first, so that it never covers what matters.
fn is_quiet(state: u32) -> bool {
    return severity_of(state) == 0u && shape_of(state) != 17u && !is_selected(state) && !is_hovered(state);
}

@vertex
fn vertex(in: Instance, @builtin(vertex_index) index: u32) -> Varying {
    return placed(in, index, is_shown(in.state));
}

@vertex
fn quiet_vertex(in: Instance, @builtin(vertex_index) index: u32) -> Varying {
    return placed(in, index, is_shown(in.state) && is_quiet(in.state));
}

@vertex
fn loud_vertex(in: Instance, @builtin(vertex_index) index: u32) -> Varying {
    return placed(in, index, is_shown(in.state) && !is_quiet(in.state));
}

fn placed(in: Instance, index: u32, is_drawn: bool) -> Varying {
    var out: Varying;
    out.state = in.state;
    out.clip = NOWHERE;
    out.radius = 0.0;
    out.from_middle = vec2<f32>(0.0);
    let shape = shape_of(in.state);
    if !is_drawn {
        return out;
    }
    let from_eye = eye_relative(in.position);
    var clip = view.clip_from_enu * vec4<f32>(from_eye, 1.0);
    if clip.w <= 0.1 {
        return out;
    }
    let radius = half_size(shape, severity_of(in.state), length(from_eye)) * style.scale.x;
    // Just the room that the shape needs: a pixel that stays empty costs as much as one that doesn't.
    var reach = radius * 0.95 + 2.0 * style.scale.x;
    if shape < 16u && severity_of(in.state) >= 2u { reach = radius * 1.28 + 2.0 * style.scale.x; }
    if shape >= 16u { reach = radius * 1.05 + 2.0 * style.scale.x; }
    if is_selected(in.state) || is_hovered(in.state) { reach = reach + 5.0 * style.scale.x; }
    let corner = vec2<f32>(f32(index & 1u), f32((index >> 1u) & 1u)) * 2.0 - 1.0;
    var middle = vec2<f32>(0.0);
    if shape == 17u { middle.y = -radius * 1.5; }
    var span = vec2<f32>(reach);
    if shape == 17u { span.y = reach * 1.55; }
    let from_middle = corner * span;
    let pixels = middle + from_middle;
    clip = vec4<f32>(clip.xy + vec2<f32>(pixels.x, -pixels.y) * 2.0 * view.viewport.zw * clip.w, clip.zw);
    // A touch nearer, so that a symbol on a wall is not cut by it.
    clip.z = clip.z * 1.004;
    out.clip = clip;
    out.from_middle = from_middle;
    out.radius = radius;
    return out;
}

fn box_distance(p: vec2<f32>, half: vec2<f32>) -> f32 {
    let q = abs(p) - half;
    return length(max(q, vec2<f32>(0.0))) + min(max(q.x, q.y), 0.0);
}

// Distance in pixels to a triangle that points up, with its middle at the origin.
fn triangle_distance(p: vec2<f32>, r: f32) -> f32 {
    let q = vec2<f32>(abs(p.x), p.y - 0.18 * r);
    let side = dot(q - vec2<f32>(0.0, -r), normalize(vec2<f32>(1.72, -1.0)));
    return max(side, q.y - 0.62 * r);
}

fn outline_distance(p: vec2<f32>, shape: u32, severity: u32, r: f32) -> f32 {
    if shape == 17u {
        // Round when it happened, square when it did not: told apart without colour as well.
        let head = select(length(p) - r, box_distance(p, vec2<f32>(r * 0.92)), severity == 5u);
        let tip = vec2<f32>(0.0, 1.5 * r);
        let q = vec2<f32>(abs(p.x), p.y);
        let side = max(dot(q - tip, normalize(vec2<f32>(1.15, 0.75))), -q.y + 0.3 * r);
        return min(head, side);
    }
    if shape == 16u { return box_distance(p, vec2<f32>(r * 0.9, r * 0.66)) - r * 0.12; }
    switch severity {
        case 4u: { return (abs(p.x) + abs(p.y) - r * 1.22) * 0.7071; }
        case 3u: { return triangle_distance(p, r * 1.2); }
        case 2u: { return box_distance(p, vec2<f32>(r * 0.82)) - r * 0.08; }
        default: { return length(p) - r * 0.92; }
    }
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let shape = shape_of(in.state);
    let severity = severity_of(in.state);
    let px = style.scale.x;
    let d = outline_distance(in.from_middle, shape, severity, in.radius);
    let is_ringed = is_selected(in.state) || is_hovered(in.state);
    if d > 2.0 * px && !is_ringed {
        return vec4<f32>(0.0);
    }
    var colour = style.colours[select(min(severity, 4u), 8u, is_unreal(in.state))].rgb;
    if shape == 16u && severity == 0u { colour = style.colours[7].rgb; }
    // Normal is not news.
    var strength = style.scale.y * select(1.0, 0.72, severity == 0u && shape < 16u && !is_ringed);
    let freshness = freshness_of(in.state);
    // What is old is drawn weaker, and what is missing hollow.
    if freshness == 1u { strength = strength * 0.55; }
    if freshness == 2u { strength = strength * 0.45; }
    let inside = clamp(0.5 - d, 0.0, 1.0);
    let border = clamp(0.5 - (d - 1.5 * px), 0.0, 1.0);
    var rgb = mix(style.colours[6].rgb, colour, inside);
    var alpha = border;
    if freshness == 2u {
        let hollow = clamp(0.5 - (d + 2.0 * px), 0.0, 1.0);
        rgb = mix(rgb, style.colours[6].rgb, hollow);
    }
    // The mark inside: one character that says what it is.
    if in.radius >= 7.5 * px {
        let box = style.marks[shape];
        let half = in.radius * 0.72;
        let at = in.from_middle / (2.0 * half) + 0.5;
        if box.z > 0.0 && all(at > vec2<f32>(0.0)) && all(at < vec2<f32>(1.0)) {
            let glyph = textureSampleLevel(glyphs, glyph_sampler, box.xy + at * box.zw, 0.0).r;
            let ink = smoothstep(0.44, 0.56, glyph);
            let ink_colour = select(style.colours[6].rgb, colour, freshness == 2u);
            rgb = mix(rgb, ink_colour, ink);
        }
    }
    if is_ringed {
        let ring = abs(d - 4.0 * px) - select(0.8, 1.4, is_selected(in.state)) * px;
        let ring_alpha = clamp(0.5 - ring, 0.0, 1.0);
        rgb = mix(rgb, style.colours[5].rgb, ring_alpha);
        alpha = max(alpha, ring_alpha);
    }
    return vec4<f32>(rgb, alpha * strength);
}

struct WedgeVarying {
    @builtin(position) clip: vec4<f32>,
    // 0 at the lens, 1 at the end of its range.
    @location(0) reach: f32,
    @location(1) @interpolate(flat) state: u32,
    @location(2) distance: f32,
}

const WEDGE_STEPS: u32 = 8u;

@vertex
fn wedge_vertex(in: Instance, @builtin(vertex_index) index: u32) -> WedgeVarying {
    var out: WedgeVarying;
    out.state = in.state;
    out.reach = 0.0;
    out.distance = 0.0;
    out.clip = NOWHERE;
    if shape_of(in.state) != 16u || !is_shown(in.state) {
        return out;
    }
    let step = index / 3u;
    let corner = index % 3u;
    var ground = vec3<f32>(in.position.x, -in.position.z, 0.4);
    if corner != 0u {
        let part = f32(step + corner - 1u) / f32(WEDGE_STEPS);
        let azimuth = in.wedge.x + (part * 2.0 - 1.0) * in.wedge.y;
        ground += vec3<f32>(sin(azimuth), cos(azimuth), 0.0) * in.wedge.z;
        out.reach = 1.0;
    }
    let from_eye = ground - view.eye.xyz;
    out.distance = length(from_eye);
    out.clip = view.clip_from_enu * vec4<f32>(from_eye, 1.0);
    return out;
}

@fragment
fn wedge_fragment(in: WedgeVarying) -> @location(0) vec4<f32> {
    let selected = is_selected(in.state) || is_hovered(in.state);
    var colour = style.colours[7].rgb;
    if is_selected(in.state) { colour = style.colours[5].rgb; }
    let near = 1.0 - smoothstep(500.0, 1600.0, in.distance);
    let away = 1.0 - in.reach;
    var alpha = (0.05 + 0.22 * away * away) * near;
    if selected { alpha = 0.12 + 0.3 * away; }
    if freshness_of(in.state) == 2u { alpha = alpha * 0.25; }
    return vec4<f32>(colour, alpha);
}
