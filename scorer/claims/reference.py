"""Whom a pronoun at the beginning of a sentence stands for, where that is safe to tell. Pure, English, bounded.

*The portal opened in 2007. It takes complaints.* The second sentence speaks of the portal, if the first has one subject
of the pronoun's number and kind and stands just before it in the same paragraph. Whatever is less plain stays as it is:
a wrong subject would make a claim that nobody made.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from scorer.text.stopwords import ENGLISH

SUBJECT_WORDS: Final = 8
"""Words of the longest subject; what is longer is a clause."""
SUBJECT_CHARACTERS: Final = 120
"""Beginning of a sentence in which its subject is looked for."""

VERB: Final = (
    r"(?:is|are|was|were|has|have|had|will|shall|can|may|must|does|did|costs?|requires?|takes?|provides?|applies|began"
    r"|became|received|includes?|spent|paid|made|gave|took|held|rose|fell|won|built|sent|[a-z]{3,}ed)"
)
"""A finite verb, as far as a word by itself tells."""


class Kind(StrEnum):
    """What a pronoun can stand for."""

    THING = "thing"
    PERSON = "person"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a sentence speaks of."""

    text: str
    kinds: frozenset[Kind]
    """The pronouns that may go on speaking of it."""


_PRONOUN: Final = re.compile(r"(?:(it)|(they)|(he|she))\b(?!')", re.IGNORECASE)
# *It is clear that …*, *It rains*: nothing is spoken of.
_EMPTY_IT: Final = re.compile(
    r"it (?:(?:is|was|has been|may be|might be|can be|will be|would be|seems|appears)(?: \w+){0,3} (?:that|to|for|if"
    r"|whether|who|when|how|why)\b|(?:seems|appears|follows|rains|rained|depends|turns out)\b"
    r"|is (?:said|worth|also worth)\b|(?:takes|took) \S+ \w+ to\b|(?:is|was|will be) the \w+ time\b)",
    re.IGNORECASE,
)
_OPENING: Final = re.compile(
    r"(?:(?:in|on|at|by|since|during|after|before|from|under|for|as of|according to)\b[^,.;:]{1,60}"
    r"|however|moreover|also|additionally|furthermore|today|originally|initially|overall|finally|currently),\s",
    re.IGNORECASE,
)
_VERB_WORD: Final = re.compile(rf"\s(?:(?:also|now|still|only|usually|often|currently)\s)?{VERB}\b")
# *Studies found that cats …*: what follows may go on about either.
_REPORT: Final = re.compile(r"[^.;:]{0,40}?\s(?:that|whether|how)\s")
_PLAIN: Final = re.compile(r"[\w.'\u2019&-]+(?:\s[\w.'\u2019&-]+)*")
_DETERMINERS: Final = frozenset({"the", "a", "an", "this", "that", "its", "their", "his", "her", "our", "your"})
_PLURAL_DETERMINERS: Final = frozenset({"these", "those", "all", "many", "several", "both", "some", "few", "most"})
_INSIDE: Final = frozenset(
    {"of", "for", "in", "on", "at", "to", "from", "by", "with", "under", "de", "and", "the", "a"}
)
_NOBODY: Final = frozenset(
    "anyone everyone someone nobody anybody everybody somebody anything everything something nothing none no yes one "  # noqa: SIM905 - words read best as words
    "people here there today please not only".split()
)
"""Words in a capital at the beginning that name nobody in particular."""
_OFFICES: Final = frozenset(
    "officer minister applicant citizen secretary president director chairman chairperson governor commissioner judge "  # noqa: SIM905 - words read best as words
    "author king queen emperor actor actress singer player teacher student doctor patient king founder".split()
)


def pronoun_kind(sentence: str) -> Kind | None:
    """Return what the pronoun that a sentence begins with stands for; None where there is none, or an empty *it*."""
    match = _PRONOUN.match(sentence)
    if match is None:
        return None
    if match[1]:
        return None if _EMPTY_IT.match(sentence) else Kind.THING
    return Kind.SEVERAL if match[2] else Kind.PERSON


def put_in_place(subject: str, sentence: str) -> str:
    """Return the sentence with the subject in place of the pronoun that it begins with."""
    match = _PRONOUN.match(sentence)
    return sentence if match is None else subject + sentence[match.end() :]


def find_subject(sentence: str) -> Subject | None:
    """Return the subject of a sentence: what stands before its first verb; None where that is not plain."""
    start = sentence[: 2 * SUBJECT_CHARACTERS]
    opening = _OPENING.match(start)
    start = start[opening.end() if opening else 0 :][:SUBJECT_CHARACTERS]
    verb = _VERB_WORD.search(start)
    if verb is None or not _PLAIN.fullmatch(start, 0, verb.start()) or _REPORT.match(start, verb.start()):
        return None
    text = start[: verb.start()]
    words = text.split()
    if len(words) > SUBJECT_WORDS or not _is_noun_phrase(words):
        return None
    return Subject(text, _kinds(words))


def _is_noun_phrase(words: list[str]) -> bool:
    first = words[0].lower()
    is_named = words[0][0].isupper() and first not in ENGLISH | _NOBODY
    is_determined = first in _DETERMINERS | _PLURAL_DETERMINERS and len(words) > 1
    return (is_named or is_determined) and words[-1].lower() not in ENGLISH and words[-1][0].isalnum()


def _kinds(words: list[str]) -> frozenset[Kind]:
    first = words[0].lower()
    bare = words[1:] if first in _DETERMINERS | _PLURAL_DETERMINERS else words
    inside = next((place for place, word in enumerate(bare) if place and word.lower() in _INSIDE), len(bare))
    head = bare[:inside][-1]
    if first in _PLURAL_DETERMINERS or "and" in map(str.lower, words):
        return frozenset({Kind.SEVERAL})
    is_name = first not in _DETERMINERS and all(word[0].isupper() for word in bare)
    if not is_name and _is_plural(head.lower()):
        return frozenset({Kind.SEVERAL})
    if head.lower() in _OFFICES:
        return frozenset({Kind.PERSON})
    # A name may be a person's or a thing's; which one, only the pronoun tells.
    return frozenset({Kind.THING, Kind.PERSON}) if is_name else frozenset({Kind.THING})


def _is_plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "'s", "\u2019s"))
