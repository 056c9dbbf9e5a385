//! What a target does for the passes.

use std::fmt;

use nirc_dialects::finding::Finding;

use crate::{
    Lowering,
    rewrite::cost::{CostModel, GenericCost},
};

/// A chip or an arithmetic, as the passes see it.
pub trait Target: Sync {
    /// The name on the command line and in the IR, e.g. `xylo-v1`.
    fn name(&self) -> &'static str;

    /// Whether there is a chip to place a module on; else [`Target::map`] refuses.
    fn has_chip(&self) -> bool {
        true
    }

    /// What the rewriting passes minimise for this target. A chip says which ops it has and what they take;
    /// a target that says nothing has them all.
    fn cost(&self) -> Box<dyn CostModel> {
        Box::new(GenericCost)
    }

    /// Rewrites a module of level `dt` to level `quant` within the chip's widths.
    ///
    /// # Errors
    ///
    /// The finding after which nothing more can be found out; the others go into the lowering.
    fn quantize(
        &self,
        lowering: &mut Lowering<'_, '_, '_>,
        options: &QuantizeOptions,
    ) -> Result<(), Finding>;

    /// Rewrites a module of level `quant` to level `hw`: what stands where on the chip.
    ///
    /// # Errors
    ///
    /// As [`Target::quantize`].
    fn map(&self, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding>;
}

nirc_dialects::keyword! {
    /// How weights and thresholds become integers.
    pub enum Quantizer {
        /// One scale for each neuron.
        Channel = "channel",
        /// One scale for all hidden and one for all readout neurons.
        Global = "global",
        /// As rockpool's `channel_quantize`, with its defects, to compare.
        RockpoolChannel = "rockpool-channel",
        /// As rockpool's `global_quantize`, with its defects, to compare.
        RockpoolGlobal = "rockpool-global",
    }
}

/// Options of `dt-to-quant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantizeOptions {
    /// How scales are chosen.
    pub quantizer: Quantizer,
    /// Whether a reset to a value may become a reset by subtraction.
    pub approximate_reset: bool,
    /// Whether a neuron without synaptic filter may get the shortest one that the chip has.
    pub approximate_synapse: bool,
}

/// The options as a pipeline has them.
impl fmt::Display for QuantizeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "quantizer={}", self.quantizer)?;
        match (self.approximate_reset, self.approximate_synapse) {
            (false, false) => Ok(()),
            (true, false) => f.write_str(" approximate=reset"),
            (false, true) => f.write_str(" approximate=synapse"),
            (true, true) => f.write_str(" approximate=reset,synapse"),
        }
    }
}

impl Default for QuantizeOptions {
    fn default() -> Self {
        Self {
            quantizer: Quantizer::Channel,
            approximate_reset: false,
            approximate_synapse: false,
        }
    }
}
