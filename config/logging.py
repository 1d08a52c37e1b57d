"""Structured logs for every process: JSON lines, or pretty ones on a terminal.

Nothing per exchange above debug, and never a query, a response, a document or a key.
Logs go to standard error, so that standard output stays free for what a command prints.
"""

import logging
import sys
from typing import Literal

import structlog

LogFormat = Literal["auto", "json", "pretty"]
LogLevel = Literal["debug", "info", "warning", "error"]


def configure_logging(process: str, level: LogLevel = "info", format_: LogFormat = "auto") -> None:
    """Set up structlog for this process; every line carries `process` (`supervisor`, `proxy`, `engine`, …)."""
    is_pretty = format_ == "pretty" or (format_ == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if is_pretty else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(process=process)


def get_logger(part: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger whose lines carry `part`, the dotted name of the module that writes them."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=part)
    return logger
