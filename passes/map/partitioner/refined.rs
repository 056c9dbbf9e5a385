//! Tiles, refined.

use nirc_dialects::finding::Findings;

use super::{
    Aligned, Partitioner, Problem, Tiled,
    bricks::{Bricks, Room},
    connectivity::Connectivity,
    fm::Fm,
};
use crate::map::{hypergraph::Hypergraph, network::Network, partition::Partition};

/// The better of [`Aligned`] and [`Tiled`], refined by moving ever smaller bricks ([`refine`]).
pub struct Refined;

/// Bricks at most.
const MOST_BRICKS: usize = 1 << 19;

impl Partitioner for Refined {
    fn name(&self) -> &'static str {
        "refined"
    }

    fn description(&self) -> &'static str {
        "the better of aligned and tiled, then k-way FM on packets under all capacities"
    }

    fn partition(&self, problem: &Problem<'_>) -> Result<Partition, Findings> {
        let made = [Aligned.partition(problem), Tiled.partition(problem)];
        let best = match made {
            [Ok(a), Ok(b)] => {
                let value = |p: &Partition| p.used() as f64 * (1.0 + packets(problem, p));
                if value(&b) < value(&a) { b } else { a }
            }
            [Ok(one), Err(_)] | [Err(_), Ok(one)] => one,
            [Err(findings), Err(_)] => return Err(findings),
        };
        Ok(refine(problem, best))
    }
}

/// Packets in a step, as the architecture counts local ones.
pub(super) fn packets(problem: &Problem<'_>, partition: &Partition) -> f64 {
    let network: &Network = problem.network;
    let graph = Hypergraph::new(network, &partition.grids(network), partition.cores.len());
    let cores = (0..partition.cores.len() as u32).collect();
    let local = problem.architecture.local_packet;
    Connectivity::new(&graph, cores, partition.cores.len(), local).packets()
}

/// Moves neurons between the cores of a partition to save packets, within the capacities: blocks of a
/// sixteenth of a core first, then of a 32nd.
pub fn refine(problem: &Problem<'_>, partition: Partition) -> Partition {
    let network = problem.network;
    let mut partition = partition;
    partition.cores.retain(|parts| !parts.is_empty());
    let cores = partition.cores.len();
    if cores < 2 {
        return partition;
    }
    let mean = network.neurons() / cores as u64;
    for part in [16, 32] {
        let most = (mean / part).max(1);
        let Some(bricks) = Bricks::new(network, &partition, most, MOST_BRICKS) else {
            break;
        };
        problem
            .progress
            .report("refinement", u64::from(part > 16), 2);
        let graph = bricks.graph(network);
        let local = problem.architecture.local_packet;
        let state = Connectivity::new(&graph, bricks.core.clone(), cores, local);
        let room = Room::new(network, problem.cost, &bricks);
        let mut fm = Fm::new(
            state,
            room,
            WORK_BASE + WORK_PER_BRICK * bricks.parts.len() as u64,
        );
        if fm.run() > 1e-9 {
            partition = bricks.partition(fm.state.parts());
        }
    }
    partition
}

/// Look-ups of the refinement at most, about.
const WORK_BASE: u64 = 4_000_000;
/// And for each brick.
const WORK_PER_BRICK: u64 = 500;
