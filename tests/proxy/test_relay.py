"""One exchange on its way, through the running proxy."""

from tests.fakes.raw_client import eventually
from tests.fakes.upstream import Visit, answer, answering
from tests.proxy.conftest import House

GET = b"GET /x HTTP/1.1\r\nHost: bot\r\n\r\n"


async def test_request_and_answer_pass(house: House) -> None:
    upstream = await house.upstream(answering(answer(b"hello", b"X-Kept: 1")))
    engine = await house.engine()
    proxy = await house.proxy(upstream, engine=engine)
    client = await house.client(proxy)

    await client.send(GET)
    head, body = await client.read_answer()
    await eventually(lambda: engine.exchanges, "a copy")
    print(upstream.received, head, body, engine.exchanges)

    assert head == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Kept: 1\r\n\r\n"
