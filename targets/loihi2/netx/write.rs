//! A network as a `.net` file, if netx can hold it.

use ndarray::ArrayD;
use nirc_dialects::{
    finding::{Finding, Findings},
    nir::file::container::{self, Array, Group, Item},
};

use super::{BIAS_EXPONENT, weights};
use crate::loihi2::network::{
    Bias, Connection, Convolution, Delay, MOST_DELAY_NETX, Network, Population, Synapses, integers,
};

/// The `.net` file of a network that lava-dl loads and runs as the network's own integers say. Names,
/// outputs and payload bits are not in it; see the manifest.
///
/// # Errors
///
/// All that netx cannot hold, or would load as something else.
pub fn write(network: &Network) -> Result<Vec<u8>, Findings> {
    network.check()?;
    let mut findings = Findings::new();
    let mut refuse = |node: &str, what: String| {
        let rule = "netx holds layers one after another, with weights that it loads unchanged";
        findings.push(Finding::error("loihi2-netx", rule, what).at(node));
    };
    let mut layers = Vec::new();
    for (index, population) in network.populations.iter().enumerate() {
        match layer(network, index, population) {
            Ok(own) => layers.extend(own),
            Err(what) => what
                .into_iter()
                .for_each(|what| refuse(&population.name, what)),
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let numbered = layers.into_iter().enumerate();
    let layers: Group = numbered
        .map(|(n, group)| (n.to_string(), Item::Group(group)))
        .collect();
    container::write(&Group::from([("layer".to_owned(), Item::Group(layers))]))
}

/// Collects what is wrong, to say all of it.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn take<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|what| self.0.push(what)).ok()
    }

    fn when(&mut self, wrong: bool, what: impl FnOnce() -> String) {
        if wrong {
            self.0.push(what());
        }
    }
}

/// The layers of a population: itself, and a flatten before it.
fn layer(
    network: &Network,
    index: usize,
    population: &Population,
) -> Result<Vec<Group>, Vec<String>> {
    let mut problems = Problems::default();
    let to_it: Vec<&Connection> = network
        .connections
        .iter()
        .filter(|c| c.target == index)
        .collect();
    let mut layer = Group::new();
    let mut before = None;
    if index == 0 {
        problems.when(population.neuron.is_some(), || {
            "the first population is no input".to_owned()
        });
        layer.insert("type".to_owned(), kind("input"));
        layer.insert("shape".to_owned(), naturals(&population.shape));
    } else {
        let lif = population.lif();
        problems.when(lif.is_none(), || "it has no LIF neurons".to_owned());
        let chain = to_it.iter().filter(|c| c.source + 1 == index);
        let chain: Vec<&Connection> = chain.copied().collect();
        let recurrent = to_it.iter().filter(|c| c.source == index);
        let recurrent: Vec<&Connection> = recurrent.copied().collect();
        let counts = (chain.len(), recurrent.len());
        let others = to_it.len() - counts.0 - counts.1;
        problems.when(others > 0 || counts.0 != 1 || counts.1 > 1, || {
            format!(
                "{} connections from the population before, {} from itself, {others} from others",
                counts.0, counts.1
            )
        });
        if let [own] = chain[..] {
            let source = &network.populations[own.source];
            problems.when(index > 1 && own.message_bits > 0, || {
                "it takes payloads, which only the first layer does".to_owned()
            });
            before = match &own.synapses {
                Synapses::Convolution(convolution) => {
                    problems.when(!recurrent.is_empty(), || {
                        "it has a convolution and a recurrence".to_owned()
                    });
                    problems.when(own.source > 0 && !is_map(network, own.source), || {
                        "a convolution follows a layer without map".to_owned()
                    });
                    problems.when(own.delay.most() > 0, || {
                        "a convolution has a delay".to_owned()
                    });
                    self::convolution(own, convolution, population, &mut layer, &mut problems);
                    None
                }
                Synapses::Dense { .. } => {
                    let parts: Vec<&Connection> = chain.iter().chain(&recurrent).copied().collect();
                    dense(
                        &parts,
                        source.count(),
                        population,
                        &mut layer,
                        &mut problems,
                    );
                    is_map(network, own.source).then(flatten_group)
                }
                Synapses::Sparse(_) => {
                    problems.0.push("its synapses are sparse".to_owned());
                    None
                }
            };
        }
        if let Some(lif) = lif {
            problems.when(lif.u != 0 || lif.v != 0, || {
                "it does not begin at rest".to_owned()
            });
            let numbers = [
                ("iDecay", i64::from(lif.du) + 1),
                ("vDecay", i64::from(lif.dv)),
                ("vThMant", i64::from(lif.threshold)),
            ];
            let mut neuron = Group::from([("type".to_owned(), Item::text("CUBA"))]);
            neuron.extend(numbers.map(|(name, value)| (name.to_owned(), scalar(value))));
            layer.insert("neuron".to_owned(), Item::Group(neuron));
            if let Some(bias) = &lif.bias
                && let Some(bias) =
                    problems.take(self::bias(bias, population, is_map(network, index)))
            {
                layer.insert("bias".to_owned(), bias);
            }
        }
    }
    if problems.0.is_empty() {
        Ok(before.into_iter().chain([layer]).collect())
    } else {
        Err(problems.0)
    }
}

