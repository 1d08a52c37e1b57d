"""What became of the sample conversations: reads the admin API until all are scored, and prints the table."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scorer.model import format_moment

_POLL_SECONDS = 0.1
_PAGE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class ScoredQuestion:
    """One row of the table, as the API gave it."""

    session_id: str
    service_id: str
    query: str
    overall_score: float | None
    flag_reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoringResult:
    """Rows in the order in which they were asked."""

    rows: tuple[ScoredQuestion, ...]
    missing: tuple[str, ...]
    """Questions that were not scored in time."""
    first_seen_at: float | None
    """The clock's reading when the first one was seen; None when there was none."""


async def wait_until_scored(
    session: aiohttp.ClientSession,
    admin_url: str,
    questions: Sequence[str],
    since: datetime,
    timeout_seconds: float,
    clock: Callable[[], float],
) -> ScoringResult:
    """Return when every question has a session that ended at or after `since`, or when the time is over."""
    found: list[ScoredQuestion] = []
    first_seen_at: float | None = None
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                found = await _sessions(session, admin_url, since)
                if found and first_seen_at is None:
                    first_seen_at = clock()
                if not Counter(questions) - Counter(row.query for row in found):
                    break
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        pass  # said by `missing`
    rows, missing = _in_order(questions, found)
    return ScoringResult(rows, missing, first_seen_at)


async def _sessions(session: aiohttp.ClientSession, admin_url: str, since: datetime) -> list[ScoredQuestion]:
    parameters = {"since": format_moment(since), "limit": str(_PAGE_LIMIT)}
    async with session.get(f"{admin_url}/v1/sessions", params=parameters, raise_for_status=True) as response:
        rows = (await response.json())["sessions"]
    return [
        ScoredQuestion(
            row["session_id"], row["service_id"], row["query"], row["overall_score"], tuple(row["flag_reasons"])
        )
        for row in rows
    ]


def _in_order(
    questions: Sequence[str], found: Sequence[ScoredQuestion]
) -> tuple[tuple[ScoredQuestion, ...], tuple[str, ...]]:
    left, rows, missing = list(reversed(found)), [], []  # the API answers newest first
    for question in questions:
        row = next((row for row in left if row.query == question), None)
        if row is None:
            missing.append(question)
        else:
            left.remove(row)
            rows.append(row)
    return tuple(rows), tuple(missing)


def print_table(console: Console, rows: Sequence[ScoredQuestion]) -> None:
    """Print service, query, overall score (0 to 100) and flags."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, leading=1)
    table.add_column("Service", no_wrap=True)
    table.add_column("Query", ratio=3)
    table.add_column("Overall", justify="right", no_wrap=True)
    table.add_column("Flags", ratio=2)
    for row in rows:
        overall = "not assessed" if row.overall_score is None else f"{row.overall_score:.1f}"
        flags = Text("\n".join(row.flag_reasons), style="red") if row.flag_reasons else Text("none", style="dim")
        # Text, never markup: a query may hold square brackets.
        table.add_row(Text(row.service_id), Text(row.query), overall, flags)
    console.print(table)
