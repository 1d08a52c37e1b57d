"""Response quality: does the answer answer, in the asker's language and form, without falling apart? Pure.

Measures: words in common with the question, refusal, repetition and broken endings, language, asked-for formats. Does
not measure truth (data grounding does) nor style. Inputs: query and answer. Agreement with people (development sets,
`python -m bench.quality`): refusal AUROC 0.98 at 2 % false alarms (XSTest completions, held out by prompt); answer
relevance AUROC 0.98 (AlpacaEval answers to their own and to other questions).
"""

import json
import re

from scorer.dimensions.base import Context, SignalKind, detect_all, quote_response, too_long
from scorer.model import DimensionName, Role, Signal, Unit
from scorer.text.aspects import asked_aspects, is_covered
from scorer.text.tokens import content_stems

_NAME = DimensionName.RESPONSE_QUALITY
RELEVANCE = SignalKind(_NAME, "answer_relevance", Unit.RATIO, "RAGAS answer relevancy (idea; Es 2023)", role=Role.FAULT)
REFUSAL = SignalKind(_NAME, "refusal", Unit.PROBABILITY, "XSTest labels (R\u00f6ttger 2024)")
DEGENERATION = SignalKind(_NAME, "degeneration", Unit.RATIO, "distinct-n (Li 2016); Holtzman 2020", role=Role.FAULT)
ASPECTS = SignalKind(_NAME, "aspect_coverage", Unit.RATIO, "TREC question classes (Li and Roth 2002)", weight=0.5)
LANGUAGE = SignalKind(_NAME, "language_match", Unit.PROBABILITY, "fastText lid.176 (Joulin 2017)")
FORMAT = SignalKind(_NAME, "format_valid", Unit.RATIO, "IFEval (Zhou 2023)")

RELEVANCE_SATURATION = 0.34
"""Weighted share of the query's content words from which an answer counts as on the topic."""
SHORT_ANSWER_WORDS = 15
"""A shorter answer may be right without a word of the question: `Paris.`"""
QUERY_WORDS = 60
"""Content words of the query that are looked for, from both of its ends."""
READ_CHARACTERS = 20_000
NOT_FOUND_PROBABILITY = 0.9
"""An honest "not found" is a non-answer, which people label as a refusal."""
REPETITION_FREE = 0.25
"""Share of repeated four-word runs up to which nothing is lost; ordinary answers stay below 0.15."""
REPETITION_LOST = 0.75

