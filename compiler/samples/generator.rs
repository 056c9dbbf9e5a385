//! Samples that are generated.

use std::collections::BTreeMap;

use ndarray::Array2;
use nirc_dialects::finding::{Finding, Findings};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::{Input, MAX_ELEMENTS, need_step, source::refuse};

/// A generator with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    signal: Signal,
    steps: usize,
    samples: usize,
}

/// What is generated.
#[derive(Clone, Debug, PartialEq)]
enum Signal {
    /// For each element, spikes of a Poisson process, at most one in a step.
    Poisson {
        /// Spikes in a second.
        rate: f64,
        seed: u64,
    },
    /// For every element a spike each `period` steps, from step `offset` on.
    Regular { period: usize, offset: usize },
    /// One spike.
    Single { element: usize, step: usize },
    /// The same value for every element in every step.
    Constant { value: f64 },
}

/// A key of a generator.
struct Key {
    name: &'static str,
    /// The value where it is left out; none if it has to be there.
    default: Option<&'static str>,
    range: Range,
}

#[derive(Clone, Copy)]
enum Range {
    /// Any finite number.
    Number,
    /// A finite number from 0 up.
    NotNegative,
    /// A whole number from 0 up.
    Whole,
    /// A whole number from 1 up.
    Positive,
}

const fn key(name: &'static str, default: Option<&'static str>, range: Range) -> Key {
    Key {
        name,
        default,
        range,
    }
}

const STEPS: Key = key("steps", None, Range::Positive);
const SAMPLES: Key = key("samples", Some("1"), Range::Positive);

/// Every generator with its keys.
const GENERATORS: [(&str, &[Key]); 4] = [
    (
        "poisson",
        &[
            key("rate", None, Range::NotNegative),
            key("seed", Some("0"), Range::Whole),
            STEPS,
            SAMPLES,
        ],
    ),
    (
        "regular",
        &[
            key("period", None, Range::Positive),
            key("offset", Some("0"), Range::Whole),
            STEPS,
            SAMPLES,
        ],
    ),
    (
        "single",
        &[
            key("element", None, Range::Whole),
            key("step", None, Range::Whole),
            STEPS,
            SAMPLES,
        ],
    ),
    (
        "constant",
        &[key("value", None, Range::Number), STEPS, SAMPLES],
    ),
];

impl Key {
    /// Whether the text is a value of the key.
    fn admits(&self, text: &str) -> bool {
        let number = text.parse::<f64>().ok().filter(|x| x.is_finite());
        let whole = text.parse::<u64>().ok();
        match self.range {
            Range::Number => number.is_some(),
            Range::NotNegative => number.is_some_and(|x| x >= 0.0),
            Range::Whole => whole.is_some(),
            Range::Positive => whole.is_some_and(|x| x > 0),
        }
    }

    const fn wanted(&self) -> &'static str {
        match self.range {
            Range::Number => "a number",
            Range::NotNegative => "a number from 0 up",
            Range::Whole => "a whole number from 0 up",
            Range::Positive => "a whole number from 1 up",
        }
    }
}

impl Generator {
    /// The generator that the text names, `NAME:KEY=VALUE,...`; `None` if it names none.
    ///
    /// A finding for each key that is unknown, missing, given twice or has an impossible value.
    pub fn parse(text: &str) -> Option<Result<Self, Findings>> {
        let (name, arguments) = text.split_once(':')?;
        let (name, keys) = GENERATORS.iter().find(|(known, _)| *known == name)?;
        Some(arguments_of(text, arguments, keys).map(|values| {
            let whole = |key: &str| -> u64 { number(&values, key) };
            let size = |key: &str| usize::try_from(whole(key)).unwrap_or(usize::MAX);
            Self {
                signal: match *name {
                    "poisson" => Signal::Poisson {
                        rate: number(&values, "rate"),
                        seed: whole("seed"),
                    },
                    "regular" => Signal::Regular {
                        period: size("period"),
                        offset: size("offset"),
                    },
                    "single" => Signal::Single {
                        element: size("element"),
                        step: size("step"),
                    },
                    _ => Signal::Constant {
                        value: number(&values, "value"),
                    },
                },
                steps: size("steps"),
                samples: size("samples"),
            }
        }))
    }

