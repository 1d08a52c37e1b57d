"""An evaluation asked for over the bus is the worker's, and so is every error."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from config.errors import (
    EnduranceError,
    InvalidInputError,
    QueueFullError,
    RedactionError,
    ScoringError,
    StoreUnavailableError,
    TooLargeError,
    UnavailableError,
)
from scorer.model import Evaluation, Exchange
from scorer.queue.memory import MemoryQueue
from scorer.remote_evaluator import EvaluateService, RemoteEvaluator, read_answer, write_fault
from tests.fakes.evaluations import make_evaluation
from tests.fakes.exchanges import make_exchange
from tests.fakes.jobs import leased_ids


class FakeEvaluator:
    """A worker's evaluator: answers with one evaluation, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[Exchange] = []

    async def evaluate(self, exchange: Exchange) -> Evaluation:
        self.asked.append(exchange)
        if self.error is not None:
            raise self.error
        return make_evaluation()

    async def enqueue(self, exchange: Exchange) -> None:
        raise NotImplementedError


def connected(evaluator: FakeEvaluator) -> Callable[[bytes], Awaitable[bytes]]:
    """Return what asks a service directly, as the bus would."""
    service = EvaluateService(evaluator)

    async def ask(payload: bytes) -> bytes:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def reply(data: bytes) -> None:
            answer.set_result(data)

        service.take(payload, reply)
        return await answer

    return ask


async def test_the_workers_evaluation_comes_back_whole() -> None:
    evaluator = FakeEvaluator()
    exchange = make_exchange()

    evaluation = await RemoteEvaluator(connected(evaluator), MemoryQueue(1000, 1)).evaluate(exchange)

    assert evaluation == make_evaluation()
    assert evaluator.asked == [exchange]


@pytest.mark.parametrize(
    "error",
    [
        InvalidInputError("unknown preset 'x'", "preset"),
        TooLargeError("beyond the store's limit"),
        StoreUnavailableError("the store is away", 7),
        UnavailableError("no process became free", 3),
        QueueFullError("full", 4),
        RedactionError("could not be redacted"),
        ScoringError("the process died"),
    ],
)
async def test_the_workers_error_is_raised_here_with_what_its_caller_needs(error: EnduranceError) -> None:
    kind = {QueueFullError: UnavailableError, RedactionError: ScoringError}.get(type(error), type(error))

    with pytest.raises(kind, match=str(error)) as told:
        await RemoteEvaluator(connected(FakeEvaluator(error)), MemoryQueue(1000, 1)).evaluate(make_exchange())

    assert type(told.value) is kind
    assert getattr(told.value, "field", None) == getattr(error, "field", None)
    assert getattr(told.value, "retry_after_seconds", None) == getattr(error, "retry_after_seconds", None)


async def test_a_defect_at_the_worker_is_a_scoring_error_without_its_text() -> None:
    asked = RemoteEvaluator(connected(FakeEvaluator(ValueError("words of a client"))), MemoryQueue(1000, 1))

    with pytest.raises(ScoringError, match="ValueError") as told:
        await asked.evaluate(make_exchange())

    assert "words of a client" not in str(told.value)


async def test_a_request_of_another_version_is_answered_not_dropped() -> None:
    with pytest.raises(InvalidInputError, match="not an exchange of this version"):
        read_answer(await connected(FakeEvaluator())(b'{"unknown": 1}'))


async def test_an_answer_that_the_bus_does_not_carry_says_that_it_was_saved() -> None:
    told: list[bytes] = []

    async def reply(data: bytes) -> None:
        if len(data) > 200:
            raise TooLargeError("max_payload")
        told.append(data)

    service = EvaluateService(FakeEvaluator())
    service.take(make_exchange().model_dump_json().encode(), reply)
    await service.close()

    with pytest.raises(TooLargeError, match="scored and saved"):
        read_answer(told[0])


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"fault": "new"}', b'{"evaluation": {}}', b"\xff"])
def test_any_other_answer_is_a_scoring_error(data: bytes) -> None:
    with pytest.raises(ScoringError, match="another version"):
        read_answer(data)


def test_a_fault_is_json_of_a_known_kind() -> None:
    with pytest.raises(UnavailableError):
        read_answer(write_fault(UnavailableError("x")))


async def test_enqueue_puts_into_the_queue_and_asks_nobody() -> None:
    async def ask(payload: bytes) -> bytes:
        raise AssertionError(payload)

    queue = MemoryQueue(1 << 20, 1)
    exchange = make_exchange()

    await RemoteEvaluator(ask, queue).enqueue(exchange)

    assert await leased_ids(queue) == [exchange.submission_id]
