"""Every setting, once: its default, unit, limits and one sentence. Pure data; `config/loader.py` fills it.

Each part receives its own piece (`settings.spool`, `settings.api`, …), never the whole.
A key `a.b` is `b:` under `a:` in the YAML file, `ENDURANCE_A_B` in the environment, and `--a-b` where a flag exists.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from config.api import ApiSettings
from config.claims import ClaimsSettings
from config.encryption import StoreEncryptionSettings
from config.jetstream import JetStreamSettings
from config.judge import JudgeSettings
from config.logging import LogFormat, LogLevel
from config.otlp import OtlpSettings
from config.redaction import RedactionSettings, ServiceRedaction
from config.section import Section
from config.webhooks import WebhookSettings

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]
Bytes = Annotated[int, Field(gt=0)]
MEBIBYTE = 1024 * 1024


class ServiceMatch(Section):
    """Which proxied requests belong to a service; every given condition must hold."""

    host: str | None = None
    """Host header without its port, compared without case."""
    path_prefix: str | None = None
    """Beginning of the request's path."""


class JsonMapping(Section):
    """Where a JSON chat format keeps its parts, as JSONPath (RFC 9535)."""

    path: str | None = None
    """Only requests whose path starts so; None for every path."""
    query: str
    """In the request's body."""
    response: str
    """In the answer's body; several matches are joined."""
    documents: str | None = None
    """In the answer's body: one match per document."""
    document_content: str = "$.content"
    """Inside one document."""
    document_id: str | None = "$.id"
    document_source: str | None = "$.source"
    conversation_id: str | None = None
    """In the request's body, else in the answer's."""
    model: str | None = None
    """In the answer's body, else in the request's."""


class RetentionSettings(Section):
    """How long sessions are kept; the counts of aggregates stay for good."""

    text_days: Annotated[float, Field(gt=0, le=36_500)] | None = None
    """Days after the exchange at which its text is erased: query, answer, documents, claims; None keeps it."""
    scores_days: Annotated[float, Field(gt=0, le=36_500)] | None = None
    """Days after the exchange at which its scores go too; needs `text_days`, and is no shorter."""

    @model_validator(mode="after")
    def _goes_after_the_text(self) -> "RetentionSettings":
        if self.scores_days is not None and (self.text_days is None or self.scores_days < self.text_days):
            raise ValueError("expected text_days, and scores_days no shorter: text does not outlive its scores")
        return self


class ServiceSettings(Section):
    """One chatbot behind the proxy, or one client of `/v1/evaluate`."""

    id: Annotated[str, Field(min_length=1, max_length=128)]
    match: ServiceMatch = ServiceMatch()
    format: str | None = None
    """Name of the wire format; None recognises it."""
    mappings: tuple[JsonMapping, ...] = ()
    """For `format: json_mapping`; the first that fits is used."""
    preset: str | None = None
    compliance_mode: str | None = None
    redaction: ServiceRedaction | None = None
    """In place of the general `redaction`, whole; None follows it."""
    retention: RetentionSettings | None = None
    """In place of the general `retention`, whole; None follows it."""


