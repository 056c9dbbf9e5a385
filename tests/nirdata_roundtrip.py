"""Input and recording files between nirc and Python: numpy, and nir 1.0.8's NIRData.

    python nirdata_roundtrip.py write FOLDER          writes input files
    python nirdata_roundtrip.py read FILE.npz FILE.h5 checks the recordings that inputs.rs made

Exit code 1 with a line for each difference.
"""

import pathlib
import sys

import nir
import numpy as np

DTYPES = ["?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8",
          ">u2", ">i4", ">i8", ">f2", ">f4", ">f8"]


def raster(shape):
    """Zeros and ones: every third and every fifth element is one."""
    index = np.arange(np.prod(shape)).reshape(shape)
    return (index % 3 == 0) | (index % 5 == 0)


def write(folder):
    spikes = raster((2, 7, 3))
    for dtype in DTYPES:
        name = dtype.replace(">", "big-").replace("?", "b1")
        np.save(folder / f"c-{name}.npy", spikes.astype(dtype))
        np.save(folder / f"f-{name}.npy", np.asfortranarray(spikes.astype(dtype)))
    np.savez(folder / "named.npz", **{"a": spikes, "b/spikes": spikes[:, :, :1] * 2, "c": [1]})
    np.savez_compressed(folder / "single.npz", spikes[0])
    np.savetxt(folder / "raster.csv", spikes[0].astype(int), fmt="%d", delimiter=",", header="x,y,z")
    np.save(folder / "objects.npy", np.array([[{}, None]], dtype=object), allow_pickle=True)
    np.save(folder / "records.npy", np.zeros((2, 3), dtype=[("a", "f4"), ("b", "i4")]))
    np.save(folder / "complex.npy", np.zeros((2, 3), dtype="c8"))
    np.save(folder / "text.npy", np.array([["a", "b"]]))

    def data(name, observables):
        node = nir.NIRNodeData(observables=observables)
        nir.write_data(folder / name, nir.NIRGraphData(nodes={"input": node}))

    grid = nir.TimeGriddedData(spikes, 1e-4)
    voltage = nir.TimeGriddedData(spikes.astype(np.float32) / 4, 1e-4)
    data("gridded.h5", {"spikes": grid, "voltage": voltage})
    data("events.h5", {"spikes": grid.to_event(20)})
    # A spike in every step; nir's own to_time_gridded fails for the first and merges spikes of
    # the second.
    for steps, dt in [(29, 0.01), (1000, 1e-4)]:
        every = nir.TimeGriddedData(np.ones((1, steps, 1), dtype=bool), dt)
        data(f"every-{steps}.h5", {"spikes": every.to_event(steps)})
    times = np.array([[0.0001, 0.00015, 0.0003, np.inf]])
    data("valued.h5", {"current": nir.ValuedEventData(
        idx=np.array([[0, 0, 2, -1]]), time=times, value=np.array([[0.5, 0.25, -1, 9]]),
        n_neurons=3, t_max=0.0004)})
    # Every fifth step in 32 bits.
    times = (np.arange(0, 5000, 5) * 1e-4).astype(np.float32)[None]
    data("single.h5", {"spikes": nir.EventData(
        idx=np.zeros_like(times, dtype=int), time=times, n_neurons=1, t_max=0.5)})
    bad = np.array([[-0.1, 0.0, 0.5, 0.0]])
    data("lost.h5", {"spikes": nir.EventData(
        idx=np.array([[0, 3, 0, -7]]), time=bad, n_neurons=3, t_max=0.1)})


def expected():
    """What inputs.rs records, as (node, observable): values. Two samples, five steps."""
    sample, step, neuron = np.meshgrid(range(2), range(5), range(3), indexing="ij")
    return {
        ("outer/lif.1", "spikes"): (sample + step + neuron) % 2,
        ("outer/lif.1", "v"): sample + step / 8 - neuron / 3,
        ("outer/lif.1", "i_syn"): sample * 0.0 + step,
        ("hidden", "spikes"): (step * 100 + neuron) * (1 + sample),
        ("output", "output"): sample * 70000.0 + step - neuron,
    }


def same(found, values, where):
    if found.shape != values.shape or not np.array_equal(found, values):
        print(f"{where}: {found.dtype}{found.shape}\n{found}\nshould be\n{values}")
        return 0
    return 1


def read(npz_path, data_path):
    npz, data = np.load(npz_path), nir.read_data(data_path)
    right = True
    types = {("outer/lif.1", "spikes"): ("u1", "?"), ("hidden", "spikes"): ("u2", "i2")}
    for (name, observable), values in expected().items():
        node = data
        for part in name.split("/"):
            node = node.nodes[part]
        grid = node.observables[observable]
        array = npz[f"{name}/{observable}"]
        right &= bool(same(array, values, f"{npz_path} {name}/{observable}"))
        right &= bool(same(grid.data, values, f"{data_path} {name}/{observable}"))
        wanted = types.get((name, observable), ("f8", "f8"))
        for found, dtype in zip((array.dtype, grid.data.dtype), wanted):
            if found != np.dtype(dtype):
                print(f"{name}/{observable} is {found}, not {dtype}")
                right = False
        if grid.dt != 0.001:
            print(f"{name}/{observable}: dt is {grid.dt}")
            right = False
    times = np.array([[0.0001, 0.0042], [0.003, np.inf]])
    idx = np.array([[2, 0], [1, -1]])
    events = data.nodes["outer"].nodes["lif.1"].observables["spike_times"]
    right &= bool(same(events.time, times, "time") and same(events.idx, idx, "idx"))
    right &= bool(same(npz["outer/lif.1/spike_times"], times, "times"))
    right &= bool(same(npz["outer/lif.1/spike_neurons"], idx, "neurons"))
    if events.n_neurons != 3 or events.t_max != 0.005:
        print(f"n_neurons {events.n_neurons}, t_max {events.t_max}")
        right = False
    return 0 if right else 1


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(pathlib.Path(sys.argv[2]))
    else:
        sys.exit(read(*sys.argv[2:4]))
