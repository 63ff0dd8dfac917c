"""What commands answer: dataclasses with the keys of `--json`, in snake_case.

Each keeps what the program printed in `json`, with the program's own keys, and shows itself as tables in notebooks. Null is NaN where a
number is expected. `unfinished` is a sentence that says so of a run that is not finished, else None.

Example:
    >>> import mcmc_run
    >>> solution = mcmc_run.solve("experiments/two-contexts.json")
    >>> round(solution.output_second_moment, 4), round(solution.json["outputSecondMoment"], 4)
    (2.5661, 2.5661)
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._html import escaped, tables

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """What a command answered.

    Attributes:
        json: all that it printed, by the program's own keys.
    """

    json: dict[str, Any]

    def __repr__(self) -> str:
        """Plain values, and how long the lists are: whole answers fill pages."""
        members = [(field.name, getattr(self, field.name)) for field in fields(self) if field.name != "json"]
        shown = [f"{name}={_short(value)}" for name, value in members if value is not None]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str:
        return tables(self.json)


def _short(value: Any) -> str:
    if isinstance(value, (list, dict)) and len(value) > 0:
        return f"<{len(value)}>"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error."""

    value: float
    standard_error: float


@dataclass(frozen=True)
class Statistic:
    """An average over networks."""

    mean: float
    sd: float
    standard_error: float


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: `severity` is info, warning or failure."""

    severity: str
    check: str
    measured: str
    meaning: str
    advice: str


@dataclass(frozen=True)
class LoadingAverage:
    """A wanted average of a product of loadings, in a context or (None) in all, and what the law makes of it."""

    of: list[str]
    context: int | None
    value: float
    expected: float
    variance_times_n: float
    multiplier: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Solution(Result):
    """The multipliers of the maximum-entropy problem, and what follows; what a model has not is None.

    `unstable_probability` [context] and `readout_variance_times_n` [context][entry] are those of a recurrent loop, `loadings`,
    `constraints` and `second_moments` those of averages of loadings.
    """

    multipliers: list[Any] | None
    readout: list[Any] | None
    output_second_moment: float | None
    input_second_moment: float | None
    mean_structure: float | None
    relative_entropy: float | None
    entropy: float | None
    populations: list[dict[str, Any]] | None
    readout_share: list[float] | None
    tightness: float | None
    observables: dict[str, Any] | None
    unstable_probability: list[float] | None
    unstable_probability_left_out: str | None
    readout_variance_times_n: list[list[float]] | None
    loadings: list[str] | None
    constraints: list[LoadingAverage] | None
    second_moments: list[float] | None


@dataclass(frozen=True)
class ChainProgress:
    """How many transitions and draws a chain has."""

    chain: int
    warmup: int
    draws: int


@dataclass(frozen=True, kw_only=True, repr=False)
class Sampling(Result):
    """How sampling went."""

    sampler: str
    reason: str
    biased: bool
    complete: bool
    seconds: float
    chains: list[ChainProgress]


@dataclass(frozen=True)
class ObservableSummary:
    """Of one recorded number: mean, errors, effective sample sizes and R-hat."""

    mean: float
    sd: float
    mcse: float
    ess_bulk: float
    ess_tail: float
    r_hat: float
    mcse_sd: float
    quantile5: float
    median: float
    quantile95: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Diagnosis(Result):
    """Convergence and precision of a run's chains."""

    observables: dict[str, ObservableSummary]
    min_ess_bulk: float
    sampling_seconds: float | None
    evaluations: int | None
    findings: list[Finding]
    unfinished: str | None


@dataclass(frozen=True)
class CheckedPrediction:
    """A prediction and what the draws say: `status` is exact (it decides), asymptotic or inconclusive."""

    name: str
    estimate: float
    standard_error: float
    expected: float
    z: float
    status: str
    source: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Check(Result):
    """A run's draws against every prediction that theory makes."""

    checks: list[CheckedPrediction]
    passed: bool
    undecided: bool
    doubts: list[str]
    false_alarm_rate: float
    threshold: float
    worst_r_hat: float
    worst_observable: str | None
    rao_blackwell: list[dict[str, Any]]
    left_out: list[str]
    unfinished: str | None


