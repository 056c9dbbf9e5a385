//! The neuron's difference equations, on blocks of neurons: each choice that an attribute makes is made
//! once for a block, so that the loops over neurons are free of branches.

use std::ops::Range;

use super::{
    Compare, Reads, Real, Reset, ResetTiming,
    parameter::{BLOCK, Parameter, blocks},
};

/// A population of neurons.
pub(super) struct Neuron<T> {
    pub count: usize,
    pub alpha: Option<Parameter<T>>,
    pub input_gain: Option<Parameter<T>>,
    pub beta: Option<Parameter<T>>,
    pub current_gain: Option<Parameter<T>>,
    pub input_to_membrane: Option<Parameter<T>>,
    pub leak: Option<Parameter<T>>,
    pub v_threshold: Option<Parameter<T>>,
    pub v_reset: Option<Parameter<T>>,
    pub v_initial: Option<Parameter<T>>,
    pub v_min: Option<Parameter<T>>,
    pub membrane_reads: Reads,
    pub comparison_reads: Reads,
    pub compare: Compare,
    pub reset: Reset,
    pub reset_timing: ResetTiming,
    pub max_spikes: i64,
}

/// The state of a population: synaptic current and membrane potential of each neuron.
pub(super) struct State<T> {
    pub i_syn: Vec<T>,
    pub v: Vec<T>,
}

impl<T: Real> Neuron<T> {
    /// The state before the first step.
    pub fn rest(&self) -> State<T> {
        let mut v = vec![T::zero(); self.count];
        if let Some(initial) = &self.v_initial {
            for block in blocks(self.count) {
                v[block.clone()].copy_from_slice(initial.of(&block));
            }
        }
        State {
            i_syn: vec![T::zero(); self.count],
            v,
        }
    }

    /// Whether the output of a step is known before its input.
    pub fn holds(&self) -> bool {
        self.comparison_reads == Reads::Previous && self.v_threshold.is_some()
    }

    /// One step of a neuron whose comparison reads the updated potential: input `x`, spikes or
    /// potential to `out`, which holds the spikes of the step before.
    #[inline(always)]
    pub fn step(&self, state: &mut State<T>, x: &[T], out: &mut [T]) {
        for block in blocks(self.count) {
            let (x, out) = (&x[block.clone()], &mut out[block.clone()]);
            let i_syn = &mut state.i_syn[block.clone()];
            let v = &mut state.v[block.clone()];
            let Some(threshold) = &self.v_threshold else {
                self.integrate(&block, x, i_syn, v);
                self.bound(&block, v);
                out.copy_from_slice(v);
                continue;
            };
            let threshold = threshold.of(&block);
            match self.reset_timing {
                ResetTiming::SameStep => {
                    self.integrate(&block, x, i_syn, v);
                    self.fire(&block, threshold, v, out);
                }
                ResetTiming::NextStep => {
                    self.integrate(&block, x, i_syn, v);
                    self.reset_late(&block, threshold, out, v);
                    self.spikes(&block, threshold, v, out);
                }
                ResetTiming::BeforeAndAfter => {
                    self.spikes(&block, threshold, v, out);
                    self.integrate(&block, x, i_syn, v);
                    let mut buffer = [T::zero(); BLOCK];
                    let compared = &mut buffer[..v.len()];
                    compared.copy_from_slice(v);
                    take_off(threshold, out, compared);
                    self.fire(&block, threshold, compared, out);
                    take_off(threshold, out, v);
                }
            }
            self.bound(&block, v);
        }
    }

    /// The spikes of a step whose comparison reads the potential that the step before left.
    #[inline(always)]
    pub fn emit(&self, state: &mut State<T>, out: &mut [T]) {
        let Some(threshold) = &self.v_threshold else {
            return;
        };
        for block in blocks(self.count) {
            let out = &mut out[block.clone()];
            let v = &mut state.v[block.clone()];
            let threshold = threshold.of(&block);
            match self.reset_timing {
                ResetTiming::SameStep => self.fire(&block, threshold, v, out),
                _ => self.spikes(&block, threshold, v, out),
            }
        }
    }

