"""Functions of whole networks, as observables in ArviZ's form."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ._extras import imported
from ._findings import callers_level
from .errors import FindingWarning, InputError
from .networks import Networks

if TYPE_CHECKING:
    import numpy
    import xarray

    from ._run import Run


def observed(run: Run, functions: Mapping[str, Callable[[Networks], Any]]) -> xarray.Dataset:
    """What the functions say of each network that the run has kept."""
    library = imported("xarray")
    networks = run.networks
    kept = next(iter(networks.values())).shape[:2]
    if kept[1] == 0:
        raise InputError("the run has kept no network yet", status=65)
    variables = {name: (("chain", "draw"), _values(name, function, networks, kept)) for name, function in functions.items()}
    made: xarray.Dataset = library.Dataset(variables, {"chain": _chains(run, kept[0]), "draw": networks.draw})
    return made


def _chains(run: Run, count: int) -> list[int]:
    """The chains' own numbers, as their folders have them."""
    numbers = sorted(int(file.parent.name.rpartition("-")[2]) for file in run.path.glob("chain-*/chain.json"))
    return numbers if len(numbers) == count else list(range(count))


def _values(
    name: str, function: Callable[[Networks], Any], networks: Networks, kept: tuple[int, ...]
) -> numpy.ndarray[Any, Any]:
    import numpy

    if not callable(function):
        raise InputError(f"{name} is no function; expressions stand in the spec: sample(spec, observables=...)", status=65)
    returned = function(networks.guarded())
    try:
        values = numpy.array(returned)
    except ValueError:
        values = numpy.array(None)
    if values.dtype.kind not in "fiub":
        raise InputError(f"{name} returned no array of real numbers but {_words(returned)}", status=65)
    if values.shape != kept:
        raise InputError(
            f"{name} returned an array of shape {list(values.shape)}; needed is one number per network, {list(kept)} [chain, network]: "
            "reduce the axes behind these two, as with .mean(axis=-1)",
            status=65,
        )
    values = values.astype(float)
    if (wrong := int(numpy.isnan(values).sum())) > 0:
        message = f"{name} is not a number in {wrong} of {values.size} networks"
        warnings.warn(message, FindingWarning, stacklevel=callers_level())
    return values


def _words(returned: Any) -> str:
    kind = type(returned).__name__
    return f"{kind} of {returned.dtype}" if hasattr(returned, "dtype") else kind
