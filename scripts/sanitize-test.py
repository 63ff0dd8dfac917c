#!/usr/bin/env python3
"""Runs small versions of what the program does on several threads, built with the thread sanitizer: no report is allowed.

    scripts/sanitize-test.py PROGRAM

PROGRAM is built with --sanitize=thread (make test-sanitize builds it). Each case is a command line; a report of the sanitizer, a signal or
an unexpected status fails it.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

GIBBS = {
    "task": {"kind": "inputSelection", "contexts": 2},
    "network": {"kind": "gainModulatedLinear", "neurons": 6},
    "ensemble": {"kind": "gibbs", "tightness": 5},
    "sampler": {"chains": 3, "warmup": 60, "draws": 40},
    "record": {"weights": 10},
    "evaluation": {"count": 20},
}


def case(name, arguments, statuses=(0, 1), **changes):
    spec = json.loads(json.dumps(GIBBS))
    for section, keys in changes.items():
        spec[section] = keys if "kind" in keys else {**spec.get(section, {}), **keys}
    return name, arguments, statuses, spec


TANH = {"kind": "twoLayer", "neurons": 4, "activation": "tanh"}
SAMPLED = {"kind": "sampled", "count": 6}
CASES = [
    # The demo: exact draws of independent neurons, and neurons that interact; progress, signals and budget watch meanwhile.
    case("product", ["run", "--threads", "2"], ensemble={"kind": "product"}, network={"neurons": 40}),
    case("interacting", ["run", "--threads", "2", "--time-budget", "10m"]),
    case("tempering", ["sample", "--threads", "2"], sampler={"kind": "tempering", "chains": 2, "warmup": 30, "draws": 10}),
    case("until", ["sample", "--threads", "3", "--until-ess", "60", "--segment-seconds", "0.05"]),
    case("neurons", ["run", "--threads", "2"], network=TANH, stimuli=SAMPLED, sampler={"draws": 30}),
    case("entropy", ["entropy", "--runs", "8", "--rungs", "4"], sampler={"chains": 2, "warmup": 30, "draws": 20}),
    case("solve", ["solve"], task={"contexts": 1}, weights={"output": 3, "input": 3, "context": 3},
         network={"gains": {"kind": "continuous", "activation": "tanh"}}, ensemble={"kind": "product"}),
    case("compare", ["compare", "--threads", "2", "--networks", "4", "--weight-scales", "1"],
         network={"neurons": 8}, ensemble={"kind": "product"}),
    case("finite-size", ["finite-size", "--threads", "2", "--neurons", "4,6,8"], sampler={"chains": 2, "warmup": 30, "draws": 20}),
]


def main():
    program = os.path.abspath(sys.argv[1])
    failures = 0
    for name, arguments, statuses, spec in CASES:
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "spec.json"), "w") as file:
                json.dump(spec, file)
            command = [program, arguments[0], "spec.json", *arguments[1:]]
            environment = {**os.environ, "TSAN_OPTIONS": "halt_on_error=0 exitcode=66", "SWIFT_BACKTRACE": "enable=no"}
            start = time.monotonic()
            try:
                result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
                status, said = result.returncode, result.stderr
            except subprocess.TimeoutExpired as expired:
                status, said = "none within 300 s", str(expired.stderr)
            reports = said.count("WARNING: ThreadSanitizer")
            good = status in statuses and reports == 0
            failures += not good
            print(f"{name:12} status {status}, {reports} reports, {time.monotonic() - start:.1f} s", flush=True)
            if not good:
                print(said[:6000], flush=True)
    sys.exit(f"{failures} of {len(CASES)} cases failed" if failures else 0)


if __name__ == "__main__":
    main()
