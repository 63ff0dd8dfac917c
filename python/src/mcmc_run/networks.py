"""Whole networks, as arrays."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .errors import InputError

if TYPE_CHECKING:
    import numpy


class Networks(Mapping[str, "numpy.ndarray[Any, Any]"]):
    """The kept networks of a run: arrays [chain, network, ...] by parameter block.

    Attributes:
        draw: which draws they are, counted within each chain.

    Example:
        >>> import mcmc_run
        >>> networks = mcmc_run.load("chains/example").networks
        >>> sorted(networks), networks["input_weights"].shape
        (['gain', 'input_weights', 'output_weight'], (4, 200, 2, 100))
    """

    def __init__(self, blocks: dict[str, numpy.ndarray[Any, Any]], draw: numpy.ndarray[Any, Any]) -> None:
        self._blocks = blocks
        self.draw = draw

    @classmethod
    def read(cls, folder: str) -> Networks:
        """Reads an export."""
        import numpy

        place = os.path.join(folder, "networks")
        if not os.path.isdir(place):
            raise InputError("the run keeps no networks: record.weights says how many are kept", status=65)
        arrays = {name[: -len(".npy")]: numpy.load(os.path.join(place, name)) for name in sorted(os.listdir(place))}
        draw = arrays.pop("draw")
        return cls(arrays, draw)

    def guarded(self) -> Networks:
        """The same arrays, which whoever has them cannot write to."""
        views = {name: array.view() for name, array in self.items()}
        for view in views.values():
            view.flags.writeable = False
        return Networks(views, self.draw)

    def __getitem__(self, block: str) -> numpy.ndarray[Any, Any]:
        return self._blocks[block]

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)

    def __repr__(self) -> str:
        return "Networks(" + ", ".join(f"{name}: {list(array.shape)}" for name, array in self.items()) + ")"

    def _repr_html_(self) -> str:
        from ._html import rows_table

        return rows_table("networks", ["block", "shape"], [[name, str(list(a.shape))] for name, a in self.items()])
