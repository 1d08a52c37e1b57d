"""Citations in an answer, and whether they lead to a retrieved document. Pure; linear in the text.

Read: `[Source: Name, Page 3]`, `[1]`, `(Name.pdf, p. 4)`, `According to Name.pdf`, `Source: Name`. A bare title in
running text is no citation: nothing tells it from other words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from scorer.model import Document

CITATION_LIMIT = 500
"""Citations of one form that are read."""
_FILE = r"[\w][\w .&()-]{0,100}\.(?:pdf|md|docx?|xlsx?|txt|html?|csv|pptx?|odt|json|xml)\b"
_PATTERNS = (
    re.compile(
        r"[\[(](?:[Ss]ources?|[Rr]ef(?:erence)?|[Dd]oc(?:ument)?"
        r"|[Cc]itation)\.?\s?:?\s(?P<source>[^\]\[)(\n]{1,160})[\])]"
    ),
    re.compile(r"\[(?P<number>\d{1,3}(?:\s?[,;]\s?\d{1,3}){0,9})\](?!\()"),
    re.compile(r"\((?P<source>[^()\n]{2,120}?),\s?(?:p|pp|pg|page|pages)\.?\s?\d[\d\u2013-]{0,9}\)"),
    re.compile(
        rf"\b(?:[Aa]ccording to|[Aa]s per|[Pp]er|[Ss]ee|[Ii]n|[Ff]rom|[Ss]ource:)\s(?:the\s)?(?P<source>{_FILE})"
    ),
    re.compile(
        r"\b[Aa]ccording to\s(?:the\s)?(?P<source>(?:[A-Z][\w&-]{0,40}"
        r"|\d{4}(?:[-/]\d{2,4})?)(?:\s(?:[A-Z][\w&-]{0,40}|of|the|and|for|on|\d{4}(?:[-/]\d{2,4})?)){1,9})"
    ),
    re.compile(r"^\s{0,4}Sources?:\s(?P<source>[^\n]{2,160})$", re.MULTILINE),
)
_PAGE = re.compile(r",?\s?\b(?:p|pp|pg|page|pages|para|section|s)\.?\s?\d.{0,20}$", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[a-z]{2,4}$")


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in the answer that names a source."""

    start: int
    end: int
    source: str
    """The name, or the number as digits."""
    is_number: bool


def find_citations(text: str) -> tuple[Citation, ...]:
    """Return the citations in order of their place, none overlapping."""
    found: list[Citation] = []
    taken: set[int] = set()
    for pattern in _PATTERNS:
        for match in islice(pattern.finditer(text), CITATION_LIMIT):
            if taken.isdisjoint(range(match.start(), match.end())):
                taken.update(range(match.start(), match.end()))
                found.extend(_citations(match))
    return tuple(sorted(found, key=lambda citation: (citation.start, citation.source)))


def _citations(match: re.Match[str]) -> list[Citation]:
    groups = match.groupdict()
    if groups.get("number"):
        numbers = re.split(r"\s?[,;]\s?", groups["number"])
        return [Citation(match.start(), match.end(), number, True) for number in numbers]
    return [Citation(match.start(), match.end(), groups["source"].strip(), False)]


def is_resolved(citation: Citation, documents: Sequence[Document]) -> bool:
    """Say whether the citation leads to a document: by number (from 1), id, or name without case and extension."""
    if citation.is_number:
        number = int(citation.source)
        return 1 <= number <= len(documents) or any(document.id == citation.source for document in documents)
    name = _plain(_PAGE.sub("", citation.source))
    if not name:
        return False
    for document in documents:
        names = {_plain(document.source or ""), _plain(document.id), _plain((document.source or "").rsplit("/", 1)[-1])}
        if any(
            own and (own == name or (len(own) > 5 and (own in name or (name in own and len(name) > 8))))
            for own in names
        ):
            return True
    return False


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", _EXTENSION.sub("", name.strip().casefold()))
