"""Completes words in real shells, and reads the manual pages. Usage: shell-test.py PROGRAM

bash and zsh run on a terminal of the test's own, where keys are typed as a user types them; fish answers what it would complete. Pages are
checked by mandoc and shown by man. What a machine does not have is skipped with a notice.
"""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

program = Path(sys.argv[1]).resolve()
TAB = "\t"
# What is typed, and what the line must be after the tabulator.
CASES = [
    ("mcmc-run samp" + TAB, "mcmc-run sample "),
    ("mcmc-run run spec.json --sampler neur" + TAB, "mcmc-run run spec.json --sampler neuronGibbs "),
    ("mcmc-run run spec.json --until-e" + TAB, "mcmc-run run spec.json --until-ess "),
    ("mcmc-run run spec.json --set sampler.targ" + TAB, "mcmc-run run spec.json --set sampler.targetAcceptance="),
    ("mcmc-run run spec.json --set sampler.kind=collapsedH" + TAB, "mcmc-run run spec.json --set sampler.kind=collapsedHmc "),
    ("mcmc-run check chains/inter" + TAB, "mcmc-run check chains/interacting "),
    ("mcmc-run check --format lat" + TAB, "mcmc-run check --format latex "),
    ("mcmc-run solve sp" + TAB, "mcmc-run solve spec.json "),
    ("mcmc-run help ensem" + TAB, "mcmc-run help ensembles "),
    ("mcmc-run init --network gainM" + TAB, "mcmc-run init --network gainModulatedLinear "),
]


class TypingError(Exception):
    """The shell did not do what was typed."""


