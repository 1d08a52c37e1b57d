"""Which list leads, and that a walk needs no more of the file than it tells."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporters.store.base import SessionFilter
from exporters.store.sqlite_marks import PLACES, PRESENT, score_class, score_list, service_mark
from exporters.store.sqlite_schema import connect, prepare_file
from exporters.store.sqlite_search import NO_LIMIT, Ids, search_of


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    prepare_file(tmp_path / "endurance.db")
    with closing(connect(tmp_path / "endurance.db")) as connection:
        ids = range(100)
        marks = [(PRESENT, id_) for id_ in ids] + [("model:m", id_) for id_ in ids]
        marks += [(service_mark("s"), id_) for id_ in ids if id_ % 10 == 0]
        connection.executemany("INSERT INTO marks VALUES (?, ?)", marks)
        scores = [(score_list("overall_score", score_class(float(id_))), id_, float(id_)) for id_ in ids]
        connection.executemany("INSERT INTO scores VALUES (?, ?, ?)", scores)
        connection.executemany("INSERT INTO words (rowid, terms) VALUES (?, 'fee ten')", [(id_,) for id_ in ids])
        yield connection


def test_the_shortest_list_leads_and_the_others_are_asked_of_its_rows(connection: sqlite3.Connection) -> None:
    search = search_of(connection, SessionFilter(model="m", service_id="s", q="fee"))

    assert search.sources[0].tests[0].parameters == ("service:s",)
    assert [test.parameters for test in search.tests] == [("model:m",), (" fee ",)]
    assert search.newest(connection, Ids(), 3) == [90, 80, 70]
    assert search.count(connection, 1000) == 10


def test_one_condition_is_its_own_list(connection: sqlite3.Connection) -> None:
    search = search_of(connection, SessionFilter(q="ten"))

    assert (search.tests, search.newest(connection, Ids(10, 20), 3)) == ((), [19, 18, 17])
    assert search.count(connection, 7) == 7


def test_a_range_of_scores_joins_its_lists_newest_first(connection: sqlite3.Connection) -> None:
    search = search_of(connection, SessionFilter(min_score=12.0, max_score=31.0))

    assert len(search.sources) == 10
    assert search.newest(connection, Ids(), NO_LIMIT) == list(range(31, 11, -1))
    assert search.newest(connection, Ids(), 4) == [31, 30, 29, 28]
    assert search.count(connection, 1000) == 20
    assert search.count(connection, 6) == 6


def test_a_narrow_range_of_scores_walks_one_short_list(connection: sqlite3.Connection) -> None:
    search = search_of(connection, SessionFilter(min_score=62.5, max_score=63.0))

    (source,) = search.sources
    walked = connection.execute("SELECT id FROM scores WHERE list = ?", source.tests[0].parameters).fetchall()
    assert walked == [(62,), (63,)]
    assert search.newest(connection, Ids(), NO_LIMIT) == [63]


def test_time_bounds_the_ids(connection: sqlite3.Connection) -> None:
    second = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)

    search = search_of(connection, SessionFilter(since=second, until=second))

    assert search.ids == Ids(1000 * PLACES, 1000 * PLACES)
    assert search.newest(connection, search.ids, 10) == []
