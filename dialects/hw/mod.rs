//! Level 5, `hw`: cores, tables and placement of one chip.

pub use crate::ct::Reset;
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
        /// Output channels of a population on a convolutional core.
        ConvolutionCore = "convolution_core" {
            core: i64,
            /// The population's channel that stands first.
            first: i64,
            /// Channels of the core from one of the population's to the next; those between are silent.
            step: i64,
            /// What events address: channels, rows, columns.
            input: Vec<i64>,
            /// The neurons: channels, rows, columns.
            output: Vec<i64>,
            /// Along rows, columns.
            stride: Vec<i64>,
            /// Zeros on both sides: rows, columns.
            padding: Vec<i64>,
            /// Integers [output channel, input channel, row, column].
            weight: DenseTensor<'c>,
            /// One for each output channel, added in each tick; 0 if it is left out.
            bias: Option<DenseTensor<'c>>,
            threshold: i64,
            /// No potential goes below this.
            threshold_low: i64,
            reset: Reset,
            /// Whether the host sees its spikes.
            monitor: bool,
            /// Integer units for each unit of the real membrane potential: one, or one for each channel.
            scale: DenseTensor<'c>,
            /// The largest of RMS of the rounding error over RMS of the weights.
            relative_error: f64,
            /// Synaptic operations if every neuron and input that sends to it does so once.
            load: f64,
        },
        /// A core that sends on what it gets, for more destinations than one core has.
        RelayCore = "relay_core" {
            core: i64,
            /// What it gets and sends: channels, rows, columns.
            map: Vec<i64>,
        },
        /// Where events of a core go.
        Route = "route" {
            core: i64,
            /// A core, or the readout.
            target: i64,
            /// Added to the channel of an event.
            channel_shift: i64,
            /// The side of the square of neurons that share an address.
            pooling: i64,
        },
        /// A NIR input at a core: the host sends its events there.
        HostEvents = "host_events" {
            core: i64,
            /// Added to the channel of an event.
            channel_shift: i64,
            /// The input as channels, rows, columns.
            map: Vec<i64>,
            /// Rows, columns that share an address.
            pooling: Vec<i64>,
        },
        /// A NIR input that the chip's sensor is; columns before rows, as in the chip's registers.
        Sensor = "sensor" {
            /// The cores that its events go to.
            targets: Vec<i64>,
            /// Columns, rows that share an address.
            pooling: Vec<i64>,
            /// The first column, row of the sensor.
            origin: Vec<i64>,
            /// Columns, rows of the sensor, from the origin on.
            size: Vec<i64>,
            /// Whether both polarities are one channel.
            merge: bool,
            on: bool,
            off: bool,
            mirror_columns: bool,
            mirror_rows: bool,
            /// Whether columns and rows are swapped, last of all.
            swap: bool,
        },
        /// The unit that counts the spikes of classes.
        Readout = "readout" {
            mode: ReadoutMode,
            threshold: i64,
        },
        /// Which population a NIR output takes.
        Result = "result" {
            population: String,
            /// Rows, columns that are summed.
            pooling: Vec<i64>,
        },
        /// Synaptic operations that a core can do in a second, if the user says it.
        Limit = "limit" { synaptic_operations: f64 },
        /// A NIR input, whose spikes come from outside the chip.
        SpikeSource = "spike_source" {
            /// Of the population that stands for it.
            id: i64,
            shape: Vec<i64>,
            /// Bits of the payload that a spike carries, a count; 0 if it carries none.
            message_bits: i64,
        },
        /// Neurons of one parameter set, which are a process of Lava.
        Lif = "lif" {
            id: i64,
            /// Channels, rows, columns; or neurons.
            shape: Vec<i64>,
            /// Of 4096, what u loses in a step, less 1.
            du: i64,
            /// Of 4096, what v loses in a step.
            dv: i64,
            /// The mantissa of the threshold.
            threshold: i64,
            /// Mantissas, one for each neuron or channel.
            bias: Option<DenseTensor<'c>>,
            /// Their exponents, or one for all.
            bias_exponent: Option<DenseTensor<'c>>,
            /// The places of the neurons in the NIR node, where they are not all of it.
            elements: Option<DenseTensor<'c>>,
            /// The neurons of the NIR node.
            node_count: i64,
            /// Integer units for each unit of the real membrane potential, one for each neuron.
            scale: DenseTensor<'c>,
            /// The largest difference between a decay factor of the model and of the chip.
            decay_error: f64,
        },
        /// Neurons that send the sum of a step's input as a payload, where its magnitude is more than the
        /// threshold, and keep nothing.
        Relay = "relay" { id: i64, shape: Vec<i64>, threshold: i64 },
        /// Synapses from every element of a population to every neuron of another.
        DenseSynapses = "dense_synapses" {
            source: i64, target: i64,
            /// [target, source].
            weight: DenseTensor<'c>,
            exponent: i64,
            /// Steps beyond the first that a spike takes.
            delay: i64,
            /// RMS of the rounding error over RMS of the weights.
            relative_error: f64,
        },
        /// Synapses that share a kernel.
        ConvolutionSynapses = "convolution_synapses" {
            source: i64, target: i64,
            /// [out channel, in channel of the group, row, column].
            weight: DenseTensor<'c>,
            /// Rows, columns.
            stride: Vec<i64>,
            /// On both sides of rows, of columns.
            padding: Vec<i64>,
            /// Rows, columns.
            dilation: Vec<i64>,
            groups: i64,
            /// Steps beyond the first that a spike takes.
            delay: i64,
            /// RMS of the rounding error over RMS of the weights.
            relative_error: f64,
        },
        /// Synapses one by one: those of source i are the entries from first[i] to first[i + 1].
        SparseSynapses = "sparse_synapses" {
            source: i64, target: i64,
            first: DenseTensor<'c>,
            /// The neuron of each entry.
            neuron: DenseTensor<'c>,
            weight: DenseTensor<'c>,
            exponent: i64,
            /// Steps beyond the first that a spike takes.
            delay: i64,
            /// RMS of the rounding error over RMS of the weights.
            relative_error: f64,
        },
        /// An output of the model: what is read of populations, which are parts of one node.
        Probe = "probe" {
            populations: Vec<i64>,
            signal: ProbeSignal,
        },
        /// Neurons of a population on a core.
        Block = "block" {
            population: i64,
            chip: i64,
            core: i64,
            /// The first channel, row, column.
            origin: Vec<i64>,
            /// How many of each.
            size: Vec<i64>,
            /// What they take: input axons, neuron groups, neurons, synaptic memory, axon map, axon memory.
            words: Vec<i64>,
        },
    }
}

