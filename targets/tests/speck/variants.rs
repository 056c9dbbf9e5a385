//! One network in many forms: other pools, factors and gains anywhere. Rewriting finds the same form at the
//! same cost for all of them.

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use ndarray::{Array2, ArrayD, IxDyn};
use nirc_dialects::{
    dt,
    finding::Findings,
    ir::{self, IrContext},
    nir::{
        self,
        file::{Graph, Mode, Node, Primitive, ReadOptions, infer_shapes, read},
    },
    tensor::Tensor,
};
use nirc_passes::{
    Convention, NirToCt, Pass, RunOptions, Step, Target,
    rewrite::{CtRewrite, DtRewrite, ReportSink, RewriteOptions, cost::Cost},
    run,
};

use crate::{
    corpus,
    lower::{record, target},
    lowering::events,
    random::{Random, once_in},
};

/// A model at level dt.
struct Lowered {
    /// What rewriting made of its cost, before and after.
    costs: Option<(Cost, Cost)>,
    /// The ops, sorted.
    ops: Vec<String>,
    /// What leaves in each step.
    spikes: Array2<f64>,
}

fn lowered(graph: &Graph, rewrite: bool, steps: usize) -> Lowered {
    let context = IrContext::new().unwrap();
    let mut program = nir::import(&context, graph.clone()).unwrap();
    let sinabs = Convention::lookup("sinabs").unwrap();
    let reports = ReportSink::default();
    let options = RewriteOptions {
        target: Some(target("speck2f") as &dyn Target),
        reports: reports.clone(),
        ..RewriteOptions::default()
    };
    let to_ct = NirToCt {
        step: Some(1.0),
        ..sinabs.nir_to_ct.clone()
    };
    let mut passes: Vec<Rc<dyn Pass>> = vec![Rc::new(to_ct), Rc::new(sinabs.ct_to_dt.clone())];
    if rewrite {
        passes.insert(1, Rc::new(CtRewrite(options.clone())));
        passes.push(Rc::new(DtRewrite(options)));
    }
    let all: Vec<Step> = passes.into_iter().map(Step::Pass).collect();
    run(&context, &mut program, &all, &RunOptions::default()).unwrap_or_else(|f| panic!("{f}"));
    let simulation = dt::Simulation::<f64>::new(&program).unwrap();
    let count = nirc_dialects::simulation::Simulator::inputs(&simulation)[0].1;
    let input = events(&mut Random(5), steps, count);
    let mut ops: Vec<String> = ir::operations(program.module.as_operation())
        .iter()
        .map(|op| {
            use melior::ir::operation::OperationLike;
            let name = op.name();
            name.as_string_ref().as_str().unwrap().to_owned()
        })
        .collect();
    ops.sort();
    let reports = reports.take();
    Lowered {
        costs: reports
            .first()
            .zip(reports.last())
            .map(|(a, b)| (a.before, b.after)),
        ops,
        spikes: record(&simulation, &input)
            .outputs
            .into_values()
            .next()
            .unwrap(),
    }
}

fn model(path: &Path) -> Graph {
    let (graph, findings) = read(path, &ReadOptions::lenient());
    graph.unwrap_or_else(|| panic!("{findings}"))
}

fn digits() -> Graph {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/models");
    model(&PathBuf::from(folder).join("digits/digits.nir"))
}

fn paper() -> Option<Graph> {
    let folder = corpus::outside("data/paper/02_cnn")?;
    Some(model(&folder.join("cnn_sinabs.nir")))
}

/// Changes of a chain of layers that leave its function what it is. All factors are powers of two, so that
/// no spike changes by rounding.
struct Chain {
    graph: Graph,
    inserted: usize,
}

impl Chain {
    fn neighbour(&self, node: &str, behind: bool) -> Option<String> {
        let found = self.graph.edges.iter().find_map(|(a, b)| match behind {
            true => (a == node).then(|| b.clone()),
            false => (b == node).then(|| a.clone()),
        })?;
        Some(found)
    }

    fn kind(&self, node: &str) -> &Primitive {
        &self.graph.nodes[node].kind
    }

    /// The weights that take what `node` gives, or give what it takes, with no neuron between.
    fn weights(&self, node: &str, behind: bool) -> Option<String> {
        let mut next = self.neighbour(node, behind)?;
        loop {
            match self.kind(&next) {
                Primitive::Conv2d(_) | Primitive::Affine { .. } | Primitive::Linear { .. } => {
                    return Some(next);
                }
                Primitive::Scale { .. }
                | Primitive::Flatten { .. }
                | Primitive::SumPool2d(_)
                | Primitive::AvgPool2d(_) => next = self.neighbour(&next, behind)?,
                _ => return None,
            }
        }
    }

