"""Every example of the documentation runs."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import importlib.util
import io
import pkgutil
import re
import warnings
from pathlib import Path

import pytest

import mcmc_run

from .conftest import REPOSITORY

MODULES = [module.name for module in pkgutil.iter_modules(mcmc_run.__path__) if module.name != "__main__"]


def test_examples_of_docstrings(experiments: Path) -> None:
    warnings.simplefilter("ignore", mcmc_run.FindingWarning)
    mcmc_run.sample("experiments/two-contexts.json", draws=1000, out="chains/example")
    has_xarray = importlib.util.find_spec("xarray") is not None
    tried = 0
    for name in ["", *MODULES]:
        module = importlib.import_module(f"mcmc_run.{name}" if name else "mcmc_run")
        for test in doctest.DocTestFinder(exclude_empty=True).find(module):
            if not test.examples or (not has_xarray and test.name.endswith((".draws", ".observe", ".dataset"))):
                continue
            result = doctest.DocTestRunner().run(test)
            assert result.failed == 0, test.name
            tried += result.attempted
    assert tried > 40


def test_every_function_has_an_example() -> None:
    for name in mcmc_run.__all__:
        thing = getattr(mcmc_run, name)
        if callable(thing) and not (isinstance(thing, type) and issubclass(thing, (BaseException, Warning))):
            assert "Example:" in (thing.__doc__ or ""), name


@pytest.mark.parametrize("name", ["README.md", "python/README.md", "docs/python.md"])
def test_examples_of_pages(experiments: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    page = (REPOSITORY / name).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```(?:\n\n```\n(.*?)```)?", page, re.DOTALL)
    names: dict[str, object] = {}
    for code, output in blocks:
        if "from_torch" in code and not mcmc_run.has_command("import"):
            continue
        if re.search("arviz|xarray|az[.]|[.]draws", code) and not _has_arviz_1():
            continue
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            exec(compile(code, name, "exec"), names)
        assert not output or shown.getvalue() == output
    assert blocks


def _has_arviz_1() -> bool:
    try:
        import arviz
    except ImportError:
        return False
    return int(arviz.__version__.split(".")[0]) >= 1 and importlib.util.find_spec("matplotlib") is not None
