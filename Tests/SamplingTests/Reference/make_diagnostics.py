"""Writes diagnostics.json: arrays and the values that ArviZ and emcee give for them.

    python3.11 -m venv env && env/bin/pip install arviz==0.23.4 emcee==3.1.6
    python3.12 -m venv new && new/bin/pip install arviz-stats==1.3.3     (nested R-hat came with ArviZ 1)
    env/bin/python make_diagnostics.py new/bin/python

Draws are rounded to 6 decimals (8 significant digits for heavy tails) before anything is computed, to keep the file
small; values are printed in full. The second interpreter runs this same file with `--nested`, arrays on its standard
input, for the nested R-hat.
"""

import json
import logging
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)


def plain(value):
    """JSON has no NaN: strings for what is not finite."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(entry) for entry in value]
    if isinstance(value, str):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    value = float(value)
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def nested():
    """Superchains 0, 0, ..., 1, 1, ... for every array on standard input; raw and rank-normalised."""
    from arviz_stats import __version__
    from arviz_stats.base import array_stats

    results = []
    for draws, superchains in json.load(sys.stdin):
        draws, superchains = np.array(draws), np.array(superchains)
        raw = array_stats._rhat_nested(draws, superchains)
        rank = array_stats._rhat_nested_rank(draws, superchains)
        results.append({"superchains": superchains, "raw": raw, "rank": rank})
    json.dump({"version": __version__, "results": plain(results)}, sys.stdout)


def cases(rng):
    def ar1(chains, draws, phi):
        x = np.empty((chains, draws))
        x[:, 0] = rng.normal(size=chains) / np.sqrt(1 - phi**2)
        for t in range(1, draws):
            x[:, t] = phi * x[:, t - 1] + rng.normal(size=chains)
        return x

    def heavy(x):
        return np.array([[float(f"{value:.8g}") for value in row] for row in x])

    slow = ar1(4, 400, 0.9)
    stuck = rng.normal(size=(4, 60))
    stuck[2] = 0.25
    yield "iid", rng.normal(size=(4, 500))
    yield "ar1", slow
    yield "ar1-long", ar1(2, 1500, 0.6)
    yield "ar1-too-short", ar1(2, 100, 0.97)
    yield "cauchy", heavy(rng.standard_cauchy(size=(4, 300)))
    yield "shifted-log-normal", 1000 + np.exp(2 * rng.normal(size=(3, 200)))
    yield "antithetic", ar1(4, 300, -0.9)
    yield "constant", np.full((4, 20), 2.5)
    yield "constant-inexact", np.full((4, 21), 0.1)
    yield "constant-per-chain", np.repeat(np.array([[1.0], [2.0], [3.0]]), 20, axis=1)
    yield "one-stuck-chain", stuck
    yield "3-draws", rng.normal(size=(4, 3))
    yield "4-draws", rng.normal(size=(4, 4))
    yield "5-draws", rng.normal(size=(4, 5))
    yield "6-draws", rng.normal(size=(4, 6))
    yield "7-draws-2-chains", rng.normal(size=(2, 7))
    yield "10-draws-1-chain", rng.normal(size=(1, 10))
    yield "11-draws", rng.normal(size=(3, 11))
    yield "single-chain", ar1(1, 401, 0.5)
    yield "odd", ar1(3, 251, 0.3)
    yield "poisson", rng.poisson(3, size=(4, 250)).astype(float)
    yield "binary", (rng.uniform(size=(4, 200)) < 0.3).astype(float)
    yield "balanced-signs", np.array([[1.0, -1.0] * 10, [1.0, -1.0, -1.0, 1.0] * 5])
    yield "different-means", rng.normal(size=(4, 200)) + np.array([[0.0], [0.0], [0.5], [1.0]])
    yield "different-scales", rng.normal(size=(4, 200)) * np.array([[1.0], [1.0], [1.0], [3.0]])
    yield "trend", rng.normal(size=(4, 150)) + np.linspace(0, 3, 150)
    yield "tiny-scale", 1e-20 * rng.normal(size=(4, 50))
    yield "with-nan", np.where(np.arange(40).reshape(2, 20) == 17, np.nan, 1.0 * np.arange(40).reshape(2, 20))


PROBABILITIES = [0.05, 0.1, 0.5, 0.77, 0.95]


def expected(draws):
    import arviz as az
    import emcee
    from arviz.stats.stats_utils import quantile

    values = {
        "mean": draws.mean(),
        "sd": draws.std(ddof=1),
        "quantiles": list(quantile(draws, PROBABILITIES)) if not np.isnan(draws).any() else [np.nan] * 5,
        "rHat": az.rhat(draws, method="rank"),
        "bulkRHat": az.rhat(draws, method="z_scale"),
        "foldedRHat": az.rhat(draws, method="folded"),
        "splitRHat": az.rhat(draws, method="split"),
        "essBulk": az.ess(draws, method="bulk"),
        "essTail": az.ess(draws, method="tail"),
        "essMean": az.ess(draws, method="mean"),
        "essSd": az.ess(draws, method="sd"),
        "essQuantiles": [az.ess(draws, method="quantile", prob=p) for p in PROBABILITIES],
        "mcseMean": az.mcse(draws, method="mean"),
        "mcseSd": az.mcse(draws, method="sd"),
        "mcseQuantiles": [az.mcse(draws, method="quantile", prob=p) for p in PROBABILITIES],
        "eBFMI": az.bfmi(draws),
        "autocovariance": az.autocov(draws[0])[:8],
    }
    try:
        time = float(emcee.autocorr.integrated_time(draws.T)[0])
        values["autocorrelationTime"], refused = time, False
    except emcee.autocorr.AutocorrError as error:
        values["autocorrelationTime"], refused = float(error.tau[0]), True
    values["autocorrelationTimeRefused"] = int(refused)
    return values


def main():
    import arviz
    import emcee
    import scipy.stats

    rng = np.random.default_rng(20240917)
    tables = []
    for name, draws in cases(rng):
        if name not in ("cauchy", "tiny-scale", "constant-inexact"):
            draws = np.round(draws, 6)
        tables.append({"name": name, "draws": draws, "expected": expected(draws)})

    inputs = [
        (rng.normal(size=(8, 1)).round(6).tolist(), [0, 0, 1, 1, 2, 2, 3, 3]),
        ((rng.normal(size=(12, 1)) + np.repeat([[0.0], [2.0], [4.0]], 4, axis=0)).round(6).tolist(), [7] * 4 + [8] * 4 + [9] * 4),
        (rng.normal(size=(6, 5)).round(6).tolist(), [0, 1, 2, 0, 1, 2]),
        ((rng.normal(size=(4, 50)) + [[0.0], [0.0], [0.7], [0.7]]).round(6).tolist(), [0, 0, 1, 1]),
        (rng.normal(size=(4, 31)).round(6).tolist(), [0, 1, 2, 3]),
    ]
    # ArviZ counts labels from 0, without gaps.
    answers = [(draws, np.unique(labels, return_inverse=True)[1].tolist()) for draws, labels in inputs]
    output = subprocess.run(
        [sys.argv[1], __file__, "--nested"], input=json.dumps(answers), capture_output=True, text=True, check=True
    ).stdout
    reply = json.loads(output)
    tables_nested = [
        {"draws": draws, "superchains": labels, "raw": result["raw"], "rank": result["rank"]}
        for (draws, labels), result in zip(inputs, reply["results"])
    ]

    bounds = []
    for ess in [10.0, 700.5, 3000.0, 3001.0, 1e5, 2e6]:
        for p in [0.001, 0.05, 0.5, 0.95]:
            low, high = scipy.stats.beta.ppf([0.1586553, 0.8413447], ess * p + 1, ess * (1 - p) + 1)
            bounds.append({"ess": ess, "probability": p, "low": low, "high": high})

    document = {
        "versions": {
            "arviz": arviz.__version__,
            "arviz-stats": reply["version"],
            "emcee": emcee.__version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
        "probabilities": PROBABILITIES,
        "tables": plain(tables),
        "nested": plain(tables_nested),
        "betaBounds": plain(bounds),
    }
    path = Path(__file__).with_name("diagnostics.json")
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes, {len(tables)} tables")


if __name__ == "__main__":
    nested() if sys.argv[1:] == ["--nested"] else main()
