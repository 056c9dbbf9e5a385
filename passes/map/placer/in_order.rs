//! Logical core i on core i.

use nirc_dialects::finding::Findings;

use super::{PlaceProblem, Placer};
use crate::map::routing::Placement;

/// Cores in the order of their numbers, as Lava's mapper numbers them.
pub struct InOrder;

impl Placer for InOrder {
    fn name(&self) -> &'static str {
        "in-order"
    }

    fn description(&self) -> &'static str {
        "core by core in the order of their numbers"
    }

    fn place(&self, problem: &PlaceProblem<'_>) -> Result<Placement, Findings> {
        Ok(Placement {
            core: (0..problem.graph.vertices as u32).collect(),
        })
    }
}
