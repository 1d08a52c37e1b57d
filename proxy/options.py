"""What the proxy process is started with: plain values that travel as JSON from the supervisor.

Defaults, units and limits are the settings' (`config/settings.py`); here every value has been decided. This module
must not reach pydantic: the proxy process never loads it.
"""

import json
from dataclasses import asdict, dataclass, fields

from config.errors import ConfigurationError
from config.logging import LogFormat, LogLevel


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """The proxy's own piece of the settings, resolved."""

    upstream: str | None
    """URL of the chatbot; None serves the admin prefix alone."""
    admin_prefix: str | None
    """Requests whose path is this, or lies under it, go to the admin listener without it."""
    admin_host: str
    admin_port: int
    trusted_peers: tuple[str, ...]
    capture_limit_bytes: int
    """Bytes copied of each direction."""
    connect_timeout_seconds: float
    head_timeout_seconds: float
    body_idle_timeout_seconds: float | None
    body_idle_bytes: int
    answer_idle_timeout_seconds: float | None
    client_stall_timeout_seconds: float | None
    first_byte_timeout_seconds: float | None
    total_timeout_seconds: float | None
    keep_alive_seconds: float
    connections_per_peer: int | None
    grace_seconds: float
    unacknowledged_limit_bytes: int
    batch_interval_seconds: float
    build: str
    """Version that both sides of the engine's socket name in their first frame."""
    engine_address: str
    """Name of the engine's Unix socket in hexadecimal; an abstract name begins with 00."""
    capture_sample_ratio: float = 1.0
    conversation_header: str | None = None
    capture_methods: tuple[str, ...] = ()
    capture_paths: tuple[str, ...] = ()
    capture_excluded_paths: tuple[str, ...] = ()
    capture_content_types: tuple[str, ...] = ()
    """For these six: `proxy/sampling.py`."""
    log_level: LogLevel = "info"
    log_format: LogFormat = "auto"

    def engine_socket(self) -> bytes:
        """Return the socket's name as bytes."""
        return bytes.fromhex(self.engine_address)

    def to_json(self) -> str:
        """Return the options as a JSON object."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "ProxyOptions":
        """Read what `to_json` wrote. Raises ConfigurationError for a missing or unknown key."""
        values = json.loads(text)
        expected = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or values.keys() != expected:
            given = values.keys() if isinstance(values, dict) else set()
            raise ConfigurationError(
                f"proxy options: missing {sorted(expected - given)}, unknown {sorted(given - expected)}"
            )
        values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**values)
