//! A description, with arrays or with what a `.net` file gave, to a network.

use std::{collections::BTreeMap, sync::Arc};

use nirc_dialects::{finding::Finding, tensor::Tensor};
use serde_json::Value;

use super::{DESCRIPTION, describe::FORMAT};
use crate::loihi2::network::{
    Bias, Connection, Convolution, Delay, Input, Lif, Network, Neuron, Output, Part, Population,
    SignMode, Signal, Sparse, Synapses,
};

type Arrays = BTreeMap<String, Tensor>;

fn refuse(what: String) -> Finding {
    let rule = "a network's description is what nirc wrote";
    Finding::error("loihi2-description", rule, what).at(DESCRIPTION)
}

/// A description's value, with the path to it for findings.
#[derive(Clone)]
struct Field<'v> {
    value: &'v Value,
    path: String,
}

impl<'v> Field<'v> {
    fn get(&self, key: &str) -> Result<Field<'v>, Finding> {
        let path = format!("{}.{key}", self.path);
        match self.value.get(key) {
            Some(value) => Ok(Field { value, path }),
            None => Err(refuse(format!("there is no `{path}`"))),
        }
    }

    fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    fn wrong<T>(&self) -> Result<T, Finding> {
        Err(refuse(format!("`{}` is {}", self.path, self.value)))
    }

    fn text(&self) -> Result<&'v str, Finding> {
        self.value.as_str().map_or_else(|| self.wrong(), Ok)
    }

    fn integer<T: TryFrom<i64>>(&self) -> Result<T, Finding> {
        let value = self
            .value
            .as_i64()
            .and_then(|value| T::try_from(value).ok());
        value.map_or_else(|| self.wrong(), Ok)
    }

    fn list(&self) -> Result<Vec<Field<'v>>, Finding> {
        let Some(values) = self.value.as_array() else {
            return self.wrong();
        };
        let field = |(index, value)| Field {
            value,
            path: format!("{}[{index}]", self.path),
        };
        Ok(values.iter().enumerate().map(field).collect())
    }

    fn naturals(&self) -> Result<Vec<usize>, Finding> {
        self.list()?.iter().map(Field::integer).collect()
    }

    fn pair(&self) -> Result<[usize; 2], Finding> {
        self.naturals()?.try_into().or_else(|_| self.wrong())
    }
}

fn root(text: &str) -> Result<Value, Finding> {
    let value: Value = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    match value.get("format").and_then(Value::as_str) {
        Some(FORMAT) => Ok(value),
        other => Err(refuse(format!("its format is {other:?}, not `{FORMAT}`"))),
    }
}

/// The network of a description with arrays.
pub fn parse(text: &str, arrays: &Arrays) -> Result<Network, Finding> {
    let value = root(text)?;
    let root = Field {
        value: &value,
        path: String::new(),
    };
    let mut network = Network::default();
    for (index, field) in root.get("populations")?.list()?.iter().enumerate() {
        network.populations.push(population(field, index, arrays)?);
    }
    for (index, field) in root.get("connections")?.list()?.iter().enumerate() {
        network.connections.push(connection(field, index, arrays)?);
    }
    ends(&root, &mut network)?;
    Ok(network)
}

/// Gives the network of a `.net` file the names, inputs and outputs of the description.
pub fn name(mut network: Network, text: &str) -> Result<Network, Finding> {
    let value = root(text)?;
    let root = Field {
        value: &value,
        path: String::new(),
    };
    let populations = root.get("populations")?.list()?;
    let connections = root.get("connections")?.list()?;
    let counts = (populations.len(), connections.len());
    if counts != (network.populations.len(), network.connections.len()) {
        return Err(refuse(format!(
            "it has {} populations and {} connections, `{}` has {} and {}",
            counts.0,
            counts.1,
            super::NETX,
            network.populations.len(),
            network.connections.len()
        )));
    }
    for (own, field) in network.populations.iter_mut().zip(&populations) {
        let shape = field.get("shape")?;
        let extents = shape.naturals()?;
        if extents.iter().product::<usize>() != own.count() {
            return shape.wrong();
        }
        own.shape = extents;
        own.name = field.get("name")?.text()?.to_owned();
    }
    // The file has a layer's synapses in one order, the description in that of the network.
    let mut described = vec![false; connections.len()];
    for own in &mut network.connections {
        let mut found = None;
        for (index, field) in connections.iter().enumerate() {
            let source: usize = field.get("source")?.integer()?;
            let target: usize = field.get("target")?.integer()?;
            if !described[index] && (source, target) == (own.source, own.target) {
                found = Some((index, field));
                break;
            }
        }
        let Some((index, field)) = found else {
            let what = format!("it has no connection from {} to {}", own.source, own.target);
            return Err(refuse(what));
        };
        described[index] = true;
        own.name = field.get("name")?.text()?.to_owned();
        own.message_bits = field.get("message_bits")?.integer()?;
    }
    network.inputs.clear();
    network.outputs.clear();
    ends(&root, &mut network)?;
    network.check().map_err(|findings| {
        let what = findings
            .iter()
            .next()
            .map_or(String::new(), |f| f.what.clone());
        refuse(what)
    })?;
    Ok(network)
}

