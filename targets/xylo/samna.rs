//! The configuration file of samna, the vendor's tool: the JSON text of its `to_json`.
//!
//! samna's reader takes unknown keys, and any order and name of the root's first member, but
//! refuses a file that lacks a key. Integers that do not fit wrap in silence, so nothing is written
//! that [`legal::check`](super::legal::check) refuses. What a file must have is known exactly for
//! Xylo v1, whose reader (samna 0.7.1) has been run; for the later chips the built-in schema is
//! what is publicly known, and a file that lacks a key is refused by samna with the key's name.
//! Then dump a default configuration with the samna in use,
//! `python -c "import samna.xyloCore2.configuration as c; print(c.XyloConfiguration().to_json())"`,
//! and give it to [`fill_template`]: its result has every key that this samna wants.

mod fill;
mod parse;

use nirc_dialects::finding::{Finding, Findings};

use super::{chip::Chip, json::Json, specification::Specification};
pub use parse::parse;

/// How the chip takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationMode {
    /// Steps on request, state readable between them.
    Manual = 0,
    /// Steps as fast as possible.
    AcceleratedTime = 1,
    /// A step each `time_resolution_wrap` clock cycles.
    RealTime = 2,
}

impl OperationMode {
    const ALL: [Self; 3] = [Self::Manual, Self::AcceleratedTime, Self::RealTime];
}

/// What a configuration says besides the network. `None` keeps what the template has; the built-in
/// schemas have manual mode, 0 and no hibernation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// How the chip takes time.
    pub operation_mode: Option<OperationMode>,
    /// Clock cycles of a step in real-time mode: `dt * clock frequency`.
    pub time_resolution_wrap: Option<u16>,
    /// Whether the chip may hibernate.
    pub hibernation: Option<bool>,
}

impl Settings {
    /// Settings that `chip` does not have: `xylo-hibernation-absent`.
    pub fn check(&self, chip: &Chip) -> Findings {
        let mut findings = Findings::new();
        if self.hibernation == Some(true) && !chip.hibernation.value {
            let what = format!("hibernation is asked for; {} has none", chip.name);
            let rule = "hibernation is asked for where the chip has it";
            findings.push(
                Finding::error("xylo-hibernation-absent", rule, what)
                    .why(chip.hibernation.source)
                    .fix("leave hibernation off"),
            );
        }
        findings
    }
}

/// A configuration that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// The network.
    pub specification: Specification,
    /// The rest.
    pub settings: Settings,
}

/// Where chips differ in the file.
struct Schema {
    /// The target's name.
    chip: &'static str,
    /// A default configuration: one neuron of each kind, all zero.
    template: &'static str,
    /// Whether the real reader has accepted such files.
    verified: bool,
    /// The name of the hidden population.
    hidden: &'static str,
    /// Flags besides the network's, as (object, key, value); set where the template has them.
    flags: &'static [(&'static str, &'static str, Flag)],
}

/// When a flag is on.
#[derive(Clone, Copy)]
enum Flag {
    On,
    Off,
    WithSynapse2,
    WithBias,
}

/// The flags are those that rockpool 3.1.0 sets (config_from_specification of each chip).
const SCHEMAS: [Schema; 4] = [
    Schema {
        chip: "xylo-v1",
        template: include_str!("schema/xylo-v1.json"),
        verified: true,
        hidden: "reservoir",
        flags: &[],
    },
    Schema {
        chip: "xylo-audio-2",
        template: include_str!("schema/xylo-audio-2.json"),
        verified: false,
        hidden: "reservoir",
        flags: &[
            ("debug", "isyn_clock_enable", Flag::On),
            ("debug", "isyn2_clock_enable", Flag::WithSynapse2),
            ("debug", "ra_clock_enable", Flag::On),
            ("debug", "bias_clock_enable", Flag::WithBias),
            ("debug", "hm_clock_enable", Flag::On),
            ("debug", "ram_power_enable", Flag::On),
        ],
    },
    Schema {
        chip: "xylo-audio-3",
        template: include_str!("schema/xylo-audio-3.json"),
        verified: false,
        hidden: "hidden",
        flags: &[],
    },
    Schema {
        chip: "xylo-imu",
        template: include_str!("schema/xylo-imu.json"),
        verified: false,
        hidden: "hidden",
        flags: &[
            ("", "imu_if_input_enable", Flag::Off),
            ("debug", "always_update_omp_stat", Flag::On),
        ],
    },
];

fn schema(chip: &Chip) -> &'static Schema {
    // A chip without a row does not exist; the tests hold the two tables together.
    let [fallback, ..] = &SCHEMAS;
    SCHEMAS
        .iter()
        .find(|schema| schema.chip == chip.name)
        .unwrap_or(fallback)
}

/// Whether files of [`configuration`] for `chip` have been read by the real samna.
pub fn is_verified(chip: &Chip) -> bool {
    schema(chip).verified
}

/// The configuration file of `specification`, from the built-in schema of `chip`.
///
/// Where the schema is not verified (see [`is_verified`]) the file says so in a second member of
/// its root, `nirc`, which samna does not read.
///
/// # Errors
/// The findings of [`legal::check`](super::legal::check) and [`Settings::check`], if any is an
/// error.
pub fn configuration(
    specification: &Specification,
    chip: &Chip,
    settings: &Settings,
) -> Result<Json, Findings> {
    let schema = schema(chip);
    let mut json = fill::fill(
        specification,
        chip,
        settings,
        schema,
        Json::read(schema.template)?,
    )?;
    if let (false, Json::Object(members)) = (schema.verified, &mut json) {
        let note = "Not verified: no samna for this chip has read this file. If samna misses a \
                    key, use load_xylo.py or a template.";
        let mark = vec![
            ("verified".to_owned(), Json::Bool(false)),
            ("note".to_owned(), Json::String(note.to_owned())),
        ];
        members.push(("nirc".to_owned(), Json::Object(mark)));
    }
    Ok(json)
}

/// Puts `specification` into `template`, a configuration that the user's own samna wrote. All keys
/// that the network does not decide keep their value.
///
/// # Errors
/// The findings of [`legal::check`](super::legal::check) and [`Settings::check`], if any is an
/// error; `xylo-template-key` or `xylo-template-form` for each place that the network needs and the
/// template does not have: it may belong to another chip.
pub fn fill_template(
    specification: &Specification,
    chip: &Chip,
    settings: &Settings,
    template: &Json,
) -> Result<Json, Findings> {
    fill::fill(
        specification,
        chip,
        settings,
        schema(chip),
        template.clone(),
    )
}
