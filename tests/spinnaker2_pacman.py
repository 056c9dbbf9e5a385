"""Reads machine.json, placements.json and routing_tables.json of a folder with PACMAN 7.4.1, and prints
what it understood as JSON: chips with their links, placements, routes, and what its schemas say.

    spinnaker2_pacman.py FOLDER VERSION

VERSION is SpiNNMachine's of the board: 201 (one chip) or 248 (48 chips).
"""

import json
import logging
import sys
from pathlib import Path

import jsonschema
from pacman.config_setup import unittest_setup
from pacman.model.routing_tables.multicast_routing_tables import from_json
from pacman.utilities import file_format_schemas
from pacman.utilities.file_format_schemas import validate
from spinn_machine.json_machine import machine_from_json
from spinn_machine.router import Router
from spinn_utilities.config_holder import set_config

logging.disable(logging.CRITICAL)
# PyPI's version decodes routes to 18 cores only, as SpiNNaker 1 has them.
Router.MAX_CORES_PER_ROUTER = 153


def errors(content, schema):
    """What a schema has against a file: the rule that was broken, of each place."""
    text = (Path(file_format_schemas.__file__).parent / schema).read_text()
    return sorted({error.validator for error in jsonschema.Draft4Validator(json.loads(text)).iter_errors(content)})


def accepted(content, schema):
    """Whether PACMAN's own function takes the file."""
    try:
        validate(content, schema)
    except jsonschema.ValidationError:
        return False
    return True


folder = Path(sys.argv[1])
read = lambda name: json.loads((folder / name).read_text())
files = {name: read(name) for name in ("machine.json", "placements.json", "routing_tables.json")}
unittest_setup()
set_config("Machine", "version", sys.argv[2])
machine = machine_from_json(str(folder / "machine.json"))
machine.validate()
print(
    json.dumps(
        {
            "accepted": {name: accepted(content, name) for name, content in files.items()},
            "errors": {name: errors(content, name) for name, content in files.items()},
            "chips": [
                {
                    "chip": [chip.x, chip.y],
                    "cores": sorted(chip.placable_processors_ids),
                    "entries": chip.router.n_available_multicast_entries,
                    "links": [
                        [link.source_link_id, link.destination_x, link.destination_y] for link in chip.router.links
                    ],
                }
                for chip in machine.chips
            ],
            "tables": [
                {
                    "chip": [table.x, table.y],
                    "entries": [
                        [
                            entry.key,
                            entry.mask,
                            sorted(entry.link_ids),
                            sorted(entry.processor_ids),
                            entry.defaultable,
                        ]
                        for entry in table.multicast_routing_entries
                    ],
                }
                for table in from_json(str(folder / "routing_tables.json")).routing_tables
            ],
        }
    )
)
