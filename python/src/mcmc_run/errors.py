"""What goes wrong, as exceptions: one for each exit status of the program.

Example:
    >>> import mcmc_run
    >>> try:
    ...     mcmc_run.solve("no-such-file.json")
    ... except mcmc_run.InputError as error:
    ...     print(error.status, error)
    65 no-such-file.json: there is no such file or folder; allowed: an experiment file, or the folder of a run
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class McmcRunError(Exception):
    """A command that did not end well; the message is the program's own.

    Attributes:
        status: the program's exit status.
        json: what it printed, or None.
    """

    def __init__(self, message: str, *, status: int = 0, json: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.json = json


class JudgementFailed(McmcRunError):
    """A check or a diagnostic failed (status 1): there is a result, and it must not be trusted.

    Attributes:
        result: what the function would have returned.
    """

    result: Any = None


class CheckFailed(JudgementFailed):
    """Draws violate a prediction, or cannot decide one."""


class DiagnosticsFailed(JudgementFailed):
    """Chains have not converged, or networks did not reach their loss."""


class UsageError(McmcRunError):
    """An option that the command does not have, or a value that it does not take (status 64)."""


class InputError(McmcRunError):
    """A spec, a run or data that cannot be used (status 65)."""


class InternalError(McmcRunError):
    """A fault of the program (status 70), or its crash."""


class StorageError(McmcRunError, OSError):
    """A full disk, a device that fails, a library that cannot be loaded (status 74)."""

    # An OSError shows its errno, of which the program says nothing.
    def __str__(self) -> str:
        return str(self.args[0])


class Stopped(McmcRunError):
    """Stopped early, by a signal or at the end of the time budget (status 75): nothing is lost.

    Attributes:
        run: the run that `resume` goes on with; None for a study, which the same call goes on with.
    """

    run: Path | None = None


class Interrupted(McmcRunError):
    """The program was ended by a signal (status 128 + n); what it had written is kept.

    Attributes:
        signal: the signal's number.
    """

    signal: int = 0


class SamplingInterrupted(KeyboardInterrupt):
    """Ctrl-C, after the program has written everything that it had.

    Attributes:
        run: the run that `resume` goes on with; None if there is none yet.
    """

    def __init__(self, message: str, *, run: Path | None = None) -> None:
        super().__init__(message)
        self.run = run


class ProgramNotFound(McmcRunError):
    """There is no program to call."""


class FindingWarning(UserWarning):
    """What the program found and would have you know: draws may be used with care."""


class VersionWarning(UserWarning):
    """The program has another version than this package."""
