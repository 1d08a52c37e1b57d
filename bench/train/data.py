"""Labelled texts for each shipped model, from the development files. What may only be measured on is never returned.

Groups are what must not be on both sides of a split: the prompt, the template, the attack's kind. Licences of the
sources stand in `docs/models.md`; everything from AlpacaEval (CC BY-NC) is left out here.
"""

import json
import re
from collections import defaultdict
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from bench.train import frames, written
from bench.train.fit import Example
from scorer.model import Document
from scorer.text.abuse import abuse_rule, mask_groups, mentions_group
from scorer.text.attack import attack_rule
from scorer.text.hazard import harm_input
from scorer.text.instruction import weighed
from scorer.text.normalise import normalise
from scorer.text.reading import OPENING_CHARACTERS, Reading
from scorer.text.refusal import refusal_rule
from scorer.text.sentences import split_sentences

Row = dict[str, Any]
NON_COMMERCIAL = "AlpacaEval"
SAFE_TYPES = ("homonyms", "definitions", "safe_targets", "figurative_language", "historical_events", "privacy_public")
FRAME_WEIGHT = 0.3
"""Of a sentence made of a frame; one that people wrote weighs 0.5 to 2."""
MENTION_WEIGHT = 0.2
SHINGLE_WORDS = 6
SAME_PROMPT_RATIO = 0.25
"""Prompts that share this part of their word runs are versions of one."""


def read_rows(folder: Path, name: str) -> list[Row]:
    """Return the rows of one file that weights may be trained on."""
    lines = (folder / f"{name}.jsonl").read_text("utf-8").split("\n")
    return [row for line in lines if line and NON_COMMERCIAL not in (row := json.loads(line))["dataset"]]


def opening(text: str) -> str:
    """Return the part of an answer that a refusal is read from."""
    return text.strip()[:OPENING_CHARACTERS]


def _plain_answers(folder: Path) -> list[Row]:
    """Ordinary statements: offices' and synthetic ones, none of them a refusal."""
    names = ("security_pii_india_synth", "security_pii_presidio", "security_secrets_synth")
    return [row for name in names for row in read_rows(folder, name)[:120]]


def _office_sentences() -> list[str]:
    """Short statements of the example chatbot's documents, but for the one about refusals."""
    folder = resources.files("endurance.demo") / "documents"
    texts = [
        one.read_text("utf-8")
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if "refusals" not in one.name
    ]
    return sorted({s.text for text in texts for s in split_sentences(text) if s.text.endswith(".")})


def refusal_examples(folder: Path) -> list[Example]:
    """XSTest completions by prompt, refusal notices, and ordinary statements."""
    found = [
        Example(opening(row["response"]), bool(row["label"]), f"xs-{row['query']}", _refusal(row), row["dataset"])
        for row in read_rows(folder, "response_quality_refusal_xstest")
    ]
    for n, row in enumerate(read_rows(folder, "legal_refusal_notice_synth")[:60]):
        found.append(Example(opening(row["response"]), True, f"notice-{n % 10}", _refusal(row), "notices"))
    for texts, is_refusal in ((written.REFUSALS, True), (written.STATEMENTS, False)):
        found += [Example(t, is_refusal, t, refusal_rule(Reading(t)).probability, "written", 0.5) for t in texts]
    found += [
        Example(t, False, t, refusal_rule(Reading(t)).probability, "office sentences", 0.5) for t in _office_sentences()
    ]
    for n, row in enumerate(_plain_answers(folder)):
        found.append(Example(opening(row["response"]), False, f"plain-{n % 40}", _refusal(row), "statements", 0.5))
    return found


def _refusal(row: Row) -> float:
    return refusal_rule(Reading(opening(row["response"]))).probability


def injection_examples(folder: Path) -> list[Example]:
    """Jailbreak prompts against benign ones: role-play, trigger words, tasks, and requests that are merely harmful."""
    rows = [row for name in ("security_prompt_injection_length_matched", "security_prompt_injection_wild",
                             "security_notinject_one") for row in read_rows(folder, name)]  # fmt: skip
    by_text = {row["query"]: row for row in rows}
    groups = group_versions(list(by_text))
    found = [
        Example(text, bool(row["label"]), f"p-{group}", attack_rule(text), row["dataset"])
        for (text, row), group in zip(by_text.items(), groups, strict=True)
    ]
    others = ("ethical_harmful_request_xstest", "ethical_harmful_response_jbb", "bias_bbq_age_nationality",
              "security_indirect_injection_bipia_train", "legal_refusal_notice_synth")  # fmt: skip
    for name in others:
        texts = sorted({row["query"] for row in read_rows(folder, name)})[:120]
        found += [
            Example(text, False, f"{name}-{n % 20}", attack_rule(text), name, 0.5) for n, text in enumerate(texts)
        ]
    return found


def group_versions(texts: list[str]) -> list[int]:
    """Return a group for each text; versions of one prompt share theirs."""
    parent, index = list(range(len(texts))), defaultdict(list)

    def root(n: int) -> int:
        while parent[n] != n:
            n = parent[n]
        return n

    runs = [_word_runs(text) for text in texts]
    for n, own in enumerate(runs):
        shared: dict[int, int] = defaultdict(int)
        for run in own:
            for other in index[run]:
                shared[other] += 1
            index[run].append(n)
        for other, count in shared.items():
            if count >= SAME_PROMPT_RATIO * min(len(own), len(runs[other])):
                parent[root(n)] = root(other)
    return [root(n) for n in range(len(texts))]


def _word_runs(text: str) -> set[str]:
    words = normalise(text).split()
    return {" ".join(words[i : i + SHINGLE_WORDS]) for i in range(max(1, len(words) - SHINGLE_WORDS + 1))}


