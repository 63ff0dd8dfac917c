#!/usr/bin/env python3
"""Several ranks of mcmc-run on this machine: one digest whatever their number, nothing lost, every fault said.

    scripts/mpi-test.py --program PROGRAM --mpi-program PROGRAM [--scaling] [--only TEST,TEST]

PROGRAM is built without MPI (make build), the MPI program with it (make build-mpi). --scaling measures instead of testing.
"""
import argparse
import json
import os
import pathlib
import re
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
# One chain, whose eight rungs two ranks or more share.
LADDER = dict(GIBBS, sampler={"chains": 1, "kind": "tempering", "warmup": 300, "draws": 500, "seed": 3})
HARD = dict(GIBBS, ensemble={"kind": "hard"})
# Every wanted output of eight neurons at two stimuli in two contexts.
INTERPOLATING = dict(
    HARD, network={"kind": "twoLayer", "neurons": 8, "activation": "tanh"}, stimuli={"kind": "sampled", "count": 2, "seed": 1})
RECURRENT = {
    "task": {"kind": "flipFlop", "steps": 6, "trials": 4},
    "network": {"kind": "recurrent", "neurons": 8, "activation": "tanh"},
    "ensemble": {"kind": "gibbs", "tightness": 50},
    "sampler": {"chains": 3, "warmup": 100, "draws": 200, "seed": 3},
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
        # Messages are looked for in lines that are not folded. Open MPI asks before it runs as root, as in a container, and before
        # it runs more ranks than there are cores; it binds ranks to cores, of which a virtual machine may have fewer than processors.
        self.environment = dict(
            os.environ, COLUMNS="1000", OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1",
            OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_hwloc_base_binding_policy="none", OMPI_MCA_odls_base_sigkill_timeout="2",
            OMPI_MCA_mpi_yield_when_idle="1")

    def write(self, name, spec):
        (self.folder / name).write_text(json.dumps(spec))

    def command(self, ranks, *arguments):
        return [self.plain, *arguments] if ranks == 0 else ["mpirun", "-n", str(ranks), self.mpi, *arguments]

    def run(self, ranks, *arguments):
        return self.start(self.command(ranks, *arguments))

    def start(self, command, limit=900):
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=limit)

    def ranks(self, launcher):
        """The processes of the ranks that a launcher started, in their order."""
        return [int(pid) for pid in subprocess.run(["pgrep", "-P", str(launcher.pid)], capture_output=True, text=True).stdout.split()]

    def popen(self, ranks, *arguments):
        return subprocess.Popen(
            self.command(ranks, *arguments), cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def digest(self, run):
        result = self.run(0, "digest", run)
        return result.stdout.strip() if result.returncode == 0 else f"no digest: {result.stderr}"

    def wait_for(self, pattern, limit=300):
        end = time.monotonic() + limit
        while not list(self.folder.glob(pattern)):
            if time.monotonic() > end:
                raise RuntimeError(f"{pattern} did not appear")
            time.sleep(0.01)


def one_digest(bench):
    for name, spec, numbers in (
        ("gibbs", GIBBS, (0, 1, 2, 4)),
        ("product", PRODUCT, (0, 1, 2, 4)),
        ("hard", HARD, (0, 2, 4)),
        ("interpolating", INTERPOLATING, (0, 2, 4)),
        ("recurrent", RECURRENT, (0, 2, 3)),
        ("tempering", dict(GIBBS, sampler=dict(GIBBS["sampler"], kind="tempering", draws=200)), (0, 1, 2, 4)),
        # More ranks than chains share the rungs: equally, unequally, two ladders, and more ranks than rungs.
        ("ladder", LADDER, (0, 1, 2, 3, 4, 10)),
        ("two ladders", dict(LADDER, sampler=dict(LADDER["sampler"], chains=2)), (0, 3, 4)),
        ("thinned ladder", dict(LADDER, sampler=dict(LADDER["sampler"], draws=100, thin=3)), (0, 2)),
    ):
        bench.write(f"{name}.json", spec)
        digests = {}
        for ranks in numbers:
            result = bench.run(ranks, "sample", f"{name}.json", "--out", f"{name}-{ranks}", "--quiet")
            digests[ranks] = bench.digest(f"{name}-{ranks}") if result.returncode == 0 else result.stderr
        check(
            f"{name}: one digest without MPI and for {', '.join(map(str, numbers[1:]))} rank(s)",
            len(set(digests.values())) == 1, digests)
    # The ranks of a ladder start where another run's chains ended.
    digests = {}
    for ranks in (0, 2):
        result = bench.run(ranks, "sample", "ladder.json", "--warm-start", "ladder-0", "--out", f"warm-{ranks}", "--quiet")
        digests[ranks] = bench.digest(f"warm-{ranks}") if result.returncode == 0 else result.stderr
    check("a ladder with a warm start: one digest without MPI and for 2 ranks", len(set(digests.values())) == 1, digests)


def one_study(bench):
    bench.write("gibbs.json", GIBBS)
    bench.write("product.json", PRODUCT)
    studies = {
        "sweep": ["--over", "weights.output,weights.input=0.5,1,2", "--over", "network.neurons=5,10"],
        "sweep --follow": ["--over", "ensemble.tightness=1,3,10", "--over", "network.neurons=5,10", "--follow"],
        "finite-size": ["--neurons", "5,10,20,40"],
        "ensembles": ["--neurons", "5,10"],
        "phase-diagram": ["--contexts", "2,3", "--weight-scales", "0.3,1,3", "--sampled", "2"],
        "train": ["--networks", "8"],
        "sbc": ["--replicas", "60", "--draws", "9"],
        "compare": ["--networks", "4", "--weight-scales", "0.5,1,2"],
    }
    for name, options in studies.items():
        outputs = {}
        for ranks in (0, 2, 4):
            spec = "gibbs.json" if name in ("sbc", "sweep --follow") else "product.json"
            command = name.split()[0]
            result = bench.run(ranks, command, spec, "--out", f"{name}-{ranks}", "--json", "--quiet", *options)
            # All but where it is.
            outputs[ranks] = re.sub(r',\n  "folder": "[^"]*"', "", result.stdout) if result.returncode == 0 else result.stderr
        check(f"{name}: one result without MPI and for 2 and 4 ranks", len(set(outputs.values())) == 1, outputs)
        ranks = [p for p in (bench.folder / f"{name}-4" / "parts").iterdir()]
        check(f"{name}: parts are whole", all(json.loads(p.read_text()) is not None for p in ranks))


def stopped_and_resumed(bench):
    ladder = dict(LADDER["sampler"], warmup=1000, draws=20000)
    for name, spec in (("long", dict(GIBBS, sampler=dict(GIBBS["sampler"], draws=20000))), ("long ladder", dict(LADDER, sampler=ladder))):
        bench.write(f"{name}.json", spec)
        bench.run(0, "sample", f"{name}.json", "--out", f"{name} whole", "--quiet")
        stopped_in_every_way(bench, name, bench.digest(f"{name} whole"))


def stopped_in_every_way(bench, name, wanted):
    sample = ["sample", f"{name}.json", "--quiet", "--segment-seconds", "0.1"]
    out = f"{name} budget"
    # Stopped several times, in warm-up too, by other numbers of ranks each time.
    result = bench.run(2, *sample, "--out", out, "--time-budget", "0.2s")
    statuses = [result.returncode]
    for ranks in (3, 0, 4):
        result = bench.run(ranks, "resume", out, "--quiet", "--time-budget", "0.3s")
        statuses.append(result.returncode)
    check(f"{name}: a time budget ends all ranks with 75", statuses[0] == 75 and set(statuses) <= {0, 75}, (statuses, result.stderr))
    result = bench.run(4, "resume", out, "--quiet")
    check(f"{name}: four ranks go on where others stopped", result.returncode == 0 and bench.digest(out) == wanted, result.stderr)
    # Schedulers (srun, scancel) signal the ranks; mpirun forwards SIGUSR1 as it is, and ends the job on SIGTERM.
    for how, number, all_ranks in (("SIGTERM to all ranks", signal.SIGTERM, True), ("SIGUSR1 to mpirun", signal.SIGUSR1, False)):
        out = f"{name} {how}"
        process = bench.popen(2, *sample, "--out", out)
        bench.wait_for(f"{out}/chain-*/draws-*.nc")
        for pid in bench.ranks(process) if all_ranks else [process.pid]:
            os.kill(pid, number)
        status = process.wait(300)
        check(f"{name}: {how} ends the job with 75", status == 75, status)
        result = bench.run(2, "resume", out, "--quiet")
        check(f"{name}: two ranks go on after {how}", result.returncode == 0 and bench.digest(out) == wanted, result.stderr)
    out = f"{name} SIGTERM to mpirun"
    process = bench.popen(2, *sample, "--out", out)
    bench.wait_for(f"{out}/chain-*/draws-*.nc")
    process.send_signal(signal.SIGTERM)
    status = process.wait(300)
    check(f"{name}: SIGTERM to mpirun ends the job with a status that is not 0", status != 0, status)
    result = bench.run(0, "resume", out, "--quiet")
    check(f"{name}: one process without MPI goes on after it", result.returncode == 0 and bench.digest(out) == wanted, result.stderr)


def killed_rank(bench):
    for name, rank in (("long", 1), ("long ladder", 0), ("long ladder", 1)):
        out = f"{name} killed {rank}"
        process = bench.popen(2, "sample", f"{name}.json", "--out", out, "--quiet", "--segment-seconds", "0.1")
        bench.wait_for(f"{out}/chain-*/draws-*.nc")
        os.kill(bench.ranks(process)[rank], signal.SIGKILL)
        # The launcher asks the others to end, and ends them after OMPI_MCA_odls_base_sigkill_timeout seconds.
        status = process.wait(300)
        check(f"{name}: the launcher says that rank {rank} was killed", status != 0, status)
        before = sorted(bench.folder.glob(f"{out}/chain-*/*.nc"))
        result = bench.run(0, "diagnose", out)
        said = result.stdout + result.stderr
        check(
            f"{name}: diagnose says that the run can go on", result.returncode in (0, 1, 65) and "mcmc-run resume" in said, said)
        result = bench.run(3, "resume", out, "--quiet")
        check(
            f"{name}: three ranks go on where rank {rank} of two was killed, and every complete segment is still there",
            result.returncode == 0 and bench.digest(out) == bench.digest(f"{name} whole") and all(p.exists() for p in before),
            result.stderr)


def faults(bench):
    def mpmd(*groups):
        command = ["mpirun"]
        for index, group in enumerate(groups):
            command += ([":"] if index else []) + ["-n", "1", *group]
        return bench.start(command)

    bench.write("gibbs.json", GIBBS)
    bench.run(0, "sample", "gibbs.json", "--out", "there-already", "--quiet")
    result = bench.start(["mpirun", "-n", "2", bench.plain, "sample", "gibbs.json", "--out", "plain"])
    check(
        "a program without MPI says so under mpirun, once", result.returncode != 0
        and result.stderr.count("built without MPI") == 1 and not (bench.folder / "plain").exists(), result.stderr)
    # What a launcher says whose language this MPI does not speak: every process would be alone.
    result = subprocess.run(
        [bench.mpi, "sample", "gibbs.json", "--out", "apart"], cwd=bench.folder, env=dict(bench.environment, PMI_SIZE="2", PMI_RANK="0"),
        capture_output=True, text=True, timeout=300)
    check(
        "processes that MPI does not bring together are refused", result.returncode == 64
        and result.stderr.count("does not bring together") == 1 and not (bench.folder / "apart").exists(), (result.returncode, result.stderr))
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
    result = bench.run(2, "sample", "gibbs.json", "--out", "there-already", "--quiet")
    check(
        "a run that is there is not replaced", result.returncode != 0 and result.stderr.count("holds a run already") == 1,
        result.stderr)
    result = bench.run(2, "digest", "there-already")
    check("what one process does, one rank does", result.returncode == 0 and len(result.stdout.split()) == 1, result.stdout)


def scaling(bench):
    """Wall seconds of the same work on more ranks (strong), of work that grows with them (weak), and of one ladder; one thread a rank."""
    large = {"kind": "gainModulatedLinear", "neurons": 20000, "gains": {"kind": "binary", "activeProbability": 0.5}}
    for kind in ("strong", "weak", "ladder of 20 neurons", "ladder of 20000 neurons"):
        for ranks in (1, 2, 4):
            times = []
            for repeat in range(5):
                if kind == "ladder of 20 neurons":
                    spec = dict(LADDER, sampler=dict(LADDER["sampler"], draws=20000))
                elif kind == "ladder of 20000 neurons":
                    spec = dict(LADDER, network=large, sampler=dict(LADDER["sampler"], warmup=100, draws=50), record={"weights": 1})
                else:
                    spec = dict(GIBBS, sampler=dict(GIBBS["sampler"], chains=4 if kind == "strong" else ranks, draws=40000))
                bench.write("scaling.json", spec)
                begin = time.perf_counter()
                result = bench.run(ranks, "sample", "scaling.json", "--out", "scaling", "--force", "--quiet", "--threads", "1")
                times.append(time.perf_counter() - begin)
                if result.returncode:
                    raise RuntimeError(result.stderr)
            print(f"{kind}: {ranks} rank(s): {statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--mpi-program", required=True)
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--only", help="names of tests, separated by commas")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, pathlib.Path(folder))
        if options.scaling:
            scaling(bench)
            return 0
        for test in (one_digest, one_study, stopped_and_resumed, killed_rank, faults):
            if not options.only or test.__name__ in options.only.split(","):
                test(bench)
    if failures:
        print(f"mpi-test: {len(failures)} failed: {'; '.join(failures)}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
