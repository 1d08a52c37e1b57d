"""Saves that wait: what goes together, what is taken back, and what is still in doubt."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from config.errors import ConflictError
from exporters.store.mongo_documents import prepare
from exporters.store.mongo_waiting import BATCH_BYTES, BATCH_LIMIT, DOUBT_LIMIT, Doubts, Waiting, WaitingSaves
from tests.fakes.evaluations import make_evaluation

PREPARED = prepare(make_evaluation(1), ZoneInfo("UTC"))


def wait_many(number: int, size_bytes: int = 1) -> tuple[WaitingSaves, list[Waiting]]:
    saves, waiting = WaitingSaves(), [Waiting(replace(PREPARED, size_bytes=size_bytes)) for _ in range(number)]
    for one in waiting:
        saves.put(one)
    return saves, waiting


def test_a_batch_is_the_oldest_up_to_the_limit_and_the_rest_the_next() -> None:
    saves, waiting = wait_many(BATCH_LIMIT + 3)

    assert saves.take_batch() == waiting[:BATCH_LIMIT]
    assert saves.take_batch() == waiting[BATCH_LIMIT:]


def test_a_batch_ends_before_it_is_too_large_and_has_one_at_least() -> None:
    saves, waiting = wait_many(3, BATCH_BYTES // 2)
    large, (alone, _) = wait_many(2, BATCH_BYTES + 1)

    assert saves.take_batch() == waiting[:2]
    assert large.take_batch() == [alone]


def test_only_what_nobody_took_can_be_taken_back() -> None:
    saves, (first, second) = wait_many(2)

    assert saves.take_back(first)
    assert saves.take_batch() == [second]
    assert not saves.take_back(second)


def test_failing_all_tells_everyone_and_leaves_nobody() -> None:
    saves, (first, second) = wait_many(2)
    error = ConflictError("x")

    saves.fail_all(error)

    assert (first.outcome, second.outcome) == (error, error)
    assert not saves.take_back(first)


def test_a_doubt_lasts_until_its_caller_is_told() -> None:
    doubts, waiting = Doubts(), Waiting(PREPARED)
    doubts.add([waiting.submission_id, "another"])

    doubts.settle([waiting])

    assert waiting.submission_id not in doubts
    assert "another" in doubts


def test_the_oldest_doubt_goes_first() -> None:
    doubts = Doubts()

    doubts.add(str(number) for number in range(DOUBT_LIMIT + 1))

    assert ("0" in doubts, "1" in doubts, str(DOUBT_LIMIT) in doubts) == (False, True, True)


@pytest.mark.parametrize(
    ("found", "is_changed"),
    [
        (None, True),
        ({"erased": True, "revision": 3, "submissions": []}, True),
        ({"erased": False, "revision": 4, "submissions": ["other"]}, True),
        ({"erased": False, "revision": 3, "submissions": []}, False),
        ({"erased": False, "revision": 4, "submissions": [PREPARED.record.evaluation.submission_id]}, False),
    ],
)
def test_a_save_succeeds_its_revision_or_itself(found: dict | None, is_changed: bool) -> None:
    waiting = Waiting(PREPARED, after=3)

    if is_changed:
        with pytest.raises(ConflictError):
            waiting.check_unchanged(found)
    else:
        waiting.check_unchanged(found)
