"""Undoes the tricks that hide words from a reader of words: look-alike letters, invisible ones, leetspeak. Pure.

Only for *matching*: the result has other offsets than the text, so evidence is never cut from it.
"""

import re
import unicodedata

_HOMOGLYPHS = str.maketrans(
    # Cyrillic and Greek letters that print like Latin ones (Unicode Technical Standard 39, confusables)
    dict(zip("абвеікмнорстухѕјԁԛԝАВЕІКМНОРСТУХЅЈαορτυνικ", "abveikmhopctyxsjdqwABEIKMHOPCTYXSJaoptuvik", strict=True))
)
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'})
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
# A run of letters and signs that begins with a letter; plain words, the most of a text, are not even matched.
_MIXED_WORD = re.compile(r"(?<![A-Za-z0-9@$!])[A-Za-z]+[0-9@$!][A-Za-z0-9@$!]*")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SPACE = re.compile(r"\s+")
ARTICLE_LETTERS = 3
"""Of a word apart that may begin with an article of its own, at most."""
_SPACED_WORD = re.compile(r"(?<![\w'])(?:[^\W\d_] ){2,}[^\W\d_](?![\w'])")


def plain_quotes(text: str) -> str:
    """Return the text with typographic quotes made plain; keeps every offset."""
    return text.translate(_QUOTES)


def normalise(text: str) -> str:
    """Return the text for matching: NFKC, invisible characters removed, look-alikes made Latin, case folded.

    Look-alikes are replaced only in a text that is mainly Latin, so that Russian and Greek stay what they are.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_QUOTES)
    if not plain.isascii() and _is_mainly_latin(plain):
        plain = plain.translate(_HOMOGLYPHS)
    return _SPACE.sub(" ", plain).strip().casefold()


def undo_leetspeak(text: str) -> str:
    """Return the text with digits and signs inside words read as the letters they stand for (`h4ck` → `hack`)."""
    return _MIXED_WORD.sub(lambda match: _plain_word(match.group()), text)


def join_spaced_letters(text: str) -> str:
    """Return the text with words whose letters stand apart put together (`k i l l` → `kill`), from three letters on.

    An *a* before four letters and more is taken for the article, unless `s` stands twice behind it.
    """
    return _SPACED_WORD.sub(_joined, text)


def _joined(match: re.Match[str]) -> str:
    word = match.group().replace(" ", "")
    is_article = word[0] in "aA" and len(word) > ARTICLE_LETTERS and not word.casefold().startswith("ass")
    return f"{word[0]} {word[1:]}" if is_article else word


def _plain_word(word: str) -> str:
    letters = sum(character.isalpha() for character in word)
    # "2nd", "8a" and "covid19" are ordinary; a word of leetspeak is mostly letters with signs between them.
    if letters * 2 < len(word) or word.isalpha() or not word[0].isalpha() or word.rstrip("0123456789!").isalpha():
        return word
    return word.translate(_LEET)


def _is_mainly_latin(text: str) -> bool:
    latin = sum(character.isascii() and character.isalpha() for character in text)
    return latin * 2 > sum(character.isalpha() for character in text)
