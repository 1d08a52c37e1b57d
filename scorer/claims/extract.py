"""An answer as the statements in it that can be true or false, each with its place. Pure.

Sentences, list items and table rows; a sentence of two clear statements is split, and a pronoun carries the subject of
the sentence before where that is safe. What states nothing is left out, with its reason (greetings, headings, bare
citations, talk about the answer itself); questions, opinions and *the documents do not say* are kept with the reason
why they are not checked. An answer of a few words is read together with its question.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from scorer.claims.citing import blank_citations, is_listed_source, is_only_citation, opens_source_list
from scorer.claims.reference import VERB, Subject, find_subject, pronoun_kind, put_in_place
from scorer.claims.talk import find_turn, why_left_out, why_unchecked
from scorer.model import LeftOut
from scorer.text.sentences import Span, iterate_sentences

SHORT_ANSWER_WORDS: Final = 6
"""An answer of at most so many words is a claim only together with its question."""
CLAIM_LIMIT: Final = 1000
"""Statements read out of one answer; the rest is one statement that is not checked."""
LEFT_OUT_LIMIT: Final = 300
"""Sentences that state nothing told one by one."""
SPAN_LIMIT: Final = 5000
"""Sentences and lines looked at for statements: a million rules or greetings would take half a minute."""
TIME_CHECK_SPANS: Final = 16
"""Sentences and lines between two looks at the clock."""
ONLY_CITATION: Final = "a citation and nothing else"
CLAIM_CHARACTERS: Final = 2000
"""A longer statement is cut: a run without a full stop is no sentence."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A candidate claim; `text` is `response[start:end]`."""

    start: int
    end: int
    text: str
    spoken: str
    """The text with its citations as spaces: what is compared. Of the same length."""
    context: str = ""
    """What it is read together with: the question of a short answer, a table's header, a list's lead-in."""
    unchecked: str | None = None
    """Why it cannot be checked; None for a checkable statement."""
    is_short_answer: bool = False
    subject: str = ""
    """Whom the pronoun at its beginning stands for, in an earlier sentence's words; empty where that is not safe."""

    @property
    def resolved(self) -> str:
        """The spoken text with the subject in place of its pronoun: what is read by itself."""
        return put_in_place(self.subject, self.spoken.lstrip()) if self.subject else self.spoken


_MARK: Final = re.compile(r"[ \t]*(?:(?:[-*+•▪◦–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivx]{1,5}\)|>|#{1,6})[ \t]+)")
_RULE: Final = re.compile(r"[\s|:\-=_*#~+.]*")
_JOINT: Final = re.compile(
    rf"(?:;\s+|,\s(?:and|but|while|whereas)\s)(?=(?:the|it|they|he|she|this|these|an?|its|their|[A-Z][\w.]*)\b"
    rf"(?:\s[\w'()-]{{1,30}}){{0,5}}?\s{VERB}\b)"
)
_MINIMUM_HALF_WORDS: Final = 4
_MINIMUM_TURN_WORDS: Final = 2


@dataclass(frozen=True, slots=True)
class Extraction:
    """An answer taken apart."""

    statements: tuple[Statement, ...]
    """In order, at most `CLAIM_LIMIT` and one for the rest."""
    left_out: tuple[LeftOut, ...]
    """What states nothing, in order, at most `LEFT_OUT_LIMIT`; the two together hold all but rules and white space."""


def extract(query: str, response: str, is_time_over: Callable[[], bool] = lambda: False) -> Extraction:
    """Take an answer apart. Reading ends early when `is_time_over` says so; the rest is one unchecked statement."""
    statements: list[Statement] = []
    left_out: list[LeftOut] = []
    for part in _with_subjects(response, _parts(response, is_time_over)):
        if isinstance(part, LeftOut):
            left_out += [part][: LEFT_OUT_LIMIT - len(left_out)]
        elif len(statements) < CLAIM_LIMIT:
            statements.append(part)
        else:
            reason = f"not checked: the answer holds more than {CLAIM_LIMIT} statements"
            statements.append(_rest(response, part.start, reason))
            break
    if len(statements) == 1 and query.strip() and statements[0].unchecked is None:
        words = len(statements[0].spoken.split())
        if words <= SHORT_ANSWER_WORDS:
            statements = [replace(statements[0], context=query, is_short_answer=True)]
    return Extraction(tuple(statements), tuple(left_out))


def extract_statements(query: str, response: str) -> tuple[Statement, ...]:
    """Return the statements of an answer in order, however long reading it takes."""
    return extract(query, response).statements