class CaptureSettings(Section):
    """How much of an exchange is copied."""

    limit_bytes: Bytes = 256 * 1024
    """Bytes copied of each direction of an exchange; the traffic itself has no limit."""
    sample_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the conversations that is copied, chosen by hash: a conversation is copied whole or not at all."""
    conversation_header: str | None = None
    """Request header that names the conversation, for `sample_ratio`; without it each exchange stands for itself."""
    methods: tuple[str, ...] = ()
    """Only requests with these methods are copied; none means all."""
    paths: tuple[str, ...] = ()
    """Only requests whose path begins so are copied; none means all."""
    excluded_paths: tuple[str, ...] = ()
    """Requests whose path begins so are not copied."""
    content_types: tuple[str, ...] = ()
    """Only answers whose content type begins so are copied; none means all but images, media, scripts and downloads."""
    decompressed_limit_bytes: Bytes = 8 * MEBIBYTE
    """A copied body that grows beyond this when decompressed is unreadable."""
    guess: bool = False
    """JSON that no format knows is read by the usual names of questions and answers, and marked as guessed."""


class ProxySettings(Section):
    """The data path."""

    connect_timeout_seconds: Seconds = 10.0
    """Time for one connection to the upstream."""
    head_timeout_seconds: Seconds = 30.0
    """Time for a client to send a whole request head."""
    body_idle_timeout_seconds: Seconds | None = 300.0
    """Longest silence of a client in the middle of a request body."""
    body_idle_bytes: Bytes = 1024
    """Who sends fewer bytes of a body in that time is silent too, unless they end it; 1 lets a trickle pass."""
    answer_idle_timeout_seconds: Seconds | None = 300.0
    """Longest silence of the upstream in the middle of an answer."""
    client_stall_timeout_seconds: Seconds | None = 300.0
    """Longest time in which a client takes nothing of an answer that waits for it."""
    first_byte_timeout_seconds: Seconds | None = None
    """Longest wait for the upstream's answer to begin; off, since models think."""
    total_timeout_seconds: Seconds | None = None
    """Longest time of one exchange, from the request's head to the answer's end; off."""
    keep_alive_seconds: Seconds = 75.0
    """How long an idle client connection stays open."""
    connections_per_peer: Annotated[int, Field(ge=1)] | None = None
    """Most open connections of one client address; one more is closed at once. Off: a gateway before us is one peer."""
    grace_seconds: Annotated[float, Field(ge=0)] = 30.0
    """How long open exchanges may go on after SIGTERM."""
    unacknowledged_limit_bytes: Bytes = 64 * MEBIBYTE
    """Copies held while the engine has not acknowledged them; beyond it copies are dropped and counted."""
    batch_interval_seconds: Seconds = 0.002
    """How long finished copies wait for company before they are shipped."""


class SpoolSettings(Section):
    """The queue of copies that wait to be scored, as they came: nothing in it is redacted."""

    mode: Literal["disk", "memory"] = "disk"
    """`memory` writes no copy to a disk; a crash or a stop then loses what waits."""
    key_file: Path | None = None
    """File of keys that encrypt the copies on disk, 64 hex digits a line: the first writes, every one reads."""
    limit_bytes: Bytes = 1024 * MEBIBYTE
    """Hard cap of the queued copies."""
    dead_letter_limit: Annotated[int, Field(ge=0)] = 1000
    """Dead letters kept; the oldest go first."""


class ScorerSettings(Section):
    """The scoring pool."""

    processes: Annotated[int, Field(ge=0, le=256)] = 0
    """Scoring processes; 0 takes one less than the cores, at least one, at most eight."""
    timeout_seconds: Seconds = 30.0
    """Time for one exchange; a process that takes longer is replaced."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 2
    """Deliveries of one exchange before it is a dead letter."""


class FeedSettings(Section):
    """The live feed `/v1/stream`."""

    client_limit: Annotated[int, Field(ge=1)] = 1000
    """Clients at once; one more is answered 503."""
    buffer_events: Annotated[int, Field(ge=1)] = 1000
    """Events a client may be behind before its connection is closed."""
    ping_seconds: Seconds = 10.0


class MetricsSettings(Section):
    """Prometheus."""

    service_limit: Annotated[int, Field(ge=1)] = 100
    """Services with a label of their own; later ones are counted as `other`."""
    trust_interval_seconds: Seconds = 300.0
    """How often the trust figures are computed anew from each service's newest evaluations."""


class CompatSettings(Section):
    """For clients of the earlier service."""

    null_dimensions: Literal["null", "neutral"] = "null"
    """`neutral` fills a dimension that was not assessed with the overall score, on the wire only."""


class LogSettings(Section):
    """Logs, on standard error."""

    level: LogLevel = "info"
    format: LogFormat = "auto"
    """`auto` is pretty on a terminal and JSON elsewhere."""


