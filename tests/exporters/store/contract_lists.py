"""What every store does when it is asked for a list: filters, order, pages, totals, words."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from config.errors import InvalidInputError
from exporters.store.base import SessionFilter, Store, TotalKind
from exporters.store.cursor import Cursor
from scorer.model import DimensionName, Evaluation, Verdict, Verification
from tests.fakes.evaluations import START, make_evaluation

MakeStore = Callable[..., Awaitable[Store]]
MINUTE = timedelta(minutes=1)
SECURITY = DimensionName.SECURITY
MODELS = ("demo-1", "m" * 200 + "a", "m" * 200 + "b", None)


def _sample() -> list[Evaluation]:
    return [
        make_evaluation(
            number,
            service_id=f"s{number % 3}",
            model=MODELS[number % 4],
            language=(None, "en", "hi")[number % 3],
            conversation_id=f"c{number % 7}" if number % 2 else None,
            flag_codes=(("low_overall",), ("low_overall", "gate_pii"), ())[number % 5 % 3],
            verification=Verification(total_claims=number % 2, hallucinated_claims=number % 2, verified_claims=1),
        )
        for number in range(90)
    ]


def _passes(one: Evaluation, wanted: SessionFilter) -> bool:
    score = one.overall_score if wanted.dimension is None else one.dimensions[wanted.dimension]
    has_score = wanted.min_score is not None or wanted.max_score is not None
    return all(
        (
            wanted.service_id in (None, one.service_id),
            one.flagged or not wanted.flagged_only,
            wanted.since is None or one.timestamp >= wanted.since,
            wanted.until is None or one.timestamp < wanted.until,
            not has_score or score is not None,
            score is None or wanted.min_score is None or score >= wanted.min_score,
            score is None or wanted.max_score is None or score <= wanted.max_score,
            wanted.flag_reason is None or wanted.flag_reason in one.flag_codes,
            wanted.verdict is None or getattr(one.verification, f"{wanted.verdict}_claims") > 0,
            all(
                getattr(wanted, name) in (None, getattr(one, name)) for name in ("language", "model", "conversation_id")
            ),
            wanted.q is None or set(wanted.q.casefold().split()) <= set(one.query.casefold().strip("?").split()),
        )
    )


FILTERS: list[dict[str, Any]] = [
    {},
    {"service_id": "s1"},
    {"service_id": "unknown"},
    {"flagged_only": True},
    {"since": START + 17 * MINUTE},
    {"until": START + 17 * MINUTE},
    {"since": START + 5 * MINUTE, "until": START + 7 * MINUTE},
    {"since": START - 60 * MINUTE, "until": START + 60 * MINUTE},
    {"since": START + 10 * MINUTE, "until": START + 80 * MINUTE},
    {"since": START + timedelta(minutes=10, microseconds=1), "until": START + timedelta(minutes=80, microseconds=1)},
    {"since": START + 30 * MINUTE, "until": START + 30 * MINUTE},
    {"since": START + 60 * MINUTE, "until": START},
    {"min_score": 50.0},
    {"max_score": 50.0},
    {"min_score": 20.0, "max_score": 80.0},
    {"min_score": 50.0, "max_score": 51.0},
    {"dimension": SECURITY, "min_score": 30.0, "max_score": 30.5},
    {"dimension": SECURITY, "max_score": 30.0},
    {"dimension": SECURITY, "min_score": 30.0, "max_score": 60.0},
    {"dimension": DimensionName.EXPLAINABILITY, "min_score": 0.0},
    {"dimension": SECURITY},
    {"q": "FEE 7"},
    {"q": "case", "service_id": "s2", "flagged_only": True},
    {"service_id": "s2", "since": START + 3 * MINUTE, "until": START + 77 * MINUTE},
    {"service_id": "s0", "flagged_only": True, "min_score": 5.0, "since": START + 3 * MINUTE},
    {"flag_reason": "gate_pii"},
    {"flag_reason": "low_security"},
    {"verdict": Verdict.HALLUCINATED},
    {"verdict": Verdict.VERIFIED},
    {"verdict": Verdict.UNVERIFIABLE},
    {"language": "hi"},
    {"language": "h"},
    {"model": MODELS[0]},
    {"model": MODELS[1]},
    {"model": "demo-1\ud800"},
    {"conversation_id": "c3"},
    {"conversation_id": "c3", "verdict": Verdict.HALLUCINATED, "language": "en"},
    {"language": "en", "since": START + 10 * MINUTE, "until": START + 50 * MINUTE},
    {"model": MODELS[2], "service_id": "s1", "min_score": 20.0, "flagged_only": True},
    {"model": MODELS[0], "service_id": "s1"},
    {"language": "en", "service_id": "s0"},
    {"verdict": Verdict.VERIFIED, "service_id": "s2", "since": START + 10 * MINUTE},
    {"flag_reason": "low_overall", "q": "case"},
    {"language": "hi", "q": "FEE 8"},
]


class ListContract:
    """Filters, order, pages, totals, words."""

    async def test_filters_alone_and_combined_give_what_passes_newest_first(self, make_store: MakeStore) -> None:
        store = await make_store()
        sample = _sample()
        for one in sample:
            await store.save(one)
        erased = sample.pop(40)
        await store.erase(erased.session_id)

        for values in FILTERS:
            wanted = SessionFilter(**values)
            expected = [one.session_id for one in reversed(sample) if _passes(one, wanted)]
            page = await store.list_sessions(wanted, 100, None)
            assert [row.session_id for row in page.sessions] == expected, values
            assert (page.total, page.total_is, page.next_cursor) == (len(expected), TotalKind.EXACT, None), values

    async def test_exact_filters_follow_a_replacement(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1, model="old", language="en"))
        await store.save(make_evaluation(1, model="new", language="en", submission_id="another"))

        wanted = [SessionFilter(model="old"), SessionFilter(model="new"), SessionFilter(language="en")]
        pages = [await store.list_sessions(one, 10, None) for one in wanted]

        assert [(len(page.sessions), page.total) for page in pages] == [(0, 0), (1, 1), (1, 1)]

    async def test_pages_of_an_exact_filter_join_without_loss_or_double(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(20):
            await store.save(make_evaluation(number, language=("en", "hi")[number % 2], timestamp=START))

        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor is not None:
            page = await store.list_sessions(SessionFilter(language="hi"), 3, cursor)
            seen += [row.session_id for row in page.sessions]
            cursor, pages = page.next_cursor, pages + 1

        assert sorted(seen) == sorted(make_evaluation(number).session_id for number in range(1, 20, 2))

    async def test_whole_evaluations_come_in_the_order_and_pages_of_the_list(self, make_store: MakeStore) -> None:
        store = await make_store()
        saved = [(await store.save(one)).evaluation for one in _sample()[:20]]
        wanted = SessionFilter(service_id="s1")

        first = await store.read_evaluations(wanted, 4, None)
        second = await store.read_evaluations(wanted, 4, first.next_cursor)

        expected = [one for one in reversed(saved) if one.service_id == "s1"]
        assert [*first.evaluations, *second.evaluations] == expected
        assert (len(first.evaluations), second.next_cursor) == (4, None)

    async def test_rows_show_the_evaluation(self, make_store: MakeStore) -> None:
        store = await make_store()
        one = make_evaluation(1, query="q" * 600, conversation_id="c1")
        await store.save(one)

        (row,) = (await store.list_sessions(SessionFilter(), 10, None)).sessions

        assert row.query == "q" * 500
        assert (row.total_claims, row.hallucinated_claims, row.conversation_id) == (4, 1, "c1")
        for name in ("session_id", "service_id", "overall_score", "dimensions", "flagged", "flag_reasons", "timestamp"):
            assert getattr(row, name) == getattr(one, name), name

    async def test_pages_join_without_loss_or_double_at_equal_times(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(23):
            await store.save(make_evaluation(number, timestamp=START + (number // 10) * MINUTE))

        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor is not None:
            page = await store.list_sessions(SessionFilter(), 5, cursor)
            seen += [(row.timestamp, row.session_id) for row in page.sessions]
            cursor, pages = page.next_cursor, pages + 1
            assert page.total == 23

        assert pages == 5
        assert len(set(seen)) == 23
        assert seen == sorted(seen, reverse=True)

    async def test_pages_stay_right_while_rows_arrive(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(10):
            await store.save(make_evaluation(number))
        first = await store.list_sessions(SessionFilter(), 4, None)
        for number in range(50, 55):
            await store.save(make_evaluation(number))

        second = await store.list_sessions(SessionFilter(), 4, first.next_cursor)

        ids = [row.session_id for row in (*first.sessions, *second.sessions)]
        assert ids == [make_evaluation(number).session_id for number in (9, 8, 7, 6, 5, 4, 3, 2)]

    async def test_the_last_full_page_has_no_cursor(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(4):
            await store.save(make_evaluation(number))

        page = await store.list_sessions(SessionFilter(), 4, None)

        assert (len(page.sessions), page.next_cursor) == (4, None)

    async def test_a_cursor_that_is_not_ours_is_bad_input(self, make_store: MakeStore) -> None:
        store = await make_store()
        good = str(Cursor(1_772_357_400_000, "some-session"))

        for bad in ("", "x", "!!", good[:-1], good + "A", good.swapcase(), "bnVsbA", "eyIkbmUiOm51bGx9", "é", "\0"):
            with pytest.raises(InvalidInputError) as caught:
                await store.list_sessions(SessionFilter(), 10, bad)
            assert caught.value.field == "cursor"
        assert (await store.list_sessions(SessionFilter(), 10, good)).sessions == ()

    @pytest.mark.parametrize(
        ("q", "is_found"),
        [
            ("Straße", True),
            ("STRASSE", True),
            ("stra", False),
            ("जानकारी", True),
            ("सूचना अधिकार", True),
            ("जान", False),
            ("ﬁfty", True),
            ("under_score", True),
            ("12.5", True),
            ("nowhere straße", False),
            ("  ?! ", True),
            ("*", True),
            ('straße" OR "x', False),
            ("straße AND NOT fifty", False),
            ("session-one", True),
            ("$where", False),
            ("half\ud800", False),
        ],
    )
    async def test_q_finds_whole_folded_words(self, make_store: MakeStore, q: str, is_found: bool) -> None:
        store = await make_store()
        text = "Die Straße kostet fifty, under_score 12.5; सूचना का अधिकार: जानकारी\u200c।"
        await store.save(make_evaluation(1, session_id="session-one", response=text))

        page = await store.list_sessions(SessionFilter(q=q), 10, None)

        assert (len(page.sessions), page.total) == ((1, 1) if is_found else (0, 0))

    async def test_q_follows_a_replacement(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1, response="apples"))
        await store.save(make_evaluation(1, response="pears", submission_id="another"))

        totals = [(await store.list_sessions(SessionFilter(q=q), 10, None)).total for q in ("apples", "pears")]

        assert totals == [0, 1]
