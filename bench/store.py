"""The embedded store with a million sessions: pages by each filter, aggregates, and saves on top of it."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from bench.record import BEGIN, TIME_ZONE, make_session, repeat
from exporters.store.aggregates import Interval
from exporters.store.base import SessionFilter
from exporters.store.sqlite import SqliteStore
from scorer.model import DimensionName, Evaluation, Verdict

QUICK_ROWS = 50_000
FULL_ROWS = 1_000_000
SAVED_ROWS = 10_000
"""Saved one by one and repeated until there are enough."""
CONCURRENT_SAVES = 200
MEASURED_SAVES = 10_000
SINGLE_SAVES = 200
REPEATS = 200
_OTHERS = 10_000_000
"""Numbers of sessions that are no copies of others."""


def run(quick: bool, rows: int | None = None) -> dict[str, float]:
    """Return figures by name."""
    return asyncio.run(_measure(rows or (QUICK_ROWS if quick else FULL_ROWS)))


async def _measure(rows: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "endurance.db"
        started_at = time.perf_counter()
        end = await build(path, rows)
        figures = {"rows": rows, "building the record (s)": time.perf_counter() - started_at}
        figures["file (bytes per session)"] = path.stat().st_size / rows
        store = SqliteStore(path, TIME_ZONE)
        await store.open()
        try:
            figures |= await read(store, end)
            figures |= await save(store, end)
        finally:
            await store.close()
        return figures


async def build(path: Path, rows: int) -> datetime:
    """Make the record; return the moment after its newest session."""
    saved = min(rows, SAVED_ROWS)
    store = SqliteStore(path, TIME_ZONE)
    await store.open()
    for first in range(0, saved, CONCURRENT_SAVES):
        batch = [make_session(number, saved) for number in range(first, min(saved, first + CONCURRENT_SAVES))]
        await asyncio.gather(*map(store.save, batch))
    await store.close()
    return await asyncio.to_thread(repeat, path, rows // saved - 1)


async def read(store: SqliteStore, end: datetime) -> dict[str, float]:
    """Return the times of what people ask of a record that ends at that moment."""
    figures: dict[str, float] = {}
    for name, work in _reads(store, end).items():
        figures |= _named(name, await _milliseconds(work, REPEATS))
    return figures


def _reads(store: SqliteStore, end: datetime) -> dict[str, Callable[[], Awaitable[object]]]:
    def page(**wanted: object) -> Callable[[], Awaitable[object]]:
        return lambda: store.list_sessions(SessionFilter(**wanted), 50, None)  # type: ignore[arg-type] - by name

    middle = BEGIN + (end - BEGIN) / 2
    week = (end - timedelta(days=7), end)
    return {
        "page of 50": page(),
        "page of 50, one service": page(service_id="s1"),
        "page of 50, flagged": page(flagged_only=True),
        "page of 50, a day": page(since=middle - timedelta(days=1), until=middle),
        "page of 50, half of the record": page(until=middle + timedelta(minutes=7)),
        "page of 50, low overall": page(max_score=40.0),
        "page of 50, a rare overall": page(max_score=8.0),
        "page of 50, a narrow range": page(min_score=62.5, max_score=62.7),
        "page of 50, a dimension above": page(dimension=DimensionName.SECURITY, min_score=95.0),
        "page of 50, a dimension under": page(dimension=DimensionName.SECURITY, max_score=40.0),
        "page of 50, a flag reason": page(flag_reason="hallucination"),
        "page of 50, a rare flag reason": page(flag_reason="gate_pii"),
        "page of 50, a verdict": page(verdict=Verdict.HALLUCINATED),
        "page of 50, a language": page(language="hi"),
        "page of 50, a model": page(model="demo-1"),
        "page of 50, a conversation": page(conversation_id="c1"),
        "page of 50, a rare word": page(q="word4711"),
        "page of 50, a frequent word": page(q="sentence"),
        "page of 50, two words": page(q="sentence word4711"),
        "page of 50, a word of a service": page(q="sentence", service_id="s1"),
        "page of 50, a model of a service": page(model="demo-1", service_id="s1"),
        "page of 50, low of a model and service": page(model="demo-1", service_id="s1", max_score=40.0),
        "stats of all services": store.all_stats,
        "stats of a service": lambda: store.service_stats("s1"),
        "a week by the hour, all services": lambda: store.timeseries(Interval.HOUR, *week, None),
        "a week by the hour, one service": lambda: store.timeseries(Interval.HOUR, *week, "s1"),
        "all days, all services": lambda: store.timeseries(Interval.DAY, BEGIN, end, None),
    }


async def save(store: SqliteStore, end: datetime) -> dict[str, float]:
    """Return how fast more sessions are saved to the record."""
    batches = [
        [_later(number, end) for number in range(first, first + CONCURRENT_SAVES)]
        for first in range(_OTHERS, _OTHERS + MEASURED_SAVES, CONCURRENT_SAVES)
    ]
    started_at, used_before = time.perf_counter(), time.process_time()
    for batch in batches:
        await asyncio.gather(*map(store.save, batch))
    rate = MEASURED_SAVES / (time.perf_counter() - started_at)
    used = (time.process_time() - used_before) / MEASURED_SAVES
    alone = iter([_later(_OTHERS + MEASURED_SAVES + number, end) for number in range(SINGLE_SAVES)])
    single = await _milliseconds(lambda: store.save(next(alone)), SINGLE_SAVES)
    return {
        f"saves/s, {CONCURRENT_SAVES} at once": rate,
        "processor time of a save (ms)": 1000 * used,
        **_named("one save alone", single),
    }


def _later(number: int, end: datetime) -> Evaluation:
    place = end + timedelta(seconds=8) * (number - _OTHERS)
    return make_session(number, SAVED_ROWS).model_copy(update={"timestamp": place})


async def _milliseconds(work: Callable[[], Awaitable[object]], repeats: int) -> list[float]:
    times = []
    for _ in range(repeats):
        started_at = time.perf_counter()
        await work()
        times.append(1000 * (time.perf_counter() - started_at))
    return sorted(times)


def _named(name: str, times: list[float]) -> dict[str, float]:
    return {f"{name}, p50 (ms)": statistics.median(times), f"{name}, p99 (ms)": times[int(len(times) * 0.99)]}
