//! Puts a network into a configuration that has all keys.

use ndarray::ArrayView2;
use nirc_dialects::finding::{Finding, Findings};

use super::{Flag, Schema, Settings};
use crate::xylo::{
    chip::Chip,
    fields::join,
    json::{Integers, Json},
    legal,
    specification::Specification,
};

pub(super) fn fill(
    specification: &Specification,
    chip: &Chip,
    settings: &Settings,
    schema: &Schema,
    mut configuration: Json,
) -> Result<Json, Findings> {
    let mut findings = legal::check(specification, chip);
    findings.extend(settings.check(chip));
    if findings.has_errors() {
        return Err(findings);
    }
    let mut filler = Filler {
        findings: Findings::new(),
        specification,
        chip,
    };
    match &mut configuration {
        // samna reads the first member of the root, whatever its name.
        Json::Object(members) if !members.is_empty() => {
            if let Some((name, root)) = members.first_mut() {
                let name = name.clone();
                filler.root(root, &name, settings, schema);
            }
        }
        other => filler.wrong_form("the root", "an object with one member", other),
    }
    if filler.findings.has_errors() {
        Err(filler.findings)
    } else {
        Ok(configuration)
    }
}

struct Filler<'s> {
    findings: Findings,
    specification: &'s Specification,
    chip: &'s Chip,
}

