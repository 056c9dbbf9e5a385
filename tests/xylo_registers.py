#!/usr/bin/env python3
"""Random Xylo v1 networks and their register and memory writes, one case a line.

    python xylo_registers.py FOLDER COUNT    FOLDER holds ref_bitstream_v1.py
"""

import json
import random
import sys


def case(r, number, encode):
    hidden = 600 if number % 50 == 49 else r.choice([1, 2, 17, 60, 150])
    inputs, readouts, synapses = r.randint(1, 16), r.randint(1, 8), r.randint(1, 2)
    reached = r.randint(1, hidden)
    fan_out = min(hidden, 63, 32000 // hidden)

    def weights():
        return [r.choice([0, r.randint(-128, 127)]) for _ in range(synapses)]

    def dashes(count):
        return [r.randint(0, 15) for _ in range(count)]

    recurrent = []
    for _ in range(hidden):
        row = [[0] * synapses for _ in range(hidden)]
        for target in r.sample(range(hidden), r.randint(0, fan_out)):
            row[target] = weights()
        recurrent.append(row)
    thresholds = [r.randint(-32768, 32767) for _ in range(4)]
    targets = r.sample(range(hidden), hidden)
    linked = r.random() < 0.5
    aliases = [[t] if linked and t != i and r.random() < 0.3 else [] for i, t in enumerate(targets)]
    spec = {
        "weights_in": [[weights() for _ in range(reached)] for _ in range(inputs)],
        "weights_rec": recurrent,
        "weights_out": [[r.randint(-128, 127) for _ in range(readouts)] for _ in range(hidden)],
        "dash_mem": dashes(hidden),
        "dash_syn": dashes(hidden),
        "dash_syn_2": dashes(hidden),
        "dash_mem_out": dashes(readouts),
        "dash_syn_out": dashes(readouts),
        "threshold": [r.randint(-32768, 32767) for _ in range(hidden)],
        "threshold_out": [thresholds[i // 2] for i in range(readouts)],
        "weight_shift_in": r.randint(0, 7),
        "weight_shift_rec": r.randint(0, 7),
        "weight_shift_out": r.randint(0, 7),
        "aliases": aliases,
    }
    manual, wrap = r.randint(0, 1), r.randint(0, 65535)
    writes = encode(spec, synapses > 1, any(aliases), manual, wrap)
    writes = [[kind, address, value & 0xFFFFFFFF] for kind, address, value in writes]
    return {"spec": spec, "manual": manual, "wrap": wrap, "writes": writes}


def main():
    sys.path.insert(0, sys.argv[1])
    from ref_bitstream_v1 import encode

    r = random.Random(5)
    for number in range(int(sys.argv[2])):
        print(json.dumps(case(r, number, encode)))


if __name__ == "__main__":
    main()
