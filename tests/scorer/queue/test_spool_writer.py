"""The spool's thread: groups, a full disk, tidying, defects."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from config.errors import QueueFullError, UnavailableError
from scorer.protocols import Job, JobKind
from scorer.queue.spool_file import SpoolFile
from scorer.queue.spool_writer import WAITING_LIMIT, SpoolWriter
from tests.fakes.clock import ManualClock
from tests.fakes.waiting import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


@pytest.fixture
async def writer(path: Path) -> AsyncIterator[SpoolWriter]:
    writer = SpoolWriter(path, 1 << 30, 10, ManualClock())
    await writer.open()
    yield writer
    await writer.close()


def make_jobs(count: int, size: int = 4000) -> list[Job]:
    return [Job(f"job-{number}", JobKind.EXCHANGE, bytes(size)) for number in range(count)]


async def limit_pages(writer: SpoolWriter, pages: int) -> None:
    await writer.do(lambda file: file._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall())


async def test_operations_that_wait_together_are_committed_together(writer: SpoolWriter) -> None:
    hold, commits = threading.Event(), []
    holding = asyncio.ensure_future(writer.do(lambda _: hold.wait()))
    await asyncio.sleep(0)
    counting = asyncio.ensure_future(writer.do(lambda file: file._connection.set_trace_callback(commits.append)))
    puts = [asyncio.ensure_future(writer.do(put_of(job))) for job in make_jobs(50)]
    await asyncio.sleep(0)

    hold.set()
    await asyncio.gather(holding, counting, *puts)

    assert commits.count("COMMIT") == 1
    assert writer.state.depth == 50


def put_of(job: Job) -> Callable[[SpoolFile], None]:
    return lambda file: file.put([job], 0)


async def test_a_refusal_leaves_the_others_of_its_group(path: Path) -> None:
    writer = SpoolWriter(path, 1000, 10, ManualClock())
    await writer.open()

    results = await asyncio.gather(
        *(writer.do(put_of(job)) for job in make_jobs(4, 400)),
        return_exceptions=True,
    )
    await writer.close()

    assert [type(result) for result in results] == [type(None), type(None), QueueFullError, QueueFullError]


async def test_a_full_disk_refuses_puts_and_keeps_what_is_there(writer: SpoolWriter) -> None:
    await writer.do(lambda file: file.put(make_jobs(2), 0))
    await limit_pages(writer, 30)

    with pytest.raises(QueueFullError, match="disk"):
        await writer.do(lambda file: file.put(make_jobs(100)[2:], 0))
    refused_state = writer.state
    await limit_pages(writer, 1_000_000)
    await writer.do(lambda file: file.put(make_jobs(3), 0))

    assert refused_state.depth == 2
    assert (writer.state.depth, writer.state.size_bytes) == (3, 12_000)


async def test_a_full_disk_is_told_once_and_so_is_that_there_is_room_again(
    writer: SpoolWriter, capsys: pytest.CaptureFixture[str]
) -> None:
    await limit_pages(writer, 30)

    for _ in range(3):
        with pytest.raises(QueueFullError):
            await writer.do(lambda file: file.put(make_jobs(100), 0))
        await writer.do(lambda file: file.lease(1, 60.0, 0.0))  # of none: writes nothing, and goes well
    while_full = capsys.readouterr().out
    await limit_pages(writer, 1_000_000)
    await writer.do(lambda file: file.put(make_jobs(1), 0))

    assert (while_full.count("cannot be written"), while_full.count("written again")) == (1, 0)
    assert capsys.readouterr().out.count("the spool can be written again") == 1


async def test_a_defect_in_an_operation_is_told_to_its_caller_and_ends_nothing(writer: SpoolWriter) -> None:
    with pytest.raises(UnavailableError, match="ZeroDivisionError"):
        await writer.do(lambda file: file.put(make_jobs(1), 0) or 1 / 0)  # type: ignore[func-returns-value]  # None

    await writer.do(lambda file: file.put(make_jobs(1), 0))
    assert writer.state.depth == 1


async def test_more_callers_than_places_wait_and_are_served(writer: SpoolWriter) -> None:
    count = WAITING_LIMIT + 200

    await asyncio.gather(*(writer.do(lambda file: file.state) for _ in range(count)))

    assert writer._places._value == WAITING_LIMIT


async def test_a_cancelled_caller_leaves_its_place(writer: SpoolWriter) -> None:
    caller = asyncio.ensure_future(writer.do(lambda file: file.put(make_jobs(1), 0)))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller

    await writer.do(lambda file: file.state)

    assert writer._places._value == WAITING_LIMIT


async def test_idle_it_gives_space_back_and_empties_the_log(writer: SpoolWriter, path: Path) -> None:
    await writer.do(lambda file: file.put(make_jobs(500), 0))
    leases = await writer.do(lambda file: file.lease(500, 60, 0))
    await writer.do(lambda file: file.ack(leases))

    log = path.with_name("spool.db-wal")
    await until(lambda: log.stat().st_size == 0 and path.stat().st_size < 100_000)


async def test_the_thread_ends_with_close(path: Path) -> None:
    writer = SpoolWriter(path, 1000, 10, ManualClock())
    await writer.open()
    thread = writer._thread
    assert thread is not None

    await writer.close()
    await writer.close()

    assert not thread.is_alive()


async def test_what_was_given_before_close_is_done(path: Path) -> None:
    writer = SpoolWriter(path, 1 << 20, 10, ManualClock())
    await writer.open()
    puts = [asyncio.ensure_future(writer.do(put_of(job))) for job in make_jobs(20)]
    await asyncio.sleep(0)

    await writer.close()

    await asyncio.gather(*puts)
    again = SpoolWriter(path, 1 << 20, 10, ManualClock())
    await again.open()
    assert again.state.depth == 20
    await again.close()
