//! What a `dt.neuron` is in Lava's arithmetic.

use nirc_dialects::{
    dt::{Compare, Op, Reads, Reset, ResetTiming},
    finding::{Finding, Findings, Severity},
    ir::DenseTensor,
    quant,
    tensor::TensorStore,
};
use nirc_passes::Parameter;

use super::arithmetic::{
    self, CURRENT_RANGE, DECAY_BITS, MEMBRANE_RANGE, MOST_BIAS, MOST_THRESHOLD, SHIFT, WEIGHT_UNIT,
};

/// A neuron that Lava has.
pub struct Analysed {
    /// What a unit of weight adds to the membrane's current.
    pub gain: Parameter,
    /// Of 2^12, what the current keeps in a step.
    decay_syn: Parameter,
    /// Of 2^12, what the membrane keeps in a step.
    decay_mem: Parameter,
    /// Shifted to the units of the membrane.
    threshold: Parameter,
    leak: Parameter,
    /// Whether there is a synaptic current that keeps something.
    has_synapse: bool,
    decay_error: f64,
}

/// The analysis of a neuron; `None` after an error finding.
pub fn analyse(
    name: &str,
    neuron: &Op<'_>,
    tensors: &TensorStore,
    findings: &mut Findings,
) -> Option<Analysed> {
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
        v_min,
        membrane_reads,
        comparison_reads,
        compare,
        reset,
        reset_timing,
        max_spikes,
        ..
    } = neuron
    else {
        return None;
    };
    let errors = findings.count(Severity::Error);
    let mut read = |tensor: &Option<DenseTensor<'_>>, absent: f64| match tensor {
        None => Parameter::uniform(absent),
        Some(tensor) => Parameter::read(tensors, *tensor).unwrap_or_else(|finding| {
            findings.push(finding.at(name));
            Parameter::uniform(absent)
        }),
    };
    let (k, g) = (read(current_gain, 1.0), read(input_gain, 1.0));
    // Without memory, a current keeps nothing.
    let (alpha_each, beta_each) = (read(alpha, 0.0), read(beta, 1.0));
    let (direct, leak) = (read(input_to_membrane, 0.0), read(leak, 0.0));
    let (threshold, v_reset) = (read(v_threshold, 0.0), read(v_reset, 0.0));
    let mut refuse = |wrong: bool, code: &'static str, rule: &'static str, what: String| {
        if wrong {
            findings.push(Finding::error(code, rule, what).at(name));
        }
    };
    refuse(
        v_threshold.is_none() || current_gain.is_none(),
        "lava-neuron",
        "every neuron has a membrane and a threshold",
        "this one has not both".into(),
    );
    refuse(
        *reset != Reset::Value || *reset_timing != ResetTiming::SameStep || !v_reset.is_zero(),
        "lava-reset",
        "a spike sets the membrane potential to 0, in its step",
        match reset {
            Reset::Value => format!("the reset is to {:?}", v_reset.values()),
            other => format!("the reset is `{other}`, timing `{reset_timing}`"),
        },
    );
    refuse(
        *max_spikes != 1,
        "lava-max-spikes",
        "a neuron spikes once in a step at most",
        format!("`max_spikes` is {max_spikes}"),
    );
    refuse(
        *compare != Compare::Greater || *comparison_reads != Reads::Updated,
        "lava-compare",
        "a neuron spikes where its potential of this step exceeds the threshold",
        format!("this one compares with `{compare}`, the `{comparison_reads}` potential"),
    );
    refuse(
        *membrane_reads != Reads::Updated || !direct.is_zero(),
        "lava-membrane",
        "the membrane adds the current of the same step, and nothing else of the input",
        "this one reads the current before, or a part of the input reaches it directly".into(),
    );
    refuse(
        v_initial.is_some(),
        "lava-initial",
        "a membrane begins at 0",
        "the model has an initial potential, `v_initial`".into(),
    );
    refuse(
        v_min.is_some(),
        "lava-lower-bound",
        "a membrane potential may fall to -(2^23 - 1)",
        "the model has a lower bound, `v_min`".into(),
    );
    for (state, decay) in [("current", &alpha_each), ("membrane", &beta_each)] {
        let outside = decay.values().iter().find(|d| !(0.0..=1.0).contains(*d));
        refuse(
            outside.is_some(),
            "lava-decay-range",
            "a decay factor is from 0 to 1",
            format!("that of the {state} is {}", outside.unwrap_or(&0.0)),
        );
    }
    let mantissa = threshold.map(arithmetic::threshold);
    let outside = (0..mantissa.values().len())
        .find(|n| !(0.0..=MOST_THRESHOLD).contains(&mantissa.get(*n)))
        .map(|n| threshold.get(n));
    refuse(
        outside.is_some(),
        "lava-threshold",
        "a threshold is from 0 to 512, which is 17 bits",
        format!("v_threshold is {}", outside.unwrap_or(0.0)),
    );
    if findings.count(Severity::Error) > errors {
        return None;
    }
    let decay_syn = alpha_each.map(|d| arithmetic::current_keeps(d) as f64);
    let decay_mem = beta_each.map(|d| arithmetic::membrane_keeps(d) as f64);
    let unit = f64::from(1 << DECAY_BITS);
    let error = |model: &Parameter, keeps: &Parameter| {
        let differences = model.zip(keeps, |model, keeps| (model - keeps / unit).abs());
        differences.values().iter().copied().fold(0.0, f64::max)
    };
    Some(Analysed {
        gain: k.zip(&g, |k, g| k * g),
        decay_error: error(&alpha_each, &decay_syn).max(error(&beta_each, &decay_mem)),
        decay_syn,
        decay_mem,
        threshold: mantissa.map(|t| t * f64::from(1 << SHIFT)),
        leak,
        has_synapse: alpha.is_some(),
    })
}

