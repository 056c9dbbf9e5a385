#!/usr/bin/env python3
"""Builds the network beside this file in Lava (lava-nc 0.10.0, Python 3.10) and runs it on the CPU with the
arithmetic of Loihi 2.

    run_lava.py INPUT.npz OUTPUT.npz [--states]

INPUT holds an array [steps, elements] of counts or payloads for each input, by node; OUTPUT gets spikes
[steps, neurons] of each population by name, and with --states also u and v, as NAME/u and NAME/v.
"""
import json
import pathlib
import sys

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense, DelayDense
from lava.proc.graded.process import GradedVec
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor
from lava.proc.sparse.process import DelaySparse, Sparse
from lava.utils.weightutils import SignMode

SIGN_MODES = {"mixed": SignMode.MIXED, "excitatory": SignMode.EXCITATORY, "inhibitory": SignMode.INHIBITORY}


def order(population):
    """The elements in Lava's order (column, row, channel); the description counts channel, row, column."""
    shape = population["shape"]
    elements = np.arange(int(np.prod(shape)))
    return elements.reshape(shape).transpose().ravel() if len(shape) == 3 else elements


def unrolled(connection, weight, shapes):
    """The matrix of a convolution, [target, source], both counted channel, row, column."""
    (channels, rows, columns), (made, made_rows, made_columns) = shapes
    (own_made, own, height, width), groups = weight.shape, connection["groups"]
    stride, padding, dilation = (connection[key] for key in ("stride", "padding", "dilation"))
    targets, sources, values = [], [], []
    for y in range(made_rows):
        for x in range(made_columns):
            for i in range(height):
                for j in range(width):
                    row = y * stride[0] + i * dilation[0] - padding[0]
                    column = x * stride[1] + j * dilation[1] - padding[1]
                    if not (0 <= row < rows and 0 <= column < columns):
                        continue
                    outputs = np.arange(own_made)[:, None]
                    inputs = outputs // (own_made // groups) * own + np.arange(own)
                    targets.append(np.broadcast_to((outputs * made_rows + y) * made_columns + x, inputs.shape).ravel())
                    sources.append(((inputs * rows + row) * columns + column).ravel())
                    values.append(weight[:, :, i, j].ravel())
    size = (made * made_rows * made_columns, channels * rows * columns)
    indices = (np.concatenate(targets), np.concatenate(sources))
    return csr_matrix((np.concatenate(values), indices), shape=size)


def synapses(index, connection, populations, arrays):
    """The process of a connection's synapses, and whether it takes and gives maps."""
    array = lambda name: arrays[f"connection.{index}.{name}"].astype(int)
    source, target = (populations[connection[end]] for end in ("source", "target"))
    weight, delay = array("weight"), connection["delay"]
    options = {
        "weight_exp": connection["weight_exponent"],
        "num_weight_bits": connection["weight_bits"],
        "sign_mode": SIGN_MODES[connection["sign_mode"]],
        "num_message_bits": connection["message_bits"],
    }
    kind = connection["kind"]
    if kind == "convolution" and delay == 0:
        return Conv(
            # Lava convolves, the description correlates; [output, column, row, input].
            weight=weight[:, :, ::-1, ::-1].transpose(0, 3, 2, 1),
            input_shape=tuple(source["shape"][::-1]),
            stride=tuple(connection["stride"][::-1]),
            padding=tuple(connection["padding"][::-1]),
            dilation=tuple(connection["dilation"][::-1]),
            groups=connection["groups"],
            num_message_bits=connection["message_bits"],
        ), True
    turned = lambda matrix: matrix[order(target)][:, order(source)]
    if kind == "dense":
        if delay == 0:
            return Dense(weights=turned(weight), **options), False
        delays = turned(array("delay").reshape(weight.shape)) if delay == "each" else np.full(weight.shape, delay)
        return DelayDense(weights=turned(weight), delays=delays, **options), False
    if kind == "convolution":
        matrix = unrolled(connection, weight, (source["shape"], target["shape"]))
        delays = csr_matrix((np.full_like(matrix.data, delay), matrix.indices, matrix.indptr), shape=matrix.shape)
    else:
        size = tuple(int(np.prod(population["shape"])) for population in (target, source))
        column = lambda values: csc_matrix((values, array("targets"), array("starts")), shape=size).tocsr()
        matrix = column(weight)
        if delay != 0:
            delays = column(array("delay") if delay == "each" else np.full_like(weight, delay))
    if delay == 0:
        return Sparse(weights=turned(matrix), **options), False
    return DelaySparse(weights=turned(matrix), delays=turned(delays), **options), False


