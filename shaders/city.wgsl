// The city model: what stands on the ground, what lies flat on it, what lies below it, and content with its own materials.
//
// Bindings: group 0: View, cuts, the sun's depth picture and its sampler; group 1: Tile (dynamic offset, one per mesh);
// group 2: a row per feature; group 3 (own materials only): image and sampler.
// Vertex: position in metres ENU relative to the tile's centre; normal as snorm8 ENU with a shade in w (buildings: height
// above ground / 100 m; roads with normal.x = ±1: side, width / 64 m in y); feature within the tile. Second buffer: a copy's
// matrix and feature. Spaces: `offset` moves tile-relative ENU to eye-relative ENU; clip is reverse-Z, infinite far plane.
// Colours are encoded (sRGB) values all along. Variants are overrides and entry points: no branch depends on a uniform,
// because software Vulkan compiles a shader anew for each value that such a branch sees.

// 0 night, 1 day, 2 white model.
override STYLE: u32 = 0u;
// 0 none, 1 four samples of the sun's depth, 2 sixteen.
override SHADOWS: u32 = 0u;
// The `show` of the features that are drawn: 0 normal, 1 ghosts.
override SHOWN: u32 = 0u;

const NIGHT = 0u;
const DAY = 1u;
const WHITE = 2u;

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

struct Tile {
    // xyz: the tile's centre from the eye; w: how much of its nearness a flat class keeps.
    offset: vec4<f32>,
    // x: class, y: selected feature (NONE: none), z: number of rows, w: unused.
    pick: vec4<u32>,
    // The class's or the material's colour and opacity.
    base: vec4<f32>,
    // x: opacity below which nothing is drawn, y: 1 lit or 0 as it is, z: size of points in pixels, w: unused.
    material: vec4<f32>,
}

struct Cut {
    centre: vec4<f32>,
    half: vec4<f32>,
    // xy: where the second side points; z: bottom, w: top of a prism.
    axis: vec4<f32>,
    // x: 0 box or 1 prism, y: 1 when its inside is kept, z: first corner, w: corners.
    kind: vec4<u32>,
}

struct Cuts {
    // x: cuts, y: first point of the trench, z: points of the trench.
    counts: vec4<u32>,
    // x: half width, y: depth.
    trench: vec4<f32>,
    cuts: array<Cut, 8>,
    points: array<vec2<f32>>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> cuts: Cuts;
@group(0) @binding(2) var sun_depth: texture_depth_2d;
@group(0) @binding(3) var sun_sampler: sampler_comparison;
@group(1) @binding(0) var<uniform> tile: Tile;
// x: colour 24 bits, show 2, painted 1; y: hash 16 bits, height in metres 10, kind 6.
@group(2) @binding(0) var<storage, read> rows: array<vec2<u32>>;
@group(3) @binding(0) var image: texture_2d<f32>;
@group(3) @binding(1) var image_sampler: sampler;

const NONE = 0xffffffffu;
const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);

struct Vertex {
    @location(0) position: vec3<f32>,
    @location(1) normal: vec4<f32>,
    @location(2) feature: u32,
    @location(3) copy_x: vec4<f32>,
    @location(4) copy_y: vec4<f32>,
    @location(5) copy_z: vec4<f32>,
    @location(6) copy_feature: u32,
}

// A corner where it stands, with its feature's row.
struct Placed {
    clip: vec4<f32>,
    from_eye: vec3<f32>,
    normal: vec3<f32>,
    haze: f32,
    feature: u32,
    row: vec2<u32>,
}

fn placed(in: Vertex) -> Placed {
    var out: Placed;
    out.feature = select(in.copy_feature, in.feature, in.copy_feature == NONE);
    let is_known = out.feature < tile.pick.z;
    out.row = select(vec2<u32>(0u), rows[select(0u, out.feature, is_known)], is_known);
    let corner = vec4<f32>(in.position, 1.0);
    let from_centre = vec3<f32>(dot(in.copy_x, corner), dot(in.copy_y, corner), dot(in.copy_z, corner));
    let turned = vec3<f32>(
        dot(in.copy_x.xyz, in.normal.xyz),
        dot(in.copy_y.xyz, in.normal.xyz),
        dot(in.copy_z.xyz, in.normal.xyz),
    );
    out.normal = turned * inverseSqrt(max(dot(turned, turned), 1e-12));
    out.from_eye = from_centre + tile.offset.xyz;
    let clip = view.clip_from_enu * vec4<f32>(out.from_eye, 1.0);
    let is_drawn = ((out.row.x >> 24u) & 3u) == SHOWN;
    out.clip = select(NOWHERE, vec4<f32>(clip.xy, clip.z * tile.offset.w, clip.w), is_drawn);
    let far = dot(out.from_eye, out.from_eye) / (view.fog.x * view.fog.x);
    out.haze = far / (1.0 + far);
    return out;
}

