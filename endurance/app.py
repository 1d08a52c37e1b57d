"""Builds and connects everything: the only file that knows every concrete queue, store and part of the pipeline.

The processes begin in `endurance/processes.py`, the engine's order of opening stands in `endurance/engine.py`.
"""

import importlib.util
import os
import pickle
import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config.errors import ConfigurationError
from config.logging import get_logger
from endurance.version import VERSION

if TYPE_CHECKING:  # each command loads only what it builds
    from contextlib import AsyncExitStack

    from config.settings import Settings
    from endurance.bus import SharedQueue
    from exporters.prometheus import Metrics
    from exporters.store.base import Store
    from exporters.webhook.ledger import Ledger
    from scorer.claims.ruling import Asking
    from scorer.connections import SegmentQueue
    from scorer.intake import Intake
    from scorer.pipeline import Pipeline
    from scorer.policy import PolicyBook
    from scorer.pool import ScoringPool
    from scorer.protocols import ClaimEngine, Observer, Queue
    from scorer.redact.plan import RedactionBook

POOL_LIMIT = 8
LEDGER_NAME = "webhooks.db"
SQLITE = "sqlite:///"


def utc_now() -> datetime:
    """Return the present moment: the clock that the scorer is given."""
    return datetime.now(UTC)


def check_scoring(settings: "Settings") -> "PolicyBook":
    """Return presets and services, after everything that a scoring process prepares from was read once.

    Raises ConfigurationError, in one line, for what would fail in each of them.
    """
    from scorer.rules.loader import load_rulepacks

    book = build_policy_book(settings)
    build_intake(settings, book)
    load_rulepacks(settings.rulepacks_dir)
    return book


def build_metrics(settings: "Settings", logger_name: str) -> "Metrics":
    """Return the metrics of a process that scores, with what is in force; tells what is not as set."""
    from exporters.prometheus import Metrics

    configured = [service.id for service in settings.services]
    metrics = Metrics(settings.metrics, VERSION, configured, started_at=time.time())
    metrics.set_spool_limit(settings.spool.limit_bytes)
    fault = why_without_model(settings)
    metrics.set_claim_engine(settings.claims.engine if fault is None else "lexical")
    if fault is not None:
        get_logger(logger_name).warning("claims are checked by the lexical engine alone", reason=fault)
    return metrics


def build_pool(settings: "Settings") -> "ScoringPool":
    """Return the scoring pool, not started."""
    from scorer.pool import ScoringPool

    command = (sys.executable, "-m", "endurance.child", "score")
    return ScoringPool(command, pool_size(settings), settings.scorer.timeout_seconds, pickle.dumps(settings))


def check_bus() -> None:
    """Raise ConfigurationError where the client for the bus is not installed."""
    if importlib.util.find_spec("nats") is None:
        raise ConfigurationError("queue: nats://… needs the client: install endurance with its extra `nats`")


async def open_shared_queue(
    opened: "AsyncExitStack", settings: "Settings", spool: "Queue", observer: "Observer"
) -> "SharedQueue | None":
    """Return the queue behind the spool that the settings name; None where there is none. Raises ConfigurationError."""
    if settings.queue is None:
        return None
    check_bus()
    from endurance.bus import share_queue

    return await share_queue(opened, settings, spool, observer)


def pool_size(settings: "Settings") -> int:
    """Return how many scoring processes to run."""
    return settings.scorer.processes or max(1, min(POOL_LIMIT, (os.cpu_count() or 1) - 1))


def jobs_in_hand(settings: "Settings") -> int:
    """Return how many jobs the worker holds at once: being scored, being saved, and waiting for a judge."""
    judged = 0 if settings.judge.url is None else settings.judge.concurrent_requests
    return 2 * pool_size(settings) + 4 + judged


def build_policy_book(settings: "Settings") -> "PolicyBook":
    """Return presets and services. Raises ConfigurationError."""
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
    from scorer.dimensions.registry import DIMENSIONS
    from scorer.pipeline import Pipeline
    from scorer.rules.loader import load_rulepacks

    packs = load_rulepacks(settings.rulepacks_dir)
    return Pipeline(
        book, build_claim_engine(settings), DIMENSIONS, utc_now, VERSION, packs, asking=build_asking(settings)
    )