def neurons(index, population, arrays):
    """The process of a population's neurons."""
    shape = tuple(population["shape"][::-1])
    if population["kind"] == "relay":
        return GradedVec(shape=shape, vth=population["threshold"])
    count = int(np.prod(shape))
    bias = {}
    if population.get("bias"):
        for name, key in (("bias_mant", "bias_mantissa"), ("bias_exp", "bias_exponent")):
            values = arrays[f"population.{index}.{key}"].astype(int)
            values = np.repeat(values, count // len(values))
            bias[name] = values[order(population)].reshape(shape)
    rest = {key: population.get(key, 0) for key in ("u", "v")}
    return LIF(shape=shape, du=population["du"], dv=population["dv"], vth=population["threshold"], **bias, **rest)


def connect(port, process, is_map, target_shape, to):
    """Connects a port that sends to synapses, and these to neurons."""
    (port if is_map or len(port.shape) == 1 else port.flatten()).connect(process.s_in)
    sends = process.a_out
    (sends if is_map or len(target_shape) == 1 else sends.reshape(target_shape)).connect(to)


def run(folder, inputs, states=False):
    """Runs one step for each row of `inputs`, by node; spikes, and u and v, [steps, neurons] by population."""
    folder = pathlib.Path(folder)
    network = json.loads((folder / "network.json").read_text())
    arrays = np.load(folder / "network.npz")
    populations = network["populations"]
    nodes = {place["population"]: place["node"] for place in network["inputs"]}
    steps = len(next(iter(inputs.values())))
    processes, ports = [], []
    for index, population in enumerate(populations):
        shape = tuple(population["shape"][::-1])
        if population["kind"] == "input":
            data = np.zeros((steps, int(np.prod(shape)))) if index not in nodes else np.asarray(inputs[nodes[index]])
            data = data[:, order(population)].T.reshape(*shape, steps)
            processes.append(Source(data=data.astype(np.int32)))
        else:
            processes.append(neurons(index, population, arrays))
        ports.append(processes[-1].s_out)
    for index, connection in enumerate(network["connections"]):
        process, is_map = synapses(index, connection, populations, arrays)
        target = connection["target"]
        shape = tuple(populations[target]["shape"][::-1])
        connect(ports[connection["source"]], process, is_map, shape, processes[target].a_in)
    sinks, monitors = {}, {}
    for index, population in enumerate(populations):
        if population["kind"] == "input":
            continue
        process = processes[index]
        sinks[index] = Sink(shape=process.s_out.shape, buffer=steps)
        process.s_out.connect(sinks[index].a_in)
        if states and population["kind"] == "lif":
            for name in ("u", "v"):
                monitors[index, name] = Monitor()
                monitors[index, name].probe(getattr(process, name), steps)
    # Lava runs what hangs together; a network may have parts that do not.
    for process in processes:
        if process.runtime is None:
            process.run(condition=RunSteps(num_steps=steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    result = {}

    def keep(index, name, values):
        flat = np.asarray(values).reshape(-1, steps)
        ordered = np.empty_like(flat)
        ordered[order(populations[index])] = flat
        result[populations[index]["name"] + name] = ordered.T.astype(np.int32)

    for index, sink in sinks.items():
        keep(index, "", sink.data.get())
    for (index, name), monitor in monitors.items():
        values = monitor.get_data()[processes[index].name][name]
        keep(index, "/" + name, np.moveaxis(np.asarray(values), 0, -1))
    for process in processes:
        process.stop()
    return result


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--states"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    inputs = dict(np.load(arguments[0]))
    result = run(pathlib.Path(__file__).parent, inputs, states="--states" in sys.argv)
    np.savez_compressed(arguments[1], **result)


if __name__ == "__main__":
    main()
