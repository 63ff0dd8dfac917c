"""Options as the command line has them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any


def option_arguments(options: Mapping[str, Any]) -> list[str]:
    """`--warm-start=chains/a` for `warm_start="chains/a"`; True is a flag, None and False say nothing.

    A value stands behind `=`, so that it may begin with a dash.
    """
    arguments: list[str] = []
    for name, value in options.items():
        option = "--" + name.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            arguments.append(option)
        elif isinstance(value, Mapping):
            # Keys that belong together are a tuple.
            arguments += [f"{option}={text(key)}={text(member)}" for key, member in value.items()]
        else:
            arguments.append(f"{option}={text(value)}")
    return arguments


def text(value: Any) -> str:
    """A value as the command line has it: lists with commas, numbers in the digits that read back exactly."""
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple, range)):
        return ",".join(text(member) for member in value)
    if isinstance(value, float):
        # Only tightnesses have such an end: the hard ensemble.
        return "hard" if value == float("inf") else repr(value)
    return str(value)
