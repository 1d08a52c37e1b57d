"""What clients push to an api is scored by the workers: a request on the bus, an answer to its reply subject.

Both halves and the layout between them. The worker that took a request finishes it whoever hangs up, and answers only
after the save was committed. A request that no worker hears is refused at once.
"""

import json
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, Final, Protocol

from pydantic import ValidationError

from config.errors import (
    EnduranceError,
    InvalidInputError,
    ScoringError,
    StoreUnavailableError,
    TooLargeError,
    UnavailableError,
)
from scorer.defects import describe_error
from scorer.evaluator import job_of
from scorer.model import Evaluation, Exchange
from scorer.protocols import Evaluator, JobTaker
from scorer.tasks import TaskKeeper

FINISH_SECONDS: Final = 1.5
"""At the stop, time for requests that are under way."""


class Fault(StrEnum):
    """What went wrong at the worker, as it is told to the api."""

    INVALID = "invalid"
    TOO_LARGE = "too_large"
    STORE = "store_unavailable"
    UNAVAILABLE = "unavailable"
    SCORING = "scoring"


class Ask(Protocol):
    """Sends a request and returns the answer's bytes; raises UnavailableError, TooLargeError."""

    def __call__(self, payload: bytes, /) -> Awaitable[bytes]: ...


class RemoteEvaluator:
    """Implements `scorer.protocols.Evaluator` by asking the workers; `enqueue` puts into the queue itself."""

    def __init__(self, ask: Ask, queue: JobTaker) -> None:
        self._ask = ask
        self._queue = queue

    async def evaluate(self, exchange: Exchange) -> Evaluation:
        """Have it scored, saved and published; return the evaluation as stored.

        Raises what `LocalEvaluator.evaluate` raises at the worker, UnavailableError where there is none, and
        TooLargeError for what the bus does not carry.
        """
        job = await job_of(exchange)
        return read_answer(await self._ask(job.payload))

    async def enqueue(self, exchange: Exchange) -> None:
        """Make the exchange durable in the queue. Raises QueueFullError, InvalidInputError, TooLargeError."""
        await self._queue.put([await job_of(exchange)])


class EvaluateService:
    """The worker's half."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._tasks = TaskKeeper("scorer.remote_evaluator")

    def take(self, payload: bytes, reply: Callable[[bytes], Awaitable[None]]) -> None:
        """Begin one request; `reply` is called once, with its answer."""
        self._tasks.start(self._serve(payload, reply))

    async def close(self) -> None:
        """Let requests that are under way finish for a bounded time, then give them up."""
        await self._tasks.close(FINISH_SECONDS)

    async def _serve(self, payload: bytes, reply: Callable[[bytes], Awaitable[None]]) -> None:
        try:
            answer = write_answer(await self._evaluator.evaluate(Exchange.model_validate_json(payload)))
        except ValidationError as error:
            answer = write_fault(InvalidInputError(f"not an exchange of this version: {error.error_count()} errors"))
        except EnduranceError as error:
            answer = write_fault(error)
        except Exception as error:  # noqa: BLE001 - the boundary of one request: its caller is told
            answer = write_fault(ScoringError(describe_error(error)))
        try:
            await reply(answer)
        except TooLargeError:
            await reply(write_fault(TooLargeError("it was scored and saved, and is larger than the bus carries")))


def write_answer(evaluation: Evaluation) -> bytes:
    """Return the answer of a worker that scored."""
    return b'{"evaluation":' + evaluation.model_dump_json().encode() + b"}"


def write_fault(error: EnduranceError) -> bytes:
    """Return the answer of a worker that could not."""
    told: dict[str, Any] = {"fault": _fault_of(error).value, "message": str(error)}
    if isinstance(error, InvalidInputError):
        told["field"] = error.field
    if isinstance(error, UnavailableError):
        told["retry_after_seconds"] = error.retry_after_seconds
    return json.dumps(told).encode()


def read_answer(data: bytes) -> Evaluation:
    """Return the evaluation, or raise what the worker met. Raises ScoringError for an answer that is none."""
    try:
        told = json.loads(data)
        if "evaluation" in told:
            return Evaluation.model_validate(told["evaluation"])
        fault, message = Fault(told["fault"]), str(told["message"])
        retry_after_seconds = int(told.get("retry_after_seconds", 2))
    except (ValueError, KeyError, TypeError) as error:
        raise ScoringError("a worker of another version answered") from error
    match fault:
        case Fault.INVALID:
            raise InvalidInputError(message, told.get("field"))
        case Fault.TOO_LARGE:
            raise TooLargeError(message)
        case Fault.STORE:
            raise StoreUnavailableError(message, retry_after_seconds)
        case Fault.UNAVAILABLE:
            raise UnavailableError(message, retry_after_seconds)
        case Fault.SCORING:
            raise ScoringError(message)


def _fault_of(error: EnduranceError) -> Fault:
    match error:
        case InvalidInputError():
            return Fault.INVALID
        case TooLargeError():
            return Fault.TOO_LARGE
        case StoreUnavailableError():
            return Fault.STORE
        case UnavailableError():
            return Fault.UNAVAILABLE
        case _:
            return Fault.SCORING
