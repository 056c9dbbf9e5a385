//! Placers that improve what others give.

use nirc_dialects::finding::Findings;

use super::{Hilbert, PlaceProblem, Placer, Spectral, swaps::Swaps};
use crate::map::{random::Random, routing::Placement};

/// Hilbert's curve, then swaps of neighbours.
pub struct ForceDirected;

/// The better of Hilbert's curve and the spectral placement after swaps of neighbours, then annealing.
pub struct Annealing;

/// Pins and links that swaps of neighbours look at, at most, about.
const RELAX_WORK: u64 = 60_000_000;
/// Pins and links that annealing looks at, at most, about.
const ANNEAL_WORK: u64 = 200_000_000;

impl Placer for ForceDirected {
    fn name(&self) -> &'static str {
        "force-directed"
    }

    fn description(&self) -> &'static str {
        "Hilbert's curve, then swaps of neighbours while the objective falls"
    }

    fn place(&self, problem: &PlaceProblem<'_>) -> Result<Placement, Findings> {
        let mut swaps = Swaps::new(problem, Hilbert.place(problem)?);
        swaps.relax(RELAX_WORK);
        Ok(swaps.placement())
    }
}

impl Placer for Annealing {
    fn name(&self) -> &'static str {
        "annealing"
    }

    fn description(&self) -> &'static str {
        "the better of Hilbert's curve and the spectral placement, relaxed, then annealed by swaps"
    }

    fn place(&self, problem: &PlaceProblem<'_>) -> Result<Placement, Findings> {
        let mut swaps = Swaps::new(problem, Hilbert.place(problem)?);
        swaps.relax(RELAX_WORK);
        let mut other = Swaps::new(problem, Spectral.place(problem)?);
        other.relax(RELAX_WORK);
        if other.value() < swaps.value() {
            swaps = other;
        }
        swaps.anneal(&mut Random::new(problem.seed), ANNEAL_WORK);
        swaps.relax(RELAX_WORK);
        Ok(swaps.placement())
    }
}
