//! The factors of a neuron's step.

use nirc_dialects::{
    ct::Reset,
    dt::{self, Integration, Reads, ResetTiming},
    finding::Finding,
    ir::DenseTensor,
};

use super::{CtToDt, Initial, LowerBound};
use crate::{Lowering, Parameter};

/// A `ct.neuron`; the names are those of its attributes.
pub(super) struct Neuron<'c, 'n> {
    pub name: &'n str,
    pub shape: &'n [usize],
    pub tau_syn: Option<DenseTensor<'c>>,
    pub w_in: Option<DenseTensor<'c>>,
    pub tau_mem: Option<DenseTensor<'c>>,
    pub r: Option<DenseTensor<'c>>,
    pub v_leak: Option<DenseTensor<'c>>,
    pub v_threshold: Option<DenseTensor<'c>>,
    pub v_reset: Option<DenseTensor<'c>>,
    pub reset: Reset,
}

/// The factors of a step; `None` is left out of the op.
#[derive(Default)]
struct Factors {
    alpha: Option<Parameter>,
    input_gain: Option<Parameter>,
    beta: Option<Parameter>,
    current_gain: Option<Parameter>,
    input_to_membrane: Option<Parameter>,
    leak: Option<Parameter>,
}

/// The form of a decay factor beside the gains of forward Euler.
#[derive(Clone, Copy)]
enum Decay {
    /// 1 - step / tau.
    Euler,
    /// exp(-step / tau).
    Exponential,
}

