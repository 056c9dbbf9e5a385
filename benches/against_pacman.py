#!/usr/bin/env python3
"""Routing tables of SpiNNaker2: nirc beside PACMAN 7.4.1 (PyPI), in the same run.

    benches/against_pacman.py [--corpus DIR] [--runs N] [--long] [--only NAME] [--folder DIR] [--program FILE]

Makes a virtual environment in DIR if PACMAN cannot be imported, builds
targets/examples/spinnaker2_routing.rs (or takes a FILE that was built of it), and compresses the same tables on both sides: PACMAN's own
test tables (below CORPUS/oracle/spinnaker2/pacman) and the tables that PACMAN makes for three
generated networks on a virtual board of 48 chips. The networks are also routed by nirc from PACMAN's
placements, with keys and paths of its own.

PACMAN compresses "as far as possible". All of its compressors leave open where unused keys go and count
on the first match, as nirc does here. Ordered covering removes entries that default routing stands for
at its end; its result is given with (`oc -d`) and without, and so are two of nirc's.

nirc's example checks each of its tables against the given one; PACMAN's own `compare_tables` checks
those of up to 1000 entries again. Times are the least of the runs, around the compression alone.
`--long` adds what takes PACMAN longer than a second.
"""

import argparse
import contextlib
import csv
import gzip
import importlib.util
import io
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "spinnaker_pacman==1!7.4.1"
CORES = 152


def environment(folder):
    """Runs this script again in an environment that has PACMAN."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", PACKAGE], check=True)
    os.execv(str(python), [str(python), __file__, *sys.argv[1:], "--folder", str(folder)])


def build():
    command = "cargo build --release --locked -p nirc-targets --example spinnaker2_routing"
    subprocess.run(command.split(), cwd=ROOT, check=True)
    return ROOT / "target" / "release" / "examples" / "spinnaker2_routing"


def quietly(call, *arguments):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return call(*arguments)


class Pacman:
    """PACMAN, set up for a virtual board of SpiNNaker2."""

    def __init__(self):
        logging.disable(logging.CRITICAL)
        from spinn_machine.router import Router
        from spinn_utilities.config_holder import set_config
        from pacman.config_setup import unittest_setup

        # PyPI's version decodes routes to 18 cores only, as SpiNNaker 1 has them.
        Router.MAX_CORES_PER_ROUTER = CORES + 1
        unittest_setup()
        set_config("Machine", "version", "248")
        set_config("Mapping", "router_table_compress_as_far_as_possible", "True")

    def table(self, rows, chip=(0, 0)):
        from spinn_machine import MulticastRoutingEntry, RoutingEntry
        from pacman.model.routing_tables import UnCompressedMulticastRoutingTable

        table = UnCompressedMulticastRoutingTable(*chip)
        for key, mask, route, defaultable in rows:
            entry = RoutingEntry(spinnaker_route=route, defaultable=defaultable)
            table.add_multicast_routing_entry(MulticastRoutingEntry(key, mask, entry))
        return table

    def compress(self, name, table):
        """The entries that one of PACMAN's compressors makes of a table."""
        from pacman.operations.router_compressors.ordered_covering_router_compressor.ordered_covering import (
            ordered_covering,
        )
        from pacman.operations.router_compressors.ordered_covering_router_compressor.utils import (
            remove_default_routes,
        )
        from pacman.operations.router_compressors.pair_compressor import _PairCompressor
        from pacman.operations.router_compressors.ranged_compressor import RangeCompressor

        if name == "pair":
            return _PairCompressor().compress_table(table)
        if name == "ranged":
            return list(RangeCompressor().compress_table(table).multicast_routing_entries)
        entries = ordered_covering(table.multicast_routing_entries, None, {}, no_raise=True)[0]
        return remove_default_routes(entries, None) if name == "oc -d" else entries

    def check(self, table, rows):
        """PACMAN's own comparison; raises if a key in use takes another route."""
        from pacman.operations.router_compressors.routing_compression_checker import compare_tables

        compare_tables(table, self.table(rows))

    def map(self, network):
        """Slices, tables and times of PACMAN's steps for a network."""
        from pacman.config_setup import unittest_setup
        from pacman.data.pacman_data_writer import PacmanDataWriter
        from pacman.model.graphs.application import ApplicationEdge
        from pacman.model.partitioner_splitters import SplitterFixedLegacy
        from pacman.model.placements import Placements
        from pacman.operations.partition_algorithms import splitter_partitioner
        from pacman.operations.placer_algorithms import place_application_graph
        from pacman.operations.router_algorithms import route_application_graph
        from pacman.operations.routing_info_allocator_algorithms import ZonedRoutingInfoAllocator
        from pacman.operations.routing_table_generators import merged_routing_table_generator
        from pacman_test_objects import SimpleTestVertex
        from spinn_machine.virtual_machine import virtual_machine_by_boards

        times = {}

        def timed(step, call, *arguments):
            start = time.perf_counter_ns()
            result = quietly(call, *arguments)
            times[step] = time.perf_counter_ns() - start
            return result

        self.__init__()
        writer = PacmanDataWriter.mock()
        writer.set_machine(virtual_machine_by_boards(1))
        vertices = []
        for i, (neurons, atoms, _) in enumerate(network):
            vertex = SimpleTestVertex(neurons, f"p{i}", atoms, fixed_sdram_value=1000)
            vertex.splitter = SplitterFixedLegacy()
            vertices.append(vertex)
            writer.add_vertex(vertex)
        for vertex, (_, _, targets) in zip(vertices, network):
            for target in targets:
                writer.add_edge(ApplicationEdge(vertex, vertices[target]), "SPIKES")
        quietly(splitter_partitioner)
        placements = timed("place", place_application_graph, Placements())
        writer.set_placements(placements)
        writer.set_routing_table_by_partition(timed("route", route_application_graph))
        writer.set_routing_infos(timed("keys", ZonedRoutingInfoAllocator(False).allocate, []))
        tables = timed("tables", merged_routing_table_generator)
        slices = [[] for _ in network]
        for placement in placements.placements:
            atoms = placement.vertex.vertex_slice
            population = int(placement.vertex.label[1:].split("(")[0])
            # PACMAN's cores of a chip are 1 to 152.
            slices[population].append((atoms.lo_atom, [placement.x, placement.y, placement.p - 1, atoms.n_atoms]))
        slices = [[slice for _, slice in sorted(own)] for own in slices]
        rows = {
            (table.x, table.y): [
                (entry.key, entry.mask, entry.spinnaker_route, entry.defaultable)
                for entry in table.multicast_routing_entries
            ]
            for table in tables.routing_tables
        }
        return slices, rows, times