def _with_subjects(response: str, parts: Iterator[Statement | LeftOut]) -> Iterator[Statement | LeftOut]:
    """Yield the parts, statements that begin with a pronoun with the subject of the one just before, where it fits."""
    before: Statement | None = None
    subject: Subject | None = None
    for part in parts:
        if isinstance(part, LeftOut):
            yield part
            continue
        kind = pronoun_kind(part.spoken.lstrip())
        # Looked for only where a pronoun asks for it: most sentences begin with none.
        if kind is not None:
            subject = subject or (None if before is None else find_subject(before.spoken.lstrip()))
            goes_on = before is not None and not part.context and "\n" not in response[before.end : part.start]
            is_meant = goes_on and subject is not None and kind in subject.kinds
            subject = replace(subject, kinds=frozenset({kind})) if is_meant and subject is not None else None
        else:
            subject = None
        before = part
        yield part if subject is None else replace(part, subject=subject.text)


def _rest(response: str, start: int, reason: str) -> Statement:
    text = response[start : start + CLAIM_CHARACTERS].rstrip()
    return Statement(start, start + len(text), text, text, unchecked=reason)


def _bounded(response: str, is_time_over: Callable[[], bool]) -> Iterator[tuple[Span, str | None]]:
    """Yield sentences and lines; where reading ends early the last one comes with the reason."""
    for number, span in enumerate(iterate_sentences(response)):
        if number == SPAN_LIMIT:
            yield span, f"not checked: the answer holds more than {SPAN_LIMIT} sentences and lines"
            return
        if number % TIME_CHECK_SPANS == TIME_CHECK_SPANS - 1 and is_time_over():
            yield span, "not checked: the time to read the answer was over"
            return
        yield span, None


def _parts(response: str, is_time_over: Callable[[], bool]) -> Iterator[Statement | LeftOut]:
    header = ""
    lead = ""
    is_source_list = False
    for span, unread in _bounded(response, is_time_over):
        if unread is not None:
            yield _rest(response, span.start, unread)
            return
        if _RULE.fullmatch(span.text):
            continue
        if span.text.count("|") >= 2:
            spoken = blank_citations(span.text)
            yield _cut(span.start, span.text, spoken, header) if header else _leave(span, "the header of a table")
            header = header or spoken
            continue
        header = ""
        is_source_list = opens_source_list(span.text) or (is_source_list and is_listed_source(span.text))
        if is_source_list:
            yield _leave(span, ONLY_CITATION)
            continue
        body = _without_mark(span)
        spoken = blank_citations(body.text)
        is_item = body.start > span.start
        if not is_item:
            lead = ""
        nothing = _why_nothing(body.text, spoken, is_heading=span.text.startswith("#"))
        if nothing != ONLY_CITATION and _leads_in(spoken):
            lead = spoken.strip()
            yield _leave(span, "it only announces what follows")
        elif nothing is not None:
            yield _leave(span, nothing)
        else:
            yield from _split(body, spoken, lead if is_item else "")


def _leave(span: Span, reason: str) -> LeftOut:
    return LeftOut(start=span.start, end=span.end, reason=reason)


def _why_nothing(text: str, spoken: str, *, is_heading: bool) -> str | None:
    return ONLY_CITATION if is_only_citation(text, spoken) else why_left_out(spoken.strip(), is_heading=is_heading)


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


def _split(span: Span, spoken: str, context: str) -> Iterator[Statement | LeftOut]:
    """Yield the span's statements: halves joined by *; and but while* where each has its own subject and verb."""
    begin = 0
    if len(span.text) <= CLAIM_CHARACTERS:
        for start, end, fewest_words in _joints(spoken):
            if min(len(spoken[begin:start].split()), len(spoken[end:].split())) >= fewest_words:
                yield _cut(span.start + begin, span.text[begin:start], spoken[begin:start], context)
                begin = end
    text, said = span.text[begin:], spoken[begin:]
    nothing = _why_nothing(text, said, is_heading=False) if begin else None
    if nothing is None:
        yield _cut(span.start + begin, text, said, context)
    else:
        yield LeftOut(start=span.start + begin, end=span.end, reason=nothing)


def _joints(spoken: str) -> Iterator[tuple[int, int, int]]:
    """Yield where halves may be joined, with the words that each must have."""
    turn = find_turn(spoken)
    if turn is not None:
        yield *turn, _MINIMUM_TURN_WORDS
    for joint in _JOINT.finditer(spoken, turn[1] if turn else 0):
        yield joint.start(), joint.end(), _MINIMUM_HALF_WORDS


def _cut(start: int, text: str, spoken: str, context: str) -> Statement:
    text = text[:CLAIM_CHARACTERS].rstrip()
    spoken = spoken[: len(text)]
    return Statement(start, start + len(text), text, spoken, context, why_unchecked(spoken.strip()))
