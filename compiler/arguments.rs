//! Arguments that several commands share.

use clap::Args;
use nirc_dialects::{
    ct::SpikeForm,
    dt::{Compare, Integration, ResetTiming},
    nir::file::Mode,
};
use nirc_passes::{
    CtToDt, Feedback, InputSignal, NirToCt, QuantizeOptions, Quantizer, ResetRule, TauUnit,
};
use nirc_targets::ChipTarget;

use crate::pipeline::Settings;

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

/// What the file leaves open, and how it is lowered.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What the file leaves open")]
pub struct Lowering {
    /// The step in seconds; without it, what the file's factors give.
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    dt: Option<f64>,
    /// The reset rule: file, zero, value or subtract.
    #[arg(long, default_value = "file", value_parser = keyword_parser!(ResetRule))]
    reset: ResetRule,
    /// The unit of time constants and delays: s, ms or steps.
    #[arg(long, default_value = "s", value_parser = keyword_parser!(TauUnit))]
    tau_unit: TauUnit,
    /// What a spike is: pulse (amplitude 1 for a step) or impulse (integral 1).
    #[arg(long, default_value = "pulse", value_parser = keyword_parser!(SpikeForm))]
    spike: SpikeForm,
    /// What enters through the inputs: spikes or current.
    #[arg(long, default_value = "spikes", value_parser = keyword_parser!(InputSignal))]
    input_signal: InputSignal,
    /// The difference equations: euler or exact.
    #[arg(long, default_value = "euler", value_parser = keyword_parser!(Integration))]
    integration: Integration,
    /// Where a cycle is held back by a step: spikes (its bias acts from the first step) or path.
    #[arg(long, default_value = "spikes", value_parser = keyword_parser!(Feedback))]
    feedback: Feedback,
    /// When a spike resets the membrane: same-step or next-step.
    #[arg(long, default_value = "same-step", value_parser = keyword_parser!(ResetTiming))]
    reset_timing: ResetTiming,
    /// How the membrane is compared with the threshold: > or >=.
    #[arg(long, default_value = ">", value_parser = keyword_parser!(Compare))]
    compare: Compare,
    /// Spikes of a neuron in a step at most, at level dt; a chip has its own limit.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..))]
    max_spikes: i64,
    /// How integers are made: channel, global, rockpool-channel or rockpool-global.
    #[arg(long, default_value = "channel", value_parser = keyword_parser!(Quantizer), help_heading = "Integers")]
    quantizer: Quantizer,
    /// What may be approximated where the chip has it not: reset, synapse.
    #[arg(long, value_delimiter = ',', value_parser = ["reset", "synapse"], help_heading = "Integers")]
    approximate: Vec<String>,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("it should be a positive number of seconds, e.g. 1e-4".to_owned()),
    }
}

impl Lowering {
    /// The options of every pass.
    pub fn settings(&self) -> Settings {
        Settings {
            nir_to_ct: NirToCt {
                step: self.dt,
                tau_unit: self.tau_unit,
                reset: self.reset,
                spike: self.spike,
                input: self.input_signal,
            },
            ct_to_dt: CtToDt {
                integration: self.integration,
                feedback: self.feedback,
                compare: self.compare,
                reset_timing: self.reset_timing,
                max_spikes: self.max_spikes,
            },
            quantize: QuantizeOptions {
                quantizer: self.quantizer,
                approximate_reset: self.approximate.iter().any(|a| a == "reset"),
                approximate_synapse: self.approximate.iter().any(|a| a == "synapse"),
            },
        }
    }
}

/// The target of this name.
pub fn target(name: &str) -> Result<&'static dyn ChipTarget, String> {
    nirc_targets::lookup(name).ok_or_else(|| {
        let names: Vec<_> = nirc_targets::all().iter().map(|t| t.name()).collect();
        format!("it should be one of: {}", names.join(", "))
    })
}
