#!/usr/bin/env python3
"""Runs the notebooks in python/notebooks, each in an empty directory; fails if a cell does.

A notebook that needs a command of the program (`needs` in its metadata) or a tool (`tools`) that is not there is left out with a notice.

    scripts/notebooks.py [--store] [NAME...]

With --store what the cells show is written into the notebooks.
"""
import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import nbclient
import nbformat

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "python/src"))
import mcmc_run  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--store", action="store_true", help="write what the cells show into the notebooks")
    arguments = parser.parse_args()
    os.environ["PYTHONPATH"] = str(REPOSITORY / "python/src")
    os.environ["MCMC_RUN"] = mcmc_run.find_program()
    for path in sorted((REPOSITORY / "python/notebooks").glob("*.ipynb")):
        if arguments.names and path.stem not in arguments.names:
            continue
        notebook = nbformat.read(path, as_version=4)
        needed = [f"the command {name}" for name in notebook.metadata.get("needs", []) if not mcmc_run.has_command(name)]
        needed += [name for name in notebook.metadata.get("tools", []) if not shutil.which(name)]
        if needed:
            print(f"*** {path.name} is SKIPPED: there is no {', no '.join(needed)}", file=sys.stderr)
            continue
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
        print(f"{path.name}: {time.monotonic() - start:.1f} s")
        if arguments.store:
            for cell in notebook.cells:
                # Times of the run, which would differ in every one.
                cell.metadata.pop("execution", None)
            notebook.metadata.pop("language_info", None)
            nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
