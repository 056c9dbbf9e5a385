//! `ct-to-dt`: difference equations on a grid of steps, with the convention of the updates.

mod feedback;
mod lower;
mod neuron;

use std::fmt;

use melior::ir::operation::OperationLike;
use nirc_dialects::{
    ct,
    dt::{self, Compare, Integration, Reads, ResetTiming},
    finding::{Finding, Findings},
    ir::{self, set_module_attribute},
};

use crate::{Lowering, Options, Pass, read_all};

/// The pass, with the convention of the difference equations.
#[derive(Clone, Debug, PartialEq)]
pub struct CtToDt {
    /// Forward Euler, or exact for an input that is held for a step.
    pub integration: Integration,
    /// Which synaptic current the membrane adds; exact integration has its own.
    pub membrane_reads: Reads,
    /// Which membrane potential is compared with the threshold.
    pub comparison_reads: Reads,
    /// Steps from an input to the neurons that it reaches.
    pub input_delay: i64,
    /// Steps from a neuron to the neurons that it reaches.
    pub synaptic_delay: i64,
    /// Where a cycle that nothing else holds back is held back by a step.
    pub feedback: Feedback,
    /// How the membrane potential is compared with the threshold.
    pub compare: Compare,
    /// When a spike resets the membrane potential.
    pub reset_timing: ResetTiming,
    /// The same for neurons with a synaptic current, if it is another (Spyx).
    pub cuba_reset_timing: Option<ResetTiming>,
    /// Spikes of a neuron in a step at most.
    pub max_spikes: i64,
    /// The membrane potential before the first step.
    pub initial: Initial,
    /// Which neurons have a membrane potential that is bounded from below.
    pub lower_bound: LowerBound,
}

impl CtToDt {
    /// What holds if nothing is asked for.
    pub const DEFAULT: Self = Self {
        integration: Integration::Euler,
        membrane_reads: Reads::Updated,
        comparison_reads: Reads::Updated,
        input_delay: 0,
        synaptic_delay: 0,
        feedback: Feedback::Spikes,
        compare: Compare::Greater,
        reset_timing: ResetTiming::SameStep,
        cuba_reset_timing: None,
        max_spikes: 1,
        initial: Initial::Zero,
        lower_bound: LowerBound::None,
    };
}

impl Default for CtToDt {
    fn default() -> Self {
        Self::DEFAULT
    }
}

nirc_dialects::keyword! {
    /// Where a cycle without a delay is held back by a step.
    pub enum Feedback {
        /// After the neuron: a bias in the feedback path acts from the first step (snnTorch).
        Spikes = "spikes",
        /// At the end of the path: its bias is absent in the first step (Norse, nirtorch).
        Path = "path",
    }
}

nirc_dialects::keyword! {
    /// Which membrane potentials have a lower bound.
    pub enum LowerBound {
        /// None.
        None = "none",
        /// Those of spiking neurons without leak, at minus the threshold: IF (Sinabs).
        Integrators = "integrators",
        /// Those of all spiking neurons, at minus the threshold.
        All = "all",
        /// Those of spiking neurons with leak, at 0 (Nengo).
        LeakyAtZero = "leaky-at-zero",
    }
}

nirc_dialects::keyword! {
    /// The membrane potential before the first step.
    pub enum Initial {
        /// 0.
        Zero = "zero",
        /// v_leak (Norse).
        Leak = "v_leak",
        /// v_reset (SpikingJelly).
        Reset = "v_reset",
    }
}

/// The most steps of a delay that is asked for.
const MAX_DELAY: i64 = 1000;

