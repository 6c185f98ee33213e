// Puts changed states and legs of motion where they belong: only what changed crosses to the device.
//
// Bindings: group 0, binding 0: heads, one per page of 256 slots that has changes; binding 1: the slots within their pages, one byte each,
// four to a word, lowest first; binding 2: the new states or legs; binding 3: all states or legs of the layer, by slot.
// One workgroup serves one head; a head without changes fills up the last row of workgroups.

struct Head {
    page: u32,
    first: u32,
    count: u32,
    pad: u32,
}

struct Leg {
    start: vec4<u32>,
    goal: vec4<u32>,
}

@group(0) @binding(0) var<storage, read> heads: array<Head>;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> new_states: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> states: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> new_legs: array<Leg>;
@group(0) @binding(3) var<storage, read_write> legs: array<Leg>;

const PAGE_SLOTS: u32 = 256u;
const WORKERS: u32 = 32u;

fn slot_of(head: Head, row: u32) -> u32 {
    let offset = (offsets[row >> 2u] >> ((row & 3u) * 8u)) & 0xffu;
    return head.page * PAGE_SLOTS + offset;
}

@compute @workgroup_size(32)
fn scatter_states(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) worker: u32,
) {
    let head = heads[group.y * groups.x + group.x];
    for (var step = worker; step < head.count; step += WORKERS) {
        let slot = slot_of(head, head.first + step);
        if slot < arrayLength(&states) { states[slot] = new_states[head.first + step]; }
    }
}

@compute @workgroup_size(32)
fn scatter_legs(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) worker: u32,
) {
    let head = heads[group.y * groups.x + group.x];
    for (var step = worker; step < head.count; step += WORKERS) {
        let slot = slot_of(head, head.first + step);
        if slot < arrayLength(&legs) { legs[slot] = new_legs[head.first + step]; }
    }
}
