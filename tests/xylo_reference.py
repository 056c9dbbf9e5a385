#!/usr/bin/env python3
"""Runs Xylo networks on the vendor's bit-exact simulator, xylosim 0.1.3 (pip install xylosim==0.1.3).

    python xylo_reference.py golden FOLDER          write the golden vectors of this repository
    python xylo_reference.py golden FOLDER --check  compare them with the files instead
    python xylo_reference.py random --count N       N random networks, one vector a line

A vector is {name, version, spec, raster, expected}. `--reference DIR` runs the module ref_xylo of
that folder instead of xylosim.
"""

import argparse
import json
import pathlib
import random
import sys


def xylosim(spec, raster, version):
    """The recorded states of a run, by name, each [step][neuron]."""
    import importlib

    import numpy

    core = importlib.import_module(f"xylosim.v{version}")
    hidden, readouts = len(spec["weights_rec"]), len(spec["weights_out"][0])
    unread = hidden - len(spec["weights_out"])

    def targets(row):
        """The synapses of one source. Within a source their order has no effect."""
        pairs = [(t, s, w) for t, weights in enumerate(row) for s, w in enumerate(weights) if w]
        return [core.XyloSynapse(*pair) for pair in pairs]

    rows_out = [[[w] for w in row] for row in spec["weights_out"]]
    # xylosim keeps pointers to the synapse objects, so these lists must outlive the layer.
    synapses = [
        [targets(row) for row in spec["weights_in"]],
        [targets(row) for row in spec["weights_rec"]],
        [[] for _ in range(unread)] + [targets(row) for row in rows_out],
    ]
    arguments = {
        "synapses_in": synapses[0],
        "synapses_rec": synapses[1],
        "synapses_out": synapses[2],
        "aliases": spec["aliases"],
        "threshold": spec["threshold"],
        "threshold_out": spec["threshold_out"],
        "weight_shift_inp": spec["weight_shift_in"],
        "weight_shift_rec": spec["weight_shift_rec"],
        "weight_shift_out": spec["weight_shift_out"],
        "dash_mem": spec["dash_mem"],
        "dash_mem_out": spec["dash_mem_out"],
        "dash_syns": [list(pair) for pair in zip(spec["dash_syn"], spec["dash_syn_2"])],
        "dash_syns_out": [[dash] for dash in spec["dash_syn_out"]],
        "name": "nirc",
    }
    if version == 2:
        has_bias = any(spec["bias"] + spec["bias_out"])
        arguments.update(has_bias=has_bias, bias=spec["bias"], bias_out=spec["bias_out"])
    layer = core.XyloLayer(**arguments)
    spikes_out = layer.evolve(raster)
    record = {
        "spikes_out": numpy.array(spikes_out, int).tolist(),
        "spikes": numpy.array(layer.rec_recurrent_spikes, int).tolist(),
    }
    # These come as [neuron][step].
    for key, state in {
        "vmem": layer.rec_v_mem,
        "isyn": layer.rec_i_syn,
        "isyn2": layer.rec_i_syn2,
        "vmem_out": layer.rec_v_mem_out,
        "isyn_out": layer.rec_i_syn_out,
    }.items():
        record[key] = numpy.array(state, int).T.tolist()
    if version == 2:
        record["hibernation"] = [bool(flag) for flag in layer.rec_hibernation_mode]
    del layer, synapses
    return record


def network(r, inputs, hidden, readouts, synapses=1, reached=None, read=None, density=0.5, peak=127):
    """A random network with every part in use; `r` is the random generator."""

    def weight():
        return r.randint(-peak - 1, peak) if r.random() < density else 0

    def dashes(count):
        return [r.choice([0, 1, 2, 3, 4, 5, 6, 8, 11, 15]) for _ in range(count)]

    reached, read = reached or hidden, read or hidden
    spec = {
        "weights_in": [[[weight() for _ in range(synapses)] for _ in range(reached)] for _ in range(inputs)],
        "weights_rec": [[[weight() for _ in range(synapses)] for _ in range(hidden)] for _ in range(hidden)],
        "weights_out": [[weight() for _ in range(readouts)] for _ in range(read)],
        "dash_mem": dashes(hidden),
        "dash_syn": dashes(hidden),
        "dash_syn_2": dashes(hidden),
        "dash_mem_out": dashes(readouts),
        "dash_syn_out": dashes(readouts),
        "threshold": [r.randint(20, 3000) for _ in range(hidden)],
        "threshold_out": [r.randint(20, 3000) for _ in range(readouts)],
        "bias": [0] * hidden,
        "bias_out": [0] * readouts,
        "weight_shift_in": 0,
        "weight_shift_rec": 0,
        "weight_shift_out": 0,
        "aliases": [[] for _ in range(hidden)],
    }
    return spec


def biased(r, spec):
    for key in ("bias", "bias_out"):
        spec[key] = [r.randint(-128, 127) if r.random() < 0.5 else 0 for _ in spec[key]]


def aliased(r, spec):
    ids = list(range(len(spec["aliases"])))
    r.shuffle(ids)
    for source, target in enumerate(ids):
        if source != target and r.random() < 0.4:
            spec["aliases"][source] = [target]


