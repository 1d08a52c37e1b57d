"""The settings of claim checking. Part of `config/settings.py`; it stands apart for its length."""

from pathlib import Path
from typing import Literal

from config.section import Section


class ClaimsSettings(Section):
    """How an answer's claims are held against its documents."""

    engine: Literal["default", "lexical", "model"] = "default"
    """`lexical` compares words and exact facts, `model` asks the trained model, `default` joins the two."""
    model_dir: Path | None = None
    """Folder of another claim model than the one that is shipped."""
