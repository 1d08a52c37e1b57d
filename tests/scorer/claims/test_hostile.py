"""Text made to hold a checker up: an evaluation comes, with every span in its place, and nothing passes unread."""

import random

import pytest

from scorer.model import Document, Verdict
from tests.scorer.claims.conftest import Check

SIZE = 200_000
SEEDS = {
    "digits": "9", "number words": "one hundred and ", "parentheses": "(", "addresses": "a@a.", "pipes": "| a ",
    "nul": "\x00", "lone surrogates": "\ud800 ", "combining marks": "a\u0301", "right to left": "\u202ea",
    "joints": ", and the fee is ", "initials": "A. ", "capitals": "Aa-", "emphasis": "**a** ", "links": "http://a.b ",
    "lines": "a\n", "dates": "5 may 2020 ", "han": "漢字。", "joiners": "\u200d", "hyphens": "a-",
    "provisions": "section 1(a)", "thousands": "1,2", "greetings": "thank you ", "spaces": " ", "quotes": '"',
    "addresses in a row": "http://a,", "files": "(a.md", "open citations": "[source:(", "pages": "(p. 1",
    "notes": "[^1] ", "citing words": "in a ", "denials": "no in ", "numbers": "7 19 ",
    "pronouns": "They are. It was the a that ", "openings": "In a, in a b ",
    "stacked marks": "a" + "\u0301" * 50, "joined emoji": "\U0001f468\u200d\U0001f469 ", "currencies": "re 1 \u20b9 ",
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS.keys())
def test_a_large_hostile_answer_is_reported_in_place(check: Check, seed: str) -> None:
    response = seed * (SIZE // len(seed))

    report = check(response, [Document(id="d", content=response[: SIZE // 4])])

    assert all(response[claim.start : claim.end] == claim.text for claim in report.claims)


def test_two_megabytes_of_documents_never_make_a_foreign_claim_pass(check: Check) -> None:
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghij", k=7)) for _ in range(5000)]

    def sentence() -> str:
        return " ".join(rng.choices(words, k=14)).capitalize() + ". "

    documents = [Document(id=str(n), content="".join(sentence() for _ in range(20))) for n in range(900)]

    report = check("".join(sentence() for _ in range(5)), documents)

    assert Verdict.VERIFIED not in {claim.verdict for claim in report.claims}


def test_one_endless_line_holds_no_claim_by_chance(check: Check) -> None:
    rng = random.Random(2)
    words = ["".join(rng.choices("abcdefghij", k=7)) for _ in range(2000)]
    endless = " ".join(rng.choices(words, k=50_000))

    report = check(" ".join(rng.sample(words, 15)) + ".", [Document(id="d", content=endless)])

    assert report.claims[0].verdict is not Verdict.VERIFIED
