//! A `.net` file as a network, as lava-dl loads it.

use ndarray::ArrayD;
use nirc_dialects::{
    finding::{Finding, Findings},
    nir::file::container::{self, Item},
    tensor::Tensor,
};

use super::{
    BIAS_EXPONENT,
    fields::{Fields, Integers},
    weights,
};
use crate::loihi2::network::{
    Bias, Connection, Convolution, Delay, Input, Lif, MOST_DELAY_NETX, Network, Neuron, Output,
    Population, SignMode, Signal, Synapses,
};

/// What arrays may take in memory.
const MOST_BYTES: u64 = 4 << 30;

/// The network of the `.net` file `bytes`, called `file` in findings. Populations are called `input`
/// and `layer/0` and so on; the last is the output.
///
/// # Errors
///
/// That the file is none, or what it holds that we do not run: sigma-delta and resonate-and-fire
/// neurons, input neurons, what netx itself refuses or loads as something else.
pub fn read(bytes: Vec<u8>, file: &str) -> Result<Network, Findings> {
    let refuse = |what: String| {
        Finding::error(
            "loihi2-netx-file",
            "a .net file is lava-dl's network exchange format",
            what,
        )
        .at(file)
    };
    let root = container::read(bytes, file, MOST_BYTES).map_err(|findings| {
        let what = findings
            .iter()
            .next()
            .map_or(String::new(), |f| f.what.clone());
        refuse(what)
    })?;
    let Some(Item::Group(layers)) = root.get("layer") else {
        return Err(refuse("it has no group `layer`".to_owned()).into());
    };
    let mut reader = Reader::default();
    let mut findings = Findings::new();
    for index in 0..layers.len() {
        let name = index.to_string();
        let Some(Item::Group(group)) = layers.get(&name) else {
            findings.push(refuse(format!(
                "it has {} layers, but no `layer/{name}`",
                layers.len()
            )));
            continue;
        };
        let path = format!("layer/{name}");
        let fields = Fields { path, group };
        if let Err(what) = reader.layer(&fields) {
            let rule = "a layer is one that netx loads and the model runs";
            let finding = Finding::error("loihi2-netx-layer", rule, what);
            findings.push(finding.at(format!("{file}: {}", fields.path)));
            break; // what follows hangs on it
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let network = reader.finish().map_err(refuse)?;
    network.check()?;
    Ok(network)
}

#[derive(Default)]
struct Reader {
    network: Network,
    /// Whether the next dense layer reads a flattened map.
    flatten: bool,
}

impl Reader {
    fn finish(mut self) -> Result<Network, String> {
        let last = self.network.populations.len().checked_sub(1);
        let last = last.filter(|last| *last > 0);
        let last = last.ok_or_else(|| "it has no layer with neurons".to_owned())?;
        self.network.inputs.push(Input {
            node: "input".to_owned(),
            population: 0,
        });
        self.network.outputs.push(Output {
            node: "output".to_owned(),
            populations: vec![last],
            signal: Signal::Spikes,
        });
        Ok(self.network)
    }

    fn input(&mut self, shape: Vec<usize>) {
        self.network.populations.push(Population {
            name: "input".to_owned(),
            shape,
            neuron: None,
            part: None,
        });
    }

    fn layer(&mut self, fields: &Fields<'_>) -> Result<(), String> {
        match fields.text("type")? {
            "input" if fields.has("neuron") => Err("it is an input layer with neurons, which are \
                 driven through their bias by a loader of one's own"
                .to_owned()),
            "input" if !self.network.populations.is_empty() => {
                Err("an input follows other layers".to_owned())
            }
            "input" => {
                let mut shape = fields.naturals("shape")?;
                if let [count, 1, 1] = shape[..] {
                    shape = vec![count];
                }
                self.input(shape);
                Ok(())
            }
            "flatten" => {
                self.flatten = true;
                Ok(())
            }
            "conv" => self.convolution(fields),
            "dense" => self.dense(fields, false),
            "dense_rec" => self.dense(fields, true),
            other => Err(format!("a layer of type `{other}`")),
        }
    }

    fn population(&mut self, fields: &Fields<'_>, shape: Vec<usize>) -> Result<usize, String> {
        let count = shape.iter().try_fold(1usize, |n, s| n.checked_mul(*s));
        let count = count.ok_or_else(|| "its shape is too large".to_owned())?;
        let mut lif = lif(fields)?;
        if fields.has("bias") {
            lif.bias = Some(bias(fields.integers("bias")?, &shape, count)?);
        }
        self.network.populations.push(Population {
            name: fields.path.clone(),
            shape,
            neuron: Some(Neuron::Lif(lif)),
            part: None,
        });
        Ok(self.network.populations.len() - 1)
    }

    fn convolution(&mut self, fields: &Fields<'_>) -> Result<(), String> {
        if self.network.populations.is_empty() {
            return Err(
                "the shape of its input stands nowhere; an `input` layer would give it".into(),
            );
        }
        if self.flatten {
            return Err("a convolution follows a flatten".to_owned());
        }
        let weight = fields.integers("weight")?;
        let shape = match weight.shape[..] {
            [made, own, rows, columns] | [made, own, rows, columns, 1] => {
                [made, own, rows, columns]
            }
            _ => return Err(format!("`weight` has shape {:?}", weight.shape)),
        };
        let [low, high] = [weight.values.iter().min(), weight.values.iter().max()];
        let sign_mode = SignMode::of(
            low.copied().unwrap_or(0).into(),
            high.copied().unwrap_or(0).into(),
        );
        let convolution = Convolution {
            weight: tensor(&shape, weight.values)?,
            stride: fields.pair("stride")?,
            padding: fields.pair("padding")?,
            dilation: fields.pair("dilation")?,
            groups: fields.one("groups")?,
        };
        let source = self.network.populations.len() - 1;
        let target = self.population(fields, fields.naturals("shape")?)?;
        self.network.connections.push(Connection {
            name: format!("{}/weight", fields.path),
            source,
            target,
            synapses: Synapses::Convolution(convolution),
            weight_exponent: 0,
            weight_bits: 8,
            sign_mode,
            message_bits: 0,
            delay: Delay::Uniform(0),
        });
        Ok(())
    }

    fn dense(&mut self, fields: &Fields<'_>, recurrent: bool) -> Result<(), String> {
        if fields.group("weight").is_some() {
            return Err("it has complex weights".to_owned());
        }
        let shape = fields.naturals("shape")?;
        let count = shape.iter().try_fold(1usize, |n, s| n.checked_mul(*s));
        let count = count
            .filter(|n| *n > 0)
            .ok_or_else(|| format!("its shape is {shape:?}"))?;
        let weight = fields.integers("weight")?;
        let sources = weight.values.len() / count;
        if weight.values.is_empty() || sources * count != weight.values.len() {
            return Err(format!("{count} neurons have weights {:?}", weight.shape));
        }
        match self.network.populations.last() {
            None => self.input(vec![sources]),
            Some(before) if before.count() != sources => {
                return Err(format!(
                    "{} elements have weights for {sources}",
                    before.count()
                ));
            }
            Some(before) if before.neuron.is_some() && before.shape.len() == 3 && !self.flatten => {
                return Err("it follows a convolution without a flatten".to_owned());
            }
            Some(_) => {}
        }
        self.flatten = false;
        let source = self.network.populations.len() - 1;
        let target = self.population(fields, vec![count])?;
        let mut parts = vec![weight.values];
        if recurrent {
            let weight = fields.integers("weight_rec")?;
            if weight.values.len() != count * count {
                return Err(format!("`weight_rec` has shape {:?}", weight.shape));
            }
            if fields.has("delay") {
                return Err(
                    "it has a recurrence and delays, which netx loads with other \
                     weights"
                        .to_owned(),
                );
            }
            parts.push(weight.values);
        }
        let slices: Vec<&[i32]> = parts.iter().map(Vec::as_slice).collect();
        let optimized = weights::optimize(&slices)?;
        let exponent = i8::try_from(optimized.shift).unwrap_or(i8::MAX);
        let delay = if fields.has("delay") {
            delay(fields.integers("delay")?, count, sources)?
        } else {
            Delay::Uniform(0)
        };
        for (mut part, (name, source, width)) in parts
            .into_iter()
            .zip([("weight", source, sources), ("weight_rec", target, count)])
        {
            let sign_mode = weights::sign_mode(&part);
            part.iter_mut().for_each(|w| *w = optimized.given(*w));
            self.network.connections.push(Connection {
                name: format!("{}/{name}", fields.path),
                source,
                target,
                synapses: Synapses::Dense {
                    weight: tensor(&[count, width], part)?,
                },
                weight_exponent: -exponent,
                weight_bits: optimized.bits,
                sign_mode,
                message_bits: 0,
                delay: delay.clone(),
            });
        }
        Ok(())
    }
}

fn tensor(shape: &[usize], values: Vec<i32>) -> Result<Tensor, String> {
    let array = ArrayD::from_shape_vec(shape, values).map_err(|error| error.to_string())?;
    Ok(array.into())
}

/// The neuron of a layer; without one, netx makes an integrator that never spikes.
fn lif(fields: &Fields<'_>) -> Result<Lif, String> {
    let mut lif = Lif {
        du: -1,
        dv: 4096,
        threshold: 1 << 17,
        bias: None,
        u: 0,
        v: 0,
    };
    let Some(neuron) = fields.group("neuron") else {
        return Ok(lif);
    };
    match neuron.text("type")? {
        "CUBA" | "LOIHI" => {}
        other => return Err(format!("neurons of type `{other}`; CUBA and LOIHI are run")),
    }
    let small =
        |name: &str, value: i32| i16::try_from(value).map_err(|_| format!("`{name}` is {value}"));
    let current = neuron.integer("iDecay")?;
    lif.du = small("iDecay", current.saturating_sub(1))?;
    lif.dv = small("vDecay", neuron.integer("vDecay")?)?;
    lif.threshold = neuron.integer("vThMant")?;
    Ok(lif)
}

/// A bias for each neuron, of a map in its order (column, row, channel), or for each channel.
fn bias(bias: Integers, shape: &[usize], count: usize) -> Result<Bias, String> {
    let small = |value: i32| i16::try_from(value).map_err(|_| format!("a bias is {value}"));
    let values: Result<Vec<i16>, String> = bias.values.iter().map(|b| small(*b)).collect();
    let values = values?;
    let turned = [2, 1, 0].map(|axis| shape.get(axis).copied());
    let whole = bias.shape.iter().copied().map(Some).eq(turned);
    let mantissa = match (values.len(), shape) {
        (1, _) => vec![values[0]; count],
        (n, [channels, rows, columns]) if whole && n == count => {
            let at = |c: usize, y: usize, x: usize| values[(x * rows + y) * channels + c];
            let pixels = (0..*channels).flat_map(|c| (0..*rows).map(move |y| (c, y)));
            pixels
                .flat_map(|(c, y)| (0..*columns).map(move |x| at(c, y, x)))
                .collect()
        }
        _ => values,
    };
    Ok(Bias {
        mantissa: mantissa.into(),
        exponent: [BIAS_EXPONENT].into(),
    })
}

/// Of each synapse; one for each neuron, if there are so many, or for each source.
fn delay(delay: Integers, count: usize, sources: usize) -> Result<Delay, String> {
    let values = delay.values.iter();
    let steps = |value: &i32| u8::try_from((*value).min(MOST_DELAY_NETX.into()));
    let values: Result<Vec<u8>, _> = values.map(steps).collect();
    let values = values.map_err(|_| "a delay is negative".to_owned())?;
    let each: Vec<u8> = match delay.shape[..] {
        [] => return Ok(Delay::Uniform(values[0])),
        [n] if n == count => values.iter().flat_map(|d| vec![*d; sources]).collect(),
        [n] if n == sources => values.repeat(count),
        [a, b] if (a, b) == (count, sources) => values,
        _ => return Err(format!("`delay` has shape {:?}", delay.shape)),
    };
    Ok(Delay::Each(each.into()))
}
