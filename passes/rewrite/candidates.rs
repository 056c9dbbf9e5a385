//! What extraction chooses from: for each class the nodes that can be ops, and what each takes.

use std::collections::{BTreeMap, BTreeSet};

use egg::{Id, Language};
use petgraph::graph::{DiGraph, NodeIndex};

use super::{
    analysis::{Fact, Graph, Signal},
    cost::{Cost, CostModel, Elements, Neuron, OpFacts, OpView, Weights},
    import::Imported,
    language::Node,
    tensors::{Expression, TensorId},
};

/// A class among [`Candidates`].
pub type ClassIndex = usize;

/// A node that a class can be made by.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The node.
    pub node: Node,
    /// What the op takes without a shared table.
    pub cost: Cost,
    /// Whether it is not in the source.
    pub new: bool,
    /// Whether its weights are none of the source's, so they must be computed.
    pub computed: bool,
    /// The weights that are paid once by all that use them.
    pub table: Option<TensorId>,
    /// The classes of its operands.
    pub operands: Vec<ClassIndex>,
}

/// All classes that the roots may need.
pub struct Candidates {
    /// The class of each index.
    pub classes: Vec<Id>,
    /// What each can be made by; never empty for a class that some root needs.
    pub nodes: Vec<Vec<Candidate>>,
    /// The classes that must be there.
    pub roots: Vec<ClassIndex>,
    /// What each shared table takes.
    pub tables: BTreeMap<TensorId, Cost>,
    /// The cycle that each class is in.
    pub component: Vec<usize>,
    /// The classes of each cycle, in order; one alone if it is in none.
    cycles: Vec<Vec<ClassIndex>>,
    /// Whether a class holds a neuron of the source.
    pub neuron: Vec<bool>,
}

impl Candidates {
    /// What the roots of `imported` can be made of.
    pub fn new(imported: &Imported<'_, '_>, cost: &dyn CostModel) -> Self {
        let graph = &imported.graph;
        let canonical = |node: &Node| node.clone().map_children(|id| graph.find(id));
        let mut source: BTreeSet<(Id, Node)> = BTreeSet::new();
        let mut neurons = BTreeSet::new();
        for op in &imported.ops {
            if let (Some(class), Some(term)) = (op.class, &op.term) {
                source.insert((graph.find(class), canonical(term)));
                if matches!(term, Node::Neuron(_)) {
                    neurons.insert(graph.find(class));
                }
            }
        }
        let mut index: BTreeMap<Id, ClassIndex> = BTreeMap::new();
        let mut classes: Vec<Id> = Vec::new();
        let mut number = |id: Id, classes: &mut Vec<Id>| {
            *index.entry(id).or_insert_with(|| {
                classes.push(id);
                classes.len() - 1
            })
        };
        let roots: Vec<ClassIndex> = {
            let ids = imported.roots().into_iter().map(|id| graph.find(id));
            ids.map(|id| number(id, &mut classes)).collect()
        };
        let mut nodes: Vec<Vec<Candidate>> = Vec::new();
        let mut tables = BTreeMap::new();
        while nodes.len() < classes.len() {
            let class = classes[nodes.len()];
            let mut own = Vec::new();
            for node in &graph[class].nodes {
                let node = canonical(node);
                let Some((price, table)) = price(graph, class, &node, cost) else {
                    continue;
                };
                if let Some(table) = table {
                    let weights = Weights {
                        tensors: &graph.analysis.tensors,
                        id: table,
                    };
                    tables.entry(table).or_insert_with(|| cost.table(weights));
                }
                let operands = node.operands().iter();
                let operands = operands.map(|id| number(*id, &mut classes)).collect();
                let new =
                    !matches!(node, Node::Source(_)) && !source.contains(&(class, node.clone()));
                own.push(Candidate {
                    cost: price,
                    new,
                    computed: computed(graph, &node),
                    node,
                    table,
                    operands,
                });
            }
            nodes.push(own);
        }
        let neuron = classes.iter().map(|id| neurons.contains(id)).collect();
        Self::of(classes, nodes, roots, tables, neuron)
    }

    /// These classes, without the nodes that need what cannot be made.
    pub(super) fn of(
        classes: Vec<Id>,
        nodes: Vec<Vec<Candidate>>,
        roots: Vec<ClassIndex>,
        tables: BTreeMap<TensorId, Cost>,
        neuron: Vec<bool>,
    ) -> Self {
        let component = components(&nodes);
        let mut cycles = vec![Vec::new(); component.iter().max().map_or(0, |last| last + 1)];
        for (class, number) in component.iter().enumerate() {
            cycles[*number].push(class);
        }
        let mut this = Self {
            component,
            cycles,
            classes,
            nodes,
            roots,
            tables,
            neuron,
        };
        this.drop_unmakeable();
        this
    }

    /// The classes that are in a cycle with this one, and itself.
    pub fn cycle(&self, class: ClassIndex) -> &[ClassIndex] {
        &self.cycles[self.component[class]]
    }