def random_network(count):
    """`count` populations of 256, 512 or 768 neurons in slices of 256, each to three others."""
    state, network = 12345, []
    for i in range(count):
        targets = set()
        while len(targets) < 3:
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            targets.add((state >> 8) % count)
        network.append((256 * (1 + i % 3), 256, sorted(targets)))
    return network


def chain(count):
    """`count` populations of 1000 neurons in slices of 100, each to itself and to the next."""
    return [(1000, 100, [i, i + 1] if i + 1 < count else [i]) for i in range(count)]


def on_our_cores(route):
    """A route of PACMAN's cores 1 to 152 as one of cores 0 to 151."""
    assert not route >> 6 & 1, "the monitor of PACMAN's own is a target"
    return route & 63 | route >> 7 << 6


def write_tables(path, tables, our_cores):
    with open(path, "w") as file:
        for (x, y), rows in tables.items():
            file.write(f"table {x} {y}\n")
            for key, mask, route, defaultable in rows:
                route = on_our_cores(route) if our_cores else route
                words = [route >> 64 * i & 0xFFFFFFFFFFFFFFFF for i in range(3)]
                numbers = [key, mask, *words, int(defaultable)]
                file.write(" ".join(f"{number:x}" for number in numbers) + "\n")


def read_tables(path, our_cores):
    tables = {}
    for line in open(path):
        fields = line.split()
        if fields[0] == "table":
            rows = tables[int(fields[1]), int(fields[2])] = []
            continue
        key, mask, a, b, c, _ = (int(field, 16) for field in fields)
        route = a | b << 64 | c << 128
        route = route & 63 | route >> 6 << 7 if our_cores else route
        rows.append((key, mask, route, False))
    return tables


def ours(program, tables, our_cores, effort, routing, runs):
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / name) for name in ("tables", "short")]
        write_tables(files[0], tables, our_cores)
        command = [str(program), "compress", files[0], str(runs), effort, routing, files[1]]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return json.loads(output), read_tables(files[1], our_cores)


def peers(count, long):
    """The compressors of PACMAN that end within a second, or within a minute."""
    names = ["ranged"]
    if count <= 1650 or (long and count <= 3000):
        names.append("pair")
    if count <= 1650 or (long and count <= 3000):
        names += ["oc", "oc -d"]
    return names


def milliseconds(nanoseconds):
    value = nanoseconds / 1e6
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def compare(pacman, program, name, tables, our_cores, arguments):
    """All compressors on the tables of a case; prints and returns what was found."""
    made = {chip: pacman.table(rows, chip if our_cores else (0, 0)) for chip, rows in tables.items()}
    largest = max(len(rows) for rows in tables.values())
    given = sum(len(rows) for rows in tables.values())
    results = {}
    for peer in peers(largest, arguments.long):
        best, each = None, None
        for _ in range(arguments.runs):
            start = time.perf_counter_ns()
            each = [quietly(pacman.compress, peer, table) for table in made.values()]
            best = min(best or 1 << 63, time.perf_counter_ns() - start)
            if best > 1e9:
                break
        results[peer] = ([len(entries) for entries in each], best)
    for effort, routing in (("fast", "none"), ("fast", "default"), ("thorough", "none"), ("thorough", "default")):
        if routing == "default" and not any(row[3] for rows in tables.values() for row in rows):
            continue
        runs = 50 if effort == "fast" else 3
        found, short = ours(program, tables, our_cores, effort, routing, runs)
        label = f"nirc {effort}" + (" -d" if routing == "default" else "")
        results[label] = (found["entries"], min(found["ns"]))
        results[label + " median"] = (found["entries"], statistics.median(found["ns"]))
        results[label + " threads"] = (found["entries"], min(found["ns_threads"]))
        if largest <= 1000:
            for chip, table in made.items():
                if routing == "none":
                    pacman.check(table, short[chip])
    print(f"\n{name}: {given} entries in {len(tables)} tables, at most {largest}")
    for label, (entries, nanoseconds) in results.items():
        print(f"  {label:24} {sum(entries):6} entries {milliseconds(nanoseconds):>9} ms")
    verdict(results)
    return given, results


