"""Builds and connects everything: the only file that knows every concrete queue, store and part of the pipeline.

The processes begin in `endurance/processes.py`, the engine's order of opening stands in `endurance/engine.py`.
"""

import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config.logging import get_logger
from endurance.version import VERSION

if TYPE_CHECKING:  # each command loads only what it builds
    from config.settings import Settings
    from exporters.store.base import Store
    from scorer.intake import Intake
    from scorer.pipeline import Pipeline
    from scorer.policy import PolicyBook
    from scorer.protocols import Queue
    from scorer.redact.plan import RedactionBook

POOL_LIMIT = 8
SQLITE = "sqlite:///"


def utc_now() -> datetime:
    """Return the present moment: the clock that the scorer is given."""
    return datetime.now(UTC)


def pool_size(settings: "Settings") -> int:
    """Return how many scoring processes to run."""
    return settings.scorer.processes or max(1, min(POOL_LIMIT, (os.cpu_count() or 1) - 1))


def build_policy_book(settings: "Settings") -> "PolicyBook":
    """Return presets and services. Raises ConfigurationError."""
    from config.errors import ConfigurationError
    from config.presets import load_presets
    from scorer.policy import PolicyBook

    presets = load_presets(settings.presets_dir)
    for index, service in enumerate(settings.services):
        if service.preset is not None and service.preset not in presets:
            raise ConfigurationError(
                f"services.{index}.preset: unknown preset {service.preset!r}; expected one of {', '.join(presets)}"
            )
    return PolicyBook(presets, settings.services, settings.service_id)


def build_intake(settings: "Settings", book: "PolicyBook", salt: bytes | None = None) -> "Intake":
    """Return what reads copied exchanges; without a salt it keeps nothing of an end user's id.

    Raises ConfigurationError for a service that can never be read.
    """
    from scorer.intake import Intake

    return Intake(book, settings.capture.decompressed_limit_bytes, guess=settings.capture.guess, salt=salt)


def build_pipeline(settings: "Settings", book: "PolicyBook") -> "Pipeline":
    """Return what scores an exchange, with every dimension of this version. Raises ConfigurationError."""
    from scorer.claims.lexical import LexicalEngine
    from scorer.dimensions.registry import DIMENSIONS
    from scorer.pipeline import Pipeline
    from scorer.rules.loader import load_rulepacks

    packs = load_rulepacks(settings.rulepacks_dir)
    # The time limit counts CPU time: at idle priority on a busy machine wall time says nothing of the text.
    return Pipeline(book, LexicalEngine(time.process_time), DIMENSIONS, utc_now, VERSION, packs)


def build_redactions(settings: "Settings") -> "RedactionBook":
    """Return what is taken out of evaluations; makes the salt in the data directory. Raises ConfigurationError."""
    from scorer.redact.plan import RedactionBook
    from scorer.redact.salt import load_salt

    return RedactionBook(
        settings.redaction, settings.services, load_salt(settings.redaction.salt_file, settings.data_dir)
    )


async def build_queue(settings: "Settings") -> "Queue":
    """Return where exchanges wait to be scored, opened. Raises ConfigurationError."""
    from scorer.queue.memory import MemoryQueue
    from scorer.queue.spool import Spool
    from scorer.redact.plan import is_redacting

    keeps_words = not is_redacting(settings.redaction, settings.services)
    path = settings.data_dir / "spool.db"
    if settings.spool.mode == "disk":
        return await Spool.open(path, settings.spool, keeps_words=keeps_words)
    logger = get_logger("endurance.app")
    logger.warning("the queue is held in memory: a crash or a stop loses what waits", setting="spool.mode")
    if path.exists():
        logger.warning("an earlier spool is left as it is: what waits there is not scored", path=str(path))
    return MemoryQueue(settings.spool.limit_bytes, settings.spool.dead_letter_limit, keeps_words=keeps_words)


def store_kind(settings: "Settings") -> str:
    """Return `sqlite` or `mongodb`."""
    return "sqlite" if settings.store is None or settings.store.startswith(SQLITE) else "mongodb"


def build_store(settings: "Settings") -> "Store":
    """Return the store that the URL names. Raises ConfigurationError."""
    url = settings.store
    if url is not None and store_kind(settings) == "mongodb":
        from exporters.store.mongo import MongoStore

        return MongoStore(url, writer_id(settings.data_dir), settings.time_zone)
    from exporters.store.sqlite import SqliteStore

    path = Path(url.removeprefix(SQLITE)) if url is not None else settings.data_dir / "endurance.db"
    return SqliteStore(path, settings.time_zone)


def writer_id(data_dir: Path) -> str:
    """Return the id under which this engine saves to a shared store: made once, kept in the data directory."""
    path = data_dir / "writer"
    if not path.exists():
        path.write_text("w" + secrets.token_hex(4), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
