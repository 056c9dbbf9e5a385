//! The JSON form, read: every fault of a file is named at once.

use ndarray::{Array, Dimension, ShapeBuilder};
use nirc_dialects::finding::{Finding, Findings};

use super::{FORMAT, NodeRange, Role, Specification};
use crate::xylo::{
    fields::{Elements, Fields, join},
    json::Json,
};

const REQUIRED: [&str; 9] = [
    "weights_in",
    "weights_rec",
    "weights_out",
    "dash_mem",
    "dash_syn",
    "dash_mem_out",
    "dash_syn_out",
    "threshold",
    "threshold_out",
];
const OPTIONAL: [&str; 12] = [
    "dash_syn_2",
    "bias",
    "bias_out",
    "weight_shift_in",
    "weight_shift_rec",
    "weight_shift_out",
    "aliases",
    "has_bias",
    "format",
    "chip",
    "dt",
    "nodes",
];

impl Specification {
    /// Reads the JSON form.
    ///
    /// Absent optional keys: second decays, biases and shifts are 0, and there are no aliases. A
    /// key that is not of the form is refused, since a misspelt optional key would otherwise change
    /// the network in silence.
    ///
    /// # Errors
    /// Everything that is wrong with the text: `xylo-json` (no JSON), `xylo-json-missing-key`,
    /// `xylo-json-unknown-key`, `xylo-json-type`, `xylo-json-shape`, `xylo-json-integer-range`,
    /// `xylo-format`, and what [`Specification::shape_findings`] finds. Values that no chip can
    /// hold are not faults here: `legal::check` names them.
    pub fn from_json(text: &str) -> Result<Self, Findings> {
        Self::from_tree(&Json::read(text)?)
    }

    /// Reads the JSON form from a tree; see [`Specification::from_json`].
    ///
    /// # Errors
    /// As [`Specification::from_json`].
    pub fn from_tree(json: &Json) -> Result<Self, Findings> {
        let mut fields = Fields::default();
        let Json::Object(members) = json else {
            fields.wrong_type("the file", "an object", json);
            return Err(fields.findings);
        };
        for (key, _) in members {
            if !REQUIRED.contains(&key.as_str()) && !OPTIONAL.contains(&key.as_str()) {
                fields.findings.push(unknown_key(key));
            }
        }
        let specification = read(&mut fields, json);
        let mut findings = fields.findings;
        match specification {
            Some(specification) => {
                findings.extend(specification.shape_findings());
                if findings.has_errors() {
                    Err(findings)
                } else {
                    Ok(specification)
                }
            }
            None => Err(findings),
        }
    }
}

fn unknown_key(key: &str) -> Finding {
    Finding::error(
        "xylo-json-unknown-key",
        "every key is one of the format",
        format!("`{key}` is not a key of a Xylo specification"),
    )
    .why("a misspelt optional key would change the network without a word")
    .fix("remove the key or correct its spelling")
}

/// Reads everything before it gives up, so that all faults are noted.
fn read(fields: &mut Fields, json: &Json) -> Option<Specification> {
    if let Some(version) = optional(json, "format").and_then(|v| fields.integer(v, "format"))
        && version != FORMAT
    {
        fields.findings.push(Finding::error(
            "xylo-format",
            "the format version is one that this compiler reads",
            format!("the file has version {version}; version {FORMAT} is read"),
        ));
    }
    let weights_in = array(fields, json, "weights_in", 3).map(into_array);
    let weights_rec = array(fields, json, "weights_rec", 3).map(into_array);
    let weights_out = array(fields, json, "weights_out", 2).map(into_array);
    let [dash_mem, dash_syn, threshold] =
        ["dash_mem", "dash_syn", "threshold"].map(|key| row(fields, json, key));
    let [dash_mem_out, dash_syn_out, threshold_out] =
        ["dash_mem_out", "dash_syn_out", "threshold_out"].map(|key| row(fields, json, key));
    let hidden = dash_mem.as_ref().map_or(0, Vec::len);
    let readouts = dash_mem_out.as_ref().map_or(0, Vec::len);
    let [dash_syn_2, bias] =
        ["dash_syn_2", "bias"].map(|key| row_or_zeros(fields, json, key, hidden));
    let bias_out = row_or_zeros(fields, json, "bias_out", readouts);
    let [shift_in, shift_rec, shift_out] =
        ["weight_shift_in", "weight_shift_rec", "weight_shift_out"]
            .map(|key| optional(json, key).map_or(Some(0), |value| fields.integer(value, key)));
    let aliases = match optional(json, "aliases") {
        Some(value) => aliases(fields, value),
        None => Some(vec![Vec::new(); hidden]),
    };
    let has_bias = optional(json, "has_bias").and_then(|v| fields.boolean(v, "has_bias"));
    let chip = optional(json, "chip").and_then(|v| fields.string(v, "chip"));
    let dt = optional(json, "dt").and_then(|v| number(fields, v, "dt"));
    let nodes = optional(json, "nodes").map_or(Some(Vec::new()), |v| nodes(fields, v));
    Some(Specification {
        chip,
        dt,
        weights_in: weights_in??,
        weights_rec: weights_rec??,
        weights_out: weights_out??,
        dash_mem: dash_mem?,
        dash_syn: dash_syn?,
        dash_syn_2: dash_syn_2?,
        dash_mem_out: dash_mem_out?,
        dash_syn_out: dash_syn_out?,
        threshold: threshold?,
        threshold_out: threshold_out?,
        bias: bias?,
        bias_out: bias_out?,
        weight_shift_in: shift_in?,
        weight_shift_rec: shift_rec?,
        weight_shift_out: shift_out?,
        aliases: aliases?,
        has_bias,
        nodes: nodes?,
    })
}

