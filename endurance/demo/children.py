"""The processes of the first run: started with a log file each, watched until they answer, stopped in order."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from config.errors import ConfigurationError, EnduranceError

_TAIL_LINES = 15
_POLL_SECONDS = 0.05
_KILL_SECONDS = 2.0
"""How long a killed process may take to be gone."""


class ChildError(EnduranceError):
    """A process of the first run ended, or did not answer in time; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running command and the file that holds what it said."""

    name: str
    process: asyncio.subprocess.Process
    log_path: Path

    def tail(self) -> str:
        """Return the last lines of the log."""
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_TAIL_LINES:]) or "(it said nothing)"

    async def wait_until_ready(self, is_ready: Callable[[], Awaitable[bool]], timeout_seconds: float) -> None:
        """Return when `is_ready` says so. Raises ChildError when the process ended first, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while self.process.returncode is None:
                    if await is_ready():
                        return
                    await asyncio.sleep(_POLL_SECONDS)
        fate = "" if self.process.returncode is not None else f"no answer within {timeout_seconds:g} s; "
        raise ChildError(fate + self.obituary())

    def obituary(self) -> str:
        """Say how it ended, if it did, and what it said last."""
        code = self.process.returncode
        state = "is running" if code is None else f"ended with exit code {code}"
        return f"{self.name} {state}; the end of {self.log_path}:\n{self.tail()}"

    async def stop(self, timeout_seconds: float) -> None:
        """Send SIGTERM and wait; what is left of its group after the time is killed."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    await self.process.wait()
        finally:  # also when the wait was cancelled: a second Ctrl-C
            if self.process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                async with asyncio.timeout(_KILL_SECONDS):
                    await self.process.wait()


def command_line(arguments: Sequence[str]) -> list[str]:
    """Return how `endurance ARGS…` is started so that it dies with this process."""
    return [sys.executable, "-m", "endurance.demo.child", str(os.getpid()), *arguments]


@asynccontextmanager
async def running(name: str, command: Sequence[str], log_path: Path, stop_seconds: float) -> AsyncIterator[Child]:
    """Run a command with its output in a file; it is over when the block is left."""
    with log_path.open("wb") as log:
        # A group of its own: Ctrl-C reaches only the first run, which then stops its processes in order.
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    child = Child(name, process, log_path)
    try:
        yield child
    finally:
        await child.stop(stop_seconds)


async def first_end(children: Sequence[Child]) -> str:
    """Return what is to be said of the process that ends first, once it has ended."""

    async def watch(child: Child) -> None:
        await child.process.wait()
        raise ChildError(child.obituary())

    try:
        async with asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(watch(child))
    except* ChildError as ended:
        text = str(ended.exceptions[0])
    return text


def choose_port(host: str, wanted: int | None, default: int) -> int:
    """Return the wanted port; or the default one, or a free one when the default is taken.

    Raises ConfigurationError when the wanted port is taken.
    """
    if _is_free(host, default if wanted is None else wanted):
        return default if wanted is None else wanted
    if wanted is not None:
        raise ConfigurationError(f"port {wanted} on {host} is in use; choose another one")
    with socket.create_server((host, 0)) as probe:
        free: int = probe.getsockname()[1]
    return free


def _is_free(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True
