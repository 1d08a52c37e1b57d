"""An export in several whole files: what cannot be gone on with in its middle, such as Parquet, is written in parts.

The parts stand in a folder, which is what readers of Parquet take as one table; the manifest stands beside it.
"""

import asyncio
import os
from pathlib import Path
from typing import Final

from exporters.export import Export, Format, Manifest, Part
from exporters.store.base import SessionFilter, Store

PART_SESSIONS: Final = 20_000
"""Sessions of a part: as many are written again after a cut."""


class PartsExport:
    """Writes the parts of one export, and goes on behind those that a manifest names."""

    def __init__(
        self, store: Store, wanted: SessionFilter, format_: Format, folder: Path, part_sessions: int = PART_SESSIONS
    ) -> None:
        self._store = store
        self._wanted = wanted
        self._format = format_
        self._folder = folder
        self._part_sessions = part_sessions

    async def next(self, before: Manifest | None) -> Manifest:
        """Write one more part and return the manifest with it. Raises StoreUnavailableError, OSError."""
        parts = () if before is None else before.parts
        cursor = None if before is None else before.next_cursor
        export = await asyncio.to_thread(Export, self._store, self._wanted, self._format, cursor)
        name = f"part-{len(parts) + 1:05}.{self._format}"
        written = self._folder / f"{name}.tmp"
        with written.open("wb") as file:
            async for piece in export.pieces(self._part_sessions):
                await asyncio.to_thread(file.write, piece)
            file.write(await export.ending())
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        written.replace(self._folder / name)
        return _joined(export.manifest(), name, parts)


def _joined(own: Manifest, name: str, parts: tuple[Part, ...]) -> Manifest:
    """Return the manifest of all parts, of which `own` is the last one's."""
    assert own.sha256 is not None  # a finished file always has them
    assert own.size_bytes is not None
    part = Part(
        name=name,
        sessions=own.sessions,
        size_bytes=own.size_bytes,
        sha256=own.sha256,
        first=own.first,
        last=own.last,
    )
    parts = (*parts, part)
    return own.model_copy(
        update={
            "sessions": sum(one.sessions for one in parts),
            "size_bytes": sum(one.size_bytes for one in parts),
            "sha256": None,
            "first": parts[0].first,
            "last": own.last or parts[-1].last,
            "parts": parts,
        }
    )
