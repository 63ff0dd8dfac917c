"""One run of the program: its output, its signals, its end.

A single loop in the calling thread reads both pipes, so that neither can fill up while the other is waited for. The program has a session
of its own: the terminal's Ctrl-C reaches Python alone, which passes it on once (a second one makes the program leave at once).
"""

from __future__ import annotations

import codecs
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ._program import checked_program
from .errors import UsageError

# An argument may have this many bytes on Linux.
_LONGEST_ARGUMENT = 131_071

# Asks the system to end the program with SIGTERM when Python ends, however it ends, and becomes the program. The system watches the thread
# that starts it: that thread waits for the program, and so lives as long. Not done in a fork of this process, where other threads'
# locks would be held for ever.
_LIFELINE = """
import ctypes, os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True)
class Outcome:
    """How the program ended, and what it wrote."""

    status: int
    output: str
    messages: str
    #: Whether Ctrl-C was passed on.
    interrupted: bool = False


def run_program(
    arguments: Sequence[str],
    *,
    show: Callable[[str], None] | None = None,
    passes_through: bool = False,
    outlives_python: bool = True,
) -> Outcome:
    """Runs the program to its end.

    Args:
        show: called with each line that it writes on standard error.
        passes_through: whether standard error is this process's own.
        outlives_python: whether it may go on when this process is killed.
    """
    program = checked_program()
    for argument in arguments:
        if len(os.fsencode(argument)) > _LONGEST_ARGUMENT:
            raise UsageError(f"{argument[:60]}...: too long for a command line; put it into the spec", status=64)
    command = [program, *arguments]
    if not outlives_python and _has_lifeline():
        command = [sys.executable, "-I", "-S", "-c", _LIFELINE, str(os.getpid()), *command]
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if passes_through else subprocess.PIPE,
        start_new_session=True,
    )
    reader = _Reader(child, show)
    interrupts = 0
    try:
        while True:
            try:
                reader.read_to_the_end()
                child.wait()
                break
            except KeyboardInterrupt:
                # The first asks it to write what it has, the second to leave at once, the third does not ask.
                interrupts += 1
                child.send_signal(signal.SIGINT if interrupts < 3 else signal.SIGKILL)
    except BaseException:
        _stop(child, reader)
        raise
    finally:
        reader.close()
    return Outcome(child.returncode, reader.output, reader.messages, interrupts > 0)


def _has_lifeline() -> bool:
    """Whether the system is one that can be asked, by a Python of its own: in some programs `sys.executable` is the program."""
    return sys.platform == "linux" and os.path.basename(sys.executable or "").startswith("python")


def _stop(child: subprocess.Popen[bytes], reader: _Reader) -> None:
    """Ends the program after a failure of this process's own (a callback's, say), once it has written what it has."""
    reader.show = None
    child.send_signal(signal.SIGINT)
    try:
        reader.read_to_the_end()
        child.wait()
    except BaseException:
        child.kill()
        child.wait()


class _Reader:
    """Collects what the program writes, and shows the lines of its standard error."""

    def __init__(self, child: subprocess.Popen[bytes], show: Callable[[str], None] | None) -> None:
        self.show = show
        self._output: list[bytes] = []
        self._messages: list[str] = []
        self._line = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pipes = [pipe for pipe in (child.stdout, child.stderr) if pipe is not None]
        self._messages_pipe = child.stderr
        self._selector = selectors.DefaultSelector()
        for pipe in self._pipes:
            self._selector.register(pipe, selectors.EVENT_READ)

    def read_to_the_end(self) -> None:
        """Reads until both pipes are closed; can be called again after an exception."""
        while self._selector.get_map():
            for key, _ in self._selector.select():
                data = os.read(key.fd, 1 << 16)
                if not data:
                    self._selector.unregister(key.fileobj)
                if key.fileobj is self._messages_pipe:
                    self._hear(self._decoder.decode(data, final=not data))
                else:
                    self._output.append(data)

    def _hear(self, text: str) -> None:
        self._messages.append(text)
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            if self.show is not None and line.strip():
                self.show(line)

    @property
    def output(self) -> str:
        # Names of files need not be UTF-8: they come back as Python has them.
        return b"".join(self._output).decode("utf-8", "surrogateescape")

    @property
    def messages(self) -> str:
        return "".join(self._messages)

    def close(self) -> None:
        self._selector.close()
        for pipe in self._pipes:
            pipe.close()
