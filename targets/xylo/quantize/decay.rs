//! Decay shifts ("dash"): which one stands for a decay factor, and what it costs.

use nirc_dialects::{
    dt::Integration,
    finding::{Finding, Findings},
};
use nirc_passes::{Parameter, Quantizer, round_half_even};

/// The largest shift of the chip.
const MOST: f64 = 15.0;

/// Decay factors that are this near, relative to their distance from 1, are called equal.
const SAME_DECAY: f64 = 1e-3;

/// How a shift is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The shift whose decay factor 1 - 2^-dash is nearest in rate: -log2(1 - decay). A synaptic
    /// current keeps a part of its events, so its shift is at least 1.
    Rate,
    /// As rockpool 3.1.0: log2(tau / step), whatever the integration
    /// (devices/xylo/xylo_graph_modules.py:71-72).
    TimeConstant(Integration),
}

impl Rule {
    /// The rule of `quantizer` for decay factors made by `integration`.
    pub fn of(quantizer: Quantizer, integration: Integration) -> Self {
        match quantizer {
            Quantizer::RockpoolChannel | Quantizer::RockpoolGlobal => {
                Self::TimeConstant(integration)
            }
            _ => Self::Rate,
        }
    }

    /// The shift for a decay factor from 0 to 1 of a synaptic current.
    pub fn synaptic(self, decay: f64) -> i16 {
        self.dash(decay, if self == Self::Rate { 1.0 } else { 0.0 })
    }

    /// The shift for a decay factor from 0 to 1 of a membrane.
    pub fn membrane(self, decay: f64) -> i16 {
        let rule = match self {
            Self::TimeConstant(Integration::Held) => Self::TimeConstant(Integration::Exact),
            other => other,
        };
        rule.dash(decay, 0.0)
    }

    fn dash(self, decay: f64, least: f64) -> i16 {
        let steps = match self {
            Self::Rate | Self::TimeConstant(Integration::Euler | Integration::Held) => {
                1.0 / (1.0 - decay)
            }
            Self::TimeConstant(Integration::Exact | Integration::Exponential) => {
                1.0 / decay.ln().abs()
            }
        };
        round_half_even(steps.log2()).clamp(least, MOST) as i16
    }
}

/// The decay factor of a shift.
pub fn factor(dash: i16) -> f64 {
    1.0 - 0.5f64.powi(i32::from(dash))
}

/// The largest difference between a decay factor of the model and of the chip, for `dashes`.
pub fn error(model: &Parameter, dashes: &[i16]) -> f64 {
    let differences = dashes.iter().enumerate();
    differences
        .map(|(n, dash)| (factor(*dash) - model.get(n)).abs())
        .fold(0.0, f64::max)
}

/// Reports the worst decay factor of a state ("synaptic" or "membrane") of a population, if it is not
/// the model's.
pub fn report(node: &str, state: &str, model: &Parameter, dashes: &[i16], findings: &mut Findings) {
    let worst = dashes
        .iter()
        .enumerate()
        .map(|(n, dash)| (model.get(n), factor(*dash)))
        .max_by(|a, b| rate_error(*a).total_cmp(&rate_error(*b)));
    let Some((of_model, of_chip)) = worst.filter(|pair| rate_error(*pair) > SAME_DECAY) else {
        return;
    };
    findings.push(
        Finding::warning(
            "xylo-decay",
            "decay factors are of the form 1 - 2^-n",
            format!("the {state} decay is {of_model:.4} in the model and {of_chip:.4} on the chip"),
        )
        .at(node)
        .why(format!(
            "the chip decays by shifting; the largest error of a factor is {:.4}",
            error(model, dashes)
        ))
        .fix("train with decays of this form, e.g. 0.75, 0.875, 0.9375"),
    );
}

/// How much the rates 1 - decay differ, relatively.
fn rate_error((model, chip): (f64, f64)) -> f64 {
    let rate = (1.0 - model).max(f64::MIN_POSITIVE);
    ((model - chip) / rate).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dash_comes_from_the_true_decay_factor() {
        let cases = [
            (0.5, 1),
            (0.75, 2),
            (0.9375, 4),
            (0.55, 1),
            (0.6, 1),
            (0.0, 0),
            (1.0, 15),
        ];
        for (decay, expected) in cases {
            assert_eq!(Rule::Rate.membrane(decay), expected, "{decay}");
        }
        assert_eq!(Rule::Rate.synaptic(0.0), 1);
        // tau / dt = 2.5, exact.
        let decay = (-1.0f64 / 2.5).exp();
        assert_eq!(Rule::Rate.membrane(decay), 2);
        assert_eq!(Rule::TimeConstant(Integration::Exact).membrane(decay), 1);
        assert_eq!(Rule::TimeConstant(Integration::Exact).membrane(0.0), 0);
        assert_eq!(Rule::TimeConstant(Integration::Exact).membrane(1.0), 15);
    }

    #[test]
    fn the_error_is_that_of_the_dashes() {
        let decay = Parameter::each(vec![0.75, 0.7]);
        assert!((error(&decay, &[2, 2]) - 0.05).abs() < 1e-12);
        assert!((error(&decay, &[1, 2]) - 0.25).abs() < 1e-12);
        let mut findings = Findings::new();
        report("lif", "membrane", &decay, &[1, 2], &mut findings);
        assert!(
            findings
                .to_string()
                .contains("0.7500 in the model and 0.5000")
        );
    }
}
