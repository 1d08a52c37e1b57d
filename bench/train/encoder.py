"""A small BERT encoder in PyTorch, with three classes on top: what is trained, and what is written as ONNX.

The layout is that of BERT (Devlin and others 2019, arXiv:1810.04805), and the starting weights load by their published
names. Written out here since it needs no more than this, and since a plain graph is what quantises well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

CLASSES = ("supported", "contradicted", "not found")


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder."""

    vocabulary: int
    width: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1536
    positions: int = 512


class Layer(nn.Module):
    """Self-attention and two dense layers, each added and normalised (post-norm, as in BERT)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.query = nn.Linear(shape.width, shape.width)
        self.key_value = nn.Linear(shape.width, 2 * shape.width)
        self.output = nn.Linear(shape.width, shape.width)
        self.output_norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.inner = nn.Linear(shape.width, shape.inner)
        self.outer = nn.Linear(shape.inner, shape.width)
        self.outer_norm = nn.LayerNorm(shape.width, eps=1e-12)

    def forward(self, hidden: Tensor, bias: Tensor | None, asking: int | None = None) -> Tensor:
        """Return the next hidden states, (batch, length, width); `bias` is added to the attention's logits.

        With `asking` only so many first places are computed: the last layer's others are read by nobody.
        """
        first = hidden if asking is None else hidden[:, :asking]
        key, value = self.key_value(hidden).chunk(2, dim=-1)
        heads = [self._apart(part) for part in (self.query(first), key, value)]
        mixed = functional.scaled_dot_product_attention(*heads, attn_mask=bias)
        mixed = self.output(mixed.transpose(1, 2).reshape(first.shape))
        first = self.output_norm(first + mixed)
        return self.outer_norm(first + self.outer(functional.gelu(self.inner(first))))

    def _apart(self, part: Tensor) -> Tensor:
        batch, length, width = part.shape
        return part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)


class CrossEncoder(nn.Module):
    """Claim and evidence in one sequence, three log-odds out."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.words = nn.Embedding(shape.vocabulary, shape.width)
        self.positions = nn.Embedding(shape.positions, shape.width)
        self.types = nn.Embedding(2, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.pool = nn.Linear(shape.width, shape.width)
        self.classes = nn.Linear(shape.width, len(CLASSES))
        nn.init.normal_(self.pool.weight, std=0.02)
        nn.init.zeros_(self.pool.bias)
        nn.init.normal_(self.classes.weight, std=0.02)
        nn.init.zeros_(self.classes.bias)

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the logits, (batch, 3). `kinds` is 0 in the claim and 1 in the evidence, `mask` 1 at tokens.

        Without a mask every place is a token: so it is shipped, one pair at a time.
        """
        places = torch.arange(ids.shape[1], device=ids.device)
        hidden = self.norm(self.words(ids) + self.positions(places) + self.types(kinds))
        bias = None if mask is None else ((1.0 - mask.to(hidden.dtype)) * -10000.0)[:, None, None, :]
        for number, layer in enumerate(self.layers, 1):
            hidden = layer(hidden, bias, 1 if number == len(self.layers) else None)
        return self.classes(torch.tanh(self.pool(hidden[:, 0])))


def load_start(model: CrossEncoder, weights: Mapping[str, Tensor]) -> None:
    """Fill the model with the weights of a published BERT; pool and classes keep theirs. Raises KeyError."""
    names = {"words": "word_embeddings", "positions": "position_embeddings", "types": "token_type_embeddings"}
    state = {f"{ours}.weight": weights[f"embeddings.{theirs}.weight"] for ours, theirs in names.items()}
    for end in ("weight", "bias"):
        state[f"norm.{end}"] = weights[f"embeddings.LayerNorm.{end}"]
        for number in range(len(model.layers)):
            at = f"encoder.layer.{number}"
            query, key, value = (weights[f"{at}.attention.self.{name}.{end}"] for name in ("query", "key", "value"))
            state[f"layers.{number}.query.{end}"] = query
            state[f"layers.{number}.key_value.{end}"] = torch.cat([key, value])
            state[f"layers.{number}.output.{end}"] = weights[f"{at}.attention.output.dense.{end}"]
            state[f"layers.{number}.output_norm.{end}"] = weights[f"{at}.attention.output.LayerNorm.{end}"]
            state[f"layers.{number}.inner.{end}"] = weights[f"{at}.intermediate.dense.{end}"]
            state[f"layers.{number}.outer.{end}"] = weights[f"{at}.output.dense.{end}"]
            state[f"layers.{number}.outer_norm.{end}"] = weights[f"{at}.output.LayerNorm.{end}"]
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or {name.split(".")[0] for name in missing} != {"pool", "classes"}:
        raise KeyError(f"expected the weights of a BERT encoder; missing {missing}, unexpected {unexpected}")
