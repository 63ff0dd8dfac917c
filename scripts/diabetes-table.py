#!/usr/bin/env python3
"""Writes the tables of experiments/diabetes.json from scikit-learn's diabetes data.

442 patients: ten measurements, and how far the disease had progressed a year later (Efron, Hastie, Johnstone & Tibshirani 2004,
"Least angle regression"). The first 342 of a fixed shuffle are the stimuli and targets, the other 100 are held out. All columns are
standardised by means and deviations of the 342.

Needs scikit-learn, which brings the data with it:

    pip install scikit-learn
    scripts/diabetes-table.py experiments/diabetes
"""

import sys
from pathlib import Path

import numpy
from sklearn.datasets import load_diabetes

TRAINING = 342


def write(path: Path, heading: str, table: numpy.ndarray) -> None:
    lines = [f"# {heading}"] + [",".join(f"{value:.4g}" for value in row) for row in table]
    path.write_text("\n".join(lines) + "\n")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: diabetes-table.py FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    data = load_diabetes(scaled=False)
    order = numpy.random.default_rng(1).permutation(len(data.target))
    inputs, targets = data.data[order], data.target[order, None]
    names = ", ".join(data.feature_names)
    for word, table, heading in [
        ("stimuli", inputs, names),
        ("targets", targets, "progression of the disease after a year"),
    ]:
        training = table[:TRAINING]
        table = (table - training.mean(axis=0)) / training.std(axis=0)
        write(folder / f"{word}.csv", heading, table[:TRAINING])
        write(folder / f"held-out-{word}.csv", heading, table[TRAINING:])


if __name__ == "__main__":
    main()
