"""Answers: types, NaN and null, tables for notebooks."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import mcmc_run
from mcmc_run import results
from mcmc_run._decoding import decoded
from mcmc_run._html import tables


def test_keys_become_fields() -> None:
    json: dict[str, Any] = {"observables": {"a": {"mean": 1, "rHat": None}}, "minEssBulk": None, "findings": [], "new": 3}
    diagnosis = decoded(results.Diagnosis, json)
    assert diagnosis.observables["a"].mean == 1.0 and isinstance(diagnosis.observables["a"].mean, float)
    assert math.isnan(diagnosis.observables["a"].r_hat) and math.isnan(diagnosis.min_ess_bulk)
    assert diagnosis.sampling_seconds is None and diagnosis.unfinished is None
    assert diagnosis.json == json


def test_every_field_is_one_that_the_program_prints(product: dict[str, Any]) -> None:
    """A field that is misspelt would be None for ever."""
    run = mcmc_run.sample(product)
    answers: list[results.Result] = [run.diagnose(), run.check(), run.predict(count=20), mcmc_run.digest(run), run.export(out="x.nc")]
    answers += [mcmc_run.entropy(product), mcmc_run.finite_size(product, neurons=[10, 20, 40], out="sizes")]
    answers += [mcmc_run.train(product, networks=2, loss=1e-2, out="trained")]
    answers += [mcmc_run.phase_diagram(product, contexts=2, out="phases")]
    for answer in answers:
        require_keys(type(answer), answer.json)


def test_every_field_of_sweeps_and_states_is_one_that_the_program_prints(product: dict[str, Any]) -> None:
    over: dict[str | tuple[str, ...], Any] = {"weights.input": "0.2:3:7:log", "network.neurons": [20, 30]}
    sweep = mcmc_run.sweep(product, over=over, collapse="loss", out="chains/swept")
    run = mcmc_run.sample(product)
    require_keys(results.Sweep, sweep.json)
    require_keys(results.SweepAxis, sweep.json["axes"][0])
    require_keys(results.SweepPoint, sweep.json["points"][0])
    require_keys(results.SweptObservable, sweep.json["points"][0]["observables"]["loss"])
    require_keys(results.Expectation, sweep.json["points"][0]["theory"]["output_second_moment"])
    require_keys(results.SweepCurve, sweep.json["curves"][0])
    require_keys(results.SweepCollapse, sweep.json["collapse"])
    states = mcmc_run.status("chains/swept", run, diagnose=True).json["folders"]
    require_keys(results.FolderStatus, states[0] | states[1])


def test_every_field_of_learning_curves_is_one_that_the_program_prints(taught: dict[str, Any]) -> None:
    curve = mcmc_run.teacher_student(taught, labels=[6, 12], teachers=2, out="taught")
    require_keys(results.TeacherStudent, curve.json)
    require_keys(results.StudentPoint, curve.json["points"][0])
    require_keys(results.StartComparison, curve.json["comparisons"][0])
    require_keys(results.LearningTheory, curve.json["theory"][0])
    require_keys(results.NishimoriTest, curve.json["nishimori"])
    require_keys(results.NishimoriRow, curve.json["nishimori"]["rows"][0])


def test_every_field_of_recurrent_networks_is_one_that_the_program_prints(product: dict[str, Any], in_time: dict[str, Any]) -> None:
    loop = {**product, "task": {"kind": "evidenceIntegration", "contexts": 2}, "evaluation": {"count": 60}}
    solution = mcmc_run.solve(loop)
    assert len(solution.unstable_probability or []) == 2 and solution.unstable_probability_left_out is None
    assert solution.readout_variance_times_n is not None and solution.constraints is None
    evaluation = mcmc_run.sample(loop, name="loop", sampler={"draws": 100}).evaluate()
    integration = evaluation.json["integration"]
    require_keys(results.Integration, integration)
    require_keys(results.ContextIntegration, integration["contexts"][0])
    require_keys(results.TimeConstant, integration["contexts"][0]["timeConstant"])
    require_keys(results.KernelPoint, integration["contexts"][0]["kernel"][0])
    require_keys(results.ChoicePoint, integration["contexts"][0]["relevant"][0])
    assert evaluation.integration is not None and evaluation.trials is None
    assert 0.5 < evaluation.integration.contexts[0].loop_gain.mean < 1.1
    task = {"kind": "moments", "loadings": ["n", "m"], "constraints": [{"of": ["n", "m"], "value": 0.5}]}
    moments = mcmc_run.solve({**product, "task": task})
    require_keys(results.LoadingAverage, moments.json["constraints"][0])
    assert moments.constraints is not None and abs(moments.constraints[0].expected - 0.5) < 1e-9
    assert moments.loadings == ["n", "m"] and moments.unstable_probability is None
    trials = mcmc_run.sample(in_time).evaluate()
    require_keys(results.TrialEvaluation, trials.json["trials"])
    require_keys(results.ContextTrials, trials.json["trials"]["contexts"][0])
    assert trials.trials is not None and trials.integration is None
    assert trials.trials.accuracy is not None and 0 <= trials.trials.accuracy.mean <= 1
    assert len(trials.trials.error_in_time) == 5


def require_keys(kind: type[Any], json: dict[str, Any]) -> None:
    keys = {key.lower() for key in json}
    for field in dataclasses.fields(kind):
        if field.name not in ("json", "unfinished"):
            assert field.name.replace("_", "") in keys, (kind, field.name)


def test_tables_of_everything(shared_run: mcmc_run.Run, product: dict[str, Any]) -> None:
    assert "<caption>populations</caption>" in mcmc_run.solve(product)._repr_html_()
    assert str(shared_run.path) in shared_run._repr_html_()
    html = mcmc_run.sample(product, name="product").diagnose()._repr_html_()
    assert "<th>rHat</th>" in html and "<td>loss</td>" in html


def test_nothing_in_a_table_is_taken_for_html() -> None:
    html = tables({"<script>": "a<b", "rows": [{"&": "<i>", "nan": float("nan"), "none": None, "list": [1.0, "<u>"]}]})
    assert "<script>" not in html and "<i>" not in html and "<u>" not in html and "nan" in html
    assert "&lt;script&gt;" in tables({"<script>": "\ud800"})
    assert "and 40 more" in tables({"rows": [{"n": n} for n in range(100)]})


def test_answers_are_short_in_a_terminal(product: dict[str, Any]) -> None:
    text = repr(mcmc_run.sample(product).check())
    assert "passed=True" in text and "checks=<" in text and len(text) < 300


def test_runs_are_paths(shared_run: mcmc_run.Run) -> None:
    assert Path(shared_run) == shared_run.path and repr(shared_run) == f"Run({str(shared_run.path)!r})"
    assert mcmc_run.load(shared_run).sampling is None
