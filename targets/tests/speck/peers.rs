//! What becomes of the models that sinabs 3.1.3 compiles wrong or not at all: `nirc`'s answer to each.
//!
//! The cases are those of `docs/targets/speck.md`, which has sinabs' answers beside these.

use std::rc::Rc;

use nirc_dialects::{
    dt,
    finding::Findings,
    ir::{IrContext, Program},
    nir::{
        self,
        file::{Convolution, Graph, Mode, Node, Padding, Pool, Primitive, infer_shapes},
    },
    quant,
    simulation::Simulator,
    tensor::Tensor,
};
use nirc_passes::{
    Convention, CtToDt, DtToQuant, LowerBound, MapOptions, NirToCt, QuantToHw, QuantizeOptions,
    RunOptions, Step, Target,
    rewrite::{CtRewrite, DtRewrite, RewriteOptions},
    run,
};
use nirc_targets::speck::{
    format::{Format, read},
    placement::Placement,
};

use crate::{
    lower::{errors, record, target},
    lowering::events,
    random::Random,
};

const CHIP: &str = "speck2f";

/// A model that grows node by node, each after the last unless said otherwise.
struct Model {
    graph: Graph,
    last: String,
    random: Random,
    convention: CtToDt,
}

fn tensor(shape: &[usize], mut value: impl FnMut() -> f32) -> Tensor {
    let elements: Vec<f32> = (0..shape.iter().product()).map(|_| value()).collect();
    ndarray::ArrayD::from_shape_vec(ndarray::IxDyn(shape), elements)
        .unwrap()
        .into()
}

fn one(value: f32) -> Tensor {
    Tensor::from(vec![value])
}

impl Model {
    fn new(shape: &[usize]) -> Self {
        let sinabs = Convention::lookup("sinabs").unwrap();
        let mut model = Self {
            graph: Graph::default(),
            last: String::new(),
            random: Random(7),
            convention: sinabs.ct_to_dt.clone(),
        };
        let shape = shape.to_vec();
        model.add("in", Primitive::Input { shape });
        model
    }

    fn add(&mut self, name: &str, kind: Primitive) -> &mut Self {
        self.graph.nodes.insert(name.to_owned(), Node::from(kind));
        if !self.last.is_empty() {
            self.edge(&self.last.clone(), name);
        }
        self.last = name.to_owned();
        self
    }

    fn edge(&mut self, from: &str, to: &str) -> &mut Self {
        self.graph.edges.push((from.to_owned(), to.to_owned()));
        self
    }

    /// The next node comes after this one.
    fn after(&mut self, name: &str) -> &mut Self {
        self.last = name.to_owned();
        self
    }

    fn weights(&mut self, shape: &[usize]) -> Tensor {
        let random = &mut self.random;
        tensor(shape, || (random.unit() * 0.5 - 0.15) as f32)
    }

    fn conv(&mut self, name: &str, shape: [usize; 4], stride: usize, padding: usize) -> &mut Self {
        self.conv_with(name, shape, |c| {
            c.stride = [stride; 2];
            c.padding = Padding::Explicit([padding; 2]);
        })
    }

    fn conv_with(
        &mut self,
        name: &str,
        shape: [usize; 4],
        change: impl FnOnce(&mut Convolution<2>),
    ) -> &mut Self {
        let mut convolution = Convolution {
            input_shape: None,
            weight: self.weights(&shape),
            bias: tensor(&[shape[0]], || 0.0),
            stride: [1, 1],
            padding: Padding::Explicit([0, 0]),
            dilation: [1, 1],
            groups: 1,
        };
        change(&mut convolution);
        self.add(name, Primitive::Conv2d(convolution))
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize) -> &mut Self {
        let weight = self.weights(&[outputs, inputs]);
        self.add(name, Primitive::Linear { weight })
    }

    fn flatten(&mut self, name: &str) -> &mut Self {
        self.add(
            name,
            Primitive::Flatten {
                start_dim: 0,
                end_dim: -1,
                input_type: None,
            },
        )
    }

    fn fire(&mut self, name: &str) -> &mut Self {
        self.fire_with(name, one(1.0), one(1.0), None)
    }

    fn fire_with(
        &mut self,
        name: &str,
        r: Tensor,
        v_threshold: Tensor,
        v_reset: Option<Tensor>,
    ) -> &mut Self {
        self.add(
            name,
            Primitive::If {
                r,
                v_threshold,
                v_reset,
            },
        )
    }

    fn pool(&mut self, name: &str, average: bool, side: usize, stride: usize) -> &mut Self {
        let pool = Pool {
            kernel_size: [side; 2],
            stride: [stride; 2],
            padding: [0; 2],
        };
        self.add(
            name,
            if average {
                Primitive::AvgPool2d(pool)
            } else {
                Primitive::SumPool2d(pool)
            },
        )
    }

