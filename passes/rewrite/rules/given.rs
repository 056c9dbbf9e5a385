//! What a rule's condition looks at and binds.

use egg::Id;

use crate::rewrite::{
    analysis::{Analysis, Fact, Graph, Signal},
    common::Level,
    cost::Limits,
    fault::Fault,
    language::Node,
    pattern::{Bindings, Variable},
    population::Population,
    tensors::{Positions, TensorId, Tensors},
    window::Window,
};

/// A match of a rule's left side.
pub struct Given<'g> {
    pub(in crate::rewrite) graph: &'g mut Graph,
    pub(in crate::rewrite) bindings: Bindings,
    pub(in crate::rewrite) every: &'g [Bindings],
    pub(in crate::rewrite) class: Id,
    pub(in crate::rewrite) limits: &'g Limits,
    pub(in crate::rewrite) level: Level,
    pub(in crate::rewrite) fault: Option<&'g Fault>,
}

impl Given<'_> {
    fn fact(&self, variable: &str) -> Option<&Fact> {
        Some(&self.graph[self.bindings.get(variable)?].data)
    }

    /// The tensor that a variable stands for.
    pub fn tensor(&self, variable: &str) -> Option<TensorId> {
        match self.fact(variable)? {
            Fact::Tensor(id) => Some(*id),
            _ => None,
        }
    }

    /// The window that a variable stands for.
    pub fn window(&self, variable: &str) -> Option<Window> {
        match self.fact(variable)? {
            Fact::Window(window) => Some(window.clone()),
            _ => None,
        }
    }

    /// The shape that a variable stands for.
    pub fn shape(&self, variable: &str) -> Option<Vec<usize>> {
        match self.fact(variable)? {
            Fact::Shape(shape) => Some(shape.to_vec()),
            _ => None,
        }
    }

    /// The positions that a variable stands for.
    pub fn positions(&self, variable: &str) -> Option<Positions> {
        match self.fact(variable)? {
            Fact::Index(id) => Some(self.graph.analysis.positions(*id).clone()),
            _ => None,
        }
    }

    /// The neuron op's attributes that a variable stands for.
    pub fn population(&self, variable: &str) -> Option<Population> {
        match self.fact(variable)? {
            Fact::Population(id) => Some(self.graph.analysis.population(*id).clone()),
            _ => None,
        }
    }

    /// The signal that a variable stands for.
    pub fn signal(&self, variable: &str) -> Option<Signal> {
        match self.fact(variable)? {
            Fact::Signal(signal) => Some(signal.clone()),
            _ => None,
        }
    }

    /// The signals that a variable inside `(sum* ...)` stands for.
    pub fn signals(&self, variable: &str) -> Vec<Signal> {
        let signal = |each: &Bindings| match &self.graph[each.get(variable)?].data {
            Fact::Signal(signal) => Some(signal.clone()),
            _ => None,
        };
        self.every.iter().filter_map(signal).collect()
    }

    /// The delays of the signal that a variable stands for, as far as there are terms for them.
    pub fn delays_of(&self, variable: &str) -> Vec<TensorId> {
        let Some(class) = self.bindings.get(variable) else {
            return Vec::new();
        };
        let users = self.graph[class].parents();
        let nodes = users.flat_map(|user| &self.graph[self.graph.find(user)].nodes);
        let delays = nodes.filter_map(|node| match node {
            Node::Delay([d, x]) if self.graph.find(*x) == self.graph.find(class) => {
                match self.graph[*d].data {
                    Fact::Tensor(id) => Some(id),
                    _ => None,
                }
            }
            _ => None,
        });
        let all: std::collections::BTreeSet<_> = delays.collect();
        all.into_iter().collect()
    }

    /// Whether a signal that a variable stands for is some factor times another.
    pub fn is_scaled(&self, variable: &str) -> bool {
        let class = self.bindings.get(variable);
        let nodes = class.map(|class| &self.graph[class].nodes);
        let mut nodes = nodes.into_iter().flatten();
        nodes.any(|node| matches!(node, Node::Scale(_)))
    }

    /// The signal that the whole left side is.
    pub fn result(&self) -> Option<Signal> {
        match &self.graph[self.class].data {
            Fact::Signal(signal) => Some(signal.clone()),
            _ => None,
        }
    }

    /// All tensors.
    pub fn tensors(&mut self) -> &mut Tensors {
        &mut self.graph.analysis.tensors
    }

    /// All tensors, to look at.
    pub fn look(&self) -> &Tensors {
        &self.graph.analysis.tensors
    }

    /// How large a layer may be on the target.
    pub fn limits(&self) -> &Limits {
        self.limits
    }

    /// The level.
    pub fn level(&self) -> Level {
        self.level
    }

    fn bind(&mut self, variable: Variable, node: impl FnOnce(&mut Analysis) -> Node) -> Option<()> {
        let node = node(&mut self.graph.analysis);
        let class = self.graph.add(node);
        self.bindings.insert(variable, class);
        Some(())
    }

    /// Binds a variable of the right side to a tensor.
    pub fn bind_tensor(&mut self, variable: Variable, tensor: TensorId) -> Option<()> {
        let tensor = match self.fault {
            Some(fault) => fault.tensor(tensor, &mut self.graph.analysis.tensors),
            None => tensor,
        };
        self.bind(variable, |_| Node::Tensor(tensor))
    }

    /// Binds a variable of the right side to a window.
    pub fn bind_window(&mut self, variable: Variable, window: Window) -> Option<()> {
        let window = match self.fault {
            Some(fault) => fault.window(window),
            None => window,
        };
        self.bind(variable, |_| Node::Window(window))
    }

    /// Binds a variable of the right side to a shape.
    pub fn bind_shape(&mut self, variable: Variable, shape: &[usize]) -> Option<()> {
        self.bind(variable, |_| Node::Shape(shape.into()))
    }

    /// Binds a variable of the right side to positions.
    pub fn bind_positions(&mut self, variable: Variable, positions: &[usize]) -> Option<()> {
        let positions = match self.fault {
            Some(fault) => fault.positions(positions),
            None => positions.to_vec(),
        };
        self.bind(variable, |all| {
            Node::Index(all.intern_positions(positions.into()))
        })
    }

    /// Binds a variable of the right side to a neuron op's attributes.
    pub fn bind_population(&mut self, variable: Variable, population: Population) -> Option<()> {
        let population = match self.fault {
            Some(fault) => fault.population(population, &mut self.graph.analysis.tensors),
            None => population,
        };
        self.bind(variable, |all| Node::Population(all.intern(population)))
    }
}
