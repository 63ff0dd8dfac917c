"""Collects every name that the program writes: keys of JSON, columns and row labels of tables, variables of NetCDF files.

Usage: names.py PROGRAM [GLOSSARY]: prints the names with the places they occur in; with a glossary, those that it lacks, and exits with 1
if there is one.
"""

import concurrent.futures
import csv
import ctypes
import ctypes.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SMALL = ["--draws", "40", "--warmup", "40", "--chains", "2"]
# What is looked at in kept networks and on held-out stimuli takes most of the time.
FEW = ["--set", "record.weights=20", "--set", "evaluation.count=100"]
# As many as curves need to tell where they change.
MORE = ["--draws", "400", "--chains", "2"]
INTERACTING = "experiments/two-contexts-interacting.json"
RECURRENT = [
    "experiments/context-decision.json", "--set", "network.neurons=6", "--set", "task.trials=6", "--set", "record.weights=10",
    "--set", "evaluation.count=10",
]

def usual(name: str, without: tuple[str, ...] = ()) -> list[list[str]]:
    """What is asked of a run of an experiment, but for the commands that have no meaning for it."""
    spec, run = f"experiments/{name}.json", f"chains/{name}"
    lines = [
        ["run", spec, "--quiet", *FEW, *SMALL], ["sample", spec, "--force", *FEW, *SMALL], ["solve", spec], ["diagnose", run], ["check", run],
        ["evaluate", run], ["predict", run, "--csv", "p.csv", "--npy", "p"], ["resume", run, "--draws", "60"], ["status", run], ["digest", run],
        ["export", run, "--out", "e.nc", "--networks"], ["export", run, "--format", "csv", "--out", "csv"],
        ["export", run, "--format", "npy", "--out", "npy", "--networks"],
    ]
    return [line for line in lines if line[0] not in without]


def neurons() -> str:
    """A table of three networks of 16 neurons, for import."""
    rows = ["network,w,m0,m1,g0,g1"]
    for network in range(3):
        for neuron in range(16):
            w, m, n = (((network * 16 + neuron) * step % 97) / 48 - 1 for step in (31, 57, 83))
            rows.append(f"{network},{w:.4f},{m + w / 2:.4f},{n + w / 2:.4f},{neuron % 2},{neuron // 2 % 2}")
    return "\n".join(rows) + "\n"


# Rows of command lines, each row in a folder of its own. Small runs are undecided, which is no fault here: a status of 1 is allowed.
ROWS = [
    usual("two-contexts"), usual("two-contexts-interacting"), usual("two-contexts-exact"), usual("continuous-gains", ("sample", "solve")), usual("fixed-gains"),
    usual("two-layer-tanh"), usual("deep-tanh", ("solve",)), usual("deep-linear"), usual("diabetes", ("sample", "solve", "evaluate")), usual("teacher-tanh"),
    usual("sign-weights", ("solve",)), usual("evidence-integration"), usual("recurrent-rank-one", ("evaluate", "predict")),
    usual("own-observables"),
    *([["sample", INTERACTING, "--set", f"sampler.kind={kind}", "--quiet", *SMALL], ["export", "chains/two-contexts-interacting", "--format", "csv", "--out", "csv"]]
      for kind in ("hmc", "ghmc", "nuts", "mala", "pcn", "ellipticalSlice", "metropolis", "independence", "tempering")),
    [["solve", INTERACTING, "--set", "network.neurons=10", "--set", 'ensemble={kind: "gibbs", expectedLoss: 0.02}']],
    [["solve", "experiments/two-layer-tanh.json", "--set", "network.neurons=10", "--set", "stimuli.count=8", "--set", 'ensemble={kind: "product"}']],
    [["entropy", INTERACTING, *SMALL]],
    [["entropy", "experiments/deep-linear.json", "--set", "network.widths=[4,4]", *SMALL]],
    [["sweep", INTERACTING, "--over", "ensemble.tightness=1:10:5:log", "--over", "network.neurons=10,20", "--collapse", "loss", *MORE],
     ["status", "chains/two-contexts-interacting-sweep"]],
    [["sweep", INTERACTING, "--set", "network.neurons=10", "--over", "ensemble.tightness=100,300,1000,hard", *MORE]],
    [["finite-size", INTERACTING, "--neurons", "10,20,40", *MORE]],
    [["ensembles", "experiments/two-contexts.json", "--neurons", "10,20", *SMALL]],
    [["phase-diagram", "experiments/two-contexts.json", "--contexts", "2,3", "--weight-scales", "0.5:2:4", "--sampled", "1", *SMALL]],
    [["train", "experiments/two-contexts.json", "--networks", "3", "--loss", "1e-2"]],
    [["compare", "experiments/two-contexts.json", "--networks", "6", "--loss", "1e-2", *SMALL]],
    [["write", "n.csv"], ["import", "n.csv", "--out", "chains/mine"], ["compare", "experiments/two-contexts.json", "--trained", "chains/mine"]],
    [["trials", RECURRENT[0], "--out", "trials.npz"], ["sample", *RECURRENT, "--quiet", *SMALL], ["diagnose", "chains/context-decision"], ["check", "chains/context-decision"],
     ["evaluate", "chains/context-decision"], ["export", "chains/context-decision", "--out", "e.nc", "--networks"]],
    [["sample", "experiments/chaos.json", "--set", "network.neurons=8", "--set", "task.steps=120", "--quiet", *SMALL], ["check", "chains/chaos"]],
    [["sample", "experiments/low-rank-memory.json", "--set", "network.neurons=8", "--set", "ensemble.tightness=0", "--quiet", *SMALL], ["check", "chains/low-rank-memory"],
     ["export", "chains/low-rank-memory", "--format", "npz", "--out", "e.npz"]],
    [["train", *RECURRENT, "--networks", "3", "--rule", "adam", "--loss", "1e-1"]],
    [["compare", *RECURRENT, "--weight-scales", "1", "--networks", "4", "--rule", "adam", "--loss", "1e-2", *SMALL]],
    [["sbc", INTERACTING, "--replicas", "20", "--set", "network.neurons=4", "--warmup", "20"]],
    [["teacher-student", "experiments/teacher-tanh.json", "--stimuli", "4,8", "--teachers", "3", *SMALL]],
    [["test-kernel", INTERACTING, "--set", "network.neurons=4"]],
    [["test-gradient", "experiments/two-layer-tanh.json", "--set", "network.neurons=10"]],
]


