"""One child of the scoring pool, seen from the pool: its process, its connection, and the job it has in hand."""

import asyncio
import json
import socket
from collections.abc import Sequence
from typing import cast

from config.errors import InvalidInputError, RedactionError, ScoringError
from scorer.claims.question import Questions
from scorer.model import Evaluation, Unscored
from scorer.pool_messages import Message, MessageError, MessageKind, MessageReader, encode_job, encode_message
from scorer.protocols import Job

EXIT_SECONDS = 1.0
"""How long a child that was told to end may take before it is killed."""
INLINE_BYTES = 64 * 1024
"""A longer result is read in a thread: reading it takes the event loop more than a millisecond."""


class _Connection(asyncio.Protocol):
    """Gathers messages; hands each to whoever waits, and tells of the end."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._reader = MessageReader()
        self._answer: asyncio.Future[Message] | None = None
        self.transport: asyncio.Transport | None = None
        self.is_open = True
        self.lost: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes, and have their methods.
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            messages = list(self._reader.feed(data))
        except MessageError:
            messages = []
            self.abort()
        for message in messages:
            if self._answer is None or self._answer.done():
                # Whatever writes there is no longer our loop: as good as dead.
                self.abort()
            else:
                self._answer.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if not self.lost.done():
            self.lost.set_result(None)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ScoringError("the scoring process died"))

    def abort(self) -> None:
        """End it without waiting for anything."""
        self.is_open = False
        if self.transport is not None:
            self.transport.abort()

    def close(self) -> None:
        """End it once what was written has left."""
        self.is_open = False
        if self.transport is not None:
            self.transport.close()

    async def ask(self, kind: MessageKind, body: bytes) -> Message:
        """Send a message and return the next that comes. Raises ScoringError when the child is gone."""
        if not self.is_open or self.transport is None:
            raise ScoringError("the scoring process died")
        self._answer = asyncio.get_running_loop().create_future()
        try:
            self.transport.write(encode_message(kind, body))
            return await self._answer
        finally:
            self._answer = None


class PoolProcess:
    """A scoring process that is warm; one job at a time."""

    def __init__(self, process: asyncio.subprocess.Process, connection: _Connection) -> None:
        self._process = process
        self._connection = connection
        self.warm_at = asyncio.get_running_loop().time()
        """When it became ready, on the event loop's clock."""

    @classmethod
    async def start(cls, command: Sequence[str], bootstrap: bytes, timeout_seconds: float) -> "PoolProcess":
        """Start a child and return it when it is warm. Raises ScoringError when it ends or is not ready in time."""
        ours, theirs = socket.socketpair()
        with theirs:
            _, connection = await asyncio.get_running_loop().create_unix_connection(_Connection, sock=ours)
            try:
                process = await _spawn(command, theirs.fileno())
            except BaseException:
                connection.abort()
                raise
        child = cls(process, connection)
        try:
            await child._prepare(bootstrap, timeout_seconds)
        except BaseException:
            await child.kill()
            raise
        child.warm_at = asyncio.get_running_loop().time()
        return child

    async def _prepare(self, bootstrap: bytes, timeout_seconds: float) -> None:
        try:
            async with asyncio.timeout(timeout_seconds):
                answer = await self._connection.ask(MessageKind.BOOTSTRAP, bootstrap)
        except TimeoutError as error:
            raise ScoringError(f"a scoring process was not ready after {timeout_seconds:g} seconds") from error
        if answer.kind is not MessageKind.READY:
            raise ScoringError(f"a scoring process could not prepare: {answer.body.decode(errors='replace')}")

    @property
    def pid(self) -> int:
        """Of the child's process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """False from the moment its connection ended or it was given up."""
        return self._connection.is_open

    async def gone(self) -> None:
        """Return when its connection has ended."""
        await asyncio.shield(self._connection.lost)

    async def score(self, job: Job, timeout_seconds: float) -> Evaluation | Unscored | Questions:
        """Score one job, or say what a judge could be asked about it first, unless it brings rulings along.

        Raises InvalidInputError, or ScoringError; after a time-out or a cancellation the child is gone, since nobody
        could tell when it would be free.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                answer = await self._connection.ask(MessageKind.JOB, encode_job(job))
        except TimeoutError as error:
            self.abandon()
            raise ScoringError(f"the scoring process took longer than {timeout_seconds:g} seconds") from error
        except asyncio.CancelledError:
            self.abandon()
            raise
        return await _result(answer)

    def abandon(self) -> None:
        """Kill it without waiting; `gone` returns soon."""
        if self._process.returncode is None:
            self._process.kill()
        self._connection.abort()

    async def kill(self) -> None:
        """Kill it and wait until it has ended."""
        self.abandon()
        await self._process.wait()

    async def end(self) -> None:
        """Let it end by itself, kill it if that takes too long, and wait until it has ended."""
        self._connection.close()
        try:
            async with asyncio.timeout(EXIT_SECONDS):
                await self._process.wait()
        except TimeoutError:
            await self.kill()


async def _spawn(command: Sequence[str], descriptor: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            str(descriptor),
            pass_fds=(descriptor,),
            stdin=asyncio.subprocess.DEVNULL,
            # Standard output belongs to what our own commands print; logs go to standard error.
            stdout=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise ScoringError(f"a scoring process could not be started: {error}") from error


async def _result(answer: Message) -> Evaluation | Unscored | Questions:
    match answer.kind:
        case MessageKind.EVALUATION if len(answer.body) > INLINE_BYTES:
            return await asyncio.to_thread(Evaluation.model_validate_json, answer.body)
        case MessageKind.EVALUATION:
            return Evaluation.model_validate_json(answer.body)
        case MessageKind.UNSCORED:
            return Unscored.model_validate_json(answer.body)
        case MessageKind.QUESTIONS:
            return Questions.model_validate_json(answer.body)
        case MessageKind.INVALID:
            body = json.loads(answer.body)
            raise InvalidInputError(body["message"], body["field"])
        case MessageKind.FAILED:
            raise ScoringError(f"the scorer failed: {answer.body.decode(errors='replace')}")
        case MessageKind.REFUSED:
            raise RedactionError(answer.body.decode(errors="replace"))
        case MessageKind.BOOTSTRAP | MessageKind.JOB | MessageKind.READY:
            raise ScoringError(f"the scoring process answered a job with {answer.kind.name}")
