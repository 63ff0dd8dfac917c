#!/usr/bin/env python3
"""Kills mcmc-run with SIGKILL at random instants and checks that nothing is lost.

For each of several samplers one run is made without interruption. Then, again and again: a run of the same experiment is
started, killed at a random instant (warm-up included), every file that it left is verified, and the run is resumed, possibly
killed again on the way. The resumed run must have the digest of the uninterrupted one.

    scripts/kill-test.py PROGRAM [--kills N] [--seed S]
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time

EXPERIMENT = {
    "task": {"kind": "inputSelection", "contexts": 2},
    "network": {"kind": "gainModulatedLinear", "neurons": 20, "gains": {"kind": "binary", "activeProbability": 0.5}},
    "ensemble": {"kind": "gibbs", "tightness": 10},
    "record": {"weights": 20},
}
CASES = [
    ("hmc", {"kind": "hmc"}),
    ("nuts", {"kind": "nuts", "metric": "dense"}),
    ("mala", {"kind": "mala", "thin": 3}),
    ("tempering", {"kind": "tempering"}),
    ("ellipticalSlice", {"kind": "ellipticalSlice"}),
    ("product", {"kind": "exact"}),
]
SEGMENTS = ["--segment-seconds", "0.02"]


def call(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def timed(*arguments):
    start = time.monotonic()
    result = call(*arguments)
    if result.returncode != 0:
        sys.exit(f"{' '.join(arguments)} failed: {result.stderr}")
    return time.monotonic() - start


def killed(arguments, seconds):
    """Runs a command and kills it after so long. Returns whether it was killed."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        process.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    rng = random.Random(options.seed)

    with tempfile.TemporaryDirectory() as folder:
        runs = []
        for name, sampler in CASES:
            spec = dict(EXPERIMENT, name=name, sampler=dict({"chains": 3, "warmup": 300, "draws": 1000, "seed": 5}, **sampler))
            if name == "product":
                spec["ensemble"] = {"kind": "product"}
                spec["network"] = dict(spec["network"], neurons=2000)
            path = f"{folder}/{name}.json"
            with open(path, "w") as file:
                json.dump(spec, file)
            whole = f"{folder}/{name}-whole"
            seconds = timed(program, "sample", path, "--out", whole, "--quiet", *SEGMENTS)
            runs.append((name, path, seconds, call(program, "digest", whole).stdout.strip()))

        kills = before = failures = 0
        while kills < options.kills:
            name, path, seconds, digest = runs[kills % len(runs)]
            out = f"{folder}/cut"
            subprocess.run(["rm", "-rf", out], check=True)
            command = [program, "sample", path, "--out", out, "--quiet", *SEGMENTS]
            while killed(command, rng.uniform(0, seconds)):
                kills += 1
                if not os.path.exists(out):
                    before += 1  # killed before there was a run
                    continue
                verified = call(program, "digest", out)
                if verified.returncode != 0:
                    failures += 1
                    print(f"{name}: not readable after a kill: {verified.stderr}", file=sys.stderr)
                command = [program, "resume", out, "--quiet", *SEGMENTS]
                if kills >= options.kills:
                    break
            if not os.path.exists(out):
                continue
            resumed = call(program, "resume", out, "--quiet", *SEGMENTS)
            found = call(program, "digest", out).stdout.strip()
            if resumed.returncode != 0 or found != digest:
                failures += 1
                print(f"{name}: resumed to {found}, not {digest}: {resumed.stderr}", file=sys.stderr)

        print(f"{kills} kills at random instants ({before} before the run existed), {len(CASES)} samplers: "
              f"{failures} failures")
        return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
