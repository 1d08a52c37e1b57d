"""The record that the store is measured on is one that the store itself could have written."""

from pathlib import Path

from bench.record import BEGIN, DAYS, TIME_ZONE, make_session, repeat
from exporters.store.aggregates import Interval
from exporters.store.base import SessionFilter
from exporters.store.sqlite import SqliteStore

ROWS, COPIES = 60, 3


async def filled(folder: Path) -> SqliteStore:
    path = folder / "endurance.db"
    store = SqliteStore(path, TIME_ZONE)
    await store.open()
    for number in range(ROWS):
        await store.save(make_session(number, ROWS))
    await store.close()
    repeat(path, COPIES)
    store = SqliteStore(path, TIME_ZONE)
    await store.open()
    return store


async def test_a_repeated_record_is_whole_and_its_aggregates_are_right(tmp_path: Path) -> None:
    store = await filled(tmp_path)

    check = await store.check(is_repaired=False)
    page = await store.list_sessions(SessionFilter(), 1000, None)
    stored = [await store.get(row.session_id) for row in page.sessions]
    await store.close()

    assert (check.sessions, check.differences) == (ROWS * (COPIES + 1), ())
    assert (page.total, len({row.session_id for row in page.sessions})) == (240, 240)
    assert [(one.session_id, one.timestamp) for one in stored if one] == [
        (row.session_id, row.timestamp) for row in page.sessions
    ]


async def test_copies_are_found_as_what_they_copy(tmp_path: Path) -> None:
    store = await filled(tmp_path)
    total = (await store.list_sessions(SessionFilter(), 1, None)).sessions[0]

    found = {
        name: (await store.list_sessions(wanted, 1000, None)).total
        for name, wanted in {
            "model": SessionFilter(model="demo-1"),
            "first": SessionFilter(model="demo-1", until=BEGIN.replace(day=BEGIN.day + DAYS)),
            "word": SessionFilter(q="sentence"),
            "id": SessionFilter(q=total.session_id),
            "score": SessionFilter(min_score=0.0),
        }.items()
    }
    hours = await store.timeseries(Interval.HOUR, BEGIN, BEGIN.replace(month=4), None)
    position = await store.position()
    await store.close()

    assert found["model"] == found["first"] * (COPIES + 1)
    assert (found["word"], found["id"], found["score"]) == (240, 1, 240)
    assert (sum(hour.total_sessions for hour in hours), position.through) == (240, {"w1": 240})
