"""Writes the trained claim model as it is shipped: ONNX, 8-bit weights, its tokenizer, a manifest with their hashes.

Weights are kept to 7 bits of the 8: processors without VNNI add products in 16 bits, which whole bytes overflow, and
then the same model would judge differently from machine to machine.
"""

import hashlib
import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from tokenizers import Tokenizer

from bench.train.encoder import CLASSES, CrossEncoder

OPERATORS = 17
"""ONNX operator set: the first with layer normalisation as one operator."""


def export_model(
    model: CrossEncoder, tokenizer: Tokenizer, folder: Path, version: str, trained_on: Sequence[str]
) -> None:
    """Write `model.onnx`, `tokenizer.json` and `manifest.json`; `trained_on` names the sets that the model saw."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        plain, prepared = Path(scratch) / "plain.onnx", Path(scratch) / "prepared.onnx"
        _write_plain(model, plain)
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared, folder / "model.onnx", per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    files = ("model.onnx", "tokenizer.json")
    manifest = {
        "version": version,
        "classes": CLASSES,
        "sets": list(trained_on),
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def _write_plain(model: CrossEncoder, path: Path) -> None:
    model.eval()
    ids = torch.ones((1, 16), dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the plain exporter is deprecated; the new one asks for two more packages
        torch.onnx.export(
            model,
            (ids, torch.zeros_like(ids)),
            str(path),
            input_names=["ids", "kinds"],
            output_names=["logits"],
            dynamic_axes={"ids": {1: "length"}, "kinds": {1: "length"}},
            opset_version=OPERATORS,
            dynamo=False,
        )
