//! Placers: which core of the chip each logical core is.

mod hilbert;
mod improved;
mod in_order;
mod spectral;
mod swaps;

use nirc_dialects::finding::{Finding, Findings};

pub use hilbert::Hilbert;
pub use improved::{Annealing, ForceDirected};
pub use in_order::InOrder;
pub use spectral::Spectral;

use super::{
    architecture::Architecture, hypergraph::Hypergraph, objective::Objective, progress::Progress,
    routing::Placement,
};

/// What is to be placed.
#[derive(Clone, Copy)]
pub struct PlaceProblem<'p> {
    /// The hypergraph over the logical cores; its vertices are the cores.
    pub graph: &'p Hypergraph,
    /// The chip or system.
    pub architecture: &'p Architecture,
    /// What is to be small; [`Architecture::objective`] unless the target has one of its own.
    pub objective: &'p dyn Objective,
    /// Whatever is random comes from it.
    pub seed: u64,
    /// Told how far it is.
    pub progress: &'p dyn Progress,
}

/// A way to place. A user's own implements this; [`place`] checks what it gives.
pub trait Placer: Sync {
    /// The name on the command line.
    fn name(&self) -> &'static str;

    /// What it does, in a sentence.
    fn description(&self) -> &'static str;

    /// Puts every logical core onto a core of its own.
    ///
    /// # Errors
    ///
    /// What makes that impossible.
    fn place(&self, problem: &PlaceProblem<'_>) -> Result<Placement, Findings>;
}

/// The placers that come with nirc.
pub const PLACERS: [&dyn Placer; 5] = [&InOrder, &Hilbert, &Spectral, &ForceDirected, &Annealing];

/// Places with `placer`, and checks the result.
///
/// # Errors
///
/// More logical cores than cores, what the placer found, or that two share one.
pub fn place(placer: &dyn Placer, problem: &PlaceProblem<'_>) -> Result<Placement, Findings> {
    let refuse = |what: String| {
        Finding::error(
            "map-placement",
            "every logical core has a core of its own",
            what,
        )
    };
    let (needed, cores) = (problem.graph.vertices, problem.architecture.mesh.cores());
    if needed > cores {
        return Err(refuse(format!("{needed} logical cores for {cores}")).into());
    }
    let placement = placer.place(problem)?;
    let mut taken = vec![false; cores];
    let sound = placement.core.len() == needed
        && placement.core.iter().all(|&core| {
            let slot = taken.get_mut(core as usize);
            slot.is_some_and(|slot| !std::mem::replace(slot, true))
        });
    if !sound {
        return Err(refuse(format!("`{}` gave none or one twice", placer.name())).into());
    }
    Ok(placement)
}
