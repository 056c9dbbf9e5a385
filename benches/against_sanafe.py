#!/usr/bin/env python3
"""Maps of a network priced by SANA-FE 2.2.9 (PyPI, GPL-3: it runs beside nirc, and is no part of it).

    benches/against_sanafe.py --nirc target/release/nirc [--corpus DIR] [--venv DIR] [--seeds N]

1. Prices. Three maps of the paper's convolutional network (512 neurons on a core, 18 cores, inputs left out), made by
   `nirc map --arch loihi1 --sana-fe FOLDER`: Loihi's published energies, each neuron fires in a step with a
   probability of 2 %, the same spikes in all maps: numpy.random.default_rng(SEED).random((neurons, steps)) < 0.02, so
   that anybody can draw them again. SANA-FE loads nirc's YAML files, with these spikes.
2. Spikes. The same network with weights rounded to whole numbers and thresholds between whole numbers, so that
   SANA-FE's integrate-and-fire neurons are exact. The first layer's spikes come from `nirc run`; the four other layers
   run in SANA-FE on each of the three maps, and are compared with nirc's, step by step. SANA-FE's synapses take a
   step, so the layer k behind the first is k steps late.
"""

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["sanafe==2.2.9", "nir==1.0.8", "numpy"]
PARTITIONS = ["sequential-chw", "sequential-hwc", "refined"]
# Neurons alone bound a core, as in the table that this is compared with.
LIMITS = [
    "--set", "core.resource.compartments.capacity=512",
    "--set", "core.resource.input axons.capacity=1000000",
    "--set", "core.resource.synapse memory.capacity=1000000000",
    "--cores", "18", "--without-inputs", "--place", "annealing",
]
STEPS = 20
RATE = 0.02


