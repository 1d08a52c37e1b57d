"""The feeds of two engines on one MongoDB: each tells both engines' saves, and a client may go on at either."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import httpx
import httpx_sse
import pytest

from exporters.store.base import Position
from exporters.store.mongo import MongoStore
from tests.fakes.admin import Admin, running_admin
from tests.fakes.cutting_gate import CuttingGate
from tests.fakes.evaluations import make_evaluation
from tests.fakes.events import listening

pytestmark = pytest.mark.mongo
SAVES = 60
"""By each engine; every tenth session is saved again by the other one."""
LAST = "last"


@pytest.fixture
async def engines(tmp_path: Path, mongo_url: str) -> AsyncIterator[list[Admin]]:
    async with AsyncExitStack() as opened:
        started = []
        for writer in ("a", "b"):
            folder = tmp_path / writer
            folder.mkdir()
            store = MongoStore(mongo_url, writer, "UTC")
            started.append(await opened.enter_async_context(running_admin(folder, store=store)))
        yield started


class Follower:
    """A client that is cut off again and again, and goes on with its last id at whichever engine."""

    def __init__(self, gates: list[CuttingGate], rng: random.Random) -> None:
        self.told: list[tuple[str, int]] = []
        """Session id and revision of each event."""
        self.ids: list[Position] = []
        self.begun = asyncio.Event()
        self._gates = gates
        self._rng = rng

    async def follow(self) -> None:
        """Return when the last session of both engines was told."""
        while not {f"{writer}-{LAST}" for writer in "ab"} <= {session_id for session_id, _ in self.told}:
            url = f"http://127.0.0.1:{self._rng.choice(self._gates).port}/v1/stream"
            headers = {"Last-Event-ID": str(self.ids[-1])} if self.ids else {}
            try:
                async with (
                    httpx.AsyncClient(timeout=30) as client,
                    httpx_sse.aconnect_sse(client, "GET", url, headers=headers) as source,
                ):
                    async for event in source.aiter_sse():
                        self._note(event)
                        if event.event == "session" and event.json()["session_id"].endswith(LAST):
                            break  # perhaps the end; else one more place to go on from
            except (httpx.TransportError, httpx_sse.SSEError):
                continue  # cut off

    def _note(self, event: httpx_sse.ServerSentEvent) -> None:
        if event.id:
            self.ids.append(Position.parse(event.id))
            self.begun.set()
        if event.event == "session":
            row = event.json()
            self.told.append((row["session_id"], row["revision"]))
        else:
            assert event.event in {"init", "ping", "message"}, event.event


async def save_from(engine: Admin, other: Admin, name: str) -> None:
    for number in range(SAVES):
        session_id = f"{name}{number}"
        await engine.save(make_evaluation(number, session_id=session_id))
        if number % 10 == 0:
            await other.save(make_evaluation(number, session_id=session_id, submission_id="again"))


@pytest.mark.parametrize("seed", range(2))
async def test_a_client_cut_off_anywhere_is_told_every_save_once_by_either_engine(
    engines: list[Admin], seed: int
) -> None:
    rng = random.Random(seed)
    first, second = engines
    gates = [
        CuttingGate(engine.client.port or 0, [rng.randrange(200, 12_000) for _ in range(12)]) for engine in engines
    ]
    async with gates[0].running(), gates[1].running(), asyncio.timeout(240), asyncio.TaskGroup() as group:
        follower = Follower(gates, rng)
        following = group.create_task(follower.follow())
        await follower.begun.wait()
        await asyncio.gather(save_from(first, second, "a"), save_from(second, first, "b"))
        await first.save(make_evaluation(SAVES, session_id=f"a-{LAST}"))
        await second.save(make_evaluation(SAVES, session_id=f"b-{LAST}"))
        await following

    told = follower.told
    assert len(set(told)) == len(told), "doubled"
    # Each session as it stands now was told; an earlier revision only before it was replaced.
    newest = {row["session_id"]: row["revision"] for row in (await first.get("/v1/sessions?limit=200"))["sessions"]}
    assert len(newest) == 2 * SAVES + 2
    assert set(newest.items()) <= set(told), "lost"
    assert all(
        revision == max(r for s, r in told[: at + 1] if s == session) for at, (session, revision) in enumerate(told)
    )
    assert str(follower.ids[-1]) == str(await first.store.position()) == "a:67,b:67"
    assert all(is_beyond(after, before) for before, after in pairwise(follower.ids))
    assert min(gate.connections for gate in gates) > 1


def is_beyond(after: Position, before: Position) -> bool:
    """Say whether no writer is behind where it was."""
    return all(after.through.get(writer, 0) >= number for writer, number in before.through.items())


async def test_missed_saves_of_both_engines_come_in_each_ones_order(engines: list[Admin]) -> None:
    first, second = engines
    await first.save(make_evaluation(0, session_id="a0"))
    async with listening(first) as listener:
        place = (await listener.next("init")).id
    for number in range(1, 4):
        await first.save(make_evaluation(number, session_id=f"a{number}"))
        await second.save(make_evaluation(number, session_id=f"b{number}"))

    for engine in engines:
        async with listening(engine, last_id=place) as listener:
            told = await listener.sessions(6)

        assert place == "a:1"
        assert [one for one in told if one.startswith("a")] == ["a1", "a2", "a3"]
        assert [one for one in told if one.startswith("b")] == ["b1", "b2", "b3"]


@pytest.mark.parametrize("expired", ["a:9,b:1", "a:1,gone:4"])
async def test_a_place_that_the_record_does_not_have_is_a_gap_at_either_engine(
    engines: list[Admin], expired: str
) -> None:
    first, second = engines
    await first.save(make_evaluation(1, session_id="a1"))
    await second.save(make_evaluation(2, session_id="b1"))

    for engine in engines:
        async with listening(engine, last_id=expired) as listener:
            gap, init = await listener.next(), await listener.next()

        assert (gap.name, gap.data) == ("gap", {"last_event_id": expired})
        assert (init.name, init.id, len(init.data["sessions"])) == ("init", "a:1,b:1", 2)
