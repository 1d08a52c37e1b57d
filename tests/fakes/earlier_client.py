"""A client in the shape of the earlier service's Python SDK: strict models, one exception for each kind of answer.

Written against that shape alone; it knows nothing of this service. Every one of the nine scores is a number to it.
"""

from datetime import datetime
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field

Score = float


class ServiceError(Exception):
    """Any answer that is no success; `detail` is what the service said."""

    def __init__(self, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class BadRequestError(ServiceError):
    """400."""


class AuthenticationError(ServiceError):
    """401."""


class RateLimitError(ServiceError):
    """429."""


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Dimensions(Strict):
    bias_fairness: Score = Field(ge=0, le=100)
    data_grounding: Score = Field(ge=0, le=100)
    explainability: Score = Field(ge=0, le=100)
    ethical_alignment: Score = Field(ge=0, le=100)
    human_control: Score = Field(ge=0, le=100)
    legal_compliance: Score = Field(ge=0, le=100)
    security: Score = Field(ge=0, le=100)
    response_quality: Score = Field(ge=0, le=100)
    environmental_cost: Score = Field(ge=0, le=100)


class Verification(Strict):
    total_claims: int
    verified_claims: int
    hallucinated_claims: int


class Evaluation(Strict):
    session_id: str
    service_id: str
    query: str
    response: str
    overall_score: Score = Field(ge=0, le=100)
    dimensions: Dimensions
    verification: Verification
    flagged: bool
    flag_reasons: list[str]
    timestamp: datetime = Field(strict=False)


class Health(Strict):
    status: str
    version: str


class Stats(Strict):
    service_id: str
    total_sessions: int
    avg_score: float
    flagged_count: int
    flagged_percentage: float
    dimension_averages: Dimensions


class EarlierClient:
    """The three calls."""

    def __init__(self, client: httpx.AsyncClient, base_url: str, key: str | None = None) -> None:
        self._client = client
        self._url = base_url
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    async def evaluate(self, query: str, response: str, **more: Any) -> Evaluation:
        body = {"query": query, "response": response, **more}
        return Evaluation.model_validate(await self._call("POST", "/v1/evaluate", body))

    async def health(self) -> Health:
        return Health.model_validate(await self._call("GET", "/health"))

    async def stats(self, service_id: str) -> Stats:
        return Stats.model_validate(await self._call("GET", f"/v1/services/{service_id}/stats"))

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = await self._client.request(method, self._url + path, json=body, headers=self._headers)
        if answer.is_success:
            return answer.json()
        errors = {400: BadRequestError, 401: AuthenticationError, 429: RateLimitError}
        retry_after = answer.headers.get("Retry-After")
        raise errors.get(answer.status_code, ServiceError)(
            answer.json()["detail"], None if retry_after is None else int(retry_after)
        )
