"""What the spool keeps of people's words: sealed while they wait, nothing after they are done or given up."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.settings import SpoolSettings
from scorer.protocols import Job, JobKind
from scorer.queue.memory import MemoryQueue
from scorer.queue.spool import Spool
from scorer.queue.spool_writer import SpoolWriter
from tests.fakes.clock import ManualClock
from tests.fakes.jobs import lease_one, make_job
from tests.fakes.waiting import until
from tests.scorer.queue import contract

clock = contract.clock
WORDS = "recognisable-words"
KEYS = ("11" * 32, "22" * 32)


def key_file(folder: Path, *keys: str) -> Path:
    path = folder / f"keys-{len(list(folder.iterdir()))}"
    path.write_text("\n".join(keys))
    return path


async def open_spool(folder: Path, keys: Path | None = None, *, keeps_words: bool = True) -> Spool:
    settings = SpoolSettings(
        limit_bytes=contract.LIMIT_BYTES, dead_letter_limit=contract.DEAD_LETTER_LIMIT, key_file=keys
    )
    return await Spool.open(folder / "spool.db", settings, ManualClock(), keeps_words=keeps_words)


def files_with_words(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if WORDS.encode() in path.read_bytes()]


class TestEncryptedSpool(contract.QueueContract):
    @pytest.fixture
    async def queue(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Spool]:
        settings = SpoolSettings(
            limit_bytes=contract.LIMIT_BYTES,
            dead_letter_limit=contract.DEAD_LETTER_LIMIT,
            key_file=key_file(tmp_path, *KEYS),
        )
        spool = await Spool.open(tmp_path / "spool.db", settings, clock)
        yield spool
        await spool.close()


async def test_with_a_key_no_file_ever_holds_the_words(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path, key_file(tmp_path, KEYS[0]))
    await spool.put([Job("1", JobKind.EXCHANGE, WORDS.encode())])
    await spool.put([make_job("2")])
    await spool.bury(await lease_one(spool), "poison")

    assert files_with_words(tmp_path) == []
    assert [letter.job.payload for letter in await spool.dead_letters()] == [WORDS.encode()]
    await spool.close()
    assert files_with_words(tmp_path) == []


async def test_a_rotated_key_still_reads_what_waits(tmp_path: Path) -> None:
    first = await open_spool(tmp_path, key_file(tmp_path, KEYS[0]))
    await first.put([make_job("old")])
    await first.close()

    second = await open_spool(tmp_path, key_file(tmp_path, KEYS[1], KEYS[0]))

    assert (await lease_one(second)).job == make_job("old")
    await second.close()


@pytest.mark.parametrize("keys", [(), (KEYS[1],)])
async def test_a_missing_key_is_said_at_the_start_and_harms_nothing(tmp_path: Path, keys: tuple[str, ...]) -> None:
    first = await open_spool(tmp_path, key_file(tmp_path, KEYS[0]))
    await first.put([make_job("a")])
    await first.close()

    with pytest.raises(ConfigurationError, match=r"spool\.key_file"):
        await open_spool(tmp_path, key_file(tmp_path, *keys) if keys else None)

    again = await open_spool(tmp_path, key_file(tmp_path, KEYS[0]))
    assert (await lease_one(again)).job == make_job("a")
    await again.close()


async def test_a_sealed_row_that_was_changed_is_damage(tmp_path: Path) -> None:
    keys = key_file(tmp_path, KEYS[0])
    spool = await open_spool(tmp_path, keys)
    await spool.put([make_job("a")])
    await spool.close()
    with sqlite3.connect(tmp_path / "spool.db") as connection:
        connection.execute(
            # Whatever its last byte is, another one.
            "UPDATE payloads SET payload = CAST(substr(payload, 1, length(payload) - 1)"
            " || iif(substr(payload, -1) = x'00', x'01', x'00') AS BLOB)"
        )
    connection.close()

    spool = await open_spool(tmp_path, keys)

    assert await spool.lease(1, 60) == []
    assert (await spool.stats()).damaged == 1
    await spool.close()


async def test_acked_words_leave_every_file_while_the_spool_is_open(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.put([make_job(WORDS, 900)])
    waiting = files_with_words(tmp_path)
    await spool.ack([await lease_one(spool)])

    await until(lambda: files_with_words(tmp_path) == [])

    assert waiting == ["spool.db-wal"]
    await spool.close()


async def test_acked_words_leave_every_file_also_when_the_spool_is_never_idle(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path / "spool.db", 10_000, 10, ManualClock(), busy_tidy_seconds=0)
    await writer.open()
    spool = Spool(writer, ManualClock())
    await spool.put([make_job(WORDS, 900)])
    await spool.ack([await lease_one(spool)])

    await spool.put([make_job("next")])  # the thread tidies before it takes the next group
    await spool.put([make_job("and another")])

    assert files_with_words(tmp_path) == []
    await spool.close()


async def test_where_no_words_are_kept_a_dead_letter_has_its_reason_alone(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path, keeps_words=False)
    await spool.put([make_job(WORDS, 900)])
    await spool.bury(await lease_one(spool), "poison")

    (letter,) = await spool.dead_letters()

    assert (letter.job.id, letter.job.payload, letter.reason) == (WORDS, b"", "poison")
    assert (await spool.stats()).dead == 1
    await spool.close()


async def test_letters_of_an_earlier_start_lose_their_words_too(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path)
    await spool.put([Job("a", JobKind.EXCHANGE, WORDS.encode() * 9)])
    await spool.bury(await lease_one(spool), "poison")
    await spool.close()
    before = files_with_words(tmp_path)

    spool = await open_spool(tmp_path, keeps_words=False)
    await spool.close()

    assert before == ["spool.db"]
    assert files_with_words(tmp_path) == []


async def test_where_no_words_are_kept_a_damaged_file_is_erased(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(WORDS.encode() * 1000)

    spool = await open_spool(tmp_path, keeps_words=False)

    assert (await spool.stats()).damaged == 1
    assert files_with_words(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir() if "damaged" in path.name] == []
    await spool.close()


async def test_in_memory_a_dead_letter_has_its_reason_alone_where_no_words_are_kept() -> None:
    queue = MemoryQueue(10_000, 10, ManualClock(), keeps_words=False)
    await queue.put([make_job(WORDS, 900)])
    await queue.bury(await lease_one(queue), "poison")

    (letter,) = await queue.dead_letters()

    assert (letter.job.payload, letter.reason) == (b"", "poison")


async def test_erased_letters_leave_every_file_and_damaged_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "spool.db.damaged-20260101T000000Z").write_bytes(b"who knows")
    spool = await open_spool(tmp_path)
    await spool.put([Job("1", JobKind.EXCHANGE, WORDS.encode())])
    await spool.bury(await lease_one(spool), f"unknown preset '{WORDS}'")
    assert files_with_words(tmp_path) != []

    erased = await spool.erase_dead_letters(lambda _: False, 0.0)

    await until(lambda: files_with_words(tmp_path) == [])
    assert (erased.letters, erased.files_aside) == (1, ("spool.db.damaged-20260101T000000Z",))
    await spool.close()
