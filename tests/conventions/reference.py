"""A numpy reference of `dt.neuron` and of the graphs around it, as docs/dialects/dt.md has them.

It reads a NIR graph of affine layers and neurons, applies a convention (see `DEFAULTS`) and runs
it.
"""

import nir
import numpy as np

DEFAULTS = {
    "integration": "euler",  # euler | exact | exponential | held (each equation exact by itself)
    "synapse_decay": None,  # None: as `integration` says | euler
    "membrane_reads": "updated",  # updated | previous
    "comparison_reads": "updated",
    "compare": ">",  # > | >=
    "reset": "value",  # value | subtract
    "reset_timing": "same-step",  # same-step | next-step | before-and-after
    "max_spikes": 1,
    "v_min": None,  # None | factor of v_threshold
    "initial": "zero",  # zero | v_leak | v_reset: the potential before the first step
    "input_delay": 0,  # steps before each neuron
    # Where the step in a cycle is: spikes | path; none, if the neuron itself holds a step
    # (comparison_reads previous, or an input delay).
    "feedback": "spikes",
    "recurrent": "all",  # all | without bias | absent: what is kept of the map in a cycle
    # What takes the place of parameters that the framework does not read: a number, a time constant
    # {"steps": N}, for r and w_in "tau / dt", which makes the gain 1, for w_in "decayed", which
    # makes it exp(-dt / tau_syn), for v_leak "bias", which adds v_leak itself in each step.
    "replace": {},
    "precision": "float32",
}


class Neuron:
    """One population; the update order of `dt.neuron`."""

    def __init__(self, node, dt, convention):
        self.c = convention
        self.t = np.dtype(convention["precision"]).type
        p = self.parameters(node, dt)
        self.factors(p, dt)
        n, initial = self.v_threshold.size, convention["initial"]
        self.i, self.v, self.n = (np.zeros(n, self.t) for _ in range(3))
        if initial != "zero":
            self.v = p[initial].astype(self.t)
        self.delay = [np.zeros(n, self.t) for _ in range(convention["input_delay"])]

    def parameters(self, node, dt):
        """The parameters in 64 bits, with the convention's replacements."""
        p = {
            k: np.asarray(v, np.float64) for k, v in vars(node).items() if isinstance(v, np.ndarray)
        }
        p.setdefault("v_reset", np.zeros_like(p["v_threshold"]))
        p.setdefault("v_leak", np.zeros_like(p["v_threshold"]))
        if "tau" in p:
            p["tau_mem"] = p.pop("tau")
        for name, value in self.c["replace"].items():
            if isinstance(value, dict):
                value = value["steps"] * dt
            elif name not in p:
                continue
            if isinstance(value, str) and value == "tau / dt":
                value = (
                    p["tau_syn" if name == "w_in" else "tau_mem"] / dt if "tau_mem" in p else 1 / dt
                )
            if isinstance(value, str) and value == "bias":
                value = p[name] * p["tau_mem"] / dt
            if isinstance(value, str) and value == "decayed":
                value = np.exp(-dt / p["tau_syn"]) * p["tau_syn"] / dt
            p[name] = np.broadcast_to(np.asarray(value, np.float64), p["v_threshold"].shape)
        return p

    def factors(self, p, dt):
        """docs/dialects/dt.md, "Where the factors come from"; "exponential" has exact decays and
        the gains of Euler's method."""
        kind, r, leak = self.c["integration"], p["r"], p["v_leak"]
        syn, mem, w_in = p.get("tau_syn"), p.get("tau_mem"), p.get("w_in", 1.0)
        one = np.ones_like(r)
        exact = kind == "exact"
        unit = kind in ("exact", "held")
        decay = (lambda tau: 1 - dt / tau) if kind == "euler" else (lambda tau: np.exp(-dt / tau))
        alpha = None if syn is None else decay(syn)
        if alpha is not None and self.c["synapse_decay"] == "euler":
            alpha = 1 - dt / syn
        beta = one if mem is None else decay(mem)
        input_gain, direct = one, None
        if alpha is not None:
            input_gain = w_in * (1 - alpha) if unit else w_in * dt / syn
        if mem is None:
            gain, added = r * dt, None
        else:
            gain = r * (1 - beta) if unit else r * dt / mem
            added = leak * (1 - beta) if unit else leak * dt / mem
        if exact and alpha is not None:
            same = np.isclose(syn, mem)
            apart = np.where(same, 1.0, syn - mem)
            c = np.where(same, dt / mem * beta, syn / apart * (alpha - beta))
            gain, direct = r * c, r * w_in * (1 - beta - c)

        def cast(x):
            return None if x is None else np.asarray(x).astype(self.t)

        self.alpha, self.input_gain, self.beta, self.gain = map(
            cast, (alpha, input_gain, beta, gain)
        )
        self.direct, self.leak = cast(direct), cast(added)
        self.v_threshold, self.v_reset = cast(p["v_threshold"]), cast(p["v_reset"])
        low = self.c["v_min"]
        self.v_min = None if low is None else cast(low * p["v_threshold"])

    def holds(self):
        """Whether the spikes of a step do not depend on its input."""
        return self.c["comparison_reads"] == "previous" or bool(self.delay)

    def integrate(self, x):
        before = self.i
        self.i = (
            self.input_gain * x if self.alpha is None else self.alpha * before + self.input_gain * x
        )
        u = self.i if self.c["membrane_reads"] == "updated" else before
        v = self.beta * self.v + self.gain * u
        if self.direct is not None:
            v = v + self.direct * x
        return v if self.leak is None else v + self.leak

    def fire(self, v):
        """Spike counts at potential v, and the potential after the resets."""
        n, v = np.zeros_like(v), v.copy()
        above = (
            (lambda: v > self.v_threshold)
            if self.c["compare"] == ">"
            else (lambda: v >= self.v_threshold)
        )
        for _ in range(self.c["max_spikes"]):
            now = above()
            if not now.any():
                break
            n = n + now.astype(self.t)
            if self.c["reset"] == "value":
                v = np.where(now, self.v_reset, v)
                break
            v = np.where(now, v - self.v_threshold, v)
        return n, v

    def late(self, v):
        """The reset for the spikes of the step before."""
        if self.c["reset"] == "value":
            return np.where(self.n > 0, self.v_reset, v)
        return v - self.v_threshold * self.n

    def bounded(self, v):
        return v if self.v_min is None else np.maximum(v, self.v_min)

    def step(self, x):
        """Spikes; self.before is the potential that was compared, self.v what is left."""
        v, timing = self.integrate(x), self.c["reset_timing"]
        if timing == "next-step":
            v = self.late(v)
            self.n, after = self.fire(v)[0], v
        elif timing == "before-and-after":
            above = self.fire(self.v)[0]
            self.n = self.fire(v - self.v_threshold * above)[0]
            after = v - self.v_threshold * self.n
        else:
            self.n, after = self.fire(v)
        self.before, self.v = v, self.bounded(after)
        return self.n

    def emit(self):
        """The spikes of a neuron that holds."""
        if self.c["comparison_reads"] == "updated":
            return self.step(self.delay[0])
        self.n, after = self.fire(self.v)
        if self.c["reset_timing"] == "same-step":
            self.v = after
        return self.n

    def absorb(self, x):
        """Takes the input of the step, after `emit`."""
        self.delay.append(x)
        x = self.delay.pop(0)
        if self.c["comparison_reads"] == "updated":
            return
        v = self.integrate(x)
        if self.c["reset_timing"] == "next-step":
            v = self.late(v)
        self.before, self.v = v, self.bounded(v)