def build_asking(settings: "Settings") -> "Asking | None":
    """Return what a judge is asked; None where none is configured."""
    from scorer.claims.ruling import Asking

    judge = settings.judge
    if judge.url is None:
        return None
    return Asking(*judge.uncertain_band, judge.claims_per_answer, judge.reliability_ratio)


def why_without_model(settings: "Settings") -> str | None:
    """Return why claims are checked by the lexical engine although another is set; None when all is as set."""
    from scorer.claims.model import WEIGHTS_FOLDER, find_fault

    if settings.claims.engine == "lexical":
        return None
    return find_fault(settings.claims.model_dir or WEIGHTS_FOLDER)


def build_claim_engine(settings: "Settings") -> "ClaimEngine":
    """Return the claim engine that is set, or the lexical one where the model cannot be used.

    Raises ConfigurationError for a model whose files are whole and which still cannot be run here.
    """
    from scorer.claims.combine import default_engine, model_engine
    from scorer.claims.lexical import LexicalEngine
    from scorer.claims.model import WEIGHTS_FOLDER, ClaimModel, ClaimModelError

    # The time limit counts CPU time: at idle priority on a busy machine wall time says nothing of the text.
    clock = time.process_time
    if settings.claims.engine == "lexical" or why_without_model(settings) is not None:
        return LexicalEngine(clock)
    try:
        model = ClaimModel.load(settings.claims.model_dir or WEIGHTS_FOLDER)
    except ClaimModelError as error:
        raise ConfigurationError(f"claims.engine: {error}; `lexical` does without it") from error
    return default_engine(model, clock) if settings.claims.engine == "default" else model_engine(model, clock)


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


async def build_segments(settings: "Settings") -> "SegmentQueue":
    """Return where segments of open connections wait for their turns' ends, opened. Raises ConfigurationError."""
    from scorer.queue.memory import MemoryQueue
    from scorer.queue.spool import Spool

    path = settings.data_dir / "segments.db"
    if settings.spool.mode == "disk":
        return await Spool.open(path, settings.spool, keeps_words=False)
    if path.exists():
        logger = get_logger("endurance.app")
        logger.warning("earlier connections are left as they are: what waits there is not scored", path=str(path))
    return MemoryQueue(settings.spool.limit_bytes, settings.spool.dead_letter_limit, keeps_words=False)


def store_kind(settings: "Settings") -> str:
    """Return `sqlite` or `mongodb`."""
    return "sqlite" if settings.store is None or settings.store.startswith(SQLITE) else "mongodb"


def build_store(settings: "Settings", saves_as: str | None = None) -> "Store":
    """Return the store that the URL names. Raises ConfigurationError.

    On a shared store a command beside the engine saves under a writer id of its own, made with `saves_as`: two
    processes with one would number their saves against each other. Its audit entries stand in the engine's chain.
    """
    from exporters.store.sealed import SETTING, TextSealer
    from scorer.sealing import Sealer, read_keys

    url, sealer = settings.store, TextSealer(Sealer(read_keys(settings.store_encryption.key_file, SETTING)))
    if url is not None and store_kind(settings) == "mongodb":
        from exporters.store.mongo import MongoStore

        engine = writer_id(settings.data_dir)
        writer = engine if saves_as is None else f"{engine}-{saves_as}"
        return MongoStore(url, writer, settings.time_zone, sealer=sealer, audit_writer=engine)
    from exporters.store.sqlite import SqliteStore

    return SqliteStore(store_path(settings), settings.time_zone, sealer=sealer)


def store_path(settings: "Settings") -> Path:
    """Return the file of a record that is one."""
    return settings.data_dir / "endurance.db" if settings.store is None else Path(settings.store.removeprefix(SQLITE))


def build_ledger(settings: "Settings", store: "Store") -> "Ledger":
    """Return what keeps how far each webhook was told: beside a shared record, or a file in the data directory."""
    if store_kind(settings) == "mongodb":
        from exporters.store.mongo import MongoStore
        from exporters.webhook.shared_ledger import SharedLedger

        assert isinstance(store, MongoStore)
        return SharedLedger(store)
    from exporters.webhook.file_ledger import FileLedger

    return FileLedger(settings.data_dir / LEDGER_NAME)


def writer_id(data_dir: Path) -> str:
    """Return the id under which this engine saves to a shared store: made once, kept in the data directory."""
    path = data_dir / "writer"
    if not path.exists():
        path.write_text("w" + secrets.token_hex(4), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
