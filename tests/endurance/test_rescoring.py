"""Scoring history again: what is judged anew, what is left as it is, and going on after any end."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from config.errors import ConfigurationError, InvalidInputError, ScoringError, StoreUnavailableError
from endurance.rescoring import PAGE, PlaceFile, Rescorer, RescoreRun, Skip, new_run
from exporters.store.base import SessionFilter
from exporters.store.sqlite import SqliteStore
from scorer.model import Evaluation, Exchange
from scorer.protocols import Job
from tests.fakes.evaluations import make_evaluation

ALL = SessionFilter()


class SecondScorer:
    """Judges everything 90; `before` is run with the count of jobs so far."""

    def __init__(self, before: Callable[[int], None] = lambda _: None) -> None:
        self.jobs: list[Job] = []
        self._before = before

    async def score(self, job: Job, *, urgent: bool = False) -> Evaluation:
        self.jobs.append(job)
        self._before(len(self.jobs))
        exchange = Exchange.model_validate_json(job.payload)
        return make_evaluation(
            1,
            session_id=exchange.session_id,
            submission_id=exchange.submission_id,
            service_id=exchange.service_id,
            timestamp=exchange.timestamp,
            overall_score=90.0,
            scorer_version="2",
        )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "endurance.db", "UTC")
    await store.open()
    yield store
    await store.close()


def run_of(wanted: SessionFilter = ALL, *, is_everything: bool = False, run_id: str = "run") -> RescoreRun:
    return new_run(run_id, "2", wanted, is_everything=is_everything)


async def carry_out(
    store: SqliteStore,
    scorer: SecondScorer,
    run: RescoreRun,
    kept: list[RescoreRun] | None,
    wanted: SessionFilter = ALL,
) -> RescoreRun:
    return await Rescorer(store, scorer, wanted, run).run(None if kept is None else kept.append, lambda _: None)


async def versions(store: SqliteStore) -> list[tuple[str, int]]:
    found = (await store.read_evaluations(ALL, 1000, None)).evaluations
    return [(one.scorer_version, one.revision) for one in found]


async def test_every_older_session_gets_a_next_revision_in_its_place(store: SqliteStore) -> None:
    for number in range(PAGE + 5):
        await store.save(make_evaluation(number))
    before = [row.session_id for row in (await store.list_sessions(ALL, 1000, None)).sessions]

    run = await carry_out(store, SecondScorer(), run_of(), kept := [])

    assert await versions(store) == [("2", 2)] * (PAGE + 5)
    assert [row.session_id for row in (await store.list_sessions(ALL, 1000, None)).sessions] == before
    assert (run.moves.sessions, run.moves.scores["overall"].after_mean, run.skipped) == (PAGE + 5, 90.0, {})
    assert [(one.is_complete, one.moves.sessions) for one in kept] == [(False, PAGE), (True, PAGE + 5)]
    assert (await store.check(is_repaired=False)).differences == ()


async def test_a_second_run_finds_nothing_older(store: SqliteStore) -> None:
    await store.save(make_evaluation(1))
    await carry_out(store, SecondScorer(), run_of(), [])
    scorer = SecondScorer()

    run = await carry_out(store, scorer, run_of(run_id="other"), [])
    everything = await carry_out(store, scorer, run_of(run_id="third", is_everything=True), [])

    assert (run.skipped, run.moves.sessions) == ({Skip.CURRENT: 1}, 0)
    assert everything.moves.sessions == 1
    assert await versions(store) == [("2", 3)]


async def test_what_cannot_be_judged_again_is_left_and_counted(store: SqliteStore) -> None:
    await store.save(make_evaluation(1, redacted=True))
    await store.save(make_evaluation(2))
    await store.save(make_evaluation(3, service_id="other"))
    await store.save(make_evaluation(4))
    await store.erase(make_evaluation(4).session_id)
    wanted = SessionFilter(service_id="desk")

    run = await carry_out(store, SecondScorer(), run_of(wanted), [], wanted)

    assert (run.moves.sessions, run.skipped) == (1, {Skip.REDACTED: 1})
    assert await store.count_erased("desk", None, None) == 1
    assert await versions(store) == [("1", 1), ("2", 2), ("1", 1)]


@pytest.mark.parametrize("error", [InvalidInputError("unknown preset"), ScoringError("a process died")])
async def test_a_session_that_the_scorer_refuses_stops_nobody(store: SqliteStore, error: Exception) -> None:
    for number in range(2):
        await store.save(make_evaluation(number))

    def refuse(count: int) -> None:
        raise error

    run = await carry_out(store, SecondScorer(refuse), run_of(), [])

    assert (run.moves.sessions, run.skipped, run.is_complete) == (0, {Skip.FAILED: 2}, True)
    assert await versions(store) == [("1", 1)] * 2


async def test_a_process_that_dies_costs_one_retry(store: SqliteStore) -> None:
    await store.save(make_evaluation(1))

    def die_once(count: int) -> None:
        if count == 1:
            raise ScoringError("a process died")

    run = await carry_out(store, scorer := SecondScorer(die_once), run_of(), [])

    assert (run.moves.sessions, len(scorer.jobs)) == (1, 2)


async def test_a_session_erased_while_it_is_judged_stays_erased(store: SqliteStore) -> None:
    await store.save(make_evaluation(1))
    session_id = make_evaluation(1).session_id

    class Erasing(SecondScorer):
        async def score(self, job: Job, *, urgent: bool = False) -> Evaluation:
            await store.erase(session_id)
            return await super().score(job, urgent=urgent)

    run = await carry_out(store, Erasing(), run_of(), [])

    assert (run.skipped, run.moves.sessions) == ({Skip.CHANGED: 1}, 0)
    assert await store.get(session_id) is None


async def test_a_run_that_was_cut_off_goes_on_where_it_was_and_saves_nothing_twice(store: SqliteStore) -> None:
    for number in range(2 * PAGE):
        await store.save(make_evaluation(number))

    def fail(count: int) -> None:
        if count == PAGE + 7:
            raise StoreUnavailableError("away")

    with pytest.raises(StoreUnavailableError):
        await carry_out(store, SecondScorer(fail), run_of(is_everything=True), kept := [])
    run = await carry_out(store, SecondScorer(), kept[-1], kept)

    assert await versions(store) == [("2", 2)] * (2 * PAGE)
    assert run.moves.sessions + run.skipped.get(Skip.CURRENT, 0) == 2 * PAGE
    assert run.moves.sessions >= PAGE


async def test_a_dry_run_tells_and_changes_nothing(store: SqliteStore) -> None:
    await store.save(make_evaluation(1))

    run = await carry_out(store, SecondScorer(), run_of(), None)

    assert (run.moves.sessions, run.is_complete) == (1, True)
    assert await versions(store) == [("1", 1)]


def test_the_place_is_read_back_only_for_the_same_order(tmp_path: Path) -> None:
    place = PlaceFile(tmp_path / "rescore.json")
    with pytest.raises(ConfigurationError, match="no run to go on with"):
        place.read(run_of())
    begun = run_of().model_copy(update={"cursor": "here", "skipped": {Skip.FAILED: 2}})

    place.write(begun)

    assert place.read(run_of(run_id="another")) == begun
    for other in (run_of(is_everything=True), run_of(SessionFilter(service_id="desk"))):
        with pytest.raises(ConfigurationError, match="other conditions"):
            place.read(other)
    place.path.write_text("{")
    with pytest.raises(ConfigurationError, match="cannot read"):
        place.read(run_of())
