"""Draws in xarray and ArviZ, of whichever generation is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mcmc_run

arviz = pytest.importorskip("arviz")
IS_NEW = int(arviz.__version__.split(".")[0]) >= 1


def test_draws_are_a_tree(shared_run: mcmc_run.Run) -> None:
    tree = shared_run.draws
    assert tree["posterior"]["readout"].shape == (2, 400, 2, 2)
    assert tree["posterior"]["loss"].dims == ("chain", "draw")
    assert tree["sample_stats"]["diverging"].dtype == bool
    # The tree is in memory: its file is gone.
    assert shared_run.draws is tree


def test_draws_follow_the_run(tiny: dict[str, object]) -> None:
    run = mcmc_run.sample(tiny, draws=20)
    assert run.draws["posterior"].sizes["draw"] == 20
    run.resume(draws=30)
    assert run.draws["posterior"].sizes["draw"] == 30


def test_summaries_are_those_of_the_program(shared_run: mcmc_run.Run) -> None:
    judged = shared_run.diagnose()
    data = shared_run.draws if IS_NEW else shared_run.inference_data
    ess = arviz.ess(data, var_names=["loss"])
    dataset = ess["posterior"] if IS_NEW and "posterior" in getattr(ess, "children", {}) else ess
    assert float(dataset["loss"]) == pytest.approx(judged.observables["loss"].ess_bulk, rel=1e-6)


@pytest.mark.skipif(not IS_NEW, reason="ArviZ 0.x")
def test_arviz_1_plots_them(shared_run: mcmc_run.Run) -> None:
    os.environ["MPLBACKEND"] = "agg"
    pytest.importorskip("matplotlib")
    pages = [arviz.plot_dist(shared_run.draws, var_names=["loss"], backend="matplotlib")]
    pages.append(arviz.plot_trace(shared_run.draws, var_names=["loss"], backend="matplotlib"))
    for number, page in enumerate(pages):
        page.savefig(f"{number}.png")
        assert Path(f"{number}.png").stat().st_size > 5000
    with pytest.raises(ImportError, match="has no InferenceData; .draws"):
        shared_run.inference_data


@pytest.mark.skipif(IS_NEW, reason="ArviZ 1.x")
def test_arviz_0_has_inference_data(shared_run: mcmc_run.Run) -> None:
    data = shared_run.inference_data
    assert isinstance(data, arviz.InferenceData)
    assert {"posterior", "sample_stats", "observed_data"} <= set(data.groups())
    assert arviz.summary(data, var_names=["loss"]).loc["loss", "r_hat"] < 1.2
    os.environ["MPLBACKEND"] = "agg"
    arviz.plot_posterior(data, var_names=["loss"])


def test_without_it_the_extra_is_named(shared_run: mcmc_run.Run) -> None:
    code = f"""
import sys
sys.modules["xarray"] = sys.modules["arviz"] = None
import mcmc_run
run = mcmc_run.load({str(shared_run.path)!r})
print(sorted(run.networks))
for name in ("draws", "inference_data"):
    try:
        getattr(run, name)
    except ImportError as error:
        print(error)
"""
    source = str(Path(mcmc_run.__file__).parents[1])
    answer = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": source}, capture_output=True, text=True
    )
    assert answer.stdout.count("mcmc-run[arviz]") == 2, answer.stderr
