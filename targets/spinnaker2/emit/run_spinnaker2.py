#!/usr/bin/env python3
"""Builds the network of network.json with py-spinnaker2 and runs it.

    run_spinnaker2.py INPUT.npy [--eth-ip IP | --stm-ip IP | --brian2] [--mapping-only]
                      [--sample N | --all] [--labels Y.npy] [-o OUT.npz]

INPUT holds counts of spikes [steps, elements], or [samples, steps, elements]; an element's shape may have
several dimensions. With several inputs, an .npz with one array for each, by name. Weights are integers
within the ranges of their applications, delays fit, and core sizes are set so that every processing
element's data fit, so nothing needs to be tried out. Spikes are written as an array [steps, neurons] for
each output, by name; with --all [samples, steps, neurons].

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


def samples(path, sizes):
    """For each input, its samples [samples, steps, elements]. `sizes`: the elements of each, by name."""
    loaded = np.load(path)
    arrays = {next(iter(sizes)): loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    missing = [name for name in sizes if name not in arrays]
    if missing:
        raise SystemExit(f"{path} has no array named {', '.join(missing)}")
    return {name: by_sample(name, np.asarray(arrays[name]), size) for name, size in sizes.items()}


def by_sample(name, array, elements):
    """An array as [samples, steps, elements]."""
    if array.ndim >= 3 and array[0, 0].size == elements:
        return array.reshape(*array.shape[:2], elements)
    if array.ndim >= 2 and array[0].size == elements:
        return array.reshape(1, len(array), elements)
    raise SystemExit(f"the array of {name} has the shape {array.shape}, its steps do not have {elements} elements")


def backend(arguments, system):
    """What runs the network: without an address, py-spinnaker2's own default for the board that nirc compiled
    for. Public scripts make one for each run."""
    if arguments.brian2:
        from spinnaker2 import brian2_sim

        return brian2_sim.Brian2Backend()
    from spinnaker2 import hardware

    if arguments.stm_ip:
        return hardware.SpiNNcloud48NodeBoard(stm_ip=arguments.stm_ip)
    if arguments.eth_ip:
        return hardware.SpiNNaker2Chip(eth_ip=arguments.eth_ip)
    return hardware.SpiNNcloud48NodeBoard() if system == "spinnaker2-48" else hardware.SpiNNaker2Chip()


def report(rasters, labels):
    """Prints the spikes of each output [samples, steps, neurons] and, with labels, how often the neuron of
    the first output with the most spikes is right."""
    for name, spikes in rasters.items():
        print(f"{name}: {int(spikes.sum())} spikes in {spikes.shape[0]} x {spikes.shape[1]} ticks")
    if labels is not None:
        counts = next(iter(rasters.values())).sum(axis=1)
        right = int((counts.argmax(axis=1) == labels).sum())
        print(f"accuracy: {right}/{len(labels)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("input")
    parser.add_argument("-o", "--output", default="spikes.npz")
    parser.add_argument("--network", default=pathlib.Path(__file__).with_name("network.json"))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--sample", type=int, default=0, help="which sample (default: 0)")
    which.add_argument("--all", action="store_true", help="all samples, one after the other")
    parser.add_argument("--labels", help="the class of each sample, .npy")
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
    arrays = samples(arguments.input, {name: p["size"] // p["copies"] for name, p in lists.items()})
    count = min(len(array) for array in arrays.values())
    steps = max(array.shape[1] for array in arrays.values())
    if steps > network["ticks"]:
        raise SystemExit(
            f"the input has {steps} steps, memory was counted for {network['ticks']}: compile with "
            f"--map ticks={steps}"
        )
    chosen = list(range(count)) if arguments.all else [arguments.sample]
    if chosen[-1] >= count:
        raise SystemExit(f"there is no sample {arguments.sample}, the input has {count}")

    from spinnaker2 import snn

    net, populations = build(snn, network)
    rasters = {output["name"]: [] for output in network["outputs"]}
    for number, sample in enumerate(chosen):
        for name, entry in lists.items():
            populations[name].params = spike_times(arrays[name][sample], entry["copies"])
        if number > 0:
            net.reset()
        options = {} if arguments.brian2 else {"sys_tick_in_s": network["sys_tick_in_s"]}
        if arguments.mapping_only:
            options["mapping_only"] = True
        backend(arguments, network["system"]).run(net, steps, **options)
        if arguments.mapping_only:
            return
        for output in network["outputs"]:
            population = populations[output["population"]]
            rasters[output["name"]].append(raster(population.get_spikes(), steps, population.size))
    rasters = {name: np.stack(each) for name, each in rasters.items()}
    labels = np.load(arguments.labels)[chosen] if arguments.labels else None
    report(rasters, labels)
    if not arguments.all:
        rasters = {name: each[0] for name, each in rasters.items()}
    np.savez_compressed(arguments.output, **rasters)


if __name__ == "__main__":
    main()
