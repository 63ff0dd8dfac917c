#!/usr/bin/env python3
"""Samples specs of all kinds, with everything at its default, and prints which converge and what they cost.

    make zoo                                     every spec, default settings: 4 chains of 500 + 1000 transitions
    make zoo ZOO="--only deep"                   specs whose name matches
    python3 Benchmarks/Zoo/zoo.py --program PROGRAM --set sampler.kind=hmc --set sampler.trajectory=1.5
    python3 Benchmarks/Zoo/zoo.py --program PROGRAM --seed 2 --json zoo.json

A spec converges if R-hat is below 1.01 and the bulk ESS at least 400 for every recorded observable. "Evaluations" are those of the log
density, with or without gradient, of recorded draws; seconds are processor seconds of `mcmc-run sample`, warm-up, observables and writing
included. Needs only the standard library.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile


def spec(contexts, network, tightness, weights=None, stimuli=None, features=None, target=None):
    task = {"kind": "inputSelection", "contexts": contexts}
    if target is not None or (features is not None and features != contexts):
        rows = target or [[1.0 if d == c % features else 0.0 for d in range(features)] for c in range(contexts)]
        task = {"kind": "linearReadout", "target": rows}
    result = {"task": task, "network": network, "ensemble": {"kind": "gibbs", "tightness": tightness}}
    if weights:
        result["weights"] = {"convention": "prior", **weights}
    if stimuli:
        result["stimuli"] = stimuli
    return result


def deep(widths, activation, **more):
    return {"kind": "deep", "widths": widths, "activation": activation, **more}


def two_layer(neurons, activation, **more):
    return {"kind": "twoLayer", "neurons": neurons, "activation": activation, **more}


def modulated(neurons, probability=0.5):
    return {
        "kind": "gainModulatedLinear",
        "neurons": neurons,
        "gains": {"kind": "binary", "activeProbability": probability},
    }


def continuous(neurons, activation):
    return {
        "kind": "gainModulatedLinear",
        "neurons": neurons,
        "gains": {"kind": "continuous", "activation": activation},
    }


def sampled(count, seed=1):
    return {"kind": "sampled", "count": count, "seed": seed}


GAUSSIAN = {"kind": "gaussian"}
SHEARED = {"kind": "gaussian", "covariance": [[2.0, 0.9], [0.9, 1.0]]}
STANDARD = {"readoutScaling": "standard"}
ALL = {"contextLayers": "all"}
NONE = {"contextLayers": "none"}

ZOO = {
    "deep-relu-20-20": spec(2, deep([20, 20], "relu"), 30, stimuli=sampled(64)),
    "deep-relu-10-10-10": spec(3, deep([10, 10, 10], "relu"), 100, stimuli=sampled(40)),
    "deep-erf-32-32": spec(2, deep([32, 32], "erf"), 50, stimuli=sampled(64)),
    "deep-erf-16-8-4": spec(1, deep([16, 8, 4], "erf"), 10, stimuli=sampled(32)),
    "deep-tanh-32-32": spec(2, deep([32, 32], "tanh"), 50, stimuli=sampled(64)),
    "deep-tanh-all-drives": spec(4, deep([24, 24], "tanh", **ALL), 20, stimuli=sampled(50)),
    "deep-tanh-standard": spec(2, deep([32, 32], "tanh", **STANDARD), 20, stimuli=sampled(64)),
    "deep-tanh-no-drives": spec(1, deep([40, 20], "tanh", **NONE), 200, stimuli=sampled(30)),
    "deep-tanh-tight": spec(2, deep([10, 10], "tanh"), 1000, stimuli=sampled(32)),
    "deep-tanh-tightest": spec(2, deep([16, 16], "tanh"), 10000, stimuli=sampled(24)),
    "deep-tanh-loose": spec(6, deep([30, 10], "tanh"), 0.1, stimuli=sampled(40)),
    "deep-tanh-four-layers": spec(2, deep([12, 12, 12, 12], "tanh"), 40, stimuli=sampled(32)),
    "deep-tanh-wide": spec(2, deep([100, 100], "tanh"), 30, stimuli=sampled(32)),
    "deep-tanh-unequal": spec(
        2, deep([20, 20], "tanh"), 50, {"output": 5, "input": 0.5, "hidden": 1.5, "context": 0.2}, sampled(48)),
    "deep-softplus": spec(2, deep([16, 16], "softplus"), 20, stimuli=sampled(48)),
    "deep-gelu": spec(3, deep([14, 14], "gelu", **ALL), 60, stimuli=sampled(36)),
    "deep-linear-20-20": spec(1, deep([20, 20], "linear", **NONE), 20, stimuli=GAUSSIAN, features=3),
    "deep-linear-tight": spec(1, deep([8, 8, 8], "linear", **NONE), 1000, stimuli=GAUSSIAN, features=2),
    "deep-linear-drives": spec(3, deep([20, 20], "linear"), 30, stimuli=sampled(40)),
    "two-layer-tanh-100": spec(2, two_layer(100, "tanh"), 50, stimuli=sampled(64)),
    "two-layer-tanh-400": spec(2, two_layer(400, "tanh"), 50, stimuli=sampled(64)),
    "two-layer-tanh-5": spec(2, two_layer(5, "tanh"), 200, stimuli=sampled(30)),
    "two-layer-tanh-tight": spec(3, two_layer(60, "tanh"), 10000, stimuli=sampled(50)),
    "one-layer-tanh-standard": spec(2, deep([80], "tanh", **STANDARD), 10, stimuli=sampled(40)),
    "two-layer-softplus-60": spec(2, two_layer(60, "softplus"), 50, stimuli=sampled(64)),
    "two-layer-softplus-200": spec(4, two_layer(200, "softplus"), 10, stimuli=sampled(50)),
    "two-layer-gelu": spec(2, two_layer(50, "gelu"), 20, stimuli=sampled(40)),
    "two-layer-relu-sampled": spec(3, two_layer(80, "relu"), 30, stimuli=sampled(64)),
    "two-layer-relu-gaussian": spec(2, two_layer(40, "relu"), 20, stimuli=GAUSSIAN),
    "two-layer-erf-gaussian": spec(2, two_layer(20, "erf"), 50, stimuli=SHEARED),
    "two-layer-erf-unequal": spec(
        5, two_layer(70, "erf"), 80, {"output": 0.2, "input": 5, "context": 3}, sampled(60)),
    "two-layer-linear": spec(2, two_layer(50, "linear"), 100, stimuli=sampled(30)),
    "drawn-gains-40": spec(2, modulated(40), 10),
    "drawn-gains-400": spec(2, modulated(400), 20),
    "drawn-gains-four": spec(4, modulated(200), 20),
    "drawn-gains-six": spec(6, modulated(100, 0.3), 50),
    "drawn-gains-rare": spec(2, modulated(150, 0.05), 100),
    "drawn-gains-5": spec(2, modulated(5), 100),
    "drawn-gains-tight": spec(3, modulated(60), 10000),
    "drawn-gains-unequal": spec(2, modulated(80), 30, {"output": 5, "input": 0.2}, SHEARED),
    "drawn-gains-features": spec(3, modulated(120), 25, features=6),
    "continuous-tanh": spec(2, continuous(60, "tanh"), 20),
    "continuous-relu": spec(2, continuous(100, "relu"), 40),
    "continuous-erf": spec(3, continuous(50, "erf"), 200, {"context": 2.5}),
    "continuous-softplus": spec(2, continuous(80, "softplus"), 5, {"output": 0.5, "input": 2}),
    "continuous-small": spec(1, continuous(6, "tanh"), 50, features=4),
    "all-gains-one": spec(1, modulated(100, 1.0), 10),
    "all-gains-one-tight": spec(2, modulated(30, 1.0), 3000, target=[[1.0, 0.0], [0.5, 0.5]]),
}


def measure(program, name, content, settings):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name + ".json")
        content = {"name": name, **content, "record": {"weights": 0}}
        with open(path, "w") as file:
            json.dump(content, file)
        run = os.path.join(folder, "run")
        arguments = ["sample", path, "--out", run, "--quiet", "--json"]
        for setting in settings:
            arguments += ["--set", setting]
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
            process = subprocess.Popen([program, *arguments], stdout=output, stderr=messages)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            messages.seek(0)
            if process.returncode != 0:
                return {"name": name, "error": messages.read().decode().strip() or f"exit {process.returncode}"}
            sampling = json.loads(output.read())
        text = subprocess.run([program, "diagnose", run, "--json"], capture_output=True, text=True).stdout
        diagnosis = json.loads(text)
        observables = diagnosis["observables"]
        worst = min((key for key in observables if observables[key]["sd"] != 0), key=lambda key: observables[key]["essBulk"] or 0)
        # What no draw changes, as the gains of linear neurons, has no R-hat, and agrees.
        r_hats = [value["rHat"] if value["rHat"] is not None else float("inf") for value in observables.values() if value["sd"] != 0]
        r_hat = max(r_hats)
        ess = observables[worst]["essBulk"] or 0
        with open(os.path.join(run, "run.json")) as file:
            sampler = json.load(file)["sampler"]["kind"]
        seconds = usage.ru_utime + usage.ru_stime
        return {
            "name": name,
            "sampler": sampler,
            "ess": ess,
            "worst": worst,
            "rHat": r_hat,
            "seconds": seconds,
            "evaluations": diagnosis["evaluations"],
            "converged": r_hat < 1.01 and ess >= 400,
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=".build/release/mcmc-run", help="the program to measure")
    parser.add_argument("--only", default="", help="a regular expression: specs whose name matches")
    parser.add_argument("--set", action="append", default=[], help="KEY=VALUE for every spec, as of mcmc-run sample")
    parser.add_argument("--seed", type=int, default=1, help="the master seed")
    parser.add_argument("--json", help="a file for the results")
    parser.add_argument("--jobs", type=int, default=1, help="specs at the same time")
    options = parser.parse_args()
    names = [name for name in ZOO if re.search(options.only, name)]
    if not names:
        sys.exit(f"no spec of the zoo matches {options.only!r}; there are: {', '.join(ZOO)}")
    settings = [f"sampler.seed={options.seed}", *options.set]
    results = []
    print(f"{'spec':26} {'sampler':14} {'bulk ESS':>8} {'ESS/s':>9} {'R-hat':>7} {'seconds':>8} {'evaluations':>11}  worst")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for result in pool.map(lambda name: measure(options.program, name, ZOO[name], settings), names):
            results.append(result)
            if "error" in result:
                print(f"{result['name']:26} {result['error']}", flush=True)
                continue
            print(
                f"{result['name']:26} {result['sampler']:14} {result['ess']:8.0f} {result['ess'] / result['seconds']:9.1f} "
                f"{result['rHat']:7.4f} {result['seconds']:8.2f} {result['evaluations']:11}  {result['worst']}"
                + ("" if result["converged"] else "  NOT CONVERGED"),
                flush=True,
            )
    converged = sum(result.get("converged", False) for result in results)
    print(f"{converged} of {len(results)} specs converge: {100 * converged / len(results):.0f} %")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
