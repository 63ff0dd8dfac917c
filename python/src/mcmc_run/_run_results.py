"""What commands answer that leave a run behind."""

from __future__ import annotations

from dataclasses import dataclass
from .results import Check, Diagnosis, Evaluation, Result, Sampling, Solution
from ._run import Run


@dataclass(frozen=True, kw_only=True, repr=False)
class RunResult(Result):
    """All reports of `run`; those after `sample` are None where it was stopped."""

    run: Run
    solve: Solution | None
    sample: Sampling
    diagnose: Diagnosis | None
    check: Check | None
    evaluate: Evaluation | None
    not_evaluated: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class ImportedNetworks(Result):
    """Networks of one's own, as a run."""

    run: Run
    networks: int
    chains: int
    neurons: int
    blocks: dict[str, list[int]]
    unused: list[str]
    notes: list[str]
