#!/usr/bin/env python3
"""Several ranks of mcmc-run on this machine: one digest whatever their number, nothing lost, every fault said.

    scripts/mpi-test.py --program PROGRAM --mpi-program PROGRAM [--scaling]

PROGRAM is built without MPI (make build), the MPI program with it (make build-mpi). --scaling measures instead of testing.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

GIBBS = {
    "task": {"kind": "inputSelection", "contexts": 2},
    "network": {"kind": "gainModulatedLinear", "neurons": 20, "gains": {"kind": "binary", "activeProbability": 0.5}},
    "ensemble": {"kind": "gibbs", "tightness": 10},
    "sampler": {"chains": 5, "warmup": 200, "draws": 1000, "seed": 3},
    "record": {"weights": 20},
}
PRODUCT = dict(GIBBS, ensemble={"kind": "product"}, sampler={"chains": 5, "draws": 400, "seed": 3})
failures = []


def check(what, is_right, detail=""):
    print(("passed  " if is_right else "FAILED  ") + what, flush=True)
    if not is_right:
        failures.append(what)
        print(detail, file=sys.stderr)


class Bench:
    def __init__(self, options, folder):
        self.plain = os.path.abspath(options.program)
        self.mpi = os.path.abspath(options.mpi_program)
        self.folder = folder
        # Open MPI asks before it runs as root, as in a container, and before it runs more ranks than there are cores; it binds
        # ranks to cores, of which a virtual machine may have fewer than processors.
        self.environment = dict(
            os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1",
            OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_hwloc_base_binding_policy="none", OMPI_MCA_odls_base_sigkill_timeout="10")

    def write(self, name, spec):
        (self.folder / name).write_text(json.dumps(spec))

    def command(self, ranks, *arguments):
        return [self.plain, *arguments] if ranks == 0 else ["mpirun", "-n", str(ranks), self.mpi, *arguments]

    def run(self, ranks, *arguments):
        return self.start(self.command(ranks, *arguments))

    def start(self, command, limit=300):
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=limit)

    def popen(self, ranks, *arguments):
        return subprocess.Popen(
            self.command(ranks, *arguments), cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def digest(self, run):
        result = self.run(0, "digest", run)
        return result.stdout.strip() if result.returncode == 0 else f"no digest: {result.stderr}"

    def wait_for(self, pattern, limit=60):
        end = time.monotonic() + limit
        while not list(self.folder.glob(pattern)):
            if time.monotonic() > end:
                raise RuntimeError(f"{pattern} did not appear")
            time.sleep(0.01)


def one_digest(bench):
    for name, spec in (
        ("gibbs", GIBBS),
        ("product", PRODUCT),
        ("tempering", dict(GIBBS, sampler=dict(GIBBS["sampler"], kind="tempering", draws=200))),
    ):
        bench.write(f"{name}.json", spec)
        digests = {}
        for ranks in (0, 1, 2, 4):
            result = bench.run(ranks, "sample", f"{name}.json", "--out", f"{name}-{ranks}", "--quiet")
            digests[ranks] = bench.digest(f"{name}-{ranks}") if result.returncode == 0 else result.stderr
        check(f"{name}: one digest without MPI and for 1, 2 and 4 ranks", len(set(digests.values())) == 1, digests)


def one_study(bench):
    studies = {
        "finite-size": ["--neurons", "5,10,20,40"],
        "phase-diagram": ["--contexts", "2,3", "--weight-scales", "0.3,1,3", "--sampled", "2"],
        "train": ["--networks", "8"],
        "compare": ["--networks", "4", "--weight-scales", "0.5,1,2"],
    }
    for name, options in studies.items():
        outputs = {}
        for ranks in (0, 2, 4):
            result = bench.run(ranks, name, "product.json", "--out", f"{name}-{ranks}", "--json", "--quiet", *options)
            outputs[ranks] = result.stdout if result.returncode == 0 else result.stderr
        check(f"{name}: one result without MPI and for 2 and 4 ranks", len(set(outputs.values())) == 1, outputs)
        ranks = [p for p in (bench.folder / f"{name}-4" / "parts").iterdir()]
        check(f"{name}: parts are whole", all(json.loads(p.read_text()) is not None for p in ranks))


def stopped_and_resumed(bench):
    bench.write("long.json", dict(GIBBS, sampler=dict(GIBBS["sampler"], draws=20000)))
    bench.run(0, "sample", "long.json", "--out", "whole", "--quiet")
    wanted = bench.digest("whole")
    result = bench.run(2, "sample", "long.json", "--out", "budget", "--quiet", "--time-budget", "0.3s", "--segment-seconds", "0.1")
    check("a time budget ends all ranks with 75", result.returncode == 75, result.stderr)
    result = bench.run(4, "resume", "budget", "--quiet")
    check("four ranks go on where two stopped", result.returncode == 0 and bench.digest("budget") == wanted, result.stderr)
    # mpirun forwards SIGTERM to all ranks.
    process = bench.popen(2, "sample", "long.json", "--out", "term", "--quiet", "--segment-seconds", "0.1")
    bench.wait_for("term/chain-*/draws-*.nc")
    process.send_signal(signal.SIGTERM)
    status = process.wait(60)
    check("SIGTERM ends the job with a status that is not 0", status != 0, status)
    result = bench.run(0, "resume", "term", "--quiet")
    check("one process without MPI goes on after SIGTERM", result.returncode == 0 and bench.digest("term") == wanted, result.stderr)


def killed_rank(bench):
    process = bench.popen(2, "sample", "long.json", "--out", "killed", "--quiet", "--segment-seconds", "0.1")
    bench.wait_for("killed/chain-*/draws-*.nc")
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    os.kill(int(children[-1]), signal.SIGKILL)
    # The launcher asks the others to end, and ends them after OMPI_MCA_odls_base_sigkill_timeout seconds.
    status = process.wait(120)
    check("the launcher says that a rank was killed", status != 0, status)
    before = sorted(bench.folder.glob("killed/chain-*/*.nc"))
    result = bench.run(0, "diagnose", "killed")
    check("diagnose reads what is there", result.returncode in (0, 1) or "has no draws yet" in result.stderr, result.stderr)
    result = bench.run(3, "resume", "killed", "--quiet")
    check(
        "three ranks go on where one of two was killed, and every complete segment is still there",
        result.returncode == 0 and bench.digest("killed") == bench.digest("whole") and all(p.exists() for p in before), result.stderr)


def faults(bench):
    def mpmd(*groups):
        command = ["mpirun"]
        for index, group in enumerate(groups):
            command += ([":"] if index else []) + ["-n", "1", *group]
        return bench.start(command, 60)

    result = bench.start(["mpirun", "-n", "2", bench.plain, "sample", "gibbs.json", "--out", "plain"], 60)
    check(
        "a program without MPI says so under mpirun, once", result.returncode != 0
        and result.stderr.count("built without MPI") == 1 and not (bench.folder / "plain").exists(), result.stderr)
    bench.write("other.json", dict(GIBBS, ensemble={"kind": "gibbs", "tightness": 11}))
    sample = ["sample", "--out", "mixed", "--quiet"]
    result = mpmd([bench.mpi, *sample, "gibbs.json"], [bench.mpi, *sample, "other.json"])
    check(
        "ranks that disagree on the spec are refused, once", result.returncode != 0
        and result.stderr.count("do not agree on the experiment") == 1 and not (bench.folder / "mixed").exists(), result.stderr)
    for name in ("here", "there"):
        (bench.folder / name).mkdir()
        shutil.copy(bench.folder / "gibbs.json", bench.folder / name)
    sample = [bench.mpi, "sample", "gibbs.json", "--out", "run", "--quiet"]
    result = mpmd(["-wdir", str(bench.folder / "here"), *sample], ["-wdir", str(bench.folder / "there"), *sample])
    check(
        "a file system that is not shared is named, once", result.returncode != 0
        and result.stderr.count("the ranks need one file system") == 1, result.stderr)
    result = bench.run(2, "sample", "nowhere.json")
    check("a fault of all ranks is said once", result.returncode != 0 and result.stderr.count("nowhere.json") == 1, result.stderr)
    result = bench.run(2, "sample", "gibbs.json", "--out", "gibbs-0", "--quiet")
    check(
        "a run that is there is not replaced", result.returncode != 0 and result.stderr.count("holds a run already") == 1,
        result.stderr)
    result = bench.run(2, "digest", "gibbs-0")
    check("what one process does, one rank does", result.returncode == 0 and len(result.stdout.split()) == 1, result.stdout)


def scaling(bench):
    """Wall seconds of the same work on more ranks (strong), and of work that grows with them (weak); one thread a rank."""
    for kind in ("strong", "weak"):
        for ranks in (1, 2, 4):
            times = []
            for repeat in range(5):
                chains = 4 if kind == "strong" else ranks
                spec = dict(GIBBS, sampler=dict(GIBBS["sampler"], chains=chains, draws=40000))
                bench.write("scaling.json", spec)
                begin = time.perf_counter()
                result = bench.run(ranks, "sample", "scaling.json", "--out", "scaling", "--force", "--quiet", "--threads", "1")
                times.append(time.perf_counter() - begin)
                if result.returncode:
                    raise RuntimeError(result.stderr)
            print(f"{kind}: {ranks} rank(s), {chains} chains: {statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--mpi-program", required=True)
    parser.add_argument("--scaling", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, pathlib.Path(folder))
        if options.scaling:
            scaling(bench)
            return 0
        for test in (one_digest, one_study, stopped_and_resumed, killed_rank, faults):
            test(bench)
    if failures:
        print(f"mpi-test: {len(failures)} failed: {'; '.join(failures)}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
