#!/usr/bin/env python3
"""Partitions of a network by nirc, Mt-KaHyPar and METIS (both from PyPI), in the same run, on the same hypergraph.

    benches/against_partitioners.py --nirc target/release/nirc [--model FILE] [--venv DIR] [--runs N]

Makes a virtual environment with mtkahypar and pymetis if they cannot be imported. `nirc map --write-hypergraph` writes the
hypergraph over neurons; Mt-KaHyPar minimises connectivity - 1 on it, METIS cuts its graph (each neuron with
those that it reaches), both with as many parts and as much room as nirc's cores have. Their partitions go back into
nirc (`--partition FILE.npy`), which counts the packets of all with the same code, places all with the same placer
(annealing), and prints hops and link loads. Times are of the partitioning alone, without reading and writing.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["mtkahypar==1.7.post1", "pymetis==2025.2.2", "numpy"]
NEURONS, CORES, WIDTH, HEIGHT = 512, 18, 5, 4


def environment(folder):
    """Runs this script again in an environment that has the partitioners."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
    os.execv(str(python), [str(python), __file__, *sys.argv[1:]])


def nirc(options, arguments):
    """The maps that `nirc map` makes, read from its JSON."""
    command = [
        options.nirc, "map", str(options.model), "--arch", "mesh", "--without-inputs", "--json",
        "--set", f"mesh.width={WIDTH}", "--set", f"mesh.height={HEIGHT}",
        "--set", f"core.resource.neurons.capacity={NEURONS}", "--cores", str(CORES),
        "--place", "annealing", "--seed", str(options.seed), *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)["maps"]


def read_hypergraph(path):
    with open(path) as file:
        edges, vertices = map(int, file.readline().split()[:2])
        pins = [[int(x) - 1 for x in line.split()] for line in file]
    assert len(pins) == edges
    return vertices, pins


def mt_kahypar(options, path, vertices, pins, preset):
    import mtkahypar

    mtk = mtkahypar.initialize(os.cpu_count())
    context = mtk.context_from_preset(preset)
    # No part has more than 512 neurons.
    epsilon = NEURONS / -(-vertices // CORES) - 1
    context.set_partitioning_parameters(CORES, epsilon, mtkahypar.Objective.KM1)
    context.logging = False
    mtkahypar.set_seed(options.seed)
    graph = mtk.create_hypergraph(context, vertices, len(pins), pins)
    start = time.perf_counter()
    parts = graph.partition(context)
    seconds = time.perf_counter() - start
    return [parts.block_id(v) for v in range(vertices)], seconds


def metis(vertices, pins):
    import pymetis

    neighbours = [set() for _ in range(vertices)]
    for source, *targets in pins:
        for target in targets:
            neighbours[source].add(target)
            neighbours[target].add(source)
    neighbours = [sorted(n) for n in neighbours]
    start = time.perf_counter()
    _, parts = pymetis.part_graph(CORES, adjacency=neighbours, options=pymetis.Options(ufactor=20))
    return list(parts), time.perf_counter() - start


def balanced(parts):
    """The same partition with no core above its room: METIS and Mt-KaHyPar may leave some a few neurons over."""
    sizes = [0] * CORES
    for part in parts:
        sizes[part] += 1
    moved = 0
    for neuron, part in enumerate(parts):
        if sizes[part] > NEURONS:
            smallest = min(range(CORES), key=lambda p: sizes[p])
            sizes[part] -= 1
            sizes[smallest] += 1
            parts[neuron] = smallest
            moved += 1
    return parts, moved


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nirc", default=str(ROOT / "target/release/nirc"))
    parser.add_argument("--corpus", type=Path, default=ROOT / "../shared")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "nirc-partitioners")
    parser.add_argument("--runs", type=int, default=2, help="seeds of Mt-KaHyPar, which is not deterministic")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if not all(importlib.util.find_spec(name) for name in ["mtkahypar", "pymetis", "numpy"]):
        environment(options.venv)
    import numpy
    import mtkahypar

    options.model = options.model or options.corpus / "data/paper/02_cnn/cnn_sinabs.nir"
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.hgr"
        maps = nirc(options, ["--compare", "--write-hypergraph", str(path)])
        for made in maps:
            if made["placement"] == "annealing":
                name = f"nirc {made['partition']}" + (", placed and refined" if made["refined"] else "")
                rows.append((name, made, made["partition_seconds"], made["place_seconds"], 0))
        vertices, pins = read_hypergraph(path)
        others = [("METIS, graph cut", metis(vertices, pins))]
        presets = mtkahypar.PresetType
        for run in range(options.runs):
            options.seed = run
            for preset in [presets.QUALITY, presets.DEFAULT, presets.DETERMINISTIC]:
                name = f"Mt-KaHyPar {str(preset).rpartition('.')[2]}, seed {run}"
                others.append((name, mt_kahypar(options, path, vertices, pins, preset)))
        options.seed = 0
        for name, (parts, seconds) in others:
            parts, moved = balanced(parts)
            file = Path(folder) / "parts.npy"
            numpy.save(file, numpy.array(parts, dtype=numpy.uint32))
            (made,) = nirc(options, ["--partition", str(file)])
            rows.append((name, made, seconds, made["place_seconds"], moved))
    best = min(m["metrics"]["remote_packets"] for name, m, *_ in rows if name.startswith("Mt"))
    print(f"{vertices} neurons, {len(pins)} hyperedges, {sum(map(len, pins))} pins, {CORES} cores of {NEURONS}\n")
    print("| partition | packets (km1) | / best Mt-KaHyPar | cut synapses | max axons | partitioning, s | placing, s "
          "| multicast hops | max link | moved to fit |")
    print("|" + " --- |" * 10)
    for name, made, seconds, place_seconds, moved in rows:
        m = made["metrics"]
        print(f"| {name} | {m['remote_packets']:.0f} | {m['remote_packets'] / best:.3f} | {m['cut_synapses']} | {m['max_axons']} "
              f"| {seconds:.4f} | {place_seconds:.2f} | {m['multicast_hops']:.0f} | {m['max_link_load']:.0f} | {moved} |")


if __name__ == "__main__":
    main()
