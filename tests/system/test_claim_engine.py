"""Which claim engine runs, in the real processes: as shipped, and with a model that is damaged."""

import shutil
from pathlib import Path

import pytest

from scorer.claims.model import MODEL_FILE, WEIGHTS_FOLDER
from tests.fakes.product import Product, running_product

pytestmark = pytest.mark.system

EXCHANGE = {
    "query": "When was the library opened?",
    "response": "Thane's library was opened in the nineteen-twenties by the mayor.",
    "rag_documents": [{"id": "a", "content": "The library of Thane was opened in 1923 by the mayor."}],
}


async def ask(product: Product) -> str:
    """Return the reason of the only claim."""
    answer = await product.client.post(f"{product.admin_url}/v1/evaluate", json=EXCHANGE, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["claims"][0]["reason"])


async def test_shipped_model_is_asked_and_the_metric_says_so(tmp_path: Path) -> None:
    async with running_product(tmp_path, None) as product:
        reason = await ask(product)
        metrics = await product.metrics()

    assert "model" in reason
    assert 'endurance_claim_engine_info{engine="default"} 1.0' in metrics


async def test_damaged_model_is_told_once_and_words_alone_are_compared(tmp_path: Path) -> None:
    weights = Path(shutil.copytree(WEIGHTS_FOLDER, tmp_path / "weights"))
    (weights / MODEL_FILE).write_bytes(b"cut short")

    async with running_product(tmp_path, None, environment={"ENDURANCE_CLAIMS_MODEL_DIR": str(weights)}) as product:
        reason = await ask(product)
        metrics = await product.metrics()
        log = product.program.log()

    assert "model" not in reason
    assert 'endurance_claim_engine_info{engine="lexical"} 1.0' in metrics
    assert log.count("model.onnx in") == log.count("is damaged") == 1
