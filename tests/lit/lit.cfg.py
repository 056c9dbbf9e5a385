"""lit: the dialects and passes as IR in, IR out. Run `lit -v tests/lit` with nirc, FileCheck, not, count
and mlir-opt on PATH; `./setup test` does so."""

import os
import shutil

import lit.formats

config.name = "nirc"
# lit's own shell: it fails if any command of a pipe fails.
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
config.test_source_root = here
# Git ignores this folder.
config.test_exec_root = os.path.join(root, "target", "lit")

config.substitutions.append(("%irdl", os.path.join(root, "dialects")))
config.substitutions.append(("%models", os.path.join(root, "tests", "models")))

missing = [
    tool
    for tool in ("nirc", "FileCheck", "not", "count", "mlir-opt")
    if not shutil.which(tool, path=config.environment["PATH"])
]
if missing:
    lit_config.fatal(
        f"not on PATH: {', '.join(missing)}; build nirc, and add its folder and "
        "/usr/lib/llvm-22/bin to PATH"
    )
