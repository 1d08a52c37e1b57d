"""Marks and the sample: what names a stratum, and who is chosen."""

from hypothesis import given
from hypothesis import strategies as st

from exporters.store.review import JUDGED, OPEN, SAMPLE_RATIO, Band, Stratum, is_sampled, judged_mark, read_mark
from tests.fakes.evaluations import make_evaluation, make_id

strata = st.builds(Stratum, st.text(min_size=1, max_size=128), st.booleans(), st.sampled_from(Band))


@given(strata)
def test_a_mark_names_its_stratum_in_both_states(stratum: Stratum) -> None:
    assert read_mark(stratum.mark(OPEN)) == read_mark(stratum.mark(JUDGED)) == stratum


@given(strata)
def test_a_verdict_moves_a_session_to_the_judged_of_its_stratum(stratum: Stratum) -> None:
    judged = judged_mark(stratum.mark(OPEN), make_evaluation())

    assert judged == stratum.mark(JUDGED) == judged_mark(judged, make_evaluation())


def test_the_sample_is_about_its_share_and_the_same_each_time() -> None:
    ids = [make_id(number) for number in range(20_000)]

    chosen = [id_ for id_ in ids if is_sampled(id_)]

    # Four standard deviations around the share.
    assert abs(len(chosen) - SAMPLE_RATIO * len(ids)) < 4 * (len(ids) * SAMPLE_RATIO * (1 - SAMPLE_RATIO)) ** 0.5
    assert chosen == [id_ for id_ in ids if is_sampled(id_)]


def test_any_id_can_be_asked() -> None:
    assert {is_sampled("\ud800"), is_sampled("")} <= {True, False}
