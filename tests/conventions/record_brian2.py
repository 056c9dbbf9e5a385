"""Brian2 with the order of events that py-spinnaker2's Brian2 backend has.

The schedule is groups, synapses, thresholds, resets; a spike adds its weight to v after the
decay of the step in which it arrives, the threshold is v >= v_threshold, the decay is Euler's.
Weights are left as they are; that backend rounds them to integers. There is no NIR importer in
the package: the networks are built by hand, without biases.
"""

import brian2
import nir
import numpy as np

from networks import Networks

DT = 1e-3
SCHEDULE = ["start", "groups", "synapses", "thresholds", "resets", "end"]


def cases():
    n = Networks(DT)
    cases = [
        (n.one_lif(), "v = 0"),
        (n.lif_ties(), "v = 0"),
        (n.two_lif(), "v = 0"),
        (n.recurrent_lif(bias=np.zeros(5)), "v = 0"),
        (n.negative_if(), "v = 0"),
        (n.one_lif("plain", "lif_subtract"), "v -= threshold"),
        (n.recurrent_lif(name="recurrent_lif_subtract", bias=np.zeros(5)), "v -= threshold"),
        (n.negative_if(name="if_subtract"), "v -= threshold"),
    ]
    return [case.built(f"by hand: {reset}", reset=reset) for case, reset in cases]


def run(graph, case):
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    brian2.defaultclock.dt = DT * brian2.second
    steps, sources = np.nonzero(case.input)
    groups = {
        "input": brian2.SpikeGeneratorGroup(
            case.input.shape[1], sources, steps * DT * brian2.second
        )
    }
    gains, monitors = {}, {}
    for name, node in graph.nodes.items():
        if not hasattr(node, "v_threshold"):
            continue
        # The current that a weight adds in one step.
        leaky = isinstance(node, nir.LIF)
        gains[name] = node.r * DT / node.tau if leaky else node.r
        equations = "threshold : 1\n" + ("dv/dt = -v / tau : 1\ntau : second" if leaky else "v : 1")
        groups[name] = group = brian2.NeuronGroup(
            node.v_threshold.size,
            equations,
            threshold="v >= threshold",
            reset=case.options["reset"],
            method="euler",
        )
        group.threshold = node.v_threshold
        if leaky:
            group.tau = node.tau * brian2.second
        monitors[name] = (
            brian2.SpikeMonitor(group),
            brian2.StateMonitor(group, "v", record=True, when="end"),
        )
    synapses = []
    for name, node in graph.nodes.items():
        if not isinstance(node, nir.Affine):
            continue
        source = next(a for a, b in graph.edges if b == name)
        target = next(b for a, b in graph.edges if a == name)
        synapse = brian2.Synapses(groups[source], groups[target], "w : 1", on_pre="v_post += w")
        synapse.connect()
        synapse.delay = 0 * brian2.second
        synapse.w = (node.weight * gains[target][:, None])[synapse.j[:], synapse.i[:]]
        synapses.append(synapse)
    network = brian2.Network(*groups.values(), *synapses, *sum(monitors.values(), ()))
    network.schedule = SCHEDULE
    network.run(len(case.input) * DT * brian2.second)
    spikes, potentials = {}, {}
    for name, (fired, state) in monitors.items():
        spikes[name] = np.zeros((len(case.input), len(groups[name])))
        spikes[name][np.rint(fired.t / DT / brian2.second).astype(int), fired.i] = 1
        potentials[name] = state.v.T
    return spikes, potentials
