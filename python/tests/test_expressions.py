"""Expressions of observables: random ones, which the program records and NumPy evaluates on the kept networks."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pytest

import mcmc_run

Array = numpy.ndarray[Any, Any]
Values = dict[str, Array]

# From weak to strong.
CHOICE, OR, AND, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)

_erf = numpy.vectorize(math.erf, otypes=[float])


def _rounded(x: Array) -> Array:
    return numpy.copysign(numpy.floor(abs(x) + 0.5), x)


def _chosen(a: Array, b: Array, c: Array) -> Array:
    return numpy.where(a != 0, b, c)


def _power(a: Array, b: Any) -> Array:
    # A single exponent of 0.5 would be a square root, which has no -inf as pow has.
    made: Array = numpy.power(a, numpy.full(numpy.shape(a) or (1,), b) if numpy.ndim(b) == 0 else b)
    return made


OPERATORS: dict[str, tuple[int, Callable[[Array, Array], Array]]] = {
    "||": (OR, lambda a, b: ((a != 0) | (b != 0)) * 1.0),
    "&&": (AND, lambda a, b: ((a != 0) & (b != 0)) * 1.0),
    "<": (COMPARISON, lambda a, b: (a < b) * 1.0),
    "<=": (COMPARISON, lambda a, b: (a <= b) * 1.0),
    ">": (COMPARISON, lambda a, b: (a > b) * 1.0),
    ">=": (COMPARISON, lambda a, b: (a >= b) * 1.0),
    "==": (COMPARISON, lambda a, b: (a == b) * 1.0),
    "!=": (COMPARISON, lambda a, b: (a != b) * 1.0),
    "+": (SUM, numpy.add),
    "-": (SUM, numpy.subtract),
    "*": (PRODUCT, numpy.multiply),
    "/": (PRODUCT, numpy.divide),
}
FUNCTIONS: dict[str, Callable[..., Array]] = {
    **{name: getattr(numpy, name) for name in "abs sign sqrt exp log log2 log10 sin cos tan sinh cosh tanh floor ceil".split()},
    **{f"a{name}": getattr(numpy, f"arc{name}") for name in ("sin", "cos", "tan")},
    "erf": _erf,
    "round": _rounded,
    "min": numpy.minimum,
    "max": numpy.maximum,
    "atan2": numpy.arctan2,
    "if": _chosen,
}
ARGUMENTS = {"min": 2, "max": 2, "atan2": 2, "if": 3}
REDUCTIONS: dict[str, Callable[[Array], Array]] = {
    "mean": lambda x: x.mean(axis=-1),
    "sum": lambda x: x.sum(axis=-1),
    "max": lambda x: x.max(axis=-1),
    "min": lambda x: x.min(axis=-1),
}


@dataclass(frozen=True)
class Expression:
    """An expression as text, and what it is."""

    text: str
    strength: int
    value: Callable[[Values], Array]

    def inside(self, strength: int) -> str:
        """The text where something binds by this strength: in brackets where these are needed, and only there."""
        return self.text if self.strength >= strength else f"({self.text})"


class Writer:
    """Writes random expressions of some names."""

    def __init__(self, seed: int, names: list[str]) -> None:
        self._random = random.Random(seed)
        self._names = names

    def expression(self, depth: int) -> Expression:
        pick = self._random
        if depth == 0 or pick.random() < 0.1:
            return self._leaf()
        kind = pick.choices(["operator", "function", "power", "sign", "choice"], [6, 4, 2, 1, 1])[0]
        if kind == "operator":
            return self._binary(pick.choice(list(OPERATORS)), depth)
        if kind == "function":
            return self._call(pick.choice(list(FUNCTIONS)), depth)
        if kind == "power":
            return self._power(depth)
        a = self.expression(depth - 1)
        if kind == "sign":
            if pick.random() < 0.5:
                return Expression(f"-{a.inside(SIGN)}", SIGN, lambda values: -a.value(values))
            return Expression(f"!{a.inside(SIGN)}", SIGN, lambda values: (a.value(values) == 0) * 1.0)
        b, c = self.expression(depth - 1), self.expression(depth - 1)
        text = f"{a.inside(OR)} ? {b.inside(OR)} : {c.inside(CHOICE)}"
        return Expression(text, CHOICE, lambda values: _chosen(a.value(values), b.value(values), c.value(values)))

    def _leaf(self) -> Expression:
        if self._random.random() < 0.25:
            number = self._random.choice(["2", "0.5", "3", "1e-1", "pi", "K", "D", "1.75"])
            value = {"pi": math.pi, "K": 2.0, "D": 2.0}.get(number)
            constant = numpy.float64(number if value is None else value)
            return Expression(number, ATOM, lambda values: numpy.asarray(constant))
        name = self._random.choice(self._names)
        return Expression(name, ATOM, lambda values: values[name])

    def _binary(self, sign: str, depth: int) -> Expression:
        a, b = self.expression(depth - 1), self.expression(depth - 1)
        strength, made = OPERATORS[sign]
        # Comparisons of comparisons are left to nobody's memory.
        left = strength + 1 if strength == COMPARISON else strength
        blank = self._random.choice(["", " "])
        text = f"{a.inside(left)}{blank}{sign}{blank}{b.inside(strength + 1)}"
        return Expression(text, strength, lambda values: made(a.value(values), b.value(values)))

    def _power(self, depth: int) -> Expression:
        a, pick = self.expression(depth - 1), self._random
        if pick.random() < 0.2:
            # To the right: a^(b^c).
            b, c = self._leaf(), pick.choice([1, 2])
            text = f"{a.inside(ATOM)}^{b.inside(ATOM)}^{c}"
            return Expression(text, POWER, lambda values: _power(a.value(values), _power(b.value(values), c)))
        exponent = pick.choice(["2", "3", "0.5", "4", "(-1)", "1.5"])
        number = float(exponent.strip("()"))
        return Expression(f"{a.inside(ATOM)}^{exponent}", POWER, lambda values: _power(a.value(values), number))

    def _call(self, name: str, depth: int) -> Expression:
        arguments = [self.expression(depth - 1) for _ in range(ARGUMENTS.get(name, 1))]
        text = f"{name}({', '.join(argument.text for argument in arguments)})"
        made = FUNCTIONS[name]
        return Expression(text, ATOM, lambda values: made(*(argument.value(values) for argument in arguments)))


def names_of(*letters: str) -> list[str]:
    return [f"{letter}{index}" for letter in letters for index in range(2)]


TASK = {"kind": "inputSelection", "contexts": 2}
LIST = {"kind": "sampled", "count": 6}
FIXED = {"kind": "fixed", "path": "gains.csv"}
DEEP = {"kind": "deep", "widths": [9, 7], "activation": "tanh"}

# More neurons than the program takes at once, exactly as many, and fewer; of deep networks the quantities of either layer.
MODELS: dict[str, tuple[dict[str, Any], list[list[str]]]] = {
    "binary gains": (
        {"network": {"kind": "gainModulatedLinear", "neurons": 300}},
        [["w", "norm(m)", *names_of("m", "g")]],
    ),
    "given gains": (
        {"network": {"kind": "gainModulatedLinear", "neurons": 13, "gains": FIXED}},
        [["w", "norm(m)", *names_of("m", "g")]],
    ),
    "continuous gains": (
        {"network": {"kind": "gainModulatedLinear", "neurons": 256, "gains": {"kind": "continuous", "activation": "tanh"}}},
        [["w", "norm(m)", *names_of("m", "b", "g")]],
    ),
    "two layers": (
        {"network": {"kind": "twoLayer", "neurons": 30, "activation": "tanh"}, "stimuli": LIST},
        [["w", "norm(m)", *names_of("m", "b", "g")]],
    ),
    "deep": ({"network": DEEP, "stimuli": LIST}, [["w"], ["norm(m)", *names_of("m", "b", "g")]]),
}


@pytest.mark.parametrize("model", list(MODELS))
def test_expressions_have_the_values_that_numpy_gives_them(model: str) -> None:
    given = numpy.random.default_rng(5).normal(size=(13, 2))
    numpy.savetxt("gains.csv", given, delimiter=",")
    part, layers = MODELS[model]
    seed = 1000 * list(MODELS).index(model)
    writers = [Writer(seed + index, names) for index, names in enumerate(layers)]
    of_neurons = [(f"n{n}", writers[n % len(writers)].expression(4), list(REDUCTIONS)[n // 2 % 4]) for n in range(40)]
    recorded = ["lp", "loss", "readout[0,1]", "readout[1,1]", "output_second_moment", "participation_ratio", "largest_weight", "n0", "n1", "n2"]
    writer = Writer(seed + 7, recorded)
    of_scalars = [(f"s{n}", writer.expression(3)) for n in range(20)]
    spec = {
        "task": TASK,
        "ensemble": {"kind": "gibbs", "tightness": 3},
        "sampler": {"chains": 2, "warmup": 10, "draws": 12, "seed": 4},
        "record": {"weights": "all"},
        "observables": ["participation_ratio"]
        + [{"name": name, "of": e.text, "reduce": reduce} for name, e, reduce in of_neurons]
        + [{"name": name, "of": e.text} for name, e in of_scalars],
        **part,
    }
    run = mcmc_run.sample(spec)
    run.export(format="npy", out="draws")
    draws = {path.stem: numpy.load(path) for path in Path("draws/posterior").glob("*.npy")}
    neurons = quantities(run.networks, given)
    wrong = []
    with numpy.errstate(all="ignore"):
        for name, expression, reduce in of_neurons:
            # What is of no layer's neurons is of the first one's.
            width = neurons["w"] if re.search(r"\bw\b", expression.text) else neurons["m0"]
            each = numpy.broadcast_to(expression.value(neurons), width.shape)
            value = REDUCTIONS[reduce](each)
            # What is summed may cancel.
            scale = abs(each).mean(axis=-1) * (each.shape[-1] if reduce == "sum" else 1)
            other = REDUCTIONS[reduce](numpy.broadcast_to(expression.value(shaken(neurons)), width.shape))
            wrong += differences(f"{reduce} of {expression.text}", draws[name], value, scale, abs(other - value))
        w = neurons["w"]
        scalars = {
            **{name: draws[name] for name in ("lp", "loss", "output_second_moment", "n0", "n1", "n2")},
            "readout[0,1]": draws["readout"][..., 0, 1],
            "readout[1,1]": draws["readout"][..., 1, 1],
            "largest_weight": abs(w).max(axis=-1),
            "participation_ratio": (w**2).mean(axis=-1) ** 2 / (w**4).mean(axis=-1),
        }
        for name, expression in of_scalars:
            value = numpy.broadcast_to(expression.value(scalars), w.shape[:2])
            other = numpy.broadcast_to(expression.value(shaken(scalars)), w.shape[:2])
            wrong += differences(expression.text, draws[name], value, abs(value), abs(other - value))
    assert not wrong, "\n".join(wrong)


NORMAL = numpy.vectorize(lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi), otypes=[float])
SLOPES: dict[str, Callable[[Array], Array]] = {
    "linear": numpy.ones_like,
    "relu": lambda b: (b > 0) * 1.0,
    "tanh": lambda b: 1 / numpy.cosh(b) ** 2,
    "erf": lambda b: 2 * numpy.exp(-(b**2)) / math.sqrt(math.pi),
    "softplus": lambda b: 1 / (1 + numpy.exp(-b)),
    "gelu": lambda b: 0.5 * (1 + _erf(b / math.sqrt(2))) + b * NORMAL(b),
}


@pytest.mark.parametrize("activation", list(SLOPES))
def test_gains_are_slopes_of_the_activation(activation: str) -> None:
    spec = {
        "task": TASK,
        "network": {"kind": "twoLayer", "neurons": 20, "activation": activation},
        "stimuli": LIST,
        "ensemble": {"kind": "gibbs", "tightness": 2},
        "sampler": {"chains": 1, "warmup": 5, "draws": 6},
        "record": {"weights": "all"},
        "observables": [{"name": "both", "of": "g0 + 3*g1*w", "reduce": "mean"}],
    }
    run = mcmc_run.sample(spec)
    run.export(format="npy", out="draws")
    gains, w = SLOPES[activation](run.networks["context_drive"]), run.networks["output_weight"]
    expected = (gains[:, :, 0] + 3 * gains[:, :, 1] * w).mean(axis=-1)
    numpy.testing.assert_allclose(numpy.load("draws/posterior/both.npy"), expected, rtol=1e-11, atol=1e-12)


def shaken(values: Values) -> Values:
    """The same to fifteen digits, but gains, which are told apart: how much rounding may matter."""
    return {name: array if name[0] == "g" else array * (1 + 1e-15) for name, array in values.items()}


def differences(what: str, recorded: Array, expected: Array, scale: Array, rounding: Array) -> list[str]:
    same = numpy.isclose(recorded, expected, rtol=1e-11, atol=0, equal_nan=True)
    same |= abs(recorded - expected) <= 1e-11 * scale + 10 * rounding
    if same.all():
        return []
    place = tuple(numpy.argwhere(~same)[0])
    return [f"{what}: {recorded[place]!r} and not {expected[place]!r}, in {(~same).sum()} of {same.size} networks"]


def quantities(networks: mcmc_run.Networks, given: Array) -> Values:
    """What expressions call the numbers of neurons: arrays [chain, draw, neuron]."""
    m = networks["input_weights"]
    values = {"w": networks["output_weight"], "norm(m)": numpy.sqrt((m**2).sum(axis=-2))}
    drives = networks.get("context_drive")
    if drives is not None:
        gains = 1 / numpy.cosh(drives) ** 2
    elif "gain" in networks:
        gains = networks["gain"].astype(float)
    else:
        gains = numpy.broadcast_to(given.T, (*m.shape[:2], *given.T.shape))
    for index in range(2):
        values[f"m{index}"] = m[:, :, index]
        values[f"g{index}"] = gains[:, :, index]
        if drives is not None:
            values[f"b{index}"] = drives[:, :, index]
    return values
