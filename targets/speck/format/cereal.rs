//! The fields of speck2b as samna's archive has them. Source: `to_json` of samna 0.7.1.0.

use super::fields::Fields;
use crate::speck::configuration::{Configuration, Core, Shape};

/// Memory timing and test modes, as in samna's default.
const FACTORY: &str = include_str!("speck2b_factory.json");
/// As [`FACTORY`].
const DEBUG: &str = include_str!("speck2b_debug.json");

pub(super) fn describe(configuration: &mut Configuration, f: &mut impl Fields) {
    f.group("value0", |f| {
        f.list("cnnLayers", &mut configuration.cores, |f, core| {
            layer(core, f);
        });
        let dvs = &mut configuration.dvs;
        f.group("dvsLayer", |f| {
            f.flag("monitorSensorEnable", &mut dvs.raw_monitor_enable);
            f.flag("monitorEnable", &mut dvs.monitor_enable);
            f.list("destinations", &mut dvs.destinations, |f, destination| {
                f.integer("layer", &mut destination.layer);
                f.flag("enable", &mut destination.enable);
            });
            f.flag("mirrorDiagonal", &mut dvs.mirror_diagonal);
            f.flag("merge", &mut dvs.merge);
            f.flag("onChannel", &mut dvs.on_channel);
            f.flag("offChannel", &mut dvs.off_channel);
            f.pair("origin", &mut dvs.origin);
            f.pair("pooling", &mut dvs.pooling);
            f.pair("cut", &mut dvs.cut);
            f.flags("mirror", &mut dvs.mirror);
            f.flag("passSensorEvents", &mut dvs.pass_sensor_events);
        });
        let filter = &mut configuration.filter;
        f.group("dvsFilter", |f| {
            let mut bypass = !filter.enable;
            f.flag("filterBypass", &mut bypass);
            filter.enable = !bypass;
            // samna's spelling.
            f.integer("threashold", &mut filter.threshold);
            f.pair("filterSize", &mut filter.filter_size);
        });
        let readout = &mut configuration.readout;
        f.group("readout", |f| {
            f.integer("threshold", &mut readout.threshold);
            f.flag("lowPassFilterDisable", &mut readout.low_pass_filter_disable);
            f.flag("lowPassFilter32Not16", &mut readout.low_pass_filter32_not16);
            f.integer(
                "inputAddressInterpretation",
                &mut readout.readout_configuration_sel,
            );
            f.flag("bypassEnable", &mut readout.bypass_enable);
            f.integer("p2sInputSelection", &mut readout.p2s_input_selection);
        });
        f.constant("factoryConfig", FACTORY);
        f.constant("debugConfig", DEBUG);
    });
}

fn layer(core: &mut Core, f: &mut impl Fields) {
    f.list("destinations", &mut core.destinations, |f, destination| {
        f.integer("layer", &mut destination.layer);
        f.flag("enable", &mut destination.enable);
        f.integer("featureShift", &mut destination.feature_shift);
        f.integer("pooling", &mut destination.pooling);
    });
    f.flag("returnToZero", &mut core.return_to_zero);
    f.flag("leakEnable", &mut core.leak_enable);
    f.integer("thresholdHigh", &mut core.threshold_high);
    f.integer("thresholdLow", &mut core.threshold_low);
    f.flag("monitorEnable", &mut core.monitor_enable);
    let dimensions = &mut core.dimensions;
    f.group("dimensions", |f| {
        f.pair("padding", &mut dimensions.padding);
        f.pair("stride", &mut dimensions.stride);
        f.integer("kernelSize", &mut dimensions.kernel_size);
        shape("inputShape", &mut dimensions.input, f);
        shape("outputShape", &mut dimensions.output, f);
    });
    for (key, kill_bits, tensor, axes) in [
        ("weights", "weightsKillBit", &mut core.weights, 4),
        ("biases", "biasesKillBit", &mut core.biases, 1),
        (
            "neuronsInitialValue",
            "neuronsValueKillBit",
            &mut core.neurons_initial_value,
            3,
        ),
    ] {
        f.tensor(key, tensor, axes);
        f.unset_flags(kill_bits, tensor);
    }
}

fn shape(key: &str, shape: &mut Shape, f: &mut impl Fields) {
    f.group(key, |f| {
        f.integer("featureCount", &mut shape.features);
        f.pair("size", &mut shape.size);
    });
}
