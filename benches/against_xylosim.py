#!/usr/bin/env python3
"""Times the model of a Xylo core beside the vendor's simulator, xylosim 0.1.3, on the same networks.

    benches/against_xylosim.py [--steps T] [--runs N] [--folder DIR]

Makes a virtual environment in DIR if xylosim cannot be imported (Python 3.10 or 3.11), builds
targets/examples/xylo_run.rs, checks that all spikes and states of both are equal, and prints times
and their ratio, xylosim / nirc: the best of all runs, and the median. Both sides are timed in their
own process, around the run alone, with all states recorded. xylosim is driven from Python, so its
time has the conversion of the input from a list.
"""

import argparse
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATES = ("spikes_out", "spikes", "vmem", "isyn", "isyn2", "vmem_out", "isyn_out")


def environment(folder):
    """Runs this script again in an environment that has xylosim."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        packages = ["xylosim==0.1.3", "numpy"]
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
    os.execv(str(python), [str(python), __file__, *sys.argv[1:], "--folder", str(folder)])


def network(numpy, seed, inputs, hidden, readouts, synapses, fan_out, aliases):
    """A random network, dense from the inputs and to the readouts."""
    random = numpy.random.default_rng(seed)
    recurrent = numpy.zeros((hidden, hidden, synapses), int)
    for source in range(hidden):
        targets = random.choice(hidden, fan_out, replace=False)
        recurrent[source, targets] = random.integers(-40, 30, (fan_out, synapses))
    each = lambda low, high, count: random.integers(low, high, count).tolist()
    specification = {
        "weights_in": random.integers(-60, 100, (inputs, hidden, synapses)).tolist(),
        "weights_rec": recurrent.tolist(),
        "weights_out": random.integers(-60, 60, (hidden, readouts)).tolist(),
        "weight_shift_in": 1,
        "weight_shift_rec": 0,
        "weight_shift_out": 1,
        "dash_mem": each(2, 6, hidden),
        "dash_mem_out": each(2, 6, readouts),
        "dash_syn": each(1, 5, hidden),
        "dash_syn_2": each(1, 5, hidden) if synapses > 1 else [0] * hidden,
        "dash_syn_out": each(1, 5, readouts),
        "threshold": each(1500, 6000, hidden),
        "threshold_out": numpy.repeat(random.integers(500, 3000, readouts // 2), 2).tolist(),
    }
    if aliases:
        specification["aliases"] = [[i + 1] if i % 8 == 0 else [] for i in range(hidden)]
    return specification


def xylosim(numpy, specification, version):
    """The vendor's layer. Its synapse objects must outlive it, so they come with it."""
    module = importlib.import_module(f"xylosim.v{version}")
    tables = {name: numpy.array(specification[name]) for name in ("weights_in", "weights_rec")}
    tables["weights_out"] = numpy.array(specification["weights_out"])[:, :, None]

    def synapses(table):
        rows = []
        for row in table:
            target, synapse = numpy.nonzero(row)
            order = numpy.lexsort((target, synapse))
            rows.append(
                [module.XyloSynapse(int(p), int(s), int(row[p, s])) for p, s in zip(target[order], synapse[order])]
            )
        return rows

    made = {name: synapses(table) for name, table in tables.items()}
    hidden, readouts = len(specification["threshold"]), len(specification["threshold_out"])
    arguments = dict(
        synapses_in=made["weights_in"],
        synapses_rec=made["weights_rec"],
        synapses_out=made["weights_out"],
        aliases=specification.get("aliases") or [[] for _ in range(hidden)],
        threshold=specification["threshold"],
        threshold_out=specification["threshold_out"],
        weight_shift_inp=specification["weight_shift_in"],
        weight_shift_rec=specification["weight_shift_rec"],
        weight_shift_out=specification["weight_shift_out"],
        dash_mem=specification["dash_mem"],
        dash_mem_out=specification["dash_mem_out"],
        dash_syns=[list(pair) for pair in zip(specification["dash_syn"], specification["dash_syn_2"])],
        dash_syns_out=[[dash] for dash in specification["dash_syn_out"]],
        name="bench",
    )
    if version == 2:
        arguments.update(has_bias=False, bias=[0] * hidden, bias_out=[0] * readouts)
    return module.XyloLayer(**arguments), made