// The colour of the feature: that of its class, unless it has one of its own; chosen ones turn to the colour of choice.
fn painted(class_colour: vec3<f32>, row: vec2<u32>, feature: u32) -> vec3<f32> {
    let own = vec3<f32>(f32(row.x & 0xffu), f32((row.x >> 8u) & 0xffu), f32((row.x >> 16u) & 0xffu)) / 255.0;
    let colour = select(class_colour, own, ((row.x >> 26u) & 1u) == 1u);
    let share = select(0.0, 0.65, feature == tile.pick.y && feature != NONE);
    return mix(colour, view.colours[9].rgb, share);
}

fn is_painted(row: vec2<u32>, feature: u32) -> bool {
    return ((row.x >> 26u) & 1u) == 1u || (feature == tile.pick.y && feature != NONE);
}

// x: share of the sky's light, y: share of the sun's.
fn light_on(normal: vec3<f32>) -> vec2<f32> {
    let towards = dot(normal, view.light.xyz);
    var direct = max(towards, 0.0);
    // At night no sun casts anything: soft light all round lets forms be read.
    if STYLE == NIGHT { direct = 0.5 + 0.5 * towards; }
    return vec2<f32>(0.86 + 0.14 * normal.z, direct);
}

// Which share of the sunlight reaches a point.
fn sunlit(from_eye: vec3<f32>, normal: vec3<f32>) -> f32 {
    if SHADOWS == 0u { return 1.0; }
    let at = view.shadow_from_eye * vec4<f32>(from_eye + normal * view.shade.y, 1.0);
    let uv = at.xy * vec2<f32>(0.5, -0.5) + 0.5;
    let depth = at.z - view.shade.z;
    var lit = 0.0;
    if SHADOWS == 1u {
        for (var tap = 0u; tap < 4u; tap++) {
            let step = (vec2<f32>(f32(tap & 1u), f32(tap >> 1u)) - 0.5) * 1.4 * view.shade.x;
            lit += textureSampleCompareLevel(sun_depth, sun_sampler, uv + step, depth);
        }
        lit *= 0.25;
    } else {
        for (var tap = 0u; tap < 16u; tap++) {
            let turn = f32(tap) * 2.39996;
            let step = vec2<f32>(cos(turn), sin(turn)) * (sqrt((f32(tap) + 0.5) / 16.0) * 3.2 * view.shade.x);
            lit += textureSampleCompareLevel(sun_depth, sun_sampler, uv + step, depth);
        }
        lit *= 0.0625;
    }
    let to_edge = max(abs(at.x), abs(at.y));
    return mix(lit, 1.0, saturate(to_edge * 8.0 - 7.0));
}

fn lit(colour: vec3<f32>, light: vec2<f32>, shadow: f32) -> vec3<f32> {
    return colour * (view.sky.rgb * light.x + view.sun.rgb * (light.y * shadow));
}

fn hazed(colour: vec3<f32>, haze: f32) -> vec3<f32> {
    return mix(colour, view.colours[7].rgb, haze);
}

// Repeatable noise in 0 to 1 from a cell and a number.
fn hash(cell: vec2<i32>, number: u32) -> f32 {
    var mixed = u32(cell.x) * 374761393u + u32(cell.y) * 668265263u + number * 2246822519u;
    mixed = (mixed ^ (mixed >> 13u)) * 1274126177u;
    return f32((mixed ^ (mixed >> 16u)) & 0xffffu) / 65535.0;
}

// Smooth noise in 0 to 1.
fn noise(at: vec2<f32>) -> f32 {
    let cell = floor(at);
    let within = at - cell;
    let s = within * within * (3.0 - 2.0 * within);
    let c = vec2<i32>(cell);
    let low = mix(hash(c, 7u), hash(c + vec2<i32>(1, 0), 7u), s.x);
    let high = mix(hash(c + vec2<i32>(0, 1), 7u), hash(c + vec2<i32>(1, 1), 7u), s.x);
    return mix(low, high, s.y);
}

// ---- cuts -------------------------------------------------------------------------------------------------------------

fn is_in_ring(at: vec2<f32>, first: u32, count: u32) -> bool {
    var inside = false;
    var before = cuts.points[first + count - 1u];
    for (var i = 0u; i < count; i++) {
        let corner = cuts.points[first + i];
        if (corner.y > at.y) != (before.y > at.y) {
            let crossing = (before.x - corner.x) * (at.y - corner.y) / (before.y - corner.y) + corner.x;
            if at.x < crossing { inside = !inside; }
        }
        before = corner;
    }
    return inside;
}