    /// Ends the model, and compiles it, with and without rewriting: the same answer.
    fn compile(&mut self) -> Answer {
        let mut graph = self.graph.clone();
        infer_shapes(&mut graph, Mode::Lenient, &mut Findings::new());
        let shape = graph.nodes[&self.last].output_shape.clone();
        self.add("out", Primitive::Output { shape });
        let plain = self.lowered(false);
        let rewritten = self.lowered(true);
        match (&plain, &rewritten) {
            (Answer::Placed { spikes: a, .. }, Answer::Placed { spikes: b, .. }) => {
                assert_eq!(a, b, "rewriting changes spikes of level dt");
            }
            (Answer::Refused(a), Answer::Refused(b)) => assert_eq!(a, b),
            (plain, rewritten) => panic!("{plain:?} but rewritten {rewritten:?}"),
        }
        plain
    }

    fn lowered(&self, rewrite: bool) -> Answer {
        let mut graph = self.graph.clone();
        let mut findings = Findings::new();
        infer_shapes(&mut graph, Mode::Lenient, &mut findings);
        assert!(!findings.has_errors(), "{findings}");
        let context = IrContext::new().unwrap();
        let mut program = nir::import(&context, graph).unwrap();
        let sinabs = Convention::lookup("sinabs").unwrap();
        let target = target(CHIP);
        let options = RewriteOptions {
            target: Some(target as &dyn Target),
            ..RewriteOptions::default()
        };
        let mut steps: Vec<Step> = vec![Step::Pass(Rc::new(NirToCt {
            step: Some(1.0),
            ..sinabs.nir_to_ct.clone()
        }))];
        if rewrite {
            steps.push(Step::Pass(Rc::new(CtRewrite(options.clone()))));
        }
        steps.push(Step::Pass(Rc::new(self.convention.clone())));
        let ran = run(&context, &mut program, &steps, &RunOptions::default());
        if let Err(findings) = ran {
            return Answer::Refused(errors(&findings));
        }
        let input = program_input(&program);
        let dt = dt::Simulation::<f64>::new(&program).unwrap();
        let spikes = record(&dt, &input).outputs["out"].sum();
        let mut steps: Vec<Step> = Vec::new();
        if rewrite {
            steps.push(Step::Pass(Rc::new(DtRewrite(options))));
        }
        steps.push(Step::Pass(Rc::new(DtToQuant {
            target,
            options: QuantizeOptions::default(),
        })));
        if let Err(findings) = run(&context, &mut program, &steps, &RunOptions::default()) {
            return Answer::Refused(errors(&findings));
        }
        let quant = quant::Simulation::new(&program).unwrap();
        let integers = record(&quant, &input).outputs["out"].sum();
        let steps: Vec<Step> = vec![Step::Pass(Rc::new(QuantToHw {
            targets: vec![target as &dyn Target],
            options: MapOptions::default(),
        }))];
        if let Err(findings) = run(&context, &mut program, &steps, &RunOptions::default()) {
            return Answer::Refused(errors(&findings));
        }
        let module = program.module.as_operation();
        let files = target.emit(module, &program.tensors, None).unwrap();
        let file = |name: &str| {
            let file = files.iter().find(|file| file.name == name);
            file.unwrap().as_text().unwrap().to_owned()
        };
        let codes = program.findings.iter().map(|f| f.code.to_string());
        Answer::Placed {
            placement: Placement::read(&file("placement.json")).unwrap(),
            configuration: file("config.json"),
            codes: codes.filter(|code| code.starts_with("speck")).collect(),
            spikes,
            integers,
        }
    }
}

fn program_input(program: &Program<'_>) -> ndarray::Array2<f32> {
    let dt = dt::Simulation::<f64>::new(program).unwrap();
    let count = dt.inputs()[0].1;
    events(&mut Random(3), 25, count)
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there are a few at a time")]
enum Answer {
    Placed {
        placement: Placement,
        configuration: String,
        codes: Vec<String>,
        /// Of the output, at levels dt and quant.
        spikes: f64,
        integers: f64,
    },
    Refused(Vec<(String, String)>),
}

impl Answer {
    /// That it is placed on so many cores, and spikes as level dt does but for rounding.
    #[track_caller]
    fn placed(&self, cores: usize) -> &Self {
        let Self::Placed {
            placement,
            spikes,
            integers,
            ..
        } = self
        else {
            panic!("{self:?}");
        };
        let parts: usize = placement.populations.iter().map(|p| p.parts.len()).sum();
        assert_eq!(parts + placement.relays.len(), cores, "{placement:?}");
        assert!(*spikes > 0.0, "it is silent");
        assert!(
            (spikes - integers).abs() <= 0.1 * spikes + 5.0,
            "{spikes} and {integers}"
        );
        self
    }

    #[track_caller]
    fn refused(&self, code: &str, node: &str) {
        let Self::Refused(errors) = self else {
            panic!("{self:?}");
        };
        assert_eq!(errors[0], (code.to_owned(), node.to_owned()), "{errors:?}");
    }

    fn warns(&self, code: &str) -> bool {
        matches!(self, Self::Placed { codes, .. } if codes.iter().any(|c| c == code))
    }
}

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