    /// The samples for the model's input at this position.
    ///
    /// # Errors
    ///
    /// Findings for an element or step that is not there, a rate without a step, and samples that
    /// are too large.
    pub fn samples(
        &self,
        position: usize,
        input: Input<'_>,
        step: Option<f64>,
    ) -> Result<Vec<Array2<f32>>, Finding> {
        let size = self.samples.checked_mul(self.steps);
        let size = size.and_then(|size| size.checked_mul(input.width));
        if size.is_none_or(|size| size > MAX_ELEMENTS) {
            let what = format!(
                "{} samples of {} steps and {} elements",
                self.samples, self.steps, input.width
            );
            return Err(refuse(what).why(format!("at most {MAX_ELEMENTS} elements are generated")));
        }
        let shape = (self.steps, input.width);
        match self.signal {
            Signal::Poisson { rate, seed } => {
                let dt = need_step(step, "a rate in Hz")?;
                Ok((0..self.samples)
                    .map(|sample| poisson(shape, rate * dt, seed, position, sample))
                    .collect())
            }
            Signal::Regular { period, offset } => {
                let spike = |t: usize| t.checked_sub(offset).is_some_and(|t| t % period == 0);
                let one = Array2::from_shape_fn(shape, |(t, _)| f32::from(u8::from(spike(t))));
                Ok(vec![one; self.samples])
            }
            Signal::Single { element, step } => {
                let mut one = Array2::zeros(shape);
                let Some(place) = one.get_mut((step, element)) else {
                    return Err(refuse(format!(
                        "step {step} of element {element} is not in {} steps of {} elements",
                        self.steps, input.width
                    )));
                };
                *place = 1.0;
                Ok(vec![one; self.samples])
            }
            Signal::Constant { value } => {
                let value = super::npy::finite(value)
                    .ok_or_else(|| refuse(format!("the value {value} is too large")))?;
                Ok(vec![Array2::from_elem(shape, value); self.samples])
            }
        }
    }
}

/// One sample of a Poisson process. A step has a spike with probability 1 - exp(-`mean`), that of
/// at least one event where `mean` are expected.
///
/// The random numbers are the 32-bit words of ChaCha with 8 rounds, whose key is the seed (8 bytes,
/// little endian, then zeros) and whose stream is input * 2^32 + sample; one word for each
/// element, step by step. A word below the probability times 2^32, rounded, is a spike.
fn poisson(
    shape: (usize, usize),
    mean: f64,
    seed: u64,
    input: usize,
    sample: usize,
) -> Array2<f32> {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(seed.to_le_bytes()) {
        *to = from;
    }
    let mut random = ChaCha8Rng::from_seed(key);
    random.set_stream(((input as u64) << 32) | sample as u64);
    let below = (-(-mean).exp_m1() * 4_294_967_296.0).round() as u64;
    Array2::from_shape_simple_fn(shape, || {
        f32::from(u8::from(u64::from(random.next_u32()) < below))
    })
}

