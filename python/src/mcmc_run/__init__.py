"""A thin client of `mcmc-run`, which draws neural networks from maximum-entropy ensembles and proves that the draws are right.

Every function calls the program and does no mathematics of its own.

Example:
    >>> import mcmc_run
    >>> run = mcmc_run.sample("experiments/two-contexts.json", draws=1000, out="chains/example", force=True)
    >>> run.diagnose().min_ess_bulk > 100
    True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from ._commands import check as check
    from ._commands import compare as compare
    from ._commands import diagnose as diagnose
    from ._commands import digest as digest
    from ._commands import ensembles as ensembles
    from ._commands import entropy as entropy
    from ._commands import evaluate as evaluate
    from ._commands import export as export
    from ._commands import finite_size as finite_size
    from ._commands import import_networks as import_networks
    from ._commands import load as load
    from ._commands import phase_diagram as phase_diagram
    from ._commands import predict as predict
    from ._commands import report as report
    from ._commands import resume as resume
    from ._commands import run as run
    from ._commands import sample as sample
    from ._commands import sbc as sbc
    from ._commands import solve as solve
    from ._commands import status as status
    from ._commands import sweep as sweep
    from ._commands import teacher_student as teacher_student
    from ._commands import train as train
    from ._commands import trials as trials
    from ._program import find_program as find_program
    from ._program import has_command as has_command
    from ._run import Run as Run
    from ._torch import from_torch as from_torch
    from .errors import CheckFailed as CheckFailed
    from .errors import DiagnosticsFailed as DiagnosticsFailed
    from .errors import FindingWarning as FindingWarning
    from .errors import InputError as InputError
    from .errors import InternalError as InternalError
    from .errors import Interrupted as Interrupted
    from .errors import JudgementFailed as JudgementFailed
    from .errors import McmcRunError as McmcRunError
    from .errors import ProgramNotFound as ProgramNotFound
    from .errors import SamplingInterrupted as SamplingInterrupted
    from .errors import Stopped as Stopped
    from .errors import StorageError as StorageError
    from .errors import UsageError as UsageError
    from .errors import VersionWarning as VersionWarning
    from .networks import Networks as Networks

# Loaded when they are first asked for: the command `mcmc-run` of an installed package needs none of them.
_PLACES = {
    "_commands": "check compare diagnose digest ensembles entropy evaluate export finite_size import_networks load phase_diagram "
    "predict report resume run sample sbc solve status sweep teacher_student train trials",
    "_program": "find_program has_command",
    "_run": "Run",
    "_torch": "from_torch",
    "errors": "CheckFailed DiagnosticsFailed FindingWarning InputError InternalError Interrupted JudgementFailed "
    "McmcRunError ProgramNotFound SamplingInterrupted Stopped StorageError UsageError VersionWarning",
    "networks": "Networks",
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names.split()}

__all__ = ["__version__", *_PLACE_OF]


def __getattr__(name: str) -> Any:
    if name not in _PLACE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_PLACE_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
