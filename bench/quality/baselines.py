"""What an engine has to beat: saying yes to everything, and two overlap measures."""

import re

from bench.quality.data import Item

_WORD = re.compile(r"\w+")


def always_supported(item: Item) -> float:
    """Call every answer supported."""
    return 0.0


def unigram_novelty(item: Item) -> float:
    """Return 1 - unigram precision: the share of the answer's words that no document holds."""
    answer, documents = _words(item)
    known = set(documents)
    return sum(word not in known for word in answer) / len(answer) if answer else 0.0


def rouge_l_novelty(item: Item) -> float:
    """Return 1 - ROUGE-L precision (Lin 2004): longest common subsequence over the answer's length."""
    answer, documents = _words(item)
    return 1.0 - _common_subsequence(documents, answer) / len(answer) if answer else 0.0


def _words(item: Item) -> tuple[list[str], list[str]]:
    text = " ".join(document.content or "" for document in item.documents)
    return _WORD.findall(item.response.lower()), _WORD.findall(text.lower())


def _common_subsequence(one: list[str], other: list[str]) -> int:
    """Return the length of the longest common subsequence, bit-parallel (Hyyrö 2004)."""
    masks: dict[str, int] = {}
    for place, word in enumerate(other):
        masks[word] = masks.get(word, 0) | 1 << place
    everything = (1 << len(other)) - 1
    state = everything
    for word in one:
        hit = state & masks.get(word, 0)
        state = ((state + hit) | (state - hit)) & everything
    return len(other) - state.bit_count()
