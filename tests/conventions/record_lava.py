"""Lava: its floating-point LIF process, and the processes around it, built by hand.

dv = dt / tau_mem, du = dt / tau_syn (1 without a synapse), weights times the gains of Euler's
method, threshold as it is: what the NIR paper's script does. No biases. Lava needs Python 3.10.
"""

import nir
import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor

from networks import Networks

DT = 1e-3


def cases():
    n = Networks(DT)
    silent = np.zeros(5)
    cases = [
        n.one_lif(),
        n.lif_ties(),
        n.two_lif(),
        n.one_cuba(),
        n.negative_if(),
        n.two_if(),
        n.recurrent_lif(bias=silent),
        n.recurrent_cuba(bias=silent),
    ]
    return [case.built("by hand: LIF, floating point") for case in cases]


def run(graph, case):
    steps = len(case.input)
    source = Source(data=case.input.T.astype(float))
    populations, gains = {}, {}
    for name, node in graph.nodes.items():
        if not hasattr(node, "v_threshold"):
            continue
        du, dv, gain = 1.0, 0.0, node.r
        if isinstance(node, nir.LIF):
            dv = DT / node.tau[0]
            gain = node.r * dv
        elif isinstance(node, nir.CubaLIF):
            du, dv = DT / node.tau_syn[0], DT / node.tau_mem[0]
            gain = node.w_in * du * node.r * dv
        populations[name] = LIF(
            shape=node.v_threshold.shape,
            du=float(du),
            dv=float(dv),
            vth=float(node.v_threshold[0]),
            bias_mant=0,
        )
        gains[name] = gain
    for name, node in graph.nodes.items():
        if not isinstance(node, nir.Affine):
            continue
        before = next(a for a, b in graph.edges if b == name)
        after = next(b for a, b in graph.edges if a == name)
        dense = Dense(weights=node.weight.astype(float) * gains[after][:, None])
        (populations[before] if before != "input" else source).s_out.connect(dense.s_in)
        dense.a_out.connect(populations[after].a_in)
    sinks, monitors = {}, {}
    for name, population in populations.items():
        sinks[name] = Sink(shape=population.v.shape, buffer=steps)
        population.s_out.connect(sinks[name].a_in)
        monitors[name] = Monitor()
        monitors[name].probe(population.v, steps)
    source.run(condition=RunSteps(num_steps=steps), run_cfg=Loihi2SimCfg(select_tag="floating_pt"))
    spikes = {k: sink.data.get().T for k, sink in sinks.items()}
    potentials = {k: next(iter(m.get_data().values()))["v"] for k, m in monitors.items()}
    source.stop()
    return spikes, potentials
