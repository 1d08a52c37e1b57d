"""The file of results of `endurance evaluate`: one JSON object a line, written as it comes, so that it can be resumed.

{"line": 7, "label": true, "evaluation": {…}}      `label` only where the line had one
{"line": 8, "error": "response: field required"}
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from config.errors import ConfigurationError
from scorer.model import Evaluation
from scorer.trust import Judged


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line, as far as the summary asks."""

    line: int
    is_scored: bool
    is_labelled: bool
    judged: Judged | None
    """What we said beside what a person says; None without a label, or where nothing was checked."""


def outcome_of(line: int, evaluation: Evaluation | None, label: bool | None) -> Outcome:
    """Return the outcome of a line."""
    judged = None
    if evaluation is not None and label is not None and evaluation.verification.risk is not None:
        found = evaluation.verification
        judged = Judged(found.hallucinated_claims > 0, label, found.risk)
    return Outcome(line, evaluation is not None, evaluation is not None and label is not None, judged)


def encode_result(line: int, evaluation: Evaluation | None, label: bool | None, error: str | None) -> bytes:
    """Return one line of the file."""
    labelled: dict[str, object] = {} if label is None else {"label": label}
    told = {"error": error} if evaluation is None else {"evaluation": evaluation.model_dump(mode="json")}
    return orjson.dumps({"line": line, **labelled, **told}) + b"\n"


class ResultFile:
    """Results on disk; each is handed to the system at once, so that a crash loses none of the earlier ones."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        """Open it: new, or behind what an earlier run left. Raises ConfigurationError."""
        if path.exists() and not resume:
            raise ConfigurationError(f"{path} exists: --resume goes on with it, another --output starts anew")
        self._path = path
        try:
            # Evaluations hold questions and answers: nobody else's to read.
            self._stream = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        except OSError as error:
            raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error
        try:
            self.earlier = tuple(self._read())
        except ConfigurationError:
            self._stream.close()
            raise
        """What an earlier run wrote, in order."""

    def _read(self) -> Iterator[Outcome]:
        """Yield the whole lines; a last one that was cut off is taken away, since its line is scored again."""
        end = 0
        for number, text in enumerate(self._stream, start=1):
            if not text.endswith(b"\n"):
                break
            end += len(text)
            try:
                yield _decode(text)
            except (ValueError, KeyError, TypeError) as error:
                raise ConfigurationError(f"{self._path}:{number} is no result of endurance evaluate") from error
        self._stream.seek(end)
        self._stream.truncate()

    def append(self, result: bytes) -> None:
        """Write one line. Raises ConfigurationError when the disk does not take it."""
        try:
            self._stream.write(result)
            self._stream.flush()
        except OSError as error:
            raise ConfigurationError(f"cannot write {self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()


def _decode(text: bytes) -> Outcome:
    """Return the outcome in a line. Raises ValueError, KeyError or TypeError for what `encode_result` never wrote."""
    row = orjson.loads(text)
    line, label = int(row["line"]), row.get("label")
    if "evaluation" not in row:
        return Outcome(line, is_scored=False, is_labelled=False, judged=None)
    found = row["evaluation"]["verification"]
    judged = None
    if label is not None and found["risk"] is not None:
        judged = Judged(int(found["hallucinated_claims"]) > 0, bool(label), float(found["risk"]))
    return Outcome(line, is_scored=True, is_labelled=label is not None, judged=judged)