fn is_cut(from_eye: vec3<f32>) -> bool {
    let at = from_eye + view.eye.xyz;
    for (var i = 0u; i < cuts.counts.x; i++) {
        let one = cuts.cuts[i];
        var inside = false;
        if one.kind.x == 0u {
            let off = at - one.centre.xyz;
            let along = dot(off.xy, one.axis.xy);
            let across = off.x * one.axis.y - off.y * one.axis.x;
            inside = all(abs(vec3<f32>(across, along, off.z)) <= one.half.xyz);
        } else {
            inside = at.z >= one.axis.z && at.z <= one.axis.w && is_in_ring(at.xy, one.kind.z, one.kind.w);
        }
        if inside != (one.kind.y == 1u) { return true; }
    }
    return false;
}

fn is_in_trench(at: vec2<f32>) -> bool {
    for (var i = 1u; i < cuts.counts.z; i++) {
        let a = cuts.points[cuts.counts.y + i - 1u];
        let b = cuts.points[cuts.counts.y + i];
        let along = b - a;
        let t = saturate(dot(at - a, along) / max(dot(along, along), 1e-9));
        let off = at - a - along * t;
        if dot(off, off) <= cuts.trench.x * cuts.trench.x { return true; }
    }
    return false;
}

// Where the way from the eye to a point below ground meets the ground; the point itself when it is above.
fn entrance(from_eye: vec3<f32>) -> vec2<f32> {
    let share = clamp(-view.eye.z / min(from_eye.z, -1e-4), 0.0, 1.0);
    return from_eye.xy * select(share, 1.0, from_eye.z + view.eye.z >= 0.0) + view.eye.xy;
}

// ---- what stands ------------------------------------------------------------------------------------------------------

struct Solid {
    @builtin(position) clip: vec4<f32>,
    @location(0) from_eye: vec3<f32>,
    @location(1) @interpolate(flat) normal: vec3<f32>,
    // Height above ground, metres to the top, haze.
    @location(2) up: vec3<f32>,
    // Colour, and the feature's hash.
    @location(3) @interpolate(flat) face: vec4<f32>,
    @location(4) light: vec2<f32>,
    // Façade: width of a cell, height of a storey, half a window's width and height as shares of the cell;
    // a negative width: a curtain of glass.
    @location(5) @interpolate(flat) pattern: vec4<f32>,
}

fn solid(at: Placed, height: f32, class_colour: vec3<f32>) -> Solid {
    var out: Solid;
    out.clip = at.clip;
    out.from_eye = at.from_eye;
    out.normal = at.normal;
    out.up = vec3<f32>(height, 100.0, at.haze);
    out.face = vec4<f32>(painted(class_colour, at.row, at.feature), f32(at.row.y & 0xffffu));
    out.light = light_on(at.normal);
    out.pattern = vec4<f32>(3.0, 3.4, 0.3, 0.25);
    return out;
}

@vertex
fn building_vertex(in: Vertex) -> Solid {
    let at = placed(in);
    let mixed = at.row.y & 0xffffu;
    let one = f32(mixed & 0xffu) / 255.0;
    let two = f32(mixed >> 8u) / 255.0;
    let top = f32((at.row.y >> 16u) & 0x3ffu);
    let height = saturate(in.normal.w) * max(100.0, top);
    let is_glass = (top > 60.0 && two > 0.35) || (top > 28.0 && two > 0.86);
    let is_flat = at.normal.z > 0.94;
    var wall = view.colours[5].rgb;
    var roof = view.colours[8].rgb;
    if STYLE == DAY {
        // Low-contrast stone, plaster and brick; each building keeps its own.
        wall = mix(wall * vec3<f32>(0.91, 0.93, 0.96), wall * vec3<f32>(1.06, 1.045, 1.02), one);
        wall = select(wall, mix(wall, view.more[9].rgb, 0.55), top < 34.0 && two < 0.2);
        wall = select(wall, mix(wall, view.more[7].rgb, 0.25), is_glass);
        roof = mix(roof * 0.92, roof * vec3<f32>(1.05, 1.03, 1.0), two);
        roof = select(mix(view.more[10].rgb, roof, one * 0.55), roof, is_flat);
    }
    if STYLE == NIGHT {
        wall = wall * (0.93 + 0.14 * one);
        // The tall come forward: height is read by shade, not by colour.
        roof = roof * ((0.93 + 0.12 * two) * (1.0 + 0.30 * smoothstep(20.0, 110.0, top)));
        roof = select(roof * mix(0.86, 0.98, one), roof, is_flat);
    }
    if STYLE == WHITE { roof = select(roof * 0.985, roof, is_flat); }
    let is_wall = abs(at.normal.z) < 0.35;
    var out = solid(at, height, select(roof, wall, is_wall));
    out.up.y = max(top - height, 0.0) + select(60.0, 0.0, top > 0.0);
    let width = select(2.7 + 1.5 * two, -1.5, is_glass);
    let storey = select(3.0 + 0.6 * one, 3.8, is_glass);
    let ribbon = select(0.26 + 0.10 * two, 0.46, one > 0.72);
    out.pattern = vec4<f32>(width, storey, select(ribbon, 0.47, is_glass), select(0.24 + 0.08 * one, 0.39, is_glass));
    return out;
}