def environment(folder):
    """Runs this script again in an environment that has SANA-FE."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
    os.execv(str(python), [str(python), __file__, *sys.argv[1:]])


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def drawn(path, seed):
    """Writes the spikes of a draw into a network file, neuron after neuron."""
    import numpy

    place = re.compile(r"(?<=spikes: \[)[01, ]*(?=\])")
    text = path.read_text()
    neurons = len(place.findall(text))
    rows = iter(numpy.random.default_rng(seed).random((neurons, STEPS)) < RATE)
    path.write_text(place.sub(lambda _: ", ".join(str(int(spike)) for spike in next(rows)), text))


def prices(options, folder):
    import sanafe

    print("| map | seed | total, uJ | network, uJ | synapse, uJ | messages | synaptic events | simulated time, us |")
    print("|" + " --- |" * 8)
    for seed in range(options.seeds):
        for name in PARTITIONS:
            run(options.nirc, "map", options.model, "--arch", "loihi1", *LIMITS, "--partition", name, "--rate", RATE,
                "--seed", seed, "--sana-fe", folder / name, "--sana-fe-steps", STEPS)
            drawn(folder / name / "network.yaml", seed)
            chip_file = str(folder / name / "architecture.yaml")
            chip = sanafe.SpikingChip(sanafe.load_arch(chip_file))
            chip.load(sanafe.load_net(str(folder / name / "network.yaml"), sanafe.load_arch(chip_file)))
            result = chip.sim(STEPS)
            energy = result["energy"]
            print(f"| {name} | {seed} | {energy['total'] * 1e6:.3f} | {energy['network'] * 1e6:.4f} "
                  f"| {energy['synapse'] * 1e6:.3f} | {result['packets_sent']} | {result['spikes']} "
                  f"| {result['sim_time'] * 1e6:.1f} |", flush=True)


def whole_numbers(options, path):
    """Writes the network with whole weights; returns for each layer behind the first its matrix and threshold."""
    import nir
    import numpy

    graph = nir.read(options.model)
    nodes = graph.nodes
    order = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]
    thresholds = {}
    for synapse, neuron in [("0", "1"), ("2", "3"), ("5", "6"), ("9", "10"), ("11", "12")]:
        node = nodes[synapse]
        scale = 127 / numpy.abs(node.weight).max()
        node.weight = numpy.round(node.weight * scale).astype(numpy.float32)
        node.bias = numpy.zeros_like(node.bias)
        threshold = numpy.floor(nodes[neuron].v_threshold.flat[0] * scale) + 0.5
        nodes[neuron].v_threshold = numpy.full_like(nodes[neuron].v_threshold, threshold)
        nodes[neuron].v_reset = numpy.zeros_like(nodes[neuron].v_threshold)
        nodes[neuron].r = numpy.ones_like(nodes[neuron].v_threshold)
        thresholds[neuron] = float(threshold)
    nir.write(path, graph)
    assert all(name in nodes for name in order)

    def convolution(weight, size):
        """Target (c, h, w) from source (c, h, w), 3 x 3 with a padding of one."""
        outputs, inputs = weight.shape[:2]
        matrix = numpy.zeros((outputs, size, size, inputs, size, size), dtype=numpy.float32)
        for dy in range(3):
            for dx in range(3):
                for y in range(size):
                    for x in range(size):
                        row, column = y + dy - 1, x + dx - 1
                        if 0 <= row < size and 0 <= column < size:
                            matrix[:, y, x, :, row, column] += weight[:, :, dy, dx]
        return matrix.reshape(outputs * size * size, inputs * size * size)

    def pool(channels, size):
        matrix = numpy.zeros((channels, size // 2, size // 2, channels, size, size), dtype=numpy.float32)
        for c in range(channels):
            for y in range(size):
                for x in range(size):
                    matrix[c, y // 2, x // 2, c, y, x] = 1
        return matrix.reshape(channels * size * size // 4, channels * size * size)

    matrices = [
        convolution(nodes["2"].weight, 16),
        convolution(nodes["5"].weight, 8) @ pool(16, 16),
        nodes["9"].weight @ pool(8, 8),
        nodes["11"].weight,
    ]
    return matrices, [thresholds[n] for n in ["3", "6", "10", "12"]]


def spikes(options, folder):
    import numpy
    import sanafe

    whole = folder / "whole.nir"
    matrices, thresholds = whole_numbers(options, whole)
    run(options.nirc, "run", whole, "--level", "dt", "--reset", "zero", "--dt", "1", "--input",
        f"poisson:rate=0.1,steps={options.steps},seed=1" if not options.input else options.input,
        "-o", folder / "run.npz")
    recorded = numpy.load(folder / "run.npz")
    expected = []
    for node in ["1", "3", "6", "10", "12"]:
        train = numpy.asarray(recorded[f"{node}/spikes"])
        train = train[0] if train.ndim > 2 and train.shape[0] == 1 else train
        expected.append(train.reshape(options.steps, -1) > 0)
    print(f"\nSpikes of nirc in {options.steps} steps, by layer: {[int(e.sum()) for e in expected]}")
    for name in PARTITIONS:
        parts = folder / f"{name}.npy"
        made = json.loads(run(options.nirc, "map", options.model, "--arch", "loihi1", *LIMITS, "--partition", name,
                              "--write-partition", parts, "--sana-fe", folder / name, "--json"))["maps"][0]
        core_of = numpy.load(parts)
        chip = sanafe.load_arch(str(folder / name / "architecture.yaml"))
        # SANA-FE numbers tiles column by column; four cores each.
        places = [(c["tile"][0] * 4 + c["tile"][1]) * 4 + c["core"] % 4 for c in made["cores"]]
        cores = [chip.cores()[place] for place in places]
        network = sanafe.Network()
        start = time.perf_counter()
        groups, held, at = [], {}, 0
        sizes = [train.shape[1] for train in expected]
        for layer, size in enumerate(sizes):
            attributes = {} if layer == 0 else dict(threshold=thresholds[layer - 1], leak_decay=1.0, reset_mode="hard", reset=0.0)
            groups.append(network.create_neuron_group(
                f"l{layer}", size, model_attributes=attributes, soma_hw_name="given[0]" if layer == 0 else "lif",
                default_synapse_hw_name="synapse", default_dendrite_hw_name="dendrite", log_spikes=True))
            for neuron in range(size):
                core = int(core_of[at])
                at += 1
                if layer == 0:
                    unit = held[core] = held.get(core, -1) + 1
                    train = [int(x) for x in expected[0][:, neuron]] + [0] * 4
                    groups[0][neuron].set_attributes(soma_hw_name=f"given[{unit}]", model_attributes=dict(spikes=train))
                groups[layer][neuron].map_to_core(cores[core])
        for layer, matrix in enumerate(matrices):
            targets, sources = numpy.nonzero(matrix)
            for target, source in zip(targets.tolist(), sources.tolist()):
                groups[layer][source].connect_to_neuron(groups[layer + 1][target], dict(weight=float(matrix[target, source])))
        simulator = sanafe.SpikingChip(chip)
        simulator.load(network)
        result = simulator.sim(options.steps + 4, spike_trace=True)
        got = [numpy.zeros((options.steps + 4, size), dtype=bool) for size in sizes]
        for step, fired in enumerate(result["spike_trace"]):
            for neuron in fired:
                group, _, number = str(neuron).partition(".")
                got[int(group[1:])][step, int(number)] = True
        differ = [int((got[k][k : options.steps + k] != expected[k]).sum()) for k in range(len(sizes))]
        print(f"{name}: spikes that differ, by layer: {differ} ({time.perf_counter() - start:.1f} s)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nirc", default=str(ROOT / "target/release/nirc"))
    parser.add_argument("--corpus", type=Path, default=ROOT / "../shared")
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "nirc-sanafe")
    parser.add_argument("--seeds", type=int, default=3, help="draws of the spikes that are priced")
    parser.add_argument("--steps", type=int, default=30, help="steps in which spikes are compared")
    parser.add_argument("--input", help="what enters the network whose spikes are compared, as in `nirc run`")
    options = parser.parse_args()
    if not all(importlib.util.find_spec(name) for name in ["sanafe", "nir", "numpy"]):
        environment(options.venv)
    options.model = options.corpus / "data/paper/02_cnn/cnn_sinabs.nir"
    with tempfile.TemporaryDirectory() as folder:
        prices(options, Path(folder))
        spikes(options, Path(folder))


if __name__ == "__main__":
    main()
