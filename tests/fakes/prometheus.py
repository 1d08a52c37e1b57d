"""A real Prometheus that scrapes one target every second, and its query interface."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.fakes.ports import free_port
from tests.fakes.waiting import until

READY_SECONDS = 60.0


@dataclass
class Prometheus:
    """The running server."""

    client: httpx.AsyncClient

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the result of an instant query. Raises AssertionError with what Prometheus says of a bad one."""
        answer = await self.client.get("/api/v1/query", params={"query": expression})
        body = answer.json()
        assert body["status"] == "success", f"{expression}: {body.get('error')}"
        return list(body["data"]["result"])

    async def rules(self) -> list[dict[str, Any]]:
        """Return every loaded rule with its health."""
        groups = (await self.client.get("/api/v1/rules")).json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


@contextlib.asynccontextmanager
async def running_prometheus(folder: Path, target: str, rules: Path) -> AsyncIterator[Prometheus]:
    """Run Prometheus on the target `host:port` with a file of rules."""
    port = free_port()
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "endurance", "static_configs": [{"targets": [target]}]}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(configuration))  # JSON is YAML
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            stderr=log,
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:

            async def is_ready() -> bool:
                with contextlib.suppress(httpx.TransportError):
                    return (await client.get("/-/ready")).status_code == 200
                return False

            await until(is_ready, "Prometheus", READY_SECONDS)
            yield Prometheus(client)
    finally:
        process.terminate()
        await process.wait()