class Shell:
    """A shell on a terminal."""

    def __init__(self, command, folder, environment):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        self.text = ""

    def read_until(self, mark, seconds=120):
        """Reads until a text appears behind what was read before, and takes all up to it."""
        end = time.monotonic() + seconds
        while mark not in self.text:
            if time.monotonic() > end:
                raise TypingError(f"waited for {mark!r}, found {self.text!r}")
            if select.select([self.terminal], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.terminal, 65536).decode(errors="replace")
                except OSError:
                    raise TypingError(f"the shell has ended: {self.text!r}") from None
        before, self.text = self.text.split(mark, 1)
        return before

    def type(self, text):
        os.write(self.terminal, text.encode())

    def line_after(self, typed, number):
        """The line that typed keys make: put into quotes at its start and end, and printed by the shell."""
        keys, tab = typed[:-1], typed[-1]
        self.type(keys)
        time.sleep(0.05)
        self.type(tab)
        # The program is asked meanwhile.
        time.sleep(1.0)
        self.type("'\x01print_line '\r")
        self.read_until(f"<<{number}:")
        return self.read_until(">>")

    def end(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


def typed_in(name, command, set_up, folder, environment):
    if shutil.which(name) is None:
        print(f"*** there is no {name}: its completion is NOT TESTED", file=sys.stderr)
        return
    shell = Shell(command, folder, environment)
    shell.type("count=0; print_line() { printf '<<%s:%s%s' $count \"$1\" '>>'; count=$((count + 1)); }\r")
    shell.type(set_up + "\r")
    shell.type("echo rea''dy\r")
    shell.read_until("ready")
    for number, (typed, wanted) in enumerate(CASES):
        found = shell.line_after(typed, number)
        assert found == wanted, f"{name}: {typed!r} became {found!r}, and not {wanted!r}"
    shell.end()
    print(f"{name}: {len(CASES)} lines completed as they should")


def fish(folder, environment):
    if shutil.which("fish") is None:
        print("*** there is no fish: its completion is NOT TESTED", file=sys.stderr)
        return
    for typed, wanted in CASES:
        line = typed[:-1]
        script = f"mcmc-run completion fish | source; complete -C {line!r}"
        done = subprocess.run(["fish", "--no-config", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=True)
        found = [line.split("\t")[0] for line in done.stdout.splitlines()]
        last = wanted.strip().split(" ")[-1]
        assert last in found and all(word.startswith(line.split(" ")[-1]) for word in found), f"fish: {line!r} gives {found}, without {last!r}"
    print(f"fish: {len(CASES)} lines completed as they should")


def asked(folder, environment):
    """init asks until it has an answer."""
    shell = Shell([str(program), "init", "asked.json"], folder, environment)
    shell.read_until("inputSelection): ")
    shell.type("inptSelection\r")
    shell.read_until("did you mean")
    shell.read_until("inputSelection): ")
    shell.type("\r")
    shell.read_until("gainModulatedLinear): ")
    shell.type("2\r")
    shell.read_until("is written")
    shell.end()
    text = (folder / "asked.json").read_text()
    assert '"kind": "inputSelection"' in text and '"kind": "twoLayer"' in text
    subprocess.run([program, "schema", "asked.json"], cwd=folder, check=True, capture_output=True)
    # Where nobody answers it ends.
    shell = Shell([str(program), "init", "never.json"], folder, environment)
    shell.read_until("inputSelection): ")
    shell.type("\x04")
    shell.read_until("the input has ended")
    shell.end()
    assert not (folder / "never.json").exists()
    print("init: asked and answered on a terminal")


def manual(folder, environment):
    pages = folder / "man"
    subprocess.run([program, "man", "--out", pages], check=True, capture_output=True)
    files = sorted(pages.glob("man?/*"))
    commands = re.findall(r"^  ([a-z][a-z-]*) ", subprocess.run([program, "--help"], capture_output=True, text=True, check=True,
                          env=environment | {"COLUMNS": "80"}).stdout.split("Commands\n")[1].split("\n\n")[0], re.M)
    assert len(files) == len(commands) + 2, (len(files), commands)
    if shutil.which("mandoc"):
        lint = subprocess.run(["mandoc", "-T", "lint", *files], capture_output=True, text=True)
        assert lint.returncode == 0 and not lint.stdout, lint.stdout[:3000]
        print(f"mandoc: {len(files)} pages without a remark")
    else:
        print("*** there is no mandoc: manual pages are NOT CHECKED", file=sys.stderr)
    if shutil.which("man"):
        shown = subprocess.run(["man", "-M", pages, "--warnings", "-P", "cat", "mcmc-run-sample"], capture_output=True, text=True,
                               env=environment | {"MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        assert shown.returncode == 0 and not shown.stderr, shown.stderr
        assert "--until-ess" in shown.stdout and "never overwritten" in re.sub(r"\s+", " ", shown.stdout)
        assert all(len(line) <= 80 for line in shown.stdout.splitlines())
        print("man: mcmc-run-sample is shown")
    else:
        print("*** there is no man: manual pages are NOT SHOWN", file=sys.stderr)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bin").mkdir()
        (folder / "bin/mcmc-run").symlink_to(program)
        (folder / "spec.json").write_text("{}")
        for run in ["interacting", "other"]:
            (folder / "chains" / run).mkdir(parents=True)
            (folder / "chains" / run / "experiment.json").write_text("{}")
        environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": name, "TERM": "xterm", "PS1": "", "LC_ALL": "C.UTF-8",
                       "COLUMNS": "400", "LINES": "50"}
        scripts = {shell: folder / f"completion.{shell}" for shell in ["bash", "zsh"]}
        for shell, path in scripts.items():
            path.write_text(subprocess.run([program, "completion", shell], capture_output=True, text=True, check=True).stdout)
        typed_in("bash", ["bash", "--norc", "--noprofile", "-i"], f"PS1=; source {scripts['bash']}", folder, environment)
        # compinit finds the script by its name, as a package installs it.
        functions = folder / "functions"
        functions.mkdir()
        shutil.copy(scripts["zsh"], functions / "_mcmc-run")
        typed_in("zsh", ["zsh", "-f", "-i"], f"PS1=; bindkey -e; fpath=({functions} $fpath); autoload -Uz compinit; compinit -u -D", folder,
                 environment)
        typed_in("zsh", ["zsh", "-f", "-i"], f"PS1=; bindkey -e; autoload -Uz compinit; compinit -u -D; source {scripts['zsh']}", folder, environment)
        fish(folder, environment)
        asked(folder, environment)
        manual(folder, environment)


main()