// The classes that have no façade: bridges, trees, furniture.
@vertex
fn plain_vertex(in: Vertex) -> Solid {
    let at = placed(in);
    let one = f32(at.row.y & 0xffu) / 255.0;
    var colour = tile.base.rgb;
    colour = select(colour, colour * (0.84 + 0.32 * one), tile.pick.x == 9u);
    return solid(at, 100.0, colour);
}

// Pipes and tunnels. A pipe is never thinner than the eye can follow: its skin steps out by about a pixel.
@vertex
fn below_vertex(in: Vertex) -> Solid {
    let at = placed(in);
    var out = solid(at, 100.0, tile.base.rgb);
    let pixel = min(length(at.from_eye) * view.ground.w, 1.6);
    let outside = at.from_eye + at.normal * (pixel * 0.85);
    let clip = view.clip_from_enu * vec4<f32>(outside, 1.0);
    let is_thin = tile.pick.x == 8u && ((at.row.x >> 24u) & 3u) == SHOWN;
    out.clip = select(at.clip, clip, is_thin);
    return out;
}

// A façade: what of it is window, what of that is lit, and how a wall without windows is toned.
struct Facade {
    window: f32,
    lit: f32,
    warmth: f32,
    tone: f32,
}

fn facade(in: Solid, distance: f32) -> Facade {
    let storey = in.pattern.y;
    let width = abs(in.pattern.x);
    let is_glass = in.pattern.x < 0.0;
    // Metres that a pixel covers on the wall; more where it is seen from the side.
    let facing = max(abs(dot(in.normal, in.from_eye)) / distance, 0.22);
    let pixel = distance * view.ground.w / facing;
    let near = saturate(2.4 - 3.2 * pixel / storey);
    // From afar the mean share of windows stays, so that a wall keeps its tone while its pattern melts.
    let mean = in.pattern.z * in.pattern.w * 4.0;
    let position = in.from_eye + view.eye.xyz;
    let along = in.normal.x * position.y - in.normal.y * position.x;
    let number = u32(in.face.a);
    var out = Facade(mean, 0.0, 0.5, 1.0);
    if near > 0.0 {
        let on_wall = vec2<f32>(along / width, position.z / storey);
        let cell = floor(on_wall);
        let within = abs(on_wall - cell - vec2<f32>(0.5, 0.52));
        // Edges are as soft as a pixel is wide.
        let soft_x = saturate((in.pattern.z - within.x) * width / pixel + 0.5);
        let fine = saturate(1.6 - 2.0 * pixel / width);
        let share_x = mix(in.pattern.z * 2.0, soft_x, fine);
        let share_y = saturate((in.pattern.w - within.y) * storey / pixel + 0.5);
        let roll = hash(vec2<i32>(cell), number);
        // Shops and lobbies below, a parapet above.
        let shop = saturate((4.1 - in.up.x) / pixel + 0.5);
        let bay = abs(fract(along / 6.0) - 0.5);
        let shop_window = saturate((0.44 - bay) * 6.0 / pixel + 0.5) * saturate((3.3 - in.up.x) / pixel + 0.5)
            * saturate((in.up.x - 0.4) / pixel + 0.5);
        let parapet = saturate((1.0 - in.up.y) / pixel + 0.5);
        let rows = share_x * share_y * (1.0 - parapet);
        let pane = mix(rows, shop_window, shop);
        out.window = mix(mean, pane, near);
        // Steady: the same windows every night. Sparse: the city sleeps, and alarms must stand out.
        let is_lit = roll > select(0.93, 0.90, is_glass);
        let is_open = hash(vec2<i32>(i32(floor(along / 6.0)), 1), number) > 0.8;
        out.lit = near * pane * mix(f32(is_lit) * fine, f32(is_open), shop);
        out.warmth = mix(0.5, fract(roll * 37.0), near);
        // A ledge between shops and storeys, and a cap on the parapet.
        let ledge = saturate((0.35 - abs(in.up.x - 4.1)) / pixel + 0.5);
        out.tone = 1.0 + near * (0.10 * max(parapet, ledge) - 0.05 * f32(in.up.x < 3.9));
    }
    if STYLE != WHITE && near < 1.0 && pixel < 7.0 {
        // Far windows are points of light, one for a group of rooms.
        let group = vec2<f32>(along / 14.0, position.z / 11.0);
        let cell = floor(group);
        let roll = hash(vec2<i32>(cell), number + 3u);
        let place = 0.25 + 0.5 * vec2<f32>(fract(roll * 61.0), fract(roll * 173.0));
        let off = abs(group - cell - place) * vec2<f32>(14.0, 11.0);
        let dot_share = saturate((1.3 - off.x) / pixel + 0.5) * saturate((1.1 - off.y) / pixel + 0.5);
        let spread = min(1.0, 2.6 / pixel);
        out.lit = max(out.lit, f32(roll > 0.76) * dot_share * spread * (1.0 - near) * saturate((7.0 - pixel) * 0.4));
    }
    return out;
}

