#!/usr/bin/env python3
"""Injects errors of the operating system (strace) into every kind of work on a run, and looks at what is left.

usage: fault-test.py PROGRAM [SECONDS]

For each system call and each of its first occurrences: the program ends with one sentence and status 74 (or does not mind, and
gives the right digest), and what is left can be gone on with to the same digest. Ends after SECONDS (default 20).
"""
import os, re, shutil, subprocess, sys, tempfile, time

program, seconds = os.path.abspath(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 20
end = time.monotonic() + seconds
SPEC = """{"name": "fault", "task": {"kind": "inputSelection", "contexts": 2},
 "network": {"kind": "gainModulatedLinear", "neurons": 3}, "ensemble": {"kind": "product"},
 "sampler": {"chains": 2, "draws": 20, "seed": 1}, "record": {"weights": 5}}"""


def run(*arguments, inject=None, paths=()):
    command = [program, *arguments]
    if inject:
        command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={inject}"] + [
            word for path in paths for word in ("-P", path)] + command
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def files(folder):
    return [os.path.join(place, name) for place, folders, names in os.walk(folder) for name in names + folders] + [folder]


faults, trials, refused = [], 0, 0


def judge(what, result, digest=None):
    """Whether a trial ended as it should; digest is what a success must have printed."""
    global trials, refused
    trials += 1
    refused += result.returncode == 74
    lines = [line for line in result.stderr.splitlines() if line.startswith("mcmc-run: error: ")]
    if result.returncode == 0:
        if digest is not None and result.stdout.strip() != digest:
            faults.append(f"{what}: status 0 and another digest")
    elif result.returncode != 74 or len(lines) != 1 or len(result.stderr.splitlines()) > 3:
        faults.append(f"{what}: status {result.returncode}, {result.stderr[:300]!r}")


if not shutil.which("strace") or subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
    print("SKIPPED: strace is missing, or not allowed here")
    sys.exit(0)

with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    open("spec.json", "w").write(SPEC)
    made = run("sample", "spec.json", "--out", "run", "--quiet")
    assert made.returncode == 0, made.stderr
    digest = run("digest", "run").stdout.strip()
    own = files(os.path.abspath("run"))
    reading = [(call, error) for call in ("openat", "read", "getdents64", "newfstatat", "fstat", "pread64")
               for error in ("EIO", "EACCES")]
    writing = [(call, error) for call in ("write", "fsync", "rename", "mkdir", "ftruncate", "pwrite64", "flock")
               for error in ("EIO", "ENOSPC")]
    # Rounds over all calls, so that a short run sees some of each.
    for number in range(1, 40):
        for call, error in writing:
            if time.monotonic() > end: break
            shutil.rmtree("new", ignore_errors=True)
            judge(f"sample, {call} {number} {error}",
                  run("sample", "spec.json", "--out", "new", "--quiet", inject=f"{call}:error={error}:when={number}"))
            if os.path.exists("new"):
                again = run("resume", "new", "--quiet")
                if again.returncode != 0 or run("digest", "new").stdout.strip() != digest:
                    faults.append(f"sample, {call} {number} {error}: not resumed, {again.stderr[:300]!r}")
        for call, error in reading:
            if time.monotonic() > end: break
            judge(f"digest, {call} {number} {error}",
                  run("digest", "run", inject=f"{call}:error={error}:when={number}", paths=own), digest)
        for call, error in writing:
            if time.monotonic() > end: break
            shutil.rmtree("out.nc", ignore_errors=True)
            result = run("export", "run", "--out", "out.nc", "--force", inject=f"{call}:error={error}:when={number}")
            judge(f"export, {call} {number} {error}", result)
            if result.returncode != 0 and os.path.exists("out.nc"):
                open("out.nc", "rb").read()
    left = [name for name in os.listdir(".") if re.search(r"\.(new|old|tmp)-", name)]
    if left: faults.append(f"left behind: {left}")

if refused * 4 < trials: faults.append("hardly any error reached the program")
print(f"{trials} injected errors, {refused} refusals, {len(faults)} faults")
for fault in faults[:20]: print(fault)
sys.exit(1 if faults or trials < 10 else 0)
