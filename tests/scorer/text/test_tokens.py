import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.opposites import OPPOSITES
from scorer.text.rarity import NUMERAL, UNLISTED, rarity
from scorer.text.stems import stem
from scorer.text.tokens import _TOKEN, PIECE_LIMIT, content_stems, has_content, lowered, normalise


@pytest.mark.parametrize(
    "forms",
    [
        "disclose discloses disclosed disclosing disclosure",
        "receive received receiving receipt",
        "apply applies applied application",
        "organise organised organization organisations",
        "decide decided decision decisions",
        "pay paid payable payment",
        "give gave given giving",
        "exempt exempted exemption exemptions",
        "authority authorities",
    ],
)
def test_forms_of_a_word_share_a_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(("one", "other"), [("agent", "agency"), ("public", "publish"), ("station", "state")])
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_content_stems_drop_stop_words_and_keep_negation() -> None:
    assert content_stems("The fee is not payable by the poor") == ["fee", "not", "pay", "poor"]


@pytest.mark.parametrize(
    ("written", "token"), [("1,86,000", "186000"), ("thirty", "30"), ("21st", "21"), ("3.5", "3.5"), ("can't", "not")]
)
def test_content_stems_write_numbers_and_negation_one_way(written: str, token: str) -> None:
    assert content_stems(written) == [token]


def test_content_stems_keep_hindi_words_whole() -> None:
    assert content_stems("सूचना का अधिकार") == ["सूचना", "अधिकार"]


def test_content_stems_are_the_same_for_plain_and_accented_neighbours() -> None:
    assert content_stems("officer paid é")[:2] == content_stems("officer paid")


def test_rarity_orders_names_above_common_words() -> None:
    assert rarity(stem("said")) < NUMERAL == rarity("30") < rarity("tirkey") == UNLISTED


def test_opposites_are_mutual() -> None:
    assert all(word in OPPOSITES[other] for word, others in OPPOSITES.items() for other in others)


@given(st.text(st.characters(), max_size=300))
def test_content_stems_take_any_text(text: str) -> None:
    assert all(content_stems(text))


WORDS = st.lists(
    st.sampled_from("The officer's can\u2019t 1,86,000 3.5. 21st É K2 सूचना का x_y a'b'c \u00a0 \u2003 \t".split(" "))  # noqa: SIM905 - words read best as words
).map(" ".join)


@given(st.text(st.characters(), max_size=300) | WORDS | st.text("a1.,' \u2019é\u0301_", max_size=80))
def test_content_stems_run_by_run_are_those_of_the_whole_text(text: str) -> None:
    whole = map(normalise, _TOKEN.findall(text.lower()))

    assert content_stems(text) == [stemmed for stemmed in whole if stemmed]
    assert has_content(text) == bool(content_stems(text))


def test_more_runs_than_are_kept_change_nothing() -> None:
    before = content_stems("the fee of the office")

    content_stems(" ".join(f"word{number}" for number in range(PIECE_LIMIT + 10)))

    assert content_stems("the fee of the office") == before


def test_lower_case_keeps_every_place() -> None:
    assert [len(lowered(text)) for text in ("İstanbul", "ẞ 10", "ABC")] == [8, 4, 3]
