//! Neurons: gains and factors, forms of one neuron, and the freedom of its threshold.

use nirc_dialects::dt::{Reads, Reset};

use super::{Rule, Set};
use crate::rewrite::{population::Form, tensors::Sign};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "scale-into-gain",
        law: "a neuron that takes s x has s times the gain",
        set: Set::Both,
        left: "(neuron ?p (scale ?s ?x))",
        right: "(neuron ?q ?x)",
        given: |g| {
            let (p, s) = (g.population("?p")?, g.tensor("?s")?);
            let q = p.with_input_scaled(s, g.tensors())?;
            g.bind_population("?q", q)
        },
    },
    Rule {
        name: "gain-into-scale",
        law: "a neuron with gain s (r, w_in and their step) takes s x",
        set: Set::Both,
        left: "(neuron ?p ?x)",
        right: "(neuron ?q (scale ?s ?x))",
        given: |g| {
            let p = g.population("?p")?;
            let (q, s) = p.with_unit_gains(g.tensors())?;
            g.bind_tensor("?s", s)?;
            g.bind_population("?q", q)
        },
    },
    Rule {
        name: "scale-into-threshold",
        law: "homogeneity: a neuron that takes s x, s > 0, has threshold, leak, resets over s",
        set: Set::Both,
        left: "(neuron ?p (scale ?s ?x))",
        right: "(neuron ?q ?x)",
        given: |g| {
            let (p, s) = (g.population("?p")?, g.tensor("?s")?);
            let inverse = g.tensors().product(&[(s, -1)])?;
            let q = p.with_potentials_scaled(inverse, g.tensors())?;
            g.bind_population("?q", q)
        },
    },
    Rule {
        name: "one-threshold",
        law: "homogeneity: neurons with thresholds t > 0 that differ take x / t with threshold 1",
        set: Set::Both,
        left: "(neuron ?p ?x)",
        right: "(neuron ?q (scale ?s ?x))",
        given: |g| {
            let p = g.population("?p")?;
            let t = p.parameters.v_threshold?;
            if g.look().len(t) == 1 || g.look().sign(t) != Sign::Positive {
                return None;
            }
            let inverse = g.tensors().product(&[(t, -1)])?;
            let q = p.with_potentials_scaled(inverse, g.tensors())?;
            g.bind_tensor("?s", inverse)?;
            g.bind_population("?q", q)
        },
    },
    Rule {
        name: "scale-of-potential",
        law: "s times the potential of a neuron without threshold is that of one with s times the gain",
        set: Set::Both,
        left: "(scale ?s (neuron ?p ?x))",
        right: "(neuron ?q ?x)",
        given: |g| {
            let (p, s) = (g.population("?p")?, g.tensor("?s")?);
            p.observed.is_none().then_some(())?;
            let q = p.with_output_scaled(s, g.tensors())?;
            g.bind_population("?q", q)
        },
    },
    Rule {
        name: "no-decay",
        law: "a membrane that decays by a factor of 1 does not leak: LIF without leak is IF",
        set: Set::Dt,
        left: "(neuron ?p ?x)",
        right: "(neuron ?q ?x)",
        given: |g| {
            let mut p = g.population("?p")?;
            p.parameters.beta.take().filter(|b| g.look().is_one(*b))?;
            g.bind_population("?q", p)
        },
    },
    Rule {
        name: "neuron-defaults",
        law: "a gain of 1, a leak to 0 and a start at 0 are what there is without",
        set: Set::Both,
        left: "(neuron ?p ?x)",
        right: "(neuron ?q ?x)",
        given: |g| {
            let p = g.population("?p")?;
            let mut q = p.clone();
            let parameters = &mut q.parameters;
            for gain in [&mut parameters.input_gain, &mut parameters.w_in] {
                *gain = gain.filter(|id| !g.look().is_one(*id));
            }
            for zero in [
                &mut parameters.input_to_membrane,
                &mut parameters.leak,
                &mut parameters.v_initial,
                &mut parameters.v_leak,
            ] {
                *zero = zero.filter(|id| !g.look().is_zero(*id));
            }
            (q != p).then_some(())?;
            g.bind_population("?q", q)
        },
    },
    Rule {
        name: "cuba-without-decay",
        law: "a synaptic current that is gone after a step is the input: CubaLIF is LIF",
        set: Set::Dt,
        left: "(neuron ?p ?x)",
        right: "(neuron ?q ?x)",
        given: |g| {
            let mut p = g.population("?p")?;
            if !matches!(
                p.form,
                Form::Dt {
                    membrane_reads: Reads::Updated,
                    ..
                }
            ) {
                return None;
            }
            p.parameters.alpha.take().filter(|a| g.look().is_zero(*a))?;
            g.bind_population("?q", p)
        },
    },
    Rule {
        name: "late-cuba-without-decay",
        law: "a synaptic current that is gone after a step and acts a step later is a delay of one",
        set: Set::Dt,
        left: "(neuron ?p ?x)",
        right: "(neuron ?q (delay ?d ?x))",
        given: |g| {
            let mut p = g.population("?p")?;
            let Form::Dt { membrane_reads, .. } = &mut p.form else {
                return None;
            };
            if *membrane_reads == Reads::Updated || p.parameters.input_to_membrane.is_some() {
                return None;
            }
            *membrane_reads = Reads::Updated;
            match p.parameters.alpha.take() {
                Some(alpha) if !g.look().is_zero(alpha) => return None,
                _ => {}
            }
            let step = g.tensors().one();
            g.bind_tensor("?d", step)?;
            g.bind_population("?q", p)
        },
    },
    Rule {
        name: "lif-as-cuba",
        law: "the input is a synaptic current that is gone after a step: LIF is CubaLIF",
        set: Set::Dt,
        left: "(neuron ?p ?x)",
        right: "(neuron ?q ?x)",
        given: |g| {
            let mut p = g.population("?p")?;
            if p.has_synapse() || !p.has_membrane() {
                return None;
            }
            let zero = g.tensors().number(0.0);
            p.parameters.alpha = Some(zero);
            g.bind_population("?q", p)
        },
    },
    Rule {
        name: "threshold-of-potential",
        law: "a threshold of the potential of a neuron without one is a neuron that does not reset",
        set: Set::Dt,
        left: "(neuron ?q (neuron ?p ?x))",
        right: "(neuron ?r ?x)",
        given: |g| {
            let (mut p, q) = (g.population("?p")?, g.population("?q")?);
            let own = &q.parameters;
            let plain = q.spikes()
                && !q.has_membrane()
                && !q.has_synapse()
                && q.reset() == Reset::None
                && [own.input_to_membrane, own.leak, own.v_min, own.v_initial]
                    .iter()
                    .all(Option::is_none);
            let below = !p.spikes() && p.has_membrane() && p.parameters.v_min.is_none();
            if !plain || !below || p.observed.is_some() {
                return None;
            }
            let (
                Form::Dt {
                    comparison_reads,
                    compare,
                    max_spikes,
                    ..
                },
                Form::Dt {
                    membrane_reads: Reads::Updated,
                    comparison_reads: Reads::Updated,
                    compare: outer,
                    max_spikes: most,
                    ..
                },
            ) = (&mut p.form, &q.form)
            else {
                return None;
            };
            if *comparison_reads != Reads::Updated {
                return None;
            }
            (*compare, *max_spikes) = (*outer, *most);
            let mut threshold = own.v_threshold?;
            if let Some(gain) = own.input_gain {
                if g.look().sign(gain) != Sign::Positive {
                    return None;
                }
                threshold = g.tensors().product(&[(threshold, 1), (gain, -1)])?;
            }
            p.parameters.v_threshold = Some(threshold);
            (p.kind, p.observed) = (q.kind, q.observed);
            g.bind_population("?r", p)
        },
    },
];
