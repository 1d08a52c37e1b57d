"""The SQL functions that every connection to the SQLite file has: they seal and open texts.

    sealed(text)         the text as it is kept             opened(kept)       the text
    hidden(terms)        terms as the index keeps them      word_forms(word)   all that may stand for a word there

Without keys they return what they are given.
"""

import sqlite3
from functools import partial

from exporters.store.sealed import TextSealer


def add_functions(connection: sqlite3.Connection, sealer: TextSealer) -> None:
    """Give the connection its functions."""
    connection.create_function("sealed", 1, lambda text: None if text is None else sealer.seal(text))
    connection.create_function("opened", 1, lambda kept: None if kept is None else sealer.open(kept))
    # Of every save: what splits the words and joins them again costs as much as two inserts.
    connection.create_function("hidden", 1, partial(_hidden, sealer) if sealer.is_on else _as_it_is)
    connection.create_function("word_forms", 1, lambda word: " ".join(sealer.forms([word])[0]))


def _hidden(sealer: TextSealer, terms: str) -> str:
    return " ".join(sealer.hide(terms.split(" "))) if terms else ""


def _as_it_is(terms: str) -> str:
    return terms


def word_forms(connection: sqlite3.Connection, word: str) -> list[str]:
    """Return all that may stand for a word in this file's index; words hold no blank."""
    forms: str = connection.execute("SELECT word_forms(?)", (word,)).fetchone()[0]
    return forms.split(" ")
