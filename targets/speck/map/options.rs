//! The options of `quant-to-hw` for Speck.

use nirc_dialects::{
    finding::{Finding, Findings},
    hw::ReadoutMode,
};
use nirc_passes::MapOptions;

use crate::speck::{chip::Chip, configuration::Pair};

/// What the user asks of the placement.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether the chip's sensor is the model's input.
    pub sensor: Option<SensorSettings>,
    /// Whether spare cores take parts of the busiest layers.
    pub spread: bool,
    /// Whether the host sees the spikes of all cores, else of the outputs alone.
    pub monitor_all: bool,
    /// Whether the readout counts the output's spikes.
    pub readout: Option<ReadoutMode>,
    /// The readout's threshold.
    pub readout_threshold: i64,
    /// Synaptic operations that a core can do in a second, if the user knows.
    pub limit: Option<f64>,
}

/// What the sensor's layer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorSettings {
    /// Columns, rows of the sensor that are one pixel of the model's input.
    pub pooling: Pair<i64>,
    /// The first pixel that passes.
    pub origin: Pair<i64>,
    /// Whether columns, rows are counted from the other end.
    pub mirror: Pair<bool>,
    /// Whether columns and rows are swapped.
    pub swap: bool,
    /// Which events pass.
    pub on: bool,
    /// As `on`.
    pub off: bool,
}

/// Every option, and what it can be.
const OPTIONS: [(&str, &str); 11] = [
    ("input", "host or sensor"),
    (
        "sensor-pooling",
        "1, 2 or 4, or two of them as COLUMNS:ROWS",
    ),
    (
        "sensor-origin",
        "COLUMN:ROW, in pixels of the model's input",
    ),
    ("sensor-mirror", "none, columns, rows or both"),
    ("sensor-swap", "yes or no"),
    ("sensor-polarity", "both, on or off"),
    ("spread", "yes or no"),
    ("monitor", "outputs or all"),
    ("readout", "none, threshold or maximum"),
    ("readout-threshold", "a number from 1 to 65535"),
    ("synaptic-operations", "a number of a core in a second"),
];

/// A number for each axis: one for both, or COLUMNS:ROWS.
fn pair(text: &str) -> Option<Pair<i64>> {
    let number = |text: &str| text.parse().ok().filter(|n: &i64| *n >= 0);
    match text.split_once(':') {
        Some((x, y)) => Some(Pair::new(number(x)?, number(y)?)),
        None => number(text).map(|n| Pair::new(n, n)),
    }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

impl Settings {
    /// Reads the options.
    ///
    /// # Errors
    ///
    /// All options that are unknown, or have a value that they cannot have.
    pub fn read(options: &MapOptions, chip: &Chip) -> Result<Self, Findings> {
        let mut findings = Findings::new();
        let mut settings = Self {
            sensor: None,
            spread: false,
            monitor_all: false,
            readout: None,
            readout_threshold: 1,
            limit: None,
        };
        let mut sensor = SensorSettings {
            pooling: Pair::new(1, 1),
            origin: Pair::new(0, 0),
            mirror: Pair::new(false, false),
            swap: false,
            on: true,
            off: true,
        };
        let mut wants_sensor = false;
        for (name, value) in &options.0 {
            let Some((_, expected)) = OPTIONS.iter().find(|(known, _)| known == name) else {
                let known: Vec<_> = OPTIONS.iter().map(|(known, _)| *known).collect();
                let finding = refuse(format!("there is no option `{name}`"));
                findings.push(finding.fix(format!("its options are: {}", known.join(", "))));
                continue;
            };
            let taken = settings.take(name, value, &mut sensor, &mut wants_sensor, chip);
            if taken.is_none() {
                findings.push(refuse(format!(
                    "option `{name}` is `{value}`, it should be {expected}"
                )));
            }
        }
        let without = options.0.keys().find(|name| name.starts_with("sensor-"));
        if let (false, Some(name)) = (wants_sensor, without) {
            let finding = refuse(format!("option `{name}` is for input=sensor"));
            findings.push(finding.fix("give --map input=sensor too"));
        }
        if settings.readout.is_some() && !chip.routes_to_readout.value {
            let finding = refuse(format!(
                "{} has no readout that cores can send to",
                chip.name
            ));
            findings.push(finding.why(chip.routes_to_readout.because()));
        }
        settings.sensor = wants_sensor.then_some(sensor);
        if findings.has_errors() {
            Err(findings)
        } else {
            Ok(settings)
        }
    }

    /// Takes one option; `None` if its value is none that it can have.
    fn take(
        &mut self,
        name: &str,
        value: &str,
        sensor: &mut SensorSettings,
        wants_sensor: &mut bool,
        chip: &Chip,
    ) -> Option<()> {
        match name {
            "input" => *wants_sensor = one_of(value, &[("host", false), ("sensor", true)])?,
            "sensor-pooling" => {
                let allowed = |p: &i64| chip.sensor_pooling.value.contains(p);
                sensor.pooling = pair(value).filter(|p| allowed(&p.x) && allowed(&p.y))?;
            }
            "sensor-origin" => sensor.origin = pair(value).filter(|_| value.contains(':'))?,
            "sensor-mirror" => {
                let (x, y) = one_of(
                    value,
                    &[
                        ("none", (false, false)),
                        ("columns", (true, false)),
                        ("rows", (false, true)),
                        ("both", (true, true)),
                    ],
                )?;
                sensor.mirror = Pair::new(x, y);
            }
            "sensor-swap" => sensor.swap = flag(value)?,
            "sensor-polarity" => {
                let both = [
                    ("both", (true, true)),
                    ("on", (true, false)),
                    ("off", (false, true)),
                ];
                (sensor.on, sensor.off) = one_of(value, &both)?;
            }
            "spread" => self.spread = flag(value)?,
            "monitor" => {
                self.monitor_all = one_of(value, &[("outputs", false), ("all", true)])?;
            }
            "readout" => {
                self.readout = match value {
                    "none" => None,
                    word => Some(ReadoutMode::from_word(word)?),
                };
            }
            "readout-threshold" => {
                let number = value.parse().ok();
                self.readout_threshold = number.filter(|n: &i64| (1..=65535).contains(n))?;
            }
            _ => {
                let number = value.parse().ok();
                self.limit = Some(number.filter(|n: &f64| n.is_finite() && *n > 0.0)?);
            }
        }
        Some(())
    }
}

fn one_of<T: Copy>(value: &str, words: &[(&str, T)]) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == value);
    found.map(|(_, meaning)| *meaning)
}

fn refuse(what: String) -> Finding {
    let rule = "an option of the placement is one that Speck has";
    Finding::error("speck-map-option", rule, what)
}
