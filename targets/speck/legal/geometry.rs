//! Extents, kernels, strides, padding, and the memories that they ask for.

use nirc_dialects::finding::Finding;

use super::{Rules, name};
use crate::speck::{
    chip::{Limit, Range},
    configuration::{Core, Dimensions},
    memory::words,
};

pub(super) fn check(rules: &mut Rules<'_>, index: usize, core: &Core) {
    let chip = rules.chip;
    let d = &core.dimensions;
    let mut within = |thing: &str, value: i64, limit: &Limit<Range>, code, fix: &'static str| {
        let Range { low, high } = limit.value;
        if limit.value.contains(value) {
            return true;
        }
        let what = format!(
            "{}: {thing} is {value}; {} has {low} to {high}",
            name(index),
            chip.name
        );
        let rule = "the layer's geometry is one that a core has";
        let finding = Finding::error(code, rule, what).why(limit.because());
        rules.push(index, finding.fix(fix));
        false
    };
    let smaller_map = "crop or pool the map, or use a stride";
    let fewer = "use fewer channels; output channels of a layer can be split over cores";
    let mut fits = within(
        "the side of the kernel",
        d.kernel_size,
        &chip.kernel_size,
        "speck-kernel-size",
        "train with a smaller kernel, or split it into two layers",
    );
    for (thing, value) in [
        ("the number of input features", d.input.features),
        ("the number of output features", d.output.features),
    ] {
        fits &= within(thing, value, &chip.features, "speck-features", fewer);
    }
    for (axis, value) in d.padding.named() {
        fits &= within(
            &format!("the padding in {axis}"),
            *value,
            &chip.padding,
            "speck-padding",
            "pad less; more than the kernel's side less one adds nothing",
        );
    }
    for (axis, value) in d.input.size.named() {
        let thing = format!("the input map's extent in {axis}");
        let limit = &chip.input_size;
        fits &= within(&thing, *value, limit, "speck-input-size", smaller_map);
    }
    for (axis, value) in d.output.size.named() {
        let thing = format!("the map of neurons' extent in {axis}");
        let limit = &chip.output_size;
        fits &= within(&thing, *value, limit, "speck-output-size", smaller_map);
    }
    for (axis, value) in d.stride.named() {
        if !chip.strides.value.contains(value) {
            fits = false;
            let what = format!(
                "{}: the stride in {axis} is {value}; {} has {:?}",
                name(index),
                chip.name,
                chip.strides.value
            );
            let rule = "the stride is one that a core has";
            let finding = Finding::error("speck-stride", rule, what);
            let fix = "train with a stride of 1, 2, 4 or 8";
            rules.push(index, finding.why(chip.strides.because()).fix(fix));
        }
    }
    // The formulas mean nothing for numbers that are out of range.
    if fits {
        formula(rules, index, d);
        memories(rules, index, d);
    }
}

/// The rows or columns of a map of neurons. Source: the validator's message.
fn expected(d: &Dimensions) -> [(&'static str, i64, i64); 2] {
    let extent = |input: i64, padding: i64, stride: i64| {
        (input + 2 * padding - d.kernel_size).div_euclid(stride.max(1)) + 1
    };
    let (i, p, s) = (d.input.size, d.padding, d.stride);
    [
        ("x", extent(i.x, p.x, s.x), d.output.size.x),
        ("y", extent(i.y, p.y, s.y), d.output.size.y),
    ]
}

fn formula(rules: &mut Rules<'_>, index: usize, d: &Dimensions) {
    for (axis, expected, found) in expected(d) {
        if expected != found {
            let what = format!(
                "{}: the map of neurons has an extent of {found} in {axis}; kernel, stride and \
                 padding make {expected} of the input map",
                name(index)
            );
            let rule = "an output extent is floor((input - kernel + 2 padding) / stride) + 1";
            rules.push(index, Finding::error("speck-output-formula", rule, what));
        }
    }
}

fn memories(rules: &mut Rules<'_>, index: usize, d: &Dimensions) {
    // All are in range here, so none is negative.
    let count = |value: i64| u64::try_from(value).unwrap_or(u64::MAX);
    let (size, limit) = (d.output.size, &rules.chip.memory);
    let asked = words(
        count(d.input.features),
        count(d.output.features),
        count(d.kernel_size),
        count(size.x),
        count(size.y),
    );
    let Some(has) = limit.value.get(index) else {
        return;
    };
    let because = limit.because();
    for (code, thing, asked, has) in [
        ("speck-kernel-memory", "weights", asked.kernel, has.kernel),
        ("speck-neuron-memory", "neurons", asked.neuron, has.neuron),
        ("speck-bias-memory", "biases", asked.bias, has.bias),
    ] {
        if asked > has {
            let what = format!(
                "{}: the {thing} take {asked} words; the core has {has}",
                name(index)
            );
            let rule = "a layer fits the memories of its core";
            let fix = "split the layer's output channels over several cores, or use fewer";
            let finding = Finding::error(code, rule, what).why(because.clone());
            rules.push(index, finding.fix(fix));
        }
    }
}
