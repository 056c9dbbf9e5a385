//! Modules of level `dt` as text.

use std::fmt::Write;

/// A value of a module.
#[derive(Clone, Debug)]
pub struct Value {
    pub name: String,
    pub shape: Vec<usize>,
    pub spikes: bool,
}

impl Value {
    fn kind(&self) -> String {
        let kind = if self.spikes { "spikes" } else { "current" };
        let shape: Vec<_> = self.shape.iter().map(ToString::to_string).collect();
        format!("!dt.{kind}<[{}]>", shape.join(", "))
    }
}

/// A module that grows.
pub struct Text {
    body: String,
    values: usize,
}

/// Numbers as a dense tensor of f64.
pub fn dense(shape: &[usize], values: &[f64]) -> String {
    fn nested(shape: &[usize], values: &[f64]) -> String {
        let [_, rest @ ..] = shape else {
            return format!("{:?}", values[0]);
        };
        let size: usize = rest.iter().product();
        let parts: Vec<_> = values.chunks(size).map(|part| nested(rest, part)).collect();
        format!("[{}]", parts.join(","))
    }
    let extents: String = shape.iter().map(|n| format!("{n}x")).collect();
    format!("dense<{}> : tensor<{extents}f64>", nested(shape, values))
}

/// The same number everywhere.
pub fn uniform(shape: &[usize], value: f64) -> String {
    let extents: String = shape.iter().map(|n| format!("{n}x")).collect();
    format!("dense<{value:?}> : tensor<{extents}f64>")
}

fn array(values: &[i64]) -> String {
    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
    format!("array<i64: {}>", values.join(", "))
}

/// A convolution's geometry.
#[derive(Clone, Debug)]
pub struct Convolution {
    pub shape: [usize; 4],
    pub stride: [i64; 2],
    /// Top, bottom, left, right.
    pub padding: [i64; 4],
    pub groups: usize,
    pub dilation: i64,
}

impl Convolution {
    /// With such a side, stride and padding on all sides.
    pub fn square(outputs: usize, inputs: usize, side: usize, stride: i64, padding: i64) -> Self {
        Self {
            shape: [outputs, inputs, side, side],
            stride: [stride; 2],
            padding: [padding; 4],
            groups: 1,
            dilation: 1,
        }
    }

    /// The map that it makes, if it makes one.
    pub fn output(&self, input: &[usize]) -> Option<Vec<usize>> {
        let extent = |axis: usize| {
            let reach = self.dilation * (self.shape[axis + 2] as i64 - 1) + 1;
            let padded =
                input[axis + 1] as i64 + self.padding[2 * axis] + self.padding[2 * axis + 1];
            let room = padded - reach;
            (room >= 0).then(|| (room / self.stride[axis] + 1) as usize)
        };
        Some(vec![self.shape[0], extent(0)?, extent(1)?])
    }
}

/// A neuron: an integrator that compares with `>=`.
#[derive(Clone, Debug)]
pub struct Neuron {
    pub gain: String,
    pub threshold: String,
    pub to_zero: bool,
    pub low: Option<f64>,
    /// More attributes, in place of those of the same name.
    pub changes: Vec<(&'static str, String)>,
}

impl Neuron {
    pub fn of(shape: &[usize], threshold: f64) -> Self {
        Self {
            gain: uniform(shape, 1.0),
            threshold: uniform(shape, threshold),
            to_zero: false,
            low: None,
            changes: Vec::new(),
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.changes.push((name, value.into()));
        self
    }
}

impl Text {
    pub fn new() -> Self {
        Self {
            body: String::new(),
            values: 0,
        }
    }

    fn op(
        &mut self,
        name: &str,
        operands: &[&Value],
        fields: &str,
        result: Option<(Vec<usize>, bool)>,
        node: &str,
    ) -> Value {
        let value = Value {
            name: format!("%{}", self.values),
            shape: result.as_ref().map(|r| r.0.clone()).unwrap_or_default(),
            spikes: result.as_ref().is_some_and(|r| r.1),
        };
        let names: Vec<_> = operands.iter().map(|v| v.name.clone()).collect();
        let kinds: Vec<_> = operands.iter().map(|v| v.kind()).collect();
        let (left, gives) = match result {
            Some(_) => (format!("{} = ", value.name), value.kind()),
            None => (String::new(), "()".to_owned()),
        };
        self.values += 1;
        writeln!(
            self.body,
            "{left}\"dt.{name}\"({}) {{{fields}}} : ({}) -> {gives} loc(\"{node}\")",
            names.join(", "),
            kinds.join(", ")
        )
        .unwrap();
        value
    }

