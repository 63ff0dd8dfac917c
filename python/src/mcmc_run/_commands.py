"""The program's commands as functions.

Each takes a spec (a dictionary, or the path of an experiment file) or a run, and the command's options as keywords; `mcmc-run help <command>`
tells all of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, overload

from ._calling import call, call_spec, run_path
from ._decoding import decoded
from ._spec import Spec, spec_file
from .errors import CheckFailed, DiagnosticsFailed, InputError, JudgementFailed
from .results import (
    Calibration,
    Check,
    Comparison,
    Diagnosis,
    Digest,
    Entropy,
    Evaluation,
    Export,
    Ensembles,
    FiniteSize,
    Page,
    PhaseDiagram,
    Prediction,
    Solution,
    Status,
    Sweep,
    TeacherStudent,
    TrainedComparison,
    Training,
    Trials,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import (
        CompareOptions,
        EntropyOptions,
        ExportOptions,
        EnsemblesOptions,
        FiniteSizeOptions,
        ImportOptions,
        Numbers,
        PhaseDiagramOptions,
        PredictOptions,
        ResumeOptions,
        SampleOptions,
        SbcOptions,
        Scales,
        SolveOptions,
        StatusOptions,
        SweepOptions,
        TeacherStudentOptions,
        Threads,
        TrainOptions,
        TrialsOptions,
    )
    from ._run import Run
    from ._run_results import ImportedNetworks, RunResult

PathLike = Union[str, "os.PathLike[str]"]


def solve(spec: Spec, **options: Unpack[SolveOptions]) -> Solution:
    """Solves the maximum-entropy problem of an experiment; where there is nothing to solve, that is an InputError.

    Example:
        >>> import mcmc_run
        >>> mcmc_run.solve("experiments/two-contexts.json", weights={"output": 0.5}).populations[0]["pattern"]
        [0, 0]
    """
    return call_spec("solve", spec, options, lambda json: decoded(Solution, json))


def sample(spec: Spec, **options: Unpack[SampleOptions]) -> Run:
    """Draws networks from an experiment's ensemble into a run directory.

    Raises:
        Stopped: at the end of the time budget, or by a signal; `resume` goes on.
        SamplingInterrupted: by Ctrl-C, a KeyboardInterrupt; `resume` goes on.
        DiagnosticsFailed: chains that never moved.

    Example:
        >>> import mcmc_run
        >>> run = mcmc_run.sample("experiments/two-contexts.json", sampler={"draws": 100}, out="chains/two", force=True)
        >>> run.sampling.complete
        True
    """
    return call_spec("sample", spec, options, _made_run, failure=DiagnosticsFailed)


def resume(run: PathLike, **options: Unpack[ResumeOptions]) -> Run:
    """Goes on with a run that was stopped, or makes it longer (`draws`); the draws are those of a run that was never stopped.

    Example:
        >>> import mcmc_run
        >>> run = mcmc_run.sample("experiments/two-contexts.json", draws=100, out="chains/longer", force=True)
        >>> [chain.draws for chain in mcmc_run.resume(run, draws=200).sampling.chains]
        [200, 200, 200, 200]
    """
    return call("resume", [run], options, _made_run, failure=DiagnosticsFailed)


def run(spec: Spec, **options: Unpack[SampleOptions]) -> RunResult:
    """Solves, samples, diagnoses, checks and evaluates an experiment.

    Raises:
        DiagnosticsFailed: chains that have not converged.
        CheckFailed: draws that violate a prediction, or decide nothing.

    Example:
        >>> import mcmc_run
        >>> reports = mcmc_run.run("experiments/two-contexts.json", draws=2000, out="chains/all", force=True)
        >>> reports.check.passed, reports.diagnose.min_ess_bulk > 4000
        (True, True)
    """
    from ._run import Run
    from ._run_results import RunResult

    def made(json: dict[str, Any]) -> RunResult:
        return decoded(RunResult, json, run=Run(_path(json), json["sample"]))

    def failure(json: Mapping[str, Any]) -> type[JudgementFailed]:
        findings = (json.get("diagnose") or {}).get("findings") or []
        return DiagnosticsFailed if any(finding["severity"] == "failure" for finding in findings) else CheckFailed

    return call_spec("run", spec, options, made, failure=failure)


def diagnose(run: PathLike, **options: Unpack[Threads]) -> Diagnosis:
    """Judges convergence and precision of a run's chains.

    Raises:
        DiagnosticsFailed: draws that must not be trusted.

    Example:
        >>> import mcmc_run
        >>> diagnosis = mcmc_run.diagnose("chains/example")
        >>> diagnosis.observables["loss"].ess_bulk > 100
        True
    """
    return call("diagnose", [run], options, lambda json: decoded(Diagnosis, json), failure=DiagnosticsFailed)


def check(run: PathLike, **options: Unpack[Threads]) -> Check:
    """Holds a run's draws against every prediction that theory makes.

    Raises:
        CheckFailed: draws that violate an exact prediction, or decide nothing.

    Example:
        >>> import mcmc_run
        >>> check = mcmc_run.check("chains/example")
        >>> check.passed, check.checks[0].name
        (True, 'readout[0,0]')
    """
    return call("check", [run], options, lambda json: decoded(Check, json))


def evaluate(run: PathLike, **options: Unpack[Threads]) -> Evaluation:
    """Measures the drawn networks' task performance on held-out stimuli.

    Example:
        >>> import mcmc_run
        >>> 0.9 < mcmc_run.evaluate("chains/example").sign_accuracy.mean <= 1
        True
    """
    return call("evaluate", [run], options, lambda json: decoded(Evaluation, json))


def predict(run: PathLike, **options: Unpack[PredictOptions]) -> Prediction:
    """Predicts outputs on held-out stimuli with intervals, and checks the networks against the task.

    Example:
        >>> import mcmc_run
        >>> [context.coverage > 0.5 for context in mcmc_run.predict("chains/example", count=100).contexts]
        [True, True]
    """
    return call("predict", [run], options, lambda json: decoded(Prediction, json))


def entropy(spec: Spec, **options: Unpack[EntropyOptions]) -> Entropy:
    """Estimates the log evidence and the relative entropy of an experiment's ensemble.

    Raises:
        CheckFailed: an exact value is contradicted.

    Example:
        >>> import mcmc_run
        >>> round(mcmc_run.entropy("experiments/two-contexts.json").relative_entropy.value, 4)
        115.6871
    """
    return call_spec("entropy", spec, options, lambda json: decoded(Entropy, json))


def finite_size(spec: Spec, **options: Unpack[FiniteSizeOptions]) -> FiniteSize:
    """Draws an ensemble at several widths (`neurons`) and fits every observable in 1/N.

    Raises:
        DiagnosticsFailed: a width that has not converged.

    Example:
        >>> import mcmc_run
        >>> sizes = mcmc_run.finite_size("experiments/two-contexts.json", neurons=[10, 20, 40], out="chains/sizes")
        >>> [point.neurons for point in sizes.observables["loss"].points]
        [10, 20, 40]
    """
    return call_spec(
        "finite-size", spec, options, lambda json: decoded(FiniteSize, json), failure=DiagnosticsFailed)


def ensembles(spec: Spec, **options: Unpack[EnsemblesOptions]) -> Ensembles:
    """Draws a task's product, Gibbs and hard ensemble at several widths (`neurons`), side by side.

    Raises:
        DiagnosticsFailed: an ensemble that has not converged.

    Example:
        >>> import mcmc_run
        >>> three = mcmc_run.ensembles("experiments/two-contexts.json", neurons=[10], draws=500, out="chains/three")
        >>> [point.ensemble for point in three.points]
        ['product', 'gibbs', 'hard']
    """
    return call_spec("ensembles", spec, options, lambda json: decoded(Ensembles, json), failure=DiagnosticsFailed)


def phase_diagram(spec: Spec, **options: Unpack[PhaseDiagramOptions]) -> PhaseDiagram:
    """Solves input selection over contexts and weight scales, `tightnesses` or `active_probabilities`, and finds the crossovers.

    Raises:
        DiagnosticsFailed: a sampled point that has not converged.

    Example:
        >>> import mcmc_run
        >>> diagram = mcmc_run.phase_diagram("experiments/two-contexts.json", contexts=[2, 3], out="chains/phases")
        >>> len(diagram.points)
        24
    """
    return call_spec(
        "phase-diagram", spec, options, lambda json: decoded(PhaseDiagram, json), failure=DiagnosticsFailed)


def sweep(spec: Spec, *, over: Mapping[str | tuple[str, ...], Scales], **options: Unpack[SweepOptions]) -> Sweep:
    """Draws an ensemble over any numeric keys of its spec, and finds where it changes.

    Args:
        over: the axes: a key, or a tuple of keys that change together, and the values: a list, `"lo:hi:n"` or `"lo:hi:n:log"`;
            tightnesses may end at `math.inf`, the hard ensemble.

    Raises:
        DiagnosticsFailed: a point that has not converged.

    Example:
        >>> import mcmc_run
        >>> scales = {("weights.output", "weights.input"): "0.5:2:3:log"}
        >>> [point.neurons for point in mcmc_run.sweep("experiments/two-contexts.json", over=scales, out="chains/scales").points]
        [100, 100, 100]
    """
    return call_spec(
        "sweep", spec, {**options, "over": over}, lambda json: decoded(Sweep, json), failure=DiagnosticsFailed)


def status(*folders: PathLike, **options: Unpack[StatusOptions]) -> Status:
    """What runs and studies are doing, from their files; without a folder, those in `chains`.

    A folder that is neither is an InputError, whose `json` tells of the others.

    Example:
        >>> import mcmc_run
        >>> [(folder.kind, folder.state) for folder in mcmc_run.status("chains/example").folders]
        [('run', 'complete')]
    """
    return call("status", folders, options, lambda json: decoded(Status, json))


def train(spec: Spec, **options: Unpack[TrainOptions]) -> Training:
    """Trains networks of an experiment's architecture by gradient descent.

    Raises:
        DiagnosticsFailed: a network that ended above `loss`.

    Example:
        >>> import mcmc_run
        >>> mcmc_run.train("experiments/two-contexts.json", networks=5, out="chains/trained").reached_loss_bound
        5
    """
    return call_spec("train", spec, options, lambda json: decoded(Training, json), failure=DiagnosticsFailed)


@overload
def compare(spec: Spec, *, trained: PathLike, **options: Unpack[CompareOptions]) -> TrainedComparison: ...
@overload
def compare(spec: Spec, *, trained: None = None, **options: Unpack[CompareOptions]) -> Comparison: ...
def compare(
    spec: Spec, *, trained: PathLike | None = None, **options: Unpack[CompareOptions]
) -> Comparison | TrainedComparison:
    """Compares networks of maximum entropy with trained ones: the program's own, or those of a run that `import_networks` made.

    Example:
        >>> import mcmc_run
        >>> small = {"neurons": 40, "gains": {"kind": "binary"}}
        >>> compared = mcmc_run.compare("experiments/two-contexts.json", networks=10, weight_scales=[1.0],
        ...                             network=small, out="chains/compared")
        >>> compared.regimes[0]["contexts"]
        2
    """
    if trained is None:
        return call_spec("compare", spec, options, lambda json: decoded(Comparison, json), failure=DiagnosticsFailed)
    given = {**options, "trained": os.fspath(trained)}
    return call_spec(
        "compare", spec, given, lambda json: decoded(TrainedComparison, json), failure=DiagnosticsFailed)


def sbc(spec: Spec, **options: Unpack[SbcOptions]) -> Calibration:
    """Simulation-based calibration: tests sampler, warm-up and all on known networks.

    Raises:
        CheckFailed: a quantity whose ranks leave their band.

    Example:
        >>> import mcmc_run
        >>> calibration = mcmc_run.sbc("experiments/two-contexts-interacting.json", replicas=20, draws=9, thin=2,
        ...                            warmup=50, out="chains/calibrated")
        >>> calibration.replicas
        20
    """
    return call_spec("sbc", spec, options, lambda json: decoded(Calibration, json))


def teacher_student(spec: Spec, *, labels: Numbers, **options: Unpack[TeacherStudentOptions]) -> TeacherStudent:
    """Learning curves of students of many teachers, from the prior and from the teacher, and whether they are Bayes-optimal.

    Args:
        labels: how many labels students learn from (`--stimuli`).

    Raises:
        DiagnosticsFailed: chains that disagree, those of different starts too, or identities that are rejected.

    Example:
        >>> import mcmc_run
        >>> curve = mcmc_run.teacher_student("experiments/teacher-tanh.json", labels=[8, 16], teachers=2, draws=200, warmup=100,
        ...                                  out="chains/taught")
        >>> [(point.stimuli, point.start) for point in curve.points]
        [(8, 'prior'), (8, 'teacher'), (16, 'prior'), (16, 'teacher')]
    """
    return call_spec(
        "teacher-student", spec, {**options, "stimuli": labels}, lambda json: decoded(TeacherStudent, json),
        failure=DiagnosticsFailed)


def digest(run: PathLike) -> Digest:
    """One SHA-256 of everything that a run has drawn; every segment is verified.

    Example:
        >>> import mcmc_run
        >>> len(mcmc_run.digest("chains/example").digest)
        64
    """
    return call("digest", [run], {}, lambda json: decoded(Digest, json))


def export(run: PathLike, **options: Unpack[ExportOptions]) -> Export:
    """Writes a run's draws in the formats of other programs: `netcdf`, `csv`, `npy` or `npz`.

    Example:
        >>> import mcmc_run
        >>> mcmc_run.export("chains/example", format="csv", out="chains/example-csv", force=True).draws_per_chain
        1000
    """
    return call("export", [run], options, lambda json: decoded(Export, json))


def trials(spec: Spec, **options: Unpack[TrialsOptions]) -> Trials:
    """Writes the trials of a task in time as NumPy arrays `inputs`, `targets`, `mask` [trial, time, channel] and `context` [trial].

    A task `{"kind": "trials", "path": ...}` reads what `numpy.savez` wrote of such arrays.

    Example:
        >>> import mcmc_run, numpy
        >>> task = mcmc_run.trials("experiments/flip-flop.json", out="flip-flop.npz", force=True)
        >>> numpy.load(task.path)["inputs"].shape == (task.trials, task.times, task.input_channels)
        True
    """
    return call_spec("trials", spec, options, lambda json: decoded(Trials, json))


def report(folder: PathLike, *, out: PathLike | None = None) -> Page:
    """Writes an HTML page of a run or a study; gnuplot must be installed.

    Example:
        >>> import mcmc_run
        >>> page = mcmc_run.report("chains/example")    # doctest: +SKIP
    """
    return call("report", [folder], {"out": out}, lambda json: Page(path=Path(os.path.abspath(json["report"]))))


def load(path: PathLike) -> Run:
    """A run that is on disk.

    Example:
        >>> import mcmc_run
        >>> mcmc_run.load("chains/example").path.name
        'example'
    """
    from ._run import Run

    if not os.path.isfile(os.path.join(path, "run.json")):
        raise InputError(f"{os.fspath(path)}: there is no run here", status=65)
    return Run(path)


def import_networks(
    files: PathLike | Sequence[PathLike],
    *,
    map: Mapping[str, str] | None = None,
    spec: Spec | None = None,
    **options: Unpack[ImportOptions],
) -> ImportedNetworks:
    """Makes a run of networks of one's own, which every command for runs then takes.

    Args:
        files: files of arrays (.npz, .npy, .safetensors, .csv), or folders of such files.
        map: which array is which part, such as `{"output": "fc2.weight", "input": "fc1.weight[:, :3]"}`; without it arrays have
            the parts' names.
        spec: the experiment that the networks were trained for; without it one is made from their shapes.

    Example:
        >>> import mcmc_run
        >>> mcmc_run.import_networks("trained.npz", map={"output": "w2", "input": "w1"})    # doctest: +SKIP
    """
    from ._run import Run
    from ._run_results import ImportedNetworks

    paths = [files] if isinstance(files, (str, os.PathLike)) else list(files)
    maps = [f"--map={block}={source}" for block, source in (map or {}).items()]

    def made(json: dict[str, Any]) -> ImportedNetworks:
        return decoded(ImportedNetworks, json, run=Run(_path(json)))

    if spec is None:
        return call("import", paths, options, made, extra=maps)
    with spec_file(spec) as path:
        return call("import", paths, options, made, extra=[*maps, f"--spec={path}"])


def _made_run(json: dict[str, Any]) -> Run:
    from ._run import Run

    return Run(_path(json), json)


def _path(json: dict[str, Any]) -> Path:
    path = run_path(json)
    assert path is not None, json
    return path
