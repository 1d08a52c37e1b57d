"""What a rule pack is: obligations of a law as data, each with its own test cases. Pure; unknown keys are errors.

A rule applies or not (`applies_when`), then requires elements or forbids something. Patterns are checked to run in
linear time; detectors come from a closed list. Keywords alone never decide a matter of law: what is exempt is a
property of a document and needs its label.
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from scorer.model import Document


class DetectorName(StrEnum):
    """The closed list of what a rule may ask; `scorer/rules/detectors.py` has the functions."""

    RESPONSE_REFUSES = "response_refuses"
    REASON_CLAUSE = "reason_clause"
    REVIEW_ROUTE = "review_route"
    PERIOD = "period"
    CONTACT_ROUTE = "contact_route"
    DECISION_CONVEYED = "decision_conveyed"
    AUTOMATED_DECISION = "automated_decision"
    IDENTITY_ASKED = "identity_asked"
    MACHINE_DISCLOSED = "machine_disclosed"
    HUMAN_CLAIMED = "human_claimed"
    HUMAN_WANTED = "human_wanted"
    HIGH_RISK = "high_risk"
    LABELLED_DOCUMENT = "labelled_document"
    COPIES_LABELLED_DOCUMENT = "copies_labelled_document"
    PERSONAL_DATA = "personal_data"


_NOT_LINEAR = re.compile(r"(?<!\\)[*+]|\{\d*,\}|\{,?\d{4,}|\)\s*\{|\\[1-9]|\(\?(?!:)|\{\d+,\d{3,}\}|[?}]\s*\{")


def check_pattern(pattern: str) -> str:
    """Return the pattern. Raises ValueError unless it compiles and every repetition in it is bounded and not nested."""
    if _NOT_LINEAR.search(pattern):
        raise ValueError(
            f"a pattern may not use *, +, open or nested repetition, look-around or back-reference: {pattern!r}"
        )
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {pattern!r}: {error}") from error
    return pattern


Pattern = Annotated[str, Field(min_length=2, max_length=500), AfterValidator(check_pattern)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Data):
    """One thing that holds or not: a detector, or patterns in the query or the answer (any of them, without case)."""

    detector: DetectorName | None = None
    query: tuple[Pattern, ...] = ()
    response: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.detector is not None) + bool(self.query) + bool(self.response) != 1:
            raise ValueError("expected exactly one of detector, query, response")
        return self


class When(_Data):
    """The occasion of a rule: all of `all`, where given one of `any`, and none of `none`."""

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    none: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _has_conditions(self) -> Self:
        if not self.all and not self.any:
            raise ValueError("a rule needs an occasion: all or any")
        return self


class Element(_Data):
    """One thing that a rule requires."""

    id: str
    says: str
    """For people: what is missing when it is not there."""
    any_of: Annotated[tuple[Condition, ...], Field(min_length=1)]


class Expected(StrEnum):
    """How a rule's test case must end."""

    MET = "met"
    NOT_MET = "not_met"
    NULL = "null"
    """The rule does not apply."""


class Case(_Data):
    """An example that the rule must judge as expected; run by `endurance check-config` and by the tests."""

    query: str
    response: str
    documents: tuple[Document, ...] | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    expect: Expected


class Rule(_Data):
    """One obligation."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_.]{3,60}$")]
    signal: Annotated[str | None, Field(pattern=r"^[a-z0-9_.]{3,60}$")] = None
    """Name of the signal it is reported as; None: its id."""
    title: str
    source: str
    """The statute and section."""
    applies_when: When
    requires: tuple[Element, ...] = ()
    forbids: Condition | None = None
    gate: bool = False
    """Of high precision: a breach caps the overall score."""
    experimental: bool = False
    weight: Annotated[float, Field(gt=0)] = 1.0
    null_reason: str
    crosswalk: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Sections of other frameworks, such as `owasp: [LLM02]`."""
    tests: tuple[Case, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.requires) == (self.forbids is not None):
            raise ValueError(f"rule {self.id}: expected either requires or forbids")
        expected = {case.expect for case in self.tests}
        if not {Expected.MET, Expected.NOT_MET} <= expected:
            raise ValueError(f"rule {self.id}: expected at least one test that is met and one that is not_met")
        return self


class Law(_Data):
    """A law that the pack draws on, and when its wording was last checked."""

    title: str
    checked: str


class RulePack(_Data):
    """The rules of one compliance mode, or an operator's addition to one."""

    pack: str
    mode: str
    version: str
    jurisdiction: str
    law: Annotated[tuple[Law, ...], Field(min_length=1)]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_unique_ids(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) != len(ids):
            raise ValueError("two rules have the same id")
        return self
