"""Roles start in any order, refuse in one line what they cannot do, and `serve` shares its work over NATS too."""

import asyncio
from pathlib import Path

import pytest

from config.jetstream import JetStreamSettings
from scorer.queue.jetstream_setup import set_up
from tests.fakes.installation import running_installation
from tests.fakes.nats_server import NatsServer, opened_bus, require_nats, running
from tests.fakes.product import SCORED_SECONDS, Program, running_demo, running_product
from tests.fakes.waiting import until

pytestmark = pytest.mark.system
PUSHED = {
    "query": "What is the fee?",
    "response": "The fee is 10 rupees.",
    "rag_documents": [{"id": "rules", "content": "An application carries a fee of ten rupees (Rs 10)."}],
}


@pytest.fixture(autouse=True)
def _needs_nats() -> None:
    require_nats()


@pytest.mark.mongo
async def test_roles_that_start_before_nats_work_once_it_is_there(tmp_path: Path, mongo_url: str) -> None:
    nats = NatsServer(tmp_path / "nats")
    async with (
        running_demo(tmp_path) as bot,
        running_installation(tmp_path, [nats], bot, mongo_url, workers=1, is_nats_there=False) as installation,
    ):
        client, (proxy,), (api,) = installation.client, installation.proxies, installation.apis
        for number in range(5):
            query = f"What is the fee? (case {number})"
            assert (await client.post(f"{proxy.traffic_url}/chat", json={"message": query})).status_code == 200
        early = await client.post(f"{api.admin_url}/v1/evaluate", json=PUSHED)

        with running(nats):

            async def is_scored() -> bool:
                return await installation.total() == 5

            await until(is_scored, f"5 sessions; {installation.logs()}", SCORED_SECONDS)
            late = await client.post(f"{api.admin_url}/v1/evaluate", json=PUSHED)
            queued = await client.post(f"{api.admin_url}/v1/evaluate", params={"async": "true"}, json=PUSHED)

            async def are_all_scored() -> bool:
                return await installation.total() == 7

            await until(are_all_scored, f"7 sessions; {installation.logs()}", SCORED_SECONDS)

        assert (early.status_code, late.status_code, queued.status_code) == (503, 200, 202)
        assert int(early.headers["Retry-After"]) >= 1
        assert late.json()["verification"]["verified_claims"] == 1
        worker = await client.get(f"{installation.workers[0].admin_url}/metrics")
        assert 'endurance_jobs_total{outcome="scored"} 6.0' in worker.text


@pytest.mark.mongo
async def test_an_api_with_a_pool_of_its_own_scores_what_is_pushed_without_a_worker(
    tmp_path: Path, mongo_url: str
) -> None:
    nats = NatsServer(tmp_path / "nats")
    local = {"ENDURANCE_JETSTREAM_EVALUATE": "local"}
    async with running_installation(
        tmp_path, [nats], "http://127.0.0.1:1", mongo_url, proxies=0, workers=0, environment=local
    ) as installation:
        (api,) = installation.apis

        answer = await installation.client.post(f"{api.admin_url}/v1/evaluate", json=PUSHED)

        assert answer.status_code == 200, answer.text
        assert answer.json()["verification"]["verified_claims"] == 1
        assert [row["session_id"] for row in await installation.rows(api)] == [answer.json()["session_id"]]


async def test_serve_alone_sends_its_work_through_nats_and_back(tmp_path: Path) -> None:
    nats = NatsServer(tmp_path / "nats")
    with running(nats):
        environment = {"ENDURANCE_JETSTREAM_REPLICAS": "1"}
        async with (
            running_demo(tmp_path) as bot,
            running_product(tmp_path, bot, "--queue", nats.url, environment=environment) as product,
        ):
            await asyncio.gather(
                *(
                    product.client.post(f"{product.traffic_url}/chat", json={"message": f"What is the fee? ({number})"})
                    for number in range(20)
                )
            )

            await product.wait_scored(20)

            assert len(await product.rows()) == 20
            assert "endurance_queue_leased 0.0" in await product.metrics()
            assert await product.program.stop() == 0


async def test_a_proxy_that_stops_drains_its_spool_first(tmp_path: Path) -> None:
    nats, settings = NatsServer(tmp_path / "nats"), JetStreamSettings(replicas=1)
    with running(nats):
        async with opened_bus(nats.url, settings, is_owner=False) as bus:
            await set_up(bus, settings)
    async with (
        running_demo(tmp_path) as bot,
        running_installation(
            tmp_path, [nats], bot, "mongodb://127.0.0.1:1", workers=0, apis=0, is_nats_there=False
        ) as installation,
    ):
        client, (proxy,) = installation.client, installation.proxies
        for number in range(10):
            await client.post(f"{proxy.traffic_url}/chat", json={"message": f"What is the fee? ({number})"})

        async def is_spooled() -> bool:
            return await proxy.metric(client, "endurance_spool_jobs") == 10

        await until(is_spooled, "10 copies in the spool", 30)
        with running(nats):
            code = await proxy.program.stop(60)
            async with opened_bus(nats.url, settings, is_owner=False) as bus:
                stream = await bus.call(f"STREAM.INFO.{settings.stream}")

        assert (code, stream["state"]["messages"]) == (0, 10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("worker",), "queue: `endurance worker` shares its work over NATS"),
        (("api", "--queue", "nats://127.0.0.1:1"), "store: `endurance api` shares its record"),
        (("proxy", "--queue", "nats://127.0.0.1:1"), "upstream: expected the chatbot's URL"),
    ],
)
async def test_a_role_refuses_in_one_line_what_it_cannot_do(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    program = Program((*arguments, "--data-dir", str(tmp_path / "data")), tmp_path / "role.log")
    await program.start()
    assert program.process is not None

    code = await asyncio.wait_for(program.process.wait(), 60)

    assert code == 2
    (line,) = program.log().splitlines()
    assert line.startswith(f"endurance: {message}")


async def test_streams_that_differ_end_the_start_with_every_difference(tmp_path: Path) -> None:
    nats = NatsServer(tmp_path / "nats")
    with running(nats):
        program = Program(("serve", "--queue", nats.url, "--data-dir", str(tmp_path / "data")), tmp_path / "serve.log")
        await program.start()
        assert program.process is not None

        code = await asyncio.wait_for(program.process.wait(), 60)

        assert code == 2
        assert "endurance: jetstream: the servers refuse" in program.log()
        assert "set jetstream.replicas to 1 for a single server" in program.log()
