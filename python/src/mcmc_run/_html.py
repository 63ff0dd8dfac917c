"""Tables for notebooks, of anything that the program prints as JSON."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

# Longer tables say how many rows they leave out.
_ROWS = 60


def tables(json: Mapping[str, Any]) -> str:
    """A table of the plain values, then one for each list of objects and each object of objects."""
    plain = {key: value for key, value in json.items() if not _is_table(value)}
    parts = [_table("", ["", "value"], [[key, value] for key, value in plain.items()])] if plain else []
    for key, value in json.items():
        if _is_table(value):
            parts.append(_section(key, value))
    return "\n".join(parts)


def rows_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table with a title."""
    return _table(title, columns, rows)


def escaped(text: str) -> str:
    """Text that says what it says in HTML too."""
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"))


def _is_table(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(isinstance(member, Mapping) for member in value.values())
    return isinstance(value, list) and len(value) > 0 and all(isinstance(member, Mapping) for member in value)


def _section(title: str, value: Any) -> str:
    if isinstance(value, Mapping):
        rows = {key: member if isinstance(member, Mapping) else {"": member} for key, member in value.items()}
        columns = list(dict.fromkeys(key for row in rows.values() for key in row))
        return _table(title, ["", *columns], [[key, *(row.get(c) for c in columns)] for key, row in rows.items()])
    columns = list(dict.fromkeys(key for row in value for key in row))
    return _table(title, columns, [[row.get(c) for c in columns] for row in value])


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escaped(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows[:_ROWS])
    more = f"<p>and {len(rows) - _ROWS} more</p>" if len(rows) > _ROWS else ""
    caption = f"<caption>{escaped(title)}</caption>" if title else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{escaped(str(key))} {_cell(member)}" for key, member in value.items())
    if isinstance(value, list):
        shown = ", ".join(_cell(member) for member in value[:8])
        return f"[{shown}{', ...' if len(value) > 8 else ''}]"
    return escaped(str(value))
