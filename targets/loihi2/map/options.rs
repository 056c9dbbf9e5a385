//! What a user asks of the mapping: `--map OPTION=VALUE`.

use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::{
    MapOptions,
    map::{PARTITIONERS, PLACERS, Partitioner, Placer},
};

/// The options, each with its default.
pub struct Options {
    /// `cores`: cores of a chip that are used.
    pub cores: Option<u32>,
    /// `partition`: how layers are cut.
    pub partitioner: &'static dyn Partitioner,
    /// `place`: where cores stand; `in-order` as Lava numbers them.
    pub placer: &'static dyn Placer,
    /// `seed`: whatever is random comes from it.
    pub seed: u64,
}

/// The names of the options.
const NAMES: [&str; 4] = ["cores", "partition", "place", "seed"];
/// The most cores of a chip.
const MOST_CORES: u32 = 128;

impl Options {
    /// The options that `given` names.
    ///
    /// # Errors
    ///
    /// All values that cannot be read, and all options that there are not.
    pub fn read(given: &MapOptions) -> Result<Self, Findings> {
        let mut options = Self {
            cores: None,
            partitioner: &nirc_passes::map::Tiled,
            placer: &nirc_passes::map::InOrder,
            seed: 0,
        };
        let mut findings = Findings::new();
        for (name, value) in &given.0 {
            if let Err(what) = options.set(name, value) {
                findings.push(
                    Finding::error(
                        "loihi2-option",
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

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let wrong = |expected: String| format!("`{name}` is `{value}`, it should be {expected}");
        match name {
            "cores" => {
                let cores = value.parse().ok().filter(|n| (1..=MOST_CORES).contains(n));
                let cores = cores.ok_or_else(|| wrong(format!("from 1 to {MOST_CORES}")))?;
                self.cores = Some(cores);
            }
            "partition" => {
                let known = PARTITIONERS.into_iter().find(|p| p.name() == value);
                self.partitioner =
                    known.ok_or_else(|| wrong(words(PARTITIONERS.iter().map(|p| p.name()))))?;
            }
            "place" => {
                let known = PLACERS.into_iter().find(|p| p.name() == value);
                self.placer =
                    known.ok_or_else(|| wrong(words(PLACERS.iter().map(|p| p.name()))))?;
            }
            "seed" => self.seed = value.parse().map_err(|_| wrong("a number".to_owned()))?,
            _ => return Err(format!("there is no option `{name}`")),
        }
        Ok(())
    }
}

fn words(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<_> = names.collect();
    names.join(" or ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn options_are_read_and_unknown_ones_named() {
        let given = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
            Options::read(&MapOptions(pairs.collect::<BTreeMap<_, _>>()))
        };
        let options = given(&[("cores", "7"), ("place", "hilbert"), ("seed", "3")]);
        let options = options.unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!((options.cores, options.seed), (Some(7), 3));
        assert_eq!(
            (options.placer.name(), options.partitioner.name()),
            ("hilbert", "tiled")
        );
        for wrong in [("cores", "0"), ("partition", "x"), ("colour", "1")] {
            assert!(given(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}
