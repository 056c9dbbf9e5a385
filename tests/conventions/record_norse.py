"""Norse: `from_nir` with its default step of 1 ms."""

import norse.torch
import torch
from norse.torch.functional.reset import reset_subtract

from networks import Networks

DT = 1e-3


def cases():
    n = Networks(DT)
    subtract = {"reset_method": reset_subtract}
    how = "import, reset_method=reset_subtract"
    return [
        n.one_lif(),
        n.one_lif("plain", "lif_r", r=3.0),
        n.lif_ties(),
        n.two_lif(),
        n.one_lif(
            "plain",
            "lif_heterogeneous",
            tau=[4.0, 6.25, 10.0, 16.0],
            v_threshold=[0.5, 1.0, 1.5, 2.0],
        ),
        n.one_lif("plain", "lif_v_reset", v_reset=0.25),
        n.one_lif("plain", "lif_v_leak", v_leak=0.25),
        n.one_cuba(),
        n.one_cuba("unit", "cuba_unit"),
        n.one_cuba("unit", "cuba_v_reset", v_reset=0.25),
        n.one_cuba("plain", "cuba_v_leak", v_leak=0.25),
        n.recurrent_lif(),
        n.recurrent_cuba(),
        n.negative_if(),
        n.negative_if(r=0.5, name="if_r"),
        n.two_if(),
        n.one_lif("plain", "lif_subtract").built(how, **subtract),
        n.one_cuba("plain", "cuba_subtract").built(how, **subtract),
        n.recurrent_cuba("plain", "recurrent_cuba_subtract").built(how, **subtract),
        n.negative_if(name="if_subtract").built(how, **subtract),
    ]


def run(graph, case):
    keys = {k.replace(".", "_"): k for k, v in graph.nodes.items() if hasattr(v, "v_threshold")}
    model = norse.torch.from_nir(graph, ignore_warnings=True, dt=DT, **case.options)
    spikes, potentials = {}, {}

    def hook(name):
        def keep(_module, _inputs, out):
            z, state = out
            state = state[-1] if isinstance(state, tuple) and not hasattr(state, "v") else state
            spikes.setdefault(name, []).append(z.detach().numpy()[0].copy())
            potentials.setdefault(name, []).append(state.v.detach().numpy()[0].copy())

        return keep

    for name, module in model.named_modules():
        if name in keys:
            module.register_forward_hook(hook(keys[name]))
    state = None
    with torch.no_grad():
        for x in torch.from_numpy(case.input):
            _out, state = model(x[None], state)
    return spikes, potentials