@dataclass(frozen=True)
class TimeConstant:
    """Median, 5 % and 95 % over networks; None where loops grow."""

    median: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class KernelPoint:
    """The weight of evidence of an age: median, 5 % and 95 % over networks."""

    lag: float
    median: float
    lower: float
    upper: float


@dataclass(frozen=True)
class ChoicePoint:
    """The share of positive choices at a coherence: mean, 5 % and 95 % over networks."""

    coherence: float
    positive: float
    lower: float
    upper: float


@dataclass(frozen=True)
class ContextIntegration:
    """How recurrent loops integrate evidence in one context."""

    context: int
    loop_gain: Statistic
    unstable_share: float
    time_constant: TimeConstant
    leak: Statistic | None
    accuracy: Statistic
    kernel: list[KernelPoint]
    wanted: list[float]
    relevant: list[ChoicePoint]
    irrelevant: list[ChoicePoint] | None


@dataclass(frozen=True)
class Integration:
    """How recurrent loops integrate evidence in time, in units of the neurons' time constant."""

    networks: int
    trials: int
    duration: float
    noise: float
    unstable_share: float
    contexts: list[ContextIntegration]


@dataclass(frozen=True)
class ContextTrials:
    """What recurrent networks do on the trials of one context; `accuracy` is None where trials ask for no choice."""

    context: int
    accuracy: Statistic | None
    mean_squared_error: Statistic


@dataclass(frozen=True)
class TrialEvaluation:
    """What whole recurrent networks do on trials in time.

    `trials_from` is heldOut or task; `error_in_time` [step] the root mean squared error, NaN where nothing is wanted; `overlap_left_out`
    says why large networks were not matched.
    """

    networks: int
    trials: int
    trials_from: str
    loss: Statistic
    mean_squared_error: Statistic
    accuracy: Statistic | None
    contexts: list[ContextTrials]
    error_in_time: list[float]
    effective_rank: Statistic
    trajectory_dimension: Statistic
    populations: list[dict[str, Any]] | None
    overlap: dict[str, float] | None
    overlap_left_out: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Evaluation(Result):
    """The drawn networks' performance on held-out stimuli or trials, and the populations among them.

    `integration` is that of recurrent loops, `trials` that of whole recurrent networks.
    """

    loss: Statistic | None
    mean_squared_error: Statistic | None
    r_squared: Statistic | None
    sign_accuracy: Statistic | None
    context_leakage: Statistic | None
    mapping_error: Statistic | None
    stimuli: int | None
    stimuli_from: str | None
    populations: dict[str, Any] | None
    integration: Integration | None
    trials: TrialEvaluation | None
    unfinished: str | None


@dataclass(frozen=True)
class ContextPrediction:
    """How well the networks predict in one context."""

    context: int
    coverage: float
    root_mean_squared_error: float
    bayes_error: float
    gibbs_error: Statistic | None
    sign_accuracy: Statistic | None
    sign_accuracy_of_mean: float | None
    p_value: Statistic | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Prediction(Result):
    """Outputs on held-out stimuli, with intervals."""

    networks: int
    available: int
    chains: int
    stimuli: int
    interval: float
    contexts: list[ContextPrediction]
    likelihood: dict[str, Any] | None
    without_likelihood: str | None
    independent_networks: float
    files: dict[str, str | None] | None
    unfinished: str | None