impl Op<'_> {
    fn check(&self, shapes: &Shapes) -> Result<(), Finding> {
        let Self::Neurons { count, .. } = self else {
            return self.check_cores(shapes);
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

impl Op<'_> {
    /// Lists of extents have the lengths that they are read with.
    fn check_cores(&self, shapes: &Shapes) -> Result<(), Finding> {
        let lists: &[(&str, &Vec<i64>, usize)] = &match self {
            Self::ConvolutionCore {
                input,
                output,
                stride,
                padding,
                ..
            } => vec![
                ("input", input, 3),
                ("output", output, 3),
                ("stride", stride, 2),
                ("padding", padding, 2),
            ],
            Self::RelayCore { map, .. } => vec![("map", map, 3)],
            Self::HostEvents { map, pooling, .. } => {
                vec![("map", map, 3), ("pooling", pooling, 2)]
            }
            Self::Sensor {
                pooling,
                origin,
                size,
                ..
            } => vec![
                ("pooling", pooling, 2),
                ("origin", origin, 2),
                ("size", size, 2),
            ],
            Self::Result { pooling, .. } => vec![("pooling", pooling, 2)],
            Self::ConvolutionSynapses {
                stride,
                padding,
                dilation,
                ..
            } => vec![
                ("stride", stride, 2),
                ("padding", padding, 2),
                ("dilation", dilation, 2),
            ],
            Self::Block {
                origin,
                size,
                words,
                ..
            } => vec![
                ("origin", origin, 3),
                ("size", size, 3),
                ("words", words, 6),
            ],
            _ => Vec::new(),
        };
        for (name, list, count) in lists {
            if list.len() != *count || list.iter().any(|n| *n < 0) {
                return Err(shapes.misfit(format!(
                    "`{name}` is {list:?}; it is {count} numbers from 0"
                )));
            }
        }
        Ok(())
    }
}

crate::keyword! {
    /// What is read of a population.
    pub enum ProbeSignal {
        /// Its spikes.
        Spikes = "spikes",
        /// Its membrane potential.
        Membrane = "membrane",
    }
}

crate::keyword! {
    /// What the readout shows.
    pub enum ReadoutMode {
        /// The classes whose count reaches the threshold.
        Threshold = "threshold",
        /// The class with the most spikes.
        Maximum = "maximum",
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
