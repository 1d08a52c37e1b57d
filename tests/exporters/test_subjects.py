"""The erasure of a person, proven by a search of every file and every collection, with both stores."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pymongo
import pytest

from config.settings import SpoolSettings
from exporters.store.base import SessionFilter, Store
from exporters.store.mongo import MongoStore
from exporters.store.sqlite import SqliteStore
from exporters.store.subjects import Traces
from exporters.subjects import LAG, OVERLAP, STATE_NAME, STEP_LIMIT, SubjectEraser, SubjectFollower
from scorer.model import Claim, Document, Evaluation, Evidence, Feedback, Signal, Status, Unit, Verdict
from scorer.protocols import Job, JobKind
from scorer.queue.spool import Spool
from tests.fakes.clock import ManualClock
from tests.fakes.evaluations import START, make_evaluation
from tests.fakes.exchanges import make_exchange
from tests.fakes.jobs import lease_one
from tests.fakes.waiting import until

WORD = "xylophone"
"""Stands in every text of the person, and nowhere else."""
THEIRS, OTHERS = "bcdfghjkmnpq", "wtsrqpnmkjhg"


@dataclass
class Installation:
    """A record and a queue in one data directory."""

    store: Store
    spool: Spool
    folder: Path
    clock: ManualClock
    mongo_url: str | None

    def eraser(self) -> SubjectEraser:
        return SubjectEraser(self.store, self.spool, self.clock)

    def places(self) -> list[str]:
        """Return every file and collection that holds the word."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        found = [path.name for path in files if WORD.encode() in path.read_bytes().lower()]
        if self.mongo_url is not None:
            with pymongo.MongoClient(self.mongo_url) as client:
                database = client.get_default_database()
                names = database.list_collection_names()
                found += [name for name in names if WORD in str(list(database[name].find())).lower()]
        return found


@pytest.fixture(params=["sqlite", pytest.param("mongodb", marks=pytest.mark.mongo)])
async def installation(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Installation]:
    url = request.getfixturevalue("mongo_url") if request.param == "mongodb" else None
    async with _opened(tmp_path, url) as opened:
        yield opened


@asynccontextmanager
async def _opened(folder: Path, url: str | None) -> AsyncIterator[Installation]:
    clock = ManualClock((START + timedelta(hours=10)).timestamp())
    store: Store = SqliteStore(folder / "endurance.db", "UTC") if url is None else MongoStore(url, "a", "UTC")
    await store.open()
    spool = await Spool.open(folder / "spool.db", SpoolSettings(), clock)
    yield Installation(store, spool, folder, clock, url)
    await spool.close()
    await store.close()


def wordy_evaluation(number: int, end_user: str | None, word: str) -> Evaluation:
    """Return an evaluation that holds the word wherever text can stand."""
    evidence = Evidence(document_id=word, start=0, end=len(word), text=word)
    return make_evaluation(
        number,
        end_user=end_user,
        query=f"What does the {word} cost?",
        response=f"The {word} is ten rupees.",
        conversation_id=f"{word}-1",
        model=word,
        claims=(Claim(text=word, start=4, end=13, verdict=Verdict.VERIFIED, confidence=0.9, reason=word,
                      evidence=(evidence,)),),
        signals=(Signal(dimension="security", name="pii_leak", unit=Unit.COUNT, status=Status.NOT_ASSESSED,
                        reason=word, evidence=(evidence,), source="a standard"),),
        rag_documents=(Document(id=word, content=word, source=word),),
        metadata={word: {"note": word}},
        flag_reasons=(word,),
        flag_codes=("low_overall",),
    )  # fmt: skip


def letter(id_: str, end_user: str | None, word: str) -> Job:
    """Return a pushed exchange that waits in the queue."""
    exchange = make_exchange(query=word, response=word, end_user=end_user, session_id=id_, submission_id=id_)
    return Job(id_, JobKind.EVALUATE, exchange.model_dump_json().encode())


async def bury(spool: Spool, *jobs: Job) -> None:
    for job in jobs:
        await spool.put([job])
        await spool.bury(await lease_one(spool), f"InvalidInputError: unknown preset {job.payload[-20:]!r}")


async def test_after_an_erasure_no_file_and_no_collection_holds_a_word_of_the_person(
    installation: Installation,
) -> None:
    store, spool = installation.store, installation.spool
    for number in range(6):
        mine = number % 2 == 0
        await store.save(wordy_evaluation(number, THEIRS if mine else OTHERS, WORD if mine else "piano"))
    comment = Feedback(approved=False, comment=f"not a {WORD}", reviewer=WORD, at=START)
    await store.add_feedback(make_evaluation(2).session_id, comment)
    await bury(spool, Job("raw", JobKind.EXCHANGE, b"\x00\x01" + WORD.encode()), letter("dead", THEIRS, WORD))
    stats = await store.all_stats()
    assert len(installation.places()) >= 2

    receipt = await installation.eraser().erase(THEIRS)

    await until(lambda: installation.places() == [])
    assert (receipt.sessions, receipt.feedback, receipt.dead_letters, receipt.waiting_jobs) == (3, 1, 2, 0)
    assert receipt.traces is (Traces.GONE if installation.mongo_url is None else Traces.SERVER)
    assert (receipt.end_user, receipt.at.timestamp()) == (THEIRS, installation.clock())
    assert await store.all_stats() == stats
    assert (await store.list_sessions(SessionFilter(q="piano"), 10, None)).total == 3
    assert [one.reason for one in await spool.dead_letters()] == ["erased", "erased"]