    /// Multiplies what weights take, or what they give, by a factor for each channel.
    fn multiply(&mut self, node: &str, factors: &[f64], rows: bool) {
        let node = self.graph.nodes.get_mut(node).unwrap();
        let (weight, bias) = match &mut node.kind {
            Primitive::Conv2d(conv) => (&mut conv.weight, Some(&mut conv.bias)),
            Primitive::Affine { weight, bias } => (weight, Some(bias)),
            Primitive::Linear { weight } => (weight, None),
            other => panic!("{other:?}"),
        };
        let dimension = usize::from(!rows);
        let extent = weight.shape()[dimension];
        let factor = |i: usize| factors[i * factors.len() / extent];
        *weight = changed(weight, |place| factor(place[dimension]));
        if let Some(bias) = bias.filter(|_| rows) {
            *bias = changed(bias, |place| factor(place[0]));
        }
    }

    /// A Scale on the edge behind `from`.
    fn insert_scale(&mut self, from: &str, factors: &[f64]) {
        let to = self.neighbour(from, true).unwrap();
        let shape = self.graph.nodes[&to].input_shape.clone();
        let name = format!("scale_{}", self.inserted);
        let scale = changed(&ones(&shape), |place| {
            factors[place[0] * factors.len() / shape[0]]
        });
        let mut node = Node::from(Primitive::Scale { scale });
        (node.input_shape, node.output_shape) = (shape.clone(), shape);
        self.graph.nodes.insert(name.clone(), node);
        for edge in &mut self.graph.edges {
            if edge.0 == from && edge.1 == to {
                edge.1.clone_from(&name);
            }
        }
        self.graph.edges.push((name, to));
        self.inserted += 1;
    }

    /// Every pool of the other kind.
    fn other_pools(&mut self) -> usize {
        let pools: Vec<String> = (self.graph.nodes.iter())
            .filter(|(_, n)| matches!(n.kind, Primitive::SumPool2d(_) | Primitive::AvgPool2d(_)))
            .map(|(name, _)| name.clone())
            .collect();
        pools.iter().for_each(|pool| self.other_pool(pool));
        pools.len()
    }

    fn other_pool(&mut self, pool: &str) {
        let node = self.graph.nodes.get_mut(pool).unwrap();
        let (kind, factor) = match node.kind.clone() {
            Primitive::SumPool2d(p) => {
                let taps = (p.kernel_size[0] * p.kernel_size[1]) as f64;
                (Primitive::AvgPool2d(p), taps)
            }
            Primitive::AvgPool2d(p) => {
                let taps = (p.kernel_size[0] * p.kernel_size[1]) as f64;
                (Primitive::SumPool2d(p), 1.0 / taps)
            }
            other => panic!("{other:?}"),
        };
        node.kind = kind;
        let weights = self.weights(pool, true).unwrap();
        self.multiply(&weights, &[factor], false);
    }

    /// One change at random.
    fn change(&mut self, random: &mut Random) {
        let names: Vec<String> = self.graph.nodes.keys().cloned().collect();
        let node = names[random.between(0, names.len() - 1)].clone();
        let shape = self.graph.nodes[&node].output_shape.clone();
        let mut factors = |signs: bool| -> Vec<f64> {
            let held = if once_in(random, 2) { 1 } else { shape[0] };
            (0..held)
                .map(|_| {
                    let sign = if signs && once_in(random, 3) {
                        -1.0
                    } else {
                        1.0
                    };
                    sign * 2f64.powi(random.between(0, 6) as i32 - 3)
                })
                .collect()
        };
        match self.kind(&node).clone() {
            Primitive::SumPool2d(_) | Primitive::AvgPool2d(_) => {
                self.other_pool(&node);
                self.inserted += 1;
            }
            // The gain, and the threshold with all that it is compared with.
            Primitive::If {
                r,
                v_threshold,
                v_reset,
            } => {
                let weights = self.weights(&node, false).unwrap();
                let (gain, high) = (factors(false), factors(false));
                let of = |all: &[f64], i: usize| all[i * all.len() / shape[0]];
                let rows: Vec<f64> = (0..shape[0]).map(|i| of(&high, i) / of(&gain, i)).collect();
                self.multiply(&weights, &rows, true);
                let times = |t: &Tensor, f: &[f64]| {
                    let whole = changed(&ones(&shape), |_| t.get(0).unwrap());
                    let whole = if t.len() == 1 { whole } else { t.clone() };
                    changed(&whole, |place| of(f, place[0]))
                };
                self.graph.nodes.get_mut(&node).unwrap().kind = Primitive::If {
                    r: times(&r, &gain),
                    v_threshold: times(&v_threshold, &high),
                    v_reset: v_reset.map(|v| times(&v, &high)),
                };
                self.inserted += 1;
            }
            _ => {
                let s = factors(true);
                let inverse: Vec<f64> = s.iter().map(|s| 1.0 / s).collect();
                if let Some(weights) = self.weights(&node, true) {
                    self.multiply(&weights, &inverse, false);
                    self.insert_scale(&node, &s);
                } else if matches!(
                    self.kind(&node),
                    Primitive::Conv2d(_) | Primitive::Affine { .. } | Primitive::Linear { .. }
                ) {
                    self.multiply(&node, &inverse, true);
                    self.insert_scale(&node, &s);
                }
            }
        }
    }
}

