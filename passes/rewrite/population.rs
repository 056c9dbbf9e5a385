//! What a neuron op is: all that two of them must agree on to be one.

use nirc_dialects::{
    ct,
    dt::{Compare, Integration, Reads, Reset, ResetTiming},
};

use super::{
    analysis::Kind,
    tensors::{Positions, Sign, TensorId, Tensors},
};

/// A neuron op without its operand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Population {
    /// What its attributes other than tensors are.
    pub form: Form,
    /// Its parameters.
    pub parameters: Parameters,
    /// What it gives.
    pub kind: Kind,
    /// The number of its op, if its spikes must stay to be seen: no other is the same then.
    pub observed: Option<u32>,
}

/// The attributes that are no tensors.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Level ct.
    Ct {
        /// What a spike does.
        reset: Reset,
    },
    /// Level dt.
    Dt {
        /// Where the factors come from.
        integration: Integration,
        /// The current that the membrane adds.
        membrane_reads: Reads,
        /// The potential that is compared.
        comparison_reads: Reads,
        /// How.
        compare: Compare,
        /// What a spike does.
        reset: Reset,
        /// When.
        reset_timing: ResetTiming,
        /// Spikes a step at most.
        max_spikes: i64,
    },
}

/// The parameters of both levels; those of the other level are absent. What an absent one means is what
/// it means in the dialect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Parameters {
    /// ct: seconds.
    pub tau_syn: Option<TensorId>,
    /// ct.
    pub w_in: Option<TensorId>,
    /// ct: seconds.
    pub tau_mem: Option<TensorId>,
    /// ct.
    pub r: Option<TensorId>,
    /// ct.
    pub v_leak: Option<TensorId>,
    /// dt.
    pub alpha: Option<TensorId>,
    /// dt.
    pub input_gain: Option<TensorId>,
    /// dt.
    pub beta: Option<TensorId>,
    /// dt.
    pub current_gain: Option<TensorId>,
    /// dt.
    pub input_to_membrane: Option<TensorId>,
    /// dt.
    pub leak: Option<TensorId>,
    /// dt.
    pub v_initial: Option<TensorId>,
    /// dt.
    pub v_min: Option<TensorId>,
    /// Both.
    pub v_threshold: Option<TensorId>,
    /// Both.
    pub v_reset: Option<TensorId>,
}

impl Parameters {
    /// All parameters, for a change of each.
    pub fn each_mut(&mut self) -> [&mut Option<TensorId>; 15] {
        [
            &mut self.tau_syn,
            &mut self.w_in,
            &mut self.tau_mem,
            &mut self.r,
            &mut self.v_leak,
            &mut self.alpha,
            &mut self.input_gain,
            &mut self.beta,
            &mut self.current_gain,
            &mut self.input_to_membrane,
            &mut self.leak,
            &mut self.v_initial,
            &mut self.v_min,
            &mut self.v_threshold,
            &mut self.v_reset,
        ]
    }

    /// All parameters that are there.
    pub fn present(&self) -> impl Iterator<Item = TensorId> {
        self.clone().each_mut().map(|p| *p).into_iter().flatten()
    }
}

impl Population {
    /// Whether there is a membrane: v is not just the current.
    pub fn has_membrane(&self) -> bool {
        match self.form {
            Form::Ct { .. } => self.parameters.r.is_some(),
            Form::Dt { .. } => self.parameters.current_gain.is_some(),
        }
    }

    /// Whether there is a synaptic current that lasts.
    pub fn has_synapse(&self) -> bool {
        self.parameters.tau_syn.is_some() || self.parameters.alpha.is_some()
    }

    /// Whether it spikes; else it gives its potential.
    pub fn spikes(&self) -> bool {
        self.parameters.v_threshold.is_some()
    }

