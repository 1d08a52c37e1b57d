"""The page that shows the document: its own files only, and none of another host."""

import re

from tests.fakes.admin import Admin

FILES = ("/docs", "/docs/docs.css", "/docs/docs.js")


async def test_the_page_and_its_files_are_served_with_a_strict_policy(admin: Admin) -> None:
    types = ["text/html", "text/css", "text/javascript"]

    for path, content_type in zip(FILES, types, strict=True):
        async with admin.client.get(path) as answer:
            assert (answer.status, answer.content_type) == (200, content_type)
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_the_page_asks_no_other_host_and_has_no_inline_code(admin: Admin) -> None:
    texts = [await (await admin.client.get(path)).text() for path in FILES]

    assert re.findall(r"https?://|//[a-z]+\.", "".join(texts)) == []
    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|style=|innerHTML", "".join(texts)) == []


async def test_the_page_names_files_relative_to_itself_that_are_there(admin: Admin) -> None:
    page = await (await admin.client.get("/docs")).text()
    names = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert {"docs/docs.js", "docs/docs.css", "openapi.json"} <= set(names)
    for name in names:
        async with admin.client.get(f"/{name.removeprefix('./')}") as answer:
            assert answer.status == 200, name
