"""Train the `digits` network: a convolutional spiking classifier of handwritten digits.

Data: scikit-learn's digits (1797 images of 8 x 8 pixels, values 0..16). Framework: Sinabs,
which also writes the NIR file. Run `PYTHONHASHSEED=0 python train.py` in this folder; it
overwrites the files beside it. The 200 test images take no part in training or selection.
"""

from collections import OrderedDict
from pathlib import Path

import nir
import numpy as np
import sinabs.layers as sl
import torch
from sinabs.nir import to_nir
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

HERE = Path(__file__).parent
STEPS = 20
EPOCHS = 25
BATCH = 64


def encode(images: np.ndarray) -> np.ndarray:
    """Deterministic rate code: float [samples, 8, 8] in 0..16 -> uint8 [samples, STEPS, 2, 8, 8].

    Channel 0 (bright) has the rate pixel / 16 events per step; channel 1 (dark) has the rate by
    which the mean of the 3 x 3 neighbourhood (zero outside the image) exceeds the pixel. Each
    pixel accumulates its rate from a phase that depends on its place and emits one event per
    whole number passed, so that there is at most one event per pixel, channel and step.
    """
    bright = images / 16
    padded = np.pad(bright, ((0, 0), (1, 1), (1, 1)))
    mean = sum(padded[:, r : r + 8, c : c + 8] for r in range(3) for c in range(3)) / 9
    rate = np.stack([bright, np.maximum(mean - bright, 0)], axis=1)[:, None]
    row, column = np.indices((8, 8))
    phase = ((3 * row + 5 * column) % 8) / 8
    step = np.arange(STEPS)[None, :, None, None, None]
    return (np.floor((step + 1) * rate + phase) - np.floor(step * rate + phase)).astype(np.uint8)


def load():
    """Stratified split: 1597 images to train, 200 to test."""
    digits = load_digits()
    return train_test_split(
        encode(digits.images), digits.target.astype(np.uint8),
        test_size=200, stratify=digits.target, random_state=0,
    )


def build() -> nn.Sequential:
    def neurons():  # Sinabs's defaults: threshold 1, several spikes a step, reset by subtraction
        return sl.IAFSqueeze(num_timesteps=STEPS)

    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(2, 8, kernel_size=3, padding=1, bias=False),
            if1=neurons(),
            pool1=sl.SumPool2d(2),
            conv2=nn.Conv2d(8, 16, kernel_size=3, bias=False),
            if2=neurons(),
            flatten=nn.Flatten(),
            fc3=nn.Linear(64, 10, bias=False),
            if3=neurons(),
        )
    )


def run(net, events: torch.Tensor):
    """[samples, STEPS, 2, 8, 8] -> spikes of each IF layer, each [samples, STEPS, ...]."""
    spikes = []
    x = events.flatten(0, 1).float()
    for layer in net:
        if isinstance(layer, sl.IAFSqueeze):
            layer.reset_states()
        x = layer(x)
        if isinstance(layer, sl.IAFSqueeze):
            spikes.append(x.unflatten(0, events.shape[:2]))
    return spikes


def train(net, events: torch.Tensor, labels: torch.Tensor):
    optimiser = torch.optim.Adam(net.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    for epoch in range(EPOCHS):
        hits, total = 0, 0.0
        for batch in torch.randperm(len(events)).split(BATCH):
            layers = run(net, events[batch])
            rate = layers[-1].mean(1)
            target = 0.4 * nn.functional.one_hot(labels[batch], 10)
            rate_loss = (rate - target).square().sum(1).mean()
            # Chips differ in how many spikes a neuron may emit in a step: make two rare.
            bursts = sum(torch.relu(s - 1).mean() for s in layers)
            busy = sum(torch.relu(s.mean((0, 1)) - 0.25).square().mean() for s in layers[:2])
            loss = rate_loss + 2 * bursts + busy
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            hits += (rate.argmax(1) == labels[batch]).sum().item()
            total += loss.item() * len(batch)
        schedule.step()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1}: loss {total / len(events):.4f}, accuracy {hits / len(events):.4f}", flush=True)


def main():
    torch.manual_seed(11)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    train_events, test_events, train_labels, test_labels = load()
    net = build()
    train(net, torch.tensor(train_events), torch.tensor(train_labels, dtype=torch.long))

    with torch.no_grad():
        layers = run(net, torch.tensor(test_events))
    counts = layers[-1].sum(1).numpy().astype(np.int64)
    # Ties go to the lowest class number (numpy's argmax).
    print(f"test accuracy {(counts.argmax(1) == test_labels).mean():.4f} on {len(test_labels)} samples")
    for name, spikes in zip(("if1", "if2", "if3"), layers):
        print(f"{name}: {spikes.mean().item():.4f} spikes per neuron and step, at most {int(spikes.max())}, "
              f"{(spikes > 1).float().mean().item():.2e} of the entries above 1")
    graph = to_nir(net, torch.zeros(STEPS, 2, 8, 8))
    graph.infer_types()  # to_nir leaves convolution and pooling shapes open, which nir cannot write
    nir.write(HERE / "digits.nir", graph)
    np.save(HERE / "test_inputs.npy", test_events)
    np.save(HERE / "test_labels.npy", test_labels)
    np.save(HERE / "expected_counts.npy", counts)


if __name__ == "__main__":
    main()
