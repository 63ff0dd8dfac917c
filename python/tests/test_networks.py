"""Whole networks as arrays."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import mcmc_run


def test_blocks_and_shapes(shared_run: mcmc_run.Run) -> None:
    networks = shared_run.networks
    shapes = {name: array.shape for name, array in networks.items()}
    assert shapes == {"gain": (2, 10, 2, 8), "input_weights": (2, 10, 2, 8), "output_weight": (2, 10, 8)}
    assert networks.draw.shape[-1] == 10
    assert "output_weight: [2, 10, 8]" in repr(networks) and "[2, 10, 8]" in networks._repr_html_()


def test_they_are_the_networks_whose_readout_was_recorded(shared_run: mcmc_run.Run) -> None:
    networks = shared_run.networks
    w, m, g = (networks[name] for name in ("output_weight", "input_weights", "gain"))
    readout = numpy.einsum("kni,kndi,knci->kncd", w, m, g) / w.shape[-1]
    loss = 0.5 * ((readout - numpy.eye(2)) ** 2).sum(axis=(2, 3))
    mean = shared_run.draws["posterior"]["loss"].mean().item() if _has_xarray() else loss.mean()
    assert abs(loss.mean() - mean) < 0.1


def test_deep_networks() -> None:
    spec = {
        "task": {"kind": "inputSelection", "contexts": 2},
        "network": {"kind": "deep", "widths": [3, 4], "activation": "tanh"},
        "ensemble": {"kind": "gibbs", "tightness": 2},
        "stimuli": {"kind": "sampled", "count": 8},
        "sampler": {"chains": 2, "warmup": 20, "draws": 20},
        "record": {"weights": "all"},
    }
    networks = mcmc_run.sample(spec).networks
    assert all(array.shape[:2] == (2, 20) for array in networks.values()) and len(networks) > 3


def test_where_none_were_kept(tiny: dict[str, Any]) -> None:
    run = mcmc_run.sample(tiny, record={"weights": 0}, draws=20)
    with pytest.raises(mcmc_run.InputError, match="record.weights"):
        run.networks


def _has_xarray() -> bool:
    try:
        import xarray
    except ImportError:
        return False
    return hasattr(xarray, "open_datatree")
