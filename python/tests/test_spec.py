"""Specs as dictionaries and paths, their data files, overrides, and names that shells stumble over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest

import mcmc_run


def test_data_files_of_a_dictionary_are_relative_to_the_current_directory(tiny: dict[str, Any]) -> None:
    Path("data").mkdir()
    numpy.savetxt("data/stimuli.csv", numpy.random.default_rng(1).normal(size=(12, 2)), delimiter=",")
    numpy.savetxt("data/gains.csv", numpy.array([[1, 0], [0, 1], [1, 1], [1, 0]]), delimiter=",")
    tiny["network"] = {"kind": "gainModulatedLinear", "neurons": 4, "gains": {"kind": "fixed", "path": "data/gains.csv"}}
    tiny["stimuli"] = {"kind": "file", "path": Path("data/stimuli.csv")}
    run = mcmc_run.sample(tiny, draws=20)
    tiny["network"]["gains"]["path"] = "elsewhere.csv"
    again = mcmc_run.sample(tiny, draws=20, out="again", set={"network.gains.path": "data/gains.csv"})
    assert again.digest == run.digest


def test_held_out_files_of_a_dictionary_are_relative_to_the_current_directory(tiny: dict[str, Any]) -> None:
    for name, shape in (("x", (12, 2)), ("y", (12, 2)), ("x2", (5, 2)), ("y2", (5, 2))):
        numpy.savetxt(f"{name}.csv", numpy.random.default_rng(len(name)).normal(size=shape), delimiter=",")
    task = {"kind": "targets", "path": "y.csv", "heldOut": {"stimuli": "x2.csv", "targets": Path("y2.csv")}}
    run = mcmc_run.sample({**tiny, "task": task, "stimuli": {"kind": "file", "path": "x.csv"}}, draws=20)
    kept = [numpy.loadtxt(file, delimiter=",").shape for file in sorted((run.path / "inputs").iterdir())]
    assert sorted(kept) == [(5, 2), (5, 2), (12, 2), (12, 2)]


def test_data_files_of_a_file_are_relative_to_it(tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("specs").mkdir()
    numpy.savetxt("specs/stimuli.csv", numpy.random.default_rng(1).normal(size=(12, 2)), delimiter=",")
    Path("specs/with-data.json").write_text(json.dumps({**tiny, "stimuli": {"kind": "file", "path": "stimuli.csv"}}))
    run = mcmc_run.sample("specs/with-data.json", draws=20)
    monkeypatch.chdir("specs")
    # The run's path stays right in another directory.
    assert len(run.digest) == 64


def test_overrides(tiny: dict[str, Any]) -> None:
    def resolved(run: mcmc_run.Run) -> Any:
        return json.loads((run.path / "experiment.json").read_text())

    run = mcmc_run.sample(tiny, sampler={"draws": 20, "warmup": 10}, set={"weights.output": 0.5}, name="other")
    assert run.path.name == "other"
    spec = resolved(run)
    assert (spec["sampler"]["draws"], spec["sampler"]["warmup"], spec["sampler"]["chains"]) == (20, 10, 2)
    assert spec["weights"]["output"] == 0.5
    run = mcmc_run.sample(tiny, sampler="hmc", draws=20, out="hmc", seed=7, chains="2..3")
    spec = resolved(run)
    assert (spec["sampler"]["kind"], spec["sampler"]["seed"], spec["sampler"]["chains"]) == ("hmc", 7, "2..3")


def test_what_is_said_twice_is_refused(tiny: dict[str, Any]) -> None:
    with pytest.raises(mcmc_run.UsageError, match="has said this already"):
        mcmc_run.sample(tiny, draws=20, sampler={"draws": 30})


def test_numbers_of_numpy(tiny: dict[str, Any]) -> None:
    tiny["task"] = {"kind": "linearReadout", "target": numpy.eye(2)}
    tiny["ensemble"]["tightness"] = numpy.float64(5)
    assert mcmc_run.sample(tiny, draws=numpy.int64(20)).sampling is not None  # type: ignore[arg-type]
    tiny["ensemble"]["tightness"] = float("nan")
    with pytest.raises(mcmc_run.InputError, match="JSON"):
        mcmc_run.solve(tiny)
    tiny["ensemble"]["tightness"] = object()
    with pytest.raises(mcmc_run.InputError, match="object"):
        mcmc_run.solve(tiny)


@pytest.mark.parametrize("name", ["with space", "-dash", "--out", "tür-ψ", "quote'\"s", "a=b,c", "new\nline"])
def test_unusual_names(tiny: dict[str, Any], name: str) -> None:
    Path(f"{name}.json").write_text(json.dumps(tiny))
    run = mcmc_run.sample(f"{name}.json", draws=20, out=name)
    assert run.path == Path.cwd() / name
    assert mcmc_run.load(name).digest == run.digest == mcmc_run.digest(name).digest
    export = mcmc_run.export(name, format="npy", out=f"{name}-npy")
    assert Path(export.path) == Path(f"{name}-npy") and Path(f"{name}-npy", "posterior").is_dir()


def test_what_is_too_long_for_a_command_line(tiny: dict[str, Any]) -> None:
    with pytest.raises(mcmc_run.UsageError, match="put it into the spec"):
        mcmc_run.solve(tiny, set={"task.target": [[0.123456789] * 20_000]})
