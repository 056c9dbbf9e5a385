//! Programs of level dt of any size: chains of layers, branches that join again, cycles, maps; with factors,
//! constants and delays for the rules to work on.

use std::fmt::Write;

/// Elements of each signal between layers.
const WIDTH: usize = 4;

/// Writes a program.
struct Text {
    text: String,
    ops: usize,
    values: usize,
    seed: u64,
}

/// A program of at least `ops` ops; the same for the same number.
pub fn program(ops: usize) -> String {
    let mut t = Text {
        text: String::from("module attributes {dt.step = 1.0e-3 : f64} {\n"),
        ops: 0,
        values: 0,
        seed: 1,
    };
    let spikes = spikes(&[WIDTH]);
    let mut x = t.op("input", &[], "", &[], &spikes);
    let mut layer = 0;
    while t.ops + 1 < ops {
        x = match layer % 6 {
            0 => {
                let y = t.linear(&x, WIDTH, WIDTH);
                let y = t.elements("scale", &y, WIDTH, 0.5, 1.5);
                t.neuron(&y, &[WIDTH])
            }
            1 => {
                let (y, z) = (t.linear(&x, WIDTH, WIDTH), t.linear(&x, WIDTH, WIDTH));
                let y = t.sum(&y, &z, WIDTH);
                let y = t.elements("bias", &y, WIDTH, -0.1, 0.1);
                t.neuron(&y, &[WIDTH])
            }
            2 => {
                let y = t.delay(&x, layer % 3 + 1);
                let y = t.linear(&y, WIDTH, WIDTH);
                t.neuron(&y, &[WIDTH])
            }
            3 => t.branches(&x),
            4 => t.cycle(&x),
            _ => t.map(&x),
        };
        layer += 1;
    }
    let _ = writeln!(
        t.text,
        "  \"dt.output\"({x}) : ({spikes}) -> () loc(\"out\")\n}}"
    );
    t.text
}

fn current(shape: &[usize]) -> String {
    format!("!dt.current<{shape:?}>")
}

fn spikes(shape: &[usize]) -> String {
    format!("!dt.spikes<{shape:?}>")
}

