//! Whether a chip can hold a specification: all violations at once, by NIR node.
//!
//! One rule gives at most one finding a node, with the number of offenders and the worst of them.
//! Errors are what the chip or the vendor's validator refuses, or what would be loaded as another
//! number; warnings are what loads but probably does not do what was meant.

mod aliases;
mod connections;
mod counts;
mod lints;
mod owners;
mod values;

use nirc_dialects::finding::Findings;

use super::{
    chip::{Chip, Limit},
    specification::{NodeRange, Specification},
};
use owners::Owners;

/// Everything that `chip` cannot hold, and everything that it holds but that is probably not meant.
///
/// If the arrays do not fit each other only that is reported, since no other rule has a meaning
/// then. Time is linear in the number of weights.
pub fn check(specification: &Specification, chip: &Chip) -> Findings {
    let mut findings = specification.shape_findings();
    if findings.has_errors() {
        return findings;
    }
    let owners = Owners::new(specification);
    counts::check(&mut findings, &owners, specification, chip);
    connections::check(&mut findings, &owners, specification, chip);
    values::check(&mut findings, &owners, specification, chip);
    aliases::check(&mut findings, &owners, specification, chip);
    // Without a hidden layer everything is unused.
    if specification.hidden_neurons() > 0 {
        lints::check(&mut findings, &owners, specification, chip);
    }
    findings
}

/// How large a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Input channels.
    pub inputs: usize,
    /// Hidden neurons.
    pub hidden: usize,
    /// Readout neurons.
    pub readouts: usize,
    /// Synaptic states of a hidden neuron.
    pub synapses: usize,
}

impl Sizes {
    /// The sizes of `specification`.
    pub fn of(specification: &Specification) -> Self {
        Self {
            inputs: specification.input_channels(),
            hidden: specification.hidden_neurons(),
            readouts: specification.readout_neurons(),
            synapses: specification.synapses(),
        }
    }
}

/// The part of [`check`] that needs no weights: for a network that is not a specification yet.
pub fn check_sizes(sizes: &Sizes, nodes: &[NodeRange], chip: &Chip) -> Findings {
    // Which node owns an id is asked near the chip's limits only, and a list of all ids of a huge layer
    // would fill the memory.
    const OWNED: usize = 4096;
    let owned = Sizes {
        inputs: sizes.inputs.min(OWNED),
        hidden: sizes.hidden.min(OWNED),
        readouts: sizes.readouts.min(OWNED),
        ..*sizes
    };
    let owners = Owners::of_nodes(nodes, &owned);
    let mut findings = Findings::new();
    counts::check_sizes(&mut findings, &owners, sizes, chip);
    findings
}

/// The part of [`check`] that the arithmetic depends on: shapes, value ranges and aliases, but not
/// the size of the chip.
pub fn check_values(specification: &Specification, chip: &Chip) -> Findings {
    let mut findings = specification.shape_findings();
    if !findings.has_errors() {
        let owners = Owners::new(specification);
        values::check(&mut findings, &owners, specification, chip);
        aliases::check(&mut findings, &owners, specification, chip);
    }
    findings
}

/// The finding for biases on a chip that has none.
pub(super) fn bias_absent(what: String) -> nirc_dialects::finding::Finding {
    values::bias_absent(what)
}

/// Where a limit comes from, as the reason of a finding.
fn because<T>(limit: &Limit<T>) -> String {
    format!("the limit is {}: {}", limit.evidence.name(), limit.source)
}
