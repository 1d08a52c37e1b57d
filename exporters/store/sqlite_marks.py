"""How a session is found in the SQLite file: ids in the order of time, and lists of ids by what sessions have.

An id is the session's millisecond and its place in it. Every list of ids is therefore a list in the order of time
(`marks`, `scores`, and the full-text index, which can tell its newest rows first): a page of a filter is the end of
one list, whatever the filter is, and a filter of several conditions walks the shortest list and looks into the others.
"""

import sqlite3
from collections.abc import Iterator

from config.errors import InvalidInputError
from exporters.store.facets import facets_of
from exporters.store.review import review_mark
from scorer.model import DimensionName, Evaluation

PLACES = 1 << 14
"""Sessions of one millisecond; what remains of SQLite's 64 bits reaches from before the year 1 to beyond 9999."""
FIRST_ID, LAST_ID = -(2**63), 2**63 - 1
DIMENSIONS = tuple(DimensionName)
SCORE_COLUMNS = ("overall_score", *(name.value for name in DIMENSIONS))
PRESENT = ""
"""The mark of every session that is not erased."""
FLAGGED = "flagged"
CLASS_WIDTH = 2
TOP_CLASS = 100 // CLASS_WIDTH
"""The class of 100 itself."""
_CLASSES = 64
"""Lists of one score, room for some more. To count a narrow range all of its class is walked, 58 ns a session: with a
width of 5 that was 4 to 6 ms of a million sessions. Every list more is a page more in each commit: with a width of 2 a
save writes 4 kilobytes more than with 5, with 1 it wrote 15 more."""


def first_id(timestamp_ms: int) -> int:
    """Return the smallest id of that millisecond; an earlier moment's ids are all smaller."""
    return max(FIRST_ID, min(LAST_ID, timestamp_ms * PLACES))


def free_id(connection: sqlite3.Connection, timestamp_ms: int) -> int:
    """Return an id for one more session of that millisecond. Raises InvalidInputError when it has `PLACES`."""
    first, end = first_id(timestamp_ms), first_id(timestamp_ms + 1)
    found = connection.execute("SELECT max(id) FROM sessions WHERE id >= ? AND id < ?", (first, end)).fetchone()[0]
    if found is None:
        return first
    if found + 1 >= end:
        raise InvalidInputError(f"expected at most {PLACES} sessions of one millisecond", "timestamp")
    return int(found) + 1


def service_mark(service_id: str) -> str:
    """Return the mark of a service's sessions."""
    return f"service:{service_id}"


def score_list(column: str, class_: int) -> int:
    """Return the list of sessions whose score in that column is of that class."""
    return SCORE_COLUMNS.index(column) * _CLASSES + class_


def score_class(score: float) -> int:
    """Return a score's class, 0 to `TOP_CLASS`."""
    return max(0, min(TOP_CLASS, int(score / CLASS_WIDTH)))


def insert_marks(connection: sqlite3.Connection, id_: int, evaluation: Evaluation) -> None:
    """Enter a session into the lists it belongs to."""
    connection.executemany("INSERT INTO marks (mark, id) VALUES (?, ?)", [(mark, id_) for mark in _marks(evaluation)])
    connection.executemany(
        "INSERT INTO scores (list, id, score) VALUES (?, ?, ?)",
        [(list_, id_, score) for list_, score in _scores(evaluation)],
    )


def delete_marks(connection: sqlite3.Connection, id_: int, evaluation: Evaluation) -> None:
    """Take a session out of every list; `evaluation` is the one that was entered."""
    connection.executemany("DELETE FROM marks WHERE mark = ? AND id = ?", [(mark, id_) for mark in _marks(evaluation)])
    connection.executemany(
        "DELETE FROM scores WHERE list = ? AND id = ?", [(list_, id_) for list_, _ in _scores(evaluation)]
    )


def _marks(evaluation: Evaluation) -> Iterator[str]:
    yield PRESENT
    yield service_mark(evaluation.service_id)
    if evaluation.flagged:
        yield FLAGGED
    yield from facets_of(evaluation)
    waits = review_mark(evaluation)
    if waits is not None:
        yield waits


def _scores(evaluation: Evaluation) -> Iterator[tuple[int, float]]:
    for index, score in enumerate(scores_of(evaluation)):
        if score is not None:
            yield index * _CLASSES + score_class(score), score


def scores_of(evaluation: Evaluation) -> tuple[float | None, ...]:
    """Return the scores in the order of `SCORE_COLUMNS`."""
    return (evaluation.overall_score, *map(evaluation.dimensions.get, DIMENSIONS))
