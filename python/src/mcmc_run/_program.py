"""Where the program is, and whether it is the one that this package was made for.

The command `mcmc-run` of an installed package waits for what is imported here: the rest is imported where it is used.
"""

from __future__ import annotations

import functools
import os
import warnings

from ._version import __version__
from .errors import ProgramNotFound, VersionWarning

NAME = "mcmc-run"


def find_program() -> str:
    """The program's path: the one that `MCMC_RUN` names, the wheel's own, one on the path, or that of a source checkout.

    Example:
        >>> import mcmc_run
        >>> os.path.basename(mcmc_run.find_program())
        'mcmc-run'
    """
    named = os.environ.get("MCMC_RUN")
    if named:
        import shutil

        if found := shutil.which(named):
            return os.path.abspath(found)
        raise ProgramNotFound(f"MCMC_RUN names {named!r}, which is no program that can be run")
    package = os.path.dirname(os.path.realpath(__file__))
    checkout = os.path.join(package, "../../..")
    candidates = [os.path.join(package, "bin", NAME), _on_path(), os.path.join(checkout, ".build/release", NAME)]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return os.path.abspath(candidate)
    raise ProgramNotFound(
        f"the program {NAME} is not there: install the wheel that contains it, put it on the path, "
        "or name it in the environment variable MCMC_RUN"
    )


def _on_path() -> str | None:
    """The program on the path; not the command of an installed package, which would look for it here again."""
    for folder in os.get_exec_path():
        path = os.path.join(folder or ".", NAME)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            with open(path, "rb") as file:
                start = file.read(4096)
            if not (start.startswith(b"#!") and b"mcmc_run.__main__" in start):
                return path
    return None


def checked_program() -> str:
    """The program's path; warns if its version is another than this package's."""
    path = find_program()
    status = os.stat(path)
    version = _version(path, status.st_mtime_ns, status.st_size)
    if version != __version__:
        from ._findings import callers_level

        message = f"{path} has version {version}, this package {__version__}: options and results may differ"
        warnings.warn(message, VersionWarning, stacklevel=callers_level())
    return path


@functools.lru_cache(maxsize=None)
def _version(path: str, _modified: int, _size: int) -> str:
    import subprocess

    try:
        answer = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        raise ProgramNotFound(f"{path} cannot be run: {error.strerror}") from error
    if answer.returncode != 0:
        raise ProgramNotFound(f"{path} cannot be run: {answer.stderr.strip()}")
    return answer.stdout.split()[-1] if answer.stdout.split() else "unknown"


def has_command(name: str) -> bool:
    """Whether the program has a command of this name.

    Example:
        >>> import mcmc_run
        >>> mcmc_run.has_command("sample"), mcmc_run.has_command("dream")
        (True, False)
    """
    import subprocess

    asked = subprocess.run([find_program(), "help", name], stdin=subprocess.DEVNULL, capture_output=True)
    return asked.returncode == 0