def hate_examples(folder: Path) -> list[Example]:
    """Sentences about groups, groups masked: HateCheck by template, ToxiGen by group, madlibs by adjective, tweets."""
    found = []
    for row in read_rows(folder, "ethical_toxicity_hatecheck"):
        masked = mask_groups(row["response"])
        found.append(_abusive(row, f"hc-{normalise(masked)}", 2.0))
    found += [
        _abusive(row, "tg-" + re.sub(r"^(?:hate|neutral)_|_sentences$", "", row["note"]), 1.0)
        for row in read_rows(folder, "bias_disparagement_toxigen")
    ]
    found += [
        _abusive(row, f"ml-{row['response'].split()[-2]}", 0.5) for row in read_rows(folder, "bias_identity_madlibs")
    ]
    for n, row in enumerate(read_rows(folder, "ethical_toxicity_davidson")):
        found.append(_abusive(row, f"dv-{n % 40}", 0.5))
    for texts, label in ((written.OF_GROUPS, 0), (written.ABUSIVE, 1)):
        found += [_abusive({"response": text, "label": label, "dataset": "written"}, text, 2.0) for text in texts]
    for made, is_demeaning in ((frames.DEMEANING, True), (frames.INNOCENT, False)):
        for text, frame in frames.sentences(made):
            found.append(_abusive({"response": text, "label": is_demeaning, "dataset": "frames"}, frame, FRAME_WEIGHT))
    found += _mentions(folder)
    for n, row in enumerate(_plain_answers(folder)):
        found.append(Example(mask_groups(row["response"][:400]), False, f"plain-{n % 40}", 0.0, "statements", 0.5))
    return found


def _mentions(folder: Path) -> list[Example]:
    """Sentences of articles and harmless answers that name a group: most of what is said of groups is no abuse."""
    texts = [(f"article-{n}", row["response"]) for n, row in
             enumerate(read_rows(folder, "explainability_readability_onestop"))]  # fmt: skip
    texts += [(f"xs-{row['query']}", row["response"]) for row in read_rows(folder, "response_quality_refusal_xstest")
              if _is_harmless(row)]  # fmt: skip
    found = {}
    for group, text in texts:
        for sentence in split_sentences(text):
            if mentions_group(Reading(sentence.text)):
                row = {"response": sentence.text, "label": 0, "dataset": "mentions"}
                found.setdefault(sentence.text, _abusive(row, group, MENTION_WEIGHT))
    return list(found.values())


def _is_harmless(row: Row) -> bool:
    """Whether an answer to an XSTest prompt refuses, or answers a harmless one."""
    return bool(row["label"]) or row["note"].split("type ")[-1] in SAFE_TYPES


def _abusive(row: Row, group: str, weight: float) -> Example:
    text = row["response"]
    return Example(mask_groups(text), bool(row["label"]), group, abuse_rule(Reading(text)), row["dataset"], weight)


def harmful_answer_examples(folder: Path) -> list[Example]:
    """Answers to harmful requests by request, and answers to ordinary ones; request and answer are read together."""
    found = [_answer(row, bool(row["label"]), 1.0) for row in read_rows(folder, "ethical_harmful_response_jbb")]
    found += [
        _answer(row, False, 0.7) for row in read_rows(folder, "response_quality_refusal_xstest") if _is_harmless(row)
    ]
    for asked, helped in zip(written.HARM_ASKED, written.HELPED, strict=True):
        answers = ((helped, True, 2.0), *((refused, False, 0.4) for refused in written.REFUSED_HARM))
        for response, is_harmful, weight in answers:
            row = {"query": asked, "response": response, "dataset": "written"}
            found.append(_answer(row, is_harmful, weight))
    for n, row in enumerate(_plain_answers(folder)):
        ordinary = {**row, "query": "", "dataset": "statements"}
        found.append(replace(_answer(ordinary, False, 0.5), group=f"plain-{n % 40}"))
    return found


def _answer(row: Row, is_harmful: bool, weight: float) -> Example:
    text, rule = harm_input(row["query"], Reading(row["response"]), _refusal(row))
    return Example(text, is_harmful, f"request-{row['query']}", rule, row["dataset"], weight)


def instruction_examples(folder: Path) -> list[Example]:
    """Sentences of documents: the inserted ones by the attack's kind, those of clean documents by document."""
    rows = read_rows(folder, "security_indirect_injection_bipia_train")
    clean = {document_key(row): row for row in rows if not row["label"]}
    found = []
    for key, row in clean.items():
        found += [Example(span.text, False, key, rule, key) for span, rule in weighed(row["query"], _content(row))]
    for row in read_rows(folder, "response_quality_refusal_xstest"):  # advice to people reads like commands
        found += [
            Example(span.text, False, f"xs-{row['query']}", rule, "advice", 0.3)
            for span, rule in weighed(row["query"], row["response"])
        ]
    for n, row in enumerate(read_rows(folder, "explainability_readability_onestop")):  # articles ask, too
        found += [
            Example(span.text, False, f"article-{n}", rule, "articles", 0.3)
            for span, rule in weighed("What is the article about?", row["response"])
        ]
    for row in rows:
        if row["label"]:
            base = _content(clean[document_key(row)])
            kind = row["note"].removeprefix("attack category ").split(",")[0]
            found += [
                Example(span.text, True, kind, rule, row["id"])
                for span, rule in weighed(row["query"], _content(row))
                if span.text not in base
            ]
    return found


def document_key(row: Row) -> str:
    """Return what a BIPIA document and its attacked versions have in common."""
    return str(row["id"]).rsplit("-", 1)[0]


def _content(row: Row) -> str:
    return Document(id="1", content=row["documents"][0]["content"]).content or ""
