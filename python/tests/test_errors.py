"""Exit statuses as exceptions, findings as warnings."""

from __future__ import annotations

import os
import pickle
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mcmc_run


def test_diagnostics_that_fail_have_their_result(tiny: dict[str, Any]) -> None:
    run = mcmc_run.sample(tiny, draws=50)
    with pytest.raises(mcmc_run.DiagnosticsFailed, match="bulk ESS: .* below 200") as failed:
        run.diagnose()
    assert failed.value.status == 1 and failed.value.result.observables["loss"].mean > 0
    assert failed.value.json == failed.value.result.json


def test_checks_that_fail_have_their_result(tiny: dict[str, Any]) -> None:
    run = mcmc_run.sample(tiny, draws=50)
    with pytest.raises(mcmc_run.CheckFailed) as failed:
        run.check()
    assert failed.value.result.undecided and failed.value.result.doubts[0] in str(failed.value)


def test_a_violated_prediction_is_named(pretend: Callable[[str], None]) -> None:
    row = '{"name": "balance", "estimate": 2.0, "standardError": 0.1, "expected": 1.0, "z": 10.0, "status": "exact", "source": ""}'
    lost = '{"name": "lost", "estimate": null, "standardError": null, "expected": 1.0, "z": null, "status": "exact", "source": ""}'
    pretend(f"""echo '{{"checks": [{row}, {lost}], "passed": false, "undecided": false, "doubts": [], "threshold": 4.6}}'; exit 1""")
    with pytest.raises(mcmc_run.CheckFailed, match=r"balance is 2 ± 0.1, expected 1 \(z = 10\)\nlost is nan") as failed:
        mcmc_run.check("any")
    assert failed.value.result.checks[1].z != failed.value.result.checks[1].z


def test_run_says_which_judgement_failed(tiny: dict[str, Any], pretend: Callable[[str], None]) -> None:
    with pytest.raises(mcmc_run.DiagnosticsFailed) as failed:
        mcmc_run.run(tiny, draws=50)
    assert failed.value.result.run.path.name == "tiny" and failed.value.result.evaluate is not None
    sample = '{"run": "x", "sampler": "exact", "complete": true, "chains": []}'
    check = '{"passed": false, "undecided": true, "doubts": ["too few"], "checks": [], "threshold": 4}'
    pretend(f"""echo '{{"sample": {sample}, "diagnose": {{"findings": []}}, "check": {check}}}'; exit 1""")
    with pytest.raises(mcmc_run.CheckFailed, match="too few"):
        mcmc_run.run(tiny)


def test_wrong_usage(tiny: dict[str, Any]) -> None:
    with pytest.raises(mcmc_run.UsageError, match="--drws.*did you mean --draws") as wrong:
        mcmc_run.sample(tiny, drws=3)  # type: ignore[call-arg]
    assert wrong.value.status == 64


def test_bad_input(tiny: dict[str, Any]) -> None:
    with pytest.raises(mcmc_run.InputError, match="no such file") as bad:
        mcmc_run.solve("nowhere.json")
    assert bad.value.status == 65
    tiny["network"]["neurons"] = -1
    with pytest.raises(mcmc_run.InputError, match="neurons"):
        mcmc_run.sample(tiny)
    mcmc_run.sample(tiny, draws=20, set={"network.neurons": 4})
    with pytest.raises(mcmc_run.InputError, match="holds a run already"):
        mcmc_run.sample(tiny, draws=20, set={"network.neurons": 4})


def test_storage(tiny: dict[str, Any]) -> None:
    Path("file").write_text("")
    with pytest.raises(mcmc_run.StorageError) as failed:
        mcmc_run.sample(tiny, draws=20, out="file/run")
    assert isinstance(failed.value, OSError) and failed.value.status == 74 and "file" in str(failed.value)


