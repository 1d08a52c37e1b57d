"""What of a sentence only says where something stands: its citations, blanked out before anything is compared. Pure.

The forms are those of `scorer/text/citations.py` and a few that name no source to resolve (`[^1]`, `(page 3)`). A
citation goes only where it cannot hide a statement: `[Document 3 says that the fee is Rs 50]` stays, and of *in 2019
the fee rose, see fees.pdf* only the last two words go. *According to the Ministry* stays as well: who says so is part
of what is said.
"""

import re
from collections.abc import Iterator
from typing import Final

from scorer.text.citations import find_citations
from scorer.text.tokens import content_stems, normalise

_ENDING: Final = r"\.(?:pdf|md|docx?|xlsx?|txt|html?|csv|pptx?|odt|json|xml)\b"
_FILE: Final = rf"\w[\w .&()-]{{0,80}}{_ENDING}"
_NUMBERS: Final = r"\^?\d{1,3}(?:\s?[-\u2013,;&]\s?\^?\d{1,3}){0,9}"
_PAGES: Final = r"(?:pp?|pg|pages?)\.?\s?\d{1,4}(?:\s?[-\u2013]\s?\d{1,4})?"
_LABEL: Final = r"(?:sources?|ref(?:erence)?s?|doc(?:ument)?s?|citations?)"
_PLAIN: Final = r"(?:[^][()\n]|\([^()\n]{0,40}\))"
# Every form has one of these; most sentences have none.
_HINT: Final = re.compile(r"[\[(\u3010<:]|\.\w")
_FURTHER: Final = re.compile(
    rf"[\[(]\s?{_LABEL}\s?:{_PLAIN}{{1,160}}[\])]"
    rf"|\[(?:{_NUMBERS}|{_FILE})\]\([^()\s]{{1,300}}\)"
    rf"|\[{_NUMBERS}\](?!\()"
    rf"|[\[(](?:see\s)?{_FILE}{_PLAIN}{{0,60}}[\])]"
    rf"|[\[(](?:see\s)?{_PAGES}[\])]"
    rf"|\b(?:(?:on|at|see)\s)?{_PAGES}\sof\s(?:the\s)?[\w&-]{{1,80}}{_ENDING}"
    r"|\u3010[^\u3010\u3011\n]{1,60}\u3011|<sup>\s?\[?\d{1,3}\]?\s?</sup>",
    re.IGNORECASE,
)
_PAGES_AFTER: Final = re.compile(rf"\s?,?\s?[(\[]?(?:(?:on|at)\s)?{_PAGES}[)\]]?", re.IGNORECASE)
_LABELLED: Final = re.compile(rf"[\[(]?\s?{_LABEL}\.?\s?:", re.IGNORECASE)
_UNLABELLED: Final = re.compile(rf"[\[(]\s?(?:{_LABEL}\.?\s)?(?P<name>[^\n]*?)(?:,\s?{_PAGES})?\s?[\])]", re.IGNORECASE)
_NAME: Final = re.compile(
    rf"(?:{_NUMBERS}|(?i:{_FILE})"
    r"|(?:[A-Z][\w&'-]{0,40}|\d{4}(?:[-/]\d{2,4})?)(?:,?\s(?:[A-Z][\w&'-]{0,40}|of|the|and|for|on|to|in|\d[\d/-]{0,8})){0,9})"
)
"""A number, a file, or a title in capitals: what is no statement."""
_CITING_WORD: Final = re.compile(r"\b(?:according to|as per|per|see|in|from|source:)\s", re.IGNORECASE)
_FILE_END: Final = re.compile(rf"{_ENDING}$", re.IGNORECASE)

_LABELLED_WHOLE: Final = re.compile(r"[\s*_]{0,4}(?:sources?|references?|see)\s?:[^\n]{0,200}", re.IGNORECASE)
_WHOLE: Final = re.compile(
    rf"\W{{0,4}}(?:see\s)?{_FILE}(?:{_PAGES_AFTER.pattern})?\W{{0,4}}"
    r"|(?:(?:\[[^\]\[]{1,60}\]|\((?:source|see|ref|doc)[^()]{0,80}\))[\s.,;]{0,9})+",
    re.IGNORECASE,
)
_URL: Final = re.compile(r"https?://\S{1,300}", re.IGNORECASE)
_POINTERS: Final = frozenset(map(normalise, ("see", "source", "reference", "refer", "cited", "citation", "also")))
_LIST_TITLE: Final = re.compile(
    r"[\s#*_]{0,8}(?:sources?|references?|citations?|bibliography|स्रोत|संदर्भ)(?: used| cited)?[\s:*_]{0,6}",
    re.IGNORECASE,
)
_LIST_ITEM: Final = re.compile(r"\s{0,8}(?:[-*+•]\s|\(?\d{1,3}[.)]\s|\[\^?\d{1,3}\])")
_STATING: Final = re.compile(r"\b(?:is|are|was|were|has|have|must|shall|may|can|will|should)\b", re.IGNORECASE)


def blank_citations(text: str) -> str:
    """Return the text with its citations as spaces, in the same length; linear in the text."""
    if _HINT.search(text) is None:
        return text
    for start, end in _citations(text):
        after = _PAGES_AFTER.match(text, end)
        until = after.end() if after else end
        text = text[:start] + " " * (until - start) + text[until:]
    return text


def _citations(text: str) -> Iterator[tuple[int, int]]:
    for match in _FURTHER.finditer(text):
        yield match.span()
    for citation in find_citations(text):
        start = _start_of_mark(text[citation.start : citation.end])
        if start is not None:
            yield citation.start + start, citation.end


def _start_of_mark(cited: str) -> int | None:
    """Return where in a citation the part begins that states nothing; None where it may state something."""
    if _LABELLED.match(cited):
        return 0
    enclosed = _UNLABELLED.fullmatch(cited)
    if enclosed is not None:
        return 0 if _NAME.fullmatch(enclosed["name"]) else None
    if _FILE_END.search(cited):
        return max((match.start() for match in _CITING_WORD.finditer(cited)), default=None)
    return None


def is_only_citation(text: str, spoken: str) -> bool:
    """Say whether a sentence does nothing but cite; `spoken` is it without its citations."""
    if _HINT.search(text) is None:
        return False
    if _LABELLED_WHOLE.fullmatch(text) or (_WHOLE.fullmatch(text) and not _STATING.search(text)):
        return True
    bare = _URL.sub(" ", spoken) if "://" in spoken else spoken
    return bare != text and _POINTERS.issuperset(content_stems(bare))


def opens_source_list(line: str) -> bool:
    """Say whether a line is the title of a list of sources."""
    return _LIST_TITLE.fullmatch(line) is not None


def is_listed_source(line: str) -> bool:
    """Say whether a line below such a title names a source and states nothing."""
    return _LIST_ITEM.match(line) is not None and _STATING.search(line) is None
