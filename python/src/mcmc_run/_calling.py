"""A command from its Python arguments to its answer, its warnings and its exceptions."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ._arguments import option_arguments
from ._findings import reasons, warn_of
from ._process import Outcome, run_program
from ._progress import destination
from ._spec import Spec, override_arguments, spec_file
from .errors import (
    CheckFailed,
    InputError,
    InternalError,
    Interrupted,
    JudgementFailed,
    McmcRunError,
    SamplingInterrupted,
    Stopped,
    StorageError,
    UsageError,
)

T = TypeVar("T")

# Signals by which the system ends a program for a fault of its own.
_CRASHES = {signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV}
_BY_STATUS: dict[int, type[McmcRunError]] = {64: UsageError, 65: InputError, 70: InternalError, 74: StorageError}

# Commands that take their time, and say how they get on.
_LONG = frozenset({
    "sample", "run", "resume", "entropy", "ensembles", "finite-size", "phase-diagram", "sweep", "train", "compare", "sbc",
    "teacher-student", "import",
})


def call_spec(command: str, spec: Spec, options: Mapping[str, Any], made: Callable[[Any], T], **more: Any) -> T:
    """Calls a command of a spec, whose overrides are among the options."""
    given = dict(options)
    overrides = override_arguments(spec, given)
    with spec_file(spec) as path:
        return call(command, [path], given, made, extra=overrides, **more)


def call(
    command: str,
    parameters: Sequence[str | os.PathLike[str]],
    options: Mapping[str, Any],
    made: Callable[[Any], T],
    *,
    extra: Sequence[str] = (),
    failure: type[JudgementFailed] | Callable[[Any], type[JudgementFailed]] = CheckFailed,
) -> T:
    """Calls a command and makes its answer's type of what it prints.

    Args:
        failure: what status 1 means, perhaps by what was printed.
    """
    given = dict(options)
    is_long = command in _LONG
    show, passes_through = destination(given.pop("progress", None) if is_long else False)
    arguments = [command, "--json", *extra, *option_arguments(given)]
    if show is None and not passes_through:
        arguments.append("--quiet")
    elif not passes_through:
        arguments.append("--wide")
    # Nothing behind it is an option, whatever it begins with.
    arguments += ["--", *(os.fspath(parameter) for parameter in parameters)]
    outcome = run_program(arguments, show=show, passes_through=passes_through, outlives_python=not is_long)
    return _answer(outcome, made, failure)


def _answer(outcome: Outcome, made: Callable[[Any], T], failure: Any) -> T:
    answer = _parsed(outcome.output)
    error = answer.get("error") if isinstance(answer, dict) else None
    message = error["message"] if error else _last_words(outcome)
    status = outcome.status if outcome.status >= 0 else 128 - outcome.status
    if outcome.interrupted:
        raise SamplingInterrupted(_resumable(message, answer), run=_run(answer))
    if status in (0, 1) and isinstance(answer, dict) and (not error or len(answer) > 1):
        warn_of(answer)
        if status == 0:
            return made(answer)
        kind = failure if isinstance(failure, type) else failure(answer)
        told = ([message] if error else []) + reasons(answer)
        failed: JudgementFailed = kind("\n".join(told) or message, status=1, json=answer)
        failed.result = made(answer)
        raise failed
    if status == 1 and error:
        raise CheckFailed(message, status=1, json=answer)
    if status == 75:
        stopped = Stopped(_resumable(message, answer), status=75, json=answer)
        stopped.run = _run(answer)
        raise stopped
    if status > 128 and status - 128 not in _CRASHES:
        ended = Interrupted(message, status=status, json=answer)
        ended.signal = status - 128
        raise ended
    raise _BY_STATUS.get(status, InternalError)(message, status=status, json=answer)


def _parsed(output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return None


def _last_words(outcome: Outcome) -> str:
    """What is known of an end without JSON."""
    words = outcome.messages.strip().removeprefix("mcmc-run: error: ")
    if words:
        return words[-4000:]
    if outcome.status < 0:
        return f"mcmc-run was ended by {signal.Signals(-outcome.status).name}"
    return f"mcmc-run ended with status {outcome.status}"


def run_path(answer: Any) -> Path | None:
    """The run that an answer of `sample`, `resume`, `run` or `import` names; absolute, so that it stays right in other directories."""
    if not isinstance(answer, dict):
        return None
    sampled = answer.get("sample") if isinstance(answer.get("sample"), dict) else answer
    path = sampled.get("run") if isinstance(sampled, dict) else None
    return Path(os.path.abspath(path)) if isinstance(path, str) else None


_run = run_path


def _resumable(message: str, answer: Any) -> str:
    path = run_path(answer)
    return f"stopped early; go on with mcmc_run.resume({str(path)!r})" if path else message
