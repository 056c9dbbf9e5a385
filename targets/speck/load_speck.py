#!/usr/bin/env python3
"""Loads a Speck configuration written by nirc into samna, whatever its version.

    python load_speck.py config.json
        checks it with samna's validator
    python load_speck.py config.json -o configuration.json
        checks it and writes samna's own configuration file
    python load_speck.py config.json --chip speck2e
        the same for another chip of the family (default: speck2f)

or, in a program that already talks to a device:

    from load_speck import configuration
    config, valid, message = configuration("config.json", "speck2f")

Every value is set by its attribute name on samna's default configuration, so what the file does not
say stays as the vendor has it, and no file format of samna is relied upon. Needs samna only.
"""

import argparse
import importlib
import json
import sys

# Layers that a destination can name. samna 0.7.1 crashes on others.
CORES, READOUT = range(9), 12


def package(chip):
    """samna's package for a chip. Some versions offer it as an attribute of samna only."""
    try:
        return importlib.import_module(f"samna.{chip}")
    except ModuleNotFoundError:
        return getattr(importlib.import_module("samna"), chip)


def fill(target, values, path, missing):
    """Sets attributes, and those of attributes. Collects the names of those that are not there."""
    for name, value in values.items():
        where = f"{path}.{name}" if path else name
        if not hasattr(target, name):
            missing.append((where, value))
        elif isinstance(value, dict):
            part = getattr(target, name)
            fill(part, value, where, missing)
            # Where attributes are handed out as copies, the copy has to be put back.
            setattr(target, name, part)
        elif value and isinstance(value, list) and isinstance(value[0], dict):
            parts = getattr(target, name)
            if len(parts) != len(value):
                raise ValueError(f"{where}: {len(value)} entries in the file, {len(parts)} in samna")
            for i, (part, entry) in enumerate(zip(parts, value)):
                fill(part, entry, f"{where}[{i}]", missing)
            setattr(target, name, parts)
        else:
            setattr(target, name, value)


def unset(array):
    """False in the shape of an array."""
    return [unset(item) for item in array] if isinstance(array, list) else False


def revive(layer):
    """Kills nothing, on chips that have kill bits."""
    for array, bits in (
        ("weights", "weights_kill_bit"),
        ("biases", "biases_kill_bit"),
        ("neurons_initial_value", "neurons_value_kill_bit"),
    ):
        if hasattr(layer, bits):
            setattr(layer, bits, unset(read(getattr(layer, array))))


def read(array):
    """An array of samna as lists."""
    return [read(item) for item in array] if hasattr(array, "__iter__") else array


def check_destinations(values, has_readout):
    """Refuses what samna's validator crashes on."""
    layers = list(enumerate(values["cnn_layers"])) + [("sensor", values["dvs_layer"])]
    for index, layer in layers:
        for destination in layer["destinations"]:
            to = destination["layer"]
            if to not in CORES and not (has_readout and to == READOUT):
                raise ValueError(f"layer {index} sends to layer {to}, which this chip has not")


def configuration(path, chip="speck2f"):
    """samna's configuration object, whether its validator takes it, and the validator's message."""
    with open(path, encoding="utf-8") as file:
        values = json.load(file)
    samna = package(chip)
    check_destinations(values, has_readout=chip != "speck2b")
    config = samna.configuration.SpeckConfiguration()
    missing = []
    fill(config, values, "", missing)
    # An attribute of a later chip may be absent where it would do nothing.
    needed = [name for name, value in missing if value not in (False, 0)]
    if chip == "speck2b":
        # speck2b has other names for these; what they are for is off in the file, or it is refused.
        needed = [n for n in needed if n not in ("dvs_filter.threshold", "factory_config.internal_slow_clk_divider")]
    if needed:
        raise ValueError(f"samna.{chip} has no {', '.join(needed)}")
    for layer in config.cnn_layers:
        revive(layer)
    valid, message = samna.validate_configuration(config)
    return config, valid, message


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configuration", help="config.json as nirc writes it for speck2e or speck2f")
    parser.add_argument("--chip", default="speck2f", help="speck2e or speck2f")
    parser.add_argument("-o", "--output", help="write samna's own configuration file")
    arguments = parser.parse_args()
    config, valid, message = configuration(arguments.configuration, arguments.chip)
    print("valid" if valid else f"not valid: {message}")
    if valid and arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            file.write(config.to_json())
    return 0 if valid else 1


if __name__ == "__main__":
    sys.exit(main())
