//! Level 5, `hw`: cores, tables and placement of one chip.

use crate::{
    finding::Finding,
    ir::{DenseTensor, DialectOp, Shapes},
};

crate::dialect! {
    /// What stands where on the chip.
    pub enum Op in "hw" {
        /// The chip.
        Chip = "chip" {
            /// The part's name, as the command line has it.
            part: String,
        },
        /// A NIR input on input channels.
        Channels = "channels" { first: i64, count: i64 },
        /// A population on neuron ids.
        Neurons = "neurons" {
            core: i64, role: Role, first: i64, count: i64,
            dash_syn: DenseTensor<'c>, dash_mem: DenseTensor<'c>,
            threshold: DenseTensor<'c>, bias: Option<DenseTensor<'c>>,
            /// Integer units for each unit of the real membrane potential.
            scale: DenseTensor<'c>,
            /// The largest difference between a decay factor of the model and of the chip.
            decay_error: f64,
        },
        /// A weight table [target, source].
        Synapses = "synapses" {
            core: i64, role: Role,
            /// The channel or neuron id of the first source.
            source: i64,
            /// The neuron id of the first target.
            target: i64,
            weight: DenseTensor<'c>, shift: i64,
            /// RMS of the rounding error over RMS of the weights.
            relative_error: f64,
        },
    }
}

impl Op<'_> {
    fn check(&self, shapes: &Shapes) -> Result<(), Finding> {
        let Self::Neurons { count, .. } = self else {
            return Ok(());
        };
        for (name, tensor) in self.tensors() {
            let entries: usize = tensor.shape().iter().product();
            if entries as i64 != *count {
                return Err(shapes.misfit(format!(
                    "`{name}` has {entries} entries for {count} neurons"
                )));
            }
        }
        Ok(())
    }
}

crate::keyword! {
    /// Which of a core's tables an op fills.
    pub enum Role {
        /// Synapses from input channels to hidden neurons.
        Input = "input",
        /// Hidden neurons.
        Hidden = "hidden",
        /// Synapses between hidden neurons.
        Recurrent = "recurrent",
        /// Readout neurons, and the synapses to them.
        Readout = "readout",
    }
}

/// The module attribute with what a step stands for, in seconds.
pub const STEP: &str = "hw.step";
