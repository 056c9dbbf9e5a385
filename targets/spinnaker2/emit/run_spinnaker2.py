#!/usr/bin/env python3
"""Builds the network of network.json with py-spinnaker2 and runs it.

    run_spinnaker2.py INPUT.npy [--eth-ip IP | --stm-ip IP | --brian2 | --mapping-only] [-o OUT.npz]

INPUT holds counts of spikes [steps, elements], or [samples, steps, elements]; with several inputs, an
.npz with one array for each, by name. Weights are integers within the ranges of their applications,
delays fit, and core sizes are set so that every processing element's data fit, so nothing needs to be
tried out. A neuron's spikes are written as an array [steps, neurons] for each output, by name.

Needs py-spinnaker2 and numpy. Written by nirc for network.json; it reads nothing else.
"""
import argparse
import json
import pathlib

import numpy as np

FORMAT = "nirc-spinnaker2-network-1"


def spike_times(counts, copies):
    """Ticks of each neuron of a spike list: neuron j * elements + i spikes where element i has more
    than j spikes."""
    steps, elements = counts.shape
    if counts.max(initial=0) > copies:
        raise SystemExit(
            f"an element has {int(counts.max())} spikes in a step, the network has room for {copies}: "
            "compile with --calibrate on these samples"
        )
    return {
        copy * elements + element: np.flatnonzero(counts[:, element] > copy).tolist()
        for copy in range(copies)
        for element in range(elements)
    }


def build(snn, network):
    """The network with its populations by name."""
    net = snn.Network("nirc")
    populations = {}
    for entry in network["populations"]:
        is_list = entry["model"] == "spike_list"
        population = snn.Population(
            size=entry["size"],
            neuron_model=entry["model"],
            params={n: [] for n in range(entry["size"])} if is_list else dict(entry["params"]),
            name=entry["name"],
            record=[] if is_list else entry["record"],
        )
        population.set_max_atoms_per_core(entry["max_atoms_per_core"])
        populations[entry["name"]] = population
    projections = []
    for entry in network["projections"]:
        pre, post = populations[entry["pre"]], populations[entry["post"]]
        if "connections" in entry:
            projection = snn.Projection(pre=pre, post=post, connections=entry["connections"])
        else:
            weights = np.asarray(entry["weights"], dtype=np.int8)
            projection = snn.Conv2DProjection(pre, post, weights, entry["conv_params"])
        projections.append(projection)
    net.add(*populations.values(), *projections)
    return net, populations


def raster(spikes, steps, size):
    """The spikes of a population as an array [steps, neurons]."""
    array = np.zeros((steps, size), dtype=np.uint8)
    for neuron, times in spikes.items():
        for time in times:
            if time < steps:
                array[int(time), int(neuron)] = 1
    return array


def samples(path, inputs):
    """For each sample, the counts of each input by name."""
    loaded = np.load(path)
    arrays = {inputs[0]: loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    missing = [name for name in inputs if name not in arrays]
    if missing:
        raise SystemExit(f"{path} has no array named {', '.join(missing)}")
    arrays = {name: np.asarray(arrays[name]) for name in inputs}
    return arrays


def one_sample(array, index, elements):
    """Sample `index` as [steps, elements]: the shape of an element may have several dimensions."""
    total = int(np.prod(array.shape))
    flat = array.reshape(array.shape[0], -1) if total == array.shape[0] * elements else None
    if flat is not None:
        return flat
    return array[index].reshape(array.shape[1], elements)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("input")
    parser.add_argument("-o", "--output", default="spikes.npz")
    parser.add_argument("--network", default=pathlib.Path(__file__).with_name("network.json"))
    parser.add_argument("--sample", type=int, default=0, help="which sample (default: 0)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--eth-ip", help="a board with one chip")
    where.add_argument("--stm-ip", help="a board with 48 chips")
    where.add_argument("--brian2", action="store_true", help="py-spinnaker2's simulator")
    parser.add_argument("--mapping-only", action="store_true", help="do not run")
    arguments = parser.parse_args()

    network = json.loads(pathlib.Path(arguments.network).read_text())
    if network["format"] != FORMAT:
        raise SystemExit(f"{arguments.network} is not of format {FORMAT}")
    lists = {p["name"]: p for p in network["populations"] if p["model"] == "spike_list"}
    arrays = samples(arguments.input, list(lists))
    from spinnaker2 import snn

    net, populations = build(snn, network)
    steps = 0
    for name, entry in lists.items():
        elements = entry["size"] // entry["copies"]
        counts = one_sample(arrays[name], arguments.sample, elements)
        populations[name].params = spike_times(counts, entry["copies"])
        steps = max(steps, counts.shape[0])
    if steps > network["ticks"]:
        raise SystemExit(
            f"the input has {steps} steps, memory was counted for {network['ticks']}: compile with "
            f"--map ticks={steps}"
        )
    if arguments.brian2:
        from spinnaker2 import brian2_sim

        hardware = brian2_sim.Brian2Backend()
        hardware.run(net, steps)
    else:
        from spinnaker2 import hardware as boards

        if arguments.stm_ip:
            hardware = boards.SpiNNcloud48NodeBoard(stm_ip=arguments.stm_ip)
        else:
            hardware = boards.SpiNNaker2Chip(eth_ip=arguments.eth_ip)
        options = {"sys_tick_in_s": network["sys_tick_in_s"]}
        if arguments.mapping_only:
            options["mapping_only"] = True
        hardware.run(net, steps, **options)
    if arguments.mapping_only:
        return
    rasters = {}
    for output in network["outputs"]:
        population = populations[output["population"]]
        rasters[output["name"]] = raster(population.get_spikes(), steps, population.size)
    np.savez_compressed(arguments.output, **rasters)
    for name, spikes in rasters.items():
        print(f"{name}: {int(spikes.sum())} spikes in {steps} ticks")


if __name__ == "__main__":
    main()
