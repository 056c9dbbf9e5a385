#!/usr/bin/env python3
"""Times `nirc compile` beside sinabs 3.1.3 on the same network for Speck, and compares their integers.

    benches/against_sinabs.py MODEL.nir [--runs N] [--folder DIR] [--nirc NIRC]

Makes a virtual environment in DIR if sinabs cannot be imported (Python 3.10: the last samna on PyPI that is
a real wheel, 0.7.1, is for it). samna 0.7.1 knows speck2b alone, which has the same cores, so sinabs is
given its module in place of speck2f's; the configuration is a real one and samna validates it. Each side is a
process of its own, timed as a whole, with its largest resident set; sinabs also says what its stages took
without the imports. sinabs takes a chain of layers, as in the NIR paper. Processor time is that of all threads, user and
system: the number to look at on a machine that is busy otherwise.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["torch", "numpy<2", "samna==0.7.1.0", "nir<=1.0.4", "nirtorch==2.0.2", "h5py", "matplotlib"]


def environment(folder):
    """A Python that has sinabs."""
    python = folder / "bin" / "python"
    if not (folder / "done").exists():
        base = os.environ.get("NIRC_PYTHON_310", "python3.10")
        subprocess.run([base, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q"]
        subprocess.run([*install, *PACKAGES, "pbr", "pyyaml", "packaging", "tqdm"], check=True)
        # It asks for a samna that is no wheel but fetches one from a server of the vendor's.
        subprocess.run([*install, "--no-deps", "sinabs==3.1.3"], check=True)
        (folder / "done").touch()
    return python


def worker(model, result):
    """Compiles with sinabs and writes stage times and integers."""
    clocks = lambda: (time.perf_counter(), time.process_time())
    stages, last = {}, clocks()

    def stage(name):
        nonlocal last
        now = clocks()
        stages[name], last = [now[0] - last[0], now[1] - last[1]], now

    import samna
    import samna.speck2b as chip

    for name in ("speck2e", "speck2f"):
        setattr(samna, name, chip)
        sys.modules[f"samna.{name}"] = chip
        sys.modules[f"samna.{name}.configuration"] = chip.configuration
    # Of 0.7.1 the verdict comes alone or with a message.
    validate = chip.validate_configuration
    chip.validate_configuration = lambda c: v if isinstance(v := validate(c), tuple) else (v, "")
    import nir
    import torch
    from sinabs import layers
    from sinabs.backend.dynapcnn import DynapcnnNetwork
    from sinabs.nir import from_nir

    from sinabs.backend.dynapcnn.chips import Speck2FConfigBuilder

    described = Speck2FConfigBuilder.get_dynapcnn_layer_config_dict

    def with_dimensions(*args, **keywords):
        """0.7.1 takes no dictionary for an object with objects in it."""
        fields = described(*args, **keywords)
        dimensions, given = chip.configuration.CnnLayerDimensions(), fields["dimensions"]
        for name in ("padding", "stride"):
            for axis in "xy":
                setattr(getattr(dimensions, name), axis, given[name][axis])
        for name in ("input_shape", "output_shape"):
            shape = getattr(dimensions, name)
            shape.feature_count = given[name]["feature_count"]
            shape.size.x, shape.size.y = given[name]["size"]["x"], given[name]["size"]["y"]
        dimensions.kernel_size = given["kernel_size"]
        fields["dimensions"] = dimensions
        # speck2b has a kill bit for each word, speck2f has none.
        alive = lambda array: [alive(part) for part in array] if isinstance(array, list) else False
        fields["weights_kill_bit"] = alive(fields["weights"])
        fields["biases_kill_bit"] = alive(fields["biases"])
        fields["neurons_value_kill_bit"] = alive(fields["neurons_initial_value"])
        return fields

    Speck2FConfigBuilder.get_dynapcnn_layer_config_dict = with_dimensions
    stage("imports")
    graph = nir.read(model)
    stage("read")
    network = from_nir(graph, batch_size=1)
    edges = dict(graph.edges)
    shape = tuple(int(n) for n in graph.nodes["input"].output_type["output"])
    chain, node = [], edges["input"]
    while node != "output":
        module = getattr(network, node, None) or dict(network.named_modules())[node]
        if isinstance(module, layers.IAFSqueeze):
            # As in the NIR paper: the backend takes one number.
            for name in ("spike_threshold", "min_v_mem"):
                first = getattr(module, name).detach().flatten()[0].clone()
                setattr(module, name, torch.nn.Parameter(first, requires_grad=False))
        chain.append(module)
        node = edges[node]
    stage("from_nir")
    dynapcnn = DynapcnnNetwork(torch.nn.Sequential(*chain), input_shape=shape, dvs_input=False)
    stage("DynapcnnNetwork")
    configuration = dynapcnn.make_config(device="speck2fmodule", monitor_layers=[])
    stage("make_config")
    configuration.to_json()
    stage("to_json")
    cores = []
    for core in configuration.cnn_layers:
        if core.threshold_high:
            cores.append([core.weights, core.biases, core.threshold_high, core.threshold_low])
    Path(result).write_text(json.dumps({"stages": stages, "cores": cores}))


def timed(command):
    """Wall time in s, processor time in s and largest resident set in MB of a process."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed:\n{error.decode()}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=ROOT / "target" / "against_sinabs")
    parser.add_argument("--nirc", type=Path, default=ROOT / "target" / "release" / "nirc")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return worker(options.model, options.worker)
    python = environment(options.folder)
    if not options.nirc.exists():
        subprocess.run(["cargo", "build", "--release", "-p", "nirc"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        peer = [python, __file__, options.model, "--worker", folder / "sinabs.json"]
        own = [options.nirc, "compile", options.model, "--target", "speck2f", "--convention", "sinabs"]
        own += ["--dt", "1e-3", "-o", folder / "out"]
        wholes, ours, exact, compiles = [], [], [], []
        for _ in range(options.runs):
            wholes.append(timed([str(word) for word in peer]))
            stages = json.loads((folder / "sinabs.json").read_text())["stages"]
            own_stages = [times for stage, times in stages.items() if stage != "imports"]
            compiles.append((*map(sum, zip(*own_stages)), 0))
            ours.append(timed([str(word) for word in own]))
            exact.append(timed([str(word) for word in [*own, "--quantizer", "sinabs"]]))
        cores = json.loads((folder / "sinabs.json").read_text())["cores"]
        config = json.loads((folder / "out" / "config.json").read_text())
    used = [core for core in config["cnn_layers"] if core["threshold_high"]]
    fields = ("weights", "biases", "threshold_high", "threshold_low")
    same = sorted(map(json.dumps, cores)) == sorted(json.dumps([c[f] for f in fields]) for c in used)
    print(f"integers of --quantizer sinabs equal sinabs' own on {len(cores)} cores: {same}")
    print(f"{options.runs} runs, median (best)            time in s     processor time in s  memory in MB")

    def line(name, runs):
        wall, processor, memory = zip(*runs)
        shown = [f"{statistics.median(times):8.4f} ({min(times):.4f})" for times in (wall, processor)]
        print(f"{name:32} {'  '.join(shown)} {max(memory):10.0f}")
        return statistics.median(wall), statistics.median(processor)

    whole = line("sinabs, whole process", wholes)
    alone = line("sinabs, without imports", compiles)
    channel = line("nirc compile, whole process", ours)
    line("  with --quantizer sinabs", exact)
    for clock, thing in enumerate(("time", "processor time")):
        ratios = [peer[clock] / channel[clock] for peer in (whole, alone)]
        print(f"{thing}: nirc takes 1/{ratios[0]:.0f} (whole process), 1/{ratios[1]:.1f} (without imports)")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
