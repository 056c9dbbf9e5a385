//! The network of a `dt` module as a chip sees it: inputs, populations of neurons, and between them
//! linear maps with delays.
//!
//! What stands between neurons in the module (sums, scales, biases, reshapes, pools, delays, linear maps in
//! a row) becomes one map and one bias for each pair of populations and delay, exactly. A convolution stays
//! one, a pool before it with it. A target reads the module with [`read`], and chooses with [`timing`] the delays
//! that keep the model's relative timing on a chip where every connection takes a step.

mod columns;
mod kernel;
mod map;
mod network;
mod parameters;
mod timing;
mod walk;

use melior::ir::OperationRef;
use nirc_dialects::dt::Op;

pub use columns::Columns;
pub use kernel::{Kernel, by_channel};
pub use map::{MOST_WEIGHTS, Matrix};
pub use network::{Connection, Input, Network, Output, Population, Source, product};
pub use parameters::NeuronParameters;
pub use timing::{Timing, timing};

use crate::Lowering;

/// The codes of a target's findings about connections.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// An op between neurons without a form on the chip.
    pub op: &'static str,
    /// An output that takes something else than a population.
    pub output: &'static str,
    /// Spikes that arrive at another time than in the model.
    pub latency: &'static str,
    /// Neurons that wait for each other in a step.
    pub cycle: &'static str,
}

/// Reads `ops`, of a module of level `dt`. All that has no form is an error in the lowering's findings.
pub fn read<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    codes: &Codes,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Network<'c> {
    let (mut network, values) = network::read(ops, codes, lowering.findings);
    walk::connect(ops, &values, &mut network, codes, lowering);
    network
}
