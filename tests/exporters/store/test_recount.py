from zoneinfo import ZoneInfo

from exporters.store.recount import Recount
from exporters.store.rollups import Counted, Level, count, without_scores
from tests.fakes.evaluations import make_evaluation

ZONE = ZoneInfo("UTC")


def test_a_session_without_its_document_is_counted_by_its_note() -> None:
    noted = count(make_evaluation(1), ZONE)
    recount = Recount(ZONE)

    recount.add("s1", noted, None)

    assert recount.sessions == 1
    assert recount.compare({}) == dict.fromkeys(noted.keys(), noted.counts)
    assert recount.differences(dict.fromkeys(noted.keys(), noted.counts)) == ()


def test_a_note_that_is_not_what_the_document_says_is_named() -> None:
    right = count(make_evaluation(1), ZONE)
    noted = Counted(right.service_id, right.hour_ms, right.day_ms, {**right.counts, "sessions": 2})
    recount = Recount(ZONE)

    recount.add("s1", noted, make_evaluation(1))

    (found,) = recount.differences(dict.fromkeys(right.keys(), right.counts))
    assert (found.level, found.name, found.counter, found.kept, found.counted) == ("session", "s1", "sessions", 2, 1)


def test_a_bucket_without_sessions_is_to_be_emptied() -> None:
    gone = count(make_evaluation(1), ZONE).keys()[0]

    changes = Recount(ZONE).compare({gone: {"sessions": 3, "flagged": 0}})

    assert changes == {gone: {"sessions": -3}}
    assert Recount(ZONE).differences({gone: {"sessions": 3}})[0].level == Level.SERVICE


def test_where_scores_have_expired_only_the_number_of_sessions_is_compared() -> None:
    whole = count(make_evaluation(1), ZONE)
    note = without_scores(whole)
    recount = Recount(ZONE)

    recount.add("s1", note, None, is_expired=True)

    assert recount.compare(dict.fromkeys(whole.keys(), whole.counts)) == {}
    assert recount.compare({}) == dict.fromkeys(whole.keys(), note.counts)
