//! What lies downstream of what: a network of things and pipes as the caller knows it.

use thiserror::Error;

/// How many nodes a topology may have.
const MAX_NODES: usize = 10_000_000;

/// Why a topology cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TopologyError {
    /// There are too many nodes.
    #[error("{0} nodes are more than {MAX_NODES}")]
    TooManyNodes(usize),
    /// An edge names a node that is not there.
    #[error("edge {edge} names node {node}, and there are {nodes}")]
    NoSuchNode {
        /// The place of the edge in the list.
        edge: usize,
        /// The node that it names.
        node: u32,
        /// How many nodes there are.
        nodes: usize,
    },
    /// The zones are not one for each node.
    #[error("{zones} zones for {nodes} nodes")]
    ZonesDoNotFit {
        /// How many zones were given.
        zones: usize,
        /// How many nodes there are.
        nodes: usize,
    },
}

/// A directed network: nodes are things and pipes, edges lead from upstream to downstream. Cycles are allowed.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// Where the downstream neighbours of each node begin in `down`; one more than there are nodes.
    starts: Vec<u32>,
    down: Vec<u32>,
    /// The zone of each node, for instance a pressure zone; may be empty.
    zones: Vec<Option<u32>>,
}

impl Topology {
    /// The network of `nodes` nodes, numbered from 0. `zones` is empty or has one entry for each node.
    pub fn new(
        nodes: usize,
        edges: &[(u32, u32)],
        zones: Vec<Option<u32>>,
    ) -> Result<Self, TopologyError> {
        if nodes > MAX_NODES {
            return Err(TopologyError::TooManyNodes(nodes));
        }
        if !zones.is_empty() && zones.len() != nodes {
            return Err(TopologyError::ZonesDoNotFit {
                zones: zones.len(),
                nodes,
            });
        }
        let mut starts = vec![0_u32; nodes + 1];
        for (edge, (up, down)) in edges.iter().enumerate() {
            let node = *up.max(down);
            if node as usize >= nodes {
                return Err(TopologyError::NoSuchNode { edge, node, nodes });
            }
            starts[*up as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut targets = vec![0_u32; edges.len()];
        for (up, down) in edges {
            let place = &mut next[*up as usize];
            targets[*place as usize] = *down;
            *place += 1;
        }
        Ok(Self {
            starts,
            down: targets,
            zones,
        })
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The nodes that `node` leads to directly; none for a node that is not there.
    pub fn downstream(&self, node: u32) -> &[u32] {
        let node = node as usize;
        let (Some(from), Some(to)) = (self.starts.get(node), self.starts.get(node + 1)) else {
            return &[];
        };
        self.down.get(*from as usize..*to as usize).unwrap_or(&[])
    }

    /// The zone of `node`.
    pub fn zone(&self, node: u32) -> Option<u32> {
        self.zones.get(node as usize).copied().flatten()
    }

    /// One more than the highest zone number.
    pub(super) fn zone_count(&self) -> usize {
        let highest = self.zones.iter().flatten().max();
        highest.map_or(0, |zone| *zone as usize + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_leads_to_what_its_edges_say() {
        let zones = vec![Some(0), None, Some(4)];
        let net = Topology::new(3, &[(0, 1), (1, 2), (0, 2)], zones).expect("it fits");
        assert_eq!(net.downstream(0), [1, 2]);
        assert_eq!(net.downstream(1), [2]);
        assert!(net.downstream(2).is_empty() && net.downstream(9).is_empty());
        assert_eq!(
            (net.zone(2), net.zone(1), net.zone(9)),
            (Some(4), None, None)
        );
        assert_eq!((net.node_count(), net.zone_count()), (3, 5));
        assert_eq!(Topology::default().node_count(), 0);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let check = |nodes: usize, edges: &[(u32, u32)], zones: usize, text: &str| {
            let fault =
                Topology::new(nodes, edges, vec![None; zones]).expect_err("it does not fit");
            assert_eq!(fault.to_string(), text);
        };
        check(
            2,
            &[(0, 1), (1, 2)],
            0,
            "edge 1 names node 2, and there are 2",
        );
        check(2, &[], 1, "1 zones for 2 nodes");
        check(
            MAX_NODES + 1,
            &[],
            0,
            "10000001 nodes are more than 10000000",
        );
    }
}
