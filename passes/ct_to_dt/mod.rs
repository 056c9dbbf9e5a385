//! `ct-to-dt`: difference equations on a grid of steps, with the convention of the updates.

mod feedback;
mod lower;
mod neuron;

use std::fmt;

use melior::ir::operation::OperationLike;
use nirc_dialects::{
    ct,
    dt::{self, Compare, Integration, ResetTiming},
    finding::{Finding, Findings},
    ir::{self, set_module_attribute},
};

use crate::{Lowering, Options, Pass, read_all};

/// The pass, with the convention of the difference equations.
#[derive(Clone, Debug, PartialEq)]
pub struct CtToDt {
    /// Forward Euler, or exact for an input that is held for a step.
    pub integration: Integration,
    /// Where a cycle is held back by a step.
    pub feedback: Feedback,
    /// How the membrane potential is compared with the threshold.
    pub compare: Compare,
    /// When a spike resets the membrane potential.
    pub reset_timing: ResetTiming,
    /// Spikes of a neuron in a step at most.
    pub max_spikes: i64,
}

impl Default for CtToDt {
    fn default() -> Self {
        Self {
            integration: Integration::Euler,
            feedback: Feedback::Spikes,
            compare: Compare::Greater,
            reset_timing: ResetTiming::SameStep,
            max_spikes: 1,
        }
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
        keyword!(feedback, "feedback", Feedback);
        keyword!(compare, "compare", Compare);
        keyword!(reset_timing, "reset-timing", ResetTiming);
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
            "ct-to-dt{{integration={} feedback={} compare={} reset-timing={} max-spikes={}}}",
            self.integration, self.feedback, self.compare, self.reset_timing, self.max_spikes
        )
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
        let registers = feedback::place(&ops, self.feedback, step, lowering)?;
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
