"""The record, opened for one command beside or without a running engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.settings import Settings
from endurance import app
from exporters.store.base import Store


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Store]:
    """Yield the store that the settings name, and close it after. Raises ConfigurationError."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)  # a shared store's writer id is kept there
    store = app.build_store(settings)
    try:
        await store.open()
        yield store
    finally:
        await store.close()
