"""What reaches out is opened only where it is configured, and says at start what it lacks."""

import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.loader import load_settings
from config.settings import MetricsSettings, Settings
from endurance.app import LEDGER_NAME
from endurance.outbound import check_telemetry, open_outbound
from exporters.prometheus import Metrics
from exporters.store.sqlite import SqliteStore
from tests.fakes.receiver import SECRET


def settings_of(folder: Path, **environment: str) -> Settings:
    return load_settings({"data_dir": folder}, {f"ENDURANCE_{name}": value for name, value in environment.items()})


async def test_by_default_nothing_is_opened(tmp_path: Path) -> None:
    async with AsyncExitStack() as opened:
        store = SqliteStore(tmp_path / "record.db", "UTC")
        outbound = await open_outbound(
            opened, settings_of(tmp_path), store, Metrics(MetricsSettings(), "1", started_at=0.0)
        )

    assert (outbound.tokens, outbound.exporters) == (None, ())
    assert not (tmp_path / LEDGER_NAME).exists()


async def test_what_is_configured_is_opened_and_closed(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        WEBHOOKS=f"[{{id: desk, url: 'https://hooks.example.org/', secret: {SECRET}}}]",
        API_OIDC="{issuer: i, audience: a, jwks_url: 'https://login.example.org/keys'}",
        OTLP_ENDPOINT="http://127.0.0.1:9",
    )
    metrics = Metrics(MetricsSettings(), "1", started_at=0.0)
    async with AsyncExitStack() as opened:
        store = SqliteStore(tmp_path / "record.db", "UTC")
        opened.push_async_callback(store.close)
        await store.open()
        outbound = await open_outbound(opened, settings, store, metrics)

        assert outbound.tokens is not None
        assert [exporter.name for exporter in outbound.exporters] == ["webhooks", "otlp"]
        assert b'endurance_webhook_retries{webhook="desk"} 0.0' in metrics.render()[0]


def test_a_collector_without_the_extra_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "exporters.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry._logs", None)  # what Python keeps for what is not there
    check_telemetry(settings_of(tmp_path))

    with pytest.raises(ConfigurationError, match=r"otlp\.endpoint: needs the extra otlp; install endurance\[otlp\]"):
        check_telemetry(settings_of(tmp_path, OTLP_ENDPOINT="http://127.0.0.1:4318"))
