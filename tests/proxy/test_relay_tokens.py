"""Tokens of a stream pass by themselves (`proxy/tokens.py`): they arrive, are copied, counted, and no silence."""

import asyncio

from scorer.wire import End
from tests.fakes.upstream import Script, Visit
from tests.fakes.waiting import until
from tests.proxy.conftest import House

GET = b"GET /stream HTTP/1.1\r\nHost: bot\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n%s\r\n"
LAST = b"0\r\n\r\n"


def token(number: int) -> bytes:
    return b"10\r\ndata: token%03d\n\n\r\n" % number


def streaming(tokens: list[bytes], *, lines: bytes = b"", pause_seconds: float = 0.0, end: bytes = LAST) -> Script:
    """Return a script that sends each token in a write of its own, when the one before has arrived."""

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(HEAD % lines)
        for data in tokens:
            await asyncio.sleep(pause_seconds)
            await visit.send(data)
        await visit.send(end)
        await visit.until_closed()

    return script


async def test_tokens_are_copied_and_counted_between_pieces_of_other_kinds(house: House) -> None:
    large = b"%x\r\n%s\r\n" % (5000, b"x" * 5000)
    tokens = [token(0), token(1), token(2)[:7], token(2)[7:] + token(3), large, token(4), b"1;e\r\na\r\n", token(5)]
    engine = await house.engine()
    proxy = await house.proxy(await house.upstream(streaming(tokens, pause_seconds=0.001)), engine=engine)
    client = await house.client(proxy)
    body = b"".join(tokens) + LAST

    await client.send(GET)
    await client.read_head()
    received = await client.read_exactly(len(body))
    await until(lambda: engine.exchanges, "the copy")
    await until(lambda: engine.totals.get("bytes.response") == len(body), "the counters")

    assert received == body
    assert engine.exchanges[0].response_body == body
    assert engine.exchanges[0].end == End.COMPLETE


async def test_copy_of_tokens_ends_at_the_limit_and_the_stream_goes_on(house: House) -> None:
    tokens = [token(number) for number in range(20)]
    engine = await house.engine()
    upstream = await house.upstream(streaming(tokens, pause_seconds=0.001))
    client = await house.client(await house.proxy(upstream, engine=engine, capture_limit_bytes=50))
    body = b"".join(tokens) + LAST

    await client.send(GET)
    await client.read_head()
    received = await client.read_exactly(len(body))
    await until(lambda: engine.exchanges, "the copy")

    assert received == body
    assert engine.exchanges[0].response_body == body[:50]
    assert engine.exchanges[0].response_body_bytes == len(body)
    assert engine.exchanges[0].end == End.CAPPED


async def test_stream_that_is_not_copied_passes_and_is_counted(house: House) -> None:
    tokens = [token(number) for number in range(300)]
    engine = await house.engine()
    upstream = await house.upstream(streaming(tokens, lines=b"X-Endurance-Capture: off\r\n"))
    client = await house.client(await house.proxy(upstream, engine=engine))
    body = b"".join(tokens) + LAST

    await client.send(GET)
    await client.read_head()
    received = await client.read_exactly(len(body))
    await until(lambda: engine.totals.get("capture.opted_out") == 1, "the counters")

    assert received == body
    assert engine.totals["bytes.response"] == len(body)
    assert not engine.exchanges


async def test_bytes_of_a_stream_are_counted_while_it_is_open(house: House) -> None:
    tokens = [token(number) for number in range(3)]
    engine = await house.engine()
    upstream = await house.upstream(streaming(tokens, pause_seconds=0.001, end=b""))
    client = await house.client(await house.proxy(upstream, engine=engine))

    await client.send(GET)
    await client.read_head()
    await client.read_exactly(len(b"".join(tokens)))

    await until(lambda: engine.totals.get("bytes.response") == len(b"".join(tokens)), "the counters")


async def test_tokens_hold_the_idle_limit_off_and_silence_after_them_is_cut(house: House) -> None:
    tokens = [token(number) for number in range(12)]
    engine = await house.engine()
    upstream = await house.upstream(streaming(tokens, pause_seconds=0.1, end=b""))
    client = await house.client(await house.proxy(upstream, engine=engine, answer_idle_timeout_seconds=1.0))

    await client.send(GET)
    received = await client.read_to_end()
    await until(lambda: engine.exchanges, "the copy")

    assert received.endswith(b"".join(tokens))
    assert engine.exchanges[0].end == End.UPSTREAM_RESET


async def test_total_limit_ends_a_stream_of_tokens(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(HEAD % b"")
        while not visit.writer.is_closing():
            await visit.send(token(1))
            await asyncio.sleep(0.01)

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream, total_timeout_seconds=0.3))

    await client.send(GET)
    received = await client.read_to_end()

    assert token(1) in received
    assert not received.endswith(LAST)


async def test_connection_is_used_again_after_a_stream_of_tokens(house: House) -> None:
    async def script(visit: Visit) -> None:
        while True:
            await visit.read_head()
            await visit.send(HEAD % b"")
            for number in range(3):
                await visit.send(token(number))
                await asyncio.sleep(0.001)
            await visit.send(LAST)

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))
    body = b"".join(token(number) for number in range(3)) + LAST

    for _ in range(3):
        await client.send(GET)
        await client.read_head()
        assert await client.read_exactly(len(body)) == body

    assert len(upstream.visits) == 1


async def test_head_of_a_first_answer_that_equals_one_on_another_connection_passes_the_same(house: House) -> None:
    upstream = await house.upstream(streaming([token(0)], end=b""))
    proxy = await house.proxy(upstream)
    heads = []

    for _ in range(2):
        client = await house.client(proxy)
        await client.send(GET)
        heads.append(await client.read_head())
        assert await client.read_exactly(len(token(0))) == token(0)

    assert heads[0] == heads[1] == HEAD % b""
    assert len(upstream.visits) == 2