impl Text {
    /// SplitMix64: https://prng.di.unimi.it/splitmix64.c (public domain).
    fn number(&mut self, low: f64, high: f64) -> f64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let unit = ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
        low + (high - low) * unit
    }

    fn numbers(&mut self, count: usize, low: f64, high: f64) -> String {
        let all: Vec<String> = (0..count)
            .map(|_| format!("{:.4}", self.number(low, high)))
            .collect();
        format!("[{}]", all.join(", "))
    }

    fn value(&mut self) -> String {
        self.values += 1;
        format!("%{}", self.values)
    }

    fn op(
        &mut self,
        op: &str,
        operands: &[&str],
        attributes: &str,
        from: &[&str],
        to: &str,
    ) -> String {
        let value = self.value();
        self.op_as(&value, op, operands, attributes, from, to);
        value
    }

    fn op_as(
        &mut self,
        value: &str,
        op: &str,
        operands: &[&str],
        attributes: &str,
        from: &[&str],
        to: &str,
    ) {
        self.ops += 1;
        let (operands, from) = (operands.join(", "), from.join(", "));
        let number = self.ops;
        let _ = writeln!(
            self.text,
            "  {value} = \"dt.{op}\"({operands}) {{{attributes}}} : ({from}) -> {to} loc(\"{op}{number}\")"
        );
    }

    /// From spikes.
    fn linear(&mut self, x: &str, rows: usize, columns: usize) -> String {
        let weights: Vec<String> = (0..rows)
            .map(|_| self.numbers(columns, -0.4, 0.9))
            .collect();
        let attributes = format!(
            "weight = dense<[{}]> : tensor<{rows}x{columns}xf32>",
            weights.join(", ")
        );
        self.op(
            "linear",
            &[x],
            &attributes,
            &[&spikes(&[columns])],
            &current(&[rows]),
        )
    }

    fn elements(&mut self, op: &str, x: &str, count: usize, low: f64, high: f64) -> String {
        let values = self.numbers(count, low, high);
        let attributes = format!("{op} = dense<{values}> : tensor<{count}xf32>");
        self.op(
            op,
            &[x],
            &attributes,
            &[&current(&[count])],
            &current(&[count]),
        )
    }

    fn sum(&mut self, x: &str, y: &str, count: usize) -> String {
        let r#type = current(&[count]);
        self.op("sum", &[x, y], "", &[&r#type, &r#type], &r#type)
    }

    /// Of spikes.
    fn delay(&mut self, x: &str, steps: usize) -> String {
        let attributes = format!("steps = dense<{steps}> : tensor<{WIDTH}xi64>");
        let r#type = spikes(&[WIDTH]);
        self.op("register", &[x], &attributes, &[&r#type], &r#type)
    }

    fn neuron(&mut self, x: &str, shape: &[usize]) -> String {
        let value = self.value();
        self.neuron_as(&value, x, shape);
        value
    }

    fn neuron_as(&mut self, value: &str, x: &str, shape: &[usize]) {
        let extents: Vec<String> = shape.iter().map(usize::to_string).collect();
        let extents = extents.join("x");
        let beta = self.number(0.7, 0.95);
        let gain = self.number(0.5, 1.5);
        let attributes = format!(
            "integration = \"euler\", beta = dense<{beta:.4}> : tensor<{extents}xf64>, \
             current_gain = dense<{gain:.4}> : tensor<{extents}xf64>, \
             v_threshold = dense<1.0> : tensor<{extents}xf64>, membrane_reads = \"updated\", \
             compare = \">\", comparison_reads = \"updated\", reset = \"subtract\", \
             reset_timing = \"same-step\", max_spikes = 1 : i64"
        );
        self.op_as(
            value,
            "neuron",
            &[x],
            &attributes,
            &[&current(shape)],
            &spikes(shape),
        );
    }

    /// Two layers side by side on one source.
    fn branches(&mut self, x: &str) -> String {
        let sides = [(); 2].map(|()| {
            let y = self.linear(x, WIDTH, WIDTH);
            let y = self.neuron(&y, &[WIDTH]);
            self.linear(&y, WIDTH, WIDTH)
        });
        let y = self.sum(&sides[0], &sides[1], WIDTH);
        self.neuron(&y, &[WIDTH])
    }

    /// Neurons that take their own spikes a step later.
    fn cycle(&mut self, x: &str) -> String {
        let y = self.linear(x, WIDTH, WIDTH);
        let fed = self.value();
        let late = self.delay(&fed, 1);
        let back = self.linear(&late, WIDTH, WIDTH);
        let sum = self.sum(&y, &back, WIDTH);
        self.neuron_as(&fed, &sum, &[WIDTH]);
        fed
    }

    /// A convolution and a pool.
    fn map(&mut self, x: &str) -> String {
        let (from, to) = ([1, 2, 2], [2, 2, 2]);
        let x = self.op("reshape", &[x], "", &[&spikes(&[WIDTH])], &spikes(&from));
        let weights = [(); 2].map(|()| format!("[[{}]]", self.numbers(1, -0.4, 0.9)));
        let attributes = format!(
            "weight = dense<[{}, {}]> : tensor<2x1x1x1xf32>, stride = array<i64: 1, 1>, \
             padding = array<i64: 0, 0, 0, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64",
            weights[0], weights[1]
        );
        let y = self.op(
            "convolution",
            &[&x],
            &attributes,
            &[&spikes(&from)],
            &current(&to),
        );
        let y = self.neuron(&y, &to);
        let pool = "kind = \"average\", kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>, \
                    padding = array<i64: 0, 0, 0, 0>";
        let y = self.op("pool", &[&y], pool, &[&spikes(&to)], &current(&[2, 1, 1]));
        let y = self.op(
            "reshape",
            &[&y],
            "",
            &[&current(&[2, 1, 1])],
            &current(&[2]),
        );
        let weights: Vec<String> = (0..WIDTH).map(|_| self.numbers(2, -0.4, 0.9)).collect();
        let attributes = format!(
            "weight = dense<[{}]> : tensor<{WIDTH}x2xf32>",
            weights.join(", ")
        );
        let y = self.op(
            "linear",
            &[&y],
            &attributes,
            &[&current(&[2])],
            &current(&[WIDTH]),
        );
        self.neuron(&y, &[WIDTH])
    }
}
