#!/usr/bin/env python3
"""Times nirc's level dt against Norse and snnTorch on the networks of the NIR paper.

Both sides run the same network on the same input, their spike counts are compared first, and each
side is timed inside its own process, without starting it and without reading files. See README.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nirc", type=Path, required=True, help="a release build of nirc")
    parser.add_argument("--time-run", type=Path, required=True, help="the bench program time_run")
    parser.add_argument("--corpus", type=Path, required=True, help="the folder with data/paper")
    parser.add_argument("--venv", type=Path, default=HERE.parent / "target" / "venv-frameworks", help="made if it is not there")
    parser.add_argument("--repetitions", type=int, default=5)
    return parser.parse_args()


def in_environment(venv):
    """Starts this script again in `venv`, with the frameworks installed, unless it runs there."""
    python = venv.resolve() / "bin" / "python"
    if Path(sys.prefix) == venv.resolve():
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        requirements = HERE / "requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    os.execv(python, [str(python), *sys.argv])


# --- nirc


def lowered(options, model, passes, folder):
    """The program of level dt, as a file."""
    path = folder / f"{model.stem}.mlir"
    command = [options.nirc, "opt", model, *passes, "--print-weights"]
    path.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return path


def nirc(options, program, inputs, folder, threads):
    """Seconds of each repetition, and counts [samples, outputs]."""
    import numpy as np

    path = folder / "input.npy"
    flat = inputs.reshape(inputs.shape[0], inputs.shape[1], -1)
    np.save(path, np.ascontiguousarray(flat, dtype=np.float32))
    environment = dict(os.environ)
    if threads is not None:
        environment["RAYON_NUM_THREADS"] = str(threads)
    command = [options.time_run, program, path, str(options.repetitions + 1)]
    text = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment
    ).stdout
    result = json.loads(text)
    # The first repetition warms up, as on the other side.
    return result["seconds"][1:], np.array(result["counts"])


# --- the frameworks; each gives a function from inputs [steps, samples, ...] to counts


def norse_network(graph, step):
    import norse.torch
    import torch

    network = norse.torch.from_nir(graph, dt=step, ignore_warnings=True)

    def run(inputs):
        state, counts = None, 0
        for x in inputs:
            spikes, state = network(x, state)
            counts = counts + spikes
        return counts

    return torch.inference_mode()(run)


def snntorch_braille(graph, step):
    import snntorch
    import torch

    nodes = graph.nodes

    def affine(node):
        layer = torch.nn.Linear(*reversed(node.weight.shape))
        layer.weight.data = torch.tensor(node.weight)
        layer.bias.data = torch.tensor(node.bias)
        return layer

    def decays(node):
        return {
            "alpha": float(1 - step / node.tau_syn[0]),
            "beta": float(1 - step / node.tau_mem[0]),
            "threshold": float(node.v_threshold[0]),
            "reset_mechanism": "subtract",
        }

    fc1, fc2 = affine(nodes["fc1"]), affine(nodes["fc2"])
    hidden = nodes["lif1.lif"]
    lif1 = snntorch.RSynaptic(**decays(hidden), linear_features=hidden.v_threshold.size)
    lif1.recurrent = affine(nodes["lif1.w_rec"])
    lif2 = snntorch.Synaptic(**decays(nodes["lif2"]))

    def run(inputs):
        counts = 0
        rest = torch.zeros(len(inputs[0]), hidden.v_threshold.size)
        spk1, syn1, mem1 = rest, rest, rest
        syn2, mem2 = torch.zeros(2, len(inputs[0]), nodes["lif2"].v_threshold.size)
        for x in inputs:
            spk1, syn1, mem1 = lif1(fc1(x), spk1, syn1, mem1)
            spk2, syn2, mem2 = lif2(fc2(spk1), syn2, mem2)
            counts = counts + spk2
        return counts

    return torch.inference_mode()(run)


def snntorch_cnn(graph, _step):
    import nir
    import snntorch
    import torch

    order = [str(n) for n in range(13)]
    layers = []
    for name in order:
        node = graph.nodes[name]
        if isinstance(node, nir.Conv2d):
            channels = (node.weight.shape[1] * node.groups, node.weight.shape[0])
            layer = torch.nn.Conv2d(
                *channels, node.weight.shape[2:], tuple(node.stride), tuple(node.padding)
            )
        elif isinstance(node, nir.Affine):
            layer = torch.nn.Linear(*reversed(node.weight.shape))
        elif isinstance(node, nir.SumPool2d):
            # A sum, as PyTorch has it.
            layer = torch.nn.AvgPool2d(
                tuple(node.kernel_size), tuple(node.stride), divisor_override=1
            )
        elif isinstance(node, nir.Flatten):
            layer = torch.nn.Flatten()
        else:
            threshold = float(node.v_threshold.flat[0])
            layer = snntorch.Leaky(
                beta=1.0, threshold=threshold, reset_mechanism="zero", reset_delay=False
            )
        if hasattr(node, "weight"):
            layer.weight.data = torch.tensor(node.weight)
            layer.bias.data = torch.tensor(node.bias)
        layers.append(layer)

    def run(inputs):
        states = {k: l.init_leaky() for k, l in enumerate(layers) if hasattr(l, "init_leaky")}
        counts = 0
        for x in inputs:
            for k, layer in enumerate(layers):
                if k in states:
                    x, states[k] = layer(x, states[k])
                else:
                    x = layer(x)
            counts = counts + x
        return counts

    return torch.inference_mode()(run)


def timed(run, inputs, threads, repetitions):
    """Seconds of each repetition, and counts [samples, outputs]."""
    import torch

    torch.set_num_threads(threads)
    x = torch.tensor(inputs).transpose(0, 1).contiguous()
    counts = run(x)
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        run(x)
        seconds.append(time.perf_counter() - start)
    return seconds, counts.numpy()


# --- the cases


def cases(corpus):
    """(name, model, passes by framework, frameworks, step, input of one sample)"""
    import numpy as np

    paper = corpus / "data" / "paper"
    rng = np.random.default_rng(1)
    braille = np.load(corpus / "data" / "derived" / "ds_test_sample0_input.npy")
    # N-MNIST has about this share of active pixels in a millisecond.
    events = rng.random((300, 2, 34, 34)) < 0.02
    return [
        {
            "name": "Braille",
            "model": paper / "03_rnn" / "braille_noDelay_bias_zero.nir",
            "frameworks": {
                "Norse": (
                    norse_network,
                    ["--nir-to-ct=dt=1e-4 reset=zero", "--ct-to-dt=feedback=path"],
                ),
                # snnTorch 1.0.0 resets a recurrent neuron in the next step only.
                "snnTorch": (
                    snntorch_braille,
                    ["--nir-to-ct=dt=1e-4 reset=subtract", "--ct-to-dt=reset-timing=next-step"],
                ),
            },
            "step": 1e-4,
            "input": braille.astype(np.float32),
        },
        {
            "name": "CNN",
            "model": paper / "02_cnn" / "cnn_sinabs.nir",
            "frameworks": {
                "Norse": (norse_network, ["--nir-to-ct=dt=1 reset=zero", "--ct-to-dt"]),
                "snnTorch": (snntorch_cnn, ["--nir-to-ct=dt=1 reset=zero", "--ct-to-dt"]),
            },
            "step": 1.0,
            "input": events.astype(np.float32),
        },
    ]


def compare(options, case, folder, default):
    import nir
    import numpy as np

    graph = nir.read(case["model"])
    for node in graph.nodes.values():
        if isinstance(node, nir.Flatten) and node.start_dim == 0:
            # NIR counts dimensions without the batch, PyTorch with it.
            node.start_dim = 1
    for framework, (build, passes) in case["frameworks"].items():
        program = lowered(options, case["model"], passes, folder)
        network = build(graph, case["step"])
        for samples in [1, 32]:
            # Each sample begins at another step, so that they differ.
            inputs = np.stack([np.roll(case["input"], 7 * k, axis=0) for k in range(samples)])
            for threads in sorted({default, 1}, reverse=True):
                peer, expected = timed(network, inputs, threads, options.repetitions)
                ours, counts = nirc(options, program, inputs, folder, threads)
                off = int(np.abs(counts - expected).sum())
                total = int(expected.sum())
                spikes = f"{total} equal" if off == 0 else f"{total}, {off} differ"
                cells = [case["name"], framework, samples, threads, spikes]
                cells += [f"{1e3 * min(t):.2f} / {1e3 * np.median(t):.2f}" for t in (peer, ours)]
                ratios = (min(peer) / min(ours), np.median(peer) / np.median(ours))
                cells.append("{:.1f} / {:.1f}".format(*ratios))
                print("| " + " | ".join(str(c) for c in cells) + " |", flush=True)


def main():
    options = arguments()
    in_environment(options.venv)
    import torch

    threads = torch.get_num_threads()
    print(
        "| network | framework | samples | threads | output spikes | framework, ms (min / median) "
        "| nirc, ms (min / median) | ratio (min / median) |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(options.corpus):
            compare(options, case, Path(folder), threads)


if __name__ == "__main__":
    main()
