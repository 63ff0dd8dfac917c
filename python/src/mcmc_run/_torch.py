"""Networks of other frameworks: anything that maps names to arrays, or to tensors that become arrays."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._commands import import_networks
from ._spec import Spec
from .errors import InputError

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import ImportOptions
    from ._run_results import ImportedNetworks


def from_torch(
    networks: Any, *, map: Mapping[str, str] | None = None, spec: Spec | None = None, **options: Unpack[ImportOptions]
) -> ImportedNetworks:
    """Makes a run of trained networks: a module, a state dictionary, or a list of these; see `import_networks`.

    PyTorch is not imported: names are mapped to whatever NumPy takes, or has `.detach().cpu().numpy()`.

    Example:
        >>> import mcmc_run
        >>> mcmc_run.from_torch(model.state_dict(), map={"output": "fc2.weight", "input": "fc1.weight"})    # doctest: +SKIP
    """
    single = isinstance(networks, Mapping) or hasattr(networks, "state_dict")
    states = [networks] if single else list(networks)
    if not states:
        raise InputError("there are no networks", status=65)
    with tempfile.TemporaryDirectory(prefix="mcmc-run-") as folder:
        for number, state in enumerate(states):
            file = os.path.join(folder, f"{number:06}.npz")
            write_npz(file, state.state_dict() if hasattr(state, "state_dict") else state)
        if spec is None:
            # The program would take the folder's, which means nothing.
            options.setdefault("name", "networks")
        return import_networks(folder, map=map, spec=spec, **options)


def write_npz(path: str, arrays: Mapping[str, Any]) -> None:
    """Writes arrays under their names, whatever these are (`numpy.savez` has names of its own)."""
    import numpy

    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        for name, value in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                numpy.lib.format.write_array(file, _array(name, value), allow_pickle=False)


def _array(name: str, value: Any) -> Any:
    import numpy

    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    array = numpy.asarray(value)
    if array.dtype.kind not in "fiub":
        raise InputError(f"{name} is no array of numbers but of {array.dtype}", status=65)
    return array
