"""`endurance subject-hash`: the hash under which the record knows an end user, for `DELETE /v1/subjects/{hash}`."""

from config.errors import ConfigurationError
from config.settings import Settings
from scorer.redact.plan import END_USER, hash_letters
from scorer.redact.salt import GENERATED_NAME, load_salt


def subject_hash(end_user: str, settings: Settings) -> str:
    """Return the hash of the id that the bot's requests carry.

    Raises ConfigurationError: no id, or no salt there. A new salt would give a hash that no session has.
    """
    if not end_user:
        raise ConfigurationError("expected the end user's id on standard input, got nothing")
    if settings.redaction.salt_file is None and not (settings.data_dir / GENERATED_NAME).exists():
        raise ConfigurationError(f"data_dir: {settings.data_dir} has no {GENERATED_NAME}; name the engine's directory")
    return hash_letters(load_salt(settings.redaction.salt_file, settings.data_dir), END_USER, end_user)
