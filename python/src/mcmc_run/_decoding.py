"""JSON objects as dataclasses: keys in snake_case, by the types of the fields."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, Union

T = TypeVar("T")


def decoded(kind: type[T], json: Mapping[str, Any], **more: Any) -> T:
    """A dataclass of what is in `json`; keys that it has no field for are in its `json` alone.

    Null is NaN where a number is expected, None elsewhere; what an older program does not say is None.
    """
    values = {_snake_case(key): value for key, value in json.items()}
    hints = _hints(kind)
    fields: dict[str, Any] = {
        name: _value(hint, values.get(name)) for name, hint in hints.items() if name not in more and name != "json"
    }
    if "json" in hints:
        fields["json"] = dict(json)
    return kind(**fields, **more)


def _value(hint: Any, value: Any) -> Any:
    if hint is float and value is None:
        return float("nan")
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _value(arguments[0], value)
    if value is None:
        return None
    if origin is list:
        return [_value(arguments[0], member) for member in value]
    if origin is dict:
        return {key: _value(arguments[1], member) for key, member in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return decoded(hint, value)
    if hint is float:
        # The end of an axis of tightnesses.
        return float("inf") if value == "hard" else float(value)
    return value


def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _snake_case(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", r"_\1\2", key).lower()
