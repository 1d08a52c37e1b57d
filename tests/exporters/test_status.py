"""The port of a role without an API: health, readiness, metrics, and a key for these where keys are asked for."""

import hashlib

from aiohttp.test_utils import TestClient, TestServer

from config.api import ApiSettings
from config.settings import MetricsSettings
from exporters.prometheus import Metrics
from exporters.status import Status


def serve(*, is_well: bool = True, api: ApiSettings | None = None) -> TestClient:
    async def refresh() -> bool:
        return is_well

    metrics = Metrics(MetricsSettings(), "9.9", started_at=0.0)
    return TestClient(
        TestServer(Status(metrics, refresh, api or ApiSettings(), (api or ApiSettings()).named_keys, "9.9").build_app())
    )


async def test_health_says_whether_all_parts_answer_and_readiness_does_not_depend_on_it() -> None:
    async with serve(is_well=False) as client:
        health, ready = await client.get("/health"), await client.get("/ready")

        assert (await health.json()) == {"status": "degraded", "version": "9.9"}
        assert (ready.status, await ready.json()) == (200, {"status": "ready"})


async def test_metrics_are_open_where_no_key_is_set() -> None:
    async with serve() as client:
        answer = await client.get("/metrics")

        assert answer.status == 200
        assert 'endurance_build_info{python="' in await answer.text()


async def test_metrics_ask_for_a_key_where_one_is_set() -> None:
    api = ApiSettings.model_validate({"keys": ["a-long-enough-key-for-a-test"]})
    async with serve(api=api) as client:
        without = await client.get("/metrics")
        wrong = await client.get("/metrics", headers={"X-API-Key": "another"})
        right = await client.get("/metrics", headers={"Authorization": "Bearer a-long-enough-key-for-a-test"})
        health = await client.get("/health")

        assert (without.status, wrong.status, right.status, health.status) == (401, 401, 200, 200)


async def test_metrics_of_all_services_are_not_for_a_key_of_some_or_of_another_scope() -> None:
    def entry(name: str, **changes: object) -> dict[str, object]:
        return {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "scopes": ["read"]} | changes

    keys = [entry("all"), entry("some", services=["desk"]), entry("pusher", scopes=["ingest"])]
    async with serve(api=ApiSettings.model_validate({"named_keys": keys})) as client:
        statuses = [(await client.get("/metrics", headers={"X-API-Key": str(key["name"])})).status for key in keys]

    assert statuses == [200, 403, 403]