@dataclass(frozen=True)
class LogEvidence:
    """One estimate of ln Z, and why it must not be trusted, if so."""

    value: float
    standard_error: float
    problem: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Entropy(Result):
    """The log evidence and the relative entropy of an ensemble."""

    log_evidence: dict[str, LogEvidence]
    exact_log_evidence: dict[str, float] | None
    relative_entropy: LogEvidence | None
    entropy: float | None
    rungs: int | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Study(Result):
    """What every study ends with: whether all of its points have converged, which have not, and why."""

    converged: bool
    not_converged: list[str]
    failures: list[str]


@dataclass(frozen=True)
class WidthPoint:
    """An observable at one number of neurons."""

    neurons: int
    value: float
    standard_error: float
    standard_deviation: float
    theory: float | None
    exact: float | None
    converged: bool | None


@dataclass(frozen=True)
class WidthFit:
    """The fit O + c1/N + c2/N^2; `rejected` where it does not hold."""

    order: int
    limit: Estimate
    c1: Estimate
    c2: Estimate | None
    chi_squared: float
    degrees_of_freedom: int
    p_value: float
    rejected: bool
    neurons_needed: Estimate | None


@dataclass(frozen=True)
class SizedObservable:
    """An observable at every width, its fit and theory's coefficients."""

    points: list[WidthPoint]
    fit: WidthFit | None
    theory: dict[str, float | None] | None


@dataclass(frozen=True, kw_only=True, repr=False)
class FiniteSize(Study):
    """Every observable against the number of neurons."""

    neurons: list[int]
    accuracy: float
    ensemble: str
    points: list[dict[str, Any]]
    observables: dict[str, SizedObservable]


@dataclass(frozen=True)
class EnsembleAtWidth:
    """One of the three ensembles at one width; `distance` of its neurons from independent ones of the limit's law."""

    neurons: int
    ensemble: str
    observables: dict[str, dict[str, Any]]
    structure: Estimate
    distance: Estimate
    p_value: float
    converged: bool | None
    smallest_ess: float | None
    largest_r_hat: float | None
    findings: list[Finding] | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Ensembles(Study):
    """A task's product, Gibbs and hard ensemble at several widths, and the law that they tend to."""

    tightness: float
    limit: dict[str, float]
    points: list[EnsembleAtWidth]


@dataclass(frozen=True, kw_only=True, repr=False)
class PhaseDiagram(Study):
    """Order parameters over contexts and a second axis, and the crossovers.

    Points have their value under the name of `axis`: weightScale, tightness or activeProbability.
    """

    ensemble: str
    theory: str
    convention: str
    axis: str
    active_probability: float
    points: list[dict[str, Any]]
    structure_crossovers: list[dict[str, Any]]
    context_crossovers: list[dict[str, Any]]
    sampled: list[dict[str, Any]]


@dataclass(frozen=True)
class SweepAxis:
    """What a sweep goes over: keys that change together, and their values; `log` where these are spread in the logarithm.

    An infinite tightness is the hard ensemble.
    """

    keys: list[str]
    values: list[float]
    log: bool


@dataclass(frozen=True)
class SweptObservable:
    """An observable at one point; what cannot be told of it is None."""

    mean: float
    mcse: float
    sd: float
    variance_times_n: Estimate | None
    binder: Estimate | None
    autocorrelation_time: Estimate | None


@dataclass(frozen=True)
class Expectation:
    """What theory says; `exact` at this number of neurons, else as it grows."""

    expected: float
    exact: bool


@dataclass(frozen=True)
class SweepPoint:
    """One ensemble: its value of every key, and what was drawn from it."""

    values: dict[str, float]
    neurons: int
    observables: dict[str, SweptObservable]
    theory: dict[str, Expectation]
    closed_form: dict[str, float] | None
    tightness: float | None
    converged: bool | None
    smallest_ess: float | None
    largest_r_hat: float | None
    findings: list[Finding] | None


@dataclass(frozen=True)
class SweepCurve:
    """Where an observable changes along the first axis, at `values` of the others; what the points cannot tell is None."""

    observable: str
    values: dict[str, float]
    steepest: Estimate | None
    half_way: Estimate | None
    susceptibility_peak: Estimate | None


