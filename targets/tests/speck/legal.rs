//! Rules: a configuration that breaks one and nothing else.

use nirc_dialects::finding::Severity;
use nirc_targets::speck::{
    chip::{self, READOUT},
    configuration::{Configuration, Core, Destination, Dimensions, Pair, Shape, Tensor},
    legal::{Nodes, check},
};

/// A layer of 2 channels of 16 x 16 into 4 of 16 x 16, on core 0.
fn layer() -> Core {
    let size = Pair::new(16, 16);
    Core {
        dimensions: Dimensions {
            padding: Pair::new(1, 1),
            stride: Pair::new(1, 1),
            kernel_size: 3,
            input: Shape { size, features: 2 },
            output: Shape { size, features: 4 },
        },
        weights: Tensor {
            shape: vec![4, 2, 3, 3],
            values: vec![5; 72],
        },
        biases: Tensor::zeros(&[4]),
        neurons_initial_value: Tensor::zeros(&[4, 16, 16]),
        threshold_high: 100,
        threshold_low: -100,
        ..Core::silent()
    }
}

/// As [`layer`], then pooled by 2 into 3 channels on core 1.
fn two() -> Configuration {
    let mut configuration = Configuration::silent();
    configuration.cores[0] = layer();
    configuration.cores[0].destinations[0] = to(1, 2, 0);
    configuration.cores[1] = second(8, 4);
    configuration
}

/// 3 channels of the same extent, from a map of `size` by `size` and so many features.
fn second(size: i64, features: usize) -> Core {
    let (n, size) = (size as usize, Pair::new(size, size));
    Core {
        dimensions: Dimensions {
            padding: Pair::new(1, 1),
            stride: Pair::new(1, 1),
            kernel_size: 3,
            input: Shape {
                size,
                features: features as i64,
            },
            output: Shape { size, features: 3 },
        },
        weights: Tensor {
            shape: vec![3, features, 3, 3],
            values: vec![-7; 27 * features],
        },
        biases: Tensor::zeros(&[3]),
        neurons_initial_value: Tensor::zeros(&[3, n, n]),
        threshold_high: 100,
        threshold_low: -1,
        ..Core::silent()
    }
}

fn to(layer: i64, pooling: i64, feature_shift: i64) -> Destination {
    Destination {
        layer,
        enable: true,
        feature_shift,
        pooling,
    }
}

/// The codes of all findings, errors with `!`.
fn codes(chip: &str, configuration: &Configuration) -> Vec<String> {
    let findings = check(
        configuration,
        chip::lookup(chip).unwrap(),
        &Nodes::default(),
    );
    let text = |f: &nirc_dialects::finding::Finding| {
        let mark = if f.severity == Severity::Error {
            "!"
        } else {
            ""
        };
        format!("{mark}{}", f.code)
    };
    findings.iter().map(text).collect()
}

/// That breaking [`two`] gives exactly these findings on speck2f.
fn breaks(expected: &[&str], change: impl FnOnce(&mut Configuration)) {
    let mut configuration = two();
    change(&mut configuration);
    assert_eq!(codes("speck2f", &configuration), expected);
}

#[test]
fn what_is_legal_has_no_finding() {
    for chip in ["speck2b", "speck2e", "speck2f"] {
        assert!(codes(chip, &two()).is_empty(), "{chip}");
        assert!(codes(chip, &Configuration::silent()).is_empty(), "{chip}");
    }
}

#[test]
fn geometry() {
    breaks(&["!speck-kernel-size", "!speck-array-shape"], |c| {
        c.cores[0].dimensions.kernel_size = 17;
    });
    breaks(&["!speck-stride"], |c| c.cores[0].dimensions.stride.x = 3);
    breaks(&["!speck-padding"], |c| c.cores[0].dimensions.padding.y = 8);
    breaks(&["!speck-input-size"], |c| {
        c.cores[0].dimensions.input.size.x = 129;
    });
    breaks(
        &[
            "!speck-output-size",
            "!speck-array-shape",
            "speck-pooling-remainder",
            "!speck-input-map",
        ],
        |c| c.cores[0].dimensions.output.size.x = 65,
    );
    breaks(
        &[
            "!speck-output-formula",
            "!speck-array-shape",
            "speck-pooling-remainder",
        ],
        |c| c.cores[0].dimensions.output.size.x = 17,
    );
    breaks(&["!speck-features", "!speck-array-shape"], |c| {
        c.cores[0].dimensions.input.features = 0
    });
}

