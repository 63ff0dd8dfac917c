#!/usr/bin/env python3
"""Measures this project against its peers, interleaved, and prints tables.

    make bench                                   everything, five rounds: about half an hour, on an idle machine
    make bench ROUNDS=1                          a first look
    make bench PEERS=path/to/python              with the peers of another Python environment
    python3 Benchmarks/bench.py --only draws --targets glm-100 --rounds 1
    python3 Benchmarks/bench.py --rounds 2 --first-round 4 --out more.jsonl        two rounds more, where three were measured
    python3 Benchmarks/bench.py --only draws --read Benchmarks/results/bench.jsonl more.jsonl     the tables of all five

Each round runs every case once, ours next to the peer's, so that whatever else the machine does falls on both. Figures are
medians over rounds, with the smallest and largest; ratios are medians of ratios within a round. docs/performance.md has the method and
what was measured. Needs only the standard library.
"""

import argparse
import json
import math
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import program_runs

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
TARGETS = ("glm-100", "glm-1000", "glm-10000", "two-layer-100", "two-layer-400", "deep-32", "single")
# Those that the harness of this project's library measures, too.
HARNESS = ("glm-1000", "glm-100", "two-layer-100", "single")
PROGRAM = ROOT / ".build/release/mcmc-run"
# The peer to beat: an expert's hand-tuned HMC on all cores.
PEER = "blackjax-hmc-tuned"
# Where means of ours and the peer's differ by more than this many standard errors, something is wrong.
LARGEST_DEVIATION = 5
STARTS = 20
SECTIONS = ("draws", "throughput", "instructions", "program")


def lines(command, **options):
    """The JSON lines that a command prints."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if result.returncode:
        raise RuntimeError(f"{command[0]} {command[1]}: {(result.stderr.strip().splitlines() or ['?'])[-1]}")
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def short(value):
    """Three digits, with the thousands' letter."""
    for limit, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{letter}"
    return f"{value:.3g}"


def spread(values, form=short):
    """The median, and the range of more than one value."""
    text = form(statistics.median(values))
    return text if len(values) == 1 else f"{text} ({form(min(values))} to {form(max(values))})"


def ratio(values):
    return spread(values, lambda value: f"{value:.3g}x") if values else ""


