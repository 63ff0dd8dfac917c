"""Networks of one's own: what the program is given, and, once it has the commands, what it makes of that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

import mcmc_run
from mcmc_run._torch import write_npz


class Tensor:
    """What PyTorch's tensors have of NumPy's."""

    def __init__(self, values: Any) -> None:
        self._values = numpy.asarray(values)

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> Any:
        return self._values


class Module:
    def state_dict(self) -> dict[str, Tensor]:
        return {"fc1.weight": Tensor([[1.0, 2.0]]), "fc2.weight": Tensor([3.0])}


MAP = {"output": "fc2.weight", "input": "fc1.weight[:, :2]"}


def test_what_the_program_is_given(pretend: Callable[[str], None], workplace: Path) -> None:
    pretend(
        """for word in "$@"; do echo "$word" >> words; done; cp -r "$word" given\n"""
        """echo '{"run": "imported", "networks": 2, "chains": 1, "neurons": 1, "blocks": {"output_weight": [1]}}'"""
    )
    imported = mcmc_run.from_torch([Module(), Module().state_dict()], map=MAP, activation="relu", out="imported")
    assert imported.networks == 2 and imported.run.path == workplace / "imported"
    assert imported.blocks == {"output_weight": [1]}
    words = Path("words").read_text().splitlines()
    assert words[0] == "import" and "--map=input=fc1.weight[:, :2]" in words and "--activation=relu" in words
    assert "--name=networks" in words
    assert sorted(path.name for path in Path("given").iterdir()) == ["000000.npz", "000001.npz"]
    assert numpy.load("given/000001.npz")["fc1.weight"].tolist() == [[1.0, 2.0]]


def test_any_names_and_any_numbers() -> None:
    write_npz("x.npz", {"file": [1], "a/b.c ü": numpy.float32(2), "allow_pickle": numpy.ones((2, 3), dtype=numpy.int8)})
    arrays = numpy.load("x.npz")
    assert arrays["file"].tolist() == [1] and arrays["a/b.c ü"] == 2 and arrays["allow_pickle"].shape == (2, 3)
    with pytest.raises(mcmc_run.InputError, match="words is no array of numbers"):
        write_npz("y.npz", {"words": ["a"]})
    with pytest.raises(mcmc_run.InputError, match="no networks"):
        mcmc_run.from_torch([], map=MAP)


def test_comparison_with_networks_of_ones_own(pretend: Callable[[str], None]) -> None:
    test = '{"name": "energy", "statistic": 0.1, "pValue": 0.5}'
    pretend(f"""echo "$@" > words; echo '{{"tests": [{test}], "combinedPValue": 0.5, "maximumEntropy": {{}}}}'""")
    compared = mcmc_run.compare("spec.json", trained="imported")
    assert compared.tests[0].p_value == compared.combined_p_value == 0.5 and compared.maximum_entropy == {}
    assert "--trained=imported" in Path("words").read_text()


@pytest.mark.skipif(not mcmc_run.has_command("import"), reason="the program has no command import")
def test_import_and_compare(product: dict[str, Any]) -> None:
    drawn = mcmc_run.sample(product, record={"weights": 20}, out="drawn").networks
    states = [
        {"w": drawn["output_weight"][k, n], "m": drawn["input_weights"][k, n].T, "g": drawn["gain"][k, n].T}
        for k in range(2)
        for n in range(20)
    ]
    parts = {"output": "w", "input": "m", "gain": "g"}
    imported = mcmc_run.from_torch(states, map=parts, spec=product, scaling="meanField", out="imported")
    assert imported.networks == len(states) and imported.neurons == 30
    numpy.testing.assert_allclose(
        imported.run.networks["output_weight"].reshape(40, 30), drawn["output_weight"].reshape(40, 30), rtol=1e-12
    )
    compared = mcmc_run.compare(product, trained=imported.run, rotations=99, out="compared")
    # They are networks of maximum entropy.
    assert compared.combined_p_value is not None and 1e-4 < compared.combined_p_value <= 1
