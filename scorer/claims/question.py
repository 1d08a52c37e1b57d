"""What passes between the scoring processes and a judge: questions about claims, and rulings. Pure values."""

from enum import StrEnum

from scorer.model import Value


class RulingKind(StrEnum):
    """What a judge says of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_FOUND = "not_found"
    UNSURE = "unsure"
    """It answered, and could not tell."""
    FAILED = "failed"
    """It gave no valid answer; `explanation` says why."""


class Question(Value):
    """One claim with all that a judge may read of it."""

    key: str
    """SHA-256 of the rest: the same claim with the same passages is the same question."""
    claim: str
    query: str
    """The user's question, as far as it goes along."""
    passages: tuple[str, ...]


class Questions(Value):
    """What is open about one answer; the least certain claim first."""

    questions: tuple[Question, ...]


class Ruling(Value):
    """A judge's answer to one question."""

    key: str
    kind: RulingKind
    explanation: str = ""
    """In one line: the judge's own words, or why it failed."""
    judge: str = ""
    """Name of the model."""
