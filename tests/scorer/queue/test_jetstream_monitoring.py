"""Whether the servers write before they acknowledge, as their monitoring ports tell, and what is said otherwise."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from scorer.queue.jetstream_monitoring import look_at_disks, read_sync, warn_of_disks
from tests.fakes.nats_server import NatsServer, free_port, require_nats, running

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["jetstream", "config", "sync_always"]), inner),
)


@given(JSON)
def test_nothing_but_the_word_of_the_server_passes(state: Any) -> None:
    is_said = isinstance(state, dict) and isinstance(state.get("jetstream"), dict)
    config = state["jetstream"].get("config") if is_said else None

    assert (read_sync(state) is None) is (isinstance(config, dict) and config.get("sync_always") is True)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"jetstream": {}}, "does not run JetStream"),
        ({"jetstream": {"config": {"sync_interval": 120_000_000_000}}}, "writes to disk each 120 s only"),
        ({"jetstream": {"config": {"sync_interval": "often"}}}, "writes to disk now and then only"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(state: Any, told: str) -> None:
    assert (read_sync(state) or "").startswith(told)


async def test_a_real_server_is_told_by_its_setting(tmp_path: Path) -> None:
    require_nats()
    safe = NatsServer(tmp_path / "safe", jetstream="sync_interval: always")
    usual = NatsServer(tmp_path / "usual")
    with running(safe, usual):
        urls = [f"http://127.0.0.1:{server.monitor_port}" for server in (safe, usual)]

        (line,) = await look_at_disks(urls)
        with capture_logs() as logs:
            await warn_of_disks(urls)

    assert line.startswith(f"the NATS server at {urls[1]} writes to disk each 120 s only")
    assert [(entry["log_level"], entry["event"]) for entry in logs] == [("warning", line)]


async def test_a_port_that_nobody_answers_is_told_and_ends_nothing() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    (line,) = await look_at_disks([url], ask_seconds=1)

    assert line.startswith(f"the NATS server at {url} gives no answer to /varz")
    assert await look_at_disks([]) == []
