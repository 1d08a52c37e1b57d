"""Judges one exchange by one rule. Pure."""

from dataclasses import dataclass

from scorer.model import Exchange
from scorer.rules.detectors import ANSWER_CHARACTERS, NOWHERE, RuleInput, detect, matches, query_matches
from scorer.rules.schema import Case, Condition, Expected, Rule, RulePack
from scorer.text.findings import Findings
from scorer.text.reading import Reading, Span


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule says of an exchange."""

    is_applicable: bool
    met_ratio: float
    """Share of what is required that is there; 0 or 1 for a prohibition. 0 when it does not apply."""
    missing: tuple[str, ...]
    """What is missing, or what was done against a prohibition, in words."""
    places: tuple[Span, ...]
    """Words of the answer that decide."""

    @property
    def outcome(self) -> Expected:
        """The ruling as a test case states it."""
        if not self.is_applicable:
            return Expected.NULL
        return Expected.MET if self.met_ratio == 1 else Expected.NOT_MET


def judge(rule: Rule, given: RuleInput) -> Ruling:
    """Return the ruling."""
    occasion = rule.applies_when
    places = [_find(condition, given) for condition in occasion.all]
    alternatives = [_find(condition, given) for condition in occasion.any]
    if any(place is None for place in places) or (alternatives and all(place is None for place in alternatives)):
        return Ruling(False, 0.0, (), ())
    if any(_find(condition, given) is not None for condition in occasion.none):
        return Ruling(False, 0.0, (), ())
    if rule.forbids is not None:
        breach = _find(rule.forbids, given)
        if breach is None:
            return Ruling(True, 1.0, (), ())
        return Ruling(True, 0.0, (rule.title,), tuple(_real([breach])))
    missing, found = [], []
    for element in rule.requires:
        place = next((p for condition in element.any_of if (p := _find(condition, given)) is not None), None)
        if place is None:
            missing.append(element.says)
        else:
            found.append(place)
    return Ruling(True, 1 - len(missing) / len(rule.requires), tuple(missing), tuple(_real(found or places)))


def _real(places: list[Span | None] | list[Span]) -> list[Span]:
    return [place for place in places if place is not None and place is not NOWHERE]


def _find(condition: Condition, given: RuleInput) -> Span | None:
    if condition.detector is not None:
        return detect(condition.detector, given)
    if condition.query:
        return NOWHERE if query_matches(condition.query, given) else None
    text = given.response.text[:ANSWER_CHARACTERS]
    return next((place for pattern in condition.response if (place := matches(pattern, text))), None)


def run_case(rule: Rule, case: Case, exchange: Exchange) -> Ruling:
    """Judge a rule's own example; `exchange` carries the case's texts and documents."""
    response = Reading(case.response)
    findings = Findings(exchange, response)
    given = RuleInput(Reading(case.query), response, exchange.documents or (), case.metadata, findings)
    return judge(rule, given)


def failed_cases(pack: RulePack, template: Exchange) -> list[str]:
    """Return one line per test case of the pack that does not end as it says; empty when all do.

    `template` lends the fields that cases have not; its texts are replaced.
    """
    failed = []
    for rule in pack.rules:
        for number, case in enumerate(rule.tests, 1):
            update = {
                "query": case.query,
                "response": case.response,
                "documents": case.documents,
                "metadata": case.metadata,
            }
            outcome = run_case(rule, case, template.model_copy(update=update)).outcome
            if outcome is not case.expect:
                failed.append(f"{pack.pack}: {rule.id}: test {number}: expected {case.expect}, got {outcome}")
    return failed
