"""Reads the recipes of containers and of Homebrew: no engine is needed. Usage: recipes-test.py

Of the Dockerfile and the Apptainer recipe the grammar is read, every shell line is parsed by sh, what is copied must be there or made by
an earlier stage, and packages must be those of scripts/packages.txt. Ruby parses the formula, where there is Ruby.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
needed = {line.split()[0] for line in (root / "scripts/packages.txt").read_text().splitlines() if line and not line.startswith("#")}


def shell(text, where):
    done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, f"{where}: {done.stderr}"
    for install in re.findall(r"apt-get install[^\n&]*", text):
        assert "-y" in install and "--no-install-recommends" in install, f"{where}: {install}"
    assert "apt-get install" not in text or "apt-get update" in text, f"{where}: packages without an update"


def packages(text):
    return set(re.findall(r"[a-z0-9][a-z0-9.+-]+", " ".join(re.findall(r"--no-install-recommends([^\n&]*)", text))))


def check_stages(stages, where):
    """Stages are (text of its shell lines, ...): the first builds, the last runs."""
    assert len(stages) == 2, f"{where}: {len(stages)} stages"
    missing = needed - packages(stages[0])
    assert not missing, f"{where}: the first stage lacks {missing}"
    libraries = {"libgsl27", "libnetcdf19", "zlib1g"}
    assert libraries <= packages(stages[1]), f"{where}: the last stage lacks {libraries - packages(stages[1])}"
    assert not any("-dev" in name for name in packages(stages[1])), f"{where}: the last stage has what only builds need"
    assert "make install" in stages[0], f"{where}: nothing is installed"


def dockerfile(path):
    known = {"FROM", "RUN", "COPY", "WORKDIR", "ENTRYPOINT", "CMD", "ENV", "LABEL", "USER"}
    lines = re.sub(r"\\\n", " ", "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#"))).splitlines()
    stages, names, last = [], set(), ""
    for line in filter(str.strip, lines):
        word, _, rest = line.partition(" ")
        assert word in known, f"{path.name}: {word} is no instruction"
        if word == "FROM":
            match = re.fullmatch(r"\S+:\S+(?: AS (\w+))?", rest)
            assert match, f"{path.name}: {line}: an image and its tag"
            names.add(match[1])
            stages.append("")
        assert stages, f"{path.name}: {word} stands before FROM"
        if word == "RUN":
            shell(rest, path.name)
            stages[-1] += re.sub(r"\s{2,}", " ", rest) + "\n"
        if word == "COPY":
            source = re.fullmatch(r"(?:--from=(\w+) )?(\S+) (\S+)", rest)
            assert source and (source[1] in names if source[1] else (root / source[2]).exists()), f"{path.name}: {line}"
        if word in ("ENTRYPOINT", "CMD"):
            assert re.fullmatch(r'\[("[^"]*"(, )?)+\]', rest), f"{path.name}: {line}: a list"
        last = word
    assert last == "CMD"
    check_stages(stages, path.name)


def apptainer(path):
    sections = {"files", "post", "runscript", "test", "labels", "environment", "help"}
    stages, names, section, body = [], set(), None, ""

    def close():
        if section in ("post", "runscript", "test"):
            shell(body, f"{path.name}: %{section}")
            stages[-1] += body
        if section == "files" and body:
            for line in body.split("\n"):
                if line.strip():
                    assert len(line.split()) == 2, f"{path.name}: {line}"

    for line in path.read_text().splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("Bootstrap:"):
            close()
            section, body = None, ""
            stages.append("")
        elif line.startswith("Stage:"):
            names.add(line.split()[1])
        elif line.startswith("%"):
            close()
            words = line[1:].split()
            assert words[0] in sections, f"{path.name}: {line} is no section"
            assert words[0] != "files" or len(words) == 1 or (words[1] == "from" and words[2] in names), f"{path.name}: {line}"
            section, body = words[0], ""
        elif line.strip() and section is None:
            assert re.fullmatch(r"From: \S+:\S+", line), f"{path.name}: {line}"
        else:
            body += line.strip() + "\n"
    close()
    check_stages(stages, path.name)


def formula(path):
    text = path.read_text()
    assert 'license "GPL-3.0-or-later"' in text and (root / "scripts/install.sh").exists()
    if shutil.which("ruby") is None:
        print("*** there is no Ruby: the Homebrew formula is NOT PARSED", file=sys.stderr)
        return
    done = subprocess.run(["ruby", "-c", path], capture_output=True, text=True)
    assert done.returncode == 0 and "Syntax OK" in done.stdout, done.stderr


dockerfile(root / "packaging/Dockerfile")
apptainer(root / "packaging/mcmc-run.def")
formula(root / "packaging/mcmc-run.rb")
print("the recipes of Docker, Apptainer and Homebrew can be read")
