"""Rockpool: `from_nir`, or its modules with the file's parameters where the importer fails.

The importer takes min(tau_mem / (1 + r)) as the step, so r = tau_mem / dt - 1 here. For cycles it
wants the neuron and its map in a subgraph; they are put into one before the import. Rockpool is
only run here, nothing of it is part of this project.
"""

import os

import nir
import numpy as np
import torch

# Rockpool installs packages when it is imported; not here.
os.environ["PIP_NO_INDEX"] = "1"

from rockpool.nn.modules.torch import LIFNeuronTorch, LIFTorch, LinearTorch
from rockpool.nn.modules.torch.nir import from_nir

from networks import Networks

DT = 1e-3


def cases():
    n = Networks(DT, np.float32)
    one_less = {"r": 1 - 1 / 3.0}  # r is a factor of tau / dt = 3, 5 or 8 steps
    cuba = {"r": 1 - 1 / 8.0}
    by_hand = "by hand: LIFNeuronTorch"
    nested = "import, the cycle in a subgraph"
    return [
        n.one_lif("unit", **one_less),
        n.one_lif("unit", "lif_by_hand", **one_less).built(by_hand),
        n.one_lif("unit", "lif_thresholds", v_threshold=[0.5, 1.0, 1.5, 2.0]).built(by_hand),
        n.lif_ties("unit").built(by_hand),
        n.two_lif("unit").built(by_hand),
        n.one_cuba("unit", **cuba),
        n.one_cuba("unit", "cuba_w_in", w_in=0.5, **cuba),
        n.one_cuba("unit", "cuba_v_leak", v_leak=0.25, **cuba),
        n.one_cuba("unit", "cuba_v_reset", v_reset=0.25, **cuba),
        n.recurrent_cuba("unit", "recurrent_cuba_flat", **{"r": 0.8}),
        n.recurrent_cuba("unit", **{"r": 0.8}).built(nested),
        n.negative_if(),
    ]


def nest(graph):
    """The graph with lif1.lif and lif1.w_rec in a subgraph lif1."""
    size = np.array([graph.nodes["lif1.lif"].v_threshold.size])
    inner = nir.NIRGraph(
        nodes={
            "input": nir.Input(input_type={"input": size}),
            "lif": graph.nodes["lif1.lif"],
            "w_rec": graph.nodes["lif1.w_rec"],
            "output": nir.Output(output_type={"output": size}),
        },
        edges=[("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )
    outer = {k: v for k, v in graph.nodes.items() if not k.startswith("lif1.")}
    return nir.NIRGraph(
        nodes={**outer, "lif1": inner},
        edges=[("input", "fc1"), ("fc1", "lif1"), ("lif1", "output")],
    )


def by_hand(graph):
    modules, order = {}, []
    name = "input"
    while (name := next(b for a, b in graph.edges if a == name)) != "output":
        node = graph.nodes[name]
        order.append(name)
        if isinstance(node, nir.Affine):
            modules[name] = LinearTorch(
                node.weight.shape[::-1],
                has_bias=True,
                weight=torch.tensor(node.weight.T.copy()),
                bias=torch.tensor(node.bias),
            )
        else:
            modules[name] = LIFNeuronTorch(
                node.v_threshold.size,
                dt=DT,
                tau_mem=torch.tensor(node.tau),
                threshold=torch.tensor(node.v_threshold),
            )
    return [(name, modules[name]) for name in order]


def run(graph, case):
    neurons = [k for k, v in graph.nodes.items() if hasattr(v, "v_threshold")]
    x = torch.from_numpy(case.input)[None]
    spikes, potentials = {}, {}

    def keep(name, out, record):
        spikes[name] = out.detach().numpy()[0]
        potentials[name] = record["vmem"].detach().numpy()[0]

    if case.how.startswith("by hand"):
        with torch.no_grad():
            for name, module in by_hand(graph):
                x, _state, record = module(x, record=True)
                if name in neurons:
                    keep(name, x, record)
        return spikes, potentials
    model = from_nir(nest(graph) if "subgraph" in case.how else graph)
    for module in model.modules():
        if isinstance(module, (LIFTorch, LIFNeuronTorch)):
            assert abs(module.dt / DT - 1) < 1e-5, module.dt
            module._record = True
            module.register_forward_hook(lambda m, _i, out: keep(neurons[0], out, m._record_dict))
    with torch.no_grad():
        model(x)
    return spikes, potentials
