"""SpikingJelly: `import_from_nir` with its default step of 0.1 ms."""

import torch
from spikingjelly.activation_based.nir_exchange import import_from_nir

from networks import Networks

DT = 1e-4


def cases():
    n = Networks(DT)
    return [
        n.one_lif(),
        n.one_lif("unit", "lif_unit"),
        n.one_lif("plain", "lif_r", r=3.0),
        n.one_lif("plain", "lif_heterogeneous", tau=[4.0, 6.25, 10.0, 16.0]),
        n.one_lif("plain", "lif_v_reset", v_reset=0.25),
        n.one_lif("plain", "lif_v_reset_v_leak", v_reset=0.25, v_leak=0.25),
        n.one_lif("unit", "lif_unit_v_reset_v_leak", v_reset=0.25, v_leak=0.25),
        n.lif_ties(),
        n.two_lif(),
        n.one_cuba(),
        n.one_cuba("unit", "cuba_unit"),
        n.one_cuba("unit", "cuba_v_reset", v_reset=0.25),
        n.recurrent_lif(),
        n.recurrent_cuba("unit"),
        n.negative_if(),
        n.negative_if(r=1 / DT, name="if_unit"),
        n.two_if(r=1 / DT),
    ]


def run(graph, case):
    keys = {k.replace(".", "_"): k for k, v in graph.nodes.items() if hasattr(v, "v_threshold")}
    model = import_from_nir(graph, dt=DT)
    spikes, potentials = {}, {}

    def hook(name):
        def keep(module, _inputs, out):
            z, state = out
            names = list(module.module._memories)
            spikes.setdefault(name, []).append(z.detach().numpy()[0].copy())
            v = dict(zip(names, state))["v"]
            potentials.setdefault(name, []).append(v.detach().numpy()[0].copy())

        return keep

    for name, module in model.named_modules():
        if name in keys:
            module.register_forward_hook(hook(keys[name]))
    state = None
    with torch.no_grad():
        for x in torch.from_numpy(case.input):
            _out, state = model(x[None], state)
    return spikes, potentials
