#!/usr/bin/env python3
"""Loads a Xylo specification written by nirc into samna, whatever its version.

    python load_xylo.py specification.json
        checks it with samna's validator
    python load_xylo.py specification.json -o configuration.json
        checks it and writes samna's own configuration file

or, in a program that already talks to a device:

    from load_xylo import configuration
    config, valid, message = configuration("specification.json")

Values are set by attribute name, so no file format of samna is relied upon. Needs samna only.
"""

import argparse
import importlib
import json
import sys

# target: (samna package, configuration class, hidden layer, hidden neuron class)
CHIPS = {
    "xylo-v1": ("samna.pollen", "PollenConfiguration", "reservoir", "ReservoirNeuron"),
    "xylo-audio-2": ("samna.xyloCore2", "XyloConfiguration", "reservoir", "ReservoirNeuron"),
    "xylo-audio-3": ("samna.xyloAudio3", "XyloConfiguration", "hidden", "HiddenNeuron"),
    "xylo-imu": ("samna.xyloImu", "XyloConfiguration", "hidden", "HiddenNeuron"),
}


def module(name):
    """A samna submodule. Some versions offer it as an attribute of samna only."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        found = importlib.import_module("samna")
        for part in name.split(".")[1:]:
            found = getattr(found, part)
        return found


def plane(weights, synapse):
    """The weights of one synapse: [source][target]."""
    return [[synapses[synapse] for synapses in row] for row in weights]


def fill(config, make_hidden, make_readout, chip, spec):
    """Sets everything that the network decides."""
    hidden = getattr(config, CHIPS[chip][2])
    synapses = len(spec["weights_in"][0][0])
    has_synapse_2 = chip != "xylo-imu"
    has_bias = chip != "xylo-v1"
    number, readouts = len(spec["weights_rec"]), len(spec["weights_out"][0])
    zeros, zeros_out = [0] * number, [0] * readouts
    bias, bias_out = spec.get("bias") or zeros, spec.get("bias_out") or zeros_out
    dash_syn_2 = spec.get("dash_syn_2") or zeros
    aliases = spec.get("aliases") or [[]] * number
    if synapses > 1 and not has_synapse_2:
        raise ValueError(f"{chip} has no second synapse")
    if any(bias + bias_out) and not has_bias:
        raise ValueError(f"{chip} has no bias")

    config.input.weights = plane(spec["weights_in"], 0)
    hidden.weights = plane(spec["weights_rec"], 0)
    config.readout.weights = spec["weights_out"]
    if has_synapse_2:
        config.synapse2_enable = synapses > 1
    if synapses > 1:
        config.input.syn2_weights = plane(spec["weights_in"], 1)
        hidden.syn2_weights = plane(spec["weights_rec"], 1)
    config.input.weight_bit_shift = spec.get("weight_shift_in", 0)
    hidden.weight_bit_shift = spec.get("weight_shift_rec", 0)
    config.readout.weight_bit_shift = spec.get("weight_shift_out", 0)
    hidden.aliasing = any(aliases)
    if has_bias:
        enabled = spec.get("has_bias")
        config.bias_enable = any(bias + bias_out) if enabled is None else enabled

    neurons = []
    for i in range(number):
        neuron = make_hidden()
        neuron.threshold = spec["threshold"][i]
        neuron.v_mem_decay = spec["dash_mem"][i]
        neuron.i_syn_decay = spec["dash_syn"][i]
        if has_synapse_2:
            neuron.i_syn2_decay = dash_syn_2[i]
        if has_bias:
            neuron.v_mem_bias = bias[i]
        if aliases[i]:
            neuron.alias_target = aliases[i][0]
        neurons.append(neuron)
    hidden.neurons = neurons

    neurons = []
    for i in range(readouts):
        neuron = make_readout()
        neuron.threshold = spec["threshold_out"][i]
        neuron.v_mem_decay = spec["dash_mem_out"][i]
        neuron.i_syn_decay = spec["dash_syn_out"][i]
        if has_bias:
            neuron.v_mem_bias = bias_out[i]
        neurons.append(neuron)
    config.readout.neurons = neurons


def clocks(config, package, chip, spec):
    """Clocks, power and the source of input events, as each chip's network needs them."""
    if chip == "xylo-audio-2":
        for name in ("isyn_clock", "ra_clock", "hm_clock", "ram_power"):
            setattr(config.debug, name + "_enable", True)
        config.debug.isyn2_clock_enable = bool(config.synapse2_enable)
        config.debug.bias_clock_enable = bool(config.bias_enable)
    elif chip == "xylo-audio-3":
        config.input_source = package.InputSource.SpikeEvents
    elif chip == "xylo-imu":
        config.imu_if_input_enable = False
        config.debug.always_update_omp_stat = True


def configuration(path, chip=None):
    """The samna configuration of a specification file, whether samna finds it valid, and why not.

    `chip` is a target name such as "xylo-audio-2"; by default the one that the file was made for.
    """
    with open(path) as file:
        spec = json.load(file)
    chip = chip or spec.get("chip")
    if chip not in CHIPS:
        raise ValueError(f"{path}: chip {chip!r} is none of {', '.join(CHIPS)}")
    name, config_class, _, hidden_class = CHIPS[chip]
    package, classes = module(name), module(name + ".configuration")
    config = getattr(classes, config_class)()
    hidden_neuron = getattr(classes, hidden_class)
    fill(config, hidden_neuron, classes.OutputNeuron, chip, spec)
    clocks(config, package, chip, spec)
    valid, message = package.validate_configuration(config)
    return config, valid, message


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("specification", help="the specification file of nirc")
    parser.add_argument("-o", "--out", help="where to write samna's own configuration file")
    parser.add_argument("--chip", choices=CHIPS, help="another chip than the file names")
    arguments = parser.parse_args()
    config, valid, message = configuration(arguments.specification, arguments.chip)
    if not valid:
        print(message.strip(), file=sys.stderr)
        return 1
    if arguments.out:
        with open(arguments.out, "w") as file:
            file.write(config.to_json())
    print("valid")
    return 0


if __name__ == "__main__":
    sys.exit(main())
