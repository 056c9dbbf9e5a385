"""Runs folders of files for Loihi 2 in Intel's own Lava, for the tests.

    loihi2_lava.py FOLDER...

Each folder holds network.net, or network.npz with its script, and input.json: {"states": bool, "inputs":
{node: [steps][elements]}}. Into each goes output.json: {population: {"spikes", "u", "v"}}, each [steps][neurons] with
elements counted channel, row, column; u and v where states are asked for. netx's loader is used as it is; torch, which it imports for one function that none of our files needs, is
replaced where it is absent.
"""
import importlib.util
import json
import os
import pathlib
import signal
import sys
import traceback
import types

import numpy as np


def load_netx():
    """lava-dl's loader, without torch if that is absent."""
    if importlib.util.find_spec("torch") is None:
        import lava.lib.dl

        def absent(*_):
            raise NotImplementedError("resonate-and-fire neurons need torch")

        parts = ["lava.lib.dl.slayer", "lava.lib.dl.slayer.neuron", "lava.lib.dl.slayer.neuron.rf"]
        for name in parts:
            sys.modules[name] = types.ModuleType(name)
            sys.modules[name].__path__ = []
        sys.modules[parts[-1]].neuron_params = absent
        # The package's own __init__ imports torch; the loader beside it does not.
        folder = pathlib.Path(list(lava.lib.dl.__path__)[0]) / "netx"
        package = types.ModuleType("lava.lib.dl.netx")
        package.__path__ = [str(folder)]
        sys.modules[package.__name__] = package
        # Lava imports what stands beside a process when it looks for its models.
        name = "lava.lib.dl.netx.sequential_modules"
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__file__ = str(folder / "sequential_modules.py")
    return importlib.import_module("lava.lib.dl.netx.hdf5")


def elements(values, population):
    """[..., steps] in Lava's order to [steps][neurons] in NIR's."""
    shape = population["shape"]
    values = np.asarray(values)
    if values.ndim == 4:
        values = values.transpose(2, 1, 0, 3)
    return values.reshape(int(np.prod(shape)), -1).T.astype(int).tolist()


def run_netx(folder, description, inputs, states):
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.io.sink import RingBuffer as Sink
    from lava.proc.io.source import RingBuffer as Source
    from lava.proc.monitor.process import Monitor

    class Configuration(Loihi2SimCfg):
        """Models with the chip's arithmetic; processes without such a model have one alone."""

        def select(self, process, models):
            exact = [model for model in models if "fixed_pt" in model.tags]
            return exact[0] if exact else models[0]

    first = description["connections"][0]
    network = load_netx().Network(
        net_config=str(folder / "network.net"), input_message_bits=first["message_bits"]
    )
    (raster,) = inputs.values()
    raster = np.asarray(raster, dtype=np.int32).T
    steps = raster.shape[1]
    if len(network.inp.shape) == 3:
        columns, rows, channels = network.inp.shape
        raster = raster.reshape(channels, rows, columns, steps).transpose(2, 1, 0, 3)
    source = Source(data=np.ascontiguousarray(raster))
    source.s_out.connect(network.inp)
    sinks, monitors = [], []
    for layer in network.layers:
        sinks.append(Sink(shape=layer.out.shape, buffer=steps))
        layer.out.connect(sinks[-1].a_in)
        probes = {name: Monitor() for name in ("u", "v") if states}
        for name, monitor in probes.items():
            monitor.probe(getattr(layer.neuron, name), steps)
        monitors.append(probes)
    network.run(condition=RunSteps(num_steps=steps), run_cfg=Configuration(select_tag="fixed_pt"))
    result = {}
    for population, layer, sink, probes in zip(description["populations"][1:], network.layers, sinks, monitors):
        own = {"spikes": elements(sink.data.get(), population)}
        for name, monitor in probes.items():
            values = np.moveaxis(np.asarray(monitor.get_data()[layer.neuron.name][name]), 0, -1)
            own[name] = elements(values, population)
        result[population["name"]] = own
    network.stop()
    return result


def run_script(folder, description, inputs, states):
    specification = importlib.util.spec_from_file_location("run_lava", folder / "run_lava.py")
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    given = script.run(folder, {name: np.asarray(raster) for name, raster in inputs.items()}, states)
    result = {}
    for population in description["populations"]:
        name = population["name"]
        if name in given:
            own = {"spikes": given[name].tolist()}
            own.update({key: given[f"{name}/{key}"].tolist() for key in ("u", "v") if f"{name}/{key}" in given})
            result[name] = own
    return result


def give_up(*_):
    """Ends this script with Lava's processes, which wait for ever when one of them has failed."""
    traceback.print_stack()
    sys.stderr.flush()
    os.killpg(0, signal.SIGKILL)


def main():
    os.setpgrp()
    signal.signal(signal.SIGALRM, give_up)
    try:
        run_all()
    except BaseException:
        traceback.print_exc()
        give_up()


def run_all():
    for folder in map(pathlib.Path, sys.argv[1:]):
        signal.alarm(60)
        description = json.loads((folder / "network.json").read_text())
        given = json.loads((folder / "input.json").read_text())
        run = run_netx if (folder / "network.net").exists() else run_script
        output = json.dumps(run(folder, description, given["inputs"], given["states"]))
        (folder / "output.json").write_text(output)
        print(folder.name, "done", flush=True)


if __name__ == "__main__":
    main()
