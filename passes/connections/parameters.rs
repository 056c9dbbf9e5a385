//! The parameters of a neuron as numbers.

use nirc_dialects::{dt::Op, ir::DenseTensor};

use crate::{Lowering, Parameter};

/// The parameters of a `dt.neuron`, one value or one for each neuron. An absent one has the value that it
/// means in the dialect.
pub struct NeuronParameters {
    /// What the synaptic current keeps in a step; `None` without one.
    pub alpha: Option<Parameter>,
    /// The factor of the input; 1 if absent.
    pub input_gain: Parameter,
    /// Whether there is a membrane. Without, the potential is the current that is read.
    pub has_membrane: bool,
    /// What the membrane keeps in a step: 1 if absent, 0 without membrane.
    pub beta: Parameter,
    /// The factor of the current that the membrane adds; 1 if absent.
    pub current_gain: Parameter,
    /// The factor of the input that reaches the membrane at once; 0 if absent.
    pub input_to_membrane: Parameter,
    /// Added to the membrane in each step; 0 if absent.
    pub leak: Parameter,
    /// The threshold; `None` of a neuron that does not spike.
    pub v_threshold: Option<Parameter>,
    /// The potential after a reset to a value; 0 if absent.
    pub v_reset: Parameter,
    /// The potential before the first step; 0 if absent.
    pub v_initial: Parameter,
}

impl NeuronParameters {
    /// Reads `neuron`, of the NIR node `name`. What cannot be read is an error in the lowering's findings, and
    /// then is as if absent. `None` for another op.
    pub fn read(neuron: &Op<'_>, name: &str, lowering: &mut Lowering<'_, '_, '_>) -> Option<Self> {
        let Op::Neuron {
            alpha,
            input_gain,
            beta,
            current_gain,
            input_to_membrane,
            leak,
            v_threshold,
            v_reset,
            v_initial,
            ..
        } = neuron
        else {
            return None;
        };
        let mut read = |tensor: &Option<DenseTensor<'_>>| {
            let read = Parameter::read(lowering.tensors, (*tensor)?);
            read.map_err(|finding| lowering.findings.push(finding.at(name)))
                .ok()
        };
        let zero = || Parameter::uniform(0.0);
        let one = || Parameter::uniform(1.0);
        let has_membrane = current_gain.is_some();
        Some(Self {
            alpha: read(alpha),
            input_gain: read(input_gain).unwrap_or_else(one),
            has_membrane,
            current_gain: read(current_gain).unwrap_or_else(one),
            beta: match has_membrane {
                true => read(beta).unwrap_or_else(one),
                false => zero(),
            },
            input_to_membrane: read(input_to_membrane).unwrap_or_else(zero),
            leak: read(leak).unwrap_or_else(zero),
            v_threshold: read(v_threshold),
            v_reset: read(v_reset).unwrap_or_else(zero),
            v_initial: read(v_initial).unwrap_or_else(zero),
        })
    }
}
