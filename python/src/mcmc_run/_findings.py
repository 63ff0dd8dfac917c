"""What the program's answers say of their own trustworthiness: warnings, and the reasons of failures."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from .errors import FindingWarning

# Sentences that stand beside findings.
_REMARKS = ("unfinished", "tooFew", "notEvaluated", "outOfRange")


def warn_of(json: Mapping[str, Any]) -> None:
    """Raises Python warnings for what may be used with care, where the caller of this package stands."""
    level = callers_level()
    for message in dict.fromkeys(_warnings(json)):
        warnings.warn(message, FindingWarning, stacklevel=level)


def reasons(json: Mapping[str, Any]) -> list[str]:
    """Why a judgement failed, a sentence each."""
    found = [_sentence(finding) for finding in _findings(json) if finding["severity"] == "failure"]
    found += json.get("failures") or []
    for check in _checks(json):
        if not check.get("passed", True):
            violated = [
                f"{row['name']} is {_number(row['estimate']):.6g} ± {_number(row['standardError']):.2g}, "
                f"expected {_number(row['expected']):.6g} (z = {_number(row['z']):.3g})"
                for row in check.get("checks") or []
                if row["status"] == "exact" and not abs(_number(row["z"])) <= check["threshold"]
            ]
            found += violated + (check.get("doubts") or [])
            found += [f"{row['name']} is outside its band" for row in check.get("quantities") or [] if row.get("outside")]
    return list(dict.fromkeys(found))


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _checks(json: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = json.get("check")
    return [json, inner] if isinstance(inner, Mapping) else [json]


def _warnings(json: Mapping[str, Any]) -> Iterator[str]:
    for finding in _findings(json):
        if finding["severity"] == "warning":
            yield _sentence(finding)
    for part in _objects(json):
        for key in _REMARKS:
            if isinstance(remark := part.get(key), str):
                yield remark
        if part.get("biased") is True or part.get("biasedSampler"):
            yield "the sampler is biased: its draws are not those of the ensemble"
        if isinstance(problem := part.get("problem"), str):
            yield f"an estimate of {part.get('value')} must not be trusted: {problem}"


def _findings(json: Any) -> Iterator[Mapping[str, Any]]:
    return (part for part in _objects(json) if "severity" in part and "check" in part and "measured" in part)


def _objects(json: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(json, Mapping):
        yield json
        for member in json.values():
            yield from _objects(member)
    elif isinstance(json, list):
        for member in json:
            yield from _objects(member)


def _sentence(finding: Mapping[str, Any]) -> str:
    texts = [f"{finding['check']}: {finding['measured']}.", finding.get("meaning"), finding.get("advice")]
    return " ".join(text for text in texts if text)


def callers_level() -> int:
    """How far up the first frame outside this package is: the `stacklevel` of a warning that the caller of this function gives."""
    package = os.path.dirname(os.path.abspath(__file__)) + os.sep
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and os.path.abspath(frame.f_code.co_filename).startswith(package):
        frame, level = frame.f_back, level + 1
    return level
