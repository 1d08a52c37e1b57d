from dataclasses import replace

from exporters.store.base import SessionFilter
from exporters.store.facets import facets_of, facets_wanted
from scorer.model import Verdict, Verification
from tests.fakes.evaluations import make_evaluation

WANTED = SessionFilter(
    flag_reason="gate_pii", verdict=Verdict.HALLUCINATED, language="hi", model="m", conversation_id="c"
)


def test_a_session_has_one_facet_for_each_value_that_is_given() -> None:
    one = make_evaluation(
        flag_codes=("low_overall", "gate_pii", "low_overall"),
        verification=Verification(total_claims=3, verified_claims=1, unverifiable_claims=2),
        language="hi",
        model=None,
        conversation_id="c:1",
    )

    assert set(facets_of(one)) == {
        "flag:low_overall", "flag:gate_pii", "verdict:verified", "verdict:unverifiable", "language:hi",
        "conversation:c:1",
    }  # fmt: skip
    assert len(set(facets_of(one))) == len(facets_of(one))


def test_a_filter_asks_for_the_rarest_facet_first() -> None:
    assert facets_wanted(WANTED) == (
        "conversation:c", "flag:gate_pii", "language:hi", "model:m", "verdict:hallucinated",
    )  # fmt: skip
    assert facets_wanted(replace(WANTED, conversation_id=None))[0] == "flag:gate_pii"
    assert facets_wanted(SessionFilter(service_id="desk", q="word")) == ()


def test_a_long_value_is_kept_short_and_apart_from_its_like() -> None:
    first, second = (facets_wanted(SessionFilter(model="m" * 5000 + end)) for end in "ab")

    assert first != second
    assert len(first[0]) < 200


def test_half_a_surrogate_pair_is_found_as_it_is_kept() -> None:
    assert facets_wanted(SessionFilter(model="m\udc00")) == ("model:m\ufffd",)
