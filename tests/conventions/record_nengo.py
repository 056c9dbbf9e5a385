"""Nengo, which has no NIR importer in its package: networks built by hand with Nengo's own neurons.

The choices are those of the NIR paper: LIF without refractory time (tau_ref = 0) starting at 0,
the threshold as a gain of 1 / v_threshold, a lowpass synapse in front of a CubaLIF whose time
constant is changed so that it decays by 1 - dt / tau_syn in a step, an integrate-and-fire class
of its own, amplitude dt (a spike counts 1), connections without synapse else. Nengo's default
lower bound, min_voltage = 0, is kept in the cases without a word about it.
"""

import nengo
import nir
import numpy as np

from networks import Networks

DT = 1e-3


def cases():
    n = Networks(DT)
    return [
        case.built("by hand: " + text, **options)
        for case, text, options in [
            (n.one_lif(), "min_voltage=0", {}),
            (n.one_lif("plain", "lif_unbounded"), "min_voltage=-inf", {"min_voltage": -np.inf}),
            (n.lif_ties(), "min_voltage=0", {}),
            (
                n.one_lif("plain", "lif_thresholds", v_threshold=[0.5, 1.0, 1.5, 2.0]),
                "min_voltage=0",
                {},
            ),
            (n.two_lif(), "min_voltage=0", {}),
            (n.one_cuba(), "synapse decays by 1 - dt / tau_syn", {}),
            (n.one_cuba("plain", "cuba_unbounded"), "min_voltage=-inf", {"min_voltage": -np.inf}),
            (n.one_cuba("plain", "cuba_exact"), "synapse of tau_syn", {"exact": True}),
            (n.recurrent_lif(), "min_voltage=0", {}),
            (n.recurrent_cuba(), "synapse decays by 1 - dt / tau_syn", {}),
            (n.negative_if(), "as in the paper, a neuron class of three lines", {}),
            (n.two_if(), "as in the paper, a neuron class of three lines", {}),
        ]
    ]


class IntegrateAndFire(nengo.SpikingRectifiedLinear):
    """Integrates any J, resets to zero; Nengo's own rectifies J and subtracts."""

    def step(self, dt, J, output, voltage):
        voltage += dt * J
        fired = voltage > 1
        output[:] = fired * (self.amplitude / dt)
        voltage[fired] = 0


def neurons(node, options):
    """The ensemble of a NIR neuron and the synapse in front of it."""
    size, start = node.v_threshold.size, {"voltage": nengo.dists.Choice([0])}
    options = dict(options)
    exact = options.pop("exact", False)
    lif = {"tau_ref": 0, "amplitude": DT, "initial_state": start, **options}
    gain, synapse = 1 / node.v_threshold, None
    if isinstance(node, nir.IF):
        kind = IntegrateAndFire(amplitude=DT, initial_state=start)
        gain = gain / DT
    elif isinstance(node, nir.LIF):
        # An ensemble has one time constant.
        kind = nengo.LIF(tau_rc=float(node.tau[0]), **lif)
        gain = gain * node.r
    else:
        kind = nengo.LIF(tau_rc=float(node.tau_mem[0]), **lif)
        gain = gain * node.r * node.w_in
        tau_syn = float(node.tau_syn[0])
        synapse = nengo.Lowpass(tau_syn if exact else -DT / np.log(1 - DT / tau_syn))
    ensemble = nengo.Ensemble(
        size, 1, neuron_type=kind, gain=gain, bias=np.zeros(size), encoders=np.ones((size, 1))
    )
    return ensemble, synapse


def run(graph, case):
    before, after, synapses, probes = {}, {}, {}, {}
    with nengo.Network(seed=0) as network:
        for name, node in graph.nodes.items():
            if name == "input":
                given = case.input
                x = nengo.Node(lambda t, given=given: given[min(round(t / DT), len(given)) - 1])
                before[name] = x
            elif isinstance(node, nir.Affine):
                linear = nengo.Node(
                    lambda _t, x, node=node: node.weight @ x + node.bias,
                    size_in=node.weight.shape[1],
                )
                before[name] = after[name] = linear
            elif name != "output":
                ensemble, synapse = neurons(node, case.options)
                before[name] = after[name] = ensemble.neurons
                synapses[name] = synapse
                probes[name] = [nengo.Probe(ensemble.neurons, k) for k in ("output", "voltage")]
        for source, target in graph.edges:
            if target != "output":
                nengo.Connection(before[source], after[target], synapse=synapses.get(target))
    with nengo.Simulator(network, dt=DT, progress_bar=False, optimize=False) as simulator:
        simulator.run_steps(len(case.input), progress_bar=False)
        spikes = {k: np.rint(simulator.data[p[0]]) for k, p in probes.items()}
        potentials = {
            k: simulator.data[p[1]] * graph.nodes[k].v_threshold for k, p in probes.items()
        }
    return spikes, potentials