def shifted(r, spec, most):
    for key in ("in", "rec", "out"):
        spec["weight_shift_" + key] = r.randint(0, most)


def events(r, steps, inputs, counts):
    return [[r.choice(counts) for _ in range(inputs)] for _ in range(steps)]


def golden():
    """The vectors of this repository: name, version, specification, raster."""
    few, many = [0, 0, 0, 1, 2], [0, 0, 1, 5, 15, 20]
    r = random.Random(1)
    spec = network(r, 2, 32, 1, density=1, peak=100)
    spec["dash_syn"], spec["dash_mem"] = [i % 16 for i in range(32)], [(i + 5) % 16 for i in range(32)]
    spec["threshold"] = [32767] * 32
    raster = [[7, 7]] + [[0, 0]] * 19 + [[1, 3]] + [[0, 0]] * 39
    yield "decay-of-every-shift", 2, spec, raster
    spec = network(r, 3, 6, 3)
    shifted(r, spec, 7)
    yield "spikes-up-to-the-bound", 2, spec, events(r, 50, 3, few)
    spec = network(r, 4, 6, 2, density=1)
    spec.update(weight_shift_in=7, weight_shift_rec=7, threshold=[32767, 20000, 9000, 32767, 1, -5])
    yield "saturation", 2, spec, events(r, 50, 4, many)
    spec = network(r, 4, 8, 2, synapses=2)
    yield "two-synapses", 2, spec, events(r, 60, 4, few)
    spec = network(r, 2, 8, 2)
    aliased(r, spec)
    yield "aliases", 2, spec, events(r, 50, 2, few)
    for name, use_bias in (("hibernation-with-bias", True), ("hibernation-without-bias", False)):
        spec = network(r, 2, 4, 2, peak=60)
        if use_bias:
            spec["bias"], spec["bias_out"] = [3, -5, 127, -128], [1, 0]
        spec["weights_rec"] = [[[0]] * 4] * 4
        spec["dash_mem"], spec["dash_syn"] = [4] * 4, [3] * 4
        spec["dash_mem_out"], spec["dash_syn_out"] = [4] * 2, [3] * 2
        yield name, 2, spec, [[0, 0]] * 5 + [[3, 0]] + [[0, 0]] * 94 + [[0, 9]] + [[0, 0]] * 99
    spec = network(r, 4, 12, 3, reached=7, read=5)
    shifted(r, spec, 3)
    yield "expansions-and-clipping", 2, spec, events(r, 60, 4, many)
    spec = network(r, 2, 6, 2, density=1)
    spec.update(weight_shift_in=7, dash_mem=[0, 1, 4, 15, 0, 2], threshold=[32767] * 6)
    raster = events(r, 40, 2, many)
    yield "membrane-saturation-v1", 1, spec, raster
    yield "membrane-saturation-v2", 2, spec, raster
    for version in (1, 2):
        spec = network(r, 8, 24, 5, synapses=2, density=0.3)
        aliased(r, spec)
        if version == 2:
            biased(r, spec)
        yield f"everything-v{version}", version, spec, events(r, 60, 8, few)


def random_network(r):
    hidden = r.choice([1, 2, 5, 13, 30])
    peak = r.choice([3, 40, 127])
    spec = network(
        r,
        r.randint(1, 16),
        hidden,
        r.randint(1, 8),
        synapses=r.randint(1, 2),
        reached=r.randint(1, hidden),
        read=r.randint(1, hidden),
        density=r.choice([0.1, 0.4, 1]),
        peak=peak,
    )
    version = r.randint(1, 2)
    if r.random() < 0.5:
        shifted(r, spec, 7)
    if r.random() < 0.5:
        aliased(r, spec)
    if version == 2 and r.random() < 0.5:
        biased(r, spec)
    if r.random() < 0.2:
        spec["threshold"] = [r.randint(-32768, 32767) for _ in range(hidden)]
        spec["threshold_out"] = [r.randint(-32768, 32767) for _ in spec["threshold_out"]]
    counts = r.choice([[0, 0, 1], [0] * 20 + [1], [0, 1, 2, 15, 16, 40]])
    return version, spec, events(r, r.choice([20, 60]), len(spec["weights_in"]), counts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["golden", "random"])
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--reference", help="folder of ref_xylo.py")
    arguments = parser.parse_args()
    run = xylosim
    if arguments.reference:
        sys.path.insert(0, arguments.reference)
        run = __import__("ref_xylo").run
    if arguments.mode == "random":
        r = random.Random(arguments.seed)
        for _ in range(arguments.count):
            version, spec, raster = random_network(r)
            expected = run(spec, raster, version)
            print(json.dumps({"version": version, "spec": spec, "raster": raster, "expected": expected}))
        return 0
    differing = 0
    for name, version, spec, raster in golden():
        vector = {"name": name, "generator": "xylosim 0.1.3", "version": version, "spec": spec}
        vector.update(raster=raster, expected=run(spec, raster, version))
        text = json.dumps(vector, separators=(",", ":")) + "\n"
        path = arguments.folder / f"{name}.json"
        if not arguments.check:
            path.write_text(text)
        elif path.read_text() != text:
            differing += 1
            print(f"{path} differs")
    return min(differing, 1)


if __name__ == "__main__":
    sys.exit(main())
