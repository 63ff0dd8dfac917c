#!/usr/bin/env python3
"""Measures the samplers of mcmc-run on this project's targets and prints the tables of docs/kernels.md.

    make bench-kernels                                         all targets, all samplers
    python3 Benchmarks/Kernels/kernels.py gibbs-40 --only hmc  some of them
    python3 Benchmarks/Kernels/kernels.py --draws 10000        longer chains

The figure of merit is the bulk ESS of the observable that mixes worst, divided by the evaluations of the log density
(with or without gradient) and by the processor seconds of sampling, warm-up excluded. Processor seconds, unlike
wall-clock seconds, stay comparable on a machine that does other work. Needs only the standard library.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile

CHAINS = 4
WARMUP = 500
# Fewer effective draws than this a chain make the ESS itself unreliable (Vehtari et al. 2021), as does a larger R-hat.
RELIABLE_ESS = 100
RELIABLE_R_HAT = 1.01


def gibbs(contexts, neurons, tightness, active=0.5):
    return {
        "task": {"kind": "inputSelection", "contexts": contexts},
        "network": {
            "kind": "gainModulatedLinear",
            "neurons": neurons,
            "gains": {"kind": "binary", "activeProbability": active},
        },
        "weights": {"convention": "prior", "output": 1.0, "input": 1.0},
        "ensemble": {"kind": "gibbs", "tightness": tightness},
    }


TARGETS = {
    "gibbs-40": ("Gibbs, K = D = 2, N = 40, tightness 10", gibbs(2, 40, 10)),
    "gibbs-400": ("Gibbs, K = D = 2, N = 400, tightness 20", gibbs(2, 400, 20)),
    "gibbs-four": ("Gibbs, K = D = 4, N = 200, tightness 20", gibbs(4, 200, 20)),
    "gibbs-linear": ("Gibbs, K = D = 1, N = 100, tightness 10, gains all one", gibbs(1, 100, 10, active=1)),
    "product": (
        "Product ensemble by Markov chains, K = D = 2, N = 100",
        gibbs(2, 100, 1) | {"ensemble": {"kind": "product"}},
    ),
}

# Cheap transitions are thinned, so that every sampler makes about ten evaluations a draw.
SAMPLERS = {
    "metropolis": {"kind": "metropolis", "thin": 10},
    "pcn": {"kind": "pcn", "thin": 10},
    "ellipticalSlice": {"kind": "ellipticalSlice", "thin": 3},
    "independence": {"kind": "independence", "thin": 10},
    "mala": {"kind": "mala", "thin": 10},
    "hmc, 2 steps": {"kind": "hmc", "leapfrogSteps": 2, "thin": 5},
    "hmc, 4 steps": {"kind": "hmc", "leapfrogSteps": 4, "thin": 2},
    "hmc, 8 steps": {"kind": "hmc", "leapfrogSteps": 8},
    "hmc, 16 steps": {"kind": "hmc", "leapfrogSteps": 16},
    "hmc, 32 steps": {"kind": "hmc", "leapfrogSteps": 32},
    "hmc, jittered": {"kind": "hmc"},
    "hmc, jittered, identity metric": {"kind": "hmc", "metric": "identity"},
    "nuts": {"kind": "nuts"},
    "nuts, identity metric": {"kind": "nuts", "metric": "identity"},
    "tempering": {"kind": "tempering"},
}


def run(program, arguments):
    """Standard output and processor seconds of a command; a failed diagnostic (status 1) is a result too."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([program, *arguments, "--quiet", "--json"], stdout=output, stderr=subprocess.PIPE)
        message = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
        output.seek(0)
        text = output.read().decode()
    if process.returncode not in (0, 1):
        raise RuntimeError(message.strip())
    return text, usage.ru_utime + usage.ru_stime


def measure(program, spec, draws, folder):
    """The figures of one sampler on one target."""
    path = os.path.join(folder, "spec.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(spec, file)
    chains = os.path.join(folder, "run")
    # Warm-up and one draw first, so that the second command's time is that of sampling alone.
    run(program, ["sample", path, "--out", chains, "--force", "--draws", "1"])
    _, seconds = run(program, ["resume", chains, "--draws", str(draws)])
    report = json.loads(run(program, ["diagnose", chains])[0])
    varying = {name: row for name, row in report["observables"].items() if row["sd"]}
    worst = min(varying, key=lambda name: varying[name]["essBulk"], default=None)
    if worst is None:
        return None
    return {
        "ess": varying[worst]["essBulk"],
        "worst": worst,
        "rHat": max(row["rHat"] for row in varying.values()),
        "evaluations": report["evaluations"],
        "seconds": seconds,
    }


def short(value):
    """Three digits, without exponents."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def row(name, figures):
    if isinstance(figures, str):
        return f"| {name} | {figures} | | | | | |"
    isReliable = figures["ess"] >= RELIABLE_ESS * CHAINS and figures["rHat"] <= RELIABLE_R_HAT
    mark = "" if isReliable else " (!)"
    perThousand = 1000 * figures["ess"] / figures["evaluations"]
    perSecond = figures["ess"] / figures["seconds"]
    return (
        f"| {name} | {figures['ess']:.0f}{mark} | {short(perThousand)} | {short(perSecond)} | {figures['rHat']:.3f} "
        f"| `{figures['worst']}` | {figures['seconds']:.2f} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--program", default=".build/release/mcmc-run", help="default: %(default)s")
    parser.add_argument("--draws", type=int, default=2500, help="draws a chain (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="master seed (default: %(default)s)")
    parser.add_argument("--only", metavar="TEXT", help="samplers whose names contain this")
    options = parser.parse_args()
    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")

    print(f"{CHAINS} chains of {options.draws} draws after {WARMUP} warm-up transitions; ", end="")
    print(f"{os.cpu_count()} processors ({platform.machine()}), time in processor seconds.")
    print("(!): ESS below 100 a chain or R-hat above 1.01: the figures of this row are unreliable.")
    for key in options.targets or TARGETS:
        title, target = TARGETS[key]
        print(f"\n### {title}\n")
        print("| sampler | bulk ESS | per 1000 evaluations | per second | R-hat | worst observable | seconds |")
        print("| --- | ---: | ---: | ---: | ---: | --- | ---: |", flush=True)
        for name, sampler in SAMPLERS.items():
            if options.only and options.only not in name:
                continue
            spec = {"name": key} | target
            spec["sampler"] = {"chains": CHAINS, "warmup": WARMUP, "draws": 1, "seed": options.seed} | sampler
            spec["record"] = {"weights": 0}
            with tempfile.TemporaryDirectory() as folder:
                try:
                    figures = measure(options.program, spec, options.draws, folder)
                except RuntimeError as error:
                    figures = f"refused: {str(error).splitlines()[0]}"
            print(row(name, figures or "never moved"), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