impl CtToDt {
    /// The pass with options as text.
    ///
    /// # Errors
    ///
    /// All options that are wrong or unknown.
    pub fn from_options(mut options: Options) -> Result<Self, Findings> {
        let mut this = Self::default();
        macro_rules! keyword {
            ($field:ident, $name:literal, $Type:ty) => {
                let words: Vec<_> = <$Type>::ALL.iter().map(|v| v.word()).collect();
                if let Some(value) = options.take_with($name, &words.join(", "), <$Type>::from_word)
                {
                    this.$field = value;
                }
            };
        }
        keyword!(integration, "integration", Integration);
        keyword!(membrane_reads, "membrane-reads", Reads);
        keyword!(comparison_reads, "comparison-reads", Reads);
        keyword!(feedback, "feedback", Feedback);
        keyword!(compare, "compare", Compare);
        keyword!(reset_timing, "reset-timing", ResetTiming);
        let words: Vec<_> = ResetTiming::ALL.iter().map(|v| v.word()).collect();
        this.cuba_reset_timing = options.take_with(
            "cuba-reset-timing",
            &words.join(", "),
            ResetTiming::from_word,
        );
        keyword!(initial, "initial", Initial);
        keyword!(lower_bound, "lower-bound", LowerBound);
        for (name, delay) in [
            ("input-delay", &mut this.input_delay),
            ("synaptic-delay", &mut this.synaptic_delay),
        ] {
            let steps = options.take_with(name, "a number of steps from 0 to 1000", |text| {
                let steps = text.parse().ok();
                steps.filter(|n| (0..=MAX_DELAY).contains(n))
            });
            if let Some(steps) = steps {
                *delay = steps;
            }
        }
        if let Some(most) = options.take_with("max-spikes", "a positive integer", |text| {
            text.parse().ok().filter(|n: &i64| *n > 0)
        }) {
            this.max_spikes = most;
        }
        options.finish()?;
        Ok(this)
    }
}

/// The pass as a pipeline has it, with every option.
impl fmt::Display for CtToDt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ct-to-dt{{integration={} membrane-reads={} comparison-reads={} input-delay={} synaptic-delay={} feedback={} compare={} reset-timing={} max-spikes={} initial={} lower-bound={}",
            self.integration,
            self.membrane_reads,
            self.comparison_reads,
            self.input_delay,
            self.synaptic_delay,
            self.feedback,
            self.compare,
            self.reset_timing,
            self.max_spikes,
            self.initial,
            self.lower_bound
        )?;
        if let Some(timing) = self.cuba_reset_timing {
            write!(f, " cuba-reset-timing={timing}")?;
        }
        write!(f, "}}")
    }
}

impl Pass for CtToDt {
    fn name(&self) -> &'static str {
        "ct-to-dt"
    }

    fn description(&self) -> &'static str {
        "difference equations: decay factors, delays in steps, feedback registers, the convention"
    }

    fn run(&self, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding> {
        let (context, module) = (lowering.context, lowering.module);
        let step: f64 = ir::module_attribute(module, ct::STEP).ok_or_else(|| {
            Finding::error(
                "ct-step",
                "a module of level ct says its step",
                match module.attribute(ct::STEP) {
                    Ok(other) => format!("`{}` is `{other}`", ct::STEP),
                    Err(_) => format!("the module has no attribute `{}`", ct::STEP),
                },
            )
            .fix("run nir-to-ct, or write `module attributes {ct.step = 1.0e-4 : f64}`")
        })?;
        if !(step.is_finite() && step > 0.0) {
            return Err(Finding::error(
                "ct-step",
                "the step is positive",
                format!("it is {step}"),
            ));
        }
        let old = ir::operations(module);
        let ops = read_all::<ct::Op<'_>>(module, lowering.findings);
        if lowering.findings.has_errors() {
            return Ok(());
        }
        let registers = feedback::place(&ops, self, step, lowering)?;
        lower::lower(&ops, &registers, self, step, lowering)?;
        if lowering.findings.has_errors() {
            return Ok(());
        }
        ir::erase(&old);
        set_module_attribute(module, context, dt::STEP, &Some(step));
        set_module_attribute(module, context, ct::STEP, &None::<f64>);
        Ok(())
    }
}
