"""What tests share: a directory of their own, small specs, and programs that only pretend."""

from __future__ import annotations

import copy
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mcmc_run

REPOSITORY = Path(__file__).resolve().parents[2]

TINY: dict[str, Any] = {
    "name": "tiny",
    "task": {"kind": "inputSelection", "contexts": 2},
    "network": {"kind": "gainModulatedLinear", "neurons": 8},
    "ensemble": {"kind": "gibbs", "tightness": 5},
    "sampler": {"chains": 2, "warmup": 50, "draws": 400, "seed": 3},
    "record": {"weights": 10},
}


@pytest.fixture
def tiny() -> dict[str, Any]:
    """A Gibbs ensemble of eight neurons."""
    return copy.deepcopy(TINY)


@pytest.fixture
def taught() -> dict[str, Any]:
    """Students of a small linear teacher."""
    return {
        "name": "taught",
        "task": {"kind": "teacher", "contexts": 1, "features": 3, "noise": 0.1},
        "network": {"kind": "deep", "widths": [4], "activation": "linear", "contextLayers": "none"},
        "ensemble": {"kind": "gibbs"},
        "stimuli": {"kind": "sampled"},
        "sampler": {"kind": "hmc", "chains": 2, "warmup": 200, "draws": 1000, "seed": 3},
        "record": {"weights": 50},
        "evaluation": {"count": 30},
    }


@pytest.fixture
def product() -> dict[str, Any]:
    """Independent neurons, drawn exactly: every check passes."""
    return {
        "name": "product",
        "task": {"kind": "inputSelection", "contexts": 2},
        "network": {"kind": "gainModulatedLinear", "neurons": 30},
        "sampler": {"chains": 2, "draws": 2000},
    }


@pytest.fixture
def in_time() -> dict[str, Any]:
    """A recurrent network that remembers a bit."""
    return {
        "name": "in-time",
        "task": {"kind": "flipFlop", "steps": 5, "trials": 4},
        "network": {"kind": "recurrent", "neurons": 5, "activation": "tanh"},
        "ensemble": {"kind": "gibbs", "tightness": 5},
        "sampler": {"chains": 2, "warmup": 50, "draws": 100, "seed": 3},
        "record": {"weights": 10},
        "evaluation": {"count": 20},
    }


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in an empty directory, with the program found before."""
    monkeypatch.setenv("MCMC_RUN", _PROGRAM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def shared_run(tmp_path_factory: pytest.TempPathFactory) -> mcmc_run.Run:
    """A run of `tiny` that tests read."""
    return mcmc_run.sample(TINY, out=tmp_path_factory.mktemp("shared") / "tiny")


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a shell script in the program's place."""

    def install(script: str) -> None:
        program = tmp_path / "pretended"
        program.write_text(
            f'#!/bin/sh\n[ "$1" = --version ] && {{ echo "mcmc-run {mcmc_run.__version__}"; exit 0; }}\n{script}\n'
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("MCMC_RUN", str(program))

    return install


@pytest.fixture
def experiments(workplace: Path) -> Iterator[Path]:
    """The repository's experiments, in the test's directory."""
    shutil.copytree(REPOSITORY / "experiments", workplace / "experiments")
    yield workplace / "experiments"


_PROGRAM = mcmc_run.find_program()
os.environ["MCMC_RUN"] = _PROGRAM