def table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("| " + " | ".join(["---"] + ["---:"] * (len(header) - 1)) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


class Record:
    """All lines measured, in memory and in a file."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")

    def add(self, line, **more):
        line = line | more
        self.lines.append(line)
        if self.path:
            with self.path.open("a") as file:
                file.write(json.dumps(line) + "\n")

    def values(self, key, **where):
        return [line[key] for line in self.lines if key in line and all(line.get(k) == v for k, v in where.items())]

    def ratios(self, key, ours, theirs):
        """Ours over theirs, round by round."""
        pairs = {}
        for side, where in enumerate((ours, theirs)):
            for line in self.lines:
                if key in line and all(line.get(k) == v for k, v in where.items()):
                    pairs.setdefault(line["round"], {})[side] = line[key]
        return [pair[0] / pair[1] for pair in pairs.values() if len(pair) == 2]


# ---------------------------------------------------------------- effective draws


def measure_draws(record, options, programs):
    for number in options.numbers:
        for target in options.targets:
            if target in program_runs.SPECS:
                record.add(program_runs.measure(PROGRAM, target, number), section="draws", side="program", round=number)
            if target in HARNESS:
                [line] = lines([programs / "effective-draws", target, "--seed", str(number)])
                record.add(line, section="draws", side="harness", round=number)
            if options.peers:
                # Their current numpy and jaxlib bring libraries of their own: no setting meant for old ones may slow them.
                environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
                command = [options.peers, HERE / "peers" / "bench.py", "--peers", PEER, "--targets", target]
                [line] = lines(command + ["--seed", str(number), "--timeout", "900"], env=environment)
                if "error" in line:
                    raise RuntimeError(f"{PEER} on {target}: {line['error']}")
                line["ess_per_cpu_s"] = line["ess_per_s"] / line["cores"]
                record.add(line, section="draws", side="peer", round=number)
            print(f"round {number} of {options.numbers[-1]}: {target}", file=sys.stderr, flush=True)


def deviations(record, target, side):
    """Differences between the means of a side of ours and the peer's, over all rounds, in standard errors."""
    sides = []
    for which in (side, "peer"):
        means = record.values("mean", section="draws", side=which, target=target)
        deviations = record.values("sd", section="draws", side=which, target=target)
        sizes = record.values("min_ess", section="draws", side=which, target=target)
        sides.append((means, deviations, sum(sizes)))
    result = {}
    for name in sides[0][0][0] if sides[0][0] and sides[1][0] else ():
        # The worst observable's effective draws stand for all: errors are overestimated, never underestimated.
        means = [statistics.fmean(mean[name] for mean in each[0]) for each in sides]
        errors = [statistics.fmean(sd[name] for sd in each[1]) / math.sqrt(each[2]) for each in sides]
        result[name] = (means[0] - means[1]) / math.hypot(*errors)
    return result


def print_draws(record, options):
    titles = {
        "program": "### `mcmc-run sample` at its defaults: effective draws per second of the worst observable\n",
        "harness": "### The library alone: effective draws per second of the worst observable\n",
    }
    for side, title in titles.items():
        targets = [target for target in options.targets if record.values("min_ess", section="draws", side=side, target=target)]
        if not targets:
            continue
        print(title)
        rows, totals = [], []
        for target in targets:
            ours = {"section": "draws", "side": side, "target": target}
            peer = ours | {"side": "peer"}
            total = record.ratios("ess_per_s_total", ours, peer)
            if total:
                totals.append(statistics.median(total))
            rows.append(
                [target, ", ".join(sorted(set(record.values("kernel", **ours))))]
                + [
                    text
                    for key in ("ess_per_s_total", "ess_per_s", "ess_per_cpu_s")
                    for text in (
                        spread(record.values(key, **ours)) if record.values(key, **ours) else "",
                        spread(record.values(key, **peer)) if record.values(key, **peer) else "",
                        ratio(record.ratios(key, ours, peer)),
                    )
                ]
                + [f"{max(record.values('rhat_max', **ours)):.4f}"]
            )
        table(
            ["target", "sampler", "with warm-up", PEER, "ratio", "sampling only", "theirs", "ratio", "per processor second", "theirs", "ratio", "R-hat"],
            rows,
        )
        if not totals:
            continue
        mean = math.exp(statistics.fmean(math.log(value) for value in totals))
        print(f"With tuning and warm-up, geometric mean of the ratios over the targets: {mean:.3g}x.\n")
        print("Do both sample the same distribution?\n")
        rows = []
        for target in targets:
            found = deviations(record, target, side)
            worst = max(found, key=lambda name: abs(found[name]))
            rows.append([target, str(len(found)), worst, f"{found[worst]:+.2f}"])
        table(["target", "observables", "largest difference", "standard errors"], rows)
        if any(abs(float(row[3])) > LARGEST_DEVIATION for row in rows):
            raise RuntimeError("the means differ: one of the two samplers is wrong")


# ---------------------------------------------------------------- throughput


def measure_throughput(record, options, programs):
    normals = "import json, numpy as n, time; g = n.random.default_rng(1); a = n.empty(10**6); g.standard_normal(out=a); t = time.perf_counter(); [g.standard_normal(out=a) for _ in range(100)]; print(json.dumps({'measure': 'normals', 'per_second': 1e8 / (time.perf_counter() - t)}))"
    for number in options.numbers:
        for line in lines([programs / "throughput"]):
            record.add(line, section="throughput", side="ours", round=number)
        if options.peers:
            [line] = lines([options.peers, "-c", normals])
            record.add(line, section="throughput", side="peer", round=number)
        print(f"round {number} of {options.numbers[-1]}: throughput", file=sys.stderr, flush=True)


def print_throughput(record, options):
    ours = {"section": "throughput", "side": "ours"}
    peak = record.values("per_second", **ours, measure="peak")
    bandwidth = record.values("per_second", **ours, measure="bandwidth")
    print("### Throughput\n")
    if peak:
        print(f"One core here: {spread(peak)}flop/s, {spread(bandwidth)}B/s from memory, both measured on the spot.\n")
    seen, rows = [], []
    for line in record.lines:
        key = (line.get("measure"), line.get("target"), line.get("threads"))
        if line.get("section") != "throughput" or line["side"] != "ours" or key in seen or key[0] in ("peak", "bandwidth"):
            continue
        seen.append(key)
        where = ours | {"measure": key[0], "target": key[1], "threads": key[2]}
        where = {k: v for k, v in where.items() if v is not None}
        theirs, versus = "", ""
        if key[0] == "gradient" and key[2] == os.cpu_count():
            speeds = record.values("grads_per_s", section="draws", side="peer", target=key[1])
            if speeds:
                theirs = spread(speeds)
                versus = ratio([statistics.median(record.values("per_second", **where)) / statistics.median(speeds)])
        if key[0] == "normals":
            speeds = record.values("per_second", section="throughput", side="peer", measure="normals")
            if speeds:
                theirs = spread(speeds)
                versus = ratio(record.ratios("per_second", where, {"section": "throughput", "side": "peer", "measure": "normals"}))
        fraction = record.values("peak_fraction", **where)
        rows.append(
            [
                " ".join(str(part) for part in key[:2] if part),
                str(key[2] or 1),
                spread(record.values("per_second", **where)),
                theirs,
                versus,
                spread(fraction, lambda value: f"{100 * value:.0f} %") if fraction else "",
            ]
        )
    table(["what", "threads", "per second", "peer", "ratio", "of one core's peak, a thread"], rows)


# ---------------------------------------------------------------- instructions


def instructions(programs, gradients, neurons):
    """The instructions that callgrind counts; it knows AVX2, and not AVX-512."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", programs / "throughput"]
        result = subprocess.run(
            [*command, "--gradients", str(gradients), "--neurons", str(neurons)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        found = [line.split()[-1] for line in result.stderr.splitlines() if "Collected" in line]
        if result.returncode or not found:
            raise RuntimeError(f"valgrind: {result.stderr.strip() or '?'}")
        return int(found[0].replace(",", ""))


def measure_instructions(record, options, programs):
    if not shutil.which("valgrind"):
        print("valgrind is not there (Debian: valgrind): instructions are not counted", file=sys.stderr)
        return
    for neurons in (10**3, 10**4, 10**5, 10**6):
        # A difference: what starting the program costs cancels.
        difference = instructions(programs, 6, neurons) - instructions(programs, 1, neurons)
        record.add({"neurons": neurons, "a_neuron": difference / 5 / neurons}, section="instructions")
        print(f"instructions: {neurons} neurons", file=sys.stderr, flush=True)


def print_instructions(record, options):
    lines = [line for line in record.lines if line.get("section") == "instructions"]
    if not lines:
        return
    print("### Instructions a neuron of a gradient, K = D = 4 (callgrind)\n")
    table(["neurons", "instructions a neuron"], [[str(line["neurons"]), f"{line['a_neuron']:.2f}"] for line in lines])
    values = [line["a_neuron"] for line in lines]
    print(f"Largest over smallest: {max(values) / min(values):.4f}.\n")
    if max(values) > 1.05 * min(values):
        raise RuntimeError("the cost of a gradient is not linear in the number of neurons")


# ---------------------------------------------------------------- the program


def wall(command):
    begin = time.perf_counter()
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {result.stderr.strip()}")
    return time.perf_counter() - begin


def measure_program(record, options, programs):
    program = PROGRAM
    demos = {
        "first draw, product demo": "experiments/two-contexts.json",
        "first draw, Gibbs demo": "experiments/two-contexts-interacting.json",
    }
    with tempfile.TemporaryDirectory() as folder:
        run = ["--out", f"{folder}/run", "--force", "--quiet"]
        for number in range(1, STARTS + 1):
            record.add({"what": "--version", "seconds": wall([program, "--version"])}, section="program", round=number)
            for name, spec in demos.items():
                command = [program, "sample", ROOT / spec, "--chains", "1", "--draws", "1", *run]
                record.add({"what": name, "seconds": wall(command)}, section="program", round=number)
        spec = ROOT / demos["first draw, Gibbs demo"]
        for number in options.numbers:
            for chains in (1, 2):
                command = [program, "sample", spec, "--chains", str(chains), "--threads", str(chains), "--draws", "40000"]
                seconds = wall(command + run)
                record.add({"what": "chains", "chains": chains, "seconds": seconds}, section="program", round=number)


def print_program(record, options):
    print("### The program, wall seconds\n")
    rows = []
    for name in ("--version", "first draw, product demo", "first draw, Gibbs demo"):
        values = record.values("seconds", section="program", what=name)
        rows.append([name, spread(values, lambda value: f"{1000 * value:.1f} ms")])
    where = {"section": "program", "what": "chains"}
    for chains in (1, 2):
        values = record.values("seconds", **where, chains=chains)
        rows.append([f"Gibbs demo, 40,000 draws a chain, {chains} chain(s) on {chains} core(s)", spread(values, lambda value: f"{value:.2f} s")])
    rows.append(["two on two against one on one", ratio(record.ratios("seconds", where | {"chains": 2}, where | {"chains": 1}))])
    table(["what", "median (range)"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--first-round", type=int, default=1, help="the number, and the seed, of the first (default: %(default)s)")
    parser.add_argument("--read", nargs="+", type=pathlib.Path, metavar="FILE", help="measure nothing: print the tables of what was measured before")
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=TARGETS, metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="PART", help=", ".join(SECTIONS))
    parser.add_argument("--peers", help="a Python that has the peers; without it only this project is measured")
    parser.add_argument("--programs", type=pathlib.Path, default=HERE / ".build/release", help="where the measuring programs are")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results/bench.jsonl", help="default: %(default)s")
    options = parser.parse_args()
    if options.rounds < 1 or options.first_round < 1:
        parser.error("--rounds and --first-round are at least 1")
    options.numbers = range(options.first_round, options.first_round + options.rounds)
    # Not resolved: a virtual environment's Python is a link that knows where it stands.
    options.peers = options.peers and os.path.abspath(options.peers)

    record = Record(None if options.read else options.out)
    try:
        for path in options.read or []:
            record.lines += [json.loads(line) for line in path.read_text().splitlines()]
        rounds = len({line["round"] for line in record.lines if "round" in line}) or options.rounds
        print(f"{rounds} round(s), {platform.machine()}, {os.cpu_count()} cores; medians (smallest to largest).\n", flush=True)
        for part in options.only:
            if not options.read:
                globals()[f"measure_{part}"](record, options, options.programs)
            globals()[f"print_{part}"](record, options)
            sys.stdout.flush()
    except (RuntimeError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