    /// neuron(p, s x) = neuron(q, x): the gains times s. `None` if there is no gain to take it.
    pub fn with_input_scaled(&self, s: TensorId, t: &mut Tensors) -> Option<Self> {
        let mut q = self.clone();
        let p = &mut q.parameters;
        match self.form {
            Form::Ct { .. } if p.tau_syn.is_some() => p.w_in = Some(times(p.w_in, s, t)),
            Form::Ct { .. } if p.r.is_some() => p.r = Some(times(p.r, s, t)),
            Form::Ct { .. } => return None,
            Form::Dt { .. } => {
                p.input_gain = Some(times(p.input_gain, s, t));
                if p.input_to_membrane.is_some() {
                    p.input_to_membrane = Some(times(p.input_to_membrane, s, t));
                }
            }
        }
        Some(q)
    }

    /// neuron(p, x) = neuron(q, s x), where the gains of q are 1: q and s. `None` if they are 1 already,
    /// or one may be 0.
    pub fn with_unit_gains(&self, t: &mut Tensors) -> Option<(Self, TensorId)> {
        let mut q = self.clone();
        let p = &mut q.parameters;
        let mut gains = Vec::new();
        match self.form {
            Form::Ct { .. } => {
                gains.extend(p.w_in.take().filter(|_| p.tau_syn.is_some()));
                if let Some(r) = p.r {
                    gains.push(r);
                    p.r = Some(t.one());
                }
                if p.tau_syn.is_some() {
                    p.w_in = Some(t.one());
                }
            }
            Form::Dt { .. } => {
                gains.extend(p.input_gain.take());
                if let Some(gain) = p.current_gain {
                    gains.push(gain);
                    p.current_gain = Some(t.one());
                }
            }
        }
        if gains.iter().any(|g| !t.is_nonzero(*g)) {
            return None;
        }
        let powers: Vec<_> = gains.iter().map(|g| (*g, 1)).collect();
        let gain = t.product(&powers)?;
        if t.is_one(gain) {
            return None;
        }
        if let Some(direct) = p.input_to_membrane {
            p.input_to_membrane = Some(t.product(&[(direct, 1), (gain, -1)])?);
        }
        Some((q, gain))
    }

    /// neuron(p, x) = neuron(q, f x) for f > 0: all potentials of q times f, its gains as they are.
    /// `None` if f may be 0 or negative.
    pub fn with_potentials_scaled(&self, f: TensorId, t: &mut Tensors) -> Option<Self> {
        if t.sign(f) != Sign::Positive || !self.spikes() {
            return None;
        }
        let mut q = self.clone();
        let p = &mut q.parameters;
        for potential in [
            &mut p.v_threshold,
            &mut p.v_reset,
            &mut p.v_leak,
            &mut p.leak,
            &mut p.v_initial,
            &mut p.v_min,
        ] {
            if let Some(value) = *potential {
                *potential = Some(t.times(value, f));
            }
        }
        Some(q)
    }

    /// s neuron(p, x) = neuron(q, x) for a neuron without threshold.
    pub fn with_output_scaled(&self, s: TensorId, t: &mut Tensors) -> Option<Self> {
        if self.spikes() || self.parameters.v_min.is_some() && t.sign(s) != Sign::Positive {
            return None;
        }
        let mut q = self.clone();
        let p = &mut q.parameters;
        match self.form {
            Form::Ct { .. } if p.r.is_some() => p.r = Some(times(p.r, s, t)),
            Form::Ct { .. } if p.tau_syn.is_some() => p.w_in = Some(times(p.w_in, s, t)),
            Form::Ct { .. } => return None,
            Form::Dt { .. } if p.current_gain.is_some() => {
                p.current_gain = Some(times(p.current_gain, s, t));
            }
            Form::Dt { .. } => p.input_gain = Some(times(p.input_gain, s, t)),
        }
        for value in [
            &mut p.v_leak,
            &mut p.leak,
            &mut p.v_initial,
            &mut p.v_min,
            &mut p.input_to_membrane,
        ]
        .into_iter()
        .flatten()
        {
            *value = t.times(*value, s);
        }
        Some(q)
    }

