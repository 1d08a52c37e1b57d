"""An answer as the statements in it that can be true or false, each with its place. Pure.

Sentences, list items and table rows; a sentence of two clear statements is split. What states nothing is left out
(greetings, headings, bare citations, talk about the answer itself); questions and opinions are kept with the reason
why they are not checked. An answer of a few words is read together with its question.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from scorer.text.sentences import Span, iterate_sentences
from scorer.text.tokens import has_content

SHORT_ANSWER_WORDS: Final = 6
"""An answer of at most so many words is a claim only together with its question."""
CLAIM_LIMIT: Final = 1000
"""Statements read out of one answer; the rest is one statement that is not checked."""
CLAIM_CHARACTERS: Final = 2000
"""A longer statement is cut: a run without a full stop is no sentence."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A candidate claim; `text` is `response[start:end]`."""

    start: int
    end: int
    text: str
    context: str = ""
    """What it is read together with: the question of a short answer, a table's header, a list's lead-in."""
    unchecked: str | None = None
    """Why it cannot be checked; None for a checkable statement."""
    is_short_answer: bool = False


_MARK: Final = re.compile(r"[ \t]*(?:(?:[-*+•▪◦–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivx]{1,5}\)|>|#{1,6})[ \t]+)")
_RULE: Final = re.compile(r"[\s|:\-=_*#~+.]*")
_CITATION: Final = re.compile(
    r"(?:\s*(?:\[[^\]\[]{1,60}\]|\((?:source|see|ref|doc)[^()]{0,80}\)|(?:source|sources|reference|references|see)\s*:"
    r"[^.]{0,200}|https?://\S{1,300}|[.,;]))+\s*",
    re.IGNORECASE,
)
_GREETING: Final = re.compile(
    r"(?:hi|hello|hey|dear\b[^.!?]{0,40}|good (?:morning|afternoon|evening|day)|thank(?:s| you)[^.!?]{0,60}|welcome"
    r"|you(?:'re| are) welcome|namaste|नमस्ते|sure|certainly|of course|great question|glad to help|no problem|okay|ok"
    r"|sorry|i apologi[sz]e[^.!?]{0,60}|धन्यवाद|have a (?:nice|great|good) day|best regards|regards|sincerely)"
    r"[\s,]*[a-z]{0,20}[.!,:]*",
    re.IGNORECASE,
)
_META: Final = re.compile(
    r"(?:let me know|feel free|please (?:let|feel|note that i|contact us|ask|provide)|i hope this|hope this helps"
    r"|here (?:is|are) (?:the|a|some|what)\b[^.:]{0,80}:?$|is there anything|as an ai"
    r"|i (?:can|could|will|would|am|'m) (?:help|be happy|happy|glad|not able|unable|sorry)"
    r"|i (?:do not|don't|cannot|can't|could not|couldn't) (?:know|find|see|have|answer|provide|help)"
    r"|(?:the|these|this) (?:provided |given |available |retrieved )?(?:documents?|context|passages?|sources?|text)"
    r" (?:does|do) not|based on (?:the )?(?:provided|given|available)[^,.]{0,60}[:.]?$|in (?:short|summary)[:.]?$)",
    re.IGNORECASE,
)
_OPINION: Final = re.compile(
    r"(?:in my (?:opinion|view)|i (?:\w{3,12} )?(?:think|believe|feel|guess|hope|love|like|prefer|enjoy|wish)\b"
    r"|(?:it is|it's|that is|that's) (?:great|nice|good|cool|awesome|interesting|a good|a great|wonderful|sad)\b"
    r"|मेरे विचार|मुझे लगता)",
    re.IGNORECASE,
)
_FACTUAL: Final = re.compile(r"\d|(?<=[a-z,] )[A-Z][a-z]")
_VERB: Final = (
    r"(?:is|are|was|were|has|have|had|will|shall|can|may|must|does|did|costs?|requires?|takes?|provides?|applies|began"
    r"|became|received|includes?|spent|paid|made|gave|took|held|rose|fell|won|built|sent|[a-z]{3,}ed)"
)
_JOINT: Final = re.compile(
    rf"(?:;\s+|,\s(?:and|but|while|whereas)\s)(?=(?:the|it|they|he|she|this|these|an?|its|their|[A-Z][\w.]*)\b"
    rf"(?:\s[\w'()-]{{1,30}}){{0,5}}?\s{_VERB}\b)"
)
_MINIMUM_HALF_WORDS: Final = 4


