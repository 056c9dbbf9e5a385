#!/usr/bin/env python3
"""Runs run_spinnaker2.py on a stand-in for py-spinnaker2 that refuses what the public documents say
py-spinnaker2 and its applications do not take, and computes what they say the applications compute.

    spinnaker2_runner.py --against RECORDED.npz FOLDER ARGUMENT...

FOLDER holds run_spinnaker2.py and network.json; the arguments go to the script. The last line that is
printed is JSON: which backends were made, with what options the network was run, its populations, how many
spikes its outputs have, and in how many places these differ from RECORDED, what `nirc run` wrote.
"""

import json
import pathlib
import runpy
import sys
import types

import numpy as np

# Largest weight, largest delay, most neurons on a processing element, and the parameters.
LIF = {"threshold", "alpha_decay", "i_offset", "v_init", "v_reset"}
CURRENTS = LIF | {"exc_decay", "inh_decay", "t_refrac"}
MODELS = {
    "lif": (15, 7, 250, LIF),
    "lif_no_delay": (127, 0, 256, LIF),
    "lif_curr_exp": (15, 7, 250, CURRENTS),
    "lif_curr_exp_no_delay": (127, 0, 256, CURRENTS),
    "lif_conv2d": (127, 0, 256, LIF),
}
RECORDS = {"spikes", "v", "v_last", "time_done", "n_packets"}
RESETS = {"reset_by_subtraction", "reset_to_v_reset"}
CONVOLUTION = {"in_height", "in_width", "stride_x", "stride_y", "pool_x", "pool_y"}
CONVOLUTION |= {"pad_top", "pad_bottom", "pad_left", "pad_right"}
log = {"backends": [], "runs": [], "resets": 0, "populations": {}}


class Population:
    def __init__(self, size, neuron_model, params, name=None, record=()):
        assert isinstance(size, int) and size > 0, size
        assert set(record) <= RECORDS, record
        self.size, self.model, self.params, self.name, self.record = size, neuron_model, params, name, list(record)
        self.spikes = None
        if neuron_model != "spike_list":
            _, _, _, known = MODELS[neuron_model]
            assert set(params) == known | {"reset"}, set(params) ^ (known | {"reset"})
            assert params["reset"] in RESETS, params["reset"]
            for name in known:
                value = params[name]
                assert not isinstance(value, list) or len(value) == size, name
        log["populations"][self.name] = {"model": neuron_model, "size": size}

    def set_max_atoms_per_core(self, atoms):
        most = 250 if self.model == "spike_list" else MODELS[self.model][2]
        assert 1 <= atoms <= most, (self.name, atoms)
        log["populations"][self.name]["max_atoms_per_core"] = atoms

    def each(self, parameter):
        return np.broadcast_to(np.asarray(self.params.get(parameter, 0), dtype=np.float32), self.size)

    def get_spikes(self):
        assert "spikes" in self.record and self.spikes is not None, self.name
        return self.spikes


class Projection:
    """One signed integer sum for each target and delay, as a table [delay, target, source]."""

    def __init__(self, pre, post, connections):
        weight, delay, _, _ = MODELS[post.model]
        assert post.model != "lif_conv2d"
        self.pre, self.post = pre, post
        self.tables = np.zeros((2, delay + 1, post.size, pre.size), dtype=np.int64)
        for source, target, w, d in connections:
            assert all(isinstance(x, int) for x in (source, target, w, d))
            assert abs(w) <= weight and 0 <= d <= delay, (self.post.name, w, d)
            assert 0 <= source < pre.size and 0 <= target < post.size
            self.tables[int(w < 0), d, target, source] += abs(w)

    def sums(self, spikes):
        """Sums of positive and of negative weights [sign, delay, target]."""
        return self.tables @ spikes.astype(np.int64)


class Conv2DProjection:
    """A cross-correlation of the pooled input, target by target."""

    def __init__(self, pre, post, weights, params):
        assert post.model == "lif_conv2d" and set(params) == CONVOLUTION
        assert weights.dtype == np.int8 and weights.ndim == 4 and weights.min() >= -127
        self.pre, self.post, self.weights, self.params = pre, post, weights.astype(np.int64), params
        assert pre.size == weights.shape[0] * params["in_height"] * params["in_width"]

    def sums(self, spikes):
        p, (channels, outputs, height, width) = self.params, self.weights.shape
        image = spikes.astype(np.int64).reshape(channels, p["in_height"], p["in_width"])
        rows, columns = p["in_height"] // p["pool_x"], p["in_width"] // p["pool_y"]
        image = image[:, : rows * p["pool_x"], : columns * p["pool_y"]]
        image = image.reshape(channels, rows, p["pool_x"], columns, p["pool_y"]).sum(axis=(2, 4))
        image = np.pad(image, ((0, 0), (p["pad_top"], p["pad_bottom"]), (p["pad_left"], p["pad_right"])))
        windows = np.lib.stride_tricks.sliding_window_view(image, (height, width), axis=(1, 2))
        windows = windows[:, :: p["stride_x"], :: p["stride_y"]]
        parts = [np.maximum(self.weights, 0), np.maximum(-self.weights, 0)]
        sums = [np.einsum("crskl,cokl->ors", windows, part).reshape(-1) for part in parts]
        assert sums[0].size == self.post.size, (sums[0].size, self.post.size)
        return np.stack(sums)[:, None, :]


