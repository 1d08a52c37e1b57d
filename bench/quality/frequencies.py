"""Writes `scorer/text/frequencies.txt`: how common the stems of everyday English are.

    EVAL_DATA=folder python -m bench.quality.frequencies

Counts the sentences of training documents that hold a stem, set by set with equal say, from sets whose licence allows
shipping what is derived from them. Only counts are kept; the development sets are not read.
"""

import gzip
import json
import math
import os
from collections import Counter
from pathlib import Path

from scorer.text.sentences import split_sentences
from scorer.text.tokens import content_stems

SETS = ("fib_xsum", "factcg_doc", "diasumfact_qmsum", "bump", "clinifact", "check_covid", "summedits", "factcheck_gpt",
        "fever_binary", "mnli_binary", "begin_wow", "fm2")  # fmt: skip
DOCUMENTS_PER_SET = 1200
KEPT_STEMS = 4000
TARGET = Path(__file__).resolve().parents[2] / "scorer" / "text" / "frequencies.txt"


def sentence_shares(path: Path) -> dict[str, float]:
    """Return stem → share of the set's sentences that hold it."""
    counts: Counter[str] = Counter()
    sentences = 0
    texts = set()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            texts.add(json.loads(line)["documents"][0]["content"])
            if len(texts) >= DOCUMENTS_PER_SET:
                break
    for text in sorted(texts):
        for sentence in split_sentences(text):
            sentences += 1
            counts.update({stem for stem in content_stems(sentence.text) if not stem[0].isdigit()})
    return {stem: count / sentences for stem, count in counts.items()}


def main() -> None:
    """Write the table: a stem and its rarity, -ln of its mean share of sentences, a line."""
    folder = Path(os.environ["EVAL_DATA"]) / "train"
    total: Counter[str] = Counter()
    for name in SETS:
        total.update(sentence_shares(folder / f"{name}.jsonl.gz"))
    lines = [f"{stem} {-math.log(share / len(SETS)):.2f}" for stem, share in total.most_common(KEPT_STEMS)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(lines)} stems")


if __name__ == "__main__":
    main()
