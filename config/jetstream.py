"""The settings of the bus: how NATS JetStream carries exchanges between machines.

Part of `config/settings.py`; it stands apart for its length. In force only where `queue` names a server.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.section import Section

MEBIBYTE = 1024 * 1024


class JetStreamSettings(Section):
    """Streams, their limits, and how we are let in; created or held against these at start, never changed."""

    stream: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_-]{0,31}$")] = "ENDURANCE"
    """Name of the stream of jobs; the others, and every subject, are named after it."""
    replicas: Annotated[int, Field(ge=1, le=5)] = 3
    """Servers that hold each message; 1 where there is a single server."""
    limit_bytes: Annotated[int, Field(gt=0)] = 8192 * MEBIBYTE
    """Hard cap of the stream of jobs; at it the servers take no more, and spools fill."""
    lease_seconds: Annotated[float, Field(ge=1, le=3600)] = 60.0
    """AckWait: how long a job stays with a worker that says nothing."""
    max_deliver: Annotated[int, Field(ge=10, le=100_000)] = 100
    """Deliveries after which a job leaves the stream: begun anew where it was only put back, else a dead letter."""
    duplicate_window_seconds: Annotated[float, Field(ge=1, le=86_400)] = 120.0
    """How long an id is remembered after it was put, also when its job is done."""
    dead_letter_limit: Annotated[int, Field(ge=1)] = 1000
    """Dead letters kept; the oldest go first."""
    dead_letter_limit_bytes: Annotated[int, Field(gt=0)] = 256 * MEBIBYTE
    """Bytes of them; the oldest go first."""
    drain_seconds: Annotated[float, Field(ge=0, le=3600)] = 20.0
    """How long a proxy that stops goes on sending what its spool holds."""
    credentials_file: Path | None = None
    """File with the user's JWT and seed, as `nsc` writes it; None: what the URL says."""
    tls_ca_file: Path | None = None
    """Certificate authorities of the servers; None: the system's, where the servers ask for TLS."""
    tls_certificate_file: Path | None = None
    """Our certificate, where the servers ask for one; needs `tls_key_file`."""
    tls_key_file: Path | None = None
    monitoring_urls: tuple[Annotated[str, Field(pattern=r"^https?://[^/?#]+$")], ...] = ()
    """Monitoring ports of the servers, such as http://nats:8222: asked at start whether each writes to disk first."""
    evaluate: Literal["workers", "local"] = "workers"
    """Where `endurance api` has pushed exchanges scored: by the workers, or in a pool of its own."""

    @model_validator(mode="after")
    def _has_both_halves(self) -> "JetStreamSettings":
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("expected tls_certificate_file and tls_key_file together, got one of them")
        return self
