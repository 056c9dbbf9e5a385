"""Compares the recorded vectors with the reference under the conventions of conventions.json.

    python check.py                     the table; exit code 1 if a spike or a potential differs
    python check.py --search FRAMEWORK  all settings of a grid that reproduce each case

Needs numpy and nir only.
"""

import argparse
import itertools
import json
import pathlib
import sys

import nir
import numpy as np

import reference

FOLDER = pathlib.Path(__file__).parent
TOLERANCE = 1e-5  # of a potential; thresholds are about 1
GRID = {
    "integration": ["euler", "exact", "exponential", "held"],
    "membrane_reads": ["updated", "previous"],
    "comparison_reads": ["updated", "previous"],
    "compare": [">", ">="],
    "reset": ["value", "subtract"],
    "reset_timing": ["same-step", "next-step", "before-and-after"],
    "max_spikes": [1, 31],
    "v_min": [None, -1.0, 0.0],
    "input_delay": [0, 1],
    "feedback": ["spikes", "path", "none"],
}


def conventions():
    return json.loads((FOLDER / "conventions.json").read_text())


def load(framework, case):
    folder = FOLDER / "vectors" / framework
    return nir.read(str(folder / f"{case}.nir")), dict(np.load(folder / f"{case}.npz"))


def compare(graph, data, convention):
    """Mismatching spike entries, and the largest error of the potential before and after reset."""
    spikes, before, after = reference.run(graph, data["input"], float(data["dt"]), convention)
    wrong, errors = 0, {"before": 0.0, "after": 0.0}
    for key, value in data.items():
        what, _, name = key.partition(".")
        if what == "spikes":
            wrong += int(np.sum(value != spikes[name]))
        if what == "v":
            errors["before"] = max(errors["before"], np.abs(value - before[name]).max())
            errors["after"] = max(errors["after"], np.abs(value - after[name]).max())
    return wrong, errors


def cases(framework):
    return sorted(p.stem for p in (FOLDER / "vectors" / framework).glob("*.npz"))


def valid(c):
    holds = c["comparison_reads"] == "previous"
    if c["reset"] == "value" and (c["reset_timing"] == "before-and-after" or c["max_spikes"] != 1):
        return False
    if holds and c["reset_timing"] == "before-and-after":
        return False
    return holds or c["input_delay"] > 0 or c["feedback"] != "none"


def search(framework, wanted):
    known = conventions().get(framework, {})
    for case in cases(framework):
        if wanted and case not in wanted:
            continue
        graph, data = load(framework, case)
        grid = dict(GRID)
        if not any("w_rec" in k for k in graph.nodes):
            grid["feedback"] = ["spikes"]
        if not any(isinstance(n, nir.CubaLIF) for n in graph.nodes.values()):
            grid["membrane_reads"] = ["updated"]
        if any(isinstance(n, nir.IF) for n in graph.nodes.values()):
            grid["integration"] = ["euler"]
        # What is not searched is as the table has it.
        own = {**known.get("all", {}), **(known.get("cases", {}).get(case) or {})}
        grid |= {k: [v] for k, v in own.items() if k not in GRID}
        found, best = [], (10**9, None)
        for values in itertools.product(*grid.values()):
            c = dict(zip(grid, values))
            if not valid(c):
                continue
            wrong, errors = compare(graph, data, c)
            best = min(best, (wrong, str(c)), key=lambda x: x[0])
            if wrong == 0:
                found.append((min(errors.values()), c))
        print(f"{framework} {case}: {len(found)} settings fit; least mismatches {best[0]}")
        if not found:
            print("   ", best[1])
            continue
        # What the fitting settings have in common is what the case decides.
        common = {k: {str(c[k]) for _, c in found} for k in grid}
        print(
            "    decides",
            {k: v.pop() for k, v in common.items() if len(v) == 1 and len(grid[k]) > 1},
            "leaves",
            {k: sorted(v) for k, v in common.items() if len(v) > 1},
        )
        error, c = min(found, key=lambda f: f[0])
        print(f"    least v error {error:.2e}", {k: v for k, v in c.items() if len(grid[k]) > 1})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--search")
    parser.add_argument("--cases", nargs="*")
    arguments = parser.parse_args()
    if arguments.search:
        search(arguments.search, arguments.cases)
        return 0
    failures = 0
    for framework, known in conventions().items():
        for case in cases(framework):
            own = known["cases"].get(case, {})
            if own is None:
                print(f"{framework:13} {case:34} no setting reproduces it")
                continue
            convention = {**known["all"], **own}
            graph, data = load(framework, case)
            wrong, errors = compare(graph, data, convention)
            # Frameworks record the potential before the reset or after it.
            failures += wrong > 0 or min(errors.values()) > TOLERANCE
            total = sum(v.size for k, v in data.items() if k.startswith("spikes"))
            print(
                f"{framework:13} {case:34} {wrong}/{total} spikes differ; v error"
                f" before reset {errors['before']:.1e}, after {errors['after']:.1e}"
            )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
