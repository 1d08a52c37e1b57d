"""Texts are settled when none of them holds what any of them gave away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.redaction import RedactionMode, RedactionSettings, RedactionTypes
from scorer.redact.find import find_all
from scorer.redact.plan import Plan, RedactionBook
from scorer.redact.settle import Nature, Text, UnsettledError, settle
from tests.fakes.identifiers import texts

EMAIL = "ravi.kumar@mail.org"


def plan_of(mode: RedactionMode = "mask", **types: RedactionMode) -> Plan:
    return RedactionBook(RedactionSettings(mode=mode, types=RedactionTypes(**types)), (), b"s" * 16).plan_for("x")


def settled(*given: Text | str, plan: Plan | None = None) -> list[str]:
    wanted = [Text(one) if isinstance(one, str) else one for one in given]
    result = settle(wanted, plan or plan_of())
    return [result[text].text for text in wanted]


def test_what_one_text_gives_away_is_taken_from_all() -> None:
    # Eight digits are a telephone number beside the word alone.
    assert settled("her phone is 2345-6789", "noted: 2345-6789") == ["her phone is *********", "noted: *********"]


def test_a_type_that_is_off_stays() -> None:
    assert settled(f"{EMAIL} ABCPK1234F", plan=plan_of(email="off")) == [f"{EMAIL} **********"]


def test_each_type_has_its_own_mode() -> None:
    (text,) = settled(f"{EMAIL} ABCPK1234F", plan=plan_of(email="hash"))

    assert text.startswith("[email_")
    assert text.endswith("] **********")


def test_a_name_has_a_token_whatever_the_mode() -> None:
    one, other = settled(Text("ravi@mail.org", Nature.NAME), Text("sita@mail.org", Nature.NAME))

    assert one.startswith("[email_")
    assert one != other


def test_a_cue_is_read_and_not_replaced() -> None:
    assert settled(Text("K1234567", cue="passport: ")) == ["********"]
    assert settled("K1234567") == ["K1234567"]


def test_pieces_in_a_reason_have_the_token_of_their_identifier() -> None:
    text, reason = settled("card 4111 1111 1111 1111", Text("says '4111'", Nature.REASON), plan=plan_of("hash"))

    assert reason == f"says '{text.removeprefix('card ')}'"


def test_of_overlapping_readings_the_longest_is_told() -> None:
    # The first three groups pass for an Aadhaar number, the last four are a card.
    (text,) = settled("2003 4111 1111 1111 1111", plan=plan_of("hash"))

    assert text.startswith("[card_")
    assert text.count("[") == 1


def test_a_thousand_addresses_are_all_taken() -> None:
    (text,) = settled(" ".join(f"user{number}@mail.org" for number in range(1000)))

    assert "@" not in text


def test_what_has_not_settled_after_the_last_round_is_refused() -> None:
    with pytest.raises(UnsettledError):
        settle([Text(EMAIL)], plan_of(), rounds_limit=1)


@given(st.lists(texts(), max_size=4), st.sampled_from(["mask", "hash"]))
def test_nothing_is_found_in_a_settled_text_and_settling_again_changes_nothing(
    given_texts: list[str], mode: RedactionMode
) -> None:
    once = settled(*given_texts, plan=plan_of(mode))

    assert [find_all(text) for text in once] == [[] for _ in given_texts]
    assert settled(*once, plan=plan_of(mode)) == once


@given(st.lists(texts(), max_size=4))
def test_a_mask_keeps_every_length(given_texts: list[str]) -> None:
    assert [len(text) for text in settled(*given_texts)] == [len(text) for text in given_texts]


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("@.-*[]_019AZ\ud800"), max_size=80))
def test_any_text_settles(text: str) -> None:
    for mode in ("mask", "hash"):
        (once,) = settled(text, plan=plan_of(mode))
        assert settled(once, plan=plan_of(mode)) == [once]