    /// What a constant 1 that enters adds to the membrane in each step (dt), or to the value towards
    /// which it decays (ct). `None` if it is not the same from the first step on, because a synaptic
    /// current comes between, or if there is nothing that could hold it.
    fn constant_gain(&self, t: &mut Tensors) -> Option<TensorId> {
        let p = &self.parameters;
        if self.has_synapse() {
            return None;
        }
        match self.form {
            Form::Ct { .. } => p.r.filter(|_| p.tau_mem.is_some()),
            Form::Dt { membrane_reads, .. } => {
                if membrane_reads == Reads::Previous {
                    return None;
                }
                let mut gain = t.one();
                for factor in [p.input_gain, p.current_gain].into_iter().flatten() {
                    gain = t.times(gain, factor);
                }
                Some(match p.input_to_membrane {
                    Some(direct) => t.plus(gain, direct),
                    None => gain,
                })
            }
        }
    }

    fn constant(&mut self) -> &mut Option<TensorId> {
        match self.form {
            Form::Ct { .. } => &mut self.parameters.v_leak,
            Form::Dt { .. } => &mut self.parameters.leak,
        }
    }

    /// neuron(p, x + b) = neuron(q, x), where that is exact from the first step on.
    pub fn with_bias(&self, b: TensorId, t: &mut Tensors) -> Option<Self> {
        let gain = self.constant_gain(t)?;
        let added = t.times(gain, b);
        let mut q = self.clone();
        let constant = q.constant();
        *constant = Some(match *constant {
            Some(known) => t.plus(known, added),
            None => added,
        });
        Some(q)
    }

    /// neuron(p, x) = neuron(q, x + b), where q has no leak of its own.
    pub fn without_leak(&self, t: &mut Tensors) -> Option<(Self, TensorId)> {
        let gain = self.constant_gain(t)?;
        let mut q = self.clone();
        let leak = q.constant().take().filter(|leak| !t.is_zero(*leak))?;
        let b = t.product(&[(leak, 1), (gain, -1)])?;
        Some((q, b))
    }

    /// Whether nothing comes out before something goes in.
    pub fn rests(&self, t: &Tensors) -> bool {
        let p = &self.parameters;
        let zero = |parameter: Option<TensorId>| parameter.is_none_or(|id| t.is_zero(id));
        if !zero(p.v_leak) || !zero(p.leak) || !zero(p.v_initial) {
            return false;
        }
        let values = |id: TensorId| super::tensors::evaluate::elements(t, id);
        if p.v_min
            .is_some_and(|id| values(id).iter().any(|v| *v > 0.0))
        {
            return false;
        }
        let strict = match self.form {
            Form::Ct { .. } => true,
            Form::Dt { compare, .. } => compare == Compare::Greater,
        };
        p.v_threshold.is_none_or(|id| {
            let quiet = |v: &f64| if strict { *v >= 0.0 } else { *v > 0.0 };
            values(id).iter().all(quiet)
        })
    }

    /// The neurons at these positions of a first dimension of `extent`; not of an observed population.
    pub fn picked(&self, positions: &Positions, extent: usize, t: &mut Tensors) -> Option<Self> {
        if self.observed.is_some() {
            return None;
        }
        let mut q = self.clone();
        for parameter in q.parameters.each_mut().into_iter().flatten() {
            *parameter = t.pick(*parameter, positions, extent);
        }
        Some(q)
    }

    /// The reset at level ct or dt.
    pub fn reset(&self) -> ct::Reset {
        match self.form {
            Form::Ct { reset } | Form::Dt { reset, .. } => reset,
        }
    }
}

fn times(parameter: Option<TensorId>, s: TensorId, t: &mut Tensors) -> TensorId {
    match parameter {
        Some(known) => t.times(known, s),
        None => s,
    }
}
