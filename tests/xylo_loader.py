#!/usr/bin/env python3
"""Runs load_xylo.py on stand-ins for samna whose objects have exactly the attributes of a schema.

    python xylo_loader.py FOLDER

FOLDER holds load_xylo.py, CHIP.schema.json, CHIP.N.spec.json and CHIP.N.samna.json. A name that the
schema does not have is an error, and the outcome must equal the samna file.
"""

import json
import pathlib
import sys
import types


class Attributes:
    """An object with the attributes of a JSON object and no others."""

    def __init__(self, members):
        for name, value in members.items():
            nested = isinstance(value, dict) and not {"nullopt", "dimensions"} & set(value)
            object.__setattr__(self, name, Attributes(value) if nested else value)

    def __setattr__(self, name, value):
        if name not in self.__dict__:
            raise AttributeError(name)
        object.__setattr__(self, name, value)


def plain(name, value):
    """The JSON form that samna gives an attribute."""
    if isinstance(value, Attributes):
        return {key: plain(key, member) for key, member in value.__dict__.items()}
    if name == "neurons":
        return [plain("", neuron) for neuron in value]
    if name.endswith("weights") and isinstance(value, list):
        rows, columns = len(value), len(value[0])
        return {
            "dimensions": {"value0": rows, "value1": columns},
            "offsets": {"value0": columns, "value1": 1},
            "values": [weight for row in value for weight in row],
        }
    if name == "alias_target" and isinstance(value, int):
        return {"nullopt": False, "data": value}
    return value


def stand_in(package, root, hidden, config_class, hidden_class):
    """Puts modules in the place of samna's that make objects of the schema."""
    main, classes = types.ModuleType(package), types.ModuleType(package + ".configuration")
    setattr(classes, config_class, lambda: Attributes(root))
    setattr(classes, hidden_class, lambda: Attributes(root[hidden]["neurons"][0]))
    classes.OutputNeuron = lambda: Attributes(root["readout"]["neurons"][0])
    main.validate_configuration = lambda config: (True, "")
    main.InputSource = types.SimpleNamespace(SpikeEvents=root.get("input_source"))
    sys.modules["samna"] = types.ModuleType("samna")
    sys.modules[package], sys.modules[package + ".configuration"] = main, classes


def main():
    folder = pathlib.Path(sys.argv[1])
    sys.path.insert(0, str(folder))
    import load_xylo

    for chip, (package, config_class, hidden, hidden_class) in load_xylo.CHIPS.items():
        root = json.loads((folder / f"{chip}.schema.json").read_text())["value0"]
        stand_in(package, root, hidden, config_class, hidden_class)
        for path in sorted(folder.glob(f"{chip}.*.spec.json")):
            config, _, _ = load_xylo.configuration(path)
            sibling = path.with_name(path.name.replace(".spec.", ".samna."))
            same = plain("", config) == json.loads(sibling.read_text())["value0"]
            print(f"{path.name}: {'ok' if same else 'differs'}")


if __name__ == "__main__":
    main()
