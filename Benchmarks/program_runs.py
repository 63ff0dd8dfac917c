"""The peers' targets as experiment files, and what `mcmc-run sample` makes of them: a process, files written, every key at its default."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

DATA = pathlib.Path(__file__).resolve().parent / "peers/data"


def modulated(neurons, contexts):
    return {
        "task": {"kind": "inputSelection", "contexts": contexts},
        "network": {
            "kind": "gainModulatedLinear",
            "neurons": neurons,
            "gains": {"kind": "fixed", "path": str(DATA / f"gains_N{neurons}.csv")},
        },
        "weights": {"convention": "prior"},
        "ensemble": {"kind": "gibbs", "tightness": 20},
    }


def feedforward(network, stimuli):
    return {
        "task": {"kind": "inputSelection", "contexts": 2},
        "network": {"activation": "tanh", **network},
        "weights": {"convention": "prior", "context": 1.5},
        "ensemble": {"kind": "gibbs", "tightness": 50},
        "stimuli": {"kind": "file", "path": str(DATA / stimuli)},
    }


# Each with a number of draws per chain that takes some seconds; the second entry is what "with warm-up" is measured with: the default.
SPECS = {
    "glm-100": (modulated(100, 2), 400_000),
    "glm-1000": (modulated(1000, 4), 60_000),
    "glm-10000": (modulated(10000, 8), 3000),
    "two-layer-100": (feedforward({"kind": "twoLayer", "neurons": 100}, "stimuli_two-layer.csv"), 5000),
    "two-layer-400": (feedforward({"kind": "twoLayer", "neurons": 400}, "stimuli_two-layer.csv"), 2000),
    "deep-32": (feedforward({"kind": "deep", "widths": [32, 32]}, "stimuli_deep.csv"), 3000),
}

# The observables that both sides record, by the peers' names.
COMMON = {"lp": "logp", "output_second_moment": "mean_w2", "input_second_moment": "mean_m2"}


def peer_name(name):
    readout = re.fullmatch(r"readout\[(\d+),(\d+)\]", name)
    return f"R{readout[1]}{readout[2]}" if readout else COMMON.get(name)


def sample(program, spec, folder, *arguments):
    """Runs `sample` and `diagnose`; returns wall and processor seconds of the former and what the latter says."""
    path = os.path.join(folder, "target.json")
    with open(path, "w") as file:
        json.dump(spec, file)
    run = os.path.join(folder, "run")
    begin = time.perf_counter()
    process = subprocess.Popen(
        [program, "sample", path, "--out", run, "--force", "--quiet", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"sample: {message.strip()}")
    diagnosis = subprocess.run([program, "diagnose", run, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if diagnosis.returncode not in (0, 1):
        raise RuntimeError(f"diagnose: {diagnosis.stderr.strip()}")
    with open(os.path.join(run, "run.json")) as file:
        sampler = json.load(file)["sampler"]["kind"]
    return wall, usage.ru_utime + usage.ru_stime, json.loads(diagnosis.stdout), sampler


def measure(program, target, seed):
    """A line with the keys of the peers' benchmark, of the observables that both sides record.

    One chain per core. "With warm-up" is the whole process, start and files included. For "sampling only" what the process costs with a
    single draw is taken off.
    """
    spec, draws = SPECS[target]
    spec = {"name": target, **spec, "record": {"weights": 0}}
    cores = os.cpu_count()
    common = ["--chains", str(cores), "--threads", str(cores), "--set", f"sampler.seed={seed}"]
    with tempfile.TemporaryDirectory() as folder:
        start_wall, start_cpu, _, _ = sample(program, spec, folder, *common, "--draws", "1")
        wall, cpu, diagnosis, sampler = sample(program, spec, folder, *common, "--draws", str(draws))
    observables = {peer_name(name): value for name, value in diagnosis["observables"].items() if peer_name(name)}
    worst = min(observables, key=lambda name: observables[name]["essBulk"])
    ess = observables[worst]["essBulk"]
    return {
        "target": target,
        "kernel": sampler,
        "chains": cores,
        "draws": draws,
        "min_ess": ess,
        "worst": worst,
        "rhat_max": max(value["rHat"] for value in observables.values()),
        "ess_per_s": ess / max(wall - start_wall, 1e-9),
        "ess_per_s_total": ess / wall,
        "ess_per_cpu_s": ess / max(cpu - start_cpu, 1e-9),
        "mean": {name: value["mean"] for name, value in observables.items()},
        "sd": {name: value["sd"] for name, value in observables.items()},
    }
