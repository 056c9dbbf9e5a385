"""The networks whose spikes are recorded: small NIR graphs with the same drive in every framework.

A network is described in steps and in the drive of the membrane per step (gain 1); what is written
to the file is scaled to the framework's step and to the form that its importer takes:
"plain" has r = 1 and w_in = 1, "unit" has r = tau_mem / dt and w_in = tau_syn / dt.
"""

import dataclasses

import nir
import numpy as np

STEPS = 100
HAS_V_RESET = "v_reset" in {f.name for f in dataclasses.fields(nir.LIF)}


@dataclasses.dataclass
class Case:
    """One network with its input; `dt` is the step that the framework takes it with."""

    name: str
    graph: nir.NIRGraph
    input: np.ndarray
    dt: float
    # How the framework gets the network: through its importer, or built by hand with options.
    how: str = "import"
    options: dict = dataclasses.field(default_factory=dict)

    def built(self, how, **options):
        """The same network for a model that is built by hand."""
        return dataclasses.replace(self, how=how, options=options)


class Networks:
    """Builds the cases of one framework.

    dt: step, in the unit of the file's time constants. dtype: of the neuron parameters.
    """

    def __init__(self, dt, dtype=np.float64):
        self.dt = dt
        self.dtype = dtype

    def weights(self, seed, out, into, scale=1.0, mean=0.3, spread=0.6):
        """Seeded normal weights [out, into] of both signs."""
        rng = np.random.default_rng(seed)
        return (scale * rng.normal(mean, spread, (out, into))).astype(np.float32)

    def affine(self, weight, bias=None):
        if bias is None:
            bias = np.zeros(weight.shape[0])
        return nir.Affine(weight=weight, bias=np.asarray(bias, np.float32))

    def array(self, value, n):
        return np.broadcast_to(np.asarray(value, self.dtype), (n,)).copy()

    def _neuron(self, kind, n, v_reset=0.0, **parameters):
        arrays = {name: self.array(value, n) for name, value in parameters.items()}
        if HAS_V_RESET:
            arrays["v_reset"] = self.array(v_reset, n)
        return kind(**arrays)

    def lif(self, n, tau, form, v_threshold=1.0, v_leak=0.0, v_reset=0.0, r=1.0):
        """tau in steps; with form "unit" r is a factor of tau / dt."""
        tau = np.asarray(tau, np.float64)
        r = r * tau if form == "unit" else r
        return self._neuron(
            nir.LIF, n, v_reset, tau=tau * self.dt, r=r, v_leak=v_leak, v_threshold=v_threshold
        )

    def cuba(
        self, n, tau_syn, tau_mem, form, v_threshold=1.0, v_leak=0.0, v_reset=0.0, r=1.0, w_in=1.0
    ):
        tau_syn, tau_mem = np.asarray(tau_syn, np.float64), np.asarray(tau_mem, np.float64)
        if form == "unit":
            r, w_in = r * tau_mem, w_in * tau_syn
        return self._neuron(
            nir.CubaLIF,
            n,
            v_reset,
            tau_syn=tau_syn * self.dt,
            tau_mem=tau_mem * self.dt,
            r=r,
            v_leak=v_leak,
            v_threshold=v_threshold,
            w_in=w_in,
        )

    def integrate_and_fire(self, n, v_threshold=1.0, r=1.0, v_reset=0.0):
        return self._neuron(nir.IF, n, v_reset, r=r, v_threshold=v_threshold)

    def case(self, name, nodes, edges, inputs=3, seed=1, rate=0.4, steps=STEPS):
        """A chain input -> ... -> output is given by `edges` of inner nodes."""
        width = {key: _width(node) for key, node in nodes.items()}
        first, last = edges[0][0], next(a for a, b in reversed(edges) if b == "output")
        edges = [("input", first), *edges]
        nodes = {
            "input": nir.Input(input_type={"input": np.array([inputs])}),
            **nodes,
            "output": nir.Output(output_type={"output": np.array([width[last]])}),
        }
        rng = np.random.default_rng(seed)
        x = (rng.random((steps, inputs)) < rate).astype(np.float32)
        return Case(name, nir.NIRGraph(nodes=nodes, edges=edges), x, self.dt)

    # The cases. `form` as in the module's text.

    def one_lif(self, form="plain", name="lif", tau=3.0, **options):
        gain = 1.0 if form == "unit" else float(np.mean(tau))
        nodes = {
            "fc": self.affine(self.weights(11, 4, 3, gain)),
            "lif": self.lif(4, tau, form, **options),
        }
        return self.case(name, nodes, [("fc", "lif"), ("lif", "output")])

    def lif_ties(self, form="plain", name="lif_ties"):
        """tau = 2 dt and weights of multiples of 1/4: the potential meets the threshold exactly."""
        weight = np.array([[1, 0.5, -0.5], [0.75, 0.5, 0.25], [1, -1, 1], [0.5, 0.5, 0.5]])
        gain = 1.0 if form == "unit" else 2.0
        nodes = {
            "fc": self.affine((gain * weight).astype(np.float32)),
            "lif": self.lif(4, 2.0, form),
        }
        return self.case(name, nodes, [("fc", "lif"), ("lif", "output")], seed=2)

    def two_lif(self, form="plain", name="two_lif"):
        """Two layers: a delay between them shows."""
        gain = 1.0 if form == "unit" else 5.0
        nodes = {
            "fc1": self.affine(self.weights(21, 6, 3, gain)),
            "lif1": self.lif(6, 5.0, form),
            "fc2": self.affine(self.weights(22, 4, 6, gain)),
            "lif2": self.lif(4, 5.0, form),
        }
        edges = [("fc1", "lif1"), ("lif1", "fc2"), ("fc2", "lif2"), ("lif2", "output")]
        return self.case(name, nodes, edges, seed=3)

    def one_cuba(self, form="plain", name="cuba", **options):
        gain = 1.0 if form == "unit" else 2.5 * 8.0
        nodes = {
            "fc": self.affine(self.weights(31, 4, 3, 0.5 * gain)),
            "cuba": self.cuba(4, 2.5, 8.0, form, **options),
        }
        return self.case(name, nodes, [("fc", "cuba"), ("cuba", "output")], seed=4)

    def _recurrent(self, name, neuron, gain, bias):
        recurrent = self.weights(42, 5, 5, 0.5 * gain, mean=-0.1)
        nodes = {
            "fc1": self.affine(self.weights(41, 5, 3, 0.7 * gain)),
            "lif1.lif": neuron,
            "lif1.w_rec": self.affine(recurrent, bias * gain),
        }
        edges = [
            ("fc1", "lif1.lif"),
            ("lif1.lif", "lif1.w_rec"),
            ("lif1.w_rec", "lif1.lif"),
            ("lif1.lif", "output"),
        ]
        return self.case(name, nodes, edges, seed=5)

    # Large enough to decide spikes in the first step.
    BIAS = np.array([1.1, -0.3, 0.2, 0.0, -0.1])

    def recurrent_lif(self, form="plain", name="recurrent_lif", bias=BIAS):
        gain = 1.0 if form == "unit" else 3.0
        return self._recurrent(name, self.lif(5, 3.0, form), gain, bias)

    def recurrent_cuba(self, form="plain", name="recurrent_cuba", bias=BIAS, **options):
        gain = 1.0 if form == "unit" else 2.5 * 5.0
        return self._recurrent(name, self.cuba(5, 2.5, 5.0, form, **options), gain, bias)

    def negative_if(self, r=1.0, name="if_negative"):
        """Weights of multiples of 1/4, most of them negative: ties, and a lower bound if any."""
        weight = np.array([[1, -1.5, 0.25], [-0.5, -0.75, 2], [1.25, 0.5, -2], [-1, 3.25, -2]])
        nodes = {
            "fc": self.affine(weight.astype(np.float32)),
            "neuron": self.integrate_and_fire(4, r=r),
        }
        return self.case(name, nodes, [("fc", "neuron"), ("neuron", "output")], seed=6)

    def two_if(self, r=1.0, name="two_if"):
        nodes = {
            "fc1": self.affine(self.weights(61, 6, 3)),
            "if1": self.integrate_and_fire(6, r=r),
            "fc2": self.affine(self.weights(62, 4, 6)),
            "if2": self.integrate_and_fire(4, r=r),
        }
        edges = [("fc1", "if1"), ("if1", "fc2"), ("fc2", "if2"), ("if2", "output")]
        return self.case(name, nodes, edges, seed=7)


def _width(node):
    if isinstance(node, nir.Affine):
        return node.weight.shape[0]
    return node.v_threshold.shape[0]