class Settings(Section):
    """Everything an operator may change."""

    upstream: str | None = None
    """URL of the chatbot; without it Endurance is an evaluation service only."""
    host: str = "127.0.0.1"
    """Address of the traffic port."""
    port: Port = 8080
    admin_host: str = "127.0.0.1"
    """Address of the admin port."""
    admin_port: Port = 8081
    probe_port: Port | None = None
    """Port on which the proxy itself answers `/health` and `/ready`."""
    admin_prefix: str | None = None
    """Path under which the traffic port also serves the admin port, for hosts with a single port."""
    store: str | None = None
    """`sqlite:///relative`, `sqlite:////absolute`, `mongodb://…` or `mongodb+srv://…`."""
    queue: str | None = None
    """`nats://HOST:PORT`, several with commas; without it the spool is the queue."""
    data_dir: Path = Path("./endurance-data")
    service_id: Annotated[str, Field(min_length=1, max_length=128)] = "default"
    """Service of proxied exchanges that no `services` entry matches."""
    time_zone: str = "UTC"
    """IANA name; daily aggregates follow its days."""
    trusted_peers: tuple[str, ...] = ()
    """Addresses or networks whose `X-Forwarded-*` and `X-Endurance-*` headers are believed."""
    presets_dir: Path | None = None
    """Folder of further presets."""
    rulepacks_dir: Path | None = None
    """Folder of further rule packs."""
    services: tuple[ServiceSettings, ...] = ()
    capture: CaptureSettings = CaptureSettings()
    proxy: ProxySettings = ProxySettings()
    spool: SpoolSettings = SpoolSettings()
    jetstream: JetStreamSettings = JetStreamSettings()
    redaction: RedactionSettings = RedactionSettings()
    retention: RetentionSettings = RetentionSettings()
    store_encryption: StoreEncryptionSettings = StoreEncryptionSettings()
    scorer: ScorerSettings = ScorerSettings()
    claims: ClaimsSettings = ClaimsSettings()
    judge: JudgeSettings = JudgeSettings()
    api: ApiSettings = ApiSettings()
    feed: FeedSettings = FeedSettings()
    metrics: MetricsSettings = MetricsSettings()
    webhooks: tuple[WebhookSettings, ...] = ()
    """Receivers of signed messages; each has an id of its own."""
    otlp: OtlpSettings = OtlpSettings()
    compat: CompatSettings = CompatSettings()
    log: LogSettings = LogSettings()

    @field_validator("upstream")
    @classmethod
    def _is_http_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        url = urlsplit(value)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("expected a URL such as http://127.0.0.1:9000")
        if url.query or url.fragment or url.username:
            raise ValueError("expected scheme, host, port and at most a path")
        return value

    @field_validator("store")
    @classmethod
    def _is_store_url(cls, value: str | None) -> str | None:
        prefixes = ("sqlite:///", "mongodb://", "mongodb+srv://")
        if value is not None and not value.startswith(prefixes):
            raise ValueError("expected sqlite:///PATH, mongodb://… or mongodb+srv://…")
        return value

    @field_validator("queue")
    @classmethod
    def _is_queue_url(cls, value: str | None) -> str | None:
        urls = [] if value is None else [urlsplit(url) for url in value.split(",")]
        if not all(url.scheme in ("nats", "tls") and url.hostname for url in urls):
            raise ValueError("expected nats://HOST:PORT or tls://HOST:PORT, or several with commas")
        return value

    @field_validator("admin_prefix")
    @classmethod
    def _is_prefix(cls, value: str | None) -> str | None:
        if value is not None and (not value.startswith("/") or value.endswith("/")):
            raise ValueError("expected a path such as /_endurance")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("expected an IANA time zone such as Asia/Kolkata")
        return value

    @field_validator("webhooks")
    @classmethod
    def _have_ids_of_their_own(cls, value: tuple[WebhookSettings, ...]) -> tuple[WebhookSettings, ...]:
        if len({webhook.id for webhook in value}) < len(value):
            raise ValueError("expected another id for each")
        return value

    @field_validator("trusted_peers")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value
