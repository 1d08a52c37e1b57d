"""The streams and consumers on NATS: what they must be, made where missing, held against the settings where not.

They are never changed: a stream that differs may be another installation's, or an operator's decision.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.errors import ConfigurationError
from config.jetstream import JetStreamSettings
from config.logging import get_logger
from scorer.queue.jetstream_bus import ApiError, Bus

NANOSECONDS = 1_000_000_000
NOTES_DAYS = 30
"""How long a note (deliveries that do not count, the moment of an erasure) is kept."""
NOTES_LIMIT_BYTES = 64 * 1024 * 1024
SPENT_LIMIT_BYTES = 64 * 1024 * 1024
LEASED_LIMIT = 50_000
"""Most jobs leased or delayed at once, of all workers together; 1000 is the servers' own."""
PULLS_LIMIT = 4096
"""Most workers that wait at the same time."""
CONSUMER = "workers"
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Names:
    """What streams and subjects are called."""

    stream: str

    @property
    def jobs(self) -> str:
        """Subject that jobs are put to: all that a proxy may publish to."""
        return f"{self.stream}.jobs"

    @property
    def dead(self) -> str:
        """Subject of dead letters."""
        return f"{self.stream}.dead"

    @property
    def dead_stream(self) -> str:
        return f"{self.stream}_DEAD"

    @property
    def notes(self) -> str:
        """Subjects of what is known of a job beside its message."""
        return f"{self.stream}.notes"

    @property
    def notes_stream(self) -> str:
        return f"{self.stream}_NOTES"

    @property
    def spent_stream(self) -> str:
        """Stream of the servers' word that a job was delivered `max_deliver` times."""
        return f"{self.stream}_SPENT"

    @property
    def spent(self) -> str:
        return f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{self.stream}.{CONSUMER}"

    @property
    def saved(self) -> str:
        """Subject on which each worker says that it saved: every replica's feed looks."""
        return f"{self.stream}.saved"

    @property
    def evaluate(self) -> str:
        """Subject on which an api asks the workers for an evaluation."""
        return f"{self.stream}.evaluate"


def _streams(settings: JetStreamSettings) -> Iterator[dict[str, Any]]:
    names = Names(settings.stream)
    common = {"storage": "file", "num_replicas": settings.replicas, "max_age": 0, "discard": "old"}
    window = int(settings.duplicate_window_seconds * NANOSECONDS)
    yield {
        **common, "name": names.stream, "subjects": [names.jobs], "retention": "workqueue", "discard": "new",
        "max_bytes": settings.limit_bytes, "duplicate_window": window, "allow_direct": True,
    }  # fmt: skip
    yield {
        **common, "name": names.dead_stream, "subjects": [names.dead], "retention": "limits",
        "duplicate_window": window, "allow_direct": True,
        "max_msgs": settings.dead_letter_limit, "max_bytes": settings.dead_letter_limit_bytes,
    }  # fmt: skip
    yield {
        **common, "name": names.notes_stream, "subjects": [f"{names.notes}.*"], "retention": "limits",
        "max_msgs_per_subject": 1, "max_bytes": NOTES_LIMIT_BYTES, "max_age": NOTES_DAYS * 86_400 * NANOSECONDS,
        "allow_direct": True,
    }  # fmt: skip
    yield {
        **common, "name": names.spent_stream, "subjects": [names.spent], "retention": "workqueue",
        "max_bytes": SPENT_LIMIT_BYTES,
    }  # fmt: skip


def _consumers(settings: JetStreamSettings) -> Iterator[tuple[str, dict[str, Any]]]:
    names = Names(settings.stream)
    common = {"durable_name": CONSUMER, "ack_policy": "explicit", "deliver_policy": "all", "max_waiting": PULLS_LIMIT}
    ack_wait = int(settings.lease_seconds * NANOSECONDS)
    yield names.stream, {
        **common, "ack_wait": ack_wait, "max_deliver": settings.max_deliver, "max_ack_pending": LEASED_LIMIT,
    }  # fmt: skip
    yield names.spent_stream, {**common, "ack_wait": 30 * NANOSECONDS, "max_deliver": -1}


async def set_up(bus: Bus, settings: JetStreamSettings) -> None:
    """Make what is missing and hold the rest against the settings.

    Raises ConfigurationError with every difference, or with what the servers refuse; UnavailableError.
    """
    differences: list[str] = []
    for stream in _streams(settings):
        name = stream["name"]
        found = await _ensure(bus, f"STREAM.INFO.{name}", f"STREAM.CREATE.{name}", stream)
        differences += _differences(f"stream {name}", stream, found)
    for name, consumer in _consumers(settings):
        body = {"stream_name": name, "config": consumer}
        create = f"CONSUMER.DURABLE.CREATE.{name}.{CONSUMER}"
        found = await _ensure(bus, f"CONSUMER.INFO.{name}.{CONSUMER}", create, body)
        differences += _differences(f"consumer {CONSUMER} of {name}", consumer, found)
    if differences:
        raise ConfigurationError(
            f"jetstream: {'; '.join(differences)}; change the settings, or the servers with `nats stream edit` and "
            "`nats consumer edit`"
        )


async def look(bus: Bus, settings: JetStreamSettings) -> list[str]:
    """Return what is missing or differs, changing nothing. Raises UnavailableError."""
    lines: list[str] = []
    for stream in _streams(settings):
        lines += await _look_at(bus, f"stream {stream['name']}", f"STREAM.INFO.{stream['name']}", stream)
    for name, consumer in _consumers(settings):
        what = f"consumer {CONSUMER} of {name}"
        lines += await _look_at(bus, what, f"CONSUMER.INFO.{name}.{CONSUMER}", consumer)
    return lines


async def _look_at(bus: Bus, what: str, info: str, wanted: Mapping[str, Any]) -> list[str]:
    try:
        return _differences(what, wanted, (await bus.call(info))["config"])
    except ApiError as error:
        if error.status != _NOT_FOUND:
            raise
        return [f"{what} is missing"]


async def _ensure(bus: Bus, info: str, create: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = (await bus.call(info))["config"]
        return found
    except ApiError as error:
        if error.status != _NOT_FOUND:
            raise
    try:
        made: Mapping[str, Any] = (await bus.call(create, dict(body)))["config"]
    except ApiError as error:
        if error.status == 503:  # no leader yet, or no peers: passing
            raise
        raise ConfigurationError(
            f"jetstream: the servers refuse {create.rpartition('.')[2]}: {error.description}"
            + ("; set jetstream.replicas to 1 for a single server" if "replicas" in error.description else "")
        ) from error
    get_logger("scorer.queue.jetstream").info("made on the bus", what=create)
    return made


def _differences(what: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return one line for each key in which `found` is not what was wanted; a key the server leaves out is its zero."""
    lines = []
    for key, value in wanted.items():
        there = found.get(key, type(value)())
        if there != value:
            lines.append(f"{what}: {key} is {_shown(key, there)}, expected {_shown(key, value)}")
    return lines


def _shown(key: str, value: Any) -> str:
    if key in ("ack_wait", "max_age", "duplicate_window"):
        return f"{value / NANOSECONDS:g} s"
    return str(value)