fn building_colour(in: Solid) -> vec4<f32> {
    var colour = in.face.rgb;
    let distance = length(in.from_eye);
    var glow = vec3<f32>(0.0);
    if abs(in.normal.z) < 0.35 {
        // Low storeys rest in the contact shade of the street.
        if STYLE == NIGHT { colour *= min(1.0, 0.62 + in.up.x * 0.026); }
        if STYLE == DAY { colour *= min(1.0, 0.86 + in.up.x * 0.012); }
        if STYLE == WHITE { colour *= min(1.0, 0.90 + in.up.x * 0.010); }
        if STYLE != WHITE {
            let wall = facade(in, distance);
            colour *= wall.tone;
            if STYLE == DAY {
                // Glass shows what it mirrors: the horizon at a flat look, deep sky or street at a steep one.
                let up = saturate(0.5 + in.from_eye.z / distance);
                let mirrored = mix(view.more[7].rgb, view.colours[7].rgb * 0.9, 0.22 + 0.38 * up * up);
                let varied = mirrored * (0.88 + 0.24 * wall.warmth);
                let depth = select(0.72, 0.62, in.pattern.x < 0.0);
                colour = mix(colour, mix(in.face.rgb, varied, depth), wall.window);
            } else {
                colour *= 1.0 - 0.20 * wall.window;
            }
            let lamp = mix(view.colours[10].rgb, view.colours[10].rgb * vec3<f32>(0.86, 0.98, 1.16), wall.warmth * wall.warmth);
            glow = lamp * (wall.lit * view.light.w);
        }
    }
    var shaded = lit(colour, in.light, sunlit(in.from_eye, in.normal));
    shaded = shaded * (1.0 - saturate(max(glow.r, glow.g))) + glow;
    return vec4<f32>(hazed(shaded, in.up.z), view.ground.y);
}

fn plain_colour(in: Solid) -> vec4<f32> {
    let shaded = lit(in.face.rgb, in.light, sunlit(in.from_eye, in.normal));
    return vec4<f32>(hazed(shaded, in.up.z), view.ground.y);
}

// A cut body reads as solid: its inside is one flat colour.
fn section(in: Solid) -> vec4<f32> {
    return vec4<f32>(hazed(view.more[5].rgb, in.up.z), view.ground.y);
}

@fragment
fn building_fragment(in: Solid) -> @location(0) vec4<f32> {
    return building_colour(in);
}

@fragment
fn building_cut_fragment(in: Solid, @builtin(front_facing) is_front: bool) -> @location(0) vec4<f32> {
    if is_cut(in.from_eye) { discard; }
    if !is_front { return section(in); }
    return building_colour(in);
}

@fragment
fn plain_fragment(in: Solid) -> @location(0) vec4<f32> {
    return plain_colour(in);
}

@fragment
fn plain_cut_fragment(in: Solid, @builtin(front_facing) is_front: bool) -> @location(0) vec4<f32> {
    if is_cut(in.from_eye) { discard; }
    if !is_front { return section(in); }
    return plain_colour(in);
}

@fragment
fn solid_ghost_fragment(in: Solid) -> @location(0) vec4<f32> {
    // Edges against the eye are denser than faces: a ghost keeps its form.
    let facing = abs(dot(normalize(in.from_eye), in.normal));
    return vec4<f32>(plain_colour(in).rgb, 0.13 + 0.16 * (1.0 - facing));
}

