"""The application as a whole: HEAD, order of shut-down, and what no route may do."""

from exporters.api.app import ROUTES
from tests.fakes.admin import Admin


async def test_head_answers_as_get_without_a_body_and_a_stream_has_none(admin: Admin) -> None:
    async with admin.client.head("/v1/sessions") as answer:
        assert answer.status == 200
        assert await answer.read() == b""
    async with admin.client.head("/v1/stream") as answer:
        assert answer.status == 405


def test_no_two_routes_share_a_method_and_path() -> None:
    places = [(route.method, route.path) for route in ROUTES]

    assert len(set(places)) == len(places)


async def test_the_page_is_served_at_the_root(admin: Admin) -> None:
    async with admin.client.get("/") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