impl<'c> Neuron<'c, '_> {
    /// The `dt.neuron` for this neuron.
    pub fn lower(
        &self,
        options: &CtToDt,
        step: f64,
        lowering: &mut Lowering<'c, '_, '_>,
    ) -> Result<dt::Op<'c>, Finding> {
        for (name, tau) in [("tau_syn", self.tau_syn), ("tau_mem", self.tau_mem)] {
            let tau = self.read(tau, lowering)?;
            if let Some(bad) = tau.iter().flat_map(Parameter::values).find(|t| **t <= 0.0) {
                lowering.findings.push(
                    Finding::error(
                        "ct-tau",
                        "a time constant is positive",
                        format!("{name} is {bad} s"),
                    )
                    .at(self.name),
                );
            }
        }
        let factors = match options.integration {
            Integration::Euler => self.euler([Decay::Euler; 2], step, lowering)?,
            Integration::Exponential => self.euler([Decay::Exponential; 2], step, lowering)?,
            Integration::Held => self.held(step, lowering)?,
            Integration::Exact => self.exact(step, lowering)?,
        };
        let reset_timing = match options.cuba_reset_timing {
            Some(timing) if self.tau_syn.is_some() => timing,
            _ => options.reset_timing,
        };
        if reset_timing == ResetTiming::BeforeAndAfter
            && options.comparison_reads == Reads::Previous
            && self.reset == Reset::Subtract
        {
            lowering.findings.push(
                Finding::error(
                    "ct-reset-timing",
                    "a reset before and after the comparison is of the potential of this step",
                    "the comparison reads the potential of the step before",
                )
                .at(self.name)
                .fix("use --comparison-reads updated, or another --reset-timing"),
            );
        }
        let exact_synapse =
            options.integration == Integration::Exact && self.tau_syn.is_some() && self.r.is_some();
        let spiking_membrane = self.v_threshold.is_some() && self.r.is_some();
        let minus_threshold = |leaky: bool| !leaky || options.lower_bound == LowerBound::All;
        let v_min = match (options.lower_bound, self.read(self.v_threshold, lowering)?) {
            (LowerBound::None, _) | (_, None) => None,
            (LowerBound::LeakyAtZero, _) => self.tau_mem.map(|_| Parameter::uniform(0.0)),
            (_, Some(threshold)) => {
                minus_threshold(self.tau_mem.is_some()).then(|| threshold.map(|t| -t))
            }
        };
        let v_min = v_min.filter(|_| self.r.is_some());
        let v_initial = match options.initial {
            Initial::Zero => None,
            Initial::Leak => self.read(self.v_leak, lowering)?,
            Initial::Reset => self.read(self.v_reset, lowering)?,
        };
        let v_initial = v_initial.filter(|v| self.r.is_some() && !v.is_zero());
        let mut write = |name: &str, parameter: Option<Parameter>| {
            parameter.map(|p| {
                let key = format!("dt.{}.{name}", self.name);
                p.attribute(lowering.context, lowering.tensors, &key, self.shape)
            })
        };
        Ok(dt::Op::Neuron {
            integration: options.integration,
            alpha: write("alpha", factors.alpha),
            input_gain: write("input_gain", factors.input_gain),
            beta: write("beta", factors.beta),
            current_gain: write("current_gain", factors.current_gain),
            input_to_membrane: write("input_to_membrane", factors.input_to_membrane),
            leak: write("leak", factors.leak.filter(|leak| !leak.is_zero())),
            v_threshold: self.v_threshold,
            v_reset: self.v_reset,
            v_initial: write("v_initial", v_initial),
            v_min: write("v_min", v_min),
            membrane_reads: if exact_synapse {
                Reads::Previous
            } else if self.tau_syn.is_some() {
                options.membrane_reads
            } else {
                Reads::Updated
            },
            comparison_reads: if spiking_membrane {
                options.comparison_reads
            } else {
                Reads::Updated
            },
            compare: options.compare,
            reset: self.reset,
            reset_timing: match self.reset {
                Reset::Subtract => reset_timing,
                // Before and after is the same as at once where nothing is left above the threshold.
                Reset::Value if reset_timing == ResetTiming::NextStep => reset_timing,
                Reset::Value | Reset::None => ResetTiming::SameStep,
            },
            // A threshold without membrane has nothing to take off, so one spike is all.
            max_spikes: if spiking_membrane {
                options.max_spikes
            } else {
                1
            },
        })
    }

    /// Forward Euler, current first: i += dt / tau_syn (-i + w_in x), then
    /// v += dt / tau_mem (v_leak - v + r i) with the new i. This is the order of the frameworks that
    /// write NIR files.
    /// With exponential decay the gains stay what they are.
    fn euler(
        &self,
        [synapse, membrane]: [Decay; 2],
        step: f64,
        lowering: &mut Lowering<'c, '_, '_>,
    ) -> Result<Factors, Finding> {
        let mut factors = Factors::default();
        if let Some(tau_syn) = self.read(self.tau_syn, lowering)? {
            factors.alpha = Some(self.decay("tau_syn", synapse, &tau_syn, step, lowering));
            let w_in = self
                .read(self.w_in, lowering)?
                .unwrap_or_else(|| Parameter::uniform(1.0));
            factors.input_gain = Some(w_in.zip(&tau_syn, |w, t| w * step / t));
        }
        let Some(r) = self.read(self.r, lowering)? else {
            return Ok(factors);
        };
        match self.read(self.tau_mem, lowering)? {
            Some(tau_mem) => {
                factors.beta = Some(self.decay("tau_mem", membrane, &tau_mem, step, lowering));
                factors.current_gain = Some(r.zip(&tau_mem, |r, t| r * step / t));
                let v_leak = self.read(self.v_leak, lowering)?;
                factors.leak = v_leak.map(|v| v.zip(&tau_mem, |v, t| v * step / t));
            }
            None => {
                factors.beta = Some(Parameter::uniform(1.0));
                factors.current_gain = Some(r.map(|r| r * step));
            }
        }
        Ok(factors)
    }

    /// Euler for the current; the membrane for a current that is held for the step.
    fn held(&self, step: f64, lowering: &mut Lowering<'c, '_, '_>) -> Result<Factors, Finding> {
        let mut factors = self.euler([Decay::Euler, Decay::Exponential], step, lowering)?;
        let (Some(r), Some(tau_mem)) = (
            self.read(self.r, lowering)?,
            self.read(self.tau_mem, lowering)?,
        ) else {
            return Ok(factors);
        };
        let lost = tau_mem.map(|t| -(-step / t).exp_m1());
        factors.current_gain = Some(r.zip(&lost, |r, lost| r * lost));
        let v_leak = self.read(self.v_leak, lowering)?;
        factors.leak = v_leak.map(|v| v.zip(&lost, |v, lost| v * lost));
        Ok(factors)
    }

    /// The solution after a step for an input x that is held for the step. With a = exp(-dt/tau_syn),
    /// b = exp(-dt/tau_mem) and c = tau_syn / (tau_syn - tau_mem) (a - b), which tends to
    /// dt / tau_mem b as the two time constants meet:
    /// i' = a i + (1 - a) w_in x, v' = b v + r c i + r w_in (1 - b - c) x + (1 - b) v_leak.
    fn exact(&self, step: f64, lowering: &mut Lowering<'c, '_, '_>) -> Result<Factors, Finding> {
        let mut factors = Factors::default();
        let tau_syn = self.read(self.tau_syn, lowering)?;
        let w_in = self
            .read(self.w_in, lowering)?
            .unwrap_or_else(|| Parameter::uniform(1.0));
        if let Some(tau_syn) = &tau_syn {
            factors.alpha = Some(tau_syn.map(|t| (-step / t).exp()));
            factors.input_gain = Some(w_in.zip(tau_syn, |w, t| -w * (-step / t).exp_m1()));
        }
        let Some(r) = self.read(self.r, lowering)? else {
            return Ok(factors);
        };
        let tau_mem = self.read(self.tau_mem, lowering)?;
        let v_leak = self.read(self.v_leak, lowering)?;
        match (&tau_syn, &tau_mem) {
            (None, Some(tau_mem)) => {
                factors.current_gain = Some(r.zip(tau_mem, |r, t| -r * (-step / t).exp_m1()));
            }
            (None, None) => factors.current_gain = Some(r.map(|r| r * step)),
            (Some(tau_syn), Some(tau_mem)) => {
                let share = tau_syn.zip(tau_mem, |s, m| current_share(s, m, step));
                factors.current_gain = Some(r.zip(&share, |r, c| r * c));
                let direct = tau_mem.zip(&share, |m, c| -(-step / m).exp_m1() - c);
                factors.input_to_membrane =
                    Some(r.zip(&w_in, |r, w| r * w).zip(&direct, |g, d| g * d));
            }
            (Some(tau_syn), None) => {
                let share = tau_syn.map(|s| -s * (-step / s).exp_m1());
                factors.current_gain = Some(r.zip(&share, |r, c| r * c));
                let direct = share.map(|c| step - c);
                factors.input_to_membrane =
                    Some(r.zip(&w_in, |r, w| r * w).zip(&direct, |g, d| g * d));
            }
        }
        factors.beta = Some(match &tau_mem {
            Some(tau_mem) => tau_mem.map(|t| (-step / t).exp()),
            None => Parameter::uniform(1.0),
        });
        if let (Some(v_leak), Some(tau_mem)) = (v_leak, &tau_mem) {
            factors.leak = Some(v_leak.zip(tau_mem, |v, t| -v * (-step / t).exp_m1()));
        }
        Ok(factors)
    }

    fn decay(
        &self,
        name: &str,
        decay: Decay,
        tau: &Parameter,
        step: f64,
        lowering: &mut Lowering<'c, '_, '_>,
    ) -> Parameter {
        match decay {
            Decay::Euler => {
                self.check_euler(name, tau, step, lowering);
                tau.map(|t| 1.0 - step / t)
            }
            Decay::Exponential => tau.map(|t| (-step / t).exp()),
        }
    }

    fn read(
        &self,
        tensor: Option<DenseTensor<'c>>,
        lowering: &Lowering<'c, '_, '_>,
    ) -> Result<Option<Parameter>, Finding> {
        tensor
            .map(|t| Parameter::read(lowering.tensors, t).map_err(|f| f.at(self.name)))
            .transpose()
    }

    fn check_euler(
        &self,
        name: &str,
        tau: &Parameter,
        step: f64,
        lowering: &mut Lowering<'c, '_, '_>,
    ) {
        let shortest = tau.values().iter().copied().fold(f64::INFINITY, f64::min);
        let decay = 1.0 - step / shortest;
        const RULE: &str = "forward Euler's step is shorter than every time constant";
        if decay < -1e-9 {
            lowering.findings.push(
                Finding::error(
                    "dt-euler-unstable",
                    RULE,
                    format!("{name} = {shortest:e} s with a step of {step:e} s gives a decay factor of {decay:.4}"),
                )
                .at(self.name)
                .why("the state would change its sign every step")
                .fix("use a shorter --dt, --integration exact, or check --tau-unit"),
            );
        } else if decay < 1e-9 {
            lowering.findings.push(
                Finding::warning(
                    "dt-no-memory",
                    RULE,
                    format!(
                        "{name} equals the step of {step:e} s: the state is forgotten every step"
                    ),
                )
                .at(self.name)
                .fix("check --dt and --tau-unit"),
            );
        }
    }
}

