"""Runs what the pages show: files that a reader would type in, and commands, one after the other, each page in a folder of its own.

A fence says what it is: `file=NAME` is written to the folder, `run` is run by sh and must end with status 0 (`run=1`: with 1), and
`output` is filled with what the command before it printed (`output=3-20`: these lines of it; `output=-9`: the last nine).
"""

import hashlib
import json
import os
import re
import shutil
import subprocess

FENCE = re.compile(r"^```(\w*) ?([^\n`]*)\n(.*?)^```$", re.M | re.S)


class WorkshopError(Exception):
    pass


def options(info: str) -> dict[str, str]:
    """The words of a fence after its language: NAME=VALUE, or NAME alone."""
    return dict((word.split("=", 1) + [""])[:2] for word in info.split())


class Workshop:
    def __init__(self, program: str, root: str, folder: str) -> None:
        self.program, self.root, self.folder = program, root, folder
        with open(program, "rb") as file:
            self.version = hashlib.file_digest(file, "sha256").hexdigest()

    def make(self, page: str, text: str) -> list[str]:
        """What each command of the page printed, in order. Work that is there for the same page and program is not done again."""
        blocks = [(match.group(1), options(match.group(2)), match.group(3)) for match in FENCE.finditer(text)]
        blocks = [block for block in blocks if {"run", "file"} & block[1].keys()]
        if not blocks:
            return []
        key = hashlib.sha256(json.dumps([self.version, self.experiments(), blocks]).encode()).hexdigest()
        work = self.work(page)
        stored = os.path.join(work, "outputs.json")
        if os.path.exists(stored):
            with open(stored) as file:
                kept = json.load(file)
            if kept["key"] == key:
                return kept["outputs"]
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(os.path.join(self.root, "experiments"), os.path.join(work, "experiments"))
        os.makedirs(os.path.join(work, ".bin"))
        os.symlink(self.program, os.path.join(work, ".bin", "mcmc-run"))
        outputs = []
        for _, names, body in blocks:
            if "file" in names:
                with open(os.path.join(work, names["file"]), "w") as file:
                    file.write(body)
            else:
                outputs.append(self.run(page, work, body, int(names["run"] or 0)))
        with open(stored, "w") as file:
            json.dump({"key": key, "outputs": outputs}, file)
        return outputs

    def work(self, page: str) -> str:
        return os.path.join(self.folder, page)

    def run(self, page: str, work: str, script: str, status: int) -> str:
        path = os.path.join(work, ".bin") + os.pathsep + os.environ["PATH"]
        environment = {**os.environ, "PATH": path, "COLUMNS": "80", "NO_COLOR": "1"}
        done = subprocess.run(["sh", "-e", "-c", script], cwd=work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
        if done.returncode != status:
            raise WorkshopError(f"{page}: {script.strip()}\nended with {done.returncode}, not {status}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
        return done.stdout

    def experiments(self) -> str:
        """A hash of the experiments that commands may name."""
        found = hashlib.sha256()
        for path, folders, files in os.walk(os.path.join(self.root, "experiments")):
            folders.sort()
            for name in sorted(files):
                with open(os.path.join(path, name), "rb") as file:
                    found.update(name.encode() + file.read())
        return found.hexdigest()


def selected(output: str, which: str) -> str:
    """All lines of an output, those from one number to another, or the last ones."""
    lines = output.strip("\n").split("\n")
    if not which:
        return "\n".join(lines)
    if which.startswith("-"):
        which = f"{max(1, len(lines) + 1 + int(which))}-{len(lines)}"
    first, last = (int(part) for part in which.split("-"))
    return "\n".join((["…"] if first > 1 else []) + lines[first - 1:last] + (["…"] if last < len(lines) else []))


def check_command_lines(program: str, name: str, text: str) -> list[str]:
    """Faults of the command lines in fences: commands and options that the program does not have."""
    faults = []
    known: dict[str, str] = {}
    for match in FENCE.finditer(text):
        if match.group(1) not in ("", "sh", "bash"):
            continue
        body = re.sub(r"\\\n *", " ", match.group(3))
        for line in re.findall(r"^(?:.*[ /])?mcmc-run ((?!help|error|run <|<|:)[a-z][a-z-]+ .*)$", body, re.M):
            if re.match(r"[a-z-]+:", line) or " is " in line or line.startswith("report made"):
                continue
            command = line.split()[0]
            if command not in known:
                done = subprocess.run([program, command, "--help"], capture_output=True, text=True)
                known[command] = done.stdout if done.returncode == 0 else ""
            if not known[command]:
                faults.append(f"{name}: mcmc-run {line}: no such command")
                continue
            for option in re.findall(r"(?<= )--[a-z][a-z-]*", line.split(" #")[0]):
                if not re.search(re.escape(option) + r"(?![a-z-])", known[command]):
                    faults.append(f"{name}: mcmc-run {line}: {command} has no option {option}")
    return faults
