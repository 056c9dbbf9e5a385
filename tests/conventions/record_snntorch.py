"""snnTorch: `import_from_nir` where it works, else its neurons with the file's parameters.

By hand: the inner state is the module's own (`init_hidden`), alpha = 1 - dt / tau_syn and
beta = 1 - dt / tau_mem as in the importer.
"""

import nir
import snntorch as snn
import torch
from snntorch.import_nir import import_from_nir

from networks import Networks

DT = 1e-4  # fixed in the importer


def cases():
    n = Networks(DT)
    cases = [
        n.one_lif(),
        n.one_lif("unit", "lif_unit"),
        n.one_lif("unit", "lif_heterogeneous", tau=[4.0, 6.25, 10.0, 16.0]),
        n.one_lif("plain", "lif_thresholds", v_threshold=[0.5, 1.0, 1.5, 2.0]),
        n.one_lif("plain", "lif_r", r=3.0),
        n.one_lif("plain", "lif_v_reset", v_reset=0.25),
        n.one_lif("plain", "lif_v_leak", v_leak=0.25),
        n.lif_ties(),
        n.two_lif(),
        n.one_cuba("unit"),
        n.one_cuba("plain", "cuba_plain"),
        n.one_cuba("unit", "cuba_w_in", w_in=1.5),
        n.recurrent_lif("unit"),
        n.recurrent_cuba("unit"),
        n.negative_if(),
        n.two_if(),
    ]
    for reset in ("subtract", "zero"):
        for delay in (True, False):
            how = f"by hand: {reset}, reset_delay={delay}"
            suffix = f"{reset}_{'delayed' if delay else 'at_once'}"
            options = {"reset_mechanism": reset, "reset_delay": delay}
            cases += [
                n.one_lif("unit", f"lif_{suffix}").built(how, **options),
                n.one_cuba("unit", f"cuba_{suffix}").built(how, **options),
                n.recurrent_lif("unit", f"recurrent_lif_{suffix}").built(how, **options),
                n.recurrent_cuba("unit", f"recurrent_cuba_{suffix}").built(how, **options),
            ]
    return cases


def by_hand(graph, options):
    """The chain of modules, by name, for a graph of one layer."""
    modules = {}
    recurrent = graph.nodes.get("lif1.w_rec")
    for name, node in graph.nodes.items():
        threshold = float(node.v_threshold[0]) if hasattr(node, "v_threshold") else 1.0
        common = {"threshold": threshold, "init_hidden": True, **options}
        if recurrent is not None:
            common["linear_features"] = recurrent.weight.shape[0]
        if isinstance(node, nir.Affine) and node is not recurrent:
            modules[name] = linear(node)
        elif isinstance(node, nir.LIF):
            kind = snn.Leaky if recurrent is None else snn.RLeaky
            modules[name] = kind(beta=1 - DT / float(node.tau[0]), **common)
        elif isinstance(node, nir.CubaLIF):
            kind = snn.Synaptic if recurrent is None else snn.RSynaptic
            modules[name] = kind(
                alpha=1 - DT / float(node.tau_syn[0]),
                beta=1 - DT / float(node.tau_mem[0]),
                **common,
            )
        else:
            continue
        if hasattr(modules[name], "recurrent"):
            modules[name].recurrent = linear(recurrent)
    order = sorted(modules, key=lambda name: hasattr(modules[name], "mem"))
    return torch.nn.Sequential(*(modules[name] for name in order))


def linear(node):
    layer = torch.nn.Linear(node.weight.shape[1], node.weight.shape[0])
    layer.weight.data, layer.bias.data = torch.tensor(node.weight), torch.tensor(node.bias)
    return layer


def run(graph, case):
    graph_thresholds = {
        k: v.v_threshold[0] for k, v in graph.nodes.items() if hasattr(v, "v_threshold")
    }
    if case.how == "import":
        model = import_from_nir(graph)
        names = dict(model.named_modules())
    else:
        model = by_hand(graph, case.options)
        names = {name: model[-1] for name in graph_thresholds}
    spikes, potentials = {}, {}

    def hook(name):
        def keep(module, _inputs, out):
            out = out[0] if isinstance(out, tuple) else out
            spikes.setdefault(name, []).append(out.detach().numpy()[0].copy())
            # In the unit of the file: the importer scales thresholds in place of inputs.
            scale = graph_thresholds[name] / float(module.threshold)
            potentials.setdefault(name, []).append(scale * module.mem.detach().numpy()[0])

        return keep

    for name, module in names.items():
        if isinstance(module, (snn.Leaky, snn.Synaptic, snn.RLeaky, snn.RSynaptic)):
            module.register_forward_hook(hook(name))
    state = None
    with torch.no_grad():
        for x in torch.from_numpy(case.input):
            if case.how != "import":
                model(x[None])
            else:
                _out, state = model(x[None], state) if state is not None else model(x[None])
    return spikes, potentials