    /// Removes the nodes that need a class that no node makes without itself.
    fn drop_unmakeable(&mut self) {
        let count = self.nodes.len();
        let mut makeable = vec![false; count];
        let mut users: Vec<Vec<ClassIndex>> = vec![Vec::new(); count];
        for (class, own) in self.nodes.iter().enumerate() {
            for operand in own.iter().flat_map(|c| &c.operands) {
                users[*operand].push(class);
            }
        }
        let mut ready: Vec<ClassIndex> = (0..count).rev().collect();
        while let Some(class) = ready.pop() {
            let makes = |c: &Candidate| c.operands.iter().all(|o| makeable[*o]);
            if !makeable[class] && self.nodes[class].iter().any(makes) {
                makeable[class] = true;
                ready.extend(users[class].iter().filter(|u| !makeable[**u]));
            }
        }
        for own in &mut self.nodes {
            own.retain(|c| c.operands.iter().all(|o| makeable[*o]));
        }
    }

    /// What a candidate takes with its table, if no other uses that.
    pub fn alone(&self, candidate: &Candidate) -> Cost {
        let table = candidate.table.and_then(|t| self.tables.get(&t)).copied();
        candidate.cost + table.unwrap_or_default()
    }
}

/// The cycles of classes that need each other, by any of their nodes.
fn components(nodes: &[Vec<Candidate>]) -> Vec<usize> {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in nodes {
        graph.add_node(());
    }
    for (class, own) in nodes.iter().enumerate() {
        for operand in own.iter().flat_map(|c| &c.operands) {
            graph.add_edge(NodeIndex::new(class), NodeIndex::new(*operand), ());
        }
    }
    let mut component = vec![0; nodes.len()];
    let all = petgraph::algo::kosaraju_scc(&graph);
    for (number, members) in all.iter().enumerate() {
        for member in members {
            component[member.index()] = number;
        }
    }
    component
}

/// Whether a node has weights that are neither the source's own nor these in another shape.
fn computed(graph: &Graph, node: &Node) -> bool {
    let (Node::Linear([weight, _]) | Node::Convolution([_, weight, _])) = node else {
        return false;
    };
    let tensors = &graph.analysis.tensors;
    let Fact::Tensor(weight) = graph[*weight].data else {
        return false;
    };
    let own = match tensors.expression(weight) {
        Expression::Reshaped(inner, _) => *inner,
        _ => weight,
    };
    !matches!(tensors.expression(own), Expression::Leaf(_))
}

/// What a node takes, and its table if that is shared; `None` if it is no op.
fn price(
    graph: &Graph,
    class: Id,
    node: &Node,
    cost: &dyn CostModel,
) -> Option<(Cost, Option<TensorId>)> {
    let tensors = &graph.analysis.tensors;
    let signal = |id: Id| match &graph[id].data {
        Fact::Signal(signal) => Some(signal),
        _ => None,
    };
    let tensor = |id: Id| match graph[id].data {
        Fact::Tensor(id) => Some(id),
        _ => None,
    };
    let elements = |id: Id| {
        Some(Elements {
            tensors,
            id: tensor(id)?,
        })
    };
    let weights = |id: Id| {
        Some(Weights {
            tensors,
            id: tensor(id)?,
        })
    };
    let window = |id: Id| match &graph[id].data {
        Fact::Window(window) => Some(window),
        _ => None,
    };
    let op = match node {
        Node::Source(_) => return Some((Cost::FREE, None)),
        Node::Linear([w, _]) => OpFacts::Linear {
            weight: weights(*w)?,
        },
        Node::Convolution([g, w, _]) => OpFacts::Convolution {
            window: window(*g)?,
            weight: weights(*w)?,
        },
        Node::SumPool([g, _]) => OpFacts::SumPool {
            window: window(*g)?,
        },
        Node::AveragePool([g, _]) => OpFacts::AveragePool {
            window: window(*g)?,
        },
        Node::Scale([s, _]) => OpFacts::Scale {
            scale: elements(*s)?,
        },
        Node::Bias([b, _]) => OpFacts::Bias {
            bias: elements(*b)?,
        },
        Node::Reshape(_) => OpFacts::Reshape,
        Node::Sum(operands) => OpFacts::Sum {
            operands: operands.len(),
        },
        Node::Delay([d, _]) => OpFacts::Delay {
            delay: elements(*d)?,
        },
        Node::Neuron([p, _]) => match graph[*p].data {
            Fact::Population(p) => OpFacts::Neuron {
                population: Neuron {
                    tensors,
                    population: graph.analysis.population(p),
                },
            },
            _ => return None,
        },
        // These have no op, and the others are attributes.
        _ => return None,
    };
    let output: &Signal = signal(class)?;
    let view = OpView {
        op,
        input: signal(*node.operands().first()?)?,
        output,
    };
    let own = cost.op(&view);
    Some(match op {
        OpFacts::Linear { weight } | OpFacts::Convolution { weight, .. } => {
            if cost.shares_tables() {
                (own, Some(weight.id))
            } else {
                (own + cost.table(weight), None)
            }
        }
        _ => (own, None),
    })
}
