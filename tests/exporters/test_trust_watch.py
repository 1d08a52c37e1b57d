"""The trust figures as metrics, from a real store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.errors import StoreUnavailableError
from exporters.store.sqlite import SqliteStore
from exporters.trust_watch import TrustFigures, TrustWatch
from scorer.model import Feedback, Verification
from scorer.trust import follow
from tests.fakes.evaluations import START, make_evaluation
from tests.fakes.waiting import until


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "endurance.db", "UTC")
    await store.open()
    yield store
    await store.close()


def samples(figures: TrustFigures) -> dict[tuple[str, ...], float]:
    return {
        (sample.name.removeprefix("endurance_"), *sample.labels.values()): sample.value
        for family in figures.collect()
        for sample in family.samples
    }


async def test_what_the_record_says_of_a_service_is_told(store: SqliteStore) -> None:
    for n in range(120):
        is_bad = n >= 60
        groups = {"language": "hi" if n % 3 == 0 else "en"}
        verification = Verification(risk=0.9 if is_bad else 0.1)
        score = 20.0 if is_bad else 90.0
        await store.save(
            make_evaluation(
                n, overall_score=score, flagged=is_bad, metadata={"groups": groups}, verification=verification
            )
        )
    for n in range(0, 120, 4):
        await store.add_feedback(make_evaluation(n).session_id, Feedback(approved=True, at=START))
    figures = TrustFigures()

    await TrustWatch(store, figures, 10, 60).read()

    told = samples(figures)
    assert told["score_alarm", "desk", "overall"] == 1
    assert told["drift_significant", "desk", "overall_score"] == 1
    assert told["group_impact_ratio", "desk", "declared_groups"] == pytest.approx(1)
    assert told["judged_records", "desk", "answers"] == 30
    assert told["agreement", "desk", "answers", "kappa"] == 1
    assert told["agreement", "desk", "answers", "tpr_low"] < told["agreement", "desk", "answers", "tpr"] == 1


async def test_what_rests_on_too_little_has_no_sample(store: SqliteStore) -> None:
    await store.save(make_evaluation(1))
    figures = TrustFigures()

    await TrustWatch(store, figures, 10, 60).read()

    names = {key[0] for key in samples(figures)}
    assert names == {"score_ewma", "score_alarm", "judged_records"}


async def test_the_moving_average_is_that_of_the_record_whoever_saved(store: SqliteStore) -> None:
    for number, score in enumerate((80.0, 80.0, 40.0)):
        await store.save(make_evaluation(number, overall_score=score))
    first, second = TrustFigures(), TrustFigures()

    for figures in (first, second):  # two processes, one of them started a moment ago
        await TrustWatch(store, figures, 10, 60).read()

    assert samples(first)["score_ewma", "desk", "overall"] == follow([80.0, 80.0, 40.0]).smoothed
    assert samples(first) == samples(second)


async def test_a_new_service_has_figures_long_before_all_are_read_again(store: SqliteStore) -> None:
    figures, stop = TrustFigures(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(TrustWatch(store, figures, 10, 3600, news_seconds=0.01).run(stop))
        await store.save(make_evaluation(1, service_id="bank"))
        await until(lambda: ("score_ewma", "bank", "overall") in samples(figures))
        await store.save(make_evaluation(2, service_id="desk"))
        await until(lambda: ("score_ewma", "desk", "overall") in samples(figures))
        stop.set()


async def test_services_beyond_the_limit_have_none(store: SqliteStore) -> None:
    for n, service in enumerate(("bank", "desk", "clinic")):
        await store.save(make_evaluation(n, service_id=service))
    figures = TrustFigures()

    await TrustWatch(store, figures, 2, 60).read()

    assert len({key[1] for key in samples(figures)}) == 2


async def test_a_store_that_is_away_leaves_the_figures_and_is_asked_again(store: SqliteStore) -> None:
    await store.save(make_evaluation(1))
    figures, stop, asked = TrustFigures(), asyncio.Event(), 0

    class Flaky:
        async def service_ids(self) -> list[str]:
            nonlocal asked
            asked += 1
            if asked == 2:
                raise StoreUnavailableError("away")
            return await store.service_ids()

        read_evaluations = store.read_evaluations

    async with asyncio.TaskGroup() as group:
        group.create_task(TrustWatch(Flaky(), figures, 10, 0.01).run(stop))  # type: ignore[arg-type] # it asks no more
        await until(lambda: asked >= 4)
        stop.set()

    assert samples(figures)
