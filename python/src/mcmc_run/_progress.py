"""Where progress is shown: a terminal gets the program's own, a notebook one line that changes, a function every line."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any, Union

Progress = Union[bool, Callable[[str], None], None]
"""None: in terminals and notebooks; True: always; False: never; a function: is called with each line."""


def destination(progress: Progress) -> tuple[Callable[[str], None] | None, bool]:
    """The function that lines are shown by (None: nowhere), and whether the program writes to the terminal itself."""
    if progress is False:
        return None, False
    if callable(progress):
        return progress, False
    if (shell := _notebook()) is not None:
        return NotebookLine(shell), False
    if _is_terminal():
        return None, True
    if progress is True:
        return lambda line: print(line, file=sys.stderr, flush=True), False
    return None, False


def _is_terminal() -> bool:
    """Whether Python's standard error is the process's own, and a terminal."""
    try:
        return sys.stderr.fileno() == 2 and os.isatty(2)
    except (AttributeError, OSError, ValueError):
        return False


def _notebook() -> Any:
    """IPython's shell if this process is a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if hasattr(shell, "kernel") else None


class NotebookLine:
    """A line below a cell, which each new one replaces."""

    def __init__(self, shell: Any) -> None:
        self._handle: Any = None

    def __call__(self, line: str) -> None:
        display = importlib.import_module("IPython.display")
        data = {"text/plain": line}
        if self._handle is None:
            self._handle = display.display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)
