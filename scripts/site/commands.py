"""Runs the command lines that the documents show, with few draws: each must be understood, and end as a command that works does.

Usage: commands.py PROGRAM. Commands of the pages in docs/site are run in full by build.py; here are those of README.md and docs/*.md. A status of
1 is allowed, since so few draws may be undecided.
"""

import concurrent.futures
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from workshop import FENCE

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FEW = {"--draws": "40", "--warmup": "40", "--chains": "2", "--teachers": "2", "--replicas": "20", "--count": "20"}
# What a line needs that is not there, by a part of the line.
ELSEWHERE = {
    "networks.npz": "a file of the reader's own",
    "seeds/": "a folder of the reader's own",
    "--trained": "networks of the reader's own",
    "chains/gd-trained": "networks of the reader's own",
    "status chains": "runs of the reader's own",
    "teacher-large": "takes hours",
    "mcmc-run init": "asks on a terminal",
    "/usr/share/": "an installed package",
}


def lines(text: str) -> list[str]:
    """Command lines in the fences of a document, without what a prompt or a comment adds."""
    found = []
    for match in FENCE.finditer(text):
        if match.group(1) in ("", "sh", "bash"):
            body = re.sub(r"\\\n\s*", " ", match.group(3))
            found += [re.sub(r"\s{2,}#.*| # .*", "", line.removeprefix("$ ")).split(" | ")[0].split(" > ")[0]
                      for line in body.splitlines() if re.match(r"(\$ )?mcmc-run [a-z][a-z-]* ", line)]
    return found


def few(program: str, line: str) -> list[str]:
    """The words of a line, with few draws where its command takes a number of them."""
    words = shlex.split(line)
    help = subprocess.run([program, words[1], "--help"], capture_output=True, text=True).stdout
    made = words[1:]
    for option, value in FEW.items():
        if f"  {option} " not in help or words[1] in ("predict", "resume"):
            continue
        if option in made:
            made[made.index(option) + 1] = value if ".." not in made[made.index(option) + 1] else made[made.index(option) + 1]
        elif option != "--count":
            made += [option, value]
    return made


def run_document(program: str, path: str) -> tuple[int, list[str]]:
    """How many lines of a document were run, and the faults."""
    faults, count = [], 0
    with open(os.path.join(ROOT, path)) as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(ROOT, "experiments"), os.path.join(folder, "experiments"))
        for name in ("spec.json", "gd.json"):
            shutil.copy(os.path.join(folder, "experiments", "two-contexts-interacting.json"), os.path.join(folder, name))
        for line in lines(text):
            if any(part in line for part in ELSEWHERE):
                continue
            words = few(program, line)
            named = next((word for word in words if word.startswith("chains/")), None)
            if named and words[0] not in ("merge", "status") and not os.path.exists(os.path.join(folder, named)) and "--out" not in words:
                prepare(program, folder, named)
            done = subprocess.run([program, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
            count += 1
            if done.returncode not in (0, 1):
                faults.append(f"{path}: {line}: status {done.returncode}: {done.stderr.strip()[-300:]}")
    return count, faults


def prepare(program: str, folder: str, run: str) -> None:
    """A run that a line presumes: of the experiment that it is called after."""
    name = os.path.basename(run)
    spec = os.path.join(folder, "experiments", name + ".json")
    if os.path.exists(spec):
        subprocess.run([program, "sample", spec, "--quiet", "--draws", "40", "--warmup", "40", "--out", run], cwd=folder, capture_output=True)


def main() -> int:
    program = os.path.abspath(sys.argv[1])
    paths = ["README.md"] + sorted(os.path.relpath(path, ROOT) for path in glob.glob(os.path.join(ROOT, "docs", "*.md")) if not path.endswith("commands.md"))
    faults, count = [], 0
    for part in ELSEWHERE:
        if not any(part in line for path in paths for line in lines(open(os.path.join(ROOT, path)).read())):
            faults.append(f"no line needs {part!r}: take it out of ELSEWHERE")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for ran, found in pool.map(lambda path: run_document(program, path), paths):
            count += ran
            faults += found
    print("\n".join(faults) or f"{count} command lines of {len(paths)} documents work", file=sys.stderr if faults else sys.stdout)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
