#!/usr/bin/env python3
"""Tests the wheel as somebody would have it who has nothing else: installed in a fresh environment, with an empty PATH.

It must sample, check and export, draw what the program draws that it was made from, and load no library but its own and those of every
Linux; also where another libnetcdf or GSL comes first on LD_LIBRARY_PATH. Where this process may (root), the program runs besides in a
root directory that has nothing but the C and C++ libraries.

    scripts/wheel-test.py WHEEL... PROGRAM
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from wheel import OF_THE_SYSTEM, libraries

LIMIT = 25e6
SCRIPT = """
import json, mcmc_run
spec = {"name": "wheel", "task": {"kind": "inputSelection", "contexts": 2}, "sampler": {"chains": 2, "draws": 2000},
        "network": {"kind": "gainModulatedLinear", "neurons": 30}}
run = mcmc_run.sample(spec, out="run", force=True)
assert run.check().passed
export = run.export(out="run.nc", force=True)
assert export.draws_per_chain == 2000
json.dump(spec, open("spec.json", "w"))
print(mcmc_run.find_program(), run.digest)
"""


def run(*command, **options):
    answer = subprocess.run([*map(str, command)], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    if answer.returncode != 0:
        sys.exit(f"wheel-test: {' '.join(map(str, command))} failed ({answer.returncode}): {answer.stdout}{answer.stderr}")
    return answer.stdout


def loaded(program, folder, environment):
    """The libraries that the program loads to export a run, as the loader tells."""
    out = folder / "loader"
    run(program, "export", folder / "run", "--out", folder / "loaded.nc", "--force",
        env={**environment, "LD_DEBUG": "libs", "LD_DEBUG_OUTPUT": str(out)})
    files = list(folder.glob("loader.*"))
    found = set(re.findall(r"calling init: (\S+)", "".join(path.read_text(errors="replace") for path in files)))
    for path in files:
        path.unlink()
    return found


def in_a_bare_root(package, folder, digest):
    """Runs the program in a root directory that has nothing else but /proc, where this process may make one."""
    root = folder / "root"
    mounted = ["unshare", "--mount", "sh", "-c"]
    command = [*mounted, 'mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"', root]
    (root / "proc").mkdir(parents=True)
    shutil.copytree(package / "bin", root / "bin")
    here = libraries()
    for name in OF_THE_SYSTEM:
        target = root / ("lib64" if name.startswith("ld-linux") else "lib/x86_64-linux-gnu") / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(here[name], target)
    shutil.copy(folder / "spec.json", root)
    if os.geteuid() != 0 or subprocess.run([*mounted, 'mount --rbind /proc "$0/proc"', root], capture_output=True).returncode != 0:
        print("*** nothing can be mounted: the program was not tried in a root directory with nothing else")
        return
    run(*command, "/bin/mcmc-run", "sample", "/spec.json", "--out", "/run", "--quiet")
    assert run(*command, "/bin/mcmc-run", "digest", "/run").strip() == digest
    print("in a root directory with nothing else: the same digest")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("program", type=Path)
    arguments = parser.parse_args()
    wheel, program = arguments.wheel.resolve(), arguments.program.resolve()
    assert wheel.stat().st_size <= LIMIT, f"{wheel.stat().st_size / 1e6:.1f} MB"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv/bin/python"
        # What the package needs besides (NumPy) has no part in this.
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", wheel)
        digests = {}
        for name, more in [("alone", {}), ("beside others", {"LD_LIBRARY_PATH": os.path.dirname(libraries()["libgsl.so.27"])})]:
            bare = {"PATH": "/nonexistent", **more}
            found, digests[name] = run(python, "-I", "-c", SCRIPT, env=bare, cwd=folder).split()
            package = Path(found).parent.parent
            assert package.is_relative_to(folder / "venv"), found
            paths = loaded(found, folder, bare)
            own = {os.path.basename(path) for path in paths if path.startswith(str(package))}
            others = {path for path in paths if not path.startswith(str(package)) and os.path.basename(path) not in OF_THE_SYSTEM}
            assert not others, f"{name}: loads {', '.join(sorted(others))}"
            assert {"libgsl.so.27", "libnetcdf.so.40"} <= own, own
            print(f"{name}: {len(own)} libraries of its own, and of others only the C and C++ libraries")
        run(program, "sample", folder / "spec.json", "--out", folder / "shell", "--quiet")
        digest = run(program, "digest", folder / "shell").strip()
        assert set(digests.values()) == {digest}, (digests, digest)
        print(f"the digest is that of {arguments.program}")
        in_a_bare_root(package, folder, digest)
        command = folder / "venv/bin/mcmc-run"
        start = time.monotonic()
        assert run(command, "--version", env={}).split()[1] == wheel.name.split("-")[1]
        print(f"mcmc-run --version: {time.monotonic() - start:.3f} s")


if __name__ == "__main__":
    main()
