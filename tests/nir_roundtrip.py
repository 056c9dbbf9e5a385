"""Compares NIR files with what nirc wrote of them, as the Python package nir 1.0.8 reads both.

    python nir_roundtrip.py ORIGINAL REWRITTEN [ORIGINAL REWRITTEN ...]

For each pair: nodes by name and type, every array with its element type and values, edges as a
multiset, and metadata. Sizes (stride, padding, dilation, kernel_size) may be a scalar in one file
and a pair in the other. Exit code 1 if a pair differs or the rewritten file cannot be read.
A pair whose original nir 1.0.8 cannot read is checked for that the rewritten file can be read.
"""

import sys
from collections import Counter

import nir
import numpy as np

np.set_printoptions(threshold=8)

SIZES = {"stride", "padding", "dilation", "kernel_size", "groups", "input_shape",
         "start_dim", "end_dim", "shape", "input_type"}


def differences(a, b, where):
    """Yields what differs between two values of the dictionaries that nir makes of graphs."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys(), key=str):
            if key not in a or key not in b:
                yield f"{where}.{key}: only in the {'original' if key in a else 'rewritten'} file"
            elif key == "edges":
                edges = [Counter(map(tuple, graph[key])) for graph in (a, b)]
                if edges[0] != edges[1]:
                    yield f"{where}.edges: {edges[0] - edges[1]} / {edges[1] - edges[0]}"
            else:
                yield from differences(a[key], b[key], f"{where}.{key}")
        return
    name = where.rsplit(".", 1)[-1]
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        if a != b:
            yield f"{where}: {a!r} / {b!r}"
        return
    a, b = np.asarray(a), np.asarray(b)
    if name in SIZES:
        if a.ndim == 0 or b.ndim == 0:
            a, b = np.broadcast_arrays(a, b)
        if a.shape != b.shape or not np.array_equal(a, b):
            yield f"{where}: {a} / {b}"
    elif a.dtype != b.dtype or a.shape != b.shape or a.tobytes() != b.tobytes():
        if a.dtype == object and b.dtype == object and a.tolist() == b.tolist():
            return
        yield f"{where}: {a.dtype}{a.shape} {a} / {b.dtype}{b.shape} {b}"


def main(paths):
    failures = 0
    for original, rewritten in zip(paths[::2], paths[1::2], strict=True):
        try:
            b = nir.read(rewritten, type_check=False).to_dict()
        except Exception as error:  # whatever nir raises, the pair has failed
            print(f"FAIL  {rewritten}: cannot be read: {error!r}")
            failures += 1
            continue
        try:
            a = nir.read(original, type_check=False).to_dict()
        except Exception as error:
            print(f"READ  {original}: nir cannot read the original ({error!r}), only the rewritten")
            continue
        found = list(differences(a, b, ""))
        failures += bool(found)
        print(f"{'FAIL ' if found else 'EQUAL'} {original}")
        for line in found:
            print(f"      {line}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
