//! A chip as a table: which ops it has, and for which parameters.

use super::{
    analysis::Signal,
    cost::{Cost, CostModel, Limits, OpFacts, OpView, Weights},
};

/// What a chip has. An op that does not fit its entry costs infinity.
#[derive(Clone, Debug)]
pub struct ChipOps {
    /// The name in reports.
    pub name: &'static str,
    /// Dense layers.
    pub linear: Option<LinearOps>,
    /// Convolutions.
    pub convolution: Option<ConvolutionOps>,
    /// The kernels of sum pools whose stride is their kernel and which have no padding.
    pub sum_pool: &'static [usize],
    /// Whether there are average pools.
    pub average_pool: bool,
    /// Whether there are factors between ops.
    pub scale: bool,
    /// Whether there are constants between ops.
    pub bias: Option<Spread>,
    /// Whether there are delays, and of how many steps at most for each element.
    pub delay: Option<usize>,
    /// The most operands of a sum.
    pub sum: usize,
    /// Neurons.
    pub neuron: NeuronOps,
    /// Whether layers take spikes and sums of spikes only.
    pub events_only: bool,
    /// How large layers may be.
    pub limits: Limits,
    /// What is counted.
    pub price: Price,
}

/// Dense layers.
#[derive(Clone, Copy, Debug)]
pub struct LinearOps {
    /// The most inputs.
    pub inputs: usize,
    /// The most outputs.
    pub outputs: usize,
}

/// Convolutions.
#[derive(Clone, Debug)]
pub struct ConvolutionOps {
    /// The number of dimensions.
    pub dimensions: usize,
    /// The largest kernel in a dimension.
    pub kernel: usize,
    /// Whether a kernel must have the same extent in all dimensions.
    pub square: bool,
    /// The strides; empty for all.
    pub strides: &'static [usize],
    /// The most zeros around; the same before and after.
    pub padding: usize,
    /// Whether there are groups.
    pub groups: bool,
    /// Whether there is dilation.
    pub dilation: bool,
    /// The most channels, in and out.
    pub channels: usize,
    /// The largest extent of the result.
    pub extent: usize,
}

/// How many values a parameter of a layer may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spread {
    /// One for all.
    Layer,
    /// One for each channel.
    Channel,
    /// One for each element.
    Element,
}

/// Neurons.
#[derive(Clone, Copy, Debug)]
pub struct NeuronOps {
    /// Thresholds, resets and lower bounds.
    pub threshold: Spread,
    /// Gains.
    pub gain: Spread,
    /// The constant that is added; `None`: there is none.
    pub leak: Option<Spread>,
    /// Decays of the membrane; `None`: there are none.
    pub decay: Option<Spread>,
    /// Decays of the synaptic current; `None`: there are none.
    pub synapse: Option<Spread>,
    /// Whether it must have a threshold.
    pub spikes: bool,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    /// For a weight.
    pub word: u64,
    /// For a neuron.
    pub neuron: u64,
    /// For a layer: a core.
    pub layer: u64,
}

impl Spread {
    fn allows(self, held: usize, signal: &Signal) -> bool {
        held == 1
            || match self {
                Self::Layer => false,
                Self::Channel => signal.shape.first() == Some(&held),
                Self::Element => true,
            }
    }
}

impl CostModel for ChipOps {
    fn name(&self) -> &str {
        self.name
    }

    fn op(&self, view: &OpView<'_>) -> Cost {
        self.fits(view).unwrap_or(Cost::MISSING)
    }

    fn table(&self, weights: Weights<'_>) -> Cost {
        Cost::of(weights.count() as u64 * self.price.word)
    }

    fn shares_tables(&self) -> bool {
        false
    }

    fn limits(&self) -> Limits {
        self.limits
    }
}

