//! What is known of each class: the signal's shape and kind, or the attribute itself.

use std::collections::HashMap;

use egg::{DidMerge, Id, Language as _};
use nirc_dialects::ct;

use super::{
    language::Node,
    population::Population,
    tensors::{Positions, TensorId, Tensors},
    window::Window,
};

/// The graph of equal terms.
pub type Graph = egg::EGraph<Node, Analysis>;

/// A neuron op's attributes, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PopulationId(pub u32);

/// Positions along a first dimension, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(pub u32);

/// What a signal is beside its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A real number for each element.
    Current,
    /// Spikes at level ct: the form, and the bits of the area in seconds.
    Spikes(ct::SpikeForm, u64),
    /// Spikes at level dt.
    Counts,
}

/// What is known of a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The extent of each dimension.
    pub shape: Box<[usize]>,
    /// Its type.
    pub kind: Kind,
    /// Whether each value is a sum of spikes: spikes, and what pools, delays and moves them. It can come
    /// as events.
    pub events: bool,
}

impl Signal {
    /// The number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What a class is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A signal.
    Signal(Signal),
    /// Weights or parameters.
    Tensor(TensorId),
    /// A window.
    Window(Window),
    /// A shape.
    Shape(Box<[usize]>),
    /// Positions.
    Index(IndexId),
    /// A neuron op's attributes.
    Population(PopulationId),
    /// A term that is none, because its parts do not fit. No rule makes one.
    Misfit,
}

/// What all classes share.
#[derive(Default)]
pub struct Analysis {
    /// All tensors.
    pub tensors: Tensors,
    /// What the sources are, by number.
    pub sources: Vec<Signal>,
    /// A class that was made of things that differ, or whose parts do not fit: a rule that is wrong.
    pub conflict: Option<Id>,
    populations: Vec<Population>,
    known_populations: HashMap<Population, PopulationId>,
    indices: Vec<Positions>,
    known_indices: HashMap<Positions, IndexId>,
}

impl Analysis {
    /// The number of a population.
    pub fn intern(&mut self, population: Population) -> PopulationId {
        if let Some(known) = self.known_populations.get(&population) {
            return *known;
        }
        let id = PopulationId(self.populations.len() as u32);
        self.populations.push(population.clone());
        self.known_populations.insert(population, id);
        id
    }

    /// The population of a number.
    pub fn population(&self, id: PopulationId) -> &Population {
        &self.populations[id.0 as usize]
    }

    /// The number of positions.
    pub fn intern_positions(&mut self, positions: Positions) -> IndexId {
        if let Some(known) = self.known_indices.get(&positions) {
            return *known;
        }
        let id = IndexId(self.indices.len() as u32);
        self.indices.push(positions.clone());
        self.known_indices.insert(positions, id);
        id
    }

    /// The positions of a number.
    pub fn positions(&self, id: IndexId) -> &Positions {
        &self.indices[id.0 as usize]
    }
}

impl egg::Analysis<Node> for Analysis {
    type Data = Fact;

    fn make(graph: &mut Graph, node: &Node, _: Id) -> Fact {
        let fact = match node {
            Node::Source(n) => Some(Fact::Signal(graph.analysis.sources[*n as usize].clone())),
            Node::Tensor(id) => Some(Fact::Tensor(*id)),
            Node::Window(window) => Some(Fact::Window(window.clone())),
            Node::Shape(shape) => Some(Fact::Shape(shape.clone())),
            Node::Index(id) => Some(Fact::Index(*id)),
            Node::Population(id) => Some(Fact::Population(*id)),
            op => signal(graph, op).map(Fact::Signal),
        };
        fact.unwrap_or(Fact::Misfit)
    }

    fn merge(&mut self, to: &mut Fact, from: Fact) -> DidMerge {
        if let (Fact::Signal(a), Fact::Signal(b)) = (&mut *to, &from) {
            if a.shape == b.shape && a.kind == b.kind {
                // One of the forms can come as events.
                let events = a.events || b.events;
                let changed = (a.events != events, b.events != events);
                a.events = events;
                return DidMerge(changed.0, changed.1);
            }
            self.conflict.get_or_insert(Id::from(0));
            return DidMerge(false, true);
        }
        if *to != from {
            self.conflict.get_or_insert(Id::from(0));
        }
        DidMerge(false, *to != from)
    }
}

