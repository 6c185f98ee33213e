// The city model: flat ground classes painted in order, buildings with depth.
//
// Bindings: group 0, binding 0: View; group 1, binding 0: Tile (dynamic offset, one per tile and class).
// Vertex: position in metres ENU relative to the tile's centre; normal as snorm8 ENU with a shade in w
// (buildings: height above ground / 100 m; roads: importance); feature index within the tile.
// Spaces: `offset` moves tile-relative ENU to eye-relative ENU; clip is reverse-Z with an infinite far plane.

struct View {
    clip_from_enu: mat4x4<f32>,
    eye: vec4<f32>,
    viewport: vec4<f32>,
    forward: vec4<f32>,
    right: vec4<f32>,
    up: vec4<f32>,
    light: vec4<f32>,
    fog: vec4<f32>,
    // 0 ground, 1 water, 2 green, 3 road, 4 rail, 5 wall, 6 zenith, 7 horizon, 8 roof, 9 selected, 10 window, 11 main road
    colours: array<vec4<f32>, 12>,
}

struct Tile {
    offset: vec4<f32>,
    // x: class (0 building, 1 water, 2 green, 3 road, 4 rail); y: selected feature, 0xffffffff is none.
    class_and_pick: vec4<u32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> tile: Tile;

struct Vertex {
    @location(0) position: vec3<f32>,
    @location(1) normal: vec4<f32>,
    @location(2) feature: u32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) from_eye: vec3<f32>,
    @location(1) @interpolate(flat) normal: vec3<f32>,
    // Height above ground in metres (buildings) and how far haze has taken over.
    @location(2) height_and_haze: vec2<f32>,
    // The face's colour in its light, and its feature's number.
    @location(3) @interpolate(flat) face: vec4<f32>,
}

// Whatever is the same for a whole face is worked out here: without a graphics card, fragments are what a frame costs.
// No branch depends on a uniform: software Vulkan compiles a shader anew for each value that such a branch sees.
fn placed(in: Vertex) -> Varying {
    let from_eye = in.position + tile.offset.xyz;
    var out: Varying;
    out.clip = view.clip_from_enu * vec4<f32>(from_eye, 1.0);
    out.from_eye = from_eye;
    out.normal = in.normal.xyz;
    let far = dot(from_eye, from_eye) / (view.fog.x * view.fog.x);
    out.height_and_haze = vec2<f32>(in.normal.w * 100.0, far / (1.0 + far));
    return out;
}

fn marked(face: vec3<f32>, feature: u32) -> vec4<f32> {
    let share = select(0.0, 0.65, feature == tile.class_and_pick.y);
    return vec4<f32>(mix(face, view.colours[9].rgb, share), f32(feature));
}

@vertex
fn flat_vertex(in: Vertex) -> Varying {
    var out = placed(in);
    let kind = tile.class_and_pick.x;
    let importance = select(0.0, saturate(in.normal.w), kind == 3u);
    out.face = marked(mix(view.colours[kind].rgb, view.colours[11].rgb, importance), in.feature);
    return out;
}

@vertex
fn building_vertex(in: Vertex) -> Varying {
    var out = placed(in);
    let lit = 0.5 + 0.5 * dot(in.normal.xyz, view.light.xyz);
    // The tall come forward: height is read by shade, not by colour.
    let tall = 1.0 + 0.35 * smoothstep(20.0, 100.0, in.normal.w * 100.0);
    let roof = view.colours[8].rgb * ((0.94 + 0.10 * lit) * tall);
    let wall = view.colours[5].rgb * ((0.62 + 0.62 * lit) * 1.12);
    out.face = marked(select(wall, roof, in.normal.z > 0.5), in.feature);
    return out;
}

// Repeatable noise in 0 to 1 from a cell and a feature.
fn hash(cell: vec2<i32>, feature: u32) -> f32 {
    var mixed = u32(cell.x) * 374761393u + u32(cell.y) * 668265263u + feature * 2246822519u;
    mixed = (mixed ^ (mixed >> 13u)) * 1274126177u;
    return f32((mixed ^ (mixed >> 16u)) & 0xffffu) / 65535.0;
}

fn hazed(colour: vec3<f32>, haze: f32) -> vec4<f32> {
    return vec4<f32>(mix(colour, view.colours[7].rgb, haze), 1.0);
}

@fragment
fn flat_fragment(in: Varying) -> @location(0) vec4<f32> {
    return hazed(in.face.rgb, in.height_and_haze.y);
}

// Lit windows end here, metres from the eye; they fade from half of it.
const WINDOWS_END_M: f32 = 1100.0;

@fragment
fn building_fragment(in: Varying) -> @location(0) vec4<f32> {
    var colour = in.face.rgb;
    if in.normal.z < 0.5 {
        // Low storeys rest in the contact shade of the street.
        colour = colour * min(1.0, 0.6 + in.height_and_haze.x * 0.028);
        let distance_squared = dot(in.from_eye, in.from_eye);
        if distance_squared < WINDOWS_END_M * WINDOWS_END_M {
            // Sparse and steady. Cells follow the wall, so that they stay where they are.
            let position = in.from_eye + view.eye.xyz;
            let on_wall = vec2<f32>((in.normal.x * position.y - in.normal.y * position.x) / 3.4, position.z / 3.6);
            let cell = floor(on_wall);
            let within = abs(on_wall - cell - vec2<f32>(0.5, 0.55));
            if within.x < 0.28 && within.y < 0.25 && hash(vec2<i32>(cell), u32(in.face.a)) > 0.93 {
                let near = saturate(2.0 - 2.0 * sqrt(distance_squared) / WINDOWS_END_M);
                colour = mix(colour, view.colours[10].rgb, near * view.light.w);
            }
        }
    }
    return hazed(colour, in.height_and_haze.y);
}