@dataclass(frozen=True)
class SweepCollapse:
    """Curves of several sizes on one, N^a f((x - xc) N^b); `reason` says why there is none."""

    observable: str
    xc: Estimate | None
    a: Estimate | None
    b: Estimate | None
    quality: float | None
    compared: int | None
    reason: str | None


@dataclass(frozen=True)
class SweepApproach:
    """How Gibbs ensembles of growing tightness come near the hard one: `limit` and `slope` in 1/tightness."""

    observable: str
    values: dict[str, float]
    limit: Estimate
    hard: Estimate
    z: float
    slope: Estimate
    predicted_slope: float
    slope_z: float
    p_value: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Sweep(Study):
    """An ensemble over keys of its spec."""

    ensemble: str
    axes: list[SweepAxis]
    follow: bool
    points: list[SweepPoint]
    curves: list[SweepCurve]
    collapse: SweepCollapse | None
    approach: list[SweepApproach] | None

    @property
    def table(self) -> dict[str, list[Any]]:
        """The columns of `sweep.csv` by their titles, a row per point and observable: `pandas.DataFrame(sweep.table)` takes them."""
        from ._sweep import table

        return table(self)

    @property
    def dataset(self) -> xarray.Dataset:
        """What `sweep.nc` holds: every statistic over the axes and `observable`. Needs xarray, of the extra `arviz`.

        Example:
            >>> import mcmc_run
            >>> sweep = mcmc_run.sweep("experiments/two-contexts.json", over={"weights.output": [0.5, 1, 2]}, out="chains/swept")
            >>> sweep.dataset["mean"].dims
            ('output', 'observable')
        """
        from ._sweep import dataset

        return dataset(self)


@dataclass(frozen=True, kw_only=True, repr=False)
class Training(Study):
    """Networks trained by gradient descent."""

    settings: dict[str, Any]
    reached_loss_bound: int
    networks: dict[str, Estimate | None]
    points: list[dict[str, Any]]
    flow: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison(Study):
    """Networks of maximum entropy against networks that the program trained, regime by regime."""

    training: dict[str, Any]
    regimes: list[dict[str, Any]]


@dataclass(frozen=True)
class TrainedTest:
    """One test of whether networks are those of maximum entropy; `reason` says why there is no p-value."""

    name: str
    statistic: float | None
    degrees_of_freedom: Any
    p_value: float | None
    adjusted_p_value: float | None
    testable_networks: int | None
    kurtosis: float | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class TrainedComparison(Study):
    """Networks of one's own against networks of maximum entropy."""

    networks: int
    available: int
    neurons: int
    tests: list[TrainedTest]
    combined_p_value: float | None
    rotations: int
    maximum_entropy: dict[str, Any] | None
    training_loss: Estimate | None
    tightness: Estimate | None
    sets: dict[str, Any]
    distances: dict[str, Any]
    pairs: dict[str, Any]
    overlaps: dict[str, Any]
    notes: list[str]


@dataclass(frozen=True)
class RankedQuantity:
    """Ranks of the known network's quantity among the draws."""

    name: str
    ranks: list[int]
    outside: bool
    p_value: float
    mean_rank: float
    correlation: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Calibration(Study):
    """Simulation-based calibration of the whole sampler."""

    sampler: str
    biased: bool
    passed: bool
    replicas: int
    draws: int
    thin: int
    warmup: int
    autocorrelation_time: float | None
    slowest: str | None
    false_alarm_rate: float
    band: dict[str, Any]
    quantities: list[RankedQuantity]


