"""The judge on real processes: asked over a socket about what is doubtful, and about nothing while it is not set."""

from pathlib import Path

import pytest

from tests.fakes.judge_server import JudgeServer, obedient, running_judge
from tests.fakes.product import Product, running_product

pytestmark = pytest.mark.system

DOUBTFUL = "The applicant pays a fee when the request is filed with the ministry."
DOCUMENT = "A fee is paid by whoever files a request with the officer of the district."
BODY = {
    "query": "Who pays the fee?",
    "response": DOUBTFUL,
    "rag_documents": [{"id": "d", "source": "fees.pdf", "content": DOCUMENT}],
}
WIDE = {
    "ENDURANCE_CLAIMS_ENGINE": "lexical",
    "ENDURANCE_JUDGE_UNCERTAIN_BAND": "[0.06, 0.94]",
    "ENDURANCE_JUDGE_RELIABILITY_RATIO": "0.95",
    "ENDURANCE_JUDGE_MODEL": "small",
}


async def evaluated(product: Product) -> dict:
    answer = await product.client.post(f"{product.admin_url}/v1/evaluate", json=BODY)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def told(judge: JudgeServer, tmp_path: Path, **more: str) -> tuple[dict, str]:
    """Return an evaluation of the product with that judge, and its metrics."""
    environment = WIDE | {"ENDURANCE_JUDGE_URL": judge.url} | more
    async with running_product(tmp_path, None, environment=environment) as product:
        return await evaluated(product), await product.metrics()


@pytest.mark.parametrize(("ruling", "verdict"), [("supported", "verified"), ("contradicted", "hallucinated")])
async def test_the_judges_ruling_stands_in_the_stored_claim(tmp_path: Path, ruling: str, verdict: str) -> None:
    key = tmp_path / "key"
    key.write_text("sk-1\n")
    async with running_judge(obedient(ruling, "So it reads.")) as judge:
        session, metrics = await told(judge, tmp_path, ENDURANCE_JUDGE_KEY_FILE=str(key))

    (claim,) = session["claims"]
    assert (claim["text"], claim["verdict"]) == (DOUBTFUL, verdict)
    assert claim["reason"] == f"{ruling}: so the judge (small) reads the passages: So it reads."
    assert judge.quoted(0)["claim"] == DOUBTFUL
    assert judge.keys == ["Bearer sk-1"]
    assert f'endurance_judge_questions_total{{outcome="{ruling}"}} 1.0' in metrics
    assert "endurance_judge_requests_total 1.0" in metrics


async def test_a_judge_that_refuses_leaves_the_local_verdict(tmp_path: Path) -> None:
    async with running_judge() as judge:
        judge.statuses = [401]
        session, metrics = await told(judge, tmp_path)

    reason = session["claims"][0]["reason"]
    assert reason.endswith("; the judge failed, so this is the local verdict: it answered HTTP 401")
    assert 'endurance_judge_questions_total{outcome="refused"} 1.0' in metrics


async def test_nothing_leaves_while_no_judge_is_set(tmp_path: Path) -> None:
    async with (
        running_judge() as judge,
        running_product(tmp_path, None, environment=WIDE) as product,
    ):
        session = await evaluated(product)

    assert judge.requests == []
    assert "judge" not in session["claims"][0]["reason"]
