//! What a user asks of the mapping: `--map OPTION=VALUE`.

use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::MapOptions;

use super::place::Order;
use crate::spinnaker2::{
    chip_data::RATES,
    image::{Records, Voltage},
};

/// The options, each with its default.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// `ticks`: the length of a run. Recordings take memory for each tick.
    pub ticks: usize,
    /// `record`: what is recorded of output populations: `spikes`, `v`, `v_last`, `time_done`, joined
    /// by commas, or `none`.
    pub record: Records,
    /// `record-hidden`: the same of the other populations.
    pub record_hidden: Records,
    /// `convolution`: `kernels` runs a population that one convolution feeds with `lif_conv2d`; `rows`
    /// writes its synapses out, and so has a memory image.
    pub kernels: bool,
    /// `over-allocated`: `yes` counts and gives 48 bytes for an entry of the master population table,
    /// as py-spinnaker2 does; `no` the 12 that it needs.
    pub over_allocated: bool,
    /// `atoms`: most neurons on a processing element.
    pub atoms: Option<usize>,
    /// `tick`: how long a tick takes on the chip, in microseconds.
    pub tick: u32,
    /// `place`: where slices stand.
    pub place: Order,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ticks: 1000,
            record: Records {
                spikes: true,
                ..Records::default()
            },
            record_hidden: Records::default(),
            kernels: true,
            over_allocated: true,
            atoms: None,
            tick: (RATES.usual_tick.value * 1e6) as u32,
            place: Order::Router,
        }
    }
}

/// The names of the options.
const NAMES: [&str; 8] = [
    "ticks",
    "record",
    "record-hidden",
    "convolution",
    "over-allocated",
    "atoms",
    "tick",
    "place",
];

impl Options {
    /// The options that `given` names.
    ///
    /// # Errors
    ///
    /// All values that cannot be read, and all options that there are not.
    pub fn read(given: &MapOptions) -> Result<Self, Findings> {
        let mut options = Self::default();
        let mut findings = Findings::new();
        for (name, value) in &given.0 {
            let expected = options.set(name, value);
            if let Err(expected) = expected {
                let what = match expected {
                    Some(expected) => format!("`{name}` is `{value}`, it should be {expected}"),
                    None => format!("there is no option `{name}`"),
                };
                findings.push(
                    Finding::error(
                        "s2-option",
                        "a mapping's options are those that it has",
                        what,
                    )
                    .fix(format!("its options are: {}", NAMES.join(", "))),
                );
            }
        }
        if findings.has_errors() {
            return Err(findings);
        }
        Ok(options)
    }

    /// Sets an option; else what it should be, or nothing if there is no such option.
    fn set(&mut self, name: &str, value: &str) -> Result<(), Option<&'static str>> {
        const TICKS: &str = "a number from 1 to 1000000";
        const RECORD: &str = "none, or spikes, v or v_last, time_done, joined by commas";
        match name {
            "ticks" => {
                let ticks = value.parse().ok().filter(|t| (1..=1_000_000).contains(t));
                self.ticks = ticks.ok_or(Some(TICKS))?;
            }
            "record" => self.record = records(value).ok_or(Some(RECORD))?,
            "record-hidden" => self.record_hidden = records(value).ok_or(Some(RECORD))?,
            "convolution" => {
                self.kernels = word(value, ["kernels", "rows"]).ok_or(Some("kernels or rows"))?;
            }
            "over-allocated" => {
                self.over_allocated = word(value, ["yes", "no"]).ok_or(Some("yes or no"))?;
            }
            "atoms" => {
                let atoms = value.parse().ok().filter(|a| *a > 0);
                self.atoms = Some(atoms.ok_or(Some("a positive number"))?);
            }
            "tick" => {
                let tick = value.parse().ok().filter(|t| (1..=10_000_000).contains(t));
                self.tick = tick.ok_or(Some("microseconds, from 1 to 10000000"))?;
            }
            "place" => self.place = Order::from_word(value).ok_or(Some("router or numbers"))?,
            _ => return Err(None),
        }
        Ok(())
    }
}

/// Whether a value is the first of two words; nothing if it is neither.
fn word(value: &str, [yes, no]: [&str; 2]) -> Option<bool> {
    (value == yes || value == no).then_some(value == yes)
}

/// The words of what is recorded.
pub fn records(text: &str) -> Option<Records> {
    let mut records = Records::default();
    if text == "none" {
        return Some(records);
    }
    for word in text.split(',') {
        match word {
            "spikes" => records.spikes = true,
            "v" if records.voltage == Voltage::None => records.voltage = Voltage::Every,
            "v_last" if records.voltage == Voltage::None => records.voltage = Voltage::Last,
            "time_done" => records.time_done = true,
            _ => return None,
        }
    }
    Some(records)
}

/// What is recorded, in words as py-spinnaker2 has them.
pub fn words(records: Records) -> Vec<&'static str> {
    let voltage = match records.voltage {
        Voltage::None => None,
        Voltage::Every => Some("v"),
        Voltage::Last => Some("v_last"),
    };
    let each = [
        records.spikes.then_some("spikes"),
        voltage,
        records.time_done.then_some("time_done"),
    ];
    each.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Options, Findings> {
        let each = text
            .split_whitespace()
            .filter_map(|word| word.split_once('='));
        let each = each.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Options::read(&MapOptions(each.collect()))
    }

    #[test]
    fn options_are_read() {
        assert_eq!(read("").unwrap(), Options::default());
        let options =
            read("ticks=5 record=v_last,spikes convolution=rows over-allocated=no").unwrap();
        assert_eq!(
            (options.ticks, options.kernels, options.over_allocated),
            (5, false, false)
        );
        assert_eq!(words(options.record), ["spikes", "v_last"]);
        assert_eq!(records("none"), Some(Records::default()));
    }

    #[test]
    fn all_that_is_wrong_is_said() {
        let findings = read("ticks=0 record=v,v_last convolution=no core=1 atoms=x").unwrap_err();
        assert_eq!(findings.0.len(), 5);
        assert!(findings.to_string().contains("there is no option `core`"));
    }
}
