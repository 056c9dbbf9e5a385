//! Whether a network is one: what the files' readers and the model rely on.

use nirc_dialects::{
    finding::{Finding, Findings},
    tensor::Tensor,
};

use super::{
    Bias, Connection, Convolution, Delay, Lif, MOST_DELAY, Network, Neuron, Population, Sparse,
    Synapses,
};

/// The most elements of a population: 2^6 delays times that are numbered in 32 bits.
const MOST_ELEMENTS: usize = 1 << 26;

fn refuse(node: &str, rule: &'static str, what: impl Into<String>) -> Finding {
    Finding::error("loihi2-network", rule, what).at(node)
}

impl Network {
    /// All that keeps the network from being run: indices, shapes and parameters beyond what Lava's
    /// processes hold. Whether it fits a chip is another question.
    ///
    /// # Errors
    ///
    /// All of it.
    pub fn check(&self) -> Result<(), Findings> {
        let mut findings = Findings::new();
        self.populations
            .iter()
            .for_each(|p| population(p, &mut findings));
        for connection in &self.connections {
            let ends = [connection.source, connection.target].map(|p| self.populations.get(p));
            let [Some(source), Some(target)] = ends else {
                let what = format!(
                    "it goes from {} to {}",
                    connection.source, connection.target
                );
                findings.push(refuse(
                    &connection.name,
                    "a connection has two populations",
                    what,
                ));
                continue;
            };
            if target.neuron.is_none() {
                let what = format!("it goes to the input `{}`", target.name);
                findings.push(refuse(
                    &connection.name,
                    "a connection leads to neurons",
                    what,
                ));
            }
            synapses(connection, source, target, &mut findings);
        }
        for input in &self.inputs {
            let population = self.populations.get(input.population);
            if population.is_none_or(|p| p.neuron.is_some()) {
                let what = format!("it is population {}", input.population);
                findings.push(refuse(
                    &input.node,
                    "an input has a population without neurons",
                    what,
                ));
            }
        }
        for output in &self.outputs {
            let there = |p: &usize| self.populations.get(*p).is_some_and(|p| p.neuron.is_some());
            if output.populations.is_empty() || !output.populations.iter().all(there) {
                let what = format!("it reads populations {:?}", output.populations);
                findings.push(refuse(&output.node, "an output reads neurons", what));
            }
        }
        if findings.has_errors() {
            Err(findings)
        } else {
            Ok(())
        }
    }
}

fn population(population: &Population, findings: &mut Findings) {
    let name = &population.name;
    let count = population
        .shape
        .iter()
        .try_fold(1usize, |n, s| n.checked_mul(*s));
    let count = count.filter(|n| (1..=MOST_ELEMENTS).contains(n));
    let (Some(count), 1 | 3) = (count, population.shape.len()) else {
        let what = format!("its shape is {:?}", population.shape);
        let rule = "a population has (neurons) or (channels, rows, columns), each 1 or more";
        findings.push(refuse(name, rule, what));
        return;
    };
    if let Some(part) = &population.part
        && (part.elements.len() != count || part.elements.iter().any(|e| *e as usize >= part.count))
    {
        let what = format!(
            "{count} neurons are {} elements of the {} of `{}`",
            part.elements.len(),
            part.count,
            part.node
        );
        findings.push(refuse(
            name,
            "each neuron of a part is an element of its node",
            what,
        ));
    }
    match &population.neuron {
        Some(Neuron::Lif(neuron)) => lif(name, neuron, count, population.map()[0], findings),
        Some(Neuron::Relay { threshold }) if *threshold < 0 => {
            let what = format!("it is {threshold}");
            findings.push(refuse(name, "a relay's threshold is 0 or more", what));
        }
        _ => {}
    }
}

fn lif(name: &str, neuron: &Lif, count: usize, channels: usize, findings: &mut Findings) {
    let mut range = |rule: &'static str, value: i64, low: i64, high: i64| {
        if !(low..=high).contains(&value) {
            findings.push(refuse(name, rule, format!("it is {value}")));
        }
    };
    range("du is from -1 to 4095", neuron.du.into(), -1, 4095);
    range("dv is from 0 to 4096", neuron.dv.into(), 0, 4096);
    range(
        "the threshold is from 0 to 131072",
        neuron.threshold.into(),
        0,
        131_072,
    );
    let most = (1 << 23) - 1;
    range("u begins within 24 bits", neuron.u.into(), -most, most + 1);
    range("v begins within 24 bits", neuron.v.into(), -most, most);
    let Some(Bias { mantissa, exponent }) = &neuron.bias else {
        return;
    };
    for value in mantissa.iter() {
        range(
            "a bias mantissa is from -4096 to 4095",
            i64::from(*value),
            -4096,
            4095,
        );
    }
    for value in exponent.iter() {
        range("a bias exponent is from -7 to 7", i64::from(*value), -7, 7);
    }
    let each = mantissa.len();
    if (each != count && each != channels) || (exponent.len() != 1 && exponent.len() != each) {
        let what = format!("{count} neurons have {each} and {}", exponent.len());
        let rule = "mantissas are one for each neuron or channel, exponents one or as many";
        findings.push(refuse(name, rule, what));
    }
}