class NetCDF:
    """The names in a NetCDF file: groups, dimensions, variables and attributes."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL(ctypes.util.find_library("netcdf") or "libnetcdf.so.19")

    def names(self, path: str) -> set[str]:
        handle = ctypes.c_int()
        if self.library.nc_open(os.fsencode(path), 0, ctypes.byref(handle)):
            raise OSError(f"{path}: cannot be opened as NetCDF")
        found: set[str] = set()
        self.collect(handle.value, found)
        self.library.nc_close(handle)
        return found

    def collect(self, group: int, found: set[str]) -> None:
        name = ctypes.create_string_buffer(1024)
        variables, attributes, groups = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
        self.library.nc_inq(group, None, ctypes.byref(variables), ctypes.byref(attributes), None)
        for place in range(variables.value):
            self.library.nc_inq_varname(group, place, name)
            found.add(name.value.decode())
        for place in range(attributes.value):
            self.library.nc_inq_attname(group, -1, place, name)
            found.add(name.value.decode())
        self.library.nc_inq_grps(group, ctypes.byref(groups), None)
        members = (ctypes.c_int * groups.value)()
        self.library.nc_inq_grps(group, None, members)
        for member in members:
            self.library.nc_inq_grpname(member, name)
            found.add(name.value.decode())
            self.collect(member, found)


def plain(name: str) -> str:
    """A name without the places in it: readout[0,1], readout.1.2 and readout_dim_0 are readout, hidden2 is hidden."""
    name = re.sub(r"\[[^\]]*\]", "", name.strip())
    name = re.sub(r"_dim_\d+(_\d+)?$|(\.\d+)+$", "", name)
    return re.sub(r"(?<=_weights)_\d+$|(?<=_drive)_\d+$", "", name)


def keys(value: object, found: set[str]) -> None:
    if isinstance(value, dict):
        for key, member in value.items():
            found.add(key)
            keys(member, found)
    elif isinstance(value, list):
        for member in value:
            keys(member, found)
            # Rows that are named by a member: checks, quantities, observables.
            if isinstance(member, dict):
                for key in ("name", "quantity", "observable"):
                    if isinstance(member.get(key), str):
                        found.add(member[key])


def run_row(program: str, row: list[list[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(ROOT, "experiments"), os.path.join(folder, "experiments"))
        for line in row:
            if line[0] == "write":
                with open(os.path.join(folder, line[1]), "w") as file:
                    file.write(neurons())
                continue
            for options in (["--json"], ["--format", "csv"]):
                if "csv" in options and ("--format" in line or line[0] in ("export", "report", "resume", "import", "digest", "status", "sample", "run", "test-kernel", "test-gradient", "trials")):
                    continue
                again = ["--force"] if line[0] in ("export", "predict") else []
                done = subprocess.run([program, *line, *options, *again], cwd=folder, capture_output=True, text=True)
                where = line[0]
                if done.returncode not in (0, 1):
                    found.setdefault("!", set()).add(f"mcmc-run {' '.join(line)}: status {done.returncode}: {done.stderr.strip()[-300:]}")
                    continue
                names = found.setdefault(where, set())
                if options == ["--json"]:
                    if done.stdout.strip():
                        keys(json.loads(done.stdout), names)
                else:
                    table(done.stdout, names)
        library = NetCDF()
        for path, _, files in os.walk(folder):
            if "experiments" in path:
                continue
            for file in files:
                whole = os.path.join(path, file)
                if file.endswith(".csv") and "/inputs" not in path and "/figures" not in path:
                    with open(whole) as text:
                        lines = [line for line in text if not line.startswith("#")]
                    if lines:
                        found.setdefault("files: CSV", set()).update(next(csv.reader(lines[:1])))
                elif file.endswith(".nc"):
                    found.setdefault("files: NetCDF", set()).update(library.names(whole))
                elif file.endswith(".npy"):
                    found.setdefault("files: NumPy", set()).add(file[:-4])
                elif file in ("run.json", "chain.json", "study.json", "solution.json", "teacher.json", "imported.json", "warm-start.json"):
                    with open(whole) as text:
                        value = json.load(text)
                    for key in ("experiment", "identity", "schema", "options"):
                        if isinstance(value.get(key), (dict, str)):
                            value[key] = None
                    keys(value, found.setdefault("files: " + file, set()))
                elif file == "sessions.jsonl":
                    with open(whole) as text:
                        for line in text:
                            keys(json.loads(line), found.setdefault("files: " + file, set()))
    return found


def table(text: str, names: set[str]) -> None:
    """The headings of the tables of --format csv, and the labels of rows that name what they tell."""
    labels = False
    new = True
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            new = True
            continue
        cells = next(csv.reader(io.StringIO(line)))
        if new:
            names.update(cells)
            labels = cells[0] in ("check", "quantity", "measure", "on held-out stimuli", "on held-out trials", "figure", "mean over networks", "average", "observable", "constraint")
            new = False
        elif labels:
            names.add(cells[0])


def collect(program: str) -> dict[str, set[str]]:
    """Each name, and the places that it occurs in."""
    places: dict[str, set[str]] = {}
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for found in pool.map(run_row, [program] * len(ROWS), ROWS):
            for where, names in found.items():
                for name in names:
                    places.setdefault(name if where == "!" else plain(name), set()).add(where)
    return places


def explained(glossary: str) -> list[str]:
    """The names in the first columns of the glossary's tables."""
    names = []
    with open(glossary) as file:
        for line in file:
            if line.startswith("| `"):
                cell = re.split(r"(?<!\\)\|", line)[1].replace("\\|", "|")
                names += re.findall(r"`([^`]+)`", cell)
    return names


def lacking(places: dict[str, set[str]], glossary: str) -> list[str]:
    """Names that no row of the glossary explains."""
    patterns = [re.compile(".*".join(re.escape(part) for part in name.split("*"))) for name in explained(glossary)]
    return [name for name in sorted(places) if name and not any(pattern.fullmatch(name) for pattern in patterns)]


def main() -> int:
    places = collect(os.path.abspath(sys.argv[1]))
    faults = sorted(name for name, where in places.items() if "!" in where)
    names = {name: where for name, where in places.items() if "!" not in where}
    if len(sys.argv) < 3:
        for name in sorted(names):
            print(name, "|", ", ".join(sorted(names[name])))
        return 0
    missing = lacking(names, sys.argv[2])
    for fault in faults:
        print(fault, file=sys.stderr)
    for name in missing:
        print(f"{sys.argv[2]} lacks {name!r} ({', '.join(sorted(names[name]))}): add it to a row, or a row for it", file=sys.stderr)
    if not missing and not faults:
        print(f"{len(names)} names that the program writes are in {sys.argv[2]}")
    return 1 if missing or faults else 0


if __name__ == "__main__":
    sys.exit(main())
