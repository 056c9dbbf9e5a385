//! The comparison as text and as data.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{
    advice::Advice,
    compare::Difference,
    comparison::{Change, Comparison},
};

/// Tables of levels and lowerings, and a line on what costs most.
pub fn text(comparison: &Comparison, advice: Option<&Advice>) -> String {
    let mut text =
        String::from("| level | samples | output spikes | accuracy |\n| --- | --- | --- | --- |\n");
    for outcome in &comparison.outcomes {
        let accuracy = outcome.accuracy.map_or("-".to_owned(), |(right, of)| {
            format!("{right}/{of} = {:.3}", right as f64 / of.max(1) as f64)
        });
        let _ = writeln!(
            text,
            "| {} | {} | {} | {accuracy} |",
            outcome.level.name(),
            comparison.samples,
            outcome.spikes
        );
    }
    text += "\n| lowering | node | spikes | change | by neuron | later by | first difference | \
             van Rossum | cosine | v RMSE / threshold |\n";
    text += "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for change in &comparison.lowerings {
        for (node, difference) in &change.nodes {
            let _ = writeln!(text, "| {} | {node} | {} |", change.name(), row(difference));
        }
    }
    let _ = writeln!(text, "\n{}", sentence(comparison, advice));
    text
}

fn row(difference: &Difference) -> String {
    let optional = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.4}"));
    [
        format!("{}", difference.before),
        format!("{:+}", difference.after - difference.before),
        format!("{}", difference.count_difference),
        difference.lag.unwrap_or(0).to_string(),
        difference
            .first
            .map_or("none".to_owned(), |(sample, step, neuron)| {
                format!("step {step} (sample {sample}, neuron {neuron})")
            }),
        format!("{:.3}", difference.van_rossum()),
        optional(difference.cosine()),
        optional(difference.v_error()),
    ]
    .join(" | ")
}

/// Which lowering costs most, and which option would change that.
fn sentence(comparison: &Comparison, advice: Option<&Advice>) -> String {
    let Some(worst) = comparison.worst() else {
        return match comparison.is_silent() {
            true => "No population spikes on this input, so it shows no difference.".to_owned(),
            false => "No lowering changes a spike.".to_owned(),
        };
    };
    let mut text = format!(
        "{} costs most: a distance of {:.3} (0 is the same spikes, 1 is silence)",
        worst.name(),
        worst.distance()
    );
    if let Some((node, (sample, step, _))) = first(worst) {
        let _ = write!(
            text,
            ", first at node `{node}` in step {step} of sample {sample}"
        );
    }
    match advice.map(|advice| (advice, advice.best(worst.distance()))) {
        None => text.push('.'),
        Some((_, Some((option, distance)))) => {
            let _ = write!(text, "; with {option} it would be {distance:.3}.");
        }
        Some((advice, None)) => {
            let tried: Vec<_> = advice
                .tried
                .iter()
                .map(|(option, _)| option.as_str())
                .collect();
            match tried.as_slice() {
                [] => text += "; there is no option to try.",
                tried => {
                    let _ = write!(text, "; none of {} would lower it.", tried.join(", "));
                }
            }
        }
    }
    text
}

/// The earliest difference of a lowering over its nodes.
fn first(change: &Change) -> Option<(&str, (usize, usize, usize))> {
    let differing = change
        .nodes
        .iter()
        .filter_map(|(node, d)| Some((node.as_str(), d.first?)));
    differing.min_by_key(|(_, (_, step, _))| *step)
}

/// The same as data.
pub fn json(comparison: &Comparison, advice: Option<&Advice>) -> Value {
    let levels: Vec<_> = comparison
        .outcomes
        .iter()
        .map(|outcome| {
            json!({
                "level": outcome.level.name(),
                "output_spikes": outcome.spikes,
                "correct": outcome.accuracy.map(|(right, _)| right),
            })
        })
        .collect();
    let lowerings: Vec<_> = comparison.lowerings.iter().map(lowering).collect();
    json!({
        "samples": comparison.samples,
        "levels": levels,
        "lowerings": lowerings,
        "worst": comparison.worst().map(Change::name),
        "tried": advice.map(|advice| {
            let each = advice.tried.iter();
            each.map(|(option, distance)| json!({ "option": option, "relative_distance": distance }))
                .collect::<Vec<_>>()
        }),
        "summary": sentence(comparison, advice),
    })
}

fn lowering(change: &Change) -> Value {
    let nodes: Vec<_> = change
        .nodes
        .iter()
        .map(|(node, d)| {
            json!({
                "node": node,
                "spikes_before": d.before,
                "spikes_after": d.after,
                "count_difference_by_neuron": d.count_difference,
                "later_by_steps": d.lag,
                "mismatching_entries": d.mismatches,
                "entries": d.entries,
                "first_difference": d.first.map(|(sample, step, neuron)| {
                    json!({ "sample": sample, "step": step, "neuron": neuron })
                }),
                "van_rossum_distance": d.van_rossum(),
                "raster_cosine": d.cosine(),
                "v_rmse_in_thresholds": d.v_error(),
            })
        })
        .collect();
    json!({
        "lowering": change.name(),
        "relative_distance": change.distance(),
        "nodes": nodes,
    })
}
