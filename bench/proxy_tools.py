"""Processes for `bench/proxy.py`: pinned to a core, put before the machine's other work where that is allowed.

The load (`bench/proxy_load.c`) is compiled here, with whatever C compiler there is.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PROXY_CORE = 0
LOAD_CORE = 1
START_SECONDS = 30.0
_AUTOGROUP_NICENESS = "-19"
"""Sessions share the cores by it, processes inside one session by their own niceness, as in production."""
_REALTIME_PRIORITY = 5


@dataclass(frozen=True)
class Load:
    """What a load run saw."""

    requests: int
    rate: float
    """Requests per second."""
    errors: int
    p50_us: float
    p99_us: float


@dataclass(frozen=True)
class Streams:
    """What the clients of token streams saw."""

    delivered_ratio: float
    delay_us: float
    """Median time of one token from the upstream's send to the client's receive."""
    first_token_us: float
    """Median time from a request to its first token, of the streams begun when four fifths ran."""
    running_mb: float
    """Memory of the watched process while all streams were open."""


class Traffic:
    """The compiled load: an upstream that serves, and runs of clients."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise RuntimeError("no C compiler: install gcc")
        self._program = folder / "proxy_load"
        source = Path(__file__).with_name("proxy_load.c")
        subprocess.run([compiler, "-O2", "-o", self._program, source], check=True)

    @contextlib.contextmanager
    def upstream(self, port: int) -> Iterator[None]:
        """Serve on the load's core."""
        with running([str(self._program), "upstream", str(port)], LOAD_CORE, is_load=True):
            wait_for(lambda: _accepts(port), "the upstream")
            yield

    def load(self, port: int, connections: int, seconds: float, size_bytes: int, rate: float = 0) -> Load:
        """Ask for answers of that size; as many as there can be, unless a rate in requests per second is given."""
        words = ["load", str(port), str(connections), str(seconds), str(size_bytes), str(rate)]
        with running([str(self._program), *words], LOAD_CORE, is_load=True, stdout=subprocess.PIPE) as process:
            seen = json.loads(process.communicate(timeout=seconds + START_SECONDS)[0])
        return Load(
            seen["requests"], seen["requests"] / seen["seconds"], seen["errors"], seen["p50_us"], seen["p99_us"]
        )

    def streams(self, port: int, count: int, tokens: int, gap_us: int, watched_pid: int) -> Streams:
        """Open `count` streams in a second, each with a token every `gap_us` microseconds."""
        words = ["streams", str(port), str(count), str(tokens), str(gap_us)]
        with running([str(self._program), *words], LOAD_CORE, is_load=True, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            if not json.loads(process.stdout.readline())["is_running"]:
                raise RuntimeError("the streams did not start")
            memory = resident_mb(watched_pid)
            seen = json.loads(process.communicate(timeout=START_SECONDS * 2)[0])
        delivered = seen["received"] / seen["expected"]
        return Streams(delivered, seen["delay_p50_us"], seen["first_token_p50_us"], memory)


@contextlib.contextmanager
def running(
    arguments: Sequence[str], core: int, *, is_load: bool = False, **options: object
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program and all its children in a session of its own, on one core; killed at the end."""

    def prepare() -> None:
        os.sched_setaffinity(0, {core})
        with contextlib.suppress(OSError):  # not allowed here: the figures then share the machine with its other work
            Path("/proc/self/autogroup").write_text(_AUTOGROUP_NICENESS)
        if is_load:
            with contextlib.suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_REALTIME_PRIORITY))

    process = subprocess.Popen(  # type: ignore[call-overload] # the options are Popen's
        arguments,
        start_new_session=True,
        preexec_fn=prepare,  # noqa: PLW1509 - no thread runs here
        **options,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(holds: Callable[[], object], what: str) -> None:
    """Ask until the condition holds. Raises TimeoutError."""
    until = time.monotonic() + START_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {START_SECONDS} s for {what}")
        time.sleep(0.02)


def answers(url: str) -> bool:
    """Say whether a GET is answered 200."""
    with contextlib.suppress(OSError):
        return bool(urllib.request.urlopen(url, timeout=2).status == 200)
    return False


def group_pids(session: int, *words: str) -> list[int]:
    """Return the processes of a session whose command line holds all the words."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if os.getsid(int(entry.name)) == session and all(word in line for word in words):
                found.append(int(entry.name))
    return sorted(found)


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the CPU time of processes, all their threads, in seconds (`schedstat` counts nanoseconds)."""
    files = [path for pid in pids for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(path.read_text().split()[0]) for path in files) / 1e9


def resident_mb(pid: int) -> float:
    """Return the resident set of a process in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"process {pid} has no resident set")


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
