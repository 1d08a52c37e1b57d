"""The supervisor: one small process over the proxy and the engine, or over the one role that runs apart.

It binds every port before anything starts (so that a port in use is said at once, and a connection made while a
process restarts waits instead of failing), holds the data directory's lock, makes the Unix socket between the two,
starts both, restarts whichever dies with a growing pause, and ends them in order: the proxy first, so that what it
still holds reaches the engine's spool.

Rules: it never touches traffic, documents or scores. Both children stay in its process group and die with it.
"""

import asyncio
import contextlib
import fcntl
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from config.errors import ConfigurationError
from config.logging import get_logger

BACKLOG = 4096
"""Connections that wait in the kernel; nginx's 511 overflows at a few thousand simultaneous clients."""
RESTART_PAUSE_SECONDS = 0.1
RESTART_PAUSE_LIMIT_SECONDS = 5.0
STABLE_SECONDS = 30.0
"""A process that lived this long starts over with the shortest pause."""
STOP_SECONDS = 3.0
"""Time for a process to end after SIGTERM, beyond what open streams are granted."""
EXIT_CONFIGURATION = 2

_log = get_logger("endurance.supervisor")


@dataclass(frozen=True)
class Sockets:
    """Everything that listens, bound before any process starts."""

    traffic: socket.socket | None
    admin: socket.socket
    probe: socket.socket | None
    engine: socket.socket
    """Unix socket on which the engine accepts the proxy."""


def bind_port(host: str, port: int, name: str) -> socket.socket:
    """Return a listening TCP socket. Raises ConfigurationError naming the setting when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(f"{name}: cannot listen on {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigurationError(f"{name}: cannot listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def bind_engine_socket() -> socket.socket:
    """Return a listening Unix socket under a name that the kernel picks.

    An abstract name (unix(7), autobind) has no path to outgrow and needs no writable folder; while this process holds
    the socket nobody else can take the name, and the engine checks each peer's user.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind("")
    listener.listen(8)
    listener.setblocking(False)
    return listener


@contextlib.contextmanager
def locked_data_dir(path: Path) -> Iterator[None]:
    """Make the data directory and hold its lock. Raises ConfigurationError when either cannot be had."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(f"data_dir: cannot use {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigurationError(f"data_dir: {path} is in use by another Endurance") from error
        yield
    finally:
        os.close(lock)


@dataclass(frozen=True)
class Role:
    """How to start one kind of process."""

    name: str
    """As `endurance.child` knows it."""
    bootstrap: bytes
    """Handed over standard input, so that no secret stands in an argument or the environment."""
    listeners: tuple[socket.socket, ...]
    stop_seconds: float


class _RefusedError(Exception):
    """A process ended with exit code 2 at start, after it said in one line what is wrong."""


class _Child:
    """One role's process, restarted until told to stop."""

    def __init__(self, role: Role, rng: random.Random) -> None:
        self._role = role
        self._rng = rng
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Keep the process alive. Raises _RefusedError when it refuses its settings before it was ever ready."""
        pause = RESTART_PAUSE_SECONDS
        while not self._stopping.is_set():
            started_at = time.monotonic()
            code = await self._run_once()
            if self._stopping.is_set():
                return
            if code == EXIT_CONFIGURATION and not self.ready.is_set():
                raise _RefusedError
            if time.monotonic() - started_at > STABLE_SECONDS:
                pause = RESTART_PAUSE_SECONDS
            _log.error("process ended, restarting", role=self._role.name, exit_code=code, pause_seconds=round(pause, 2))
            await asyncio.sleep(pause * self._rng.uniform(0.8, 1.2))
            pause = min(RESTART_PAUSE_LIMIT_SECONDS, pause * 2)

    async def _run_once(self) -> int:
        ready_read, ready_write = os.pipe()
        descriptors = [listener.fileno() for listener in self._role.listeners]
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "endurance.child",
                self._role.name,
                str(os.getpid()),
                str(ready_write),
                *map(str, descriptors),
                stdin=asyncio.subprocess.PIPE,
                pass_fds=(ready_write, *descriptors),
            )
        except OSError as error:
            os.close(ready_read)
            _log.error("cannot start a process", role=self._role.name, error=error.strerror)
            return -1
        finally:
            os.close(ready_write)
        return await self._follow(self._process, ready_read)

    async def _follow(self, process: asyncio.subprocess.Process, ready_read: int) -> int:
        loop = asyncio.get_running_loop()
        loop.add_reader(ready_read, self._on_ready, ready_read)
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died at once; its exit code tells
                await process.communicate(self._role.bootstrap)
            return await process.wait()
        finally:
            loop.remove_reader(ready_read)
            os.close(ready_read)
            if process.returncode is None:  # we are being cancelled while it starts
                process.kill()

    def _on_ready(self, ready_read: int) -> None:
        if os.read(ready_read, 1):
            self.ready.set()
        asyncio.get_running_loop().remove_reader(ready_read)

    async def stop(self) -> None:
        """Ask the process to end; kill it when it takes longer than its role is granted."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(self._role.stop_seconds):
                await process.wait()
        except TimeoutError:
            _log.warning("process did not end in time, killing it", role=self._role.name)
            process.kill()
            await process.wait()


async def supervise(roles: tuple[Role, ...], on_ready: Callable[[], None]) -> int:
    """Run the roles until SIGTERM or SIGINT, then stop them in the given order; `on_ready` is called once.

    Returns the exit code: 0, or 2 when a process refused its settings at start (it has said why).
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    children = [_Child(role, random.Random()) for role in roles]
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    code = 0
    try:
        async with asyncio.TaskGroup() as group:
            runs = [group.create_task(child.run()) for child in children]
            announcing = group.create_task(_announce(children, on_ready))
            await stop.wait()
            _log.info("stopping")
            for child in children:
                await child.stop()
            for task in (announcing, *runs):
                task.cancel()  # a run may be in its pause before a restart
    except* _RefusedError:
        code = EXIT_CONFIGURATION
        for child in children:
            await child.stop()
    _log.info("stopped")
    return code


async def _announce(children: list[_Child], on_ready: Callable[[], None]) -> None:
    for child in children:
        await child.ready.wait()
    on_ready()