impl Analysed {
    /// The neuron op for `count` neurons with `constant` at their input; `None` after a finding.
    pub fn op<'c>(
        &self,
        name: &str,
        count: usize,
        constant: Option<&Parameter>,
        lowering: &mut nirc_passes::Lowering<'c, '_, '_>,
    ) -> Option<quant::Op<'c>> {
        let zero = Parameter::uniform(0.0);
        let constant = constant.unwrap_or(&zero);
        let bias = self.bias(name, constant, lowering.findings)?;
        let mut table = |of: &str, values: &Parameter| {
            let values: Vec<i32> = (0..count).map(|n| values.get(n) as i32).collect();
            let key = format!("quant.{name}.{of}");
            lowering
                .tensors
                .attribute(lowering.context, &key, values.into())
        };
        let decay_syn = table("decay_syn", &self.decay_syn);
        let decay_mem = table("decay_mem", &self.decay_mem);
        let threshold = table("threshold", &self.threshold);
        let v_reset = table("v_reset", &zero);
        let bias = (!bias.is_zero()).then(|| table("bias", &bias));
        let unit = Parameter::uniform(WEIGHT_UNIT * f64::from(1 << SHIFT));
        let key = format!("quant.{name}.scale");
        Some(quant::Op::Neuron {
            event_timing: quant::EventTiming::AfterDecay,
            decay: quant::Decay::Multiply,
            decay_syn,
            decay_mem,
            decay_bits: Some(DECAY_BITS),
            rounding: Some(quant::Rounding::TowardZero),
            current_range: CURRENT_RANGE.to_vec(),
            current_overflow: quant::Overflow::Wrap,
            membrane_range: MEMBRANE_RANGE.to_vec(),
            membrane_overflow: quant::MembraneOverflow::Saturate,
            bias,
            compare: quant::Compare::Greater,
            threshold,
            reset: quant::Reset::Value,
            v_reset: Some(v_reset),
            max_spikes: 1,
            scale: unit.attribute(lowering.context, lowering.tensors, &key, &[count]),
            decay_error: self.decay_error,
        })
    }

    /// What is added to the membrane in each step, in its units: the leak, and the bias of the input.
    fn bias(&self, name: &str, constant: &Parameter, findings: &mut Findings) -> Option<Parameter> {
        if self.has_synapse && !constant.is_zero() {
            findings.push(
                Finding::error(
                    "lava-bias",
                    "a bias is added to the membrane",
                    "this one is added to a synaptic current that decays",
                )
                .at(name)
                .why("Lava's neuron has no other bias than that of the membrane")
                .fix("train the layer without bias, or without synaptic current"),
            );
            return None;
        }
        let driven = self.gain.zip(constant, |gain, x| gain * x);
        let mantissa = driven.zip(&self.leak, |a, b| arithmetic::weight(a + b));
        if let Some(value) = mantissa.values().iter().find(|m| m.abs() > MOST_BIAS) {
            findings.push(
                Finding::error(
                    "lava-bias",
                    "a bias has 13 bits with sign",
                    format!("a bias is {value} steps of 1/256, beyond {MOST_BIAS}"),
                )
                .at(name),
            );
            return None;
        }
        Some(mantissa.map(|m| m * f64::from(1 << SHIFT)))
    }

    /// Whether the neuron has a current that keeps something, which the paper's importer has not.
    pub fn has_synapse(&self) -> bool {
        self.has_synapse
    }
}