#[test]
fn memories() {
    let over = |core: usize, features: usize, size: usize| {
        let mut configuration = Configuration::silent();
        let mut layer = layer();
        let (d, size_) = (&mut layer.dimensions, size as i64);
        d.input.size = Pair::new(size_, size_);
        d.output.size = Pair::new(size_, size_);
        d.output.features = features as i64;
        layer.weights = Tensor {
            shape: vec![features, 2, 3, 3],
            values: vec![1; features * 18],
        };
        layer.biases = Tensor::zeros(&[features]);
        layer.neurons_initial_value = Tensor::zeros(&[features, size, size]);
        configuration.cores[core] = layer;
        codes("speck2f", &configuration)
    };
    assert!(over(0, 16, 64).is_empty());
    assert_eq!(over(0, 17, 64), ["!speck-neuron-memory"]);
    assert_eq!(over(7, 16, 33), ["!speck-neuron-memory"]);
    // 2 2^(4 + 10) = 32 Ki words.
    assert!(over(3, 1024, 1).is_empty());
    assert_eq!(over(0, 1024, 1), ["!speck-kernel-memory"]);
    assert_eq!(
        over(3, 1025, 1),
        ["!speck-features"],
        "what is out of range has no memory"
    );
}

#[test]
fn arrays_and_values() {
    breaks(&["!speck-array-shape"], |c| {
        c.cores[0].biases = Tensor::zeros(&[3]);
    });
    breaks(&["!speck-array-truncated"], |c| {
        c.cores[0].weights.values.truncate(70);
    });
    breaks(
        &["!speck-array-range", "speck-weight-over-threshold"],
        |c| {
            c.cores[0].weights.values[0] = 201;
        },
    );
    breaks(&["!speck-weights-zero"], |c| {
        c.cores[0].weights.values.fill(0)
    });
    breaks(&["!speck-threshold-high"], |c| {
        c.cores[0].threshold_high = -5
    });
    breaks(&["!speck-threshold-low"], |c| c.cores[0].threshold_low = 10);
    breaks(&["!speck-threshold-zero"], |c| {
        c.cores[0].threshold_high = 0
    });
    breaks(&["!speck-threshold-low-zero"], |c| {
        c.cores[0].threshold_low = 0
    });
    breaks(&["!speck-bias-without-leak"], |c| {
        c.cores[0].biases.values[0] = 1
    });
    breaks(&["speck-initial-value"], |c| {
        c.cores[0].neurons_initial_value.values[3] = 100;
    });
    breaks(&["speck-weight-over-threshold"], |c| {
        c.cores[0].threshold_high = 2;
    });
    breaks(&["!speck-decimator"], |c| {
        c.cores[0].output_decimator_enable = true;
        c.cores[0].output_decimator_interval = 8;
    });
}

#[test]
fn routes() {
    // Sources of pooling 0 and 3 have a map of another size too.
    breaks(
        &["!speck-pooling", "!speck-input-map", "!speck-input-map"],
        |c| {
            c.cores[0].destinations[0].pooling = 0;
        },
    );
    breaks(&["!speck-pooling"], |c| {
        c.cores[0].destinations[1].pooling = 3
    });
    for layer in [9, 10, 11, 13, 255, -1] {
        breaks(&["!speck-destination"], |c| {
            c.cores[0].destinations[1] = to(layer, 1, 0);
        });
    }
    breaks(&[], |c| c.cores[1].destinations[1] = to(READOUT, 1, 0));
    breaks(&["!speck-feature-shift"], |c| {
        c.cores[0].destinations[1].feature_shift = 1024;
    });
    breaks(&["!speck-input-map", "!speck-input-map"], |c| {
        c.cores[0].destinations[0].pooling = 4;
    });
    breaks(&["!speck-input-features", "!speck-input-gap"], |c| {
        c.cores[0].destinations[0].feature_shift = 2;
    });
    breaks(&["!speck-cycle"], |c| {
        c.cores[0].destinations[0] = to(1, 1, 0);
        c.cores[1] = second(16, 4);
        c.cores[1].destinations[0] = to(0, 1, 0);
        c.cores[0].dimensions.input.features = 3;
        c.cores[0].weights = Tensor {
            shape: vec![4, 3, 3, 3],
            values: vec![5; 108],
        };
    });
    breaks(
        &["speck-pooling-remainder", "speck-pooling-remainder"],
        |c| {
            c.cores[0].destinations[0].pooling = 4;
            c.cores[0].dimensions.padding = Pair::new(2, 2);
            c.cores[0].dimensions.output.size = Pair::new(18, 18);
            c.cores[0].neurons_initial_value = Tensor::zeros(&[4, 18, 18]);
            c.cores[1] = second(4, 4);
        },
    );
}

