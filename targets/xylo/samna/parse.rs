//! Reads a configuration back, so that the chip model can run the file that a user loads.

use ndarray::{Array2, Array3};
use nirc_dialects::finding::Findings;

use super::{Configuration, OperationMode, Settings, schema};
use crate::xylo::{
    chip::Chip,
    fields::{Elements, Fields, join},
    json::Json,
    specification::Specification,
};

/// Reads the JSON text of samna for `chip`.
///
/// What samna ignores is ignored: unknown keys, aliases while aliasing is off, second weights while
/// the second synapse is off. What samna would wrap in silence keeps its value, and
/// [`legal::check`](crate::xylo::legal::check) names it.
///
/// # Errors
/// All missing keys and all values of a wrong type or shape, with their path.
pub fn parse(json: &Json, chip: &Chip) -> Result<Configuration, Findings> {
    let mut reader = Reader {
        fields: Fields::default(),
        chip,
    };
    let root = match json {
        Json::Object(members) => members.first(),
        _ => None,
    };
    let Some((name, root)) = root else {
        reader
            .fields
            .wrong_type("the root", "an object with a member", json);
        return Err(reader.fields.findings);
    };
    let configuration = reader.root(root, name);
    let mut findings = reader.fields.findings;
    match configuration {
        Some(configuration) => {
            findings.extend(configuration.specification.shape_findings());
            if findings.has_errors() {
                Err(findings)
            } else {
                Ok(configuration)
            }
        }
        None => Err(findings),
    }
}

struct Reader<'c> {
    fields: Fields,
    chip: &'c Chip,
}

/// The columns of a list of neurons.
#[derive(Default)]
struct Neurons {
    threshold: Vec<i32>,
    v_mem_decay: Vec<i32>,
    i_syn_decay: Vec<i32>,
    i_syn2_decay: Vec<i32>,
    v_mem_bias: Vec<i32>,
    alias_target: Vec<Vec<i32>>,
}

