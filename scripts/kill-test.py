#!/usr/bin/env python3
"""Kills mcmc-run with SIGKILL at random instants and checks that nothing is lost.

For each of several samplers one run is made without interruption. Then, again and again: a run of the same experiment is
started, killed at a random instant (warm-up included), every file that it left is verified, and the run is resumed, possibly
killed again on the way. Every segment that was complete before a kill must be there at the end, byte for byte, and the resumed
run must have the digest of the uninterrupted one, kept networks included.

    scripts/kill-test.py PROGRAM [--kills N] [--seed S]
"""
import argparse
import json
import os
import random
import shutil
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


def digest(program, run):
    """The digests of a run's draws and of its networks; every segment is verified. What went wrong as the second value."""
    result = call(program, "digest", run, "--json")
    if result.returncode != 0:
        return None, result.stderr
    report = json.loads(result.stdout)
    return (report["digest"], report["networks"]), None


def segments(run):
    """The complete segments of a run: their names hold the checksums of their bytes."""
    return {os.path.join(chain, name) for chain in os.listdir(run) if chain.startswith("chain-")
            for name in os.listdir(os.path.join(run, chain)) if not name.startswith(".")} if os.path.exists(run) else set()


def killed(arguments, seconds, run):
    """Runs a command and kills it after so long. Returns whether it was killed, and the segments that were there then."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        process.wait(timeout=seconds)
        return False, set()
    except subprocess.TimeoutExpired:
        complete = segments(run)
        process.kill()
        process.wait()
        return True, complete


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
            spec = dict(EXPERIMENT, name=name, sampler=dict({"chains": 2, "warmup": 200, "draws": 700, "seed": 5}, **sampler))
            if name == "product":
                spec["ensemble"] = {"kind": "product"}
                spec["network"] = dict(spec["network"], neurons=2000)
            path = f"{folder}/{name}.json"
            with open(path, "w") as file:
                json.dump(spec, file)
            whole = f"{folder}/{name}-whole"
            seconds = timed(program, "sample", path, "--out", whole, "--quiet", *SEGMENTS)
            runs.append((name, path, seconds, digest(program, whole)[0]))

        kills = early = kept = failures = 0

        def fail(name, what):
            nonlocal failures
            failures += 1
            print(f"{name}: {what}", file=sys.stderr)

        while kills < options.kills:
            name, path, seconds, expected = runs[kills % len(runs)]
            out = f"{folder}/cut"
            shutil.rmtree(out, ignore_errors=True)
            command = [program, "sample", path, "--out", out, "--quiet", *SEGMENTS]
            complete = set()
            while kills < options.kills:
                was_killed, seen = killed(command, rng.uniform(0, seconds), out)
                if not was_killed:
                    break
                kills += 1
                complete |= seen
                if not os.path.exists(out):
                    early += 1
                    continue
                error = digest(program, out)[1]
                if error:
                    fail(name, f"not readable after a kill: {error}")
                command = [program, "resume", out, "--quiet", *SEGMENTS]
            if not os.path.exists(out):
                continue
            resumed = call(program, "resume", out, "--quiet", *SEGMENTS)
            found, error = digest(program, out)
            if resumed.returncode != 0 or found != expected:
                fail(name, f"resumed to {found}, not {expected}: {resumed.stderr}{error or ''}")
            lost = complete - segments(out)
            if lost:
                fail(name, f"lost {sorted(lost)}")
            kept += len(complete)

        print(f"{kills} kills at random instants ({early} before the run existed), {len(CASES)} samplers, "
              f"{kept} segments complete before a kill: {failures} failures")
        return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