    /// What follows [`Neuron::emit`] once the input `x` is known; `spikes` is what it gave.
    #[inline(always)]
    pub fn absorb(&self, state: &mut State<T>, x: &[T], spikes: &[T]) {
        for block in blocks(self.count) {
            let i_syn = &mut state.i_syn[block.clone()];
            let v = &mut state.v[block.clone()];
            self.integrate(&block, &x[block.clone()], i_syn, v);
            if let (ResetTiming::NextStep, Some(threshold)) = (self.reset_timing, &self.v_threshold)
            {
                let spikes = &spikes[block.clone()];
                self.reset_late(&block, threshold.of(&block), spikes, v);
            }
            self.bound(&block, v);
        }
    }

    /// Updates currents, and potentials but for spikes.
    #[inline(always)]
    fn integrate(&self, block: &Range<usize>, x: &[T], i_syn: &mut [T], v: &mut [T]) {
        let of = |parameter| Parameter::of(parameter, block);
        let mut buffer;
        let read: &[T] = match self.membrane_reads {
            // Without synapse or gain the current is the input, and nobody reads it later.
            Reads::Updated if self.alpha.is_none() && self.input_gain.is_none() => x,
            Reads::Updated => {
                self.filter(block, x, i_syn);
                i_syn
            }
            Reads::Previous => {
                buffer = [T::zero(); BLOCK];
                let before = &mut buffer[..i_syn.len()];
                before.copy_from_slice(i_syn);
                self.filter(block, x, i_syn);
                before
            }
        };
        match (
            self.beta.as_ref().map(of),
            self.current_gain.as_ref().map(of),
        ) {
            (_, None) => v.copy_from_slice(read),
            (None, Some(gain)) => add_products(v, gain, read),
            (Some(beta), Some(gain)) => {
                for ((v, read), (beta, gain)) in v.iter_mut().zip(read).zip(beta.iter().zip(gain)) {
                    *v = *beta * *v + *gain * *read;
                }
            }
        }
        if let Some(direct) = self.input_to_membrane.as_ref().map(of) {
            add_products(v, direct, x);
        }
        if let Some(leak) = self.leak.as_ref().map(of) {
            for (v, leak) in v.iter_mut().zip(leak) {
                *v += *leak;
            }
        }
    }

    /// The reset for the spikes of the step before.
    #[inline(always)]
    fn reset_late(&self, block: &Range<usize>, threshold: &[T], spikes: &[T], v: &mut [T]) {
        match (self.reset, &self.v_reset) {
            (Reset::None, _) => {}
            (Reset::Subtract, _) => take_off(threshold, spikes, v),
            (Reset::Value, Some(v_reset)) => {
                for ((v, spikes), v_reset) in v.iter_mut().zip(spikes).zip(v_reset.of(block)) {
                    *v = if *spikes == T::zero() { *v } else { *v_reset };
                }
            }
            (Reset::Value, None) => {
                for (v, spikes) in v.iter_mut().zip(spikes) {
                    *v = if *spikes == T::zero() { *v } else { T::zero() };
                }
            }
        }
    }

    /// Updates currents.
    #[inline(always)]
    fn filter(&self, block: &Range<usize>, x: &[T], i_syn: &mut [T]) {
        let of = |parameter| Parameter::of(parameter, block);
        match (
            self.alpha.as_ref().map(of),
            self.input_gain.as_ref().map(of),
        ) {
            (Some(alpha), Some(gain)) => {
                for ((i, x), (alpha, gain)) in i_syn.iter_mut().zip(x).zip(alpha.iter().zip(gain)) {
                    *i = *alpha * *i + *gain * *x;
                }
            }
            (Some(alpha), None) => {
                for ((i, x), alpha) in i_syn.iter_mut().zip(x).zip(alpha) {
                    *i = *alpha * *i + *x;
                }
            }
            (None, Some(gain)) => {
                for ((i, x), gain) in i_syn.iter_mut().zip(x).zip(gain) {
                    *i = *gain * *x;
                }
            }
            (None, None) => i_syn.copy_from_slice(x),
        }
    }

