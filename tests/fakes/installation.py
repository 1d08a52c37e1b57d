"""An installation that spans processes as it would span machines: NATS, a shared store, and the roles apart."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import httpx

from config.jetstream import JetStreamSettings
from tests.fakes.nats_server import NatsServer, running
from tests.fakes.ports import free_port
from tests.fakes.product import Program, clean_environment
from tests.fakes.waiting import until

READY_SECONDS = 120.0
"""A bound on waiting: a dozen processes start at once and load the scorer, on a machine that may be busy."""


@dataclass
class RolePart:
    """One `endurance proxy`, `worker` or `api`, killed and started again on the same ports and folder."""

    name: str
    program: Program
    admin_url: str
    traffic_url: str

    async def wait_ready(self, client: httpx.AsyncClient) -> None:
        """Return when its admin port answers."""

        async def answers() -> bool:
            assert self.program.process is not None
            assert self.program.process.returncode is None, self.program.log()[-3000:]
            with contextlib.suppress(httpx.TransportError):
                return (await client.get(f"{self.admin_url}/ready", timeout=2)).status_code == 200
            return False

        await until(answers, f"{self.name} ready; log:\n{self.program.log()[-3000:]}", READY_SECONDS)

    async def kill_and_start(self, client: httpx.AsyncClient) -> None:
        """End it as a crash of its machine would, and start it anew."""
        await self.program.kill()
        await self.program.start()
        await self.wait_ready(client)

    async def metric(self, client: httpx.AsyncClient, name: str) -> float | None:
        """Return one sample of its `/metrics`; None where it has none."""
        try:
            text = (await client.get(f"{self.admin_url}/metrics", timeout=10)).text
        except httpx.TransportError:
            return None
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return next((float(value) for series, _, value in lines if series == name), None)


@dataclass
class Installation:
    """All of it."""

    client: httpx.AsyncClient
    nats: list[NatsServer]
    proxies: list[RolePart]
    workers: list[RolePart]
    apis: list[RolePart]

    async def total(self) -> int | None:
        """Return how many sessions are stored, as the first api that answers tells; None when nobody can."""
        for api in self.apis:
            with contextlib.suppress(httpx.TransportError):
                summary = (await self.client.get(f"{api.admin_url}/v1/metrics/summary", timeout=10)).json()
                if summary["queue"]["depth"] == 0:
                    return summary["total_sessions"]
        return None

    async def rows(self, api: RolePart) -> list[dict]:
        """Return every session row, newest first."""
        rows: list[dict] = []
        cursor: dict[str, str] = {}
        while True:
            query = {"limit": "200", **cursor}
            answer = await self.client.get(f"{api.admin_url}/v1/sessions", params=query, timeout=30)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            rows += page["sessions"]
            if page["next_cursor"] is None:
                return rows
            cursor = {"cursor": page["next_cursor"]}

    def logs(self) -> str:
        """Return the end of every log."""
        parts = (*self.proxies, *self.workers, *self.apis)
        return "\n".join(f"--- {part.name}\n{part.program.log()[-1500:]}" for part in parts)


@dataclass
class Listener:
    """A client of one api's feed that comes back with its last position whenever it is cut off."""

    url: str
    told: list[str] = field(default_factory=list)
    """Session ids, in the order of their events."""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    last_id: str | None = None

    async def run(self, client: httpx.AsyncClient) -> None:
        """Listen until cancelled."""
        while True:
            with contextlib.suppress(httpx.TransportError):
                headers = {} if self.last_id is None else {"Last-Event-ID": self.last_id}
                async with client.stream("GET", f"{self.url}/v1/stream", headers=headers, timeout=30) as feed:
                    if feed.status_code == 200:
                        await self._read(feed)
            await asyncio.sleep(0.1)

    async def _read(self, feed: httpx.Response) -> None:
        event: dict[str, str] = {}
        async for line in feed.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
                continue
            if event.get("event") == "session":
                self.told.append(json.loads(event["data"])["session_id"])
            if "id" in event:
                self.last_id = event["id"]
                self.ready.set()
            event = {}


@contextlib.asynccontextmanager
async def running_installation(
    folder: Path,
    nats: list[NatsServer],
    upstream: str,
    store: str,
    *,
    proxies: int = 1,
    workers: int = 2,
    apis: int = 1,
    is_nats_there: bool = True,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Installation]:
    """Run all of it; killed at the end. Without `is_nats_there` the test starts NATS itself, and stops it."""
    queue = ",".join(server.url for server in nats)
    parts: dict[str, list[RolePart]] = {"proxy": [], "worker": [], "api": []}
    for role, count in (("proxy", proxies), ("worker", workers), ("api", apis)):
        for index in range(count):
            flags = ("--queue", queue, *(("--upstream", upstream) if role == "proxy" else ("--store", store)))
            parts[role].append(make_part(folder, role, f"{role}{index}", flags, replicas=len(nats)))
            parts[role][-1].program.environment |= environment
    everyone = [part for group in parts.values() for part in group]
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    with running(*(nats if is_nats_there else ())):
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:
            try:
                for part in everyone:
                    await part.program.start()
                for part in everyone:
                    await part.wait_ready(client)
                yield Installation(client, nats, parts["proxy"], parts["worker"], parts["api"])
            finally:
                for part in everyone:
                    await part.program.kill()


def make_part(folder: Path, role: str, name: str, flags: tuple[str, ...], replicas: int) -> RolePart:
    """Return a role that was not started, with one scoring process and leases short enough for a test."""
    settings = JetStreamSettings(replicas=replicas, lease_seconds=5, limit_bytes=256 * 1024 * 1024)
    environment = clean_environment() | {
        "ENDURANCE_SCORER_PROCESSES": "1",
        "ENDURANCE_JETSTREAM_REPLICAS": str(settings.replicas),
        "ENDURANCE_JETSTREAM_LEASE_SECONDS": str(settings.lease_seconds),
        "ENDURANCE_JETSTREAM_LIMIT_BYTES": str(settings.limit_bytes),
    }
    admin, traffic = free_port(), free_port()
    arguments = (role, "--data-dir", str(folder / name), "--admin-port", str(admin), *flags)
    if role == "proxy":
        arguments += ("--port", str(traffic))
    program = Program(arguments, folder / f"{name}.log", environment)
    return RolePart(name, program, f"http://127.0.0.1:{admin}", f"http://127.0.0.1:{traffic}")
