//! What becomes of the models that sinabs 3.1.3 compiles wrong or not at all: `nirc`'s answer to each.
//!
//! The cases are those of `docs/targets/speck.md`, which has sinabs' answers beside these.

use nirc_dialects::nir::file::{Convolution, Padding, Primitive};
use nirc_passes::LowerBound;
use nirc_targets::speck::format::{Format, read};

use crate::{
    nir::{Answer, Model, one, tensor},
    random::Random,
};

fn base() -> Model {
    let mut model = Model::new(&[2, 8, 8]);
    model.conv("conv", [4, 2, 3, 3], 1, 1);
    model
}

#[test]
fn neurons() {
    base().fire("if").compile().placed(1);
    // Thresholds that differ between places, and between channels.
    let mut random = Random(1);
    let each = tensor(&[4, 8, 8], || 0.5 + random.unit() as f32);
    base()
        .fire_with("if", one(1.0), each, None)
        .compile()
        .refused("speck-position-threshold", "if");
    let mut n = 0;
    let channels = tensor(&[4, 8, 8], || {
        n += 1;
        0.5 + ((n - 1) / 64) as f32 * 0.25
    });
    base()
        .fire_with("if", one(1.0), channels, None)
        .compile()
        .placed(1);
    base()
        .fire_with("if", one(0.5), one(1.0), None)
        .compile()
        .placed(1);
    let lif = Primitive::Lif {
        tau: one(10.0),
        r: one(1.0),
        v_leak: one(0.0),
        v_threshold: one(1.0),
        v_reset: None,
    };
    base()
        .add("lif", lif)
        .compile()
        .refused("speck-leak", "lif");
    let cuba = Primitive::CubaLif {
        tau_syn: one(5.0),
        tau_mem: one(10.0),
        r: one(1.0),
        v_leak: one(0.0),
        v_threshold: one(1.0),
        v_reset: None,
        w_in: None,
    };
    base()
        .add("cuba", cuba)
        .compile()
        .refused("speck-synapse", "cuba");
}

#[test]
fn pools() {
    base()
        .fire("if")
        .pool("pool", true, 2, 2)
        .conv("c2", [2, 4, 3, 3], 1, 1)
        .fire("if2")
        .compile()
        .placed(2);
    base()
        .fire("if")
        .pool("pool", false, 2, 2)
        .conv("c2", [2, 4, 3, 3], 1, 1)
        .fire("if2")
        .compile()
        .placed(2);
    base()
        .fire("if")
        .pool("pool", false, 2, 2)
        .compile()
        .placed(1);
    // No core pools by 3: into the next kernel where padding does not stand between.
    base()
        .fire("if")
        .pool("pool", false, 3, 3)
        .flatten("f")
        .linear("fc", 5, 16)
        .fire("if2")
        .compile()
        .placed(2);
    base()
        .fire("if")
        .pool("pool", false, 3, 3)
        .conv("c2", [2, 4, 1, 1], 1, 0)
        .fire("if2")
        .compile()
        .refused("speck-stride", "if2");
    // Windows that overlap.
    base()
        .fire("if")
        .pool("pool", false, 2, 1)
        .conv("c2", [2, 4, 3, 3], 1, 0)
        .fire("if2")
        .compile()
        .placed(2);
    base()
        .fire("if")
        .pool("pool", true, 2, 1)
        .conv("c2", [2, 4, 2, 2], 1, 0)
        .fire("if2")
        .compile()
        .placed(2);
}

#[test]
fn maps_between_neurons() {
    let mut linear = Model::new(&[8]);
    linear.linear("fc", 4, 8).fire("if").compile().placed(1);
    // NIR's Affine is along the last axis, which is 1 here: of 8 only behind a Flatten.
    let mut affine = Model::new(&[8, 1, 1]);
    let (weight, bias) = (affine.weights(&[4, 8]), tensor(&[4], || 0.25));
    affine.add("fc", Primitive::Affine { weight, bias });
    let wrong = ("nir-shape-mismatch".to_owned(), "fc".to_owned());
    assert_eq!(affine.shape_errors(), [wrong]);
    let mut affine = Model::new(&[8, 1, 1]);
    affine.flatten("flatten");
    let weight = affine.weights(&[4, 8]);
    let bias = tensor(&[4], || 0.25);
    affine
        .add("fc", Primitive::Affine { weight, bias })
        .fire("if")
        .compile()
        .placed(1);
    // Factors of channels, and one.
    let mut scaled = Model::new(&[2, 8, 8]);
    let mut n = 0;
    let scale = tensor(&[2, 8, 8], || {
        n += 1;
        if n > 64 { 1.5 } else { 0.5 }
    });
    scaled.add("scale", Primitive::Scale { scale });
    scaled
        .conv("conv", [4, 2, 3, 3], 1, 1)
        .fire("if")
        .compile()
        .placed(1);
    let mut random = Random(5);
    let scale = tensor(&[2, 8, 8], || 0.5 + random.unit() as f32);
    let mut scaled = Model::new(&[2, 8, 8]);
    scaled.add("scale", Primitive::Scale { scale });
    scaled
        .conv("conv", [4, 2, 3, 3], 1, 1)
        .fire("if")
        .compile()
        .refused("speck-position-scale", "scale");
    let mut grouped = Model::new(&[4, 8, 8]);
    grouped
        .conv_with("conv", [4, 2, 3, 3], |c| {
            c.groups = 2;
            c.padding = Padding::Explicit([1, 1]);
        })
        .fire("if")
        .compile()
        .placed(1);
    // Two convolutions without neurons between.
    base()
        .conv("c2", [2, 4, 3, 3], 1, 1)
        .fire("if")
        .compile()
        .refused("speck-two-kernels", "conv");
    base()
        .conv("c2", [2, 4, 3, 3], 1, 0)
        .fire("if")
        .compile()
        .placed(1);
    base().compile().refused("speck-output", "out");
}