/// The values of all keys, as text that they admit.
fn arguments_of<'t>(
    text: &str,
    arguments: &'t str,
    keys: &[Key],
) -> Result<BTreeMap<&'static str, &'t str>, Findings> {
    let (mut values, mut findings) = (BTreeMap::new(), Findings::new());
    for argument in arguments.split(',').filter(|a| !a.is_empty()) {
        let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
        let Some(key) = keys.iter().find(|key| key.name == name) else {
            let names: Vec<_> = keys.iter().map(|key| key.name).collect();
            let what = format!("`{text}` has the key `{name}`");
            findings.push(refuse(what).why(format!("its keys are {}", names.join(", "))));
            continue;
        };
        if !key.admits(value) {
            let what = format!("`{text}`: `{name}` is `{value}`, not {}", key.wanted());
            findings.push(refuse(what));
        }
        if values.insert(key.name, value).is_some() {
            findings.push(refuse(format!("`{text}` has `{name}` twice")));
        }
    }
    for key in keys {
        match key.default {
            Some(default) => {
                values.entry(key.name).or_insert(default);
            }
            None if !values.contains_key(key.name) => {
                let what = format!("`{text}` has no `{}`, {}", key.name, key.wanted());
                findings.push(refuse(what));
            }
            None => {}
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(values)
}

/// A value that was admitted.
fn number<T: std::str::FromStr + Default>(values: &BTreeMap<&str, &str>, key: &str) -> T {
    values
        .get(key)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: Input<'_> = Input {
        name: "input",
        width: 4,
    };

    fn made(text: &str, position: usize) -> Vec<Array2<f32>> {
        let generator = Generator::parse(text).unwrap().unwrap();
        generator.samples(position, INPUT, Some(1e-3)).unwrap()
    }

    #[test]
    fn poisson_spikes_come_at_the_rate_and_never_change() {
        let text = "poisson:rate=200,steps=5000,seed=7,samples=2";
        let samples = made(text, 0);
        assert_eq!(samples, made(text, 0));
        assert_ne!(samples.first(), samples.last());
        assert_ne!(samples, made(text, 1), "another input has its own spikes");
        assert_ne!(
            samples,
            made("poisson:rate=200,steps=5000,seed=8,samples=2", 0)
        );
        // A sample does not depend on how many there are.
        let one = made("poisson:rate=200,steps=5000,seed=7", 0);
        assert_eq!(one.first(), samples.first());
        let spikes: f32 = samples.iter().map(|sample| sample.sum()).sum();
        // 40000 steps with probability 1 - exp(-0.2): mean 7251, standard deviation 77.
        assert!(
            (f64::from(spikes) - 40_000.0 * 0.181_269_25).abs() < 4.0 * 77.0,
            "{spikes}"
        );
        // Keystream of ChaCha8 with key 0 and nonce 0: 3e00ef2f 895f40d6 7f5bb8e8 1f09a5a1
        // (draft-strombergson-chacha-test-vectors-01, TC1), as words 2fef003e d6405f89 e8b85b7f
        // a1a5091f: of these only the first is below 0.5 * 2^32.
        let half = std::f64::consts::LN_2 * 1000.0;
        let first = made(&format!("poisson:rate={half},steps=1"), 0);
        assert_eq!(first, [ndarray::arr2(&[[1.0, 0.0, 0.0, 0.0]])]);
    }

    #[test]
    fn the_other_generators() {
        let regular = made("regular:period=3,offset=1,steps=6,samples=2", 0);
        assert_eq!(regular.len(), 2);
        let column: Vec<f32> = regular.last().unwrap().column(3).to_vec();
        assert_eq!(column, [0., 1., 0., 0., 1., 0.]);
        let single = made("single:element=3,step=5,steps=7", 0);
        assert_eq!(single.first().unwrap().sum(), 1.0);
        assert_eq!(single.first().unwrap().get((5, 3)), Some(&1.0));
        assert_eq!(
            made("constant:value=-0.5,steps=2", 0),
            [Array2::from_elem((2, 4), -0.5)]
        );
    }

    #[test]
    fn every_wrong_key_is_a_finding() {
        for (text, count) in [
            ("poisson:", 2),
            ("poisson:rate=-1,steps=0", 2),
            ("poisson:rate=inf,steps=1,seed=-1,colour=red", 3),
            ("regular:period=0,steps=10,steps=10", 2),
            ("single:element=1.5,step=x,steps=1e3,samples=", 4),
            ("constant:value=nan,steps=1", 1),
        ] {
            let findings = Generator::parse(text).unwrap().unwrap_err();
            assert_eq!(findings.0.len(), count, "{text}: {findings}");
            assert!(findings.iter().all(|f| f.code == "run-source"));
        }
        assert!(Generator::parse("x.npy").is_none());
        assert!(Generator::parse("uniform:steps=1").is_none());
        for text in [
            "single:element=4,step=0,steps=1",
            "single:element=0,step=1,steps=1",
            "regular:period=1,steps=18446744073709551615,samples=99",
            "constant:value=1e300,steps=1",
        ] {
            let generator = Generator::parse(text).unwrap().unwrap();
            assert!(generator.samples(0, INPUT, None).is_err(), "{text}");
        }
        let poisson = Generator::parse("poisson:rate=1,steps=1").unwrap().unwrap();
        let finding = poisson.samples(0, INPUT, None).unwrap_err();
        assert_eq!(finding.code, "run-step");
    }
}
