//! `nir-to-ct`: one system in continuous time, with what the file leaves open settled by options.

mod flatten;
mod lower;
mod neuron;
mod step;

use std::fmt;

use nirc_dialects::{
    ct::{self, SpikeForm},
    finding::{Finding, Findings},
    ir::{self, set_module_attribute},
    nir,
};

use crate::{Lowering, Options, Pass};

/// The pass, with what it should assume where the file is silent.
#[derive(Clone, Debug, PartialEq)]
pub struct NirToCt {
    /// The step in seconds; `None` takes it from the file's own factors, if they agree.
    pub step: Option<f64>,
    /// The step in seconds if neither `step` nor the file gives one.
    pub fallback_step: Option<f64>,
    /// The unit of time constants and delays.
    pub tau_unit: TauUnit,
    /// What the r of an integrator is a rate in.
    pub integrator_rate: IntegratorRate,
    /// What a spike does to the membrane potential.
    pub reset: ResetRule,
    /// What a spike is.
    pub spike: SpikeForm,
    /// What enters through the inputs.
    pub input: InputSignal,
}

impl NirToCt {
    /// What holds if nothing is asked for.
    pub const DEFAULT: Self = Self {
        step: None,
        fallback_step: None,
        tau_unit: TauUnit::Seconds,
        integrator_rate: IntegratorRate::Second,
        reset: ResetRule::File,
        spike: SpikeForm::Pulse,
        input: InputSignal::Spikes,
    };
}

impl Default for NirToCt {
    fn default() -> Self {
        Self::DEFAULT
    }
}

nirc_dialects::keyword! {
    /// The unit of time constants and delays in a file.
    pub enum TauUnit {
        /// Seconds: most exporters.
        Seconds = "s",
        /// Milliseconds: NIR's documentation since 2025, hxtorch, jaxsnn.
        Milliseconds = "ms",
        /// Time steps: Sinabs.
        Steps = "steps",
    }
}

nirc_dialects::keyword! {
    /// What v' = r i of an integrator, I or IF, counts time in.
    pub enum IntegratorRate {
        /// The unit of time constants: NIR's equation.
        Second = "unit",
        /// Steps: v grows by r i in each (Norse, Sinabs, Spyx, SpiNNaker2).
        Step = "step",
    }
}

nirc_dialects::keyword! {
    /// How the reset rule is chosen.
    pub enum ResetRule {
        /// To `v_reset` where the file has it, else by subtraction, which was NIR's rule for files
        /// that have none.
        File = "file",
        /// To zero.
        Zero = "zero",
        /// To `v_reset`, zero where the file has none.
        Value = "value",
        /// By subtraction of the threshold.
        Subtract = "subtract",
    }
}

nirc_dialects::keyword! {
    /// What enters through the inputs.
    pub enum InputSignal {
        /// Spikes.
        Spikes = "spikes",
        /// A current.
        Current = "current",
    }
}

fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> String {
    all.iter().map(|v| word(*v)).collect::<Vec<_>>().join(", ")
}

impl NirToCt {
    /// How many seconds the file's unit of time has.
    fn seconds_per_unit(&self, step: f64) -> f64 {
        match self.tau_unit {
            TauUnit::Seconds => 1.0,
            TauUnit::Milliseconds => 1e-3,
            TauUnit::Steps => step,
        }
    }

    /// The pass with options as text.
    ///
    /// # Errors
    ///
    /// All options that are wrong or unknown.
    pub fn from_options(mut options: Options) -> Result<Self, Findings> {
        let seconds = |text: &str| {
            let seconds = text.parse().ok();
            seconds.filter(|dt: &f64| dt.is_finite() && *dt > 0.0)
        };
        let mut this = Self {
            step: options.take_with("dt", "a positive number of seconds", seconds),
            fallback_step: options.take_with(
                "fallback-dt",
                "a positive number of seconds",
                seconds,
            ),
            ..Self::default()
        };
        macro_rules! keyword {
            ($field:ident, $name:literal, $Type:ty) => {
                let expected = words(<$Type>::ALL, <$Type>::word);
                if let Some(value) = options.take_with($name, &expected, <$Type>::from_word) {
                    this.$field = value;
                }
            };
        }
        keyword!(tau_unit, "tau-unit", TauUnit);
        keyword!(integrator_rate, "integrator-rate", IntegratorRate);
        keyword!(reset, "reset", ResetRule);
        keyword!(spike, "spike", SpikeForm);
        keyword!(input, "input-signal", InputSignal);
        options.finish()?;
        Ok(this)
    }
}

/// The pass as a pipeline has it, with every option.
impl fmt::Display for NirToCt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nir-to-ct{{")?;
        if let Some(step) = self.step {
            write!(f, "dt={step:e} ")?;
        }
        if let Some(step) = self.fallback_step {
            write!(f, "fallback-dt={step:e} ")?;
        }
        write!(
            f,
            "tau-unit={} integrator-rate={} reset={} spike={} input-signal={}}}",
            self.tau_unit, self.integrator_rate, self.reset, self.spike, self.input
        )
    }
}

impl Pass for NirToCt {
    fn name(&self) -> &'static str {
        "nir-to-ct"
    }

    fn description(&self) -> &'static str {
        "one system in continuous time: no nesting, explicit sums, one neuron, seconds"
    }

    fn run(&self, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding> {
        let graph = flatten::flatten(lowering.module, lowering.findings)?;
        let old = ir::operations(lowering.module);
        // Without a step the rest is still looked at, so that all errors are found at once.
        let settled = step::settle(&graph, self, lowering)?;
        let step = settled.unwrap_or(1.0);
        lower::lower(&graph, self, step, lowering)?;
        if settled.is_some() {
            neuron::report_openness(&graph, self, step, lowering.findings);
        }
        if lowering.findings.has_errors() {
            return Ok(());
        }
        ir::erase(&old);
        let (context, module) = (lowering.context, lowering.module);
        set_module_attribute(module, context, ct::STEP, &Some(step));
        set_module_attribute(module, context, nir::VERSION, &None::<String>);
        set_module_attribute(module, context, nir::METADATA, &None::<String>);
        Ok(())
    }
}