def test_the_time_budget(tiny: dict[str, Any]) -> None:
    with pytest.raises(mcmc_run.Stopped, match=r"mcmc_run.resume\('.*tiny'\)") as stopped:
        mcmc_run.sample(tiny, draws=10_000_000, time_budget="1s")
    assert stopped.value.status == 75 and stopped.value.run == Path.cwd() / "tiny" or stopped.value.run == Path.cwd() / "chains/tiny"
    with pytest.warns(mcmc_run.FindingWarning, match="was stopped early"):
        mcmc_run.digest(stopped.value.run)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (64, mcmc_run.UsageError),
        (65, mcmc_run.InputError),
        (70, mcmc_run.InternalError),
        (74, mcmc_run.StorageError),
        (75, mcmc_run.Stopped),
        (143, mcmc_run.Interrupted),
        (3, mcmc_run.InternalError),
    ],
)
def test_statuses(pretend: Callable[[str], None], status: int, kind: type[mcmc_run.McmcRunError]) -> None:
    pretend(f"""echo '{{"error": {{"message": "the words", "exitStatus": {status}}}}}'; exit {status}""")
    with pytest.raises(kind, match="^the words$") as raised:
        mcmc_run.digest("any")
    assert raised.value.status == status
    pretend(f"echo 'mcmc-run: error: other words' >&2; exit {status}")
    with pytest.raises(kind, match="^other words$"):
        mcmc_run.digest("any")
    pretend(f"exit {status}")
    with pytest.raises(kind, match=f"status {status}"):
        mcmc_run.digest("any")


@pytest.mark.parametrize(("name", "kind"), [("KILL", mcmc_run.Interrupted), ("SEGV", mcmc_run.InternalError)])
def test_ends_by_signals(pretend: Callable[[str], None], name: str, kind: type[mcmc_run.McmcRunError]) -> None:
    pretend(f"kill -{name} $$")
    with pytest.raises(kind, match=f"SIG{name}"):
        mcmc_run.digest("any")


def test_status_1_without_an_answer_is_no_judgement(pretend: Callable[[str], None]) -> None:
    pretend("echo 'cannot be executed' >&2; exit 1")
    with pytest.raises(mcmc_run.InternalError, match="cannot be executed"):
        mcmc_run.check("any")


def test_warnings_stand_where_the_caller_stands(pretend: Callable[[str], None]) -> None:
    finding = '{"severity": "warning", "check": "E-BFMI", "measured": "0.2", "meaning": "Hard.", "advice": "Think."}'
    pretend(f"""echo '{{"observables": {{}}, "findings": [{finding}, {finding}], "unfinished": "it was stopped"}}'""")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        diagnosis = mcmc_run.diagnose("any")
    assert [str(one.message) for one in caught] == ["E-BFMI: 0.2. Hard. Think.", "it was stopped"]
    assert {one.filename for one in caught} == {__file__}
    assert diagnosis.findings[0].severity == "warning" and diagnosis.min_ess_bulk != diagnosis.min_ess_bulk


def test_biased_samplers_warn(tiny: dict[str, Any]) -> None:
    with pytest.warns(mcmc_run.FindingWarning, match="biased"):
        mcmc_run.sample(tiny, sampler="ula", draws=20)


def test_the_program_on_the_path(monkeypatch: pytest.MonkeyPatch, workplace: Path) -> None:
    """A wrapper of one's own is the program; the command of an installed package is not."""
    found = os.environ.pop("MCMC_RUN")
    for name, text in [("installed", "#!/usr/bin/python3\nfrom mcmc_run.__main__ import main\n"), ("own", f'#!/bin/sh\nexec {found} "$@"\n')]:
        Path(name).mkdir()
        Path(name, "mcmc-run").write_text(text)
        Path(name, "mcmc-run").chmod(0o755)
    monkeypatch.setenv("PATH", f"{workplace}/installed:{workplace}/own:/usr/bin:/bin")
    assert mcmc_run.find_program() == f"{workplace}/own/mcmc-run"
    assert mcmc_run.has_command("sample")


@pytest.mark.parametrize("kind", [mcmc_run.CheckFailed, mcmc_run.StorageError, mcmc_run.Stopped])
def test_exceptions_cross_processes(kind: type[mcmc_run.McmcRunError]) -> None:
    error = pickle.loads(pickle.dumps(kind("the words", status=5, json={"a": 1})))
    assert (type(error), str(error), error.status, error.json) == (kind, "the words", 5, {"a": 1})


def test_where_there_is_no_program(monkeypatch: pytest.MonkeyPatch, workplace: Path) -> None:
    monkeypatch.setenv("MCMC_RUN", "no-such-program")
    with pytest.raises(mcmc_run.ProgramNotFound, match="MCMC_RUN names 'no-such-program'"):
        mcmc_run.digest("any")


def test_another_version_warns(pretend: Callable[[str], None], workplace: Path) -> None:
    pretend("""echo '{"digest": "0", "networks": "0", "chains": []}'""")
    program = workplace / "pretended"
    program.write_text(program.read_text().replace(mcmc_run.__version__, "9.9.9"))
    with pytest.warns(mcmc_run.VersionWarning, match=f"version 9.9.9, this package {re.escape(mcmc_run.__version__)}") as told:
        mcmc_run.digest("any")
    assert told[0].filename == __file__
