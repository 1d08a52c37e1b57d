"""The feed over real sockets: events as a browser sees them, resumed, filtered, slow, and cut."""

import asyncio
import random
import socket
from pathlib import Path

import pytest

from config.settings import FeedSettings
from exporters.store.base import Position
from tests.fakes.admin import Admin, running_admin
from tests.fakes.evaluations import make_evaluation
from tests.fakes.events import EventReader, listening
from tests.fakes.waiting import until

BODY = {"query": "What is the fee?", "response": "The fee is ten rupees."}


async def test_a_client_is_told_at_once_what_there_is_and_then_what_comes(admin: Admin) -> None:
    async with listening(admin) as listener:
        init = await listener.next()
        first = await admin.post("/v1/evaluate", BODY)
        told = await listener.next()
        row = (await admin.get("/v1/sessions"))["sessions"][0]

    assert (init.name, init.data, init.id) == ("init", {"sessions": []}, "w1:0")
    assert listener.reader.retry == "2000"
    assert (told.name, told.id, told.data) == ("session", "w1:1", row)
    assert told.data["session_id"] == first["session_id"]


async def test_a_reconnecting_client_gets_the_missed_rows_and_no_other(admin: Admin) -> None:
    async with listening(admin) as listener:
        await listener.next("init")
        await admin.save(make_evaluation(1, session_id="s1"))
        last_id = (await listener.next("session")).id
    await admin.save(*(make_evaluation(number, session_id=f"s{number}") for number in (2, 3)))

    for query, header in (("", last_id), (f"last_event_id={last_id}", None), ("last_event_id=w1:3", last_id)):
        async with listening(admin, query, header) as listener:
            event = await listener.next()
            assert (event.name, event.data["session_id"], event.id) == ("session", "s2", "w1:2")
            assert await listener.sessions(1) == ["s3"]


async def test_an_expired_position_is_a_gap_and_an_init(admin: Admin) -> None:
    await admin.save(make_evaluation(1, session_id="s1"))

    async with listening(admin, last_id="gone:5") as listener:
        assert (await listener.next()).name == "gap"
        assert (await listener.next()).name == "init"


@pytest.mark.parametrize("last_id", ["nonsense", "w1:", ":1", "w1:-1", "w1:9999999999999999999"])
async def test_a_malformed_position_is_400(admin: Admin, last_id: str) -> None:
    problem = await admin.get("/v1/stream", 400, headers={"Last-Event-ID": last_id})

    assert problem["errors"][0]["field"] == "last_event_id"


async def test_an_empty_position_is_none(admin: Admin) -> None:
    async with listening(admin, "last_event_id=", " ") as listener:
        assert (await listener.next()).name == "init"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("flagged_only=perhaps", "flagged_only"),
        ("flagged_only=", "flagged_only"),
        ("flagged_only=true&flagged_only=true", "flagged_only"),
        ("service_id=", "service_id"),
        ("service_id=" + "s" * 129, "service_id"),
        ("service_id=a&service_id=b", "service_id"),
        ("service_id[$ne]=a", "service_id[$ne]"),
        ("last_event_id=" + "1" * 4001, "last_event_id"),
        ("last_event_id=nonsense", "last_event_id"),
        ("last_event_id=w1:1&last_event_id=w1:2", "last_event_id"),
        ("key=x", "key"),
        ("limit=5", "limit"),
    ],
)
async def test_a_bad_query_is_400_and_names_the_parameter(admin: Admin, query: str, field: str) -> None:
    problem = await admin.get(f"/v1/stream?{query}", 400)

    assert [error["field"] for error in problem["errors"]] == [field]


async def test_another_method_is_405(admin: Admin) -> None:
    await admin.post("/v1/stream", {}, 405)


async def test_filters_leave_what_fits(admin: Admin) -> None:
    async with listening(admin, "service_id=bank&flagged_only=true") as listener:
        await listener.next("init")
        for number, (service_id, flagged) in enumerate([("bank", False), ("desk", True), ("bank", True)]):
            await admin.save(make_evaluation(number, session_id=f"s{number}", service_id=service_id, flagged=flagged))

        event = await listener.next()

    assert (event.name, event.data["session_id"], event.id) == ("session", "s2", "w1:3")


async def test_pings_tell_the_position_also_of_rows_that_were_filtered_out(tmp_path: Path) -> None:
    settings = FeedSettings(ping_seconds=0.01)
    async with (
        running_admin(tmp_path, feed_settings=settings) as admin,
        listening(admin, "flagged_only=true") as listener,
    ):
        assert (await listener.next()).name == "init"
        assert (await listener.next()).id == "w1:0"
        await admin.save(make_evaluation(1, flagged=False))
        while (event := await listener.next()).id == "w1:0":
            assert event.name == "ping"

    assert (event.name, event.id) == ("ping", "w1:1")