/// Whether netx has a population as a map of columns, rows and channels.
fn is_map(network: &Network, population: usize) -> bool {
    if population == 0 {
        return network.populations[0].shape.len() == 3;
    }
    let connections = network.connections.iter();
    let mut connections = connections.filter(|c| c.target == population);
    connections.any(|c| matches!(c.synapses, Synapses::Convolution(_)))
}

fn flatten_group() -> Group {
    Group::from([("type".to_owned(), kind("flatten"))])
}

fn convolution(
    own: &Connection,
    convolution: &Convolution,
    population: &Population,
    layer: &mut Group,
    problems: &mut Problems,
) {
    let weights = integers(&convolution.weight);
    let (low, high) = (weights.iter().min(), weights.iter().max());
    problems.when(
        low.is_some_and(|w| *w < -256) || high.is_some_and(|w| *w > 255),
        || format!("a kernel's weights go from {low:?} to {high:?}, beyond 8 bits with sign"),
    );
    problems.when(own.weight_exponent != 0, || {
        "a kernel has an exponent".to_owned()
    });
    let shape = convolution.weight.shape().to_vec();
    let fields = [
        ("type", kind("conv")),
        ("shape", naturals(&population.shape)),
        ("weight", narrow(shape, weights)),
        ("stride", naturals(&convolution.stride)),
        ("padding", naturals(&convolution.padding)),
        ("dilation", naturals(&convolution.dilation)),
        ("groups", scalar(convolution.groups as i64)),
    ];
    layer.extend(fields.map(|(name, item)| (name.to_owned(), item)));
}

/// A dense layer from its synapses: those of its input, then those of its recurrence.
fn dense(
    parts: &[&Connection],
    sources: usize,
    population: &Population,
    layer: &mut Group,
    problems: &mut Problems,
) {
    let count = population.count();
    let recurrent = parts.len() > 1;
    let name = if recurrent { "dense_rec" } else { "dense" };
    layer.insert("type".to_owned(), kind(name));
    layer.insert("shape".to_owned(), naturals(&[count]));
    let weights: Option<Vec<Vec<i32>>> = parts
        .iter()
        .map(|part| match part.synapses {
            Synapses::Dense { .. } => problems.take(whole_weights(part)),
            _ => {
                problems.0.push("its recurrence is not dense".to_owned());
                None
            }
        })
        .collect();
    if let Some(weights) = weights {
        let slices: Vec<&[i32]> = weights.iter().map(Vec::as_slice).collect();
        if let Some(optimized) = problems.take(weights::optimize(&slices)) {
            let changed = slices.iter().find_map(|part| optimized.changed(part));
            if let Some((weight, made)) = changed {
                problems
                    .0
                    .push(format!("a weight of {weight} would be loaded as {made}"));
            }
        }
        let named = ["weight", "weight_rec"].into_iter().zip([sources, count]);
        for ((name, width), weights) in named.zip(weights) {
            layer.insert(name.to_owned(), narrow(vec![count, width], weights));
        }
    }
    let most = parts
        .iter()
        .map(|part| part.delay.most())
        .max()
        .unwrap_or(0);
    problems.when(most > MOST_DELAY_NETX, || {
        format!("a delay of {most} steps, which it shortens to {MOST_DELAY_NETX}")
    });
    problems.when(recurrent && most > 0, || {
        "it has a recurrence and delays, which are loaded with other weights".to_owned()
    });
    if most > 0
        && let [own] = parts
    {
        layer.insert("delay".to_owned(), delay(&own.delay, count, sources));
    }
}

