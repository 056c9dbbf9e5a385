//! The fields of speck2e and speck2f by their Python names.
//!
//! Source: the configuration that sinabs 3.1.3 fills (chips/dynapcnn.py, chips/speck2f.py), and the
//! samna pages.

use super::fields::Fields;
use crate::speck::configuration::{Configuration, Core, Shape};

pub(super) fn describe(configuration: &mut Configuration, f: &mut impl Fields) {
    f.list("cnn_layers", &mut configuration.cores, |f, core| {
        layer(core, f);
    });
    let dvs = &mut configuration.dvs;
    f.group("dvs_layer", |f| {
        f.list("destinations", &mut dvs.destinations, |f, destination| {
            f.integer("layer", &mut destination.layer);
            f.flag("enable", &mut destination.enable);
        });
        f.flag("merge", &mut dvs.merge);
        f.flags("mirror", &mut dvs.mirror);
        f.flag("mirror_diagonal", &mut dvs.mirror_diagonal);
        f.flag("monitor_enable", &mut dvs.monitor_enable);
        f.flag("raw_monitor_enable", &mut dvs.raw_monitor_enable);
        f.flag("on_channel", &mut dvs.on_channel);
        f.flag("off_channel", &mut dvs.off_channel);
        f.pair("origin", &mut dvs.origin);
        f.pair("cut", &mut dvs.cut);
        f.pair("pooling", &mut dvs.pooling);
        f.flag("pass_sensor_events", &mut dvs.pass_sensor_events);
    });
    let filter = &mut configuration.filter;
    f.group("dvs_filter", |f| {
        f.flag("enable", &mut filter.enable);
        f.pair("filter_size", &mut filter.filter_size);
        f.flag(
            "hot_pixel_filter_enable",
            &mut filter.hot_pixel_filter_enable,
        );
        f.flag("internal_slow_clk", &mut filter.internal_slow_clk);
        f.flag("low_pass_mode_enable", &mut filter.low_pass_mode_enable);
        f.integer("threshold", &mut filter.threshold);
    });
    let readout = &mut configuration.readout;
    f.group("readout", |f| {
        f.flag("enable", &mut readout.enable);
        f.flag("internal_slow_clk", &mut readout.internal_slow_clk);
        f.flag(
            "low_pass_filter32_not16",
            &mut readout.low_pass_filter32_not16,
        );
        f.flag(
            "low_pass_filter_disable",
            &mut readout.low_pass_filter_disable,
        );
        f.flag("monitor_enable", &mut readout.monitor_enable);
        f.integer("output_mode_sel", &mut readout.output_mode_sel);
        f.integer("output_neuron_num", &mut readout.output_neuron_num);
        f.flag(
            "override_threshold_max",
            &mut readout.override_threshold_max,
        );
        f.integer(
            "readout_configuration_sel",
            &mut readout.readout_configuration_sel,
        );
        f.flag(
            "readout_pin_monitor_enable",
            &mut readout.readout_pin_monitor_enable,
        );
        f.integer("threshold", &mut readout.threshold);
    });
    let factory = &mut configuration.factory;
    f.group("factory_config", |f| {
        f.integer(
            "internal_slow_clk_divider",
            &mut factory.internal_slow_clk_divider,
        );
        f.integer("io_sel", &mut factory.io_sel);
    });
}

fn layer(core: &mut Core, f: &mut impl Fields) {
    f.list("destinations", &mut core.destinations, |f, destination| {
        f.integer("layer", &mut destination.layer);
        f.flag("enable", &mut destination.enable);
        f.integer("feature_shift", &mut destination.feature_shift);
        f.integer("pooling", &mut destination.pooling);
    });
    let dimensions = &mut core.dimensions;
    f.group("dimensions", |f| {
        f.pair("padding", &mut dimensions.padding);
        f.pair("stride", &mut dimensions.stride);
        f.integer("kernel_size", &mut dimensions.kernel_size);
        shape("input_shape", &mut dimensions.input, f);
        shape("output_shape", &mut dimensions.output, f);
    });
    f.tensor("biases", &mut core.biases, 1);
    f.tensor("weights", &mut core.weights, 4);
    f.tensor("neurons_initial_value", &mut core.neurons_initial_value, 3);
    f.flag("return_to_zero", &mut core.return_to_zero);
    f.flag("leak_enable", &mut core.leak_enable);
    f.flag(
        "leak_internal_slow_clk_enable",
        &mut core.leak_internal_slow_clk_enable,
    );
    f.integer("threshold_high", &mut core.threshold_high);
    f.integer("threshold_low", &mut core.threshold_low);
    f.flag("monitor_enable", &mut core.monitor_enable);
    f.flag(
        "input_congestion_balancer_enable",
        &mut core.input_congestion_balancer_enable,
    );
    f.flag("output_decimator_enable", &mut core.output_decimator_enable);
    f.integer(
        "output_decimator_interval",
        &mut core.output_decimator_interval,
    );
}

fn shape(key: &str, shape: &mut Shape, f: &mut impl Fields) {
    f.group(key, |f| {
        f.pair("size", &mut shape.size);
        f.integer("feature_count", &mut shape.features);
    });
}
