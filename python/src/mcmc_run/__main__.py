"""`python -m mcmc_run ...` and the command `mcmc-run` of an installed package: the program itself, in place of Python."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Becomes the program, with the command line's arguments."""
    from ._program import NAME, find_program
    from .errors import ProgramNotFound

    try:
        program = find_program()
    except ProgramNotFound as error:
        sys.exit(f"{NAME}: error: {error}")
    # Python ignores SIGPIPE; the program is to find signals as a shell leaves them.
    import signal

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(program, [NAME, *sys.argv[1:]])


if __name__ == "__main__":
    main()
