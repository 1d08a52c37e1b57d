"""Users by JWT: let in by a credentials file of the servers' operator, and refused by anyone else's."""

from pathlib import Path

import pytest

from config.errors import ConfigurationError, UnavailableError
from config.jetstream import JetStreamSettings
from scorer.queue.jetstream import JetStreamQueue
from scorer.queue.jetstream_bus import Bus
from scorer.queue.jetstream_sender import JobSender
from scorer.queue.jetstream_setup import Names
from tests.fakes.jobs import leased_ids, make_job
from tests.fakes.nats_server import NatsServer, opened_bus, require_nats, running, stream_settings
from tests.fakes.nats_users import Operator


@pytest.fixture(autouse=True)
def _needs_nats() -> None:
    require_nats()


def let_in_by(file: Path) -> JetStreamSettings:
    return stream_settings(stream="ENDURANCE", credentials_file=file)


async def test_roles_with_credentials_files_do_what_their_jwt_allows(tmp_path: Path) -> None:
    operator = Operator()
    settings = let_in_by(operator.write_credentials(tmp_path / "worker.creds"))
    narrow = let_in_by(operator.write_credentials(tmp_path / "proxy.creds", publish=["ENDURANCE.jobs"]))
    server = NatsServer(tmp_path / "nats", settings=operator.server_settings())
    with running(server):
        async with (
            opened_bus(server.url, settings, is_owner=False) as workers,
            opened_bus(server.url, narrow, is_owner=False) as proxies,
        ):
            queue = await JetStreamQueue.open(workers, settings)
            await JobSender(proxies, Names("ENDURANCE"), settings.limit_bytes).put([make_job("a")])

            assert await leased_ids(queue) == ["a"]
            with pytest.raises(UnavailableError):
                await proxies.ask("$JS.API.STREAM.INFO.ENDURANCE", seconds=0.3)
            await queue.close()


async def test_credentials_of_another_operator_are_refused_in_one_line(tmp_path: Path) -> None:
    stranger = let_in_by(Operator().write_credentials(tmp_path / "stranger.creds"))
    server = NatsServer(tmp_path / "nats", settings=Operator().server_settings())
    with running(server):
        bus = Bus(server.url, stranger, "test")

        with pytest.raises(ConfigurationError, match="refused us") as told:
            await bus.open(open_seconds=2)

        assert "\n" not in str(told.value)
        await bus.close()