/// The signal that an op gives; `None` if its parts do not fit.
fn signal(graph: &Graph, op: &Node) -> Option<Signal> {
    let fact = |position: usize| op.children().get(position).map(|id| &graph[*id].data);
    let operand = |position: usize| match fact(position)? {
        Fact::Signal(signal) => Some(signal),
        _ => None,
    };
    let tensors = &graph.analysis.tensors;
    let tensor = |position: usize| match fact(position)? {
        Fact::Tensor(id) => Some(*id),
        _ => None,
    };
    let current = |shape: Vec<usize>, events: bool| Signal {
        shape: shape.into(),
        kind: Kind::Current,
        events,
    };
    let fits = |id: TensorId, x: &Signal| {
        let len = tensors.len(id);
        len > 0 && x.count().is_multiple_of(len)
    };
    match op {
        Node::Linear(_) => {
            let (w, x) = (tensors.shape(tensor(0)?), operand(1)?);
            let [batch @ .., out, inputs] = w else {
                return None;
            };
            let (last, rest) = x.shape.split_last()?;
            (last == inputs && rest == batch).then(|| current([batch, &[*out]].concat(), false))
        }
        Node::Convolution(_) => {
            let (Fact::Window(window), k, x) = (fact(0)?, tensors.shape(tensor(1)?), operand(2)?)
            else {
                return None;
            };
            let (channels, extents) = x.shape.split_first()?;
            let fits = k.len() >= 2
                && k[2..] == window.kernel()
                && k[1] * window.groups == *channels
                && k[0].is_multiple_of(window.groups);
            let outputs = window.outputs(extents)?;
            fits.then(|| current([&[k[0]], outputs.as_slice()].concat(), false))
        }
        Node::SumPool(_) | Node::AveragePool(_) => {
            let (Fact::Window(window), x) = (fact(0)?, operand(1)?) else {
                return None;
            };
            let (channels, extents) = x.shape.split_first()?;
            let outputs = window.outputs(extents)?;
            let events = matches!(op, Node::SumPool(_)) && x.events;
            Some(current([&[*channels], outputs.as_slice()].concat(), events))
        }
        Node::Scale(_) | Node::Bias(_) => {
            let x = operand(1)?;
            let one = matches!(op, Node::Scale(_)) && tensors.is_one(tensor(0)?);
            fits(tensor(0)?, x).then(|| current(x.shape.to_vec(), x.events && one))
        }
        Node::Reshape(_) => {
            let (Fact::Shape(shape), x) = (fact(0)?, operand(1)?) else {
                return None;
            };
            (shape.iter().product::<usize>() == x.count()).then(|| Signal {
                shape: shape.clone(),
                ..x.clone()
            })
        }
        Node::Delay(_) => fits(tensor(0)?, operand(1)?).then(|| operand(1).cloned())?,
        Node::Neuron(_) => {
            let (Fact::Population(p), x) = (fact(0)?, operand(1)?) else {
                return None;
            };
            let p = graph.analysis.population(*p);
            p.parameters
                .present()
                .all(|id| fits(id, x))
                .then(|| Signal {
                    shape: x.shape.clone(),
                    kind: p.kind,
                    events: p.spikes(),
                })
        }
        Node::Sum(operands) => {
            let first = operand(0)?;
            let same = (1..operands.len()).all(|i| {
                operand(i).is_some_and(|x| x.shape == first.shape && x.kind == first.kind)
            });
            same.then(|| current(first.shape.to_vec(), false))
        }
        Node::Gather(_) => {
            let (Fact::Index(index), x) = (fact(0)?, operand(1)?) else {
                return None;
            };
            let positions = graph.analysis.positions(*index);
            let (extent, rest) = x.shape.split_first()?;
            (!positions.is_empty() && positions.iter().all(|p| p < extent)).then(|| Signal {
                shape: [&[positions.len()], rest].concat().into(),
                ..x.clone()
            })
        }
        Node::Scatter(_) => {
            let (Fact::Index(index), Fact::Shape(shape), x) = (fact(0)?, fact(1)?, operand(2)?)
            else {
                return None;
            };
            let positions = graph.analysis.positions(*index);
            let fits = x.shape.first() == Some(&positions.len())
                && x.shape[1..] == shape[1..]
                && positions.iter().all(|p| *p < shape[0]);
            fits.then(|| Signal {
                shape: shape.clone(),
                ..x.clone()
            })
        }
        Node::Concat(_) => {
            let (x, y) = (operand(0)?, operand(1)?);
            let fits = x.shape[1..] == y.shape[1..] && x.kind == y.kind;
            fits.then(|| Signal {
                shape: [&[x.shape[0] + y.shape[0]], &x.shape[1..]].concat().into(),
                kind: x.kind,
                events: x.events && y.events,
            })
        }
        _ => None,
    }
}