def run_xylosim(numpy, specification, raster, version, runs):
    """The states, and the times of all runs in nanoseconds."""
    rows, times, states = raster.tolist(), [], {}
    for _ in range(runs):
        layer, made = xylosim(numpy, specification, version)
        start = time.perf_counter_ns()
        out = layer.evolve(rows)
        times.append(time.perf_counter_ns() - start)
        transposed = lambda name: numpy.array(getattr(layer, name), int).T
        states = {
            "spikes_out": numpy.array(out, int),
            "spikes": numpy.array(layer.rec_recurrent_spikes, int),
            "vmem": transposed("rec_v_mem"),
            "isyn": transposed("rec_i_syn"),
            "isyn2": transposed("rec_i_syn2"),
            "vmem_out": transposed("rec_v_mem_out"),
            "isyn_out": transposed("rec_i_syn_out"),
        }
        del layer, made
    return states, times


def run_nirc(numpy, program, specification, raster, version, runs):
    """The states, and the times of all runs in nanoseconds by what was recorded."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "specification.json", Path(folder) / "raster.npy"
        files[0].write_text(json.dumps(specification))
        numpy.save(files[1], raster.astype(numpy.int64))
        command = [str(program), *map(str, files), str(version), str(runs), folder]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        times = {}
        for line in output.splitlines():
            recording, nanoseconds = line.split()
            times.setdefault(recording, []).append(int(nanoseconds))
        states = {name: numpy.load(Path(folder) / f"{name}.npy").astype(int) for name in STATES}
    return states, times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--folder", type=Path, default=ROOT / "target" / "venv-xylosim")
    arguments = parser.parse_args()
    if importlib.util.find_spec("xylosim") is None:
        environment(arguments.folder)
    numpy = importlib.import_module("numpy")
    build = ["cargo", "build", "-q", "--release", "-p", "nirc-targets", "--example", "xylo_run"]
    subprocess.run(build, check=True, cwd=ROOT)
    program = ROOT / "target" / "release" / "examples" / "xylo_run"
    networks = {
        "16-64-8, two synapses, aliases": dict(
            inputs=16, hidden=64, readouts=8, synapses=2, fan_out=32, aliases=True
        ),
        "16-1000-8": dict(inputs=16, hidden=1000, readouts=8, synapses=1, fan_out=32, aliases=False),
    }
    print("| network | version | spikes | xylosim, us a step | nirc | best / best | median / median | nirc, readouts only |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for index, (name, sizes) in enumerate(networks.items()):
        for version in (1, 2):
            specification = network(numpy, index, **sizes)
            random = numpy.random.default_rng(100 + index)
            raster = random.poisson(0.3, (arguments.steps, sizes["inputs"]))
            expected, theirs = run_xylosim(numpy, specification, raster, version, arguments.runs)
            found, ours = run_nirc(numpy, program, specification, raster, version, arguments.runs)
            for state in STATES:
                if not numpy.array_equal(expected[state], found[state]):
                    sys.exit(f"{name}, version {version}: {state} differs")
            ours, bare = ours["Everything"], ours["Readouts"]
            step = lambda nanoseconds: f"{nanoseconds / arguments.steps / 1000:.3f}"
            print(
                f"| {name} | v{version} | {expected['spikes'].sum()} | {step(min(theirs))} "
                f"| {step(min(ours))} | {min(theirs) / min(ours):.1f} "
                f"| {statistics.median(theirs) / statistics.median(ours):.1f} | {step(min(bare))} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
