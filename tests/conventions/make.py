"""Records what the real simulators make of small NIR graphs.

    python make.py --environments DIR [FRAMEWORK ...]   every framework in its own environment
    python make.py --here FRAMEWORK                     one framework, in the running Python

DIR has one virtual environment for each requirements file: DIR/torch of requirements-torch.txt
and so on. Written are vectors/FRAMEWORK/CASE.nir and CASE.npz (see README.md), and
recorded.json: versions, how each model came about, and what the importers refused.
"""

import argparse
import contextlib
import importlib
import io
import json
import pathlib
import platform
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent
# Framework: (environment, packages whose versions are noted).
FRAMEWORKS = {
    "snntorch": ("torch", ["snntorch", "nir", "nirtorch", "torch"]),
    "norse": ("torch", ["norse", "nir", "nirtorch", "torch"]),
    "spikingjelly": ("torch", ["spikingjelly", "nir", "nirtorch", "torch"]),
    "sinabs": ("sinabs", ["sinabs", "nir", "nirtorch", "torch"]),
    "spyx": ("spyx", ["spyx", "nir", "jax"]),
    "nengo": ("nengo", ["nengo", "nir"]),
    "brian2": ("brian2", ["brian2", "nir"]),
    "lava": ("lava", ["lava-nc", "nir"]),
    "rockpool": ("rockpool", ["rockpool", "nir", "nirtorch", "torch"]),
}


def record_here(framework):
    """Records all cases of `framework` with the packages of the running Python."""
    import nir
    import numpy as np
    from importlib.metadata import version
    from inspect import signature

    folder = FOLDER / "vectors" / framework
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    # Small arrays in compressed chunks take twice the room.
    plain = {"compression": None} if "compression" in signature(nir.write).parameters else {}
    recorded = {}
    recorder = importlib.import_module(f"record_{framework}")
    for case in recorder.cases():
        path = folder / f"{case.name}.nir"
        nir.write(path, case.graph, **plain)
        record = recorded[case.name] = {"how": case.how}
        try:
            # What is simulated is what the file says.
            with contextlib.redirect_stdout(io.StringIO()):
                spikes, potentials = recorder.run(nir.read(str(path)), case)
            if not spikes:
                raise ValueError("the importer left out the neurons without a word")
        except Exception as error:  # The importer's refusals and crashes are results, too.
            path.unlink()
            record["error"] = f"{type(error).__name__}: {error}"[:300]
            print(f"{framework} {case.name}: {record['error']}", flush=True)
            continue
        arrays = {"input": case.input, "dt": np.float64(case.dt)}
        arrays |= {f"spikes.{name}": np.asarray(s, np.float32) for name, s in spikes.items()}
        arrays |= {f"v.{name}": np.asarray(v) for name, v in potentials.items()}
        np.savez_compressed(folder / f"{case.name}.npz", **arrays)
        counts = {name: int(np.sum(s)) for name, s in spikes.items()}
        print(f"{framework} {case.name}: spikes {counts}", flush=True)
    packages = FRAMEWORKS[framework][1]
    versions = {"python": platform.python_version()}
    versions |= {name: version(name) for name in packages + ["numpy"]}
    path = FOLDER / "recorded.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    known[framework] = {"versions": versions, "cases": recorded}
    path.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--environments", type=pathlib.Path)
    parser.add_argument("--here", choices=FRAMEWORKS)
    parser.add_argument("frameworks", nargs="*", metavar="FRAMEWORK")
    arguments = parser.parse_args()
    if arguments.here:
        record_here(arguments.here)
        return
    for framework in arguments.frameworks or FRAMEWORKS:
        python = arguments.environments / FRAMEWORKS[framework][0] / "bin" / "python"
        subprocess.run([python, __file__, "--here", framework], check=True)


if __name__ == "__main__":
    sys.exit(main())
