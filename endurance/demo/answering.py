"""How the example chatbot answers: sentences of the retrieved passages, a line each, with its citation. Pure.

It writes no sentence about the subject itself: it quotes, says that it found nothing, or, for the few questions of
`answers.yaml`, is wrong on purpose. Passages are retrieved in the same way for all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import yaml

from endurance.demo.documents import Passage, load_passages
from endurance.demo.retrieval import Hit, Library, terms

_PASSAGE_LIMIT = 3
_SENTENCE_LIMIT = 3
# Among the questions of tests/endurance/demo/test_answering.py those with an answer reach 0.5 and more, those without
# one stay below 0.43.
_COVERAGE_FLOOR = 0.45
_SENTENCE_FLOOR = 0.7
_PASSAGE_FLOOR = 0.5

NOTHING_FOUND = (
    "I cannot answer this, because the documents that I have say nothing about it. "
    "You may put the question in writing to the Public Information Officer of the public authority concerned."
)


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """An answer that is wrong on purpose."""

    question: str
    fault: str
    """What is wrong with it, in a few words."""
    response: str
    truth: str
    """The sentence of a retrieved document that it contradicts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot says, and the passages it retrieved, best first; none when it found nothing."""

    response: str
    passages: tuple[Passage, ...]


def load_wrong_answers() -> tuple[WrongAnswer, ...]:
    """Return the bundled wrong answers, in the order of their file."""
    text = (resources.files("endurance.demo") / "answers.yaml").read_text(encoding="utf-8")
    return tuple(WrongAnswer(**entry) for entry in yaml.safe_load(text))


def _key(question: str) -> str:
    return " ".join(terms(question))


class Bot:
    """The example chatbot without its network."""

    def __init__(self, passages: Sequence[Passage], wrong_answers: Sequence[WrongAnswer]) -> None:
        self._library = Library(passages)
        self._wrong: Mapping[str, WrongAnswer] = {_key(wrong.question): wrong for wrong in wrong_answers}

    def answer(self, question: str) -> Answer:
        """Return the answer to a question; the same question always gets the same one."""
        hits = self._library.search(question, _PASSAGE_LIMIT)
        passages = tuple(hit.passage for hit in hits)
        wrong = self._wrong.get(_key(question))
        if wrong is not None:
            return Answer(wrong.response, passages)
        if not hits or max(hit.coverage_ratio for hit in hits) < _COVERAGE_FLOOR:
            return Answer(NOTHING_FOUND, ())
        return Answer(self._quote(question, hits), passages)

    def _quote(self, question: str, hits: Sequence[Hit]) -> str:
        wanted = terms(question)
        near_hits = [hit for hit in hits if hit.score >= _PASSAGE_FLOOR * hits[0].score]
        rated = [
            (self._library.overlap(wanted, sentence), hit.passage, sentence)
            for hit in near_hits
            for sentence in hit.passage.sentences
        ]
        best = max(overlap for overlap, _, _ in rated)
        near = sorted((entry for entry in rated if entry[0] >= _SENTENCE_FLOOR * best), key=lambda entry: -entry[0])
        chosen = {sentence for _, _, sentence in near[:_SENTENCE_LIMIT]}
        return "\n".join(_cite(sentence, passage) for _, passage, sentence in rated if sentence in chosen)


def _cite(sentence: str, passage: Passage) -> str:
    return f"{sentence} {passage.citation}"


def load_bot() -> Bot:
    """Return the bot over the bundled documents and wrong answers."""
    return Bot(load_passages(), load_wrong_answers())