async def test_what_waits_is_saved_as_a_stub_and_leaves_the_queue(installation: Installation) -> None:
    store, spool = installation.store, installation.spool
    waiting = letter("waiting", THEIRS, WORD)
    await spool.put([waiting])

    receipt = await installation.eraser().erase(THEIRS)
    # What the worker does with a job: it is scored, saved, acked.
    lease = await lease_one(spool)
    saved = await store.save(wordy_evaluation(1, THEIRS, WORD))
    await spool.ack([lease])

    assert receipt.waiting_jobs == 1
    assert saved.is_new
    await until(lambda: installation.places() == [])
    assert [one.total_sessions for one in await store.all_stats()] == [1]
    assert (await store.check(is_repaired=False)).differences == ()


async def test_a_waiting_job_that_is_given_up_leaves_no_words(installation: Installation) -> None:
    await installation.spool.put([Job("raw", JobKind.EXCHANGE, WORD.encode())])

    await installation.eraser().erase(THEIRS)
    await installation.spool.bury(await lease_one(installation.spool), WORD)

    await until(lambda: installation.places() == [])
    assert (await installation.spool.stats()).dead == 1


async def test_an_erased_session_is_in_no_file_and_no_collection(installation: Installation) -> None:
    await installation.store.save(wordy_evaluation(1, None, WORD))
    assert installation.places() != []

    assert await installation.store.erase(make_evaluation(1).session_id)

    await until(lambda: installation.places() == [])


async def test_letters_of_others_and_of_nobody_keep_their_words(installation: Installation) -> None:
    await bury(installation.spool, letter("others", OTHERS, "piano"), letter("nobodys", None, "organ"))

    receipt = await installation.eraser().erase(THEIRS)

    assert receipt.dead_letters == 0
    assert all(one.job.payload for one in await installation.spool.dead_letters())


async def test_a_person_with_more_sessions_than_a_step_goes_in_one_erasure(tmp_path: Path) -> None:
    async with _opened(tmp_path, None) as installation:
        for number in range(STEP_LIMIT + 1):
            await installation.store.save(make_evaluation(number, end_user=THEIRS))

        receipt = await installation.eraser().erase(THEIRS)

        assert receipt.sessions == STEP_LIMIT + 1


async def test_a_reader_that_holds_the_log_puts_the_cleaning_off_and_no_longer(tmp_path: Path) -> None:
    async with _opened(tmp_path, None) as installation:
        import sqlite3

        await installation.store.save(wordy_evaluation(1, THEIRS, WORD))
        reader = sqlite3.connect(tmp_path / "endurance.db", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sessions").fetchone()

        eraser = SubjectEraser(installation.store, installation.spool, installation.clock, clean_seconds=0.3)
        receipt = await eraser.erase(THEIRS)
        held = installation.places()
        reader.close()

        assert receipt.traces is Traces.PENDING
        assert held != []
        await until(lambda: installation.places() == [])


@pytest.mark.mongo
async def test_another_engine_empties_its_own_letters_after_an_erasure(tmp_path: Path, mongo_url: str) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    async with _opened(tmp_path / "here", mongo_url) as here, _opened(tmp_path / "there", mongo_url) as there:
        await bury(there.spool, Job("raw", JobKind.EXCHANGE, WORD.encode()), letter("others", OTHERS, "piano"))
        follower = SubjectFollower(there.store, there.spool, there.folder / STATE_NAME)
        before = await follower.follow()

        await here.eraser().erase(THEIRS)
        emptied, again = await follower.follow(), await follower.follow()

        assert (before, emptied, again) == (0, 1, 0)
        await until(lambda: there.places() == [])
        assert [len(one.job.payload) > 0 for one in await there.spool.dead_letters()] == [False, True]


async def test_letters_that_come_after_an_erasure_was_followed_keep_their_words(tmp_path: Path) -> None:
    async with _opened(tmp_path, None) as installation:
        await installation.eraser().erase(THEIRS)
        state = tmp_path / STATE_NAME
        await SubjectFollower(installation.store, installation.spool, state).follow()
        installation.clock.advance(OVERLAP.total_seconds())
        # Another erasure, long after: the one before is not applied again after a restart.
        await installation.eraser().erase(OTHERS)
        restarted = SubjectFollower(installation.store, installation.spool, state)
        await restarted.follow()
        installation.clock.advance(LAG.total_seconds() + 1)
        await bury(installation.spool, letter("theirs", THEIRS, "written afterwards"))

        emptied = await SubjectFollower(installation.store, installation.spool, state).follow()

        assert emptied == 0
        (kept,) = await installation.spool.dead_letters()
        assert kept.job.payload != b""


async def test_an_erasure_that_was_cut_off_before_the_letters_is_finished(tmp_path: Path) -> None:
    async with _opened(tmp_path, None) as installation:
        await bury(installation.spool, Job("raw", JobKind.EXCHANGE, WORD.encode()))
        now = datetime.fromtimestamp(installation.clock(), UTC)
        await installation.store.erase_subject(THEIRS, now, 10)
        follower = SubjectFollower(installation.store, installation.spool, tmp_path / STATE_NAME, pause_seconds=0.001)
        stop = asyncio.Event()

        async with asyncio.TaskGroup() as group:
            group.create_task(follower.run(stop))
            await until(lambda: installation.places() == [])
            stop.set()


async def test_a_store_that_is_away_is_followed_later(tmp_path: Path) -> None:
    async with _opened(tmp_path, None) as installation:
        await installation.store.close()
        follower = SubjectFollower(installation.store, installation.spool, tmp_path / STATE_NAME, pause_seconds=0.001)
        stop = asyncio.Event()

        async with asyncio.TaskGroup() as group:
            following = group.create_task(follower.run(stop))
            await asyncio.sleep(0.01)
            is_running = not following.done()
            stop.set()

        assert is_running
        assert not (tmp_path / STATE_NAME).exists()
