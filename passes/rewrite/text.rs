//! Terms as text, by the names of the NIR nodes.

use egg::{Id, Language};

use super::{
    analysis::{Fact, Graph},
    language::Node,
    population::{Form, Population},
};

/// What a node is, without its operands.
pub fn head(graph: &Graph, node: &Node) -> String {
    let mut text = node.op().unwrap_or_default().to_owned();
    for attribute in &node.children()[..node.attributes()] {
        text.push(' ');
        text.push_str(&self::attribute(graph, *attribute));
    }
    text
}

/// What an attribute is.
pub fn attribute(graph: &Graph, id: Id) -> String {
    match &graph[id].data {
        Fact::Tensor(tensor) => {
            let text = graph.analysis.tensors.text(*tensor);
            if text.contains(' ') {
                format!("[{text}]")
            } else {
                text
            }
        }
        Fact::Window(window) => window.to_string(),
        Fact::Shape(shape) => format!("{shape:?}"),
        Fact::Index(index) => format!("{} positions", graph.analysis.positions(*index).len()),
        Fact::Population(id) => population(graph, graph.analysis.population(*id)),
        Fact::Signal(_) | Fact::Misfit => "?".to_owned(),
    }
}

fn population(graph: &Graph, population: &Population) -> String {
    let slots: super::common::Slots<_> = population.parameters.clone().into();
    let mut parts: Vec<String> = slots
        .slots
        .iter()
        .zip(super::common::NAMES)
        .filter_map(|(slot, name)| {
            Some(format!("{name}={}", graph.analysis.tensors.text((*slot)?)))
        })
        .collect();
    let (Form::Ct { reset } | Form::Dt { reset, .. }) = &population.form;
    parts.push(format!("reset={reset}"));
    format!("{{{}}}", parts.join(" "))
}
