"""The trained claim model: does the evidence support the claim, contradict it, or not speak of it? Bounded, no network.

A small cross-encoder in ONNX with 8-bit weights, run by onnxruntime on one thread. Its data, figures and limits stand
in `docs/models.md`. Only the scoring processes load it: `find_fault` looks at the files without the libraries.

A pair is read by itself, never in a batch: the 8-bit products are scaled by what they are computed together with, so in
a batch one claim's judgement would depend on its neighbours.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

WEIGHTS_FOLDER: Final = Path(__file__).parent / "weights"
"""The model that is shipped."""
MANIFEST: Final = "manifest.json"
MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
LIBRARIES: Final = ("onnxruntime", "tokenizers")
CLASSES: Final = ("supported", "contradicted", "not found")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model says of one claim."""

    logit: float
    """Log-odds that the evidence does not support it, as trained: not calibrated."""
    contradicted_share: float
    """Of the probability of *not supported*, the part that says *contradicted*, 0 to 1."""


class ClaimModelError(Exception):
    """The model's files passed `find_fault`, and still cannot be run here: the installation is broken."""


def find_fault(folder: Path) -> str | None:
    """Return why the model in this folder cannot be used, in words for the operator; None when it can.

    Reads the files once to compare their hashes, about 20 ms.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        return f"the library {missing[0]} is not installed"
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        hashes = {name: str(manifest["files"][name]) for name in (MODEL_FILE, TOKENIZER_FILE)}
        if tuple(manifest["classes"]) != CLASSES:
            return f"the model in {folder} has other classes than {', '.join(CLASSES)}"
        for name, expected in hashes.items():
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != expected:
                return f"{name} in {folder} is damaged: its hash is not the manifest's"
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing in {folder}"
    except OSError as error:
        return f"{folder} cannot be read: {error.strerror}"
    except (ValueError, KeyError, TypeError):
        return f"{MANIFEST} in {folder} is damaged"
    return None


class ClaimModel:
    """A loaded model; about 90 MB."""

    def __init__(self, session: Any, tokenizer: Any, version: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.version = version

    @classmethod
    def load(cls, folder: Path = WEIGHTS_FOLDER) -> "ClaimModel":
        """Return the model of a folder in which `find_fault` finds none. Raises ClaimModelError."""
        # Loaded where they are used: no other process than the scoring ones holds them.
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # The arena keeps the largest buffers it ever used; without it memory stays flat, at the same speed.
        options.enable_cpu_mem_arena = False
        try:
            version = str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["version"])
            session = onnxruntime.InferenceSession(
                str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        except Exception as error:  # both libraries raise classes of their own that share no base but this one
            raise ClaimModelError(f"the claim model in {folder} cannot be loaded: {type(error).__name__}") from error
        return cls(session, tokenizer, version)

    def judge(self, claim: str, evidence: str) -> Opinion:
        """Return the model's opinion of one claim; linear in the text, which the tokenizer cuts at 160 tokens."""
        import numpy as np

        tokens = self._tokenizer.encode(claim, evidence)
        inputs = {
            "ids": np.array([tokens.ids], dtype=np.int64),
            "kinds": np.array([tokens.type_ids], dtype=np.int64),
        }
        logits = [float(one) for one in self._session.run(None, inputs)[0][0]]
        return opinion_of(*logits)


def opinion_of(supported: float, contradicted: float, not_found: float) -> Opinion:
    """Return the opinion that the three logits of the classes give."""
    highest = max(contradicted, not_found)
    against = highest + math.log(math.exp(contradicted - highest) + math.exp(not_found - highest))
    return Opinion(logit=against - supported, contradicted_share=math.exp(contradicted - against))
