//! From a module to terms.
//!
//! Each op becomes a term over the terms of its operands. A cycle is cut at a neuron's output, or else
//! at a delay's: inside the cycle the value is a source, and the term of the op that makes it a root, so
//! that it stays. What the rewriter has no term for (windows of three dimensions, parameters that are no
//! numbers) stays as it is, between a source and roots.

use std::collections::{BTreeMap, BTreeSet};

use egg::Id;
use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{self, DenseTensor, ValueId, node_name},
    tensor::TensorStore,
};
use petgraph::graph::{DiGraph, NodeIndex};

use super::{
    analysis::{Analysis, Fact, Graph, Signal},
    common::{Level, Op, Slots},
    language::Node,
    population::Population,
    tensors::TensorId,
    window::Window,
};

/// Which spikes must stay to be seen, each under its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Observe {
    /// Those that leave the program.
    #[default]
    Outputs,
    /// Those of every population.
    All,
    /// Those of these NIR nodes.
    Named(BTreeSet<String>),
}

impl Observe {
    /// What the words on the command line and in a pipeline say.
    pub fn from_words(text: &str) -> Self {
        match text {
            "outputs" => Self::Outputs,
            "all" => Self::All,
            names => Self::Named(names.split(',').map(str::to_owned).collect()),
        }
    }
}

/// An op of the module.
pub struct SourceOp<'c, 'a> {
    /// The op.
    pub operation: OperationRef<'c, 'a>,
    /// The NIR node.
    pub name: String,
    /// What it is.
    pub op: Op<'c>,
    /// The ops that make its operands.
    pub makers: Vec<usize>,
    /// The classes of its operands, as it sees them.
    pub operands: Vec<Id>,
    /// The class of its result; `None` for an output.
    pub class: Option<Id>,
    /// Its term; `None` for what has none.
    pub term: Option<Node>,
    /// The class that stands for its result where a cycle is cut.
    pub cut: Option<Id>,
}

/// A module as terms.
pub struct Imported<'c, 'a> {
    /// The level.
    pub level: Level,
    /// All ops, in the order of the module.
    pub ops: Vec<SourceOp<'c, 'a>>,
    /// The terms.
    pub graph: Graph,
    /// The op that makes each source.
    pub sources: Vec<usize>,
}

impl Imported<'_, '_> {
    /// The classes that must be there: what leaves, what cycles take up again, what is observed, and what
    /// ops without a term take. In the order of the module.
    pub fn roots(&self) -> Vec<Id> {
        let mut roots = Vec::new();
        for op in &self.ops {
            let observed = matches!(
                &op.term,
                Some(Node::Neuron([p, _])) if matches!(
                    &self.graph[*p].data,
                    Fact::Population(p) if self.graph.analysis.population(*p).observed.is_some()
                )
            );
            if op.cut.is_some() || observed {
                roots.extend(op.class);
            }
            if op.term.is_none() {
                roots.extend(&op.operands);
            }
        }
        roots
    }

    /// The ops whose result each class is, in the order of the module.
    pub fn makers(&self) -> BTreeMap<Id, Vec<usize>> {
        let mut makers: BTreeMap<Id, Vec<usize>> = BTreeMap::new();
        for (index, op) in self.ops.iter().enumerate() {
            for class in op.class.into_iter().chain(op.cut) {
                makers
                    .entry(self.graph.find(class))
                    .or_default()
                    .push(index);
            }
        }
        makers
    }
}

/// Reads a module. `explain` keeps what egg's explanations need.
///
/// # Errors
///
/// All ops that are not of the level, and weights that are not with the program.
pub fn import<'c, 'a>(
    module: OperationRef<'c, 'a>,
    level: Level,
    tensors: &TensorStore,
    observe: &Observe,
    explain: bool,
) -> Result<Imported<'c, 'a>, Findings> {
    let mut findings = Findings::new();
    let mut ops = Vec::new();
    for operation in ir::operations(module) {
        match Op::read(level, operation) {
            Ok(op) => ops.push((operation, op)),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let mut maker = BTreeMap::new();
    for (index, (operation, _)) in ops.iter().enumerate() {
        for result in operation.results() {
            maker.insert(ValueId::from(Value::from(result)), index);
        }
    }
    let makers: Vec<Vec<usize>> = ops
        .iter()
        .map(|(operation, _)| {
            let operands = operation.operands();
            operands
                .filter_map(|v| maker.get(&ValueId::from(v)).copied())
                .collect()
        })
        .collect();
    let plan = plan(&ops, &makers);
    let graph = Graph::new(Analysis::default());
    let mut import = Import {
        level,
        store: tensors,
        known: BTreeMap::new(),
        graph: if explain {
            graph.with_explanations_enabled()
        } else {
            graph
        },
        sources: Vec::new(),
    };
    let mut made: Vec<SourceOp<'c, 'a>> = ops
        .into_iter()
        .zip(makers)
        .map(|((operation, op), makers)| SourceOp {
            name: node_name(operation),
            operation,
            op,
            makers,
            operands: Vec::new(),
            class: None,
            term: None,
            cut: None,
        })
        .collect();
    for (index, op) in made.iter_mut().enumerate() {
        if plan.cut.contains(&index)
            && let Some(signal) = result(level, op.operation)
        {
            op.cut = Some(import.source(index, signal));
        }
    }
    for index in plan.order {
        let operands: Option<Vec<Id>> = made[index]
            .makers
            .iter()
            .map(|maker| match made[*maker].cut {
                Some(cut) if plan.component[*maker] == plan.component[index] => Some(cut),
                _ => made[*maker].class,
            })
            .collect();
        let operands = operands.unwrap_or_default();
        let observed = match observe {
            Observe::Outputs => false,
            Observe::All => true,
            Observe::Named(names) => names.contains(&made[index].name),
        };
        let signal = result(level, made[index].operation);
        let term = match (&signal, operands.is_empty()) {
            (Some(signal), false) => {
                let observed = observed.then_some(index as u32);
                match import.term(&made[index].op, signal, &operands, observed) {
                    Ok(term) => term,
                    Err(finding) => {
                        findings.push(finding.at(&made[index].name));
                        None
                    }
                }
            }
            _ => None,
        };
        // What fits in the IR but is no term here keeps its place.
        let mut class = None;
        let term = term.filter(|term| {
            let own = import.graph.add(term.clone());
            let fact = &import.graph[own].data;
            let fits = matches!((fact, &signal), (Fact::Signal(a), Some(b))
                if a.shape == b.shape && a.kind == b.kind);
            class = fits.then_some(own);
            fits
        });
        if class.is_none() {
            class = signal.map(|signal| import.source(index, signal));
        }
        let op = &mut made[index];
        (op.operands, op.class, op.term) = (operands, class, term);
    }
    if findings.has_errors() {
        return Err(findings);
    }
    import.graph.analysis.conflict = None;
    import.graph.rebuild();
    Ok(Imported {
        level,
        ops: made,
        graph: import.graph,
        sources: import.sources,
    })
}

fn result(level: Level, operation: OperationRef<'_, '_>) -> Option<Signal> {
    level.signal(operation.result(0).ok()?.r#type())
}

/// The order in which terms are made, and where cycles are cut.
struct Plan {
    order: Vec<usize>,
    cut: BTreeSet<usize>,
    /// The cycle that each op is in.
    component: Vec<usize>,
}

fn plan(ops: &[(OperationRef<'_, '_>, Op<'_>)], makers: &[Vec<usize>]) -> Plan {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(ops.len(), ops.len());
    for _ in ops {
        graph.add_node(());
    }
    let mut users = vec![Vec::new(); ops.len()];
    for (user, own) in makers.iter().enumerate() {
        for &maker in own {
            graph.add_edge(NodeIndex::new(maker), NodeIndex::new(user), ());
            users[maker].push(user);
        }
    }
    // The components come in reverse topological order; by this algorithm without recursion, which a long
    // chain would not survive.
    let components = petgraph::algo::kosaraju_scc(&graph);
    let mut component = vec![0; ops.len()];
    for (number, members) in components.iter().enumerate() {
        for member in members {
            component[member.index()] = number;
        }
    }
    let (mut order, mut cut) = (Vec::with_capacity(ops.len()), BTreeSet::new());
    for (number, members) in components.iter().enumerate().rev() {
        let members: BTreeSet<usize> = members.iter().map(|m| m.index()).collect();
        let mut waits: BTreeMap<usize, usize> = members
            .iter()
            .map(|m| {
                let own = makers[*m].iter().filter(|k| component[**k] == number);
                (*m, own.count())
            })
            .collect();
        let mut ready: BTreeSet<usize> =
            members.iter().filter(|m| waits[m] == 0).copied().collect();
        let candidates = |wanted: &dyn Fn(&Op<'_>) -> bool| {
            let picked = members.iter().filter(|m| wanted(&ops[**m].1));
            picked.copied().collect::<Vec<_>>()
        };
        let best = [
            candidates(&|op| matches!(op, Op::Neuron(..))),
            candidates(&|op| matches!(op, Op::Delay(_))),
            candidates(&|_| true),
        ]
        .concat();
        let mut best = best.into_iter();
        let mut done = BTreeSet::new();
        let release =
            |from: usize, waits: &mut BTreeMap<usize, usize>, ready: &mut BTreeSet<usize>| {
                for user in users[from].iter().filter(|u| component[**u] == number) {
                    if let Some(waiting) = waits.get_mut(user) {
                        *waiting -= 1;
                        if *waiting == 0 {
                            ready.insert(*user);
                        }
                    }
                }
            };
        while done.len() < members.len() {
            if let Some(index) = ready.pop_first() {
                done.insert(index);
                order.push(index);
                if !cut.contains(&index) {
                    release(index, &mut waits, &mut ready);
                }
            } else if let Some(next) = best
                .by_ref()
                .find(|m| !done.contains(m) && !cut.contains(m))
            {
                cut.insert(next);
                release(next, &mut waits, &mut ready);
            } else {
                break;
            }
        }
    }
    Plan {
        order,
        cut,
        component,
    }
}

struct Import<'t> {
    level: Level,
    store: &'t TensorStore,
    known: BTreeMap<String, TensorId>,
    graph: Graph,
    sources: Vec<usize>,
}

impl Import<'_> {
    fn source(&mut self, op: usize, signal: Signal) -> Id {
        let number = self.sources.len() as u32;
        self.sources.push(op);
        self.graph.analysis.sources.push(signal);
        self.graph.add(Node::Source(number))
    }

    /// The term of an op; `None` if it has none.
    fn term(
        &mut self,
        op: &Op<'_>,
        signal: &Signal,
        operands: &[Id],
        observed: Option<u32>,
    ) -> Result<Option<Node>, Finding> {
        let x = operands[0];
        let channels = signal.shape.first().copied().unwrap_or(1);
        let window =
            |kernel: &[usize], stride: &[i64], padding: &[i64], dilation: &[i64], groups| {
                Window::read(kernel, stride, padding, dilation, groups)
            };
        Ok(match op {
            Op::Input | Op::Output => None,
            Op::Linear(weight) => {
                let w = self.weights(*weight)?;
                Some(Node::Linear([w, x]))
            }
            Op::Convolution {
                weight,
                stride,
                padding,
                dilation,
                groups,
            } => {
                let shape = weight.shape();
                let taps = shape.get(2..).unwrap_or_default();
                match window(taps, stride, padding, dilation, *groups) {
                    Some(window) => {
                        let w = self.weights(*weight)?;
                        let g = self.graph.add(Node::Window(window));
                        Some(Node::Convolution([g, w, x]))
                    }
                    None => None,
                }
            }
            Op::Pool {
                kind,
                kernel_size,
                stride,
                padding,
            } => {
                let kernel: Vec<usize> = kernel_size.iter().map(|k| (*k).max(0) as usize).collect();
                let ones = vec![1; kernel.len()];
                window(&kernel, stride, padding, &ones, 1).map(|window| {
                    let g = self.graph.add(Node::Window(window));
                    match kind {
                        nirc_dialects::ct::PoolKind::Sum => Node::SumPool([g, x]),
                        nirc_dialects::ct::PoolKind::Average => Node::AveragePool([g, x]),
                    }
                })
            }
            Op::Scale(scale) => self
                .elements(*scale, channels)?
                .map(|s| Node::Scale([self.tensor(s), x])),
            Op::Bias(bias) => self
                .elements(*bias, channels)?
                .map(|b| Node::Bias([self.tensor(b), x])),
            Op::Reshape => {
                let shape = self.graph.add(Node::Shape(signal.shape.clone()));
                Some(Node::Reshape([shape, x]))
            }
            Op::Sum => Some(Node::Sum(operands.into())),
            Op::Delay(delay) => self
                .elements(*delay, channels)?
                .map(|d| Node::Delay([self.tensor(d), x])),
            Op::Neuron(form, slots) => {
                let mut finite = true;
                let slots: Slots<TensorId> = (**slots).clone().try_map(|_, tensor| {
                    let id = self.elements(tensor, channels)?;
                    finite &= id.is_some();
                    Ok::<_, Finding>(id.unwrap_or(TensorId(0)))
                })?;
                finite.then(|| {
                    let population = self.graph.analysis.intern(Population {
                        form: form.clone(),
                        parameters: slots.into(),
                        kind: signal.kind,
                        observed,
                    });
                    let p = self.graph.add(Node::Population(population));
                    Node::Neuron([p, x])
                })
            }
        })
    }

    fn tensor(&mut self, id: TensorId) -> Id {
        self.graph.add(Node::Tensor(id))
    }

    fn weights(&mut self, attribute: DenseTensor<'_>) -> Result<Id, Finding> {
        let key = attribute.key();
        let known = key.as_ref().and_then(|key| self.known.get(key)).copied();
        let id = match known {
            Some(id) => id,
            None => {
                let tensor = self.store.resolve(attribute)?;
                let name = key.clone().unwrap_or_else(|| "weights".to_owned());
                let id = self.graph.analysis.tensors.weights(&tensor, &name);
                self.known.extend(key.map(|key| (key, id)));
                id
            }
        };
        Ok(self.tensor(id))
    }

    /// The elements of an attribute; `None` if one is no finite number.
    fn elements(
        &mut self,
        attribute: DenseTensor<'_>,
        channels: usize,
    ) -> Result<Option<TensorId>, Finding> {
        let tensors = &mut self.graph.analysis.tensors;
        if let Some(number) = attribute.splat() {
            return Ok(number.is_finite().then(|| tensors.number(number)));
        }
        let values = self.store.resolve(attribute)?.to_f64();
        let name = attribute.key().unwrap_or_default();
        let finite = values.iter().all(|v| v.is_finite());
        let _ = self.level;
        Ok(finite.then(|| tensors.values(&values, channels, &name)))
    }
}
