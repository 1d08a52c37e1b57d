"""Ids in the order of time, and the lists that a session stands in."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InvalidInputError
from exporters.store.moments import to_ms
from exporters.store.sqlite_marks import (
    PLACES,
    SCORE_COLUMNS,
    delete_marks,
    first_id,
    free_id,
    insert_marks,
    score_class,
    score_list,
)
from exporters.store.sqlite_schema import connect, prepare_file
from tests.fakes.evaluations import make_evaluation

EARLIEST, LATEST = to_ms(datetime(1, 1, 1, tzinfo=UTC)), to_ms(datetime(9999, 12, 31, tzinfo=UTC))
MOMENTS = st.integers(EARLIEST, LATEST)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    prepare_file(tmp_path / "endurance.db")
    with closing(connect(tmp_path / "endurance.db")) as connection:
        yield connection


@given(MOMENTS, MOMENTS)
def test_ids_follow_time_from_the_first_year_to_the_last(first: int, second: int) -> None:
    earlier, later = sorted((first, second))

    assert first_id(earlier) + (PLACES - 1 if earlier < later else 0) < first_id(later) + (earlier == later)
    assert first_id(earlier) // PLACES == earlier
    assert -(2**63) < first_id(earlier) < 2**63 - PLACES


def _occupy(connection: sqlite3.Connection, id_: int) -> None:
    columns = "id, session_id, service_id, timestamp_ms, flagged, revision, number, submissions, counted"
    connection.execute(
        f"INSERT INTO sessions ({columns}) VALUES (?, ?, 's', 0, 0, 1, ?, '[]', '{{}}')", (id_, id_, id_)
    )


def test_sessions_of_one_millisecond_get_places_in_it(connection: sqlite3.Connection) -> None:
    ids = []
    for _ in range(3):
        ids.append(free_id(connection, 1000))
        _occupy(connection, ids[-1])

    assert ids == [1000 * PLACES, 1000 * PLACES + 1, 1000 * PLACES + 2]
    assert free_id(connection, 1001) == 1001 * PLACES


def test_a_millisecond_that_is_full_is_refused(connection: sqlite3.Connection) -> None:
    _occupy(connection, 1001 * PLACES - 1)

    with pytest.raises(InvalidInputError, match="16384 sessions of one millisecond"):
        free_id(connection, 1000)


def test_what_is_entered_is_taken_out_whole(connection: sqlite3.Connection) -> None:
    one = make_evaluation(
        1, flagged=True, flag_codes=("low_overall",), language="en", conversation_id="c", end_user="u"
    )
    insert_marks(connection, 7, make_evaluation(2))
    before = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("marks", "scores")]

    insert_marks(connection, 8, one)
    entered = {mark for (mark,) in connection.execute("SELECT mark FROM marks WHERE id = 8")}
    delete_marks(connection, 8, one)

    assert {"", "service:desk", "flagged", "flag:low_overall", "language:en", "conversation:c"} <= entered
    assert [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("marks", "scores")] == before


def test_every_score_has_a_list_of_its_own_column() -> None:
    lists = {
        score_list(column, score_class(score)) for column in SCORE_COLUMNS for score in (0.0, 4.99, 5.0, 99.9, 100.0)
    }

    assert len(lists) == len(SCORE_COLUMNS) * 4
    assert (score_class(-1.0), score_class(1000.0)) == (score_class(0.0), score_class(100.0))
