#!/usr/bin/env python3
"""Counts the instructions of the program's hot paths and compares them with the stored table.

  instruction-counts.py PROGRAM [--store] [--only TEXT] [--table FILE]

Every path is a small experiment, run twice with one chain: with the same draws but more transitions per draw the second time
(for exact draws: with more draws). The difference of the two counts, per gradient, step or network, is the path's cost:
start-up, reading, recording and writing cancel. valgrind (cachegrind without caches) counts; what other processes do does
not matter, and two counts of one program differ by less than 1 in 1000.

A path that needs over 3 % more than the table says fails. Of one that needs over 3 % less it says so too: --store writes a
new table.

A count depends on the program, on what compiled it, on the libraries that it calls in these paths (glibc's mathematics, GSL)
and on the instructions that the program chooses to use. valgrind shows the program a processor of its own, the same on every
machine of an architecture, but with AVX2 only where the machine has it. All of these stand in the table's head. Where one of
them is another here, and where there is no valgrind, nothing is compared, and a notice says why.
"""

import argparse
import csv
import ctypes
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "Benchmarks/instruction-counts.csv"
ALLOWED = 0.03

SELECTION = {"kind": "inputSelection", "contexts": 2}
GIBBS = {"kind": "gibbs", "tightness": 50}
SAMPLED = {"kind": "sampled", "count": 64, "seed": 1}
FLIP_FLOP = {"kind": "flipFlop", "bits": 2, "steps": 20, "trials": 16, "seed": 1}


def hamiltonian(steps, **more):
    return {"kind": "hmc", "leapfrogSteps": steps, "stepSize": 0.01, "metric": "prior", **more}


def gain_modulated(neurons, gains):
    return {"kind": "gainModulatedLinear", "neurons": neurons, "gains": gains}


# name, unit, experiment, ("thin", short, long) or ("draws", short, long), what a draw or transition holds of the unit. Draws are so many
# transitions apart that the averages that are taken at some draws only are taken at all of them, and cancel.
PATHS = [
    ("deep network, 32-32 tanh, 64 stimuli", "gradient",
     {"network": {"kind": "deep", "widths": [32, 32], "activation": "tanh"}, "stimuli": SAMPLED, "sampler": hamiltonian(10)},
     ("thin", 1, 4), 10),
    ("two-layer network, 100 tanh, 64 stimuli", "gradient",
     {"network": {"kind": "twoLayer", "neurons": 100, "activation": "tanh"}, "stimuli": SAMPLED, "sampler": hamiltonian(10)},
     ("thin", 8, 11), 10),
    ("two-layer network, 30 erf, Gaussian stimuli", "gradient",
     {"network": {"kind": "twoLayer", "neurons": 30, "activation": "erf"}, "sampler": hamiltonian(10)}, ("thin", 1, 5), 10),
    ("gain-modulated network, 1000 neurons, given gains", "gradient",
     {"network": gain_modulated(1000, {"kind": "fixed", "path": "gains.csv"}), "sampler": hamiltonian(20)},
     ("thin", 1, 21), 20),
    ("gain-modulated network, 100 tanh, continuous gains", "gradient",
     {"network": gain_modulated(100, {"kind": "continuous", "activation": "tanh"}), "sampler": hamiltonian(10)},
     ("thin", 4, 8), 10),
    ("recurrent network, 64 tanh, 16 trials of 20 steps", "gradient",
     {"task": FLIP_FLOP, "network": {"kind": "recurrent", "neurons": 64, "activation": "tanh"}, "sampler": hamiltonian(10)},
     ("thin", 1, 4), 10),
    ("nuts, gain-modulated network, 100 neurons", "step",
     {"network": gain_modulated(100, {"kind": "binary"}), "sampler": {"kind": "nuts", "stepSize": 0.1, "metric": "prior"}},
     ("thin", 2, 7), 1),
    ("tempering, gain-modulated network, 100 neurons", "step",
     {"network": gain_modulated(100, {"kind": "binary"}), "sampler": {"kind": "tempering", "stepSize": 0.1}},
     ("thin", 1, 11), 1),
    ("collapsedGibbs, gain-modulated network, 1000 neurons", "step",
     {"network": gain_modulated(1000, {"kind": "fixed", "path": "gains.csv"}), "sampler": {"kind": "collapsedGibbs"}},
     ("thin", 50, 60), 1),
    ("collapsedGibbs, gain-modulated network, 100 neurons, drawn gains", "step",
     {"network": gain_modulated(100, {"kind": "binary"}), "sampler": {"kind": "collapsedGibbs"}}, ("thin", 50, 60), 1),
    ("collapsedHmc, deep network, 32-32 tanh, 64 stimuli", "gradient",
     {"network": {"kind": "deep", "widths": [32, 32], "activation": "tanh"}, "stimuli": SAMPLED,
      "sampler": {"kind": "collapsedHmc", "leapfrogSteps": 10, "stepSize": 0.01}},
     ("thin", 1, 4), 10),
    ("neuronGibbs, two-layer network, 50 tanh", "step",
     {"network": {"kind": "twoLayer", "neurons": 50, "activation": "tanh"}, "stimuli": SAMPLED,
      "sampler": {"kind": "neuronGibbs"}},
     ("thin", 3, 8), 1),
    ("exact draw of 10000 neurons, mt19937", "network",
     {"network": gain_modulated(10000, {"kind": "binary"}), "ensemble": {"kind": "product"},
      "sampler": {"kind": "exact", "generator": "mt19937"}},
     ("draws", 2, 12), 1),
    ("exact draw of 10000 neurons, xoshiro256pp8", "network",
     {"network": gain_modulated(10000, {"kind": "binary"}), "ensemble": {"kind": "product"},
      "sampler": {"kind": "exact", "generator": "xoshiro256pp8"}},
     ("draws", 2, 12), 1),
]
DRAWS = 10


