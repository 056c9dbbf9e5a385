//! Arguments that several commands share.

use clap::Args;
use nirc_dialects::{
    ct::SpikeForm,
    dt::{Compare, Integration, Reads, ResetTiming},
    nir::file::Mode,
};
use nirc_passes::{
    Approximation, Approximations, CONVENTIONS, Calibration, Convention, CtToDt, Feedback, Initial,
    InputSignal, IntegratorRate, LowerBound, MapOptions, NirToCt, QuantizeOptions, Quantizer,
    ResetRule, TauUnit,
    rewrite::{Observe, Without},
};
use nirc_targets::ChipTarget;

use crate::{
    pipeline::{Rewrite, Settings},
    samples,
};

/// How a file is read.
#[derive(Args, Clone, Copy, Debug)]
pub struct Reading {
    /// Repair what has exactly one reading; each repair is a warning.
    #[arg(long)]
    pub lenient: bool,
}

impl Reading {
    /// The reader's mode.
    pub fn mode(self) -> Mode {
        if self.lenient {
            Mode::Lenient
        } else {
            Mode::Strict
        }
    }
}

macro_rules! keyword_parser {
    ($Type:ty) => {
        |word: &str| {
            <$Type>::from_word(word).ok_or_else(|| {
                let words: Vec<_> = <$Type>::ALL.iter().map(|v| v.word()).collect();
                format!("it should be one of: {}", words.join(", "))
            })
        }
    };
}

/// What the file leaves open, and how it is lowered. What is not given is the convention's; without
/// one, the default that the help names.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "What the file leaves open")]
pub struct Lowering {
    /// The arithmetic of a simulator, see `nirc conventions`; each option below overrides a part of it.
    #[arg(long, value_name = "NAME", value_parser = convention)]
    pub convention: Option<&'static Convention>,
    /// The step in seconds; without it, what the file's factors give.
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    pub dt: Option<f64>,
    /// The reset rule: file (default), zero, value or subtract.
    #[arg(long, value_parser = keyword_parser!(ResetRule))]
    pub reset: Option<ResetRule>,
    /// The unit of time constants and delays: s (default), ms or steps.
    #[arg(long, value_parser = keyword_parser!(TauUnit))]
    tau_unit: Option<TauUnit>,
    /// What the r of I and IF is a rate in: unit (of time; default) or step.
    #[arg(long, value_parser = keyword_parser!(IntegratorRate))]
    integrator_rate: Option<IntegratorRate>,
    /// What a spike is: pulse (amplitude 1 for a step; default) or impulse (integral 1).
    #[arg(long, value_parser = keyword_parser!(SpikeForm))]
    spike: Option<SpikeForm>,
    /// What enters through the inputs: spikes (default) or current.
    #[arg(long, value_parser = keyword_parser!(InputSignal))]
    input_signal: Option<InputSignal>,
    /// The difference equations: euler (default), exact, exponential (decay exp(-dt/tau), gains of euler) or
    /// held (euler for the current, exact for the membrane).
    #[arg(long, value_parser = keyword_parser!(Integration))]
    pub integration: Option<Integration>,
    /// The synaptic current that the membrane adds: updated (in this step; default) or previous.
    #[arg(long, value_parser = keyword_parser!(Reads))]
    membrane_reads: Option<Reads>,
    /// The potential that is compared with the threshold: updated (default) or previous (output a step late).
    #[arg(long, value_parser = keyword_parser!(Reads))]
    comparison_reads: Option<Reads>,
    /// Steps from an input to the neurons that it reaches (default 0).
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(i64).range(0..=1000))]
    input_delay: Option<i64>,
    /// Steps from a neuron to the neurons that it reaches (default 0).
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(i64).range(0..=1000))]
    synaptic_delay: Option<i64>,
    /// Where a cycle is held back by a step: spikes (its bias acts from the first step; default) or path.
    #[arg(long, value_parser = keyword_parser!(Feedback))]
    feedback: Option<Feedback>,
    /// When a spike resets the membrane: same-step (default), next-step or before-and-after.
    #[arg(long, value_parser = keyword_parser!(ResetTiming))]
    pub reset_timing: Option<ResetTiming>,
    /// How the membrane is compared with the threshold: > (default) or >=.
    #[arg(long, value_parser = keyword_parser!(Compare))]
    compare: Option<Compare>,
    /// Spikes of a neuron in a step at most (default 1), at level dt; a chip has its own limit.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    pub max_spikes: Option<i64>,
    /// The membrane potential before the first step: zero (default), v_leak or v_reset.
    #[arg(long, value_parser = keyword_parser!(Initial))]
    initial: Option<Initial>,
    /// Which membranes have a lower bound: none (default), integrators (at minus the threshold), all, or
    /// leaky-at-zero.
    #[arg(long, value_parser = keyword_parser!(LowerBound))]
    lower_bound: Option<LowerBound>,
    /// How integers are made: channel (nirc's own; default), global, or as another tool makes them:
    /// rockpool-channel, rockpool-global, sinabs, lava, py-spinnaker2. Each chip has some of them.
    #[arg(long, value_parser = keyword_parser!(Quantizer), help_heading = "Integers")]
    pub quantizer: Option<Quantizer>,
    /// What may be approximated where the chip has it not: reset, synapse, leak, bias.
    #[arg(long, value_delimiter = ',', value_parser = keyword_parser!(Approximation), help_heading = "Integers")]
    approximate: Vec<Approximation>,
    /// Samples on which a quantiser may measure what its choices do to spikes, as for --input.
    #[arg(long, value_name = "SOURCE", help_heading = "Integers")]
    calibrate: Option<String>,
    /// What the chip is asked for where it places the network; each target's page lists its options.
    #[arg(long, value_name = "OPTION=VALUE", value_parser = assignment, help_heading = "Placement")]
    map: Vec<(String, String)>,
    /// Leave the model as it is where the chip would take an equal one at a lower cost, see
    /// `nirc rewrite`.
    #[arg(long, help_heading = "Rewriting")]
    no_rewrite: bool,
    /// Which spikes must stay to be seen when the model is rewritten: outputs (default), all, or nodes.
    #[arg(long, value_name = "NODES", value_parser = observe, help_heading = "Rewriting")]
    observe: Option<Observe>,
    /// Rules that are left out when the model is rewritten, by the names of docs/rewriting.md.
    #[arg(long, value_name = "RULES", help_heading = "Rewriting")]
    without_rules: Option<Without>,
}