async def test_late_documents_are_told_as_the_same_session_again(admin: Admin) -> None:
    first = await admin.post("/v1/evaluate", BODY)
    async with listening(admin, last_id="w1:1") as listener:
        await admin.post(f"/v1/sessions/{first['session_id']}/documents", {"rag_documents": [{"content": "Ten."}]})

        event = await listener.next("session")

    assert (event.data["session_id"], event.data["revision"], event.id) == (first["session_id"], 2, "w1:2")


async def test_one_client_too_many_is_503_until_another_leaves(tmp_path: Path) -> None:
    settings = FeedSettings(client_limit=1, ping_seconds=0.01)
    async with running_admin(tmp_path, feed_settings=settings) as admin:
        async with listening(admin), admin.client.get("/v1/stream") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        await until(lambda: admin.feed.client_count == 0, "the first client's end")

        async with listening(admin) as listener:
            assert (await listener.next()).name == "init"


async def test_a_store_that_is_away_is_503_before_the_stream_begins(admin: Admin) -> None:
    admin.store.is_away = True

    for headers in ({}, {"Last-Event-ID": "w1:0"}):
        async with admin.client.get("/v1/stream", headers=headers) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "3")


async def test_closing_the_feed_ends_open_streams(admin: Admin) -> None:
    async with listening(admin) as listener:
        await listener.next("init")

        admin.feed.close()

        with pytest.raises(EOFError):
            await listener.next()


def shrink_send_buffers(admin: Admin) -> None:
    """Let the server's sockets hold little, so that a client that does not read is noticed soon."""
    runner = admin.client.server.runner
    assert runner is not None
    (site,) = runner.sites
    for listening_socket in site._server.sockets:
        listening_socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


async def test_a_client_that_does_not_read_is_cut_off_and_the_others_miss_nothing(tmp_path: Path) -> None:
    async with running_admin(tmp_path, feed_settings=FeedSettings(buffer_events=20)) as admin:
        shrink_send_buffers(admin)
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(slow, (str(admin.client.host), int(admin.client.port or 0)))
            await loop.sock_sendall(slow, b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            async with listening(admin) as quick:
                await quick.next("init")
                await until(lambda: admin.feed.client_count == 2, "both clients")
                saved = 0
                while admin.feed.overflows == 0:
                    assert saved < 5000, "nobody was cut off"
                    await admin.save(make_evaluation(saved, session_id=f"s{saved}", query="long " * 100))
                    assert await quick.sessions(1) == [f"s{saved}"]
                    saved += 1
                await until(lambda: admin.feed.client_count == 1, "the slow client's end")

                await admin.save(make_evaluation(saved, session_id="after"))

                assert await quick.sessions(1) == ["after"]
                assert admin.feed.overflows == 1


@pytest.mark.parametrize("seed", range(3))
async def test_a_client_that_breaks_off_at_random_while_saves_go_on_is_told_each_save_once(
    admin: Admin, seed: int
) -> None:
    rng, total = random.Random(seed), 300
    told: list[tuple[str, str]] = []
    last_id = "w1:0"

    async def save() -> None:
        for number in range(total):
            await admin.save(make_evaluation(number, session_id=f"s{number}"))

    async def listen_once(last_id: str) -> str:
        reader, budget = EventReader(last_id), rng.randrange(1, 40_000)
        async with admin.client.get("/v1/stream", headers={"Last-Event-ID": last_id}) as response:
            while budget > 0 and reader.last_id != f"w1:{total}":
                data = await response.content.read(budget)  # cut at any byte: what is not whole is not received
                budget -= len(data)
                told.extend((event.id, event.data["session_id"]) for event in reader.feed(data))
            response.close()
        return told[-1][0] if told else last_id

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(save())
        while last_id != f"w1:{total}":
            last_id = await listen_once(last_id)

    assert told == [(f"w1:{number + 1}", f"s{number}") for number in range(total)]
    assert Position.parse(last_id) == await admin.store.position()


async def test_many_clients_are_told_the_same_in_the_same_order(admin: Admin) -> None:
    opened: list[str] = []

    async def listen() -> list[str]:
        async with listening(admin) as listener:
            opened.append((await listener.next("init")).id)
            return await listener.sessions(20)

    tasks = [asyncio.create_task(listen()) for _ in range(20)]
    await until(lambda: len(opened) == 20, "all clients")
    for number in range(20):
        await admin.post("/v1/evaluate", BODY | {"session_id": f"s{number}"})

    for ids in await asyncio.gather(*tasks):
        assert ids == [f"s{number}" for number in range(20)]