@dataclass(frozen=True)
class StudentPoint:
    """Students at one number of labels from one start, means over teachers; None where nothing is known."""

    stimuli: int
    ratio: float
    start: str
    teachers: int
    generalisation_error: Estimate | None
    bayes_error: Estimate | None
    training_error: Estimate | None
    answer_overlap: Estimate | None
    overlap: Estimate | None
    raw_overlap: Estimate | None
    specialisation: Estimate | None
    specialised_share: Estimate | None
    unrelated_overlap: Estimate | None
    unrelated_specialisation: Estimate | None
    log_evidence: Estimate | None
    blocks: dict[str, Estimate]
    converged_teachers: int
    median_r_hat: float | None
    converged: bool
    smallest_ess: float | None
    largest_r_hat: float | None
    findings: list[Finding]


@dataclass(frozen=True)
class StartComparison:
    """Chains from all starts beside each other at one number of labels: for how many teachers they agree."""

    stimuli: int
    agree: bool
    agreeing: int
    teachers: int
    largest_r_hat: float | None
    median_r_hat: float | None
    observable: str | None


@dataclass(frozen=True)
class LearningTheory:
    """What a law says at one number of labels, means over teachers, and by how much students differ from it."""

    stimuli: int
    law: str
    exact: bool
    expected: dict[str, float]
    differences: list[dict[str, Any]]


@dataclass(frozen=True)
class NishimoriRow:
    """A difference that is 0 on average over teachers; `counts`: its chains agree, and it is tested."""

    name: str
    stimuli: int
    start: str
    teachers: int
    mean: float
    standard_error: float
    z: float
    p_value: float
    counts: bool
    rejected: bool


@dataclass(frozen=True)
class NishimoriTest:
    """The identities together; `decision` is holds, rejected or inconclusive."""

    decision: str
    reason: str | None
    false_alarm_rate: float
    threshold: float | None
    rows: list[NishimoriRow]
    wrong_by: float
    teachers_needed: int | None
    needed_by: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class TeacherStudent(Study):
    """Learning curves of students of many teachers."""

    sampler: str
    biased: bool
    teachers: int
    parameters: int
    noise: float
    bayes_optimal: bool
    starts: list[str]
    points: list[StudentPoint]
    comparisons: list[StartComparison]
    theory: list[LearningTheory]
    nishimori: NishimoriTest


@dataclass(frozen=True)
class ChainDigest:
    """The SHA-256 of what one chain has drawn."""

    chain: int
    digest: str
    networks: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Digest(Result):
    """One SHA-256 of everything that a run has drawn."""

    digest: str
    networks: str
    chains: list[ChainDigest]
    unfinished: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Export(Result):
    """Where draws were exported to."""

    path: str
    format: str
    draws_per_chain: int
    left_out: int
    unfinished: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Trials(Result):
    """Where the trials of a task in time were written; `decision` has its first and its last step."""

    path: str
    trials: int
    times: int
    input_channels: int
    output_channels: int
    contexts: int
    masked_entries: int
    decision: list[int] | None


@dataclass(frozen=True)
class FolderStatus:
    """What a run or a study is doing; what it has not, or what is not known, is None. Times are UTC, in ISO 8601.

    `draws`, `of`, `chains`, `warmup_draws` and `draws_per_second` are a run's; `study`, `parts_done`, `parts`, `running`, `failures` and
    `runs` a study's; `worst_r_hat` and `smallest_ess` are told with `diagnose=True`.
    """

    path: str
    kind: str
    state: str
    remark: str | None
    holder: str | None
    draws: int | None
    of: int | None
    chains: int | None
    warmup_draws: int | None
    last_written: str | None
    draws_per_second: float | None
    seconds_left: float | None
    worst_r_hat: float | None
    smallest_ess: float | None
    study: str | None
    parts_done: int | None
    parts: int | None
    running: list[str] | None
    failures: list[str] | None
    runs: list[FolderStatus] | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Status(Result):
    """What runs and studies are doing."""

    folders: list[FolderStatus]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A report's page."""

    path: Path

    def _repr_html_(self) -> str:
        return f'<a href="{escaped(self.path.as_uri())}">{escaped(str(self.path))}</a>'
