//! The codecs for indices: triangles that share edges and vertices with those before them, and plain sequences.

use super::Rest;

const TRIANGLES_HEADER: u8 = 0xE0;
const SEQUENCE_HEADER: u8 = 0xD0;
/// Behind the triangles is a table of the most frequent second bytes.
const TABLE_BYTES: usize = 16;
/// Behind a sequence is room for reading on.
const TAIL_BYTES: usize = 4;

/// Unpacks `count` indices, three to a triangle.
pub(super) fn unpack_triangles(bytes: &[u8], count: usize) -> Result<Vec<u32>, String> {
    if !count.is_multiple_of(3) {
        return Err(format!("{count} indices make no whole number of triangles"));
    }
    let mut rest = Rest(bytes);
    let version = version_of(&mut rest, TRIANGLES_HEADER)?;
    let codes = rest.take(count / 3)?;
    let (data, table) = rest
        .0
        .split_last_chunk::<TABLE_BYTES>()
        .ok_or("the stream is cut short")?;
    let mut triangles = Triangles {
        data: Rest(data),
        edges: [[0; 2]; 16],
        edge: 0,
        vertices: [0; 16],
        vertex: 0,
        next: 0,
        last: 0,
        far: if version >= 1 { 13 } else { 15 },
    };
    let mut indices = Vec::with_capacity(count);
    for code in codes {
        indices.extend(triangles.unpack(*code, table)?);
    }
    if triangles.data.0.is_empty() {
        Ok(indices)
    } else {
        Err("the stream goes on behind the last triangle".to_owned())
    }
}

/// Unpacks `count` indices one after the other.
pub(super) fn unpack_sequence(bytes: &[u8], count: usize) -> Result<Vec<u32>, String> {
    let mut rest = Rest(bytes);
    version_of(&mut rest, SEQUENCE_HEADER)?;
    // An index takes one byte at least; a claim of more is not worth a reservation.
    if rest.0.len() < count.saturating_add(TAIL_BYTES) {
        return Err("the stream is cut short".to_owned());
    }
    let mut last = [0_u32; 2];
    let mut indices = Vec::with_capacity(count);
    for _ in 0..count {
        let folded = number(&mut rest)?;
        let [first, second] = &mut last;
        let base = if folded & 1 == 0 { first } else { second };
        *base = base.wrapping_add(unfold(folded >> 1));
        indices.push(*base);
    }
    if rest.0.len() == TAIL_BYTES {
        Ok(indices)
    } else {
        Err("the stream goes on behind the last index".to_owned())
    }
}

fn version_of(rest: &mut Rest<'_>, kind: u8) -> Result<u8, String> {
    match rest.byte()? {
        header if header & 0xF0 == kind && header & 0x0F <= 1 => Ok(header & 0x0F),
        header => Err(format!("an index stream cannot begin with {header:#04x}")),
    }
}

/// What the last triangles were, while the next ones are told by it.
struct Triangles<'a> {
    data: Rest<'a>,
    edges: [[u32; 2]; 16],
    /// Where the next edge goes.
    edge: usize,
    vertices: [u32; 16],
    /// Where the next vertex goes.
    vertex: usize,
    /// The lowest vertex that no triangle had so far.
    next: u32,
    /// The last vertex that was written out.
    last: u32,
    /// From this number on, a third vertex is not one of the last ones.
    far: u8,
}

