"""The identifiers found so far in one evaluation, to be found again wherever they stand. Pure.

A finder needs the words around an identifier; a claim, a passage or a reason may hold it without them. So every text
is searched for what any text gave away: as written, in either case, and without its separators. A reason quotes in
its own ways, digits of a group alone or a passage cut short, and is searched for those as well.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from config.redaction import RedactedType, RedactionMode
from scorer.redact.find import SHORTEST, Found
from scorer.redact.plan import Plan

PIECE = 4
"""Characters of the shortest group with a digit that is taken out of a reason."""
CUT_PREFIX = 5
"""Characters of the shortest beginning that is taken out where a quotation ends in its middle."""
_TRIE_DEPTH = 6
_TRIE_LEAF = 4
_SEPARATORS = re.compile(r"[\W_]+")
_GROUP = re.compile(r"[^\W_]*\d[^\W_]*")
_QUOTE_ENDS = frozenset("\"'”’…)")


@dataclass(frozen=True, slots=True)
class Entry:
    """What an identifier is, and what is done with it."""

    type: RedactedType
    text: str
    """As it was found: what its token is made of, also where only a piece of it stands."""
    mode: RedactionMode


@dataclass(frozen=True)
class Known:
    """Identifiers whose mode is not `off`; every text of an entry is at least `SHORTEST` characters long."""

    entries: frozenset[Entry]

    def __bool__(self) -> bool:
        return bool(self.entries)

    def places(self, text: str, *, is_reason: bool) -> Iterator[tuple[int, int, Entry]]:
        """Yield start, end and entry of every occurrence; they may overlap across the ways of searching."""
        if not self.entries:
            return
        yield from _matches(self._whole, text)
        if is_reason:
            yield from _matches(self._pieces, text)
            yield from self._cut_short(text)

    @cached_property
    def _ordered(self) -> list[Entry]:
        return sorted(self.entries, key=lambda entry: (entry.text, entry.type))

    @cached_property
    def _whole(self) -> "_Search":
        return _Search({writing: entry for entry in self._ordered for writing in _writings(entry.text)})

    @cached_property
    def _pieces(self) -> "_Search":
        found = {group: entry for entry in self._ordered for group in _GROUP.findall(entry.text)}
        return _Search({group: entry for group, entry in found.items() if len(group) >= PIECE})

    def _cut_short(self, text: str) -> Iterator[tuple[int, int, Entry]]:
        """Find beginnings of identifiers where a quotation was cut."""
        for entry in self._ordered:
            head, start = entry.text[:CUT_PREFIX], -1
            while (start := text.find(head, start + 1)) >= 0:
                end = start + CUT_PREFIX
                while end < len(text) and end - start < len(entry.text) and text[end] == entry.text[end - start]:
                    end += 1
                if end == len(text) or text[end] in _QUOTE_ENDS:
                    yield start, end, entry


class _Search:
    """One pattern for many words, without regard to case."""

    def __init__(self, words: dict[str, Entry]) -> None:
        self.entries = {word.lower(): entry for word, entry in words.items()}
        self.fallback = next(iter(words.values()), None)
        self.pattern = re.compile(_alternatives(self.entries), re.IGNORECASE) if words else None


def _matches(search: _Search, text: str) -> Iterator[tuple[int, int, Entry]]:
    if search.pattern is None or search.fallback is None:
        return
    for match in search.pattern.finditer(text):
        # A letter whose lower case is another one's too (the Kelvin sign) matches without being listed.
        yield match.start(), match.end(), search.entries.get(match.group().lower(), search.fallback)


def _writings(text: str) -> set[str]:
    compact = _SEPARATORS.sub("", text)
    # Without its signs an e-mail address is a word like others.
    has_number = len(compact) >= SHORTEST and any(map(str.isdigit, compact))
    return {text, compact} if has_number else {text}


def _alternatives(words: Iterable[str], depth: int = 0) -> str:
    """Return a pattern for the words, the longest first; common beginnings stand once, or ten thousand words would be
    tried at every character."""
    listed = sorted(set(words), key=lambda word: (-len(word), word))
    if len(listed) <= _TRIE_LEAF or depth == _TRIE_DEPTH:
        return "|".join(map(re.escape, listed))
    tails: dict[str, list[str]] = {}
    for word in listed:
        tails.setdefault(word[:1], []).append(word[1:])
    is_end = tails.pop("", None) is not None
    branches = [f"{re.escape(head)}(?:{_alternatives(rest, depth + 1)})" for head, rest in tails.items()]
    return "|".join(branches + [""] * is_end)


def entries_of(found: Iterable[Found], plan: Plan) -> frozenset[Entry]:
    """Return what is to be replaced of what was found."""
    modes = ((one, plan.modes[one.type]) for one in found)
    return frozenset(Entry(one.type, one.text, mode) for one, mode in modes if mode != "off")
