"""The page of the API in a real browser: every operation can be opened, with shape, answers and examples."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from config.api import ApiSettings
from tests.fakes.admin import running_admin
from tests.fakes.browser import open_page

pytestmark = pytest.mark.browser


async def test_every_operation_opens_without_a_word_of_complaint(tmp_path: Path) -> None:
    async with running_admin(tmp_path) as admin, open_page(str(admin.client.make_url("/docs"))) as (page, seen):
        document = await admin.get("/openapi.json")
        number = sum(len(methods) for methods in document["paths"].values())
        operations = page.locator("#operations details")

        await expect(operations).to_have_count(number)
        for place in range(number):
            await operations.nth(place).locator("summary").click()
            await expect(operations.nth(place).locator("h3").last).to_contain_text("default")
        await expect(page.locator("#evaluate")).to_contain_text("Example: with documents")
        await expect(page.locator("#evaluate")).to_contain_text('"service_id": "helpdesk"')
        await expect(page.locator("#export")).to_contain_text("text/csv")
        assert seen.complaints == []
        assert seen.hosts == {f"127.0.0.1:{admin.client.port}"}


async def test_where_a_key_is_asked_for_the_page_asks_for_it(tmp_path: Path) -> None:
    api = ApiSettings.model_validate({"keys": ["right"]})
    async with running_admin(tmp_path, api) as admin, open_page(str(admin.client.make_url("/docs"))) as (page, _):
        await expect(page.locator("#key-form")).to_be_visible()
        await expect(page.locator("#state")).to_contain_text("A key is needed.")
        await page.locator("#key-form input").fill("right")
        await page.keyboard.press("Enter")

        await expect(page.locator("#evaluate summary")).to_contain_text("/v1/evaluate")