def skip(reason):
    print(f"*** instruction counts are SKIPPED: {reason}", file=sys.stderr)
    sys.exit(0)


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout.strip()
    except OSError:
        return ""


def surroundings():
    """What a count depends on besides the program's source."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text().split() if info.exists() else []
    glibc = ctypes.CDLL(None).gnu_get_libc_version
    glibc.restype = ctypes.c_char_p
    return {
        "architecture": platform.machine() + (" with AVX2" if "avx2" in flags else ""),
        "compiler": next((line for line in output("swift", "--version").splitlines() if "Swift version" in line), "unknown"),
        "glibc": glibc().decode(),
        "GSL": output("pkg-config", "--modversion", "gsl"),
        "valgrind": output("valgrind", "--version"),
    }


def count(program, experiment, kind, length, folder):
    """Instructions of one run."""
    name = f"{abs(hash((experiment['name'], kind, length)))}"
    spec = folder / f"{name}.json"
    spec.write_text(json.dumps(experiment))
    draws, thin = (DRAWS, length) if kind == "thin" else (length, None)
    command = [
        "valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", str(program), "sample", str(spec),
        "--draws", str(draws), "--threads", "1", "--quiet", "--segment-seconds", "86400", "--out", str(folder / name)]
    if thin is not None:
        command += ["--thin", str(thin)]
    # The same hashes in every run: by default Swift draws a seed.
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C", "SWIFT_DETERMINISTIC_HASHING": "1"}
    result = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    found = [line.split()[-1] for line in result.stderr.splitlines() if "I   refs:" in line]
    if result.returncode or not found:
        sys.exit(f"{experiment['name']}: " + "\n".join(line for line in result.stderr.splitlines() if not line.startswith(("==", "--"))))
    return int(found[0].replace(",", ""))


def measure(program, folder, path):
    name, _, keys, (kind, short, long), holds = path
    experiment = {"name": "counted", "task": SELECTION, "ensemble": GIBBS, "record": {"weights": 0}, **keys}
    experiment["sampler"] = {"warmup": 0, "chains": 1, "seed": 1, **keys["sampler"]}
    if experiment["sampler"]["kind"] == "exact":
        del experiment["sampler"]["warmup"]
    experiment["name"] = "".join(c if c.isalnum() else "-" for c in name)
    difference = count(program, experiment, kind, long, folder) - count(program, experiment, kind, short, folder)
    return difference / ((long - short) * (DRAWS if kind == "thin" else 1) * holds)


def measure_all(program, paths):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # valgrind stops at the debugging information of Swift's libraries.
        stripped = folder / "program"
        strip = shutil.which("strip") or shutil.which("llvm-strip")
        if not strip:
            skip("there is no strip (binutils)")
        subprocess.run([strip, "-s", "-o", str(stripped), str(program)], check=True)
        (folder / "gains.csv").write_text("".join(f"{1 + i // 2 % 2},{i % 2}\n" for i in range(1000)))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(lambda path: measure(stripped, folder, path), paths))


def read_table(file):
    """What was measured where, and {path: instructions}."""
    head, rows = {}, []
    for line in file.read_text().splitlines():
        if line.startswith("# ") and ": " in line:
            key, value = line[2:].split(": ", 1)
            head[key] = value
        elif not line.startswith("#"):
            rows.append(line)
    return head, {row["path"]: float(row["instructions"]) for row in csv.DictReader(rows)}


def write_table(file, here, paths, counts):
    with open(file, "w", newline="") as out:
        out.write("# Instructions of the hot paths, by scripts/instruction-counts.py, which says what they depend on:\n")
        out.writelines(f"# {key}: {value}\n" for key, value in here.items())
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["path", "per", "instructions"])
        table.writerows([path[0], path[1], round(number)] for path, number in zip(paths, counts))
    print(f"stored in {os.path.relpath(file)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--store", action="store_true", help="write a new table")
    parser.add_argument("--only", default="", help="measure the paths whose names have this text")
    parser.add_argument("--table", type=Path, default=TABLE)
    options = parser.parse_args()
    if options.store and options.only:
        parser.error("a table has all paths")
    if platform.system() != "Linux" or not shutil.which("valgrind"):
        skip("there is no valgrind (Debian: valgrind)")

    here = surroundings()
    stored = {}
    if not options.store:
        head, stored = read_table(options.table)
        for key, value in here.items():
            if head.get(key) != value:
                skip(f"the table was made with {key} {head.get(key)}, here it is {value}; to make one: make instruction-counts STORE=1")
    paths = [path for path in PATHS if options.only in path[0]]
    counts = measure_all(options.program, paths)

    more, less = [], []
    print(f"{'path':<54} {'per':<9} {'instructions':>13} {'stored':>13}  change")
    for (name, unit, *_), number in zip(paths, counts):
        line = f"{name:<54} {unit:<9} {number:13.0f}"
        if name in stored:
            change = number / stored[name] - 1
            line += f" {stored[name]:13.0f}  {100 * change:+.2f} %"
            (more if change > ALLOWED else less if change < -ALLOWED else []).append(name)
        print(line)
    if options.store:
        write_table(options.table, here, paths, counts)
        return
    for name in (name for name, *_ in paths if name not in stored):
        print(f"not in the table: {name}")
    for name in less:
        print(f"over 3 % fewer instructions: {name}")
    for name in more:
        print(f"OVER 3 % MORE INSTRUCTIONS: {name}")
    if more or less or any(path[0] not in stored for path in paths):
        print("what is meant to be so is stored by: make instruction-counts STORE=1")
    sys.exit(1 if more else 0)


if __name__ == "__main__":
    main()