/// Which spikes must stay to be seen.
fn observe(text: &str) -> Result<Observe, String> {
    Ok(Observe::from_words(text))
}

/// A name and a value.
fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it should be of the form OPTION=VALUE".to_owned()),
    }
}

/// What of [`Lowering`] a command needs that looks at structure first.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "What the file leaves open")]
pub struct BriefLowering {
    /// The arithmetic of a simulator, see `nirc conventions`.
    #[arg(long, value_name = "NAME", value_parser = convention)]
    convention: Option<&'static Convention>,
    /// The step in seconds; without it, what the file's factors give.
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    dt: Option<f64>,
    /// The reset rule: file (default), zero, value or subtract.
    #[arg(long, value_parser = keyword_parser!(ResetRule))]
    reset: Option<ResetRule>,
}

impl BriefLowering {
    /// The options of every pass.
    pub fn settings(&self) -> Settings {
        Lowering {
            convention: self.convention,
            dt: self.dt,
            reset: self.reset,
            ..Lowering::default()
        }
        .settings()
    }
}

/// A positive number.
pub fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("it should be a positive number, e.g. 1e-4".to_owned()),
    }
}

impl Lowering {
    /// The options of every pass.
    pub fn settings(&self) -> Settings {
        let (nir_to_ct, ct_to_dt) = match self.convention {
            Some(convention) => (convention.nir_to_ct.clone(), convention.ct_to_dt.clone()),
            None => <(NirToCt, CtToDt)>::default(),
        };
        Settings {
            nir_to_ct: NirToCt {
                step: self.dt.or(nir_to_ct.step),
                fallback_step: nir_to_ct.fallback_step,
                tau_unit: self.tau_unit.unwrap_or(nir_to_ct.tau_unit),
                integrator_rate: self.integrator_rate.unwrap_or(nir_to_ct.integrator_rate),
                reset: self.reset.unwrap_or(nir_to_ct.reset),
                spike: self.spike.unwrap_or(nir_to_ct.spike),
                input: self.input_signal.unwrap_or(nir_to_ct.input),
            },
            ct_to_dt: CtToDt {
                integration: self.integration.unwrap_or(ct_to_dt.integration),
                membrane_reads: self.membrane_reads.unwrap_or(ct_to_dt.membrane_reads),
                comparison_reads: self.comparison_reads.unwrap_or(ct_to_dt.comparison_reads),
                input_delay: self.input_delay.unwrap_or(ct_to_dt.input_delay),
                synaptic_delay: self.synaptic_delay.unwrap_or(ct_to_dt.synaptic_delay),
                feedback: self.feedback.unwrap_or(ct_to_dt.feedback),
                compare: self.compare.unwrap_or(ct_to_dt.compare),
                reset_timing: self.reset_timing.unwrap_or(ct_to_dt.reset_timing),
                // What is asked for holds for all neurons.
                cuba_reset_timing: match self.reset_timing {
                    Some(_) => None,
                    None => ct_to_dt.cuba_reset_timing,
                },
                max_spikes: self.max_spikes.unwrap_or(ct_to_dt.max_spikes),
                initial: self.initial.unwrap_or(ct_to_dt.initial),
                lower_bound: self.lower_bound.unwrap_or(ct_to_dt.lower_bound),
            },
            quantize: QuantizeOptions {
                quantizer: self
                    .quantizer
                    .unwrap_or(QuantizeOptions::default().quantizer),
                approximate: self
                    .approximate
                    .iter()
                    .fold(Approximations::NONE, |set, a| set.with(*a)),
                calibration: self.calibrate.clone().map(|source| Calibration {
                    source,
                    reader: &samples::FromCommandLine,
                }),
            },
            map: MapOptions(self.map.iter().cloned().collect()),
            rewrite: Rewrite {
                enabled: !self.no_rewrite,
                observe: self.observe.clone().unwrap_or_default(),
                without: self.without_rules.clone().unwrap_or_default(),
                ..Rewrite::default()
            },
        }
    }
}

/// The convention of this name.
fn convention(name: &str) -> Result<&'static Convention, String> {
    Convention::lookup(name).ok_or_else(|| {
        let names: Vec<_> = CONVENTIONS.iter().map(|c| c.name).collect();
        format!("it should be one of: {}", names.join(", "))
    })
}

/// The target of this name.
pub fn target(name: &str) -> Result<&'static dyn ChipTarget, String> {
    nirc_targets::lookup(name).ok_or_else(|| {
        let names: Vec<_> = nirc_targets::all().iter().map(|t| t.name()).collect();
        format!("it should be one of: {}", names.join(", "))
    })
}