impl ChipOps {
    /// What an op takes; `None` if there is no form for it.
    fn fits(&self, view: &OpView<'_>) -> Option<Cost> {
        let events = view.input.events || !self.events_only;
        let layer = |weights: &Weights<'_>| {
            let l = &self.limits;
            let (outputs, inputs) = (view.output.count(), view.input.count());
            let fits = !l.many_outputs(outputs, weights.count())
                && !l.many_inputs(inputs, weights.count());
            (fits && events).then_some(Cost::of(self.price.layer))
        };
        match &view.op {
            OpFacts::Linear { weight } => {
                let has = self.linear?;
                let &[rows, columns] = weight.shape() else {
                    return None;
                };
                (columns <= has.inputs && rows <= has.outputs).then(|| layer(weight))?
            }
            OpFacts::Convolution { window, weight } => {
                let has = self.convolution.as_ref()?;
                let axes = &window.axes;
                let shape = weight.shape();
                let fits = axes.len() == has.dimensions
                    && (!has.square || window.square())
                    && (has.groups || window.groups == 1)
                    && (has.dilation || window.undilated())
                    && axes.iter().all(|a| {
                        a.kernel <= has.kernel
                            && (has.strides.is_empty() || has.strides.contains(&a.stride))
                            && a.padding[0] == a.padding[1]
                            && a.padding[0] <= has.padding
                    })
                    && shape[0] <= has.channels
                    && shape[1] * window.groups <= has.channels
                    && view.output.shape[1..].iter().all(|e| *e <= has.extent);
                fits.then(|| layer(weight))?
            }
            OpFacts::SumPool { window } => {
                let kernel = window.axes.first()?.kernel;
                let fits = window.tiles() && window.square() && self.sum_pool.contains(&kernel);
                (fits && events).then_some(Cost::FREE)
            }
            OpFacts::AveragePool { .. } => self.average_pool.then_some(Cost::FREE),
            OpFacts::Scale { .. } => self.scale.then_some(Cost::FREE),
            OpFacts::Bias { bias } => self
                .bias?
                .allows(bias.held(), view.output)
                .then_some(Cost::FREE),
            OpFacts::Reshape => Some(Cost::FREE),
            OpFacts::Sum { operands } => (*operands <= self.sum).then_some(Cost::FREE),
            OpFacts::Delay { delay } => {
                let steps = delay.uniform()?;
                (steps <= self.delay? as f64).then(|| {
                    Cost::of(
                        (steps.max(1.0) * view.output.count() as f64) as u64 * self.price.neuron,
                    )
                })
            }
            OpFacts::Neuron { population: n } => {
                let p = &n.population().parameters;
                let all = |ids: &[Option<super::tensors::TensorId>], spread: Option<Spread>| {
                    ids.iter().flatten().all(|id| {
                        let values = n.parameter(*id);
                        match spread {
                            Some(spread) => spread.allows(values.held(), view.output),
                            None => values.uniform() == Some(0.0),
                        }
                    })
                };
                let no_decay = |id: Option<super::tensors::TensorId>| {
                    id.is_none_or(|id| n.parameter(id).uniform() == Some(1.0))
                };
                let has = &self.neuron;
                let fits = (!has.spikes || n.population().spikes())
                    && all(
                        &[p.v_threshold, p.v_reset, p.v_min, p.v_initial],
                        Some(has.threshold),
                    )
                    && all(
                        &[
                            p.input_gain,
                            p.current_gain,
                            p.input_to_membrane,
                            p.r,
                            p.w_in,
                        ],
                        Some(has.gain),
                    )
                    && all(&[p.leak, p.v_leak], has.leak)
                    && match has.decay {
                        Some(spread) => all(&[p.beta, p.tau_mem], Some(spread)),
                        None => no_decay(p.beta) && p.tau_mem.is_none(),
                    }
                    && match has.synapse {
                        Some(spread) => all(&[p.alpha, p.tau_syn], Some(spread)),
                        None => p.alpha.is_none() && p.tau_syn.is_none(),
                    };
                fits.then(|| Cost::of(view.output.count() as u64 * self.price.neuron))
            }
        }
    }
}

/// What a convolutional event chip has: convolutions with square kernels on events, sum pools side by side
/// of 1, 2 or 4, and integrate-and-fire neurons with one threshold a layer and a constant a channel. No
/// factors, means, matrices, groups, dilation, delays or sums of more than one layer's output but where
/// layers come together. A chip of this kind gives its own numbers in place of these:
/// `ChipOps { name: "...", limits, ..CONVOLUTIONAL_EVENT_CHIP }`.
pub const CONVOLUTIONAL_EVENT_CHIP: ChipOps = ChipOps {
    name: "convolutional-event-chip",
    linear: None,
    convolution: Some(ConvolutionOps {
        dimensions: 2,
        kernel: 16,
        square: true,
        strides: &[1, 2, 4, 8],
        padding: 7,
        groups: false,
        dilation: false,
        channels: 1024,
        extent: 64,
    }),
    sum_pool: &[1, 2, 4],
    average_pool: false,
    scale: false,
    bias: Some(Spread::Channel),
    delay: None,
    sum: usize::MAX,
    neuron: NeuronOps {
        threshold: Spread::Layer,
        gain: Spread::Layer,
        leak: Some(Spread::Channel),
        decay: None,
        synapse: None,
        spikes: true,
    },
    events_only: true,
    limits: Limits::NONE,
    price: Price {
        word: 1,
        neuron: 1,
        layer: 1,
    },
};