def run(graph, inputs, dt, convention):
    """Runs `graph` on inputs [steps, n].

    Gives spikes, potentials before and potentials after the reset, each by node.
    """
    c = {**DEFAULTS, **convention}
    t = np.dtype(c["precision"]).type
    neurons = {k: Neuron(v, dt, c) for k, v in graph.nodes.items() if hasattr(v, "v_threshold")}
    maps = {k: v for k, v in graph.nodes.items() if isinstance(v, (nir.Affine, nir.Linear))}
    recurrent = {
        a for a in maps if any((b, a) in graph.edges and (a, b) in graph.edges for b in neurons)
    }
    order = _order(graph, neurons, recurrent, c["feedback"])
    last = {k: np.zeros(n.v_threshold.size, t) for k, n in neurons.items()}
    last |= {k: np.zeros(maps[k].weight.shape[0], t) for k in recurrent}
    spikes, before, after = ({k: [] for k in neurons} for _ in range(3))
    for x in inputs.astype(t):
        now = {"input": x}
        now |= {k: n.emit() for k, n in neurons.items() if n.holds()}
        taken = {}
        for name in order:
            sources = [a for a, b in graph.edges if b == name]
            delayed = {a for a in sources if a in recurrent and c["feedback"] == "path"}
            if name in recurrent and c["feedback"] == "spikes":
                delayed = set(sources)
            terms = [last[a] if a in delayed else now[a] for a in sources]
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            if name in maps:
                # The sum of columns in a fixed order, as for spikes.
                y = np.zeros(maps[name].weight.shape[0], t)
                for column, value in enumerate(total):
                    if value != 0:
                        y = y + maps[name].weight[:, column].astype(t) * value
                if name in recurrent and c["recurrent"] == "absent":
                    y = np.zeros_like(y)
                elif isinstance(maps[name], nir.Affine) and (
                    name not in recurrent or c["recurrent"] == "all"
                ):
                    y = y + maps[name].bias.astype(t)
                now[name] = y
                continue
            neuron = neurons[name]
            if neuron.holds():
                taken[name] = total
            else:
                now[name] = neuron.step(total)
        for name, total in taken.items():
            neurons[name].absorb(total)
        last = {k: now[k] for k in last}
        for name, neuron in neurons.items():
            spikes[name].append(now[name])
            before[name].append(neuron.before)
            after[name].append(neuron.v)
    return tuple({k: np.array(v) for k, v in each.items()} for each in (spikes, before, after))


def _order(graph, neurons, recurrent, feedback):
    """Neurons and maps, each after what it reads in the same step."""
    if feedback == "path":
        cut = {(a, b) for a, b in graph.edges if a in recurrent and b in neurons}
    else:
        cut = {(a, b) for a, b in graph.edges if a in neurons and b in recurrent}
    order, left = [], [k for k in graph.nodes if k not in ("input", "output")]
    while left:
        ready = [
            name
            for name in left
            if {a for a, b in graph.edges if b == name and (a, b) not in cut} <= {"input", *order}
        ]
        if not ready:
            raise ValueError("a cycle without a recurrent map")
        order += ready
        left = [name for name in left if name not in ready]
    return order
