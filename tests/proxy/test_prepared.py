"""Equal heads are read once; nothing else may be taken for equal."""

import pytest

from proxy.answer import KEPT_HEAD_BYTES
from scorer.wire import End, Flag
from tests.fakes.upstream import Visit
from tests.fakes.waiting import until
from tests.proxy.conftest import House

POST = b"POST /a HTTP/1.1\r\nHost: bot\r\nContent-Length: 3\r\n\r\n"


async def echo(visit: Visit) -> None:
    """Answer each request with its target and body; HEAD with the same head alone."""
    while True:
        head = await visit.read_head()
        body = b""
        if b"Content-Length: " in head:
            body = await visit.read_exactly(int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]))
        content = head.split(b" ")[1] + body
        sent = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content)
        await visit.send(sent + (b"" if head.startswith(b"HEAD") else content))


async def test_equal_requests_get_their_own_answers_and_copies(house: House) -> None:
    engine = await house.engine()
    upstream = await house.upstream(echo)
    client = await house.client(await house.proxy(upstream, engine=engine))

    bodies = []
    for body in (b"one", b"two", b"six"):
        await client.send(POST + body)
        bodies.append((await client.read_answer())[1])
    await until(lambda: len(engine.exchanges) == 3, "the copies")

    assert bodies == [b"/aone", b"/atwo", b"/asix"]
    assert [copy.request_body for copy in engine.exchanges] == [b"one", b"two", b"six"]
    assert [copy.response_body for copy in engine.exchanges] == bodies
    assert len({copy.id for copy in engine.exchanges}) == 3
    traces = [line for line in upstream.received.split(b"\r\n") if line.startswith(b"traceparent: ")]
    assert [line.split(b"-")[1] for line in traces] == [copy.id.hex().encode() for copy in engine.exchanges]


async def test_equal_head_with_its_body_in_pieces_is_read_on(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(echo)))

    for pieces in ((POST + b"one",), (POST + b"t", b"wo"), (POST, b"six"), (POST[:20], POST[20:] + b"ten")):
        for piece in pieces:
            await client.send(piece)
        assert (await client.read_answer())[1] == b"/a" + b"".join(pieces)[len(POST) :]


async def test_equal_heads_sent_ahead_are_served_one_after_the_other(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(echo)))
    await client.send(POST + b"one")
    await client.read_answer()

    await client.send(POST + b"two" + POST + b"six" + POST + b"ten")

    assert [(await client.read_answer())[1] for _ in range(3)] == [b"/atwo", b"/asix", b"/aten"]


async def test_head_that_only_begins_alike_is_another(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(echo)))

    for length, body in ((b"3", b"one"), (b"33", b"x" * 33), (b"3", b"two")):
        await client.send(POST.replace(b"Length: 3", b"Length: " + length) + body)
        assert (await client.read_answer())[1] == b"/a" + body


async def test_answer_to_head_is_not_taken_for_an_answer_to_get(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(echo)))

    for method in (b"GET", b"HEAD", b"GET", b"HEAD", b"HEAD"):
        await client.send(method + b" /a HTTP/1.1\r\nHost: bot\r\n\r\n")
        head = await client.read_head()
        assert head == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        if method == b"GET":
            assert await client.read_exactly(2) == b"/a"


async def test_long_head_passes_again_and_again(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(echo)))
    request = b"GET /a HTTP/1.1\r\nHost: bot\r\nX: " + b"x" * KEPT_HEAD_BYTES + b"\r\n\r\n"

    for _ in range(2):
        await client.send(request)
        assert (await client.read_answer())[1] == b"/a"


async def test_equal_answers_over_the_cap_are_capped_each_time(house: House) -> None:
    engine = await house.engine()
    client = await house.client(await house.proxy(await house.upstream(echo), engine=engine, capture_limit_bytes=4))

    for body in (b"one", b"two"):
        await client.send(POST + body)
        await client.read_answer()
    await until(lambda: len(engine.exchanges) == 2, "the copies")

    assert [copy.response_body for copy in engine.exchanges] == [b"/aon", b"/atw"]
    assert {(copy.end, copy.flags) for copy in engine.exchanges} == {(End.CAPPED, Flag.RESPONSE_TRUNCATED)}


async def test_equal_requests_over_the_cap_are_capped_each_time(house: House) -> None:
    engine = await house.engine()
    client = await house.client(await house.proxy(await house.upstream(echo), engine=engine, capture_limit_bytes=2))

    for body in (b"one", b"two"):
        await client.send(POST + body)
        await client.read_answer()
    await until(lambda: len(engine.exchanges) == 2, "the copies")

    assert [copy.request_body for copy in engine.exchanges] == [b"on", b"tw"]
    assert [copy.request_body_bytes for copy in engine.exchanges] == [3, 3]


@pytest.mark.parametrize("line", [b"X-Endurance-Capture: off", b"Content-Type: image/png"])
async def test_equal_answers_that_are_not_copied_stay_so(house: House, line: bytes) -> None:
    async def script(visit: Visit) -> None:
        for kind in (line, line, b"X: y"):
            await visit.read_head()
            await visit.send(b"HTTP/1.1 200 OK\r\n" + kind + b"\r\nContent-Length: 2\r\n\r\nhi")

    engine = await house.engine()
    client = await house.client(await house.proxy(await house.upstream(script), engine=engine))

    for _ in range(3):
        await client.send(b"GET /a HTTP/1.1\r\nHost: bot\r\n\r\n")
        await client.read_answer()
    await until(lambda: engine.exchanges, "the copy of the last")

    assert len(engine.exchanges) == 1


async def test_request_that_could_not_be_sent_leaves_no_copy(house: House) -> None:
    engine = await house.engine()
    upstream = await house.upstream(echo)
    client = await house.client(await house.proxy(upstream, engine=engine))
    for body in (b"one", b"two"):
        await client.send(POST + body)
        await client.read_answer()

    await upstream.__aexit__(None, None, None)
    await client.send(POST + b"six")
    head, _ = await client.read_answer()
    await until(lambda: engine.totals.get("requests.error") == 1, "the counters")

    assert head.startswith(b"HTTP/1.1 502 ")
    assert [copy.request_body for copy in engine.exchanges] == [b"one", b"two"]


async def test_equal_exchanges_are_counted_each(house: House) -> None:
    engine = await house.engine()
    client = await house.client(await house.proxy(await house.upstream(echo), engine=engine))

    for body in (b"one", b"two", b"six"):
        await client.send(POST + body)
        await client.read_answer()
    await until(lambda: engine.totals.get("requests.2xx") == 3, "the counters")

    assert engine.totals["bytes.request"] == 9
    assert engine.totals["bytes.response"] == 15
    assert engine.totals["overhead.count"] == 3
    assert engine.totals["open.exchanges"] == 0
