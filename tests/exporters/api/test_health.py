"""Health, readiness, summary and metrics, with every part there and with parts away."""

from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.admin import Admin
from tests.fakes.evaluations import make_evaluation


async def test_healthy_with_version_and_uptime(admin: Admin) -> None:
    assert await admin.get("/health") == {"status": "healthy", "version": "1.2.3", "uptime_seconds": 60.0}


async def test_degraded_but_answering_and_ready_while_the_store_is_away(admin: Admin) -> None:
    admin.store.is_away = True

    assert (await admin.get("/health"))["status"] == "degraded"
    assert await admin.get("/ready") == {"status": "ready"}


async def test_degraded_while_the_queue_is_away(admin: Admin) -> None:
    admin.queue.is_away = True

    assert (await admin.get("/health"))["status"] == "degraded"


async def test_the_summary_adds_all_services_up(admin: Admin) -> None:
    await admin.save(
        make_evaluation(1, service_id="a", flagged=True),
        make_evaluation(2, service_id="a", flagged=False),
        make_evaluation(3, service_id="b", flagged=False),
    )

    assert await admin.get("/v1/metrics/summary") == {
        "total_sessions": 3,
        "flagged_sessions": 1,
        "flagged_percentage": 33.33,
        "services_count": 2,
        "alert_threshold": 40.0,
        "connected": True,
        "queue": {"depth": 3, "dead_letters": 1, "oldest_seconds": 1.5},
        "spool": {"bytes": 4096, "limit_bytes": 1_000_000, "damaged": 2},
        "has_upstream": True,
        "version": "1.2.3",
        "at": "2027-01-15T08:00:00.000Z",
    }


async def test_the_summary_of_an_empty_record_is_zero(admin: Admin) -> None:
    told = await admin.get("/v1/metrics/summary")

    assert (told["total_sessions"], told["flagged_percentage"], told["services_count"]) == (0, 0.0, 0)


async def test_the_summary_says_what_is_away_and_makes_no_numbers_up(admin: Admin) -> None:
    admin.store.is_away = admin.queue.is_away = True

    told = await admin.get("/v1/metrics/summary")

    assert (told["connected"], told["total_sessions"], told["flagged_percentage"]) == (False, None, None)
    assert told["queue"] == {"depth": None, "dead_letters": None, "oldest_seconds": None}
    assert told["spool"] == {"bytes": None, "limit_bytes": 1_000_000, "damaged": None}


async def read_metrics(admin: Admin) -> dict[str, list[float]]:
    async with admin.client.get("/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = text_string_to_metric_families(await answer.text())
    return {family.name: [sample.value for sample in family.samples] for family in families}


async def test_metrics_carry_the_state_of_queue_store_and_feed(admin: Admin) -> None:
    await admin.post("/v1/evaluate", {"query": "q", "response": "r"})

    told = await read_metrics(admin)

    assert (told["endurance_queue_depth"], told["endurance_queue_dead_letters"]) == ([3.0], [1.0])
    assert (told["endurance_spool_bytes"], told["endurance_spool_damaged"]) == ([4096.0], [2.0])
    assert (told["endurance_store_up"], told["endurance_feed_clients"]) == ([1.0], [0.0])
    assert sum(told["endurance_claims"]) == 4


async def test_metrics_are_told_while_store_and_queue_are_away(admin: Admin) -> None:
    admin.store.is_away = admin.queue.is_away = True

    told = await read_metrics(admin)

    assert told["endurance_store_up"] == [0.0]
    assert told["endurance_queue_depth"] == []
