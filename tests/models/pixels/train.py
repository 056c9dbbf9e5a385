"""Train the `pixels` network: a small classifier that fits Xylo, Speck, Loihi 2 and SpiNNaker2 alike.

Data: scikit-learn's digits 0 to 7, scaled down to 4 x 4 pixels: 16 inputs and 8 classes are what the
smallest of these chips has. A network of rectified linear units is trained, its activations are scaled
to at most one spike a step, and the units become integrate-and-fire neurons. Run `python train.py` in
this folder; it overwrites the files beside it. The test images take no part in the training.
"""

from pathlib import Path

import nir
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent
CLASSES, HIDDEN, STEPS, STEP = 8, 48, 32, 1e-3
EPOCHS, RATE = 1500, 0.01


def encode(pixels: np.ndarray) -> np.ndarray:
    """float [samples, 16] in 0..1 -> uint8 [samples, STEPS, 16]: a spike for each whole number that the
    sum of a pixel's value over steps passes, from a phase that depends on the pixel."""
    phase = (5 * np.arange(16) % 16) / 16
    step = np.arange(STEPS)[None, :, None]
    rate = pixels[:, None]
    return (np.floor((step + 1) * rate + phase) - np.floor(step * rate + phase)).astype(np.uint8)


def load():
    data = load_digits()
    chosen = data.target < CLASSES
    images, target = data.images[chosen], data.target[chosen]
    pixels = images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16) / 16
    return train_test_split(pixels, target, test_size=200, stratify=target, random_state=0)


def train(x, y):
    """Weights [hidden, 16] and [classes, hidden], by Adam on the cross entropy of all samples."""
    random = np.random.default_rng(0)
    weights = [random.normal(size=(HIDDEN, 16)) / 4, random.normal(size=(CLASSES, HIDDEN)) / 7]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    wanted = np.eye(CLASSES)[y]
    for epoch in range(1, EPOCHS + 1):
        hidden = np.maximum(x @ weights[0].T, 0)
        scores = 4 * np.maximum(hidden @ weights[1].T, 0)
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        # The readout spikes, so it is rectified; a small slope keeps silent classes learning.
        slope = np.where(scores > 0, 1.0, 0.1)
        error = 4 * (likely - wanted) * slope / len(x)
        gradients = [((error @ weights[1]) * (hidden > 0)).T @ x, error.T @ hidden]
        for w, g, m, v in zip(weights, gradients, first, second):
            g = g + 1e-4 * w
            m[:] = 0.9 * m + 0.1 * g
            v[:] = 0.999 * v + 0.001 * g * g
            w -= RATE * (m / (1 - 0.9**epoch)) / (np.sqrt(v / (1 - 0.999**epoch)) + 1e-8)
    return weights


def scaled(weights, x):
    """The same network with activations of at most about one spike a step."""
    hidden = np.maximum(x @ weights[0].T, 0)
    top = np.percentile(hidden, 99.9)
    readout = np.maximum(hidden @ weights[1].T, 0)
    return [weights[0] / top, weights[1] * top / np.percentile(readout, 99.9)]


def run(weights, spikes):
    """Counts [samples, classes]: integrate-and-fire with reset by subtraction, one spike a step where a
    membrane exceeds the threshold of 1; layers in order within a step."""
    v = [np.zeros((len(spikes), len(w)), dtype=np.float32) for w in weights]
    counts = np.zeros((len(spikes), CLASSES), dtype=np.int64)
    for step in range(STEPS):
        events = spikes[:, step].astype(np.float32)
        for w, own in zip(weights, v):
            own += events @ w.T
            events = (own > 1).astype(np.float32)
            own -= events
        counts += events.astype(np.int64)
    return counts


def graph(weights):
    # dv/dt = r I, with a spike of amplitude 1 for one step: r = 1 / step adds the weight.
    def neurons(count):
        whole = np.ones(count, dtype=np.float32)
        return nir.IF(r=whole / np.float32(STEP), v_threshold=whole, v_reset=0 * whole)

    nodes = {
        "input": nir.Input(np.array([16])),
        "fc1": nir.Linear(weights[0]),
        "if1": neurons(HIDDEN),
        "fc2": nir.Linear(weights[1]),
        "if2": neurons(CLASSES),
        "output": nir.Output(np.array([CLASSES])),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes, list(zip(names, names[1:])))


def main():
    train_x, test_x, train_y, test_y = load()
    weights = [w.astype(np.float32) for w in scaled(train(train_x, train_y), train_x)]
    spikes = encode(test_x)
    counts = run(weights, spikes)
    nir.write(HERE / "pixels.nir", graph(weights))
    np.save(HERE / "test_inputs.npy", spikes)
    np.save(HERE / "test_labels.npy", test_y.astype(np.uint8))
    np.save(HERE / "expected_counts.npy", counts)
    right = (counts.argmax(axis=1) == test_y).sum()
    print(f"{right} of {len(test_y)} right, {counts.sum()} spikes of the readout")


main()