// What is left of a depth pass when parts are cut away.
@fragment
fn solid_depth_cut_fragment(in: Solid) {
    if is_cut(in.from_eye) { discard; }
}

// ---- what lies below --------------------------------------------------------------------------------------------------

// Deep things are darker and lose their colour, so that depth is read without a scale.
fn below_colour(in: Solid) -> vec4<f32> {
    let depth = max(-(in.from_eye.z + view.eye.z), 0.0);
    let light = 0.62 + 0.25 * in.normal.z + 0.20 * dot(in.normal, normalize(vec3<f32>(-0.5, 0.4, 0.75)));
    var colour = in.face.rgb * (light * 1.08);
    let deep = 1.0 - exp(-depth / 14.0);
    colour = mix(colour, view.more[6].rgb * 0.8, deep * 0.65);
    // A tick for every metre of depth, where there is room for it.
    let pixel = length(in.from_eye) * view.ground.w;
    let tick = saturate((0.025 - abs(fract(depth + 0.5) - 0.5)) / pixel + 0.5) * saturate(1.5 - pixel * 12.0);
    colour *= 1.0 + 0.18 * tick * saturate(1.0 - abs(in.normal.z) * 2.0);
    return vec4<f32>(hazed(colour, in.up.z), 1.0);
}

@fragment
fn below_fragment(in: Solid) -> @location(0) vec4<f32> {
    return below_colour(in);
}

@fragment
fn below_cut_fragment(in: Solid, @builtin(front_facing) is_front: bool) -> @location(0) vec4<f32> {
    if is_cut(in.from_eye) { discard; }
    if !is_front { return section(in); }
    return below_colour(in);
}

// Seen through an open trench alone.
@fragment
fn below_trench_fragment(in: Solid) -> @location(0) vec4<f32> {
    if !is_in_trench(entrance(in.from_eye)) { discard; }
    return below_colour(in);
}

@fragment
fn below_depth_trench_fragment(in: Solid) {
    if !is_in_trench(entrance(in.from_eye)) { discard; }
}

// ---- what lies flat ---------------------------------------------------------------------------------------------------

struct Flat {
    @builtin(position) clip: vec4<f32>,
    @location(0) from_eye: vec3<f32>,
    // Haze; side of a road's ribbon −1 to 1; its width in metres, 0 when unknown.
    @location(1) spread: vec3<f32>,
    @location(2) @interpolate(flat) face: vec4<f32>,
    @location(3) light: vec2<f32>,
    @location(4) normal: vec3<f32>,
}

@vertex
fn flat_vertex(in: Vertex) -> Flat {
    let at = placed(in);
    let kind = f32(at.row.y >> 26u) / 7.0;
    let is_road = tile.pick.x == 3u;
    let is_ribbon = is_road && abs(in.normal.x) > 0.99 && in.normal.z > 0.9;
    let importance = select(0.0, kind, is_road);
    let normal = select(at.normal, vec3<f32>(0.0, 0.0, 1.0), is_ribbon);
    var out: Flat;
    // What matters more lies on top.
    out.clip = vec4<f32>(at.clip.xy, at.clip.z * (1.0 + importance * 1.2e-4), at.clip.w);
    out.from_eye = at.from_eye;
    out.spread = vec3<f32>(at.haze, select(0.0, sign(in.normal.x), is_ribbon), select(0.0, in.normal.y * 64.0, is_ribbon));
    let one = f32(at.row.y & 0xffu) / 255.0;
    var colour = mix(tile.base.rgb, view.colours[11].rgb, importance);
    colour = select(colour, colour * (0.94 + 0.12 * one), tile.pick.x == 2u);
    out.face = vec4<f32>(painted(colour, at.row, at.feature), importance);
    out.light = light_on(normal);
    out.normal = normal;
    return out;
}

fn flat_lit(in: Flat, colour: vec3<f32>) -> vec4<f32> {
    let shaded = lit(colour, in.light, sunlit(in.from_eye, in.normal));
    return vec4<f32>(hazed(shaded, in.spread.x), view.ground.x);
}

// Green, rail and relief: grown and trodden ground is never of one tone.
fn ground_colour(in: Flat) -> vec4<f32> {
    var colour = in.face.rgb;
    if STYLE != WHITE {
        let at = in.from_eye.xy + view.eye.xy;
        let pixel = length(in.from_eye) * view.ground.w;
        let coarse = noise(at / 47.0) - 0.5;
        let fine = (noise(at / 9.0) - 0.5) * saturate(1.6 - pixel * 0.35);
        colour *= 1.0 + 0.14 * coarse + 0.11 * fine;
    }
    return flat_lit(in, colour);
}

