"""The settings of OpenTelemetry: where evaluations go as spans and events.

Part of `config/settings.py`; it stands apart for its length. `exporters/otlp.py` does what is said here.
"""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from config.section import Section


class OtlpSettings(Section):
    """A collector that takes OTLP over HTTP; needs the extra `otlp`."""

    endpoint: str | None = None
    """Base URL, as `http://collector:4318`; `/v1/traces` and `/v1/logs` are added. None sends nothing."""
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    """Sent with every request, as `Authorization`."""
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Time for one request, its repetitions included."""
    explanations: bool = False
    """What a score rests on is told too; it may quote words of the exchange, redacted as they are stored."""
    queue_limit: Annotated[int, Field(ge=64, le=1_000_000)] = 4096
    """Spans, and as many events times ten, that wait while the collector is away; beyond it the newest are dropped."""

    @field_validator("endpoint")
    @classmethod
    def _is_http_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        url = urlsplit(value)
        if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
            raise ValueError("expected a URL such as http://collector:4318")
        return value.rstrip("/")
