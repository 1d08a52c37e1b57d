"""What the claim tests share: a small set of documents and a way to ask."""

from collections.abc import Callable, Sequence

import pytest

from scorer.claims.lexical import LexicalEngine
from scorer.model import Capture, Document, Exchange
from scorer.protocols import ClaimReport

ACT = (
    "Under section 6(1), a request is made in writing to the Public Information Officer together with a fee of Rs. 10. "
    "Under section 7(1), the officer shall provide the information or reject the request within 30 days of its"
    " receipt. "
    "Where the information concerns the life or liberty of a person, it shall be provided within 48 hours. "
    "Section 8(1)(j) exempts personal information. "
    "An applicant who is not satisfied may file a first appeal under section 19(1). "
    "Persons below the poverty line pay no fee."
)
BUDGET = (
    "The budget of the Department of Rural Roads for 2023-24 was Rs. 18.6 crore. "
    "The department built 42 km of roads in the year. "
    "The helpline number is 011-2345-6789. "
    "The annual report was published on 14 June 2024.\n\n"
    "| Year | Budget |\n|---|---|\n| 2022-23 | Rs. 15.1 crore |\n| 2023-24 | Rs. 18.6 crore |"
)
DOCUMENTS = (Document(id="act", content=ACT), Document(id="budget", content=BUDGET))
Check = Callable[..., ClaimReport]


def make_exchange(response: str, documents: Sequence[Document] | None, query: str = "What is said?") -> Exchange:
    return Exchange(
        session_id="s",
        submission_id="s",
        service_id="test",
        query=query,
        response=response,
        documents=None if documents is None else tuple(documents),
        capture=Capture(format="evaluate"),
        timestamp="2026-01-01T00:00:00Z",  # type: ignore[arg-type]  # pydantic reads it
    )


@pytest.fixture
def documents() -> tuple[Document, ...]:
    return DOCUMENTS


@pytest.fixture
def check() -> Check:
    engine = LexicalEngine()

    def run(
        response: str, documents: Sequence[Document] | None = DOCUMENTS, query: str = "What is said?"
    ) -> ClaimReport:
        return engine.check(make_exchange(response, documents, query), documents or ())

    return run