fn water_colour(in: Flat) -> vec4<f32> {
    let distance = length(in.from_eye);
    let towards = in.from_eye / distance;
    if STYLE == WHITE { return flat_lit(in, in.face.rgb); }
    let at = in.from_eye.xy + view.eye.xy;
    let calm = saturate(1.4 - distance * view.ground.w * 0.5);
    // Two crossing swells, faded where they would be finer than a pixel.
    let swell = vec2<f32>(
        sin(at.x * 0.31 + at.y * 0.17) + sin(at.x * 0.11 - at.y * 0.39),
        sin(at.y * 0.29 - at.x * 0.13) + sin(at.y * 0.12 + at.x * 0.35),
    ) * (0.012 * calm);
    let up = max(-towards.z, 0.0);
    let mirror = pow(1.0 - up, 4.0);
    let mirrored = vec3<f32>(towards.xy + swell * 2.0, up);
    if STYLE == NIGHT {
        let colour = mix(in.face.rgb * (1.0 + swell.x * 1.5), view.colours[7].rgb * 1.1, mirror * 0.55);
        return vec4<f32>(hazed(colour, in.spread.x), view.ground.x);
    }
    let sky = mix(view.colours[7].rgb * 0.96, view.colours[6].rgb, saturate(up * 0.75));
    let sheen = pow(max(dot(normalize(mirrored), view.light.xyz), 0.0), 90.0);
    let shadow = sunlit(in.from_eye, in.normal);
    let deep = in.face.rgb * (view.sky.rgb + view.sun.rgb * (0.30 + 0.30 * shadow));
    let broad = noise(at / 160.0) - 0.5;
    let colour = mix(deep * (1.0 + 0.06 * broad), sky, 0.10 + 0.72 * mirror) + view.sun.rgb * (sheen * shadow * 0.55);
    return vec4<f32>(hazed(colour, in.spread.x), view.ground.x);
}

fn road_colour(in: Flat) -> vec4<f32> {
    var colour = in.face.rgb;
    if STYLE != WHITE && in.spread.z > 3.0 {
        let pixel = length(in.from_eye) * view.ground.w * 1.3;
        let near = saturate(1.7 - pixel * 0.9);
        if near > 0.0 {
            let from_edge = (1.0 - abs(in.spread.y)) * in.spread.z * 0.5;
            let from_middle = abs(in.spread.y) * in.spread.z * 0.5;
            let kerb = saturate((0.45 - from_edge) / pixel + 0.5);
            let edge = saturate((0.09 - abs(from_edge - 0.75)) / pixel + 0.5);
            let is_wide = f32(in.spread.z > 5.5);
            let middle = saturate((0.10 - abs(from_middle - 0.16)) / pixel + 0.5) * is_wide;
            let at = in.from_eye.xy + view.eye.xy;
            let dash = f32(fract((at.x + at.y * 0.83) / 11.0) < 0.45);
            let lane = saturate((0.08 - abs(abs(from_middle - 3.6) - 0.0)) / pixel + 0.5) * f32(in.spread.z > 13.0) * dash;
            colour = mix(colour, colour * select(1.30, 1.10, STYLE == DAY), kerb * near * 0.7);
            colour = mix(colour, view.more[8].rgb, near * 0.55 * max(max(edge * is_wide, lane), middle));
        }
    }
    return flat_lit(in, colour);
}

@fragment
fn ground_fragment(in: Flat) -> @location(0) vec4<f32> { return ground_colour(in); }

@fragment
fn water_fragment(in: Flat) -> @location(0) vec4<f32> { return water_colour(in); }

@fragment
fn road_fragment(in: Flat) -> @location(0) vec4<f32> { return road_colour(in); }

fn is_flat_cut(from_eye: vec3<f32>) -> bool {
    return is_cut(from_eye) || is_in_trench(from_eye.xy + view.eye.xy);
}

@fragment
fn ground_cut_fragment(in: Flat) -> @location(0) vec4<f32> {
    if is_flat_cut(in.from_eye) { discard; }
    return ground_colour(in);
}

@fragment
fn water_cut_fragment(in: Flat) -> @location(0) vec4<f32> {
    if is_flat_cut(in.from_eye) { discard; }
    return water_colour(in);
}

@fragment
fn road_cut_fragment(in: Flat) -> @location(0) vec4<f32> {
    if is_flat_cut(in.from_eye) { discard; }
    return road_colour(in);
}

