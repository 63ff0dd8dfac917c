"""A run: the networks that were drawn, and everything that can be asked of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from . import _commands
from ._decoding import decoded
from ._extras import arviz_inference_data, data_tree
from ._observing import observed
from .networks import Networks
from .results import Check, Diagnosis, Evaluation, Export, Page, Prediction, Sampling

if TYPE_CHECKING:
    import arviz
    import xarray
    from typing_extensions import Unpack

    from .options import ExportOptions, PredictOptions, ResumeOptions, Threads

T = TypeVar("T")


class Run:
    """A run on disk.

    Attributes:
        path: its folder, absolute.
        json: what `sample`, `resume` or `run` printed; None of a run that was loaded.

    Example:
        >>> import mcmc_run
        >>> run = mcmc_run.sample("experiments/two-contexts.json", draws=1000, out="chains/example", force=True)
        >>> run.networks["output_weight"].shape
        (4, 200, 100)
    """

    def __init__(self, path: str | os.PathLike[str], json: dict[str, Any] | None = None) -> None:
        self.path = Path(os.path.abspath(path))
        self.json = json
        self._kept: dict[str, tuple[Any, Any]] = {}

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def _repr_html_(self) -> str:
        from ._html import escaped, tables

        return f"<p>Run {escaped(str(self.path))}</p>" + (tables(self.json) if self.json else "")

    @property
    def sampling(self) -> Sampling | None:
        """How sampling went; None of a run that was loaded."""
        return decoded(Sampling, self.json) if self.json else None

    @property
    def digest(self) -> str:
        """One SHA-256 of all draws; see `mcmc_run.digest` for more."""
        return self._once("digest", lambda: _commands.digest(self).digest)

    @property
    def draws(self) -> xarray.DataTree:
        """All draws and the sampler's statistics in memory, as ArviZ 1.x plots them. Needs the extra `arviz`.

        Example:
            >>> import mcmc_run
            >>> run = mcmc_run.load("chains/example")
            >>> run.draws["posterior"]["loss"].dims
            ('chain', 'draw')
        """
        return self._once("draws", lambda: self._exported("netcdf", "draws.nc", data_tree))

    @property
    def inference_data(self) -> arviz.InferenceData:
        """All draws as the `InferenceData` of ArviZ 0.x."""
        return self._once("inference_data", lambda: self._exported("netcdf", "draws.nc", arviz_inference_data))

    @property
    def networks(self) -> Networks:
        """The whole networks that were kept, by parameter block: arrays [chain, network, ...]."""
        return self._once("networks", lambda: self._exported("npy", "draws", Networks.read, networks=True))

    def observe(self, **functions: Callable[[Networks], Any]) -> xarray.Dataset:
        """Observables of your own, of the networks that were kept: functions that return one number per network, [chain, network].

        What they return has ArviZ's dimensions; `draw` says which draws the networks are. Needs xarray, of the extra `arviz`.

        Raises:
            InputError: no networks were kept, or a function returned something else.

        Example:
            >>> import mcmc_run
            >>> run = mcmc_run.load("chains/example")
            >>> observed = run.observe(largest=lambda networks: abs(networks["output_weight"]).max(axis=-1))
            >>> observed["largest"].dims, observed.draw.values[:3]
            (('chain', 'draw'), array([ 4,  9, 14]))
        """
        return observed(self, functions)

    def check(self, **options: Unpack[Threads]) -> Check:
        """See `mcmc_run.check`."""
        return _commands.check(self, **options)

    def diagnose(self, **options: Unpack[Threads]) -> Diagnosis:
        """See `mcmc_run.diagnose`."""
        return _commands.diagnose(self, **options)

    def evaluate(self, **options: Unpack[Threads]) -> Evaluation:
        """See `mcmc_run.evaluate`."""
        return _commands.evaluate(self, **options)

    def predict(self, **options: Unpack[PredictOptions]) -> Prediction:
        """See `mcmc_run.predict`."""
        return _commands.predict(self, **options)

    def resume(self, **options: Unpack[ResumeOptions]) -> Run:
        """See `mcmc_run.resume`."""
        return _commands.resume(self, **options)

    def export(self, **options: Unpack[ExportOptions]) -> Export:
        """See `mcmc_run.export`."""
        return _commands.export(self, **options)

    def report(self, out: str | os.PathLike[str] | None = None) -> Page:
        """See `mcmc_run.report`."""
        return _commands.report(self, out=out)

    def _exported(self, format: str, name: str, read: Callable[[str], T], networks: bool = False) -> T:
        with tempfile.TemporaryDirectory(prefix="mcmc-run-") as folder:
            path = os.path.join(folder, name)
            _commands.export(self, format=format, out=path, networks=networks)
            return read(path)

    def _once(self, name: str, make: Callable[[], T]) -> T:
        """What was made before, unless the run has changed since."""
        state = self._state()
        if name not in self._kept or self._kept[name][0] != state:
            self._kept[name] = (state, make())
        made: T = self._kept[name][1]
        return made

    def _state(self) -> list[tuple[str, int, int]]:
        """What changes when draws are written: each chain's own file is written anew with each segment."""
        files = sorted(self.path.glob("chain-*/chain.json"))
        return [(str(file), status.st_mtime_ns, status.st_size) for file in files if (status := file.stat())]