class Network:
    def __init__(self, name):
        self.name, self.populations, self.projections = name, [], []

    def add(self, *parts):
        for part in parts:
            (self.populations if isinstance(part, Population) else self.projections).append(part)

    def reset(self):
        log["resets"] += 1
        for population in self.populations:
            population.spikes = None


class Backend:
    """One run of a network, in the order of the chip and in its 32-bit floats."""

    def __init__(self, kind, **options):
        self.used = False
        log["backends"].append([kind, options])

    def run(self, net, ticks, **options):
        assert not self.used, "a backend runs once"
        self.used = True
        log["runs"].append([ticks, options])
        assert not set(options) - {"sys_tick_in_s", "mapping_only", "debug"}
        if options.get("mapping_only"):
            return
        names = [population.name for population in net.populations]
        assert len(set(names)) == len(names)
        state = {p: self.rest(p) for p in net.populations if p.model != "spike_list"}
        sent = {p: np.zeros(p.size, dtype=bool) for p in net.populations}
        for population in net.populations:
            population.spikes = {neuron: [] for neuron in range(population.size)}
        for tick in range(ticks):
            for projection in net.projections:
                sums = projection.sums(sent[projection.pre])
                ring = state[projection.post]["ring"]
                for delay in range(sums.shape[1]):
                    ring[(tick + delay) % 8] += sums[:, delay]
            for population in net.populations:
                if population.model == "spike_list":
                    now = [tick in population.params[neuron] for neuron in range(population.size)]
                    sent[population] = np.asarray(now)
                    continue
                sent[population] = self.tick(population, state[population], tick)
                for neuron in np.flatnonzero(sent[population]):
                    population.spikes[int(neuron)].append(tick)

    @staticmethod
    def rest(population):
        zeros = np.zeros(population.size, dtype=np.float32)
        ring = np.zeros((8, 2, population.size), dtype=np.int64)
        return {"ring": ring, "v": population.each("v_init").copy(), "exc": zeros, "inh": zeros}

    @staticmethod
    def tick(population, state, tick):
        assert not np.any(population.each("t_refrac")), "the stand-in has no refractory time"
        one = lambda name: population.each(name)
        positive, negative = state["ring"][tick % 8].astype(np.float32)
        state["ring"][tick % 8] = 0
        if "exc_decay" in population.params:
            positive = state["exc"] * one("exc_decay") + positive
            negative = state["inh"] * one("inh_decay") + negative
        state["exc"], state["inh"] = positive, negative
        v = state["v"] * one("alpha_decay") + ((positive - negative) + one("i_offset"))
        spikes = v >= one("threshold")
        if population.params["reset"] == "reset_by_subtraction":
            after = v - one("threshold")
        else:
            after = one("v_reset")
        state["v"] = np.where(spikes, after, v)
        assert state["v"].dtype == np.float32
        return spikes


def main():
    package, snn = types.ModuleType("spinnaker2"), types.ModuleType("spinnaker2.snn")
    hardware, brian2 = types.ModuleType("spinnaker2.hardware"), types.ModuleType("spinnaker2.brian2_sim")
    snn.Population, snn.Projection, snn.Conv2DProjection = Population, Projection, Conv2DProjection
    snn.Network = Network
    hardware.SpiNNaker2Chip = lambda eth_ip="default": Backend("SpiNNaker2Chip", eth_ip=eth_ip)
    hardware.SpiNNcloud48NodeBoard = lambda stm_ip="default", eth_ip="default": Backend(
        "SpiNNcloud48NodeBoard", stm_ip=stm_ip
    )
    brian2.Brian2Backend = lambda: Backend("Brian2Backend")
    package.snn, package.hardware, package.brian2_sim = snn, hardware, brian2
    for module in (package, snn, hardware, brian2):
        sys.modules[module.__name__] = module
    recorded, folder, arguments = sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4:]
    written = folder / "spikes.npz"
    sys.argv = [str(folder / "run_spinnaker2.py"), *arguments, "-o", str(written)]
    runpy.run_path(sys.argv[0], run_name="__main__")
    log["spikes"], log["differing"] = 0, 0
    with np.load(written) as found, np.load(recorded) as expected:
        for name in found:
            own, other = found[name], expected[f"{name}/output"]
            if own.ndim < other.ndim:
                other = other[int(arguments[arguments.index("--sample") + 1])]
            other = other.reshape(own.shape)
            log["spikes"] += int(own.sum())
            log["differing"] += int((own != other).sum())
    print(json.dumps(log))


main()
