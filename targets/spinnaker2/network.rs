//! A network as py-spinnaker2 has it: populations of one application each, and projections with
//! integer weights.

use super::{
    application::{Application, Parameter, Reset},
    convolution::Convolution,
    rows::Rows,
};

/// Populations and the projections between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// The populations.
    pub populations: Vec<Population>,
    /// The projections.
    pub projections: Vec<Projection>,
    /// The outputs of the model, each with the population whose spikes it takes.
    pub outputs: Vec<(String, usize)>,
}

/// A population.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// The NIR node, or what it stands for.
    pub name: String,
    /// The number of neurons.
    pub count: usize,
    /// Of a spike list: spikes of an element of the input in a tick at most. It has so many neurons
    /// for each element, all of the first elements, then the others: neuron `j elements + i` spikes
    /// where element i has more than j. 1 for any other application.
    pub copies: usize,
    /// Its application.
    pub application: Application,
    /// One value for all neurons or one for each, for each of the application's parameters in its
    /// order.
    pub parameters: Vec<Vec<f32>>,
    /// What a spike does to the potential.
    pub reset: Reset,
}

/// All synapses from one population to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The population that sends, by index.
    pub source: usize,
    /// The population that receives, by index.
    pub target: usize,
    /// The synapses.
    pub synapses: Synapses,
}

/// The synapses of a projection.
#[derive(Clone, Debug, PartialEq)]
pub enum Synapses {
    /// One by one.
    Rows(Rows),
    /// Those of a convolution, for `lif_conv2d`.
    Convolution(Convolution),
}

impl Population {
    /// The number of elements that a spike list takes, or of neurons.
    pub fn elements(&self) -> usize {
        self.count / self.copies.max(1)
    }

    /// The values of a parameter; `None` if the application has none of this name.
    pub fn parameter(&self, parameter: Parameter) -> Option<&[f32]> {
        let index = self.application.row().parameters.iter();
        let index = index.clone().position(|p| *p == parameter)?;
        self.parameters.get(index).map(Vec::as_slice)
    }

    /// The value of a parameter for each neuron; `otherwise` where the application has none.
    pub fn each(&self, parameter: Parameter, otherwise: f32) -> Vec<f32> {
        match self.parameter(parameter) {
            Some(values) if values.len() == self.count => values.to_vec(),
            Some([one]) => vec![*one; self.count],
            _ => vec![otherwise; self.count],
        }
    }
}

impl Synapses {
    /// The synapses one by one, for `sources` neurons that send.
    pub fn rows(&self, sources: usize) -> std::borrow::Cow<'_, Rows> {
        match self {
            Self::Rows(rows) => std::borrow::Cow::Borrowed(rows),
            Self::Convolution(convolution) => std::borrow::Cow::Owned(convolution.rows(sources)),
        }
    }
}