_OTHER_LANGUAGE = re.compile(
    r"\b(?:translat\w*|in (?:english|hindi|french|german|spanish|italian|tamil|telugu|bengali|marathi|urdu|chinese"
    r"|japanese"
    r"|korean|arabic|russian|portuguese|latin|polish|dutch|swedish)|language|poem|code|python|sql|regex|script)\b",
    re.IGNORECASE,
)
_ASKS_JSON = re.compile(r"\b(?:as|in|return|output|give|respond with|valid)\b[^.?!\n]{0,40}\bjson\b", re.IGNORECASE)
_ASKS_TABLE = re.compile(r"\b(?:as|in|into|make|create|give)\b[^.?!\n]{0,30}\btable\b", re.IGNORECASE)
_ASKS_LIST = re.compile(r"\b(?:bullet(?:ed)? (?:points?|list)|numbered list|as a list|in (?:a )?list)\b", re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z]{0,10}\n(.*?)```", re.DOTALL)
_TABLE_ROW = re.compile(r"^\s{0,8}\|.{1,2000}\|\s{0,8}$", re.MULTILINE)
_LIST_ITEM = re.compile(r"^\s{0,8}(?:[-*\u2022]|\d{1,3}[.)])\s", re.MULTILINE)


class ResponseQuality:
    """See the module."""

    name = _NAME
    version = "2"

    def signals(self, context: Context) -> tuple[Signal, ...]:
        """Return the six signals of this dimension."""
        return detect_all(
            (
                (RELEVANCE, answer_relevance),
                (REFUSAL, refusal),
                (ASPECTS, aspect_coverage),
                (DEGENERATION, degeneration),
                (LANGUAGE, language_match),
                (FORMAT, format_valid),
            ),
            context,
        )


def answer_relevance(kind: SignalKind, context: Context) -> Signal:
    """Weighted share of the query's content words that the answer takes up; full from `RELEVANCE_SATURATION` on.

    Long words weigh more, as rare ones do. Paraphrase counts against it, so the line lies low. Null for a refusal, a
    query of fewer than two content words, two languages, an honest "not found", or a short answer without a word in
    common.
    """
    if context.findings.not_found is not None:
        return kind.not_applicable("the answer says that it found nothing")
    if context.findings.refusal.is_refusal:
        return kind.not_applicable("the answer is a refusal")
    stems = content_stems(context.exchange.query[:READ_CHARACTERS])
    if len(stems) > QUERY_WORDS:
        stems = stems[: QUERY_WORDS // 2] + stems[-QUERY_WORDS // 2 :]
    asked = set(stems)
    if len(asked) < 2:
        return kind.not_applicable("the query has fewer than two content words")
    if _languages_differ(context):
        return kind.not_assessed("query and answer are in two languages")
    answered = set(content_stems(context.exchange.response[:READ_CHARACTERS]))
    weights = {word: _weight(word) for word in asked}
    ratio = sum(weights[word] for word in asked & answered) / sum(weights.values())
    if ratio < RELEVANCE_SATURATION and len(context.exchange.response[:1000].split()) < SHORT_ANSWER_WORDS:
        return kind.not_assessed("the answer is too short to tell its topic by words", value=ratio)
    reason = f"{len(asked & answered)} of {len(asked)} content words of the query stand in the answer"
    return kind.assessed(100 * min(1.0, ratio / RELEVANCE_SATURATION), reason, value=ratio)


def _weight(word: str) -> float:
    return min(8, len(word)) / 4 if word.isascii() else 1.0


def _languages_differ(context: Context) -> bool:
    asked, answered = context.query.language, context.response.language
    return asked is not None and answered is not None and asked != answered


def refusal(kind: SignalKind, context: Context) -> Signal:
    """Probability that the answer refuses; the score falls only for a refusal that nothing speaks for.

    For it speak: a reason in the answer, a request that asks for harm, or an attack on the bot.
    """
    text = context.exchange.response
    if not text.strip():
        return kind.not_assessed("the answer is empty")
    found, findings = context.findings.refusal, context.findings
    if findings.not_found is not None:
        evidence = quote_response(context, [findings.not_found])
        value = max(found.probability, NOT_FOUND_PROBABILITY)
        return kind.assessed(75.0, "the answer says that it found nothing", value=value, evidence=evidence)
    if not found.is_refusal:
        return kind.assessed(100.0, "the answer does not refuse", value=found.probability)
    evidence = quote_response(context, [found.span] if found.span else [])
    if findings.harm_probability >= 0.5 or findings.attack_probability >= 0.5 or findings.is_in_despair:
        reason = "the answer refuses a request that gives cause for it"
        return kind.assessed(100.0, reason, value=found.probability, evidence=evidence)
    if findings.reason is not None:
        return kind.assessed(75.0, "the answer refuses and says why", value=found.probability, evidence=evidence)
    return kind.assessed(
        25.0, "the answer refuses an ordinary request and does not say why", value=found.probability, evidence=evidence
    )


def aspect_coverage(kind: SignalKind, context: Context) -> Signal:
    """Share of the asked items that the answer has a span of the right kind for: a number, a time, a person, a reason.

    Null for a refusal, and for a question that asks for no such item. The span is not checked to be the right one.
    """
    if context.findings.not_found is not None or context.findings.refusal.is_refusal:
        return kind.not_applicable("the answer gives no answer")
    asked = asked_aspects(context.exchange.query[:READ_CHARACTERS])
    if not asked:
        return kind.not_applicable("the query asks for no item of a known kind")
    if context.response.language not in ("en", None):
        return kind.not_assessed(f"the answer is in {context.response.language}; the patterns are for English")
    missing = [aspect for aspect in asked if not is_covered(aspect, context.exchange.response[:READ_CHARACTERS])]
    ratio = 1 - len(missing) / len(asked)
    reason = f"{len(asked) - len(missing)} of {len(asked)} asked items are in the answer"
    if missing:
        reason += f"; nothing that tells {', '.join(missing)}"
    return kind.assessed(100 * ratio, reason, value=ratio)


def degeneration(kind: SignalKind, context: Context) -> Signal:
    """Share of repeated four-word runs; an open code fence or a cut answer leaves 60 points at most."""
    why = too_long(context)
    if why:
        return kind.not_assessed(why)
    words = context.response.folded
    if len(words) < 40:
        return kind.not_applicable("fewer than 40 words")
    runs = [words[i : i + 4] for i in range(len(words) - 3)]
    ratio = 1 - len(set(runs)) / len(runs)
    lost = (ratio - REPETITION_FREE) / (REPETITION_LOST - REPETITION_FREE)
    score, reason = 100 * (1 - max(0.0, min(1.0, lost))), f"{ratio:.0%} of the four-word runs are repeated"
    if context.exchange.response.count("```") % 2 and not context.exchange.capture.truncated:
        score, reason = min(score, 60.0), f"{reason}; a code block is never closed"
    return kind.assessed(score, reason, value=ratio)


def language_match(kind: SignalKind, context: Context) -> Signal:
    """1 when the answer is in the asker's language (or in `metadata.language`), else 0."""
    declared = context.exchange.metadata.get("language")
    wanted = declared[:2].lower() if isinstance(declared, str) and declared else context.query.language
    if not isinstance(declared, str) and _OTHER_LANGUAGE.search(context.exchange.query[:READ_CHARACTERS]):
        return kind.not_applicable("the request is about a language or code")
    if wanted is None or context.response.language is None:
        return kind.not_assessed("a language could not be told: too short or unclear")
    is_same = wanted == context.response.language
    reason = f"asked in {wanted}, answered in {context.response.language}"
    return kind.assessed(100.0 if is_same else 0.0, reason, value=float(is_same))


def format_valid(kind: SignalKind, context: Context) -> Signal:
    """1 when the JSON, table or list that was asked for is there and parses, else 0."""
    query, text = context.exchange.query[:READ_CHARACTERS], context.exchange.response
    if context.findings.refusal.is_refusal:
        return kind.not_applicable("the answer is a refusal")
    if _ASKS_JSON.search(query):
        is_valid, what = _is_json(text), "JSON that parses"
    elif _ASKS_TABLE.search(query):
        is_valid, what = len(_TABLE_ROW.findall(text)) >= 2 or "<table" in text, "a table"
    elif _ASKS_LIST.search(query):
        is_valid, what = len(_LIST_ITEM.findall(text)) >= 2, "a list"
    else:
        return kind.not_applicable("no format was asked for")
    reason = f"asked for {what}: {'given' if is_valid else 'not given'}"
    return kind.assessed(100.0 if is_valid else 0.0, reason, value=float(is_valid))


def _is_json(text: str) -> bool:
    fenced = _FENCE.search(text)
    candidate = fenced.group(1) if fenced else text
    try:
        json.loads(candidate)
    except (ValueError, RecursionError):
        return False
    return True
