//! The JSON form, written.

use ndarray::{Array, Dimension};

use super::{FORMAT, Specification};
use crate::xylo::json::{Integers, Json};

impl Specification {
    /// The JSON form: one row of weights a line, time and size linear in the model.
    pub fn to_json(&self) -> String {
        self.to_tree().write()
    }

    fn to_tree(&self) -> Json {
        let mut members = vec![("format", Json::Integer(FORMAT.into()))];
        if let Some(chip) = &self.chip {
            members.push(("chip", Json::String(chip.clone())));
        }
        // A step that is not finite has no JSON form; the shape check names it.
        if let Some(dt) = self.dt.and_then(serde_json::Number::from_f64) {
            members.push(("dt", Json::Number(dt)));
        }
        members.extend([
            ("weights_in", array(&self.weights_in)),
            ("weights_rec", array(&self.weights_rec)),
            ("weights_out", array(&self.weights_out)),
            ("dash_mem", row(&self.dash_mem)),
            ("dash_syn", row(&self.dash_syn)),
            ("dash_syn_2", row(&self.dash_syn_2)),
            ("dash_mem_out", row(&self.dash_mem_out)),
            ("dash_syn_out", row(&self.dash_syn_out)),
            ("threshold", row(&self.threshold)),
            ("threshold_out", row(&self.threshold_out)),
            ("bias", row(&self.bias)),
            ("bias_out", row(&self.bias_out)),
            (
                "weight_shift_in",
                Json::Integer(self.weight_shift_in.into()),
            ),
            (
                "weight_shift_rec",
                Json::Integer(self.weight_shift_rec.into()),
            ),
            (
                "weight_shift_out",
                Json::Integer(self.weight_shift_out.into()),
            ),
            (
                "aliases",
                Json::Array(self.aliases.iter().map(|t| row(t)).collect()),
            ),
        ]);
        if let Some(has_bias) = self.has_bias {
            members.push(("has_bias", Json::Bool(has_bias)));
        }
        if !self.nodes.is_empty() {
            members.push(("nodes", Json::Array(self.nodes.iter().map(node).collect())));
        }
        object(members)
    }
}

fn object(members: Vec<(&str, Json)>) -> Json {
    Json::Object(
        members
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect(),
    )
}

fn array<D: Dimension>(array: &Array<i32, D>) -> Json {
    Json::Integers(Integers {
        shape: array.shape().to_vec(),
        values: array.iter().map(|&v| v.into()).collect(),
    })
}

fn row(values: &[i32]) -> Json {
    Json::Integers(Integers::row(values.iter().map(|&v| v.into()).collect()))
}

fn node(range: &super::NodeRange) -> Json {
    // A count beyond 63 bits cannot name ids of a chip; the shape check refuses it.
    let integer = |n: usize| Json::Integer(i64::try_from(n).unwrap_or(i64::MAX));
    object(vec![
        ("node", Json::String(range.node.clone())),
        ("role", Json::String(range.role.name().to_owned())),
        ("first", integer(range.first)),
        ("count", integer(range.count)),
    ])
}
