#!/usr/bin/env python3
"""Xylo v1 files in the real samna 0.7.1.0 (python 3.10, pip install samna==0.7.1.0 numpy).

    python xylo_samna.py files FOLDER    N.samna.json, N.registers.json and N.spec.json agree
    python xylo_samna.py limits FOLDER   whether samna takes each N.spec.json

FOLDER also holds load_xylo.py. One line `result: ...` for each file.
"""

import json
import pathlib
import sys

import samna

pollen = samna.pollen


def events(config):
    """What samna sends to the chip."""
    rows = []
    for event in pollen.pollen_configuration_to_event(config):
        kind = "R" if "Register" in type(event).__name__ else "M"
        rows.append([kind, event.address, event.data & 0xFFFFFFFF])
    return rows


def difference(path, load):
    """What is wrong with the files of one network."""
    text = path.read_text()
    ours = json.loads(text)
    config = pollen.configuration.PollenConfiguration()
    config.from_json(text)
    valid, message = pollen.validate_configuration(config)
    if not valid:
        return f"not valid: {message}"
    if json.loads(config.to_json())["value0"] != ours["value0"]:
        return "samna writes it back differently"
    sibling = path.with_name(path.name.replace(".samna.", ".registers."))
    if events(config) != json.loads(sibling.read_text())["writes"]:
        return "the register writes differ"
    loaded, valid, message = load(path.with_name(path.name.replace(".samna.", ".spec.")), "xylo-v1")
    if not valid:
        return f"the loader's configuration is not valid: {message}"
    # The specification does not hold these two.
    loaded.operation_mode, loaded.time_resolution_wrap = config.operation_mode, config.time_resolution_wrap
    if json.loads(loaded.to_json())["value0"] != ours["value0"]:
        return "the loader's configuration differs"
    return "ok"


def main():
    mode, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    sys.path.insert(0, str(folder))
    from load_xylo import configuration

    if mode == "files":
        for path in sorted(folder.glob("*.samna.json")):
            print(f"result: {path.name}: {difference(path, configuration)}")
        return
    for path in sorted(folder.glob("*.spec.json")):
        try:
            _, valid, message = configuration(path, "xylo-v1")
        except Exception as error:  # samna refuses a value when it is set
            valid, message = False, f"{type(error).__name__} {error}"
        lines = message.strip().splitlines() or [""]
        print("result: valid" if valid else f"result: {lines[0]}")


if __name__ == "__main__":
    main()
