"""How long a server asks to be left alone. Pure."""

from email.utils import parsedate_to_datetime


def read_retry_after(text: str | None, now: float) -> float | None:
    """Return the seconds of a `Retry-After` header (RFC 9110, section 10.2.3); `now` is seconds since the epoch.

    None where there is none, or nothing that can be read.
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError, TypeError):
        return None
