"""Train the `motions` network: a recurrent spiking classifier of wrist movements.

Data: BasicMotions, as shipped inside the aeon package (40 train and 40 test series of
6 sensor channels and 100 samples at 10 Hz; 4 classes). Framework: snnTorch, which also
writes the NIR file. Run `PYTHONHASHSEED=0 python train.py` in this folder; it overwrites the
files beside it.
Only the official training split is used for training; nothing is selected on the test split.
"""

from collections import OrderedDict
from pathlib import Path

import nir
import numpy as np
import snntorch as snn
import torch
from aeon.datasets import load_basic_motions
from snntorch import surrogate
from snntorch.export_nir import export_to_nir
from torch import nn

HERE = Path(__file__).parent
CLASSES = ["badminton", "running", "standing", "walking"]
HIDDEN = 40
ALPHA = 1 - 2**-2  # synaptic decay per step
BETA = 1 - 2**-4  # membrane decay per step
EPOCHS = 150
THETA = 0.1  # smallest change that the event code is sensitive to (m/s^2 or rad/s)
MAX_EVENTS = 7  # events per channel and step


def encode(series: np.ndarray) -> np.ndarray:
    """Logarithmic delta code: float [samples, 6, time] -> uint8 [samples, time, 12].

    A change d of sensor channel c gives floor(log2(1 + |d| / THETA)) events, at most MAX_EVENTS,
    on channel 2c if the signal rises and 2c + 1 if it falls. The first step has no events.
    """
    delta = np.diff(series, axis=2, prepend=series[:, :, :1])
    count = np.minimum(np.floor(np.log2(1 + np.abs(delta) / THETA)), MAX_EVENTS)
    events = np.stack([count * (delta > 0), count * (delta < 0)], axis=2)
    return events.reshape(len(series), 12, -1).transpose(0, 2, 1).astype(np.uint8)


def load(split: str):
    series, names = load_basic_motions(split=split)
    return series, np.array([CLASSES.index(name) for name in names], dtype=np.uint8)


def build() -> nn.Sequential:
    """12 -> 40 (recurrent) -> 4, no biases, reset by subtraction (snnTorch's default, delayed)."""
    spike = surrogate.fast_sigmoid(slope=10)

    def neurons(count):  # one value per neuron: the exporter copies shapes as they are
        return dict(
            alpha=torch.full((count,), ALPHA),
            beta=torch.full((count,), BETA),
            threshold=torch.ones(count),
            spike_grad=spike,
            init_hidden=True,
            reset_mechanism="subtract",
        )

    hidden = snn.RSynaptic(linear_features=HIDDEN, **neurons(HIDDEN))
    hidden.recurrent = nn.Linear(HIDDEN, HIDDEN, bias=False)
    net = nn.Sequential(
        OrderedDict(
            fc1=nn.Linear(12, HIDDEN, bias=False),
            lif1=hidden,
            fc2=nn.Linear(HIDDEN, len(CLASSES), bias=False),
            lif2=snn.Synaptic(**neurons(len(CLASSES))),
        )
    )
    nn.init.normal_(net.fc1.weight, 0.0, 0.03)
    nn.init.normal_(net.lif1.recurrent.weight, 0.0, 0.02)
    nn.init.normal_(net.fc2.weight, 0.0, 0.05)
    return net


def run(net, events: torch.Tensor):
    """[samples, time, 12] -> hidden and readout spikes and the peaks of both membranes."""
    net.lif1.reset_mem()
    net.lif2.reset_mem()
    hidden, readout, excess = [], [], 0.0
    for step in range(events.shape[1]):
        out = net(events[:, step])
        hidden.append(net.lif1.spk)
        readout.append(out)
        # A chip may emit several spikes per step where v passes 2 thresholds: keep away from it.
        for layer in (net.lif1, net.lif2):
            excess = excess + torch.relu(layer.mem - 1.6).square().mean()
            excess = excess + 0.1 * torch.relu(-2.0 - layer.mem).square().mean()
    return torch.stack(hidden, 1), torch.stack(readout, 1), excess / events.shape[1]


def train(net, series: np.ndarray, labels: np.ndarray, rng: np.random.Generator):
    optimiser = torch.optim.Adam(net.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    target = torch.full((len(labels), len(CLASSES)), 0.02)
    target[torch.arange(len(labels)), torch.tensor(labels, dtype=torch.long)] = 0.35
    for epoch in range(EPOCHS):
        # Augmentation: rotate in time, scale the amplitude.
        shift = int(rng.integers(series.shape[2]))
        scale = np.exp(rng.normal(0, 0.15, (len(series), 1, 1)))
        events = torch.tensor(encode(np.roll(series, shift, axis=2) * scale), dtype=torch.float32)
        hidden, readout, excess = run(net, events)
        rate_loss = (readout.mean(1) - target).square().sum(1).mean()
        busy = torch.relu(hidden.mean((0, 1)) - 0.15).square().sum()
        silent = torch.relu(0.02 - hidden.mean((0, 1))).square().sum()
        loss = rate_loss + 0.3 * busy + 3 * silent + 2.0 * excess
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if epoch % 25 == 24:
            hit = (readout.sum(1).argmax(1).numpy() == labels).mean()
            print(f"epoch {epoch + 1}: loss {loss.item():.4f}, rate loss {rate_loss.item():.4f}, accuracy {hit:.3f}, "
                  f"hidden rate {hidden.mean().item():.3f}, excess {excess.item():.4f}", flush=True)


def main():
    torch.manual_seed(7)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    net = build()
    train(net, *load("train"), np.random.default_rng(7))

    series, labels = load("test")
    events = encode(series)
    with torch.no_grad():
        hidden, readout, _ = run(net, torch.tensor(events, dtype=torch.float32))
        net.lif1.reset_mem()
        net.lif2.reset_mem()
        graph = export_to_nir(net, torch.zeros(1, 12), ignore_dims=[0])
    counts = readout.sum(1).numpy().astype(np.int64)
    # Ties go to the lowest class number (numpy's argmax).
    print(f"test accuracy {(counts.argmax(1) == labels).mean():.4f} on {len(labels)} samples")
    nir.write(HERE / "motions.nir", graph)
    np.save(HERE / "test_inputs.npy", events)
    np.save(HERE / "test_labels.npy", labels)
    np.save(HERE / "expected_counts.npy", counts)
    np.save(HERE / "expected_hidden_sample0.npy", hidden[0].numpy().astype(np.uint8))


if __name__ == "__main__":
    main()
