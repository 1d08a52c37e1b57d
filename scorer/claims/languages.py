"""Whether a claim and its documents are in languages that can be compared word by word. Pure.

English in full. Languages of India by exact facts and the words of their scripts, without stems: matching there is
stricter, since inflected forms count as different words. Any other language, and an answer in another language than
its documents, by exact facts alone.
"""

import re
from collections.abc import Sequence
from typing import Final

from scorer.model import Document
from scorer.text.reading import DETECTED_CHARACTERS, detect_language, is_english

SUPPORTED: Final = frozenset("en hi mr ne bn as ta te kn ml gu pa or ur sa".split())  # noqa: SIM905 - words read best as words
"""ISO 639-1 codes whose words are compared."""

# First code points of the Unicode blocks of the scripts, with the languages written in them.
_SCRIPTS: Final = (
    (0x0900, 0x097F, "devanagari"), (0x0980, 0x09FF, "bengali"), (0x0A00, 0x0A7F, "gurmukhi"),
    (0x0A80, 0x0AFF, "gujarati"), (0x0B00, 0x0B7F, "oriya"), (0x0B80, 0x0BFF, "tamil"), (0x0C00, 0x0C7F, "telugu"),
    (0x0C80, 0x0CFF, "kannada"), (0x0D00, 0x0D7F, "malayalam"), (0x0600, 0x06FF, "arabic"),
    (0x0400, 0x04FF, "cyrillic"),
    (0x0370, 0x03FF, "greek"), (0x0590, 0x05FF, "hebrew"), (0x0E00, 0x0E7F, "thai"), (0x3040, 0x30FF, "kana"),
    (0x3400, 0x9FFF, "han"), (0xAC00, 0xD7AF, "hangul"),
)  # fmt: skip
_SCRIPT_LANGUAGES: Final = {
    "devanagari": "hi", "bengali": "bn", "gurmukhi": "pa", "gujarati": "gu", "oriya": "or", "tamil": "ta",
    "telugu": "te", "kannada": "kn", "malayalam": "ml",
}  # fmt: skip
_NON_LATIN: Final = re.compile(r"[\u0370-\u1cff\u2c00-\uffff\U00010000-\U0010ffff]")
_SAMPLED_DOCUMENTS: Final = 5


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of a text; None when it cannot be told. Indic scripts stand for their main language."""
    sample = text[:DETECTED_CHARACTERS]
    script = _script(sample)
    if script != "latin":
        return _SCRIPT_LANGUAGES.get(script) or detect_language(sample)
    return "en" if is_english(sample) else detect_language(sample)


def is_latin(text: str) -> bool:
    """Return whether most letters of a text are of the Latin script; a text without letters is."""
    return _script(text) == "latin"


def _script(sample: str) -> str:
    if sample.isascii():
        return "latin"
    letters = _NON_LATIN.findall(sample)
    if not letters or 2 * len(letters) < sum(map(str.isalpha, sample)):
        return "latin"
    counts: dict[str, int] = {}
    for letter in letters:
        code = ord(letter)
        name = next((name for low, high, name in _SCRIPTS if low <= code <= high), "other")
        counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: (counts[name], name), default="latin")


def why_incomparable(response: str, documents: Sequence[Document]) -> str | None:
    """Return why the answer's words cannot be held against the documents' words; None when they can.

    A text too short to tell its language takes the other side's.
    """
    answered = language_of(response)
    if answered is not None and answered not in SUPPORTED:
        return f"the answer's language ({answered}) is not supported: only exact facts were compared"
    sample = " ".join((one.content or "")[:DETECTED_CHARACTERS] for one in documents[:_SAMPLED_DOCUMENTS])
    written = language_of(sample)
    if written is not None and written not in SUPPORTED:
        return f"the documents' language ({written}) is not supported: only exact facts were compared"
    if answered is None or written is None:
        is_same = _script(response) == _script(sample) or not any(map(str.isalpha, response))
    else:
        is_same = answered == written or _script(response) == _script(sample) != "latin"
    return (
        None if is_same else "the answer and the documents are in different languages: only exact facts were compared"
    )
