"""A sweep's points as columns and as a dataset, named and ordered as in the program's own files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ._extras import imported
from .results import Estimate, Sweep, SweepAxis, SweepPoint

if TYPE_CHECKING:
    import xarray

_NAN = float("nan")
_NONE = Estimate(_NAN, _NAN)


class _Cell(NamedTuple):
    """An observable at a point."""

    point: SweepPoint
    observable: str


def _estimate(name: str) -> dict[str, Callable[[_Cell], float]]:
    def of(cell: _Cell) -> Estimate:
        return getattr(cell.point.observables[cell.observable], name) or _NONE

    return {name: lambda cell: of(cell).value, f"{name}_standard_error": lambda cell: of(cell).standard_error}


def _expected(cell: _Cell) -> float:
    theory = cell.point.theory.get(cell.observable)
    return theory.expected if theory else _NAN


_STATISTICS: dict[str, Callable[[_Cell], float]] = {
    "mean": lambda cell: cell.point.observables[cell.observable].mean,
    "mcse": lambda cell: cell.point.observables[cell.observable].mcse,
    "sd": lambda cell: cell.point.observables[cell.observable].sd,
    **_estimate("variance_times_n"),
    **_estimate("binder"),
    **_estimate("autocorrelation_time"),
    "theory": _expected,
}


def table(sweep: Sweep) -> dict[str, list[Any]]:
    """The columns of `sweep.csv`."""
    cells = [_Cell(point, observable) for point in sweep.points for observable in point.observables]
    columns: dict[str, list[Any]] = {
        ",".join(axis.keys): [cell.point.values[axis.keys[0]] for cell in cells] for axis in sweep.axes
    }
    columns["N"] = [cell.point.neurons for cell in cells]
    columns["observable"] = [cell.observable for cell in cells]
    columns |= {name: [value(cell) for cell in cells] for name, value in _STATISTICS.items()}
    columns["theory_status"] = [_theory_status(cell) for cell in cells]
    columns["converged"] = [cell.point.converged for cell in cells]
    columns["smallest_ess"] = [cell.point.smallest_ess for cell in cells]
    columns["largest_rhat"] = [cell.point.largest_r_hat for cell in cells]
    return columns


def _theory_status(cell: _Cell) -> str | None:
    theory = cell.point.theory.get(cell.observable)
    return None if theory is None else "exact" if theory.exact else "asymptotic"


def dataset(sweep: Sweep) -> xarray.Dataset:
    """What `sweep.nc` holds."""
    import numpy

    library = imported("xarray")
    # The last axis is the slowest.
    axes = dict(reversed(list(zip(_dimensions(sweep.axes), sweep.axes))))
    shape = [len(axis.values) for axis in axes.values()]
    names = list(dict.fromkeys(name for point in sweep.points for name in point.observables))

    def values(value: Callable[[_Cell], float]) -> Iterator[float]:
        for point in sweep.points:
            for name in names:
                yield value(_Cell(point, name)) if name in point.observables else _NAN

    variables: dict[str, Any] = {
        name: ([*axes, "observable"], numpy.reshape(list(values(value)), [*shape, len(names)]))
        for name, value in _STATISTICS.items()
    }
    # A point of an older program was never judged, and counts.
    judged = [point.converged is not False for point in sweep.points]
    variables["converged"] = (list(axes), numpy.reshape(judged, shape))
    variables["N"] = (list(axes), numpy.reshape([point.neurons for point in sweep.points], shape))
    coordinates = {name: (name, axis.values, {"keys": ",".join(axis.keys)}) for name, axis in axes.items()}
    made: xarray.Dataset = library.Dataset(variables, {**coordinates, "observable": names})
    return made


def _dimensions(axes: list[SweepAxis]) -> list[str]:
    """Axes by the last parts of their keys where these differ, else by whole keys."""
    titles = [", ".join(key.rpartition(".")[2] for key in axis.keys) for axis in axes]
    if len(set(titles)) < len(titles):
        titles = [",".join(axis.keys) for axis in axes]
    return ["".join(letter if letter.isalnum() else "_" for letter in title) for title in titles]