def extract_statements(query: str, response: str) -> list[Statement]:
    """Return the statements of an answer in order, at most `CLAIM_LIMIT` and one for the rest."""
    statements: list[Statement] = []
    for statement in _statements(response):
        if len(statements) == CLAIM_LIMIT:
            rest = response[statement.start : statement.start + CLAIM_CHARACTERS].rstrip()
            reason = f"not checked: the answer holds more than {CLAIM_LIMIT} statements"
            statements.append(Statement(statement.start, statement.start + len(rest), rest, unchecked=reason))
            break
        statements.append(statement)
    if len(statements) == 1 and query.strip() and statements[0].unchecked is None:
        words = len(statements[0].text.split())
        if words <= SHORT_ANSWER_WORDS:
            return [replace(statements[0], context=query, is_short_answer=True)]
    return statements


def _statements(response: str) -> Iterator[Statement]:
    header = ""
    lead = ""
    for span in iterate_sentences(response):
        if _RULE.fullmatch(span.text):
            continue
        if span.text.count("|") >= 2:
            if header:
                yield _cut(span, header)
            else:
                header = span.text
            continue
        header = ""
        body = _without_mark(span)
        is_item = body.start > span.start
        if not is_item:
            lead = ""
        if _leads_in(body.text):
            lead = body.text
            continue
        if not _is_left_out(body.text, is_heading=span.text.startswith("#")):
            yield from _split(body, lead if is_item else "")


def _leads_in(text: str) -> bool:
    """Say whether the line only announces what follows: *Documents needed:*."""
    return text.rstrip("* _").endswith(":") and len(text) < 200 and not any(map(str.isdigit, text))


def _without_mark(span: Span) -> Span:
    """Return the span without its list mark and emphasis."""
    mark = _MARK.match(span.text)
    start = span.start + (mark.end() if mark else 0)
    text = span.text[start - span.start :]
    bare = text.lstrip("*_ \t")
    start += len(text) - len(bare)
    bare = bare.rstrip("*_ \t")
    return Span(start, start + len(bare), bare)


def _is_left_out(text: str, is_heading: bool) -> bool:
    if is_heading or not text or not any(map(str.isalnum, text)):
        return True
    if _CITATION.fullmatch(text) or _GREETING.fullmatch(text):
        return True
    return _META.match(text) is not None and _FACTUAL.search(text) is None


def _split(span: Span, context: str) -> Iterator[Statement]:
    """Yield the span's statements: halves joined by *; and but while* where each has its own subject and verb."""
    start = span.start
    if len(span.text) <= CLAIM_CHARACTERS:
        for joint in _JOINT.finditer(span.text):
            first = span.text[start - span.start : joint.start()]
            second = span.text[joint.end() :]
            if min(len(first.split()), len(second.split())) >= _MINIMUM_HALF_WORDS:
                yield _cut(Span(start, start + len(first), first), context)
                start = span.start + joint.end()
    yield _cut(Span(start, span.end, span.text[start - span.start :]), context)


def _cut(span: Span, context: str) -> Statement:
    text = span.text[:CLAIM_CHARACTERS].rstrip()
    return Statement(span.start, span.start + len(text), text, context, _why_unchecked(text))


def _why_unchecked(text: str) -> str | None:
    if text.rstrip("\"'\u201d) ").endswith(("?", "？")):
        return "a question states nothing"
    if _OPINION.match(text) and not _FACTUAL.search(text):
        return "an opinion is neither true nor false"
    return None if has_content(text) else "no words that could be looked for"
