#!/usr/bin/env python3
"""Time and memory of `nirc map` on generated networks of 10^4 neurons and more: whole processes, one after the other.

    benches/map_scale.py --nirc target/release/nirc [--largest 8] [--kinds dense,convolution,small-world] [--place hilbert]

A generic mesh of 1,024 neurons a core. Memory is the peak resident size of the process.
"""

import argparse
import csv
import io
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nirc", default=str(ROOT / "target/release/nirc"))
    parser.add_argument("--kinds", default="dense,convolution,small-world")
    parser.add_argument("--smallest", type=int, default=4, help="power of ten")
    parser.add_argument("--largest", type=int, default=8, help="power of ten")
    parser.add_argument("--partition", default="refined")
    parser.add_argument("--place", default="hilbert")
    options = parser.parse_args()
    print("| network | cores | packets a neuron | partitioning, s | placing, s | whole process, s | us a neuron | peak, MB | bytes a neuron |")
    print("|" + " --- |" * 9)
    for kind in options.kinds.split(","):
        for power in range(options.smallest, options.largest + 1):
            neurons = 10**power
            side = max(4, math.ceil(math.sqrt(1.4 * neurons / 1024)))
            with tempfile.TemporaryFile() as out:
                start = time.perf_counter()
                process = subprocess.Popen(
                    [options.nirc, "map", f"generate:{kind}:{neurons}", "--arch", "mesh", "--csv",
                     "--partition", options.partition, "--place", options.place,
                     "--set", f"mesh.width={side}", "--set", f"mesh.height={side}"], stdout=out)
                _, status, usage = os.wait4(process.pid, 0)
                seconds = time.perf_counter() - start
                out.seek(0)
                text = out.read().decode()
            if status:
                sys.exit(f"{kind} of {neurons} neurons was refused")
            row = next(csv.DictReader(io.StringIO(text)))
            peak = usage.ru_maxrss / 1024
            print(f"| {kind}, 10^{power} | {row['cores']} | {float(row['remote packets']) / neurons:.3f} "
                  f"| {row['partition (s)']} | {row['place (s)']} | {seconds:.2f} | {seconds / neurons * 1e6:.2f} "
                  f"| {peak:.0f} | {peak * 2**20 / neurons:.1f} |", flush=True)


if __name__ == "__main__":
    main()