fn ends(root: &Field<'_>, network: &mut Network) -> Result<(), Finding> {
    for field in root.get("inputs")?.list()? {
        network.inputs.push(Input {
            node: field.get("node")?.text()?.to_owned(),
            population: field.get("population")?.integer()?,
        });
    }
    for field in root.get("outputs")?.list()? {
        let signal = field.get("signal")?;
        network.outputs.push(Output {
            node: field.get("node")?.text()?.to_owned(),
            populations: field.get("populations")?.naturals()?,
            signal: match signal.text()? {
                "spikes" => Signal::Spikes,
                "membrane" => Signal::Membrane,
                _ => return signal.wrong(),
            },
        });
    }
    Ok(())
}

/// An array, as whole numbers.
fn numbers<T: TryFrom<i64>>(arrays: &Arrays, name: &str) -> Result<Arc<[T]>, Finding> {
    let tensor = array(arrays, name)?;
    let narrow = |x: i64| {
        T::try_from(x).map_err(|_| refuse(format!("`{name}` holds {x} in `{}`", super::ARRAYS)))
    };
    match tensor {
        Tensor::I8(array) => array.iter().map(|x| narrow((*x).into())).collect(),
        Tensor::I16(array) => array.iter().map(|x| narrow((*x).into())).collect(),
        Tensor::I32(array) => array.iter().map(|x| narrow((*x).into())).collect(),
        Tensor::I64(array) => array.iter().map(|x| narrow(*x)).collect(),
        _ => Err(refuse(format!("`{name}` is not of integers"))),
    }
}

fn array<'a>(arrays: &'a Arrays, name: &str) -> Result<&'a Tensor, Finding> {
    let missing = || refuse(format!("`{}` has no `{name}`", super::ARRAYS));
    arrays.get(name).ok_or_else(missing)
}

fn population(field: &Field<'_>, index: usize, arrays: &Arrays) -> Result<Population, Finding> {
    let kind = field.get("kind")?;
    let array = |name: &str| format!("population.{index}.{name}");
    let optional = |key: &str| {
        let present = field.has(key);
        present.then(|| field.get(key)?.integer()).transpose()
    };
    let neuron = match kind.text()? {
        "input" => None,
        "relay" => Some(Neuron::Relay {
            threshold: field.get("threshold")?.integer()?,
        }),
        "lif" => Some(Neuron::Lif(Lif {
            du: field.get("du")?.integer()?,
            dv: field.get("dv")?.integer()?,
            threshold: field.get("threshold")?.integer()?,
            bias: if field.has("bias") {
                Some(Bias {
                    mantissa: numbers(arrays, &array("bias_mantissa"))?,
                    exponent: numbers(arrays, &array("bias_exponent"))?,
                })
            } else {
                None
            },
            u: optional("u")?.unwrap_or(0),
            v: optional("v")?.unwrap_or(0),
        })),
        _ => return kind.wrong(),
    };
    let part = if field.has("node") {
        Some(Part {
            node: field.get("node")?.text()?.to_owned(),
            count: field.get("node_count")?.integer()?,
            elements: numbers(arrays, &array("elements"))?,
        })
    } else {
        None
    };
    Ok(Population {
        name: field.get("name")?.text()?.to_owned(),
        shape: field.get("shape")?.naturals()?,
        neuron,
        part,
    })
}

fn connection(field: &Field<'_>, index: usize, arrays: &Arrays) -> Result<Connection, Finding> {
    let name = |name: &str| format!("connection.{index}.{name}");
    let (kind, sign_mode) = (field.get("kind")?, field.get("sign_mode")?);
    let synapses = match kind.text()? {
        "dense" => Synapses::Dense {
            weight: array(arrays, &name("weight"))?.clone(),
        },
        "convolution" => Synapses::Convolution(Convolution {
            weight: array(arrays, &name("weight"))?.clone(),
            stride: field.get("stride")?.pair()?,
            padding: field.get("padding")?.pair()?,
            dilation: field.get("dilation")?.pair()?,
            groups: field.get("groups")?.integer()?,
        }),
        "sparse" => Synapses::Sparse(Sparse {
            starts: numbers(arrays, &name("starts"))?,
            targets: numbers(arrays, &name("targets"))?,
            weights: numbers(arrays, &name("weight"))?,
        }),
        _ => return kind.wrong(),
    };
    let delay = field.get("delay")?;
    Ok(Connection {
        name: field.get("name")?.text()?.to_owned(),
        source: field.get("source")?.integer()?,
        target: field.get("target")?.integer()?,
        synapses,
        weight_exponent: field.get("weight_exponent")?.integer()?,
        weight_bits: field.get("weight_bits")?.integer()?,
        sign_mode: match sign_mode.text()? {
            "mixed" => SignMode::Mixed,
            "excitatory" => SignMode::Excitatory,
            "inhibitory" => SignMode::Inhibitory,
            _ => return sign_mode.wrong(),
        },
        message_bits: field.get("message_bits")?.integer()?,
        delay: if delay.value == "each" {
            Delay::Each(numbers(arrays, &name("delay"))?)
        } else {
            Delay::Uniform(delay.integer()?)
        },
    })
}
