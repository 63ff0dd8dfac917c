"""The options of commands, for whoever checks or completes code: each is the option of the same name on the command line.

`mcmc-run help <command>` says what each does. Those that are left out have the program's defaults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Union

from ._progress import Progress

Path = Union[str, "os.PathLike[str]"]
Numbers = Union[str, int, Sequence[int]]
Scales = Union[str, float, Sequence[float]]

Expression = Union[str, tuple[str, str]]
"""An expression, with `reduce` ("mean", "sum", "max" or "min") if it is of every neuron."""
Observables = Union[Sequence[Union[str, Mapping[str, Any]]], Mapping[str, Expression]]
"""The list that stands in a spec, or expressions by their names."""


class Threads(TypedDict, total=False):
    """On how many threads."""

    threads: int


class Overrides(TypedDict, total=False):
    """What replaces values of the spec: `sampler={"draws": 500}`, or `set={"sampler.draws": 500}` for any key."""

    set: Mapping[str, Any]
    name: str
    task: Mapping[str, Any]
    network: Mapping[str, Any]
    weights: Mapping[str, Any]
    ensemble: Mapping[str, Any]
    stimuli: Mapping[str, Any]
    sampler: Union[str, Mapping[str, Any]]
    observables: Observables
    record: Mapping[str, Any]
    evaluation: Mapping[str, Any]


class SolveOptions(Overrides, Threads, total=False):
    """Of `solve`."""


class StoppingOptions(Threads, total=False):
    """When sampling stops, and who hears of it."""

    segment_seconds: float
    until_ess: float
    until_mcse: Mapping[str, float]
    time_budget: str
    progress: Progress


class SampleOptions(Overrides, StoppingOptions, total=False):
    """Of `sample` and `run`."""

    out: Path
    force: bool
    seed: int
    chains: Union[int, str]
    warmup: int
    draws: int
    thin: int
    neurons: int
    tightness: float
    slurm_array: bool
    warm_start: Path


class ResumeOptions(StoppingOptions, total=False):
    """Of `resume`."""

    draws: int
    from_last_good: bool


class PredictOptions(Threads, total=False):
    """Of `predict`."""

    stimuli: Path
    count: int
    networks: int
    interval: float
    csv: Path
    npy: Path
    out: Path
    force: bool


class EntropyOptions(Overrides, Threads, total=False):
    """Of `entropy`."""

    runs: int
    rungs: int
    seed: int
    chains: Union[int, str]
    warmup: int
    draws: int
    progress: Progress


class StudyOptions(Overrides, Threads, total=False):
    """Of every study."""

    out: Path
    force: bool
    seed: int
    warmup: int
    draws: int
    progress: Progress


class FiniteSizeOptions(StudyOptions, total=False):
    """Of `finite_size`."""

    neurons: Numbers
    accuracy: float
    chains: Union[int, str]


class EnsemblesOptions(StudyOptions, total=False):
    """Of `ensembles`."""

    neurons: Numbers
    gibbs_tightness: float
    chains: Union[int, str]


class PhaseDiagramOptions(StudyOptions, total=False):
    """Of `phase_diagram`."""

    contexts: Numbers
    weight_scales: Scales
    tightnesses: Scales
    active_probabilities: Scales
    sampled: int
    chains: Union[int, str]


class SweepOptions(StudyOptions, total=False):
    """Of `sweep`, besides the axes."""

    follow: bool
    collapse: str
    chains: Union[int, str]


class StatusOptions(Threads, total=False):
    """Of `status`."""

    diagnose: bool


class TrainOptions(StudyOptions, total=False):
    """Of `train`."""

    networks: int
    rule: str
    batch_size: int
    learning_rate: float
    loss: float
    steps: int
    chains: Union[int, str]


class CompareOptions(StudyOptions, total=False):
    """Of `compare`."""

    contexts: Numbers
    weight_scales: Scales
    networks: int
    rule: str
    loss: float
    steps: int
    rotations: int
    chains: Union[int, str]


class SbcOptions(StudyOptions, total=False):
    """Of `sbc`."""

    replicas: int
    thin: int
    false_alarm_rate: float


class TeacherStudentOptions(StudyOptions, total=False):
    """Of `teacher_student`, besides the numbers of labels."""

    teachers: int
    starts: Sequence[str]
    evidence: bool
    false_alarm_rate: float
    chains: Union[int, str]


class ExportOptions(TypedDict, total=False):
    """Of `export`."""

    format: str
    out: Path
    force: bool
    networks: bool


class TrialsOptions(Overrides, total=False):
    """Of `trials`."""

    held_out: bool
    out: Path
    force: bool


class ImportOptions(Threads, total=False):
    """Of `import_networks`."""

    name: str
    activation: str
    scaling: str
    out: Path
    force: bool
