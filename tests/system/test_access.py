"""Access to the real product: a key sees its service, a token has its scopes, everybody else gets nothing."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from endurance.__main__ import main
from tests.fakes.product import Product, clean_environment, running_product
from tests.fakes.provider import AUDIENCE, ISSUER, new_rsa_key, public_jwk, running_provider, sign

pytestmark = pytest.mark.system


def make_key(folder: Path, *arguments: str) -> str:
    """Make a key as an operator would, append its entry to the file, and return it."""
    result = CliRunner().invoke(main, ["key", *arguments])
    with (folder / "keys.yaml").open("a", encoding="utf-8") as file:
        file.write(result.stdout)
    return result.stderr.strip().rpartition(" ")[2]


async def status(product: Product, method: str, path: str, token: str | None = None, body: object = None) -> int:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = await product.client.request(method, product.admin_url + path, headers=headers, json=body)
    return answer.status_code


async def test_keys_of_a_file_and_tokens_of_a_provider_open_what_is_theirs(tmp_path: Path) -> None:
    pusher = make_key(tmp_path, "pusher", "--scope", "ingest", "--service", "desk")
    reader = make_key(tmp_path, "reader", "--scope", "read", "--service", "bank")
    signer, stranger = new_rsa_key(), new_rsa_key()
    async with running_provider(public_jwk(signer, "k1")) as provider:
        oidc = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": provider.url}
        environment = clean_environment() | {
            "ENDURANCE_API_KEYS_FILE": str(tmp_path / "keys.yaml"), "ENDURANCE_API_OIDC": json.dumps(oidc),
        }  # fmt: skip
        async with running_product(tmp_path, None, environment=environment) as product:
            push = {"query": "What does it cost?", "response": "Ten rupees.", "session_id": "case"}

            assert await status(product, "POST", "/v1/evaluate", None, push) == 401
            assert await status(product, "POST", "/v1/evaluate", pusher, push | {"service_id": "bank"}) == 403
            assert await status(product, "POST", "/v1/evaluate", pusher, push | {"service_id": "desk"}) == 200
            assert await status(product, "GET", "/v1/sessions/case", pusher) == 403
            assert await status(product, "GET", "/v1/sessions/case", reader) == 404
            assert await status(product, "GET", "/v1/sessions/case", sign(signer)) == 200
            assert await status(product, "DELETE", "/v1/sessions/case", sign(signer)) == 403
            assert await status(product, "GET", "/v1/sessions/case", sign(stranger)) == 401
            assert await status(product, "GET", "/metrics", reader) == 403
            assert await status(product, "GET", "/metrics", sign(signer)) == 200
            assert await product.program.stop() == 0
        assert provider.fetches == 1
    assert pusher not in product.program.log()
