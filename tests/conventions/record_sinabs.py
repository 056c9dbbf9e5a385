"""Sinabs: `from_nir`; time constants are in steps, parameters in 32 bits as its exporter writes
them.
"""

import numpy as np
import sinabs.layers as sl
import torch
from sinabs.nir import from_nir

from networks import STEPS, Networks

DT = 1.0


def cases():
    n = Networks(DT, np.float32)
    return [
        n.one_lif("unit"),
        n.one_lif("plain", "lif_plain"),
        n.one_lif(
            "unit",
            "lif_heterogeneous",
            tau=[4.0, 6.25, 10.0, 16.0],
            v_threshold=[0.5, 1.0, 1.5, 2.0],
        ),
        n.one_lif("plain", "lif_v_leak", v_leak=0.25),
        n.lif_ties("unit"),
        n.two_lif("unit"),
        n.one_cuba("unit"),
        n.recurrent_lif("unit"),
        n.negative_if(),
        n.negative_if(r=0.5, name="if_r"),
        n.two_if(),
    ]


def run(graph, case):
    keys = {k.replace(".", "_"): k for k, v in graph.nodes.items() if hasattr(v, "v_threshold")}
    model = from_nir(graph, batch_size=1, num_timesteps=STEPS)
    spikes, potentials = {}, {}

    def hook(name):
        def keep(module, _inputs, out):
            spikes[name] = out.detach().numpy().copy()
            potentials[name] = module.recordings["v_mem"].detach().numpy()[0]

        return keep

    for name, module in model.named_modules():
        if isinstance(module, sl.LIF):
            module.record_states = True
            if name in keys:
                module.register_forward_hook(hook(keys[name]))
    with torch.no_grad():
        model(torch.from_numpy(case.input))
    return spikes, potentials