#[test]
fn geometry() {
    let of =
        |shape: &[usize], kernel: [usize; 4], stride: usize, change: fn(&mut Convolution<2>)| {
            let mut model = Model::new(shape);
            model.conv_with("conv", kernel, |c| {
                c.stride = [stride; 2];
                change(c);
            });
            model.fire("if").compile()
        };
    of(&[2, 8, 8], [4, 2, 3, 3], 1, |c| c.dilation = [2, 2]).placed(1);
    of(&[2, 20, 20], [4, 2, 3, 3], 1, |c| c.dilation = [8, 8]).refused("speck-dilation", "conv");
    of(&[2, 9, 9], [4, 2, 3, 3], 3, |_| {}).refused("speck-stride", "if");
    of(&[2, 8, 8], [4, 2, 3, 1], 1, |_| {}).placed(1);
    of(&[2, 20, 20], [2, 2, 17, 17], 1, |_| {}).refused("speck-kernel-size", "if");
    of(&[2, 66, 66], [2, 2, 1, 1], 1, |_| {}).refused("speck-map-size", "if");
    // 32 channels of 64 x 64: 128 Ki neurons, on two cores.
    of(&[2, 64, 64], [32, 2, 1, 1], 1, |_| {}).placed(2);
    // 256 channels of 3 x 3 from 256: 1 Mi words.
    of(&[256, 6, 6], [256, 256, 3, 3], 1, |_| {}).refused("speck-cores", "");
}

#[test]
fn graphs() {
    let chain = |count: usize| {
        let mut model = Model::new(&[2, 6, 6]);
        for layer in 0..count {
            model.conv_with(&format!("c{layer}"), [2, 2, 3, 3], |c| {
                c.padding = Padding::Explicit([1, 1]);
                // As much at the middle as leaves the number of spikes what it is.
                let mut tap = 0;
                c.weight = tensor(&[2, 2, 3, 3], || {
                    tap += 1;
                    if tap % 9 == 5 { 0.5 } else { 0.0 }
                });
            });
            model.fire(&format!("n{layer}"));
        }
        model.compile()
    };
    chain(9).placed(9);
    chain(10).refused("speck-cores", "");

    let mut recurrent = Model::new(&[8]);
    recurrent.linear("fc", 8, 8).fire("if").linear("rec", 8, 8);
    recurrent.edge("rec", "if").after("if");
    recurrent.compile().refused("speck-recurrence", "if");

    let mut residual = base();
    residual
        .fire("a")
        .conv("cb", [4, 4, 3, 3], 1, 1)
        .fire("b")
        .conv("cc", [2, 4, 3, 3], 1, 1);
    residual.edge("a", "cc").fire("c");
    residual.compile().placed(3);

    let fan_out = |count: usize| {
        let mut model = base();
        model.fire("a");
        for branch in 0..count {
            model
                .after("a")
                .conv(&format!("c{branch}"), [4, 4, 3, 3], 1, 1)
                .fire(&format!("b{branch}"));
            if branch > 0 {
                // They come together again.
                model.edge(&format!("b{branch}"), "join");
            } else {
                model.conv("join", [2, 4, 3, 3], 1, 1);
            }
        }
        model.after("join").fire("c").compile()
    };
    fan_out(2).placed(4);
    // A third destination is a relay.
    fan_out(3).placed(6);
}

/// The integers where sinabs' come out wrong.
#[test]
fn integers() {
    let of = |weight: f32, threshold: f32, bias: f32, low: LowerBound| {
        let mut model = Model::new(&[2, 8, 8]);
        model.convention.lower_bound = low;
        model.conv_with("conv", [2, 2, 1, 1], |c| {
            c.weight = tensor(&[2, 2, 1, 1], || weight);
            c.bias = tensor(&[2], || bias);
        });
        model
            .fire_with("if", one(1.0), one(threshold), None)
            .compile()
    };
    let core = |answer: &Answer| {
        let Answer::Placed {
            configuration,
            placement,
            ..
        } = answer
        else {
            panic!("{answer:?}");
        };
        let (configuration, _) = read(configuration, Format::Properties).unwrap();
        configuration.cores[placement.populations[0].parts[0].core].clone()
    };
    // Without a lower bound the weights stay.
    let none = core(&of(0.4, 1.0, 0.0, LowerBound::None));
    assert_eq!(none.threshold_low, -32768);
    let scale = f64::from(none.weights.values[0]) / none.threshold_high as f64;
    assert!((scale - 0.4).abs() < 0.004, "{scale}");
    // A bound of 0, which the chip has not.
    let zero = of(0.4, 1.0, 0.0, LowerBound::Integrators);
    assert!(core(&zero).threshold_low <= -1);
    // 1000 thresholds in one weight: what is beyond 127 is said.
    let heavy = of(1.0, 0.001, 0.0, LowerBound::None);
    assert!(heavy.warns("speck-weight-rounding") && heavy.warns("speck-weight-over-threshold"));
    // A threshold of 100 000 weights.
    of(0.001, 100.0, 0.0, LowerBound::None).refused("speck-weights-zero", "if");
    // A bias of 50 weights does not cost the weights their levels.
    let biased = core(&of(0.1, 1.0, 5.0, LowerBound::None));
    assert_eq!(
        10 * i64::from(biased.weights.values[0]),
        biased.threshold_high
    );
    assert_eq!(
        i64::from(biased.biases.values[0]),
        5 * biased.threshold_high
    );
}
