"""Specs as the program takes them: a file, also where they are dictionaries; overrides as `--set`."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, Union

from .errors import InputError

Spec = Union[Mapping[str, Any], str, "os.PathLike[str]"]
"""An experiment: a dictionary with the keys of an experiment file, or the path of such a file or of a run."""

PATHS = ("path", "heldOut", "stimuli", "targets")
"""Keys whose value, where it is a text, is a path."""

SECTIONS = ("name", "task", "network", "weights", "ensemble", "stimuli", "sampler", "record", "evaluation")


@contextlib.contextmanager
def spec_file(spec: Spec) -> Iterator[str]:
    """The path of a spec's file, which is a temporary one for a dictionary.

    Data files that a dictionary names are relative to the current directory.
    """
    if not isinstance(spec, Mapping):
        yield os.fspath(spec)
        return
    with tempfile.TemporaryDirectory(prefix="mcmc-run-") as folder:
        # A spec without a name has its file's.
        path = os.path.join(folder, "experiment.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(json_text(with_absolute_paths(spec)))
        yield path


def with_absolute_paths(value: Any, key: str = "") -> Any:
    """The same with every path made absolute."""
    if isinstance(value, Mapping):
        return {name: with_absolute_paths(member, name) for name, member in value.items()}
    if key in PATHS and isinstance(value, (str, os.PathLike)):
        return os.path.abspath(os.fspath(value))
    return value


def json_text(value: Any) -> str:
    """JSON of plain values and of NumPy's."""
    try:
        return json.dumps(value, allow_nan=False, default=_plain, ensure_ascii=False)
    except ValueError as error:
        raise InputError(f"the spec has a number that JSON has not: {error}", status=65) from error


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise InputError(f"the spec has a {type(value).__name__}, which JSON has not", status=65)


def observables_list(observables: Any) -> list[Any]:
    """The list of observables that a spec has, perhaps of expressions by name."""
    if not isinstance(observables, Mapping):
        return [observables] if isinstance(observables, str) else list(observables)
    return [_observable(name, expression) for name, expression in observables.items()]


def _observable(name: str, expression: Any) -> dict[str, Any]:
    if callable(expression):
        raise InputError(f"{name} is a function, which the program cannot call while it draws; run.observe({name}=...) calls it", status=65)
    if isinstance(expression, str):
        return {"name": name, "of": expression}
    if isinstance(expression, (tuple, list)) and len(expression) == 2:
        return {"name": name, "of": expression[0], "reduce": expression[1]}
    raise InputError(f'{name} is no expression: "loss^2", or ("w^4", "mean") of every neuron', status=65)


def override_arguments(spec: Spec, options: dict[str, Any]) -> list[str]:
    """`--set` for every override among the options, which are taken out.

    A section's keyword sets each of its keys and keeps the others; what `set` says of a key replaces it as a whole, and so does the
    list of observables.
    """
    settings: dict[str, Any] = dict(options.pop("set", None) or {})
    for section in SECTIONS:
        value = options.get(section)
        if section in options and (isinstance(value, Mapping) or section == "name"):
            del options[section]
            settings.update({f"{section}.{key}": v for key, v in value.items()} if isinstance(value, Mapping) else {section: value})
    if (asked := options.pop("observables", None)) is not None:
        settings["observables"] = observables_list(asked)
    if isinstance(spec, Mapping):
        settings = {key: with_absolute_paths(value, key.rpartition(".")[2]) for key, value in settings.items()}
    return [f"--set={key}={json_text(value)}" for key, value in settings.items()]