/// c of [`Neuron::exact`], accurate also where the two time constants are near each other.
fn current_share(tau_syn: f64, tau_mem: f64, step: f64) -> f64 {
    // c = dt/tau_mem exp(-dt/tau_mem) (e^x - 1)/x with x = dt/tau_mem - dt/tau_syn.
    let x = step / tau_mem - step / tau_syn;
    let ratio = if x.abs() < 1e-8 {
        1.0 + x / 2.0
    } else {
        x.exp_m1() / x
    };
    step / tau_mem * (-step / tau_mem).exp() * ratio
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Integrates i' = -i/s, v' = (-v + i)/m from i = 1, v = 0 with small steps.
    fn integrated(s: f64, m: f64, step: f64) -> f64 {
        let n = 2_000_000;
        let h = step / f64::from(n);
        let (mut i, mut v) = (1.0, 0.0);
        for _ in 0..n {
            let half = i - h / 2.0 * i / s;
            v += h * (half - v) / m;
            i -= h * half / s;
        }
        v
    }

    #[test]
    fn the_share_of_the_current_is_the_integral() {
        for (s, m) in [
            (2e-3, 1e-3),
            (1e-3, 2e-3),
            (1e-3, 1e-3),
            (1e-3, 1.0000001e-3),
        ] {
            let (exact, given) = (integrated(s, m, 5e-4), current_share(s, m, 5e-4));
            assert!(
                (exact / given - 1.0).abs() < 1e-5,
                "{s} {m}: {exact} {given}"
            );
        }
    }
}
