//! The integers of a population and of the tables that lead to it.

use ndarray::{Array1, Array2};
use nirc_dialects::{
    dt,
    finding::{Finding, Findings},
    quant::Op,
    tensor::Tensor,
};
use nirc_passes::{Lowering, Parameter, relative_error};

use super::{
    arithmetic::{self, MOST_SUM, SHIFT, WEIGHT_UNIT},
    neuron,
    paths::{Key, Network, OpAt, Ops, Sum, Term},
};

/// A table of more weights than this is refused where it stands for a connection of each neuron to
/// one other.
const MOST_IDENTITY: usize = 1 << 26;

/// A neuron op with the tables that lead to it.
pub struct Population<'c> {
    /// The neuron op.
    pub neuron: Op<'c>,
    /// The table ops, each with the spikes that it takes and the place of the model's linear op.
    pub tables: Vec<(Key, Op<'c>, Option<usize>)>,
}

/// The integers of the neuron op `op` with `input`; `None` after a finding.
pub fn population<'c>(
    op: &OpAt<'c, '_>,
    input: &Sum,
    ops: &Ops<'c, '_>,
    network: &Network,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Option<Population<'c>> {
    let name = op.name.as_str();
    let analysed = neuron::analyse(name, &op.kernel.1, lowering.tensors, lowering.findings)?;
    if analysed.has_synapse() {
        lowering.findings.push(
            Finding::warning(
                "lava-synapse",
                "integers are those of the NIR paper's importer",
                "this neuron has a synaptic current, for which the importer has no rule",
            )
            .at(name)
            .why("du is made of its decay as dv is of the membrane's: int((1 - decay) * 4095)"),
        );
    }
    if input.terms.keys().any(|term| term.steps == 0) {
        lowering.findings.push(
            Finding::warning(
                "lava-latency",
                "a spike takes a step from one process to the next",
                "spikes reach this neuron in the step in which they are sent",
            )
            .at(name)
            .why("in Lava they arrive a step later")
            .fix("put a `dt.register` of one step on every path to a neuron"),
        );
    }
    let count = network.count(op.slot);
    let neuron = analysed.op(name, count, input.constant.as_ref(), lowering);
    let mut complete = true;
    let mut tables = Vec::new();
    let mut sums = vec![[0i64; 2]; count];
    for (term, rows) in &input.terms {
        let gain = rows.zip(&analysed.gain, |row, gain| row * gain);
        let exact = match term.table {
            None => identity(name, &gain, count, lowering.findings),
            Some(table) => table_of(term.source, table, &gain, ops, network, lowering),
        };
        let own = exact.and_then(|exact| {
            let integers = integers(name, &exact, lowering.findings)?;
            Some((exact, integers))
        });
        let Some((exact, integers)) = own else {
            complete = false;
            continue;
        };
        for (row, sums) in integers.outer_iter().zip(&mut sums) {
            for weight in row {
                sums[usize::from(*weight < 0)] += i64::from(weight.unsigned_abs());
            }
        }
        let pairs = exact.iter().zip(&integers);
        let error = relative_error(pairs.map(|(w, i)| (w * WEIGHT_UNIT, f64::from(*i))));
        let from = source_name(term, ops);
        let key = format!("quant.{name}.{from}");
        let scale = gain.map(|gain| gain * WEIGHT_UNIT);
        let weight = Tensor::from(integers.into_dyn());
        let context = lowering.context;
        let table = Op::Linear {
            weight: lowering
                .tensors
                .attribute(context, &format!("{key}.weight"), weight),
            shift: SHIFT,
            scale: scale.attribute(context, lowering.tensors, &format!("{key}.scale"), &[count]),
            relative_error: error,
        };
        tables.push((
            (term.source, term.steps),
            table,
            term.table.map(|(op, _)| op),
        ));
    }
    let largest = sums.iter().flatten().copied().max().unwrap_or(0);
    if largest > MOST_SUM {
        lowering.findings.push(
            Finding::error(
                "lava-sum-range",
                "the weights of one sign to a neuron sum to 2^18 at most",
                format!("to one neuron they sum to {largest}"),
            )
            .at(name)
            .why("beyond it Lava's current leaves its 24 bits, since it wraps around once only")
            .fix("lower the weights, the threshold with them, or the fan-in"),
        );
        return None;
    }
    let neuron = neuron.filter(|_| complete)?;
    Some(Population { neuron, tables })
}

/// The NIR node that a term's spikes come from.
fn source_name(term: &Term, ops: &Ops<'_, '_>) -> String {
    let made = ops
        .iter()
        .find(|op| op.slot == term.source && !matches!(op.kernel.1, dt::Op::Output {}));
    made.map_or_else(|| "?".to_owned(), |op| op.name.clone())
}

/// The weights of a connection without linear map: each spike goes to the neuron of its number.
fn identity(
    name: &str,
    gain: &Parameter,
    count: usize,
    findings: &mut Findings,
) -> Option<Array2<f64>> {
    if count.checked_mul(count).is_none_or(|n| n > MOST_IDENTITY) {
        findings.push(
            Finding::error(
                "lava-op",
                "every op has a form in the integers",
                format!("{count} neurons take spikes one by one, without a linear map"),
            )
            .at(name)
            .why("the table of such a connection would have their square of weights"),
        );
        return None;
    }
    let diagonal: Array1<f64> = (0..count).map(|n| gain.get(n)).collect();
    Some(Array2::from_diag(&diagonal))
}

/// The weights of a linear op, given with the delay before it, for spikes of `source` and neurons of
/// `gain`, in units of the model [target, source].
fn table_of<'c>(
    source: usize,
    (index, steps): (usize, usize),
    gain: &Parameter,
    ops: &Ops<'c, '_>,
    network: &Network,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Option<Array2<f64>> {
    let dt::Op::Linear { weight } = &ops[index].kernel.1 else {
        return None;
    };
    let columns = network.columns.get(&(index, source, steps))?;
    let tensor = match lowering.tensors.resolve(*weight) {
        Ok(tensor) => tensor,
        Err(finding) => {
            lowering.findings.push(finding.at(ops[index].name.as_str()));
            return None;
        }
    };
    let &[targets, sources] = tensor.shape() else {
        return None;
    };
    let mut table = Array2::from_shape_vec((targets, sources), tensor.to_f64()).ok()?;
    for ((i, j), weight) in table.indexed_iter_mut() {
        *weight *= gain.get(i) * columns.get(j);
    }
    Some(table)
}

/// The weights as one Dense process holds them.
fn integers(name: &str, exact: &Array2<f64>, findings: &mut Findings) -> Option<Array2<i16>> {
    let mut integers = exact.mapv(arithmetic::weight);
    let negative = integers.iter().any(|w| *w < 0.0);
    let positive = integers.iter().any(|w| *w > 0.0);
    let [least, most] = arithmetic::weight_range(negative, positive);
    let wrong = |w: &&f64| !(least..=most).contains(*w);
    if let Some(weight) = integers.iter().find(wrong) {
        let count = integers.iter().filter(wrong).count();
        findings.push(
            Finding::error(
                "lava-weight-range",
                "weights are 8 bits, and a sign where there are both",
                format!(
                    "{count} are not from {least} to {most} steps of 1/256, as one of {weight}"
                ),
            )
            .at(name)
            .why("these are the weights times the neuron's gain")
            .fix("scale the neuron's weights and its threshold by one factor"),
        );
        return None;
    }
    if negative && positive {
        integers.mapv_inplace(arithmetic::mixed);
    }
    Some(integers.mapv(|w| w as i16))
}
