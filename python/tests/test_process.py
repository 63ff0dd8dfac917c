"""Pipes, signals, threads: nothing hangs, nothing is lost, nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mcmc_run

SOURCE = str(Path(mcmc_run.__file__).parents[1])
LONG: dict[str, Any] = {"draws": 25_000, "segment_seconds": 0.05, "out": "run", "threads": 1}


def test_much_output_on_both_streams(pretend: Callable[[str], None]) -> None:
    pretend(
        "head -c 3000000 /dev/zero | tr '\\0' '\\n' >&2\n"
        "printf '{\"digest\": \"'; head -c 3000000 /dev/zero | tr '\\0' x; echo '\", \"networks\": \"\", \"chains\": []}'\n"
        "head -c 3000000 /dev/zero | tr '\\0' '\\n' >&2"
    )
    assert len(mcmc_run.digest("any").digest) == 3_000_000


def test_output_that_is_not_utf8(pretend: Callable[[str], None]) -> None:
    pretend("""printf '\\377\\n' >&2; printf '{"path": "a\\377", "format": "csv", "drawsPerChain": 1, "leftOut": 0}'""")
    assert os.fsencode(mcmc_run.export("any").path) == b"a\xff"


@pytest.mark.parametrize("locale", ["C", "tr_TR.UTF-8", "de_DE"])
def test_locales(tiny: dict[str, Any], locale: str) -> None:
    code = f"import mcmc_run; r = mcmc_run.sample({tiny!r}, out='ü', draws=20, set={{'weights.output': 0.5}}); print(r.digest)"
    environment = {**os.environ, "LC_ALL": locale, "PYTHONPATH": SOURCE}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert len(answer.stdout.strip()) == 64, answer.stderr


def test_progress_goes_to_a_function(tiny: dict[str, Any]) -> None:
    lines: list[str] = []
    mcmc_run.sample(tiny, progress=lines.append)
    assert any("draws" in line for line in lines)


def test_nothing_is_shown_unasked(tiny: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    mcmc_run.sample(tiny, draws=20)
    mcmc_run.sample(tiny, draws=20, progress=False, force=True)
    assert capfd.readouterr() == ("", "")
    mcmc_run.sample(tiny, draws=20, progress=True, force=True)
    assert "draws" in capfd.readouterr().err


def test_an_exception_in_a_callback_stops_the_program(pretend: Callable[[str], None]) -> None:
    pretend("trap 'echo stopped > stopped; exit 75' INT\necho line >&2\nwhile :; do sleep 0.05; done")

    def fail(line: str) -> None:
        raise ZeroDivisionError(line)

    with pytest.raises(ZeroDivisionError, match="line"):
        mcmc_run.sample("any", progress=fail)
    assert Path("stopped").read_text() == "stopped\n"


def test_a_terminal_gets_the_programs_own_progress(tiny: dict[str, Any]) -> None:
    import pty

    code = f"import mcmc_run; mcmc_run.sample({tiny!r}, draws=25000)"
    terminal, other = pty.openpty()
    child = subprocess.Popen([sys.executable, "-c", code], stderr=other, env={**os.environ, "PYTHONPATH": SOURCE})
    os.close(other)
    shown = b""
    try:
        while data := os.read(terminal, 4096):
            shown += data
    except OSError:
        pass  # Linux's word for the end of a terminal.
    os.close(terminal)
    assert child.wait() == 0 and b"draws" in shown


def test_a_notebook_gets_one_line_that_changes(tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, data: dict[str, str], raw: bool) -> None:
            shown.append("again: " + data["text/plain"])

    def display(data: dict[str, str], raw: bool, display_id: bool) -> Handle:
        shown.append("first: " + data["text/plain"])
        return Handle()

    class Shell:
        kernel = object()

    import types

    ipython, inner = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    ipython.get_ipython = Shell  # type: ignore[attr-defined]
    inner.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", inner)
    mcmc_run.sample(tiny, draws=20)
    assert shown[0].startswith("first: ") and all(line.startswith("again: ") for line in shown[1:])


class Background:
    """Python that samples, and says how that ended."""

    def __init__(self, tiny: dict[str, Any]) -> None:
        code = f"""
import mcmc_run
try:
    print("done", mcmc_run.sample({tiny!r}, progress=True, **{LONG!r}).path)
except mcmc_run.SamplingInterrupted as stopped:
    print("interrupted", stopped.run)
"""
        environment = {**os.environ, "PYTHONPATH": SOURCE}
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )

    def wait_for_draws(self) -> None:
        deadline = time.monotonic() + 120
        while not list(Path("run").glob("chain-*/draws-*.nc")):
            assert time.monotonic() < deadline and self.process.poll() is None, self.process.communicate()
            time.sleep(0.01)


def whole(tiny: dict[str, Any]) -> str:
    return mcmc_run.sample(tiny, **{**LONG, "out": "whole"}).digest


def test_ctrl_c_leaves_a_run_that_goes_on(tiny: dict[str, Any]) -> None:
    background = Background(tiny)
    background.wait_for_draws()
    background.process.send_signal(signal.SIGINT)
    output, errors = background.process.communicate(timeout=120)
    assert output.split() == ["interrupted", str(Path.cwd() / "run")], errors
    assert mcmc_run.resume("run").digest == whole(tiny)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a program that its parent is gone")
def test_a_killed_python_leaves_a_run_that_goes_on(tiny: dict[str, Any]) -> None:
    background = Background(tiny)
    background.wait_for_draws()
    background.process.kill()
    background.process.communicate(timeout=120)
    # The program hears of it and stops; until then it holds the run.
    deadline = time.monotonic() + 120
    while True:
        try:
            resumed = mcmc_run.resume("run")
            break
        except mcmc_run.McmcRunError as error:
            assert time.monotonic() < deadline, error
            time.sleep(0.02)
    sessions = [json.loads(line) for line in Path("run/sessions.jsonl").read_text().splitlines()]
    assert any(session.get("stop_reason") == signal.SIGTERM for session in sessions), sessions
    assert resumed.digest == whole(tiny)


def test_two_runs_at_once_and_none_left_behind(tiny: dict[str, Any]) -> None:
    digests: dict[int, str] = {}

    def draw(number: int) -> None:
        digests[number] = mcmc_run.sample(tiny, out=f"run-{number}", seed=5, threads=1).digest

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(digests) == 2 and digests[0] == digests[1]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc")
def test_no_descriptors_are_left_open(shared_run: mcmc_run.Run) -> None:
    mcmc_run.digest(shared_run)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        mcmc_run.digest(shared_run)
        shared_run.networks
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_command_is_the_program_itself() -> None:
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    command = [sys.executable, "-m", "mcmc_run"]
    answer = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True)
    assert answer.stdout == f"mcmc-run {mcmc_run.__version__}\n"
    answer = subprocess.run([*command, "nonsense"], env=environment, capture_output=True, text=True)
    assert answer.returncode == 64 and 'no command "nonsense"' in answer.stderr
    environment["MCMC_RUN"] = "nowhere"
    answer = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True)
    assert answer.returncode == 1 and answer.stderr.startswith("mcmc-run: error: MCMC_RUN names")
