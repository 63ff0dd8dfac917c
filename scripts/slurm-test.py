#!/usr/bin/env python3
"""The scripts of docs/cluster.md under Slurm, on this machine: munged, slurmctld and slurmd of the test's own, ended with it.

    scripts/slurm-test.py --program PROGRAM --mpi-program PROGRAM

PROGRAM is built without MPI (make build), the MPI program with it (make build-mpi). Where Slurm is not there or does not start, the
test is skipped, and says so.
"""
import argparse
import getpass
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "docs" / "cluster.md"
PRODUCT = {
    "task": {"kind": "inputSelection", "contexts": 2},
    "network": {"kind": "gainModulatedLinear", "neurons": 20, "gains": {"kind": "binary", "activeProbability": 0.5}},
    "ensemble": {"kind": "product"},
    "sampler": {"draws": 300, "seed": 3},
    "record": {"weights": 20},
}
GIBBS = dict(PRODUCT, ensemble={"kind": "gibbs", "tightness": 10}, sampler={"warmup": 500, "draws": 200000, "seed": 3})
LADDER = dict(GIBBS, sampler={"chains": 1, "kind": "tempering", "warmup": 500, "draws": 100000, "seed": 3})
failures = []


class Skipped(Exception):
    pass


def check(what, is_right, detail=""):
    print(("passed  " if is_right else "FAILED  ") + what, flush=True)
    if not is_right:
        failures.append(what)
        print(detail, file=sys.stderr)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Slurm:
    """A cluster of one machine that pretends to have 16 processors."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        self.environment = dict(os.environ, SLURM_CONF=str(folder / "slurm.conf"))

    def write_configuration(self):
        host, user = socket.gethostname().split(".")[0], getpass.getuser()
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o400)
        # Without control groups, which a container has not; cgroup.conf says so to the versions that ask.
        (self.folder / "cgroup.conf").write_text("")
        (self.folder / "slurm.conf").write_text(f"""
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={self.folder}/munge.socket
CredType=cred/munge
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.pid
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool
SlurmctldLogFile={self.folder}/slurmctld.log
SlurmdLogFile={self.folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1
MpiDefault=none
ReturnToService=2
JobRequeue=1
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=16 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
""")

    def start(self):
        self.write_configuration()
        munge = [f"--{name}={self.folder}/munge.{ending}" for name, ending in (
            ("socket", "socket"), ("key-file", "key"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed"))]
        self.daemon("munged", "--foreground", "--force", *munge)
        self.wait("munged", lambda: (self.folder / "munge.socket").exists())
        self.daemon("slurmctld", "-D", "-i", "-f", self.environment["SLURM_CONF"])
        self.daemon("slurmd", "-D", "-f", self.environment["SLURM_CONF"])
        self.wait("the node", lambda: self.ask("sinfo", "-h", "-o", "%T").strip() in ("idle", "mixed", "allocated"))

    def daemon(self, *command):
        with open(self.folder / f"{command[0]}.out", "w") as output:
            self.daemons.append(subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, start_new_session=True))

    def wait(self, what, is_there, limit=30):
        end = time.monotonic() + limit
        while not is_there():
            ended = next((d for d in self.daemons if d.poll() is not None), None)
            if ended or time.monotonic() > end:
                logs = "\n".join(p.read_text(errors="replace")[-1500:] for p in sorted(self.folder.glob("*.log")) + sorted(self.folder.glob("*.out")))
                raise Skipped(f"{what} did not come up:\n{logs}")
            time.sleep(0.1)

    def ask(self, *command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True).stdout

    def stop(self):
        self.ask("scancel", "--user", getpass.getuser(), "--quiet")
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()


class Bench:
    def __init__(self, slurm, options, folder):
        self.slurm = slurm
        self.folder = folder
        self.program = os.path.abspath(options.program)
        self.bin = {}
        for name, program in (("plain", options.program), ("mpi", options.mpi_program)):
            self.bin[name] = folder / f"bin-{name}"
            self.bin[name].mkdir()
            (self.bin[name] / "mcmc-run").symlink_to(os.path.abspath(program))
        blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.S)
        self.array, self.merge, self.submit, self.mpi = blocks

    def place(self, name, experiment, array=None):
        """A working folder with the documented scripts in it."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "experiment.json").write_text(json.dumps(experiment))
        (folder / "array.sh").write_text(array or self.array)
        (folder / "merge.sh").write_text(self.merge)
        (folder / "mpi.sh").write_text(self.mpi)
        return folder

    def environment(self, kind):
        # Messages are looked for in lines that are not folded. The daemons have no terminal; Debian's Slurm and Open MPI both speak PMIx.
        # Ranks share the processors with whatever else runs here, which Open MPI cannot know: one that waits lets the others run.
        return dict(
            self.slurm.environment, COLUMNS="1000", OMPI_MCA_mpi_yield_when_idle="1", PATH=f"{self.bin[kind]}:{os.environ['PATH']}", SLURM_MPI_TYPE="pmix" if kind == "mpi" else "none")

    def shell(self, folder, script, kind="plain"):
        result = subprocess.run(["sh", "-c", script], cwd=folder, env=self.environment(kind), capture_output=True, text=True)
        if result.returncode:
            raise RuntimeError(f"{script}: {result.stderr}")
        return result.stdout

    def jobs(self, folder):
        """State, restarts and id of every job that was submitted from a folder."""
        text = self.slurm.ask("scontrol", "--oneliner", "show", "jobs")
        found = []
        for line in text.splitlines():
            fields = dict(re.findall(r"(\S+?)=(\S*)", line))
            if fields.get("WorkDir") == str(folder):
                # The number of one task of an array may be that of the array too: what it is told all tasks would hear.
                number = f"{fields['ArrayJobId']}_{fields['ArrayTaskId']}" if "ArrayTaskId" in fields else fields["JobId"]
                found.append((fields["JobState"], int(fields.get("Restarts", 0)), number, fields))
        return found

    def wait_for_jobs(self, folder, patience=240):
        """The jobs of a folder when all have ended. How long they may take depends on the machine: what fails is `patience` seconds
        in which no job changes its state and none writes a byte."""
        hurried = set()
        seen = None
        while True:
            jobs = self.jobs(folder)
            signs = summary(jobs), subprocess.run(["du", "--bytes", folder], capture_output=True, text=True).stdout
            if signs != seen:
                seen, end = signs, time.monotonic() + patience
            if jobs and all(state not in ("PENDING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUED") for state, *_ in jobs):
                return jobs
            if time.monotonic() > end:
                raise RuntimeError(f"jobs did not end: {[fields for *_, fields in jobs]}\n{self.output(folder)}")
            for state, restarts, number, _ in jobs:
                # Slurm lets a requeued job wait two minutes; a new start in the second in which the old one ended it takes for the old.
                if state == "PENDING" and restarts and number not in hurried:
                    hurried.add(number)
                    self.slurm.ask("scontrol", "update", f"JobId={number}", "StartTime=now+3")
            time.sleep(0.3)

    def wait_for(self, folder, pattern, count, limit=300):
        end = time.monotonic() + limit
        while len(list(folder.glob(pattern))) < count:
            if time.monotonic() > end:
                raise RuntimeError(f"{pattern} did not appear in {folder}\n{self.output(folder)}")
            time.sleep(0.05)

    def output(self, folder):
        return "\n".join(f"{p.name}: {p.read_text(errors='replace')[-2000:]}" for p in sorted(folder.glob("slurm-*.out")))

    def digest(self, folder, run):
        result = subprocess.run([self.program, "digest", run], cwd=folder, capture_output=True, text=True)
        return result.stdout.strip() if result.returncode == 0 else f"no digest: {result.stderr}"

    def digest_of_one_process(self, folder, chains):
        subprocess.run(
            [self.program, "sample", "experiment.json", "--chains", str(chains), "--out", "one", "--quiet"], cwd=folder, check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self.digest(folder, "one")


def summary(jobs):
    return [(state, restarts, fields["ExitCode"]) for state, restarts, _, fields in jobs]


def array_and_merge(bench):
    folder = bench.place("array", PRODUCT)
    bench.shell(folder, bench.submit)
    jobs = bench.wait_for_jobs(folder)
    check(
        "the array of 16 tasks and the merging job succeed", len(jobs) == 17 and all(job[0] == "COMPLETED" for job in jobs),
        (summary(jobs), bench.output(folder)))
    check("64 chains drawn by the array have the digest of one process", bench.digest(folder, "chains/all") == bench.digest_of_one_process(folder, 64))


def requeue(bench, name, experiment, kind, submit, signal_name, tasks, chains):
    """The folder of jobs that were told to stop, requeued, and went on. Where one had ended before it was told, again with longer ones."""
    for attempt in range(3):
        folder = bench.place(f"{name}-{attempt}" if attempt else name, experiment)
        bench.shell(folder, submit, kind)
        # The first file of a chain is written when its warm-up ends.
        bench.wait_for(folder, "chains/*/chain-*/warmup-*.nc", chains)
        for *_, number, _ in bench.jobs(folder):
            bench.slurm.ask("scancel", f"--signal={signal_name}", number)
        jobs = bench.wait_for_jobs(folder)
        if all(restarts for _, restarts, *_ in jobs):
            break
        sampler = experiment["sampler"]
        experiment = dict(experiment, sampler=dict(sampler, draws=4 * sampler["draws"]))
    check(
        f"{name}: {signal_name} makes each task write, be requeued, go on and succeed",
        len(jobs) == tasks and all(job[0] == "COMPLETED" and job[1] == 1 for job in jobs), (summary(jobs), bench.output(folder)))
    return folder


def array_requeued(bench):
    folder = requeue(bench, "array-requeued", GIBBS, "plain", "sbatch --array=0-1 --cpus-per-task=1 array.sh", "USR1", 2, 8)
    bench.shell(folder, "mcmc-run merge chains/array-* --out chains/all")
    check("a requeued array has the digest of one process", bench.digest(folder, "chains/all") == bench.digest_of_one_process(folder, 8))


def mpi_requeued(bench):
    for name, experiment, chains in (("mpi-job", GIBBS, 4), ("mpi-job-with-one-ladder", LADDER, 1)):
        experiment = dict(experiment, sampler=dict(experiment["sampler"], chains=chains))
        folder = requeue(bench, name, experiment, "mpi", "sbatch --ntasks=2 --cpus-per-task=1 mpi.sh", "TERM", 1, chains)
        check(f"{name}: the digest of one process", bench.digest(folder, "chains/mpi") == bench.digest_of_one_process(folder, chains))


def launched_wrongly(bench):
    folder = bench.place("wrong", PRODUCT)
    for kind, said in (("plain", "built without MPI"), ("mpi", "PMI")):
        command = ["srun", "--mpi=none", "--ntasks=2", "mcmc-run", "sample", "experiment.json", "--out", kind, "--quiet"]
        result = subprocess.run(command, cwd=folder, env=bench.environment("plain" if kind == "plain" else "mpi"), capture_output=True, text=True, timeout=300)
        check(
            f"{kind} program started by srun for two tasks without PMI is refused, and leaves nothing",
            result.returncode != 0 and said in result.stderr and not (folder / kind).exists(), result.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--mpi-program", required=True)
    options = parser.parse_args()
    # Debian puts daemons where only administrators look.
    os.environ["PATH"] += ":/usr/sbin:/usr/local/sbin:/sbin"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        slurm = Slurm(folder)
        try:
            missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol") if not shutil.which(name)]
            if missing:
                raise Skipped(f"there is no {', '.join(missing)}")
            slurm.start()
            bench = Bench(slurm, options, folder)
            for test in (array_and_merge, array_requeued, mpi_requeued, launched_wrongly):
                test(bench)
        except Skipped as reason:
            print(f"*** SKIPPED: the Slurm scripts were not run: {reason}", file=sys.stderr)
            return 0
        finally:
            slurm.stop()
    if failures:
        print(f"slurm-test: {len(failures)} failed: {'; '.join(failures)}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