impl Reader<'_> {
    fn root(&mut self, root: &Json, path: &str) -> Option<Configuration> {
        let two = self.chip.hidden_synapses.value > 1;
        let bias = self.chip.bias.is_some();
        let synapse_2 = if two {
            self.flag(root, path, "synapse2_enable")
        } else {
            Some(false)
        };
        let bias_enable = if bias {
            self.flag(root, path, "bias_enable")
        } else {
            Some(false)
        };
        let settings = self.settings(root, path);
        let input = self.fields.member(root, path, "input").and_then(|layer| {
            self.hidden_layer(layer, &join(path, "input"), synapse_2.unwrap_or_default())
        });
        let key = schema(self.chip).hidden;
        let hidden_path = join(path, key);
        let hidden = self.fields.member(root, path, key);
        let recurrent = hidden.and_then(|layer| {
            self.hidden_layer(layer, &hidden_path, synapse_2.unwrap_or_default())
        });
        let aliasing = hidden.and_then(|layer| self.flag(layer, &hidden_path, "aliasing"));
        let neurons = hidden.and_then(|layer| self.neurons(layer, &hidden_path, two, true));
        let path_out = join(path, "readout");
        let readout = self.fields.member(root, path, "readout");
        let weights_out = readout.and_then(|layer| self.matrix(layer, &path_out, "weights"));
        let shift_out = readout.and_then(|layer| self.shift(layer, &path_out));
        let readouts = readout.and_then(|layer| self.neurons(layer, &path_out, false, false));

        let (weights_in, weight_shift_in) = input?;
        let (weights_rec, weight_shift_rec) = recurrent?;
        let (hidden, readouts) = (neurons?, readouts?);
        let aliases = match aliasing? {
            true => hidden.alias_target,
            false => vec![Vec::new(); hidden.alias_target.len()],
        };
        let mut specification = Specification {
            chip: Some(self.chip.name.to_owned()),
            dt: None,
            weights_in,
            weights_rec,
            weights_out: weights_out?,
            dash_mem: hidden.v_mem_decay,
            dash_syn: hidden.i_syn_decay,
            dash_syn_2: hidden.i_syn2_decay,
            dash_mem_out: readouts.v_mem_decay,
            dash_syn_out: readouts.i_syn_decay,
            threshold: hidden.threshold,
            threshold_out: readouts.threshold,
            bias: hidden.v_mem_bias,
            bias_out: readouts.v_mem_bias,
            weight_shift_in,
            weight_shift_rec,
            weight_shift_out: shift_out?,
            aliases,
            has_bias: None,
            nodes: Vec::new(),
        };
        let on = bias_enable?;
        specification.has_bias = (on != specification.any_bias()).then_some(on);
        Some(Configuration {
            specification,
            settings: settings?,
        })
    }

    fn settings(&mut self, root: &Json, path: &str) -> Option<Settings> {
        let mode = self
            .integer(root, path, "operation_mode")
            .and_then(|value| {
                let mode = OperationMode::ALL
                    .into_iter()
                    .find(|mode| *mode as i32 == value);
                if mode.is_none() {
                    let path = join(path, "operation_mode");
                    self.fields
                        .wrong_shape(&path, format_args!("is {value}; modes are 0, 1 and 2"));
                }
                mode
            });
        let wrap = self
            .integer(root, path, "time_resolution_wrap")
            .and_then(|value| {
                let wrap = u16::try_from(value).ok();
                if wrap.is_none() {
                    let path = join(path, "time_resolution_wrap");
                    self.fields
                        .wrong_shape(&path, format_args!("is {value}; it holds 0 to 65535"));
                }
                wrap
            });
        let hibernation = match self.chip.hibernation.value {
            true => Some(self.flag(root, path, "enable_hibernation_mode")?),
            false => None,
        };
        Some(Settings {
            operation_mode: Some(mode?),
            time_resolution_wrap: Some(wrap?),
            hibernation,
        })
    }

    /// The weights `[source][target][synapse]` and the shift of a layer onto hidden neurons.
    fn hidden_layer(
        &mut self,
        layer: &Json,
        path: &str,
        synapse_2: bool,
    ) -> Option<(Array3<i32>, i32)> {
        let first = self.matrix(layer, path, "weights");
        let second = if synapse_2 {
            self.matrix(layer, path, "syn2_weights").map(Some)
        } else {
            Some(None)
        };
        let shift = self.shift(layer, path);
        let (first, second) = (first?, second?);
        let mut planes = vec![first.view()];
        if let Some(second) = &second {
            if second.dim() != first.dim() {
                let what = format_args!(
                    "is {:?}, the first synapse's {:?}; both must be equal",
                    second.dim(),
                    first.dim()
                );
                self.fields.wrong_shape(&join(path, "syn2_weights"), what);
                return None;
            }
            planes.push(second.view());
        }
        let weights = ndarray::stack(ndarray::Axis(2), &planes).ok()?;
        Some((weights.as_standard_layout().into_owned(), shift?))
    }

    fn neurons(&mut self, layer: &Json, path: &str, two: bool, alias: bool) -> Option<Neurons> {
        let list = self.fields.member(layer, path, "neurons")?;
        let path = join(path, "neurons");
        let items = match list {
            Json::Array(items) => items.as_slice(),
            Json::Integers(array) if array.values.is_empty() => &[],
            other => {
                self.fields.wrong_type(&path, "a list of neurons", other);
                return None;
            }
        };
        let mut neurons = Neurons::default();
        let mut complete = true;
        let bias = self.chip.bias.is_some();
        for (id, item) in items.iter().enumerate() {
            let path = format!("{path}[{id}]");
            for (key, column, present) in [
                ("threshold", &mut neurons.threshold, true),
                ("v_mem_decay", &mut neurons.v_mem_decay, true),
                ("i_syn_decay", &mut neurons.i_syn_decay, true),
                ("i_syn2_decay", &mut neurons.i_syn2_decay, two),
                ("v_mem_bias", &mut neurons.v_mem_bias, bias),
            ] {
                let value = if present {
                    self.integer(item, &path, key)
                } else {
                    Some(0)
                };
                complete &= value.is_some();
                column.extend(value);
            }
            if alias {
                let target = self.alias(item, &path);
                complete &= target.is_some();
                neurons.alias_target.extend(target);
            }
        }
        complete.then_some(neurons)
    }

    /// `{"nullopt": true}` or `{"nullopt": false, "data": 3}`.
    fn alias(&mut self, neuron: &Json, path: &str) -> Option<Vec<i32>> {
        let value = self.fields.member(neuron, path, "alias_target")?;
        let path = join(path, "alias_target");
        if self.flag(value, &path, "nullopt")? {
            return Some(Vec::new());
        }
        Some(vec![self.integer(value, &path, "data")?])
    }

    /// A matrix as dimensions, offsets and values, or as nested lists.
    fn matrix(&mut self, layer: &Json, path: &str, key: &str) -> Option<Array2<i32>> {
        let value = self.fields.member(layer, path, key)?;
        let path = join(path, key);
        if let Json::Integers(_) | Json::Array(_) = value {
            let Elements { shape, values } = self.fields.elements(value, &path, 2)?;
            let [rows, columns] = shape.as_slice().try_into().ok()?;
            return Array2::from_shape_vec((rows, columns), values).ok();
        }
        let dimensions = self.fields.member(value, &path, "dimensions");
        let dimensions = dimensions.and_then(|pair| self.pair(pair, &join(&path, "dimensions")));
        let offsets = match value.get("offsets") {
            Some(pair) => Some(self.pair(pair, &join(&path, "offsets"))?),
            None => None,
        };
        let values = self.fields.member(value, &path, "values");
        let values = values.and_then(|list| self.fields.row(list, &join(&path, "values")));
        let ([rows, columns], values) = (dimensions?, values?);
        self.fields
            .check_size(&path, [rows, columns], values.len())?;
        if let Some([first, second]) = offsets
            && [first, second] != [columns, 1]
        {
            let what = format!("is {first}, {second}; a row-major matrix has {columns}, 1");
            self.fields.wrong_shape(&join(&path, "offsets"), what);
            return None;
        }
        Array2::from_shape_vec((rows, columns), values).ok()
    }

    fn pair(&mut self, pair: &Json, path: &str) -> Option<[usize; 2]> {
        let [first, second] = ["value0", "value1"].map(|key| {
            let value = self.fields.member(pair, path, key)?;
            self.fields.count(value, &join(path, key))
        });
        Some([first?, second?])
    }

    fn shift(&mut self, layer: &Json, path: &str) -> Option<i32> {
        self.integer(layer, path, "weight_bit_shift")
    }

    fn integer(&mut self, object: &Json, path: &str, key: &str) -> Option<i32> {
        let value = self.fields.member(object, path, key)?;
        self.fields.integer(value, &join(path, key))
    }

    fn flag(&mut self, object: &Json, path: &str, key: &str) -> Option<bool> {
        let value = self.fields.member(object, path, key)?;
        self.fields.boolean(value, &join(path, key))
    }
}