def verdict(results):
    """Like with like: with default routing, or without."""
    for peers, own in ((("ranged", "pair", "oc"), "nirc fast"), (("oc -d",), "nirc fast -d")):
        peers = [name for name in peers if name in results]
        if own not in results or not peers:
            continue
        best = min(peers, key=lambda name: (sum(results[name][0]), results[name][1]))
        entries, nanoseconds = results[best]
        longer = sum(
            mine > min(results[peer][0][i] for peer in peers) for i, mine in enumerate(results[own][0])
        )
        alone, threads = (nanoseconds / results[own + end][1] for end in ("", " threads"))
        print(
            f"  {own} against {best}: {sum(results[own][0])} to {sum(entries)} entries, "
            f"{alone:.0f} times as fast on one thread, {threads:.0f} on all; "
            f"{longer} tables longer than PACMAN's shortest of each"
        )


def test_tables(corpus):
    """PACMAN's own test tables: each case with its tables."""
    for name in ("table1", "table2"):
        with gzip.open(corpus / f"{name}.csv.gz", "rt") as file:
            rows = [tuple(int(field, 16) for field in row) + (False,) for row in csv.reader(file)]
        for count in (1000, 3000, len(rows)):
            yield f"{name}[:{count}]", {(0, 0): rows[:count]}
    with gzip.open(corpus / "many_to_one.json.gz") as file:
        tables = {
            (table["x"], table["y"]): [
                (row["key"], row["mask"], row["spinnaker_route"], row["defaultable"]) for row in table["entries"]
            ]
            for table in json.load(file)
        }
    largest = max(tables, key=lambda chip: len(tables[chip]))
    yield "many_to_one, largest table", {largest: tables[largest]}
    yield "many_to_one, all tables", tables


def route(program, name, network, slices, times):
    """nirc's own keys and tables from PACMAN's placements."""
    populations = [
        {"slices": own, "targets": targets} for own, (_, _, targets) in zip(slices, network)
    ]
    for effort in ("fast", "thorough"):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"torus": None, "populations": populations}, file)
            file.flush()
            command = [str(program), "plan", file.name, "20" if effort == "fast" else "3", effort]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = json.loads(output)
        assert found["same_after"]
        plan, compress = min(found["plan_ns"]), min(found["compress_ns"])
        print(
            f"  nirc's own keys and paths, {effort}: {found['entries']} entries, compressed "
            f"{found['compressed']} (largest table {found['largest']}; {found['distinct_routes']} distinct "
            f"routes, of which no table has fewer entries); {milliseconds(plan)} ms for paths, keys and tables, "
            f"{milliseconds(compress)} ms to compress; {found['packets']} packets reach {found['deliveries']} "
            f"cores, {found['crossings']} links, {found['hops']} at most"
        )
    steps = sum(times[step] for step in ("route", "keys", "tables"))
    parts = ", ".join(f"{step} {milliseconds(took)}" for step, took in times.items())
    print(f"  PACMAN's own, ms: {parts}; nirc {steps / plan:.0f} times as fast for paths, keys and tables")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", type=Path, default=Path(os.environ.get("NIRC_CORPUS", ROOT / ".." / "shared")))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--folder", type=Path, default=ROOT / "target" / "venv-pacman")
    parser.add_argument("--program", type=Path)
    arguments = parser.parse_args()
    if importlib.util.find_spec("pacman") is None:
        environment(arguments.folder)
    program = arguments.program or build()
    pacman = Pacman()
    corpus = arguments.corpus / "oracle" / "spinnaker2" / "pacman"
    if corpus.is_dir():
        for name, tables in test_tables(corpus):
            if arguments.only in name:
                compare(pacman, program, name, tables, False, arguments)
    else:
        print(f"{corpus} is absent: PACMAN's test tables are left out")
    networks = {"rand300": random_network(300), "rand1000": random_network(1000), "chain700": chain(700)}
    for name, network in networks.items():
        if arguments.only in name:
            slices, tables, times = pacman.map(network)
            compare(pacman, program, name, tables, True, arguments)
            route(program, name, network, slices, times)


if __name__ == "__main__":
    main()
