"""Trials in time: written for NumPy, and read from what NumPy wrote."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy
import pytest

import mcmc_run
from mcmc_run import results


def test_trials_are_numpy_arrays(in_time: dict[str, Any]) -> None:
    written = mcmc_run.trials(in_time, out="bits.npz")
    assert {field.name.replace("_", "") for field in dataclasses.fields(results.Trials)} <= {
        key.lower() for key in [*written.json, "json"]
    }
    assert (written.trials, written.times, written.input_channels, written.output_channels) == (4, 5, 1, 1)
    assert written.masked_entries == 20 and written.decision is None
    arrays = numpy.load(written.path)
    assert sorted(arrays.files) == ["context", "inputs", "mask", "targets"]
    assert arrays["inputs"].shape == (4, 5, 1) and arrays["mask"].dtype == bool and arrays["context"].dtype == numpy.int64
    # The output is the last pulse.
    state = numpy.zeros(4)
    for t in range(5):
        pulses = arrays["inputs"][:, t, 0]
        state = numpy.where(pulses != 0, pulses, state)
        numpy.testing.assert_array_equal(arrays["targets"][:, t, 0], state)
    held_out = mcmc_run.trials(in_time, held_out=True, out="held-out.npz")
    assert held_out.trials == 20
    with pytest.raises(mcmc_run.InputError, match="single stimuli"):
        mcmc_run.trials({**in_time, "task": {"kind": "inputSelection", "contexts": 2}, "network": {
            "kind": "gainModulatedLinear", "neurons": 4}})


@pytest.mark.parametrize("save", [numpy.savez, numpy.savez_compressed])
def test_what_numpy_saved_runs_unchanged(in_time: dict[str, Any], save: Any) -> None:
    arrays = dict(numpy.load(mcmc_run.trials(in_time, out="bits.npz").path))
    # Other types, another order of the axes in memory, and a mask that is left out, since it is 1 everywhere.
    save(
        "saved.npz", inputs=numpy.asfortranarray(arrays["inputs"].astype(numpy.float32)),
        targets=arrays["targets"].astype(numpy.int8), context=arrays["context"].astype(numpy.uint8), notes=numpy.arange(3.0),
    )
    own = mcmc_run.sample(in_time, name="own")
    read = mcmc_run.sample({**in_time, "task": {"kind": "trials", "path": "saved.npz"}}, name="read")
    assert own.digest == read.digest
    kept = numpy.load(Path(read) / "inputs" / "trials.npz")
    for name in ("inputs", "targets", "mask", "context"):
        numpy.testing.assert_array_equal(kept[name], arrays[name])


def test_a_folder_is_what_its_arrays_are_in_one_file(in_time: dict[str, Any]) -> None:
    arrays = dict(numpy.load(mcmc_run.trials(in_time, out="bits.npz").path))
    held = dict(numpy.load(mcmc_run.trials(in_time, held_out=True, out="held.npz").path))
    for name in ("bits", "held"):
        Path(name).mkdir()
    # Other types, byte orders and orders of the axes in memory.
    numpy.save("bits/inputs.npy", numpy.asfortranarray(arrays["inputs"].astype(">f4")))
    numpy.save("bits/targets.npy", arrays["targets"].astype(">f8"))
    numpy.save("bits/mask.npy", numpy.asfortranarray(arrays["mask"]))
    numpy.save("bits/context.npy", arrays["context"].astype(">i2"))
    numpy.save("bits/notes.npy", numpy.arange(3.0))
    numpy.save("held/inputs.npy", held["inputs"])
    numpy.save("held/targets.npy", held["targets"])
    task = {"kind": "trials", "path": "bits.npz", "heldOut": "held.npz"}
    file = mcmc_run.sample({**in_time, "task": task}, name="file")
    folder = mcmc_run.sample({**in_time, "task": {**task, "path": Path("bits"), "heldOut": "held"}}, name="folder")
    assert folder.digest == file.digest
    for name in ("trials", "heldOut-trials"):
        assert Path(folder, "inputs", f"{name}.npz").read_bytes() == Path(file, "inputs", f"{name}.npz").read_bytes()
    Path("bits/inputs.npy").unlink()
    with pytest.raises(mcmc_run.InputError, match=r'it has no file "inputs.npy" \(it has "context.npy", "mask.npy", "notes.npy", "targets.npy"\)'):
        mcmc_run.sample({**in_time, "task": {**task, "path": "bits"}}, name="none")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"inputs": numpy.full((4, 5, 1), numpy.nan)}, r"inputs\[0, 0, 0\] is nan"),
        ({"targets": numpy.zeros((4, 4, 1))}, r"targets has the shape \[4, 4, 1\]; allowed: \[4, 5, channels\]"),
        ({"mask": numpy.zeros((4, 5, 1))}, r"mask\[0\] is 0 everywhere"),
        ({"mask": numpy.ones((4, 5))}, r"mask has the shape \[4, 5\]; allowed: \[4, 5, 1\]"),
        ({"context": numpy.array([0, 0, 1.5, 0])}, r"context\[2\] is 1.5"),
        ({"inputs": numpy.zeros((0, 5, 1)), "targets": numpy.zeros((0, 5, 1))}, "at least one of each"),
        ({"inputs": numpy.array([None])}, "Python objects"),
    ],
)
def test_what_is_no_trial_is_refused(in_time: dict[str, Any], change: dict[str, Any], words: str) -> None:
    arrays = {"inputs": numpy.ones((4, 5, 1)), "targets": numpy.ones((4, 5, 1))} | change
    numpy.savez("bad.npz", **arrays)
    with pytest.raises(mcmc_run.InputError, match=words):
        mcmc_run.sample({**in_time, "task": {"kind": "trials", "path": "bad.npz"}})


def test_draws_are_exported_as_one_file(in_time: dict[str, Any]) -> None:
    run = mcmc_run.sample(in_time)
    export = run.export(format="npz", out="draws.npz", networks=True)
    arrays = numpy.load(export.path)
    assert arrays["posterior/loss"].shape == (2, 100) and arrays["networks/recurrent_weights"].shape == (2, 10, 5, 5)
    assert arrays["constant_data/inputs"].shape == (4, 5, 1) and arrays["observed_data/wanted_output"].shape == (4, 5, 1)


def test_arrays_of_a_network_lie_as_documented(in_time: dict[str, Any]) -> None:
    """The lines of docs/recurrent.md compute the recorded losses."""
    part = {"kind": "random", "overlaps": [1.2], "size": 1.5}
    network = {**in_time["network"], "activation": "tanh", "leak": 0.7, "lowRank": part}
    run = mcmc_run.sample({**in_time, "network": network, "record": {"weights": "all"}})
    arrays = numpy.load(run.export(format="npz", out="draws.npz", networks=True).path)
    u, wanted = arrays["constant_data/inputs"], arrays["observed_data/wanted_output"]
    m, n = arrays["constant_data/low_rank_m"], arrays["constant_data/low_rank_n"]
    losses = arrays["posterior/loss"]
    neurons = m.shape[1]
    names = ("output_weights", "recurrent_weights", "input_weights", "context_weights")
    for place in numpy.ndindex(losses.shape):
        w, J, I, B = (arrays[f"networks/{name}"][place] for name in names)
        squares = 0.0
        h = numpy.zeros((u.shape[0], neurons))
        for t in range(u.shape[1]):
            drive = h @ J / neurons**0.5 + u[:, t] @ I + B[0] + (h @ n.T) @ m / neurons
            h = 0.3 * h + 0.7 * numpy.tanh(drive)
            squares += float(((h @ w.T / neurons**0.5 - wanted[:, t]) ** 2).sum())
        assert abs(squares / (2 * wanted.size) - losses[place]) < 1e-12 * max(1.0, losses[place])
