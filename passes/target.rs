//! What a target does for the passes.

use std::{collections::BTreeMap, fmt};

use ndarray::Array2;
use nirc_dialects::finding::{Finding, Findings};

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

    /// The quantisers that it has.
    fn quantizers(&self) -> &'static [Quantizer] {
        &[Quantizer::Channel]
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
    /// As [`Target::quantize`], and options that it does not have.
    fn map(&self, lowering: &mut Lowering<'_, '_, '_>, options: &MapOptions)
    -> Result<(), Finding>;
}

nirc_dialects::keyword! {
    /// How weights and thresholds become integers.
    pub enum Quantizer {
        /// nirc's own, with as many scales as the chip has room for.
        Channel = "channel",
        /// One scale for all hidden and one for all readout neurons.
        Global = "global",
        /// As rockpool's `channel_quantize`, with its defects, to compare.
        RockpoolChannel = "rockpool-channel",
        /// As rockpool's `global_quantize`, with its defects, to compare.
        RockpoolGlobal = "rockpool-global",
        /// As sinabs' discretisation for its DYNAP-CNN backend, with its defects, to compare.
        Sinabs = "sinabs",
        /// As the NIR paper's importer for Lava, to compare.
        Lava = "lava",
        /// As py-spinnaker2's NIR importer, which truncates, to compare.
        PySpinnaker2 = "py-spinnaker2",
    }
}

nirc_dialects::keyword! {
    /// What may differ from the model where a chip has no exact form.
    pub enum Approximation {
        /// A reset to a value becomes one by subtraction, or the other way.
        Reset = "reset",
        /// A neuron without synaptic filter gets the shortest one that the chip has.
        Synapse = "synapse",
        /// A leaky membrane becomes one without leak.
        Leak = "leak",
        /// A bias of a synaptic current becomes one of the membrane, of its settled strength and from the
        /// first step on.
        Bias = "bias",
    }
}

/// A set of approximations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Approximations(u8);

impl Approximations {
    /// None.
    pub const NONE: Self = Self(0);

    /// The set with `approximation` in it too.
    #[must_use]
    pub const fn with(self, approximation: Approximation) -> Self {
        Self(self.0 | 1 << approximation as u8)
    }

    /// Whether the user allows it.
    pub const fn allow(self, approximation: Approximation) -> bool {
        self.0 & 1 << approximation as u8 != 0
    }

    /// The set that words joined by commas name.
    pub fn from_words(text: &str) -> Option<Self> {
        text.split(',').try_fold(Self::NONE, |set, word| {
            Some(set.with(Approximation::from_word(word)?))
        })
    }
}

/// The words, joined by commas.
impl fmt::Display for Approximations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Approximation::ALL.iter().filter(|a| self.allow(**a));
        let words: Vec<_> = words.map(|a| a.word()).collect();
        f.write_str(&words.join(","))
    }
}

/// Reads samples of input from what the command line names; the files are the driver's business.
pub trait SampleReader: Sync {
    /// For each sample, and in it for each of `inputs` (names and numbers of elements): [steps,
    /// elements]. `step` is what a step stands for, in seconds.
    ///
    /// # Errors
    ///
    /// All that is wrong with the source.
    fn read(
        &self,
        source: &str,
        inputs: &[(&str, usize)],
        step: Option<f64>,
    ) -> Result<Vec<Vec<Array2<f32>>>, Findings>;
}

/// Input on which a quantiser may measure what its choices do to spikes.
#[derive(Clone)]
pub struct Calibration {
    /// A file of samples or a generator, as the command line has it.
    pub source: String,
    /// Who reads it.
    pub reader: &'static dyn SampleReader,
}

impl fmt::Debug for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Calibration").field(&self.source).finish()
    }
}

impl PartialEq for Calibration {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

/// Options of `dt-to-quant`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizeOptions {
    /// How scales are chosen.
    pub quantizer: Quantizer,
    /// What may differ from the model.
    pub approximate: Approximations,
    /// What the quantiser may measure spikes on.
    pub calibration: Option<Calibration>,
}

/// The options as a pipeline has them.
impl fmt::Display for QuantizeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "quantizer={}", self.quantizer)?;
        if self.approximate != Approximations::NONE {
            write!(f, " approximate={}", self.approximate)?;
        }
        match &self.calibration {
            Some(calibration) => write!(f, " calibrate={}", calibration.source),
            None => Ok(()),
        }
    }
}

impl Default for QuantizeOptions {
    fn default() -> Self {
        Self {
            quantizer: Quantizer::Channel,
            approximate: Approximations::NONE,
            calibration: None,
        }
    }
}

/// Options of `quant-to-hw`, which each target reads for itself: by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapOptions(pub BTreeMap<String, String>);

/// The options as a pipeline has them.
impl fmt::Display for MapOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<_> = self.0.iter().map(|(k, v)| format!("{k}={v}")).collect();
        f.write_str(&each.join(" "))
    }
}