impl Filler<'_> {
    fn root(&mut self, root: &mut Json, path: &str, settings: &Settings, schema: &Schema) {
        let s = self.specification;
        let two = self.chip.hidden_synapses.value > 1;
        if two {
            self.set(root, path, "synapse2_enable", Json::Bool(s.synapses() > 1));
        }
        if self.chip.bias.is_some() {
            self.set(root, path, "bias_enable", Json::Bool(s.bias_enabled()));
        }
        if let Some(mode) = settings.operation_mode {
            self.set(root, path, "operation_mode", Json::Integer(mode as i64));
        }
        if let Some(wrap) = settings.time_resolution_wrap {
            self.set(
                root,
                path,
                "time_resolution_wrap",
                Json::Integer(wrap.into()),
            );
        }
        if let (Some(on), true) = (settings.hibernation, self.chip.hibernation.value) {
            self.set(root, path, "enable_hibernation_mode", Json::Bool(on));
        }
        for &(object, key, flag) in schema.flags {
            let value = match flag {
                Flag::On => true,
                Flag::Off => false,
                Flag::WithSynapse2 => s.synapses() > 1,
                Flag::WithBias => s.bias_enabled(),
            };
            let object = if object.is_empty() {
                Some(&mut *root)
            } else {
                root.get_mut(object)
            };
            if let Some(place) = object.and_then(|object| object.get_mut(key)) {
                *place = Json::Bool(value);
            }
        }
        if let Some((layer, path)) = self.member(root, path, "input") {
            self.set(
                layer,
                &path,
                "weight_bit_shift",
                Json::Integer(s.weight_shift_in.into()),
            );
            self.hidden_weights(layer, &path, &s.weights_in, two);
        }
        if let Some((layer, path)) = self.member(root, path, schema.hidden) {
            self.set(
                layer,
                &path,
                "weight_bit_shift",
                Json::Integer(s.weight_shift_rec.into()),
            );
            self.hidden_weights(layer, &path, &s.weights_rec, two);
            self.set(layer, &path, "aliasing", Json::Bool(s.any_alias()));
            self.hidden_neurons(layer, &path, two);
        }
        if let Some((layer, path)) = self.member(root, path, "readout") {
            self.set(
                layer,
                &path,
                "weight_bit_shift",
                Json::Integer(s.weight_shift_out.into()),
            );
            self.matrix(layer, &path, "weights", s.weights_out.view());
            self.readout_neurons(layer, &path);
        }
    }

    /// The weights of both synapses. A second synapse that is off gets one zero, which is what a
    /// default configuration has.
    fn hidden_weights(
        &mut self,
        layer: &mut Json,
        path: &str,
        weights: &ndarray::Array3<i32>,
        two: bool,
    ) {
        let off = ndarray::Array3::zeros((1, 1, 1));
        let mut planes = weights
            .axis_iter(ndarray::Axis(2))
            .chain(off.axis_iter(ndarray::Axis(2)));
        for (key, wanted) in [("weights", true), ("syn2_weights", two)] {
            if let (Some(plane), true) = (planes.next(), wanted) {
                self.matrix(layer, path, key, plane);
            }
        }
    }

    fn hidden_neurons(&mut self, layer: &mut Json, path: &str, two: bool) {
        let s = self.specification;
        let mut fields = vec![
            ("threshold", &s.threshold),
            ("v_mem_decay", &s.dash_mem),
            ("i_syn_decay", &s.dash_syn),
        ];
        if two {
            fields.push(("i_syn2_decay", &s.dash_syn_2));
        }
        if self.chip.bias.is_some() {
            fields.push(("v_mem_bias", &s.bias));
        }
        let alias = |id: usize| {
            let target = s.aliases.get(id).and_then(|targets| targets.first());
            let mut members = vec![("nullopt".to_owned(), Json::Bool(target.is_none()))];
            if let Some(&target) = target {
                members.push(("data".to_owned(), Json::Integer(target.into())));
            }
            Json::Object(members)
        };
        self.neurons(layer, path, s.hidden_neurons(), &fields, Some(&alias));
    }

    fn readout_neurons(&mut self, layer: &mut Json, path: &str) {
        let s = self.specification;
        let mut fields = vec![
            ("threshold", &s.threshold_out),
            ("v_mem_decay", &s.dash_mem_out),
            ("i_syn_decay", &s.dash_syn_out),
        ];
        if self.chip.bias.is_some() {
            fields.push(("v_mem_bias", &s.bias_out));
        }
        self.neurons(layer, path, s.readout_neurons(), &fields, None);
    }

    /// Copies the template's first neuron `count` times, which keeps the keys that the network does
    /// not decide.
    fn neurons(
        &mut self,
        layer: &mut Json,
        path: &str,
        count: usize,
        fields: &[(&str, &Vec<i32>)],
        alias: Option<&dyn Fn(usize) -> Json>,
    ) {
        let Some((list, path)) = self.member(layer, path, "neurons") else {
            return;
        };
        let Json::Array(items) = list else {
            return self.wrong_form(&path, "a list with a neuron", list);
        };
        let Some(prototype) = items.first().cloned() else {
            return;
        };
        let mut complete = true;
        let keys = fields
            .iter()
            .map(|(key, _)| *key)
            .chain(alias.map(|_| "alias_target"));
        for key in keys {
            complete &= prototype.get(key).is_some();
            if prototype.get(key).is_none() {
                self.missing(&join(&format!("{path}[0]"), key));
            }
        }
        if !complete {
            return;
        }
        let neuron = |id: usize| {
            let mut neuron = prototype.clone();
            for (key, values) in fields {
                if let (Some(place), Some(&value)) = (neuron.get_mut(key), values.get(id)) {
                    *place = Json::Integer(value.into());
                }
            }
            if let (Some(place), Some(alias)) = (neuron.get_mut("alias_target"), alias) {
                *place = alias(id);
            }
            neuron
        };
        *list = Json::Array((0..count).map(neuron).collect());
    }

    /// A matrix, in the form that the template has: dimensions and values, or nested lists.
    fn matrix(&mut self, layer: &mut Json, path: &str, key: &str, matrix: ArrayView2<'_, i32>) {
        let Some((place, path)) = self.member(layer, path, key) else {
            return;
        };
        let values: Vec<i64> = matrix.iter().map(|&weight| weight.into()).collect();
        let (rows, columns) = matrix.dim();
        let pair = |first: usize, second: usize| {
            let extent = |n: usize| Json::Integer(i64::try_from(n).unwrap_or(i64::MAX));
            let members = [("value0", extent(first)), ("value1", extent(second))];
            Json::Object(members.map(|(k, v)| (k.to_owned(), v)).into())
        };
        match place {
            Json::Object(_) => {
                if place.get("offsets").is_some() {
                    self.set(place, &path, "offsets", pair(columns, 1));
                }
                self.set(place, &path, "dimensions", pair(rows, columns));
                self.set(
                    place,
                    &path,
                    "values",
                    Json::Integers(Integers::row(values)),
                );
            }
            Json::Integers(_) => {
                *place = Json::Integers(Integers {
                    shape: vec![rows, columns],
                    values,
                });
            }
            other => self.wrong_form(&path, "a matrix", other),
        }
    }

    fn member<'j>(
        &mut self,
        object: &'j mut Json,
        path: &str,
        key: &str,
    ) -> Option<(&'j mut Json, String)> {
        let path = join(path, key);
        let member = object.get_mut(key);
        if member.is_none() {
            self.missing(&path);
        }
        Some((member?, path))
    }

    fn set(&mut self, object: &mut Json, path: &str, key: &str, value: Json) {
        if let Some((place, _)) = self.member(object, path, key) {
            *place = value;
        }
    }

    fn missing(&mut self, path: &str) {
        let what = format!("the template has no `{path}`");
        self.findings.push(self.fault("xylo-template-key", what));
    }

    fn wrong_form(&mut self, path: &str, expected: &str, found: &Json) {
        let what = format!(
            "`{path}` of the template is {}, not {expected}",
            found.kind()
        );
        self.findings.push(self.fault("xylo-template-form", what));
    }

    fn fault(&self, code: &'static str, what: String) -> Finding {
        let rule = "the template is a default configuration of the chip";
        Finding::error(code, rule, what).fix(format!(
            "dump one with the samna in use: the to_json() of a default configuration of {}",
            self.chip.samna_package
        ))
    }
}
