"""A client of the earlier service against the real product: one setting, and it works."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.fakes.earlier_client import AuthenticationError, BadRequestError, EarlierClient, RateLimitError
from tests.fakes.product import clean_environment, running_product

pytestmark = pytest.mark.system
PASSAGE = "An application under the Act shall be accompanied by a fee of ten rupees."


async def test_the_earlier_client_works_with_neutral_dimensions_and_nothing_else(tmp_path: Path) -> None:
    environment = clean_environment() | {"ENDURANCE_COMPAT_NULL_DIMENSIONS": "neutral"}
    async with running_product(tmp_path, None, environment=environment) as product:
        client = EarlierClient(product.client, product.admin_url)

        grounded = await client.evaluate(
            "What does an application cost?", "An application costs ten rupees.", service_id="desk",
            rag_documents=[{"source": "Rules", "content": PASSAGE, "page": 3, "similarity_score": 0.91}],
        )  # fmt: skip
        bare = await client.evaluate("What does it cost?", "It costs ten rupees.", service_id="desk")

        assert (grounded.service_id, grounded.response) == ("desk", "An application costs ten rupees.")
        assert grounded.verification.verified_claims == 1
        assert bare.verification.verified_claims == 0
        assert bare.dimensions.data_grounding == bare.overall_score  # nothing to hold it against: filled
        stats = await client.stats("desk")
        assert (stats.total_sessions, stats.avg_score) == (2, (grounded.overall_score + bare.overall_score) / 2)
        assert (await client.health()).status == "healthy"


async def test_without_the_setting_the_same_client_says_that_a_score_is_missing(tmp_path: Path) -> None:
    async with running_product(tmp_path, None) as product:
        client = EarlierClient(product.client, product.admin_url)

        with pytest.raises(ValidationError, match=r"dimensions\.data_grounding"):
            await client.evaluate("What does it cost?", "It costs ten rupees.")


async def test_each_kind_of_refusal_is_the_clients_own_exception(tmp_path: Path) -> None:
    environment = clean_environment() | {"ENDURANCE_API_KEYS": "[right]"}
    environment |= {"ENDURANCE_API_RATE_LIMIT_REQUESTS_PER_SECOND": "0.01", "ENDURANCE_API_RATE_LIMIT_BURST": "2"}
    async with running_product(tmp_path, None, environment=environment) as product:
        right = EarlierClient(product.client, product.admin_url, "right")

        with pytest.raises(AuthenticationError, match="expected a key"):
            await EarlierClient(product.client, product.admin_url, "wrong").stats("desk")
        with pytest.raises(BadRequestError, match="query: expected a question"):
            await right.evaluate(" ", "It costs ten rupees.")
        with pytest.raises(BadRequestError, match="preset"):
            await right.evaluate("What does it cost?", "Ten rupees.", preset="nothing")
        with pytest.raises(RateLimitError, match="used up its requests") as caught:
            await right.stats("desk")
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= 100
        assert (await right.health()).status == "healthy"