@fragment
fn flat_ghost_fragment(in: Flat) -> @location(0) vec4<f32> {
    return vec4<f32>(flat_lit(in, in.face.rgb).rgb, 0.2);
}

@fragment
fn flat_depth_cut_fragment(in: Flat) {
    if is_flat_cut(in.from_eye) { discard; }
}

// ---- content with its own materials ---------------------------------------------------------------------------------

struct Own {
    @builtin(position) clip: vec4<f32>,
    @location(0) from_eye: vec3<f32>,
    @location(1) normal: vec3<f32>,
    // Haze; 1 where the feature has a colour of its own.
    @location(2) spread: vec2<f32>,
    @location(3) colour: vec4<f32>,
    @location(4) coordinates: vec2<f32>,
    @location(5) @interpolate(flat) paint: vec3<f32>,
}

fn own(at: Placed, coordinates: vec2<f32>, colour: vec4<f32>) -> Own {
    var out: Own;
    out.clip = at.clip;
    out.from_eye = at.from_eye;
    out.normal = at.normal;
    out.spread = vec2<f32>(at.haze, select(0.0, 0.65, is_painted(at.row, at.feature)));
    out.colour = colour * tile.base;
    out.coordinates = coordinates;
    out.paint = painted(view.colours[5].rgb, at.row, at.feature);
    return out;
}

@vertex
fn own_vertex(in: Vertex, @location(7) coordinates: vec2<f32>, @location(8) colour: vec4<f32>) -> Own {
    return own(placed(in), coordinates, colour);
}

// A point is a small square: the buffers step once per point.
@vertex
fn point_vertex(in: Vertex, @location(8) colour: vec4<f32>, @builtin(vertex_index) index: u32) -> Own {
    var out = own(placed(in), vec2<f32>(0.0), colour);
    let corner = vec2<f32>(f32(index & 1u), f32((index >> 1u) & 1u)) * 2.0 - 1.0;
    out.clip = vec4<f32>(out.clip.xy + corner * view.viewport.zw * (tile.material.z * out.clip.w), out.clip.zw);
    return out;
}

fn own_colour(in: Own, texel: vec4<f32>, is_front: bool) -> vec4<f32> {
    let surface = texel * in.colour;
    var colour = surface.rgb * view.more[11].rgb;
    if STYLE == WHITE { colour = mix(vec3<f32>(dot(surface.rgb, vec3<f32>(0.3, 0.59, 0.11))), view.colours[5].rgb, 0.8); }
    colour = mix(colour, in.paint, in.spread.y);
    // Content that brings no normals is lit from everywhere.
    let length_squared = dot(in.normal, in.normal);
    let normal = in.normal * (inverseSqrt(max(length_squared, 1e-6)) * select(-1.0, 1.0, is_front));
    let light = select(vec2<f32>(1.0, 0.5), light_on(normal), length_squared > 0.1);
    let shaded = lit(colour, light, sunlit(in.from_eye, normal));
    let shown = mix(colour, shaded, tile.material.y);
    let opacity = select(view.ground.y, view.ground.x, tile.pick.x == 5u);
    return vec4<f32>(hazed(shown, in.spread.x), surface.a * opacity);
}

// Relief with a picture of its own is opened by a trench, like every other ground.
fn is_own_cut(from_eye: vec3<f32>) -> bool {
    return is_cut(from_eye) || (is_in_trench(from_eye.xy + view.eye.xy) && tile.pick.x == 5u);
}

@fragment
fn own_fragment(in: Own, @builtin(front_facing) is_front: bool) -> @location(0) vec4<f32> {
    return own_colour(in, textureSample(image, image_sampler, in.coordinates), is_front);
}

// Leaves out what is cut away and what is too transparent.
@fragment
fn own_cut_fragment(in: Own, @builtin(front_facing) is_front: bool) -> @location(0) vec4<f32> {
    let texel = textureSample(image, image_sampler, in.coordinates);
    if texel.a * in.colour.a < tile.material.x || is_own_cut(in.from_eye) { discard; }
    return own_colour(in, texel, is_front);
}

@fragment
fn own_ghost_fragment(in: Own, @builtin(front_facing) is_front: bool) -> @location(0) vec4<f32> {
    let texel = textureSample(image, image_sampler, in.coordinates);
    return vec4<f32>(own_colour(in, texel, is_front).rgb, 0.2);
}

@fragment
fn own_depth_cut_fragment(in: Own) {
    let texel = textureSample(image, image_sampler, in.coordinates);
    if texel.a * in.colour.a < tile.material.x || is_own_cut(in.from_eye) { discard; }
}
