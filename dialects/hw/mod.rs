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
        /// A run, for processing elements that are loaded with its length.
        Run = "run" {
            ticks: i64,
            /// The length of a tick in microseconds.
            tick: i64,
            /// What is recorded of output populations, words joined by commas.
            record: String,
            /// What is recorded of the others.
            record_hidden: String,
            /// Whether tables have the room that the vendor's tool gives them, not what they need.
            over_allocated: bool,
        },
        /// A population of one application.
        Population = "population" {
            id: i64, application: String, count: i64,
            /// Neurons for each element of an input.
            copies: i64,
            /// What a spike does; only if the application has neurons with a potential.
            reset: Option<String>,
            /// [parameters of the application, neurons], or one value for all neurons.
            parameters: Option<DenseTensor<'c>>,
            /// Integer units for each unit of the real membrane potential.
            scale: Option<DenseTensor<'c>>,
        },
        /// Synapses from one population to another by source neuron: those of source i are the entries
        /// from first[i] to first[i + 1].
        Rows = "rows" {
            source: i64, target: i64,
            first: DenseTensor<'c>,
            /// The neuron of each entry.
            neuron: DenseTensor<'c>,
            weight: DenseTensor<'c>,
            /// Ticks beyond the first that a spike takes.
            delay: i64,
            /// RMS of the rounding error over RMS of the weights.
            relative_error: f64,
        },
        /// Synapses from one population to another as a convolution, after a pool by sums.
        Kernel = "kernel" {
            source: i64, target: i64,
            /// [in channel, out channel, row, column].
            weight: DenseTensor<'c>,
            /// Rows and columns of the input.
            input: Vec<i64>,
            pool: Vec<i64>, stride: Vec<i64>,
            /// Before and after rows, before and after columns.
            padding: Vec<i64>,
            /// RMS of the rounding error over RMS of the weights.
            relative_error: f64,
        },
        /// The spikes of a population are an output.
        Recorded = "recorded" { population: i64 },
        /// Neurons of a population on a core.
        Slice = "slice" {
            population: i64, first: i64, count: i64,
            /// Column and row of the chip.
            chip: Vec<i64>,
            core: i64,
            /// Of the packets of its first neuron.
            key: i64,
            /// Bytes that it takes of the core's memory.
            bytes: i64,
        },
        /// The multicast table of a chip, first match first.
        RoutingTable = "routing_table" {
            /// Column and row of the chip.
            chip: Vec<i64>,
            /// [entry, key and mask].
            keys: DenseTensor<'c>,
            /// [entry, 64-bit words of the route].
            routes: DenseTensor<'c>,
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
