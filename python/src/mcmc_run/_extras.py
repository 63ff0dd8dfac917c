"""What opens exported draws, where it is installed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import arviz
    import xarray

_EXTRA = "install the extra that has it: pip install 'mcmc-run[arviz]'"


def data_tree(path: str) -> xarray.DataTree:
    """A NetCDF file as a tree in memory: the file may go."""
    library = imported("xarray")
    if not hasattr(library, "open_datatree"):
        raise ImportError(f"this xarray ({library.__version__}) has no DataTree; {_EXTRA}")
    # Which of the two is there; a group's dimensions are the same in both.
    engine = "h5netcdf" if _has("h5netcdf") and _has("h5py") else "netcdf4"
    if engine == "netcdf4" and not _has("netCDF4"):
        raise ImportError(f"neither h5netcdf with h5py nor netCDF4 is installed; {_EXTRA}")
    with library.open_datatree(path, engine=engine) as tree:
        loaded: xarray.DataTree = tree.load()
    return loaded


def arviz_inference_data(path: str) -> arviz.InferenceData:
    """A NetCDF file as ArviZ 0.x has draws."""
    library = imported("arviz")
    if int(library.__version__.partition(".")[0]) >= 1:
        raise ImportError(f"ArviZ {library.__version__} has no InferenceData; .draws is what it plots")
    data: arviz.InferenceData = library.from_netcdf(path)
    # Groups are read when they are used, and the file may go.
    for group in data.groups():
        data[group].load()
        data[group].close()
    return data


def imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"{name} cannot be imported ({error}); {_EXTRA}") from error


def _has(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