/// A connection's weights with its exponent.
fn whole_weights(connection: &Connection) -> Result<Vec<i32>, String> {
    let mut weights = connection.effective_weights();
    let exponent = connection.weight_exponent;
    let shift = u32::from(exponent.unsigned_abs());
    if exponent >= 0 {
        weights.iter_mut().for_each(|w| *w <<= shift);
    } else if let Some(weight) = weights.iter().find(|w| **w & ((1 << shift) - 1) != 0) {
        return Err(format!(
            "a weight of {weight} with exponent {exponent} is no whole number"
        ));
    } else {
        weights.iter_mut().for_each(|w| *w >>= shift);
    }
    Ok(weights)
}

/// One for each neuron, if its synapses have one delay; else one for each synapse.
fn delay(delay: &Delay, count: usize, sources: usize) -> Item {
    let each = match delay {
        Delay::Uniform(steps) => return one_delay(vec![*steps; count]),
        Delay::Each(each) => each,
    };
    let mut rows = each.chunks(sources);
    if rows.all(|row| row.iter().all(|d| *d == row[0])) {
        return one_delay(each.iter().step_by(sources).copied().collect());
    }
    let delays = each.iter().map(|d| i16::from(*d)).collect();
    shaped(vec![count, sources], delays)
}

fn one_delay(delays: Vec<u8>) -> Item {
    shaped(
        vec![delays.len()],
        delays.into_iter().map(i16::from).collect(),
    )
}

/// Mantissas of netx's exponent; of a map in its order, one for each channel if they are the same.
fn bias(bias: &Bias, population: &Population, is_map: bool) -> Result<Item, String> {
    let effective = bias.effective(population.count());
    let unit = 1 << BIAS_EXPONENT;
    let mantissas: Result<Vec<i32>, String> = effective
        .iter()
        .map(|b| match (b % unit, b / unit) {
            (0, mantissa @ -4096..=4095) => Ok(mantissa),
            _ => Err(format!(
                "a bias of {b} is no {unit} times a mantissa of 13 bits"
            )),
        })
        .collect();
    let mantissas = mantissas?;
    if !is_map {
        return Ok(narrow(vec![mantissas.len()], mantissas));
    }
    let [channels, rows, columns] = population.map();
    let pixels = rows * columns;
    let mut maps = mantissas.chunks(pixels);
    if maps.all(|map| map.iter().all(|b| *b == map[0])) {
        let first = mantissas.iter().step_by(pixels).copied().collect();
        return Ok(narrow(vec![channels], first));
    }
    let at = |x: usize, y: usize, c: usize| mantissas[(c * rows + y) * columns + x];
    let pixels = (0..columns).flat_map(|x| (0..rows).map(move |y| (x, y)));
    let turned = pixels.flat_map(|(x, y)| (0..channels).map(move |c| at(x, y, c)));
    Ok(narrow(vec![columns, rows, channels], turned.collect()))
}

/// A layer's type, as a list of one, which is how slayer writes it.
fn kind(name: &str) -> Item {
    Item::Array(Array::Text(ndarray::arr1(&[name.to_owned()]).into_dyn()))
}

fn scalar(value: i64) -> Item {
    Item::number(ndarray::arr0(value).into_dyn())
}

fn naturals(values: &[usize]) -> Item {
    let values: Vec<i64> = values.iter().map(|value| *value as i64).collect();
    Item::number(values)
}

/// Integers that have been seen to fit 16 bits.
fn narrow(shape: Vec<usize>, values: Vec<i32>) -> Item {
    shaped(shape, values.into_iter().map(|w| w as i16).collect())
}

fn shaped(shape: Vec<usize>, values: Vec<i16>) -> Item {
    match ArrayD::from_shape_vec(shape, values) {
        Ok(array) => Item::number(array),
        Err(error) => Item::Unreadable(error.to_string()),
    }
}
