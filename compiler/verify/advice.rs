//! Which option would change the lowering that costs most: found by trying.

use nirc_dialects::dt::{Integration, Reads, ResetTiming};
use nirc_passes::Target;

use super::comparison::{Change, Comparison};
use crate::{
    execute::Samples,
    levels::{Level, Request},
    pipeline::Settings,
};

/// What was tried, and the best of it.
pub struct Advice {
    /// The distance of the worst lowering with each option, in the order tried.
    pub tried: Vec<(String, f64)>,
}

impl Advice {
    /// The option that lowers the distance most, and the distance; `None` if none lowers it.
    pub fn best(&self, now: f64) -> Option<(&str, f64)> {
        let mut best: Option<(&str, f64)> = None;
        for (option, distance) in &self.tried {
            if *distance < best.map_or(now, |(_, least)| least) {
                best = Some((option, *distance));
            }
        }
        best
    }
}

/// The options that act on a lowering, with settings that have them.
fn candidates(
    to: Level,
    settings: &Settings,
    target: Option<&dyn Target>,
) -> Vec<(String, Settings)> {
    let mut list = Vec::new();
    let mut add = |option: String, change: &dyn Fn(&mut Settings)| {
        let mut changed = settings.clone();
        change(&mut changed);
        if changed != *settings {
            list.push((option, changed));
        }
    };
    // Exact integration takes pulses of one step.
    add("--integration exact".into(), &|s| {
        s.ct_to_dt.integration = Integration::Exact
    });
    add("--membrane-reads previous".into(), &|s| {
        s.ct_to_dt.membrane_reads = Reads::Previous
    });
    add("--reset-timing same-step".into(), &|s| {
        s.ct_to_dt.reset_timing = ResetTiming::SameStep;
        s.ct_to_dt.cuba_reset_timing = None;
    });
    let most = if to == Level::Quant { 31 } else { 1000 };
    add(format!("--max-spikes {most}"), &|s| {
        s.ct_to_dt.max_spikes = most
    });
    if to == Level::Quant {
        for quantizer in target.map_or(&[][..], |target| target.quantizers()) {
            add(format!("--quantizer {quantizer}"), &|s| {
                s.quantize.quantizer = *quantizer
            });
        }
    }
    list
}

/// Tries the options of the worst lowering. An option with which the model is refused is left out.
pub fn find(
    request: &Request<'_>,
    comparison: &Comparison,
    samples: &Samples,
    tau: f64,
) -> Option<Advice> {
    let worst = comparison.worst()?;
    if worst.to == Level::Chip {
        return None;
    }
    let mut tried = Vec::new();
    for (option, settings) in candidates(worst.to, request.settings, request.integers()) {
        let _span = tracing::info_span!("try", option).entered();
        let request = Request {
            settings: &settings,
            ..*request
        };
        let Ok(levels) = request.levels(|_| vec![worst.from, worst.to]) else {
            continue;
        };
        if levels.simulators.len() < 2 {
            continue;
        }
        if let Ok(other) = Comparison::new(&levels, samples, tau) {
            tried.push((option, other.lowerings.iter().map(Change::distance).sum()));
        }
    }
    Some(Advice { tried })
}
