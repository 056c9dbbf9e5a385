//! The sensor's layer, its filter, and the readout.

use nirc_dialects::finding::{Finding, Findings};

use super::Rules;
use crate::speck::{
    chip::{Chip, Limit, Range},
    configuration::{Configuration, Pair},
};

pub(super) fn check(rules: &mut Rules<'_>, configuration: &Configuration) {
    let chip = rules.chip;
    let findings = &mut rules.findings;
    dvs(findings, configuration, chip);
    filter(findings, configuration, chip);
    readout(findings, configuration, chip);
}

fn dvs(findings: &mut Findings, configuration: &Configuration, chip: &Chip) {
    let dvs = &configuration.dvs;
    let sends = dvs.destinations.iter().any(|d| d.enable);
    for (axis, value) in dvs.pooling.named() {
        if !chip.sensor_pooling.value.contains(value) {
            let what = format!(
                "the sensor's pooling in {axis} is {value}; {} has {:?}",
                chip.name, chip.sensor_pooling.value
            );
            let rule = "the sensor's pooling is one that it has";
            let finding = Finding::error("speck-sensor-pooling", rule, what);
            findings.push(finding.why(chip.sensor_pooling.because()));
        }
    }
    let high = chip.sensor_size.value - 1;
    for (edge, pair) in [("origin", dvs.origin), ("cut", dvs.cut)] {
        for (axis, value) in pair.named() {
            if !(0..=high).contains(value) {
                let what = format!("the sensor's {edge} in {axis} is {value}; it is 0 to {high}");
                let rule = "what the sensor crops lies on it";
                let finding = Finding::error("speck-sensor-crop", rule, what);
                findings.push(finding.why(chip.sensor_size.because()));
            }
        }
    }
    for ((axis, cut), (_, pooling)) in dvs.cut.named().into_iter().zip(dvs.pooling.named()) {
        let pixels = chip.sensor_size.value / pooling.max(&1);
        if sends && chip.crop_after_pooling.value && (pixels..=high).contains(cut) {
            let what = format!(
                "the sensor's cut in {axis} is {cut}; pooled by {pooling} it has {pixels} pixels"
            );
            let rule = "what the sensor crops lies on it";
            let finding = Finding::error("speck-sensor-crop", rule, what);
            findings.push(finding.why(chip.crop_after_pooling.because()));
        }
    }
    for ((axis, origin), (_, cut)) in dvs.origin.named().into_iter().zip(dvs.cut.named()) {
        if origin > cut {
            let what = format!("the sensor's origin in {axis} is {origin}, beyond its cut {cut}");
            let rule = "the sensor's origin is not beyond its cut";
            let finding = Finding::error("speck-sensor-origin", rule, what);
            findings.push(finding.why("nothing would pass"));
        }
    }
    if sends && !dvs.on_channel && !dvs.off_channel {
        let what = "the sensor's layer has a destination, and both polarities are off";
        let rule = "a sensor that sends has a polarity that passes";
        findings.push(Finding::error("speck-sensor-polarity", rule, what));
    }
}

fn filter(findings: &mut Findings, configuration: &Configuration, chip: &Chip) {
    let filter = &configuration.filter;
    let Pair { x, y } = filter.filter_size;
    let Range { low, high } = chip.filter_size.value;
    for (axis, size) in [("x", x), ("y", y)] {
        if !chip.filter_size.value.contains(size) {
            let what = format!(
                "the filter's extent in {axis} is {size}; {} has {low} to {high}",
                chip.name
            );
            let rule = "the filter's neighbourhood is one that it has";
            let finding = Finding::error("speck-filter-size", rule, what);
            findings.push(finding.why(chip.filter_size.because()));
        }
    }
    if !(0..=65535).contains(&filter.threshold) {
        let what = format!(
            "the filter's threshold is {}; it is 0 to 65535",
            filter.threshold
        );
        let rule = "the filter's threshold fits its register";
        let finding = Finding::error("speck-filter-threshold", rule, what);
        findings.push(finding.why("samna 0.7.1 writes two registers of 8 bits"));
    }
    if filter.low_pass_mode_enable && filter.hot_pixel_filter_enable {
        let what = "low-pass and hot-pixel mode are both on";
        let rule = "the filter is in one mode";
        let finding = Finding::error("speck-filter-mode", rule, what);
        findings.push(finding.why("the modes share one memory: datasheet 3.2.3"));
    }
}

fn readout(findings: &mut Findings, configuration: &Configuration, chip: &Chip) {
    let readout = &configuration.readout;
    let uint16 = Limit::verified(
        Range {
            low: 0,
            high: 65535,
        },
        "samna 0.7.1 integer bounds of threshold",
    );
    let two_bits = Limit::verified(
        Range { low: 0, high: 3 },
        "samna 0.7.1 validate_configuration; datasheet 3.2.5.3",
    );
    let class = Limit::documented(Range { low: 0, high: 15 }, "datasheet 3.2.5.3");
    for (field, value, limit) in [
        ("threshold", readout.threshold, &uint16),
        (
            "readout_configuration_sel",
            readout.readout_configuration_sel,
            &chip.readout_configuration,
        ),
        ("output_mode_sel", readout.output_mode_sel, &two_bits),
        ("output_neuron_num", readout.output_neuron_num, &class),
        (
            "p2s_input_selection",
            readout.p2s_input_selection,
            &two_bits,
        ),
    ] {
        let Range { low, high } = limit.value;
        if !limit.value.contains(value) {
            let what = format!("the readout's {field} is {value}; it is {low} to {high}");
            let rule = "the readout's settings are those that it has";
            let finding = Finding::error("speck-readout", rule, what);
            findings.push(finding.why(limit.because()));
        }
    }
}
