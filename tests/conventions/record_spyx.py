"""Spyx: `from_nir` with its default step of 1."""

import nir
import numpy as np
from spyx.nir import from_nir

from networks import Networks

DT = 1.0


def cases():
    n = Networks(DT)
    silent = np.zeros(5)
    return [
        n.one_lif(),
        n.one_lif("unit", "lif_unit"),
        n.one_lif("unit", "lif_r", r=3.0),
        n.one_lif(
            "unit",
            "lif_heterogeneous",
            tau=[4.0, 6.25, 10.0, 16.0],
            v_threshold=[0.5, 1.0, 1.5, 2.0],
        ),
        n.one_lif("unit", "lif_v_reset", v_reset=0.25),
        n.one_lif("unit", "lif_v_leak", v_leak=0.25),
        n.lif_ties("unit"),
        n.two_lif("unit"),
        n.one_cuba("unit"),
        n.one_cuba("unit", "cuba_w_in", w_in=1.5, r=0.5),
        n.recurrent_lif("unit"),
        n.recurrent_cuba("unit"),
        n.recurrent_lif("unit", "recurrent_lif_no_bias", bias=silent),
        n.recurrent_cuba("unit", "recurrent_cuba_no_bias", bias=silent),
        n.negative_if(),
        n.negative_if(r=0.5, name="if_r"),
        n.two_if(),
    ]


def run(graph, case):
    widths = {k: v.v_threshold.size for k, v in graph.nodes.items() if hasattr(v, "v_threshold")}
    keys = list(widths)
    x = case.input[:, None, :]
    cuba = any(isinstance(v, nir.CubaLIF) for v in graph.nodes.values())
    _model, (out, states) = from_nir(graph, x, dt=DT, return_all_states=True)
    states = [np.asarray(s)[:, 0] for s in states if np.asarray(s).ndim == 3]
    assert len(states) == len(keys)
    potentials = {}
    for name, state in zip(sorted(keys), states):
        n = widths[name]
        assert state.shape[1] == (2 * n if cuba else n)
        potentials[name] = state[:, :n]
    return {sorted(keys)[-1]: np.asarray(out)[:, 0]}, potentials