    pub fn input(&mut self, shape: &[usize], node: &str) -> Value {
        self.op("input", &[], "", Some((shape.to_vec(), true)), node)
    }

    pub fn output(&mut self, x: &Value, node: &str) {
        self.op("output", &[x], "", None, node);
    }

    pub fn convolution(
        &mut self,
        x: &Value,
        c: &Convolution,
        weights: &[f64],
        node: &str,
    ) -> Value {
        let [f, i, h, w] = c.shape;
        let fields = format!(
            "weight = {}, stride = {}, padding = {}, dilation = {}, groups = {} : i64",
            dense(&[f, i / c.groups, h, w], weights),
            array(&c.stride),
            array(&c.padding),
            array(&[c.dilation; 2]),
            c.groups
        );
        let output = c.output(&x.shape).unwrap();
        self.op("convolution", &[x], &fields, Some((output, false)), node)
    }

    pub fn linear(&mut self, x: &Value, outputs: usize, weights: &[f64], node: &str) -> Value {
        let fields = format!("weight = {}", dense(&[outputs, x.shape[0]], weights));
        self.op("linear", &[x], &fields, Some((vec![outputs], false)), node)
    }

    pub fn pool(&mut self, x: &Value, kind: &str, side: i64, stride: i64, node: &str) -> Value {
        let fields = format!(
            "kind = \"{kind}\", kernel_size = {}, stride = {}, padding = {}",
            array(&[side; 2]),
            array(&[stride; 2]),
            array(&[0; 4])
        );
        let extent = |n: usize| (n - side as usize) / stride as usize + 1;
        let shape = vec![x.shape[0], extent(x.shape[1]), extent(x.shape[2])];
        self.op("pool", &[x], &fields, Some((shape, false)), node)
    }

    pub fn scale(&mut self, x: &Value, factors: &str, node: &str) -> Value {
        let fields = format!("scale = {factors}");
        self.op("scale", &[x], &fields, Some((x.shape.clone(), false)), node)
    }

    pub fn bias(&mut self, x: &Value, bias: &str, node: &str) -> Value {
        let fields = format!("bias = {bias}");
        self.op("bias", &[x], &fields, Some((x.shape.clone(), false)), node)
    }

    pub fn sum(&mut self, xs: &[&Value], node: &str) -> Value {
        self.op("sum", xs, "", Some((xs[0].shape.clone(), false)), node)
    }

    pub fn register(&mut self, x: &Value, steps: f64, node: &str) -> Value {
        let fields = format!("steps = {}", uniform(&x.shape, steps));
        self.op(
            "register",
            &[x],
            &fields,
            Some((x.shape.clone(), x.spikes)),
            node,
        )
    }

    pub fn reshape(&mut self, x: &Value, shape: &[usize], node: &str) -> Value {
        self.op("reshape", &[x], "", Some((shape.to_vec(), x.spikes)), node)
    }

    pub fn neuron(&mut self, x: &Value, neuron: &Neuron, node: &str) -> Value {
        let shape = &x.shape;
        let reset = if neuron.to_zero {
            "\"value\""
        } else {
            "\"subtract\""
        };
        let most = if neuron.to_zero {
            "1 : i64"
        } else {
            "1000 : i64"
        };
        let mut fields = vec![
            ("beta", uniform(shape, 1.0)),
            ("current_gain", neuron.gain.clone()),
            ("v_threshold", neuron.threshold.clone()),
            ("integration", "\"euler\"".to_owned()),
            ("membrane_reads", "\"updated\"".to_owned()),
            ("comparison_reads", "\"updated\"".to_owned()),
            ("compare", "\">=\"".to_owned()),
            ("reset", reset.to_owned()),
            ("reset_timing", "\"same-step\"".to_owned()),
            ("max_spikes", most.to_owned()),
        ];
        if neuron.to_zero {
            fields.push(("v_reset", uniform(shape, 0.0)));
        }
        if let Some(low) = neuron.low {
            fields.push(("v_min", uniform(shape, low)));
        }
        for (name, value) in &neuron.changes {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value.clone()));
        }
        let fields: Vec<_> = fields.iter().map(|(n, v)| format!("{n} = {v}")).collect();
        let result = Some((shape.clone(), true));
        self.op("neuron", &[x], &fields.join(", "), result, node)
    }

    pub fn finish(self) -> String {
        format!(
            "module attributes {{dt.step = 1.0e-3 : f64}} {{\n{}}}\n",
            self.body
        )
    }
}
