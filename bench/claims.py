"""Speed of the claim engines on one core: answers of 120 words against 3 documents of 300 words."""

import random
import resource
import time
from collections.abc import Sequence

from scorer.claims.combine import default_engine
from scorer.claims.lexical import LexicalEngine
from scorer.claims.model import ClaimModel
from scorer.model import Capture, Document, Exchange
from scorer.protocols import ClaimEngine

_WORDS = (  # noqa: SIM905 - words read best as words
    "department applicant officer information request appeal section record public authority decision notice period "
    "fee budget road district school hospital scheme report audit tender contract village water supply pension "
    "complaint register file copy inspection payment order rule date grant committee member court hearing reply"
).split()
_JOINTS = "the of in and to for a with by from on is was has under within".split()  # noqa: SIM905 - words read best as words


def _sentence(rng: random.Random, length: int) -> str:
    words = [
        rng.choice(_JOINTS if n % 2 else _WORDS) + (rng.choice(("", "s")) if n % 2 == 0 else "") for n in range(length)
    ]
    words[rng.randrange(length)] = rng.choice((f"Rs. {rng.randint(1, 900)} crore", f"{rng.randint(2, 90)} days", "Rao"))
    return " ".join(words).capitalize() + "."


def _text(rng: random.Random, words: int) -> str:
    return " ".join(_sentence(rng, 15) for _ in range(words // 15))


def _exchange(number: int) -> Exchange:
    rng = random.Random(number)
    documents = tuple(Document(id=f"d{n}", content=_text(rng, 300)) for n in range(3))
    lines = [sentence for document in documents for sentence in (document.content or "").split(". ")]
    answer = ". ".join([*rng.sample(lines, 4), _text(rng, 60)])
    return Exchange(
        session_id=str(number),
        submission_id=str(number),
        service_id="bench",
        query="What does the record say of the payment?",
        response=answer,
        documents=documents,
        capture=Capture(format="evaluate"),
        timestamp="2026-01-01T00:00:00Z",  # type: ignore[arg-type]  # pydantic reads it
    )


def _rate(engine: ClaimEngine, exchanges: Sequence[Exchange]) -> float:
    """Return answers per second of CPU time."""
    engine.check(exchanges[0], exchanges[0].documents or ())
    started = time.process_time()
    for one in exchanges:
        engine.check(one, one.documents or ())
    return len(exchanges) / (time.process_time() - started)


def run(quick: bool) -> dict[str, float]:
    """Return answers per second of CPU time, all texts different, and the peak memory of this process."""
    lexical = LexicalEngine()
    exchanges = [_exchange(number) for number in range(200 if quick else 2000)]
    figures = {"lexical answers per second": _rate(lexical, exchanges)}
    started = time.process_time()
    default = default_engine(ClaimModel.load())
    figures["default: seconds to load"] = time.process_time() - started
    figures["default answers per second"] = _rate(default, exchanges[: 40 if quick else 400])
    claims = [len(lexical.check(one, one.documents or ()).claims) for one in exchanges[:100]]
    figures["claims per answer"] = sum(claims) / len(claims)
    figures["peak memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures
