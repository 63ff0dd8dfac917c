"""Observables of one's own: expressions in the spec, functions of the kept networks, sweeps as datasets."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy
import pytest

import mcmc_run
from mcmc_run._spec import observables_list


def test_expressions_go_into_the_spec(tiny: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"fourth": ("w^4", "mean"), "ratio": "output_second_moment^2/fourth"}
    run = mcmc_run.sample(tiny, draws=20, observables=asked)
    listed = json.loads((run.path / "experiment.json").read_text())["observables"]
    assert [(each["name"], each["of"], each["reduce"]) for each in listed] == [
        ("fourth", "w^4", "mean"),
        ("ratio", "output_second_moment^2/fourth", None),
    ]
    # The same as the list in the spec, which it replaces.
    tiny["observables"] = ["participation_ratio"]
    assert mcmc_run.sample(tiny, draws=20, observables=observables_list(asked), out="again").digest == run.digest
    diagnosis = mcmc_run.sample(tiny, out="listed").diagnose()
    assert 0 < diagnosis.observables["participation_ratio"].mean <= 1


def test_what_is_no_expression(tiny: dict[str, Any]) -> None:
    with pytest.raises(mcmc_run.InputError, match=r"run.observe\(f=...\)"):
        mcmc_run.sample(tiny, observables={"f": lambda networks: 1})  # type: ignore[dict-item]
    with pytest.raises(mcmc_run.InputError, match="f is no expression"):
        mcmc_run.sample(tiny, observables={"f": 3})  # type: ignore[dict-item]
    with pytest.raises(mcmc_run.UsageError, match="column 3"):
        mcmc_run.sample(tiny, observables={"f": ("w+q7", "mean")})


def largest(networks: mcmc_run.Networks) -> Any:
    return abs(networks["output_weight"]).max(axis=-1)


def test_functions_of_networks(tiny: dict[str, Any]) -> None:
    xarray, arviz = pytest.importorskip("xarray"), pytest.importorskip("arviz")
    run = mcmc_run.sample(
        tiny, chains="3..4", record={"weights": "all"}, observables=["largest_weight", "participation_ratio"]
    )
    observed = run.observe(largest=largest, positive=lambda networks: (networks["output_weight"] > 0).sum(-1))
    assert observed["largest"].dims == ("chain", "draw") and observed.chain.values.tolist() == [3, 4]
    assert observed.draw.values.tolist() == list(range(400)) and observed["positive"].dtype == float
    run.export(format="npy", out="draws")
    numpy.testing.assert_allclose(observed["largest"].values, numpy.load("draws/posterior/largest_weight.npy"), rtol=1e-15)
    summary = run.diagnose().observables["largest_weight"]
    assert float(arviz.ess(observed)["largest"]) == pytest.approx(summary.ess_bulk, rel=1e-6)
    assert float(arviz.rhat(observed)["largest"]) == pytest.approx(summary.r_hat, rel=1e-6)
    if hasattr(xarray, "open_datatree"):
        posterior = run.draws["posterior"].to_dataset()
        joined = posterior.assign(observed)
        assert joined["largest"].sizes == posterior["loss"].sizes


def test_functions_of_some_networks(shared_run: mcmc_run.Run) -> None:
    pytest.importorskip("xarray")
    observed = shared_run.observe(largest=largest)
    assert observed.draw.values.tolist() == shared_run.networks.draw.tolist() == list(range(39, 400, 40))


def test_functions_that_return_something_else(shared_run: mcmc_run.Run) -> None:
    pytest.importorskip("xarray")
    wrong: dict[str, Any] = {
        r"f returned an array of shape \[2, 10, 8\]; needed is one number per network, \[2, 10\]": lambda n: n["output_weight"],
        r"f returned an array of shape \[\]": lambda n: 1.0,
        "f returned no array of real numbers but ndarray of complex128": lambda n: largest(n) * 1j,
        "f returned no array of real numbers but NoneType": lambda n: None,
        "f returned no array of real numbers but list": lambda n: [[1], [2, 3]],
        "f is no function": "w^4",
    }
    for message, function in wrong.items():
        with pytest.raises(mcmc_run.InputError, match=message):
            shared_run.observe(f=function)
    with pytest.warns(mcmc_run.FindingWarning, match="f is not a number in 20 of 20 networks"):
        assert math.isnan(shared_run.observe(f=lambda n: largest(n) * math.nan)["f"].mean(skipna=False))


def test_functions_cannot_change_the_networks(shared_run: mcmc_run.Run) -> None:
    pytest.importorskip("xarray")

    def changes(networks: mcmc_run.Networks) -> Any:
        networks["output_weight"][:] = 0
        return largest(networks)

    with pytest.raises(ValueError, match="read-only"):
        shared_run.observe(f=changes)
    assert abs(shared_run.networks["output_weight"]).max() > 0


def test_functions_without_networks(tiny: dict[str, Any]) -> None:
    pytest.importorskip("xarray")
    run = mcmc_run.sample(tiny, record={"weights": 0}, draws=20)
    with pytest.raises(mcmc_run.InputError, match="the run keeps no networks: record.weights"):
        run.observe(largest=largest)


@pytest.fixture
def swept(product: dict[str, Any]) -> mcmc_run.results.Sweep:
    over: dict[str | tuple[str, ...], Any] = {("weights.output", "weights.input"): [0.5, 2, 1], "network.neurons": [20, 30]}
    return mcmc_run.sweep(product, over=over, observables=["participation_ratio"], draws=600, out="swept")


def test_a_sweep_is_the_dataset_that_the_program_writes(swept: mcmc_run.results.Sweep) -> None:
    xarray = pytest.importorskip("xarray")
    dataset = swept.dataset
    assert dataset["mean"].dims == ("neurons", "output__input", "observable")
    with xarray.open_dataset("swept/sweep.nc") as written:
        assert set(written.variables) == set(dataset.variables)
        for name, variable in written.variables.items():
            assert dataset[name].dims == variable.dims and dataset[name].attrs == variable.attrs
            numpy.testing.assert_array_equal(dataset[name].values, variable.values)
    at = dataset["mean"].sel(observable="participation_ratio", neurons=30, output__input=2)
    assert float(at) == swept.points[4].observables["participation_ratio"].mean


def test_a_sweep_is_the_table_that_the_program_writes(swept: mcmc_run.results.Sweep) -> None:
    with Path("swept/sweep.csv").open(newline="") as file:
        titles, *rows = csv.reader(file)
    table = swept.table
    assert list(table) == titles and {len(column) for column in table.values()} == {len(rows)}
    for title, column in zip(titles, zip(*rows)):
        for value, text in zip(table[title], column):
            if isinstance(value, bool):
                assert text == str(value).lower()
            elif isinstance(value, str):
                assert text == value
            elif value is None or math.isnan(value):
                assert text == "", title
            else:
                assert float(text) == value, title
