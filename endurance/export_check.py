"""`endurance export FILE --check`: whether a file, or a folder of parts, still is what its manifest says.

The manifest stands beside it, or is its last line where the file came from `GET /v1/export`.
"""

import hashlib
from pathlib import Path

import orjson
from pydantic import ValidationError

from config.errors import ConfigurationError
from exporters.export import Manifest

_CHUNK = 1024 * 1024
_CSV_MARK = b"# manifest "


def find_faults(file: Path, manifest_file: Path) -> tuple[Manifest, list[str]]:
    """Return the manifest, and what is not as it says. Raises ConfigurationError where there is none to read."""
    try:
        if manifest_file.exists():
            manifest = Manifest.model_validate_json(manifest_file.read_bytes())
            return manifest, _faults(file, manifest)
        manifest, size = _last_line(file)
        return manifest, _file_faults(file, size, manifest.size_bytes, manifest.sha256)
    except (OSError, ValidationError, ValueError) as error:
        raise ConfigurationError(f"{file}: no manifest beside it, and none as its last line") from error


def _faults(file: Path, manifest: Manifest) -> list[str]:
    if not manifest.parts:
        faults = _file_faults(file, None, manifest.size_bytes, manifest.sha256)
    else:
        faults = [
            fault
            for part in manifest.parts
            for fault in _file_faults(file / part.name, None, part.size_bytes, part.sha256)
        ]
        known = {part.name for part in manifest.parts}
        faults += [f"{one.name} is not in the manifest" for one in sorted(file.iterdir()) if one.name not in known]
    return faults if manifest.next_cursor is None else [*faults, "the export is not complete; go on with --resume"]


def _file_faults(file: Path, size: int | None, size_bytes: int | None, sha256: str | None) -> list[str]:
    """Return what is wrong with the first `size` bytes, or all."""
    if not file.is_file():
        return [f"{file.name} is missing"]
    found = file.stat().st_size if size is None else size
    if found != size_bytes:
        return [f"{file.name} has {found} bytes, the manifest says {size_bytes}"]
    return [] if _sha256(file, found) == sha256 else [f"{file.name} has another SHA-256 than the manifest says"]


def _sha256(file: Path, size: int) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while size > 0 and (piece := stream.read(min(size, _CHUNK))):
            digest.update(piece)
            size -= len(piece)
    return digest.hexdigest()


def _last_line(file: Path) -> tuple[Manifest, int]:
    """Return the manifest in the last line, and how many bytes stand before it."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        stream.seek(max(0, size - _CHUNK))
        end = stream.read()
    line = end.rstrip(b"\r\n").rpartition(b"\n")[2]
    ending = len(end) - len(end.rstrip(b"\r\n"))
    text = line.removeprefix(_CSV_MARK) if line.startswith(_CSV_MARK) else orjson.dumps(orjson.loads(line)["manifest"])
    return Manifest.model_validate_json(text), size - len(line) - ending
