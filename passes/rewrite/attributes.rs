//! The attributes of ops that are not in the source.

use std::collections::BTreeMap;

use egg::Id;
use melior::Context;
use ndarray::{ArrayD, IxDyn};
use nirc_dialects::{
    ct::PoolKind,
    finding::Finding,
    ir::DenseTensor,
    tensor::{Tensor, TensorStore},
};

use super::{
    analysis::{Fact, Graph, Signal},
    candidates::Candidate,
    common::{Level, Op, Slots},
    language::Node,
    tensors::{TensorId, evaluate},
    window::Window,
};

/// Writes the attributes of a new op.
pub struct Attributes<'e, 'c, 's> {
    /// The terms.
    pub graph: &'e Graph,
    /// The level.
    pub level: Level,
    /// All tensors that are needed.
    pub values: &'e BTreeMap<TensorId, evaluate::Value>,
    /// Where large ones go.
    pub store: &'s mut TensorStore,
    /// The context.
    pub context: &'c Context,
    /// The NIR nodes, for the keys of tensors.
    pub name: &'e str,
}

impl<'c> Attributes<'_, 'c, '_> {
    /// The op of a node.
    ///
    /// # Errors
    ///
    /// A finding if the node has none, which is a bug.
    pub fn op(&mut self, candidate: &Candidate, signal: &Signal) -> Result<Op<'c>, Finding> {
        Ok(match &candidate.node {
            Node::Linear([w, _]) => Op::Linear(self.weights(*w)?),
            Node::Convolution([g, w, _]) => {
                let window = self.window(*g)?;
                Op::Convolution {
                    weight: self.weights(*w)?,
                    stride: window.stride(),
                    padding: window.padding(),
                    dilation: window.dilation(),
                    groups: window.groups as i64,
                }
            }
            Node::SumPool([g, _]) => self.pool(PoolKind::Sum, *g)?,
            Node::AveragePool([g, _]) => self.pool(PoolKind::Average, *g)?,
            Node::Scale([s, _]) => Op::Scale(self.elements(*s, signal, "scale", false)?),
            Node::Bias([b, _]) => Op::Bias(self.elements(*b, signal, "bias", true)?),
            Node::Reshape(_) => Op::Reshape,
            Node::Sum(_) => Op::Sum,
            Node::Delay([d, _]) => Op::Delay(match self.level {
                Level::Ct => self.elements(*d, signal, "delay", false)?,
                Level::Dt => {
                    let id = self.tensor(*d)?;
                    let values = self.of(id)?.elements().to_vec();
                    let steps: Vec<i64> = values.iter().map(|v| *v as i64).collect();
                    self.write(steps, signal, "steps")
                }
            }),
            Node::Neuron([p, _]) => {
                let graph = self.graph;
                let Fact::Population(id) = graph[*p].data else {
                    return Err(unbuilt("a neuron has no attributes"));
                };
                let population = graph.analysis.population(id).clone();
                let slots: Slots<TensorId> = population.parameters.into();
                let slots = slots.try_map(|name, id| {
                    let values = self.of(id)?.elements().to_vec();
                    Ok::<_, Finding>(self.parameter(values, signal, name, false))
                })?;
                Op::Neuron(population.form, Box::new(slots))
            }
            _ => return Err(unbuilt("a node is no op")),
        })
    }

    fn tensor(&self, id: Id) -> Result<TensorId, Finding> {
        match self.graph[id].data {
            Fact::Tensor(id) => Ok(id),
            _ => Err(unbuilt("an attribute is no tensor")),
        }
    }

    fn of(&self, id: TensorId) -> Result<&evaluate::Value, Finding> {
        let value = self.values.get(&id);
        value.ok_or_else(|| unbuilt("a tensor was not evaluated"))
    }

    fn window(&self, id: Id) -> Result<Window, Finding> {
        match &self.graph[id].data {
            Fact::Window(window) => Ok(window.clone()),
            _ => Err(unbuilt("an attribute is no window")),
        }
    }

    fn pool(&self, kind: PoolKind, window: Id) -> Result<Op<'c>, Finding> {
        let window = self.window(window)?;
        Ok(Op::Pool {
            kind,
            kernel_size: window.kernel().iter().map(|k| *k as i64).collect(),
            stride: window.stride(),
            padding: window.padding(),
        })
    }

    fn key(&self, field: &str) -> String {
        let dialect = self.level.dialect();
        format!("{dialect}.{}.{field}", self.name)
    }

    fn weights(&mut self, id: Id) -> Result<DenseTensor<'c>, Finding> {
        let id = self.tensor(id)?;
        match self.of(id)?.clone() {
            evaluate::Value::Weights(tensor) => {
                Ok(self
                    .store
                    .attribute(self.context, &self.key("weight"), tensor))
            }
            evaluate::Value::Elements(_) => Err(unbuilt("weights are elements")),
        }
    }

    fn elements(
        &mut self,
        id: Id,
        signal: &Signal,
        field: &str,
        channels: bool,
    ) -> Result<DenseTensor<'c>, Finding> {
        let id = self.tensor(id)?;
        let values = self.of(id)?.elements().to_vec();
        Ok(self.parameter(values, signal, field, channels))
    }

    /// One value for all, or one for each element; with `channels` maybe one for each channel.
    fn parameter(
        &mut self,
        values: Vec<f64>,
        signal: &Signal,
        field: &str,
        channels: bool,
    ) -> DenseTensor<'c> {
        if channels && signal.shape.first() == Some(&values.len()) && values.len() > 1 {
            let key = self.key(field);
            return self.store.attribute(self.context, &key, values.into());
        }
        self.write(values, signal, field)
    }

    fn write<T>(&mut self, values: Vec<T>, signal: &Signal, field: &str) -> DenseTensor<'c>
    where
        T: Copy,
        Tensor: From<Vec<T>> + From<ArrayD<T>>,
    {
        let count = signal.count();
        if let [_] = *values
            && let Some(splat) =
                DenseTensor::inline(self.context, &Tensor::from(values.clone()), &signal.shape)
        {
            return splat;
        }
        let spread: Vec<T> = (0..count)
            .map(|i| values[i * values.len() / count.max(1)])
            .collect();
        let tensor = match ArrayD::from_shape_vec(IxDyn(&signal.shape), spread.clone()) {
            Ok(array) => Tensor::from(array),
            Err(_) => Tensor::from(spread),
        };
        let key = self.key(field);
        self.store.attribute(self.context, &key, tensor)
    }
}

/// What cannot be: a bug.
pub fn unbuilt(what: &str) -> Finding {
    Finding::error("ir-build", "an op can be built", what).why("this is a bug of nirc")
}