fn synapses(own: &Connection, source: &Population, target: &Population, findings: &mut Findings) {
    let name = &own.name;
    let [sources, targets] = [source, target].map(Population::count);
    let mut refuse = |rule: &'static str, what: String| findings.push(refuse(name, rule, what));
    let synapses = match &own.synapses {
        Synapses::Dense { weight } => {
            if weight.shape() != [targets, sources] || !is_integer(weight) {
                let what = format!(
                    "{sources} to {targets} elements have {:?} of {}",
                    weight.shape(),
                    weight.element_type()
                );
                refuse("dense weights are integers [target, source]", what);
            }
            weight.len()
        }
        Synapses::Convolution(convolution) => {
            if !is_integer(&convolution.weight) {
                let what = format!("they are {}", convolution.weight.element_type());
                refuse("a kernel's weights are integers", what);
            }
            match (convolution.output(source.map()), target.map()) {
                (Some(made), map) if made == map => {}
                (Some(made), map) => {
                    let what = format!("the kernel makes {made:?}, the target is {map:?}");
                    refuse("a convolution makes the target's map", what);
                }
                (None, _) => {
                    let what = format!(
                        "{:?} by a kernel {:?} in {} groups, stride {:?}, padding {:?}, dilation {:?}",
                        source.map(),
                        convolution.weight.shape(),
                        convolution.groups,
                        convolution.stride,
                        convolution.padding,
                        convolution.dilation
                    );
                    refuse("a convolution's kernel fits its source", what);
                }
            }
            if own.weight_exponent != 0 {
                let what = format!("it is {}", own.weight_exponent);
                refuse("a convolution's weight exponent is 0", what);
            }
            1
        }
        Synapses::Sparse(sparse) => {
            if let Some(what) = sparse.wrong(sources, targets) {
                refuse("sparse synapses are ordered by source and target", what);
            }
            sparse.targets.len()
        }
    };
    if let Delay::Each(delays) = &own.delay
        && (delays.len() != synapses || matches!(own.synapses, Synapses::Convolution(_)))
    {
        let what = format!("{synapses} synapses have {} delays", delays.len());
        refuse(
            "delays are one for all, or one for each synapse that is no kernel's",
            what,
        );
    }
    if own.delay.most() > MOST_DELAY {
        refuse(
            "a delay is 63 steps at most",
            format!("one is {}", own.delay.most()),
        );
    }
    if !(-8..=7).contains(&own.weight_exponent) {
        let what = format!("it is {}", own.weight_exponent);
        refuse("a weight exponent is from -8 to 7", what);
    }
    // Lava's own loader of networks makes 0 bits, and 9, of weights outside its safe range.
    if own.weight_bits > 9 {
        refuse(
            "weights have 9 bits at most",
            format!("they have {}", own.weight_bits),
        );
    }
    if own.message_bits > 32 {
        refuse(
            "a payload has 32 bits at most",
            format!("it has {}", own.message_bits),
        );
    }
}

fn is_integer(tensor: &Tensor) -> bool {
    matches!(tensor, Tensor::I8(_) | Tensor::I16(_) | Tensor::I32(_))
}

impl Convolution {
    /// The (channels, rows, columns) that it makes of a source's; `None` if kernel and source do not
    /// go together.
    pub fn output(&self, [channels, rows, columns]: [usize; 3]) -> Option<[usize; 3]> {
        let &[made, own, height, width] = self.weight.shape() else {
            return None;
        };
        let groups = self.groups;
        let divides = groups > 0 && made.is_multiple_of(groups) && own * groups == channels;
        if !divides || made == 0 {
            return None;
        }
        let along = |extent: usize, kernel: usize, axis: usize| {
            let (stride, dilation) = (self.stride[axis], self.dilation[axis]);
            let reach = kernel
                .checked_sub(1)?
                .checked_mul(dilation)?
                .checked_add(1)?;
            let padded = self.padding[axis].checked_mul(2)?.checked_add(extent)?;
            (stride > 0 && dilation > 0).then(|| Some(padded.checked_sub(reach)? / stride + 1))?
        };
        Some([made, along(rows, height, 0)?, along(columns, width, 1)?])
    }
}

impl Sparse {
    /// What is wrong with it, if something is.
    fn wrong(&self, sources: usize, targets: usize) -> Option<String> {
        let count = self.targets.len();
        if self.starts.len() != sources + 1 || self.weights.len() != count {
            return Some(format!(
                "{sources} sources have {} starts, {count} synapses have {} weights",
                self.starts.len(),
                self.weights.len()
            ));
        }
        let whole = self.starts.first() == Some(&0)
            && self
                .starts
                .last()
                .is_some_and(|last| *last as usize == count);
        let rises = self.starts.windows(2).all(|pair| pair[0] <= pair[1]);
        if !whole || !rises {
            return Some("the starts do not rise from 0 to the number of synapses".to_owned());
        }
        let rows = self.starts.windows(2);
        let mut rows = rows.map(|pair| &self.targets[pair[0] as usize..pair[1] as usize]);
        let wrong = |row: &[u32]| {
            let rises = row.windows(2).all(|pair| pair[0] < pair[1]);
            !rises || row.last().is_some_and(|last| *last as usize >= targets)
        };
        let at = rows.position(wrong)?;
        Some(format!(
            "the targets of source {at} do not rise, or are beyond {targets}"
        ))
    }
}
