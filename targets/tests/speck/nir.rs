//! Models as NIR graphs, and what the compiler answers to them.

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
    Convention, CtToDt, DtToQuant, MapOptions, NirToCt, QuantToHw, QuantizeOptions, RunOptions,
    Step, Target,
    rewrite::{CtRewrite, DtRewrite, RewriteOptions},
    run,
};
use nirc_targets::speck::placement::Placement;

use crate::{
    lower::{errors, record, target},
    lowering::events,
    random::Random,
};

const CHIP: &str = "speck2f";

/// A model that grows node by node, each after the last unless said otherwise.
pub struct Model {
    graph: Graph,
    last: String,
    random: Random,
    pub convention: CtToDt,
}

pub fn tensor(shape: &[usize], mut value: impl FnMut() -> f32) -> Tensor {
    let elements: Vec<f32> = (0..shape.iter().product()).map(|_| value()).collect();
    ndarray::ArrayD::from_shape_vec(ndarray::IxDyn(shape), elements)
        .unwrap()
        .into()
}

pub fn one(value: f32) -> Tensor {
    Tensor::from(vec![value])
}

impl Model {
    pub fn new(shape: &[usize]) -> Self {
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

    pub fn add(&mut self, name: &str, kind: Primitive) -> &mut Self {
        self.graph.nodes.insert(name.to_owned(), Node::from(kind));
        if !self.last.is_empty() {
            self.edge(&self.last.clone(), name);
        }
        self.last = name.to_owned();
        self
    }

    pub fn edge(&mut self, from: &str, to: &str) -> &mut Self {
        self.graph.edges.push((from.to_owned(), to.to_owned()));
        self
    }

    /// The next node comes after this one.
    pub fn after(&mut self, name: &str) -> &mut Self {
        self.last = name.to_owned();
        self
    }

    pub fn weights(&mut self, shape: &[usize]) -> Tensor {
        let random = &mut self.random;
        tensor(shape, || (random.unit() * 0.5 - 0.15) as f32)
    }

    pub fn conv(
        &mut self,
        name: &str,
        shape: [usize; 4],
        stride: usize,
        padding: usize,
    ) -> &mut Self {
        self.conv_with(name, shape, |c| {
            c.stride = [stride; 2];
            c.padding = Padding::Explicit([padding; 2]);
        })
    }

    pub fn conv_with(
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

    pub fn linear(&mut self, name: &str, outputs: usize, inputs: usize) -> &mut Self {
        let weight = self.weights(&[outputs, inputs]);
        self.add(name, Primitive::Linear { weight })
    }

    pub fn flatten(&mut self, name: &str) -> &mut Self {
        self.add(
            name,
            Primitive::Flatten {
                start_dim: 0,
                end_dim: -1,
                input_type: None,
            },
        )
    }

    pub fn fire(&mut self, name: &str) -> &mut Self {
        self.fire_with(name, one(1.0), one(1.0), None)
    }

    pub fn fire_with(
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

    pub fn pool(&mut self, name: &str, average: bool, side: usize, stride: usize) -> &mut Self {
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

    /// What is wrong with the shapes, whatever is filled in.
    pub fn shape_errors(&self) -> Vec<(String, String)> {
        let mut findings = Findings::new();
        infer_shapes(&mut self.graph.clone(), Mode::Lenient, &mut findings);
        errors(&findings)
    }

    /// Ends the model, and compiles it, with and without rewriting: the same answer.
    pub fn compile(&mut self) -> Answer {
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
pub enum Answer {
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
    pub fn placed(&self, cores: usize) -> &Self {
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
    pub fn refused(&self, code: &str, node: &str) {
        let Self::Refused(errors) = self else {
            panic!("{self:?}");
        };
        assert_eq!(errors[0], (code.to_owned(), node.to_owned()), "{errors:?}");
    }

    pub fn warns(&self, code: &str) -> bool {
        matches!(self, Self::Placed { codes, .. } if codes.iter().any(|c| c == code))
    }
}
