"""The real product as processes, for system tests: started on free ports, watched, stopped or killed."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.fakes.ports import free_port
from tests.fakes.waiting import until

START_SECONDS = 30.0
"""A bound on waiting, not a target: a loaded machine is slow."""
SCORED_SECONDS = 120.0


def clean_environment() -> dict[str, str]:
    """Return the environment without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ENDURANCE_")}


@dataclass
class Program:
    """One process of ours with its log in a file."""

    arguments: tuple[str, ...]
    log_path: Path
    environment: dict[str, str] = field(default_factory=clean_environment)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it in a process group of its own, so that a kill reaches all of it."""
        with self.log_path.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "endurance",
                *self.arguments,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Process id of the running program."""
        assert self.process is not None
        return self.process.pid

    async def stop(self, seconds: float = 20.0) -> int:
        """Send SIGTERM and return the exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    async def kill(self) -> None:
        """SIGKILL the whole group at once and wait until it is gone."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()

    def log(self) -> str:
        """Return what it logged so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""


@dataclass
class Product:
    """Endurance in front of a bot."""

    program: Program
    client: httpx.AsyncClient
    traffic_url: str
    admin_url: str
    probe_url: str | None
    """None without an upstream: then no proxy runs."""
    data_dir: Path

    async def wait_ready(self) -> None:
        """Return when both the proxy and the admin port answer."""
        await until(self._answers, f"ready; log:\n{self.program.log()[-3000:]}", START_SECONDS)

    async def _answers(self) -> bool:
        assert self.program.process is not None
        assert self.program.process.returncode is None, self.program.log()[-3000:]
        urls = [url for url in (self.probe_url, self.admin_url) if url is not None]
        try:
            answers = [await self.client.get(f"{url}/ready", timeout=2) for url in urls]
        except httpx.TransportError:
            return False
        return all(answer.status_code == 200 for answer in answers)

    async def summary(self) -> dict:
        """Return `/v1/metrics/summary`."""
        answer = await self.client.get(f"{self.admin_url}/v1/metrics/summary", timeout=10)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def rows(self, **query: str | int) -> list[dict]:
        """Return every session row, all pages, newest first."""
        rows: list[dict] = []
        cursor: dict[str, str] = {}
        while True:
            parameters = {"limit": 200, **query, **cursor}
            answer = await self.client.get(f"{self.admin_url}/v1/sessions", params=parameters, timeout=20)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            rows += page["sessions"]
            if page["next_cursor"] is None:
                return rows
            cursor = {"cursor": page["next_cursor"]}

    async def session(self, session_id: str) -> dict:
        """Return one evaluation whole."""
        answer = await self.client.get(f"{self.admin_url}/v1/sessions/{session_id}", timeout=10)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def wait_scored(self, count: int) -> None:
        """Return when at least that many sessions are stored and the queue is empty."""

        async def done() -> bool:
            try:
                summary = await self.summary()
            except httpx.TransportError:
                return False
            return (summary["total_sessions"] or 0) >= count and summary["queue"]["depth"] == 0

        await until(done, f"{count} scored sessions; log:\n{self.program.log()[-3000:]}", SCORED_SECONDS)

    async def metrics(self) -> str:
        """Return `/metrics`."""
        answer = await self.client.get(f"{self.admin_url}/metrics", timeout=10)
        assert answer.status_code == 200
        return answer.text

    def children(self) -> dict[str, list[int]]:
        """Return the process ids of the running roles: `proxy`, `engine`, `score`."""
        roles: dict[str, list[int]] = {"proxy": [], "engine": [], "score": []}
        group = self.program.pid
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError, IndexError, ValueError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                process_group = int((entry / "stat").read_text().rpartition(")")[2].split()[2])
                if b"endurance.child" in words and process_group == group:
                    role = words[words.index(b"endurance.child") + 1].decode()
                    roles[role].append(int(entry.name))
        return roles


@contextlib.asynccontextmanager
async def running_demo(folder: Path) -> AsyncIterator[str]:
    """Run the example chatbot; yields its URL."""
    port = free_port()
    program = Program(("demo", "--port", str(port)), folder / "demo.log")
    await program.start()
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:

            async def answers() -> bool:
                with contextlib.suppress(httpx.TransportError):
                    return (await client.get(f"{url}/health")).status_code == 200
                return False

            await until(answers, "the example chatbot", START_SECONDS)
        yield url
    finally:
        await program.kill()


@contextlib.asynccontextmanager
async def running_product(
    folder: Path, upstream: str | None, *flags: str, environment: dict[str, str] | None = None
) -> AsyncIterator[Product]:
    """Run `endurance serve`; killed at the end if it is still there."""
    traffic_port, admin_port, probe_port = free_port(), free_port(), free_port()
    arguments = ["serve", "--data-dir", str(folder / "data"), "--admin-port", str(admin_port), *flags]
    if upstream is not None:
        arguments += ["--upstream", upstream, "--port", str(traffic_port), "--probe-port", str(probe_port)]
    program = Program(tuple(arguments), folder / "serve.log", clean_environment() | (environment or {}))
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        product = Product(
            program,
            client,
            traffic_url=f"http://127.0.0.1:{traffic_port}",
            admin_url=f"http://127.0.0.1:{admin_port}",
            probe_url=f"http://127.0.0.1:{probe_port}" if upstream is not None else None,
            data_dir=folder / "data",
        )
        await program.start()
        try:
            await product.wait_ready()
            yield product
        finally:
            await program.kill()