fn ones(shape: &[usize]) -> Tensor {
    ArrayD::<f32>::ones(IxDyn(shape)).into()
}

fn changed(tensor: &Tensor, factor: impl Fn(&[usize]) -> f64) -> Tensor {
    let values = ArrayD::from_shape_vec(IxDyn(tensor.shape()), tensor.to_f64()).unwrap();
    let mut values = values.mapv(|v| v as f32);
    for (place, value) in values.indexed_iter_mut() {
        *value *= factor(ndarray::Dimension::slice(&place)) as f32;
    }
    values.into()
}

/// That a form of a network becomes what the network becomes.
fn same(form: &Graph, of: &Lowered, steps: usize, name: &str) -> (Cost, Cost) {
    let mut form = form.clone();
    let mut findings = Findings::new();
    infer_shapes(&mut form, Mode::Lenient, &mut findings);
    assert!(!findings.has_errors(), "{name}: {findings}");
    let (plain, rewritten) = (lowered(&form, false, steps), lowered(&form, true, steps));
    assert!(
        plain.spikes == of.spikes,
        "{name}: the form is another network"
    );
    assert!(
        rewritten.spikes == of.spikes,
        "{name}: rewriting changes spikes"
    );
    let (costs, wanted) = (rewritten.costs.unwrap(), of.costs.unwrap());
    assert_eq!(costs.1, wanted.1, "{name}");
    assert_eq!(rewritten.ops, of.ops, "{name}");
    assert!(!rewritten.ops.iter().any(|op| op == "dt.scale"), "{name}");
    costs
}

fn pools_are_free(graph: Graph, name: &str) {
    let original = lowered(&graph, true, 12);
    assert!(original.spikes.sum() > 0.0, "{name} is silent");
    let mut other = Chain { graph, inserted: 0 };
    assert!(other.other_pools() > 0, "{name} has no pools");
    let costs = same(&other.graph, &original, 12, name);
    println!(
        "{name}: {} -> {}, with the other kind of pools {} -> {}",
        original.costs.unwrap().0,
        original.costs.unwrap().1,
        costs.0,
        costs.1
    );
}

fn factors_vanish(graph: &Graph, forms: u64, name: &str) {
    let original = lowered(graph, true, 12);
    let (mut inserted, mut without_form) = (0, 0);
    for seed in 0..forms {
        let mut random = Random(seed * 7 + 1);
        let mut form = Chain {
            graph: graph.clone(),
            inserted: 0,
        };
        for _ in 0..random.between(1, 8) {
            form.change(&mut random);
        }
        let costs = same(&form.graph, &original, 12, &format!("{name} {seed}"));
        inserted += form.inserted;
        without_form += usize::from(costs.0.missing > original.costs.unwrap().0.missing);
    }
    println!(
        "{name}: {inserted} changes in {forms} forms, {without_form} of them with ops that the chip has not; \
         all become {}",
        original.costs.unwrap().1
    );
    assert!(inserted as u64 > 2 * forms && without_form as u64 * 2 > forms);
}

#[test]
fn both_kinds_of_pools_cost_the_same() {
    pools_are_free(digits(), "digits");
    if let Some(graph) = paper() {
        pools_are_free(graph, "cnn_sinabs");
    }
}

#[test]
fn factors_and_gains_vanish() {
    factors_vanish(&digits(), 24, "digits");
    if let Some(graph) = paper() {
        factors_vanish(&graph, 4, "cnn_sinabs");
    }
}