    #[inline(always)]
    fn bound(&self, block: &Range<usize>, v: &mut [T]) {
        if let Some(low) = &self.v_min {
            for (v, low) in v.iter_mut().zip(low.of(block)) {
                *v = v.max(*low);
            }
        }
    }

    /// The spikes at potentials `v`, which stay.
    #[inline(always)]
    fn spikes(&self, block: &Range<usize>, threshold: &[T], v: &[T], out: &mut [T]) {
        let mut buffer = [T::zero(); BLOCK];
        let compared = &mut buffer[..v.len()];
        compared.copy_from_slice(v);
        self.fire(block, threshold, compared, out);
    }

    /// The spikes at potentials `v`, and the potentials that they leave.
    #[inline(always)]
    fn fire(&self, block: &Range<usize>, threshold: &[T], v: &mut [T], out: &mut [T]) {
        match self.compare {
            Compare::Greater => self.fire_above(block, threshold, v, out, |v, t| v > t),
            Compare::GreaterOrEqual => self.fire_above(block, threshold, v, out, |v, t| v >= t),
        }
    }

    #[inline(always)]
    fn fire_above(
        &self,
        block: &Range<usize>,
        threshold: &[T],
        v: &mut [T],
        out: &mut [T],
        above: impl Fn(T, T) -> bool,
    ) {
        if self.max_spikes < 1 {
            out.fill(T::zero());
            return;
        }
        for ((out, v), threshold) in out.iter_mut().zip(&*v).zip(threshold) {
            *out = if above(*v, *threshold) {
                T::one()
            } else {
                T::zero()
            };
        }
        match (self.reset, &self.v_reset) {
            (Reset::None, _) => {}
            (Reset::Value, Some(v_reset)) => {
                for ((v, out), v_reset) in v.iter_mut().zip(out).zip(v_reset.of(block)) {
                    *v = select(*out, *v_reset, *v);
                }
            }
            (Reset::Value, None) => {
                for (v, out) in v.iter_mut().zip(out) {
                    *v = select(*out, T::zero(), *v);
                }
            }
            (Reset::Subtract, _) => {
                let mut again = false;
                for ((v, out), threshold) in v.iter_mut().zip(&*out).zip(threshold) {
                    *v = *v - select(*out, *threshold, T::zero());
                    again |= above(*v, *threshold);
                }
                if again && self.max_spikes > 1 {
                    for ((v, out), threshold) in v.iter_mut().zip(out).zip(threshold) {
                        if above(*v, *threshold) {
                            *out = self.repeat(v, *threshold, &above);
                        }
                    }
                }
            }
        }
    }

    /// The spikes of a neuron that is above its threshold after a first one, that one included.
    #[cold]
    fn repeat(&self, v: &mut T, threshold: T, above: impl Fn(T, T) -> bool) -> T {
        let mut spikes = 1;
        while spikes < self.max_spikes && above(*v, threshold) {
            let next = *v - threshold;
            if next == *v {
                // Too small a threshold to change the potential: so it is to the last spike.
                spikes = self.max_spikes;
                break;
            }
            *v = next;
            spikes += 1;
        }
        T::of(spikes as f64)
    }
}

/// `then` where there are spikes, else `otherwise`. Both are values, not places that are read if need be:
/// only so the loops around it become vector instructions.
#[inline(always)]
fn select<T: Real>(spikes: T, then: T, otherwise: T) -> T {
    if spikes == T::zero() { otherwise } else { then }
}

/// y += a x, elementwise.
#[inline(always)]
fn add_products<T: Real>(y: &mut [T], a: &[T], x: &[T]) {
    for ((y, x), a) in y.iter_mut().zip(x).zip(a) {
        *y += *a * *x;
    }
}

/// v -= threshold * spikes.
#[inline(always)]
fn take_off<T: Real>(threshold: &[T], spikes: &[T], v: &mut [T]) {
    for ((v, spikes), threshold) in v.iter_mut().zip(spikes).zip(threshold) {
        // Nothing, not 0 times a threshold that may be infinite.
        let off = select(*spikes, *threshold * *spikes, T::zero());
        *v = *v - off;
    }
}

#[cfg(test)]
mod tests;
