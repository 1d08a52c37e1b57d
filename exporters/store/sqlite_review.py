"""What the SQLite store knows of the review: lists of marks. Functions of a reader's connection."""

import sqlite3
from collections.abc import Iterator

from exporters.store.review import JUDGED, OPEN, Stratum, StratumState, read_mark
from scorer.model import Evaluation


def read_strata(connection: sqlite3.Connection) -> list[StratumState]:
    """Return every stratum in which a session waits, with how many of it were judged."""
    counted = connection.execute(
        "SELECT mark, count(*) FROM marks WHERE mark > ? AND mark < ? GROUP BY mark", (JUDGED, _end(JUDGED))
    )
    judged = {read_mark(mark): number for mark, number in counted}
    strata = sorted(map(read_mark, _open_marks(connection)))
    return [StratumState(stratum, judged.get(stratum, 0)) for stratum in strata]


def _open_marks(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield each mark once, by jumps over the index: a stratum may have a hundred thousand sessions."""
    mark = OPEN
    next_mark = "SELECT mark FROM marks WHERE mark > ? AND mark < ? ORDER BY mark LIMIT 1"
    while found := connection.execute(next_mark, (mark, _end(OPEN))).fetchone():
        (mark,) = found
        yield mark


def _end(prefix: str) -> str:
    """Return what sorts behind every mark with the prefix, which ends in `|`."""
    return prefix[:-1] + chr(ord("|") + 1)


def read_sessions(connection: sqlite3.Connection, stratum: Stratum, limit: int) -> list[Evaluation]:
    """Return sessions of the stratum that wait, newest first."""
    rows = connection.execute(
        "SELECT opened(document) FROM marks CROSS JOIN sessions ON sessions.id = marks.id WHERE mark = ? "
        "ORDER BY marks.id DESC LIMIT ?",
        (stratum.mark(OPEN), limit),
    )
    return [Evaluation.model_validate_json(document) for (document,) in rows]
