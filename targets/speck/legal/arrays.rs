//! Shapes of arrays, and what their elements can be.

use nirc_dialects::finding::Finding;

use super::{Rules, name};
use crate::speck::{
    chip::{Limit, Range},
    configuration::{Core, Tensor, shape_text},
};

pub(super) fn check(rules: &mut Rules<'_>, index: usize, core: &Core, used: bool) {
    let chip = rules.chip;
    let d = &core.dimensions;
    let (ci, co, k) = (d.input.features, d.output.features, d.kernel_size);
    let (x, y) = super::output_size(core);
    let arrays: [(&str, &Tensor, &[i64], &Limit<Range>); 3] = [
        ("weights", &core.weights, &[co, ci, k, k], &chip.weight),
        ("biases", &core.biases, &[co], &chip.bias),
        (
            "neurons_initial_value",
            &core.neurons_initial_value,
            &[co, x, y],
            &chip.state,
        ),
    ];
    for (array, tensor, shape, limit) in arrays {
        self::shape(rules, index, array, tensor, shape);
        range(rules, index, array, &tensor.values, limit);
    }
    if used && !core.weights.values.is_empty() && core.weights.values.iter().all(|w| *w == 0) {
        let finding = Finding::error(
            "speck-weights-zero",
            "a layer's weights do not all vanish",
            format!("{}: all weights are 0", name(index)),
        );
        let why = "no event could ever change a neuron; a scale was probably far too small";
        rules.push(index, finding.why(why).fix("choose a larger scale"));
    }
}

fn shape(rules: &mut Rules<'_>, index: usize, array: &str, tensor: &Tensor, shape: &[i64]) {
    let fits = tensor.shape.len() == shape.len()
        && tensor
            .shape
            .iter()
            .zip(shape)
            .all(|(found, expected)| i64::try_from(*found) == Ok(*expected));
    if !fits {
        let what = format!(
            "{}: {array} is {}, not {}",
            name(index),
            tensor.shape_text(),
            shape_text(shape)
        );
        let rule = "an array has the extents that the core's geometry says";
        rules.push(index, Finding::error("speck-array-shape", rule, what));
    }
    if !tensor.is_whole() {
        let what = format!(
            "{}: {array} has {} values for a shape of {}",
            name(index),
            tensor.values.len(),
            tensor.shape_text()
        );
        let rule = "an array has one value for each place";
        let finding = Finding::error("speck-array-truncated", rule, what);
        let why = "samna loads it and reads beyond its end";
        rules.push(index, finding.why(why));
    }
}

/// One finding for all elements that are out of range, with the worst.
fn range(rules: &mut Rules<'_>, index: usize, array: &str, values: &[i32], limit: &Limit<Range>) {
    let Range { low, high } = limit.value;
    let badness = |value: i64| {
        let nearest = value.clamp(low, high);
        value.abs_diff(nearest)
    };
    let outside = values.iter().map(|v| i64::from(*v));
    let outside = outside.filter(|v| !limit.value.contains(*v));
    let (count, worst) = outside.fold((0_usize, None), |(count, worst), value| match worst {
        Some(worst) if badness(worst) >= badness(value) => (count + 1, Some(worst)),
        _ => (count + 1, Some(value)),
    });
    if let Some(worst) = worst {
        let what = format!(
            "{}: {count} of {array} lie outside {low} to {high}; the worst is {worst}",
            name(index)
        );
        let rule = "a number fits the memory that holds it";
        let why = format!(
            "{}; samna's from_json would wrap it in silence",
            limit.because()
        );
        let finding = Finding::error("speck-array-range", rule, what).why(why);
        let fix = "scale weights, biases and threshold of the layer by one factor below 1";
        rules.push(index, finding.fix(fix));
    }
}
