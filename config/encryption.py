"""The settings of encryption at rest. Part of `config/settings.py`; the queue's own key stands in `spool`."""

from pathlib import Path

from config.section import Section


class StoreEncryptionSettings(Section):
    """Texts in the record: query, answer, documents, claims, signals, feedback and the words they are found by."""

    key_file: Path | None = None
    """File of keys that encrypt them, 64 hex digits a line: the first writes, all read; None leaves them plain."""
