"""The embedded store: saves per second, a page, stats and a timeseries, over a record filled first."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from exporters.store.base import Interval, SessionFilter
from exporters.store.sqlite import SqliteStore
from scorer.model import DimensionName, Verdict
from tests.fakes.evaluations import START, make_full_evaluation

QUICK_ROWS = 20_000
FULL_ROWS = 1_000_000
SERVICES = 5
CONCURRENT_SAVES = 200
REPEATS = 100


def run(quick: bool) -> dict:
    """Return figures by name."""
    return asyncio.run(_measure(QUICK_ROWS if quick else FULL_ROWS))


async def _measure(rows: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "endurance.db"
        store = SqliteStore(path, "Asia/Kolkata")
        await store.open()
        try:
            figures: dict[str, float] = {"rows": rows}
            figures |= await _fill(store, rows)
            figures["file (bytes per session)"] = path.stat().st_size / rows
            figures |= await _read(store)
        finally:
            await store.close()
        return figures


async def _fill(store: SqliteStore, rows: int) -> dict[str, float]:
    evaluations = (make_full_evaluation(number, service_id=f"s{number % SERVICES}") for number in range(rows))
    saving_seconds = 0.0
    while batch := [evaluation for _, evaluation in zip(range(CONCURRENT_SAVES), evaluations, strict=False)]:
        started_at = time.perf_counter()
        await asyncio.gather(*(store.save(evaluation) for evaluation in batch))
        saving_seconds += time.perf_counter() - started_at
    single = await _milliseconds(lambda: store.save(make_full_evaluation(next(_numbers))))
    return {f"saves/s, {CONCURRENT_SAVES} at once": rows / saving_seconds, **_named("one save alone", single)}


_numbers = iter(range(10_000_000, 20_000_000))


async def _read(store: SqliteStore) -> dict[str, float]:
    def page(**wanted: object) -> Callable[[], Awaitable[object]]:
        return lambda: store.list_sessions(SessionFilter(**wanted), 50, None)  # type: ignore[arg-type] - by name

    week = (START, START + timedelta(days=7))
    reads = {
        "page of 50": page(),
        "page of 50, one service": page(service_id="s1"),
        "page of 50, flagged": page(flagged_only=True),
        "page of 50, a day": page(since=START, until=START + timedelta(days=1)),
        "page of 50, low overall": page(max_score=5.0),
        "page of 50, a dimension": page(dimension=DimensionName.SECURITY, min_score=95.0),
        "page of 50, a flag reason": page(flag_reason="low_overall"),
        "page of 50, a verdict": page(verdict=Verdict.HALLUCINATED),
        "page of 50, a model": page(model="demo-1"),
        "page of 50, a conversation": page(conversation_id="c1"),
        "page of 50, a model of a service": page(model="demo-1", service_id="s1"),
        "page of 50, a rare word": page(q="word4711"),
        "page of 50, a frequent word": page(q="sentence"),
        "stats of all services": store.all_stats,
        "a week by the hour, all services": lambda: store.timeseries(Interval.HOUR, *week, None),
        "a week by the hour, one service": lambda: store.timeseries(Interval.HOUR, *week, "s1"),
    }
    figures: dict[str, float] = {}
    for name, read in reads.items():
        figures |= _named(name, await _milliseconds(read))
    return figures


async def _milliseconds(work: Callable[[], Awaitable[object]]) -> list[float]:
    times = []
    for _ in range(REPEATS):
        started_at = time.perf_counter()
        await work()
        times.append(1000 * (time.perf_counter() - started_at))
    return sorted(times)


def _named(name: str, times: list[float]) -> dict[str, float]:
    return {f"{name}, p50 (ms)": statistics.median(times), f"{name}, p99 (ms)": times[int(len(times) * 0.99)]}
