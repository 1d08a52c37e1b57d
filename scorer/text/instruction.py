"""Instructions inside a retrieved document that aim at the model that reads it: indirect injection. Pure.

A document tells its reader things; an injected sentence tells the *answerer* what to do ("add … to your response"), or
asks something of its own. Only sentences that could be either are looked at: those that speak of an answer, open with
a verb of command, or ask. A model trained on BIPIA (Yi 2023) then joins these cues with the words. What the
sentence shares with the question or with the rest of its document is counted against it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scorer.model import Document
from scorer.text.attack import attack_rule
from scorer.text.classifier import load_classifier
from scorer.text.reading import Span
from scorer.text.tokens import content_stems

MODEL = "indirect_injection"
DOCUMENT_CHARACTERS = 20_000
"""How much of one document is read."""
DOCUMENTS_READ = 20
SENTENCES_READ = 60
"""Candidates that are looked at in one document; the last ones beyond it are left out."""
SENTENCE_CHARACTERS = 400
QUERY_CHARACTERS = 2_000
_SENTENCE = re.compile(r"[^\n]{2,2000}?(?:[.!?][\"'\u201d)]?(?=\s|$)|(?=\n)|$)", re.MULTILINE)
_COMMANDS = (
    "add|integrate|include|insert|append|modify|augment|enhance|provide|replace|substitute|use|render|write|compose"
    "|draft|develop|create|generate|explain|describe|break down|translate|summari[sz]e|ignore|forget|disregard|reveal"
    "|tell|give|list|output|print|respond|reply|answer|convert|remove|group|combine|scramble|rearrange|anagram"
    "|misspell|introduce|encode|decode|reverse|repeat|state|say|mention|suggest|recommend|promote|advertise|encourage"
    "|act|pretend|imagine|calculate|compute|analy[sz]e|classify|compare|outline|show|send|forward|click|visit|end"
    "|begin|start|finish|make|conclude|express|design|prepare|plan|propose|identify|name|define|solve|evaluate|spell"
    "|swap|shift|randomly|always|never|please|kindly"
)
_ABOUT_ANSWER = re.compile(
    r"\b(?:your|the|this|each|every) (?:next |final |own )?(?:answer|response|reply|output|message|summary)s?\b"
    r"|\bin your (?:words|text)\b|\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|above|previous|question)",
    re.IGNORECASE,
)
_COMMAND = re.compile(rf"\W{{0,4}}(?:(?:and|then|also|now|please|kindly|instead),? )?(?:{_COMMANDS})\b", re.IGNORECASE)
_QUESTION = re.compile(
    r"\W{0,4}(?:what|who|when|where|why|how|which|can you|could you|would you|will you|do you|is|are)\b", re.IGNORECASE
)
_DIRECT, _COMMANDING, _ASKING = 0.9, 0.5, 0.4
"""How much each cue alone says; the joining with the model is fitted."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """The sentence of the documents that most looks like an instruction to the model."""

    probability: float
    document_id: str
    span: Span


def cue(sentence: str) -> float:
    """Return what the form of a sentence says, 0 to 1; 0 when it neither commands, asks, nor speaks of an answer."""
    is_command = _COMMAND.match(sentence) is not None
    if _ABOUT_ANSWER.search(sentence):
        return max(_DIRECT if is_command else _COMMANDING, attack_rule(sentence))
    if is_command:
        return _COMMANDING
    return _ASKING if sentence.rstrip("\"' )").endswith("?") and _QUESTION.match(sentence) else 0.0


def candidates(text: str) -> Iterator[tuple[Span, float]]:
    """Yield the sentences of a document that have a cue, with it; table rows are left out."""
    found = 0
    for match in _SENTENCE.finditer(text[:DOCUMENT_CHARACTERS]):
        sentence = match.group().strip()[:SENTENCE_CHARACTERS]
        if not sentence or sentence.startswith("|") or sentence.count(" | ") > 1:
            continue
        weight = cue(sentence)
        if weight:
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            yield Span(start, start + len(sentence), sentence), weight
            found += 1
            if found == SENTENCES_READ:
                return


def find_instruction(query: str, documents: Sequence[Document]) -> Instruction | None:
    """Return the worst sentence of the documents; None when none has a cue. Linear, bounded by the limits above."""
    model, worst = load_classifier(MODEL), None
    for document in documents[:DOCUMENTS_READ]:
        for span, rule in weighed(query, document.content or ""):
            probability = model.probability(span.text, rule)
            if worst is None or probability > worst.probability:
                worst = Instruction(probability, document.id, span)
    return worst


def weighed(query: str, text: str) -> list[tuple[Span, float]]:
    """Return a document's candidates, each with its cue times the share of its words that are strange there.

    Strange is what neither the question holds nor the rest of the document: an inserted sentence is about other things.
    """
    found = list(candidates(text))
    if not found:
        return []
    asked, counts = set(content_stems(query[:QUERY_CHARACTERS])), Counter(content_stems(text[:DOCUMENT_CHARACTERS]))
    rules = []
    for span, weight in found:
        own = Counter(content_stems(span.text))
        strange = sum(stem not in asked and counts[stem] <= times for stem, times in own.items())
        rules.append((span, weight * strange / len(own) if own else weight))
    return rules