/// A member that may be absent; null counts as absent.
fn optional<'j>(json: &'j Json, key: &str) -> Option<&'j Json> {
    json.get(key).filter(|value| **value != Json::Null)
}

fn array(fields: &mut Fields, json: &Json, key: &str, rank: usize) -> Option<Elements> {
    let value = fields.member(json, "", key)?;
    fields.elements(value, key, rank)
}

fn row(fields: &mut Fields, json: &Json, key: &str) -> Option<Vec<i32>> {
    let value = fields.member(json, "", key)?;
    fields.row(value, key)
}

fn row_or_zeros(fields: &mut Fields, json: &Json, key: &str, count: usize) -> Option<Vec<i32>> {
    match optional(json, key) {
        Some(value) => fields.row(value, key),
        None => Some(vec![0; count]),
    }
}

/// `None` only if the shape and the number of values disagree, which the reader excludes.
fn into_array<D: Dimension>(elements: Elements) -> Option<Array<i32, D>> {
    let dimension = ndarray::IxDyn(&elements.shape);
    let array = Array::from_shape_vec(dimension.into_shape_with_order(), elements.values).ok()?;
    array.into_dimensionality().ok()
}

fn number(fields: &mut Fields, json: &Json, path: &str) -> Option<f64> {
    match json {
        Json::Integer(value) => Some(*value as f64),
        Json::Number(value) => value.as_f64(),
        other => {
            fields.wrong_type(path, "a number", other);
            None
        }
    }
}

fn aliases(fields: &mut Fields, json: &Json) -> Option<Vec<Vec<i32>>> {
    match json {
        Json::Array(items) => {
            let path = |i: usize| format!("aliases[{i}]");
            let rows: Vec<_> = items
                .iter()
                .enumerate()
                .map(|(i, item)| fields.row(item, &path(i)))
                .collect();
            rows.into_iter().collect()
        }
        Json::Integers(array) if array.shape.len() == 1 && array.values.is_empty() => {
            Some(Vec::new())
        }
        other => {
            let Elements { shape, values } = fields.elements(other, "aliases", 2)?;
            let [count, width] = shape.as_slice().try_into().unwrap_or([0, 0]);
            let row = |i: usize| {
                values
                    .get(i * width..(i + 1) * width)
                    .unwrap_or(&[])
                    .to_vec()
            };
            Some((0..count).map(row).collect())
        }
    }
}

fn nodes(fields: &mut Fields, json: &Json) -> Option<Vec<NodeRange>> {
    let items = match json {
        Json::Array(items) => items.as_slice(),
        Json::Integers(array) if array.values.is_empty() => &[],
        other => {
            fields.wrong_type("nodes", "a list of objects", other);
            return None;
        }
    };
    let ranges: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(i, item)| node(fields, item, &format!("nodes[{i}]")))
        .collect();
    ranges.into_iter().collect()
}

fn node(fields: &mut Fields, json: &Json, path: &str) -> Option<NodeRange> {
    let [node, role, first, count] = ["node", "role", "first", "count"].map(|key| {
        let value = fields.member(json, path, key)?;
        Some((value, join(path, key)))
    });
    let node = node.and_then(|(value, path)| fields.string(value, &path));
    let role = role.and_then(|(value, path)| {
        let name = fields.string(value, &path)?;
        let role = [Role::Input, Role::Hidden, Role::Readout]
            .into_iter()
            .find(|r| r.name() == name);
        if role.is_none() {
            fields.wrong_type(&path, "`input`, `hidden` or `readout`", value);
        }
        role
    });
    let first = first.and_then(|(value, path)| fields.count(value, &path));
    let count = count.and_then(|(value, path)| fields.count(value, &path));
    Some(NodeRange {
        node: node?,
        role: role?,
        first: first?,
        count: count?,
    })
}
