"""Every function, on specs of a moment."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest

import mcmc_run


def test_solve(product: dict[str, Any]) -> None:
    solution = mcmc_run.solve(product)
    assert solution.populations is not None
    assert solution.output_second_moment == solution.json["outputSecondMoment"] > 1
    assert sum(population["weight"] for population in solution.populations) == pytest.approx(1)


def test_solve_where_there_is_nothing_to_solve() -> None:
    network = {"kind": "deep", "widths": [3, 3], "activation": "tanh"}
    spec = {
        "task": {"kind": "inputSelection", "contexts": 2},
        "network": network,
        "ensemble": {"kind": "gibbs", "tightness": 2},
        "stimuli": {"kind": "sampled", "count": 8},
    }
    with pytest.raises(mcmc_run.InputError, match="there is nothing to solve"):
        mcmc_run.solve(spec)


def test_sample_has_the_digest_of_the_shells_program(tiny: dict[str, Any]) -> None:
    run = mcmc_run.sample(tiny, out="here")
    assert run.path.is_absolute() and run.path.name == "here"
    assert run.sampling is not None and run.sampling.complete
    assert [chain.draws for chain in run.sampling.chains] == [400, 400]
    Path("tiny.json").write_text(json.dumps(tiny))
    program = mcmc_run.find_program()
    subprocess.run([program, "sample", "tiny.json", "--out", "there", "--quiet"], check=True, capture_output=True)
    there = subprocess.run([program, "digest", "there"], check=True, capture_output=True, text=True)
    assert run.digest == there.stdout.strip()


def test_resume_makes_a_run_longer(tiny: dict[str, Any]) -> None:
    run = mcmc_run.sample(tiny, draws=200)
    before = run.digest
    longer = run.resume(draws=400)
    assert longer.path == run.path
    assert run.digest == longer.digest != before
    assert longer.digest == mcmc_run.sample(tiny, out="whole").digest


def test_run_gives_all_reports(product: dict[str, Any]) -> None:
    reports = mcmc_run.run(product)
    assert reports.solve is not None and reports.check is not None and reports.evaluate is not None
    assert reports.check.passed and reports.diagnose is not None
    assert reports.sample.complete and reports.run.digest == mcmc_run.digest(reports.run).digest


def test_diagnose_check_evaluate_predict(product: dict[str, Any]) -> None:
    run = mcmc_run.sample(product)
    diagnosis = run.diagnose()
    assert diagnosis.observables["readout[0,0]"].mean == pytest.approx(1, abs=0.1)
    assert {finding.severity for finding in diagnosis.findings} == {"info"}
    check = run.check()
    assert check.passed and check.checks[0].status in ("exact", "asymptotic", "inconclusive")
    evaluation = run.evaluate(threads=1)
    assert evaluation.sign_accuracy is not None and evaluation.sign_accuracy.mean > 0.9
    prediction = run.predict(count=50, interval=0.5, npy="outputs")
    assert prediction.interval == 0.5 and prediction.stimuli == 50 and len(prediction.contexts) == 2
    assert prediction.files is not None and Path("outputs/outputs.npy").exists()


def test_entropy(product: dict[str, Any]) -> None:
    entropy = mcmc_run.entropy(product)
    assert entropy.relative_entropy is not None and entropy.relative_entropy.value > 1


def test_finite_size(product: dict[str, Any]) -> None:
    sizes = mcmc_run.finite_size(product, neurons=[10, 20, 40], accuracy=0.1, out="sizes")
    loss = sizes.observables["loss"]
    assert [point.neurons for point in loss.points] == sizes.neurons == [10, 20, 40]
    assert loss.fit is not None and loss.fit.limit.standard_error > 0 and sizes.converged


def test_phase_diagram(product: dict[str, Any]) -> None:
    diagram = mcmc_run.phase_diagram(product, contexts=[2, 3], weight_scales="0.5:2:3", out="phases")
    assert len(diagram.points) == 6 and diagram.ensemble == "product"


def test_phase_diagram_over_other_axes(product: dict[str, Any], tiny: dict[str, Any]) -> None:
    diagram = mcmc_run.phase_diagram(product, contexts=[2], active_probabilities="0.3:0.6:3", out="gains")
    assert diagram.axis == "activeProbability" and [point[diagram.axis] for point in diagram.points][::2] == [0.3, 0.6]
    diagram = mcmc_run.phase_diagram(tiny, contexts=2, tightnesses="1:10:3", out="tightnesses")
    assert diagram.axis == "tightness" and len(diagram.points) == 3


def test_sweep(product: dict[str, Any]) -> None:
    sweep = mcmc_run.sweep(
        product,
        over={"network.neurons": [10, 20, 40], ("weights.output", "weights.input"): "0.5:1:2:log"},
        observables=["participation_ratio"],
        collapse="loss:b=0",
        out="swept",
    )
    assert [axis.keys for axis in sweep.axes] == [["network.neurons"], ["weights.output", "weights.input"]]
    assert [axis.log for axis in sweep.axes] == [False, True]
    assert [point.neurons for point in sweep.points] == [10, 20, 40] * 2 and sweep.converged and not sweep.follow
    point = sweep.points[4]
    assert point.values == {"network.neurons": 20, "weights.output": 1, "weights.input": 1}
    assert point.observables["participation_ratio"].mcse > 0 and point.theory["output_second_moment"].expected > 1
    assert sweep.collapse is not None and sweep.collapse.observable == "loss"


def test_sweep_along_its_networks(tiny: dict[str, Any]) -> None:
    sweep = mcmc_run.sweep(tiny, over={"ensemble.tightness": "1:5:3"}, follow=True, out="followed")
    assert sweep.follow and [point.values["ensemble.tightness"] for point in sweep.points] == [1, 3, 5]
    assert {curve.observable for curve in sweep.curves} <= set(sweep.points[0].observables)


def test_a_sweep_that_ends_at_the_hard_ensemble(tiny: dict[str, Any]) -> None:
    sweep = mcmc_run.sweep(tiny, over={"ensemble.tightness": [30, 100, 300, math.inf]}, draws=300, out="to-hard")
    assert sweep.axes[0].values == [30, 100, 300, math.inf] == [
        point.values["ensemble.tightness"] for point in sweep.points]
    assert sweep.approach is not None
    loss = next(limit for limit in sweep.approach if limit.observable == "loss")
    assert loss.hard.value == 0 and loss.predicted_slope > 0
    assert sweep.table["ensemble.tightness"][-1] == math.inf


def test_three_ensembles(tiny: dict[str, Any]) -> None:
    three = mcmc_run.ensembles(tiny, neurons=[6, 12], draws=300, out="three")
    assert [(point.neurons, point.ensemble) for point in three.points] == [
        (width, kind) for width in (6, 12) for kind in ("product", "gibbs", "hard")]
    assert three.tightness == 1000 and three.limit["loss"] == 0
    assert three.points[2].observables["loss"]["mean"] == 0 and 0 < three.points[2].p_value <= 1


def test_a_sweep_whose_points_have_not_converged(tiny: dict[str, Any]) -> None:
    with pytest.raises(mcmc_run.DiagnosticsFailed, match="tightness = 1 is not fit for use") as failed:
        mcmc_run.sweep(tiny, over={"ensemble.tightness": [1, 2]}, draws=20, out="short")
    assert [point.converged for point in failed.value.result.points] == [False, False]
    with pytest.raises(mcmc_run.McmcRunError, match="sampler.kind"):
        mcmc_run.sweep(tiny, over={"sampler.kind": [1, 2]}, out="other")


def test_status(shared_run: mcmc_run.Run, product: dict[str, Any]) -> None:
    mcmc_run.sweep(product, over={"weights.output": [0.5, 1]}, out="chains/swept")
    study, run = mcmc_run.status("chains", shared_run, diagnose=True).folders
    assert (study.kind, study.study, study.state, study.parts_done, study.parts) == ("study", "sweep", "complete", 2, 2)
    assert (run.kind, run.state, run.draws, run.of, run.chains) == ("run", "complete", 800, 800, 2)
    assert run.worst_r_hat is not None and 0.9 < run.worst_r_hat < 1.2
    assert mcmc_run.status().folders[0].path == "chains/swept"
    with pytest.raises(mcmc_run.InputError, match="nowhere: there is no such folder") as failed:
        mcmc_run.status("nowhere", "chains")
    assert len(failed.value.json["folders"]) == 1


def test_train(product: dict[str, Any]) -> None:
    training = mcmc_run.train(product, networks=3, loss=1e-3, out="trained")
    assert training.reached_loss_bound == 3 and len(training.points) == 3


def test_compare(product: dict[str, Any]) -> None:
    comparison = mcmc_run.compare(product, networks=4, loss=1e-2, weight_scales=[1.0], out="compared")
    assert [regime["contexts"] for regime in comparison.regimes] == [2]


def test_sbc(tiny: dict[str, Any]) -> None:
    calibration = mcmc_run.sbc(tiny, replicas=10, draws=9, thin=1, warmup=10, out="calibrated")
    assert calibration.replicas == 10 and len(calibration.quantities[0].ranks) == 10


def test_teacher_student(taught: dict[str, Any]) -> None:
    curve = mcmc_run.teacher_student(taught, labels=[6, 12], teachers=2, starts=["prior"], out="taught")
    assert [(point.stimuli, point.start, point.teachers) for point in curve.points] == [(6, "prior", 2), (12, "prior", 2)]
    assert curve.nishimori.decision == "inconclusive" and curve.nishimori.reason is not None and not curve.comparisons
    overlap = curve.points[0].overlap
    assert overlap is not None and 0 < overlap.value <= 1
    with pytest.raises(mcmc_run.InputError, match="teacher-student asks what is learnt of a teacher"):
        mcmc_run.teacher_student(
            {**taught, "task": {"kind": "inputSelection", "contexts": 2}, "ensemble": {"kind": "gibbs", "tightness": 5}},
            labels=6, out="other")


def test_load_digest_export(shared_run: mcmc_run.Run) -> None:
    run = mcmc_run.load(shared_run.path)
    digest = mcmc_run.digest(run)
    assert run.digest == digest.digest and [chain.chain for chain in digest.chains] == [0, 1]
    export = mcmc_run.export(run, format="csv", out="csv")
    assert export.draws_per_chain == 400 and sorted(path.name for path in Path("csv").iterdir())[0] == "chain-0000.csv"
    with pytest.raises(mcmc_run.InputError, match="there is no run here"):
        mcmc_run.load("nowhere")


def test_every_name_is_there() -> None:
    for name in mcmc_run.__all__:
        assert getattr(mcmc_run, name) is not None
    assert callable(mcmc_run.run)


def test_the_version_is_the_programs() -> None:
    answer = subprocess.run([mcmc_run.find_program(), "--version"], capture_output=True, text=True)
    assert answer.stdout.split() == ["mcmc-run", mcmc_run.__version__]