#[test]
fn sources_of_one_core() {
    let shared = |shift: i64, features: usize| {
        let mut configuration = Configuration::silent();
        for core in [0, 1] {
            configuration.cores[core] = layer();
            configuration.cores[core].destinations[0] = to(2, 1, shift * core as i64);
        }
        configuration.cores[2] = second(16, features);
        configuration
    };
    for chip in ["speck2b", "speck2f"] {
        assert!(codes(chip, &shared(4, 8)).is_empty());
        assert_eq!(codes(chip, &shared(6, 10)), ["!speck-input-gap"]);
        assert_eq!(codes(chip, &shared(4, 9)), ["!speck-input-gap"]);
        assert_eq!(codes(chip, &shared(4, 7)), ["!speck-input-features"]);
    }
    assert_eq!(codes("speck2b", &shared(0, 4)), ["!speck-input-overlap"]);
    assert!(codes("speck2f", &shared(0, 4)).is_empty());
}

#[test]
fn sensor_filter_readout() {
    let sends = |c: &mut Configuration| {
        c.dvs.destinations[0].enable = true;
        c.dvs.cut = Pair::new(15, 15);
    };
    breaks(&[], sends);
    breaks(&["!speck-sensor-pooling"], |c| c.dvs.pooling.x = 3);
    breaks(&["!speck-sensor-crop"], |c| c.dvs.cut.y = 128);
    breaks(&["!speck-sensor-origin"], |c| {
        c.dvs.origin.x = 20;
        c.dvs.cut.x = 10;
    });
    breaks(&["!speck-sensor-polarity"], |c| {
        sends(c);
        (c.dvs.on_channel, c.dvs.off_channel) = (false, false);
    });
    breaks(&["!speck-input-map"], |c| {
        sends(c);
        c.dvs.cut.x = 16;
    });
    breaks(&["!speck-input-gap"], |c| {
        sends(c);
        c.dvs.merge = true;
    });
    breaks(&["!speck-destination"], |c| c.dvs.destinations[1].layer = 9);
    breaks(&["!speck-filter-size"], |c| c.filter.filter_size.x = 16);
    breaks(&["!speck-filter-threshold"], |c| c.filter.threshold = 65536);
    breaks(&["!speck-filter-mode"], |c| {
        c.filter.low_pass_mode_enable = true;
        c.filter.hot_pixel_filter_enable = true;
    });
    breaks(&["!speck-readout"], |c| {
        c.readout.readout_configuration_sel = 4
    });
    // speck2e and speck2f crop what is pooled, speck2b pools what is cropped.
    let pooled = |cut: i64| {
        let mut c = two();
        sends(&mut c);
        c.dvs.pooling = Pair::new(2, 2);
        c.dvs.cut = Pair::new(cut, cut);
        c
    };
    assert!(codes("speck2f", &pooled(15)).is_empty());
    assert!(codes("speck2b", &pooled(31)).is_empty());
    assert_eq!(codes("speck2b", &pooled(15)), ["!speck-input-map"; 2]);
}

#[test]
fn findings_name_the_node() {
    let mut configuration = two();
    configuration.cores[1].threshold_low = 0;
    let mut nodes = Nodes::default();
    nodes[1] = Some("block/lif2".to_owned());
    let findings = check(&configuration, chip::lookup("speck2e").unwrap(), &nodes);
    assert_eq!(findings.0[0].node.as_deref(), Some("block/lif2"));
}