impl Triangles<'_> {
    fn unpack(&mut self, code: u8, table: &[u8; TABLE_BYTES]) -> Result<[u32; 3], String> {
        match code {
            0..0xF0 => self.on_an_edge(code),
            0xF0..0xFE => {
                let more = table.get(usize::from(code & 15)).copied();
                Ok(self.of_recent(more.unwrap_or_default()))
            }
            _ => self.of_any(code),
        }
    }

    /// A triangle on an edge of a recent one, with a third vertex.
    fn on_an_edge(&mut self, code: u8) -> Result<[u32; 3], String> {
        let [a, b] = self.recent_edge(code >> 4);
        let third = code & 15;
        let c = if third == 0 {
            self.fresh()
        } else if third < self.far {
            let c = self.recent_vertex(third + 1);
            self.push_edges([c, b], [a, c]);
            return Ok([a, b, c]);
        } else if third == 15 {
            self.written()?
        } else {
            // 13 and 14 are the neighbours of the last one written out.
            self.last = self
                .last
                .wrapping_add(if third == 13 { u32::MAX } else { 1 });
            self.last
        };
        self.push_vertex(c);
        self.push_edges([c, b], [a, c]);
        Ok([a, b, c])
    }

    /// A triangle whose first vertex is new, the others new or recent.
    fn of_recent(&mut self, more: u8) -> [u32; 3] {
        let a = self.fresh();
        let (second, third) = (more >> 4, more & 15);
        let b = if second == 0 {
            self.fresh()
        } else {
            self.recent_vertex(second)
        };
        let c = if third == 0 {
            self.fresh()
        } else {
            self.recent_vertex(third)
        };
        self.push_vertex(a);
        if second == 0 {
            self.push_vertex(b);
        }
        if third == 0 {
            self.push_vertex(c);
        }
        self.push_triangle([a, b, c]);
        [a, b, c]
    }

    /// A triangle of any three vertices.
    fn of_any(&mut self, code: u8) -> Result<[u32; 3], String> {
        let more = self.data.byte()?;
        let (second, third) = (more >> 4, more & 15);
        if more == 0 {
            self.next = 0;
        }
        let is_first_fresh = code == 0xFE;
        let mut a = if is_first_fresh { self.fresh() } else { 0 };
        let mut b = if second == 0 {
            self.fresh()
        } else {
            self.recent_vertex(second)
        };
        let mut c = if third == 0 {
            self.fresh()
        } else {
            self.recent_vertex(third)
        };
        if !is_first_fresh {
            a = self.written()?;
        }
        if second == 15 {
            b = self.written()?;
        }
        if third == 15 {
            c = self.written()?;
        }
        self.push_vertex(a);
        if second == 0 || second == 15 {
            self.push_vertex(b);
        }
        if third == 0 || third == 15 {
            self.push_vertex(c);
        }
        self.push_triangle([a, b, c]);
        Ok([a, b, c])
    }

    fn fresh(&mut self) -> u32 {
        let vertex = self.next;
        self.next = self.next.wrapping_add(1);
        vertex
    }

    /// A vertex that is written out as its difference from the last such one.
    fn written(&mut self) -> Result<u32, String> {
        self.last = self.last.wrapping_add(unfold(number(&mut self.data)?));
        Ok(self.last)
    }

    /// The edge before `back` others.
    fn recent_edge(&self, back: u8) -> [u32; 2] {
        let place = self.edge.wrapping_sub(1 + usize::from(back)) & 15;
        self.edges.get(place).copied().unwrap_or_default()
    }

    /// The vertex that was pushed `back` pushes ago.
    fn recent_vertex(&self, back: u8) -> u32 {
        let place = self.vertex.wrapping_sub(usize::from(back)) & 15;
        self.vertices.get(place).copied().unwrap_or_default()
    }

    fn push_vertex(&mut self, vertex: u32) {
        if let Some(place) = self.vertices.get_mut(self.vertex & 15) {
            *place = vertex;
        }
        self.vertex = (self.vertex + 1) & 15;
    }

    fn push_edges(&mut self, first: [u32; 2], second: [u32; 2]) {
        for edge in [first, second] {
            if let Some(place) = self.edges.get_mut(self.edge & 15) {
                *place = edge;
            }
            self.edge = (self.edge + 1) & 15;
        }
    }

    fn push_triangle(&mut self, [a, b, c]: [u32; 3]) {
        self.push_edges([b, a], [c, b]);
        if let Some(place) = self.edges.get_mut(self.edge & 15) {
            *place = [a, c];
        }
        self.edge = (self.edge + 1) & 15;
    }
}

/// A number of one to five bytes, seven bits in each, the lowest first.
fn number(rest: &mut Rest<'_>) -> Result<u32, String> {
    let mut number = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let byte = rest.byte()?;
        number |= u32::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            break;
        }
    }
    Ok(number)
}

/// 0, −1, 1, −2, 2 … stand as 0, 1, 2, 3, 4 …
fn unfold(folded: u32) -> u32 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}
